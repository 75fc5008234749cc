"""Grounding: a tool's words become a claim about the change, with evidence and identity."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synapse_bot.domain.diff import Diff, FileDiff, FileStatus, Hunk
from synapse_bot.domain.finding import Finding, Placement
from synapse_bot.domain.severity import Severity
from synapse_bot.domain.spec import OutputFormat, OutputSpec
from synapse_bot.specialist.ground import (
    MAX_CODE_CHARS,
    Evidence,
    Grounded,
    PathMap,
    Source,
    ground,
    severity_of_score,
)
from synapse_bot.specialist.output.base import RawFinding
from synapse_bot.specialist.taxonomy import Rule, Ruling, Taxonomy

SPEC = OutputSpec(OutputFormat.JSON, severities={"E": Severity.CRITICAL}, confidences={"sure": 1.0})
TEXT = "one\ntwo\nthree\nfour\nfive\n"
# Line 2 is added, lines 1 and 3 are its context, 4 and 5 are elsewhere in the file.
DIFF = Diff(
    (
        FileDiff(
            "a.py", "a.py", FileStatus.MODIFIED, hunks=(Hunk(1, 2, 1, 3, "", " one\n+two\n three"),)
        ),
    )
)


def grounded(
    *raws: RawFinding, text: str = TEXT, diff: Diff = DIFF, masks: bool = False, **taxonomy: Any
) -> Grounded:
    return ground(
        raws,
        Source("lab", "tool", SPEC, masks),
        names=PathMap.same(["a.py"]),
        diff=diff,
        texts={"a.py": text},
        taxonomy=Taxonomy(**taxonomy),
    )


def one(raw: RawFinding, **given: Any) -> Finding:
    (finding,) = grounded(raw, **given).findings
    return finding


@pytest.mark.parametrize(
    ("start", "end", "placement"),
    [
        (2, 2, Placement.ADDED),
        (1, 5, Placement.ADDED),
        (3, 5, Placement.CONTEXT),
        (4, 5, Placement.FILE),
    ],
)
def test_a_finding_stands_where_its_lines_meet_the_change(
    start: int, end: int, placement: Placement
) -> None:
    assert one(RawFinding("a.py", start, end)).placement is placement


def test_a_file_that_the_change_does_not_touch_is_outside() -> None:
    assert one(RawFinding("a.py", 2), diff=Diff()).placement is Placement.OUTSIDE


@pytest.mark.parametrize(
    ("start", "end", "lines"),
    [(0, 0, (1, 1)), (99, 99, (5, 5)), (4, 2, (4, 4)), (2, 99, (2, 5)), (-3, 2, (1, 2))],
)
def test_lines_are_kept_within_the_file(start: int, end: int, lines: tuple[int, int]) -> None:
    place = one(RawFinding("a.py", start, end)).location
    assert (place.start_line, place.end_line) == lines


def test_the_evidence_is_the_verbatim_source_of_the_lines() -> None:
    assert one(RawFinding("a.py", 2, 3)).code == "two\nthree"
    long = one(RawFinding("a.py", 1, 40), text="x" * 300 + "\n" + "y\n" * 40)
    assert len(long.code) <= MAX_CODE_CHARS
    assert long.code.count("\n") == 11


def test_an_empty_file_can_have_a_finding() -> None:
    assert one(RawFinding("a.py", 1), text="").location.start_line == 1


def test_repeated_lines_have_their_own_fingerprints() -> None:
    first, second = grounded(
        RawFinding("a.py", 1, rule="R"), RawFinding("a.py", 3, rule="R"), text="x = 1\ny\nx = 1\n"
    ).findings
    assert first.code == second.code
    assert first.fingerprint != second.fingerprint


def test_a_shifted_line_is_the_same_finding() -> None:
    before = one(RawFinding("a.py", 2, rule="R", message="old words"))
    after = one(RawFinding("a.py", 4, rule="R", message="new"), text="\n\n" + TEXT)
    assert before.fingerprint == after.fingerprint


def test_the_same_result_twice_is_told_once() -> None:
    raw = RawFinding("a.py", 2, rule="R", message="m")
    assert len(grounded(raw, raw).findings) == 1


def test_the_taxonomys_word_goes_before_the_tools() -> None:
    rule = Rule("sql", "SQL", "injection", (89,), "Bind it.", "https://example.org/sql")
    table = {"exact": {"tool": {"X1": Ruling(rule, Severity.LOW, 0.25)}}}
    finding = one(RawFinding("a.py", 2, rule="X1", severity="E", confidence="sure"), **table)
    assert (finding.rule, finding.family, finding.cwe) == ("sql", "injection", (89,))
    assert (finding.severity, finding.confidence) == (Severity.LOW, 0.25)
    assert (finding.fix, finding.url, finding.message) == (
        "Bind it.",
        "https://example.org/sql",
        "SQL",
    )


@pytest.mark.parametrize(
    ("word", "severity"),
    [
        ("E", Severity.CRITICAL),
        ("e", Severity.CRITICAL),
        ("ERROR", Severity.HIGH),
        ("High", Severity.HIGH),
        ("9.8", Severity.CRITICAL),
        ("0.0", Severity.INFO),
        ("gibberish", SPEC.default_severity),
        ("", SPEC.default_severity),
    ],
)
def test_every_word_for_a_severity_is_one_of_ours(word: str, severity: Severity) -> None:
    assert one(RawFinding("a.py", 2, severity=word)).severity is severity


@pytest.mark.parametrize(
    ("word", "confidence"),
    [("sure", 1.0), ("HIGH", 0.9), ("0.35", 0.35), ("7", 0.7), ("", 0.7), ("nan", 0.7)],
)
def test_every_word_for_a_confidence_is_between_0_and_1(word: str, confidence: float) -> None:
    assert one(RawFinding("a.py", 2, confidence=word)).confidence == confidence


def test_scores_fall_into_githubs_bands() -> None:
    scores = (0.0, 0.1, 3.9, 4.0, 6.9, 7.0, 8.9, 9.0, 10.0)
    assert [str(severity_of_score(s)) for s in scores] == [
        *("info", "low", "low", "medium", "medium", "high", "high", "critical", "critical")
    ]


TOKEN = "ghp_" + "1A2b3C4d5E6f7G8h9I0jK1l2M3n4O5p6Q7r8"


def test_a_masking_specialist_shows_no_secret_anywhere() -> None:
    secret = "correct horse battery staple"
    raw = RawFinding(
        "a.py", 1, rule="R", message=f"found {secret}", code=secret, fix=f"drop {secret}"
    )
    finding = one(raw, text=f"x = '{secret}'\ny\n", masks=True)
    assert secret not in repr(finding)
    assert finding.code == "x = 'corr****'"


def test_a_known_kind_of_secret_is_masked_for_every_specialist() -> None:
    finding = one(RawFinding("a.py", 1, rule="R", message=TOKEN), text=f"t = '{TOKEN}'\n")
    assert TOKEN not in repr(finding)
    assert finding.location.start_line == 1


def test_two_secrets_of_one_shape_stay_two_findings() -> None:
    text = "k = 'alpha-secret-one-12345'\nk = 'alpha-secret-two-67890'\n"
    raws = [
        RawFinding("a.py", n, rule="R", code=line[5:-1])
        for n, line in enumerate(text.splitlines(), 1)
    ]
    first, second = grounded(*raws, text=text, masks=True).findings
    assert first.code == second.code
    assert first.fingerprint != second.fingerprint


def test_a_private_key_over_many_lines_is_masked_line_by_line() -> None:
    key = (
        "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----"
    )
    finding = one(RawFinding("a.py", 2, 5, rule="R", code=key), text=f"x\n{key}\ny\n", masks=True)
    assert "MIIEvQIBADANBgkq" not in finding.code
    assert (finding.location.start_line, finding.location.end_line) == (2, 5)
    assert finding.code.count("\n") == 3


def test_a_url_must_be_plain_https() -> None:
    for url in ("javascript:alert(1)", "http://x.org", "https://x.org/a b", "https://u@x.org/"):
        assert one(RawFinding("a.py", 2, rule="R", url=url)).url == ""
    assert one(RawFinding("a.py", 2, rule="R", url="https://x.org/a#b")).url == "https://x.org/a#b"


def test_bare_carriage_returns_cannot_move_a_finding_off_the_change() -> None:
    # One line of the diff; a tool that ends lines at \r counts ten, and reports line 11.
    text = "a\n" + "# " + "\r# " * 9 + "\neval(x)\nz\nz\nz\nz\nz\nz\nz\nz\nz\n"
    hunk = Hunk(1, 1, 1, 3, "", " a\n+# " + "\r# " * 9 + "\n+eval(x)")
    diff = Diff((FileDiff("a.py", "a.py", FileStatus.MODIFIED, hunks=(hunk,)),))
    finding = one(RawFinding("a.py", 12, 12, rule="R"), text=text, diff=diff)
    assert finding.placement is Placement.ADDED
    assert finding.location.start_line == 3


def test_a_tools_path_leads_back_however_it_is_written(tmp_path: Path) -> None:
    place = tmp_path / "00001" / "a b.py"
    cwd = tmp_path / "cell" / "cwd"
    names = PathMap({"src/ä.py": place}, cwd)
    for name in (
        str(place),
        place.as_uri(),
        "../../00001/a b.py",
        "../../00001/a%20b.py",
        f"{tmp_path}/x/../00001/a b.py",
        f"/private{place}",
    ):
        assert names.path_of(name) == "src/ä.py", name
    for name in ("a b.py", "/etc/passwd", "", "00001", "src/ä.py/x"):
        assert names.path_of(name) is None, name
    assert names.plain(f"in {place}: {cwd}/x") == "in src/ä.py: ./x"


@settings(max_examples=60, deadline=None)
@given(
    text=st.text(alphabet="ab \r\n\t'\"=", max_size=60),
    start=st.integers(-5, 80),
    end=st.integers(-5, 80),
    code=st.text(alphabet="ab\n", max_size=12),
)
def test_any_result_is_placed_inside_the_file(text: str, start: int, end: int, code: str) -> None:
    finding = one(RawFinding("a.py", start, end, rule="R", code=code), text=text, masks=True)
    place = finding.location
    assert 1 <= place.start_line <= place.end_line <= text.count("\n") + 1
    assert len(Evidence(text).lines) == text.count("\n") + 1
