from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from synapse_bot.report.plan_text import render_plan

if TYPE_CHECKING:
    from synapse_bot.domain.review import Review


def test_text_says_route_reason_specialists_and_skipped(reviews: dict[str, Review]) -> None:
    text = render_plan(reviews["incomplete"].plan, "text")
    assert text.startswith("Route: fast\nWhy:   3 files and no sensitive path (rule small-change)")
    assert "  security  2 files, at most 60 s; semgrep\n" in text
    assert "  secrets: betterleaks is not installed synapse-bot tools install\n" in text


def test_mermaid_draws_every_specialist(reviews: dict[str, Review]) -> None:
    text = render_plan(reviews["three"].plan, "mermaid")
    assert text.startswith("flowchart LR\n")
    assert 's0["python-security<br/>2 files, at most 60 s"] --> negotiate' in text


def test_no_label_leaves_its_quotes(reviews: dict[str, Review]) -> None:
    text = render_plan(reviews["hostile"].plan, "mermaid")
    line = re.compile(
        r'  (change\(\["change"\]\) --> route|route\{"[^"<>]*"\}'
        r'|negotiate\["negotiate"\] --> review\(\["one review"\]\)'
        r'|route --> s\d+\["[^"<>]*<br/>[^"<>]*"\] --> negotiate'
        r'|route -\.-> x\d+\["[^"<>]*<br/>[^"<>]*"\])'
    )
    for row in text.splitlines()[1:]:
        assert line.fullmatch(row), row


def test_json_is_the_plan_of_the_audit(reviews: dict[str, Review]) -> None:
    data = json.loads(render_plan(reviews["three"].plan, "json"))
    assert data["schema"] == "synapse-bot/plan/1"
    assert data["rationale"]["rule"] == "small-change"
    assert data["assignments"][0]["deadline_s"] == 60.0
