"""One source of settings at a time: a file, the environment, the command line, each as a Layer.

A fault is one line, ``file:line: key: what is wrong (did you mean "x"?)``, and every fault of a
source is found before ConfigInvalid is raised.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from synapse_bot.config import keys, values
from synapse_bot.config.compiled import compiled
from synapse_bot.config.document import (
    Document,
    KeyPath,
    in_file_order,
    nearest,
    parse_document,
)
from synapse_bot.config.keys import ANY_ID, KEYS, PREFIX, Key, Trust, children, find_key
from synapse_bot.config.values import is_id, to_plain
from synapse_bot.domain.errors import ConfigInvalid


@dataclass(frozen=True, slots=True)
class Layer:
    """One source of settings, checked: ``values`` by dotted key as the source spells them, and
    ``origins`` with where each stands."""

    values: Mapping[str, Any] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def settings_layer(document: Document, trust: Trust) -> Layer:
    """A settings file as a layer. ``trust`` says whose file it is: REPO ignores HOST keys.

    Raises ConfigInvalid with one line for every fault.
    """
    found: dict[str, Any] = {}
    origins: dict[str, str] = {}
    faults: list[str] = []
    warnings: list[str] = []
    for path, key, value in _leaves(document, (), document.data, faults):
        name = ".".join(str(part) for part in path)
        if trust is Trust.REPO and key.trust is Trust.HOST:
            warnings.append(_not_yours(document.at(path), name, key))
            continue
        try:
            key.kind.parse(value)
        except ValueError as error:
            faults.append(f"{_item_line(document, path, value, key)}: {name}: {error}")
            continue
        found[name], origins[name] = value, document.at(path)
    if faults:
        raise ConfigInvalid("\n".join(in_file_order(faults)))
    return Layer(found, origins, tuple(warnings))


def parse_layer(raw: bytes, source: str, trust: Trust, cache_dir: Path | None = None) -> Layer:
    """The bytes of a settings file as a layer; with ``cache_dir``, an unchanged file is not
    parsed again. Raises ConfigInvalid."""
    return compiled(
        cache_dir,
        "settings",
        b"\0".join((source.encode(), trust.value.encode(), raw)),
        build=lambda: settings_layer(parse_document(raw, source), trust),
        encode=lambda layer: [layer.values, layer.origins, layer.warnings],
        decode=lambda plain: Layer(plain[0], plain[1], tuple(plain[2])),
        code=(__file__, keys.__file__, values.__file__),
    )


def environment_layer(environ: Mapping[str, str]) -> Layer:
    """The variables SYNAPSE_BOT__SECTION__KEY; an empty one counts as not set."""
    found: dict[str, Any] = {}
    origins: dict[str, str] = {}
    faults: list[str] = []
    for variable in sorted(environ):
        if not variable.startswith(PREFIX) or not environ[variable]:
            continue
        name = _dotted(variable)
        key = find_key(name)
        if key is None:
            near = nearest(variable, [key.variable for key in KEYS.values()])
            faults.append(f"{variable}: unknown setting{near if 'mean' in near else ''}")
            continue
        _take(key, name, environ[variable], f"env {variable}", (found, origins, faults))
    if faults:
        raise ConfigInvalid("\n".join(faults))
    return Layer(found, origins)


def option_layer(cli: Mapping[str, object]) -> Layer:
    """What the command line gives, by dotted key."""
    found: dict[str, Any] = {}
    origins: dict[str, str] = {}
    faults: list[str] = []
    for name, value in cli.items():
        if value is None or value in ("", (), []):
            continue
        key = find_key(name)
        if key is None:
            raise KeyError(f"no setting is named {name!r}")  # our own slip, not the user's
        _take(key, name, value, key.option or name, (found, origins, faults))
    if faults:
        raise ConfigInvalid("\n".join(faults))
    return Layer(found, origins)


def _take(
    key: Key,
    name: str,
    value: object,
    origin: str,
    into: tuple[dict[str, Any], dict[str, str], list[str]],
) -> None:
    found, origins, faults = into
    plain = key.kind.read(value) if isinstance(value, str) else to_plain(value)
    try:
        key.kind.parse(plain)
    except ValueError as error:
        faults.append(f"{origin.removeprefix('env ')}: {error}")
        return
    found[name], origins[name] = plain, origin


def _dotted(variable: str) -> str:
    parts = variable.removeprefix(PREFIX).lower().split("__")
    if parts[0] == "specialists" and len(parts) > 2:
        parts[1] = parts[1].replace("_", "-")
    return ".".join(parts)


def _leaves(
    document: Document, path: KeyPath, data: object, faults: list[str]
) -> Iterator[tuple[KeyPath, Key, Any]]:
    """Every value of the file with its key; what has none becomes a fault."""
    if data is None:
        return  # a section whose keys are all commented out
    if not isinstance(data, dict):
        name = ".".join(str(part) for part in path) or "the file"
        faults.append(f"{document.at(path)}: {name}: must be a mapping of keys to values")
        return
    for word, value in data.items():
        here = (*path, word)
        name = ".".join(str(part) for part in here)
        if key := find_key(name):
            yield here, key, value
        elif _is_section(name):
            yield from _leaves(document, here, value, faults)
        else:
            faults.append(f"{document.at(here)}: {_unknown(path, word)}")


def _is_section(name: str) -> bool:
    section, _, ident = name.partition(".")
    if section == "specialists" and ident:
        return is_id(ident)
    return bool(children(name))


def _unknown(path: KeyPath, word: str) -> str:
    """An unknown key with the nearest one of its section, or the section where it belongs."""
    word = word[:100]
    name = ".".join((*map(str, path), word))
    if path == ("specialists",):
        return f"{name!r} is not the id of a specialist: lower case, digits and hyphens"
    section = ".".join(map(str, path))
    if len(path) == 2 and path[0] == "specialists":
        section = f"specialists.{ANY_ID}"
    elsewhere = [key for key in KEYS if key.rpartition(".")[2] == word and ANY_ID not in key]
    if elsewhere:
        return f"unknown key {name!r} (did you mean {elsewhere[0]!r}?)"
    return f"unknown key {name!r}{nearest(word, list(children(section)))}"


def _not_yours(where: str, name: str, key: Key) -> str:
    ways = [key.option] if key.option else []
    ways += [f"the variable {key.variable}", "the user's own file"]
    return f"{where}: {name} is ignored: a repository may not set it; use {' or '.join(ways)}"


def _item_line(document: Document, path: KeyPath, value: object, key: Key) -> str:
    """file:line of the first item of a list or mapping that its kind refuses, else of the key."""
    items: Iterator[tuple[str | int, object]] = iter(())
    if isinstance(value, list):
        items = ((index, [item]) for index, item in enumerate(value))
    elif isinstance(value, dict):
        items = ((word, {word: item}) for word, item in value.items())
    for part, alone in items:
        try:
            key.kind.parse(alone)
        except ValueError:
            return document.at((*path, part))
    return document.at(path)
