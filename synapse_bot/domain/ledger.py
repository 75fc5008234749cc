"""The ledger's words: what happened in the life of a review, and when it was known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from synapse_bot.domain.workflow import Json


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact about the review ``run``, kept for ever and never changed.

    ``type`` names the fact in the past tense, kebab-case: "requested", "opinion-given", "posted".
    ``happened_at`` and ``known_at`` are seconds since the epoch, UTC: feedback that is read today
    may have been given last week, and what was known on a day can be asked for. ``data`` holds no
    secret and no source text. ``key`` makes the fact unique within its tenant: a second append
    under the same key does nothing; "" is a fact that may stand twice.
    """

    tenant: str
    run: str
    type: str
    happened_at: float
    known_at: float
    config_digest: str
    data: Mapping[str, Json]
    key: str = ""
