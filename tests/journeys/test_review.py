"""The whole job on a real repository: from a branch to one review, an audit and an exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from synapse_bot.report.audit import parse_audit, stable

FAST = ("review", "--only", "python-security", "--route", "fast")


def test_a_branch_is_reviewed_against_its_merge_base(planted: Any, command: Any) -> None:
    ran = command(*FAST, "--format", "json")
    audit = ran.json
    assert ran.code == 0
    assert [claim["finding"]["location"]["path"] for claim in audit["claims"]] == ["app.py"]
    assert audit["claims"][0]["finding"]["location"]["start_line"] == 9


def test_what_main_gained_meanwhile_is_not_reviewed(planted: Any, command: Any) -> None:
    planted.git("checkout", "-q", "main")
    planted.commit({"other.py": "eval(input())\n"})
    planted.git("checkout", "-q", "feature")
    coverage = command(*FAST, "--format", "json").json["coverage"]
    assert [file["path"] for file in coverage] == ["app.py"]


def test_a_clean_change_is_one_line_and_passes(repository: Any, command: Any) -> None:
    repository.commit({"app.py": "def add(first, second):\n    return second + first\n"})
    ran = command(*FAST)
    assert ran.code == 0
    assert "PASS" in ran.out
    assert "no findings" in ran.out.lower()


@pytest.mark.parametrize(
    ("fail_on", "code"), [("high", 1), ("critical", 0), ("never", 0), ("info", 1)]
)
def test_the_gate_is_a_choice(planted: Any, command: Any, fail_on: str, code: int) -> None:
    assert command(*FAST, "--fail-on", fail_on).code == code


def test_the_gate_may_come_from_the_environment(
    planted: Any, command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNAPSE_BOT__GATE__FAIL_ON", "high")
    assert command(*FAST).code == 1
    assert command(*FAST, "--fail-on", "never").code == 0


def test_staged_changes_are_reviewed_before_they_are_committed(
    repository: Any, command: Any
) -> None:
    (repository.root / "app.py").write_text("import os\nos.system(input())\neval(input())\n")
    repository.git("add", "app.py")
    (repository.root / "app.py").write_text("unstaged = 1\n")
    ran = command(*FAST, "--staged", "--format", "json")
    assert {claim["finding"]["tool_rule"] for claim in ran.json["claims"]} == {"S605", "S307"}


def test_a_patch_is_reviewed_without_a_repository(
    planted: Any, command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    patch = tmp_path / "change.diff"
    patch.write_text(planted.git("diff", "main", "feature") + "\n")
    outside = tmp_path / "outside"
    outside.mkdir()
    monkeypatch.chdir(outside)
    ran = command(*FAST, "--diff", str(patch), "--format", "json")
    claims = ran.json["claims"]
    assert [claim["finding"]["location"]["start_line"] for claim in claims] == [9]
    assert ran.json["coverage"][0]["state"] == "partial", "only the hunks are known"


def test_a_patch_is_not_blamed_for_what_it_does_not_show(
    repository: Any, command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = "".join(f"    def method_{n}(self):\n        return {n}\n\n" for n in range(20))
    repository.commit({"shop.py": f"import os\n\n\nclass Shop:\n{body}"}, "feat: shop")
    text = (repository.root / "shop.py").read_text()
    repository.commit({"shop.py": text.replace("return 10\n", "return os.sep\n")})
    patch = tmp_path / "middle.diff"
    patch.write_text(repository.git("diff", "HEAD~1", "HEAD") + "\n")
    (tmp_path / "outside").mkdir()
    monkeypatch.chdir(tmp_path / "outside")
    ran = command("review", "--only", "python-bugs", "--diff", str(patch), "--format", "json")
    assert ran.json["claims"] == []
    assert ran.json["coverage"][0]["reason"] == "only its hunks are known"


def test_an_unchanged_line_is_counted_and_not_shown(repository: Any, command: Any) -> None:
    repository.git("checkout", "-q", "main")
    repository.commit({"app.py": "def old(x):\n    return eval(x)\n" + "\n\nK = 1\n" * 1})
    repository.git("checkout", "-q", "-B", "feature")
    repository.commit({"app.py": "def old(x):\n    return eval(x)\n" + "\n\nK = 2\n" * 1})
    shown = command(*FAST, "--format", "json").json
    assert shown["claims"] == []
    assert sum(sum(outcome.get("hidden_in", {}).values()) for outcome in shown["outcomes"]) == 1
    everything = command(*FAST, "--format", "json", "--filter-mode", "context").json
    assert len(everything["claims"]) == 1


def test_the_change_cannot_configure_its_own_review(planted: Any, command: Any) -> None:
    before = command(*FAST, "--format", "json").json
    planted.commit(
        {
            ".synapse-bot.yml": "show: {min_severity: critical}\nexclude: ['*.py']\n",
            "ruff.toml": "[lint.per-file-ignores]\n'*' = ['ALL']\n",
        },
        "chore: quiet",
    )
    after = command(*FAST, "--format", "json").json
    assert after["config_digest"] == before["config_digest"]
    assert [c["finding"]["fingerprint"] for c in after["claims"]] == [
        c["finding"]["fingerprint"] for c in before["claims"]
    ]
    assert any("takes effect once merged" in notice for notice in after["notices"])


def test_configuration_at_the_base_counts(planted: Any, command: Any) -> None:
    planted.git("checkout", "-q", "main")
    planted.commit({".synapse-bot.yml": "gate: {fail_on: high}\n"}, "chore: gate")
    planted.git("checkout", "-q", "feature")
    planted.git("rebase", "-q", "main")
    assert command(*FAST).code == 1


def test_every_file_is_accounted_for(repository: Any, command: Any) -> None:
    repository.commit(
        {
            "app.py": "x = 1\n",
            "package-lock.json": "{}\n",
            "vendor/lib.py": "eval(input())\n",
            "notes.unknown": "text\n",
            "README.md": None,
        }
    )
    os.symlink("/etc/passwd", repository.root / "link.py")
    repository.commit({})
    coverage = {
        file["path"]: (file["state"], file["reason"])
        for file in command(*FAST, "--format", "json").json["coverage"]
    }
    assert coverage == {
        "app.py": ("reviewed", ""),
        "package-lock.json": ("skipped", "lock file"),
        "vendor/lib.py": ("skipped", "vendored"),
        "notes.unknown": ("skipped", "no specialist reads it"),
        "README.md": ("skipped", "deleted"),
        "link.py": ("skipped", "symlink"),
    }


def test_the_same_input_gives_the_same_bytes_20_times(planted: Any, command: Any) -> None:
    audits = {stable(command(*FAST, "--format", "json").out) for _ in range(20)}
    assert len(audits) == 1


def test_the_audit_reads_back(planted: Any, command: Any) -> None:
    ran = command(*FAST, "--format", "json")
    review = parse_audit(ran.out)
    assert command("runs", "show", review.id, "--format", "json").out == ran.out
    assert review.id in command("runs", "list").out


def test_artefacts_are_written_whole(planted: Any, command: Any, tmp_path: Path) -> None:
    out = tmp_path / "out"
    formats = ("markdown", "sarif", "codequality", "sast", "rdjsonl")
    ran = command(*FAST, *(w for f in formats for w in ("--format", f)), "--out", str(out))
    assert ran.code == 0
    names = {path.name for path in out.iterdir()}
    assert names == {
        "synapse-review.md",
        "synapse-review.sarif",
        "gl-code-quality-report.json",
        "gl-sast-report.json",
        "synapse-review.rdjsonl",
        "synapse-review.json",
    }
    assert json.loads((out / "synapse-review.json").read_text())["verdict"] == "pass"


def test_a_dry_run_leaves_nothing_behind(planted: Any, command: Any, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert command(*FAST, "--dry-run", "--out", str(out), "--format", "markdown").code == 0
    assert not out.exists()
    assert not (planted.root / ".git" / "synapse-bot").exists()


def test_the_runner_leaves_the_working_tree_alone(planted: Any, command: Any) -> None:
    command("review", "--route", "fast")
    assert planted.git("status", "--porcelain", "--ignored") == ""


def test_an_interrupt_ends_with_130_and_leaves_no_process(
    planted: Any, command: Any, fake_tool: Callable[[str, str], Path], tmp_path: Path
) -> None:
    fake_tool("sleeper", "sleep 61.73")
    _declare(planted, "sleeper")
    # A shell that starts the tests in the background has them ignore interrupts: here they count.
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from synapse_bot.entry.main import main; main()"
    )
    environ = {**os.environ, "SYNAPSE_BOT__SPECIALISTS__ALLOW_COMMANDS": "sleeper"}
    process = subprocess.Popen(
        [sys.executable, "-c", code, "review", "--only", "slow", "-v"],
        cwd=planted.root,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env=environ,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if b"specialist started" in line:
            break
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130, process.stderr.read()
    assert not _alive(b"sleep\x0061.73")


def _declare(repository: Any, tool: str) -> None:
    repository.git("checkout", "-q", "main")
    repository.commit(
        {
            ".synapse-bot/specialists/slow.yaml": (
                "id: slow\ndescription: Sleeps.\nkind: tool\nlanguages: [python]\n"
                f"actions:\n  - id: run\n    tool: {tool}\n    argv: ['{{files}}']\n"
                "    output: {format: jsonl, fields: {path: p, line: l, rule: r, message: m}}\n"
            )
        },
        "chore: declare",
    )
    repository.git("checkout", "-q", "feature")
    repository.git("rebase", "-q", "main")


def _alive(words: bytes) -> bool:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if words in (entry / "cmdline").read_bytes():
                    return True
            except OSError:
                continue
    return False
