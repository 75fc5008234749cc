"""Every rule of python-web on its two examples: each marked line is found, and no other.

    tests/specialists/rules/python-web/<rule>/bad.py, good.py

A comment ``ruleid: <rule>`` stands above each line that the rule must find.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from synapse_bot.config.data import data_dir
from synapse_bot.specialist.python.scan import examine
from synapse_bot.specialist.python.table import FlowTable, load_table
from synapse_bot.specialist.taxonomy import load_taxonomy

ROOT = Path(__file__).resolve().parents[3]
FIXTURES = ROOT / "tests/specialists/rules/python-web"
PACKAGE = ROOT / "synapse_bot/specialist/python"
RULES = sorted(path.name for path in FIXTURES.iterdir())
MARK = re.compile(r"ruleid: ([\w-]+)")


@cache
def table() -> FlowTable:
    return load_table(data_dir("rules") / "static/flow/python")


@cache
def said_by_the_code() -> frozenset[str]:
    """The rules that the package can name: in its tables, and as the first word of a hit."""
    known = set(table().rules) | {row.rule for row in table().settings.values()}
    for path in PACKAGE.glob("*.py"):
        known |= set(re.findall(r"\b[Hh]it\(\s*\"([a-z-]+)\"", path.read_text()))
    return frozenset(known)


def test_every_rule_that_the_code_names_has_examples_and_a_place_in_the_taxonomy() -> None:
    taxonomy = load_taxonomy(data_dir("rules") / "taxonomy.yaml")
    assert said_by_the_code() == set(RULES)
    assert set(RULES) <= set(taxonomy.rules)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_finds_what_is_marked_and_nothing_else(rule: str) -> None:
    for name in ("bad.py", "good.py"):
        text = (FIXTURES / rule / name).read_text()
        lines = text.split("\n")
        wanted = {n + 1 for n, line in enumerate(lines, start=1) if MARK.search(line)}
        found = {hit.line for hit in examine({f"shop/{name}": text}, table()) if hit.rule == rule}
        assert found == wanted, name
        assert bool(wanted) == (name == "bad.py")


@pytest.mark.parametrize("rule", RULES)
def test_the_repaired_example_gives_no_finding_that_would_be_shown(rule: str) -> None:
    """A good twin is clean code: no other rule speaks of it either."""
    text = (FIXTURES / rule / "good.py").read_text()
    shown = [hit for hit in examine({"shop/good.py": text}, table()) if hit.confidence >= 0.5]
    assert shown == []
