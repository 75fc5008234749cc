"""What a specialist would send to a model, shown before anything is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.domain.prompt import Prompt
from synapse_bot.llm.tokens import count_tokens
from synapse_bot.runtime.context import gather
from synapse_bot.runtime.plan import paths_for
from synapse_bot.specialist.prompt import change_text, system_text
from synapse_bot.specialist.telling import Telling

if TYPE_CHECKING:
    from pathlib import Path

    from synapse_bot.domain.plan import Plan
    from synapse_bot.runtime.roster import Roster
    from synapse_bot.runtime.survey import Survey


async def prompts(
    specialist: str, plan: Plan, survey: Survey, roster: Roster, scratch: Path
) -> tuple[Prompt, ...]:
    """The calls of ``specialist`` as they would be made, whether or not a model is set up.

    The second look depends on what the first found, and is not among them.
    """
    spec = next((spec for spec in roster.specs if spec.id == specialist), None)
    if spec is None or spec.model is None:
        known = ", ".join(spec.id for spec in roster.specs if spec.model is not None)
        raise ConfigInvalid(
            f"{specialist}: no specialist of kind llm is called that", f"Try {known}."
        )
    telling = Telling(spec.model, await gather(survey, scratch))
    texts = {path: text.decode("utf-8", "replace") for path, text in survey.texts.items()}
    paths = paths_for(spec, plan.route, survey)
    skimmed = {p for a in plan.assignments if a.spec.id == specialist for p in a.skimmed}
    system = system_text(spec.model.prompt)
    found = []
    for some in ([p for p in paths if p not in skimmed], [p for p in paths if p in skimmed]):
        for told in telling.calls(telling.shown(some, texts, survey.diff)):
            files = tuple(file.path for file in told.files)
            tokens = count_tokens(system) + told.tokens
            asked = change_text(told, "KEY", "CANARY")
            notes = telling.background.notes
            found.append(Prompt(specialist, system, asked, tokens, files, notes))
    return tuple(found)
