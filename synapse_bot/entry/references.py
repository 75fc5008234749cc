"""What one configuration file says of others: ids, languages, tools and names that must exist."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from synapse_bot.config.data import data_dir
from synapse_bot.config.document import Document, KeyPath, nearest
from synapse_bot.config.faults import render_path

Said = tuple[KeyPath, str]


@dataclass(frozen=True, slots=True)
class Known:
    """Names that exist. ``specialists`` are the shipped ones and those being checked."""

    specialists: frozenset[str]
    languages: frozenset[str]
    tools: frozenset[str]
    runners: frozenset[str]
    builders: frozenset[str]
    shipped: frozenset[str]


def known_names(own: Iterable[str] = ()) -> Known:
    """The names of this installation, and the specialists ``own``."""
    from synapse_bot.classifier.languages import load_languages
    from synapse_bot.specialist.builders import BUILDERS
    from synapse_bot.specialist.inprocess import RUNNERS
    from synapse_bot.specialist.toolbox import load_pins

    shipped = frozenset(path.stem for path in data_dir("specialists").glob("*.yaml"))
    return Known(
        specialists=shipped | frozenset(own),
        languages=frozenset(load_languages().globs),
        tools=frozenset(pin.name for pin in load_pins(data_dir("rules") / "tools.yaml")),
        runners=frozenset(RUNNERS),
        builders=frozenset(BUILDERS),
        shipped=shipped,
    )


def faults_of(kind: str, document: Document, known: Known) -> list[str]:
    """References to what does not exist, one line each."""
    finder = _FAULTS.get(kind)
    found = finder(document, known) if finder and isinstance(document.data, dict) else ()
    return [f"{document.at(path)}: {render_path(path)}: {text}" for path, text in found]


def notes_of(kind: str, document: Document, known: Known) -> list[str]:
    """What may be meant, and is worth a look."""
    if kind != "specialist" or not isinstance(document.data, dict):
        return []
    if document.data.get("enabled") is False:
        return []  # it runs nothing until someone means it to
    return [
        f"{document.at(path)}: {render_path(path)}: {text}"
        for path, text in _tools(document, known)
    ]


def _each(path: KeyPath, value: Any) -> Iterator[tuple[KeyPath, Any]]:
    if isinstance(value, list):
        yield from (((*path, index), item) for index, item in enumerate(value))
    elif isinstance(value, dict):
        yield from (((*path, word), item) for word, item in value.items())


def _at(data: Any, path: KeyPath) -> Any:
    for part in path:
        data = data.get(part) if isinstance(data, dict) else None
    return data


def _unknown(
    items: Iterable[tuple[KeyPath, Any]], names: frozenset[str], what: str
) -> Iterator[Said]:
    for path, item in items:
        if isinstance(item, str) and item not in names:
            yield path, f"no {what} is called {item[:60]!r}{_near(item, names)}"


def _near(word: str, names: Iterable[str]) -> str:
    near = nearest(word, sorted(names))
    return near if "did you mean" in near or len(near) < 300 else ""


def _in_settings(document: Document, known: Known) -> Iterator[Said]:
    for name in ("only", "skip", "required"):
        items = _each(("review", name), _at(document.data, ("review", name)))
        yield from _unknown(items, known.specialists, "specialist")
    keys = (
        (path, path[-1]) for path, _ in _each(("specialists",), document.data.get("specialists"))
    )
    named = ((path, word) for path, word in keys if word != "allow_commands")
    yield from _unknown(named, known.specialists, "specialist")


def _in_specialist(document: Document, known: Known) -> Iterator[Said]:
    data = document.data
    yield from _unknown(_each(("languages",), data.get("languages")), known.languages, "language")
    builder = _at(data, ("result_builder", "name"))
    yield from _unknown([(("result_builder", "name"), builder)], known.builders, "result builder")
    for path, action in _each(("actions",), data.get("actions")):
        if not isinstance(action, dict):
            continue
        languages = _each((*path, "languages"), action.get("languages"))
        yield from _unknown(languages, known.languages, "language")
        runner = action.get("in_process") or None
        yield from _unknown([((*path, "in_process"), runner)], known.runners, "runner")
    if "actions" not in data and "description" not in data and "id" in data:
        overridden = [(("id",), data["id"])]
        yield from _unknown(overridden, known.shipped, "specialist to override")


def _in_routes(document: Document, known: Known) -> Iterator[Said]:
    for path, rule in _each(("rules",), document.data.get("rules")):
        if not isinstance(rule, dict):
            continue
        for name in ("only", "add"):
            items = _each((*path, "specialists", name), _at(rule, ("specialists", name)))
            yield from _unknown(items, known.specialists, "specialist")
        for inner, condition in _conditions((*path, "when"), rule.get("when")):
            for name in ("languages", "only_languages"):
                items = _each((*inner, name), condition.get(name))
                yield from _unknown(items, known.languages, "language")


def _conditions(path: KeyPath, condition: Any) -> Iterator[tuple[KeyPath, dict[str, Any]]]:
    if not isinstance(condition, dict):
        return
    yield path, condition
    for word in ("all", "any"):
        for inner, item in _each((*path, word), condition.get(word)):
            yield from _conditions(inner, item)


def _in_negotiation(document: Document, known: Known) -> Iterator[Said]:
    weights = _each(("specialists",), document.data.get("specialists"))
    yield from _unknown(((path, path[-1]) for path, _ in weights), known.specialists, "specialist")


def _tools(document: Document, known: Known) -> Iterator[Said]:
    """Tools that rules/tools.yaml does not name: right for a linter of one's own, else a slip."""
    actions = _each(("actions",), document.data.get("actions"))
    named = [((*path, "tool"), action) for path, action in actions if isinstance(action, dict)]
    required = _each(("requires",), document.data.get("requires"))
    tools = [(p, a.get("tool")) for p, a in named if not a.get("in_process")] + list(required)
    for path, tool in tools:
        if isinstance(tool, str) and tool not in known.tools:
            near = nearest(tool, sorted(known.tools))
            near = near if "did you mean" in near else ""
            yield (
                path,
                f"{tool[:60]!r} is not in rules/tools.yaml{near}: it must be on PATH, and the host "
                "must allow it in specialists.allow_commands",
            )


_FAULTS: dict[str, Callable[[Document, Known], Iterator[Said]]] = {
    "settings": _in_settings,
    "specialist": _in_specialist,
    "routes": _in_routes,
    "negotiation": _in_negotiation,
}
