"""GitHub failing at every request, and a run dying there: one comment a finding after all."""

from __future__ import annotations

from typing import Any

import pytest

from synapse_bot.domain.errors import ForgeFailed, SynapseError
from synapse_bot.domain.posting import Anchor, AnchorKind
from synapse_bot.forge.faults import Fault, FaultKind

_LIMITED = {"message": "You have exceeded a secondary rate limit."}
FAULTS = {
    "reset": Fault(FaultKind.RESET),
    "lost": Fault(FaultKind.LOST),
    "half": Fault(FaultKind.HALF),
    "slow": Fault(FaultKind.SLOW, delay_s=0.01),
    "500": Fault(FaultKind.ANSWER, 500, body={"message": "Server Error"}),
    "502": Fault(FaultKind.ANSWER, 502, body="<html>Bad gateway</html>"),
    "429": Fault(FaultKind.ANSWER, 429, (("Retry-After", "3"),), {"message": "slow down"}),
    "403-limit": Fault(FaultKind.ANSWER, 403, (("Retry-After", "3"),), _LIMITED),
    "422": Fault(FaultKind.ANSWER, 422, body={"message": "Validation Failed"}),
    "409": Fault(FaultKind.ANSWER, 409, body={"message": "Conflict"}),
    "403": Fault(FaultKind.ANSWER, 403, body={"message": "Resource not accessible"}),
    "401": Fault(FaultKind.ANSWER, 401, body={"message": "Bad credentials"}),
    "404": Fault(FaultKind.ANSWER, 404, body={"message": "Not Found"}),
    "page": Fault(FaultKind.ANSWER, 200, body="<html>Please log in</html>"),
}
_PASSING = {"reset", "lost", "half", "slow", "500", "502", "429", "403-limit", "page"}


def _wanted(world: Any, kit: Any) -> list[Any]:
    anchors = list(world.anchors().values())
    lines = [kit.comment(f"f{n}", anchors[n * 7]) for n in range(4)]
    return [*lines, kit.comment("file", Anchor(AnchorKind.FILE, "tail.py", "tail.py"))]


def _prepare(world: Any, wanted: list[Any]) -> None:
    """An older state to work on: a finding to resolve, one to edit, a summary to edit."""
    fake = world.fake
    tables = (fake.issue_comments, fake.review_comments, fake.reviews, fake.check_runs)
    for rows in (*tables, fake.statuses):
        rows.clear()
    fake.resolved.clear()
    world.plan.begin()
    older = [wanted[0], wanted[-1]]
    world.cycle(older, "an older summary")
    fake.review_comments[0]["body"] += " in older words"
    world.plan.begin()


def _cycle(world: Any, wanted: list[Any]) -> None:
    """A run with its status: three requests of annotations."""
    world.cycle(wanted, "the new summary")
    assert world.status(120)


def _run(world: Any, wanted: list[Any]) -> SynapseError | None:
    try:
        _cycle(world, wanted)
    except SynapseError as error:
        return error
    return None


def _check(world: Any, where: object) -> None:
    assert world.prints() == ["f0", "f1", "f2", "f3", "file"], where
    assert world.summaries() == ["the new summary"], where
    assert len(world.fake.resolved) == 1, where
    if world.fake.statuses:  # checks were refused once: a commit status stands instead
        return
    assert [len(run["_annotations"]) for run in world.fake.check_runs] == [120], where


def test_death_at_every_request_then_a_rerun_leaves_one_comment_a_finding(
    world: Any, kit: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    everything = _wanted(world, kit)
    later = everything[:-1]  # "file" is fixed: a thread to resolve
    _prepare(world, everything)
    _cycle(world, later)
    _check(world, "no fault")
    requests = len(world.plan.seen)
    points = 0
    for number in range(requests):
        for applied in (False, True):
            _prepare(world, everything)
            at = {number: Fault(FaultKind.LOST)} if applied else {}
            world.plan.begin(at, dead_from=number + applied)
            _run(world, later)
            world.plan.begin()
            _cycle(world, later)
            _check(world, (number, applied))
            written = len(world.posts())
            _cycle(world, later)
            assert len(world.posts()) == written, (number, applied)
            points += 1
    with capsys.disabled():
        print(f"\nGitHub: {points} crash points, 0 duplicates")
    assert points == 2 * requests >= 48


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_at_every_request_then_a_rerun_leaves_one_comment_a_finding(
    world: Any, kit: Any, name: str
) -> None:
    everything = _wanted(world, kit)
    later = everything[:-1]
    _prepare(world, everything)
    _cycle(world, later)
    for number in range(len(world.plan.seen)):
        _prepare(world, everything)
        world.plan.begin({number: FAULTS[name]})
        error = _run(world, later)
        world.plan.begin()
        if name in _PASSING:
            assert error is None, (number, error)
            _check(world, (number, "in one run"))
        _cycle(world, later)
        _check(world, number)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("place", ["http://127.0.0.1:9/elsewhere", "/repositories/1"])
def test_a_redirect_is_neither_followed_nor_taken_for_success(
    world: Any, kit: Any, status: int, place: str
) -> None:
    world.cycle([], "an older summary")
    number = len(world.plan.seen)
    world.cycle([], "an older summary")
    reads = len(world.plan.seen) - number
    fault = Fault(FaultKind.ANSWER, status, (("Location", place),), {"message": "Moved"})
    for at in (0, reads + 1):  # a read, and the write of the summary
        world.plan.begin({at: fault})
        with pytest.raises(ForgeFailed, match="has moved"):
            world.cycle([], "the new summary")
        assert len(world.plan.seen) == at + 1
    assert world.summaries() == ["an older summary"]
