"""A bare patch, with and without a repository to complete it from."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any

import pytest

from synapse_bot.domain.errors import DiffUnreadable
from synapse_bot.forge.local import LocalForge, Range
from synapse_bot.forge.patch import PatchForge

Read = Callable[..., Any]


def around(repo: Any) -> LocalForge:
    return LocalForge.open(repo.path, Range(), environ={"PATH": os.environ["PATH"]})


@pytest.fixture
def body() -> bytes:
    return b"".join(b"line %d\n" % n for n in range(1, 41))


@pytest.fixture
def patch(repo: Any, body: bytes) -> bytes:
    """Edits line 30 of a.py and adds n.py; neither is committed."""
    repo.commit({"a.py": body})
    repo.write({"a.py": body.replace(b"line 30\n", b"changed\nmore\n"), "n.py": b"x = 1\n"})
    repo.git("add", "-A")
    out: bytes = repo.git("diff", "--cached")
    repo.git("reset", "-q", "--hard")
    return out


def test_a_new_file_is_whole(read: Read, patch: bytes) -> None:
    text = read(PatchForge(patch, "x.patch")).texts("n.py")["n.py"]
    assert (text.content, text.complete) == (b"x = 1\n", True)


def test_without_a_repository_the_hunks_stand_at_their_lines(read: Read, patch: bytes) -> None:
    text = read(PatchForge(patch, "x.patch")).texts("a.py")["a.py"]
    lines = text.content.split(b"\n")
    assert not text.complete
    assert (lines[0], lines[26], lines[29], lines[30]) == (b"", b"line 27", b"changed", b"more")


def test_the_base_s_blob_completes_the_text(
    repo: Any, read: Read, patch: bytes, body: bytes
) -> None:
    text = read(PatchForge(patch, "x.patch", around(repo))).texts("a.py")["a.py"]
    assert text.complete
    assert text.content == body.replace(b"line 30\n", b"changed\nmore\n")


def test_without_a_blob_id_the_file_at_head_completes_it(
    repo: Any, read: Read, patch: bytes, body: bytes
) -> None:
    plain = b"".join(
        line for line in patch.splitlines(True) if not line.startswith((b"diff ", b"index "))
    )
    text = read(PatchForge(plain, "x.patch", around(repo))).texts("a.py")["a.py"]
    assert text.content == body.replace(b"line 30\n", b"changed\nmore\n")


def test_hunks_that_do_not_fit_are_not_forced(repo: Any, read: Read, patch: bytes) -> None:
    lied = patch.replace(b" line 28\n", b" line XX\n")
    text = read(PatchForge(lied, "x.patch", around(repo))).texts("a.py")["a.py"]
    assert not text.complete
    assert b"changed" in text.content


def test_a_blob_id_that_names_another_file_is_not_believed(
    repo: Any, read: Read, patch: bytes
) -> None:
    repo.write({"harmless": b"line 27\nline 28\nline 29\nline 30\nline 31\nline 32\nline 33\n"})
    harmless = repo.git("hash-object", "-w", "harmless").strip()
    start = patch.index(b"index ") + 6
    lied = patch[:start] + harmless + patch[patch.index(b"..", start) :]
    text = read(PatchForge(lied, "x.patch", around(repo))).texts("a.py")["a.py"]
    assert not text.complete


def test_a_hunk_at_an_absurd_line_fills_no_memory(read: Read) -> None:
    raw = b"--- a/x.py\n+++ b/x.py\n@@ -1 +9999999999 @@\n-a\n+b\n"
    text = read(PatchForge(raw, "x.patch")).texts("x.py")["x.py"]
    assert "beyond line 1000000" in text.error


def test_a_path_outside_is_never_read(repo: Any, read: Read) -> None:
    (repo.path.parent / "secret").write_text("a\n")
    repo.commit({"z": b"1\n"})
    for name in (b"../secret", b"/etc/hostname", b".git/config"):
        raw = b"--- a/%s\n+++ b/%s\n@@ -1 +1,2 @@\n a\n+b\n" % (name, name)
        seen = read(PatchForge(raw, "x.patch", around(repo)))
        for text in seen.texts().values():
            assert text.error or not text.complete


def test_configuration_comes_from_the_merge_base_not_from_head(repo: Any, read: Read) -> None:
    base = repo.commit({".synapse-bot.yml": b"base\n", "a": b"1\n"})
    repo.git("checkout", "-q", "-b", "topic")
    repo.commit({".synapse-bot.yml": b"head\n"})
    raw = b"--- a/a\n+++ b/a\n@@ -1 +1 @@\n-1\n+2\n"
    seen = read(PatchForge(raw, "x.patch", around(repo)))
    assert seen.change.base == base
    text = asyncio.run(seen.forge.base_text(seen.change, ".synapse-bot.yml"))
    assert text == b"base\n"


def test_a_repository_without_a_base_trusts_nothing(repo: Any, read: Read) -> None:
    repo.commit({".synapse-bot.yml": b"head\n"})
    repo.git("branch", "-m", "dev")
    raw = b"--- a/a\n+++ b/a\n@@ -1 +1 @@\n-1\n+2\n"
    seen = read(PatchForge(raw, "x.patch", around(repo)))
    assert asyncio.run(seen.forge.base_text(seen.change, ".synapse-bot.yml")) is None
    assert asyncio.run(seen.forge.base_paths(seen.change, "")) == ()


def test_a_patch_by_mail_has_a_title(read: Read, patch: bytes) -> None:
    mail = b"From 1 Mon\nSubject: [PATCH 1/2] fix: count once\n\nBody\n---\n\n" + patch
    change = read(PatchForge(mail, "x.patch")).change
    assert (change.title, change.intent, change.ref) == ("fix: count once", "fix", "x.patch")


def test_what_is_no_patch_is_said(read: Read) -> None:
    with pytest.raises(DiffUnreadable, match=r"x\.patch"):
        read(PatchForge(b"just words\n", "x.patch"))
    assert read(PatchForge(b"\n", "x.patch")).diff.files == ()


def test_the_whole_history_of_insertions_at_the_top(repo: Any, read: Read) -> None:
    """``@@ -0,0 +1 @@`` of a changed file (no context) is not the whole file."""
    repo.commit({"a.py": b"old\n"})
    repo.write({"a.py": b"new\nold\n"})
    raw = repo.git("diff", "-U0")
    repo.git("checkout", "-q", ".")
    assert b"@@ -0,0 +1 @@" in raw
    alone = read(PatchForge(raw, "x.patch")).texts()["a.py"]
    assert (alone.content, alone.complete) == (b"new\n", False)
    both = read(PatchForge(raw, "x.patch", around(repo))).texts()["a.py"]
    assert (both.content, both.complete) == (b"new\nold\n", True)
