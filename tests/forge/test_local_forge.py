"""The local forge on real repositories: selectors, content, and what is not there."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from synapse_bot.domain.diff import FileKind, FileStatus
from synapse_bot.domain.errors import GitFailed, NotARepository, RefMissing, ShallowClone
from synapse_bot.forge.local import LocalForge, Range, ReadLimits, Staged, repository_of

See = Callable[..., Any]
ENVIRON = {"PATH": os.environ["PATH"]}


def open_forge(path: Path, selector: Range | Staged | None = None, **more: Any) -> LocalForge:
    return LocalForge.open(path, selector or Range(), environ=ENVIRON, **more)


def change(forge: LocalForge) -> Any:
    return asyncio.run(forge.change())


def test_default_is_the_branch_against_its_merge_base(repo: Any, see: See) -> None:
    base = repo.commit({"a.py": b"1\n"})
    repo.git("checkout", "-q", "-b", "feature/login")
    head = repo.commit({"a.py": b"2\n"}, "feat(auth): log in\n\nBody.")
    repo.git("checkout", "-q", "main")
    repo.commit({"b.py": b"moved on\n"})
    repo.git("checkout", "-q", "feature/login")
    seen = see(repo, Range())
    assert (seen.change.base, seen.change.head) == (base, head)
    assert [file.path for file in seen.diff.files] == ["a.py"]
    assert seen.change.ref == "main...feature/login"
    assert seen.change.branch == "feature/login"
    assert seen.change.title == "feat(auth): log in"
    assert seen.change.intent == "feature"
    assert seen.change.repository == "repository"


def test_a_hotfix_branch_is_a_hotfix_whatever_the_commit_says(repo: Any, see: See) -> None:
    repo.commit({"a.py": b"1\n"})
    repo.git("checkout", "-q", "-b", "hotfix/now")
    repo.commit({"a.py": b"2\n"}, "docs: nothing to see")
    assert see(repo, Range()).change.intent == "hotfix"


def test_origin_head_names_the_default_branch(repo: Any, new_repo: Any, see: See) -> None:
    repo.commit({"a.py": b"1\n"})
    repo.git("branch", "-q", "-m", "trunk")
    clone = new_repo(repo.path.parent / "clone")
    repo.git("clone", "-q", str(repo.path), str(clone.path))
    clone.git("checkout", "-q", "-b", "topic")
    clone.commit({"a.py": b"2\n"})
    assert see(clone, Range()).change.ref == "origin/trunk...topic"


def test_a_base_that_only_the_remote_has_is_found(repo: Any, new_repo: Any, see: See) -> None:
    repo.commit({"a.py": b"1\n"})
    repo.git("branch", "release-1")
    clone = new_repo(repo.path.parent / "clone")
    repo.git("clone", "-q", str(repo.path), str(clone.path))
    clone.commit({"a.py": b"2\n"})
    assert len(see(clone, Range("release-1")).diff.files) == 1


def test_a_detached_head_in_ci_is_named_by_its_remote_branch(
    repo: Any, new_repo: Any, see: See
) -> None:
    repo.commit({"a.py": b"1\n"})
    repo.git("checkout", "-q", "-b", "fix/race")
    repo.commit({"a.py": b"2\n"})
    repo.git("checkout", "-q", "main")
    clone = new_repo(repo.path.parent / "clone")
    repo.git("clone", "-q", str(repo.path), str(clone.path))
    clone.git("checkout", "-q", "--detach", "origin/fix/race")
    seen = see(clone, Range())
    assert (seen.change.branch, seen.change.intent) == ("fix/race", "fix")


def test_staged_reads_the_index_not_the_work_tree(repo: Any, see: See) -> None:
    repo.commit({"a.py": b"1\n"})
    repo.write({"a.py": b"2\n", "n.py": b"new\n"})
    repo.git("add", "-A")
    repo.write({"a.py": b"3\n"})
    seen = see(repo, Staged())
    assert {path: text.content for path, text in seen.texts().items()} == {
        "a.py": b"2\n",
        "n.py": b"new\n",
    }
    assert (seen.change.ref, seen.change.head) == ("--staged", "")


def test_staged_works_before_the_first_commit(repo: Any, see: See) -> None:
    repo.write({"a.py": b"1\n"})
    repo.git("add", "-A")
    seen = see(repo, Staged())
    assert [(file.path, file.status) for file in seen.diff.files] == [("a.py", FileStatus.ADDED)]
    assert asyncio.run(seen.forge.base_text(seen.change, "a.py")) is None
    assert asyncio.run(seen.forge.base_paths(seen.change, "")) == ()


def test_a_conflict_in_the_index_is_an_error_of_its_file(repo: Any, see: See) -> None:
    repo.commit({"a.py": b"1\n", "b.py": b"1\n"})
    repo.git("checkout", "-q", "-b", "other")
    repo.commit({"a.py": b"2\n", "b.py": b"2\n"})
    repo.git("checkout", "-q", "main")
    repo.commit({"a.py": b"3\n"})
    repo.git("merge", "other", check=False)
    errors = {file.path: file.error for file in see(repo, Staged()).diff.files}
    assert errors == {"a.py": "it has merge conflicts", "b.py": ""}


def test_head_and_base_content(repo: Any, see: See) -> None:
    repo.commit({"a.py": b"1\n", "sub/c.yml": b"c\n", "sub/deep/d.yml": b"d\n", "subway": b"s\n"})
    repo.git("checkout", "-q", "-b", "topic")
    repo.commit({"a.py": b"2\n", "gone.py": b"", "sub/new.yml": b"n\n"})
    seen = see(repo)
    base = lambda path: asyncio.run(seen.forge.base_text(seen.change, path))  # noqa: E731
    assert (base("a.py"), base("sub/c.yml"), base("sub"), base("nope")) == (
        b"1\n",
        b"c\n",
        None,
        None,
    )
    paths = asyncio.run(seen.forge.base_paths(seen.change, "sub"))
    assert paths == ("sub/c.yml", "sub/deep/d.yml")
    texts = seen.texts("a.py", "subway", "nope")
    assert (texts["a.py"].content, texts["subway"].content) == (b"2\n", b"s\n")
    assert texts["nope"].error


def test_renames_deletions_modes_and_empty_files(repo: Any, see: See) -> None:
    body = b"".join(b"line %d\n" % n for n in range(20))
    repo.commit({"old name.py": body, "gone.py": b"x\n", "run": b"#!/bin/sh\n", "pure": body * 2})
    repo.git("checkout", "-q", "-b", "topic")
    repo.git("mv", "old name.py", "new name.py")
    repo.git("mv", "pure", "moved")
    (repo.path / "run").chmod(0o755)
    repo.commit({"gone.py": None, "new name.py": body + b"more\n", "empty": b""})
    seen = see(repo)
    found = {f.path: (f.old_path, f.status.value, f.counts, f.error) for f in seen.diff.files}
    assert found == {
        "new name.py": ("old name.py", "renamed", (1, 0), ""),
        "moved": ("pure", "renamed", (0, 0), ""),
        "gone.py": ("gone.py", "deleted", (0, 1), ""),
        "run": ("run", "mode-changed", (0, 0), ""),
        "empty": (None, "added", (0, 0), ""),
    }
    texts = seen.texts()
    assert texts["moved"].content == body * 2
    assert texts["run"].content == b"#!/bin/sh\n"
    assert (texts["empty"].content, texts["empty"].error) == (b"", "")
    assert texts["gone.py"].error == "it is deleted"


def test_links_submodules_and_pointers_are_listed_and_not_followed(repo: Any, see: See) -> None:
    secret = repo.path.parent / "secret"
    secret.write_text("outside")
    repo.commit({"a": b"1\n", "was_file": b"text\n"})
    repo.git("checkout", "-q", "-b", "topic")
    (repo.path / "link").symlink_to(secret)
    (repo.path / "was_file").unlink()
    (repo.path / "was_file").symlink_to("../secret")
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 5\n" % (b"a" * 64)
    repo.write({"model.bin": pointer})
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{repo.head()},vendored")
    repo.git("add", "link", "model.bin", "was_file")
    repo.git("commit", "-q", "-m", "links")
    seen = see(repo)
    kinds = {file.path: file.kind for file in seen.diff.files}
    assert kinds == {
        "link": FileKind.SYMLINK,
        "was_file": FileKind.SYMLINK,
        "vendored": FileKind.SUBMODULE,
        "model.bin": FileKind.LFS_POINTER,
    }
    for text in seen.texts().values():
        assert text.content == b""
        assert "not followed" in text.error
    assert seen.texts("link")["link"].content == b""


def test_a_symlink_at_the_base_is_no_configuration(repo: Any, see: See) -> None:
    (repo.path / ".synapse-bot.yml").symlink_to("/etc/passwd")
    repo.commit({"a": b"1\n"})
    seen = see(repo, Range("HEAD"))
    assert asyncio.run(seen.forge.base_text(seen.change, ".synapse-bot.yml")) is None
    assert asyncio.run(seen.forge.base_paths(seen.change, "")) == ("a",)


def test_names_that_need_quoting_are_read_by_their_text(repo: Any, see: See) -> None:
    names = [b"-rf", b"two\nlines.py", b'q"uote', b"caf\xe9.py", b"a\tb", b" lead", b"*", b"b\\c"]
    repo.commit({"a": b"1\n"})
    repo.git("checkout", "-q", "-b", "topic")
    repo.commit({name: b"in %d\n" % n for n, name in enumerate(names)})
    seen = see(repo)
    assert sorted(text.content for text in seen.texts().values()) == [
        b"in %d\n" % n for n in range(len(names))
    ]
    base = see(repo, Range("HEAD"))
    text = asyncio.run(base.forge.base_text(base.change, "two\\012lines.py"))
    assert text == b"in 1\n"
    assert asyncio.run(base.forge.base_text(base.change, "*")) == b"in 6\n"


def test_names_that_differ_in_case_are_two_files(repo: Any, see: See) -> None:
    repo.commit({"a": b"1\n"})
    repo.git("checkout", "-q", "-b", "topic")
    repo.commit({"Readme": b"one\n", "README": b"two\n"})
    texts = see(repo).texts()
    assert (texts["Readme"].content, texts["README"].content) == (b"one\n", b"two\n")


def test_a_dumped_binary_is_dropped_and_the_next_file_is_read(repo: Any, see: See) -> None:
    noise = bytes(range(256)) * 2000
    repo.commit({"a": b"1\n"})
    repo.git("checkout", "-q", "-b", "topic")
    repo.commit({"b.bin": noise, "c.bin": noise[:3000], "d.py": b"x = 1\n"})
    seen = see(repo)
    found = {f.path: (f.binary, f.counts, f.error) for f in seen.diff.files}
    assert found == {
        "b.bin": (True, (0, 0), ""),
        "c.bin": (True, (0, 0), ""),
        "d.py": (False, (1, 0), ""),
    }
    assert seen.diff.raw_bytes < 10_000


def test_a_file_beyond_the_limit_is_named_and_the_others_are_read(
    repo: Any, read: Callable[..., Any]
) -> None:
    repo.commit({"a": b"1\n"})
    repo.git("checkout", "-q", "-b", "topic")
    big = b"".join(b"line %d\n" % n for n in range(10_000))
    repo.commit({"b.txt": big, "c.py": b"x = 1\n"})
    limits = ReadLimits(max_diff_bytes=100_000, max_file_bytes=50_000)
    seen = read(open_forge(repo.path, Range("main"), limits=limits))
    found = {file.path: (file.counts, file.error) for file in seen.diff.files}
    assert found["c.py"] == ((1, 0), "")
    assert found["b.txt"] == ((0, 0), "it is beyond the limit of 100000 bytes of diff")
    assert seen.texts("b.txt")["b.txt"].error == "larger than 50000 bytes"


def test_every_file_behind_the_limit_is_named(repo: Any, read: Callable[..., Any]) -> None:
    repo.commit({"a": b"1\n"})
    repo.git("checkout", "-q", "-b", "topic")
    repo.commit({f"f{n:03}": b"some text\n" * 20 for n in range(100)})
    limits = ReadLimits(max_diff_bytes=30_000)
    seen = read(open_forge(repo.path, Range("main"), limits=limits))
    assert len(seen.diff.files) == 100
    cut = [file for file in seen.diff.files if file.error]
    assert 0 < len(cut) < 100
    assert {file.error for file in cut} == {"it is beyond the limit of 30000 bytes of diff"}


def test_a_list_of_files_beyond_the_limit_is_no_empty_diff(
    repo: Any, read: Callable[..., Any]
) -> None:
    repo.commit({"a": b"1\n"})
    repo.git("checkout", "-q", "-b", "topic")
    repo.commit({f"f{n:03}": b"x\n" for n in range(100)})
    seen = read(open_forge(repo.path, Range("main"), limits=ReadLimits(max_diff_bytes=2_000)))
    assert seen.diff.files == ()
    assert seen.diff.errors == ("the list of files is beyond 2000 bytes",)


def test_more_blobs_than_a_pipe_holds(repo: Any, see: See) -> None:
    repo.commit({"a": b"1\n"})
    repo.git("checkout", "-q", "-b", "topic")
    wanted = {f"d{n % 7}/f{n}.txt": b"%d\n" % n * 300 for n in range(1300)}
    repo.commit(dict(wanted))
    texts = see(repo).texts()
    assert {path: text.content for path, text in texts.items()} == wanted


def test_a_folder_below_the_top_is_the_same_repository(repo: Any, see: See) -> None:
    repo.commit({"sub/a.py": b"1\n", "b.py": b"1\n"})
    repo.git("checkout", "-q", "-b", "topic")
    repo.commit({"sub/a.py": b"2\n", "b.py": b"2\n"})
    forge = open_forge(repo.path / "sub")
    assert forge.root == repo.path
    diff = asyncio.run(forge.diff(change(forge)))
    assert sorted(file.path for file in diff.files) == ["b.py", "sub/a.py"]


def test_the_state_folder_lies_in_the_git_folder(repo: Any) -> None:
    repo.commit({"a": b"1\n"})
    assert open_forge(repo.path).git_path("synapse-bot") == repo.path / ".git/synapse-bot"
    repo.git("worktree", "add", "-q", "-b", "wt", "../linked")
    linked = open_forge(repo.path.parent / "linked").git_path("synapse-bot")
    assert linked == repo.path / ".git/worktrees/linked/synapse-bot"


def test_not_a_repository(tmp_path: Path) -> None:
    with pytest.raises(NotARepository):
        open_forge(tmp_path)
    with pytest.raises(NotARepository):
        open_forge(tmp_path / "missing")


def test_a_folder_of_the_change_that_looks_like_a_repository_is_not_one(repo: Any) -> None:
    fake = repo.path / "docs"
    repo.git("init", "-q", "--bare", str(fake))
    with pytest.raises(NotARepository):
        open_forge(fake)


def test_a_missing_ref_names_the_nearest(repo: Any) -> None:
    repo.commit({"a": b"1\n"})
    repo.git("branch", "release-2026")
    with pytest.raises(RefMissing, match="relaese-2026") as caught:
        change(open_forge(repo.path, Range("relaese-2026")))
    assert "release-2026" in caught.value.hint
    with pytest.raises(RefMissing):
        change(open_forge(repo.path, Range("main", "nope")))


@pytest.mark.parametrize("name", ["--output=/tmp/x", "a b", "x\ny", "", "-x"])
def test_a_ref_is_never_an_option(repo: Any, name: str) -> None:
    repo.commit({"a": b"1\n"})
    repo.git("branch", "-m", "dev")
    with pytest.raises(RefMissing):
        change(open_forge(repo.path, Range(name)))


def test_no_commit_yet(repo: Any) -> None:
    with pytest.raises(RefMissing) as caught:
        change(open_forge(repo.path))
    assert "--staged" in caught.value.hint


def test_no_default_branch(repo: Any) -> None:
    repo.commit({"a": b"1\n"})
    repo.git("branch", "-m", "dev")
    with pytest.raises(RefMissing) as caught:
        change(open_forge(repo.path))
    assert "--base" in caught.value.hint
    assert "dev" in caught.value.hint


def test_the_configured_default_branch_counts(repo: Any) -> None:
    repo.commit({"a": b"1\n"})
    repo.git("branch", "-m", "dev")
    repo.git("config", "init.defaultBranch", "dev")
    assert change(open_forge(repo.path)).ref == "dev...dev"


@pytest.mark.parametrize("source", ["main", "topic"])
def test_a_shallow_clone_says_what_to_fetch(repo: Any, new_repo: Any, source: str) -> None:
    repo.commit({"a": b"1\n"})
    repo.commit({"a": b"2\n"})
    repo.git("checkout", "-q", "-b", "topic")
    repo.commit({"a": b"3\n"})
    repo.git("checkout", "-q", source)
    url = f"file://{repo.path}"
    one = new_repo(repo.path.parent / "one-branch")
    repo.git("clone", "-q", "--depth=1", "--single-branch", "-b", "topic", url, str(one.path))
    with pytest.raises(ShallowClone, match="shallow") as caught:
        change(open_forge(one.path))
    assert "fetch-depth: 0" in caught.value.hint
    both = new_repo(repo.path.parent / "both")
    repo.git("clone", "-q", "--depth=1", "--no-single-branch", "-b", "topic", url, str(both.path))
    with pytest.raises(ShallowClone, match="fetch-depth: 0"):
        change(open_forge(both.path, Range("origin/main")))


def test_unrelated_histories(repo: Any) -> None:
    repo.commit({"a": b"1\n"})
    repo.git("checkout", "-q", "--orphan", "island")
    repo.commit({"a": b"2\n"})
    with pytest.raises(GitFailed, match="no common commit"):
        change(open_forge(repo.path, Range("main")))


def test_no_git_is_a_typed_error(tmp_path: Path) -> None:
    with pytest.raises(GitFailed, match="not installed"):
        LocalForge.open(tmp_path, Range(), git="git-that-is-not-there", environ=ENVIRON)


def test_the_change_s_own_git_is_never_run(repo: Any) -> None:
    repo.write({"git": b"#!/bin/sh\ntouch ran\n"})
    (repo.path / "git").chmod(0o755)
    here = os.getcwd()
    os.chdir(repo.path)
    try:
        path = f".:{os.environ['PATH']}"
        forge = LocalForge.open(repo.path, Range(), environ={"PATH": path})
    finally:
        os.chdir(here)
    assert os.path.isabs(forge.git.binary)
    assert not (repo.path / "ran").exists()


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://token@github.com/owner/name.git", "owner/name"),
        ("https://user:secret@gitlab.example.org/group/sub/name", "group/sub/name"),
        ("git@github.com:owner/name.git", "owner/name"),
        ("work:owner/name", "owner/name"),
        ("ssh://git@host:2222/owner/name.git/", "owner/name"),
        ("/srv/git/name.git", ""),
        ("", ""),
    ],
)
def test_a_repository_s_name_holds_no_credentials(url: str, name: str) -> None:
    assert repository_of(url) == name


def test_messages_of_the_commits_come_oldest_first_without_those_of_merges(repo: Any) -> None:
    repo.commit({"a.py": b"1\n"}, "start")
    repo.git("checkout", "-q", "-b", "feature")
    repo.commit({"a.py": b"2\n"}, "first\n\nWhy: x.")
    repo.git("checkout", "-q", "main")
    repo.commit({"b.py": b"moved on\n"}, "not ours")
    repo.git("checkout", "-q", "feature")
    repo.git("merge", "-q", "--no-edit", "main")
    repo.commit({"a.py": b"3\n"}, "second")
    forge = open_forge(repo.path)
    assert asyncio.run(forge.messages(change(forge))) == ("first\n\nWhy: x.", "second")
    staged = open_forge(repo.path, Staged())
    assert asyncio.run(staged.messages(change(staged))) == ()
