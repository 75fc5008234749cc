"""Running git: typed errors, bounds, and output that nobody waits for."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from synapse_bot.domain.errors import GitFailed, NotARepository
from synapse_bot.forge.git import Completed, Git, failure

PATH = os.environ["PATH"]


def script(folder: Path, body: str) -> str:
    place = folder / "git"
    place.write_text(f"#!/bin/sh\n{body}\n")
    place.chmod(0o755)
    return str(place)


def test_the_environment_holds_no_secret_and_no_git_variable(tmp_path: Path) -> None:
    binary = script(tmp_path, "env")
    environ = {"PATH": PATH, "HOME": "/h", "GITHUB_TOKEN": "t", "GIT_DIR": "x", "LANG": "de_DE"}
    lines = Git(tmp_path, binary=binary, environ=environ).run("x").decode().splitlines()
    names = {line.partition("=")[0] for line in lines}
    assert "HOME=/h" in lines
    assert "LC_ALL=C" in lines
    assert not names & {"GITHUB_TOKEN", "GIT_DIR", "LANG"}


def test_a_hanging_git_is_ended(tmp_path: Path) -> None:
    git = Git(tmp_path, binary=script(tmp_path, "exec sleep 60"), timeout_s=0.3)
    start = time.monotonic()
    with pytest.raises(GitFailed, match="longer than"):
        git.run("diff")
    with pytest.raises(GitFailed), git.stream("diff") as stream:
        stream.read()
    assert time.monotonic() - start < 30


def test_a_git_that_complains_at_length_is_read_to_the_end(tmp_path: Path) -> None:
    binary = script(tmp_path, "head -c 300000 /dev/zero >&2; echo out")
    with Git(tmp_path, binary=binary, environ={"PATH": PATH}).stream("diff") as stream:
        assert stream.read() == b"out\n"


def test_a_stream_that_fails_is_an_error_with_git_s_words(repo: Any) -> None:
    git = Git(repo.path, environ={"PATH": PATH})
    with pytest.raises(GitFailed, match="nowhere"), git.stream("diff", "nowhere", "--") as stream:
        stream.read()


def test_leaving_a_stream_early_ends_git(tmp_path: Path) -> None:
    git = Git(tmp_path, binary=script(tmp_path, "exec yes"), environ={"PATH": PATH})
    with git.stream("diff") as stream:
        assert stream.read(4) == b"y\ny\n"


def test_what_is_no_blob_says_why(repo: Any) -> None:
    head = repo.commit({"a": b"0123456789"})
    blob = repo.git("rev-parse", "HEAD:a").decode().strip()
    missing = "1" * 40
    asked = [head, blob, missing, "HEAD:a\nHEAD:a", blob]
    found = Git(repo.path, environ={"PATH": PATH}).blobs(asked, 10)
    assert (found[blob].content, found[blob].why) == (b"0123456789", "")
    assert (found[head].content, found[head].why) == (None, "it is a commit, not a file")
    assert found[missing].why == "its object is missing"
    assert found["HEAD:a\nHEAD:a"].why == "no object id"
    small = Git(repo.path, environ={"PATH": PATH}).blobs([blob], 9)
    assert (small[blob].content, small[blob].why) == (None, "larger than 9 bytes")


@pytest.mark.parametrize(
    ("words", "kind", "hint"),
    [
        ("fatal: not a git repository (or any of the parent)", NotARepository, "--diff"),
        ("fatal: detected dubious ownership in repository", GitFailed, "safe.directory"),
        ("fatal: could not fetch 1 from promisor remote", GitFailed, "--filter"),
        ("fatal: cannot use bare repository", NotARepository, "work tree"),
        ("fatal: surprise", GitFailed, "--verbose"),
    ],
)
def test_git_s_words_become_typed_errors(words: str, kind: type[Exception], hint: str) -> None:
    error = failure("diff", Completed(128, b"", words))
    assert type(error) is kind
    assert hint in error.hint
