from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from synapse_bot.report.base import RenderOptions
from synapse_bot.report.markdown import LIMIT, render_markdown, units

if TYPE_CHECKING:
    from synapse_bot.domain.finding import Location
    from synapse_bot.domain.review import Review

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
OURS = re.compile(r"<details><summary>[\w :,]+</summary>\n|</details>\n?")
LINKS = ("https://forge.example/", "https://cwe.mitre.org/", "https://bandit.readthedocs.io/")


def link(location: Location) -> str:
    return f"https://forge.example/blob/{location.path}#L{location.start_line}"


def assert_harmless(markdown: str) -> None:
    """No HTML but our folds, no images, no links but ours, balanced folds."""
    for token in PARSER.parse(markdown):
        assert token.type not in ("table_open", "hr", "blockquote_open"), token
        if token.type == "html_block":
            assert OURS.fullmatch(token.content), token.content
        for child in token.children or ():
            assert child.type not in ("html_inline", "image"), child
            if child.type == "link_open":
                assert str(child.attrs["href"]).startswith(LINKS), child.attrs
    assert markdown.count("\n<details>") == markdown.count("\n</details>")


def test_no_findings_is_one_line(reviews: dict[str, Review]) -> None:
    text = render_markdown(reviews["no-findings"])
    assert text.count("\n") == 1
    assert "pass" in text
    assert "No findings" in text


def test_a_hostile_review_renders_as_words_and_code(reviews: dict[str, Review]) -> None:
    text = render_markdown(reviews["hostile"], RenderOptions(link=link))
    assert_harmless(text)
    assert not re.search(r"(?m)^\s*(/|::|@)", text)


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(st.text(max_size=40) | st.text("`<>[]()@#/!\n\\ *_-|", max_size=20),
                      min_size=5, max_size=23))  # fmt: skip
def test_any_text_in_any_field_is_harmless(make: Any, texts: list[str]) -> None:
    review = make.poisoned(make.three(), tuple(texts))
    assert_harmless(render_markdown(review, RenderOptions(link=link)))


def test_five_thousand_findings_stay_within_the_limit(make: Any) -> None:
    text = render_markdown(make.many(5_000), RenderOptions(link=link))
    assert LIMIT - 12_000 < units(text) < LIMIT
    assert_harmless(text)
    shown = text.count("**Rated:**") + len(re.findall(r"(?m)^- \*\*\w+\*\* \[`app", text))
    more = re.search(r"(\d+) more findings in the artefact", text)
    assert more
    assert shown + int(more[1]) == 5_000


def test_giant_texts_beyond_the_basic_plane_stay_within_the_limit(make: Any) -> None:
    texts = (
        "##[" * 40_000,
        "𝕏`" * 40_000,
        "\U000e0041" * 5_000,
        "😀 " * 9_000,
        "a" * 99_999,
        "b_c " * 9_999,
    )
    review = make.poisoned(make.many(60), texts)
    review = replace(review, coverage=review.coverage * 500, reasons=review.reasons * 50)
    for number in (0, 50):
        text = render_markdown(review, RenderOptions(max_findings=number))
        assert units(text) < LIMIT
        assert_harmless(text)


def test_neutralised_commands_count_against_the_limit(make: Any) -> None:
    review = make.poisoned(make.many(600), ("##[" * 40_000, "app/x.py", "##[" * 9))
    for number in (0, 600):
        assert units(render_markdown(review, RenderOptions(max_findings=number))) < LIMIT


def test_a_path_of_any_length_crowds_no_other_finding_out(make: Any) -> None:
    long = make.claim(make.finding(path="é/" * 30_000, severity=max(type(make.finding().severity))))
    review = make.many(7)
    text = render_markdown(replace(review, claims=(long, *review.claims)), RenderOptions(link=link))
    assert len(re.findall(r"(?m)^### \d+\. ", text)) == 8


def test_the_number_in_full_is_a_choice(make: Any) -> None:
    for number in (0, 1, 8, 20):
        text = render_markdown(make.many(30), RenderOptions(max_findings=number))
        assert len(re.findall(r"(?m)^### \d+\. ", text)) == number
        assert f"{30 - number} {'more ' if number else ''}findings</summary>" in text


def test_what_is_read_first_is_severe_and_sure(make: Any) -> None:
    claims = tuple(
        make.claim(make.finding(path=f"{name}.py", severity=severity, confidence=confidence))
        for name, severity, confidence in (
            ("unsure", 4, 0.3), ("sure", 3, 0.9), ("small", 1, 1.0), ("info", 0, 1.0),
        )
    )  # fmt: skip
    claims = tuple(
        replace(c, finding=replace(c.finding, severity=type(make.finding().severity)(
            c.finding.severity))) for c in claims
    )  # fmt: skip
    text = render_markdown(replace(make.base, claims=claims))
    order = re.findall(r"(?m)^`(\w+)\.py:12`", text)
    assert order == ["sure", "unsure", "small", "info"]


def test_an_incomplete_review_says_who_is_missing_and_what_to_do(
    reviews: dict[str, Review],
) -> None:
    text = render_markdown(reviews["incomplete"])
    assert "synapse-bot: incomplete" in text
    assert "`security` failed (timeout)" in text
    assert "**To do:** synapse-bot tools install" in text
    assert "`lib/odd.c`: skipped, its diff could not be parsed" in text


def test_a_finding_has_place_what_evidence_why_who_and_fix(reviews: dict[str, Review]) -> None:
    text = render_markdown(reviews["three"], RenderOptions(link=link))
    first = text[text.index("### 1.") : text.index("### 2.")]
    for part in (
        "High: SQL injection",
        "[`app/db.py:12`](https://forge.example/blob/app/db.py#L12)",
        "Possible SQL injection",
        '12 | query = f"SELECT',
        "[CWE-89](https://cwe.mitre.org/data/definitions/89.html)",
        "settled from medium and high by `weighted`",
        "`python-security` (`bandit B608`)",
        "**Fix:** Pass values as query parameters",
    ):
        assert part in first, part


def test_a_question_and_a_negotiation_are_told(reviews: dict[str, Review]) -> None:
    text = render_markdown(reviews["three"])
    assert "Is `DB_PASS` a real password" in text
    assert "`python-bugs (ruff)` said medium (0.60)" in text
    assert "takes effect once merged" in text
