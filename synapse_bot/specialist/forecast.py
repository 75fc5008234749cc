"""What a specialist of kind ``llm`` would ask at most, told before anything is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_bot.domain.plan import Duty
from synapse_bot.domain.usage import Usage
from synapse_bot.llm.tokens import count_tokens
from synapse_bot.specialist.prompt import system_text
from synapse_bot.specialist.second import SECOND

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from synapse_bot.domain.diff import Diff
    from synapse_bot.domain.spec import ModelSpec
    from synapse_bot.specialist.telling import Telling

_SCHEMA = 400  # tokens of an answer's schema and of what frames a request


@dataclass(frozen=True, slots=True)
class Forecast:
    """``calls`` for one duty, with the tokens of all of them; the cost is unknown."""

    duty: Duty
    calls: int
    usage: Usage


def forecast(
    telling: Telling,
    paths: Collection[str],
    texts: Mapping[str, str],
    diff: Diff,
    *,
    skimmed: Collection[str] = (),
    samples: int = 0,
) -> tuple[Forecast, ...]:
    """What each duty takes where every answer fits its schema and is as long as it may be.

    The background counts as it would be sent. The second look is counted as if there were always
    something to look at.
    """
    model = telling.asked
    close = [path for path in paths if path not in skimmed]
    light = [path for path in paths if path in skimmed]
    first, second = count_tokens(system_text(model.prompt)), count_tokens(SECOND)
    reviews = samples or model.samples
    found, looks = [], []
    for duty, some in ((Duty.READ, close), (Duty.SKIM, light)):
        files = telling.shown(some, texts, diff)
        calls = [told.tokens for told in telling.calls(files)]
        found.append(_of(duty, [first + shown for shown in calls] * reviews, model))
        looks += [second + shown for shown in calls] if model.verify else []
    found.append(_of(Duty.VERIFY, looks, model))
    return tuple(one for one in found if one.calls)


def _of(duty: Duty, prompts: Sequence[int], model: ModelSpec) -> Forecast:
    prompt = sum(prompts) + _SCHEMA * len(prompts)
    answers = model.output_tokens * len(prompts)
    return Forecast(duty, len(prompts), Usage(prompt, output_tokens=answers, cost_usd=None))
