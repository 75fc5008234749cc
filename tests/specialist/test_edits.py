"""A tool's own fix as a suggestion: whole lines, before and after, or nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synapse_bot.domain.finding import Suggestion
from synapse_bot.specialist.output.base import RawEdit
from synapse_bot.specialist.output.edits import ruff_edits, rule_edits, sarif_edits, suggestion_of

RUFF = shutil.which("ruff", path=str(Path(sys.executable).parent))
LINES = ["import os", "", "def f(x):", "    if x is 'a':", "        return 1", "    return 2", ""]


def test_the_replacement_of_an_own_rule_counts_from_0() -> None:
    place = {"start": {"line": 3, "column": 9}, "end": {"line": 3, "column": 11}}
    edits = rule_edits({"range": place, "replacement": "=="})
    assert suggestion_of(edits, LINES) == Suggestion("    if x is 'a':", "    if x == 'a':")
    assert rule_edits({"range": place}) == ()
    assert rule_edits({"range": {"start": place["start"]}, "replacement": "=="}) == ()


def test_an_edit_within_a_line_is_that_line() -> None:
    made = suggestion_of([RawEdit(4, 10, 4, 12, "==")], LINES)
    assert made == Suggestion("    if x is 'a':", "    if x == 'a':")


def test_edits_are_joined_and_equal_ends_left_out() -> None:
    edits = [RawEdit(5, 16, 5, 17, "3"), RawEdit(4, 10, 4, 12, "=="), RawEdit(6, 1, 6, 1, "")]
    made = suggestion_of(edits, LINES)
    assert made == Suggestion("\n".join(LINES[3:5]), "    if x == 'a':\n        return 3")


def test_a_line_that_goes_takes_its_end_along() -> None:
    made = suggestion_of([RawEdit(5, 1, 6, 1, "")], LINES)
    assert made == Suggestion("        return 1", "")


def test_an_insertion_keeps_the_line_beside_it() -> None:
    made = suggestion_of([RawEdit(4, 1, 4, 1, "    x = str(x)\n")], LINES)
    assert made == Suggestion("    if x is 'a':", "    x = str(x)\n    if x is 'a':")


def test_column_0_is_the_end_of_the_line() -> None:
    made = suggestion_of([RawEdit(5, 9, 5, 0, "return 9")], LINES)
    assert made == Suggestion("        return 1", "        return 9")


@pytest.mark.parametrize(
    "edits",
    [
        [],
        [RawEdit(9, 1, 9, 2, "x")],  # no such line
        [RawEdit(4, 90, 4, 95, "x")],  # beyond the last character
        [RawEdit(4, 5, 4, 9, "x"), RawEdit(4, 7, 4, 12, "y")],  # one in the other
        [RawEdit(4, 12, 4, 10, "x")],  # backwards
        [RawEdit(4, 10, 4, 12, "is")],  # nothing changes
        [RawEdit(2, 1, 2, 1, "import sys\n")],  # nothing to find it by
        [RawEdit(4, 10, 4, 12, "\U0001f600")],
        [RawEdit(4, 10, 4, 12, "=\r=")],
    ],
)
def test_what_does_not_fit_is_no_suggestion(edits: list[RawEdit]) -> None:
    assert suggestion_of(edits, LINES) is None


edits = st.lists(
    st.builds(
        RawEdit,
        line=st.integers(0, 8),
        column=st.integers(1, 20),
        end_line=st.integers(0, 8),
        end_column=st.integers(0, 20),
        text=st.text("ab \n", max_size=5),
    ),
    max_size=3,
)


@given(edits)
def test_any_edits_give_whole_lines_of_the_file_or_nothing(some: list[RawEdit]) -> None:
    made = suggestion_of(some, LINES)
    if made is not None:
        assert f"\n{made.old}\n" in "\n" + "\n".join(LINES) + "\n"
        assert made.old != made.new


def sarif(*replacements: Any, uri: str = "a.py", files: int = 1) -> dict[str, Any]:
    change = {"artifactLocation": {"uri": uri}, "replacements": list(replacements)}
    place = {"physicalLocation": {"artifactLocation": {"uri": "a.py"}}}
    return {"locations": [place], "fixes": [{"artifactChanges": [change] * files}]}


SPOT = {"startLine": 4, "startColumn": 10, "endColumn": 12}
GOOD = {"deletedRegion": SPOT, "insertedContent": {"text": "=="}}


def test_sarif_fixes_are_read() -> None:
    assert sarif_edits(sarif(GOOD)) == (RawEdit(4, 10, 4, 12, "=="),)
    assert sarif_edits(sarif({"deletedRegion": {"startLine": 4}})) == (RawEdit(4, 1, 4, 0, ""),)


@pytest.mark.parametrize(
    "result",
    [
        {},
        {"fixes": 5},
        sarif(),
        sarif(GOOD, uri="b.py"),
        sarif(GOOD, files=2),
        sarif(GOOD, {"deletedRegion": {"charOffset": 3}}),
        sarif({"deletedRegion": [1], "insertedContent": {"text": "x"}}),
        sarif({"deletedRegion": SPOT, "insertedContent": {"text": 5}}),
        sarif(*[GOOD] * 9),
    ],
)
def test_half_a_sarif_fix_is_none(result: dict[str, Any]) -> None:
    assert sarif_edits(result) == ()


@pytest.mark.parametrize(
    "fix",
    [
        None,
        [],
        {"applicability": "unsafe", "edits": []},
        {"applicability": "safe", "edits": [{}]},
        {"applicability": "safe", "edits": [{"content": "x", "location": {"row": "a"}}]},
    ],
)
def test_half_a_ruff_fix_is_none(fix: Any) -> None:
    assert ruff_edits({"fix": fix}) == ()


@pytest.mark.skipif(RUFF is None, reason="ruff is not in this environment")
@pytest.mark.parametrize("form", ["json", "sarif"])
def test_what_ruff_says_is_what_ruff_does(tmp_path: Path, form: str) -> None:
    """F632 has a safe fix; ours gives the file that `ruff check --fix` gives."""
    file = tmp_path / "a.py"
    file.write_text("\n".join(LINES))
    command = [str(RUFF), "check", "--isolated", "--no-cache", "--select=F632", "-q", file.name]
    out = subprocess.run([*command, f"--output-format={form}"], cwd=tmp_path, capture_output=True)
    said = json.loads(out.stdout)
    found = ruff_edits(said[0]) if form == "json" else sarif_edits(said["runs"][0]["results"][0])
    made = suggestion_of(found, LINES)
    assert made is not None
    ours = "\n".join(LINES).replace(made.old, made.new)
    subprocess.run([*command, "--fix"], cwd=tmp_path, capture_output=True)
    assert ours == file.read_text()
