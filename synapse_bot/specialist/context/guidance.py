"""What a team has written down for reviewers and agents, read at the base.

It tells how the team works. It cannot change the form of an answer, a severity, or whether a defect
of security is reported: the system text says so, and the checks of the answer do not read it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from synapse_bot.specialist.context.clean import clean_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

NAMES = ("REVIEW.md", "AGENTS.md", "CLAUDE.md")  # in any folder
TOP = (*NAMES, ".github/copilot-instructions.md")
_MOST = 6_000  # characters of one
_MOST_OF_ALL = 12_000
_FILES = 6


@dataclass(frozen=True, slots=True)
class Guide:
    """``text`` is masked and bounded."""

    path: str
    text: str


def guide_paths(known: Collection[str], changed: Iterable[str]) -> tuple[str, ...]:
    """Of ``known`` paths: the top level's, then for each changed file's folder the nearest."""
    nearest: dict[str, None] = {}
    for folder in sorted({PurePosixPath(path).parent for path in changed}):
        for outer in (folder, *folder.parents):
            found = [str(outer / name) for name in NAMES if str(outer / name) in known]
            if found:
                nearest.update(dict.fromkeys(found))
                break
    top = [path for path in TOP if path in known]
    return tuple(dict.fromkeys((*top, *nearest)))[:_FILES]


def guides(texts: Mapping[str, bytes]) -> tuple[Guide, ...]:
    """``texts`` by path as guides, in their order, within the limits and each text once."""
    found: dict[str, Guide] = {}
    left = _MOST_OF_ALL
    for path, raw in texts.items():
        text = clean_text(raw[: 4 * _MOST].decode("utf-8", "replace"), min(_MOST, left))
        if text.strip("⋯\n") and text not in found:
            found[text] = Guide(path, text)
            left = max(0, left - len(text))
    return tuple(found.values())
