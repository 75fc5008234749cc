"""What became of the packages of one lock file: each question that its two versions answer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from synapse_bot.specialist.change.before import nearest_added
from synapse_bot.specialist.change.locks import Locked
from synapse_bot.specialist.change.telling import finding, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synapse_bot.domain.diff import FileDiff
    from synapse_bot.specialist.output.base import RawFinding

_REGISTRY = "the default registry"
_SHOWN = 4
_MOST = 0.8  # of the packages of a lock: their host is the one that the lock uses
_REACH = 100_000  # lines: a lock file is one thing
Packages = Mapping[str, list[Locked]]
Said = tuple[list[tuple[int, str]], str, str, float]  # (line, words), words for all, weight


@dataclass(frozen=True)
class Comparison:
    """One lock file before and after. ``direct`` names what its manifest asks for."""

    file: FileDiff
    then: Packages
    now: Packages
    direct: frozenset[str] | None

    def findings(self) -> Iterator[RawFinding]:
        if not self.then or not self.now:
            return
        for rule, ask in _QUESTIONS.items():
            said, words, severity, confidence = ask(self)
            if said:
                line = min(line for line, _ in said)
                names = named([name for _, name in said])
                yield finding_near(self.file, line, rule, f"{names}: {words}", severity, confidence)

    @cached_property
    def pairs(self) -> tuple[tuple[Locked, Locked], ...]:
        """Packages that the lock holds once before and once now: what became of each is plain."""
        return tuple(
            (old[0], new[0])
            for name, new in self.now.items()
            if (old := self.then.get(name, [])) and len(old) == len(new) == 1
        )

    @cached_property
    def fresh(self) -> tuple[Locked, ...]:
        """Packages of names that the lock did not hold."""
        return tuple(p for name, ps in self.now.items() if name not in self.then for p in ps)

    @cached_property
    def usual(self) -> str:
        """The host that most packages came from before the change; "?" where there is none."""
        hosts = Counter(p.host for packages in self.then.values() for p in packages)
        host, count = hosts.most_common(1)[0]
        return host if count >= _MOST * hosts.total() else "?"


def _elsewhere(c: Comparison) -> Said:
    moved = [
        (new.line, f"{new.name} (from {_where(old)} to {_where(new)})")
        for old, new in c.pairs
        if _where(old) != _where(new) and not _published(old, new)
    ]
    if len(moved) > _MOST * len(c.now) and len(moved) > _SHOWN:
        return moved, "every package comes from another place now.", "medium", 0.6
    return moved, "the package comes from another place than before.", "high", 0.8


def _published(old: Locked, new: Locked) -> bool:
    """Whether a working copy gave way to what the registry publishes."""
    return bool(old.folder or old.repository) and _where(new) == _REGISTRY


def _foreign(c: Comparison) -> Said:
    strange = [
        (new.line, f"{new.name} (from {_where(new)})")
        for new in c.fresh
        if (new.repository or new.plain or new.folder or c.usual not in (new.host, "?"))
    ]
    return strange, "a new package that comes from elsewhere than the others.", "medium", 0.6


def _rewritten(c: Comparison) -> Said:
    found = [
        (new.line, f"{new.name} {new.version}")
        for name, packages in c.now.items()
        for new in packages
        for old in c.then.get(name, ())
        if old.version == new.version and new.version and _differ(old.digests, new.digests)
    ]
    words = "the digest of the content changed and the version did not."
    return found, words, "high", 0.85


def _differ(old: frozenset[str], new: frozenset[str]) -> bool:
    """Whether two sets of digests of one algorithm have none in common."""
    kinds = {d.partition(":")[0] for d in old} & {d.partition(":")[0] for d in new}
    return bool(kinds) and not old & new


def _unverified(c: Comparison) -> Said:
    found = [
        (new.line, new.name)
        for old, new in c.pairs
        if old.digests and not new.digests and not new.repository and not new.folder
    ]
    return found, "the lock no longer holds a digest of its content.", "medium", 0.7


def _scripts(c: Comparison) -> Said:
    found = [(new.line, new.name) for old, new in c.pairs if new.scripts and not old.scripts]
    found += [(new.line, new.name) for new in c.fresh if new.scripts]
    return found, "it runs a script of its own when it is installed, and did not before.", *_LOW


def _back(c: Comparison) -> Said:
    found = [
        (new.line, f"{new.name} {old.version} → {new.version}")
        for old, new in c.pairs
        if _numbers(new.version) < _numbers(old.version) and not _EARLY.search(old.version)
    ]
    return found, "the version goes back.", *_LOW


def _jump(c: Comparison) -> Said:
    found = [
        (new.line, f"{new.name} {old.version} → {new.version}")
        for old, new in c.pairs
        if c.direct is not None and new.name.lower() in c.direct
        if _numbers(new.version)[:1] > _numbers(old.version)[:1] >= (0,)
    ]
    return found, "a new major version: what it breaks is in its release notes.", "info", 0.8


def _licences(c: Comparison) -> Said:
    found = [
        (new.line, f"{new.name} ({old.licence} → {new.licence})")
        for old, new in c.pairs
        if old.licence and new.licence and old.licence != new.licence
    ]
    return found, "the licence changed.", "low", 0.8


_EARLY = re.compile(r"\d[-.]?(?:a|b|rc|alpha|beta|dev|pre|next|canary)", re.IGNORECASE)
_LOW = ("low", 0.7)
_QUESTIONS: Mapping[str, Callable[[Comparison], Said]] = {
    "dependency-source-changed": _elsewhere,
    "dependency-foreign-source": _foreign,
    "dependency-content-changed": _rewritten,
    "dependency-unverified": _unverified,
    "dependency-install-script": _scripts,
    "dependency-downgrade": _back,
    "dependency-major": _jump,
    "dependency-licence-changed": _licences,
}


def _where(package: Locked) -> str:
    """Where a package comes from, as far as it matters: the host, and how."""
    if package.folder:
        return f"the folder {package.folder}"
    host = package.host or _REGISTRY
    if package.repository:
        return f"a repository at {host}"
    return f"{host} without encryption" if package.plain else host


def _numbers(version: str) -> tuple[int, ...]:
    """The leading numbers of a version; a sign that is not understood ends them."""
    match = re.match(r"v?(\d{1,9}(?:\.\d{1,9}){0,5})", version)
    return tuple(int(part) for part in match[1].split(".")) if match else ()


def named(names: Sequence[str]) -> str:
    """``names``, the first few of many."""
    return listed(names, _SHOWN)


def finding_near(
    file: FileDiff, line: int, rule: str, message: str, severity: str, confidence: float
) -> RawFinding:
    """A finding at the added line nearest to ``line``."""
    return finding(file, nearest_added(file, line, _REACH), rule, message, severity, confidence)
