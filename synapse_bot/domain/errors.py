"""Errors say who, what and what to do. entry/door.py alone turns them into an exit code."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The contract of the command; docs/exit-codes.md explains each."""

    PASS = 0
    FINDINGS = 1
    USAGE = 2
    INCOMPLETE = 3
    BUG = 4
    INTERRUPTED = 130


class SynapseError(Exception):
    """``str()`` says what happened; ``hint`` what to do. Subclasses name the situation."""

    hint: str = ""
    exit_code: ExitCode = ExitCode.USAGE

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        if hint is not None:
            self.hint = hint


class NotARepository(SynapseError):
    hint = "Run inside a git repository, or give a patch with --diff FILE."


class RefMissing(SynapseError):
    hint = "Fetch it first: git fetch origin REF."


class ShallowClone(SynapseError):
    hint = "Fetch the whole history: `fetch-depth: 0` on GitHub, `GIT_DEPTH: 0` on GitLab."


class GitFailed(SynapseError):
    hint = "Run with --verbose to see the git command."


class DiffUnreadable(SynapseError):
    hint = "Make it with `git diff`, or give --base and --head."


class ConfigInvalid(SynapseError):
    """One or more faults, one a line, each as file:line: what, with the nearest valid key."""


class StoreUnusable(SynapseError):
    hint = "Check the folder's permissions, or choose another with XDG_STATE_HOME."


class ToolInstallFailed(SynapseError):
    hint = "See the output above; an existing binary on PATH is used too."


class OutputUnwritable(SynapseError):
    hint = "Choose another folder with --out."


class ForgeDenied(SynapseError):
    """The forge refuses: no token, a wrong one, or one that may not do this."""

    hint = "Give the job `pull-requests: write` (GitHub) or a token with scope `api` (GitLab)."


class ForgeBusy(SynapseError):
    """A rate limit or an outage that outlasted our patience; ``retry_after_s`` is its wish."""

    hint = "Run again later: what was posted is found again, and only the rest is added."
    exit_code = ExitCode.INCOMPLETE

    def __init__(self, message: str, hint: str | None = None, *, retry_after_s: float = 0) -> None:
        super().__init__(message, hint)
        self.retry_after_s = retry_after_s


class ForgeFailed(SynapseError):
    """The forge does not know what was asked for, or answers what nobody can read."""

    hint = "Check the address of the forge, the repository and the number of the change."


class ArtefactRefused(SynapseError):
    """What another job wrote down is not what the forge and the host know."""

    hint = "Post only the artefact of the run that reviewed this very head."


class RunAlive(SynapseError):
    hint = "Wait for it, or stop it: synapse-bot runs cancel ID."


class RunEnded(SynapseError):
    """The run is over, or nobody may go on with it."""

    hint = "synapse-bot runs show ID prints what is recorded; review the change anew."


class RunOutdated(SynapseError):
    """Going on would mix two versions, two configurations or two changes in one review."""

    hint = "Review the change anew, or fork the run: synapse-bot runs fork ID."


class RunCancelled(SynapseError):
    hint = "synapse-bot runs show ID says when; review the change anew."
