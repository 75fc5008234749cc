"""A real git repository in a temporary folder."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from synapse_bot.domain.change import Change
from synapse_bot.domain.diff import Diff
from synapse_bot.forge.base import Forge, HeadText
from synapse_bot.forge.local import LocalForge, Range, Selector

_IDENTITY = {
    "GIT_AUTHOR_NAME": "A Person",
    "GIT_AUTHOR_EMAIL": "person@example.org",
    "GIT_COMMITTER_NAME": "A Person",
    "GIT_COMMITTER_EMAIL": "person@example.org",
    "GIT_AUTHOR_DATE": "2026-01-02T03:04:05Z",
    "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}


@dataclass
class Repo:
    """``path`` is the work tree."""

    path: Path

    def git(self, *arguments: str, stdin: bytes | None = None, check: bool = True) -> bytes:
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            input=stdin,
            capture_output=True,
            env={"PATH": os.environ["PATH"], "HOME": str(self.path), **_IDENTITY},
        )
        if check and done.returncode != 0:
            raise AssertionError(f"git {arguments}: {done.stderr.decode()}")
        return done.stdout

    def init(self, *arguments: str) -> Repo:
        self.path.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main", *arguments)
        return self

    def write(self, files: Mapping[str | bytes, bytes | None]) -> None:
        """Writes files; None removes one."""
        top = os.fsencode(self.path)
        for name, content in files.items():
            place = os.path.join(top, os.fsencode(name))
            if content is None:
                os.unlink(place)
                continue
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with open(place, "wb") as file:
                file.write(content)

    def commit(self, files: Mapping[str | bytes, bytes | None], message: str = "change") -> str:
        self.write(files)
        self.git("add", "-A", "--force", ".")
        self.git("commit", "-q", "--allow-empty", "--no-verify", "-m", message)
        return self.head()

    def head(self) -> str:
        return self.git("rev-parse", "HEAD").decode().strip()


@dataclass(frozen=True)
class Seen:
    """What a forge gave for one change."""

    forge: Forge
    change: Change
    diff: Diff

    def texts(self, *paths: str) -> Mapping[str, HeadText]:
        wanted = paths or tuple(file.path for file in self.diff.files)
        return asyncio.run(_await(self.forge.head_texts(self.change, wanted)))


async def _await(awaitable):  # type: ignore[no-untyped-def]
    return await awaitable


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return Repo(tmp_path / "repository").init()


@pytest.fixture(scope="session")
def new_repo() -> type[Repo]:
    """For tests that make several repositories, or one for every example."""
    return Repo


@pytest.fixture
def read() -> Callable[[Forge], Seen]:
    """Reads a forge's change and diff."""

    def read_forge(forge: Forge) -> Seen:
        async def both() -> Seen:
            change = await forge.change()
            return Seen(forge, change, await forge.diff(change))

        return asyncio.run(both())

    return read_forge


@pytest.fixture
def see(read: Callable[[Forge], Seen]) -> Callable[..., Seen]:
    """Opens a repository with a selector, and reads it."""

    def see_repo(repo: Repo, selector: Selector | None = None) -> Seen:
        environ = {"PATH": os.environ["PATH"]}
        return read(LocalForge.open(repo.path, selector or Range("main"), environ=environ))

    return see_repo
