"""The policy of a review: the shipped one, and what a repository adds at its base revision."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from synapse_bot.config.compiled import compiled
from synapse_bot.config.document import parse_document, read_bytes
from synapse_bot.domain.severity import Severity
from synapse_bot.negotiation import escalation as escalation_module
from synapse_bot.negotiation import policy as policy_module
from synapse_bot.negotiation.escalation import Action, DisputeType, EscalationRow
from synapse_bot.negotiation.policy import DebateTerms, NegotiationPolicy, Terms, load_policy

POLICY_FILE = "negotiation.yaml"  # below rules/, and below .synapse-bot/ of a repository


def load_policies(
    shipped: Path, own: bytes | None = None, source: str = "", cache_dir: Path | None = None
) -> NegotiationPolicy:
    """The policy in the file ``shipped``, under that of the bytes ``own`` (named ``source``).

    With ``cache_dir`` a second run reads neither YAML nor schema. Raises ConfigInvalid with one
    line for every fault.
    """
    raw = read_bytes(shipped)

    def build() -> NegotiationPolicy:
        base = load_policy(parse_document(raw, f"rules/{shipped.name}"))
        return base if own is None else load_policy(parse_document(own, source), base)

    inputs = raw if own is None else b"%d %b%b" % (len(raw), raw, own)
    schema = str(Path(__file__).with_name("schema.py"))
    code = (policy_module.__file__, escalation_module.__file__, schema)
    return compiled(cache_dir, "negotiation", inputs, build, encode, decode, code)


def encode(policy: NegotiationPolicy) -> Any:
    """``policy`` as JSON would hold it."""
    return {
        **asdict(policy),
        "weights": dict(policy.weights),
        "default": _plain(policy.default),
        "rules": [_plain(rule) for rule in policy.rules],
        "debate": {**asdict(policy.debate), "accuracy": dict(policy.debate.accuracy)},
        "escalations": [_plain_row(row) for row in policy.escalations],
    }


def decode(plain: Any) -> NegotiationPolicy:
    """The inverse of ``encode``."""
    values = {
        "default": _terms(plain["default"]),
        "rules": tuple(_terms(rule) for rule in plain["rules"]),
        "debate": DebateTerms(**plain["debate"]),
        "escalations": tuple(_row(row) for row in plain["escalations"]),
    }
    return NegotiationPolicy(**{**plain, **values})


def _plain(terms: Terms) -> dict[str, Any]:
    return {**asdict(terms), "cwes": sorted(terms.cwes)}


def _terms(plain: dict[str, Any]) -> Terms:
    lists = {
        "strategies": tuple(plain["strategies"]),
        "families": tuple(plain["families"]),
        "cwes": frozenset(plain["cwes"]),
    }
    return Terms(**{**plain, **lists})


def _plain_row(row: EscalationRow) -> dict[str, Any]:
    return {**asdict(row), "types": sorted(row.types)}


def _row(plain: dict[str, Any]) -> EscalationRow:
    values = {
        "action": Action(plain["action"]),
        "types": frozenset(map(DisputeType, plain["types"])),
        "min_severity": Severity(plain["min_severity"]),
    }
    return EscalationRow(**{**plain, **values})
