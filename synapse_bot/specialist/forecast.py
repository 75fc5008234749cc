"""What a specialist of kind ``llm`` would ask at most, told before anything is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_bot.domain.usage import Usage
from synapse_bot.llm.tokens import count_tokens
from synapse_bot.specialist.prompt import bundles, show, system_text
from synapse_bot.specialist.second import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from synapse_bot.domain.diff import Diff
    from synapse_bot.domain.spec import ModelSpec

_SCHEMA = 400  # tokens of an answer's schema and of what frames a request


def forecast(
    model: ModelSpec, paths: Iterable[str], texts: Mapping[str, str], diff: Diff
) -> tuple[int, Usage]:
    """(calls, tokens) where every answer fits its schema and is as long as it may be.

    The second look is counted as if there were always something to look at. The cost is unknown.
    """
    files = [show(path, texts[path], diff) for path in paths if path in texts]
    systems = [count_tokens(system_text(model.prompt))]
    systems += [count_tokens(SECOND)] if model.verify else []
    calls = bundles(files, model.input_tokens)
    prompt = sum(
        system + _SCHEMA + sum(file.tokens for file in bundle)
        for bundle in calls
        for system in systems
    )
    number = len(calls) * len(systems)
    return number, Usage(prompt, output_tokens=number * model.output_tokens, cost_usd=None)
