"""What a change says it is for, from its title and branch: untrusted, and treated so."""

from __future__ import annotations

import re

_INTENTS = {
    "feat": "feature",
    "feature": "feature",
    "fix": "fix",
    "bug": "fix",
    "bugfix": "fix",
    "revert": "fix",
    "hotfix": "hotfix",
    "refactor": "refactor",
    "perf": "refactor",
    "docs": "docs",
    "doc": "docs",
    "build": "chore",
    "chore": "chore",
    "ci": "chore",
    "deps": "chore",
    "style": "chore",
    "test": "chore",
    "tests": "chore",
}
_SUBJECT = re.compile(r"([a-z]{2,10})(?:\([^()\n]{0,80}\))?!?:", re.IGNORECASE)
_BRANCH = re.compile(r"(?:[^/]*/){0,3}?([a-z]{2,10})[/_-]", re.IGNORECASE)


def intent_of(title: str, branch: str) -> str:
    """The intent by a conventional commit's subject, else by the branch; "" is unknown.

    A branch "hotfix/..." makes it a hotfix whatever the commit says.
    """
    by_title, by_branch = _of(_SUBJECT, title), _of(_BRANCH, branch)
    return by_branch if by_branch == "hotfix" else by_title or by_branch


def _of(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.match(text)
    return _INTENTS.get(match[1].lower(), "") if match else ""
