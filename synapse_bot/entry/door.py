"""The one error door: whatever happens below becomes one message and one exit code here."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from synapse_bot.domain.errors import ExitCode, SynapseError

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = "synapse-bot"


def enter(command: click.Command, argv: list[str]) -> int:
    """Run ``command``; the exit code is the contract of docs/exit-codes.md."""
    try:
        code = command.main(args=argv, prog_name=PROGRAM, standalone_mode=False)
        sys.stdout.flush()
        return int(code) if isinstance(code, int) else ExitCode.PASS
    except SynapseError as error:
        _say("error" if error.exit_code else "note", str(error), error.hint)
        return error.exit_code
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (click.Abort, KeyboardInterrupt):
        _say("interrupted", "the review was not finished; run it again", "")
        return ExitCode.INTERRUPTED
    except click.ClickException as error:
        _usage(error)
        return ExitCode.USAGE
    except (BrokenPipeError, SystemExit) as stop:
        # The reader (head, less) has gone, which click tells by exit 1: that would be "findings".
        if isinstance(stop, SystemExit) and not _reader_left():
            raise
        from synapse_bot.entry.terminal import leave_stdout

        leave_stdout()
        return ExitCode.PASS
    except Exception as error:  # noqa: BLE001 - the error door: anything else is our own bug
        return _bug(error)


def _reader_left() -> bool:
    """Whether click met a broken pipe: it puts a wrapper of its own, renamed in 8.5, in the way."""
    return type(sys.stdout).__name__.endswith("PacifyFlushWrapper")


def _usage(error: click.ClickException) -> None:
    context = getattr(error, "ctx", None)
    _say("error", error.format_message(), f"{context.command_path} --help" if context else "")


def _say(kind: str, message: str, hint: str) -> None:
    from synapse_bot.domain.redaction import redact

    # Later lines are indented: none may begin with "::", which a CI takes as a command.
    for line in f"{kind}: {message}".replace("\n", "\n  ").split("\n"):
        print(_printable(redact(line)), file=sys.stderr)
    if hint:
        print(_printable(f"hint: {redact(hint)}"), file=sys.stderr)


def _printable(text: str) -> str:
    """Control characters and bidi marks as escapes: a hostile path must not drive a terminal.

    Nor a CI's runner, which takes the old form of a command, "##[", anywhere in a line.
    """
    shown = "".join(
        char if char.isprintable() or char == "\t" else f"\\u{ord(char):04x}" for char in text
    )
    return shown.replace("##[", "# #[")


def _bug(error: Exception) -> int:
    path = _save_traceback(error)
    _say("bug", f"{type(error).__name__}: {error}", f"please report it with {path}")
    return ExitCode.BUG


def _save_traceback(error: Exception) -> Path:
    import tempfile
    import traceback
    from pathlib import Path

    from synapse_bot.domain.redaction import redact

    handle, name = tempfile.mkstemp(prefix="synapse-bot-traceback-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(redact("".join(traceback.format_exception(error))))
    return Path(name)
