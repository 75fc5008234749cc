"""From the door's values to a review: opens the parts, shows progress, keeps the record."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_bot.domain.errors import StoreUnusable
from synapse_bot.entry.host import read_host, scratch_home
from synapse_bot.runtime.review import review
from synapse_bot.store.base import Run
from synapse_bot.telemetry.hooks import Hooks
from synapse_bot.wiring.forges import open_outlet
from synapse_bot.wiring.parts import open_parts
from synapse_bot.wiring.stores import open_store

if TYPE_CHECKING:
    from synapse_bot.config.settings import Settings
    from synapse_bot.domain.events import Hook
    from synapse_bot.domain.review import Review
    from synapse_bot.runtime.publish import Published
    from synapse_bot.runtime.request import Asked, Host
    from synapse_bot.runtime.review import Parts


@dataclass(frozen=True, slots=True)
class Conducted:
    """A finished review; ``note`` says where its record lies and what was posted, or why not.

    ``lost`` is True where it should have been posted and the forge did not take it.
    """

    review: Review
    settings: Settings
    note: str
    lost: bool = False
    summary_url: str = ""


def conduct(
    asked: Asked, *, record: bool, quiet: bool, verbose: bool, post: bool = False
) -> Conducted:
    """Review what is asked for, with progress for a person who watches; post it where asked to."""
    host = read_host()
    asked = replace(asked, keep=record)
    with ExitStack() as stack:
        scratch = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="synapse-bot-", dir=scratch_home())
        )
        emit = Hooks(_listeners(stack, quiet, verbose)).emit
        result, parts, published = asyncio.run(_run(asked, host, Path(scratch), emit, post))
    note = record_run(result, host, asked.start) if record else "dry run: nothing was recorded"
    note = "\n".join(filter(None, (_inherited(result), note)))
    if published is None:
        return Conducted(result, parts.settings, note)
    lost = bool(published.why_not) and not published.denied
    url = published.posted.summary_url if published.posted else ""
    return Conducted(result, parts.settings, f"{note}\n{told(published)}", lost, url)


async def _run(
    asked: Asked, host: Host, scratch: Path, emit: Hook, post: bool
) -> tuple[Review, Parts, Published | None]:
    parts = await open_parts(asked, host, scratch, emit)
    result = await review(parts)
    if asked.remote is None or not post:
        return result, parts, None
    from synapse_bot.runtime.publish import publish

    outlet = open_outlet(asked.remote, result.change)
    return result, parts, await publish(result, parts, outlet)


def _inherited(result: Review) -> str:
    from_ = result.inherited
    if from_ is None:
        return ""
    return (
        f"incremental: {from_.files} of {from_.out_of} files are as run {from_.run} examined them "
        "(--full examines everything)"
    )


def told(published: Published) -> str:
    """What was posted, or why not and what to do."""
    if published.posted is None:
        return f"not posted: {published.why_not} ({published.hint})"
    done = published.posted
    counts = {
        "new": done.created,
        "edited": done.edited,
        "resolved": done.resolved,
        "deleted": done.deleted,
    }
    words = [f"{number} {word}" for word, number in counts.items() if number]
    lines = [f"posted: {', '.join(words) or 'nothing new'} {done.summary_url}".rstrip()]
    return "\n".join((*lines, *(f"not allowed: {what}" for what in done.refused)))


def _listeners(stack: ExitStack, quiet: bool, verbose: bool) -> list[Hook]:
    """Lines for --verbose, a live table on a terminal, nothing in a pipe or with --quiet."""
    if verbose:
        from synapse_bot.entry.narrate import Narrator
        from synapse_bot.telemetry.logs import set_up_logs

        set_up_logs(sys.stderr, verbose=True)
        return [Narrator()]
    if quiet or not sys.stderr.isatty():
        return []
    from synapse_bot.entry.progress import Progress

    return [stack.enter_context(Progress())]


def record_run(result: Review, host: Host, start: Path) -> str:
    """Keep the audit. A store that cannot be used costs the record, never the review."""
    from synapse_bot.report.audit import render_audit

    run = Run(
        id=result.id,
        change_key=result.change.key,
        ref=result.change.ref,
        route=str(result.plan.route),
        verdict=str(result.verdict),
        findings=len(result.claims),
        started_at=result.started_at,
        seconds=result.seconds,
        config_digest=result.config_digest,
    )
    try:
        store = open_store(host, start)
        store.record(run, render_audit(result))
    except StoreUnusable as error:
        return f"not recorded: {error} ({error.hint})"
    return "\n".join((*store.notices, f"recorded: synapse-bot runs show {result.id}"))
