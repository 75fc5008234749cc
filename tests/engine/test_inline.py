"""InlineEngine: steps run at once, are timed, and have names of their own."""

from __future__ import annotations

import asyncio

import pytest

from synapse_bot.domain.errors import RunOutdated
from synapse_bot.domain.workflow import Recorded
from synapse_bot.engine.base import StepRepeated
from synapse_bot.engine.inline import InlineEngine


def ticking():
    """A clock that goes on by one second with each look."""
    seconds = iter(range(100))
    return lambda: float(next(seconds))


async def value(result):
    return result


def test_a_step_gives_what_its_effect_gives():
    assert asyncio.run(InlineEngine().step("a", lambda: value(7))) == 7


def test_each_step_is_timed_in_the_order_of_its_end():
    engine = InlineEngine(clock=ticking())

    async def story():
        async def outer():
            await engine.step("inner", lambda: value(1))

        await engine.step("outer", outer)

    asyncio.run(story())
    assert list(engine.timings.items()) == [("inner", 1.0), ("outer", 3.0)]


def test_an_exception_passes_and_its_time_counts():
    engine = InlineEngine(clock=ticking())

    async def broken():
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        asyncio.run(engine.step("a", broken))
    assert engine.timings == {"a": 1.0}


def test_a_cancelled_step_is_timed_too():
    engine = InlineEngine()

    async def story():
        async with asyncio.timeout(0.01):
            await engine.step("slow", lambda: asyncio.sleep(5))

    with pytest.raises(TimeoutError):
        asyncio.run(story())
    assert list(engine.timings) == ["slow"]


@pytest.mark.parametrize("at_once", [True, False])
def test_a_name_stands_once_even_for_steps_side_by_side(at_once):
    engine = InlineEngine()
    ran = []

    async def effect():
        ran.append(1)
        await asyncio.sleep(0)

    async def story():
        steps = [engine.step("a", effect), engine.step("a", effect)]
        if at_once:
            return await asyncio.gather(*steps)
        return [await step for step in steps]

    with pytest.raises(StepRepeated, match="'a' stands twice"):
        asyncio.run(story())
    assert ran == [1]


def test_timings_cannot_be_changed_from_outside():
    with pytest.raises(TypeError):
        InlineEngine().timings["a"] = 1.0


def test_what_is_recorded_in_another_form_is_neither_taken_nor_done_anew():
    class Numbers:
        def encode(self, number):
            return number

        def decode(self, data):
            return int(data)

    class Kept:
        def steps(self, run):
            return {"a": Recorded("", "no number", 1.0)}

    engine = InlineEngine(Kept(), "run", resumed=True)
    with pytest.raises(RunOutdated, match="the step a of the run run"):
        asyncio.run(engine.step("a", lambda: value(1), Numbers()))
