"""A model is believed where the files confirm it, capped, and never obeyed."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from synapse_bot.config.data import data_dir
from synapse_bot.domain.diff import Diff, FileDiff, FileStatus, Hunk
from synapse_bot.domain.finding import Placement
from synapse_bot.domain.opinion import Failed, FailureKind, Opinion
from synapse_bot.domain.severity import Severity
from synapse_bot.domain.spec import ModelSpec, Route, SpecialistKind, SpecialistSpec
from synapse_bot.domain.usage import Usage
from synapse_bot.llm.budget import Budget, SpendLimits
from synapse_bot.llm.errors import AnswerLate, ModelBusy, ModelFailed, QuotaSpent, Refused
from synapse_bot.llm.fallback import FallbackModel
from synapse_bot.llm.price import Catalogue
from synapse_bot.llm.scripted import Line, ScriptedModel
from synapse_bot.specialist.asking import PaidModel
from synapse_bot.specialist.base import Examination
from synapse_bot.specialist.llm import LlmSpecialist
from synapse_bot.specialist.taxonomy import load_taxonomy

TEXT = "def page(rows, number, size):\n    offset = number * size\n    return rows[offset:]\n"
TAXONOMY = load_taxonomy(data_dir("rules") / "taxonomy.yaml")
GOOD: dict[str, Any] = {
    "path": "page.py",
    "quote": "    offset = number * size",
    "line": 0,
    "rule": "off-by-one",
    "severity": "high",
    "confidence": 0.9,
    "message": "The first page is skipped.",
    "fix": "",
    "replacement": "",
}


def _spec(**changes: Any) -> SpecialistSpec:
    model = ModelSpec("Look.", ("off-by-one",), verify=False)
    return SpecialistSpec("logic", "", SpecialistKind.LLM, model=replace(model, **changes))


def _file(path: str, text: str) -> FileDiff:
    lines = text.removesuffix("\n").split("\n")
    body = "\n".join(f"+{line}" for line in lines)
    return FileDiff(path, None, FileStatus.ADDED, hunks=(Hunk(0, 0, 1, len(lines), "", body),))


def _task(**files: str) -> Examination:
    texts = {f"{name}.py": text for name, text in (files or {"page": TEXT}).items()}
    diff = Diff(tuple(_file(path, text) for path, text in texts.items()))
    return Examination(diff, tuple(texts), Route.DEEP, 30.0, {}, texts)


def _examine(model: Any, task: Examination | None = None, **changes: Any) -> Any:
    specialist = LlmSpecialist(_spec(**changes), model, TAXONOMY)
    return asyncio.run(specialist.examine(task or _task()))


def _findings(*changes: dict[str, Any]) -> dict[str, Any]:
    return {"findings": [{**GOOD, **change} for change in changes]}


def _paid(*models: ScriptedModel, **limits: Any) -> PaidModel:
    catalogue = Catalogue("2026-11-18")
    budget = Budget("the review", SpendLimits(**{"tokens": 1_000_000, **limits}))
    return PaidModel(FallbackModel(*models), budget, catalogue)


# Grounding


def test_a_claim_stands_where_its_quotation_stands() -> None:
    opinion = _examine(ScriptedModel(_findings({})))
    (finding,) = opinion.findings
    assert (str(finding.location), finding.placement) == ("page.py:2", Placement.ADDED)
    assert finding.code == "    offset = number * size"
    assert (finding.rule, finding.cwe) == ("off-by-one", (193,))
    assert opinion.examined == ("page.py",)


@pytest.mark.parametrize(
    "change",
    [
        {"quote": "offset = number * size + 1"},
        {"path": "other.py"},
        {"path": "../../etc/passwd"},
        {"quote": "return rows[offset:]\nreturn rows[offset:]"},
    ],
)
def test_what_is_not_in_the_files_is_dropped_and_counted(change: dict[str, Any]) -> None:
    opinion = _examine(ScriptedModel(_findings(change, {})))
    assert len(opinion.findings) == 1
    assert opinion.notes == ("1 claims were dropped: no such code",)


def test_its_word_is_never_as_sure_as_a_tools() -> None:
    (finding,) = _examine(ScriptedModel(_findings({"confidence": 1.0}))).findings
    assert finding.confidence == 0.8


@pytest.mark.parametrize(
    "message",
    [
        "requests 2.99 does not exist.",
        "There is no such function.",
        "This is not a valid option in the latest version.",
        "Affected by CVE-2031-1234.",
    ],
)
def test_what_no_diff_can_show_weighs_little(message: str) -> None:
    claim = {"message": message, "severity": "critical"}
    (finding,) = _examine(ScriptedModel(_findings(claim))).findings
    assert (finding.severity, finding.confidence) == (Severity.LOW, 0.3)


def test_a_claim_that_moves_or_is_worded_anew_is_the_same_finding() -> None:
    first = _examine(ScriptedModel(_findings({}))).findings[0]
    moved = _task(page="import os\n\n\n" + TEXT)
    again = _examine(ScriptedModel(_findings({"message": "Other words."})), moved).findings[0]
    assert first.fingerprint == again.fingerprint


def test_a_replacement_of_whole_lines_becomes_a_suggestion() -> None:
    claim = {"replacement": "    offset = (number - 1) * size"}
    (finding,) = _examine(ScriptedModel(_findings(claim))).findings
    assert finding.suggestion is not None
    assert finding.suggestion.old == "    offset = number * size"
    part = {**claim, "quote": "number * size"}
    (finding,) = _examine(ScriptedModel(_findings(part))).findings
    assert finding.suggestion is None


def test_at_most_so_many_findings_are_kept_the_worst_first() -> None:
    claims = [{"severity": s} for s in ("low", "high", "medium")]
    quotes = TEXT.split("\n")
    told = [{**c, "quote": q} for c, q in zip(claims, quotes, strict=False)]
    opinion = _examine(ScriptedModel(_findings(*told)), findings=2)
    assert [str(f.severity) for f in opinion.findings] == ["high", "medium"]


# Answers


def test_a_malformed_answer_goes_back_with_the_reason_and_is_paid_for() -> None:
    model = ScriptedModel("no JSON", _findings({}))
    opinion = _examine(model)
    assert len(opinion.findings) == 1
    assert "Not valid: not JSON" in model.requests[1].messages[-1].text
    assert opinion.usage.tokens > model.count(model.requests[1])


def test_after_two_malformed_answers_the_specialist_has_failed() -> None:
    outcome = _examine(ScriptedModel("no", "no", _findings({})))
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.GARBAGE
    assert outcome.examined == ()
    assert outcome.usage.tokens > 0


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ModelBusy("429"), FailureKind.CRASHED),
        (ModelFailed("404"), FailureKind.CRASHED),
        (Refused("no"), FailureKind.CRASHED),
        (AnswerLate("slow"), FailureKind.TIMEOUT),
    ],
)
def test_a_model_that_does_not_answer_is_never_a_clean_review(
    error: Exception, kind: FailureKind
) -> None:
    outcome = _examine(ScriptedModel(error))  # type: ignore[arg-type]
    assert isinstance(outcome, Failed)
    assert (outcome.kind, outcome.examined) == (kind, ())


def test_what_was_found_before_it_broke_is_kept() -> None:
    task = _task(a=TEXT * 20, b=TEXT * 20)
    model = ScriptedModel(_findings({"path": "a.py"}), ModelFailed("down"))
    outcome = _examine(model, task, input_tokens=1_500)
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.CRASHED
    assert [f.location.path for f in outcome.findings] == ["a.py"]
    assert outcome.examined == ("a.py",)


# The second look


def test_a_second_look_drops_and_lowers_and_adds_nothing() -> None:
    quotes = TEXT.split("\n")
    first = _findings(*({"quote": quote} for quote in quotes[:3]))
    second = {
        "verdicts": [
            {"index": 0, "stands": False, "severity": "high", "reason": ""},
            {"index": 1, "stands": True, "severity": "low", "reason": ""},
            {"index": 2, "stands": True, "severity": "critical", "reason": ""},
            {"index": 9, "stands": True, "severity": "critical", "reason": ""},
        ]
    }
    opinion = _examine(ScriptedModel(first, second), verify=True)
    told = [(f.location.start_line, str(f.severity)) for f in opinion.findings]
    assert sorted(told) == [(2, "low"), (3, "high")]


def test_without_findings_there_is_no_second_call() -> None:
    model = ScriptedModel(_findings())
    assert isinstance(_examine(model, verify=True), Opinion)
    assert len(model.requests) == 1


# Injection


def test_an_answer_that_repeats_its_orders_is_dropped_and_reported() -> None:
    class Echo(ScriptedModel):
        async def ask(self, request: Any) -> Any:
            reply = await super().ask(request)
            canary = request.messages[0].text.rsplit(": ", 1)[1]
            return replace(reply, text=json.dumps(_findings({"message": f"said {canary}"})))

    outcome = _examine(Echo(_findings()))
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.UNSAFE
    assert outcome.findings == ()


def test_a_file_that_talks_the_model_round_costs_no_other_its_findings() -> None:
    class Echo(ScriptedModel):
        async def ask(self, request: Any) -> Any:
            reply = await super().ask(request)
            text = request.messages[0].text
            canary = text.rsplit(": ", 1)[1]
            said = {"path": "a.py"} if "a.py" in text else {"message": canary}
            return replace(reply, text=json.dumps(_findings(said)))

    task = _task(a=TEXT * 20, b=TEXT * 20)
    outcome = _examine(Echo(_findings(), _findings()), task, input_tokens=1_500)
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.UNSAFE
    assert [f.location.path for f in outcome.findings] == ["a.py"]
    assert outcome.examined == ("a.py",)


def test_orders_and_canary_differ_from_call_to_call_and_the_system_text_does_not() -> None:
    model = ScriptedModel(_findings(), _findings())
    task = _task(a=TEXT * 20, b=TEXT * 20)
    _examine(model, task, input_tokens=1_500)
    one, two = model.requests
    assert one.system == two.system
    keys = [next(iter(json.loads(r.messages[0].text.rsplit("\n\n", 1)[0]))) for r in (one, two)]
    assert keys[0] != keys[1]


# Budget


def test_a_call_that_is_not_paid_for_is_never_made() -> None:
    model = ScriptedModel(_findings({}))
    outcome = _examine(_paid(model, tokens=100))
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.BUDGET
    assert model.requests == []


def test_when_the_budget_ends_the_rest_is_named_as_not_read() -> None:
    task = _task(a=TEXT * 20, b=TEXT * 20, c=TEXT * 20)
    model = ScriptedModel(_findings({"path": "a.py"}), _findings(), _findings())
    outcome = _examine(_paid(model, tokens=9_000), task, input_tokens=1_500)
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.BUDGET
    assert outcome.examined == ("a.py", "b.py")
    assert len(outcome.findings) == 1


def test_a_spent_quota_turns_to_the_fallback_at_once() -> None:
    first = ScriptedModel(QuotaSpent("no money"), name="openai/first")
    second = ScriptedModel(_findings({}), name="anthropic/second")
    opinion = _examine(_paid(first, second))
    assert len(opinion.findings) == 1
    assert (len(first.requests), len(second.requests)) == (1, 1)


def test_a_model_without_a_known_price_is_told_as_unknown_and_not_as_free() -> None:
    usage = Usage(10, output_tokens=5, cost_usd=None)
    opinion = _examine(_paid(ScriptedModel(Line(_findings({}), usage=usage))))
    assert opinion.usage.cost_usd is None


def test_a_file_larger_than_a_call_is_named_and_the_rest_is_read() -> None:
    task = _task(a=TEXT, huge="x = 1\n" * 380)
    outcome = _examine(ScriptedModel(_findings()), task, input_tokens=1_000)
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.BUDGET
    assert outcome.examined == ("a.py",)
