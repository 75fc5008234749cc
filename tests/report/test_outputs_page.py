"""docs/outputs.md says what the code does."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_bot.domain.severity import Severity
from synapse_bot.report.formats import FORMATS

if TYPE_CHECKING:
    from synapse_bot.domain.review import Review

PAGE = (Path(__file__).parents[2] / "docs" / "outputs.md").read_text("utf-8")


def test_every_format_is_listed_with_its_file() -> None:
    listed = re.findall(r"^\| `(\w+)` \| `([\w.-]+)` \|", PAGE, re.MULTILINE)
    assert listed == [(entry.name, entry.file_name) for entry in FORMATS.values()]


def test_the_excerpt_of_the_audit_is_what_the_code_writes(reviews: dict[str, Review]) -> None:
    block = re.findall(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[0]
    verdict, negotiation = block.split("\n", 1)
    data = json.loads(FORMATS["json"].render(reviews["three"]))
    assert json.loads(verdict) == data["verdict"]
    assert json.loads(negotiation) == data["claims"][0]["negotiation"]


def test_the_table_of_severities_is_what_each_format_writes(make: Any) -> None:
    rows = re.findall(r"^\| (\w+) \| (\w+) \| ([\d.]+) \| (\w+) \| (\w+) \| (\w+) \|$", PAGE, re.M)
    assert [row[0] for row in rows] == [str(s) for s in sorted(Severity, reverse=True)]
    for name, *expected in rows:
        claim = make.claim(make.finding(severity=Severity.parse(name)))
        written = {
            form: FORMATS[form].render(replace(make.base, claims=(claim,)))
            for form in ("sarif", "codequality", "sast", "rdjsonl")
        }
        run = json.loads(written["sarif"])["runs"][0]
        assert expected == [
            run["results"][0]["level"],
            run["tool"]["driver"]["rules"][0]["properties"]["security-severity"],
            json.loads(written["codequality"])[0]["severity"],
            json.loads(written["sast"])["vulnerabilities"][0]["severity"],
            json.loads(written["rdjsonl"])["severity"],
        ]
