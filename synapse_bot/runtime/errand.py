"""What a webhook sends a worker for: the text that waits in the queue. It holds no secret.

The text is a request as ``request_json`` writes it, with one key more, so that whoever knows
requests alone reads it too.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from synapse_bot.runtime.request_json import RequestUnreadable, request_json

if TYPE_CHECKING:
    from synapse_bot.runtime.request import Asked

_KEY = "errand"


class ErrandKind(StrEnum):
    REVIEW = "review"
    RESPOND = "respond"  # to the command in one comment


@dataclass(frozen=True, slots=True)
class Errand:
    """``comment`` is the id of the comment to answer, ``inline`` whether it is on the diff.

    ``installation`` is the GitHub App's in whose name the forge is spoken to, 0 without an App.
    ``delivery`` is the forge's id of the delivery, for whoever searches the logs.
    """

    kind: ErrandKind = ErrandKind.REVIEW
    comment: int = 0
    inline: bool = False
    installation: int = 0
    delivery: str = ""


def errand_json(asked: Asked, errand: Errand) -> str:
    """``asked`` and ``errand`` as JSON text with sorted keys; what is reviewed is posted."""
    request = json.loads(request_json(asked, post=True))
    return json.dumps({**request, _KEY: asdict(errand)}, sort_keys=True)


def errand_of(text: str) -> Errand:
    """The errand that ``text`` names; of a plain request, to review. Raises RequestUnreadable."""
    try:
        found = json.loads(text).get(_KEY, {})
        return Errand(**{**found, "kind": ErrandKind(found.get("kind", ErrandKind.REVIEW))})
    except (ValueError, TypeError, AttributeError) as error:
        raise RequestUnreadable(f"the errand cannot be read: {error!r}") from error
