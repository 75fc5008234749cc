"""One glob dialect for the whole product."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synapse_bot.domain.globs import any_match, any_of, first_match, glob_fault, matches


@pytest.mark.parametrize(
    ("glob", "path", "expected"),
    [
        ("*.py", "a.py", True),
        ("*.py", "deep/down/a.py", True),
        ("*.py", "a.pyc", False),
        ("*.py", "a.PY", False),
        ("/setup.py", "setup.py", True),
        ("/setup.py", "pkg/setup.py", False),
        ("src/*.py", "src/a.py", True),
        ("src/*.py", "src/sub/a.py", False),
        ("src/**/*.py", "src/a.py", True),
        ("src/**/*.py", "src/x/y/a.py", True),
        ("src/**/*.py", "other/src/a.py", False),
        ("**/auth/**", "auth/login.py", True),
        ("**/auth/**", "a/b/auth/c/d.py", True),
        ("**/auth/**", "a/author/c.py", False),
        ("**/auth/**", "auth", False),
        ("docs/", "docs/a/b.md", True),
        ("docs/", "pkg/docs/b.md", True),
        ("docs/", "docs", False),
        ("a/**/b/**/c", "a/b/c", True),
        ("a/**/b/**/c", "a/x/b/y/z/c", True),
        ("a/**/b/**/c", "a/x/y/c", False),
        ("**", "anything/at/all", True),
        ("?.c", "a.c", True),
        ("?.c", "ab.c", False),
        ("[a-c]*.h", "b1.h", True),
        ("[!a-c]*.h", "b1.h", False),
        ("[!a]b", "/b", False),
        ("*.{yml,yaml}", "x/y.yaml", True),
        ("{src,lib}/**/*.{js,ts}", "lib/a/b.ts", True),
        ("{a,b{c,d}}.x", "bd.x", True),
        (r"\*.py", "*.py", True),
        (r"\*.py", "a.py", False),
        ("a*b*c*d", "axxbxxcxxd", True),
        ("a*b*c*d", "axxcxxbxxd", False),
        ("*b*bc", "abbc", True),
        ("Makefile", "x/Makefile", True),
        ("Makefile", "Makefile/x", False),
        ("a.b", "axb", False),
        ("*", "top/file", True),
        ("name\nwith newline", "x/name\nwith newline", True),
        ("*.py", "new\nline.py", True),
    ],
)
def test_what_a_glob_names(glob: str, path: str, expected: bool) -> None:
    assert matches(glob, path) is expected


@pytest.mark.parametrize(
    ("glob", "why"),
    [
        ("", "empty"),
        ("a**b", "stand alone"),
        ("[abc", "never closed"),
        ("{a,b", "never closed"),
        ("a}b", "without"),
        ("a//b", "two slashes"),
        ("../x", "no path"),
        ("./x", "no path"),
        (".", "no path"),
        ("!x", "exclude"),
        ("x\\", "escapes nothing"),
        ("[z-a]", "bad class"),
        ("[!]", "empty class"),
        ("a\0", "NUL"),
        ("x" * 501, "longer"),
        ("{a,b}" * 8, "more than 64"),
    ],
)
def test_a_malformed_glob_says_why(glob: str, why: str) -> None:
    assert why in glob_fault(glob)
    with pytest.raises(ValueError, match=why):
        matches(glob, "x")


def test_the_first_glob_in_order_wins() -> None:
    assert first_match(["*.md", "docs/**"], "docs/a.md") == "*.md"
    assert first_match(["*.py"], "a.md") is None
    assert not any_match([], "a.md")


@pytest.mark.parametrize(
    ("glob", "path"),
    [
        ("**/*a*a*a*a*a*a*a*a*b", "a" * 100_000),
        ("**/a/**/a/**/a/**/a/**/b", "a/" * 50_000),
        ("**/*a/**/*a/**/*a/**/*a/**/b", "a/" * 50_000 + "c"),
        ("*a?a?a?a?a?b", "a" * 100_000),
    ],
)
def test_a_hostile_path_takes_linear_time(glob: str, path: str) -> None:
    started = time.process_time()
    assert not matches(glob, path)
    assert time.process_time() - started < 2  # a backtracking matcher takes hours


_PART = st.text(st.sampled_from("ab.*?"), min_size=1, max_size=4).filter(lambda p: "**" not in p)


def _reference(glob: list[str], path: list[str]) -> bool:
    """The definition, spelled out: exponential, and right."""
    if not glob:
        return not path
    if glob[0] == "**":
        rest = glob[1:]
        starts = range(len(path) if rest == [] else len(path) + 1)
        if not rest:
            return bool(path)
        return any(_reference(rest, path[i:]) for i in starts)
    return bool(path) and _part(glob[0], path[0]) and _reference(glob[1:], path[1:])


def _part(glob: str, text: str) -> bool:
    if not glob:
        return not text
    if glob[0] == "*":
        return any(_part(glob[1:], text[i:]) for i in range(len(text) + 1))
    return bool(text) and glob[0] in ("?", text[0]) and _part(glob[1:], text[1:])


@given(
    st.lists(st.one_of(st.just("**"), _PART), min_size=2, max_size=5),
    st.lists(st.text("ab.", min_size=1, max_size=4), min_size=1, max_size=5),
)
def test_the_fast_matcher_agrees_with_the_definition(glob: list[str], path: list[str]) -> None:
    text = "/".join(glob)
    if glob_fault(text):
        return
    collapsed = [part for i, part in enumerate(glob) if part != "**" or glob[i - 1 : i] != ["**"]]
    assert matches(text, "/".join(path)) is _reference(collapsed, path)


_GLOB = st.one_of(
    st.sampled_from(["a/", "{a,b.}/", "/a/", "a/b/", "a.b", "*.a", "*", "?b", "**/a/*", "[ab]*"]),
    st.lists(_PART, min_size=1, max_size=3).map("/".join),
)


@given(
    st.lists(_GLOB, max_size=6),
    st.lists(st.text("ab.", min_size=1, max_size=4), min_size=1, max_size=4),
)
def test_many_globs_made_into_one_test_agree_with_each_of_them(
    globs: list[str], path: list[str]
) -> None:
    sound = tuple(glob for glob in globs if not glob_fault(glob))
    assert any_of(sound)("/".join(path)) is any_match(sound, "/".join(path))
