"""Dawid and Skene on few claims: the prior decides first, then the record of each voice."""

from __future__ import annotations

from random import Random

import pytest

from synapse_bot.negotiation.dawid_skene import posteriors

NONE, INFO, LOW, MEDIUM, HIGH, CRITICAL = range(-1, 5)


def _best(row: dict[int, float]) -> int:
    return max(row, key=lambda c: row[c])


def test_nothing_said_is_nothing_believed() -> None:
    assert posteriors([], {}) == ()
    assert posteriors([{}], {}) == ({},)


def test_what_is_believed_are_shares_of_what_was_said() -> None:
    (row,) = posteriors([{"a": HIGH, "b": NONE, "c": HIGH}], {"a": 0.8, "b": 0.8, "c": 0.8})
    assert set(row) == {HIGH, NONE}
    assert sum(row.values()) == pytest.approx(1)
    assert row[HIGH] > row[NONE]


def test_of_two_alike_neither_is_believed_more() -> None:
    (row,) = posteriors([{"a": HIGH, "b": NONE}], {"a": 0.7, "b": 0.7})
    assert row[HIGH] == pytest.approx(row[NONE])


@pytest.mark.parametrize(("sure", "unsure"), [(0.9, 0.6), (0.75, 0.5), (0.99, 0.9)])
def test_of_one_claim_the_prior_decides(sure: float, unsure: float) -> None:
    (row,) = posteriors([{"a": LOW, "b": CRITICAL}], {"a": sure, "b": unsure})
    assert _best(row) == LOW


def test_a_voice_that_others_keep_contradicting_loses_weight() -> None:
    """Alone against one other it would be believed as much; its record tells against it."""
    alike = dict.fromkeys("abc", 0.75)
    record = [{"a": HIGH, "b": HIGH, "c": NONE} for _ in range(6)]
    (alone,) = posteriors([{"a": HIGH, "c": NONE}], alike)
    *_, among = posteriors([*record, {"a": HIGH, "c": NONE}], alike)
    assert alone[HIGH] == pytest.approx(0.5)
    assert among[HIGH] > 0.9


def test_a_voice_that_is_wrong_in_one_way_is_understood() -> None:
    """Whatever is high it calls low: where it says low alone, that tells more for high than its
    accuracy would."""
    record = [{"a": HIGH, "b": HIGH, "odd": LOW} for _ in range(8)]
    *_, last = posteriors([*record, {"odd": LOW, "b": HIGH}], dict.fromkeys(["a", "b", "odd"], 0.7))
    assert _best(last) == HIGH


def _errors(seed: int) -> tuple[int, int]:
    """Of forty claims, (wrongly learned, wrongly voted): two of five voices know, three guess."""
    random, skill = Random(seed), {"a": 0.9, "b": 0.9, "c": 0.25, "d": 0.25, "e": 0.25}
    truth = [random.choice(range(-1, 5)) for _ in range(40)]
    labels = [{v: _label(random, true, s) for v, s in skill.items()} for true in truth]
    learned = voted = 0
    rows = posteriors(labels, dict.fromkeys(skill, 0.7))
    for row, given, true in zip(rows, labels, truth, strict=True):
        said = sorted(given.values())
        learned += _best(row) != true
        voted += max(said, key=said.count) != true
    return learned, voted


def _label(random: Random, true: int, skill: float) -> int:
    wrong = [c for c in range(-1, 5) if c != true]
    return true if random.random() < skill else random.choice(wrong)


def test_it_is_wrong_less_often_than_a_vote_where_most_voices_guess() -> None:
    errors = [_errors(seed) for seed in range(8)]
    learned, voted = (sum(column) for column in zip(*errors, strict=True))
    assert learned < 0.7 * voted


def test_the_same_labels_give_the_same_answer_to_the_last_digit() -> None:
    labels = [{"a": HIGH, "b": NONE, "c": LOW}, {"b": MEDIUM, "a": INFO}]
    turned = [dict(reversed(given.items())) for given in labels]
    accuracies = {"a": 0.9, "b": 0.6, "c": 0.7}
    assert posteriors(labels, accuracies) == posteriors(turned, accuracies)
    assert posteriors(labels[::-1], accuracies) == posteriors(labels, accuracies)[::-1]


@pytest.mark.parametrize("accuracy", [0.0, 0.5, 1.0, 7.0])
def test_accuracies_out_of_bounds_break_nothing(accuracy: float) -> None:
    (row,) = posteriors([{"a": HIGH, "b": NONE}], {"a": accuracy})
    assert sum(row.values()) == pytest.approx(1)
