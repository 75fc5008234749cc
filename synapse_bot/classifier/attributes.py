"""The linguist attributes of a .gitattributes file: what its owners call generated or vendored.

Only these two are read. An attribute that would hide a diff (``-diff``, ``binary``) is never
obeyed, and the file is taken from the base revision: a change cannot exempt itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from synapse_bot.domain.globs import glob_fault, matches

MAX_BYTES = 1_000_000
MAX_RULES = 5_000
_READ = ("linguist-generated", "linguist-vendored")
_FALSE = ("false", "0", "no", "off")


@dataclass(frozen=True, slots=True)
class AttributeRule:
    """One attribute for the paths of one glob; ``value`` None is unspecified again."""

    glob: str
    name: str
    value: bool | None


@dataclass(frozen=True, slots=True)
class Attributes:
    rules: tuple[AttributeRule, ...] = ()

    def value(self, name: str, path: str) -> bool | None:
        """Whether ``name`` is set for ``path``; None where no line says so. The last one wins."""
        for rule in reversed(self.rules):
            if rule.name == name and matches(rule.glob, path):
                return rule.value
        return None


def parse_attributes(raw: bytes) -> Attributes:
    """``raw`` as .gitattributes at the top of a repository. Lines that git ignores are ignored."""
    rules: list[AttributeRule] = []
    for line in raw[:MAX_BYTES].decode("utf-8", "replace").split("\n"):
        rules += _rules(line.strip(" \t\r"))
    return Attributes(tuple(rules[-MAX_RULES:]))


def _rules(line: str) -> list[AttributeRule]:
    if not line or line.startswith(("#", "[attr]", "!")):
        return []
    pattern, rest = _pattern(line)
    glob = pattern.replace("{", "\\{").replace("}", "\\}")  # git knows no braces
    if not pattern or pattern.endswith("/") or glob_fault(glob):
        return []
    found = (_state(word) for word in rest.split())
    return [AttributeRule(glob, name, value) for name, value in found if name in _READ]


def _pattern(line: str) -> tuple[str, str]:
    if line.startswith('"'):
        pattern, _, rest = line[1:].partition('"')
        return pattern, rest
    pattern, _, rest = line.replace("\t", " ").partition(" ")
    return pattern, rest


def _state(word: str) -> tuple[str, bool | None]:
    if word.startswith("!"):
        return word[1:], None
    if word.startswith("-"):
        return word[1:], False
    name, _, value = word.partition("=")
    return name, value.lower() not in _FALSE
