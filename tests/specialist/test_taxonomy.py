"""The taxonomy: many tools' ids, one rule."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synapse_bot.config.data import data_dir
from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.domain.severity import Severity
from synapse_bot.specialist.taxonomy import Taxonomy, kebab, load_taxonomy

TABLE = """
rules:
  sql-injection: {title: SQL injection, family: injection-sql, cwe: [89, 20], fix: Bind it.}
  too-complex: {title: Too complex}
  plain: {}
tools:
  ruff:
    S608: {rule: sql-injection, severity: high, confidence: 0.6}
    "PLR09*": {rule: too-complex, severity: low}
    "PLR*": plain
  bandit:
    B608: sql-injection
"""


def table(tmp_path: Path, text: str = TABLE, cache: Path | None = None) -> Taxonomy:
    path = tmp_path / "taxonomy.yaml"
    path.write_text(text)
    return load_taxonomy(path, cache)


def test_ids_of_two_tools_are_one_rule(tmp_path: Path) -> None:
    taxonomy = table(tmp_path)
    ruff, bandit = taxonomy.lookup("ruff", "S608"), taxonomy.lookup("bandit", "B608")
    assert ruff.rule == bandit.rule
    assert (ruff.rule.family, ruff.rule.cwe) == ("injection-sql", (20, 89))
    assert (ruff.severity, ruff.confidence) == (Severity.HIGH, 0.6)
    assert (bandit.severity, bandit.confidence) == (None, None)


def test_the_longest_glob_that_fits_decides(tmp_path: Path) -> None:
    taxonomy = table(tmp_path)
    assert taxonomy.lookup("ruff", "PLR0912").rule.id == "too-complex"
    assert taxonomy.lookup("ruff", "PLR2004").rule.id == "plain"


def test_a_rule_without_a_family_is_its_own(tmp_path: Path) -> None:
    assert table(tmp_path).lookup("ruff", "PLR0912").rule.family == "too-complex"


def test_an_unknown_id_becomes_a_rule_of_its_tool(tmp_path: Path) -> None:
    ruling = table(tmp_path).lookup("shellcheck", "SC2086")
    assert (ruling.rule.id, ruling.rule.family) == ("shellcheck-sc2086",) * 2
    assert ruling.severity is None


def test_a_rules_own_id_is_known_behind_a_folders_name(tmp_path: Path) -> None:
    ruling = table(tmp_path).lookup("semgrep", "tmp.rules.static.sql-injection")
    assert ruling.rule.id == "sql-injection"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("B608: sql-injection", "B608: sql-injecton", 'did you mean "sql-injection"?'),
        ("severity: high", "severity: hihg", "unknown severity 'hihg'"),
        ("confidence: 0.6", "confidence: 6", "confidence"),
        ("title: Too complex", "titel: Too complex", "titel"),
    ],
)
def test_a_fault_names_its_line(tmp_path: Path, old: str, new: str, fault: str) -> None:
    with pytest.raises(ConfigInvalid, match=r"^rules/taxonomy.yaml:\d+: ") as raised:
        table(tmp_path, TABLE.replace(old, new))
    line = TABLE.split("\n").index(next(x for x in TABLE.split("\n") if old in x)) + 1
    assert fault in str(raised.value)
    assert f":{line}: " in str(raised.value)


def test_a_compiled_table_is_the_same(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cold, warm = table(tmp_path, cache=cache), table(tmp_path, cache=cache)
    assert list(cache.iterdir())
    assert cold == warm


@given(st.text(max_size=40))
def test_a_made_up_rule_is_kebab_case(text: str) -> None:
    assert kebab(text).replace("-", "").isalnum()
    assert kebab(text) == kebab(kebab(text))


def test_the_shipped_table_loads() -> None:
    taxonomy = load_taxonomy(data_dir("rules") / "taxonomy.yaml")
    assert taxonomy.lookup("ruff", "S608").rule.id == taxonomy.lookup("bandit", "B608").rule.id
    assert "suppression-added" in taxonomy.rules
    assert "hidden-characters" in taxonomy.rules
