"""One debate under way: what each side has argued so far, and what it stands by in the end."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from synapse_bot.domain.debate import Argument, Debate, Filed
from synapse_bot.domain.usage import Usage
from synapse_bot.negotiation.conflicts import rank
from synapse_bot.negotiation.judges import Case, Ruling, Vote
from synapse_bot.negotiation.references import Grounds, checked, tool_argument

if TYPE_CHECKING:
    from synapse_bot.domain.severity import Severity
    from synapse_bot.negotiation.conclusion import Bench
    from synapse_bot.negotiation.conflicts import Dispute, Voice

NOBODY = Ruling(None, False, 0.0, "somebody could not speak")


@dataclass
class Exchange:
    """``arguments`` by side, in the order of the rounds: the tools' stand from the beginning.

    ``unheard`` where a side was asked and no argument came: then nothing is decided.
    """

    dispute: Dispute
    arguments: dict[Voice, list[Argument]] = field(default_factory=dict)
    third: Argument | None = None
    notes: list[str] = field(default_factory=list)
    unheard: bool = False
    usage: Usage = field(default_factory=Usage)

    def __post_init__(self) -> None:
        for voice in self.dispute.sides:
            if not voice.is_model and voice.finding:
                self.arguments[voice] = [tool_argument(voice.finding)]

    @property
    def models(self) -> tuple[Voice, ...]:
        return tuple(voice for voice in self.dispute.sides if voice.is_model)

    def others(self, voice: Voice) -> tuple[Argument, ...]:
        """The newest arguments that stand, of all sides but ``voice``."""
        said = (own[-1] for other, own in self._in_order() if other != voice)
        return tuple(argument for argument in said if argument.stands)

    def stood_by(self, voice: Voice) -> Argument | None:
        """What ``voice`` is counted for; None where nothing of it stands.

        Whoever holds a position may rely on what was pointed at before; a new position needs
        references of its own.
        """
        own = self.arguments[voice]
        kept = own[-1] if own[-1].stands else own[0]
        return kept if kept.stands and kept.position == own[-1].position else None

    def standing(self) -> tuple[Argument, ...]:
        """What all sides stand by, for a judge."""
        last = (self.stood_by(voice) for voice, _ in self._in_order())
        return tuple(argument for argument in last if argument)

    def hear(self, voice: Voice, filed: Filed, number: int, grounds: Grounds) -> None:
        """Take what ``voice`` says in round ``number``, its references checked."""
        self.usage += filed.usage
        if filed.argument is None:
            self.unheard = True
            self.notes.append(f"{voice.by} ({voice.speaker}): {filed.why}")
            return
        said = replace(filed.argument, by=voice.by, speaker=voice.speaker, round=number)
        self.arguments.setdefault(voice, []).append(checked(self._within(said), grounds))

    def hear_judge(self, filed: Filed) -> None:
        """Take what a third model says; one that is itself a side is no third."""
        self.usage += filed.usage
        why = filed.why
        if filed.argument:
            speaker = filed.argument.speaker
            if speaker not in {voice.speaker for voice in self.dispute.sides}:
                self.third = self._within(filed.argument)
            why = f"{speaker} is one of the sides"
        if self.third is None:
            self.notes.append(f"no third model judged: {why}")

    def case(self, bench: Bench) -> Case:
        """What is put before a judge: the sides whose arguments stand."""
        votes = []
        for voice, _ in self._in_order():
            if argument := self.stood_by(voice):
                weight = bench.weights.get(voice.by, 1.0)
                accuracy = bench.policy.debate.accuracy_of(voice.by, weight)
                name = f"{voice.by}/{voice.speaker}"
                votes.append(Vote(name, voice.group, argument.position, accuracy))
        return Case(tuple(votes), self.third)

    def record(self, judge: str, ruling: Ruling) -> Debate:
        said = [argument for own in self.arguments.values() for argument in own]
        return Debate(
            tuple(sorted(said, key=lambda a: (a.round, a.by, a.speaker))),
            judge,
            ruling.severity,
            ruling.refuted,
            ruling.why,
            ruling.margin,
            tuple(self.notes),
            self.usage,
        )

    def _in_order(self) -> list[tuple[Voice, list[Argument]]]:
        return sorted(self.arguments.items(), key=lambda item: (item[0].by, item[0].speaker))

    def _within(self, argument: Argument) -> Argument:
        """A debate closes a gap: nobody goes beyond what somebody had said before it."""
        highest: Severity | None = max((v.position for v in self.dispute.sides), key=rank)
        beyond = rank(argument.position) > rank(highest)
        return replace(argument, position=highest) if beyond else argument
