"""What a check is that runs in this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from synapse_bot.domain.opinion import Gap
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


@dataclass(frozen=True, slots=True)
class Looked:
    """What a check found, and what it did not look at: a file, or of the change as a whole."""

    findings: tuple[RawFinding, ...]
    gaps: tuple[Gap, ...] = ()


# A check without bounds gives its findings alone.
Answer = Union["tuple[RawFinding, ...]", Looked]
Run = Callable[["Examination", "Sequence[str]", Place], Answer]


def _nothing(toolbox: Toolbox) -> str:
    del toolbox
    return ""


@dataclass(frozen=True, slots=True)
class Runner:
    """``run(task, paths, place)`` reads the task's texts; its findings name paths of the change.

    It runs in a thread and cannot be killed, so its time must be linear in the text.
    ``missing(toolbox)`` names the tool that has to be installed first, "" where none has. With
    ``aside`` False it is not given tests, documentation and examples.
    """

    run: Run
    missing: Callable[[Toolbox], str] = _nothing
    aside: bool = True

    def look(self, task: Examination, paths: Sequence[str], place: Place) -> Looked:
        """``run`` on what it is to be given of ``paths``."""
        given = [path for path in paths if self.aside or not task.kinds.is_aside(path)]
        answer = self.run(task, given, place)
        return answer if isinstance(answer, Looked) else Looked(answer)
