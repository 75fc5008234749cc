"""Running git on a hostile repository: no hook, no filter, no helper, no network, no prompt.

Every option that a repository's or a user's configuration could use to run a program or to
change an output format that we parse is set on the command line, which wins over all of them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from synapse_bot.domain.errors import GitFailed, NotARepository

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

_SAFE_CONFIG = (
    "core.quotePath=false",
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.attributesFile=/dev/null",
    "core.pager=cat",
    "log.showSignature=false",  # it would start gpg
    "safe.bareRepository=explicit",  # a folder of the change that looks like one is not one
    "protocol.allow=never",
    "submodule.recurse=false",
    "diff.external=",
    "diff.suppressBlankEmpty=false",
    "diff.interHunkContext=0",
    "diff.renameLimit=1000",
    "gc.auto=0",
    "maintenance.auto=false",
)
_SAFE_ENVIRONMENT = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",  # reading never writes to the index
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_LITERAL_PATHSPECS": "1",  # a file named "*" is not every file
    "GIT_PAGER": "cat",
}
# safe.directory is the user's; a hook's index is what is about to be committed.
_KEPT_ENVIRONMENT = ("HOME", "XDG_CONFIG_HOME", "USERPROFILE", "SYSTEMROOT", "GIT_INDEX_FILE")
_OBJECT = re.compile(r"[0-9a-f]{4,64}")  # one a line: nothing else may reach cat-file
_MESSAGE_BYTES = 600
_BATCH = 500  # 500 ids fit into a pipe: git never waits for us while we wait for it


@dataclass(frozen=True, slots=True)
class Completed:
    code: int
    out: bytes
    err: str  # first lines, for a message; it may quote names of the change


@dataclass(frozen=True, slots=True)
class Blob:
    """``content`` is None for an object that is missing, no blob, or larger than was asked for."""

    content: bytes | None
    size: int = 0
    why: str = ""


class Git:
    """git in the folder ``cwd``. Commands are argument lists; nothing passes through a shell."""

    def __init__(
        self,
        cwd: Path,
        *,
        binary: str = "git",
        environ: Mapping[str, str] | None = None,
        timeout_s: float = 300.0,
    ) -> None:
        """``environ`` gives PATH and HOME; of its GIT_* only the index is kept.

        Raises GitFailed.
        """
        given = environ or {}
        path = _absolute_path(given.get("PATH", os.defpath))
        self.cwd = cwd
        self.binary = _find(binary, path)
        self.timeout_s = timeout_s
        self._environment = {
            **{key: given[key] for key in _KEPT_ENVIRONMENT if key in given},
            **_SAFE_ENVIRONMENT,
            "PATH": path,
        }

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """The command's output. Raises GitFailed unless it exits with 0."""
        done = self.attempt(*arguments, stdin=stdin)
        if done.code != 0:
            raise failure(arguments[0], done)
        return done.out

    def line(self, *arguments: str) -> str | None:
        """The output without its last newline, or None when the command fails."""
        done = self.attempt(*arguments)
        return done.out.decode("utf-8", "replace").removesuffix("\n") if done.code == 0 else None

    def attempt(self, *arguments: str, stdin: bytes = b"") -> Completed:
        """The command's result, whatever its exit status. Raises GitFailed at the timeout."""
        try:
            done = subprocess.run(
                self._command(arguments),
                input=stdin,
                capture_output=True,
                cwd=self.cwd,
                env=self._environment,
                timeout=self.timeout_s,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            why = f"git {arguments[0]} took longer than {self.timeout_s:.0f} s"
            raise GitFailed(why) from error
        except OSError as error:
            raise NotARepository(f"{self.cwd}: {error.strerror}") from error
        return Completed(done.returncode, done.stdout, _first_lines(done.stderr))

    @contextmanager
    def stream(self, *arguments: str) -> Iterator[IO[bytes]]:
        """The command's output as it comes; leaving early ends it. Raises GitFailed if it fails."""
        with (
            tempfile.TemporaryFile() as errors,  # a pipe that nobody reads could fill up
            subprocess.Popen(
                self._command(arguments),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=self.cwd,
                env=self._environment,
            ) as process,
        ):
            assert process.stdout is not None
            watchdog = threading.Timer(self.timeout_s, process.kill)
            watchdog.start()
            try:
                yield process.stdout
                if not process.stdout.read(1) and process.wait() != 0:
                    errors.seek(0)
                    message = _first_lines(errors.read(_MESSAGE_BYTES))
                    raise failure(arguments[0], Completed(process.returncode, b"", message))
            finally:
                watchdog.cancel()
                process.kill()

    def blobs(self, ids: Iterable[str], max_bytes: int) -> dict[str, Blob]:
        """Content by object id, through one ``cat-file --batch``; each at most ``max_bytes``."""
        wanted = dict.fromkeys(ids)
        found = self._blob_sizes([name for name in wanted if _OBJECT.fullmatch(name)])
        found |= {name: Blob(None, 0, "no object id") for name in wanted.keys() - found.keys()}
        for name, blob in found.items():
            if blob.size > max_bytes:
                found[name] = Blob(None, blob.size, f"larger than {max_bytes} bytes")
        readable = [name for name, blob in found.items() if not blob.why]
        if readable:
            found.update(self._blob_contents(readable))
        return found

    def _blob_sizes(self, ids: list[str]) -> dict[str, Blob]:
        if not ids:
            return {}
        asked = "".join(f"{name}\n" for name in ids).encode()
        answers = self.run("cat-file", "--batch-check", stdin=asked).decode().splitlines()
        return dict(zip(ids, map(_size_of, answers), strict=True))

    def _blob_contents(self, ids: list[str]) -> dict[str, Blob]:
        found: dict[str, Blob] = {}
        with subprocess.Popen(
            self._command(("cat-file", "--batch")),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self.cwd,
            env=self._environment,
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            for start in range(0, len(ids), _BATCH):
                batch = ids[start : start + _BATCH]
                process.stdin.write("".join(f"{name}\n" for name in batch).encode())
                process.stdin.flush()
                for name in batch:
                    found[name] = _read_blob(process.stdout)
            process.stdin.close()
        return found

    def _command(self, arguments: Iterable[str]) -> list[str]:
        config = [part for setting in _SAFE_CONFIG for part in ("-c", setting)]
        return [self.binary, "--no-pager", *config, *arguments]


def failure(command: str, done: Completed) -> GitFailed | NotARepository:
    """The typed error for a failed command, told by git's own (untranslated) words."""
    if "not a git repository" in done.err:
        return NotARepository("this folder is not in a git repository")
    if "cannot use bare repository" in done.err:
        return NotARepository("this is a bare repository", "Run in a work tree of it.")
    if "dubious ownership" in done.err:
        hint = "Trust it: git config --global --add safe.directory FOLDER."
        return GitFailed("the repository belongs to another user", hint)
    if "promisor" in done.err or "lazy fetch" in done.err:
        return GitFailed("the clone is partial and lacks objects", "Clone without --filter.")
    return GitFailed(f"git {command} failed ({done.code}): {done.err or 'no message'}")


def _read_blob(stream: IO[bytes]) -> Blob:
    header = stream.readline(200).decode("utf-8", "replace")
    checked = _size_of(header.removesuffix("\n"))
    if checked.why:
        return checked
    content = stream.read(checked.size)
    stream.read(1)
    if len(content) != checked.size:
        return Blob(None, 0, "git ended before the object did")
    return Blob(content, checked.size)


def _size_of(answer: str) -> Blob:
    """One line of ``cat-file --batch-check``: "<id> blob <size>", or "<name> missing"."""
    match answer.split(" "):
        case [_, "blob", size] if size.isdigit():
            return Blob(None, int(size))
        case [_, kind, size] if size.isdigit():
            return Blob(None, 0, f"it is a {kind}, not a file")
    return Blob(None, 0, "its object is missing")


def _first_lines(raw: bytes) -> str:
    return raw[:_MESSAGE_BYTES].decode("utf-8", "replace").strip()


def _absolute_path(path: str) -> str:
    """PATH without relative folders: git of the change's own folder is not git."""
    return os.pathsep.join(part for part in path.split(os.pathsep) if os.path.isabs(part))


def _find(binary: str, path: str) -> str:
    found = shutil.which(binary, path=path)
    if found is None or not os.path.isabs(found):
        raise GitFailed(f"{binary} is not installed", "Install git, or add it to PATH.")
    return found
