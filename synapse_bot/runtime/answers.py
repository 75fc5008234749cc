"""What each command does, and the text that answers it. Who may command is decided before."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from synapse_bot.domain.anchors import resolver_of
from synapse_bot.domain.command import DISMISSING, Malformed, Word, must_stay
from synapse_bot.domain.errors import ForgeBusy, ForgeDenied, SynapseError
from synapse_bot.domain.feedback import Feedback
from synapse_bot.domain.posting import Answer, Marker, MarkerKind
from synapse_bot.report import replies
from synapse_bot.report.explanation import Standing, render_explanation
from synapse_bot.report.remarked import remarks_of, remarks_on
from synapse_bot.runtime.publish import publish
from synapse_bot.runtime.reconcile import dismissals
from synapse_bot.runtime.review import Parts, review

if TYPE_CHECKING:
    from synapse_bot.domain.command import Command
    from synapse_bot.domain.negotiation import Claim
    from synapse_bot.domain.posting import Existing
    from synapse_bot.domain.review import Review
    from synapse_bot.forge.posting import CommandedForge, Remark
    from synapse_bot.runtime.publish import Outlet
    from synapse_bot.runtime.reconcile import Owner

Reopen = Callable[[bool], Awaitable[Parts]]  # given whether to examine everything anew
_ODD = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True, slots=True)
class Reply:
    """``marker`` names what is answered; it has a fingerprint where a finding is dismissed.

    ``feedback`` is what a person thereby said of a finding.
    """

    marker: Marker
    text: str
    feedback: Feedback | None = None


@dataclass
class Desk:
    """Where the commands of one run are worked on. One review serves all that need no newer one."""

    parts: Parts
    outlet: Outlet
    forge: CommandedForge
    owner: Owner
    reopen: Reopen
    _unused: bool = True  # whether ``parts`` is still good for a review
    _made: tuple[Review, Parts] | None = None

    async def reply_to(self, command: Command | Malformed, remark: Remark) -> Reply:
        """Do what ``command`` asks for. Raises ForgeBusy and ForgeDenied; answer it later then."""
        if isinstance(command, Malformed):
            return self._reply(remark, Word.HELP, replies.help_text(command.why))
        match command.word:
            case Word.HELP:
                text = replies.help_text()
            case Word.REVIEW:
                text = await self._reviewed(full=command.full)
            case Word.EXPLAIN | Word.IGNORE | Word.FALSE_POSITIVE:
                return await self._about_one(command, remark)
            case never:
                assert_never(never)
        return self._reply(remark, command.word, text)

    async def show_dismissal(self) -> str:
        """Let the summary tell what was just dismissed. Why not, if so: the next review will."""
        published = await publish(*await self._current(), self.outlet)
        return published.why_not

    def _reply(self, remark: Remark, word: Word, text: str) -> Reply:
        answer = Answer(remark.key, word)
        return Reply(Marker(MarkerKind.REPLY, self.owner.instance, answer=answer), text)

    # A review

    async def _reviewed(self, *, full: bool) -> str:
        try:
            result, parts = await self._review(full=full)
        except (ForgeBusy, ForgeDenied):
            raise
        except SynapseError as error:
            return replies.failed_text(str(error), error.hint)
        published = await publish(result, parts, self.outlet)
        if published.posted is None:
            return replies.failed_text(published.why_not, published.hint)
        url = published.posted.summary_url or await self._summary_url()
        return replies.reviewed_text(result, url, published.posted.refused)

    async def _summary_url(self) -> str:
        """Where our summary stands that had nothing to be changed."""
        existing = await self.forge.existing(self.parts.change)
        return next((e.url for e in existing if self.owner.owns(e, MarkerKind.SUMMARY)), "")

    async def _current(self) -> tuple[Review, Parts]:
        """The newest review of this run, made now where there is none."""
        return self._made or await self._review()

    async def _review(self, *, full: bool = False) -> tuple[Review, Parts]:
        parts = self.parts if self._unused and not full else await self.reopen(full)
        self._unused = self._unused and parts is not self.parts
        self._made = await review(parts), parts
        return self._made

    # One finding

    async def _about_one(self, command: Command, remark: Remark) -> Reply:
        result, parts = await self._current()
        found = [c for c in result.claims if c.finding.fingerprint.startswith(command.id)]
        if len(found) != 1:
            link = self.outlet.link
            unclear = replies.ambiguous_text(found, link) if found else ""
            text = unclear or replies.unknown_text(command.id, result)
            return self._reply(remark, command.word, text)
        if command.word in DISMISSING:
            reply = await self._dismissed(found[0], command, remark)
            return replace(reply, feedback=_feedback(found[0], command, remark, result, parts))
        return self._reply(remark, command.word, await self._explained(found[0], result, parts))

    async def _explained(self, claim: Claim, result: Review, parts: Parts) -> str:
        existing = await self.forge.existing(parts.change)
        fingerprint, post = claim.finding.fingerprint, parts.settings.post
        diff = await parts.forge.diff(parts.change)
        thread = self._thread(existing, fingerprint)
        standing = Standing(
            anchor=resolver_of(diff)(claim.finding.location),
            url=thread.url if thread else "",
            max_inline=post.max_inline if post.inline else 0,
            dismissal=dismissals(existing, self.owner).get(fingerprint),
        )
        remarks = remarks_on(claim, remarks_of(result))
        return render_explanation(claim, standing, self.outlet.link, remarks)

    async def _dismissed(self, claim: Claim, command: Command, remark: Remark) -> Reply:
        """Resolve the thread first: the reply is what tells a later run that all is done."""
        if must_stay(claim):
            return self._reply(remark, command.word, replies.refused_text(claim))
        fingerprint = claim.finding.fingerprint
        resolved = await self._resolved(fingerprint)
        who = _ODD.sub("_", remark.login)[:80]
        answer = Answer(remark.key, command.word, who, command.reason)
        marker = Marker(MarkerKind.REPLY, self.owner.instance, fingerprint, answer=answer)
        text = replies.dismissed_text(claim, command.word, who, command.reason, resolved=resolved)
        return Reply(marker, text)

    async def _resolved(self, fingerprint: str) -> bool:
        """Whether the finding has a thread that is resolved now: best effort."""
        thread = self._thread(await self.forge.existing(self.parts.change), fingerprint)
        if thread is None or not thread.thread_id:
            return False
        return thread.resolved or await self.forge.resolve(self.parts.change, thread.thread_id)

    def _thread(self, existing: tuple[Existing, ...], fingerprint: str) -> Existing | None:
        """Our comment about a finding."""
        ours = (e for e in existing if self.owner.owns(e, MarkerKind.FINDING))
        return next((e for e in ours if e.marker and e.marker.fingerprint == fingerprint), None)


def _feedback(
    claim: Claim, command: Command, remark: Remark, result: Review, parts: Parts
) -> Feedback:
    finding = claim.finding
    return Feedback(
        said=command.word,
        fingerprint=finding.fingerprint,
        rule=finding.rule,
        by=finding.by,
        repository=parts.change.repository,
        comment=remark.key,
        said_at=remark.said_at,
        change=parts.change.key,
        run=result.id,
        config_digest=parts.config_digest,
        obeyed=not must_stay(claim),
    )
