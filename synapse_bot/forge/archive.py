"""The base of a change and the commits that led to it, read from git with bounds on everything.

One process answers each question for all files at once. Nothing is checked out, and no attribute
or driver of the repository decides what is seen (see git.py).
"""

from __future__ import annotations

import threading
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_bot.domain.errors import SynapseError
from synapse_bot.forge.history import read_history
from synapse_bot.forge.quoting import render_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from synapse_bot.domain.diff import Diff
    from synapse_bot.domain.history import History
    from synapse_bot.forge.git import Git

_SEARCH_S = 5.0  # for one search of the whole base
_HISTORY_S = 2.0  # for each question about the history: the route waits for it
_MAX_WORDS = 50
_REGULAR = (b"100644", b"100755")


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """Bytes: of the whole diff, and of one file's content."""

    max_diff_bytes: int = 50_000_000
    max_file_bytes: int = 20_000_000


class Archive:
    """See Past. What was read once is kept: several specialists ask for the same files."""

    def __init__(self, git: Git, base: str, *, shallow: bool, limits: ReadLimits) -> None:
        self._git = _bounded(git, _SEARCH_S)
        self._base = base
        self._shallow = shallow
        self._limits = limits
        self._lock = threading.Lock()
        self._tree: dict[str, str] | None = None
        self._texts: dict[str, bytes | None] = {}
        self._gaps: dict[str, None] = {}

    @property
    def gaps(self) -> tuple[str, ...]:
        return tuple(self._gaps)

    def tree(self) -> Mapping[str, str]:
        with self._lock:
            if self._tree is None:
                self._tree = self._read_tree()
            return self._tree

    def texts(self, paths: Sequence[str]) -> Mapping[str, bytes]:
        tree = self.tree()
        with self._lock:
            wanted = {p: tree[p] for p in paths if p in tree and p not in self._texts}
            blobs = self._git.blobs(wanted.values(), self._limits.max_file_bytes)
            self._texts.update((path, blobs[name].content) for path, name in wanted.items())
            found = ((path, self._texts.get(path)) for path in paths)
            return {path: content for path, content in found if content is not None}

    def holding(self, words: Sequence[str], suffixes: Sequence[str]) -> tuple[str, ...]:
        wanted = [part for word in words[:_MAX_WORDS] for part in ("-e", word)]
        if not wanted:
            return ()
        flags = ("-l", "-z", "-I", "--no-textconv", "--full-name", "-F", "-w")
        try:
            done = self._git.attempt("grep", *flags, *wanted, self._base, "--")
        except SynapseError as error:
            self._gaps[f"no search of the base: {error}"] = None
            return ()
        names = (name.partition(b":")[2] for name in done.out.split(b"\0") if name)
        paths = (render_path(name) for name in names)
        return tuple(sorted(path for path in paths if path.endswith(tuple(suffixes))))

    def history(self, diff: Diff) -> History | None:
        if self._shallow:
            return None
        try:
            return read_history(_bounded(self._git, _HISTORY_S), self._base, diff)
        except SynapseError as error:
            self._gaps[f"no history: {error}"] = None
            return None

    def _read_tree(self) -> dict[str, str]:
        out = self._git.run("ls-tree", "-r", "-z", "--full-tree", self._base)
        found = {}
        for line in out.split(b"\0")[:-1]:
            meta, _, name = line.partition(b"\t")
            mode, _, rest = meta.partition(b" ")
            if mode in _REGULAR:
                found[render_path(name)] = rest.partition(b" ")[2].decode()
        return found


def _bounded(git: Git, seconds: float) -> Git:
    found = copy(git)
    found.timeout_s = min(git.timeout_s, seconds)
    return found
