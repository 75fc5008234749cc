"""The policy of a review: the shipped one, and what a repository adds at its base revision."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from synapse_bot.config.document import parse_document, read_document
from synapse_bot.negotiation.policy import load_policy

if TYPE_CHECKING:
    from synapse_bot.negotiation.policy import NegotiationPolicy

POLICY_FILE = "negotiation.yaml"  # below rules/, and below .synapse-bot/ of a repository


def load_policies(shipped: Path, own: bytes | None = None, source: str = "") -> NegotiationPolicy:
    """The policy in the file ``shipped``, under that of the bytes ``own`` (named ``source``).

    Raises ConfigInvalid with one line for every fault.
    """
    base = load_policy(read_document(shipped, f"rules/{shipped.name}"))
    return base if own is None else load_policy(parse_document(own, source), base)
