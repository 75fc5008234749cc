"""DBOS's log, held to what an operator must know, one harmless line a message."""

from __future__ import annotations

import logging

from synapse_bot.domain.redaction import redact
from synapse_bot.domain.visible import visible

_NOISE = (
    "Asyncio task cancelled",  # every effect that a deadline ends
    "Exception encountered in asynchronous workflow",  # what a body raised, told by the worker
    "is no longer owned by this execution",  # of a worker that another one took over from
    "was cancelled during execution",
)


class PlainLines(logging.Filter):
    """No tracebacks, which the worker tells in its own words, and no noise.

    A message may quote the change: its secrets are masked and its control characters shown.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if record.exc_info or any(noise in text for noise in _NOISE):
            return False
        record.msg, record.args = visible(redact(text)).replace("\n", " "), ()
        return True


def quieten() -> None:
    """Filter DBOS's log in this process; the same again changes nothing."""
    logger = logging.getLogger("dbos")
    if not any(isinstance(known, PlainLines) for known in logger.filters):
        logger.addFilter(PlainLines())
    logger.setLevel(logging.WARNING)
