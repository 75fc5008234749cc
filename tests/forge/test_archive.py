"""The base of a change and its history, from a real repository, a hostile one included."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from synapse_bot.forge.base import Past
from synapse_bot.forge.history import COMMITS, is_fix
from synapse_bot.forge.local import LocalForge, Range
from synapse_bot.forge.owners import parse_owners

PRICE = b"one\ntwo\nthree\nfour\n"


def past_of(repo: Any, read: Any, base: str = "HEAD~1") -> tuple[Past, Any]:
    seen = read(LocalForge.open(repo.path, Range(base, "HEAD"), environ=dict(os.environ)))
    past = seen.forge.past(seen.change)
    assert past is not None
    return past, seen.diff


@pytest.fixture
def mended(repo: Any) -> Any:
    repo.commit({"price.py": PRICE, "other.py": b"x\n", "notes.md": b"x\n"}, "feat: prices")
    repo.commit({"price.py": PRICE.replace(b"two", b"2")}, "fix: wrong sum")
    repo.commit({"price.py": PRICE.replace(b"two", b"II"), "notes.md": b"y\n"}, "Fix crash (#3)")
    repo.commit({"price.py": PRICE.replace(b"two", b"II").replace(b"one", b"1")}, "docs: fix typo")
    repo.commit({"price.py": b"i\nii\nthree\nfour\n", "notes.md": b"z\n"}, "feat: roman")
    return repo


def test_commits_and_fixes_are_counted_up_to_the_base(mended: Any, read: Any) -> None:
    past, diff = past_of(mended, read)
    history = past.history(diff)
    assert history is not None
    assert history.commits == 4
    assert history.touched == {"price.py": 4}
    assert history.fixes == {"price.py": 2}


def test_changed_lines_that_a_fix_wrote_are_counted(mended: Any, read: Any) -> None:
    past, diff = past_of(mended, read)
    history = past.history(diff)
    assert history is not None
    assert history.fixed_lines == {"price.py": 1}  # "II"; the other changed line is no fix's


def test_a_renamed_file_keeps_its_past(mended: Any, read: Any) -> None:
    text = (mended.path / "price.py").read_bytes()
    mended.commit({"price.py": None, "cost.py": text + b"five\n"}, "refactor: rename")
    past, diff = past_of(mended, read)
    history = past.history(diff)
    assert history is not None
    assert history.touched == {"cost.py": 5}


@pytest.mark.parametrize(
    ("subject", "fix"),
    [
        (b"fix: wrong sum", True),
        (b"Fixes #3", True),
        (b'Revert "faster"', True),
        (b"security: CVE-2026-1 in parser", True),
        (b"fix typo", False),
        (b"docs: fix links", False),
        (b"add prefix handling", False),
        (b"fix flaky tests", False),
        (b"feat: suffix", False),
    ],
)
def test_a_fix_mends_behaviour(subject: bytes, fix: bool) -> None:
    assert is_fix(subject) is fix


def test_owners_are_those_of_the_base(repo: Any, read: Any) -> None:
    repo.commit({"a.py": b"1\n", ".github/CODEOWNERS": b"* @all\n/docs/ @writers\n*.py @py @two\n"})
    repo.commit({"a.py": b"2\n", "docs/x.md": b"x\n", ".github/CODEOWNERS": b"* @evil\n"})
    past, diff = past_of(repo, read)
    history = past.history(diff)
    assert history is not None
    assert history.owners is not None
    assert history.owners["a.py"] == ("@py", "@two")
    assert history.owners["docs/x.md"] == ("@writers",)
    assert history.owner_count == 4


@pytest.mark.parametrize(
    ("pattern", "path", "owned"),
    [
        ("*.js", "a/b.js", True),
        ("/build/logs/", "build/logs/x", True),
        ("/build/logs/", "a/build/logs/x", False),
        ("docs/*", "docs/a.md", True),
        ("docs/*", "docs/b/a.md", False),
        ("docs/*", "x/docs/a.md", False),
        ("apps/", "x/apps/a", True),
        ("/scripts", "scripts/a/b", True),
        ("apps/github", "apps/github/x", True),
        ("[Section][2] @x", "a", False),
    ],
)
def test_patterns_of_owners_are_those_of_gitignore(pattern: str, path: str, owned: bool) -> None:
    owners = parse_owners(f"# who\n{pattern} @me\n".encode())
    assert owners.of(path) == (("@me",) if owned else ())


def test_the_last_owner_that_matches_decides_and_may_be_nobody() -> None:
    owners = parse_owners(b"* @all\nsecret.txt\n")
    assert owners.of("a") == ("@all",)
    assert owners.of("secret.txt") == ()


def test_a_shallow_clone_knows_no_history_and_invents_none(
    mended: Any, read: Any, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    url = f"file://{mended.path}"
    subprocess.run(["git", "clone", "-q", "--depth", "2", url, copy], check=True)
    past, diff = past_of(type(mended)(copy), read)
    assert past.history(diff) is None


def test_what_the_base_holds_is_found_as_whole_words(repo: Any, read: Any) -> None:
    repo.commit(
        {
            "a.py": b"connect()\n",
            "b.py": b"reconnect()\n",
            "c.txt": b"connect\n",
            b"d/\xc3\xa9.py": b"connect\n",
            b"bad\xff.py": b"connect\n",
            "-x.py": b"connect\n",
        }
    )
    repo.commit({"e.py": b"connect()\n", "a.py": None})
    past, _ = past_of(repo, read)
    assert past.holding(["connect"], [".py"]) == ("-x.py", "a.py", "bad\\377.py", "d/é.py")
    assert past.holding([], [".py"]) == ()
    assert set(past.texts(["a.py", "e.py", "d/é.py"])) == {"a.py", "d/é.py"}


def test_links_are_neither_listed_nor_read(repo: Any, read: Any) -> None:
    repo.path.joinpath("link.py").symlink_to("/etc/passwd")
    repo.commit({"a.py": b"x\n"})
    repo.commit({"b.py": b"x\n"})
    past, _ = past_of(repo, read)
    assert set(past.tree()) == {"a.py"}
    assert past.texts(["link.py"]) == {}


def test_no_program_of_the_configuration_is_run(mended: Any, read: Any, tmp_path: Path) -> None:
    mended.commit({"price.py": b"i\nII\nthree\nfour\n"}, "fix: roman")
    mended.commit({".gitattributes": b"*.py diff=evil\n", "price.py": b"0\n"}, "feat: more")
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    for key in ("diff.evil.textconv", "diff.evil.command", "gpg.program", "core.fsmonitor"):
        mended.git("config", key, str(trap))
    mended.git("config", "log.showSignature", "true")
    past, diff = past_of(mended, read)
    history = past.history(diff)
    assert history is not None
    assert history.touched["price.py"] == 6
    assert history.fixed_lines["price.py"] == 1  # blame was asked
    assert past.holding(["three"], [".py"]) == ("price.py",)
    assert not (tmp_path / "sprung").exists()


def test_the_log_is_read_no_further_than_its_bound(repo: Any, read: Any) -> None:
    stream = b"".join(
        b"commit refs/heads/main\ncommitter A <a@b> %d +0000\ndata 3\nfixM 100644 inline a.py\n"
        b"data %d\n%d\n" % (n, len(str(n)) + 1, n)
        for n in range(1, COMMITS + 50)
    )
    repo.git("fast-import", "--quiet", stdin=stream)
    repo.git("reset", "--hard", "-q", "main")
    repo.commit({"a.py": b"end\n"})
    past, diff = past_of(repo, read)
    history = past.history(diff)
    assert history is not None
    assert (history.commits, history.touched["a.py"]) == (COMMITS, COMMITS)
