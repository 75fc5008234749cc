"""What is known about a change when its route is chosen. None is "not known"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_bot.domain.change import AuthorKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_bot.domain.change import Change
    from synapse_bot.domain.diff import Diff
    from synapse_bot.domain.history import History

UNKNOWN_LANGUAGE = ""


@dataclass(frozen=True, slots=True)
class Risk:
    """``score`` is 0..1; ``reasons`` say what raised it, the weightiest first."""

    score: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """Measures (files, lines, paths, languages, risk) come from the diff, churn, fixes and owners
    from the repository's history; None is "not known".

    Claims (labels, intent, author) come from whoever made the change. A claim that is not made
    is simply absent: it neither raises scrutiny nor lowers it.
    """

    files: int | None = None
    lines: int | None = None  # added and removed
    paths: tuple[str, ...] | None = None  # old names of renamed files too
    languages: frozenset[str] | None = None  # UNKNOWN_LANGUAGE in it: some file has none
    risk: Risk | None = None
    labels: tuple[str, ...] = ()
    intent: str = ""
    author: AuthorKind = AuthorKind.UNKNOWN
    churn: int | None = None  # recent commits that touched the file touched most
    fixes: int | None = None  # recent fixes of the file mended most
    owners: int | None = None  # how many answer for what is changed; None without CODEOWNERS

    def render(self) -> tuple[str, ...]:
        """The facts as words, for the audit and for `plan`."""
        risk = "unknown" if self.risk is None else f"{self.risk.score:.2f}"
        if self.risk and self.risk.reasons:
            risk += f" ({'; '.join(self.risk.reasons)})"
        named = sorted(self.languages - {UNKNOWN_LANGUAGE}) if self.languages is not None else []
        words = {
            "files": self.files,
            "lines": self.lines,
            "languages": None if self.languages is None else ",".join(named) or "none",
            "risk": risk,
            "labels": ",".join(self.labels) or "none",
            "intent": self.intent or "none",
            "author": self.author.value,
            "churn": self.churn,
            "fixes": self.fixes,
            "owners": self.owners,
        }
        return tuple(f"{k}={'unknown' if v is None else v}" for k, v in words.items())


def facts_of(
    change: Change,
    diff: Diff,
    languages: Mapping[str, str] | None,
    risk: Risk | None,
    history: History | None = None,
) -> Facts:
    """The facts of ``change``. ``languages`` maps paths to languages; a path it lacks has none.

    A file whose diff could not be parsed leaves the number of lines unknown.
    """
    broken = bool(diff.errors) or any(file.error for file in diff.files)
    return Facts(
        files=None if diff.errors else len(diff.files),
        lines=None if broken else sum(sum(file.counts) for file in diff.files),
        paths=None if diff.errors else touched_paths(diff),
        languages=None
        if languages is None or diff.errors
        else frozenset(languages.get(file.path, UNKNOWN_LANGUAGE) for file in diff.files),
        risk=risk,
        labels=change.labels,
        intent=change.intent,
        author=change.author_kind,
        churn=None if history is None else max(history.touched.values(), default=0),
        fixes=None if history is None else max(history.fixes.values(), default=0),
        owners=None if history is None else history.owner_count,
    )


def touched_paths(diff: Diff) -> tuple[str, ...]:
    """Every path that the diff names, old names of renamed files included."""
    paths = (path for file in diff.files for path in (file.path, file.old_path) if path)
    return tuple(dict.fromkeys(paths))
