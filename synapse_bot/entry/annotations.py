"""What a GitHub runner reads from a step: log commands, the step summary, outputs.

Each of the three is a small language in which text of the change could give orders. Properties
and messages are escaped, every other line of ours is kept from beginning with "::" or "##[", and
outputs stand between delimiters that nobody can guess.
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_bot.forge.posting import AnnotationLevel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from synapse_bot.forge.posting import Annotation

A_LEVEL_A_STEP = 10  # GitHub shows no more of each level
SUMMARY_BYTES = 1_048_576  # of a step; what is longer is not shown at all
MESSAGE_CHARS = 4_000
_COMMANDS = {
    AnnotationLevel.FAILURE: "error",
    AnnotationLevel.WARNING: "warning",
    AnnotationLevel.NOTICE: "notice",
}
_CUT = "\n\nThe rest is left out: a step summary holds 1 MiB. The artefacts have all of it.\n"
_ZERO_WIDTH = "\u200b"


@dataclass(frozen=True, slots=True)
class LogLines:
    """``lines`` to print in order; ``left_out`` annotations are beyond GitHub's limit."""

    lines: tuple[str, ...]
    left_out: int


def log_lines(annotations: Iterable[Annotation]) -> LogLines:
    """Log commands for at most ten annotations of each level, in the order given."""
    room = dict.fromkeys(AnnotationLevel, A_LEVEL_A_STEP)
    lines, left_out = [], 0
    for annotation in annotations:
        if room[annotation.level] == 0:
            left_out += 1
            continue
        room[annotation.level] -= 1
        lines.append(log_line(annotation))
    return LogLines(tuple(lines), left_out)


def log_line(annotation: Annotation) -> str:
    """One log command: one line, whatever the message holds."""
    properties: dict[str, str] = {
        "file": annotation.path,
        "line": str(annotation.start_line),
        "endLine": str(annotation.end_line),
    }
    if annotation.title:
        properties["title"] = annotation.title
    told = ",".join(f"{name}={escape_property(text)}" for name, text in properties.items())
    message = escape_data(annotation.message[:MESSAGE_CHARS])
    return f"::{_COMMANDS[annotation.level]} {told}::{message}"


def escape_data(text: str) -> str:
    """A message as GitHub's runner unescapes it; other line separators become spaces."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return "".join(char if char.isprintable() else " " for char in text)


def escape_property(text: str) -> str:
    """A property: a message that may hold no colon and no comma either."""
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")


def harmless_line(line: str) -> str:
    """``line`` such that no runner takes it for a command, and no terminal for an order.

    A command may stand behind blanks; the old form "##[name]" anywhere in a line.
    """
    shown = "".join(char if char.isprintable() or char == "\t" else "\ufffd" for char in line)
    if shown.lstrip().startswith("::"):
        shown = shown.replace("::", f":{_ZERO_WIDTH}:", 1)
    return shown.replace("##[", f"##{_ZERO_WIDTH}[")


@contextmanager
def commands_stopped(write: Callable[[str], object]) -> Iterator[None]:
    """While it lasts the runner takes no commands: for output that is not ours, such as a tool's.

    The token that ends it is random, so that the output cannot end it.
    """
    token = secrets.token_hex(16)
    write(f"::stop-commands::{token}\n")
    try:
        yield
    finally:
        write(f"\n::{token}::\n")


def output_text(outputs: Mapping[str, str]) -> str:
    """What to append to GITHUB_OUTPUT, each value between lines of a random delimiter.

    Raises ValueError for a name that could be more than a name.
    """
    parts = []
    for name, value in outputs.items():
        if not name.replace("-", "").replace("_", "").isalnum() or not name.isascii():
            raise ValueError(f"{name!r} cannot be the name of an output")
        delimiter = f"synapse-bot-{secrets.token_hex(16)}"
        text = value.replace("\r\n", "\n").replace("\r", "\n")
        parts.append(f"{name}<<{delimiter}\n{text}\n{delimiter}\n")
    return "".join(parts)


def write_outputs(path: Path, outputs: Mapping[str, str]) -> None:
    """Append ``outputs`` to the file that GITHUB_OUTPUT names. Raises OSError."""
    text = output_text(outputs)
    with path.open("a", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        file.write(text)


def write_summary(path: Path, markdown: str) -> None:
    """Append ``markdown`` to the file that GITHUB_STEP_SUMMARY names. Raises OSError.

    Cut at the end of a line where it would be too long, and the cut says so.
    """
    held = path.stat().st_size if path.exists() else 0
    text = fit(markdown, SUMMARY_BYTES - held)
    with path.open("ab") as file:
        file.write(text)


def fit(markdown: str, room: int) -> bytes:
    """``markdown`` in at most ``room`` bytes, never cut within a line or an open fence."""
    raw = f"{markdown.rstrip()}\n".encode("utf-8", "backslashreplace")
    if len(raw) <= room:
        return raw
    kept, size, safe = [], 0, 0
    fence = ""
    for line in raw.splitlines(keepends=True):
        size += len(line)
        if size > room - len(_CUT.encode()):
            break
        kept.append(line)
        fence = _fence_after(fence, line.decode("utf-8", "replace").strip())
        if not fence:
            safe = len(kept)
    text = b"".join(kept[:safe]) + _CUT.encode()
    return text if len(text) <= room else b""


def _fence_after(fence: str, line: str) -> str:
    """The fence that is open behind ``line``; "" for none."""
    mark = line[:1]
    if mark not in ("`", "~") or not line.startswith(mark * 3):
        return fence
    run = mark * (len(line) - len(line.lstrip(mark)))
    if not fence:
        return run
    closes = line == run and run.startswith(fence)
    return "" if closes else fence
