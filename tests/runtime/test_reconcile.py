"""Nothing is posted twice, whatever the forge holds and in whatever order it tells."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synapse_bot.domain.change import Change
from synapse_bot.domain.choices import ResolveOutdated, SummaryMode
from synapse_bot.domain.coverage import CoverageState, FileCoverage, SkipReason
from synapse_bot.domain.finding import Finding, Location
from synapse_bot.domain.negotiation import Claim
from synapse_bot.domain.opinion import Failed, FailureKind, Opinion, ToolRun
from synapse_bot.domain.plan import Plan, Rationale
from synapse_bot.domain.posting import (
    NOWHERE,
    Anchor,
    AnchorKind,
    Comment,
    Delta,
    Existing,
    Marker,
    MarkerKind,
    digest_of,
    speakers,
)
from synapse_bot.domain.review import Review, Suppression, Verdict
from synapse_bot.domain.severity import Severity
from synapse_bot.domain.spec import Route
from synapse_bot.runtime.reconcile import Owner, Scope, reconcile, reconcile_summary, scope_of

ME = Owner("41", "default")
BY = ("security:semgrep",)
EVERYTHING = Scope()  # no file has content any more: whatever is gone is fixed


def line(number: int | None, path: str = "a.py") -> Anchor:
    return Anchor(AnchorKind.LINE, path, path, line=number)


def want(fingerprint: str, anchor: Anchor | None = None, body: str = "text") -> Comment:
    return Comment(fingerprint, body, anchor or line(3))


def found(id_: str, fingerprint: str, **more: object) -> Existing:
    marker = Marker(MarkerKind.FINDING, "default", fingerprint, BY)
    values: dict[str, object] = {
        "author_id": "41",
        "thread_id": f"t{id_}",
        "marker": marker,
        "anchor": line(3),
        "digest": digest_of("text"),
        **more,
    }
    return Existing(id_, **values)  # type: ignore[arg-type]


anchors = st.sampled_from([line(3), line(4), Anchor(AnchorKind.FILE, "a.py", "a.py"), NOWHERE])
comments = st.builds(
    want, st.sampled_from("abcdefghijkl"), anchors, body=st.sampled_from(["text", "other"])
)


@st.composite
def forges(draw: st.DrawFn) -> list[Existing]:
    rows = draw(
        st.lists(
            st.tuples(
                st.sampled_from("abcdefghijkl"),
                st.sampled_from(["41", "41", "41", "66", ""]),
                st.sampled_from(["default", "default", "other"]),
                st.sampled_from([line(3), line(9), line(None), None]),
                st.sampled_from([(False, ""), (False, ""), (True, "41"), (True, "7"), (True, "")]),
                st.booleans(),
                st.sampled_from(["text", "old"]),
                st.sampled_from(["", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"]),
            ),
            max_size=14,
        )
    )
    return [
        found(
            str(number),
            fingerprint,
            author_id=author,
            marker=Marker(MarkerKind.FINDING, instance, fingerprint, BY),
            anchor=anchor,
            resolved=resolved[0],
            resolved_by=resolved[1],
            has_human_reply=reply,
            digest=digest_of(body),
            created_at=created,
        )
        for number, (fingerprint, author, instance, anchor, resolved, reply, body, created) in (
            enumerate(rows, start=1)
        )
    ]


def applied(existing: list[Existing], delta: Delta) -> list[Existing]:
    """What a forge that can do everything holds afterwards."""
    ids = count(1000)
    bodies = {pair.existing.id: pair.wanted.body for pair in delta.edits}
    resolved = {one.id for one in delta.resolve}
    reopened = {pair.existing.id for pair in delta.reopen}
    deleted = {one.id for one in delta.duplicates}
    after = []
    for one in existing:
        if one.id in deleted:
            continue
        now = one
        if one.id in bodies:
            now = replace(now, digest=digest_of(bodies[one.id]))
        if one.id in resolved:
            now = replace(now, resolved=True, resolved_by="41")
        if one.id in reopened:
            now = replace(now, resolved=False, resolved_by="")
        after.append(now)
    return after + [
        found(
            str(next(ids)),
            comment.fingerprint,
            anchor=comment.anchor,
            digest=digest_of(comment.body),
            created_at="2026-02-01T00:00:00Z",
        )
        for comment in delta.new
    ]


modes = st.sampled_from(ResolveOutdated)
scopes = st.sampled_from(
    [
        EVERYTHING,
        Scope(whole=False),
        Scope(frozenset({(BY[0], "a.py")}), frozenset({"a.py"})),
        Scope(frozenset(), frozenset({"a.py"})),
    ]
)
wishes = st.lists(comments, max_size=12)


@given(forges(), wishes, modes, scopes, st.integers(0, 9))
def test_a_second_run_has_nothing_to_do(
    existing: list[Existing], wanted: list[Comment], mode: ResolveOutdated, scope: Scope, cap: int
) -> None:
    more = {"scope": scope, "resolve_outdated": mode, "max_inline": cap}
    first = reconcile(existing, wanted, ME, **more)  # type: ignore[arg-type]
    second = reconcile(applied(existing, first), wanted, ME, **more)  # type: ignore[arg-type]
    assert second.idle, second


@given(forges(), wishes, modes, scopes, st.randoms(use_true_random=False))
def test_the_order_of_what_is_there_changes_nothing(
    existing: list[Existing],
    wanted: list[Comment],
    mode: ResolveOutdated,
    scope: Scope,
    random: object,
) -> None:
    shuffled = list(existing)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = (
        reconcile(order, wanted, ME, scope=scope, resolve_outdated=mode)
        for order in (existing, shuffled)
    )
    assert one == other


@given(forges(), wishes, scopes, st.integers(0, 9))
def test_every_finding_is_told_once_and_no_other_comment_is_touched(
    existing: list[Existing], wanted: list[Comment], scope: Scope, cap: int
) -> None:
    delta = reconcile(existing, wanted, ME, scope=scope, max_inline=cap)
    told = [c.fingerprint for c in (*delta.new, *delta.overflow)]
    told += [pair.wanted.fingerprint for pair in (*delta.kept, *delta.moved, *delta.dismissed)]
    assert sorted(told) == sorted({comment.fingerprint for comment in wanted})
    touched = [pair.existing for pair in (*delta.edits, *delta.reopen)]
    touched += [*delta.resolve, *delta.duplicates]
    for one in touched:
        assert one.author_id == "41"
        assert one.marker is not None
        assert one.marker.instance == "default"
    assert not any(one.has_human_reply for one in (*delta.resolve, *delta.duplicates))
    assert all(comment.anchor.kind is not AnchorKind.SUMMARY for comment in delta.new)
    assert len(delta.new) <= cap


def test_new_kept_moved_and_fixed() -> None:
    existing = [found("1", "kept"), found("2", "moved"), found("3", "fixed")]
    wanted = [want("new"), want("kept"), want("moved", line(8), body="text, now on 8")]
    delta = reconcile(existing, wanted, ME, scope=EVERYTHING)
    assert [c.fingerprint for c in delta.new] == ["new"]
    assert [p.existing.id for p in delta.kept] == ["1"]
    assert [p.existing.id for p in delta.moved] == ["2"]
    assert [p.existing.id for p in delta.edits] == ["2"]
    assert [e.id for e in delta.fixed] == [e.id for e in delta.resolve] == ["3"]


def test_a_hostile_copy_of_our_marker_is_not_ours() -> None:
    copies = [found("1", "a", author_id="66"), found("2", "a", author_id="")]
    delta = reconcile(copies, [want("a")], ME, scope=EVERYTHING)
    assert [c.fingerprint for c in delta.new] == ["a"]
    assert reconcile(copies, [], ME, scope=EVERYTHING) == Delta()
    nobody = Owner("", "default")
    assert reconcile(copies, [], nobody, scope=EVERYTHING) == Delta()


@pytest.mark.parametrize("who", ["7", ""])
def test_what_a_person_resolved_stays(who: str) -> None:
    there = found("1", "a", resolved=True, resolved_by=who, digest="old")
    delta = reconcile([there], [want("a")], ME, scope=EVERYTHING)
    assert delta.idle
    assert [pair.existing for pair in delta.dismissed] == [there]


def test_what_we_resolved_is_opened_when_it_is_back() -> None:
    there = found("1", "a", resolved=True, resolved_by="41")
    delta = reconcile([there], [want("a")], ME, scope=EVERYTHING)
    assert [pair.existing.id for pair in delta.reopen] == ["1"]
    assert not delta.new


def test_a_thread_with_a_reply_is_never_resolved() -> None:
    delta = reconcile([found("1", "a", has_human_reply=True)], [], ME, scope=EVERYTHING)
    assert [e.id for e in delta.fixed] == ["1"]
    assert delta.idle


@pytest.mark.parametrize("mode", [ResolveOutdated.OFF, ResolveOutdated.REPORT])
def test_resolving_is_a_choice(mode: ResolveOutdated) -> None:
    delta = reconcile([found("1", "a")], [], ME, scope=EVERYTHING, resolve_outdated=mode)
    assert [e.id for e in delta.fixed] == ["1"]
    assert delta.idle


def test_copies_collapse_to_the_oldest() -> None:
    copies = [found("10", "a"), found("9", "a"), found("11", "a", has_human_reply=True)]
    delta = reconcile(copies, [want("a")], ME, scope=EVERYTHING)
    assert [p.existing.id for p in delta.kept] == ["9"]
    assert [e.id for e in delta.duplicates] == ["10"]


def test_of_copies_the_one_that_a_person_resolved_stays() -> None:
    copies = [found("9", "a"), found("10", "a", resolved=True, resolved_by="7")]
    delta = reconcile(copies, [want("a")], ME, scope=EVERYTHING)
    assert [p.existing.id for p in delta.dismissed] == ["10"]
    assert [e.id for e in delta.duplicates] == ["9"]


def test_the_rest_is_for_the_summary_and_stays_there() -> None:
    wanted = [want("nowhere", NOWHERE), *(want(f"f{n:02}") for n in range(12))]
    first = reconcile([], wanted, ME, scope=EVERYTHING)
    assert [c.fingerprint for c in first.new] == [f"f{n:02}" for n in range(8)]
    assert [c.fingerprint for c in first.overflow] == ["nowhere", "f08", "f09", "f10", "f11"]
    later = [want("worse"), *wanted]
    second = reconcile(applied([], first), later, ME, scope=EVERYTHING)
    assert [c.fingerprint for c in second.new] == ["worse"], "the worst has a comment in any case"


@pytest.mark.parametrize(
    ("scope", "fixed"),
    [
        (Scope(frozenset({(BY[0], "a.py")}), frozenset({"a.py"})), True),
        (Scope(frozenset({("security:ast-grep", "a.py")}), frozenset({"a.py"})), False),
        (Scope(frozenset({(BY[0], "b.py")}), frozenset({"a.py", "b.py"})), False),
        (Scope(present=frozenset({"b.py"})), True),
        (Scope(present=frozenset({"b.py"}), whole=False), False),
        (Scope(hidden=frozenset({"a"})), False),
    ],
)
def test_only_who_looked_again_can_say_fixed(scope: Scope, fixed: bool) -> None:
    delta = reconcile([found("1", "a")], [], ME, scope=scope)
    assert bool(delta.fixed) is bool(delta.resolve) is fixed


def test_a_comment_without_a_place_or_a_speaker_is_never_called_fixed() -> None:
    anonymous = Marker(MarkerKind.FINDING, "default", "b")
    rows = [found("1", "a", anchor=None), found("2", "b", marker=anonymous)]
    scope = Scope(frozenset({(BY[0], "a.py")}), frozenset({"a.py"}))
    assert not reconcile(rows, [], ME, scope=scope).fixed


def test_a_failed_specialist_proves_nothing() -> None:
    run = ToolRun("semgrep", "1", "run", 0.1, 0, 0)
    spoke = Opinion("security", examined=("a.py",), runs=(run,))
    failed = Failed("python-bugs", FailureKind.TIMEOUT, "slow", examined=("a.py",), runs=(run,))
    review = Review(
        id="r",
        change=Change("x"),
        plan=Plan(Route.FAST, Rationale("rule", "why", ()), (), (), 1.0),
        verdict=Verdict.INCOMPLETE,
        reasons=(),
        claims=(),
        outcomes=(spoke, failed),
        coverage=(
            FileCoverage("a.py", CoverageState.REVIEWED),
            FileCoverage("gone.py", CoverageState.SKIPPED, SkipReason.DELETED),
        ),
        suppressions=(Suppression("rule", "a.py", 1, "below min_severity", "f"),),
    )
    assert scope_of(review) == Scope(
        frozenset({("security:semgrep", "a.py")}), frozenset({"a.py"}), True, frozenset({"f"})
    )
    assert not scope_of(review, whole=False).whole


def test_a_claim_and_a_run_name_their_speaker_alike() -> None:
    said = Finding("r", "m", Location("a.py", 1, 1), Severity.LOW, 0.5, "security", "r")
    claim = Claim(said, (replace(said, tool="semgrep"), replace(said, tool="odd tool")))
    assert speakers(claim) == ("security:odd_tool", "security:semgrep")


def summary(id_: str, body: str, **more: object) -> Existing:
    marker = Marker(MarkerKind.SUMMARY, "default")
    return found(id_, "", marker=marker, digest=digest_of(body), **more)


def test_the_summary_is_made_once_and_edited_in_place() -> None:
    assert reconcile_summary([found("1", "a")], "new", ME).edit is None
    two = [summary("3", "x"), summary("2", "new\r\n"), summary("1", "new", author_id="66")]
    delta = reconcile_summary(two, "new", ME)
    assert delta.edit is not None
    assert delta.edit.id == "2"
    assert not delta.stale
    assert [e.id for e in delta.remove] == ["3"]


def test_a_reposted_summary_is_reposted_only_for_something_new() -> None:
    there = [summary("2", "old"), summary("5", "new")]
    same = reconcile_summary(there, "new", ME, SummaryMode.REPOST)
    assert same.edit is not None
    assert (same.edit.id, same.stale, [e.id for e in same.remove]) == ("5", False, ["2"])
    other = reconcile_summary(there, "newer", ME, SummaryMode.REPOST)
    assert (other.edit, [e.id for e in other.remove]) == (None, ["2", "5"])
