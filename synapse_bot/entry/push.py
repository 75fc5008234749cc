"""What is about to be pushed, as git and as the pre-commit framework tell a pre-push hook.

git gives a line for each ref on stdin (githooks(5), pre-push); pre-commit gives the first ref that
has something new, in variables. Names of refs are the pusher's own text: they are checked by git
and printed through the error door.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from synapse_bot.domain.errors import ExitCode, RefMissing, SynapseError
from synapse_bot.forge.revisions import Range, default_branch, find_commit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_bot.forge.git import Git

_LINE = re.compile(
    r"(?P<local>.+) (?P<head>[0-9a-f]{40,64}) (?P<remote>\S+) (?P<there>[0-9a-f]{40,64})"
)
_NONE = re.compile(r"0+")


class NothingPushed(SynapseError):
    """A push that brings no commit: a deletion, or a ref to what the remote has already."""

    exit_code = ExitCode.PASS
    hint = ""


class PushUnclear(SynapseError):
    """A push that is not one change, or that says nothing of itself."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """One ref of a push. ``there`` is what the remote has now, "" where the ref is new to it."""

    name: str
    head: str
    there: str = ""


def read_push(variables: Mapping[str, str], lines: str) -> tuple[Pushed, ...]:
    """The refs of the push that are not deletions. ``lines`` is what git wrote to the hook.

    Raises PushUnclear for a line that git would not have written.
    """
    name = variables.get("PRE_COMMIT_LOCAL_BRANCH", "")
    there, head = (variables.get(f"PRE_COMMIT_{end}_REF", "") for end in ("FROM", "TO"))
    if there and head:
        return (Pushed(name or head, head, there),)
    if name:  # pre-commit names no revisions where the very first commit is new to the remote
        return (Pushed(name, name),)
    if "PRE_COMMIT" in variables and not lines:  # `pre-commit run` by hand: there is no push
        raise PushUnclear(
            "pre-commit does not say what is pushed",
            "By hand: pre-commit run --hook-stage pre-push --from-ref REF --to-ref REF.",
        )
    return tuple(ref for line in lines.splitlines() if (ref := _parse(line)))


def pushed_range(refs: tuple[Pushed, ...], git: Git) -> Range:
    """The one range that ``refs`` bring. Raises NothingPushed, PushUnclear, RefMissing."""
    ranges: dict[str, tuple[str, Range]] = {}
    for ref in refs:
        if found := _new(ref, git):
            ranges.setdefault(found.head or "", (ref.name, found))
    if not ranges:
        raise NothingPushed("the push brings no new commit: nothing to review")
    if len(ranges) > 1:
        names = ", ".join(name for name, _ in ranges.values())
        raise PushUnclear(
            f"{len(ranges)} changes are pushed at once: {names}",
            "Push them one by one: a review is of one change.",
        )
    [(_, only)] = ranges.values()
    return only


def _parse(line: str) -> Pushed | None:
    found = _LINE.fullmatch(line)
    if found is None:
        raise PushUnclear(
            f"no line of git's pre-push hook: {line[:80]!r}",
            "Run it as .git/hooks/pre-push; elsewhere give --base and --head.",
        )
    if _NONE.fullmatch(found["head"]):
        return None
    there = "" if _NONE.fullmatch(found["there"]) else found["there"]
    return Pushed(found["local"], found["head"], there)


def _new(ref: Pushed, git: Git) -> Range | None:
    """From what the remote has to the new head; None where it brings no commit.

    What was there before a forced push may be unknown here: then, as for a new ref, the default
    branch is what it is compared with.
    """
    head = find_commit(git, ref.head)
    if head is None:
        return None if git.line("cat-file", "-t", ref.head) in _UNREVIEWABLE else _missing(ref)
    if ref.there and (base := find_commit(git, ref.there)):
        return Range(base, head) if base != head else None
    if git.line("rev-list", "--max-count=1", head, "--not", "--remotes") == "":
        return None
    base_name = default_branch(git, shallow=False)
    if find_commit(git, base_name) == head:
        raise RefMissing(
            f"{ref.name} is the default branch, and nothing of it is on the remote yet: "
            "there is nothing to compare it with",
            "Push it once with --no-verify, or review with --base and --head.",
        )
    return Range(base_name, head)


_UNREVIEWABLE = ("blob", "tree", "tag")  # a tag of a file, say: no commit is in it


def _missing(ref: Pushed) -> NoReturn:
    raise RefMissing(f"{ref.name} is pushed, and its commit {ref.head[:12]} is not here")
