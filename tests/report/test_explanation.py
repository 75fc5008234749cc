"""Explanations and replies: complete, bounded, and harmless whatever the change says."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from synapse_bot.domain.command import Word
from synapse_bot.domain.finding import Finding, Suggestion
from synapse_bot.domain.markers import encode, parse
from synapse_bot.domain.negotiation import Claim, Escalation, Negotiation
from synapse_bot.domain.posting import (
    NOWHERE,
    Anchor,
    AnchorKind,
    Answer,
    Comment,
    Delta,
    Dismissal,
    Marker,
    MarkerKind,
)
from synapse_bot.domain.review import Review
from synapse_bot.domain.severity import Severity
from synapse_bot.report import replies
from synapse_bot.report.explanation import Standing, render_explanation
from synapse_bot.report.markdown import LIMIT, units
from synapse_bot.report.summary import render_summary, summary_marker

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
ON_LINE = Anchor(AnchorKind.LINE, "app/db.py", "app/db.py", line=12)
HOSTILE = (
    "<img src=x> @all [a](http://e.vil) ![i](x) #1 /approve `b` **c**\n::error::x\n\x1b[2J\u202e"
)


def assert_harmless(text: str) -> None:
    for token in PARSER.parse(text):
        assert token.type not in ("html_block", "table_open", "hr", "blockquote_open"), token
        assert not token.info.startswith("suggestion"), token
        for child in token.children or ():
            assert child.type not in ("html_inline", "image"), child
            if child.type == "link_open":
                assert "e.vil" not in str(child.attrs["href"]), child.attrs
            if child.type == "text":
                assert not any(bad in child.content for bad in ("@all", "#1", "/approve"))
    assert not [line for line in text.split("\n") if line.lstrip().startswith("::")]
    assert not {"\x1b", "\u202e"} & set(text)


def test_it_tells_evidence_voices_negotiation_and_place(reviews: dict[str, Review]) -> None:
    claim = reviews["three"].claims[0]
    text = render_explanation(claim, Standing(ON_LINE, "https://forge.example/c#1"))
    for part in (
        "SELECT * FROM users",
        "`python-security` (`bandit B608`): high severity, confidence 0.90",
        "`python-bugs` (`ruff S608`): medium severity",
        "The strategy `weighted` settled high: 1.08 for high against 0.60 for medium",
        "weight 1.2",
        "[its comment](https://forge.example/c#1)",
        "CWE-89",
    ):
        assert part in text, part


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        (Standing(NOWHERE), "only the summary tells it"),
        (Standing(ON_LINE, max_inline=8), "at most 8"),
        (
            Standing(ON_LINE, dismissal=Dismissal("f", "ignore", "ada", "a test")),
            "`ada` dismissed it (`ignore`): a test",
        ),
    ],
)
def test_it_says_why_a_finding_is_where_it_is(
    reviews: dict[str, Review], standing: Standing, words: str
) -> None:
    assert words in render_explanation(reviews["three"].claims[0], standing)


def test_a_single_voice_and_an_agreement_are_told_as_such(reviews: dict[str, Review]) -> None:
    claim = reviews["three"].claims[0]
    one = replace(claim, findings=claim.findings[:1], negotiation=None)
    assert "nothing was negotiated" in render_explanation(one, Standing(ON_LINE))
    both = replace(claim, negotiation=None)
    assert "All agree on high." in render_explanation(both, Standing(ON_LINE))


def _everywhere(value: Any, text: str) -> Any:
    """``value`` with ``text`` in every free string of the claim."""
    kept = ("fingerprint", "family")
    if isinstance(value, tuple) and value and is_dataclass(value[0]):
        return tuple(_everywhere(item, text) for item in value)
    if not is_dataclass(value):
        return value
    changed: dict[str, Any] = {}
    for field in fields(value):
        old = getattr(value, field.name)
        if type(old) is str and field.name not in kept:
            changed[field.name] = text
        elif is_dataclass(old) or isinstance(old, tuple):
            changed[field.name] = _everywhere(old, text)
    return replace(value, **changed)  # type: ignore[type-var]


@given(st.text(max_size=80) | st.just(HOSTILE) | st.just(HOSTILE * 500))
@settings(max_examples=60, deadline=None)
def test_no_text_of_the_change_acts_in_an_explanation(text: str) -> None:
    claim = _claim()
    hostile = _everywhere(claim, text)
    said = Dismissal("f" * 32, "ignore", "ada", text[:200])
    for standing in (Standing(ON_LINE, text, 8, said), Standing(NOWHERE, dismissal=said)):
        body = render_explanation(hostile, standing, lambda location: text)
        assert_harmless(body)
        assert units(body) < LIMIT // 2


def _claim() -> Claim:
    from tests.report.conftest import debated

    claim = debated().claims[0]
    asked = Escalation("Is it so?", "They disagree.")
    suggestion = Suggestion("a", "b")
    return replace(claim, escalation=asked, finding=replace(claim.finding, suggestion=suggestion))


@pytest.mark.parametrize("word", [Word.IGNORE, Word.FALSE_POSITIVE])
def test_a_dismissal_says_what_it_does_not_do(word: Word) -> None:
    text = replies.dismissed_text(_claim(), word, "ada", HOSTILE, resolved=True)
    assert_harmless(text)
    assert "The verdict still counts it" in text
    assert "`specialists.python-security.exclude`" in text


def test_a_reply_begins_with_its_marker_and_links_to_what_it_answers() -> None:
    marker = Marker(MarkerKind.REPLY, "default", answer=Answer("issue:12", "help"))
    body = replies.reply_body(marker, replies.help_text(), "https://forge.example/c#1")
    assert body.startswith(encode(marker))
    assert parse(body) == marker
    assert "[Asked here](https://forge.example/c#1). These are the commands" in body
    assert "[Asked here]" not in replies.reply_body(marker, "x", "javascript:alert(1)")


def test_every_word_is_in_the_help() -> None:
    text = replies.help_text()
    assert all(f"/synapse {word}" in text for word in Word)


# The summary


def _delta(review: Review, waived: int, overflow: int) -> Delta:
    prints = [claim.finding.fingerprint for claim in review.claims]
    return Delta(
        waived=tuple(Dismissal(f, "ignore", "ada", HOSTILE[:200]) for f in prints[:waived]),
        overflow=tuple(Comment(f, "body", NOWHERE) for f in prints[waived : waived + overflow]),
    )


def test_what_is_dismissed_is_told_apart_and_by_whom(reviews: dict[str, Review]) -> None:
    review = reviews["three"]
    body = render_summary(review, _delta(review, 1, 0), "default")
    assert "1 finding dismissed by people; the verdict still counts them" in body
    assert body.count("SQL injection") == 1
    assert body.rindex("SQL injection") > body.index("dismissed by people")
    assert "`ignore` by `ada`" in body


def test_findings_without_a_comment_can_be_named(reviews: dict[str, Review]) -> None:
    review = reviews["three"]
    body = render_summary(review, _delta(review, 0, 3), "default")
    for claim in review.claims:
        assert f"`{claim.finding.fingerprint[:12]}`" in body


def test_a_summary_that_does_not_tell_of_a_dismissal_is_out_of_date(
    reviews: dict[str, Review],
) -> None:
    review = reviews["three"]
    waived = _delta(review, 1, 0).waived
    bare, told = summary_marker(review, "default"), summary_marker(review, "default", waived)
    other = summary_marker(review, "default", [replace(waived[0], reason="another")])
    assert len({bare, told, other}) == 3
    assert parse(encode(told)) == told


@pytest.mark.parametrize("count", [1, 60, 400])
def test_the_summary_stays_within_its_limit(reviews: dict[str, Review], count: int) -> None:
    claim = reviews["three"].claims[0]
    finding: Finding = claim.finding
    many = tuple(
        replace(claim, finding=replace(finding, fingerprint=f"{n:032x}", message="m" * 600))
        for n in range(count)
    )
    review = replace(reviews["three"], claims=many)
    for waived, overflow in ((count, 0), (0, count), (count // 2, count // 2)):
        body = render_summary(review, _delta(review, waived, overflow), "default")
        assert units(body) < LIMIT


def test_severity_of_a_settled_claim_is_the_settled_one() -> None:
    negotiation = Negotiation((), "strictest", Severity.CRITICAL, "both", stalemate=True)
    text = render_explanation(replace(_claim(), negotiation=negotiation), Standing(ON_LINE))
    assert "The strategy `strictest` settled critical: both. It was a tie" in text
