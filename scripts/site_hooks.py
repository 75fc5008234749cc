"""Hooks of the documentation site: links of files at the top level, seen from docs/.

README.md and ARCHITECTURE.md are written for who reads the repository; pages that include parts of
them are read elsewhere, so their links are turned.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
_LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)\s]+)\)")
_INCLUDE = re.compile(r'^--8<-- "(?P<file>[A-Z]+\.md):(?P<section>[a-z]+)"$', re.MULTILINE)


def on_page_markdown(markdown: str, *, config: Any, **_: object) -> str:
    """Puts the included sections in place, their links turned."""
    return _INCLUDE.sub(lambda found: _section(found, str(config["repo_url"])), markdown)


def _section(found: re.Match[str], repository: str) -> str:
    text = (ROOT / found["file"]).read_text(encoding="utf-8")
    marks = (
        f"<!-- --8<-- [start:{found['section']}] -->",
        f"<!-- --8<-- [end:{found['section']}] -->",
    )
    start, end = (text.index(mark) for mark in marks)
    return turn_links(text[start + len(marks[0]) : end].strip(), repository)


def turn_links(text: str, repository: str) -> str:
    """Links as seen from the top level, turned into links as seen from docs/."""

    def turned(found: re.Match[str]) -> str:
        target = found[1]
        if target.startswith("docs/"):
            return f"]({target.removeprefix('docs/')})"
        if target == "ARCHITECTURE.md":
            return "](architecture.md)"
        return f"]({repository}/blob/main/{target})"

    return _LINK.sub(turned, text)
