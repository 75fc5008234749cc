"""What a person said of a finding, as far as it is kept: never the words."""

from __future__ import annotations

from dataclasses import dataclass

from synapse_bot.domain.command import Word


@dataclass(frozen=True, slots=True)
class Feedback:
    """``said`` about one finding in the comment ``comment`` ("issue:12" of ``repository``).

    ``said_at`` is the comment's time, seconds since the epoch. ``change`` is the key of the change
    and ``run`` the review in which the finding stands. ``obeyed`` is False where it has to stay.
    """

    said: Word
    fingerprint: str
    rule: str
    by: str  # the specialist that found it
    repository: str
    comment: str
    said_at: float
    change: str
    run: str
    config_digest: str
    obeyed: bool
