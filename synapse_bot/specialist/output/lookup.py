"""Dotted paths into a tool's JSON, and from one result to a RawFinding by an OutputSpec.

A path: ``location.row``; ``runs[].results`` takes every run; ``ranges[0].start`` the first.
A field may also be a text with paths in it, ``"'{typo}' should be '{corrections}'"``, or a
constant after an equals sign, ``"=typo"``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from synapse_bot.specialist.output.base import (
    MAX_WORD,
    OutputGarbage,
    RawFinding,
    as_amounts,
    as_cwe,
    as_number,
    as_text,
)

if TYPE_CHECKING:
    from synapse_bot.domain.spec import OutputSpec

_STEP = re.compile(r"([^\[\]]*)((?:\[\d*\])*)\Z")
_INDEX = re.compile(r"\[(\d*)\]")
_PLACE = re.compile(r"\{([^{}]+)\}")


def every(value: Any, path: str) -> list[Any]:
    """All values at ``path`` below ``value``; none where the path leads nowhere."""
    found = [value]
    for step in path.split(".") if path else ():
        parts = _STEP.match(step)
        name, indexes = (parts[1], parts[2]) if parts else (step, "")
        if name:
            found = [v[name] for v in found if isinstance(v, dict) and name in v]
        for index in _INDEX.findall(indexes):
            lists = [v for v in found if isinstance(v, list)]
            if index:
                found = [v[int(index)] for v in lists if int(index) < len(v)]
            else:
                found = [item for v in lists for item in v]
    return found


def items_at(document: Any, path: str) -> list[Any]:
    """The results in ``document``. Raises OutputGarbage when ``path`` leads to no list."""
    found = every(document, path)
    if path and "[]" in path and not found and every(document, path.partition("[]")[0]):
        return []  # e.g. no run has results: "runs[].results" over an empty list
    if not found:
        raise OutputGarbage(f"no {path!r} in the output")
    results: list[Any] = []
    for value in found:
        if not isinstance(value, list):
            raise OutputGarbage(f"{path or 'the output'} is not a list")
        results += value
    return results


def _value(item: Any, field: str) -> Any:
    if field.startswith("="):
        return field[1:]
    if "{" in field:
        return _PLACE.sub(lambda m: as_text(_value(item, m[1])), field)
    found = every(item, field)
    return found[0] if len(found) == 1 else found or None


def to_raw(item: Any, spec: OutputSpec) -> RawFinding | None:
    """``item`` as the finding that ``spec`` sees in it; None when it names no path."""
    fields = spec.fields
    return build(spec, lambda name: _value(item, fields[name]) if name in fields else None)


def build(spec: OutputSpec, value: Callable[[str], Any]) -> RawFinding | None:
    """A finding from named values, numbers counted from 1."""
    path = as_text(value("path"))
    if not path:
        return None
    line_shift, column_shift = 1 - spec.lines_from, 1 - spec.columns_from

    def number(name: str, shift: int) -> int:
        raw = value(name)
        return as_number(raw) + shift if raw is not None else 0

    line = number("line", line_shift)
    return RawFinding(
        path=path,
        line=line,
        end_line=number("end_line", line_shift) or line,
        column=number("column", column_shift),
        end_column=number("end_column", column_shift),
        rule=as_text(value("rule"), MAX_WORD),
        message=as_text(value("message")),
        severity=as_text(value("severity"), MAX_WORD),
        confidence=as_text(value("confidence"), MAX_WORD),
        url=as_text(value("url"), MAX_WORD),
        code=as_text(value("code")),
        fix=as_text(value("fix")),
        cwe=as_cwe(value("cwe")),
        symbol=as_text(value("symbol"), MAX_WORD),
        amounts=as_amounts(value("amounts")),
    )
