"""What a change does to other people's code in the repository: by its manifests and lock files.

Facts only, from the texts at hand: a lock without its manifest and the other way round, a package
that comes from elsewhere, content that changed under the same version, a new install script, a
jump or a step back of a version, another licence. Each kind is told once a lock file, with names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from synapse_bot.domain.diff import LineKind
from synapse_bot.specialist.change.before import removed_texts, texts_before
from synapse_bot.specialist.change.lock_changes import Comparison, finding_near, named
from synapse_bot.specialist.change.locks import READERS, Locked, read_lock
from synapse_bot.specialist.change.manifests import (
    LOCKS,
    MANIFESTS,
    asked_for,
    decided_by,
    locks_of,
    scripts_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synapse_bot.domain.diff import FileDiff
    from synapse_bot.specialist.base import Examination
    from synapse_bot.specialist.output.base import RawFinding
    from synapse_bot.specialist.runner import Place

_LINE = 2_000  # characters of a line that are read


def scan(task: Examination, paths: Sequence[str], place: Place) -> tuple[RawFinding, ...]:
    """Findings about every manifest and lock file among ``paths``."""
    del place
    wanted = [p for p in paths if PurePosixPath(p).name in {*LOCKS, *MANIFESTS}]
    before = texts_before(task, wanted)
    changed = {path for file in task.diff.files for path in (file.path, file.old_path) if path}
    tree = frozenset(task.past.tree()) if task.past else frozenset[str]()
    found: list[RawFinding] = []
    for path in wanted:
        file = task.diff.by_path[path]
        if PurePosixPath(path).name in MANIFESTS:
            if path in before and before[path] and PurePosixPath(path).name in READERS:
                then, now = read_lock(path, before[path]), read_lock(path, task.texts[path])
                comparison = Comparison(file, then, now, _direct(task, path))
                found += comparison.findings()
                found += _lone_lock(comparison, changed)
        elif path in before:
            found += _lone_manifest(file, before[path], task.texts[path], changed, tree)
            found += _own_scripts(file, before[path], task.texts[path])
    for path in paths:
        found += _indexes(task.diff.by_path[path])
    return tuple(found)


def _lone_lock(c: Comparison, changed: set[str]) -> Iterator[RawFinding]:
    """Packages that come or go by the lock alone.

    A refresh of versions is an everyday matter, and brings new packages with it.
    """
    path = c.file.path
    names = sorted(c.then.keys() ^ c.now.keys())
    refreshed = any(old.version != new.version for old, new in c.pairs)
    if not names or refreshed or _is_pins(path) or decided_by(path, changed - {path}):
        return
    line = min((p.line for name in names for p in c.now.get(name, ())), default=1)
    what = f"{named(names)}: in {_name(c.file)} alone, and {MANIFESTS[_name(c.file)]} did not"
    yield finding_near(c.file, line, "lock-without-manifest", f"{what} change.", "low", 0.6)


def _is_pins(path: str) -> bool:
    """requirements.txt is often written by hand, beside no requirements.in."""
    return PurePosixPath(path).name == "requirements.txt"


def _lone_manifest(
    file: FileDiff, before: str, now: str, changed: set[str], tree: frozenset[str]
) -> Iterator[RawFinding]:
    """A manifest that asks for something else, beside a lock that still holds the old."""
    locks = locks_of(file.path, tree)
    if not locks or changed.intersection(locks):
        return
    old, new = asked_for(file.path, before), asked_for(file.path, now)
    if old is None or new is None or old == new:
        return
    names = sorted(n for n in old.keys() | new.keys() if old.get(n) != new.get(n))
    line = _line_of(now, [n for n in names if n in new])
    what = f"{named(names)} changed here, and {locks[0]} still holds what was asked before."
    yield finding_near(file, line, "manifest-without-lock", what, "medium", 0.8)


_OWN_SCRIPTS = ("preinstall", "install", "postinstall", "prepare")


def _own_scripts(file: FileDiff, before: str, now: str) -> Iterator[RawFinding]:
    """Scripts of the package itself that run on whoever installs it."""
    if _name(file) != "package.json":
        return
    old, new = scripts_of(before), scripts_of(now)
    for name in _OWN_SCRIPTS:
        if new.get(name) and new.get(name) != old.get(name):
            line = _line_of(now, [f'"{name}"'])
            what = f"The script {name!r} runs on every machine that installs this package."
            yield finding_near(file, line, "dependency-install-script", what, "low", 0.6)


_INDEX = re.compile(
    r"\s{0,20}(?:--(?:extra-)?index-url|--find-links|--trusted-host|-i|-f|registry|@[\w-]{1,100}:registry"
    r"|(?:extra-)?index-url|trusted-host|source)[\s=]{1,10}['\"]?(?P<where>\S{1,500})"
)
_INDEX_FILES = re.compile(r"(?:.*/)?(?:requirements[\w.-]*\.(?:txt|in)|\.npmrc|pip\.conf|Gemfile)")


def _indexes(file: FileDiff) -> Iterator[RawFinding]:
    """Added lines that name a place from which packages are taken."""
    if not _INDEX_FILES.fullmatch(file.path):
        return
    removed = set(removed_texts(file))
    for line in file.lines():
        found = _INDEX.match(line.text[:_LINE]) if line.kind is LineKind.ADDED else None
        if found and line.new and line.text not in removed:
            host = Locked("", source=found["where"].strip("'\",")).host
            if host or "trusted-host" in line.text:
                what = f"Packages are now taken from {host or found['where']}."
                yield finding_near(file, line.new, "dependency-foreign-source", what, "medium", 0.7)


def _line_of(text: str, names: Sequence[str]) -> int:
    for name in names:
        pattern = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])", re.IGNORECASE)
        if found := pattern.search(text):
            return text.count("\n", 0, found.start()) + 1
    return 1


def _direct(task: Examination, lock: str) -> frozenset[str] | None:
    """What the lock's own manifest asks for; None where that is not known."""
    manifest = str(PurePosixPath(lock).with_name(MANIFESTS[PurePosixPath(lock).name]))
    text = task.texts.get(manifest)
    if text is None and task.past is not None:
        raw = task.past.texts([manifest]).get(manifest)
        text = raw.decode("utf-8", "replace") if raw is not None else None
    asked = asked_for(manifest, text) if text is not None else None
    if asked is None and _is_pins(lock):
        return frozenset(read_lock(lock, task.texts[lock]))
    return None if asked is None else frozenset(asked)


def _name(file: FileDiff) -> str:
    return PurePosixPath(file.path).name
