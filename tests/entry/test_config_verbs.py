"""`validate`, `config`, `init` and `specialists`, as typed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from synapse_bot.entry.door import enter
from synapse_bot.entry.main import cli

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line in a home and a folder of its own: (exit code, stdout, stderr)."""
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)

    def call(*argv: str) -> tuple[int, str, str]:
        code = enter(cli, list(argv))
        out, err = capsys.readouterr()
        return code, out, err

    return call


def git(*argv: str) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@t")
    subprocess.run(["git", *identity, *argv], check=True, capture_output=True)


@pytest.fixture
def repository(run: Run) -> Path:
    """A repository whose main branch has settings and a specialist, and a branch off it."""
    git("init", "-q", "-b", "main")
    Path(".synapse-bot.yml").write_text("gate:\n  fail_on: high\ntools:\n  sandbox: off\n")
    own = Path(".synapse-bot/specialists")
    own.mkdir(parents=True)
    (own / "mine.yaml").write_text(
        "id: mine\ndescription: Ours.\nactions:\n"
        '  - {id: a, tool: ruff, argv: ["{files}"], output: {format: sarif}}\n'
    )
    git("add", "-A")
    git("commit", "-qm", "base")
    git("checkout", "-qb", "feature")
    return Path.cwd()


def test_config_show_names_the_origin_of_every_value(run: Run, repository: Path) -> None:
    code, out, err = run("config", "show", "--origin")
    assert code == 0
    lines = {line.split(" = ")[0].strip(): line for line in out.splitlines()}
    assert '"high"  # .synapse-bot.yml:2 at ' in lines["gate.fail_on"]
    assert lines["limits.deadline"].endswith('= "8m"  # default')
    assert "warning: .synapse-bot.yml:4: tools.sandbox is ignored" in err


def test_a_change_cannot_reconfigure_its_own_review(run: Run, repository: Path) -> None:
    before = json.loads(run("config", "show", "--json")[1])
    Path(".synapse-bot.yml").write_text("gate: {fail_on: never}\nreview: {skip: [secrets]}\n")
    Path(".synapse-bot/specialists/mine.yaml").write_text("id: mine\nenabled: false\n")
    git("add", "-A")
    git("commit", "-qm", "head")
    assert json.loads(run("config", "show", "--json")[1]) == before
    assert json.loads(run("specialists", "show", "mine", "--json")[1])["description"] == "Ours."


def test_the_environment_and_a_file_of_ones_own_win(
    run: Run, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("own.yml").write_text("gate: {fail_on: low}\ntools: {sandbox: off}\n")
    values = json.loads(run("config", "show", "--json", "--config", "own.yml")[1])["settings"]
    assert values["gate.fail_on"] == {"value": "low", "origin": "own.yml:1"}
    assert values["tools.sandbox"]["value"] == "off"
    monkeypatch.setenv("SYNAPSE_BOT__GATE__FAIL_ON", "critical")
    assert '"critical"  # env SYNAPSE_BOT__GATE__FAIL_ON' in run("config", "show", "--origin")[1]


def test_a_broken_variable_is_a_usage_error(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNAPSE_BOT__GATE__FAIL_NO", "high")
    code, _, err = run("config", "show")
    assert code == 2
    assert 'did you mean "SYNAPSE_BOT__GATE__FAIL_ON"?' in err


def test_outside_a_repository_the_defaults_and_the_shipped_specialists_hold(run: Run) -> None:
    assert run("config", "show")[0] == 0
    code, out, _ = run("specialists", "list")
    assert code == 0
    assert "secrets" in out


def test_a_base_that_does_not_exist_is_an_error(run: Run, repository: Path) -> None:
    assert run("config", "show", "--base", "nowhere")[0] == 2


def test_specialists_are_listed_with_those_of_the_repository(run: Run, repository: Path) -> None:
    code, out, _ = run("specialists", "list")
    assert code == 0
    [mine] = [line for line in out.splitlines() if line.startswith("mine ")]
    assert mine.split() == ["mine", "fast,deep", "any", "ruff", "Ours."]
    listed = json.loads(run("specialists", "list", "--json")[1])
    assert "mine" in [spec["id"] for spec in listed]


def test_every_specialist_is_shown_as_yaml_and_as_json(run: Run) -> None:
    for spec in json.loads(run("specialists", "list", "--json")[1]):
        code, out, err = run("specialists", "show", spec["id"])
        assert code == 0, err
        assert yaml.safe_load(out) == spec
        assert json.loads(run("specialists", "show", spec["id"], "--json")[1]) == spec


def test_an_unknown_specialist_is_told_with_the_nearest(run: Run) -> None:
    code, _, err = run("specialists", "show", "secretz")
    assert code == 2
    assert 'did you mean "secrets"?' in err


def test_a_new_specialist_is_written_once_and_valid(run: Run) -> None:
    assert run("specialists", "new", "hadolint")[0] == 0
    assert Path(".synapse-bot/specialists/hadolint.yaml").is_file()
    assert run("validate")[0] == 0
    code, _, err = run("specialists", "new", "hadolint")
    assert code == 2
    assert "exists already" in err
    assert run("specialists", "new", "../x")[0] == 2


def test_validate_prints_every_fault_and_exits_2(run: Run) -> None:
    Path(".synapse-bot.yml").write_text("gate:\n  fail_no: high\nshwo: {}\n")
    code, out, err = run("validate")
    assert code == 2
    assert out.splitlines() == [
        ".synapse-bot.yml:2: unknown key 'gate.fail_no' (did you mean \"fail_on\"?)",
        ".synapse-bot.yml:3: unknown key 'shwo' (did you mean \"show\"?)",
    ]
    assert "2 faults" in err


def test_validate_finds_the_repository_from_a_folder_below_it(
    run: Run, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repository / "deep").mkdir()
    monkeypatch.chdir(repository / "deep")
    code, out, err = run("validate")
    assert (code, out) == (0, "")
    assert "note: .synapse-bot.yml:4: tools.sandbox is ignored" in err


def test_a_strangers_file_does_not_drive_the_terminal(run: Run) -> None:
    Path(".synapse-bot.yml").write_text('"\\e[31m\\u202ekey": 1\n')
    code, out, _ = run("validate")
    assert code == 2
    assert "\x1b" not in out
    assert "\u202e" not in out


def test_validate_takes_a_file_or_a_folder(run: Run) -> None:
    Path("specialists").mkdir()
    Path("specialists/a.yaml").write_text("id: b\n")
    assert run("validate", "specialists/a.yaml")[0] == 2
    assert run("validate", "specialists")[0] == 2
    code, _, err = run("validate", "nowhere.yaml")
    assert code == 2
    assert "no such file" in err


def test_the_shipped_declarations_are_valid(run: Run) -> None:
    code, out, err = run("validate")
    assert (code, out) == (0, "")
    assert "note:" not in err


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("tools", "lizard:\n  pakage: lizard\n", "tools.yaml:2: unknown key 'lizard.pakage'"),
        (
            "suppressions",
            "comments:\n  a: {needle: abc, pattern: '(', silences: x}\n",
            "suppressions.yaml:2: not a regular expression",
        ),
    ],
)
def test_every_kind_of_rules_file_is_checked(run: Run, name: str, text: str, said: str) -> None:
    Path("rules").mkdir()
    Path(f"rules/{name}.yaml").write_text(text)
    code, out, _ = run("validate", f"rules/{name}.yaml")
    assert code == 2
    assert said in out


@pytest.mark.parametrize(
    ("ci", "path"),
    [("github", ".github/workflows/synapse-bot.yml"), ("gitlab", ".gitlab-ci.yml")],
)
def test_init_asks_nothing_and_writes_what_validate_accepts(run: Run, ci: str, path: str) -> None:
    code, out, _ = run("init", "--ci", ci)
    assert code == 0
    assert f"written: {path}" in out
    assert Path(path).is_file()
    assert run("validate")[0] == 0


def test_init_never_overwrites_unless_it_is_told_to(run: Run) -> None:
    Path(".synapse-bot.yml").write_text("mine: true\n")
    code, _, err = run("init")
    assert code == 2
    assert ".synapse-bot.yml" in err
    assert Path(".synapse-bot.yml").read_text() == "mine: true\n"
    assert not Path(".github").exists()
    assert run("init", "--force")[0] == 0
    assert "mine: true" not in Path(".synapse-bot.yml").read_text()


def test_init_leaves_a_gitlab_pipeline_alone(run: Run) -> None:
    Path(".gitlab-ci.yml").write_text("test: {script: [x]}\n")
    code, out, _ = run("init")
    assert code == 0
    assert Path(".gitlab-ci.yml").read_text() == "test: {script: [x]}\n"
    assert Path(".gitlab/synapse-bot.yml").is_file()
    assert "- local: .gitlab/synapse-bot.yml" in out


def test_init_guesses_the_forge_by_the_remote(run: Run) -> None:
    git("init", "-q")
    git("remote", "add", "origin", "https://gitlab.example.org/a/b.git")
    assert "written: .gitlab-ci.yml" in run("init")[1]


@pytest.mark.parametrize("name", ["settings", "specialist", "routes", "negotiation"])
def test_schemas_are_printed(run: Run, name: str) -> None:
    code, out, _ = run("config", "schema", name)
    assert code == 0
    assert json.loads(out)["title"]
