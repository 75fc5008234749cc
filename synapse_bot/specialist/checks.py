"""What the keys of a specialist file must agree on, each fault with the line where it stands.

These checks read the raw document, so that they find their faults beside those of the schema
rather than after them; whatever the schema refuses they pass over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from synapse_bot.config.document import Document, KeyPath, nearest
from synapse_bot.config.faults import render_path
from synapse_bot.config.patterns import pattern_fault

PLACEHOLDERS = ("files", "dir", "rules", "out", "cache", "jobs", "language", "tool")
MAPPED_FORMATS = ("json", "jsonl")

_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z_0-9]*)\}")

Fault = tuple[KeyPath, str]


def declaration_faults(document: Document) -> list[str]:
    """One line for every fault, as file:line: key: what is wrong."""
    if not isinstance(document.data, dict):
        return []
    found = [*_name_fault(document), *_actions_faults(document)]
    return [f"{document.at(path)}: {render_path(path)}: {text}" for path, text in found]


def placeholders(argument: str) -> tuple[str, ...]:
    """The words in braces of one argument; other braces, as in JSON or ``x{2,3}``, are text."""
    return tuple(_PLACEHOLDER.findall(argument))


def _name_fault(document: Document) -> Iterator[Fault]:
    ident = document.data.get("id")
    stem = PurePosixPath(document.source).stem
    if isinstance(ident, str) and ident != stem:
        yield ("id",), f"{ident!r} must be the file's name: call the file {ident}.yaml"


def _actions_faults(document: Document) -> Iterator[Fault]:
    actions = document.data.get("actions")
    first: dict[str, int] = {}
    for index, action in enumerate(actions if isinstance(actions, list) else []):
        if not isinstance(action, dict):
            continue
        path: KeyPath = ("actions", index)
        ident = action.get("id")
        if isinstance(ident, str):
            if ident in first:
                yield (*path, "id"), f"{ident!r} stands on line {first[ident]} already"
            first.setdefault(ident, document.line((*path, "id")))
        yield from _action_faults(path, action)


def _action_faults(path: KeyPath, action: dict[str, Any]) -> Iterator[Fault]:
    if action.get("in_process"):
        for name in ("argv", "fallback", "output_file"):
            if action.get(name):
                yield (*path, name), "goes with a tool that is started, not with in_process"
    elif not action.get("argv"):
        yield path, "needs argv, the arguments of its tool, or in_process"
    else:
        yield from _argv_faults((*path, "argv"), action["argv"], action)
        if action.get("fallback"):
            yield from _argv_faults((*path, "fallback"), action["fallback"], action)
    output = action.get("output")
    if isinstance(output, dict):
        yield from _output_faults((*path, "output"), output)
    if action.get("worse"):
        yield from _worse_faults(path, action)


def _worse_faults(path: KeyPath, action: dict[str, Any]) -> Iterator[Fault]:
    """The tool reads the files of both versions as arguments, and must name what it measures."""
    argv, output = action.get("argv"), action.get("output")
    if not isinstance(argv, list) or "{files}" not in argv:
        yield (*path, "worse"), "needs {files} among argv: the files before the change join them"
    fields = output.get("fields") if isinstance(output, dict) else None
    pattern = output.get("pattern") if isinstance(output, dict) else None
    named = {*(fields if isinstance(fields, dict) else ())}
    if isinstance(pattern, str) and not pattern_fault(pattern):
        named |= set(re.compile(pattern).groupindex)
    if lacking := [name for name in ("symbol", "amounts") if name not in named]:
        yield (*path, "worse"), f"needs {' and '.join(lacking)} among the fields of its output"


def _argv_faults(path: KeyPath, argv: Any, action: dict[str, Any]) -> Iterator[Fault]:
    if not isinstance(argv, list) or not all(isinstance(argument, str) for argument in argv):
        return
    words: set[str] = set()
    for index, argument in enumerate(argv):
        here = (*path, index)
        words.update(placeholders(argument))
        yield from ((here, text) for text in _argument_faults(argument))
    reads = action.get("input", "files")
    if reads == "files" and not words & {"files", "dir"}:
        yield path, "nothing names the files: add {files} or {dir}, or read input: diff"
    if reads == "diff" and words & {"files", "dir"}:
        yield path, "input: diff comes on standard input: {files} and {dir} need input: files"
    if action.get("output_file") is True and "out" not in words:
        yield path, "output_file: true needs {out}, the file that the tool writes"
    if not action.get("output_file") and "out" in words:
        yield path, "{out} needs output_file: true, or nobody reads the file"


def _argument_faults(argument: str) -> Iterator[str]:
    for word in placeholders(argument):
        if word not in PLACEHOLDERS:
            yield f"unknown placeholder {{{word}}}{nearest(word, list(PLACEHOLDERS))}"
    if "{files}" in argument and argument != "{files}":
        yield "{files} must be an argument of its own: it becomes one for every file"
    if "\0" in argument:
        yield "an argument cannot hold a NUL character"


def _output_faults(path: KeyPath, output: dict[str, Any]) -> Iterator[Fault]:
    format_, pattern = output.get("format"), output.get("pattern")
    fields = output.get("fields")
    fields = fields if isinstance(fields, dict) else {}
    if pattern and format_ != "regex":
        yield (*path, "pattern"), f"belongs to format: regex, not {format_}"
    if output.get("items") and format_ not in MAPPED_FORMATS:
        yield (*path, "items"), f"belongs to format: json or jsonl, not {format_}"
    if format_ == "regex":
        yield from _pattern_faults(path, pattern, fields)
    elif format_ in MAPPED_FORMATS:
        yield from _missing_fields(path, format_, set(fields), "fields")


def _pattern_faults(path: KeyPath, pattern: Any, fields: dict[str, Any]) -> Iterator[Fault]:
    if not pattern:
        yield path, "format: regex needs a pattern with the named groups path, line and message"
        return
    if not isinstance(pattern, str) or pattern_fault(pattern):
        return
    groups = set(re.compile(pattern).groupindex)
    for name, group in fields.items():
        if isinstance(group, str) and not group.startswith("=") and group not in groups:
            near = nearest(group, sorted(groups))
            yield (*path, "fields", name), f"the pattern has no group {group!r}{near}"
    yield from _missing_fields(path, "regex", groups | set(fields), "named groups of the pattern")


def _missing_fields(path: KeyPath, format_: str, names: set[str], where: str) -> Iterator[Fault]:
    lacking = [name for name in ("path", "line") if name not in names]
    if not names & {"message", "rule"}:
        lacking.append("message (or rule)")
    if lacking:
        key = "pattern" if format_ == "regex" else "fields"
        yield (*path, key), f"format: {format_} needs {', '.join(lacking)} among the {where}"
