"""Commands in comments, each answered once.

A comment is read from the forge and never from an event's payload. Whoever wrote it has to be a
person who may write to the repository. The answer carries a marker that names the comment, and it
is the last thing to be written of what the command is about: whatever dies before it is done
again, and what is done again changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from synapse_bot.domain.change import AuthorKind
from synapse_bot.domain.command import PREFIX, Malformed, Word, parse_command
from synapse_bot.domain.errors import ForgeDenied
from synapse_bot.domain.posting import MarkerKind
from synapse_bot.forge.posting import CommandedForge
from synapse_bot.report.replies import log_name, reply_body
from synapse_bot.report.sanitise import plain
from synapse_bot.runtime.answers import Desk
from synapse_bot.runtime.reconcile import Owner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from synapse_bot.domain.command import Command
    from synapse_bot.domain.feedback import Feedback
    from synapse_bot.domain.posting import Existing
    from synapse_bot.forge.posting import Remark
    from synapse_bot.runtime.answers import Reopen
    from synapse_bot.runtime.publish import Outlet
    from synapse_bot.runtime.review import Parts

    Tell = Callable[[Feedback], None]

MOST_COMMANDS = 20  # answered in one run, the oldest first; the rest is for the next


@dataclass(frozen=True, slots=True)
class Heard:
    """The comment with the id ``comment``, ``inline`` on the diff; 0 is every unanswered one."""

    comment: int = 0
    inline: bool = False


class Outcome(StrEnum):
    ANSWERED = "answered"
    KNOWN = "answered before"
    REFUSED = "refused"  # by somebody who may not command; nobody is told but the log
    PASSED_OVER = "passed over"  # no command, or none of a person's


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of one comment. ``note`` is one harmless line for the log."""

    key: str
    outcome: Outcome
    note: str


def _nobody(feedback: Feedback) -> None:
    """Nobody keeps it."""


async def respond(
    parts: Parts, outlet: Outlet, heard: Heard, reopen: Reopen, tell: Tell = _nobody
) -> tuple[Handled, ...]:
    """Answer ``heard``. Raises ForgeDenied where the token may not write, and as the forge does.

    ``reopen`` gives the Parts of one more review; ``tell`` is given what people say of findings,
    before the reply that ends a command, and therefore perhaps twice.
    """
    forge, change = parts.forge, parts.change
    if not isinstance(forge, CommandedForge):
        raise ForgeDenied("there is nobody to answer to", "Give --pr or --mr.")
    access = await forge.access(change)
    if access.why_not or not access.author_id:
        why = access.why_not or "the forge does not say whose token this is"
        raise ForgeDenied(why, access.hint or None)
    owner = Owner(access.author_id, parts.settings.post.instance)
    answered = _answered(await forge.existing(change), owner)
    porter = _Porter(forge, parts, owner, answered)
    desk = Desk(parts, outlet, forge, owner, reopen)
    handled, most = [], MOST_COMMANDS
    for remark in await _said(forge, parts, heard):
        admitted = await porter.admit(remark)
        if isinstance(admitted, Handled):
            handled.append(admitted)
            continue
        if not most:
            break
        most -= 1
        handled.append(await _answer(desk, remark, admitted, tell))
    return tuple(handled)


async def _said(forge: CommandedForge, parts: Parts, heard: Heard) -> tuple[Remark, ...]:
    if heard.comment:
        return (await forge.remark(parts.change, heard.comment, inline=heard.inline),)
    return await forge.remarks(parts.change, PREFIX)


def _answered(existing: Iterable[Existing], owner: Owner) -> frozenset[str]:
    """Keys of the comments that a reply of ours names."""
    ours = (e.marker for e in existing if owner.owns(e, MarkerKind.REPLY))
    return frozenset(marker.answer.to for marker in ours if marker and marker.answer)


async def _answer(desk: Desk, remark: Remark, command: Command | Malformed, tell: Tell) -> Handled:
    forge, change = desk.forge, desk.parts.change
    if not isinstance(command, Malformed) and command.word is not Word.HELP:
        await forge.react(change, remark)
    reply = await desk.reply_to(command, remark)
    if reply.feedback is not None:
        tell(reply.feedback)
    url = "" if remark.reply_to else remark.url
    address = await forge.reply(change, remark, reply_body(reply.marker, reply.text, url))
    late = await desk.show_dismissal() if reply.marker.fingerprint else ""
    told = f" (the summary does not tell it yet: {plain(late, 200)})" if late else ""
    word = reply.marker.answer.word if reply.marker.answer else ""
    return Handled(remark.key, Outcome.ANSWERED, f"{remark.key}: {word} {address}{told}")


@dataclass
class _Porter:
    """Who is let in. Whoever is not gets no reply: a stranger cannot make us write."""

    forge: CommandedForge
    parts: Parts
    owner: Owner
    answered: frozenset[str]
    _may_command: dict[str, bool] = field(default_factory=dict)  # by numeric id

    async def admit(self, remark: Remark) -> Command | Malformed | Handled:
        """The command of ``remark`` where its author may give one, else what became of it."""
        command = parse_command(remark.body)
        if command is None:
            return _passed(remark, "is no command")
        if remark.key in self.answered:
            return Handled(remark.key, Outcome.KNOWN, f"{remark.key}: answered before")
        if remark.author_id == self.owner.author_id:
            return _passed(remark, "is our own")
        if remark.author_kind is not AuthorKind.PERSON:
            return _passed(remark, f"is by {log_name(remark.login)}, who is no person")
        if not await self._may(remark):
            note = f"{remark.key}: {log_name(remark.login)} ({remark.author_id}) may not command"
            return Handled(remark.key, Outcome.REFUSED, note)
        return command

    async def _may(self, remark: Remark) -> bool:
        who = remark.author_id
        if who and who not in self._may_command:
            change, login = self.parts.change, remark.login
            self._may_command[who] = await self.forge.may_command(change, who, login)
        return self._may_command.get(who, False)


def _passed(remark: Remark, why: str) -> Handled:
    return Handled(remark.key, Outcome.PASSED_OVER, f"{remark.key}: {why}")
