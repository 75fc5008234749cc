"""What the tools have found so far, for specialists that ask a model about it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from synapse_bot.domain.opinion import Outcome, Skipped
from synapse_bot.runtime.discretion import keep_secrets
from synapse_bot.specialist.hints import Hint

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

# Tools run beside a model's first answer and are done before it, as a rule.
PATIENCE_S = 20.0


class Hearing:
    """``tools`` are the ids of those to wait for, ``domains`` the domain of every specialist.

    ``known`` stands from an earlier review.
    """

    def __init__(
        self, tools: Collection[str], domains: Mapping[str, str], known: Iterable[Outcome] = ()
    ) -> None:
        self._awaited = set(tools)
        self._domains = domains
        self._outcomes = [outcome for outcome in known if outcome.by in domains]
        self._heard = asyncio.Event()
        self._note()

    def add(self, outcome: Outcome) -> None:
        """``outcome`` of any specialist; a model's is nobody's hint."""
        if outcome.by in self._awaited:
            self._awaited.discard(outcome.by)
            self._outcomes.append(outcome)
            self._note()

    async def hints(self) -> tuple[Hint, ...]:
        """What the tools found, secrets masked: of all, or of those done within PATIENCE_S."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._heard.wait(), PATIENCE_S)
        return tuple(
            Hint(finding, self._domains.get(outcome.by, ""))
            for outcome in keep_secrets(self._outcomes)
            if not isinstance(outcome, Skipped)
            for finding in outcome.findings
        )

    def _note(self) -> None:
        if not self._awaited:
            self._heard.set()
