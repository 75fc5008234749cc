"""What is debated: voices two steps apart or one that refutes, and a model among them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synapse_bot.domain.finding import Finding, Location
from synapse_bot.domain.negotiation import Claim
from synapse_bot.domain.opinion import Failed, FailureKind, Opinion, remarks_on
from synapse_bot.domain.remark import Position, Remark
from synapse_bot.domain.severity import Severity
from synapse_bot.negotiation.conflicts import dispute_of, opposed, rank

MODELS = frozenset({"correctness", "security-llm"})
SEVERITIES = [str(severity) for severity in Severity]
POSITIONS: list[Severity | None] = [None, *Severity]


def _remark(on: Finding, said: str) -> Remark:
    """``said`` is "specialist model refute" or "specialist model <severity>"."""
    by, model, position = said.split()
    refutes = position == "refute"
    return Remark(
        by,
        model,
        on.by,
        on.fingerprint,
        Position.REFUTE if refutes else Position.CONFIRM,
        Severity.INFO if refutes else Severity.parse(position),
        "Since it is so.",
        Location("app.py", 3, 3),
    )


@pytest.fixture(scope="module")
def dispute(found: Callable[..., Finding]) -> Callable[..., Any]:
    """The dispute about one claim: findings as strings, and remarks on the first of them."""

    def make(*said: str, remarks: tuple[str, ...] = ()) -> Any:
        findings = tuple(found(one) for one in said)
        by = {_remark(findings[0], one) for one in remarks}
        outcome = Opinion("x", remarks=tuple(by))
        return dispute_of(Claim(findings[0], findings), remarks_on([outcome]), MODELS)

    return make


def _sides(dispute: Any) -> list[str]:
    return [f"{v.by}/{v.speaker} {v.position}" for v in dispute.sides]


def test_a_tool_and_a_model_two_steps_apart_debate(dispute: Callable[..., Any]) -> None:
    made = dispute("security/semgrep high 0.9", "correctness/p/m low 0.8")
    assert _sides(made) == ["security/semgrep high", "correctness/p/m low"]


@pytest.mark.parametrize(
    "said",
    [
        ("security/semgrep high 0.9",),
        ("security/semgrep high 0.9", "correctness/p/m medium 0.8"),
        ("security/semgrep high 0.9", "security/bandit info 0.9"),
    ],
)
def test_near_voices_and_tools_among_themselves_do_not(
    dispute: Callable[..., Any], said: tuple[str, ...]
) -> None:
    assert dispute(*said) is None


def test_who_refutes_a_finding_opposes_it_whatever_its_severity(
    dispute: Callable[..., Any],
) -> None:
    made = dispute("security/semgrep info 0.9", remarks=("correctness p/m refute",))
    assert _sides(made) == ["security/semgrep info", "correctness/p/m None"]


def test_who_confirms_a_finding_at_about_its_severity_opposes_nobody(
    dispute: Callable[..., Any],
) -> None:
    assert dispute("security/semgrep high 0.9", remarks=("correctness p/m medium",)) is None
    assert dispute("security/semgrep high 0.9", remarks=("correctness p/m low",)) is not None


def test_two_models_that_differ_debate_and_one_with_itself_does_not(
    dispute: Callable[..., Any],
) -> None:
    two = dispute("correctness/p/m high 0.8", remarks=("security-llm q/n refute",))
    assert _sides(two) == ["correctness/p/m high", "security-llm/q/n None"]
    one = dispute("correctness/p/m high 0.8", remarks=("security-llm p/m refute",))
    assert (one.sides, one.alone) == ((), ("p/m",))


def test_one_model_is_one_voice_at_its_strictest(dispute: Callable[..., Any]) -> None:
    made = dispute(
        "security/semgrep critical 0.9",
        "correctness/p/m medium 0.8",
        remarks=("security-llm p/m refute",),
    )
    assert _sides(made) == ["security/semgrep critical", "correctness/p/m medium"]


def test_a_remark_on_another_finding_is_not_about_this_one(found: Callable[..., Finding]) -> None:
    here, there = found("security/semgrep high 0.9"), found("security/semgrep high 0.9", line=9)
    outcome = Opinion("x", remarks=(_remark(there, "correctness p/m refute"),))
    assert dispute_of(Claim(here, (here,)), remarks_on([outcome]), MODELS) is None


def test_a_failed_specialist_remarks_nothing() -> None:
    assert remarks_on([Failed("x", FailureKind.CRASHED, "why")]) == {}


@pytest.mark.parametrize(("one", "two"), list(combinations(POSITIONS, 2)))
def test_opposition_is_two_steps_or_a_refutation_both_ways(
    one: Severity | None, two: Severity | None
) -> None:
    expected = one is None or two is None or abs(int(one) - int(two)) >= 2
    assert opposed(one, two) is opposed(two, one) is expected
    assert not opposed(one, one)


VOICES = st.lists(
    st.tuples(
        st.sampled_from(["security/semgrep", "bugs/ruff", "correctness/p/m", "security-llm/q/n"]),
        st.sampled_from(SEVERITIES),
    ),
    min_size=1,
    max_size=5,
)
REMARKS = st.lists(
    st.tuples(
        st.sampled_from(["correctness p/m", "security-llm q/n", "security-llm p/m"]),
        st.sampled_from([*SEVERITIES, "refute"]),
    ),
    max_size=3,
)


@given(said=VOICES, remarked=REMARKS)
@settings(max_examples=200, deadline=None)
def test_every_debate_has_a_model_and_two_sides_that_oppose(
    dispute: Callable[..., Any], said: list[tuple[str, str]], remarked: list[tuple[str, str]]
) -> None:
    made = dispute(
        *(f"{who} {severity} 0.5" for who, severity in said),
        remarks=tuple(f"{who} {position}" for who, position in remarked),
    )
    if made is None or not made.sides:
        return
    pairs = [(a, b) for a, b in combinations(made.sides, 2) if opposed(a.position, b.position)]
    assert any(a.is_model or b.is_model for a, b in pairs)
    models = [voice.speaker for voice in made.sides if voice.is_model]
    assert len(models) == len(set(models)), "no model debates with itself"


@given(said=VOICES, remarked=REMARKS)
@settings(max_examples=50, deadline=None)
def test_the_order_of_arrival_leaves_no_trace(
    found: Callable[..., Finding],
    said: list[tuple[str, str]],
    remarked: list[tuple[str, str]],
) -> None:
    findings = tuple(dict.fromkeys(found(f"{who} {severity} 0.5") for who, severity in said))
    remarks = tuple(dict.fromkeys(_remark(findings[0], f"{w} {p}") for w, p in remarked))
    told = set()
    for ordered in permutations(remarks):
        outcomes = [Opinion(str(n), remarks=(one,)) for n, one in enumerate(ordered)]
        for arrived in (findings, findings[::-1]):
            claim = Claim(findings[0], arrived)
            made = dispute_of(claim, remarks_on(outcomes), MODELS)
            told.add((made.sides, made.alone) if made else None)
    assert len(told) == 1


def test_what_does_not_stand_ranks_below_every_severity() -> None:
    assert sorted(POSITIONS, key=rank) == POSITIONS
