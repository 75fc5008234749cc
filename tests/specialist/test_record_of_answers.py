"""The same question is paid for once; an answer from the record is believed no more than a new."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from synapse_bot.config.data import data_dir
from synapse_bot.domain.diff import Diff, FileDiff, FileStatus, Hunk
from synapse_bot.domain.opinion import Failed
from synapse_bot.domain.spec import ModelSpec, Route, SpecialistKind, SpecialistSpec
from synapse_bot.domain.usage import Usage
from synapse_bot.llm.base import Model
from synapse_bot.llm.errors import ModelBusy
from synapse_bot.llm.fallback import FallbackModel
from synapse_bot.llm.scripted import Line, ScriptedModel
from synapse_bot.specialist.base import Examination
from synapse_bot.specialist.conversation import Record
from synapse_bot.specialist.llm import LlmSpecialist
from synapse_bot.specialist.taxonomy import load_taxonomy
from synapse_bot.store.answers import FILE, SqliteAnswers

TAXONOMY = load_taxonomy(data_dir("rules") / "taxonomy.yaml")
TEXT = "def page(rows, number, size):\n    offset = number * size\n    return rows[offset:]\n"
SECRET = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
CLAIM: dict[str, Any] = {
    "path": "page.py",
    "quote": "    offset = number * size",
    "line": 0,
    "rule": "off-by-one",
    "severity": "high",
    "confidence": 0.8,
    "message": f"The first page is skipped ({SECRET}).",
    "fix": "",
    "replacement": "",
}
FOUND = {"findings": [CLAIM]}
AGREED: dict[str, Any] = {"verdicts": [], "hints": []}


def _task(text: str = TEXT) -> Examination:
    lines = text.removesuffix("\n").split("\n")
    body = "\n".join(f"+{line}" for line in lines)
    file = FileDiff("page.py", None, FileStatus.ADDED, hunks=(Hunk(0, 0, 1, len(lines), "", body),))
    return Examination(Diff((file,)), ("page.py",), Route.DEEP, 30.0, {}, {"page.py": text})


@pytest.fixture
def answers(tmp_path: Path) -> SqliteAnswers:
    return SqliteAnswers(tmp_path)


def _examine(
    model: Model,
    answers: SqliteAnswers,
    *,
    text: str = TEXT,
    fresh: bool = False,
    prompt: str = "Look.",
    **fields: Any,
) -> Any:
    asked = ModelSpec(prompt, ("off-by-one",))
    spec = SpecialistSpec("logic", "", SpecialistKind.LLM, model=asked)
    specialist = LlmSpecialist(spec, model, TAXONOMY, record=Record(answers, fresh), **fields)
    return asyncio.run(specialist.examine(_task(text)))


def test_a_second_review_asks_nobody_costs_nothing_and_says_where_it_has_it_from(
    answers: SqliteAnswers,
) -> None:
    first = _examine(ScriptedModel(FOUND, AGREED), answers)
    silent = ScriptedModel()
    second = _examine(silent, answers)
    assert silent.requests == []
    assert second.findings == first.findings != ()
    assert second.examined == first.examined
    assert second.usage == Usage()
    (note,) = second.notes
    assert note.startswith("2 answers of scripted/model from the record of 20")


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"text": TEXT + "\nMOST = 10\n"}, "scripted/model"),
        ({"prompt": "Look closer."}, "scripted/model"),
        ({}, "scripted/another"),
    ],
)
def test_another_text_prompt_or_model_is_another_question(
    answers: SqliteAnswers, change: dict[str, Any], name: str
) -> None:
    _examine(ScriptedModel(FOUND, AGREED), answers)
    model = ScriptedModel(FOUND, AGREED, name=name)
    _examine(model, answers, **change)
    assert model.requests[0].schema_name == "findings"


def test_asked_anew_the_answer_in_the_record_is_renewed(answers: SqliteAnswers) -> None:
    _examine(ScriptedModel({"findings": []}), answers)
    assert _examine(ScriptedModel(FOUND, AGREED), answers, fresh=True).findings
    assert _examine(ScriptedModel(), answers).findings


def test_independent_reviews_are_kept_apart(answers: SqliteAnswers) -> None:
    _examine(ScriptedModel(FOUND, {"findings": []}, FOUND, AGREED), answers, samples=3)
    silent = ScriptedModel()
    (finding,) = _examine(silent, answers, samples=3).findings
    assert silent.requests == []
    assert finding.confidence == 0.5


def test_what_is_kept_holds_no_secret_and_nothing_of_the_prompt(
    answers: SqliteAnswers, tmp_path: Path
) -> None:
    _examine(ScriptedModel(FOUND, AGREED), answers, text=TEXT + f'TOKEN = "{SECRET}"\n')
    kept = (tmp_path / FILE).read_bytes()
    assert SECRET.encode() not in kept
    assert b"return rows" not in kept
    assert b"off-by-one" in kept


@pytest.mark.parametrize("damage", ["no JSON", '{"findings": 1}', '{"findings": [{}]}'])
def test_a_damaged_answer_is_as_none(answers: SqliteAnswers, tmp_path: Path, damage: str) -> None:
    _examine(ScriptedModel(FOUND, AGREED), answers)
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("UPDATE answers SET text = ?", (damage,))
    model = ScriptedModel(FOUND, AGREED)
    assert _examine(model, answers).findings
    assert len(model.requests) == 2


def test_a_planted_answer_still_needs_its_quotation(answers: SqliteAnswers, tmp_path: Path) -> None:
    _examine(ScriptedModel(FOUND, AGREED), answers)
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("UPDATE answers SET text = replace(text, 'number * size', 'evil()')")
    opinion = _examine(ScriptedModel(), answers)
    assert opinion.findings == ()
    assert "1 claims were dropped: no such code" in opinion.notes


def test_an_answer_that_is_none_is_not_kept(answers: SqliteAnswers) -> None:
    assert isinstance(_examine(ScriptedModel("no", "no"), answers), Failed)
    assert _examine(ScriptedModel(FOUND, AGREED), answers).findings


def test_an_answer_that_repeats_its_orders_is_not_kept(answers: SqliteAnswers) -> None:
    class Echo(ScriptedModel):
        async def ask(self, request: Any) -> Any:
            canary = request.messages[0].text.rsplit(": ", 1)[1]
            self._always = [Line({"findings": [{**CLAIM, "message": canary}]}, lambda _: True)]
            return await super().ask(request)

    assert isinstance(_examine(Echo(), answers), Failed)
    model = ScriptedModel({"findings": []})
    _examine(model, answers)
    assert len(model.requests) == 1


def test_what_a_fallback_answered_is_not_kept(answers: SqliteAnswers) -> None:
    first = ScriptedModel(ModelBusy("429"), ModelBusy("429"), name="one/first")
    stands_in = ScriptedModel(FOUND, AGREED, name="two/second")
    assert _examine(FallbackModel(first, stands_in), answers).findings
    again = ScriptedModel(FOUND, AGREED, name="one/first")
    assert _examine(again, answers).findings
    assert len(again.requests) == 2
