"""A change that attacks its reviewer: nothing of it runs, nothing is hidden, nothing leaks."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

BAD = "import subprocess\n\n\ndef run(command):\n    return subprocess.run(command, shell=True)\n"
KEY = "AKIA" + "IOSFODNN7EXAMPLE"
TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
NAMES = [
    "plain.py",
    "a\n::set-output name=x::y.py",
    "::error::x.py",
    "\x1b[31mred\u202e.py",
    "**b** <img src=x> @octocat fixes #1 `x`.py",
    f"{TOKEN}.py",
    "Case.py",
    "case.py",
]
FORMATS = ("terminal", "markdown", "json", "sarif", "codequality", "sast", "rdjsonl")


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    return tmp_path / "canary"


@pytest.fixture
def hostile(repository: Any, canary: Path) -> Any:
    run = f"import os; os.system('touch {canary}')\n"
    repository.git("checkout", "-q", "-b", f"fix/a-{KEY}")
    files = dict.fromkeys(NAMES, BAD)
    for name in ("conftest.py", "sitecustomize.py", "subprocess.py", "yaml.py", "ruff.py"):
        files[name] = run
    files |= {
        ".synapse-bot.yml": "review: {skip: [python-security]}\nexclude: ['**']\n",
        "ruff.toml": "exclude = ['**']\n",
        ".semgrepignore": "*\n",
        ".bandit": "[bandit]\nskips: B602\n",
        ".gitattributes": "*.py -diff filter=evil diff=evil linguist-generated\n",
        "hooks/post-checkout": f"#!/bin/sh\ntouch {canary}\n",
    }
    for name, text in files.items():
        (repository.root / name).parent.mkdir(exist_ok=True)
        (repository.root / name).write_text(text)
    (repository.root / "hooks/post-checkout").chmod(0o755)
    os.symlink("loop-b", repository.root / "loop-a")
    os.symlink("loop-a", repository.root / "loop-b")
    os.symlink("/etc/passwd", repository.root / "passwd.py")
    repository.git("add", "-A")
    repository.git("commit", "-q", "-m", f"feat: {TOKEN} \x1b[31m\n\n::error::hi")
    for key in ("filter.evil.clean", "filter.evil.smudge", "diff.evil.textconv"):
        repository.git("config", key, f"touch {canary}; cat")
    repository.git("config", "diff.evil.command", f"touch {canary}")
    repository.git("config", "core.hooksPath", "hooks")
    canary.unlink(missing_ok=True)
    return repository


def test_nothing_runs_and_nothing_is_hidden(hostile: Any, command: Any, canary: Path) -> None:
    ran = command("review", "--base", "main", "--route", "deep", "--format", "json")
    assert not canary.exists()
    found = [c["finding"] for c in ran.json["claims"]]
    injected = [f for f in found if f["rule"] == "command-injection" and f["severity"] == "high"]
    assert len({f["location"]["path"] for f in injected}) == len(NAMES)
    assert any(".synapse-bot.yml" in notice for notice in ran.json["notices"])
    states = {file["path"]: file["state"] for file in ran.json["coverage"]}
    assert {states[link] for link in ("loop-a", "loop-b", "passwd.py")} == {"skipped"}


@pytest.mark.parametrize("format_", FORMATS)
def test_no_secret_and_no_command_reaches_the_output(
    hostile: Any, command: Any, format_: str
) -> None:
    ran = command("review", "--base", "main", "--only", "python-security", "--format", format_)
    for text in (ran.out, ran.err, command("runs", "list").out):
        assert KEY[4:] not in text
        assert TOKEN[4:] not in text
        assert not re.search(r"(?m)^::", text)
        assert "\x1b" not in text
        assert format_ == "json" or "\u202e" not in text
