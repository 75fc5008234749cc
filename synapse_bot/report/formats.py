"""The visible table of renderings. A member is imported when it renders, not before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_bot.report.base import Format, RenderOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from synapse_bot.domain.review import Review

    Renderer = Callable[[Review, RenderOptions], str]


def _terminal() -> Renderer:
    from synapse_bot.report.terminal import render_terminal

    return render_terminal


def _markdown() -> Renderer:
    from synapse_bot.report.markdown import render_markdown

    return render_markdown


def _json() -> Renderer:
    from synapse_bot.report.audit import render_audit

    return lambda review, _options: render_audit(review)


def _sarif() -> Renderer:
    from synapse_bot.report.sarif import render_sarif

    return render_sarif


def _codequality() -> Renderer:
    from synapse_bot.report.codequality import render_codequality

    return render_codequality


def _sast() -> Renderer:
    from synapse_bot.report.sast import render_sast

    return render_sast


def _rdjsonl() -> Renderer:
    from synapse_bot.report.rdjson import render_rdjsonl

    return render_rdjsonl


FORMATS: dict[str, Format] = {
    entry.name: entry
    for entry in (
        Format("terminal", "synapse-review.txt", "for a person at a terminal", _terminal),
        Format("markdown", "synapse-review.md", "for a comment or a job summary", _markdown),
        Format("json", "synapse-review.json", "the audit: everything, versioned", _json),
        Format("sarif", "synapse-review.sarif", "SARIF 2.1.0 for code scanning", _sarif),
        Format("codequality", "gl-code-quality-report.json", "GitLab Code Quality", _codequality),
        Format("sast", "gl-sast-report.json", "GitLab SAST 15.x", _sast),
        Format("rdjsonl", "synapse-review.rdjsonl", "reviewdog", _rdjsonl),
    )
}
