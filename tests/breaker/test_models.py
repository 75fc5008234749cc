"""Models behind breakers: the official SDKs, and a server on loopback that is down."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from synapse_bot.breaker.guard import Guard
from synapse_bot.domain.breaker import BreakerState, Lesson, state_of
from synapse_bot.llm.base import Message, ModelRequest, Role
from synapse_bot.llm.endpoint import Secret, Wire
from synapse_bot.llm.errors import AnswerLate, BreakerOpen, ModelBusy, ModelDenied, ModelFailed
from synapse_bot.llm.fake_server import FakeServer, Say, serving
from synapse_bot.llm.fake_shapes import SHAPES
from synapse_bot.llm.fallback import FallbackModel
from synapse_bot.llm.limits import Limiter
from synapse_bot.llm.open import endpoint_of, open_model
from synapse_bot.llm.price import Catalogue
from synapse_bot.llm.remote import Patience, RemoteModel
from synapse_bot.wiring.models import load_catalogue
from tests.breaker.conftest import REMOTE, Clock, guard_of, in_folder, in_memory

NAMES = {Wire.OPENAI: "openai/gpt-6.2-sol", Wire.ANTHROPIC: "anthropic/claude-sonnet-5-5"}
KEYS = {wire: f"provider:{wire.value}" for wire in Wire}
REQUEST = ModelRequest(
    system="You review.",
    messages=(Message(Role.USER, "Is it right?"),),
    schema={
        "type": "object",
        "properties": {"ok": {"type": "boolean"}},
        "required": ["ok"],
        "additionalProperties": False,
    },
    schema_name="answer",
    max_output_tokens=50,
    timeout_s=20.0,
)
HASTY = Patience(attempts=4, first_s=0.001, longest_s=0.01)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with serving() as found:
        yield found


@pytest.fixture(params=list(Wire), ids=lambda wire: wire.value)
def wire(request: pytest.FixtureRequest) -> Wire:
    found: Wire = request.param
    return found


Open = Callable[..., RemoteModel]


@pytest.fixture
def opened(server: FakeServer, catalogue: Catalogue) -> Open:
    def opened(
        wire: Wire, guard: Guard, limiter: Limiter | None = None, base_url: str = ""
    ) -> RemoteModel:
        url = base_url or server.url + ("/v1" if wire is Wire.OPENAI else "")
        key = Secret("sk-planted-0123456789abcdef")
        endpoint = endpoint_of(NAMES[wire], catalogue, key=key, base_url=url)
        return open_model(endpoint, catalogue, limiter or Limiter(), HASTY, guard)

    return opened


def good(wire: Wire) -> Say:
    return SHAPES[wire].answer('{"ok": true}', SHAPES[wire].whole)


def fault(status: int) -> Say:
    return Say(status, b'{"error": {"type": "server_error", "message": "it is down"}}')


def run(model: RemoteModel | list[RemoteModel], story: Coroutine[Any, Any, Any]) -> Any:
    async def main() -> Any:
        try:
            return await story
        finally:
            for one in model if isinstance(model, list) else [model]:
                await one.aclose()

    return asyncio.run(main())


async def outcome(model: RemoteModel | FallbackModel, **changes: Any) -> object:
    """The reply, or the error."""
    try:
        return await model.ask(replace(REQUEST, **changes))
    except ModelBusy as error:
        return error


def test_a_provider_that_answers_500_for_30_s_is_called_five_times_then_not_then_probed_once(
    wire: Wire, server: FakeServer, opened: Open, clock: Clock
) -> None:
    guard = guard_of(in_memory(), clock)
    model = opened(wire, guard)
    server.script = [fault(500)]

    async def story() -> None:
        for _ in range(3):  # each question is tried four times
            await outcome(model)
        assert len(server.heard) == 5
        for _ in range(60):
            clock.forward(0.49)  # 29.4 s
            assert isinstance(await outcome(model), BreakerOpen)
        assert len(server.heard) == 5
        clock.forward(1.0)
        said = await asyncio.gather(*(outcome(model) for _ in range(4)))
        assert len(server.heard) == 6  # one probe
        assert all(isinstance(one, ModelBusy) for one in said)
        clock.forward(59.0)  # the pause has doubled
        await outcome(model)
        assert len(server.heard) == 6
        server.script = [good(wire)]
        clock.forward(2.0)
        assert not isinstance(await outcome(model), ModelBusy)
        said = await asyncio.gather(*(outcome(model) for _ in range(8)))
        assert not any(isinstance(one, ModelBusy) for one in said)
        assert len(server.heard) == 7 + 8

    run(model, story())


def test_ten_questions_at_once_of_two_workers_make_no_more_than_five_calls(
    wire: Wire, server: FakeServer, opened: Open, clock: Clock, tmp_path: Path
) -> None:
    first = guard_of(in_folder(tmp_path), clock)
    first.learn("provider:other", "", Lesson.FAILED, "")  # the state exists: both share it
    models = [opened(wire, guard_of(in_folder(tmp_path), clock), Limiter(20)) for _ in range(2)]
    server.script = [replace(fault(500), before_s=0.05)]

    async def story() -> None:
        said = await asyncio.gather(*(outcome(m) for m in models for _ in range(5)))
        assert all(isinstance(one, ModelBusy) for one in said)
        assert len(server.heard) == 5

    run(models, story())


def test_a_healthy_provider_is_asked_by_all_at_once(
    wire: Wire, server: FakeServer, opened: Open, clock: Clock
) -> None:
    model = opened(wire, guard_of(in_memory(), clock), Limiter(20))
    server.script = [replace(good(wire), before_s=0.2)]

    async def story() -> None:
        await model.ask(REQUEST)
        await asyncio.gather(*(model.ask(REQUEST) for _ in range(12)))
        assert server.most_at_once == 12

    run(model, story())


def test_the_next_model_is_asked_at_once_and_nothing_of_the_open_one(
    server: FakeServer, opened: Open, clock: Clock
) -> None:
    guard = guard_of(in_memory(), clock)
    down, up = opened(Wire.OPENAI, guard), opened(Wire.ANTHROPIC, guard)
    both = FallbackModel(down, up)
    server.script = lambda heard: (
        fault(503) if heard.target.endswith("completions") else good(Wire.ANTHROPIC)
    )

    async def story() -> None:
        replies = [await both.ask(REQUEST) for _ in range(6)]
        assert {reply.model for reply in replies} == {NAMES[Wire.ANTHROPIC]}
        assert "503" in replies[0].stands_in
        assert "provider:openai keeps failing" in replies[-1].stands_in
        of_down = [one for one in server.heard if one.target.endswith("completions")]
        assert len(of_down) == 5

    run([down, up], story())


def test_the_error_says_which_breaker_until_when_and_why(
    server: FakeServer, opened: Open, clock: Clock
) -> None:
    model = opened(Wire.OPENAI, guard_of(in_memory(), clock))
    server.script = [fault(500)]

    async def story() -> object:
        await outcome(model)
        await outcome(model)
        return await outcome(model)

    said = run(model, story())
    assert isinstance(said, BreakerOpen)
    assert "provider:openai" in str(said)
    assert "it is down" in str(said)
    assert "breakers list" in said.hint
    assert said.usage is not None
    assert said.usage.tokens == 0


@pytest.mark.parametrize("status", [400, 401, 404, 409, 413, 422, 429])
def test_a_provider_that_rejects_us_is_well(
    status: int, server: FakeServer, opened: Open, clock: Clock
) -> None:
    guard = guard_of(in_memory(), clock)
    model = opened(Wire.OPENAI, guard)
    server.script = [fault(status)]

    async def story() -> None:
        for _ in range(8):
            with pytest.raises((ModelBusy, ModelDenied, ModelFailed)) as raised:
                await model.ask(REQUEST)
            assert not isinstance(raised.value, BreakerOpen)

    run(model, story())
    assert all(not breaker.has_failed for breaker in guard.breakers.all())


@pytest.mark.parametrize(
    "say", [Say(200, b'{"choices": [{"message": {"content": "no json"}}]}'), Say(200, b"<html>")]
)
def test_an_answer_that_nobody_can_use_is_no_failure_of_the_provider(
    say: Say, server: FakeServer, opened: Open, clock: Clock
) -> None:
    guard = guard_of(in_memory(), clock)
    model = opened(Wire.OPENAI, guard)
    server.script = [say]

    async def story() -> None:
        for _ in range(8):
            with contextlib.suppress(ModelFailed):
                await model.ask(REQUEST)

    run(model, story())
    assert all(not breaker.has_failed for breaker in guard.breakers.all())


@pytest.mark.parametrize(
    "say", [fault(500), fault(502), fault(529), Say(200, b"{", declared=900), fault(408)]
)
def test_a_server_that_breaks_is_a_failure(
    say: Say, server: FakeServer, opened: Open, clock: Clock
) -> None:
    guard = guard_of(in_memory(), clock)
    model = opened(Wire.OPENAI, guard)
    server.script = [say]
    run(model, _twice(model))
    assert [b.openings for b in guard.breakers.all()] == [1, 1]
    assert len(server.heard) == 5


def test_a_place_where_nobody_listens_is_a_failure(opened: Open, clock: Clock) -> None:
    guard = guard_of(in_memory(), clock)
    model = opened(Wire.OPENAI, guard, base_url="http://127.0.0.1:9/v1")
    run(model, _twice(model))
    assert {state_of(b, clock()) for b in guard.breakers.all()} == {BreakerState.OPEN}


@pytest.mark.parametrize(("fair_s", "failures"), [(0.0, 1), (60.0, 0)])
def test_an_answer_that_does_not_come_is_a_failure_if_it_had_a_fair_time(
    fair_s: float, failures: int, server: FakeServer, opened: Open, clock: Clock
) -> None:
    fair = replace(REMOTE, fair_s=fair_s)
    guard = guard_of(in_memory(), clock, provider=fair, model=fair)
    model = opened(Wire.OPENAI, guard)
    server.script = [replace(good(Wire.OPENAI), before_s=5.0)]

    async def story() -> None:
        assert isinstance(await outcome(model, timeout_s=0.2), AnswerLate)

    run(model, story())
    found = [sum(call.failed for call in breaker.calls) for breaker in guard.breakers.all()]
    assert found == [failures] * 2 if failures else not any(found)


def test_a_call_that_is_cancelled_says_nothing_and_holds_no_place(
    server: FakeServer, opened: Open, clock: Clock
) -> None:
    guard = guard_of(in_memory(), clock)
    model = opened(Wire.OPENAI, guard, Limiter(20))
    server.script = [replace(good(Wire.OPENAI), before_s=0.5)]

    async def story() -> None:
        calls = [asyncio.create_task(model.ask(REQUEST)) for _ in range(5)]
        await asyncio.sleep(0.2)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        await asyncio.wait_for(model.ask(REQUEST), 10)  # would wait 25 s for their leases

    run(model, story())


WORKER = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from synapse_bot.llm.endpoint import Secret
from synapse_bot.llm.limits import Limiter
from synapse_bot.llm.open import endpoint_of, open_model
from synapse_bot.wiring.models import load_catalogue
from tests.breaker.conftest import REMOTE, guard_of, in_folder, quick
from tests.breaker.test_models import HASTY, NAMES, REQUEST, Wire, outcome
import time

async def main():
    catalogue = load_catalogue()
    soon = quick(REMOTE, float(sys.argv[4]))
    guard = guard_of(in_folder(Path(sys.argv[2])), time.time, provider=soon, model=soon)
    endpoint = endpoint_of(
        NAMES[Wire.OPENAI], catalogue, key=Secret("sk-planted-0123456789abcdef"),
        base_url=sys.argv[3],
    )
    model = open_model(endpoint, catalogue, Limiter(20), HASTY, guard)
    await model.warm()
    print("ready", flush=True)
    for line in sys.stdin:
        said = await asyncio.gather(*(outcome(model) for _ in range(int(line))))
        print(" ".join(type(one).__name__ for one in said), flush=True)
    await model.aclose()

asyncio.run(main())
"""


class Worker:
    """A process of its own, which asks as many questions at once as it is told."""

    def __init__(self, folder: Path, url: str, pause_s: float) -> None:
        root = Path(__file__).parent.parent.parent
        argv = [sys.executable, "-c", WORKER, f"{root}", f"{folder}", url, f"{pause_s}"]
        self.process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root
        )
        assert self.line() == "ready"

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def tell(self, questions: int) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{questions}\n")
        self.process.stdin.flush()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()


def test_two_processes_share_one_state(server: FakeServer, tmp_path: Path, clock: Clock) -> None:
    before = in_folder(tmp_path)
    guard_of(before, clock).learn("provider:other", "", Lesson.FAILED, "")
    server.script = [fault(500)]
    url, long = f"{server.url}/v1", 3_000.0
    with Worker(tmp_path, url, long) as one, Worker(tmp_path, url, long) as two:
        one.tell(6)
        two.tell(6)
        assert set((one.line() + " " + two.line()).split()) <= {"ModelBusy", "BreakerOpen"}
        assert len(server.heard) == 5
        one.tell(3)
        two.tell(3)
        assert (one.line(), two.line()) == ("BreakerOpen BreakerOpen BreakerOpen",) * 2
        assert len(server.heard) == 5


def test_of_two_processes_one_probes_and_both_go_on_after_it(
    server: FakeServer, tmp_path: Path, clock: Clock
) -> None:
    state = in_folder(tmp_path)
    server.script = [replace(good(Wire.OPENAI), before_s=1.0)]
    url = f"{server.url}/v1"
    with Worker(tmp_path, url, 1.0) as one, Worker(tmp_path, url, 1.0) as two:
        guard = guard_of(state, lambda: 1.0)  # it opened long ago: both find it half open
        for key in ("provider:openai", f"model:{NAMES[Wire.OPENAI]}"):
            for _ in range(5):
                guard.learn(key, "", Lesson.FAILED, "500")
        one.tell(4)
        two.tell(4)
        said = (one.line() + " " + two.line()).split()
        assert sorted(said) == ["BreakerOpen"] * 7 + ["Reply"]
        assert len(server.heard) == 1
        one.tell(2)
        two.tell(2)
        assert (one.line(), two.line()) == ("Reply Reply",) * 2


async def _twice(model: RemoteModel) -> None:
    for _ in range(2):
        await outcome(model)
