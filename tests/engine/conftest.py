"""One life after another of a run, on each engine: what the conformance suite is run over."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import pytest

from synapse_bot.engine.base import Engine
from synapse_bot.engine.inline import InlineEngine
from synapse_bot.store.open import open_stores

Story = Callable[[Engine], Awaitable[Any]]


class Died(BaseException):
    """Raised by a story where its process would die."""


class Plain:
    """A step's value that is JSON data as it is."""

    def encode(self, value: Any) -> Any:
        return value

    def decode(self, data: Any) -> Any:
        return data


class Lives(Protocol):
    """Each call is one life: a new engine that knows what the earlier lives of ``run`` kept."""

    def live(self, run: str, story: Story) -> Any:
        """What ``story`` returns; what it raises passes through."""
        ...

    def live_together(self, stories: dict[str, Story]) -> dict[str, Any]:
        """Several runs at the same time, each in its first life."""
        ...

    def live_until_cancelled(self, run: str, story: Story, begun: threading.Event) -> None:
        """Cancel ``run`` from outside once ``begun`` is set, and return when it has ended."""
        ...

    def live_within(self, run: str, story: Story, seconds: float) -> None:
        """Let the engine's own time-out end ``run``, and return when it has ended."""
        ...


class InlineLives:
    def __init__(self, journal: Any) -> None:
        self.journal = journal
        self.lived: set[str] = set()

    def engine(self, run: str) -> InlineEngine:
        engine = InlineEngine(self.journal, run, resumed=run in self.lived)
        self.lived.add(run)
        return engine

    def live(self, run: str, story: Story) -> Any:
        return asyncio.run(story(self.engine(run)))

    def live_together(self, stories: dict[str, Story]) -> dict[str, Any]:
        async def together() -> list[Any]:
            return await asyncio.gather(*(s(self.engine(run)) for run, s in stories.items()))

        return dict(zip(stories, asyncio.run(together()), strict=True))

    def live_until_cancelled(self, run: str, story: Story, begun: threading.Event) -> None:
        async def cancelled() -> None:
            task = asyncio.create_task(story(self.engine(run)))
            await asyncio.to_thread(begun.wait, 20)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        asyncio.run(cancelled())

    def live_within(self, run: str, story: Story, seconds: float) -> None:
        async def bounded() -> None:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(seconds):
                    await story(self.engine(run))

        asyncio.run(bounded())


class DbosLives:
    """DBOS is launched for each life and stopped after it, as in a process of its own."""

    def __init__(self, database: str) -> None:
        self.database = database
        self.test = uuid4().hex  # tests may share a database, whose making takes a second
        self.lived: set[str] = set()

    def live(self, run: str, story: Story) -> Any:
        return self.live_together({run: story})[run]

    def live_together(self, stories: dict[str, Story]) -> dict[str, Any]:
        ended = {run: threading.Event() for run in stories}
        values: dict[str, Any] = {}
        raised: list[BaseException] = []

        async def body(run: str, engine: Engine) -> None:
            try:
                values[run] = await stories[run](engine)
            except Died:
                raise asyncio.CancelledError from None
            except BaseException as error:
                raised.append(error)
                raise
            finally:
                ended[run].set()

        with self.launched(body) as dbos:
            for run in stories:
                id = f"{self.test}-{run}"
                dbos.resume(id) if run in self.lived else dbos.start(id, run)
                self.lived.add(run)
            for run, event in ended.items():
                assert event.wait(30), f"{run} did not end"
        if raised:
            raise raised[0]
        return {run: values.get(run) for run in stories}

    def live_until_cancelled(self, run: str, story: Story, begun: threading.Event) -> None:
        ended = threading.Event()
        with self.launched(told(story, ended)) as dbos:
            dbos.start(f"{self.test}-{run}", run)
            assert begun.wait(20)
            dbos.cancel(f"{self.test}-{run}")
            assert ended.wait(20), "the cancelled run goes on"

    def live_within(self, run: str, story: Story, seconds: float) -> None:
        ended = threading.Event()
        with self.launched(told(story, ended)) as dbos:
            dbos.start(f"{self.test}-{run}", run, timeout_s=seconds)
            assert ended.wait(20), "the run goes on past its time"

    def launched(self, body: Any) -> Any:
        from synapse_bot.engine.launch import DbosSettings, launch

        return launch(DbosSettings(self.database), body)


def told(story: Story, ended: threading.Event) -> Any:
    async def body(_run: str, engine: Engine) -> None:
        try:
            await story(engine)
        finally:
            ended.set()

    return body


@pytest.fixture(scope="session")
def dbos_postgres(postgres_server: Any) -> str:
    """A database of the run's own, in which DBOS has made its tables once."""
    name = f"dbos_{uuid4().hex}"
    postgres_server.run(f"CREATE DATABASE {name}")
    return str(postgres_server.url(name))


@pytest.fixture(scope="session")
def fleet_template(postgres_server: Any) -> str:
    """The name of a database with all tables of a fleet, to be copied for each test."""
    from synapse_bot.engine.launch import DbosSettings, launch

    name = f"template_{uuid4().hex}"
    postgres_server.run(f"CREATE DATABASE {name}")
    url = postgres_server.url(name)
    open_stores(url, tenant=None).close()

    async def nothing(_request: str, _engine: Engine) -> None: ...

    launch(DbosSettings(url, version="review-1"), nothing).close()
    return name


@pytest.fixture
def fleet_url(postgres_server: Any, fleet_template: str) -> Iterator[str]:
    """A fleet's database of the test's own."""
    name = f"fleet_{uuid4().hex}"
    postgres_server.run(f"CREATE DATABASE {name} TEMPLATE {fleet_template}")
    yield postgres_server.url(name)
    postgres_server.run(f"DROP DATABASE {name} WITH (FORCE)")


BACKENDS = ("inline on SQLite", "dbos on SQLite", "dbos on PostgreSQL")


@pytest.fixture(params=BACKENDS)
def lives(request: pytest.FixtureRequest, tmp_path: Path) -> Lives:
    """The engine under test, over a fresh database."""
    match request.param:
        case "inline on SQLite":
            return InlineLives(open_stores(tmp_path).journal)
        case "dbos on SQLite":
            return DbosLives(f"sqlite:///{tmp_path}/steps.sqlite3")
        case _:
            return DbosLives(request.getfixturevalue("dbos_postgres"))
