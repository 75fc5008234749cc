from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from synapse_bot.domain.finding import Suggestion
from synapse_bot.report.rdjson import render_rdjsonl

if TYPE_CHECKING:
    from synapse_bot.domain.review import Review

SCHEMA = Path(__file__).parent / "schemas" / "rdjson-diagnostic.schema.json"


@pytest.mark.parametrize("name", ["no-findings", "three", "incomplete", "many", "hostile"])
def test_every_line_is_a_diagnostic(reviews: dict[str, Review], name: str) -> None:
    check = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
    lines = render_rdjsonl(reviews[name]).splitlines()
    assert len(lines) == len(reviews[name].claims)
    for line in lines:
        check.validate(json.loads(line))


def test_columns_are_left_out_where_bytes_and_characters_differ(make: Any) -> None:
    columns = {"start_column": 5, "end_column": 9}
    ranges = []
    for code in ("abcdefghijk", "äbcdefghijk"):
        claim = make.claim(make.finding(code=code, columns=columns))
        (line,) = render_rdjsonl(replace(make.base, claims=(claim,))).splitlines()
        ranges.append(json.loads(line)["location"]["range"])
    assert ranges == [
        {"start": {"line": 12, "column": 5}, "end": {"line": 12, "column": 9}},
        {"start": {"line": 12}, "end": {"line": 12}},
    ]


def test_a_suggestion_replaces_whole_lines(make: Any) -> None:
    found = make.finding(code="a(\nb)", suggestion=Suggestion("a(\nb)", "ab()"))
    (line,) = render_rdjsonl(replace(make.base, claims=(make.claim(found),))).splitlines()
    assert json.loads(line)["suggestions"] == [
        {"range": {"start": {"line": 12}, "end": {"line": 13}}, "text": "ab()"}
    ]


def test_a_removed_line_has_no_place_at_the_head(make: Any) -> None:
    found = replace(make.finding(), location=make.removed_line)
    assert render_rdjsonl(replace(make.base, claims=(make.claim(found),))) == ""
