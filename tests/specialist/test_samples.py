"""Independent reviews merge by claim: nothing is lost, and what more of them say is surer."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from synapse_bot.domain.finding import Finding, Location
from synapse_bot.domain.severity import Severity
from synapse_bot.specialist.samples import confidence, merged
from synapse_bot.specialist.testimony import MOST_SURE


def _finding(
    line: int = 1,
    severity: Severity = Severity.HIGH,
    sure: float = 0.8,
    family: str = "off-by-one",
    end: int = 0,
) -> Finding:
    place = Location("page.py", line, end or line)
    return Finding(
        family, "", place, severity, sure, "logic", family, fingerprint=f"{family}@{line}"
    )


LINES = st.integers(1, 6)
REVIEWS = st.lists(
    st.lists(
        st.builds(
            _finding,
            LINES,
            st.sampled_from(Severity),
            st.floats(0, MOST_SURE),
            st.sampled_from(["off-by-one", "null-access"]),
        ),
        max_size=4,
    ),
    min_size=2,
    max_size=5,
)


def test_one_review_is_as_it_is() -> None:
    review = [_finding(3), _finding(1, Severity.LOW, 0.1)]
    assert merged([review]) == review


@given(st.integers(1, 9), st.integers(0, 8))
def test_more_voices_are_surer_and_never_as_sure_as_a_tool(of: int, voices: int) -> None:
    voices = min(voices, of - 1)
    assert confidence(voices, of) < confidence(voices + 1, of) <= MOST_SURE


def test_what_one_of_three_says_is_kept_and_weighs_little() -> None:
    common, rare = _finding(1), _finding(5, family="null-access")
    told = {f.family: f.confidence for f in merged([[common, rare], [common], [common]])}
    assert told == {"off-by-one": 0.7, "null-access": 0.3}


def test_the_severity_is_the_median_and_of_two_in_the_middle_the_lower() -> None:
    low, high, critical = (
        [_finding(severity=s)] for s in (Severity.LOW, Severity.HIGH, Severity.CRITICAL)
    )
    assert merged([low, critical, high])[0].severity is Severity.HIGH
    assert merged([low, high])[0].severity is Severity.LOW


def test_overlapping_lines_of_one_family_are_one_claim() -> None:
    (claim,) = merged([[_finding(1, end=3)], [_finding(3)]])
    assert claim.confidence == round(confidence(2, 2), 4)
    apart = merged([[_finding(1, end=3)], [_finding(3, family="null-access")]])
    assert len(apart) == 2


def test_a_review_that_says_it_twice_is_one_voice() -> None:
    (claim,) = merged([[_finding(1, end=2), _finding(2)], []])
    assert claim.confidence == round(confidence(1, 2), 4)


@given(REVIEWS)
def test_no_place_is_lost_and_nothing_is_surer_than_it_was_said(
    reviews: list[list[Finding]],
) -> None:
    found = merged(reviews)
    said = [finding for review in reviews for finding in review]
    for finding in said:
        assert any(
            f.family == finding.family and f.location.path == finding.location.path for f in found
        )
    most = max((finding.confidence for finding in said), default=0.0)
    assert all(f.confidence <= min(MOST_SURE, most + 1e-4) for f in found)
    assert {f.severity for f in found} <= {f.severity for f in said}


@given(REVIEWS, st.randoms())
def test_the_order_of_findings_in_a_review_leaves_no_trace(
    reviews: list[list[Finding]], random: object
) -> None:
    shuffled = [list(review) for review in reviews]
    for review in shuffled:
        random.shuffle(review)  # type: ignore[attr-defined]
    places = [(f.location, f.severity, f.confidence) for f in merged(reviews)]
    assert [(f.location, f.severity, f.confidence) for f in merged(shuffled)] == places
