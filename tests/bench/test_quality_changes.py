"""Cases become changes that git and our own parser agree on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quality_cases import Case, Place, Weakness
from quality_changes import BATCH, changes_of, git, two_commits

if TYPE_CHECKING:
    from pathlib import Path

DIFF = b"""diff --git a/app/views.py b/app/views.py
index 1111111..2222222 100644
--- a/app/views.py
+++ b/app/views.py
@@ -1,2 +1,3 @@
 import os
+import sys

@@ -10,2 +11,3 @@ def view():
     first = 1
+    second = 2
     return first
"""


def test_added_lines_are_those_that_the_second_commit_adds(tmp_path: Path) -> None:
    before, after = {"a.py": b"one\ntwo\n", "gone.py": b"x\n"}, {"a.py": b"one\nnew\ntwo\n"}
    change = two_commits(tmp_path / "repository", before, after)
    assert change.added == {"a.py": frozenset({2})}
    assert not (change.root / "gone.py").exists()


def test_the_same_files_are_the_same_commit(tmp_path: Path) -> None:
    files = {"a.py": b"one\n"}
    made = [two_commits(tmp_path / name, {}, files) for name in ("first", "second")]
    assert len({git(change.root, "rev-parse", "feature") for change in made}) == 1


def test_a_file_that_git_would_ignore_is_in_the_change(tmp_path: Path) -> None:
    files = {".gitignore": b"*.py\n", "a.py": b"one\n"}
    assert "a.py" in two_commits(tmp_path / "repository", {}, files).added


def test_of_a_diff_the_known_lines_keep_their_numbers(tmp_path: Path) -> None:
    (change,) = changes_of([Case("case", diff=DIFF)], tmp_path)
    lines = (change.root / "app" / "views.py").read_text().split("\n")
    assert (lines[1], lines[2:10], lines[11]) == ("import sys", [""] * 8, "    second = 2")
    assert change.added == {"app/views.py": frozenset({2, 12})}
    assert change.selector[0] == "--diff"


def test_every_case_of_files_is_in_one_batch(tmp_path: Path) -> None:
    place = (Place("x", 1, 1, Weakness()),)
    cases = [Case(str(n), {f"{n}.py": b"x = 1\n"}, places=place) for n in range(BATCH + 1)]
    changes = list(changes_of(cases, tmp_path))
    assert [case for change in changes for case in change.cases] == cases
    assert [len(change.added) for change in changes] == [BATCH, 1]
