"""What a step of a GitHub workflow can tell its runner, beside its exit code."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_bot.domain.errors import OutputUnwritable
from synapse_bot.domain.severity import Severity
from synapse_bot.domain.usage import total
from synapse_bot.entry.annotations import log_lines, write_outputs, write_summary
from synapse_bot.report.base import RenderOptions
from synapse_bot.report.markdown import render_markdown
from synapse_bot.runtime.publish import status_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from synapse_bot.domain.review import Review


def tell_runner(review: Review, summary_url: str, write: Callable[[str], object]) -> None:
    """--annotate: log annotations by ``write``, the step's summary and its outputs by files.

    Raises OutputUnwritable.
    """
    told = log_lines(status_of(review).annotations)
    for line in told.lines:
        write(f"{line}\n")
    if told.left_out:
        write(f"{told.left_out} more findings are in the step's summary\n")
    try:
        if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
            write_summary(Path(summary), render_markdown(review, RenderOptions(color=False)))
    except OSError as error:
        raise OutputUnwritable(f"{error.filename}: {error.strerror}") from error
    set_outputs(outputs_of(review, summary_url))


def set_outputs(outputs: Mapping[str, str]) -> None:
    """Set outputs of the step, outside of a workflow none. Raises OutputUnwritable."""
    output = os.environ.get("GITHUB_OUTPUT")
    if not output:
        return
    try:
        write_outputs(Path(output), outputs)
    except OSError as error:
        raise OutputUnwritable(f"{error.filename}: {error.strerror}") from error


def outputs_of(review: Review, summary_url: str) -> dict[str, str]:
    """Named as those of the action."""
    high = sum(claim.finding.severity >= Severity.HIGH for claim in review.claims)
    return {
        "verdict": str(review.verdict),
        "findings-count": str(len(review.claims)),
        "findings-high": str(high),
        "mode": str(review.plan.route),
        "summary-comment-url": summary_url,
        "cost-usd": cost_of(review),
    }


def cost_of(review: Review) -> str:
    """US dollars with four decimals, "0.0000" without a model; "" where a price is not known."""
    spent = [opinion.usage for opinion in review.opinions]
    spent += [failed.usage for failed in review.failed]
    cost = total(filter(None, spent)).cost_usd
    return "" if cost is None else f"{cost:.4f}"
