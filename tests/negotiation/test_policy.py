"""negotiation.yaml: what it may say, and each fault with its line."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from synapse_bot.config.document import parse_document, read_document
from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.negotiation.policy import NegotiationPolicy, Terms, load_policy
from synapse_bot.negotiation.schema import STRATEGY_NAMES, NegotiationFile
from synapse_bot.negotiation.strategies import STRATEGIES

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "rules" / "negotiation.yaml"
SCHEMA = ROOT / "docs" / "schema" / "negotiation.schema.json"


def load(text, under=None):
    return load_policy(parse_document(text.encode(), "n.yaml"), under)


def test_the_schema_names_every_strategy():
    assert set(STRATEGY_NAMES) == set(STRATEGIES)


def test_the_shipped_policy_is_strict_about_secrets_and_weighs_security():
    policy = load_policy(read_document(SHIPPED))
    assert policy.terms({"hardcoded-secret"}, {798}).strategies == ("strictest",)
    security = policy.terms({"injection-sql"}, {89})
    assert (security.id, security.strategies) == ("security", ("weighted",))
    assert policy.terms({"too-complex"}, set()) == policy.default
    assert policy.default.strategies == ("strictest",)
    assert policy.tie_break == "strictest"


def test_an_empty_file_is_the_strictest():
    assert load("") == NegotiationPolicy()


def test_everything_that_the_file_says_arrives():
    policy = load("""
clustering: {max_lines: 5}
tie_break: majority
default: {strategies: [majority, weighted], margin: 0.2, why: Votes.}
rules:
  - {id: a, when: {families: ["x*"], cwes: [89]}, strategies: [weighted], margin: 1, why: W.}
specialists: {security: 2.5, style: 0}
""")
    assert policy == NegotiationPolicy(
        default=Terms("default", ("majority", "weighted"), 0.2, "Votes."),
        rules=(Terms("a", ("weighted",), 1.0, "W.", ("x*",), frozenset({89})),),
        weights={"security": 2.5, "style": 0.0},
        tie_break="majority",
        max_lines=5,
    )


RULES = """
rules:
  - {id: first, when: {families: [sql*]}, strategies: [majority]}
  - {id: second, when: {families: [sql-injection], cwes: [89]}, strategies: [weighted]}
  - {id: third, when: {any_cwe: true}, strategies: [strictest]}
"""


@pytest.mark.parametrize(
    ("families", "cwes", "id_"),
    [
        ({"sql-injection"}, {89}, "first"),
        ({"SQL-injection"}, set(), "default"),
        ({"eval", "sql"}, set(), "first"),
        ({"eval"}, {89}, "second"),
        ({"eval"}, {95}, "third"),
        ({"eval"}, set(), "default"),
    ],
)
def test_the_first_rule_that_matches_wins(families, cwes, id_):
    assert load(RULES).terms(families, cwes).id == id_


def test_a_users_file_goes_on_top_of_the_shipped_one():
    under = load("specialists: {a: 2, b: 2}\nclustering: {max_lines: 7}\n" + RULES)
    over = load("specialists: {a: 3}\nrules: [" + SQL.format(id="mine") + "]", under)
    assert [rule.id for rule in over.rules] == ["mine", "first", "second", "third"]
    assert (over.weights, over.max_lines) == ({"a": 3.0, "b": 2.0}, 7)


SQL = "{{id: {id}, when: {{cwes: [89]}}, strategies: [strictest]}}"

SETTLE = "strategies: [strictest]"
FAULTS = [  # text, line, what the message names
    ("tie_brake: strictest", 1, ["tie_brake", 'did you mean "tie_break"']),
    ("\ntie_break: weightd", 2, ["tie_break", 'did you mean "weighted"']),
    ("default: {}", 1, ["default.strategies", "required"]),
    ("default: {strategies: []}", 1, ["default.strategies"]),
    ("default: {strategies: [loudest]}", 1, ["default.strategies", "majority"]),
    ("default: {strategies: [weighted], margin: 1.5}", 1, ["default.margin", "1"]),
    ("default: {strategies: [weighted], margin: -1}", 1, ["default.margin", "0"]),
    ("default: {strategies: [weighted], margin: .nan}", 1, ["default.margin"]),
    (f"rules:\n\n  - {{when: {{any_cwe: true}}, {SETTLE}}}", 3, ["id", "required"]),
    (f"rules: [{{id: A b, {SETTLE}, when: {{any_cwe: true}}}}]", 1, ["id"]),
    (f"rules: [{{id: a, {SETTLE}, when: {{}}}}]", 1, ["needs families, cwes or any_cwe"]),
    (f"rules: [{{id: a, {SETTLE}, when: {{any_cwe: false}}}}]", 1, ["needs families"]),
    (f"rules: [{{id: a, {SETTLE}, when: {{cwe: [1]}}}}]", 1, ['did you mean "cwes"']),
    (f"rules: [{{id: a, {SETTLE}, when: {{cwes: [CWE-1]}}}}]", 1, ["when.cwes"]),
    (f"rules: [{{id: a, {SETTLE}, when: {{cwes: [0]}}}}]", 1, ["when.cwes"]),
    (f"rules:\n  - {SQL}\n  - {SQL}".format(id="a"), 3, ["'a' stands in line 2 already"]),
    ("specialists: {a: -1}", 1, ["specialists.a", "0"]),
    ("specialists: {a: 11}", 1, ["specialists.a", "10"]),
    ("specialists: {a: .inf}", 1, ["specialists.a"]),
    ("specialists: {a: heavy}", 1, ["specialists.a"]),
    ("specialists: [a]", 1, ["specialists"]),
    ("clustering: {max_lines: 0}", 1, ["clustering.max_lines"]),
    ("clustering: {lines: 3}", 1, ['did you mean "max_lines"']),
    ("rules: 3", 1, ["rules"]),
    ("- a", 1, []),
    ("rules: ]", 1, ["not valid YAML"]),
]


@pytest.mark.parametrize(("text", "line", "named"), FAULTS)
def test_each_fault_has_its_place_and_a_hint(text, line, named):
    with pytest.raises(ConfigInvalid) as caught:
        load(text)
    fault = str(caught.value)
    assert fault.startswith(f"n.yaml:{line}: ")
    assert [word for word in named if word not in fault] == []


def test_all_faults_are_reported_at_once():
    with pytest.raises(ConfigInvalid) as caught:
        load("tie_break: x\nclustering: {max_lines: 0}\nspecialists: {a: -1}\n")
    lines = {line.split(":")[1] for line in str(caught.value).splitlines()}
    assert lines == {"1", "2", "3"}


def test_the_published_schema_is_the_models():
    # To publish again: PYTHONPATH=. python tests/negotiation/test_policy.py
    assert json.loads(SCHEMA.read_text()) == NegotiationFile.model_json_schema()


def test_the_shipped_policy_is_valid_under_the_published_schema():
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(read_document(SHIPPED).data, schema)


if __name__ == "__main__":
    SCHEMA.write_text(json.dumps(NegotiationFile.model_json_schema(), indent=2) + "\n")
