"""Progress on a terminal: one line a specialist, with its state and its time.

Written to stderr, so that stdout holds the review alone; silent where stderr is no terminal.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from synapse_bot.domain.events import (
    DebateHeld,
    DebateStarted,
    DiffRead,
    Event,
    ReviewFinished,
    ReviewPlanned,
    ReviewPosted,
    SpecialistCrashed,
    SpecialistFinished,
    SpecialistStarted,
)
from synapse_bot.domain.opinion import Failed, Opinion, Outcome, Skipped

if TYPE_CHECKING:
    from rich.console import RenderableType

_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


@dataclass
class _Row:
    started: float
    outcome: Outcome | None = None
    seconds: float = 0.0


class Progress:
    """A hook that draws; use it as a context manager around the review."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True)
        self.rows: dict[str, _Row] = {}
        self.heading = "reading the change"
        self.live = Live(
            get_renderable=self._draw, console=self.console, refresh_per_second=8, transient=True
        )

    def __enter__(self) -> Progress:
        self.live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.live.stop()

    def __call__(self, event: Event) -> None:
        match event:
            case DiffRead():
                self.heading = f"{event.files} files, +{event.added} -{event.removed}"
            case ReviewPlanned():
                self.heading += f" · {event.plan.route} review"
            case SpecialistStarted():
                self.rows[event.id] = _Row(time.monotonic())
            case SpecialistFinished():
                row = self.rows.setdefault(event.outcome.by, _Row(time.monotonic()))
                row.outcome, row.seconds = event.outcome, time.monotonic() - row.started
            case DebateStarted():
                claims = f"{event.claims} claim{'' if event.claims == 1 else 's'}"
                self.heading += f" · debate of {claims}"
            case SpecialistCrashed() | DebateHeld() | ReviewFinished() | ReviewPosted():
                pass

    def _draw(self) -> RenderableType:
        table = Table.grid(padding=(0, 1))
        table.add_row("", Text(self.heading, style="bold"), "", "")
        for id_, row in self.rows.items():
            seconds = row.seconds if row.outcome else time.monotonic() - row.started
            mark, state = _state(row.outcome)
            table.add_row(mark, Text(id_), state, Text(f"{seconds:5.1f} s", style="dim"))
        return table


def _state(outcome: Outcome | None) -> tuple[Text, Text]:
    match outcome:
        case None:
            frame = _SPINNER[int(time.monotonic() * 8) % len(_SPINNER)]
            return Text(frame, style="cyan"), Text("examining", style="cyan")
        case Opinion():
            count = len(outcome.findings)
            words = f"{count} finding{'' if count == 1 else 's'}" if count else "clean"
            return Text("✓", style="green"), Text(words)
        case Failed():
            return Text("✗", style="red"), Text(f"failed: {outcome.kind}", style="red")
        case Skipped():
            return Text("–", style="yellow"), Text("skipped", style="yellow")
