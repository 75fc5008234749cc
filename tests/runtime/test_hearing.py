"""Hints are what the tools found, and nobody waits for them for ever."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from synapse_bot.domain.finding import Finding, Location
from synapse_bot.domain.opinion import Failed, FailureKind, Opinion, Outcome, Skipped
from synapse_bot.domain.severity import Severity
from synapse_bot.runtime import hearing
from synapse_bot.runtime.hearing import Hearing

FOUND = Finding("r", "", Location("a.py", 1, 1), Severity.HIGH, 0.9, "tool", "r", code="x = 1")
DOMAINS = {"tool": "security", "other": "style"}


def _hints(*outcomes: Outcome, known: tuple[Outcome, ...] = ()) -> list[tuple[str, str]]:
    async def run() -> list[tuple[str, str]]:
        heard = Hearing(("tool", "other"), DOMAINS, known)
        waiting = asyncio.ensure_future(heard.hints())
        for outcome in outcomes:
            await asyncio.sleep(0)
            heard.add(outcome)
        return [(hint.finding.by, hint.domain) for hint in await waiting]

    return asyncio.run(run())


def test_hints_wait_for_every_tool() -> None:
    other = replace(FOUND, by="other")
    said = _hints(Opinion("other", (other,)), Opinion("tool", (FOUND,)))
    assert said == [("other", "style"), ("tool", "security")]


def test_a_broken_tool_is_heard_for_what_it_did_find() -> None:
    failed = Failed("tool", FailureKind.CRASHED, "died", findings=(FOUND,))
    assert _hints(failed, Skipped("other", "missing")) == [("tool", "security")]


def test_what_stands_from_an_earlier_review_is_a_hint_too() -> None:
    said = _hints(Opinion("tool"), Opinion("other"), known=(Opinion("tool", (FOUND,)),))
    assert said == [("tool", "security")]


def test_another_models_findings_are_no_hint() -> None:
    models = Opinion("model", (replace(FOUND, by="model"),))
    assert _hints(models, Opinion("tool"), Opinion("other"), known=(models,)) == []


def test_a_slow_tool_is_not_waited_for_beyond_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "PATIENCE_S", 0.0)
    assert _hints() == []


def test_a_secret_that_one_tool_knows_is_masked_in_anothers_hint() -> None:
    line = Location("a.py", 1, 1)
    secret = replace(FOUND, by="other", cwe=(798,), code="x = ****", location=line)
    plain = replace(FOUND, code="x = hunter2-hunter2", location=line)

    async def run() -> tuple[Any, ...]:
        heard = Hearing(("tool", "other"), DOMAINS)
        heard.add(Opinion("tool", (plain,)))
        heard.add(Opinion("other", (secret,)))
        return await heard.hints()

    assert "hunter2" not in repr(asyncio.run(run()))
