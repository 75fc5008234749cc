"""Which files of a change nobody costly should read, each with the reason.

A change must not be able to hide its code here. What declares a file generated or vendored is
the shipped table of paths or the .gitattributes of the base revision; a "do not edit" header
counts only where it stood before the change. And a file that is named like source code and
does not hold text is a gap in the review, not a binary that nobody expected to be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_bot.classifier.attributes import Attributes, parse_attributes
from synapse_bot.domain.coverage import CoverageState, FileCoverage, SkipReason
from synapse_bot.domain.diff import FileDiff, FileKind, FileStatus
from synapse_bot.domain.globs import first_match

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_bot.classifier.filekinds import FileKinds
    from synapse_bot.domain.diff import Diff
    from synapse_bot.forge.base import HeadText

KEPT_FROM_COSTLY = frozenset({SkipReason.GENERATED, SkipReason.VENDORED, SkipReason.LOCK_FILE})

_LINKS = {
    FileKind.SYMLINK: SkipReason.SYMLINK,
    FileKind.SUBMODULE: SkipReason.SUBMODULE,
    FileKind.LFS_POINTER: SkipReason.LFS_POINTER,
}
_MARKER_LINES = 20
_MARKER_BYTES = 8_192
_COMMENTS = ("#", "//", "/*", "*", "--", ";", "<!--", "%", "(*", "{-", "{#", "'", "REM ", "@rem ")


def triage(
    diff: Diff,
    texts: Mapping[str, HeadText],
    attributes: bytes,
    kinds: FileKinds,
    languages: Mapping[str, str],
    *,
    max_file_bytes: int,
) -> dict[str, FileCoverage]:
    """By path, why a file is not (for KEPT_FROM_COSTLY: not fully) reviewed; others are absent.

    ``texts`` is the content at the head, ``attributes`` the .gitattributes at the top of the
    base, ``languages`` the language by path where it is known.
    """
    owners = parse_attributes(attributes)
    found: dict[str, FileCoverage] = {}
    for file in diff.files:
        text = texts.get(file.path)
        reason, detail = _unreadable(file, languages.get(file.path, ""))
        if reason is SkipReason.NONE:
            reason, detail = _kept_back(file, text, owners, kinds)
        if reason is SkipReason.NONE and text is not None:
            reason, detail = _unread(text, max_file_bytes)
        if reason is not SkipReason.NONE:
            found[file.path] = FileCoverage(file.path, CoverageState.SKIPPED, reason, detail)
    return found


def _unreadable(file: FileDiff, language: str) -> tuple[SkipReason, str]:
    """Why there is no text of ``file`` to read."""
    if file.error:
        return SkipReason.UNPARSED, file.error
    if file.status is FileStatus.DELETED:
        return SkipReason.DELETED, ""
    if file.kind in _LINKS:
        return _LINKS[file.kind], ""
    if file.binary and language:
        return SkipReason.UNREADABLE, f"named like {language}, and it does not hold text"
    if file.binary:
        return SkipReason.BINARY, ""
    if not file.hunks:
        return SkipReason.NO_CONTENT, file.status.value
    return SkipReason.NONE, ""


def _kept_back(
    file: FileDiff, text: HeadText | None, owners: Attributes, kinds: FileKinds
) -> tuple[SkipReason, str]:
    """Why a readable file is kept from the costly specialists."""
    if glob := first_match(kinds.lock_files, file.path):
        return SkipReason.LOCK_FILE, glob
    vendored = owners.value("linguist-vendored", file.path)
    if vendored:
        return SkipReason.VENDORED, "linguist-vendored in .gitattributes at the base"
    if vendored is None and (glob := first_match(kinds.vendored, file.path)):
        return SkipReason.VENDORED, glob
    generated = owners.value("linguist-generated", file.path)
    if generated:
        return SkipReason.GENERATED, "linguist-generated in .gitattributes at the base"
    if generated is None:
        if glob := first_match(kinds.generated, file.path):
            return SkipReason.GENERATED, glob
        if text is not None and (marker := _marker(file, text, kinds)):
            return SkipReason.GENERATED, f"its header says {marker!r}"
    return SkipReason.NONE, ""


def _marker(file: FileDiff, text: HeadText, kinds: FileKinds) -> str:
    """The marker in a comment of the first lines that the change has not added; "" for none."""
    if file.status is FileStatus.ADDED:
        return ""
    head = text.content[:_MARKER_BYTES].decode("utf-8", "replace").split("\n")[:_MARKER_LINES]
    for number, line in enumerate(head, start=1):
        if not line.lstrip().startswith(_COMMENTS) or number in file.added_lines:
            continue
        if marker := next((word for word in kinds.markers if word in line), ""):
            return marker
    return ""


def _unread(text: HeadText, max_file_bytes: int) -> tuple[SkipReason, str]:
    if text.error.startswith("larger than"):
        return SkipReason.TOO_LARGE, text.error
    if text.error:
        return SkipReason.UNREADABLE, text.error
    if len(text.content) > max_file_bytes:
        return SkipReason.TOO_LARGE, f"{len(text.content)} bytes, more than {max_file_bytes}"
    return SkipReason.NONE, ""
