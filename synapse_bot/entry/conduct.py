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
from synapse_bot.telemetry.hooks import Hooks
from synapse_bot.wiring.making import Work, make_review
from synapse_bot.wiring.records import open_records

if TYPE_CHECKING:
    from collections.abc import Callable

    from synapse_bot.config.settings import Settings
    from synapse_bot.domain.events import Hook
    from synapse_bot.domain.review import Review
    from synapse_bot.runtime.publish import Published
    from synapse_bot.runtime.request import Asked, Host
    from synapse_bot.wiring.making import Made
    from synapse_bot.wiring.records import Records


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
    records, lost = _records(host, asked.start) if record else (None, DRY)

    def work(scratch: Path, emit: Hook) -> Work:
        return Work(asked, host, scratch, emit, post=post)

    return carry_out(work, records, lost, quiet=quiet, verbose=verbose)


DRY = "dry run: nothing was recorded"


def carry_out(
    work: Callable[[Path, Hook], Work],
    records: Records | None,
    lost: str = "",
    *,
    quiet: bool,
    verbose: bool,
) -> Conducted:
    """Make the review of ``work`` in a scratch folder of its own. ``lost`` is why nothing can be
    recorded, where nothing can."""
    with ExitStack() as stack:
        scratch = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="synapse-bot-", dir=scratch_home())
        )
        emit = Hooks(_listeners(stack, quiet, verbose)).emit
        made = asyncio.run(make_review(work(Path(scratch), emit), records))
    return _conducted(made, records, lost)


def _records(host: Host, start: Path) -> tuple[Records | None, str]:
    """The records, or why there are none: that costs the record, never the review."""
    try:
        return open_records(host, start), ""
    except StoreUnusable as error:
        return None, f"not recorded: {error} ({error.hint})"


def _conducted(made: Made, records: Records | None, lost: str) -> Conducted:
    result, published = made.review, made.published
    note = lost
    if records is not None:
        kept = f"recorded: synapse-bot runs show {result.id}"
        why = made.unrecorded
        note = "\n".join((*records.notices, f"not recorded: {why}" if why else kept))
    note = "\n".join(filter(None, (_inherited(result), _recalled(made), note)))
    if published is None:
        return Conducted(result, made.parts.settings, note)
    failed = bool(published.why_not) and not published.denied
    url = published.posted.summary_url if published.posted else ""
    return Conducted(result, made.parts.settings, f"{note}\n{told(published)}", failed, url)


def _recalled(made: Made) -> str:
    done = sorted(name.removeprefix("examine:") for name in made.recalled if ":" in name)
    if not made.recalled:
        return ""
    return f"resumed: {len(done)} specialists had finished ({', '.join(done) or 'none'})"


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
