"""Selection: what is not shown is counted or named, never lost."""

from __future__ import annotations

from typing import Any

import pytest

from synapse_bot.config.settings import FilterMode, Show
from synapse_bot.domain.finding import Placement
from synapse_bot.domain.negotiation import Claim, Escalation
from synapse_bot.domain.opinion import Opinion, Skipped
from synapse_bot.domain.severity import Severity
from synapse_bot.runtime.select import above_thresholds, within_filter


@pytest.mark.parametrize(
    ("mode", "shown"),
    [
        (FilterMode.ADDED, {"added"}),
        (FilterMode.CONTEXT, {"added", "context"}),
        (FilterMode.FILE, {"added", "context", "file"}),
        (FilterMode.NONE, {"added", "context", "file", "outside"}),
    ],
)
def test_a_filter_mode_shows_its_places_and_counts_the_rest(
    make: Any, mode: FilterMode, shown: set[str]
) -> None:
    findings = tuple(make.finding(line=n, placement=p) for n, p in enumerate(Placement, 1))
    (outcome,) = within_filter([Opinion("one", findings)], mode)
    assert isinstance(outcome, Opinion)
    assert {str(finding.placement) for finding in outcome.findings} == shown
    assert outcome.hidden == len(Placement) - len(shown)


def test_a_skipped_specialist_passes_through() -> None:
    skipped = Skipped("one", "no tool")
    assert within_filter([skipped], FilterMode.ADDED) == (skipped,)


def claim(finding: Any, escalation: Escalation | None = None) -> Claim:
    return Claim(finding, (finding,), escalation=escalation)


def test_thresholds_name_what_they_keep_back(make: Any) -> None:
    show = Show(min_severity=Severity.HIGH, min_confidence=0.5)
    high = claim(make.finding(severity=Severity.HIGH))
    medium = claim(make.finding(line=2))
    unsure = claim(make.finding(line=3, severity=Severity.HIGH, confidence=0.4))
    shown, kept_back = above_thresholds([high, medium, unsure], show)
    assert shown == (high,)
    assert [(entry.line, entry.reason) for entry in kept_back] == [
        (2, "severity medium is below high"),
        (3, "confidence 0.40 is below 0.50"),
    ]


def test_a_question_to_a_person_is_always_shown(make: Any) -> None:
    asked = claim(make.finding(severity=Severity.INFO), Escalation("Which is it?", "a tie"))
    shown, kept_back = above_thresholds([asked], Show(min_severity=Severity.HIGH))
    assert shown == (asked,)
    assert not kept_back
