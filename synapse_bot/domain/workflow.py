"""A review in the making: what must be known to go on with it in another process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

# What `json.dumps` takes and `json.loads` gives.
Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]

LOCAL_TENANT = "local"  # whoever works on one machine


class WorkflowState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Nothing goes on from here but by a new workflow."""
        return self in (WorkflowState.DONE, WorkflowState.FAILED, WorkflowState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Workflow:
    """One review, from the request to its end. Times are seconds since the epoch, UTC.

    ``request`` is JSON text with the selectors of the change, never with a secret. ``version`` is
    that of the story's steps: another version cannot go on where this one stopped.
    ``deadline_at`` is absolute, so that a restart wins no time. ``owner`` is the process at work,
    "" while none is, and ``heartbeat_at`` when it last said so; ``attempts`` counts the claims.
    ``why`` says why it failed or was cancelled.
    """

    id: str
    tenant: str
    change_key: str
    ref: str
    version: str
    config_digest: str
    request: str
    state: WorkflowState
    started_at: float
    deadline_at: float
    owner: str
    heartbeat_at: float
    attempts: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The value of a finished step, kept as JSON data.

    ``key`` is the digest of what decided the value: under another key it is no answer.
    ``seconds`` is what the effect took.
    """

    key: str
    data: Json
    seconds: float
