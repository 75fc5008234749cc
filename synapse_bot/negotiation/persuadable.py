"""What a model says beside what tools found: it may add and raise, and never remove or lower.

A change can talk a model round, and no tool. So the claims of the tools are settled without the
models first; then what a model says of the same thing joins the claim as a further voice.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from synapse_bot.negotiation.cluster import canonical, cluster

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from synapse_bot.domain.finding import Finding
    from synapse_bot.negotiation.cluster import Cluster


def attach(
    clusters: Sequence[Cluster], persuadable: Iterable[Finding], max_lines: int
) -> tuple[dict[int, Cluster], tuple[Finding, ...]]:
    """(further voices by index of their cluster, findings that make claims of their own).

    No cluster gains or loses a tool's finding, so that a model cannot join two claims into one.
    """
    by_path: dict[str, list[int]] = defaultdict(list)
    for index, members in enumerate(clusters):
        by_path[members[0].location.path].append(index)
    joined: dict[int, list[Finding]] = defaultdict(list)
    alone: list[Finding] = []
    for finding in sorted(persuadable, key=canonical):
        for index in by_path[finding.location.path]:
            if len(cluster((*clusters[index], finding), max_lines)) == 1:
                joined[index].append(finding)
                break
        else:
            alone.append(finding)
    return {index: tuple(found) for index, found in joined.items()}, tuple(alone)
