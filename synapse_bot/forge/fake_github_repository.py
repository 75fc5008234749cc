"""The content behind the fake GitHub: a real git repository, in the shapes of GitHub's API."""

from __future__ import annotations

from base64 import encodebytes
from functools import cached_property
from typing import TYPE_CHECKING, Any

from synapse_bot.domain.diff import FileStatus, LineKind
from synapse_bot.forge.local import LocalForge
from synapse_bot.forge.revisions import Range

if TYPE_CHECKING:
    from pathlib import Path

    from synapse_bot.domain.diff import FileDiff
    from synapse_bot.forge.git import Git

Row = dict[str, Any]
_STATUSES = {
    FileStatus.ADDED: "added",
    FileStatus.DELETED: "removed",
    FileStatus.RENAMED: "renamed",
    FileStatus.COPIED: "copied",
}


class FakeRevisions:
    """One base and one head of the repository at ``path``. ``no_patch`` are files too large."""

    def __init__(
        self, path: Path, base: str, head: str, no_patch: frozenset[str] = frozenset()
    ) -> None:
        self._forge = LocalForge.open(path, Range(base, head))
        self._no_patch = no_patch
        self.base = self._git.run("rev-parse", f"{base}^{{commit}}").decode().strip()
        self.head = self._forge.revisions().head
        self.merge_base = self._forge.revisions().base

    @property
    def _git(self) -> Git:
        return self._forge.git

    @cached_property
    def files(self) -> tuple[FileDiff, ...]:
        change = self._forge._change()
        return self._forge._read_diff(change).files

    @cached_property
    def rows(self) -> list[Row]:
        """As ``GET pulls/{n}/files`` gives them."""
        return [self._row(file) for file in self.files]

    @cached_property
    def shown(self) -> dict[tuple[str, str, int], int]:
        """(path, "LEFT" or "RIGHT", line) -> number of the hunk that shows it."""
        found: dict[tuple[str, str, int], int] = {}
        for file in self.files:
            for number, hunk in enumerate(file.hunks):
                for line in hunk.lines():
                    if line.kind is not LineKind.ADDED and line.old is not None:
                        found[file.path, "LEFT", line.old] = number
                    if line.kind is not LineKind.REMOVED and line.new is not None:
                        found[file.path, "RIGHT", line.new] = number
        return found

    def has(self, path: str) -> bool:
        return any(file.path == path for file in self.files)

    def blob(self, sha: str) -> Row | None:
        found = self._git.blobs([sha], 100_000_000).get(sha)
        if found is None or found.content is None:
            return None
        content = encodebytes(found.content).decode()
        size = len(found.content)
        return {"sha": sha, "size": size, "encoding": "base64", "content": content}

    def tree(self, sha: str, *, recursive: bool) -> Row | None:
        deep = ("-r", "-t") if recursive else ()
        done = self._git.attempt("ls-tree", "-z", *deep, sha)
        if done.code != 0:
            return None
        rows = []
        for line in done.out.split(b"\0")[:-1]:
            meta, _, name = line.partition(b"\t")
            mode, kind, object_id = meta.decode().split(" ", 2)
            path = name.decode("utf-8", "replace")
            rows.append({"path": path, "mode": mode, "type": kind, "sha": object_id})
        return {"sha": sha, "tree": rows, "truncated": False}

    def comparison(self, base: str, head: str) -> Row | None:
        """How two commits stand to each other; None where they have nothing in common."""
        done = self._git.attempt("merge-base", base, head)
        if done.code != 0:
            return None
        counted = self._git.run("rev-list", "--left-right", "--count", f"{base}...{head}")
        behind, ahead = map(int, counted.split())
        merge_base = done.out.decode().strip()
        return {
            "base": base,
            "head": head,
            "merge_base": merge_base,
            "ahead": ahead,
            "behind": behind,
        }

    def _row(self, file: FileDiff) -> Row:
        added, removed = file.counts
        row: Row = {
            "sha": file.new_blob if file.status is not FileStatus.DELETED else file.old_blob,
            "filename": file.path,
            "status": _STATUSES.get(file.status, "modified"),
            "additions": added,
            "deletions": removed,
            "changes": added + removed,
        }
        if file.status in (FileStatus.RENAMED, FileStatus.COPIED):
            row["previous_filename"] = file.old_path
        if file.hunks and file.path not in self._no_patch:
            row["patch"] = "\n".join(
                f"@@ -{h.old_start},{h.old_count} +{h.new_start},{h.new_count} @@ {h.section}\n"
                f"{h.body}"
                for h in file.hunks
            )
        return row
