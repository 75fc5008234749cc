"""A unified diff written anew from the parsed one, for tools that read a diff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_bot.domain.diff import FileStatus

if TYPE_CHECKING:
    from collections.abc import Iterable

    from synapse_bot.domain.diff import Diff, FileDiff


def to_patch(diff: Diff, paths: Iterable[str]) -> bytes:
    """The hunks of ``paths``, UTF-8, with git's headers and C-style quoted names."""
    files = (diff.by_path[path] for path in paths if path in diff.by_path)
    return "".join(_file(file) for file in files).encode("utf-8", "surrogateescape")


def _file(file: FileDiff) -> str:
    old, new = file.old_path or file.path, file.path
    lines = [f"diff --git {_name('a/', old)} {_name('b/', new)}"]
    added, deleted = file.status is FileStatus.ADDED, file.status is FileStatus.DELETED
    if added:
        lines.append(f"new file mode {file.new_mode or '100644'}")
    if deleted:
        lines.append(f"deleted file mode {file.old_mode or '100644'}")
    if file.hunks:
        lines.append("--- /dev/null" if added else f"--- {_name('a/', old)}")
        lines.append("+++ /dev/null" if deleted else f"+++ {_name('b/', new)}")
    for hunk in file.hunks:
        counts = f"-{hunk.old_start},{hunk.old_count} +{hunk.new_start},{hunk.new_count}"
        lines.append(f"@@ {counts} @@{' ' + hunk.section if hunk.section else ''}")
        lines.append(hunk.body)
    return "\n".join(lines) + "\n"


def _name(prefix: str, path: str) -> str:
    plain = prefix + path
    if plain.isprintable() and plain.isascii() and not set('"\\') & set(plain):
        return plain
    quoted = "".join(_quoted(byte) for byte in plain.encode("utf-8", "surrogateescape"))
    return f'"{quoted}"'


def _quoted(byte: int) -> str:
    if byte in b'"\\':
        return "\\" + chr(byte)
    return chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}"
