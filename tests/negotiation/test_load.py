"""The shipped policy, a repository's on top, and neither parsed twice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.negotiation.load import decode, encode, load_policies
from synapse_bot.negotiation.policy import NegotiationPolicy, Terms

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "rules" / "negotiation.yaml"
OWN = b"""
specialists: {security: 2}
rules: [{id: mine, when: {cwes: [89]}, strategies: [majority], margin: 0.5}]
"""


def test_a_repositorys_rules_come_before_the_shipped_ones():
    plain, merged = load_policies(SHIPPED), load_policies(SHIPPED, OWN, ".synapse-bot/n.yaml")
    assert [rule.id for rule in merged.rules] == ["mine", *(rule.id for rule in plain.rules)]
    assert (plain.weights, merged.weights) == ({}, {"security": 2.0})


def test_a_fault_names_the_repositorys_own_file():
    with pytest.raises(ConfigInvalid, match=r"\.synapse-bot/n\.yaml:2: "):
        load_policies(SHIPPED, b"\nrulez: []", ".synapse-bot/n.yaml")


@pytest.mark.parametrize(
    "policy",
    [
        NegotiationPolicy(),
        NegotiationPolicy(
            Terms("default", ("majority", "weighted"), 0.25, "Why."),
            (Terms("a", ("strictest",), 0.0, "", ("x*", "y"), frozenset({89, 78}), True),),
            {"a": 0.5},
            "weighted",
            7,
        ),
        load_policies(SHIPPED, OWN),
    ],
)
def test_a_policy_survives_its_compiled_form(policy):
    assert decode(json.loads(json.dumps(encode(policy)))) == policy


def test_the_compiled_policy_is_the_parsed_one(tmp_path):
    cache = tmp_path / "compiled"
    for own in (None, OWN):
        parsed = load_policies(SHIPPED, own)
        assert load_policies(SHIPPED, own, cache_dir=cache) == parsed
        assert load_policies(SHIPPED, own, cache_dir=cache) == parsed
    assert len(list(cache.iterdir())) == 2


def test_a_warm_run_loads_neither_yaml_nor_pydantic(tmp_path):
    code = f"""
import sys
from pathlib import Path
from synapse_bot.negotiation.load import load_policies
load_policies(Path({str(SHIPPED)!r}), cache_dir=Path({str(tmp_path / "c")!r}))
print(sorted({{"yaml", "pydantic"}} & set(sys.modules)))
"""
    said = [
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
        for _ in range(2)
    ]
    assert [done.stdout for done in said] == ["['pydantic', 'yaml']\n", "[]\n"]
