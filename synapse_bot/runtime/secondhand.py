"""A review that another job wrote down, posted by a job that may write.

The first job ran on a fork's pull request, where whoever opened it can rewrite the workflow. So
nothing in its artefact is believed but what the forge itself confirms: the number in it must be
that of a change whose head is the revision that the host names. It is shown as hearsay.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from synapse_bot.domain.errors import ArtefactRefused
from synapse_bot.report.audit import parse_audit
from synapse_bot.runtime.publish import publish

if TYPE_CHECKING:
    from synapse_bot.domain.change import Change
    from synapse_bot.domain.review import Review
    from synapse_bot.runtime.publish import Outlet, Published
    from synapse_bot.runtime.review import Parts

MAX_BYTES = 20_000_000
_NUMBER = re.compile(r"[#!]([1-9][0-9]{0,9})")
_NOTICE = (
    "This review was made by a run that the change itself could influence. It sets no check; only "
    "the comments are posted."
)


@dataclass(frozen=True, slots=True)
class Artefact:
    """The Review of an audit file, with the number of the request that it says it is about."""

    review: Review
    number: int


def read_artefact(raw: bytes, name: str) -> Artefact:
    """Parse the audit JSON in ``raw``. Raises ArtefactRefused, naming the fault."""
    if len(raw) > MAX_BYTES:
        raise ArtefactRefused(f"{name}: {len(raw)} bytes, more than {MAX_BYTES}")
    try:
        review = parse_audit(raw.decode("utf-8"))
    except (ValueError, RecursionError, TypeError) as error:
        raise ArtefactRefused(f"{name} is not an audit of this version: {error!s:.200}") from error
    number = _NUMBER.fullmatch(review.change.ref)
    if number is None:
        raise ArtefactRefused(
            f"{name} is about {review.change.ref[:60]!r}, no pull or merge request",
            "Make it with `synapse-bot review --pr N --no-post --out DIR`.",
        )
    return Artefact(review, int(number[1]))


async def post_secondhand(artefact: Artefact, head: str, parts: Parts, outlet: Outlet) -> Published:
    """Post what ``artefact`` says on the change of ``parts``. Raises ArtefactRefused."""
    check(artefact.review.change, head, parts.change)
    heard = replace(
        artefact.review, change=parts.change, notices=(*artefact.review.notices, _NOTICE)
    )
    # An instance of its own: what a trusted run has posted is never edited by hearsay.
    settings = parts.settings
    post = replace(settings.post, instance=f"{settings.post.instance}.hearsay"[:64])
    apart = replace(parts, settings=replace(settings, post=post))
    return await publish(heard, apart, replace(outlet, hearsay=True))


def check(told: Change, head: str, real: Change) -> None:
    """Hold what the artefact tells of the change against the host's word and the forge's.

    Raises ArtefactRefused for the first that differs.
    """
    if not head or real.head != head:
        raise ArtefactRefused(
            f"{real.ref} is at {real.head[:12]}, and the run was of {head[:12]}",
            "A newer push has a run of its own; or the artefact names another request.",
        )
    if told.head != head:
        raise ArtefactRefused(f"the artefact is of {told.head[:12]!r}, the run of {head[:12]}")
    if told.repository != real.repository:
        raise ArtefactRefused(
            f"the artefact is of {told.repository[:100]!r}, the request in {real.repository}"
        )
