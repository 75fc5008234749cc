"""Every rule of templates on its examples: each marked line is found, and no other.

    tests/specialists/rules/templates/<rule>/bad.<ending>, good.<ending>

A comment ``ruleid: <rule>`` stands above each line that the rule must find.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from synapse_bot.config.data import data_dir
from synapse_bot.specialist.taxonomy import load_taxonomy
from synapse_bot.specialist.template.forms import Application
from synapse_bot.specialist.template.scan import examine

ROOT = Path(__file__).resolve().parents[3]
FIXTURES = ROOT / "tests/specialists/rules/templates"
PACKAGE = ROOT / "synapse_bot/specialist/template"
RULES = sorted(path.name for path in FIXTURES.iterdir())
FILES = sorted(path.relative_to(FIXTURES).as_posix() for path in FIXTURES.glob("*/*"))
MARK = re.compile(r"ruleid: ([\w-]+)")
SIGNED_IN = Application(guarded=False, signs_in=True)


def found_in(name: str) -> set[tuple[str, int]]:
    text = (FIXTURES / name).read_text()
    return {(hit.rule, hit.line) for hit in examine(f"views/{name}", text, SIGNED_IN)}


def said_by_the_code() -> set[str]:
    text = "".join(path.read_text() for path in PACKAGE.glob("*.py"))
    named = set(re.findall(r"Hit\(\s*\"([a-z-]+)\"", text))
    for line in re.findall(r"^[A-Z_]+(?:, [A-Z_]+)* = \"[a-z-]+\".*$", text, re.MULTILINE):
        named |= set(re.findall(r"\"([a-z-]+)\"", line))
    return named


def test_every_rule_that_the_code_names_has_examples_and_a_place_in_the_taxonomy() -> None:
    taxonomy = load_taxonomy(data_dir("rules") / "taxonomy.yaml")
    assert said_by_the_code() == set(RULES)
    assert set(RULES) <= set(taxonomy.rules)


@pytest.mark.parametrize("rule", RULES)
def test_every_bad_example_has_a_good_twin(rule: str) -> None:
    names = [path.name for path in (FIXTURES / rule).iterdir()]
    endings = {
        kind: {n.partition(".")[2] for n in names if n.startswith(kind)} for kind in ("bad", "good")
    }
    assert endings["bad"] == endings["good"] != set()


@pytest.mark.parametrize("name", FILES)
def test_a_template_gives_what_is_marked_and_nothing_else(name: str) -> None:
    lines = (FIXTURES / name).read_text().split("\n")
    marks = ((MARK.search(line), n + 1) for n, line in enumerate(lines, start=1))
    wanted = {(mark[1], line) for mark, line in marks if mark}
    assert found_in(name) == wanted
    assert bool(wanted) == ("/bad." in name)
