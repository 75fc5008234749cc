from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synapse_bot.report.audit import SCHEMA, parse_audit, render_audit, stable
from synapse_bot.report.audit_schema import audit_schema
from synapse_bot.report.jsontext import dump
from synapse_bot.report.redacted import redacted

if TYPE_CHECKING:
    from synapse_bot.domain.review import Review

NAMES = ["no-findings", "three", "incomplete", "many", "hostile"]
PUBLISHED = Path(__file__).parents[2] / "docs" / "schema" / "audit.schema.json"


@pytest.mark.parametrize("name", NAMES)
def test_an_audit_comes_back_as_the_review_it_records(
    reviews: dict[str, Review], name: str
) -> None:
    text = render_audit(reviews[name])
    assert parse_audit(text) == redacted(reviews[name])
    assert render_audit(parse_audit(text)) == text


@settings(max_examples=40, deadline=None)
@given(texts=st.lists(st.text(max_size=30), min_size=5, max_size=23))
def test_any_text_survives_the_round_trip(make: Any, texts: list[str]) -> None:
    review = make.poisoned(make.three(), tuple(texts))
    assert parse_audit(render_audit(review)) == redacted(review)


@pytest.mark.parametrize("name", NAMES)
def test_an_audit_is_valid_against_its_published_schema(
    reviews: dict[str, Review], name: str
) -> None:
    check = jsonschema.Draft202012Validator(json.loads(PUBLISHED.read_text("utf-8")))
    errors = check.iter_errors(json.loads(render_audit(reviews[name])))
    assert [f"{list(error.absolute_path)}: {error.message}" for error in errors] == []


def test_the_published_schema_is_golden_and_generated() -> None:
    """`make golden` writes it anew after a change of the domain."""
    if os.environ.get("SYNAPSE_UPDATE_GOLDEN"):
        PUBLISHED.parent.mkdir(parents=True, exist_ok=True)
        PUBLISHED.write_text(dump(audit_schema()) + "\n", "utf-8")
    jsonschema.Draft202012Validator.check_schema(audit_schema())
    assert json.loads(PUBLISHED.read_text("utf-8")) == audit_schema()


def test_the_schema_refuses_an_unknown_key_and_a_missing_one(reviews: dict[str, Review]) -> None:
    check = jsonschema.Draft202012Validator(audit_schema())
    data = json.loads(render_audit(reviews["three"]))
    assert not check.is_valid({**data, "surprise": 1})
    del data["verdict"]
    assert not check.is_valid(data)


def test_equal_reviews_have_equal_bytes_whatever_the_order_of_their_mappings(
    reviews: dict[str, Review],
) -> None:
    review = reviews["three"]
    turned = replace(
        review,
        tool_versions=dict(reversed((review.tool_versions or {}).items())),
        timings=dict(reversed((review.timings or {}).items())),
    )
    assert render_audit(turned) == render_audit(review)


def test_stable_leaves_out_ids_and_timings_alone(reviews: dict[str, Review]) -> None:
    review = reviews["three"]
    opinion = review.opinions[0]
    slower = replace(
        review,
        id="another",
        started_at="2027-01-01T00:00:00+00:00",
        seconds=9.0,
        timings={"diff": 8.0},
        outcomes=(
            replace(opinion, seconds=7.0, runs=(replace(opinion.runs[0], seconds=6.0),)),
            *review.outcomes[1:],
        ),
    )
    assert render_audit(slower) != render_audit(review)
    assert stable(render_audit(slower)) == stable(render_audit(review))
    other = replace(review, config_digest="d" * 64)
    assert stable(render_audit(other)) != stable(render_audit(review))


def test_it_holds_opinions_negotiations_suppressions_and_plan(reviews: dict[str, Review]) -> None:
    data = json.loads(render_audit(reviews["three"]))
    assert data["schema"] == SCHEMA
    assert [outcome["kind"] for outcome in data["outcomes"]] == ["opinion"] * 3
    assert data["claims"][0]["negotiation"]["stances"][0]["severity"] == "medium"
    assert data["suppressions"][0]["reason"] == "below --min-severity low"
    assert data["plan"]["assignments"][0]["spec"]["actions"][0]["tool"] == "ruff"
    assert data["change"]["head"] == "b" * 40


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{}",
        '{"schema": "synapse-bot/audit/2"}',
        '{"schema": "synapse-bot/audit/1", "id": 3}',
        '{"schema": "synapse-bot/audit/1"}',
        "not json",
    ],
)
def test_what_is_no_audit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_audit(text)


def test_a_wrong_type_is_named_with_its_place(reviews: dict[str, Review]) -> None:
    data = json.loads(render_audit(reviews["three"]))
    data["claims"][0]["finding"]["confidence"] = "high"
    with pytest.raises(ValueError, match=r"Review\.claims.*confidence"):
        parse_audit(json.dumps(data))
