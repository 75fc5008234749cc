"""The specialists that are shipped: one id in three places, their fixtures, their flags."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from synapse_bot.classifier.filekinds import load_filekinds
from synapse_bot.classifier.languages import load_languages
from synapse_bot.config.data import data_dir
from synapse_bot.domain.spec import Route, SpecialistSpec
from synapse_bot.specialist.loader import Declaration, load_specialists
from synapse_bot.specialist.taxonomy import load_taxonomy
from synapse_bot.specialist.tool import ToolSpecialist
from synapse_bot.specialist.trial import Fixture, read_fixture, rehearsed, try_out

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests" / "specialists"
SPECS = {spec.id: spec for spec in load_specialists(data_dir("specialists")).specs}
EXAMPLE = ROOT / "docs/examples/.synapse-bot/specialists/yaml-lint.yaml"


def test_an_id_is_the_same_in_its_declaration_its_fixtures_and_its_docs() -> None:
    fixtures = {path.name for path in FIXTURES.iterdir() if (path / "files").is_dir()}
    page = (ROOT / "docs/specialists.md").read_text()
    headings = set(re.findall(r"^## ([a-z-]+)$", page, re.MULTILINE))
    assert set(SPECS) == fixtures == headings


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_a_specialist_says_who_owns_it_and_where_it_is_explained(spec: SpecialistSpec) -> None:
    assert spec.docs == f"docs/specialists.md#{spec.id}"
    assert spec.owner
    assert spec.domain
    assert spec.licence


KINDS = load_filekinds().paths

# What keeps a tool from being told by the change what not to see, or from reaching the network.
FLAGS = {
    "ruff": {"--isolated", "--ignore-noqa", "--no-cache"},
    "bandit": {"--ignore-nosec"},
    "semgrep": {"--disable-nosem", "--metrics=off", "--disable-version-check", "--no-git-ignore"},
    "ast-grep": {"--custom-languages=ignore", "--no-ignore=vcs", "--no-ignore=dot"},
    "zizmor": {"--offline", "--no-config", "--no-ignores", "--collect=all"},
    "kingfisher": {"--no-validate", "--no-update-check", "--no-ignore"},
    "oxlint": {"--disable-nested-config", "--no-ignore"},
    "shellcheck": {"--norc"},
    "typos": {"--isolated", "--no-ignore"},
}


def test_every_tool_runs_isolated() -> None:
    for spec in SPECS.values():
        for action in spec.actions:
            for argv in filter(None, (action.argv, action.fallback)):
                assert FLAGS.get(action.tool, set()) <= set(argv), f"{spec.id}: {action.tool}"


def trial(lab: Any, spec: SpecialistSpec, fixture: Fixture, route: Route) -> Any:
    lab.need("ruff")  # points the lab at the tools of this user
    taxonomy = load_taxonomy(data_dir("rules") / "taxonomy.yaml")
    if spec.model is not None:
        specialist: Any = rehearsed(spec, fixture, taxonomy)
    else:
        specialist = ToolSpecialist(spec, lab.toolbox(), taxonomy, data_dir("rules"), lab.sandbox)
    languages = load_languages()
    folder = lab.folder / f"{spec.id}-{route}"
    return asyncio.run(try_out(specialist, fixture, route, languages.of, KINDS, folder))


CASES = [(spec, route) for spec in SPECS.values() for route in Route if route in spec.routes]


@pytest.mark.parametrize(("spec", "route"), CASES, ids=[f"{s.id}-{r}" for s, r in CASES])
def test_a_specialist_finds_what_its_fixture_expects(
    spec: SpecialistSpec, route: Route, lab: Any
) -> None:
    done = trial(lab, spec, read_fixture(FIXTURES / spec.id), route)
    if done.skipped:
        pytest.skip(done.skipped)
    assert (done.missing, done.surplus, done.trouble) == ((), (), "")


def test_a_linter_joins_by_a_declaration_alone(lab: Any) -> None:
    declared = load_specialists(
        data_dir("specialists"),
        [Declaration(".synapse-bot/specialists/yaml-lint.yaml", EXAMPLE.read_bytes())],
        known_tools={"yamllint"},
    )
    spec = next(spec for spec in declared.specs if spec.id == "yaml-lint")
    fixture = Fixture({"a.yaml": "---\na: 1\na: 2\nb: [1,2]\n", "b.py": "a:   1\n"}, {})
    done = trial(lab, spec, fixture, Route.FAST)
    if done.skipped:
        pytest.skip(done.skipped)
    assert done.surplus == (
        "a.yaml:3 yamllint-key-duplicates medium 0.8 (yamllint key-duplicates)",
        "a.yaml:4 yamllint-commas low 0.8 (yamllint commas)",
    )


def test_no_family_has_two_names_for_one_tool_rule() -> None:
    """ruff's S-rules are bandit's B-rules: each pair must be one claim."""
    taxonomy = load_taxonomy(data_dir("rules") / "taxonomy.yaml")
    pairs = {
        name: (ruling.rule.family, taxonomy.lookup("bandit", f"B{name[1:]}").rule.family)
        for name, ruling in taxonomy.exact["ruff"].items()
        if re.fullmatch(r"S\d{3}", name) and f"B{name[1:]}" in taxonomy.exact["bandit"]
    }
    assert len(pairs) > 40
    assert {name: pair for name, pair in pairs.items() if pair[0] != pair[1]} == {}


@pytest.mark.parametrize("name", ["S608", "B608", "python-sql-injection"])
def test_three_tools_name_one_idea(name: str) -> None:
    tool = {"S": "ruff", "B": "bandit", "p": "semgrep"}[name[0]]
    taxonomy = load_taxonomy(data_dir("rules") / "taxonomy.yaml")
    assert taxonomy.lookup(tool, name).rule.id == "sql-injection"


def test_the_rules_that_ruff_is_asked_for_are_in_the_taxonomy() -> None:
    """Every family that a selector opens has a ruling: no finding is named after its tool."""
    taxonomy = load_taxonomy(data_dir("rules") / "taxonomy.yaml")
    argvs = [a.argv for s in SPECS.values() for a in s.actions if a.tool == "ruff"]
    asked = [
        code
        for argv in argvs
        for word in argv
        if word.startswith("--select=")
        for code in word.removeprefix("--select=").split(",")
    ]
    known = (*taxonomy.exact["ruff"], *(glob for glob, _ in taxonomy.globs["ruff"]))
    unknown = [
        c for c in asked if not any(k.startswith(c) or c.startswith(k.rstrip("*")) for k in known)
    ]
    assert unknown == []
