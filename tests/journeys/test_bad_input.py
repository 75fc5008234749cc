"""Bad input, each kind by the real command line: a typed outcome, a hint, nothing else lost."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ONLY = ("review", "--only", "python-security", "--route", "fast")
FINDING = '{"p": "%s", "l": 9, "r": "R1", "m": "by a tool"}'

# name -> (script, kind of its failure, a word of why)
BAD_TOOLS = {
    "garbles": ("echo '<html>not what was declared'", "garbage", "not JSON"),
    "binary": ("head -c 70000 /dev/urandom", "garbage", "not JSON"),
    "dies": ("kill -SEGV $$", "crashed", "SIGSEGV"),
    "exits": ("echo no licence >&2; exit 42", "crashed", "no licence"),
    "hangs": ("sleep 300.19", "timeout", "deadline"),
    "prints-5mb": ("head -c 5000000 /dev/zero | tr '\\0' x", "garbage", "not JSON"),
    "floods": ("yes '{}'", "flooded", "1 MB"),
    "daemon-hangs": ("(setsid sleep 300.19 &) ; sleep 300.19", "timeout", "deadline"),
}


def test_tools_that_misbehave_are_each_named_and_cost_nobody_else(
    planted: Any,
    command: Any,
    fake_tool: Callable[[str, str], Path],
    declaration: Callable[[str, str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scripts = {name: script for name, (script, *_) in BAD_TOOLS.items()}
    scripts["forks"] = f"sleep 300.19 & sleep 300.19 & printf '{FINDING}\\n' \"$1\""
    files = {}
    for name, script in scripts.items():
        fake_tool(f"tool-{name}", script)
        files[f".synapse-bot/specialists/{name}.yaml"] = declaration(name, f"tool-{name}")
    floods = ".synapse-bot/specialists/floods.yaml"
    files[floods] = files[floods].replace("output_mb: 8", "output_mb: 1")
    planted.merge(files)
    monkeypatch.setenv("SYNAPSE_BOT__SPECIALISTS__ALLOW_COMMANDS", "true")
    names = [*BAD_TOOLS, "forks", "python-security"]
    only = [word for name in names for word in ("--only", name)]
    ran = command("review", "--route", "fast", "--format", "json", *only)
    assert ran.code == 3, ran.err
    outcomes = {outcome["by"]: outcome for outcome in ran.json["outcomes"]}
    for name, (_, kind, word) in BAD_TOOLS.items():
        outcome = outcomes[name]
        assert (name, outcome["kind"], outcome["failed_kind"]) == (name, "failed", kind)
        assert word in outcome["why"], outcome
        assert outcome["hint"] or kind == "crashed", outcome
    tools = {said["tool"] for claim in ran.json["claims"] for said in claim["findings"]}
    assert {"ruff", "tool-forks"} <= tools
    assert not _alive(b"sleep\x00300.19")


def _alive(words: bytes) -> bool:
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if words in entry.read_bytes():
                return True
        except OSError:
            continue
    return False


def git_clone(source: Path, target: Path, *options: str) -> None:
    subprocess.run(["git", "clone", "-q", *options, f"file://{source}", str(target)], check=True)


def shallow(repository: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    git_clone(repository.root, repository.root.parent / "shallow", "--depth=1")
    monkeypatch.chdir(repository.root.parent / "shallow")


def bare(repository: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    git_clone(repository.root, repository.root.parent / "bare", "--bare")
    monkeypatch.chdir(repository.root.parent / "bare")


def nowhere(repository: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository.root.parent / "plain").mkdir()
    monkeypatch.chdir(repository.root.parent / "plain")


def unborn(repository: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere(repository, monkeypatch)
    subprocess.run(["git", "init", "-q"], check=True)


def unrelated(repository: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.git("checkout", "-q", "--orphan", "other")
    repository.git("commit", "-q", "--allow-empty", "-m", "chore: another root")


def as_it_is(repository: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pass


@pytest.mark.parametrize(
    ("arrange", "arguments", "error", "hint"),
    [
        (as_it_is, ("--base", "no-such"), "no-such", "git fetch"),
        (as_it_is, ("--base", "main", "--head", "gone"), "gone", "git fetch"),
        (as_it_is, ("--base=--upload-pack=x",), "--upload-pack=x", ""),
        (as_it_is, ("--diff", "no-such.patch"), "no-such.patch", ""),
        (shallow, ("--base", "HEAD~1"), "shallow", "fetch-depth: 0"),
        (shallow, (), "shallow", "fetch-depth: 0"),
        (bare, (), "bare", "work tree"),
        (nowhere, (), "not in a git repository", "--diff"),
        (unborn, (), "no commit yet", "--staged"),
        (unrelated, ("--base", "main"), "no common commit", "--base"),
        (as_it_is, ("--only", "pyton-bugs"), "pyton-bugs", "python-bugs"),
        (as_it_is, ("--deadline", "soon"), "soon", ""),
    ],
)
def test_a_change_that_cannot_be_read_is_an_error_with_a_way_out(
    planted: Any,
    command: Any,
    monkeypatch: pytest.MonkeyPatch,
    arrange: Callable[[Any, pytest.MonkeyPatch], None],
    arguments: tuple[str, ...],
    error: str,
    hint: str,
) -> None:
    arrange(planted, monkeypatch)
    ran = command("review", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert error in ran.err
    assert hint in ran.err
    assert "hint: " in ran.err or not hint


@pytest.mark.parametrize("arguments", [("--head", "main"), ("--staged",), ("--base", "HEAD")])
def test_an_empty_diff_is_a_note_and_a_pass(planted: Any, command: Any, arguments: Any) -> None:
    ran = command("review", *arguments, "--fail-on", "info")
    assert ran.code == 0
    assert "diff is empty" in ran.out


GOOD_PART = (
    "diff --git a/good.py b/good.py\n--- a/good.py\n+++ b/good.py\n"
    "@@ -1 +1,2 @@\n import yaml\n+yaml.load(open('x'))\n"
)


@pytest.mark.parametrize(
    "broken",
    [
        "diff --git a/bad.py b/bad.py\n--- a/bad.py\n+++ b/bad.py\n@@ -1,9 +1,9 @@\n one\n",
        "diff --git a/bad.py b/bad.py\n--- a/bad.py\n+++ b/bad.py\n@@ -x +y @@\n+one\n",
        "diff --git a/bad.py b/bad.py\n--- a/bad.py\n+++ b/bad.py\n"
        "@@ -1,999999999999 +1,999999999999 @@\n+one\n",
    ],
)
def test_a_broken_part_of_a_patch_costs_its_file_alone(
    planted: Any, command: Any, tmp_path: Path, broken: str
) -> None:
    patch = tmp_path / "broken.patch"
    patch.write_text(broken + GOOD_PART)
    ran = command("review", "--diff", str(patch), "--format", "json")
    assert ran.code == 3
    states = {file["path"]: file for file in ran.json["coverage"]}
    assert states["bad.py"]["state"] == "skipped"
    assert states["bad.py"]["reason"]
    assert {claim["finding"]["location"]["path"] for claim in ran.json["claims"]} == {"good.py"}


@pytest.mark.parametrize("content", ["this is no diff\n", "\0\1\2" * 100, "+++\n---\n@@\n"])
def test_what_is_no_patch_is_never_a_pass(
    repository: Any, command: Any, tmp_path: Path, content: str
) -> None:
    patch = tmp_path / "prose.txt"
    patch.write_text(content)
    ran = command("review", "--diff", str(patch))
    assert ran.code in (2, 3)
    assert "patch" in (ran.out + ran.err).lower() or "diff" in (ran.out + ran.err).lower()


CONFIG_FAULTS = {
    ".synapse-bot.yml": [
        ("gate: {fail_onn: high}\n", "fail_on"),
        ("gate: {fail_on: hihg}\n", "high"),
        ("gate: [high]\n", "mapping"),
        ("gate:\n  fail_on: high\n fail_on: low\n", ""),
        ("limits: {deadline: soon}\n", "8m"),
        ("show: {max_findings: -1}\n", ""),
        ("show: {min_confidence: 7}\n", ""),
        ("- a\n- list\n", "mapping"),
        ("a: &a [*a]\n", ""),
        ("\tgate: x\n", ""),
        ("gate: !!python/object/apply:os.system [true]\n", ""),
    ],
    ".synapse-bot/specialists/mine.yaml": [
        ("id: other\n", ""),
        ("id: mine\ndescription: d\nkind: tol\nactions: []\n", "tool"),
    ],
    ".synapse-bot/routes.yaml": [("rules:\n  - id: a\n    route: fats\n", "fast")],
    ".synapse-bot/negotiation.yaml": [("default: {strategies: [strictes]}\n", "strictest")],
}


@pytest.mark.parametrize(
    ("path", "text", "word"),
    [(path, *fault) for path, faults in CONFIG_FAULTS.items() for fault in faults],
)
def test_a_fault_at_the_base_is_told_by_file_and_line(
    planted: Any, command: Any, path: str, text: str, word: str
) -> None:
    refused_with_line(planted, command, path, text, word)


@pytest.mark.parametrize(
    ("right", "wrong", "word"),
    [
        ("jsonl", "jsnl", "json"),
        ("{path: p", "{pth: p", "path"),
        ("timeout: 2s", "timeout: never", "duration"),
        ("['{files}']", "'{files}'", "list"),
        ("format: jsonl", "format: regex, pattern: '(unclosed'", "regular expression"),
        ("kind: tool", "kind: [tool]", ""),
    ],
)
def test_a_fault_of_a_specialist_is_told_by_file_and_line(
    planted: Any,
    command: Any,
    declaration: Callable[[str, str], str],
    right: str,
    wrong: str,
    word: str,
) -> None:
    text = declaration("mine", "ruff")
    assert right in text
    path = ".synapse-bot/specialists/mine.yaml"
    refused_with_line(planted, command, path, text.replace(right, wrong), word)


def refused_with_line(planted: Any, command: Any, path: str, text: str, word: str) -> None:
    planted.merge({path: text})
    ran = command(*ONLY, "--fail-on", "high")
    assert ran.code == 2, ran.out
    assert f"{path}:" in ran.err
    assert word in ran.err
    checked = command("validate", ".")
    assert checked.code == 2
    assert f"{path}:" in checked.out
