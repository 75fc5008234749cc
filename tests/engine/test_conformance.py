"""What every engine holds to, whichever it is: one suite over all of them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.engine.conftest import Died, Plain

KEPT = Plain()


class Effects:
    """Effects that count how often each ran."""

    def __init__(self):
        self.ran = []

    def giving(self, name, value=None, *, after_s=0.0):
        async def effect():
            await asyncio.sleep(after_s)
            self.ran.append(name)
            return name if value is None else value

        return effect


@pytest.fixture
def effects():
    return Effects()


def test_a_step_gives_what_its_effect_gives(lives, effects):
    async def story(engine):
        return await engine.step("a", effects.giving("a", {"b": [1, "ü"]}), KEPT)

    assert lives.live("run", story) == {"b": [1, "ü"]}


def test_after_a_death_what_was_kept_is_given_back_without_its_effect(lives, effects):
    async def story(engine, *, dies=False):
        first = await engine.step("first", effects.giving("first", [1]), KEPT, key="k")
        if dies:
            raise Died
        second = await engine.step("second", effects.giving("second", [2]), KEPT, key="k")
        return first + second, sorted(engine.recalled)

    die(lives, "run", story)
    assert lives.live("run", story) == ([1, 2], ["first"])
    assert effects.ran == ["first", "second"]


def test_a_step_whose_key_has_changed_runs_again_and_it_alone(lives, effects):
    async def story(engine, keys, *, dies=False):
        for name, key in keys.items():
            await engine.step(name, effects.giving(name, f"{name}{key}"), KEPT, key=key)
        if dies:
            raise Died
        return sorted(engine.recalled)

    die(lives, "run", lambda engine, dies: story(engine, {"a": "1", "b": "1"}, dies=dies))
    die(lives, "run", lambda engine, dies: story(engine, {"a": "2", "b": "1"}, dies=dies))
    assert effects.ran == ["a", "b", "a"]
    assert lives.live("run", lambda engine: story(engine, {"a": "2", "b": "1"})) == ["a", "b"]
    assert effects.ran == ["a", "b", "a"]


def test_a_plan_that_changed_between_two_lives_gives_no_step_the_value_of_another(lives, effects):
    async def story(engine, names, *, dies=False):
        steps = (engine.step(name, effects.giving(name), KEPT) for name in names)
        values = await asyncio.gather(*steps)
        if dies:
            raise Died
        return values

    die(lives, "run", lambda engine, dies: story(engine, ["a", "c", "d"], dies=dies))
    assert lives.live("run", lambda engine: story(engine, ["d", "b", "a"])) == ["d", "b", "a"]
    assert sorted(effects.ran) == ["a", "b", "c", "d"]


def test_a_step_that_is_not_kept_runs_in_every_life(lives, effects):
    async def story(engine, *, dies=False):
        await engine.step("read", effects.giving("read"))
        if dies:
            raise Died
        return sorted(engine.recalled)

    die(lives, "run", story)
    assert lives.live("run", story) == []
    assert effects.ran == ["read", "read"]


def test_a_failure_passes_through_and_is_not_kept(lives, effects):
    async def broken():
        effects.ran.append("a")
        raise LookupError("token=ghp_abcdefghijklmnopqrstuvwxyz0123456789")

    async def first(engine, *, dies):
        with pytest.raises(LookupError, match="token="):
            await engine.step("a", broken, KEPT)
        assert engine.timings["a"] >= 0
        if dies:
            raise Died

    async def second(engine):
        return await engine.step("a", effects.giving("a"), KEPT)

    die(lives, "run", first)
    assert lives.live("run", second) == "a"
    assert effects.ran == ["a", "a"]


def test_what_ends_a_run_is_what_its_story_raised(lives):
    async def story(engine):
        await engine.step("a", failing, KEPT)

    async def failing():
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        lives.live("run", story)


def test_a_recalled_step_took_the_time_that_its_effect_took(lives, effects):
    async def story(engine, *, dies=False):
        await engine.step("slow", effects.giving("slow", after_s=0.05), KEPT)
        if dies:
            raise Died
        return dict(engine.timings)

    die(lives, "run", story)
    assert lives.live("run", story)["slow"] >= 0.05


def test_timings_stand_in_the_order_of_their_end(lives, effects):
    async def story(engine):
        await asyncio.gather(
            engine.step("late", effects.giving("late", after_s=0.1), KEPT),
            engine.step("early", effects.giving("early"), KEPT),
        )
        return list(engine.timings)

    assert lives.live("run", story) == ["early", "late"]


def test_steps_side_by_side_get_their_own_values_back_whatever_their_order(lives, effects):
    names = [f"examine:{number}" for number in range(6)]

    async def examine(engine, name, wait_s):
        await asyncio.sleep(wait_s)  # what comes before a step may take its time too
        return await engine.step(name, effects.giving(name, after_s=wait_s / 2), KEPT)

    async def story(engine, waits, *, dies=False):
        chosen = names[:4] if dies else names
        values = await asyncio.gather(
            *(examine(engine, name, waits[name] / 100) for name in chosen)
        )
        if dies:
            raise Died
        return values

    forwards = {name: number for number, name in enumerate(names)}
    backwards = {name: len(names) - number for number, name in enumerate(names)}
    die(lives, "run", lambda engine, dies: story(engine, backwards, dies=dies))
    assert lives.live("run", lambda engine: story(engine, forwards)) == names
    assert sorted(effects.ran) == names


def test_a_name_that_stands_twice_is_refused(lives, effects):
    from synapse_bot.engine.base import StepRepeated

    async def story(engine):
        await asyncio.gather(
            engine.step("a", effects.giving("a"), KEPT),
            engine.step("a", effects.giving("a"), KEPT),
        )

    with pytest.raises(StepRepeated, match="'a' stands twice"):
        lives.live("run", story)
    assert effects.ran in (["a"], [])


def test_runs_at_the_same_time_do_not_mix(lives, effects):
    def story(run):
        async def told(engine):
            return [
                await engine.step(name, effects.giving(name, f"{run}/{name}", after_s=0.01), KEPT)
                for name in ("a", "b", "c")
            ]

        return told

    runs = [f"run{number}" for number in range(5)]
    found = lives.live_together({run: story(run) for run in runs})
    assert found == {run: [f"{run}/{name}" for name in "abc"] for run in runs}
    assert len(effects.ran) == 15


def test_a_cancelled_run_ends_its_running_effect_and_the_processes_of_it(lives):
    begun, seen = threading.Event(), []

    async def story(engine):
        await engine.step("tool", lambda: tool(begun, seen), KEPT)

    lives.live_until_cancelled("run", story, begun)
    assert seen[1:] == ["cancelled"]
    assert_gone(seen[0])


def test_the_engines_time_out_ends_the_running_effect(lives):
    begun, seen = threading.Event(), []

    async def story(engine):
        await engine.step("tool", lambda: tool(begun, seen), KEPT)

    lives.live_within("run", story, 1.0)
    assert seen[1:] == ["cancelled"]
    assert_gone(seen[0])


async def tool(begun, seen):
    """A process with a child of its own, both of one group, which is killed when cancelled."""
    script = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()'])"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, stdin=asyncio.subprocess.PIPE, start_new_session=True
    )
    seen.append(process.pid)
    begun.set()
    try:
        await process.wait()
    except asyncio.CancelledError:
        seen.append("cancelled")
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        raise


def assert_gone(group):
    """The killed processes of ``group`` need a moment to leave the table of the system."""
    for _ in range(100):
        if not members(group):
            return
        time.sleep(0.05)
    pytest.fail(f"alive: {members(group)}")


def members(group):
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _parent, of, *_ = stat.read_text().rpartition(")")[2].split()
            if int(of) == group and state != "Z":
                found.append(stat.parent.name)
    return found


def die(lives, run, story):
    """A life of ``run`` that ends in its process's death."""
    try:
        lives.live(run, lambda engine: story(engine, dies=True))
    except Died:
        return
