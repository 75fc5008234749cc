"""Patterns of a declaration meet text of a stranger: none may explode."""

from __future__ import annotations

import re
import time

import pytest

from synapse_bot.config.patterns import pattern_fault

EXPLOSIVE = [
    ("(a+)+$", "a"),
    ("(a*)*$", "a"),
    ("(a+?)+?$", "a"),
    ("(?:a|aa)+$", "a"),
    ("(?:a|a)*$", "a"),
    ("(a|ab?b?)*$", "ab"),
    ("(aa*)*$", "a"),
    ("(?:a{1,2})+$", "a"),
    ("(?:a?a)*$", "a"),
    ("((?:ab)*|b)*$", "ab"),
    (r"(?:\w+\s?)*$", "a"),
    (r"(?:[a-c]+[b-d]?)*$", "b"),
    (r"(?P<path>(?:[^:]+)*):(?P<line>\d+)$", "a"),
    ("(?:(?:a+)b?){10,20}$", "a"),
]
FINE = [
    r"^(?P<path>[^:]+):(?P<line>\d+):(?:(?P<column>\d+):)? (?P<message>.*)$",
    r"(?P<rule>[A-Z]+\d+(?:,[A-Z]+\d+)*)",
    r"(?:/[^/:]+)+",
    r"(?:\.\w+)*",
    r"(?:a++)+",
    r"(?>a+)+",
    r"(?:\d{3}-)+",
    r"(?:error|warning|note)+",
    r"(?:\d{1,3}\.){3}\d{1,3}",
    r"(?P<message>.*?)(?: \((?P<rule>[\w-]+)\))?$",
    r"(?=x)a*|b*",
]


@pytest.mark.parametrize("pattern", [pattern for pattern, _ in EXPLOSIVE])
def test_a_repeated_group_with_turns_of_different_length_is_refused(pattern: str) -> None:
    assert "exponential" in pattern_fault(pattern)


@pytest.mark.parametrize("pattern", FINE)
def test_what_linters_need_is_taken_and_is_fast(pattern: str) -> None:
    assert pattern_fault(pattern) == ""
    compiled = re.compile(pattern)
    started = time.process_time()
    for text in ("a" * 2000, "a,b/c.d:1:" * 200, "/" * 2000, ".a" * 1000, "errornote" * 200):
        compiled.search(text + "\n!")
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("(", "missing ), unterminated subpattern at character 1"),
        ("a**", "multiple repeat at character 3"),
        ("[z-a]", "bad character range z-a at character 2"),
        ("(?P<a>x)(?P<a>y)", "redefinition of group name"),
        ("x" * 1001, "longer than 1000"),
        ("a{99999999999999}", "too large"),
    ],
)
def test_a_broken_pattern_says_where(pattern: str, words: str) -> None:
    assert words in pattern_fault(pattern)
