"""The parser on what git, other tools and attackers write."""

from __future__ import annotations

import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unidiff import PatchSet

from synapse_bot.domain.diff import FileKind, FileStatus, LineKind
from synapse_bot.forge.unified import parse_diff

PLAIN = b"--- a/x.py\n+++ b/x.py\n"


def git_file(name: str, body: bytes, old: int = 1, new: int = 1) -> bytes:
    return (
        f"diff --git a/{name} b/{name}\nindex 1111111..2222222 100644\n"
        f"--- a/{name}\n+++ b/{name}\n@@ -1,{old} +1,{new} @@\n"
    ).encode() + body


def only(raw: bytes):  # type: ignore[no-untyped-def]
    diff = parse_diff(raw)
    assert len(diff.files) == 1, diff
    return diff.files[0]


def texts(raw: bytes) -> list[tuple[str, int | None, int | None, str]]:
    return [(line.kind.value, line.old, line.new, line.text) for line in only(raw).lines()]


@pytest.mark.parametrize("odd", ["\x0c", "\u2028", "\x85", "\r", "\x1c", "\x0b", "\ufeff"])
def test_only_a_newline_ends_a_line(odd: str) -> None:
    raw = PLAIN + f"@@ -1 +1,2 @@\n a\n+b{odd}c = eval(x)\n".encode()
    assert texts(raw)[1] == ("added", None, 2, f"b{odd}c = eval(x)")


def test_crlf_stays_in_the_line() -> None:
    assert texts(PLAIN + b"@@ -1 +1 @@\n-a\r\n+b\r\n")[1] == ("added", None, 1, "b\r")


def test_added_text_that_looks_like_a_header_is_text() -> None:
    body = b"+++ b/evil\n+-- a/evil\n+diff --git a/evil b/evil\n+@@ -1 +1 @@\n a\n"
    raw = git_file("x.py", body, 1, 5) + git_file("y.py", b"-a\n+b\n")
    assert [file.path for file in parse_diff(raw).files] == ["x.py", "y.py"]
    assert [line.text for line in parse_diff(raw).files[0].lines()][:2] == [
        "++ b/evil",
        "-- a/evil",
    ]


def test_removed_and_added_text_that_looks_like_a_plain_header_is_text() -> None:
    raw = PLAIN + b"@@ -1,2 +1,2 @@\n a\n--- c\n+++ d\n@@ -9 +9 @@\n-x\n+y\n"
    assert [line[3] for line in texts(raw)] == ["a", "-- c", "++ d", "x", "y"]


def test_a_no_newline_marker_is_not_a_line() -> None:
    raw = (
        PLAIN + b"@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n"
    )
    assert texts(raw) == [("removed", 1, None, "a"), ("added", None, 1, "b")]


def test_a_marker_cannot_join_two_lines_into_one() -> None:
    """`git apply` makes "eval(x)" of these two lines: the marker takes the newline between."""
    raw = PLAIN + b"@@ -1 +1,3 @@\n a\n+ev\n\\ No newline at end of file\n+al(x)\n"
    assert "marker" in only(raw).error


def test_lines_behind_a_hunk_are_not_dropped_silently() -> None:
    raw = git_file("x.py", b" a\n+b\n+eval(x)\n", 1, 2) + git_file("y.py", b"-a\n+b\n")
    first, second = parse_diff(raw).files
    assert first.error == "a hunk is longer than its header says"
    assert second.counts == (1, 1)


def test_an_empty_context_line_without_its_space_is_context() -> None:
    assert texts(PLAIN + b"@@ -1,3 +1,4 @@\n\n a\n\r\n+b\n") == [
        ("context", 1, 1, ""),
        ("context", 2, 2, "a"),
        ("context", 3, 3, "\r"),
        ("added", None, 4, "b"),
    ]


def test_bytes_that_are_not_utf8_keep_the_lines() -> None:
    raw = PLAIN + b"@@ -1 +1,2 @@\n caf\xe9\n+\xed\xa0\x80\xff\n"
    lines = texts(raw)
    assert [line[2] for line in lines] == [1, 2]
    "".join(line[3] for line in lines).encode("utf-8")


@pytest.mark.parametrize(
    "hunk",
    [
        b"@@ -1,3 +1,99999999999 @@\n a\n",
        b"@@ -1,3 +1,9999999999 @@\n a\n",
        b"@@ -1,3 +1,4 @@\n a\n",
        b"@@ -a +b @@\n a\n",
        b"@@ -" + b"9" * 5000 + b" +1 @@\n a\n",
        b"@@ -0,0 +0,0 @@\n",
        b"@@ -0 +1 @@\n-a\n+b\n",
        b"@@ -\xd9\xa1 +1 @@\n-a\n+b\n",
        b"@@ -1 +1 @@\n-a\n+b\n@@ -1 +1 @@\n-a\n+b\n",
        b"@@ -9 +9 @@\n-a\n+b\n@@ -5 +5 @@\n-a\n+b\n",
        b"@@ -1 +1 @@\n-a\n+b\n\\ No newline at end of file\n@@ -5 +5 @@\n-a\n+b\n",
        b"@@ -1,2 +1,2 @@\n a\n?b\n",
    ],
)
def test_a_broken_hunk_is_an_error_of_its_file_alone(hunk: bytes) -> None:
    head = b"diff --git a/x.py b/x.py\nindex 1111111..2222222 100644\n--- a/x.py\n+++ b/x.py\n"
    good = git_file("y.py", b"-a\n+b\n")
    tracemalloc.start()
    diff = parse_diff(good.replace(b"y.py", b"w.py") + head + hunk + good)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [(file.path, bool(file.error)) for file in diff.files] == [
        ("w.py", False),
        ("x.py", True),
        ("y.py", False),
    ]
    assert peak < 1_000_000


def test_a_truncated_patch_keeps_the_files_before() -> None:
    raw = git_file("x.py", b"-a\n+b\n") + git_file("y.py", b" a\n+b\n", 5, 6)
    first, second = parse_diff(raw).files
    assert (first.error, first.counts) == ("", (1, 1))
    assert second.error == "a hunk is shorter than its header says"


@pytest.mark.parametrize(
    ("header", "path", "old_path", "status", "kind"),
    [
        (
            b"diff --git a/a b.py b/c d.py\nsimilarity index 100%\n"
            b"rename from a b.py\nrename to c d.py\n",
            "c d.py",
            "a b.py",
            FileStatus.RENAMED,
            FileKind.REGULAR,
        ),
        (
            b"diff --git a/x b/y\nsimilarity index 100%\ncopy from x\ncopy to y\n",
            "y",
            "x",
            FileStatus.COPIED,
            FileKind.REGULAR,
        ),
        (
            b"diff --git a/run b/run\nold mode 100644\nnew mode 100755\n",
            "run",
            "run",
            FileStatus.MODE_CHANGED,
            FileKind.REGULAR,
        ),
        (
            b"diff --git a/e b/e\nnew file mode 100644\nindex 0000000..e69de29\n",
            "e",
            None,
            FileStatus.ADDED,
            FileKind.REGULAR,
        ),
        (
            b"diff --git a/e b/e\ndeleted file mode 100644\nindex e69de29..0000000\n",
            "e",
            "e",
            FileStatus.DELETED,
            FileKind.REGULAR,
        ),
        (
            b"diff --git a/l b/l\nnew file mode 120000\nindex 0000000..1234567\n"
            b"--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc/passwd\n\\ No newline at end of file\n",
            "l",
            None,
            FileStatus.ADDED,
            FileKind.SYMLINK,
        ),
        (
            b"diff --git a/m b/m\nindex 1111111..2222222 160000\n--- a/m\n+++ b/m\n"
            b"@@ -1 +1 @@\n-Subproject commit 1\n+Subproject commit 2\n",
            "m",
            "m",
            FileStatus.MODIFIED,
            FileKind.SUBMODULE,
        ),
        (
            rb'diff --git "a/t\303\251.py" "b/t\303\251.py"'
            b"\nold mode 100644\nnew mode 100755\n",
            "té.py",
            "té.py",
            FileStatus.MODE_CHANGED,
            FileKind.REGULAR,
        ),
        (
            b"diff --git src/x.py src/x.py\nindex 1111111..2222222 100644\n"
            b"--- src/x.py\n+++ src/x.py\n@@ -1 +1 @@\n-a\n+b\n",
            "src/x.py",
            "src/x.py",
            FileStatus.MODIFIED,
            FileKind.REGULAR,
        ),
        (
            b"diff --git i/x.py w/x.py\nindex 1111111..2222222 100644\n"
            b"--- i/x.py\n+++ w/x.py\n@@ -1 +1 @@\n-a\n+b\n",
            "x.py",
            "x.py",
            FileStatus.MODIFIED,
            FileKind.REGULAR,
        ),
    ],
)
def test_headers(
    header: bytes, path: str, old_path: str | None, status: FileStatus, kind: FileKind
) -> None:
    for raw in (header, git_file("before", b"-a\n+b\n") + header + git_file("x2", b"-a\n+b\n")):
        found = parse_diff(raw).by_path[path]
        assert (found.old_path, found.status, found.kind) == (old_path, status, kind)
        assert found.error == ""


def test_blob_ids_and_modes_are_kept() -> None:
    found = only(git_file("x.py", b"-a\n+b\n"))
    assert (found.old_blob, found.new_blob, found.old_mode) == ("1111111", "2222222", "100644")


def test_a_changed_type_is_one_file() -> None:
    raw = (
        b"diff --git a/x b/x\ndeleted file mode 100644\nindex 1111111..0000000\n"
        b"--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-text\n"
        b"diff --git a/x b/x\nnew file mode 120000\nindex 0000000..2222222\n"
        b"--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+/etc/passwd\n\\ No newline at end of file\n"
    )
    found = only(raw)
    assert (found.kind, found.status) == (FileKind.SYMLINK, FileStatus.MODIFIED)
    assert (found.old_mode, found.new_mode, found.counts) == ("100644", "120000", (1, 1))


def test_the_same_file_twice_is_an_error_not_a_choice() -> None:
    raw = git_file("x.py", b"-a\n+b\n") + git_file("x.py", b"-a\n+harmless\n")
    assert "more than once" in only(raw).error


@pytest.mark.parametrize(
    "raw",
    [
        b"diff --git a/x.png b/x.png\nindex 1111111..2222222 100644\n"
        b"Binary files a/x.png and b/x.png differ\n",
        b"diff --git a/x.png b/x.png\nindex 1111111..2222222 100644\nGIT binary patch\n"
        b"literal 4\nLcmZQzWMT#Y01f~L\n\nliteral 3\nKcmZQzWMT#Y01f~L\n\n",
        git_file("x.png", b"-\x00\x01\x02\n+\x00\x01\x03\xff\n"),
        b"Binary files a/x.png and b/x.png differ\n",
    ],
)
def test_a_binary_has_no_hunks(raw: bytes) -> None:
    first, second = parse_diff(raw + git_file("y.py", b"-a\n+b\n")).files
    assert (first.path, first.binary, first.hunks, first.error) == ("x.png", True, (), "")
    assert second.counts == (1, 1)


def test_one_nul_does_not_hide_source_code() -> None:
    body = b" a\n+# \x00\n" + b"".join(b"+line number %d is code\n" % n for n in range(20))
    found = only(git_file("x.py", body, 1, 22))
    assert not found.binary
    assert found.counts == (21, 0)


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"a" * 64 + b"\nsize 12345\n"


def test_an_lfs_pointer_is_told_and_code_behind_its_header_is_not_one() -> None:
    added = b"".join(b"+" + line + b"\n" for line in POINTER.splitlines())
    head = b"diff --git a/m b/m\nnew file mode 100644\nindex 0000000..1234567\n--- /dev/null\n"
    pointer = only(head + b"+++ b/m\n@@ -0,0 +1,3 @@\n" + added)
    code = only(head + b"+++ b/m\n@@ -0,0 +1,4 @@\n" + added + b"+eval(x)\n")
    assert (pointer.kind, code.kind) == (FileKind.LFS_POINTER, FileKind.REGULAR)


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a/../../x"])
def test_a_path_that_leaves_the_repository_is_refused(name: str) -> None:
    found = only(git_file(name, b"-a\n+b\n"))
    assert found.error == "its path leaves the repository"
    assert not found.readable


def test_two_names_for_one_file_are_refused() -> None:
    raw = git_file("x.py", b"-a\n+b\n").replace(b"+++ b/x.py", b"+++ b/other.py")
    assert only(raw).error == "its header names two different files"


@pytest.mark.parametrize("word", [b"--cc x.py", b"--combined x.py"])
def test_a_combined_diff_is_an_error_of_its_file(word: bytes) -> None:
    raw = (
        b"diff " + word + b"\nindex 1,2..3\n--- a/x.py\n+++ b/x.py\n@@@ -1,1 -1,1 +1,2 @@@\n"
        b"  a\n++b\n"
    )
    first, second = parse_diff(raw + git_file("y.py", b"-a\n+b\n")).files
    assert (first.path, "combined" in first.error) == ("x.py", True)
    assert second.counts == (1, 1)


def test_hunks_that_were_left_out_are_missed() -> None:
    raw = b"diff --git a/x.py b/x.py\nindex 1111111..2222222 100644\n"
    assert only(raw).error == "its header promises hunks and none follows"


def test_plain_patches_of_other_tools() -> None:
    raw = (
        b"Index: lib/a.py\n=====\n--- lib/a.py\t(revision 1)\n+++ lib/a.py\t(working copy)\n"
        b"@@ -1 +1,2 @@\n a\n+b\n"
        b"diff -ru old/b.py new/b.py\n--- old/b.py\t2020-01-01 00:00:00\n"
        b"+++ new/b.py\t2020-01-02 00:00:00\n@@ -1 +1 @@\n-a\n+b\n"
        b"--- /dev/null\n+++ b/c.py\n@@ -0,0 +1 @@\n+c\n"
        b"--- a/d.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-d\n"
    )
    files = parse_diff(raw).files
    assert [(file.path, file.status.value, file.error) for file in files] == [
        ("lib/a.py", "modified", ""),
        ("b.py", "modified", ""),
        ("c.py", "added", ""),
        ("d.py", "deleted", ""),
    ]


def test_a_patch_by_mail_with_its_signature() -> None:
    raw = (
        b"From 1234 Mon Sep 17 00:00:00 2001\nSubject: [PATCH] x\n\n--- not a header\n---\n"
        b" x.py | 2 +-\n\n" + git_file("x.py", b"-a\n+b\n") + b"-- \n2.39.5\n\n"
    )
    assert only(raw).error == ""


def test_a_patch_in_crlf_transport() -> None:
    raw = git_file("x.py", b"-a\n+b\n").replace(b"\n", b"\r\n")
    assert (only(raw).path, only(raw).error, only(raw).counts) == ("x.py", "", (1, 1))


def test_a_hunk_without_a_file_is_an_error_of_the_diff() -> None:
    assert parse_diff(b"@@ -1 +1 @@\n-a\n+b\n").errors == ("a hunk belongs to no file",)


@pytest.mark.parametrize("raw", [b"", b"\n", b"no patch at all\n", b"\x00\xff" * 50])
def test_no_diff_is_an_empty_diff(raw: bytes) -> None:
    assert parse_diff(raw).files == ()


def test_ten_megabytes_in_one_line() -> None:
    raw = git_file("x.min.js", b"-a\n+" + b"x" * 10_000_000 + b"\n")
    assert only(raw).counts == (1, 1)


def test_memory_stays_a_small_multiple_of_the_diff() -> None:
    body = b"".join(b"+line %d of the text\n" % n for n in range(250_000))
    raw = git_file("x.txt", b" a\n" + body, 1, 250_001)
    tracemalloc.start()
    diff = parse_diff(raw)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert diff.files[0].error == ""
    assert peak < 4 * len(raw)


def _cpu_s(raw: bytes) -> float:
    start = time.process_time()
    parse_diff(raw)
    return time.process_time() - start


@pytest.mark.parametrize(
    "unit",
    [
        git_file("NAME.py", b"-a\n+b\n"),
        b"diff --git a/NAME b/NAME\n--- a/NAME\n+++ b/NAME\n@@ -1,3 +1,99999 @@\n a\n",
        b"--- a/NAME\n+++ b/NAME\n@@ -1,3 +1,99999 @@\n a\n",
        b"--- NAME\n",
        b"@@ -1 +1 @@\n",
        b'diff --git "a/NAME',
    ],
)
def test_time_grows_linearly(unit: bytes) -> None:
    """Eight times the input in at most 24 times the time: quadratic work would take 64."""

    def repeated(count: int) -> bytes:
        return b"".join(unit.replace(b"NAME", b"n%d" % n) for n in range(count))

    small = min(_cpu_s(repeated(500)) for _ in range(3))
    raw = repeated(4000)
    assert min(_cpu_s(raw) for _ in range(2)) < max(24 * small, 0.2)


lines = st.lists(
    st.tuples(st.sampled_from("+- "), st.text(st.characters(codec="utf-8"), max_size=12)),
    min_size=1,
    max_size=12,
).map(lambda rows: [(mark, text.replace("\n", "")) for mark, text in rows])


@given(st.lists(lines, min_size=1, max_size=4))
@settings(max_examples=150, deadline=None)
def test_unidiff_agrees_on_well_formed_hunks(hunks: list[list[tuple[str, str]]]) -> None:
    raw, old, new = b"", 1, 1
    for rows in hunks:
        removed = sum(mark != "+" for mark, _ in rows)
        added = sum(mark != "-" for mark, _ in rows)
        olds, news = old if removed else old - 1, new if added else new - 1
        raw += f"@@ -{olds},{removed} +{news},{added} @@ x\n".encode()
        raw += "".join(f"{mark}{text}\n" for mark, text in rows).encode()
        old, new = old + removed + 5, new + added + 5
    theirs = [
        (line.line_type, line.source_line_no, line.target_line_no, line.value.removesuffix("\n"))
        for hunk in PatchSet((PLAIN + raw).decode())[0]
        for line in hunk
    ]
    marks = {LineKind.ADDED: "+", LineKind.REMOVED: "-", LineKind.CONTEXT: " "}
    found = only(PLAIN + raw)
    assert found.error == ""
    assert [(marks[line.kind], line.old, line.new, line.text) for line in found.lines()] == theirs
