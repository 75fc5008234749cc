"""What a team chooses about posting. Apart from posting.py: the settings need no more of it."""

from __future__ import annotations

from enum import StrEnum


class ResolveOutdated(StrEnum):
    """What becomes of a thread whose finding is fixed."""

    OFF = "false"
    REPORT = "report"  # only said in the summary
    ON = "true"


class SummaryMode(StrEnum):
    EDIT = "edit"  # one comment, edited in place; nobody is notified
    REPOST = "repost"  # a new comment, so that people are notified; the old one goes
