"""Which manifest a lock file belongs to, and what a manifest asks for."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection

# Manifest -> its locks, in the same folder or, for a workspace, in one above it.
LOCKS: Mapping[str, tuple[str, ...]] = {
    "package.json": (
        *("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml"),
        *("bun.lock", "bun.lockb"),
    ),
    "pyproject.toml": ("poetry.lock", "uv.lock", "pdm.lock"),
    "Pipfile": ("Pipfile.lock",),
    "requirements.in": ("requirements.txt",),
    "go.mod": ("go.sum",),
    "Cargo.toml": ("Cargo.lock",),
    "Gemfile": ("Gemfile.lock",),
    "composer.json": ("composer.lock",),
}
MANIFESTS = {lock: manifest for manifest, locks in LOCKS.items() for lock in locks}
# What also decides the content of a lock, beside its own manifest.
_DECIDES = {
    "package.json": ("pnpm-workspace.yaml", ".npmrc", ".yarnrc", ".yarnrc.yml"),
    "Gemfile": (".ruby-version",),
    "pyproject.toml": ("uv.toml", "requirements.in"),
}


def locks_of(manifest: str, tree: Collection[str]) -> tuple[str, ...]:
    """The lock files in ``tree`` that hold what the file ``manifest`` asks for, nearest first.

    Only those of the nearest folder that has any.
    """
    folder = PurePosixPath(manifest).parent
    names = LOCKS.get(PurePosixPath(manifest).name, ())
    for above in (folder, *folder.parents):
        if found := [str(above / name) for name in names if str(above / name) in tree]:
            return tuple(found)
    return ()


def decided_by(lock: str, changed: Collection[str]) -> bool:
    """Whether one of the ``changed`` files is a manifest of ``lock``, or of its workspace."""
    path = PurePosixPath(lock)
    manifest = MANIFESTS[path.name]
    names = {manifest, *_DECIDES.get(manifest, ())}
    home = "" if str(path.parent) == "." else f"{path.parent}/"
    return any(p.startswith(home) and PurePosixPath(p).name in names for p in changed)


def asked_for(path: str, text: str) -> Mapping[str, str] | None:
    """What the manifest at ``path`` asks for, name -> version as written; None if unreadable."""
    reader = _READERS.get(PurePosixPath(path).name)
    if reader is None:
        return None
    try:
        return {name.lower(): spec for name, spec in reader(text)}
    except (ValueError, RecursionError, AttributeError, TypeError):
        return None


def scripts_of(text: str) -> Mapping[str, str]:
    """The scripts of a package.json; none where it cannot be read."""
    try:
        found = json.loads(text).get("scripts") if text else None
    except (ValueError, RecursionError, AttributeError):
        return {}
    return {k: str(v) for k, v in found.items()} if isinstance(found, dict) else {}


Asked = Iterator[tuple[str, str]]


def _tables(data: Any, *names: str) -> Asked:
    for name in names:
        for key, value in (data.get(name) or {}).items():
            yield key, value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _package_json(text: str) -> Asked:
    kinds = ("dependencies", "devDependencies", "optionalDependencies")
    yield from _tables(json.loads(text), *kinds)


def _composer(text: str) -> Asked:
    yield from _tables(json.loads(text), "require", "require-dev")


def _cargo(text: str) -> Asked:
    data = tomllib.loads(text)
    kinds = ("dependencies", "dev-dependencies", "build-dependencies")
    yield from _tables(data, *kinds)
    yield from _tables(data.get("workspace") or {}, "dependencies")


def _pipfile(text: str) -> Asked:
    yield from _tables(tomllib.loads(text), "packages", "dev-packages")


_REQUIREMENT = re.compile(r"\s{0,20}([A-Za-z0-9][\w.-]{0,200})(.{0,500})")


def _requirements(lines: Any) -> Asked:
    for line in lines:
        if isinstance(line, str) and (match := _REQUIREMENT.match(line)):
            yield re.sub(r"[-_.]+", "-", match[1]), match[2].partition(" #")[0].strip()


def _pyproject(text: str) -> Asked:
    data = tomllib.loads(text)
    project = data.get("project") or {}
    yield from _requirements(project.get("dependencies") or ())
    for group in (project.get("optional-dependencies") or {}).values():
        yield from _requirements(group)
    for group in (data.get("dependency-groups") or {}).values():
        yield from _requirements(group)
    poetry = (data.get("tool") or {}).get("poetry") or {}
    yield from _tables(poetry, "dependencies", "dev-dependencies")
    for group in (poetry.get("group") or {}).values():
        yield from _tables(group, "dependencies")


def _requirements_in(text: str) -> Asked:
    yield from _requirements(text.split("\n"))


_GO = re.compile(
    r"^(?:require[ \t]+|replace[ \t]+|\t)([^\s()/]\S{0,300}) ([^\n]{1,300})$", re.MULTILINE
)


def _go(text: str) -> Asked:
    for match in _GO.finditer(text):
        yield match[1], match[2].partition("//")[0].strip()


_GEM = re.compile(r"""^\s{0,20}gem\s+['"]([\w.-]{1,200})['"]([^\n]{0,300})$""", re.MULTILINE)


def _gemfile(text: str) -> Asked:
    for match in _GEM.finditer(text):
        yield match[1], match[2].strip(", ")


_READERS: Mapping[str, Callable[[str], Asked]] = {
    "package.json": _package_json,
    "pyproject.toml": _pyproject,
    "Pipfile": _pipfile,
    "requirements.in": _requirements_in,
    "go.mod": _go,
    "Cargo.toml": _cargo,
    "Gemfile": _gemfile,
    "composer.json": _composer,
}
