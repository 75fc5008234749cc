"""--annotate: what a step of a GitHub workflow can tell its runner, beside its exit code."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_bot.domain.errors import OutputUnwritable
from synapse_bot.domain.severity import Severity
from synapse_bot.entry.annotations import log_lines, write_outputs, write_summary
from synapse_bot.report.base import RenderOptions
from synapse_bot.report.markdown import render_markdown
from synapse_bot.runtime.publish import status_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from synapse_bot.domain.review import Review


def tell_runner(review: Review, summary_url: str, write: Callable[[str], object]) -> None:
    """Log annotations by ``write``, the step's summary and its outputs by the runner's files.

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
        if output := os.environ.get("GITHUB_OUTPUT"):
            write_outputs(Path(output), outputs_of(review, summary_url))
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
    }
