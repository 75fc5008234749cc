"""What a worker does with one review of the queue: the request as text, to a review that is posted
and recorded.

The text holds no secret. The token for the forge is this worker's own, or the App's, and is looked
up when the work begins.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_bot.domain.errors import ExitCode, StoreUnusable, SynapseError
from synapse_bot.domain.events import ReviewFinished
from synapse_bot.domain.ledger import Entry
from synapse_bot.domain.quota import Hold
from synapse_bot.domain.usage import total
from synapse_bot.engine.mirrored import MirroredEngine
from synapse_bot.runtime.errand import ErrandKind, errand_of
from synapse_bot.runtime.kept import Values
from synapse_bot.runtime.request_json import request_of
from synapse_bot.wiring.forges import open_outlet
from synapse_bot.wiring.making import Work, make_review
from synapse_bot.wiring.meter import Meter, Most, unlimited
from synapse_bot.wiring.parts import open_parts
from synapse_bot.wiring.records import Records

if TYPE_CHECKING:
    from collections.abc import Callable

    from synapse_bot.domain.events import Event
    from synapse_bot.domain.usage import Usage
    from synapse_bot.domain.workflow import Workflow
    from synapse_bot.engine.base import Engine
    from synapse_bot.runtime.errand import Errand
    from synapse_bot.runtime.request import Asked, Host, Remote
    from synapse_bot.runtime.review import Parts
    from synapse_bot.store.open import StoreSet
    from synapse_bot.wiring.configuration import HostConfiguration
    from synapse_bot.wiring.meter import LimitsOf

_BACKSTOP_S = 30.0  # after its deadline a review has told what it has; this ends one that hangs


class Overran(SynapseError):
    hint = "This is a bug of ours: a review tells what it has at its deadline."
    exit_code = ExitCode.INCOMPLETE


@dataclass(frozen=True, slots=True)
class Site:
    """Where this worker works. ``stores`` are the operator's; each job sees its tenant's alone.

    ``home`` is a private folder of this process, ``state`` one that outlives it.
    ``with_token(remote, installation)`` gives ``remote`` its token; it may ask the forge. Without a
    ``configuration`` each review reads the host's own files as they lie. ``limits_of`` gives a
    tenant's quota, and ``most_of(host)`` the most that one review there can spend.
    """

    stores: StoreSet
    host: Host
    home: Path
    state: Path
    owner: str
    with_token: Callable[[Remote, int], Remote]
    configuration: HostConfiguration | None = None
    limits_of: LimitsOf = unlimited
    most_of: Callable[[Host], Most] = lambda host: Most()

    @property
    def meter(self) -> Meter:
        """The quotas that reviews here are held to."""
        return Meter(self.stores, self.limits_of)


async def do_job(site: Site, row: Workflow, engine: Engine) -> None:
    """Do what ``row`` asks for, in this life or in the rest that earlier lives left.

    Raises what a review raises, RequestUnreadable, Overran, and QuotaSpent before it costs
    anything.
    """
    engine = MirroredEngine(engine, site.stores.of(row.tenant).journal, row.id)
    row = await timed(row, engine)
    errand = errand_of(row.request)
    request = await asyncio.to_thread(
        request_of, row.request, lambda remote: site.with_token(remote, errand.installation)
    )
    try:
        async with asyncio.timeout(max(row.deadline_at - time.time(), 0.0) + _BACKSTOP_S):
            site = await _configured(site, row, engine)
            await asyncio.to_thread(_hold, site, row)
            with tempfile.TemporaryDirectory(dir=site.home, prefix="job-") as folder:
                work = _work(site, row, request.asked, Path(folder))
                match errand.kind:
                    case ErrandKind.REVIEW:
                        work = replace(work, post=request.post, workflow=row, engine=engine)
                        used = await _reviewed(site, row, work)
                    case ErrandKind.RESPOND:
                        used = await _answered(site, row, work, errand)
            await asyncio.to_thread(_settle, site, row, used)
    except TimeoutError as error:
        raise Overran(f"the run {row.id} went on past its deadline") from error


async def timed(row: Workflow, engine: Engine) -> Workflow:
    """``row`` with the deadline counted from when the work began in its first life: what it waited
    costs it nothing, and a restart wins it nothing."""
    allowed_s = row.deadline_at - row.started_at

    async def now() -> float:
        return time.time()

    begun_at = await engine.step("begin", now, Values(float))
    # A pinned configuration says that the deadline is pinned with it.
    deadline_at = row.deadline_at if row.config_digest else begun_at + allowed_s
    return replace(row, started_at=begun_at, deadline_at=deadline_at)


async def _configured(site: Site, row: Workflow, engine: Engine) -> Site:
    """``site`` with the one configuration that this review has from its first life to its last."""
    configuration = site.configuration
    if configuration is None:
        return site

    async def current() -> str:
        return configuration.digest

    digest = await engine.step("configuration", current, Values(str))
    host = await asyncio.to_thread(configuration.host, digest)
    await asyncio.to_thread(_note_configured, site, row, digest)
    return replace(site, host=host)


def _note_configured(site: Site, row: Workflow, digest: str) -> None:
    now, key = time.time(), f"{row.id}/configured"
    said = {"configuration": digest}
    with suppress(StoreUnusable):  # it costs the record, never the review
        site.stores.of(row.tenant).ledger.append(
            Entry(row.tenant, row.id, "configured", now, now, "", said, key)
        )


def _work(site: Site, row: Workflow, asked: Asked, folder: Path) -> Work:
    """What of one tenant is kept on this machine (a model's answers) is kept apart."""
    (folder / "files").mkdir()
    if asked.remote is not None:
        (folder / "start").mkdir()
        asked = replace(asked, start=folder / "start")  # the server's folder is none of ours
    host = replace(site.host, state_home=str(site.state / row.tenant))
    return Work(asked, host, folder / "files", emit=lambda event: None)


def _hold(site: Site, row: Workflow) -> None:
    """Raises QuotaSpent. A review in its second life is held to what is left of the quota too."""
    site.meter.begin(row, site.most_of(site.host))


def _settle(site: Site, row: Workflow, used: Usage | None) -> None:
    """Count ``used`` in place of what was held. Whoever does not come here leaves it to the reaper;
    a record that is away costs it no more than that."""
    with suppress(StoreUnusable):
        site.meter.settle(Hold(row.id, row.tenant, row.started_at, row.started_at), used)


async def _reviewed(site: Site, row: Workflow, work: Work) -> Usage | None:
    """What it used."""
    records = Records(site.stores.of(row.tenant), site.home, site.owner)
    made = await make_review(work, records)
    return made.review.usage


async def _answered(site: Site, row: Workflow, work: Work, errand: Errand) -> Usage | None:
    """Answer the command in one comment; an answer that stands already is not given again.

    What it used: a command may ask for a review.
    """
    from synapse_bot.runtime.respond import Heard, respond

    remote = work.asked.remote
    if remote is None:
        return None
    finished: list[ReviewFinished] = []

    def emit(event: Event) -> None:
        if isinstance(event, ReviewFinished):
            finished.append(event)

    async def opened(full: bool) -> Parts:
        options = {**work.asked.options, **({"review.incremental": False} if full else {})}
        scratch = Path(tempfile.mkdtemp(dir=work.scratch))
        return await open_parts(replace(work.asked, options=options), work.host, scratch, emit)

    parts = await opened(False)
    outlet = open_outlet(remote, parts.change)
    tell = Records(site.stores.of(row.tenant), site.home, site.owner).tell
    await respond(parts, outlet, Heard(errand.comment, errand.inline), opened, tell)
    return total(event.review.usage for event in finished if event.review.usage)
