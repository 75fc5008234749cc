"""Which settings a breaker has, by the kind of its key: rules/breakers.yaml."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from synapse_bot.domain.breaker import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

BREAKERS_FILE = "breakers.yaml"
KINDS = ("provider", "model", "tool", "specialist")


@dataclass(frozen=True, slots=True)
class Rules:
    """``by_kind`` has the settings of what stands before the colon of a key."""

    by_kind: Mapping[str, Settings]

    def of(self, key: str) -> Settings:
        """The settings of ``key``. Raises KeyError for a kind that there is not."""
        return self.by_kind[key.partition(":")[0]]


def encode_rules(rules: Rules) -> dict[str, Any]:
    """Plain data, for compiled.py."""
    return {kind: asdict(settings) for kind, settings in rules.by_kind.items()}


def decode_rules(plain: Any) -> Rules:
    """What ``encode_rules`` made. Raises TypeError or KeyError for anything else."""
    return Rules({kind: Settings(**plain[kind]) for kind in KINDS})


CODE = (__file__,)  # whose change makes what was compiled stale
