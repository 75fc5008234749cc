"""What a sender is told of its delivery, and what our log and counters are told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

from synapse_bot.engine.queue import QueueFull, QuotaSpent


class Outcome(StrEnum):
    """What became of a delivery, for counters and logs."""

    ENQUEUED = "enqueued"
    CANCELLED = "cancelled"
    IGNORED = "ignored"
    UNPROVEN = "unproven"
    UNREADABLE = "unreadable"  # too large and too slow ones too
    FULL = "full"
    SPENT = "spent"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Answer:
    """``note`` is for our log alone: what a sender who proved nothing must not be told."""

    status: HTTPStatus
    body: Mapping[str, str | int]
    outcome: Outcome
    tenant: str = ""
    note: str = ""
    retry_after_s: float = 0.0


UNAVAILABLE = Answer(
    HTTPStatus.SERVICE_UNAVAILABLE,
    {"error": "the queue is out of reach: deliver it again later"},
    Outcome.UNAVAILABLE,
    note="the queue does not answer",
    retry_after_s=30.0,
)


def ignored(why: str, tenant: str = "") -> Answer:
    """Nothing to do. ``why`` holds no word of a stranger's."""
    return Answer(HTTPStatus.OK, {"ignored": why}, Outcome.IGNORED, tenant)


def unproven(why: str) -> Answer:
    """``why`` is for the log: the sender learns nothing that helps with another try."""
    body = {"error": "not proven to be the forge's"}
    return Answer(HTTPStatus.UNAUTHORIZED, body, Outcome.UNPROVEN, note=why)


def refused(full: QueueFull, tenant: str) -> Answer:
    """Later, please: too much waits, or the tenant's quota is used up."""
    spent = isinstance(full, QuotaSpent)
    why = "the tenant's quota is used up" if spent else "too much waits already"
    return Answer(
        HTTPStatus.TOO_MANY_REQUESTS,
        {"error": f"{why}: deliver it again later"},
        Outcome.SPENT if spent else Outcome.FULL,
        tenant,
        str(full),
        full.retry_after_s,
    )
