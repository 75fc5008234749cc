"""Each contender really examines a change; the change's added lines alone count."""

from __future__ import annotations

from pathlib import Path

import pytest
from quality_cases import Case, Corpus, Labels, Place, Weakness
from quality_changes import two_commits
from quality_contenders import OURS, Contender, Said, contenders
from quality_keep import Keep
from quality_matching import Matcher
from quality_run import score

from synapse_bot.config.settings import Show
from synapse_bot.entry.host import read_host
from synapse_bot.specialist.taxonomy import load_taxonomy
from synapse_bot.specialist.toolbox import Toolbox

ROOT = Path(__file__).resolve().parents[2]
OLD = b"""import subprocess
from flask import Flask, request

app = Flask(__name__)


def old(value):
    subprocess.call(value, shell=True)
"""
NEW = (
    OLD
    + b"""

@app.route("/")
def new():
    value = request.args["value"]
    return str(eval(value))
"""
)
EVERYONE = ["synapse-bot", "bandit alone", "ruff S alone", "semgrep, our rules"]


@pytest.fixture(scope="module")
def everyone() -> dict[str, Contender]:
    host = read_host()
    toolbox = Toolbox.open(ROOT / "rules", host.cache, host.search_path)
    made = contenders(toolbox, load_taxonomy(ROOT / "rules" / "taxonomy.yaml"), ROOT / "rules")
    return {contender.name: contender for contender in made}


def test_everyone_is_in_the_table(everyone: dict[str, Contender]) -> None:
    assert list(everyone) == EVERYONE


@pytest.mark.parametrize("name", EVERYONE)
def test_findings_are_on_added_lines_with_paths_of_the_repository(
    everyone: dict[str, Contender], tmp_path: Path, name: str
) -> None:
    change = two_commits(tmp_path / "repository", {"app/a.py": OLD}, {"app/a.py": NEW})
    said = everyone[name].examine(change)
    assert said.notes == ()
    assert said.findings
    assert {finding.path for finding in said.findings} == {"app/a.py"}
    assert all(finding.end > OLD.count(b"\n") for finding in said.findings)
    assert any(95 in finding.weakness.cwe for finding in said.findings)


@pytest.mark.parametrize("name", EVERYONE[1:3])
def test_a_tool_for_python_is_not_asked_of_other_files(
    everyone: dict[str, Contender], name: str
) -> None:
    assert not everyone[name].knows(["a.js", "b.go"])
    assert everyone[OURS].knows(["a.js"])


def test_a_planted_defect_is_found_and_what_was_said_is_reused(
    everyone: dict[str, Contender], tmp_path: Path
) -> None:
    weakness = Weakness(frozenset({95}))
    bad = Case("bad", {"a.py": NEW}, places=(Place("a.py", 14, 14, weakness),))
    good = Case("good", {"b.py": b"x = 1\n"}, clear=weakness)
    corpus = Corpus("corpus", "", Labels.ONE, (bad, good))
    asked = [everyone["ruff S alone"]]
    (first,), (again,) = (
        score(corpus, corpus.cases, asked, Matcher({}), Keep(tmp_path / "keep", "s", True), folder)
        for folder in (tmp_path / "one", tmp_path / "two")
    )
    found = first.tally(held=False).found + first.tally(held=True).found
    assert found == 1
    assert again.seconds == first.seconds
    assert again.findings == first.findings


def test_a_run_that_could_not_end_is_asked_again(tmp_path: Path) -> None:
    change = two_commits(tmp_path / "repository", {}, {"a.py": NEW})
    answers = iter([Said((), 1.0, ("security: deadline",)), Said((), 2.0), Said((), 3.0)])
    contender = Contender("asked", lambda _: next(answers))
    keep = Keep(tmp_path / "keep", "s", reuse=True)
    seconds = [keep.examine(contender, change).seconds for _ in range(3)]
    assert seconds == [1.0, 2.0, 2.0]


def test_what_the_default_threshold_keeps_back_is_told_and_not_shown(
    everyone: dict[str, Contender], tmp_path: Path
) -> None:
    after = {"a.py": NEW, "tests/test_a.py": NEW}
    said = everyone[OURS].examine(two_commits(tmp_path / "repository", {}, after))
    evals = (finding for finding in said.findings if 95 in finding.weakness.cwe)
    sure = {finding.path: finding.confidence for finding in evals}
    assert sure["tests/test_a.py"] < sure["a.py"]
    least = Show().min_confidence
    assert all(finding.shown == (finding.confidence >= least) for finding in said.findings)
    assert all(finding.voices for finding in said.findings)
