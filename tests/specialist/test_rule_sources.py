"""Rules with data flow: those of one language know the same frameworks and the same safe types."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
import yaml

from synapse_bot.config.data import data_dir

FOLDER = data_dir("rules") / "static" / "semgrep"
# What is said above the sources of a request; rules about archives have sources of their own.
MARK = "a part of the request"
LANGUAGES = ("go", "java", "javascript", "ruby")


def flows(language: str) -> dict[str, dict[str, Any]]:
    """The rules of ``language`` whose source is a request, by id."""
    found = {}
    for path in sorted((FOLDER / language).glob("*.yaml")):
        text = path.read_text()
        rule = yaml.safe_load(text)["rules"][0]
        if MARK in text and rule.get("mode") == "taint":
            found[path.stem] = rule
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_framework_that_one_rule_knows_all_rules_know(language: str) -> None:
    by_sources = defaultdict(list)
    for name, rule in flows(language).items():
        by_sources[yaml.safe_dump(rule["pattern-sources"])].append(name)
    assert len(by_sources) == 1, f"copy the sources that most rules have: {[*by_sources.values()]}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_number_or_the_answer_of_a_comparison_is_no_text_of_a_caller(language: str) -> None:
    safe = {f"taint_assume_safe_{kind}" for kind in ("booleans", "comparisons", "numbers")}
    for name, rule in flows(language).items():
        assert {key for key, on in rule.get("options", {}).items() if on} >= safe, name
