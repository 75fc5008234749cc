"""The pure rules of a breaker."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from synapse_bot.domain.breaker import (
    Admission,
    Breaker,
    BreakerState,
    Lease,
    Lesson,
    Settings,
    admit,
    learn,
    state_of,
)

KEY = "provider:openai"
PLAIN = Settings(jitter=0.0)
CAREFUL = replace(PLAIN, careful=True)
NOW = 1_000_000.0


def after(
    *lessons: Lesson, breaker: Breaker | None = None, settings: Settings = PLAIN, at: float = NOW
) -> Breaker:
    """``breaker`` after calls one after the other, each of which was admitted."""
    breaker = breaker or Breaker(KEY)
    for lesson in lessons:
        breaker, admission = admit(breaker, settings, at, Lease("me", at + 60))
        assert admission in (Admission.FREE, Admission.LEASED)
        breaker = learn(breaker, settings, at, "me", lesson, why="500")
    return breaker


F, OK, NIL = Lesson.FAILED, Lesson.ANSWERED, Lesson.NOTHING


def test_five_failures_open_it_and_four_do_not() -> None:
    assert state_of(after(F, F, F, F), NOW) is BreakerState.CLOSED
    opened = after(F, F, F, F, F)
    assert state_of(opened, NOW) is BreakerState.OPEN
    assert opened.retry_at == NOW + 30
    assert opened.why == "500"


def test_a_rate_of_half_opens_it_although_no_two_calls_in_a_row_failed() -> None:
    assert after(F, OK, F, OK, F).openings == 1


def test_a_rate_below_the_threshold_does_not_open_it() -> None:
    assert after(F, OK, OK, F, OK, OK, F, OK, OK, F, OK, OK).openings == 0


def test_after_any_number_of_successes_five_failures_in_a_row_open_it() -> None:
    healthy = after(*[OK] * 50, settings=CAREFUL)
    assert after(F, F, F, F, breaker=healthy, settings=CAREFUL).openings == 0
    assert after(F, F, F, F, F, breaker=healthy, settings=CAREFUL).openings == 1


def test_failures_older_than_the_window_are_forgotten() -> None:
    old = after(F, F, F, F)
    assert after(F, breaker=old, at=NOW + 299).openings == 1
    assert after(F, breaker=old, at=NOW + 301).openings == 0


def test_what_says_nothing_changes_nothing() -> None:
    assert after(NIL, NIL, NIL, NIL, NIL) == Breaker(KEY)


def test_successes_before_any_failure_leave_nothing_to_keep() -> None:
    assert after(OK, OK, OK) == Breaker(KEY)


def test_an_open_one_refuses_until_its_pause_is_over_and_then_admits_one() -> None:
    opened = after(F, F, F, F, F)
    assert admit(opened, PLAIN, NOW + 29.9, Lease("a", NOW + 60))[1] is Admission.REFUSED
    probing, first = admit(opened, PLAIN, NOW + 30, Lease("a", NOW + 60))
    _, second = admit(probing, PLAIN, NOW + 31, Lease("b", NOW + 61))
    assert (first, second) == (Admission.LEASED, Admission.REFUSED)


def test_each_failed_probe_doubles_the_pause_up_to_the_cap() -> None:
    breaker, now, pauses = after(F, F, F, F, F), NOW, []
    for _ in range(7):
        pauses.append(breaker.retry_at - now)
        now = breaker.retry_at
        breaker = after(F, breaker=breaker, at=now)
    assert pauses == [30, 60, 120, 240, 480, 600, 600]


def test_a_probe_that_succeeds_closes_it_and_the_next_pause_is_the_first_again() -> None:
    opened = after(F, F, F, F, F)
    closed = after(OK, breaker=opened, at=opened.retry_at)
    assert state_of(closed, opened.retry_at) is BreakerState.CLOSED
    assert not closed.has_failed
    again = after(F, F, F, F, F, breaker=closed, at=NOW + 1000)
    assert again.retry_at == NOW + 1030


def test_a_probe_that_says_nothing_gives_its_place_to_the_next() -> None:
    opened = after(F, F, F, F, F)
    left = after(NIL, breaker=opened, at=opened.retry_at)
    assert admit(left, PLAIN, opened.retry_at, Lease("b", NOW + 90))[1] is Admission.LEASED


def test_a_probe_whose_process_died_does_not_hold_the_place_for_ever() -> None:
    opened = after(F, F, F, F, F)
    probing, _ = admit(opened, PLAIN, NOW + 30, Lease("dead", NOW + 60))
    assert admit(probing, PLAIN, NOW + 59, Lease("b", NOW + 90))[1] is Admission.REFUSED
    assert admit(probing, PLAIN, NOW + 61, Lease("b", NOW + 90))[1] is Admission.LEASED


def test_a_late_answer_to_a_call_of_earlier_times_neither_closes_nor_prolongs_it() -> None:
    opened = after(F, F, F, F, F)
    for lesson in (OK, F):
        assert learn(opened, PLAIN, NOW + 1, "earlier", lesson) == opened
        assert learn(opened, PLAIN, NOW + 31, "earlier", lesson) == opened


def test_a_careful_one_admits_at_once_no_more_than_would_open_it() -> None:
    breaker, said = Breaker(KEY), []
    for number in range(7):
        breaker, admission = admit(breaker, CAREFUL, NOW, Lease(f"{number}", NOW + 60))
        said.append(admission)
    assert said == [Admission.LEASED] * 5 + [Admission.WAIT] * 2


def test_a_careful_one_with_failures_admits_only_as_many_as_are_left() -> None:
    breaker = after(F, F, F, settings=CAREFUL)
    breaker, first = admit(breaker, CAREFUL, NOW, Lease("a", NOW + 60))
    breaker, second = admit(breaker, CAREFUL, NOW, Lease("b", NOW + 60))
    _, third = admit(breaker, CAREFUL, NOW, Lease("c", NOW + 60))
    assert (first, second, third) == (Admission.LEASED, Admission.LEASED, Admission.WAIT)


def test_a_careful_one_that_has_just_succeeded_admits_all() -> None:
    breaker = after(F, F, OK, settings=CAREFUL)
    for number in range(50):
        breaker, admission = admit(breaker, CAREFUL, NOW, Lease(f"{number}", NOW + 60))
        assert admission is Admission.FREE


@given(chance=st.floats(0, 1), jitter=st.floats(0, 0.9), openings=st.integers(0, 2000))
def test_a_pause_is_within_its_jitter_however_often_it_has_opened(
    chance: float, jitter: float, openings: int
) -> None:
    settings = replace(PLAIN, jitter=jitter)
    breaker = Breaker(KEY, openings=openings, leases=(Lease("me", NOW + 1),))
    known = after(F, F, F, F).calls
    if not openings:
        breaker = replace(breaker, calls=known)
    opened = learn(breaker, settings, NOW, "me", F, chance=chance)
    base = min(30.0 * 2 ** min(openings, 30), 600.0)
    pause = opened.retry_at - NOW
    assert base * (1 - jitter) - 1e-3 <= pause <= base * (1 + jitter) + 1e-3


@given(st.lists(st.tuples(st.sampled_from(list(Lesson)), st.floats(0, 120)), max_size=60))
def test_failures_less_than_a_pause_apart_never_come_six_in_a_row(
    outcomes: list[tuple[Lesson, float]],
) -> None:
    breaker, now, in_a_row = Breaker(KEY), NOW, 0
    for lesson, later in outcomes:
        now += later
        breaker, admission = admit(breaker, CAREFUL, now, Lease("me", now + 60))
        if admission is Admission.REFUSED:
            in_a_row = 0
            continue
        breaker = learn(breaker, CAREFUL, now, "me", lesson)
        before = in_a_row if later < PLAIN.first_pause_s else 0
        in_a_row = before + 1 if lesson is F else before if lesson is NIL else 0
        assert in_a_row <= 5
