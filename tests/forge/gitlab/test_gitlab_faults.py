"""GitLab failing at every request, and a run dying there: one comment a finding after all."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import signal
import time
from typing import Any

import pytest

from synapse_bot.domain.errors import ForgeBusy, ForgeDenied, ForgeFailed, SynapseError
from synapse_bot.domain.posting import Anchor, AnchorKind
from synapse_bot.forge.faults import Fault, FaultKind, Seen

FAULTS = {
    "reset": Fault(FaultKind.RESET),
    "lost": Fault(FaultKind.LOST),
    "half": Fault(FaultKind.HALF),
    "500": Fault(FaultKind.ANSWER, 500, body={"message": "500 Internal Server Error"}),
    "502": Fault(FaultKind.ANSWER, 502, body="<html>Bad gateway</html>"),
    "429": Fault(FaultKind.ANSWER, 429, (("Retry-After", "3"),), "Retry later\n"),
    "409": Fault(FaultKind.ANSWER, 409, body={"message": "409 Conflict"}),
    "403": Fault(FaultKind.ANSWER, 403, body={"message": "403 Forbidden"}),
    "401": Fault(FaultKind.ANSWER, 401, body={"message": "401 Unauthorized"}),
    "404": Fault(FaultKind.ANSWER, 404, body={"message": "404 Not Found"}),
    "page": Fault(FaultKind.ANSWER, 200, body="<html>Please log in</html>"),
}


def _wanted(world: Any, kit: Any, count: int = 3) -> list[Any]:
    anchors = dict(kit.every_line(world.diff()))
    names = ["shop/cart.py:new:5", "shop/gone.py:old:2", "shop/new_name.py:new:11"][:count]
    wanted = [kit.comment(f"f{n}", anchors[name]) for n, name in enumerate(names)]
    return [*wanted, kit.comment("file", Anchor(AnchorKind.FILE, "tail.py", "tail.py"))]


def _prepare(world: Any, wanted: list[Any], drafts: bool) -> None:
    """An older state to work on: one finding to resolve, a summary to edit."""
    world.fake.discussions.clear()
    world.fake.drafts.clear()
    world.fake.features.drafts = drafts
    world.plan.begin()
    world.cycle([*wanted[:1], wanted[-1]], "an older summary")
    world.plan.begin()


def _states(world: Any) -> tuple[list[str], int, int]:
    return world.prints(), len(world.summaries()), len(world.fake.drafts)


def _run(world: Any, wanted: list[Any], attempts: int) -> None:
    with contextlib.suppress(SynapseError):
        world.cycle(wanted, "the new summary", forge=world.forge(attempts=attempts))


@pytest.mark.parametrize("drafts", [True, False], ids=["drafts", "threads"])
def test_death_at_every_request_then_a_rerun_leaves_one_comment_a_finding(
    world: Any, kit: Any, drafts: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    everything = _wanted(world, kit)
    later = everything[:-1]  # "file" is fixed: there is something to resolve as well
    _prepare(world, everything, drafts)
    world.cycle(later, "the new summary")
    requests = len(world.plan.seen)
    points = 0
    for number in range(requests):
        for applied in (False, True):
            _prepare(world, everything, drafts)
            at = {number: Fault(FaultKind.LOST)} if applied else {}
            world.plan.begin(at, dead_from=number + applied)
            _run(world, later, attempts=1)
            world.plan.begin()
            world.cycle(later, "the new summary")
            assert _states(world) == (["f0", "f1", "f2", "file"], 1, 0), (number, applied)
            assert world.summaries()[0].endswith("the new summary")
            world.plan.begin()
            world.cycle(later, "the new summary")
            assert world.writes() == 0, (number, applied)
            points += 1
    with capsys.disabled():
        print(f"\n{points} crash points, 0 duplicates ({'drafts' if drafts else 'threads'})")
    assert points == 2 * requests >= 24


def test_kill_9_at_every_request_then_a_rerun_leaves_one_comment_a_finding(
    world: Any, kit: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    everything = _wanted(world, kit)
    later = everything[:-1]
    _prepare(world, everything, drafts=True)
    world.cycle(later, "the new summary")
    requests = len(world.plan.seen)
    for number in range(requests):
        _prepare(world, everything, drafts=True)
        killed = _run_and_kill(world, later, number)
        assert killed == -signal.SIGKILL
        world.plan.begin()
        world.cycle(later, "the new summary")
        assert _states(world) == (["f0", "f1", "f2", "file"], 1, 0), number
    with capsys.disabled():
        print(f"\n{requests} kills, 0 duplicates")


def _run_and_kill(world: Any, wanted: list[Any], number: int) -> int | None:
    """The exit code of a process that runs a cycle until its request ``number`` arrives."""
    run = multiprocessing.get_context("fork").Process(target=_run, args=(world, wanted, 1))

    def kill(seen: Seen) -> None:
        while run.pid is None:  # the first request may come before start() has returned
            time.sleep(0.001)
        if seen.number == number:
            os.kill(run.pid, signal.SIGKILL)

    world.plan.on_request = kill
    run.start()
    run.join(timeout=30)
    world.plan.on_request = None
    return run.exitcode


@pytest.mark.parametrize("drafts", [True, False], ids=["drafts", "threads"])
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_at_every_request_then_a_rerun_leaves_one_comment_a_finding(
    world: Any, kit: Any, name: str, drafts: bool
) -> None:
    everything = _wanted(world, kit)
    later = everything[:-1]
    _prepare(world, everything, drafts)
    world.cycle(later, "the new summary")
    for number in range(len(world.plan.seen)):
        _prepare(world, everything, drafts)
        world.plan.begin({number: FAULTS[name]})
        _run(world, later, attempts=3)
        prints = world.prints()
        assert len(prints) == len(set(prints)), number
        assert len(world.summaries()) == 1, number
        world.plan.begin()
        world.cycle(later, "the new summary")
        assert _states(world) == (["f0", "f1", "f2", "file"], 1, 0), number


@pytest.mark.parametrize("name", ["reset", "lost", "half", "500", "502", "429"])
def test_one_passing_fault_at_every_request_does_not_fail_the_run(
    world: Any, kit: Any, name: str
) -> None:
    everything = _wanted(world, kit)
    _prepare(world, everything, drafts=True)
    world.cycle(everything[:-1], "the new summary")
    for number in range(len(world.plan.seen)):
        _prepare(world, everything, drafts=True)
        world.plan.begin({number: FAULTS[name]})
        world.cycle(everything[:-1], "the new summary", forge=world.forge(attempts=3))
        assert _states(world) == (["f0", "f1", "f2", "file"], 1, 0), number


def test_retry_after_is_honoured(world: Any, kit: Any) -> None:
    world.plan.begin({0: FAULTS["429"]})
    world.cycle(_wanted(world, kit))
    assert 3 in world.slept


def test_a_limit_beyond_our_patience_is_busy_and_says_until_when(world: Any) -> None:
    world.plan.begin({0: Fault(FaultKind.ANSWER, 429, (("Retry-After", "3600"),), "Retry later")})
    with pytest.raises(ForgeBusy) as busy:
        asyncio.run(world.forge().change())
    assert busy.value.retry_after_s == 3600


@pytest.mark.parametrize(
    ("name", "kind"),
    [("401", ForgeDenied), ("403", ForgeDenied), ("404", ForgeFailed), ("page", ForgeBusy)],
)
def test_a_refusal_is_named_for_what_it_is(world: Any, name: str, kind: type[Exception]) -> None:
    world.plan.begin(dict.fromkeys(range(3), FAULTS[name]))
    with pytest.raises(kind):
        asyncio.run(world.forge().change())


def test_no_error_and_no_place_shows_the_token(world: Any) -> None:
    place = world.place("glpat-secret-token")
    with pytest.raises(ForgeDenied) as denied:
        asyncio.run(world.forge(place=place).change())
    assert "secret-token" not in f"{denied.value} {denied.value.hint} {place!r}"
