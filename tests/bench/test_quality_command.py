"""The one command, on a corpus of one small change."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DIFF = """diff --git a/app.py b/app.py
new file mode 100644
index 0000000..1111111
--- /dev/null
+++ b/app.py
@@ -0,0 +1,7 @@
+from flask import Flask, request
+
+app = Flask(__name__)
+
+@app.route("/")
+def index():
+    return str(eval(request.args["value"]))
"""


@pytest.fixture(scope="module")
def clones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clones")
    case = folder / "cases" / "one"
    case.mkdir(parents=True)
    (case / "pr.diff").write_text(DIFF)
    label = {"path": "app.py", "line": 7, "end_line": 7, "note": "Race condition"}
    (case / "expected.json").write_text(json.dumps([label]))
    return folder


def quality(cache: Path, *arguments: object) -> str:
    command = [sys.executable, ROOT / "bench" / "quality.py", "--cache", cache, *arguments]
    done = subprocess.run(list(map(str, command)), cwd=cache, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_table_is_written_below_the_mark_and_the_text_above_stays(
    clones: Path, tmp_path: Path
) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Quality\n\nWords.\n\n<!-- table -->\n\nold\n")
    quality(tmp_path, "--corpus-dir", clones, "--only", "cases", "--out", page)
    head, _, tables = page.read_text().partition("<!-- table -->")
    assert head == "# Quality\n\nWords.\n\n"
    assert "old" not in tables
    rows = [line for line in tables.splitlines() if line.startswith("| cases |")]
    names = [row.split("|")[2].strip() for row in rows]
    assert names == ["synapse-bot", "bandit alone", "ruff S alone", "semgrep, our rules"]


def test_what_is_absent_is_a_row_and_no_error(tmp_path: Path) -> None:
    said = quality(tmp_path, "--only", "SecurityEval")
    assert "| SecurityEval | not measured: no --corpus-dir |" in said
