"""The Store family: recorded reviews (member: runs.py), and answers of models that need not be paid
for twice (member: answers.py).

What else outlives a process has its protocol beside its member: reviews in the making
(workflows.py), what is to be posted (outbox.py), what happened (ledger.py), what tenants used
(quotas.py) and how long all that stays (retention.py). The journal of finished steps (journal.py)
is one of the domain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Run:
    """One recorded review, as `runs list` shows it. ``started_at`` is RFC 3339, UTC."""

    id: str
    change_key: str
    ref: str
    route: str
    verdict: str
    findings: int
    started_at: str
    seconds: float
    config_digest: str


class Store(Protocol):
    def record(self, run: Run, audit: str) -> None:
        """Record ``run`` with its audit JSON. The same id again replaces it: one row a run."""
        ...

    def runs(self, limit: int = 20) -> tuple[Run, ...]:
        """The newest runs first."""
        ...

    def audit(self, id_prefix: str) -> str | None:
        """The audit JSON of the one run whose id starts so; None where there is none or two."""
        ...

    def latest(self, change_prefix: str, config_digest: str) -> str | None:
        """The newest audit JSON of a change whose key begins so, made with that configuration."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What ``model`` answered. ``kept_at`` is RFC 3339, UTC."""

    text: str
    model: str
    kept_at: str

    @property
    def day(self) -> str:
        """YYYY-MM-DD"""
        return self.kept_at[:10]


class AnswerStore(Protocol):
    """Neither method raises: a store that cannot be used finds nothing and keeps nothing."""

    def find(self, question: str) -> Answer | None:
        """What was kept under the digest ``question``, while it is young enough."""
        ...

    def keep(self, question: str, answer: Answer) -> None:
        """Keep ``answer``; the same question again replaces it."""
        ...
