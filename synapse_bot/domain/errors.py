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


class NotBuiltYet(SynapseError):
    """A published option whose system is not there yet."""


class ConfigInvalid(SynapseError):
    """One or more faults, one a line, each as file:line: what, with the nearest valid key."""


class StoreUnusable(SynapseError):
    hint = "Check the folder's permissions, or choose another with XDG_STATE_HOME."


class ToolInstallFailed(SynapseError):
    hint = "See the output above; an existing binary on PATH is used too."


class OutputUnwritable(SynapseError):
    hint = "Choose another folder with --out."
