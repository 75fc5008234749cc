"""The judges: what decides, what does not, and that nobody is heard for being loud."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synapse_bot.domain.debate import Argument
from synapse_bot.domain.severity import Severity
from synapse_bot.negotiation.judges import JUDGES, Case, Ruling, Vote
from synapse_bot.negotiation.policy import DebateTerms
from synapse_bot.negotiation.schema import JUDGE_NAMES

PURE = ["weighted", "majority", "dawid_skene"]


def _case(said: str, third: Argument | None = None) -> Case:
    """``said`` is "voice[@group] position accuracy, ..."; "none" is a refutation."""
    votes = []
    for vote in filter(None, said.split(", ")):
        who, position, accuracy = vote.split()
        voice, _, group = who.partition("@")
        held = None if position == "none" else Severity.parse(position)
        votes.append(Vote(voice, group or voice, held, float(accuracy)))
    return Case(tuple(votes), third)


def _said(ruling: Ruling) -> str:
    if not ruling.decided:
        return "undecided"
    return "none" if ruling.refuted else str(ruling.severity)


def _judged(name: str, said: str, margin: float = 0.1) -> str:
    (ruling,) = JUDGES[name]([_case(said)], margin)
    return _said(ruling)


GOLDEN = [
    # judge, who says what at which accuracy, ruling
    ("weighted", "a high 0.9, b none 0.6", "high"),
    ("weighted", "a high 0.6, b none 0.9", "none"),
    ("weighted", "a high 0.73, b none 0.73", "undecided"),
    ("weighted", "a high 0.5, b none 0.5", "undecided"),
    ("weighted", "a high 0.5, b low 0.51", "low"),
    ("weighted", "a high 1, b low 0.9", "high"),
    ("weighted", "a high 0.9, b low 0.6, c low 0.6", "high"),
    ("weighted", "a high 0.9, b low 0.8, c low 0.8", "low"),
    ("weighted", "a critical 0.9, b@b high 0.8, c@b high 0.8", "critical"),
    ("weighted", "a high 0.9", "high"),
    ("weighted", "", "undecided"),
    ("majority", "a high 0.9, b none 0.6", "undecided"),
    ("majority", "a high 0.9, b none 0.6, c none 0.5", "none"),
    ("majority", "a high 0.9, b@b none 0.6, c@b none 0.5", "undecided"),
    ("majority", "a high 0.9, b@b none 0.6, c@b high 0.5", "high"),
    ("majority", "a low 0.5", "low"),
    ("majority", "", "undecided"),
    ("dawid_skene", "a high 0.9, b none 0.6", "high"),
    ("dawid_skene", "a high 0.6, b none 0.9", "none"),
    ("dawid_skene", "a high 0.73, b none 0.73", "undecided"),
    ("dawid_skene", "a high 0.9, b low 0.8, c low 0.8", "low"),
    ("dawid_skene", "a low 0.6", "low"),
    ("dawid_skene", "", "undecided"),
    ("judge", "a high 0.9, b none 0.6", "high"),
]


@pytest.mark.parametrize(("judge", "said", "expected"), GOLDEN)
def test_golden_ruling(judge: str, said: str, expected: str) -> None:
    assert _judged(judge, said) == expected


def test_the_schema_names_every_judge() -> None:
    assert set(JUDGE_NAMES) == set(JUDGES)


def test_the_weight_of_a_side_is_its_log_odds() -> None:
    (ruling,) = JUDGES["weighted"]([_case("a high 0.9, b low 0.75")], 0.1)
    assert ruling.why == "log-odds of accuracy: high 2.20, low 1.10"
    assert ruling.margin == pytest.approx(1 / 3, abs=1e-4)


@pytest.mark.parametrize("judge", PURE)
def test_a_lead_below_the_margin_decides_nothing(judge: str) -> None:
    said = "a high 0.8, b low 0.7, c low 0.6, d high 0.6, e high 0.6"
    assert _judged(judge, said, 0.0) == "high"
    assert _judged(judge, said, 1.0) == "undecided"


def test_a_third_model_decides_and_without_it_weighted_does_and_says_so() -> None:
    third = Argument("judge", "q/n", None, "The query is built from constants.")
    (ruling,) = JUDGES["judge"]([_case("a high 0.9, b none 0.6", third)], 0.1)
    assert _said(ruling) == "none"
    assert ruling.why == "q/n judged: The query is built from constants."
    (instead,) = JUDGES["judge"]([_case("a high 0.9, b none 0.6")], 0.1)
    assert "no third model judged, so weighted did" in instead.why


@pytest.mark.parametrize(
    ("weight", "accuracy"), [(0.0, 0.5), (1.0, 0.7311), (2.0, 0.8808), (10.0, 1.0)]
)
def test_without_an_accuracy_the_weight_of_a_specialist_is_its_log_odds(
    weight: float, accuracy: float
) -> None:
    assert DebateTerms().accuracy_of("a", weight) == pytest.approx(accuracy, abs=1e-4)
    assert DebateTerms(accuracy={"a": 0.9}).accuracy_of("a", weight) == 0.9


POSITIONS = st.sampled_from([None, *Severity])
ACCURACIES = {"a": 0.5, "b": 0.6, "c": 0.75, "d": 0.75, "e": 0.9, "f": 1.0}
VOTES = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from("xyz"), POSITIONS).map(
        lambda said: Vote(*said, ACCURACIES[said[0]])
    ),
    max_size=5,
    unique_by=lambda vote: vote.voice,
)
CASES = st.lists(st.builds(Case, VOTES.map(tuple)), max_size=4)


@pytest.mark.parametrize("judge", sorted(JUDGES))
@given(cases=CASES, random=st.randoms())
@settings(max_examples=60, deadline=None)
def test_neither_the_order_of_votes_nor_of_cases_leaves_a_trace(
    judge: str, cases: list[Case], random: Any
) -> None:
    ruled = JUDGES[judge](cases, 0.1)
    order = list(range(len(cases)))
    random.shuffle(order)
    mixed = [Case(tuple(random.sample(c.votes, len(c.votes)))) for c in cases]
    again = JUDGES[judge]([mixed[at] for at in order], 0.1)
    assert [repr(ruled[at]) for at in order] == [repr(ruling) for ruling in again]


@pytest.mark.parametrize("judge", sorted(JUDGES))
@given(cases=CASES, margin=st.sampled_from([0.0, 0.1, 0.5, 1.0]))
@settings(max_examples=60, deadline=None)
def test_a_ruling_is_a_position_that_somebody_holds_and_its_margin_a_share(
    judge: str, cases: list[Case], margin: float
) -> None:
    for case, ruling in zip(cases, JUDGES[judge](cases, margin), strict=True):
        assert 0 <= ruling.margin <= 1
        if ruling.decided:
            held = None if ruling.refuted else ruling.severity
            assert held in {vote.position for vote in case.votes}
            assert ruling.margin >= margin


def test_voices_of_one_model_or_one_specialist_share_one_vote() -> None:
    for votes in permutations(["a@x high 0.8", "b@x high 0.8", "c@y none 0.8"]):
        assert _judged("weighted", ", ".join(votes)) == "undecided"
