"""reviewdog's diagnostic format: one document (rdjson) or one diagnostic a line (rdjsonl)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from synapse_bot.specialist.output.base import RawFinding
from synapse_bot.specialist.output.json import read_json, read_jsonl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_bot.domain.spec import OutputSpec

FIELDS: Mapping[str, str] = {
    "path": "location.path",
    "line": "location.range.start.line",
    "column": "location.range.start.column",
    "end_line": "location.range.end.line",
    "end_column": "location.range.end.column",
    "rule": "code.value",
    "url": "code.url",
    "message": "message",
    "severity": "severity",
}


def read_rdjson(data: bytes, spec: OutputSpec) -> tuple[RawFinding, ...]:
    return read_json(data, _with_fields(spec, "diagnostics"))


def read_rdjsonl(data: bytes, spec: OutputSpec) -> tuple[RawFinding, ...]:
    return read_jsonl(data, _with_fields(spec, ""))


def _with_fields(spec: OutputSpec, items: str) -> OutputSpec:
    return replace(spec, items=items, fields={**FIELDS, **spec.fields})
