"""A finding that a person dismissed by a command: out of sight, by our own word for it alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synapse_bot.domain.finding import Finding, Location
from synapse_bot.domain.negotiation import Claim
from synapse_bot.domain.posting import (
    NOWHERE,
    Anchor,
    AnchorKind,
    Answer,
    Comment,
    Dismissal,
    Existing,
    Marker,
    MarkerKind,
)
from synapse_bot.domain.severity import Severity
from synapse_bot.runtime.reconcile import Owner, Scope, dismissals, reconcile

ME = Owner("41", "default")
SCOPE = Scope()


def reply(
    id_: str,
    fingerprint: str,
    word: str = "ignore",
    author: str = "41",
    instance: str = "default",
    reason: str = "accepted",
    created_at: str = "",
) -> Existing:
    answer = Answer(f"issue:{id_}", word, "ada", reason)
    marker = Marker(MarkerKind.REPLY, instance, fingerprint, answer=answer)
    return Existing(id_, author, marker=marker, created_at=created_at)


def thread(id_: str, fingerprint: str, *, resolved: bool = False) -> Existing:
    marker = Marker(MarkerKind.FINDING, "default", fingerprint, ("security:semgrep",))
    by = "41" if resolved else ""
    return Existing(id_, "41", f"t{id_}", marker, line(3), resolved, by)


def line(number: int) -> Anchor:
    return Anchor(AnchorKind.LINE, "a.py", "a.py", line=number)


def want(fingerprint: str, anchor: Anchor | None = None, claim: Claim | None = None) -> Comment:
    return Comment(fingerprint, "text", anchor or line(3), claim)


def test_a_dismissed_finding_is_neither_posted_nor_told_as_open() -> None:
    wanted = [want("a"), want("b"), want("c", NOWHERE)]
    delta = reconcile([reply("1", "a"), reply("2", "c")], wanted, ME, scope=SCOPE)
    assert [comment.fingerprint for comment in delta.new] == ["b"]
    assert not delta.overflow
    assert [waived.fingerprint for waived in delta.waived] == ["a", "c"]


@pytest.mark.parametrize("resolved", [True, False])
def test_its_thread_is_neither_edited_nor_reopened(resolved: bool) -> None:
    existing = [thread("1", "a", resolved=resolved), reply("2", "a")]
    delta = reconcile(existing, [want("a", line(9))], ME, scope=SCOPE)
    assert [pair.existing.id for pair in delta.dismissed] == ["1"]
    assert delta.idle


@pytest.mark.parametrize(
    "other",
    [
        reply("1", "a", author="66"),
        reply("1", "a", author=""),
        reply("1", "a", instance="other"),
        reply("1", "a", word="explain"),
        reply("1", "a", word="help"),
        reply("1", ""),
        Existing("1", "41", marker=Marker(MarkerKind.FINDING, "default", "b")),
    ],
)
def test_nothing_else_dismisses(other: Existing) -> None:
    delta = reconcile([other], [want("a")], ME, scope=SCOPE)
    assert [comment.fingerprint for comment in delta.new] == ["a"]
    assert not delta.waived


def test_the_newest_word_about_a_finding_counts() -> None:
    old = reply("9", "a", created_at="2026-01-01T00:00:00Z")
    new = reply("8", "a", "false-positive", reason="no", created_at="2026-01-02T00:00:00Z")
    said = Dismissal("a", "false-positive", "ada", "no")
    assert dismissals([new, old], ME) == dismissals([old, new], ME) == {"a": said}


def test_a_finding_that_became_a_critical_secret_is_told_again() -> None:
    place = Location("a.py", 1, 1)
    secret = Finding("r", "m", place, Severity.CRITICAL, 0.9, "secrets", "hardcoded-secret")
    wanted = [want("a", claim=Claim(secret, (secret,)))]
    delta = reconcile([reply("1", "a")], wanted, ME, scope=SCOPE)
    assert [comment.fingerprint for comment in delta.new] == ["a"]
    assert not delta.waived


@given(
    st.lists(st.sampled_from("abcdef"), unique=True),
    st.sets(st.sampled_from("abcdef")),
    st.sets(st.sampled_from("abcdef")),
    st.integers(0, 6),
)
def test_every_finding_is_told_exactly_once(
    wanted: list[str], threads: set[str], waived: set[str], cap: int
) -> None:
    existing = [thread(str(n), f) for n, f in enumerate(sorted(threads), 1)]
    existing += [reply(str(n), f) for n, f in enumerate(sorted(waived), 100)]
    delta = reconcile(existing, [want(f) for f in wanted], ME, scope=SCOPE, max_inline=cap)
    told = [c.fingerprint for c in (*delta.new, *delta.overflow)]
    told += [pair.wanted.fingerprint for pair in (*delta.kept, *delta.moved)]
    told += [one.fingerprint for one in delta.waived]
    assert sorted(told) == sorted(wanted)
