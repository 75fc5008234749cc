"""Starting and stopping DBOS in this process, and handing it the one workflow that it runs.

DBOS is one instance a process. What it must not do by default is set here: values are JSON and
never pickle, SQLite runs in WAL mode at an absolute path, the version is ours and counts the form
of the steps rather than their source, and each process has an id of its own, so that none takes
the live workflows of another for its own dead ones.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer, SetWorkflowID, SetWorkflowTimeout
from sqlalchemy.exc import SQLAlchemyError

from synapse_bot.engine.dbos_database import driven, on_sqlite, open_sqlite
from synapse_bot.engine.dbos_log import quieten
from synapse_bot.engine.durable import DbosEngine
from synapse_bot.engine.liveness import executor_id
from synapse_bot.engine.queue import QueueUnusable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType

    from dbos import DBOSConfig, WorkflowHandle

    from synapse_bot.domain.workflow import Json

    Body = Callable[[str, DbosEngine], Awaitable[Json]]

NAME = "synapse-bot"
WORKFLOW = "review.v1"
VERSION = "1"  # of the steps; see runtime/life.py, whose version the fleet runs under
RESUMED = "resumed"  # where a process that works on no queue finds what it is told to resume
_RESUME_S = 0.05  # DBOS's own queue for it is looked at once a second
_POLL_S = 0.02  # of a notification listener that a SQLite file cannot wake, and that a stop awaits


@dataclass(frozen=True, slots=True)
class DbosSettings:
    """``database`` is ``postgresql://…`` or ``sqlite:////absolute/path``.

    ``queues`` are those that this process works on; none where it only starts workflows itself.
    ``migrate`` is whether the launch may change the schema; a fleet migrates once, beforehand.
    """

    database: str
    executor: str = field(default_factory=executor_id)
    version: str = VERSION
    queues: tuple[str, ...] = ()
    migrate: bool = True


class Launched:
    """DBOS at work in this process. A context manager: leaving it stops DBOS."""

    def __init__(self, settings: DbosSettings, workflow: Callable[[str], Any]) -> None:
        self.settings = settings
        self._workflow = workflow

    def start(
        self, run: str, request: str, *, timeout_s: float | None = None
    ) -> WorkflowHandle[Json]:
        """Run ``request`` as the workflow ``run``; the same id again gives the same workflow.

        After ``timeout_s`` DBOS cancels it: the backstop behind the review's own deadline.
        """
        with SetWorkflowID(run), SetWorkflowTimeout(timeout_s):
            return DBOS.start_workflow(self._workflow, request)

    def resume(self, run: str) -> WorkflowHandle[Json]:
        """Go on with ``run``, whose process died; it begins within about a second."""
        return DBOS.resume_workflow(run, queue_name=RESUMED)

    def work_on(self, queue: str, *, at_once: int, per_tenant: int, poll_s: float) -> None:
        """Take what waits in ``queue``: ``at_once`` in this process, and of one tenant no more
        than ``per_tenant`` in the whole fleet. The numbers stand in the database: those of the
        worker that was started last hold for all.
        """
        DBOS.register_queue(
            queue,
            worker_concurrency=at_once,
            partition_concurrency=per_tenant,
            polling_interval_sec=poll_s,
        )

    def cancel(self, run: str) -> None:
        """Cancel ``run``: its running effects are cancelled within about a second."""
        DBOS.cancel_workflow(run)

    def close(self, patience_s: int = 0) -> None:
        """Take nothing more from the queues, wait ``patience_s`` for what is at work, and stop.

        What is at work even then stays pending, for another process to resume.
        """
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=patience_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def launch(settings: DbosSettings, body: Body) -> Launched:
    """Start DBOS with ``body`` as what the workflow ``review.v1`` does."""
    quieten()
    DBOS(config=_config(settings))

    @DBOS.workflow(name=WORKFLOW)
    async def review(request: str) -> Json:
        try:
            engine = await DbosEngine.open()
        except SQLAlchemyError as away:
            raise LifeEnded(str(DBOS.workflow_id)) from away
        try:
            return await body(request, engine)
        except asyncio.CancelledError as error:
            raise LifeEnded(engine.run) from error
        except Exception as error:
            # The message may quote the change; the record of the workflow is read by tools.
            raise BodyFailed(type(error).__name__) from error

    DBOS.listen_queues(settings.queues or (RESUMED,))
    DBOS.launch()
    if not settings.queues:
        DBOS.register_queue(RESUMED, polling_interval_sec=_RESUME_S)
    return Launched(settings, review)


class LifeEnded(BaseException):
    """The body was cancelled from within this process, which stops or lost the workflow.

    DBOS records no outcome for it, so that the workflow stays pending for its next life. (A
    CancelledError would do so on a queue, and count as a failure where ``start`` was used.)
    """


class BodyFailed(Exception):
    """The body of a workflow raised; ``str()`` is the kind of what it raised, nothing more."""


def open_client(database: str) -> DBOSClient:
    """DBOS from outside: it enqueues, lists, cancels and resumes, and runs nothing.

    Raises QueueUnusable where the database is away, or nothing was ever launched on it.
    """
    quieten()
    engine = open_sqlite(database) if on_sqlite(database) else None
    try:
        client = DBOSClient(
            system_database_url=None if engine else driven(database),
            system_database_engine=engine,
            serializer=DBOSPortableJSONSerializer(),
            application_name=NAME,
            retry_connection_errors=False,
        )
        client.list_workflows(limit=1, load_input=False, load_output=False)
    except SQLAlchemyError as gone:
        raise QueueUnusable(f"the queue cannot be reached: {type(gone).__name__}") from None
    return client


def _config(settings: DbosSettings) -> DBOSConfig:
    config: DBOSConfig = {
        "name": NAME,
        "system_database_url": driven(settings.database),
        "application_version": settings.version,
        "executor_id": settings.executor,
        "serializer": DBOSPortableJSONSerializer(),
        "run_migrations": settings.migrate,
        "log_level": "WARNING",
        "enable_otlp": False,
    }
    if on_sqlite(settings.database):
        config["system_database_engine"] = open_sqlite(settings.database)
        config["notification_listener_polling_interval_sec"] = _POLL_S
    return config
