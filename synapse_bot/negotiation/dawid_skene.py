"""Dawid and Skene (1979): the truth of each claim and the errors of each voice, learned together.

Expectation maximisation over all disputed claims of a review. There are few, so each voice begins
with a prior that is worth some observations: it is right as often as its accuracy says, and wrong
in every other way alike. With one claim the prior decides; with more, a voice that others keep
contradicting loses weight. As with any vote, voices that err together pass for right. No chance is
involved: the same labels give the same answer.
"""

from __future__ import annotations

from math import exp, fsum, log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CLASSES = range(-1, 5)  # does not stand; info to critical
_PRIOR = 4.0  # a voice's own record is worth so many claims
_SMOOTH = 1.0  # and each class has been seen once
_ROUNDS = 50
_SETTLED = 1e-9
_LEAST, _MOST = 0.5, 0.99  # accuracies: a coin; never beyond doubt

Row = dict[int, float]  # probability by class


def posteriors(
    labels: Sequence[Mapping[str, int]], accuracies: Mapping[str, float]
) -> tuple[Row, ...]:
    """For each claim, the probability of every class that somebody gave it.

    ``labels`` holds the class that each voice gave a claim; ``accuracies`` is 0.5..1 by voice. What
    nobody said of a claim is not believed of it.
    """
    voices = sorted({voice for given in labels for voice in given})
    truth = [_first(given) for given in labels]
    for _ in range(_ROUNDS):
        errors = {voice: _confusion(voice, labels, truth, accuracies) for voice in voices}
        shares = _shares(truth)
        after = [_truth(given, errors, shares) for given in labels]
        moved = [abs(b[c] - a[c]) for a, b in zip(truth, after, strict=True) for c in CLASSES]
        truth = after
        if max(moved, default=0.0) < _SETTLED:
            break
    return tuple(
        _of_given(row, set(given.values())) for row, given in zip(truth, labels, strict=True)
    )


def _first(given: Mapping[str, int]) -> Row:
    """The share of voices for each class: where the search begins."""
    count = len(given) or 1
    return {c: sum(label == c for label in given.values()) / count for c in CLASSES}


def _confusion(
    voice: str,
    labels: Sequence[Mapping[str, int]],
    truth: Sequence[Row],
    accuracies: Mapping[str, float],
) -> dict[int, Row]:
    """How often ``voice`` says a class, by what is true.

    What is not known of one class is taken from how often the voice is right in all.
    """
    prior = min(max(accuracies.get(voice, _LEAST), _LEAST), _MOST)
    said = [(given[voice], row) for given, row in zip(labels, truth, strict=True) if voice in given]
    right = fsum(row[label] for label, row in said)
    accuracy = (right + _PRIOR * prior) / (len(said) + _PRIOR)
    table = {}
    for true in CLASSES:
        seen = {c: fsum(row[true] for label, row in said if label == c) for c in CLASSES}
        whole = fsum(seen.values()) + _PRIOR
        table[true] = {
            c: (seen[c] + _PRIOR * _expected(c == true, accuracy)) / whole for c in CLASSES
        }
    return table


def _expected(right: bool, accuracy: float) -> float:
    return accuracy if right else (1 - accuracy) / (len(CLASSES) - 1)


def _shares(truth: Sequence[Row]) -> Row:
    whole = len(truth) + _SMOOTH * len(CLASSES)
    return {c: (fsum(row[c] for row in truth) + _SMOOTH) / whole for c in CLASSES}


def _truth(given: Mapping[str, int], errors: Mapping[str, dict[int, Row]], shares: Row) -> Row:
    """Bayes, in logarithms: a claim may have many voices."""
    weights = {
        c: log(shares[c]) + fsum(log(errors[voice][c][label]) for voice, label in given.items())
        for c in CLASSES
    }
    best = max(weights.values())
    scores = {c: exp(weight - best) for c, weight in weights.items()}
    whole = fsum(scores.values())
    return {c: score / whole for c, score in scores.items()}


def _of_given(row: Row, given: set[int]) -> Row:
    whole = fsum(row[c] for c in given)
    return {c: row[c] / whole for c in sorted(given)} if whole else {}
