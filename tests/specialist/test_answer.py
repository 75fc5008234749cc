"""An answer fits the schema, or its first fault goes back to the model."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synapse_bot.domain.remark import Position
from synapse_bot.domain.severity import Severity
from synapse_bot.specialist.answer import (
    findings_schema,
    masked,
    parse_findings,
    parse_second,
    second_schema,
)
from synapse_bot.specialist.strict import Malformed

RULES = ("off-by-one",)
GOOD: dict[str, Any] = {
    "path": "a.py",
    "quote": "x = 1",
    "line": 3,
    "rule": "off-by-one",
    "severity": "high",
    "confidence": 0.5,
    "message": "It is wrong.",
    "fix": "",
    "replacement": "",
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


def _text(**changes: Any) -> str:
    return json.dumps({"findings": [{**GOOD, **changes}]})


def test_a_good_answer_is_read_whole() -> None:
    (said,) = parse_findings(_text(), RULES)
    assert (said.path, said.line, said.severity) == ("a.py", 3, Severity.HIGH)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"severity": "urgent"}, "severity must be one of"),
        ({"confidence": 1.5}, "from 0 to 1"),
        ({"confidence": True}, "from 0 to 1"),
        ({"confidence": float("nan")}, "from 0 to 1"),
        ({"line": -1}, "integer from 0"),
        ({"line": "3"}, "integer from 0"),
        ({"rule": "made-up"}, "rule must be one of off-by-one, other"),
        ({"quote": " "}, "quote is empty"),
        ({"message": "x" * 1001}, "at most 1000"),
        ({"path": 5}, "must be a text"),
        ({"approve": True}, "does not name"),
    ],
)
def test_a_fault_is_named(changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(Malformed, match=fault):
        parse_findings(_text(**changes), RULES)


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "{}", '{"findings": {}}', '{"findings": [1]}', "```json\n{}\n```",
     '{"findings": [], "verdict": "pass"}', "[" * 100_000, '{"findings": [' + '{},' * 300 + "{}]}"],
)  # fmt: skip
def test_what_is_no_answer_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        parse_findings(text, RULES)


@given(JSON)
def test_any_json_is_an_answer_or_malformed(data: Any) -> None:
    for value in (data, {"findings": data}, {"findings": [{**GOOD, "message": data}]}):
        try:
            parse_findings(json.dumps(value), RULES)
        except Malformed:
            continue


@given(st.text(max_size=200))
def test_any_text_is_an_answer_or_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        parse_second(text)


def test_what_the_schema_takes_is_what_the_check_takes() -> None:
    schema = findings_schema(RULES)
    jsonschema.validate(json.loads(_text()), schema)
    for name in GOOD:
        lacking = {key: value for key, value in GOOD.items() if key != name}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"findings": [lacking]}, schema)
        with pytest.raises(Malformed):
            parse_findings(json.dumps({"findings": [lacking]}), RULES)
    verdict = {"index": 0, "stands": True, "severity": "low", "reason": ""}
    hint = {"index": 0, "position": "refute", "severity": "low", "path": "a.py", "quote": "x = 1"}
    look = {"verdicts": [verdict], "hints": [{**hint, "reason": "x is set"}]}
    jsonschema.validate(look, second_schema())
    parsed = parse_second(json.dumps(look))
    assert parsed.verdicts[0].stands
    assert parsed.hints[0].position is Position.REFUTE


def test_a_second_look_may_leave_out_the_hints_and_nothing_else() -> None:
    assert parse_second('{"verdicts": []}').hints == ()
    for text in ('{"hints": []}', "{}", '{"verdicts": [], "hints": [], "more": 1}'):
        with pytest.raises(Malformed):
            parse_second(text)


@pytest.mark.parametrize(
    "change", [{"index": "0"}, {"index": True}, {"position": "drop"}, {"quote": 1}, {"more": 1}]
)
def test_what_is_said_of_a_hint_is_checked_too(change: dict[str, Any]) -> None:
    hint = {"index": 0, "position": "confirm", "severity": "low", "path": "a.py", "quote": "x"}
    with pytest.raises(Malformed):
        parse_second(json.dumps({"verdicts": [], "hints": [{**hint, "reason": "", **change}]}))


def test_what_is_written_down_of_an_answer_has_its_secrets_masked() -> None:
    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    text = json.dumps({"findings": [{**GOOD, "quote": f'token = "{secret}"', "message": secret}]})
    assert secret not in masked(text)
    assert parse_findings(masked(text), RULES)[0].line == GOOD["line"]
    assert masked(masked(text)) == masked(text)


def test_the_schema_is_strict_enough_for_every_provider() -> None:
    """OpenAI's strict mode: every object closed, every property required."""

    def closed(node: Any) -> None:
        if isinstance(node, dict):
            if node.get("type") == "object":
                assert node["additionalProperties"] is False
                assert set(node["required"]) == set(node["properties"])
            for value in node.values():
                closed(value)

    closed(findings_schema(RULES))
    closed(second_schema())
