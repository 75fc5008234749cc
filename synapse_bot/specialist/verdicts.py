"""How a tool's run ended: its results, or what went wrong, in words that a reader can act on."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_bot.domain.opinion import FailureKind
from synapse_bot.domain.redaction import redact
from synapse_bot.domain.spec import OutputFormat
from synapse_bot.specialist.output.base import OutputGarbage, TooManyResults, shorten
from synapse_bot.specialist.output.gaps import Told, read_gaps
from synapse_bot.specialist.output.table import READERS
from synapse_bot.specialist.sandbox import Completed, Ending

if TYPE_CHECKING:
    from pathlib import Path

    from synapse_bot.domain.spec import ActionSpec
    from synapse_bot.specialist.ground import PathMap
    from synapse_bot.specialist.output.base import RawFinding

_QUOTE = 300


@dataclass(frozen=True, slots=True)
class Failure:
    kind: FailureKind
    why: str
    hint: str = ""


class Broken(Exception):
    """A run of an action that did not end well."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.why)
        self.failure = failure


def read_output(
    completed: Completed, spec: ActionSpec, out: Path, names: PathMap
) -> tuple[tuple[RawFinding, ...], Told]:
    """The results of a run that ended well, and what it left out. Raises Broken for any other."""
    if failure := _failure(completed, spec, names):
        raise Broken(failure)
    data = _output(completed, spec, out)
    try:
        raws = READERS[spec.output.format](data, spec.output)
        told = read_gaps(data, spec.output, raws)
    except OutputGarbage as error:
        said = "" if data.strip() else _quote(completed.stderr, names)
        raise _garbage(spec, f"{error}{said}") from error
    except TooManyResults as error:
        raise Broken(Failure(FailureKind.FLOODED, f"{spec.tool}: {error}")) from error
    silent = spec.output.format is OutputFormat.REGEX and not raws and data.strip()
    if silent and completed.exit_code != 0:
        raise _garbage(spec, "no line matches the declared pattern")
    return raws, told


def _failure(completed: Completed, spec: ActionSpec, names: PathMap) -> Failure | None:
    tool, code = spec.tool, completed.exit_code
    if completed.ending is Ending.TIMEOUT:
        hint = f"Raise `timeout` of the action {spec.id!r}, or the specialist's `deadline`."
        return Failure(FailureKind.TIMEOUT, f"{tool} was killed at its deadline", hint)
    if completed.ending is Ending.FLOODED:
        hint = f"Raise `output_mb` of the action {spec.id!r}."
        return Failure(FailureKind.FLOODED, f"{tool} printed over {spec.output_mb} MB", hint)
    if code is None:
        return Failure(FailureKind.CRASHED, f"{tool} could not be ended")
    if code < 0:
        hint = f"It may need more than memory_mb: {spec.memory_mb}."
        return Failure(FailureKind.CRASHED, f"{tool} died of {_signal(-code)}", hint)
    if code not in spec.ok_exit_codes:
        quote = _quote(completed.stderr or completed.stdout, names)
        return Failure(FailureKind.CRASHED, f"{tool} ended with status {code}{quote}")
    return None


def _output(completed: Completed, spec: ActionSpec, out: Path) -> bytes:
    """Standard output, or the file {out}: a plain file, no larger than the limit."""
    if not spec.output_file:
        return completed.stdout
    limit = spec.output_mb << 20
    try:
        if out.is_symlink() or not out.is_file():
            raise _garbage(spec, "it wrote no output file")
        if out.stat().st_size > limit:
            raise Broken(Failure(FailureKind.FLOODED, f"{spec.tool} wrote over {limit >> 20} MB"))
        return out.read_bytes()
    except OSError as error:
        raise _garbage(spec, f"its output file cannot be read: {error.strerror}") from error


def _garbage(spec: ActionSpec, why: str) -> Broken:
    hint = f"The action {spec.id!r} declares the format {spec.output.format}."
    return Broken(Failure(FailureKind.GARBAGE, f"{spec.tool}: {why}", hint))


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _quote(data: bytes, names: PathMap) -> str:
    """The end of what a tool said, on one line: printable, no secrets, no paths of this machine."""
    text = data.decode(errors="replace")
    text = "".join(char if char.isprintable() else " " for char in text)
    text = redact(names.plain(" ".join(text.split())))
    return f": {shorten(text[-_QUOTE:], _QUOTE)}" if text else ""
