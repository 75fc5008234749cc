"""The one glob dialect of the product: specialists, routes, languages and excludes use it.

A glob is matched against a whole path of the repository, with ``/`` between its parts, and case
counts.

``*``       any run of characters within one part
``?``       one character of a part
``**``      any number of whole parts, none included; it stands alone between slashes
``[a-z]``   one character of a class; ``[!a-z]`` one outside it
``{a,b}``   either
``\\*``      the character itself
``*.py``    without a slash: in any folder, like ``**/*.py``
``docs/``   with a slash at the end: everything below such a folder, like ``**/docs/**``
``/a.py``   with a slash at the front: only at the top

Paths come from the change under review and may be hostile, so matching takes linear time: every
``*`` but the last binds to its first fitting place and never gives it back (an atomic group).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MAX_LENGTH = 500
MAX_ALTERNATIVES = 64

_CHARACTER = "[^/]"
_PLAIN = re.compile(r"(\*?)([\w.+@ -]+)")
_FOLDER = re.compile(r"([\w.+@ -]+)/")


def glob_fault(glob: str) -> str:
    """What is wrong with ``glob``, in words; "" when it is well formed."""
    try:
        _matcher(glob)
    except ValueError as error:
        return str(error)
    return ""


def matches(glob: str, path: str) -> bool:
    """Whether ``path`` is one that ``glob`` names. Raises ValueError for a malformed glob."""
    return bool(_matcher(glob)(path))


def first_match(globs: Iterable[str], path: str) -> str | None:
    """The first of ``globs`` that names ``path``, or None."""
    return next((glob for glob in globs if matches(glob, path)), None)


def any_match(globs: Iterable[str], path: str) -> bool:
    return first_match(globs, path) is not None


@lru_cache(maxsize=64)
def any_of(globs: tuple[str, ...]) -> Callable[[str], bool]:
    """``any_match`` of these globs, made once for many paths: for a whole tree, not for one file.

    Most globs name a folder, a file or the end of its name, which takes no expression. Raises
    ValueError for a malformed glob.
    """
    folders: set[str] = set()
    names: set[str] = set()
    endings: set[str] = set()
    shapes: list[str] = []  # of names
    rest: list[str] = []
    for plain in (plain for glob in globs for plain in _alternatives(glob)):
        if (found := _FOLDER.fullmatch(plain)) and found[1] not in (".", ".."):
            folders.add(found[1])
        elif (found := _PLAIN.fullmatch(plain)) and found[2] not in (".", ".."):
            (endings if found[1] else names).add(found[2])
        elif "/" not in plain:
            _check_part(plain)
            shapes.append(rf"{_part(plain)}\Z")
        else:
            rest.append(_regex(plain))
    ends = tuple(sorted(endings))
    shape = re.compile("|".join(shapes) or "(?!)", re.DOTALL).match
    other = re.compile("|".join(rest) or "(?!)", re.DOTALL).match

    def match(path: str) -> bool:
        *parents, last = path.split("/")
        if last and (last in names or last.endswith(ends) or not folders.isdisjoint(parents)):
            return True
        return shape(last) is not None or other(path) is not None

    return match


@lru_cache(maxsize=2048)
def _matcher(glob: str) -> Callable[[str], object]:
    """A test for paths. The commonest globs, ``*.py`` and ``Makefile``, need no expression:
    compiling one costs a hundred times as much as comparing the end of a path."""
    if (plain := _PLAIN.fullmatch(glob)) and len(glob) <= MAX_LENGTH:
        star, name = plain.groups()
        if star:
            return lambda path: path.endswith(name)
        if name not in (".", ".."):
            return lambda path: path == name or path.endswith(f"/{name}")
    return _compile(glob).match


def _compile(glob: str) -> re.Pattern[str]:
    if not glob:
        raise ValueError("an empty glob names nothing")
    if len(glob) > MAX_LENGTH:
        raise ValueError(f"longer than {MAX_LENGTH} characters")
    if "\0" in glob:
        raise ValueError("a NUL character is in no path")
    if glob.startswith("!"):
        raise ValueError("a glob cannot start with '!': write what is left out under `exclude`")
    return re.compile("|".join(_regex(plain) for plain in _alternatives(glob)), re.DOTALL)


def _alternatives(glob: str) -> list[str]:
    """``glob`` without braces: one glob for each choice that they offer."""
    done, waiting = [], [glob]
    while waiting:
        current = waiting.pop()
        start, end = _braces(current)
        if start < 0:
            done.append(current)
        else:
            head, tail = current[:start], current[end + 1 :]
            options = _split_options(current[start + 1 : end])
            waiting += [head + option + tail for option in reversed(options)]
        if len(done) + len(waiting) > MAX_ALTERNATIVES:
            raise ValueError(f"its braces offer more than {MAX_ALTERNATIVES} choices")
    return done


def _braces(glob: str) -> tuple[int, int]:
    """Where the first outer pair of braces opens and closes; (-1, -1) without one."""
    depth, start, skip, in_class = 0, -1, False, False
    for index, character in enumerate(glob):
        if skip:
            skip = False
        elif character == "\\":
            skip = True
        elif in_class:
            in_class = character != "]"
        elif character == "[":
            in_class = True
        elif character == "{":
            start = index if depth == 0 else start
            depth += 1
        elif character == "}":
            depth -= 1
            if depth < 0:
                raise ValueError("'}' without '{'")
            if depth == 0:
                return start, index
    if depth:
        raise ValueError("'{' is never closed")
    return -1, -1


def _split_options(text: str) -> list[str]:
    options, depth, current, skip = [], 0, "", False
    for character in text:
        if skip:
            skip = False
        elif character == "\\":
            skip = True
        elif character == "," and depth == 0:
            options.append(current)
            current = ""
            continue
        else:
            depth += (character == "{") - (character == "}")
        current += character
    return [*options, current]


def _regex(glob: str) -> str:
    anchored = "/" in glob.rstrip("/")
    parts = glob.removeprefix("/").split("/")
    if parts[-1] == "":
        parts[-1] = "**"
    if not anchored:
        parts.insert(0, "**")
    for part in parts:
        _check_part(part)
    runs = _runs(parts)
    blocks = ["/".join(_part(part) for part in run) for run in runs]
    if len(blocks) == 1:
        return rf"{blocks[0]}\Z"
    lead = f"{blocks[0]}/" if runs[0] else ""
    middle = "".join(rf"(?>(?:[^/]+/)*?{block}/)" for block in blocks[1:-1])
    last = rf"(?:[^/]+/)*?{blocks[-1]}\Z" if runs[-1] else r".+\Z"
    return lead + middle + last


def _check_part(part: str) -> None:
    if part in (".", ".."):
        raise ValueError(f"'{part}' is in no path: paths start at the top of the repository")
    if part == "":
        raise ValueError("two slashes in a row")
    if "**" in part.replace("\\*", "") and part != "**":
        raise ValueError(f"'**' must stand alone between slashes, not in {part!r}")


def _runs(parts: list[str]) -> list[list[str]]:
    """``parts`` cut at every ``**``; the first or last run may be empty."""
    runs: list[list[str]] = [[]]
    previous = ""
    for part in parts:
        if part != "**":
            runs[-1].append(part)
        elif previous != "**":
            runs.append([])
        previous = part
    return runs


def _part(part: str) -> str:
    """One part as a regular expression. The text between two stars has a fixed length."""
    pieces = [""]
    index = 0
    while index < len(part):
        character = part[index]
        if character == "*":
            pieces.append("")
        elif character == "[":
            text, index = _class(part, index)
            pieces[-1] += text
        elif character == "\\":
            index += 1
            if index == len(part):
                raise ValueError("a backslash at the end escapes nothing")
            pieces[-1] += re.escape(part[index])
        else:
            pieces[-1] += _CHARACTER if character == "?" else re.escape(character)
        index += 1
    if len(pieces) == 1:
        return pieces[0]
    middle = "".join(rf"(?>[^/]*?{piece})" for piece in pieces[1:-1] if piece)
    return rf"{pieces[0]}{middle}[^/]*{pieces[-1]}(?=/|\Z)"


def _class(part: str, start: int) -> tuple[str, int]:
    """The class that opens at ``start``, and the index of its closing bracket."""
    end = part.find("]", start + 2)
    if end < 0:
        raise ValueError("'[' is never closed")
    inner = part[start + 1 : end]
    negated = inner.startswith("!")
    inner = inner.removeprefix("!")
    if not inner:
        raise ValueError("an empty class '[]'")
    text = re.sub(r"[\\\[\]^&~|]", r"\\\g<0>", inner)
    try:
        re.compile(f"[{text}]")
    except re.error as error:
        raise ValueError(f"bad class '[{inner}]': {error.msg}") from error
    return (f"[^/{text}]" if negated else f"(?!/)[{text}]"), end
