"""Files made into a change that can be reviewed: a git repository of two commits, or a diff."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from quality_cases import Case

from synapse_bot.domain.diff import Diff
from synapse_bot.forge.unified import parse_diff

BATCH = 150  # cases in one change: tools start once for all of them
_WHO = ("-c", "user.name=bench", "-c", "user.email=bench@example.org")
_DATES = {"GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z"}


@dataclass(frozen=True, slots=True)
class Change:
    """``root`` holds the files at the head; ``selector`` are our options that name the change.

    ``added`` maps each file that is there at the head to the numbers of the lines added to it.
    """

    root: Path
    selector: tuple[str, ...]
    added: Mapping[str, frozenset[int]]
    cases: tuple[Case, ...] = ()


def changes_of(cases: Sequence[Case], folder: Path) -> Iterator[Change]:
    """The changes that hold ``cases``, made below ``folder``: one a diff, files in batches."""
    for number, case in enumerate(case for case in cases if case.diff):
        yield _of_diff(case, folder / f"diff-{number}")
    whole = [case for case in cases if not case.diff]
    for number, start in enumerate(range(0, len(whole), BATCH)):
        batch = whole[start : start + BATCH]
        root = folder / f"batch-{number}"
        files = {path: content for case in batch for path, content in case.files.items()}
        yield two_commits(root, {}, files, tuple(batch))


def two_commits(
    root: Path,
    before: Mapping[str, bytes],
    after: Mapping[str, bytes],
    cases: tuple[Case, ...] = (),
) -> Change:
    """A repository whose branch `feature` makes ``after`` of ``before``, the state of `main`."""
    root.mkdir(parents=True)
    git(root, "init", "-q", "-b", "main")
    _write(root, before)
    _commit(root, "base")
    git(root, "checkout", "-q", "-b", "feature")
    for path in before.keys() - after.keys():
        (root / path).unlink()
    _write(root, after)
    _commit(root, "change")
    text = git(root, "diff", "--text", "--no-color", "--no-ext-diff", "main", "feature")
    selector = ("--base", "main", "--head", "feature")
    return Change(root, selector, added_lines(parse_diff(text)), cases)


def added_lines(diff: Diff) -> dict[str, frozenset[int]]:
    """The numbers of the added lines, by path; what has no text at the head left out."""
    return {file.path: file.added_lines for file in diff.files if file.readable}


def _of_diff(case: Case, root: Path) -> Change:
    """Only the hunks are known: the tools of others get those lines, blank ones between them."""
    root.mkdir(parents=True)
    git(root, "init", "-q", "-b", "main")
    diff = parse_diff(case.diff)
    for file in diff.files:
        known = {
            line.new: line.text
            for hunk in file.hunks
            for line in hunk.lines()
            if line.new is not None
        }
        text = "\n".join(known.get(number, "") for number in range(1, max(known, default=0) + 1))
        _write(root, {file.path: f"{text}\n".encode()})
    patch = root / ".git" / "change.diff"
    patch.write_bytes(case.diff)
    return Change(root, ("--diff", str(patch)), added_lines(diff), (case,))


def _write(root: Path, files: Mapping[str, bytes]) -> None:
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _commit(root: Path, message: str) -> None:
    git(root, "add", "-A", "-f")
    git(root, *_WHO, "commit", "-q", "--allow-empty", "--no-verify", "-m", message)


def git(root: Path, *arguments: str) -> bytes:
    """Run git without the user's configuration, so that the same files make the same change."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(root),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        **_DATES,
    }
    done = subprocess.run(
        ["git", *arguments], cwd=root, env=environment, check=True, capture_output=True
    )
    return done.stdout
