"""Where state lives: in the git folder of the reviewed repository, or under XDG_STATE_HOME."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

from synapse_bot.domain.errors import StoreUnusable

NAME = "synapse-bot"


def state_dir(git_path: Path | None, xdg_state_home: str, home: str) -> Path:
    """The folder of the state. Nothing is created, nothing is read.

    ``git_path`` is what `git rev-parse --git-path synapse-bot` says, None outside a repository.
    A relative XDG_STATE_HOME is ignored, as its specification demands. Raises StoreUnusable where
    there is no home either.
    """
    if git_path is not None:
        return git_path
    if xdg_state_home and Path(xdg_state_home).is_absolute():
        return Path(xdg_state_home) / NAME
    if not home:
        raise StoreUnusable("there is no folder for the state: no repository, no home folder")
    return Path(home) / ".local" / "state" / NAME


def private_folder(folder: Path) -> None:
    """Make ``folder`` where it is missing, for its owner alone. Raises StoreUnusable.

    The audit quotes source code: it is nobody else's on a shared machine.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if folder.stat().st_mode & 0o077:
            folder.chmod(0o700)
    except OSError as error:
        raise StoreUnusable(
            f"the folder of the state cannot be used: {folder}: {error.strerror}"
        ) from error


def private_file(path: Path) -> None:
    """Make ``path`` as an empty file (0600) where it is missing. Raises OSError.

    A file that is there is not even opened: to close it again would take away the locks that
    SQLite holds on it for other threads of this process (POSIX, fcntl).
    """
    if path.is_symlink():
        raise OSError(errno.ELOOP, "it is a link", str(path))
    if path.exists():
        return
    with suppress(FileExistsError):  # another process was faster
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0)
        os.close(os.open(path, flags, 0o600))
