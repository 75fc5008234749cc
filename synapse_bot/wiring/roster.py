"""The Roster of this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_bot.config.data import data_dir
from synapse_bot.domain.opinion import Skipped
from synapse_bot.domain.plan import Duty
from synapse_bot.specialist.guarded import GuardedSpecialist
from synapse_bot.specialist.loader import Declared
from synapse_bot.specialist.taxonomy import load_taxonomy
from synapse_bot.specialist.tool import ToolSpecialist, install_hint, missing_tools, with_engine
from synapse_bot.specialist.toolbox import Toolbox
from synapse_bot.wiring.models import open_models

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from synapse_bot.breaker.guard import Guard
    from synapse_bot.config.settings import Settings
    from synapse_bot.domain.debate import Ask
    from synapse_bot.domain.events import Hook
    from synapse_bot.domain.spec import Route, SpecialistSpec
    from synapse_bot.domain.usage import Usage
    from synapse_bot.runtime.request import Host
    from synapse_bot.specialist.base import Specialist
    from synapse_bot.specialist.conversation import Record
    from synapse_bot.specialist.taxonomy import Taxonomy
    from synapse_bot.store.base import AnswerStore
    from synapse_bot.wiring.models import OpenModels


@dataclass
class HostRoster:
    """The Roster of this machine: declared specialists with the tools and models that are here."""

    declared: Declared
    toolbox: Toolbox
    settings: Settings
    host: Host
    answers: Callable[[], AnswerStore | None] = lambda: None  # of models, given earlier
    guard: Guard | None = None  # circuit breakers
    emit: Hook = lambda event: None
    _taxonomy: Taxonomy | None = None
    _models: OpenModels | None = None

    @property
    def specs(self) -> tuple[SpecialistSpec, ...]:
        return self.declared.specs

    @property
    def refused(self) -> tuple[Skipped, ...]:
        return self.declared.refused

    def missing(self, spec: SpecialistSpec, route: Route) -> tuple[str, ...]:
        return missing_tools(spec, route, self.toolbox)

    def unable(self, spec: SpecialistSpec) -> Skipped | None:
        if spec.model is None:
            return None
        if not self.settings.models.default:
            hint = "Set models.default; see docs/llm.md."
            return Skipped(spec.id, "no model is set up", hint, matters=False)
        from synapse_bot.llm.errors import ModelDenied

        try:
            _ = self.models
        except ModelDenied as error:  # a fork's job has no secrets: the tools review all the same
            return Skipped(spec.id, str(error), error.hint)
        return None

    def hint(self, missing: Sequence[str]) -> str:
        return install_hint(missing, self.toolbox)

    def specialist(self, spec: SpecialistSpec) -> Specialist:
        inner = self._using(spec) if spec.model is None else self._asking(spec)
        if self.guard is None:
            return inner
        models = tuple(self.models.remotes) if spec.model is not None else ()
        return GuardedSpecialist(inner, self.guard, self.emit, models)

    def _using(self, spec: SpecialistSpec) -> Specialist:
        """A specialist of kind tool."""
        tools = self.settings.tools
        held = with_engine(spec, "semgrep", tools.semgrep_engine)
        return ToolSpecialist(
            held, self.toolbox, self.taxonomy, data_dir("rules"), tools.sandbox, self.guard
        )

    def _asking(self, spec: SpecialistSpec) -> Specialist:
        """A specialist of kind llm with the models that the host gives for its duties."""
        from synapse_bot.specialist.llm import LlmSpecialist

        paid, named = self.models.paid_by(spec), self.models.by_duty
        return LlmSpecialist(
            spec,
            paid(Duty.READ),
            self.taxonomy,
            skimmer=paid(Duty.SKIM) if Duty.SKIM in named else None,
            verifier=paid(Duty.VERIFY) if Duty.VERIFY in named else None,
            samples=self.settings.models.samples,
            record=self._record(),
        )

    def _record(self) -> Record | None:
        """What models have answered before, where it is kept."""
        from synapse_bot.specialist.conversation import Record

        answers, fresh = self.answers(), not self.settings.choice.incremental
        return Record(answers, fresh) if answers else None

    def debaters(self, tokens: int, remaining_s: Callable[[], float]) -> Ask:
        from synapse_bot.wiring.debaters import Debaters

        return Debaters(lambda: self.models, tokens, remaining_s, self._record())

    def tool_versions(self) -> Mapping[str, str]:
        return self.toolbox.versions()

    def priced(self, usage: Usage, duty: Duty = Duty.READ) -> tuple[str, Usage]:
        name = self.models.holder(duty).name
        return name, self.models.catalogue.priced(name, usage)

    async def aclose(self) -> None:
        if self._models is not None:
            await self._models.aclose()

    @property
    def models(self) -> OpenModels:
        if self._models is None:
            self._models = open_models(self.settings.models, self.host, self.guard)
        return self._models

    @property
    def taxonomy(self) -> Taxonomy:
        if self._taxonomy is None:
            self._taxonomy = load_taxonomy(
                data_dir("rules") / "taxonomy.yaml", self.toolbox.cache / "compiled"
            )
        return self._taxonomy
