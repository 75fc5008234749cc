"""What models said of a tool's finding stands beside it, and what they cost at the end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from synapse_bot.domain.finding import Location
from synapse_bot.domain.opinion import Opinion, ToolRun
from synapse_bot.domain.posting import Anchor, AnchorKind
from synapse_bot.domain.remark import Position, Remark
from synapse_bot.domain.review import Review
from synapse_bot.domain.severity import Severity
from synapse_bot.domain.usage import Usage
from synapse_bot.report.audit import parse_audit, render_audit
from synapse_bot.report.base import RenderOptions
from synapse_bot.report.explanation import Standing, render_explanation
from synapse_bot.report.markdown import render_markdown
from synapse_bot.report.remarked import remarks_of, remarks_on
from synapse_bot.report.terminal import render_terminal

PLAIN = RenderOptions(color=False, width=200)


@pytest.fixture
def remarked(reviews: dict[str, Review]) -> Review:
    """The review of three findings; a model confirms the worst and another doubts it."""
    review = reviews["three"]
    finding = review.claims[0].finding

    def remark(by: str, position: Position, reason: str) -> Remark:
        place = Location("app/db.py", 4, 4)
        return Remark(
            by, "openai/m", finding.by, finding.fingerprint, position, Severity.HIGH, reason, place
        )

    run = ToolRun("openai/m", "", "verify", 1.0, None, 0)
    said = (
        remark("security-llm", Position.CONFIRM, "It comes from the request."),
        remark("correctness", Position.REFUTE, "It is an integer @here <b>always</b>."),
    )
    opinion = Opinion(
        "security-llm",
        runs=(run,),
        usage=Usage(1200, output_tokens=34, cost_usd=0.0025),
        remarks=said,
    )
    quiet = Opinion("correctness", usage=Usage(), notes=("2 answers from the record",))
    return replace(review, outcomes=(*review.outcomes, opinion, quiet))


def test_a_finding_says_who_confirms_and_who_doubts_it_doubts_first(remarked: Review) -> None:
    text = render_markdown(remarked)
    doubt, support = text.index("**Doubted by:** `correctness`"), text.index("**Confirmed by:**")
    assert doubt < support
    assert "See `app/db.py:4`." in text
    assert "It is an integer `@here <b>always</b>`." in text, "as code: nobody is called"
    plain = render_terminal(remarked, PLAIN)
    assert "doubted by   correctness (openai/m): It is an integer" in plain
    assert "confirmed by security-llm (openai/m): It comes from the request." in plain


def test_an_explanation_tells_the_remarks_too(remarked: Review) -> None:
    claim = remarked.claims[0]
    standing = Standing(Anchor(AnchorKind.SUMMARY, "app/db.py"))
    text = render_explanation(claim, standing, None, remarks_on(claim, remarks_of(remarked)))
    assert "- **Doubted by:** `correctness`" in text
    assert "- **Confirmed by:** `security-llm`" in text


def test_a_remark_belongs_to_the_finding_of_the_specialist_that_it_names(remarked: Review) -> None:
    remarks = remarks_of(remarked)
    assert [len(remarks_on(claim, remarks)) for claim in remarked.claims] == [2, 0, 0]


def test_what_each_specialist_spent_stands_in_the_summary(remarked: Review) -> None:
    text = render_markdown(remarked)
    assert "<summary>Models: 1,234 tokens</summary>" in text
    assert "- `security-llm`: `openai/m`; 1,200 tokens in, 34 out, $0.0025" in text
    quiet = "- `correctness`: no call; 0 tokens in, 0 out, $0.0000; 2 answers from the record"
    assert quiet in text


def test_without_models_nothing_is_said_of_them(reviews: dict[str, Review]) -> None:
    assert "Models:" not in render_markdown(reviews["three"])


def test_a_quiet_review_tells_what_it_cost(reviews: dict[str, Review]) -> None:
    review = reviews["no-findings"]
    asked = Opinion("correctness", usage=Usage(1000, output_tokens=10, cost_usd=0.01))
    quiet = replace(review, outcomes=(*review.outcomes, asked))
    assert "1,010 tokens, $0.0100" in render_markdown(quiet)


def test_the_audit_holds_every_remark(remarked: Review) -> None:
    assert remarks_of(parse_audit(render_audit(remarked))) == remarks_of(remarked)
