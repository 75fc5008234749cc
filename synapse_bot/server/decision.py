"""From what has happened to what is done about it. Pure; the table of docs/serve.md in code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from synapse_bot.domain.command import parse_command
from synapse_bot.engine.queue import LEISURELY, URGENT, USUAL
from synapse_bot.runtime.errand import Errand, ErrandKind
from synapse_bot.server.happening import Starts

if TYPE_CHECKING:
    from synapse_bot.server.happening import Happening

# Pushed to, or asked for anew. A change of title, reviewers or milestone changes nothing to review.
STARTING = frozenset({"opened", "synchronize", "reopened", "ready_for_review"})
SMALL_LINES, LARGE_LINES = 100, 1_000
SMALL = 3  # between URGENT and USUAL


@dataclass(frozen=True, slots=True)
class Start:
    """Enqueue ``errand``. Of two with the same ``change_key`` the newer makes the older moot.

    ``priority`` is URGENT for people who wait for an answer and for labels of security.
    """

    errand: Errand
    change_key: str
    priority: int


@dataclass(frozen=True, slots=True)
class Stop:
    """Whatever waits or runs for ``change_key`` is moot."""

    change_key: str


@dataclass(frozen=True, slots=True)
class Pass:
    """Nothing to do, and why."""

    why: str


Decision = Start | Stop | Pass


@dataclass(frozen=True, slots=True)
class Rules:
    """``start_labels`` start a review when they are put on; ``urgent_labels`` put it first."""

    start_labels: frozenset[str] = frozenset()
    urgent_labels: frozenset[str] = frozenset({"security"})


def decide(happening: Happening, rules: Rules, delivery: str = "") -> Decision:
    """What ``happening`` leads to. What a job of the CI would not start is not started here."""
    if not happening.number or not happening.project:
        return Pass(f"{_named(happening)}: only pull and merge requests are reviewed")
    if happening.action == "closed" and not happening.comment:
        return Stop(happening.change_key)
    match happening.starts:
        case Starts.NOTHING:
            return Pass(f"{_named(happening)}: nothing to review")
        case Starts.RESPOND:
            return _answer(happening, delivery)
        case Starts.REVIEW:
            return _review(happening, rules, delivery)
        case _:
            assert_never(happening.starts)


def _answer(happening: Happening, delivery: str) -> Decision:
    """The text decides only whether a worker has a look, who reads the comment from the forge."""
    if parse_command(happening.remark) is None:
        return Pass("the comment is no command")
    errand = Errand(
        ErrandKind.RESPOND,
        comment=happening.comment,
        inline=happening.inline,
        installation=happening.installation,
        delivery=delivery,
    )
    return Start(errand, f"{happening.change_key}/comment/{happening.comment}", URGENT)


def _review(happening: Happening, rules: Rules, delivery: str) -> Decision:
    labelled = bool(rules.start_labels.intersection(happening.new_labels))
    if happening.action not in STARTING and not labelled:
        return Pass(f"{_named(happening)} changes nothing to review")
    errand = Errand(installation=happening.installation, delivery=delivery)
    return Start(errand, happening.change_key, _priority(happening, rules))


def _priority(happening: Happening, rules: Rules) -> int:
    if rules.urgent_labels.intersection(happening.labels):
        return URGENT
    if 0 <= happening.lines < SMALL_LINES:
        return SMALL
    return LEISURELY if happening.lines >= LARGE_LINES else USUAL


def _named(happening: Happening) -> str:
    """ "pull_request labeled"; both words are the forge's own, and checked by whoever read them."""
    return " ".join(filter(None, (happening.event, happening.action)))
