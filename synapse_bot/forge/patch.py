"""A change given as a bare patch, with or without a repository to complete it from.

A patch is a claim, so content comes from what its hunks fit: the whole file where the hunks
hold it, or a base text that they apply to without any offset. Else only the hunks' lines stand,
at their numbers, and the rest is blank.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from synapse_bot.domain.change import Change
from synapse_bot.domain.diff import Diff, FileDiff, FileKind, FileStatus, LineKind
from synapse_bot.domain.errors import DiffUnreadable, SynapseError
from synapse_bot.forge.base import HeadText
from synapse_bot.forge.intent import intent_of
from synapse_bot.forge.unified import parse_diff

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from synapse_bot.forge.local import LocalForge

MAX_SPARSE_LINES = 1_000_000  # a hunk "at line 9999999999" must not fill the memory
_SUBJECT = re.compile(rb"^Subject: (?:\[[^\]\n]{0,80}\] ?)?([^\n]{1,500})", re.MULTILINE)
_PREAMBLE_BYTES = 65_536


class PatchForge:
    """Reads the change that ``patch`` describes. ``name`` is how the user named it."""

    def __init__(self, patch: bytes, name: str, repository: LocalForge | None = None) -> None:
        self._patch = patch
        self._name = name
        self._repository = repository
        self._diff: Diff | None = None
        self._base: str | None = None

    async def change(self) -> Change:
        """The change. ``base`` is the repository's merge-base, whose configuration counts."""
        return await asyncio.to_thread(self._change)

    async def diff(self, change: Change) -> Diff:
        """The parsed patch. Raises DiffUnreadable when it holds no file at all."""
        return self._parsed()

    async def head_texts(self, change: Change, paths: Iterable[str]) -> Mapping[str, HeadText]:
        """Content at the head of each of ``paths``, or the reason why there is none."""
        return await asyncio.to_thread(self._head_texts, tuple(paths))

    async def base_text(self, change: Change, path: str) -> bytes | None:
        """Content at the merge-base of the repository; None without one."""
        if self._repository is None or not change.base:
            return None
        return await self._repository.base_text(change, path)

    async def base_paths(self, change: Change, prefix: str) -> tuple[str, ...]:
        """Paths at the merge-base of the repository; none without one."""
        if self._repository is None or not change.base:
            return ()
        return await self._repository.base_paths(change, prefix)

    @property
    def repository(self) -> LocalForge | None:
        """The one that the patch is for, where it is at hand."""
        return self._repository

    def _parsed(self) -> Diff:
        if self._diff is None:
            self._diff = parse_diff(self._patch)
            if not self._diff.files and self._patch.strip():
                raise DiffUnreadable(f"{self._name}: no file header (diff --git, or ---/+++) in it")
        return self._diff

    def _change(self) -> Change:
        repository = self._repository
        mail = self._patch[:_PREAMBLE_BYTES].partition(b"\ndiff --git ")[0]
        subject = _SUBJECT.search(mail)
        title = subject[1].decode("utf-8", "replace").strip() if subject else ""
        return Change(
            ref=self._name,
            base=self._merge_base(),
            repository=repository.repository_name() if repository else "",
            title=title,
            intent=intent_of(title, ""),
        )

    def _merge_base(self) -> str:
        """The commit whose files the change cannot have written; "" where there is none."""
        if self._repository is None:
            return ""
        try:
            return self._repository.revisions().base
        except SynapseError:  # no default branch, a shallow clone: no base to trust
            return ""

    def _head_texts(self, paths: tuple[str, ...]) -> dict[str, HeadText]:
        by_path = self._parsed().by_path
        files = [by_path[path] for path in paths if path in by_path]
        bases = self._base_contents([file for file in files if not _is_whole(file)])
        texts = {path: HeadText(error="the patch does not hold it") for path in paths}
        for file in files:
            texts[file.path] = _head_text(file, bases.get(file.path))
        return texts

    def _base_contents(self, files: list[FileDiff]) -> dict[str, bytes]:
        """Candidates for the old content, by path: by the patch's blob id, else HEAD's file."""
        if self._repository is None:
            return {}
        ids = {file.path: self._base_blob(self._repository, file) for file in files}
        blobs = self._repository.blobs([name for name in ids.values() if name])
        return {path: blobs[name] for path, name in ids.items() if name in blobs}

    def _base_blob(self, repository: LocalForge, file: FileDiff) -> str:
        if file.old_blob:
            return file.old_blob
        entry = repository.tree_entry("HEAD", file.old_path or "")
        return entry[1] if entry and entry[0].startswith("100") else ""


def _head_text(file: FileDiff, base: bytes | None) -> HeadText:
    if file.error:
        return HeadText(error=file.error)
    if file.status is FileStatus.DELETED:
        return HeadText(error="it is deleted")
    if file.kind is not FileKind.REGULAR:
        return HeadText(error=f"a {file.kind.value}, not followed")
    if file.binary:
        return HeadText(error="the patch does not hold a binary's content")
    if _is_whole(file):
        return HeadText("".join(f"{line.text}\n" for line in file.lines()).encode())
    applied = apply(base, file) if base is not None else None
    return HeadText(applied) if applied is not None else _sparse(file)


def _is_whole(file: FileDiff) -> bool:
    """Whether the hunks hold every line of the new file: only a file that is added says so."""
    match file.hunks:
        case ():
            return file.status is FileStatus.ADDED
        case (only,):
            first = (only.old_start, only.old_count, only.new_start) == (0, 0, 1)
            return first and file.status is FileStatus.ADDED
    return False


def apply(base: bytes, file: FileDiff) -> bytes | None:
    """``base`` with the hunks of ``file`` applied; None unless every old line is as they say."""
    old = base.split(b"\n")
    ends_with_newline = old[-1] == b""
    if ends_with_newline:
        old.pop()
    new: list[bytes] = []
    taken = 0
    for hunk in file.hunks:
        start = hunk.old_start - 1 if hunk.old_count else hunk.old_start
        if not taken <= start <= len(old) - hunk.old_count:
            return None
        new += old[taken:start]
        if len(new) != hunk.new_start - (1 if hunk.new_count else 0):
            return None
        taken = start
        for line in hunk.lines():
            if line.kind is LineKind.ADDED:
                new.append(line.text.encode())
                continue
            if old[taken].decode("utf-8", "replace") != line.text:
                return None
            if line.kind is LineKind.CONTEXT:
                new.append(old[taken])
            taken += 1
    new += old[taken:]
    return b"\n".join(new) + (b"\n" if ends_with_newline and new else b"")


def _sparse(file: FileDiff) -> HeadText:
    """The new side of the hunks at its line numbers, and blank lines elsewhere."""
    lines: list[str] = []
    for hunk in file.hunks:
        if hunk.new_start + hunk.new_count > MAX_SPARSE_LINES:
            why = f"a hunk lies beyond line {MAX_SPARSE_LINES}, and its file is not at hand"
            return HeadText(error=why, complete=False)
        lines += [""] * (hunk.new_start - 1 - len(lines) if hunk.new_count else 0)
        lines += [line.text for line in hunk.lines() if line.kind is not LineKind.REMOVED]
    return HeadText("".join(f"{line}\n" for line in lines).encode(), complete=False)
