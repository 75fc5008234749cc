"""Comments that silence tools lose their power, and nothing else changes."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synapse_bot.config.data import data_dir
from synapse_bot.specialist.disarm import disarm

COMMENTS = (
    b"// ast-grep-ignore",
    b"/* eslint-disable */",
    b"// oxlint-disable-next-line no-debugger",
    b"# shellcheck shell=bash disable=SC2086,SC2046",
    b"# shellcheck disable=all",
    b"#lizard forgives",
    b"# GENERATED CODE",
    b"# yamllint disable-line",
    b"# gitleaks:allow",
    b"# betterleaks:allow",
)


@pytest.mark.parametrize("comment", COMMENTS)
def test_a_silencing_comment_is_broken_in_place(comment: bytes) -> None:
    text = b"a = 1\n  " + comment + b"\r\nb = 2"
    broken = disarm(text)
    assert broken != text
    assert len(broken) == len(text)
    assert broken.count(b"\n") == text.count(b"\n")


@given(st.binary(max_size=200), st.sampled_from(COMMENTS), st.binary(max_size=200))
def test_length_and_line_ends_never_change(before: bytes, comment: bytes, after: bytes) -> None:
    text = before + comment + after
    broken = disarm(text)
    assert len(broken) == len(text)
    assert [i for i, byte in enumerate(broken) if byte in b"\r\n"] == [
        i for i, byte in enumerate(text) if byte in b"\r\n"
    ]
    assert disarm(broken) == broken


@pytest.mark.parametrize(
    "text",
    [b"to disable the shellcheck, ignore eslint", b"x = 'all'", b"disable=SC2086", b"\xff\0"],
)
def test_other_text_stays(text: bytes) -> None:
    assert disarm(text) == text


CASES: dict[str, tuple[list[str], str, bytes]] = {
    "ast-grep": (
        ["scan", f"--config={data_dir('rules')}/static/ast-grep/sgconfig.yml", "--json=stream"],
        "a.js",
        b"// ast-grep-ignore\nel.innerHTML = x;\n",
    ),
    "oxlint": (
        [f"--config={data_dir('rules')}/static/oxlint/oxlintrc.json", "--format=unix"],
        "a.js",
        b"/* oxlint-disable */\n/* eslint-disable */\ndebugger;\n",
    ),
    "shellcheck": (
        ["--norc", "--format=gcc"],
        "a.sh",
        b"#!/bin/bash\n# shellcheck shell=bash disable=SC2086\nrm $1\n",
    ),
    "lizard": (
        ["--warnings_only", "--CCN=1", "--ignore_warnings=-1"],
        "a.py",
        b"def f(a):\n    # lizard forgives\n    if a: pass\n    if a: pass\n",
    ),
    "yamllint": (
        ["-d", "default", "--format=parsable"],
        "a.yaml",
        b"---\n# yamllint disable\na:   b\n",
    ),
}


@pytest.mark.parametrize("tool", CASES)
def test_the_tool_speaks_again(tool: str, lab: Any, tmp_path: Path) -> None:
    lab.need(tool)
    argv, name, content = CASES[tool]
    said = []
    for number, text in enumerate((content, disarm(content))):
        path = tmp_path / f"{number}" / name
        path.parent.mkdir()
        path.write_bytes(text)
        command = [*lab.toolbox().find(tool).binary, *argv, str(path)]
        done = subprocess.run(command, capture_output=True, cwd=path.parent)
        said.append([line for line in done.stdout.splitlines() if name.encode() in line])
    assert said[0] == []  # the comment silences this tool, or this file is not needed
    assert said[1]
