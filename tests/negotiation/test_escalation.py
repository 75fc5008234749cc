"""The table type x severity x spread, whole: what is asked of a person, held, or let go."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from synapse_bot.config.data import data_dir
from synapse_bot.config.document import parse_document
from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.domain.finding import Finding
from synapse_bot.domain.severity import Severity
from synapse_bot.negotiation.escalation import (
    HELD,
    WIDEST,
    Action,
    DisputeType,
    EscalationRow,
    row_for,
    type_of,
)
from synapse_bot.negotiation.load import decode, encode, load_policies
from synapse_bot.negotiation.policy import NegotiationPolicy, load_policy

GOLDEN = Path(__file__).with_name("golden") / "escalations.txt"
SHIPPED = load_policies(data_dir("rules") / "negotiation.yaml").escalations
CELLS = list(product(DisputeType, Severity, range(1, WIDEST + 1)))


def _truth_table() -> str:
    """A line for each type and severity, a column for each spread: the row that serves."""
    spreads = [f"spread {n}" for n in range(1, WIDEST + 1)]
    lines = [_line("type", "severity", spreads)]
    for kind, severity in product(DisputeType, Severity):
        rows = [row_for(SHIPPED, kind, severity, n) for n in range(1, WIDEST + 1)]
        lines.append(_line(kind.value, str(severity), [row.action.value for row in rows]))
    return "\n".join(lines) + "\n"


def _line(kind: str, severity: str, cells: list[str]) -> str:
    return f"{kind:<16}{severity:<10}{''.join(f'{cell:<17}' for cell in cells)}".rstrip()


def _golden() -> Iterator[tuple[DisputeType, Severity, int, Action]]:
    for line in GOLDEN.read_text().splitlines()[1:]:
        kind, severity, *actions = line.split()
        for spread, action in enumerate(actions, 1):
            yield DisputeType(kind), Severity.parse(severity), spread, Action(action)


def test_the_golden_table_is_what_the_rules_say() -> None:
    """`make golden` writes it anew after a change of rules/negotiation.yaml."""
    if os.environ.get("SYNAPSE_UPDATE_GOLDEN"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(_truth_table())
    assert GOLDEN.read_text() == _truth_table()


def test_the_golden_table_is_whole() -> None:
    assert [cell[:3] for cell in _golden()] == CELLS
    assert len(CELLS) == len(DisputeType) * len(Severity) * WIDEST == 250


@pytest.mark.parametrize(("kind", "severity", "spread", "action"), list(_golden()))
def test_each_cell(kind: DisputeType, severity: Severity, spread: int, action: Action) -> None:
    assert row_for(SHIPPED, kind, severity, spread).action is action


@pytest.mark.parametrize(("kind", "severity", "spread"), CELLS)
def test_no_doubt_about_secrets_or_security_is_dropped_and_none_about_taste_is_asked(
    kind: DisputeType, severity: Severity, spread: int
) -> None:
    action = row_for(SHIPPED, kind, severity, spread).action
    if kind is DisputeType.SECRET or (kind is DisputeType.SECURITY and severity > Severity.INFO):
        assert action is Action.ESCALATE
    if kind in (DisputeType.STYLE, DisputeType.DOCUMENTATION, DisputeType.MAINTAINABILITY):
        assert action is Action.DROP_SILENTLY


@pytest.mark.parametrize(("kind", "severity", "spread"), CELLS)
def test_what_is_worse_or_wider_is_asked_where_the_milder_is(
    kind: DisputeType, severity: Severity, spread: int
) -> None:
    if row_for(SHIPPED, kind, severity, spread).action is not Action.ESCALATE:
        return
    for worse, wider in ((min(severity + 1, 4), spread), (severity, min(spread + 1, WIDEST))):
        assert row_for(SHIPPED, kind, Severity(worse), wider).action is Action.ESCALATE


def test_every_row_serves_some_cell() -> None:
    served = {row_for(SHIPPED, *cell).id for cell in CELLS}
    assert served == {row.id for row in SHIPPED}


def test_without_rows_everything_is_held() -> None:
    assert {row_for((), *cell) for cell in CELLS} == {HELD}


# The type of a claim

DOMAINS = {
    "security": "security",
    "tampering": "integrity",
    "bugs": "correctness",
    "spelling": "style",
    "house": "our own idea",
}


@pytest.mark.parametrize(
    ("said", "cwe", "kind"),
    [
        (["security/a high 0.9"], (), DisputeType.SECURITY),
        (["security/a high 0.9"], (798,), DisputeType.SECRET),
        (["bugs/a high 0.9"], (798,), DisputeType.SECRET),
        (["tampering/a high 0.9"], (), DisputeType.SECURITY),
        (["bugs/a high 0.9", "spelling/b low 0.9"], (), DisputeType.CORRECTNESS),
        (["spelling/b low 0.9"], (), DisputeType.STYLE),
        (["house/a low 0.9", "spelling/b low 0.9"], (), DisputeType.STYLE),
        (["house/a low 0.9"], (), DisputeType.OTHER),
        (["nobody/a low 0.9"], (), DisputeType.OTHER),
        ([], (), DisputeType.OTHER),
    ],
)
def test_a_claim_has_the_gravest_type_of_those_who_found_it(
    found: Callable[..., Finding], said: list[str], cwe: tuple[int, ...], kind: DisputeType
) -> None:
    assert type_of([found(one, cwe=cwe) for one in said], DOMAINS) is kind


# The file

OWN = """
debate: {enabled: false, judge: dawid_skene, margin: 0.2, most: 3, accuracy: {security: 0.9}}
escalations:
  - {id: mine, when: {types: [style], min_severity: low, min_spread: 2}, action: escalate, why: W.}
  - {id: all, action: hold}
"""


def _load(text: str, under: NegotiationPolicy | None = None) -> NegotiationPolicy:
    return load_policy(parse_document(text.encode(), "n.yaml"), under)


def test_everything_that_the_file_says_arrives_and_survives_its_compiled_form() -> None:
    policy = _load(OWN)
    assert policy.escalations == (
        EscalationRow(
            "mine", Action.ESCALATE, frozenset({DisputeType.STYLE}), Severity.LOW, 2, "W."
        ),
        EscalationRow("all", Action.HOLD),
    )
    debate = policy.debate
    assert (debate.enabled, debate.judge, debate.margin, debate.most) == (
        False,
        "dawid_skene",
        0.2,
        3,
    )
    assert debate.accuracy == {"security": 0.9}
    assert decode(json.loads(json.dumps(encode(policy)))) == policy


def test_a_repositorys_rows_come_first_and_each_value_that_it_gives_wins() -> None:
    over = _load("debate: {judge: majority, accuracy: {a: 1}}\nescalations: []", _load(OWN))
    assert [row.id for row in over.escalations] == ["mine", "all"]
    assert (over.debate.judge, over.debate.most) == ("majority", 3)
    assert over.debate.accuracy == {"security": 0.9, "a": 1.0}
    more = _load("escalations: [{id: x, action: drop_silently}]", over)
    assert [row.id for row in more.escalations] == ["x", "mine", "all"]


ROW = "{{id: {id}, action: hold}}"
FAULTS: list[tuple[str, int, list[str]]] = [  # text, line, what the message names
    ("debate: {enabld: true}", 1, ['did you mean "enabled"']),
    ("debate: {judge: loudest}", 1, ["debate.judge", "weighted"]),
    ("debate: {rounds: 3}", 1, ["debate.rounds"]),
    ("debate: {margin: 2}", 1, ["debate.margin"]),
    ("debate: {most: -1}", 1, ["debate.most"]),
    ("debate: {accuracy: {a: 0.4}}", 1, ["debate.accuracy.a", "0.5"]),
    ("debate: {accuracy: {a: 1.1}}", 1, ["debate.accuracy.a", "1"]),
    ("escalations: [{id: a}]", 1, ["action", "required"]),
    ("escalations: [{id: a, action: shout}]", 1, ["action"]),
    ("escalations: [{id: a, action: hold, when: {types: [taste]}}]", 1, ["types"]),
    ("escalations: [{id: a, action: hold, when: {min_spread: 6}}]", 1, ["min_spread", "5"]),
    ("escalations: [{id: a, action: hold, when: {min_severity: bad}}]", 1, ["min_severity"]),
    (f"escalations:\n  - {ROW}\n  - {ROW}".format(id="a"), 3, ["'a' stands in line 2 already"]),
]


@pytest.mark.parametrize(("text", "line", "named"), FAULTS)
def test_each_fault_has_its_place_and_a_hint(text: str, line: int, named: list[str]) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        _load(text)
    fault: Any = str(caught.value)
    assert fault.startswith(f"n.yaml:{line}: ")
    assert [word for word in named if word not in fault] == []
