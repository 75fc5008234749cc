"""Which language a file is in: by its name, else by its "#!" line. Data in rules/languages.yaml."""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_bot.config.compiled import compiled
from synapse_bot.config.data import data_dir
from synapse_bot.config.document import read_bytes
from synapse_bot.domain.globs import matches

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LANGUAGES_FILE = "languages.yaml"
UNKNOWN = ""

_NAME = re.compile(r"[\w.+@-]+")
_SHEBANG = re.compile(
    rb"#![ \t]*(?:/\S*/)?env(?:[ \t]+-\S*)*[ \t]+([^\s/]+)|#![ \t]*/\S*?([^\s/]+)(?:\s|$)"
)
_VERSION = re.compile(r"[0-9.]+$")


class Languages:
    """``globs`` maps a language to its globs, ``interpreters`` a program to its language."""

    def __init__(
        self, globs: Mapping[str, tuple[str, ...]], interpreters: Mapping[str, str]
    ) -> None:
        self.globs = globs
        self.interpreters = interpreters

    def of(self, path: str, head: bytes = b"") -> str:
        """The language of ``path``, "" if unknown; ``head`` is the beginning of its content.

        An ending in another case counts too: an interpreter runs "x.PY" all the same.
        """
        name = path.rpartition("/")[2]
        return (
            self._names.get(name)
            or self._by_glob(path)
            or self._by_ending(name)
            or self._by_ending(name.lower())
            or self._by_shebang(head)
        )

    @cached_property
    def _names(self) -> dict[str, str]:
        return {glob: language for glob, language in self._each() if _NAME.fullmatch(glob)}

    @cached_property
    def _endings(self) -> dict[str, str]:
        return {glob[1:]: language for glob, language in self._each() if _is_ending(glob)}

    @cached_property
    def _others(self) -> tuple[tuple[str, str], ...]:
        return tuple(
            (glob, language)
            for glob, language in self._each()
            if not _is_ending(glob) and glob not in self._names
        )

    def _each(self) -> Iterator[tuple[str, str]]:
        for language, globs in self.globs.items():
            for glob in globs:
                yield glob, language

    def _by_glob(self, path: str) -> str:
        return next((language for glob, language in self._others if matches(glob, path)), UNKNOWN)

    def _by_ending(self, name: str) -> str:
        """By the longest ending: "x.d.ts" is asked for ".d.ts" before ".ts"."""
        at = name.find(".")
        while at >= 0:
            if language := self._endings.get(name[at:]):
                return language
            at = name.find(".", at + 1)
        return UNKNOWN

    def _by_shebang(self, head: bytes) -> str:
        match = _SHEBANG.match(head[:200])
        if match is None:
            return UNKNOWN
        program = (match[1] or match[2]).decode("utf-8", "replace")
        return self.interpreters.get(program) or self.interpreters.get(
            _VERSION.sub("", program), UNKNOWN
        )


def _is_ending(glob: str) -> bool:
    return glob.startswith("*.") and _NAME.fullmatch(glob[1:]) is not None


def load_languages(shipped: Path | None = None, cache_dir: Path | None = None) -> Languages:
    """The table in ``shipped`` (rules/languages.yaml). Raises ConfigInvalid."""
    file = shipped or data_dir("rules") / LANGUAGES_FILE
    raw = read_bytes(file)

    def build() -> Languages:
        from synapse_bot.classifier.kinds_schema import parse_languages

        parsed = parse_languages(raw, f"rules/{file.name}")
        globs = {language: tuple(globs) for language, globs in parsed.languages.items()}
        return Languages(globs, parsed.interpreters)

    here = Path(__file__)
    code = (__file__, str(here.with_name("kinds_schema.py")))
    return compiled(cache_dir, "languages", raw, build, _encode, _decode, code)


def _encode(languages: Languages) -> Any:
    globs = [[language, list(globs)] for language, globs in languages.globs.items()]
    return {"globs": globs, "interpreters": dict(languages.interpreters)}


def _decode(plain: Any) -> Languages:
    globs = {language: tuple(globs) for language, globs in plain["globs"]}
    return Languages(globs, plain["interpreters"])


@lru_cache(maxsize=1)
def _shipped() -> Languages:
    return load_languages()


def language_of(path: str, head: bytes = b"") -> str:
    """The language of ``path`` by the shipped table, "" if unknown. Parses YAML once a process;
    a review that wants to start fast uses ``load_languages`` with a cache folder."""
    return _shipped().of(path, head)
