"""What stands above a file's hunks: names, modes, blob ids, renames, binary marks.

Names come from here alone, and where two lines name the same file they must agree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from synapse_bot.domain.diff import FileKind, FileStatus
from synapse_bot.forge.quoting import render_path, take_quoted, unquote

DEV_NULL = b"/dev/null"
_INDEX = re.compile(rb"([0-9a-f]{4,64})\.\.([0-9a-f]{4,64})(?: ([0-7]{6}))?")
_KEY = re.compile(
    rb"old mode |new mode |new file mode |deleted file mode |similarity index |dissimilarity index "
    rb"|rename from |rename to |copy from |copy to |index |--- |\+\+\+ |Binary files "
    rb"|GIT binary patch"
)
_MODE = re.compile(rb"[0-7]{6}")
_BINARY = re.compile(rb"Binary files (.+) and (.+) differ")
_KINDS = {"120000": FileKind.SYMLINK, "160000": FileKind.SUBMODULE}


class HeaderFault(Exception):
    """Why the header cannot be trusted, in words that follow the file's name."""


@dataclass(slots=True)
class Header:
    """One file's header. Paths are bytes without prefix, None where the side does not exist."""

    old: bytes | None = None
    new: bytes | None = None
    old_mode: str = ""
    new_mode: str = ""
    old_blob: str = ""
    new_blob: str = ""
    renamed: bool = False
    copied: bool = False
    added: bool = False
    deleted: bool = False
    binary: bool = False

    @property
    def path(self) -> str:
        name = self.old if self.deleted else self.new
        return render_path(name or self.old or self.new or b"")

    @property
    def old_path(self) -> str | None:
        return None if self.added else render_path(self.old or self.new or b"")

    @property
    def kind(self) -> FileKind:
        mode = self.old_mode if self.deleted else self.new_mode
        return _KINDS.get(mode, FileKind.REGULAR)

    def status(self, has_hunks: bool) -> FileStatus:
        match self:
            case Header(added=True):
                return FileStatus.ADDED
            case Header(deleted=True):
                return FileStatus.DELETED
            case Header(renamed=True):
                return FileStatus.RENAMED
            case Header(copied=True):
                return FileStatus.COPIED
        if self.old_mode != self.new_mode and not has_hunks and not self.binary:
            return FileStatus.MODE_CHANGED
        return FileStatus.MODIFIED


def parse_git_header(lines: list[bytes]) -> Header:
    """The lines from "diff --git" up to the first hunk, without \\n. Raises HeaderFault."""
    header = Header()
    names = _names_of(lines[0].removeprefix(b"diff --git "))
    if names is not None:
        header.old, header.new = names
    for line in lines[1:]:
        _read_line(header, line)
    if header.old is None and header.new is None:
        raise HeaderFault("its names cannot be told apart")
    for name in (header.old, header.new):
        _check_name(name)
    return header


def parse_plain_header(old_line: bytes, new_line: bytes) -> Header:
    """A header of "---" and "+++" alone, as diff -u writes it. Raises HeaderFault."""
    old, new = _token(old_line[4:]), _token(new_line[4:])
    header = Header(added=old == DEV_NULL, deleted=new == DEV_NULL)
    if header.added and header.deleted:
        raise HeaderFault("both its names are /dev/null")
    header.old, header.new = _strip_prefixes(old, new)
    for name in (header.old, header.new):
        _check_name(name)
    return header


def parse_binary_line(line: bytes) -> Header | None:
    """A "Binary files X and Y differ" line that stands outside a git header."""
    match = _BINARY.fullmatch(line.rstrip(b"\r"))
    if match is None:
        return None
    header = parse_plain_header(b"--- " + match[1], b"+++ " + match[2])
    header.binary = True
    return header


def fallback_path(line: bytes) -> str:
    """A name to report for a header line that cannot be read."""
    rest = line.split(b" ", 2)[-1].rstrip(b"\r")
    names = _names_of(rest)
    return render_path((names[1] if names else unquote(rest)) or b"?")


def is_header_line(line: bytes) -> bool:
    """Whether ``line`` belongs to a git header, the "diff --git" line aside."""
    return _KEY.match(line) is not None


def _read_line(header: Header, raw: bytes) -> None:
    line = raw.rstrip(b"\r")
    found = _KEY.match(line)
    key = found[0] if found else b""
    value = line[len(key) :]
    match key:
        case b"old mode ":
            header.old_mode = _mode(value)
        case b"new mode ":
            header.new_mode = _mode(value)
        case b"new file mode ":
            header.added, header.new_mode = True, _mode(value)
        case b"deleted file mode ":
            header.deleted, header.old_mode = True, _mode(value)
        case b"rename from " | b"copy from ":
            header.old = unquote(value)
        case b"rename to " | b"copy to ":
            header.new = unquote(value)
            header.renamed, header.copied = key == b"rename to ", key == b"copy to "
        case b"index ":
            _read_index(header, value)
        case b"--- ":
            header.old, header.added = _agree(header.old, _token(value), header.added)
        case b"+++ ":
            header.new, header.deleted = _agree(header.new, _token(value), header.deleted)
        case b"Binary files " | b"GIT binary patch":
            header.binary = True


def _read_index(header: Header, value: bytes) -> None:
    match = _INDEX.fullmatch(value)
    if match is None:
        raise HeaderFault("its index line is malformed")
    header.old_blob, header.new_blob = (_blob(part) for part in (match[1], match[2]))
    if match[3]:
        header.old_mode = header.new_mode = match[3].decode()


def _blob(part: bytes) -> str:
    return part.decode() if part.strip(b"0") else ""


def _mode(value: bytes) -> str:
    if _MODE.fullmatch(value) is None:
        raise HeaderFault("a file mode is malformed")
    return value.decode()


def _agree(known: bytes | None, token: bytes, absent: bool) -> tuple[bytes | None, bool]:
    """The name after a "---" or "+++" line, and whether that side does not exist."""
    if token == DEV_NULL:
        return known, True
    if absent:
        raise HeaderFault("its header says that a side exists and that it does not")
    stripped = token.partition(b"/")[2]
    if known is None:
        return stripped or token, False
    if known not in (token, stripped):
        raise HeaderFault("its header names two different files")
    return known, False


def _token(value: bytes) -> bytes:
    """The name on a "---" or "+++" line; a tab ends it (a time stamp may follow)."""
    taken = take_quoted(value)
    return taken[0] if taken else value.partition(b"\t")[0].rstrip(b"\r")


def _names_of(rest: bytes) -> tuple[bytes, bytes] | None:
    """Old and new name of "a/x b/x"; None where only the lines below can tell (a rename)."""
    rest = rest.rstrip(b"\r")
    quoted = take_quoted(rest)
    if quoted is not None:
        old, end = quoted
        new = unquote(rest[end + 1 :])
    elif rest.endswith(b'"') and (cut := rest.find(b' "')) > 0:
        old, new = rest[:cut], unquote(rest[cut + 1 :])
    else:
        middle = len(rest) // 2
        old, new = rest[:middle], rest[middle + 1 :]
        if rest[middle : middle + 1] != b" ":
            return None
    stripped_old, stripped_new = _strip_prefixes(old, new)
    return (stripped_old, stripped_new) if stripped_old == stripped_new else None


def _strip_prefixes(old: bytes, new: bytes) -> tuple[bytes, bytes]:
    """Without "a/" and "b/", or whatever single folder tells the two sides apart."""
    if old == new:
        return old, new
    old_tail, new_tail = old.partition(b"/")[2], new.partition(b"/")[2]
    if DEV_NULL in (old, new):
        name = new if old == DEV_NULL else old
        name = name[2:] if name.startswith((b"a/", b"b/")) else name
        return name, name
    if old_tail and old_tail == new_tail:
        return old_tail, new_tail
    if old.startswith(b"a/") and new.startswith(b"b/"):
        return old_tail, new_tail
    return old, new


def _check_name(name: bytes | None) -> None:
    if name is None:
        return
    if not name or b"\0" in name:
        raise HeaderFault("its name is empty")
    if name.startswith(b"/") or b".." in name.split(b"/"):
        raise HeaderFault("its path leaves the repository")
