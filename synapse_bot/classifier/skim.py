"""Which files of a change a cheap model may read: by the route table, so that no model decides it.

A file is skimmed where the table would send a change of that file alone on the fast route and it
gives no signal of risk. So code that decides who may do what, a dangerous call in an added line, a
check that was removed and a large file go to the strong model, whatever the change says of itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from synapse_bot.classifier.facts import facts_of
from synapse_bot.classifier.risk import score_risk
from synapse_bot.classifier.routes import classify
from synapse_bot.domain.diff import Diff
from synapse_bot.domain.spec import Route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_bot.classifier.table import Routes
    from synapse_bot.domain.change import Change
    from synapse_bot.domain.diff import FileDiff


def skimmable(
    change: Change, diff: Diff, languages: Mapping[str, str], routes: Routes
) -> frozenset[str]:
    """The paths of ``diff`` that ask for no strong model. A diff with faults has none."""
    if diff.errors:
        return frozenset()
    silent = replace(change, labels=(), intent="")
    said = replace(change, intent="")  # labels raise scrutiny; alone they never lower it
    return frozenset(
        file.path
        for file in diff.files
        if _harmless(said, file, languages, routes) and _harmless(silent, file, languages, routes)
    )


def _harmless(change: Change, file: FileDiff, languages: Mapping[str, str], routes: Routes) -> bool:
    alone = Diff((file,))
    risk = score_risk(alone, routes.risk)
    facts = facts_of(change, alone, languages, risk)
    return risk.score == 0 and classify(facts, routes).route is Route.FAST
