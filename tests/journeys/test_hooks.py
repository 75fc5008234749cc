"""The hooks of git and of pre-commit: real commits and pushes, refused where the gate says so."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
FEW = "--only python-security --route fast"
CLEAN = '"""Adds."""\n\n\ndef add(first, second):\n    return first + second\n'
DANGER = CLEAN + "\n\ndef run(command):\n    return subprocess.run(command, shell=True)\n"


@dataclass
class Clone:
    """A repository whose `origin` is a bare one; git runs with its hooks."""

    repository: Any
    bare: Path

    def git(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        who = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org"]
        return subprocess.run(
            ["git", *who, *arguments],
            cwd=self.repository.root,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    def there(self, ref: str) -> str:
        """What the bare repository has at ``ref``; "" for nothing."""
        done = subprocess.run(
            ["git", "-C", str(self.bare), "rev-parse", "--verify", "--quiet", ref],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.strip()

    def hook(self, options: str) -> None:
        path = self.repository.root / ".git" / "hooks" / "pre-push"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\nexec synapse-bot review --pre-push {FEW} {options}\n")
        path.chmod(0o755)


@pytest.fixture
def clone(repository: Any, command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clone:
    """`main` is on the remote, `feature` is checked out and is not."""
    monkeypatch.setenv("PATH", f"{BIN}{os.pathsep}{os.environ['PATH']}")
    bare = tmp_path / "origin.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(bare)], check=True)
    repository.git("remote", "add", "origin", str(bare))
    repository.git("push", "-q", "origin", "main")
    return Clone(repository, bare)


def test_a_push_of_a_finding_is_refused_where_the_gate_says_so(clone: Clone) -> None:
    clone.hook("--fail-on high")
    clone.repository.commit({"app.py": DANGER})
    done = clone.git("push", "origin", "feature")
    assert done.returncode != 0
    assert "Command injection" in done.stdout + done.stderr
    assert not clone.there("feature")


def test_a_push_of_a_finding_lands_without_a_gate(clone: Clone) -> None:
    clone.hook("--fail-on never")
    head = clone.repository.commit({"app.py": DANGER})
    done = clone.git("push", "origin", "feature")
    assert done.returncode == 0, done.stderr
    assert "Command injection" in done.stdout + done.stderr
    assert clone.there("feature") == head


def test_only_what_the_remote_lacks_is_reviewed(clone: Clone) -> None:
    clone.repository.commit({"app.py": DANGER})
    clone.git("push", "origin", "feature")
    clone.hook("--fail-on info")
    head = clone.repository.commit({"README.md": "# A project\n"}, "docs: title")
    done = clone.git("push", "origin", "feature")
    assert done.returncode == 0, done.stdout + done.stderr
    assert clone.there("feature") == head


def test_what_is_pushed_is_reviewed_and_not_what_is_checked_out(clone: Clone) -> None:
    clone.hook("--fail-on high")
    clone.repository.commit({"app.py": DANGER})
    clone.git("checkout", "-q", "main")
    assert clone.git("push", "origin", "feature").returncode != 0
    assert not clone.there("feature")


def test_a_forced_push_is_compared_with_what_both_have(clone: Clone) -> None:
    clone.repository.commit({"other.py": "ONE = 1\n"})
    clone.git("push", "origin", "feature")
    clone.hook("--fail-on high")
    clone.git("reset", "-q", "--hard", "main")
    clone.repository.commit({"app.py": DANGER})
    before = clone.there("feature")
    assert clone.git("push", "--force", "origin", "feature").returncode != 0
    assert clone.there("feature") == before


def test_a_deletion_and_a_ref_to_known_commits_are_let_through(clone: Clone) -> None:
    clone.git("push", "origin", "main:old")
    clone.hook("--fail-on info")
    deleted = clone.git("push", "origin", ":old")
    assert "nothing to review" in deleted.stderr
    assert not clone.there("old")
    clone.git("tag", "v1", "main")
    tagged = clone.git("push", "origin", "v1")
    assert tagged.returncode == 0, tagged.stderr
    assert clone.there("v1")


def test_several_changes_in_one_push_are_refused_by_name(clone: Clone) -> None:
    clone.hook("--fail-on never")
    clone.repository.commit({"one.py": "ONE = 1\n"})
    clone.git("checkout", "-q", "-b", "second")
    clone.repository.commit({"two.py": "TWO = 2\n"})
    done = clone.git("push", "origin", "feature", "second")
    assert done.returncode != 0
    assert "refs/heads/feature, refs/heads/second" in done.stderr


def test_a_branch_and_a_tag_of_one_commit_are_one_change(clone: Clone) -> None:
    clone.hook("--fail-on high")
    head = clone.repository.commit({"one.py": "ONE = 1\n"})
    clone.git("tag", "-a", "-m", "one", "v1")
    done = clone.git("push", "origin", "feature", "v1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert clone.there("feature") == clone.there("v1^{commit}") == head


def test_the_first_push_of_all_says_that_there_is_nothing_to_compare_with(clone: Clone) -> None:
    for folder, ref in ((clone.bare, "refs/heads/main"), (".", "refs/remotes/origin/main")):
        clone.git("-C", str(folder), "update-ref", "-d", ref)
    clone.git("checkout", "-q", "main")
    clone.hook("--fail-on high")
    done = clone.git("push", "origin", "main")
    assert done.returncode != 0
    assert "--no-verify" in done.stderr


def test_outside_of_a_hook_the_selector_says_what_it_is_for(
    clone: Clone, command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = command("review", "--pre-push", "--base", "main")
    assert ran.code == 2
    clone.hook("")
    garbled = subprocess.run(
        [".git/hooks/pre-push"], input="refs/heads/x\n", capture_output=True, text=True, check=False
    )
    assert garbled.returncode == 2
    assert "no line of git's pre-push hook" in garbled.stderr


@pytest.fixture
def framework(clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clone:
    """The shipped hooks, as pre-commit installs them, with the program that is here."""
    if shutil.which("pre-commit") is None:
        pytest.skip("pre-commit is not installed")
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "pre-commit"))
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    for hook in hooks:
        hook["language"] = "system"  # the program is here: an environment of its own is not made
        hook["entry"] = shlex.join([*shlex.split(hook["entry"]), "--only", "python-security"])
    config = {"repos": [{"repo": "local", "hooks": hooks}]}
    (clone.repository.root / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    clone.repository.git("add", "-A")
    clone.repository.git("commit", "-q", "-m", "chore: hooks")
    for stage in ("pre-commit", "pre-push"):
        subprocess.run(
            ["pre-commit", "install", "-t", stage],
            cwd=clone.repository.root,
            check=True,
            capture_output=True,
        )
    return clone


def test_pre_commit_refuses_a_commit_of_a_finding(framework: Clone) -> None:
    app = framework.repository.root / "app.py"
    head = framework.repository.git("rev-parse", "HEAD")
    app.write_text(DANGER)
    framework.git("add", "app.py")
    refused = framework.git("commit", "-m", "feat: run")
    assert refused.returncode != 0
    assert "Command injection" in refused.stdout + refused.stderr
    assert framework.repository.git("rev-parse", "HEAD") == head
    app.write_text(CLEAN + "\n\nONE = 1\n")
    framework.git("add", "app.py")
    taken = framework.git("commit", "-m", "feat: one")
    assert taken.returncode == 0, taken.stdout + taken.stderr


def test_what_git_stages_by_itself_for_commit_a_is_reviewed(framework: Clone) -> None:
    """git then stages into an index of its own, which it names to the hook."""
    (framework.repository.root / "app.py").write_text(DANGER)
    head = framework.repository.git("rev-parse", "HEAD")
    refused = framework.git("commit", "-a", "-m", "feat: run")
    assert "Command injection" in refused.stdout + refused.stderr
    assert framework.repository.git("rev-parse", "HEAD") == head


def test_pre_commit_refuses_a_push_of_a_finding(framework: Clone) -> None:
    (framework.repository.root / "app.py").write_text(DANGER)
    framework.git("add", "app.py")
    framework.git("commit", "--no-verify", "-m", "feat: run")
    refused = framework.git("push", "origin", "feature")
    assert refused.returncode != 0
    assert "Command injection" in refused.stdout + refused.stderr
    assert not framework.there("feature")
    (framework.repository.root / "app.py").write_text(CLEAN)
    framework.git("add", "app.py")
    framework.git("commit", "--no-verify", "-m", "fix: no shell")
    taken = framework.git("push", "origin", "feature")
    assert taken.returncode == 0, taken.stdout + taken.stderr
    assert framework.there("feature")


def test_pre_commit_reviews_a_push_that_brings_the_very_first_commit(framework: Clone) -> None:
    """pre-commit names no revisions then, only the branch."""
    for folder, ref in ((framework.bare, "refs/heads/main"), (".", "refs/remotes/origin/main")):
        framework.git("-C", str(folder), "update-ref", "-d", ref)
    (framework.repository.root / "app.py").write_text(DANGER)
    framework.git("commit", "--no-verify", "-a", "-m", "feat: run")
    refused = framework.git("push", "origin", "feature")
    assert refused.returncode != 0
    assert "Command injection" in refused.stdout + refused.stderr


def test_the_shipped_manifest_is_one_that_pre_commit_accepts(framework: Clone) -> None:
    checked = subprocess.run(
        ["pre-commit", "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_pre_commit_run_by_hand_is_no_push_that_passed(framework: Clone) -> None:
    ran = subprocess.run(
        ["pre-commit", "run", "--hook-stage", "pre-push", "--all-files", "synapse-bot-push"],
        cwd=framework.repository.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode != 0
    assert "does not say what is pushed" in ran.stdout + ran.stderr
