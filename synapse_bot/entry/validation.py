"""Checking configuration files: which kind a file is, its own faults, and what it refers to.

Unlike a review, which reads the base revision, this reads the files as they lie on the disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from synapse_bot.config.data import data_dir
from synapse_bot.config.document import (
    in_file_order,
    nearest,
    parse_document,
    read_bytes,
)
from synapse_bot.config.layers import REPOSITORY_FILE, REPOSITORY_FOLDER
from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.entry.references import Known, faults_of, known_names, notes_of

SUFFIXES = (".yaml", ".yml")
_SETTINGS_NAMES = (REPOSITORY_FILE, ".synapse-bot.yaml", "config.yml", "config.yaml")

Parse = Callable[[bytes, str], object]


@dataclass(frozen=True, slots=True)
class Validation:
    """What was checked: ``faults`` make a configuration unusable, ``notes`` do not."""

    files: tuple[str, ...]
    faults: tuple[str, ...]
    notes: tuple[str, ...]


def _settings(raw: bytes, source: str) -> object:
    from synapse_bot.config.keys import Trust
    from synapse_bot.config.sources import parse_layer

    own = Trust.HOST if source.endswith(("config.yml", "config.yaml")) else Trust.REPO
    return parse_layer(raw, source, own).warnings


def _specialist(raw: bytes, source: str) -> object:
    from synapse_bot.specialist.parse import parse_specialist

    return parse_specialist(raw, source)


def _routes(raw: bytes, source: str) -> object:
    from synapse_bot.classifier.parse import parse_routes

    return parse_routes(raw, source)


def _negotiation(raw: bytes, source: str) -> object:
    from synapse_bot.negotiation.policy import load_policy

    return load_policy(parse_document(raw, source))


def _taxonomy(raw: bytes, source: str) -> object:
    from synapse_bot.specialist.taxonomy import parse_taxonomy

    return parse_taxonomy(raw, source)


def _languages(raw: bytes, source: str) -> object:
    from synapse_bot.classifier.kinds_schema import parse_languages

    return parse_languages(raw, source)


def _filekinds(raw: bytes, source: str) -> object:
    from synapse_bot.classifier.kinds_schema import parse_filekinds

    return parse_filekinds(raw, source)


def _tools(raw: bytes, source: str) -> object:
    from synapse_bot.specialist.toolbox import parse_tools

    return parse_tools(raw, source)


def _suppressions(raw: bytes, source: str) -> object:
    from synapse_bot.specialist.suppressions import parse_comments

    return parse_comments(raw, source)


def _secrets(raw: bytes, source: str) -> object:
    from synapse_bot.specialist.secret_patterns import parse_patterns

    return parse_patterns(raw, source)


def _models(raw: bytes, source: str) -> object:
    from synapse_bot.config.document import check
    from synapse_bot.llm.schema import ModelsFile

    return check(parse_document(raw, source), ModelsFile)


def _breakers(raw: bytes, source: str) -> object:
    from synapse_bot.breaker.schema import BreakersFile
    from synapse_bot.config.document import check

    return check(parse_document(raw, source), BreakersFile)


def _tenants(raw: bytes, source: str) -> object:
    from synapse_bot.govern.tenants_schema import parse_tenants

    return parse_tenants(raw, source)


PARSERS: dict[str, Parse] = {
    "settings": _settings,
    "specialist": _specialist,
    "routes": _routes,
    "negotiation": _negotiation,
    "taxonomy": _taxonomy,
    "languages": _languages,
    "filekinds": _filekinds,
    "models": _models,
    "tools": _tools,
    "suppressions": _suppressions,
    "secrets": _secrets,
    "breakers": _breakers,
    "tenants": _tenants,
}
_BY_NAME = {
    f"{kind}{suffix}": kind
    for kind in PARSERS
    if kind not in ("settings", "specialist")
    for suffix in SUFFIXES
}
_OWN_FILES = ("routes.yaml", "negotiation.yaml")  # of .synapse-bot/, beside its specialists/


def kind_of(path: Path, data: object) -> str:
    """Which kind of file this is, by its name, its folder, then its shape; "" for none."""
    if path.name in _SETTINGS_NAMES:
        return "settings"
    if path.parent.name == "specialists":
        return "specialist"
    if path.name in _BY_NAME:
        return _BY_NAME[path.name]
    keys = set(data) if isinstance(data, dict) else set()
    if keys & {"actions", "kind"}:
        return "specialist"
    if keys & {"gate", "show", "limits", "review"}:
        return "settings"
    rules = data.get("rules") if isinstance(data, dict) else None
    if isinstance(rules, list) and any(
        isinstance(rule, dict) and "route" in rule for rule in rules
    ):
        return "routes"
    return "negotiation" if keys & {"tie_break", "clustering"} else ""


def validate_files(paths: Iterable[Path], root: Path) -> Validation:
    """Check each of ``paths``; they are named relative to ``root`` where they lie below it."""
    files = sorted(set(paths))
    faults: list[str] = []
    notes: list[str] = []
    own = [path.stem for path in files if path.parent.name == "specialists"]
    known = known_names(own)
    for path in files:
        source = _name(path, root)
        found, said = _validate(path, source, known)
        faults += found
        notes += said
    return Validation(tuple(_name(path, root) for path in files), tuple(faults), tuple(notes))


def _validate(path: Path, source: str, known: Known) -> tuple[list[str], list[str]]:
    """(faults, notes) of one file."""
    try:
        raw = read_bytes(path, source)
        document = parse_document(raw, source)
    except ConfigInvalid as error:
        return str(error).split("\n"), []
    kind = kind_of(path, document.data)
    if not kind:
        return [f"{source}:1: {_unknown_kind(path)}"], []
    faults = [f"{source}:1: {why}"] if (why := _never_read(source)) else []
    notes: list[str] = []
    try:
        parsed = PARSERS[kind](raw, source)
        notes += parsed if kind == "settings" and isinstance(parsed, tuple) else ()
    except ConfigInvalid as error:
        faults += str(error).split("\n")
    faults += faults_of(kind, document, known)
    notes += notes_of(kind, document, known)
    return in_file_order(faults), in_file_order(notes)


def _never_read(source: str) -> str:
    """Why a review would pass over a file that lies where configuration lies; "" if it reads it."""
    if source == ".synapse-bot.yaml":
        return f"no review reads this file: call it {REPOSITORY_FILE}"
    below = source.removeprefix(f"{REPOSITORY_FOLDER}/")
    if below == source or below.startswith("specialists/") or below in _OWN_FILES:
        return ""
    near = nearest(below, list(_OWN_FILES))
    hint = near if "did you mean" in near else f" (valid: {', '.join(_OWN_FILES)}, specialists/)"
    return f"no review reads this file{hint}"


def _unknown_kind(path: Path) -> str:
    names = [*_BY_NAME, REPOSITORY_FILE]
    near = nearest(path.name, names)
    hint = near if "did you mean" in near else f" (valid: {', '.join(sorted(set(names)))})"
    return (
        f"nothing reads a file of this name and shape{hint}; a specialist lies in a folder"
        " specialists/"
    )


def _name(path: Path, root: Path) -> str:
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return str(path)


def files_of(path: Path) -> list[Path]:
    """The files to check for an argument: the file itself, or a folder's configuration.

    A repository's folder means its .synapse-bot.yml and .synapse-bot/; any other folder means
    every YAML file in it. Raises ConfigInvalid for a path that does not exist.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise ConfigInvalid(f"{path}:1: no such file or folder")
    own = [path / name for name in _SETTINGS_NAMES[:2] if (path / name).is_file()]
    folder = path / REPOSITORY_FOLDER
    if own or folder.is_dir():
        return [*own, *_yaml_below(folder)]
    return _yaml_below(path)


def shipped_files() -> list[Path]:
    """Our own declarations: a broken installation shows here."""
    return [*_yaml_below(data_dir("specialists")), *data_dir("rules").glob("*.yaml")]


def _yaml_below(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix in SUFFIXES and path.is_file() and not path.is_symlink()
    )


def summary(validation: Validation) -> str:
    """ "3 files checked: 2 faults." """
    count, faults = len(validation.files), len(validation.faults)
    files = f"{count} file{'s' if count != 1 else ''} checked"
    return f"{files}: {faults} fault{'s' if faults != 1 else ''}" if faults else f"{files}: fine"
