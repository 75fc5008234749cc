"""A change in a local git repository: a range of commits, or what is staged.

Nothing is checked out and the work tree is never read: content comes from git's objects by the
ids that the diff names, so links, submodules and pointers lead nowhere.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_bot.domain.change import Change
from synapse_bot.domain.diff import Diff, FileDiff, FileKind, FileStatus
from synapse_bot.domain.errors import NotARepository
from synapse_bot.forge.archive import Archive, ReadLimits
from synapse_bot.forge.base import HeadText
from synapse_bot.forge.git import Git, failure
from synapse_bot.forge.intake import read_patch
from synapse_bot.forge.intent import intent_of
from synapse_bot.forge.listing import complete, parse_listing
from synapse_bot.forge.quoting import path_bytes, render_path
from synapse_bot.forge.revisions import (
    Range,
    Revisions,
    Selector,
    Staged,
    resolve,
    subject,
)
from synapse_bot.forge.unified import parse_diff

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from synapse_bot.forge.base import Past

__all__ = ["LocalForge", "Range", "ReadLimits", "Selector", "Staged"]

_DIFF = (
    "diff",
    "--patch-with-raw",
    "--text",
    "--no-ext-diff",
    "--no-textconv",
    "-M",
    "-U3",
    "-O/dev/null",
    "--full-index",
    "--no-abbrev",
    "--no-color",
    "--no-relative",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--submodule=short",
    "--ignore-submodules=none",
    "--diff-algorithm=myers",
)
_REGULAR = ("100644", "100755")
_MAX_MESSAGES = 50
_UNFOLLOWED = {
    FileKind.SYMLINK: "a symlink, not followed",
    FileKind.SUBMODULE: "a submodule, not followed",
    FileKind.LFS_POINTER: "a Git LFS pointer, not followed",
}


class LocalForge:
    """Reads one change of one repository. Its diff is read once and kept."""

    def __init__(
        self, git: Git, selector: Selector, *, root: Path, shallow: bool, limits: ReadLimits
    ) -> None:
        self.git = git
        self.root = root
        self._selector = selector
        self._shallow = shallow
        self.limits = limits
        self._revisions: Revisions | None = None
        self._diff: Diff | None = None

    @classmethod
    def open(
        cls,
        start: Path,
        selector: Selector,
        *,
        git: str = "git",
        environ: Mapping[str, str] | None = None,
        limits: ReadLimits | None = None,
    ) -> LocalForge:
        """The repository around the folder ``start``. Raises NotARepository, GitFailed.

        ``environ`` gives PATH and HOME to git; nothing else of it is passed on.
        """
        if not start.is_dir():
            raise NotARepository(f"{start} is not a folder")
        found = Git(start, binary=git, environ=environ)
        asked = ("--show-toplevel", "--is-shallow-repository")
        done = found.attempt("rev-parse", *asked)
        if done.code != 0:
            raise failure("rev-parse", done)
        top, _, shallow = done.out.removesuffix(b"\n").rpartition(b"\n")
        root = Path(top.decode("utf-8", "surrogateescape"))
        return cls(
            Git(root, binary=found.binary, environ=environ),
            selector,
            root=root,
            shallow=shallow == b"true",
            limits=limits or ReadLimits(),
        )

    def git_path(self, name: str) -> Path:
        """The absolute path of ``name`` in the git folder (of this work tree)."""
        out = self.git.run("rev-parse", "--git-path", name).removesuffix(b"\n")
        return (self.root / out.decode("utf-8", "surrogateescape")).resolve()

    async def change(self) -> Change:
        """The change. Raises RefMissing, ShallowClone, GitFailed."""
        return await asyncio.to_thread(self._change)

    async def diff(self, change: Change) -> Diff:
        """The parsed diff of ``change``, which this forge gave."""
        return await asyncio.to_thread(self._read_diff, change)

    async def head_texts(self, change: Change, paths: Iterable[str]) -> Mapping[str, HeadText]:
        """Content at the head of each of ``paths``, or the reason why there is none."""
        return await asyncio.to_thread(self._head_texts, change, tuple(paths))

    async def base_text(self, change: Change, path: str) -> bytes | None:
        """Content of the regular file ``path`` at the base; None where there is none."""
        return await asyncio.to_thread(self._base_text, change, path)

    async def base_paths(self, change: Change, prefix: str) -> tuple[str, ...]:
        """Paths of the regular files below the folder ``prefix`` at the base, sorted."""
        return await asyncio.to_thread(self._base_paths, change, prefix)

    @property
    def repository(self) -> LocalForge:
        """It is at hand."""
        return self

    async def messages(self, change: Change) -> tuple[str, ...]:
        """The messages of the change's last 50 commits, the oldest first; merges have none."""
        return await asyncio.to_thread(self._messages, change)

    def past(self, change: Change) -> Past | None:
        """The base of ``change`` with its history, read when asked; None without a base."""
        if not change.base:
            return None
        return Archive(self.git, change.base, shallow=self._shallow, limits=self.limits)

    def blobs(self, ids: Iterable[str]) -> dict[str, bytes]:
        """Content of the blobs among ``ids`` (names of objects, abbreviated or not)."""
        found = self.git.blobs(ids, self.limits.max_file_bytes)
        return {name: blob.content for name, blob in found.items() if blob.content is not None}

    def tree_entry(self, revision: str, path: str) -> tuple[str, str] | None:
        """(mode, object id) of ``path`` in ``revision``; None where it does not exist."""
        if not revision or not path:
            return None
        found = self._tree(revision, path)
        return found.get(path)

    def revisions(self) -> Revisions:
        """The commits of the change. Raises RefMissing, ShallowClone, GitFailed."""
        if self._revisions is None:
            self._revisions = resolve(self.git, self._selector, shallow=self._shallow)
        return self._revisions

    def repository_name(self) -> str:
        """ "owner/name" of the remote origin, else the name of the folder."""
        url = self.git.line("config", "--get", "remote.origin.url") or ""
        return repository_of(url) or render_path(self.root.name.encode("utf-8", "surrogateescape"))

    def _change(self) -> Change:
        found = self.revisions()
        title = subject(self.git, found.head) if found.head else ""
        return Change(
            ref=found.ref,
            base=found.base,
            head=found.head,
            repository=self.repository_name(),
            branch=found.branch,
            title=title,
            intent=intent_of(title, found.branch),
        )

    def _read_diff(self, change: Change) -> Diff:
        if self._diff is None:
            staged = isinstance(self._selector, Staged)
            revisions = ("--cached",) if staged else (change.base, change.head)
            limit = self.limits.max_diff_bytes
            with self.git.stream(*_DIFF, *revisions, "--") as stream:
                patch = read_patch(stream, limit)
            entries, _ = parse_listing(patch.raw)
            missing = f"it is beyond the limit of {limit} bytes of diff"
            diff = complete(parse_diff(patch.raw), entries, missing)
            if patch.cut and not entries:  # not even the list of files fits: no silent pass
                diff = replace(diff, errors=(f"the list of files is beyond {limit} bytes",))
            self._diff = diff
        return self._diff

    def _head_texts(self, change: Change, paths: tuple[str, ...]) -> dict[str, HeadText]:
        by_path = self._read_diff(change).by_path
        texts: dict[str, HeadText] = {}
        wanted: dict[str, str] = {}
        for path in paths:
            found = _head_blob(by_path[path]) if path in by_path else self._unchanged(change, path)
            if isinstance(found, HeadText):
                texts[path] = found
            else:
                wanted[path] = found
        blobs = self.git.blobs(wanted.values(), self.limits.max_file_bytes)
        for path, name in wanted.items():
            blob = blobs[name]
            texts[path] = HeadText(blob.content or b"", error=blob.why)
        return texts

    def _unchanged(self, change: Change, path: str) -> str | HeadText:
        """The blob of a file that the change does not touch."""
        entry = self.tree_entry(change.head or change.base, path)
        if entry is None:
            return HeadText(error="it does not exist at the head")
        return entry[1] if entry[0] in _REGULAR else HeadText(error="not a regular file")

    def _base_text(self, change: Change, path: str) -> bytes | None:
        entry = self.tree_entry(change.base, path)
        if entry is None or entry[0] not in _REGULAR:
            return None
        return self.blobs([entry[1]]).get(entry[1])

    def _base_paths(self, change: Change, prefix: str) -> tuple[str, ...]:
        if not change.base:
            return ()
        folder = prefix.strip("/")
        found = self._tree(change.base, f"{folder}/" if folder else "", recursive=True)
        return tuple(sorted(path for path, entry in found.items() if entry[0] in _REGULAR))

    def _messages(self, change: Change) -> tuple[str, ...]:
        if not change.base or not change.head:
            return ()
        shape = ("--no-merges", f"--max-count={_MAX_MESSAGES}", "--format=%B", "-z")
        out = self.git.run("log", *shape, f"{change.base}..{change.head}", "--")
        texts = (text.decode("utf-8", "replace").strip() for text in out.split(b"\0"))
        return tuple(text for text in texts if text)[::-1]

    def _tree(
        self, revision: str, path: str, *, recursive: bool = False
    ) -> dict[str, tuple[str, str]]:
        """(mode, object id) by path of what ``path`` names in ``revision``."""
        where = path_bytes(path).decode("utf-8", "surrogateescape")
        deep = ("-r",) if recursive else ()
        only = (where,) if where else ()
        out = self.git.run("ls-tree", "-z", "--full-tree", *deep, revision, "--", *only)
        found: dict[str, tuple[str, str]] = {}
        for line in out.split(b"\0")[:-1]:
            meta, _, name = line.partition(b"\t")
            mode, _, object_id = meta.decode().split(" ", 2)
            found[render_path(name)] = (mode, object_id)
        return found


def _head_blob(file: FileDiff) -> str | HeadText:
    """The id of the blob that ``file`` holds at the head, or why it is not to be read."""
    if file.status is FileStatus.DELETED:
        return HeadText(error="it is deleted")
    if file.kind in _UNFOLLOWED:
        return HeadText(error=_UNFOLLOWED[file.kind])
    return file.new_blob or HeadText(error=file.error or "the diff names no blob for it")


def repository_of(url: str) -> str:
    """ "owner/name" from a remote's address, never its credentials; "" for a local path."""
    match = re.fullmatch(
        r"(?:[a-z+]{2,10}://[^/]+/|(?:[^/@:]+@)?[^/@:]{2,}:(?!//))(.+?)(?:\.git)?/?", url
    )
    return match[1].strip("/") if match else ""
