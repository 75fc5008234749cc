from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from synapse_bot.domain.severity import Severity
from synapse_bot.report.codequality import render_codequality
from synapse_bot.report.sast import render_sast

if TYPE_CHECKING:
    from synapse_bot.domain.review import Review

SCHEMAS = Path(__file__).parent / "schemas"
NAMES = ["no-findings", "three", "incomplete", "many", "hostile"]


def validator(name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads((SCHEMAS / name).read_text("utf-8")))


def problems(check: jsonschema.Draft202012Validator, text: str) -> list[str]:
    errors = check.iter_errors(json.loads(text))
    return [f"{list(error.absolute_path)}: {error.message}" for error in errors]


@pytest.mark.parametrize("name", NAMES)
def test_code_quality_keeps_to_the_documented_format(reviews: dict[str, Review], name: str) -> None:
    text = render_codequality(reviews[name])
    assert problems(validator("code-quality.schema.json"), text) == []
    assert text[0] == "["  # no byte order mark


@pytest.mark.parametrize("name", NAMES)
def test_sast_keeps_to_the_published_format(reviews: dict[str, Review], name: str) -> None:
    text = render_sast(reviews[name])
    assert problems(validator("gitlab-sast-15.schema.json"), text) == []


def test_code_quality_maps_every_severity(make: Any) -> None:
    claims = tuple(make.claim(make.finding(severity=s, code=f"x{s}")) for s in Severity)
    entries = json.loads(render_codequality(replace(make.base, claims=claims)))
    words = [entry["severity"] for entry in entries]
    assert words == ["blocker", "critical", "major", "minor", "info"]


def test_code_quality_shows_every_repetition_under_a_stable_fingerprint(make: Any) -> None:
    claims = tuple(make.claim(make.finding(line=line)) for line in (5, 90, 120))
    review = replace(make.base, claims=claims)
    prints = [entry["fingerprint"] for entry in json.loads(render_codequality(review))]
    assert len(set(prints)) == 3
    assert prints[0] == claims[0].finding.fingerprint
    moved = tuple(
        make.claim(make.finding(line=claim.finding.location.start_line + 7)) for claim in claims
    )
    again = json.loads(render_codequality(replace(review, claims=moved)))
    assert [entry["fingerprint"] for entry in again] == prints


def test_code_quality_paths_are_relative(make: Any) -> None:
    claims = tuple(make.claim(make.finding(path=p)) for p in ("./a.py", "/etc/x", ".//b", "c/d"))
    entries = json.loads(render_codequality(replace(make.base, claims=claims)))
    assert {e["location"]["path"] for e in entries} == {"a.py", "etc/x", "b", "c/d"}


def test_sast_holds_security_findings_only(reviews: dict[str, Review]) -> None:
    report = json.loads(render_sast(reviews["three"]))
    names = [v["name"] for v in report["vulnerabilities"]]
    assert names == ["SQL injection", "Hardcoded password"]
    identifiers = report["vulnerabilities"][0]["identifiers"]
    assert [entry["type"] for entry in identifiers] == [
        "synapse_bot_rule", "cwe", "bandit_rule_id",
    ]  # fmt: skip


def test_sast_says_that_an_incomplete_scan_failed(reviews: dict[str, Review]) -> None:
    scan = json.loads(render_sast(reviews["incomplete"]))["scan"]
    assert scan["status"] == "failure"
    assert scan["start_time"] == "2026-11-24T06:00:00"
    assert scan["end_time"] == "2026-11-24T06:01:00"
    assert {"level": "warn", "value": "secrets was skipped: betterleaks is not installed"} in scan[
        "messages"
    ]


@pytest.mark.parametrize("started", ["", "yesterday", "2026-11-24T07:00:00+01:00"])
def test_sast_always_has_times_in_utc(make: Any, started: str) -> None:
    text = render_sast(replace(make.base, started_at=started))
    assert problems(validator("gitlab-sast-15.schema.json"), text) == []
    assert json.loads(text)["scan"]["start_time"][:13] in ("1970-01-01T00", "2026-11-24T06")


def test_ids_do_not_change_between_runs(reviews: dict[str, Review]) -> None:
    first, second = (render_sast(reviews["three"]) for _ in range(2))
    assert first == second
