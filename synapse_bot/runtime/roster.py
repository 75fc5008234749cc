"""The Roster: who may be asked. wiring supplies it; a higher floor may supply another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from synapse_bot.domain.plan import Duty

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from synapse_bot.domain.debate import Ask
    from synapse_bot.domain.opinion import Skipped
    from synapse_bot.domain.spec import Route, SpecialistSpec
    from synapse_bot.domain.usage import Usage
    from synapse_bot.specialist.base import Specialist


class Roster(Protocol):
    @property
    def specs(self) -> tuple[SpecialistSpec, ...]:
        """Every declared specialist, sorted by id."""
        ...

    @property
    def refused(self) -> tuple[Skipped, ...]:
        """Specialists that the host does not allow, each with the reason."""
        ...

    def missing(self, spec: SpecialistSpec, route: Route) -> tuple[str, ...]:
        """Tools that ``spec`` needs on ``route`` and this machine lacks."""
        ...

    def unable(self, spec: SpecialistSpec) -> Skipped | None:
        """Why ``spec`` cannot ask a model here; None where it can, or asks none.

        Raises ConfigInvalid for a model that is not set up as it must be.
        """
        ...

    def hint(self, missing: Sequence[str]) -> str:
        """How to get the tools ``missing``."""
        ...

    def specialist(self, spec: SpecialistSpec) -> Specialist:
        """The specialist at work for ``spec``."""
        ...

    def priced(self, usage: Usage, duty: Duty = Duty.READ) -> tuple[str, Usage]:
        """The model that would be asked first for ``duty``, and ``usage`` with its price: None is
        unknown."""
        ...

    def debaters(self, tokens: int, remaining_s: Callable[[], float]) -> Ask:
        """Who answers back in a debate, all together for at most ``tokens`` of the budget.

        What it gives never raises for a model that is absent, broken or not paid for.
        """
        ...

    async def aclose(self) -> None:
        """Close what its specialists opened, in the event loop that used it."""
        ...

    def tool_versions(self) -> Mapping[str, str]:
        """Version by tool name, of the tools found so far."""
        ...
