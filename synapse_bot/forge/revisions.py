"""From what the user named to two commits: refs, the default branch, the merge-base."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from synapse_bot.domain.errors import GitFailed, RefMissing, ShallowClone
from synapse_bot.forge.git import Git, failure

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_UNNAMEABLE = re.compile(r"^-|[\x00-\x20\x7f]")
_MAX_REFS = 2000
_MAX_SUBJECT = 500


@dataclass(frozen=True, slots=True)
class Range:
    """From the merge-base of ``base`` and ``head`` to ``head``.

    ``base`` None is the default branch, ``head`` None what is checked out.
    """

    base: str | None = None
    head: str | None = None


@dataclass(frozen=True, slots=True)
class Staged:
    """What is staged for the next commit, against HEAD."""


Selector = Range | Staged


@dataclass(frozen=True, slots=True)
class Revisions:
    """``base`` and ``head`` are commit ids; ``head`` is "" for the index, ``base`` "" for none."""

    ref: str  # how a person names the change
    base: str
    head: str
    branch: str = ""


def resolve(git: Git, selector: Selector, *, shallow: bool) -> Revisions:
    """The commits that ``selector`` names. Raises RefMissing, ShallowClone, GitFailed."""
    if isinstance(selector, Staged):
        parent = find_commit(git, "HEAD") or ""
        return Revisions("--staged", parent, "", current_branch(git, parent))
    head_name = selector.head or "HEAD"
    head = find_commit(git, head_name)
    if head is None:
        raise _no_head(git, head_name)
    base_name = selector.base or default_branch(git, shallow=shallow)
    base = find_commit(git, base_name) or find_commit(git, f"origin/{base_name}")
    if base is None:
        raise _missing(git, base_name, shallow=shallow)
    branch = current_branch(git, head) if head_name == "HEAD" else head_name
    shown = branch or head[:12]
    merge_base = _merge_base(git, base, head, (base_name, shown), shallow=shallow)
    if shallow and selector.base is None and merge_base == head:
        # A clone of one branch takes that branch for the default one: "nothing changed" would be
        # a lie, and a pass.
        raise ShallowClone(f"{base_name} is all that this shallow clone holds (fetch-depth: 0)")
    return Revisions(f"{base_name}...{shown}", merge_base, head, branch)


def find_commit(git: Git, name: str) -> str | None:
    """The id of the commit ``name``, or None. A name is never taken for an option."""
    if not name or _UNNAMEABLE.search(name):
        return None
    found = git.line("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    return found if found and _COMMIT.fullmatch(found) else None


def default_branch(git: Git, *, shallow: bool) -> str:
    """The branch that changes go into: origin/HEAD, then main or master, then git's own choice."""
    pointed = git.line("symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD")
    configured = git.line("config", "--get", "init.defaultBranch")
    guesses = [pointed, "origin/main", "origin/master", "main", "master"]
    guesses += [f"origin/{configured}", configured] if configured else []
    for guess in guesses:
        if guess and find_commit(git, guess):
            return guess
    if shallow:
        raise ShallowClone("the default branch is not in this shallow clone")
    raise RefMissing(
        "no default branch found (looked for origin/HEAD, main and master)",
        f"Name it: --base REF.{_known_refs(git)}",
    )


def current_branch(git: Git, head: str) -> str:
    """The branch checked out; for a CI's detached HEAD the branch that points at it, or ""."""
    name = git.line("symbolic-ref", "--quiet", "--short", "HEAD")
    if name or not head:
        return name or ""
    listed = git.line(
        "for-each-ref",
        f"--points-at={head}",
        "--count=20",
        "--format=%(refname)",
        "refs/heads/",
        "refs/remotes/",
    )
    for ref in (listed or "").splitlines():
        short = ref.removeprefix("refs/heads/")
        if short.startswith("refs/remotes/"):
            short = short.split("/", 3)[-1]
        if short not in ("HEAD", "main", "master") and not re.fullmatch(r"\d+/merge", short):
            return short
    return ""


def subject(git: Git, commit: str) -> str:
    """The first paragraph of the commit's message as one line; untrusted text."""
    raw = git.run("cat-file", "commit", commit)
    message = raw.partition(b"\n\n")[2].lstrip(b"\n").partition(b"\n\n")[0]
    return " ".join(message.decode("utf-8", "replace").split())[:_MAX_SUBJECT]


def _merge_base(git: Git, base: str, head: str, names: tuple[str, str], *, shallow: bool) -> str:
    done = git.attempt("merge-base", base, head)
    if done.code == 0:
        return done.out.decode().strip()
    if shallow:
        raise ShallowClone(
            f"{names[0]} and {names[1]} have no common commit in this shallow clone; "
            "it needs the whole history (fetch-depth: 0)"
        )
    if done.code != 1:
        raise failure("merge-base", done)
    raise GitFailed(
        f"{names[0]} and {names[1]} have no common commit: their histories are unrelated",
        "Give another --base, or pipe the diff of the two trees: git diff A B | "
        "synapse-bot review --diff -",
    )


def _no_head(git: Git, name: str) -> RefMissing:
    if name == "HEAD":
        return RefMissing(
            "the current branch has no commit yet", "Commit first, or review with --staged."
        )
    return RefMissing(f"no revision is named {name!r}", _nearest(git, name))


def _missing(git: Git, name: str, *, shallow: bool) -> RefMissing | ShallowClone:
    if shallow:
        return ShallowClone(f"{name!r} is not in this shallow clone (it needs fetch-depth: 0)")
    return RefMissing(f"no revision is named {name!r}", _nearest(git, name))


def _nearest(git: Git, name: str) -> str:
    close = difflib.get_close_matches(name, _refs(git), n=3, cutoff=0.5)
    fetch = f"Fetch it first: git fetch origin {name}." if not _UNNAMEABLE.search(name) else ""
    return f"Did you mean {', '.join(close)}? {fetch}".strip() if close else fetch


def _known_refs(git: Git) -> str:
    refs = _refs(git)[:8]
    return f" Known here: {', '.join(refs)}." if refs else ""


def _refs(git: Git) -> list[str]:
    listed = git.line(
        "for-each-ref",
        f"--count={_MAX_REFS}",
        "--format=%(refname:short)",
        "refs/heads/",
        "refs/remotes/",
        "refs/tags/",
    )
    return (listed or "").splitlines()
