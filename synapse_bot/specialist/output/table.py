"""Every output format and its reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_bot.domain.spec import OutputFormat
from synapse_bot.specialist.output.json import read_json, read_jsonl
from synapse_bot.specialist.output.rdjson import read_rdjson, read_rdjsonl
from synapse_bot.specialist.output.regex import read_regex
from synapse_bot.specialist.output.sarif import read_sarif

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_bot.specialist.output.base import Reader

READERS: Mapping[OutputFormat, Reader] = {
    OutputFormat.SARIF: read_sarif,
    OutputFormat.JSON: read_json,
    OutputFormat.JSONL: read_jsonl,
    OutputFormat.RDJSON: read_rdjson,
    OutputFormat.RDJSONL: read_rdjsonl,
    OutputFormat.REGEX: read_regex,
}
