"""CODEOWNERS: who answers for a file, by GitHub's and GitLab's rules; the last match decides."""

from __future__ import annotations

from dataclasses import dataclass

from synapse_bot.domain.globs import any_match

OWNERS_FILES = (".github/CODEOWNERS", ".gitlab/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
_MAX_RULES = 5_000


@dataclass(frozen=True)
class Owners:
    """Rules as (globs, names); a rule without names says that nobody owns what it matches."""

    rules: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()

    def of(self, path: str) -> tuple[str, ...]:
        for globs, names in reversed(self.rules):
            if any_match(globs, path):
                return names
        return ()


def parse_owners(content: bytes) -> Owners:
    """The rules of a CODEOWNERS file. Sections and what cannot be read are passed over."""
    rules = []
    for line in content.decode("utf-8", "replace").splitlines()[:_MAX_RULES]:
        words = line.partition(" #")[0].split()
        if words and not words[0].startswith(("#", "!", "[", "^[")):
            names = tuple(word for word in words[1:] if "@" in word)
            rules.append((_globs(words[0]), names))
    return Owners(tuple(rules))


def _globs(pattern: str) -> tuple[str, ...]:
    """As in .gitignore: a slash inside anchors, and a folder stands for all below it."""
    inner = pattern.strip("/")
    top = "/" if pattern.startswith("/") or "/" in inner else "**/"
    below = f"{top}{inner}/**"
    if pattern.endswith("/"):
        return (below,)
    return (f"{top}{inner}",) if inner.endswith("*") else (f"{top}{inner}", below)
