"""Checks that run in this process, by the name that an action's ``in_process`` gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_bot.specialist import betterleaks, secret_patterns, suppressions, unseen
from synapse_bot.specialist.runner import Runner

if TYPE_CHECKING:
    from collections.abc import Mapping

RUNNERS: Mapping[str, Runner] = {
    "betterleaks": Runner(betterleaks.scan, betterleaks.missing),
    "hidden-characters": Runner(unseen.scan),
    "secret-patterns": Runner(secret_patterns.scan),
    "suppressions": Runner(suppressions.scan),
}
