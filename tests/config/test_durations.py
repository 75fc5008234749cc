from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synapse_bot.config.durations import parse_duration, render_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("8m", 480), ("1h", 3600), ("1h30m", 5400), ("500ms", 0.5), ("1.5m", 90)],
)
def test_durations_as_people_write_them(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["8", 8, 1.5, "0"])
def test_a_number_without_a_unit_is_refused_with_the_three_it_could_be(text: object) -> None:
    with pytest.raises(ValueError, match=r'needs a unit: ".*s", ".*m" or ".*h"'):
        parse_duration(text)


@pytest.mark.parametrize(
    "text", ["", "m", "8 minutes", "-5s", "5s!", "8M", True, None, [], "9" * 99 + "s"]
)
def test_what_is_no_duration_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


@given(st.integers(min_value=0, max_value=6 * 3600 * 1000))
def test_rendering_loses_nothing(milliseconds: int) -> None:
    assert parse_duration(render_duration(milliseconds / 1000)) == pytest.approx(
        milliseconds / 1000
    )
