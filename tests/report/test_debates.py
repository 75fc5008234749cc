"""A debate in every rendering: who argued what, what was struck, and nothing that acts."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from synapse_bot.domain.posting import NOWHERE
from synapse_bot.domain.severity import Severity
from synapse_bot.report import wording
from synapse_bot.report.audit import parse_audit, render_audit
from synapse_bot.report.base import RenderOptions
from synapse_bot.report.debate_text import debate_lines
from synapse_bot.report.explanation import Standing, render_explanation
from synapse_bot.report.markdown import LIMIT, render_markdown, units
from synapse_bot.report.terminal import render_terminal

if TYPE_CHECKING:
    from synapse_bot.domain.debate import Debate
    from synapse_bot.domain.review import Review

PLAIN = RenderOptions(width=200, color=False)


@pytest.fixture
def debated(reviews: dict[str, Review]) -> Review:
    return reviews["debated"]


def test_the_audit_holds_every_argument_and_reads_them_back(debated: Review) -> None:
    text = render_audit(debated)
    assert parse_audit(text).debates == debated.debates
    (record,) = (
        claim["negotiation"]["debate"]
        for claim in json.loads(text)["claims"]
        if claim["negotiation"] and claim["negotiation"]["debate"]
    )
    assert [a["position"] for a in record["arguments"]] == ["high", None, None]
    assert record["arguments"][1]["struck"][0]["why"] == "no such test in that file"


def test_an_audit_from_before_there_were_debates_is_still_read(reviews: dict[str, Review]) -> None:
    data = json.loads(render_audit(reviews["three"]))
    for claim in data["claims"]:
        (claim["negotiation"] or {}).pop("debate", None)
    assert parse_audit(json.dumps(data)).debates == ()


def test_what_it_used_is_in_the_total_also_of_what_a_threshold_keeps_back(
    debated: Review, make: Any
) -> None:
    assert debated.usage == make.argued().usage
    assert "1,540 tokens, $0.0051" in render_markdown(debated)
    kept_back = replace(debated.suppressions[0], debate=make.argued())
    hidden = replace(debated, claims=(), suppressions=(kept_back,))
    assert hidden.usage == make.argued().usage


def test_a_terminal_says_how_it_ended_and_with_verbose_every_argument(debated: Review) -> None:
    brief = render_terminal(debated, PLAIN)
    assert "app/db.py:12: undecided (weighted): log-odds" in brief
    assert "(--verbose shows the arguments)" in brief
    assert "round 1" not in brief
    whole = render_terminal(debated, replace(PLAIN, arguments=True))
    assert "- round 1, python-security (bandit), high: Built by f-string." in whole
    assert "- round 2, security-llm (openai/gpt-6), does not stand: It is still one." in whole
    assert "Struck: tests/test_db.py::test_safe (no such test in that file)." in whole
    assert "- not heard: correctness (openai/gpt-6): no answer in 60 s" in whole


def test_a_comment_folds_it_and_an_explanation_tells_it(debated: Review) -> None:
    page = render_markdown(debated)
    assert "<details><summary>1 debate</summary>" in page
    told = render_explanation(debated.claims[0], Standing(NOWHERE))
    for text in (page, told):
        assert "The debate was undecided (`weighted`)" in text
        assert "It points at `app/db.py:12`. Struck: `tests/test_db.py::test_safe`" in text
        assert "Nothing that it points at exists, so it counts for nothing." in text
        assert "Not heard: correctness" in text
    assert "**What was argued**" in told


def test_without_a_debate_nothing_is_said_of_one(reviews: dict[str, Review]) -> None:
    assert "ebate" not in render_markdown(reviews["three"])
    assert "ebate" not in render_terminal(reviews["three"], replace(PLAIN, arguments=True))
    assert debate_lines(reviews["three"], whole=True) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"severity": Severity.LOW}, "decided for low"),
        ({"refuted": True}, "decided that it does not stand"),
        ({}, "undecided"),
        ({"arguments": ()}, "not held"),
    ],
)
def test_how_it_ended_in_words(make: Any, change: dict[str, Any], words: str) -> None:
    assert wording.debated(replace(make.argued(), **change)) == words


def test_a_debate_of_any_length_leaves_room_for_the_rest(debated: Review, make: Any) -> None:
    said = make.argued().arguments[1]
    long = replace(said, claim="w " * 500, references=said.references * 8, struck=said.struck * 20)
    record: Debate = replace(make.argued(), arguments=(long,) * 60, notes=("n " * 500,) * 60)
    first = debated.claims[0]
    assert first.negotiation is not None
    claim = replace(first, negotiation=replace(first.negotiation, debate=record))
    assert units(render_markdown(replace(debated, claims=(claim,) * 40))) < LIMIT
    assert units(render_explanation(claim, Standing(NOWHERE))) < LIMIT // 2
