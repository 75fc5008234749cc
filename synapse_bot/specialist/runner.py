"""What a check is that runs in this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from synapse_bot.specialist.base import Examination
    from synapse_bot.specialist.output.base import RawFinding
    from synapse_bot.specialist.toolbox import Toolbox


@dataclass(frozen=True, slots=True)
class Place:
    """``rules`` is the folder rules/, as an absolute path."""

    rules: Path
    toolbox: Toolbox

    @property
    def compiled(self) -> Path:
        return self.toolbox.cache / "compiled"


Run = Callable[["Examination", "Sequence[str]", Place], "tuple[RawFinding, ...]"]


def _nothing(toolbox: Toolbox) -> str:
    del toolbox
    return ""


@dataclass(frozen=True, slots=True)
class Runner:
    """``run(task, paths, place)`` reads the task's texts; its findings name paths of the change.

    It runs in a thread and cannot be killed, so its time must be linear in the text.
    ``missing(toolbox)`` names the tool that has to be installed first, "" where none has.
    """

    run: Run
    missing: Callable[[Toolbox], str] = _nothing
