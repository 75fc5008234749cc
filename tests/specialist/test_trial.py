"""Fixtures of specialists: how they are read, and what counts as a difference."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from synapse_bot.classifier.filekinds import load_filekinds
from synapse_bot.classifier.languages import load_languages
from synapse_bot.config.data import data_dir
from synapse_bot.config.settings import Sandbox
from synapse_bot.domain.spec import Route
from synapse_bot.specialist.loader import load_specialists
from synapse_bot.specialist.taxonomy import load_taxonomy
from synapse_bot.specialist.tool import ToolSpecialist
from synapse_bot.specialist.trial import (
    Fixture,
    FixtureUnreadable,
    Trial,
    parse_expected,
    read_fixture,
    render_expected,
    try_out,
)


def test_what_is_rendered_is_read_back() -> None:
    lines = {Route.FAST: ("a.py:1 x low 0.5 (t r)",), Route.DEEP: ()}
    assert parse_expected(render_expected(lines)) == lines


@pytest.mark.parametrize(
    ("text", "why"), [("a.py:1 x\n", "1: stands above"), ("[slow]\n", "1: no route")]
)
def test_a_line_that_has_no_place_is_refused(text: str, why: str) -> None:
    with pytest.raises(FixtureUnreadable, match=why):
        parse_expected(text)


def test_a_split_file_is_joined_and_renamed(tmp_path: Path) -> None:
    (tmp_path / "files/a").mkdir(parents=True)
    (tmp_path / "files/a/key.py.split").write_text('K = "AK~~IA"\n')
    (tmp_path / "files/plain.py").write_text("a ~~ b\n")
    fixture = read_fixture(tmp_path)
    assert fixture.files == {"a/key.py": 'K = "AKIA"\n', "plain.py": "a ~~ b\n"}


def test_an_empty_fixture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FixtureUnreadable, match="holds no file"):
        read_fixture(tmp_path)


def tampering(lab: Any, expected: tuple[str, ...], text: str) -> Trial:
    specs = {spec.id: spec for spec in load_specialists(data_dir("specialists")).specs}
    taxonomy = load_taxonomy(data_dir("rules") / "taxonomy.yaml")
    specialist = ToolSpecialist(
        specs["tampering"], lab.toolbox(), taxonomy, data_dir("rules"), Sandbox.AUTO
    )
    fixture = Fixture({"a.py": text}, {Route.FAST: expected})
    place = lab.folder / "trial"
    return asyncio.run(
        try_out(specialist, fixture, Route.FAST, load_languages().of, load_filekinds().paths, place)
    )


SAID = "a.py:1 suppression-added medium 0.9 (suppressions suppression-added)"


def test_a_trial_passes_when_it_finds_what_is_expected(lab: Any) -> None:
    assert tampering(lab, (SAID,), "x = 1  # nosec\n").passed


def test_a_finding_that_stays_away_is_missing(lab: Any) -> None:
    trial = tampering(lab, (SAID,), "x = 1\n")
    assert trial.missing == (SAID,)
    assert not trial.passed


def test_a_finding_that_nobody_expected_is_surplus(lab: Any) -> None:
    trial = tampering(lab, (), "x = 1  # nosec\n")
    assert trial.surplus == (SAID,)
    assert not trial.passed


def test_a_finding_expected_twice_must_be_found_twice(lab: Any) -> None:
    assert tampering(lab, (SAID, SAID), "x = 1  # nosec\n").missing == (SAID,)
