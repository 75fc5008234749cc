"""Inline comments and the summary: marker first, harmless, bounded, in the right place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from synapse_bot.domain.anchors import resolver_of
from synapse_bot.domain.diff import Diff, FileDiff, FileStatus, Hunk
from synapse_bot.domain.finding import Location, Suggestion
from synapse_bot.domain.markers import encode, parse, without_marker
from synapse_bot.domain.posting import (
    NOWHERE,
    Anchor,
    AnchorKind,
    Delta,
    Existing,
    Marker,
    MarkerKind,
    Pair,
)
from synapse_bot.domain.review import Review, Verdict
from synapse_bot.report.base import RenderOptions
from synapse_bot.report.inline import LIMIT, InlineOptions, inline_body, inline_comments
from synapse_bot.report.markdown import units
from synapse_bot.report.suggestion import Dialect
from synapse_bot.report.summary import render_summary

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
OPTIONS = InlineOptions("default", Dialect.GITHUB)
ON_LINE = Anchor(AnchorKind.LINE, "app/db.py", "app/db.py", line=12)
LINKS = ("https://forge.example/", "https://cwe.mitre.org/", "https://bandit.readthedocs.io/")
CART = "function total(cart) {\n  for (const line of cart) {\n    sum += line.price\n  }\n}\n"


def link(location: Location) -> str:
    return f"https://forge.example/blob/x#L{location.start_line}"


def assert_harmless(body: str) -> None:
    first, *rest = PARSER.parse(body)
    assert (first.type, first.content.strip()) == ("html_block", body.split("\n", maxsplit=1)[0])
    for token in rest:
        assert token.type not in ("html_block", "table_open", "hr", "blockquote_open"), token
        assert not token.info.startswith("suggestion"), token
        for child in token.children or ():
            assert child.type not in ("html_inline", "image"), child
            if child.type == "link_open":
                assert str(child.attrs["href"]).startswith(LINKS), child.attrs


def cart_diff() -> Diff:
    body = "\n".join(f"+{line}" for line in CART.rstrip("\n").split("\n"))
    return Diff(
        (
            FileDiff("web/cart.js", None, FileStatus.ADDED, hunks=(Hunk(0, 0, 1, 5, "", body),)),
            FileDiff(
                "app/db.py",
                "app/old.py",
                FileStatus.RENAMED,
                hunks=(Hunk(11, 1, 11, 2, "", " x\n+y"),),
            ),
        )
    )


@pytest.mark.parametrize("anchor", [ON_LINE, NOWHERE])
def test_a_comment_says_what_why_who_and_how(reviews: dict[str, Review], anchor: Anchor) -> None:
    claim = reviews["three"].claims[0]
    body = inline_body(claim, anchor, replace(OPTIONS, link=link))
    marker = parse(body)
    assert marker is not None
    assert marker.fingerprint == claim.finding.fingerprint
    assert marker.by == ("python-bugs:ruff", "python-security:bandit")
    for words in ("**High: SQL injection**", "Rated:", "Said by:", "Fix:", "CWE-89", "weighted"):
        assert words in body
    assert claim.finding.fingerprint[:12] in without_marker(body)
    shown = "SELECT * FROM users" in body
    assert shown is (anchor is NOWHERE), "the code is shown where the forge does not show it"


def test_every_claim_has_its_place(reviews: dict[str, Review]) -> None:
    review = reviews["three"]
    comments = inline_comments(review, cart_diff(), OPTIONS)
    places = {c.anchor.path or "nowhere": c.anchor.kind for c in comments}
    assert places == {
        "app/db.py": AnchorKind.LINE,
        "web/cart.js": AnchorKind.FILE,
        "nowhere": AnchorKind.SUMMARY,
    }
    weights = [c.claim.finding.severity * c.claim.finding.confidence for c in comments if c.claim]
    assert weights == sorted(weights, reverse=True), "the ones to read first are in front"


@pytest.mark.parametrize(
    ("dialect", "fence"),
    [(Dialect.GITHUB, "```suggestion\n"), (Dialect.GITLAB, "```suggestion:-0+0\n")],
)
def test_a_suggestion_that_fits_is_a_block_on_its_own_lines(
    reviews: dict[str, Review], dialect: Dialect, fence: str
) -> None:
    review = reviews["three"]
    loop = review.claims[1]
    found = replace(loop.finding, location=Location("web/cart.js", 1, 4))
    review = replace(review, claims=(replace(loop, finding=found, findings=(found,)),))
    options = InlineOptions("default", dialect, heads={"web/cart.js": CART})
    (comment,) = inline_comments(review, cart_diff(), options)
    assert fence in comment.body
    assert (comment.anchor.start_line, comment.anchor.line) == (None, 2)
    assert comment.anchor == resolver_of(cart_diff())(Location("web/cart.js", 2, 2))
    (plain,) = inline_comments(review, cart_diff(), replace(options, suggestions=False))
    assert "```suggestion" not in plain.body
    assert "```diff" in plain.body
    assert (plain.anchor.start_line, plain.anchor.line) == (1, 4)


def test_a_secret_is_not_posted(reviews: dict[str, Review]) -> None:
    claim = reviews["three"].claims[0]
    token = "ghp_" + "a1B2" * 9
    said = replace(
        claim.finding,
        message=f"uses {token}",
        code=f'k = "{token}"',
        fix=token,
        suggestion=Suggestion(f'k = "{token}"', f'k = "{token}x"'),
    )
    body = inline_body(replace(claim, finding=said, findings=(said,)), NOWHERE, OPTIONS)
    assert token not in body


def test_a_hostile_claim_renders_as_words_and_code(reviews: dict[str, Review]) -> None:
    for claim in reviews["hostile"].claims:
        for anchor in (ON_LINE, NOWHERE):
            body = inline_body(claim, anchor, replace(OPTIONS, link=link))
            assert_harmless(body)
            assert parse(without_marker(body)) is None


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(st.text(max_size=40) | st.text("`<>[]()@#/!\n\\ *_-|", max_size=20),
                      min_size=5, max_size=23))  # fmt: skip
def test_any_text_in_any_field_is_harmless(make: Any, texts: list[str]) -> None:
    for claim in make.poisoned(make.three(), tuple(texts)).claims:
        found = replace(claim.finding, fingerprint="f" * 32)
        assert_harmless(inline_body(replace(claim, finding=found), NOWHERE, OPTIONS))


def test_a_text_that_forges_a_marker_does_not_get_one_through(reviews: dict[str, Review]) -> None:
    forged = encode(Marker(MarkerKind.FINDING, "default", "e" * 32))
    claim = reviews["three"].claims[0]
    said = replace(claim.finding, message=f"{forged}\n{forged}", fix=forged, title=forged)
    body = inline_body(replace(claim, finding=said, findings=(said,)), NOWHERE, OPTIONS)
    found = parse(body)
    assert found is not None
    assert found.fingerprint == said.fingerprint
    assert_harmless(body)


def test_the_longest_comment_fits(reviews: dict[str, Review]) -> None:
    huge = "\U0001f600 @a <b> `c` " * 5_000
    claim = reviews["three"].claims[0]
    said = replace(
        claim.finding,
        message=huge,
        code=huge.replace(" ", "\n"),
        title=huge,
        why=huge,
        fix=huge,
        rule=huge,
        tool=huge,
        tool_rule=huge,
        by=huge,
        suggestion=Suggestion(huge, huge.replace(" ", "\n")),
    )
    crowd = tuple(replace(said, by=f"{n}{huge}") for n in range(100))
    body = inline_body(replace(claim, finding=said, findings=crowd), NOWHERE, OPTIONS)
    assert units(body) < LIMIT
    assert parse(body) is not None


def test_the_summary_begins_with_its_marker_and_links_inline(reviews: dict[str, Review]) -> None:
    review = reviews["three"]
    comments = inline_comments(review, cart_diff(), OPTIONS)
    known = Existing("7", "41", url="https://forge.example/comment/7")
    delta = Delta(
        new=comments[1:2],
        kept=(Pair(known, comments[0]),),
        overflow=comments[2:],
    )
    body = render_summary(
        review, delta, "default", urls={comments[1].fingerprint: "https://forge.example/new"},
        options=RenderOptions(link=link),
    )  # fmt: skip
    marker = parse(body)
    assert marker is not None
    assert marker.kind is MarkerKind.SUMMARY
    assert marker.checkpoint is not None
    assert marker.checkpoint.head == review.change.head
    assert "https://forge.example/comment/7" in body
    assert "https://forge.example/new" in body
    assert "https://forge.example/blob/x#L" in body
    assert "Inline: 1 new and 1 known. 1 finding is told only here." in body


def test_an_incomplete_review_leaves_no_checkpoint(reviews: dict[str, Review]) -> None:
    review = replace(reviews["three"], verdict=Verdict.INCOMPLETE)
    marker = parse(render_summary(review, Delta(), "default"))
    assert marker == Marker(MarkerKind.SUMMARY, "default")


def test_the_longest_summary_fits(make: Any) -> None:
    review = make.many(2_000)
    comments = inline_comments(review, Diff(), OPTIONS)
    body = render_summary(review, Delta(overflow=comments), "default")
    assert units(body) < LIMIT
    assert parse(body) is not None
