"""Random trees, committed and diffed by real git: our lines are the files' lines."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synapse_bot.domain.diff import FileDiff, FileStatus
from synapse_bot.forge.content import looks_binary
from synapse_bot.forge.local import LocalForge, Range
from synapse_bot.forge.patch import PatchForge, apply
from synapse_bot.forge.quoting import path_bytes, render_path
from synapse_bot.forge.unified import parse_diff

_NAME_PIECES = [
    b"a",
    b"B",
    b"b.py",
    b" ",
    b'"',
    b"'",
    b"\\",
    b"\t",
    b"\n",
    b"-",
    b"\xff",
    "é".encode(),
    "\u2028".encode(),
    b"\\351",
    b"*",
    b" b/",
    b"=>",
    b"{",
    b"\r",
    b"\x01",
]
_LINE_PIECES = [
    b"x",
    b"value = 1",
    b"\t",
    b"\r",
    b"\x0c",
    b"\x0b",
    "\u2028".encode(),
    "\x85".encode(),
    b"\xff",
    b"\xed\xa0\x80",
    b"--- a/b.py",
    b"+++ b/b.py",
    b"-- ",
    b"@@ -1 +1 @@",
    b"diff --git a/b.py b/b.py",
    b"\\ No newline at end of file",
    b"Binary files a/x and b/x differ",
    b" ",
    b"\0",
]

names = st.lists(st.sampled_from(_NAME_PIECES), min_size=1, max_size=4).map(b"".join)
paths = st.one_of(names, st.tuples(st.sampled_from([b"d/", b"e e/f/"]), names).map(b"".join)).map(
    lambda path: path.strip(b"/").replace(b"//", b"/") or b"z"
)
text_lines = st.lists(st.sampled_from(_LINE_PIECES), max_size=3).map(b"".join)
contents = st.tuples(st.lists(text_lines, max_size=25), st.booleans()).map(
    lambda made: b"\n".join(made[0]) + (b"\n" if made[1] and made[0] else b"")
)


def _fits(path: bytes, taken: dict[bytes, bytes]) -> bool:
    """Whether ``path`` can stand beside ``taken``: no file is also a folder."""
    return not any(
        other == path or other.startswith(path + b"/") or path.startswith(other + b"/")
        for other in taken
    )


@st.composite
def trees(draw: st.DrawFn) -> tuple[dict[bytes, bytes], dict[bytes, bytes]]:
    """A base and a head: files edited, renamed, deleted, added and left alone."""
    base: dict[bytes, bytes] = {}
    for path, content in draw(st.lists(st.tuples(paths, contents), min_size=1, max_size=5)):
        if _fits(path, base):
            base[path] = content
    head: dict[bytes, bytes] = {}
    for path, content in base.items():
        fate = draw(st.sampled_from(["same", "edit", "edit", "rename", "delete"]))
        target = draw(paths) if fate == "rename" else path
        if fate == "delete" or not _fits(target, head):
            continue
        head[target] = content if fate == "same" else draw(_edited(content))
    for path, content in draw(st.lists(st.tuples(paths, contents), max_size=2)):
        if _fits(path, head):
            head[path] = content
    return base, head


@st.composite
def _edited(draw: st.DrawFn, content: bytes) -> bytes:
    lines = content.split(b"\n")
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(lines)))
        until = at + draw(st.integers(0, 2))
        lines[at:until] = draw(st.lists(text_lines, max_size=2))
    return b"\n".join(lines)


def lines_of(content: bytes) -> list[str]:
    found = content.split(b"\n")
    return [line.decode("utf-8", "replace") for line in (found[:-1] if not found[-1] else found)]


def write_tree(repo: Any, tree: dict[bytes, bytes], *parents: str) -> str:
    """Commits exactly ``tree``, without a work tree: names that a file system would refuse too."""
    repo.git("read-tree", "--empty")
    rows = b""
    for path, content in tree.items():
        blob = repo.git("hash-object", "-w", "--stdin", stdin=content).strip()
        rows += b"100644 " + blob + b"\t" + path + b"\0"
    repo.git("update-index", "-z", "--index-info", stdin=rows)
    tree_id = repo.git("write-tree").decode().strip()
    options = [part for parent in parents for part in ("-p", parent)]
    return str(repo.git("commit-tree", "-m", "x", *options, tree_id).decode().strip())


def numstat(repo: Any, base: str, head: str) -> dict[str, tuple[int, int] | None]:
    """Added and removed lines by path; None where git takes a file for binary."""
    out = repo.git("diff", "--numstat", "-z", "-M", base, head).split(b"\0")
    found: dict[str, tuple[int, int] | None] = {}
    rows = iter(out[:-1])
    for row in rows:
        added, removed, path = row.split(b"\t", 2)
        if not path:
            next(rows)
            path = next(rows)
        found[render_path(path)] = None if added == b"-" else (int(added), int(removed))
    return found


def check_lines(file: FileDiff, old: bytes, new: bytes) -> None:
    olds, news = lines_of(old), lines_of(new)
    for line in file.lines():
        if line.new is not None:
            assert news[line.new - 1] == line.text
        if line.old is not None:
            assert olds[line.old - 1] == line.text
    applied = apply(old, file)
    assert applied is not None
    assert lines_of(applied) == news


def read(forge: Any) -> Any:
    async def everything() -> Any:
        change = await forge.change()
        diff = await forge.diff(change)
        return diff, await forge.head_texts(change, [file.path for file in diff.files])

    return asyncio.run(everything())


@given(tree=trees())
@settings(max_examples=40, deadline=None, derandomize=True)
def test_every_line_of_a_random_change_is_where_its_file_has_it(
    new_repo: Callable[[Path], Any], tree: tuple[dict[bytes, bytes], dict[bytes, bytes]]
) -> None:
    before, after = tree
    with tempfile.TemporaryDirectory() as folder:
        repo = new_repo(Path(folder).resolve()).init()
        base = write_tree(repo, before)
        head = write_tree(repo, after, base)
        environ = {"PATH": os.environ["PATH"]}
        diff, texts = read(LocalForge.open(repo.path, Range(base, head), environ=environ))
        counts = numstat(repo, base, head)
        patch = repo.git("diff", "--text", "-M", "--full-index", base, head)

    assert diff.errors == ()
    assert [file.error for file in diff.files if file.error] == []
    assert {file.path for file in diff.files} == counts.keys()
    for file in diff.files:
        new = after.get(path_bytes(file.path), b"")
        old = before.get(path_bytes(file.old_path), b"") if file.old_path else b""
        if file.status is not FileStatus.DELETED:
            assert texts[file.path].content == new
        if file.binary:
            assert looks_binary(old) or looks_binary(new) or b"\0" in old + new
            continue
        assert counts[file.path] in (file.counts, None)
        check_lines(file, old, new)
    named = {file.path: file.hunks for file in diff.files}
    bare, _ = read(PatchForge(patch, "x.patch"))
    assert {file.path: file.hunks for file in bare.files} == named


def histories() -> list[Path]:
    """What has a history within reach: this checkout, and the bundles that it carries."""
    top = Path(__file__).resolve().parents[2]
    return [top, *sorted((top / "demo").rglob("*.bundle"))]


@pytest.mark.parametrize("source", histories(), ids=lambda path: path.name)
def test_a_real_history_parses_line_by_line(
    new_repo: Callable[[Path], Any], source: Path, tmp_path: Path
) -> None:
    repo = new_repo(source)
    if source.is_file():
        repo = new_repo(tmp_path)
        repo.git("clone", "-q", "--mirror", str(source), str(tmp_path / ".git"))
        repo.git("config", "core.bare", "false")
    log = repo.git("log", "--all", "--no-merges", "--format=%H %P", "-n", "40", check=False)
    pairs = [pair for line in log.decode().splitlines() if len(pair := line.split()) == 2]
    if not pairs:
        pytest.skip(f"{source.name} has no history of two commits")
    for head, parent in pairs:
        environ = {"PATH": os.environ["PATH"]}
        diff, texts = read(LocalForge.open(repo.path, Range(parent, head), environ=environ))
        expected = numstat(repo, parent, head)
        assert {file.path for file in diff.files} == expected.keys()
        for file in diff.files:
            assert file.error == ""
            assert file.binary or expected[file.path] in (file.counts, None)
            lines = lines_of(texts[file.path].content)
            for line in file.lines():
                assert line.new is None or not lines or lines[line.new - 1] == line.text


_BODY = b"@@ -1,3 +1,4 @@ def f():\n a\n-b\n+c\n+++ d\n e\n@@ -9 +10,2 @@\n a\n+b\n"
SECTIONS = [
    b"diff --git a/f%d.py b/f%d.py\nindex 111111%d..222222%d 100644\n" % (n, n, n, n)
    + b"--- a/f%d.py\n+++ b/f%d.py\n" % (n, n)
    + _BODY
    for n in range(4)
]
WHOLE = parse_diff(b"".join(SECTIONS))


@given(
    which=st.integers(0, 3),
    at=st.floats(0, 1),
    length=st.integers(0, 3),
    junk=st.binary(max_size=3),
)
@settings(max_examples=400, deadline=None, derandomize=True)
def test_corrupting_one_file_of_a_diff_leaves_the_others_as_they_are(
    which: int, at: float, length: int, junk: bytes
) -> None:
    """Any change within one section, its first byte and its last newline left alone."""
    section = SECTIONS[which]
    start = 1 + int(at * (len(section) - 2))
    end = min(start + length, len(section) - 1)
    broken = section[:start] + junk.replace(b"\n", b"?") + section[end:]
    parts = [broken if n == which else part for n, part in enumerate(SECTIONS)]
    found = parse_diff(b"".join(parts)).by_path
    for n, file in enumerate(WHOLE.files):
        if n != which:
            assert found[file.path] == file


@given(st.binary(max_size=300), st.integers(0, 1000))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_no_bytes_raise(junk: bytes, at: int) -> None:
    whole = b"".join(SECTIONS)
    for raw in (junk, whole[: at % len(whole)], whole[: at % len(whole)] + junk + whole):
        for file in parse_diff(raw).files:
            file.path.encode("utf-8")
            assert len(list(file.lines())) == sum(len(h.body.split("\n")) for h in file.hunks)
