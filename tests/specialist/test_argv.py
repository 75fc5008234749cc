"""Arguments from declarations: what {language} stands for."""

from __future__ import annotations

from pathlib import Path

import pytest

from synapse_bot.config.data import data_dir
from synapse_bot.specialist.argv import Places, expand
from synapse_bot.specialist.loader import load_specialists


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    for name in ("go", "javascript", "python"):
        (tmp_path / "static" / name).mkdir(parents=True)
    return tmp_path


def configs(
    rules: Path, *languages: str, argument: str = "--config={rules}/static/{language}"
) -> list[str]:
    places = Places((), rules, rules, rules / "out", rules / "cache", languages)
    return [Path(value.partition("=")[2]).name for value in expand((argument,), places)]


def test_only_the_languages_of_the_files_are_named(rules: Path) -> None:
    assert configs(rules, "go", "python") == ["go", "python"]


def test_a_dialect_shares_the_folder_of_its_language(rules: Path) -> None:
    assert configs(rules, "typescript") == ["javascript"]
    assert configs(rules, "javascript", "typescript") == ["javascript"]


def test_a_language_without_a_path_is_left_out(rules: Path) -> None:
    assert configs(rules, "cobol", "go") == ["go"]


def test_where_no_language_is_known_every_path_is_named(rules: Path) -> None:
    assert configs(rules) == ["go", "javascript", "python"]


def test_what_only_looks_like_a_folder_of_rules_is_no_language(rules: Path) -> None:
    (rules / "static" / ".hidden").mkdir()
    assert configs(rules, argument="--config={rules}/absent/{language}") == []
    assert ".hidden" not in configs(rules)


def test_an_option_of_its_own_is_repeated_with_each_path(rules: Path) -> None:
    places = Places((), rules, rules, rules / "out", rules / "cache", ("go", "python"))
    argv = expand(("-q", "--config", "{rules}/static/{language}", "-v"), places)
    folder = rules / "static"
    assert argv == ("-q", "--config", f"{folder}/go", "--config", f"{folder}/python", "-v")


def test_an_option_before_one_that_holds_its_value_is_left_alone(rules: Path) -> None:
    places = Places((), rules, rules, rules / "out", rules / "cache", ("go", "python"))
    argv = expand(("--quiet", "--config={rules}/static/{language}"), places)
    folder = rules / "static"
    assert argv == ("--quiet", f"--config={folder}/go", f"--config={folder}/python")


def test_semgrep_has_rules_for_every_language_that_it_is_given() -> None:
    """Without any --config it would ask the network for some."""
    specs = {spec.id: spec for spec in load_specialists(data_dir("specialists")).specs}
    action = next(action for action in specs["security"].actions if action.tool == "semgrep")
    rules = data_dir("rules")
    for language in action.languages:
        places = Places((), rules, rules, rules, rules, (language,))
        for argv in (action.argv, action.fallback):
            named = [value for value in expand(argv, places) if value.startswith("--config=")]
            assert [Path(value).is_dir() for value in (n[9:] for n in named)] == [True], language
