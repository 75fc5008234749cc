"""Our own rules through the real tools: every marked line is found, and no other.

    rules/static/<tool>/<language>/<id>.y(a)ml          the rule
    tests/specialists/rules/<tool>/<id>/bad.*, good.*   its fixtures

A comment ``ruleid: <id>`` stands above each line that the rule must find in a bad file; a good
file has none. Adding a rule is one file and two fixtures.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from synapse_bot.config.data import data_dir
from synapse_bot.domain.severity import Severity
from synapse_bot.specialist.argv import Places, expand
from synapse_bot.specialist.parse import parse_specialist
from synapse_bot.specialist.taxonomy import load_taxonomy

RULES = data_dir("rules")
FIXTURES = Path(__file__).parents[1] / "specialists" / "rules"
ENDINGS = {"semgrep": "yaml", "ast-grep": "yml"}
FOLDERS = {
    *("python", "javascript", "go", "java", "ruby"),
    *("shell", "dockerfile", "terraform", "sql", "workflow"),
}
MARK = re.compile(r"ruleid: ([\w-]+)")

Found = dict[str, set[tuple[str, int]]]


def rule_files() -> list[tuple[str, Path]]:
    return [
        (tool, path)
        for tool, ending in ENDINGS.items()
        for path in sorted((RULES / "static" / tool).glob(f"*/*.{ending}"))
    ]


def by_name(case: tuple[str, Path]) -> str:
    return f"{case[0]}:{case[1].stem}"


@cache
def rule_at(path: Path) -> dict[str, Any]:
    document = yaml.safe_load(path.read_text())
    rule: dict[str, Any] = document["rules"][0] if "rules" in document else document
    return rule


def fixtures(tool: str) -> list[Path]:
    return sorted(path for path in (FIXTURES / tool).glob("*/*.*") if path.is_file())


def marked(path: Path) -> set[tuple[str, int]]:
    lines = path.read_text().split("\n")
    return {(m[1], n + 1) for n, line in enumerate(lines, start=1) if (m := MARK.search(line))}


@pytest.mark.parametrize("case", rule_files(), ids=by_name)
def test_a_rule_is_named_and_described_in_full(case: tuple[str, Path]) -> None:
    _, path = case
    rule, metadata = rule_at(path), rule_at(path)["metadata"]
    assert rule["id"] == path.stem
    assert path.stem.startswith(f"{path.parent.name}-")
    assert path.parent.name in FOLDERS
    assert set(metadata) == {"cwe", "severity", "confidence", "fix"}
    assert Severity.parse(metadata["severity"])
    assert metadata["confidence"] in ("high", "medium", "low")
    # A message that quotes a metavariable would carry text of the change into the review.
    assert "$" not in rule["message"].replace("$ne", "")
    assert len(rule["message"]) <= 120
    assert not _floats(rule), "semgrep's classic front end refuses decimal numbers"


def _floats(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_floats(inner) for inner in value.values())
    if isinstance(value, list):
        return any(_floats(inner) for inner in value)
    return isinstance(value, float)


@pytest.mark.parametrize("case", rule_files(), ids=by_name)
def test_a_rule_has_its_place_in_the_taxonomy(case: tuple[str, Path]) -> None:
    tool, path = case
    known = load_taxonomy(RULES / "taxonomy.yaml")
    ruling = known.lookup(tool, path.stem)
    assert ruling.rule.id in known.rules, f"add *-{path.stem.partition('-')[2]} to taxonomy.yaml"
    assert set(rule_at(path)["metadata"]["cwe"]) & set(ruling.rule.cwe)


@pytest.mark.parametrize("tool", ENDINGS)
def test_every_rule_has_a_bad_and_a_good_file(tool: str) -> None:
    named = {path.stem for owner, path in rule_files() if owner == tool}
    have: dict[str, set[str]] = defaultdict(set)
    for path in fixtures(tool):
        have[path.parent.name].add(path.stem)
        assert bool(marked(path)) == (path.stem == "bad"), path
    assert set(have) == named
    assert all(stems == {"bad", "good"} for stems in have.values())


def semgrep(lab: Any, *, classic: bool) -> Found:
    action = shipped_action("semgrep")
    done = run(lab, "semgrep", action.fallback if classic else action.argv)
    document = json.loads(done.stdout)
    assert [error for error in document["errors"] if error["level"] != "warn"] == []
    found: Found = defaultdict(set)
    for result in document["results"]:
        found[result["path"]].add((result["check_id"], result["start"]["line"]))
    return found


def ast_grep(lab: Any) -> Found:
    done = run(lab, "ast-grep", shipped_action("ast-grep").argv)
    assert done.returncode in (0, 1), done.stderr
    found: Found = defaultdict(set)
    for line in done.stdout.splitlines():
        result = json.loads(line)
        found[result["file"]].add((result["ruleId"], result["range"]["start"]["line"] + 1))
    return found


def shipped_action(tool: str) -> Any:
    """The action as it is shipped, so that the rules are tested with the very arguments in use."""
    raw = (data_dir("specialists") / "security.yaml").read_bytes()
    spec = parse_specialist(raw, "specialists/security.yaml")
    return next(action for action in spec.actions if action.tool == tool)


def run(lab: Any, tool: str, declared: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    lab.need(tool)
    folder = lab.folder / "empty"
    folder.mkdir(exist_ok=True)
    places = Places(tuple(fixtures(tool)), folder, RULES, folder / "out", folder / "cache")
    *start, program = lab.toolbox().find(tool).binary
    if tool == "semgrep" and "--experimental" not in declared:
        # The classic front end is a program of its own, which semgrep looks for on PATH.
        program = str(Path(program).with_name("pysemgrep"))
        start = start or [str(Path(program).with_name("python"))]
    command = [*start, program, *expand(declared, places)]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder)


def differences(tool: str, found: Found) -> list[str]:
    """What the rule of each fixture's folder misses or finds beside the marks."""
    told = []
    for path in fixtures(tool):
        mine = {hit for hit in found[str(path)] if hit[0] == path.parent.name}
        wanted = marked(path)
        told += [f"{path.parent.name}/{path.name}:{n} not found" for _, n in wanted - mine]
        told += [f"{path.parent.name}/{path.name}:{n} is no defect" for _, n in mine - wanted]
    return told


def test_ast_grep_finds_what_is_marked_and_nothing_else(lab: Any) -> None:
    assert differences("ast-grep", ast_grep(lab)) == []


def test_semgrep_finds_what_is_marked_and_nothing_else(lab: Any) -> None:
    assert differences("semgrep", semgrep(lab, classic=False)) == []


def test_both_front_ends_of_semgrep_find_the_same(lab: Any) -> None:
    assert semgrep(lab, classic=False) == semgrep(lab, classic=True)
