"""The clean corpus: well-kept projects from one release to a later one.

Source distributions come from PyPI and npm by their own clients, once, into the user's cache
folder; a file whose hash is not the pinned one is refused and removed.
"""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal, assert_never

from quality_changes import Change, two_commits

Registry = Literal["pypi", "npm"]


@dataclass(frozen=True, slots=True)
class Release:
    """One pinned file of a registry."""

    registry: Registry
    package: str
    version: str
    file: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Step:
    """A project's change from ``old`` to ``new``; paths that begin with ``without`` left out."""

    name: str
    old: Release
    new: Release
    without: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.old.version} to {self.new.version}"


class ReleaseMissing(Exception):
    """A file could not be had, or is not what was pinned."""


def parse_steps(rows: Mapping[str, Any]) -> tuple[Step, ...]:
    """The rows ``clean`` of quality.yaml."""
    return tuple(_step(name, row) for name, row in rows.items())


def _step(name: str, row: Mapping[str, Any]) -> Step:
    old, new = (Release(row["registry"], name, *release) for release in row["releases"])
    return Step(name, old, new, row.get("without", ""))


def change_of(step: Step, cache: Path, folder: Path) -> Change:
    """The step as a repository of two commits. Raises ReleaseMissing."""
    old, new = (_sources(release, step.without, cache) for release in (step.old, step.new))
    return two_commits(folder, old, new)


def _sources(release: Release, without: str, cache: Path) -> dict[str, bytes]:
    files = unpacked(fetched(release, cache))
    if not without:
        return files
    return {path: content for path, content in files.items() if not path.startswith(without)}


def fetched(release: Release, cache: Path) -> bytes:
    """The file of ``release``, from ``cache`` or its registry. Raises ReleaseMissing."""
    path = cache / release.file
    if not path.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        print(f"  fetching {release.package} {release.version}", file=sys.stderr)
        done = subprocess.run(_client(release), cwd=cache, capture_output=True, check=False)
        if done.returncode or not path.is_file():
            said = done.stderr.decode(errors="replace").strip()[-300:]
            raise ReleaseMissing(f"{release.package} {release.version}: {said}")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != release.sha256:
        path.unlink()
        raise ReleaseMissing(f"{release.file}: not the file that is pinned, removed")
    return content


def _client(release: Release) -> Sequence[str]:
    match release.registry:
        case "pypi":
            name = f"{release.package}=={release.version}"
            return ("pip", "download", "--quiet", "--no-deps", "--no-binary=:all:", name)
        case "npm":
            return ("npm", "pack", "--silent", f"{release.package}@{release.version}")
        case _:
            assert_never(release.registry)


def unpacked(archive: bytes) -> dict[str, bytes]:
    """The regular files of a .tar.gz, the folder that holds everything left out."""
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        return dict(_files(tar))


def _files(tar: tarfile.TarFile) -> Iterator[tuple[str, bytes]]:
    for member in tar:
        parts = PurePosixPath(member.name).parts[1:]
        if member.isfile() and parts and ".." not in parts and ".git" not in parts:
            content = tar.extractfile(member)
            assert content is not None
            yield "/".join(parts), content.read()


def thousands(change: Change, suffixes: tuple[str, ...]) -> float:
    """Thousands of lines added to files of code."""
    return sum(len(n) for path, n in change.added.items() if path.endswith(suffixes)) / 1000
