"""The risk score: within 0..1, explained, and never lowered by adding to a change."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synapse_bot.classifier.load import load_routes
from synapse_bot.classifier.risk import score_risk
from synapse_bot.classifier.table import RiskSignal, Span
from synapse_bot.config.data import data_dir
from synapse_bot.domain.diff import Diff, FileDiff, FileKind, FileStatus, Hunk
from synapse_bot.domain.history import History

SIGNALS = load_routes(data_dir("rules") / "routes.yaml").risk


def file(path: str, lines: int = 1, status: FileStatus = FileStatus.MODIFIED, **k: Any) -> FileDiff:
    body = "\n".join(["+x"] * lines)
    return FileDiff(path, None, status, hunks=(Hunk(1, 0, 1, lines, "", body),), **k)


def test_a_small_change_of_plain_code_is_calm() -> None:
    risk = score_risk(Diff((file("src/app.py", 20),)), SIGNALS)
    assert risk.score == 0.0
    assert risk.reasons == ()


@pytest.mark.parametrize(
    "line",
    [
        '+    cursor.execute(f"SELECT name FROM users WHERE id = {id}")',
        "+  el.innerHTML = comment;",
        "+    return pickle.loads(body)",
        "+    subprocess.run(command, shell=True)",
        "+  const result = await pool.query(query);",
        "+    requests.get(url, verify=False)",
        "-    @login_required",
        "-  if (!user.isAdmin) return;",
    ],
)
def test_a_dangerous_call_and_a_removed_check_raise_the_risk_to_deep(line: str) -> None:
    hunk = Hunk(1, 1, 1, 1, "", f"+x\n{line}\n-y")
    changed = FileDiff("src/a.py", "src/a.py", FileStatus.MODIFIED, hunks=(hunk,))
    risk = score_risk(Diff((changed,)), SIGNALS)
    assert risk.score >= 0.5
    assert "src/a.py:" in risk.reasons[0]


@pytest.mark.parametrize(
    "line",
    ["-    cursor.execute(query)", "+    total = first + second", " @login_required"],
)
def test_what_is_not_added_or_not_dangerous_leaves_the_risk_alone(line: str) -> None:
    hunk = Hunk(1, 1, 1, 1, "", line)
    changed = FileDiff("src/a.py", "src/a.py", FileStatus.MODIFIED, hunks=(hunk,))
    assert score_risk(Diff((changed,)), SIGNALS).score == 0.0


@pytest.mark.parametrize(
    ("changed", "score", "reason"),
    [
        (file("src/billing/run.py"), 0.4, "code that moves money: src/billing/run.py"),
        (file("db/migrations/1.py"), 0.35, "a change of the database: db/migrations/1.py"),
        (file("package.json"), 0.3, "other people's code comes in: package.json"),
        (
            file("tools/run.sh"),
            0.3,
            "a script that runs while building or installing: tools/run.sh",
        ),
        (file("logo.png", binary=True), 0.3, "content that a diff does not show: logo.png"),
        (
            file("x", kind=FileKind.SYMLINK),
            0.3,
            "content that a diff does not show: x",
        ),
        (
            file("run", old_mode="100644", new_mode="100755"),
            0.2,
            "a file becomes executable: run",
        ),
        (file("a.py", error="broken hunk"), 0.6, "a part of the diff could not be read: a.py"),
        (
            file("tests/test_a.py", status=FileStatus.DELETED),
            0.3,
            "a test is deleted: tests/test_a.py",
        ),
        (file("src/a.py", 401), 0.2, "many lines: 401 lines"),
    ],
)
def test_each_signal_counts_and_says_where(changed: FileDiff, score: float, reason: str) -> None:
    risk = score_risk(Diff((changed,)), SIGNALS)
    assert risk.score == score
    assert risk.reasons == (reason,)


def test_many_files_are_a_signal() -> None:
    risk = score_risk(Diff(tuple(file(f"src/f{n}.py") for n in range(21))), SIGNALS)
    assert risk.reasons == ("many files: 21 files",)


def test_a_modified_test_is_no_deleted_one() -> None:
    assert score_risk(Diff((file("tests/test_a.py"),)), SIGNALS).score == 0.0


def test_where_a_renamed_file_came_from_counts() -> None:
    moved = FileDiff("src/x.py", "src/payment/x.py", FileStatus.RENAMED)
    assert score_risk(Diff((moved,)), SIGNALS).reasons == (
        "code that moves money: src/payment/x.py",
    )


def test_signals_join_like_independent_chances_and_the_weightiest_comes_first() -> None:
    signals = (
        RiskSignal("b", "light", 0.2, paths=("*.b",)),
        RiskSignal("a", "heavy", 0.5, paths=("*.a",)),
    )
    risk = score_risk(Diff((file("x.b"), file("x.a"), file("y.a"))), signals)
    assert risk.score == 0.6
    assert risk.reasons == ("heavy: x.a", "light: x.b")


_FILES = st.builds(
    file,
    st.sampled_from(["a.py", "db/migrations/x.sql", "Makefile", "billing/b.go", "docs/d.md"]),
    st.integers(0, 500),
    st.sampled_from(FileStatus),
    kind=st.sampled_from(FileKind),
    binary=st.booleans(),
    error=st.sampled_from(["", "broken"]),
)
_WEIGHTS = st.floats(0, 1)
_SIGNALS = st.lists(
    st.builds(
        RiskSignal, st.text(max_size=3), st.just("w"), _WEIGHTS, st.just(("*.py", "**/*.sql"))
    )
    | st.builds(RiskSignal, st.text(max_size=3), st.just("w"), _WEIGHTS, kinds=st.just(("binary",)))
    | st.builds(RiskSignal, st.text(max_size=3), st.just("w"), _WEIGHTS, lines=st.just(Span(100))),
    max_size=5,
)


@given(st.lists(_FILES, max_size=4), _SIGNALS)
def test_the_score_stays_within_its_scale(files: list[FileDiff], signals: list[RiskSignal]) -> None:
    assert 0.0 <= score_risk(Diff(tuple(files)), signals).score <= 1.0


@given(st.lists(_FILES, max_size=4), _FILES, _SIGNALS)
def test_padding_a_change_never_makes_it_look_safer(
    files: list[FileDiff], more: FileDiff, signals: list[RiskSignal]
) -> None:
    before = score_risk(Diff(tuple(files)), signals).score
    assert score_risk(Diff((*files, more)), signals).score >= before


@given(st.permutations([file("a.py"), file("b.sql"), file("Makefile"), file("c.png", binary=True)]))
def test_the_order_of_files_does_not_matter_to_the_score(files: list[FileDiff]) -> None:
    assert score_risk(Diff(tuple(files)), SIGNALS).score == pytest.approx(
        score_risk(Diff(tuple(sorted(files, key=lambda f: f.path))), SIGNALS).score
    )


def past(**counts: int) -> History:
    """The history of src/a.py."""
    return History(300, **{name: {"src/a.py": count} for name, count in counts.items()})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("history", "reason"),
    [
        (past(fixes=5), "src/a.py (5 fixes in the last 300 commits)"),
        (past(fixed_lines=1), "src/a.py (1 changed lines were written by a fix)"),
        (past(touched=40), "src/a.py (40 of the last 300 commits)"),
        (History(300, owners={"src/a.py": ("@a", "@b", "@c")}), "3 owners"),
    ],
)
def test_what_the_history_tells_raises_the_risk_with_its_reason(
    history: History, reason: str
) -> None:
    diff = Diff((file("src/a.py"),))
    risk = score_risk(diff, SIGNALS, history)
    assert risk.score > score_risk(diff, SIGNALS).score
    assert [text.partition(": ")[2] for text in risk.reasons] == [reason]


def test_a_file_that_is_mended_again_and_again_takes_a_small_change_to_the_deep_route() -> None:
    diff = Diff((file("src/a.py"),))
    risk = score_risk(diff, SIGNALS, past(fixes=5, fixed_lines=2))
    assert risk.score > 0.3


@given(
    st.dictionaries(st.sampled_from(["src/a.py", "b.js", "c.md"]), st.integers(1, 400), max_size=3)
)
def test_knowing_the_history_never_lowers_the_risk(counts: dict[str, int]) -> None:
    diff = Diff((file("src/a.py"), file("b.js"), file("c.md")))
    known = score_risk(diff, SIGNALS, History(300, counts, counts, counts, {}))
    assert known.score >= score_risk(diff, SIGNALS).score
