"""Crowds through exits against published values and by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evac.plan.egress import LEVEL, Exit, egress_numbers, lakeside, time_needed, width_needed
from riskmap.errors import DataError


def of(lines, flow, share=1.0):
    return next(line for line in lines if (line.flow, line.share) == (flow, share))


def test_the_published_5_mm_a_person_in_two_and_a_half_minutes():
    assert of(width_needed(200, 0, 150), "cibse_level").width == pytest.approx(1.0)
    assert of(width_needed(82, 0, 60), "green_guide_level").width == pytest.approx(1.0)


def test_the_lakeside_question():
    """50,000 persons in 6,000 s are 8.33 a second: 6.1 to 6.8 m of exits used to their full width, twice that at half."""
    lines = lakeside()
    full = [line.width for line in lines if line.share == 1.0]
    assert (min(full), max(full)) == (
        pytest.approx(50_000 / 6000 / 1.37),
        pytest.approx(50_000 / 6000 / 1.225),
    )
    half = [line.width for line in lines if line.share == 0.5]
    assert half == pytest.approx([2 * width for width in full])


def test_flows_stand_from_the_lowest_up():
    flows = [egress_numbers().share(name) for name in LEVEL]
    assert flows == sorted(flows)


@given(st.integers(1, 10**6), st.integers(0, 10**6), st.floats(1, 1e5))
def test_time_and_width_are_each_other_s_answer(more, after, seconds):
    for line in width_needed(after + more, after, seconds):
        if 1e-3 < line.width < 1000:
            again = of(time_needed([Exit("口", line.width)], after + more, after), line.flow, line.share)
            assert again.seconds == pytest.approx(seconds)


def test_stairs_and_the_walk():
    lines = time_needed([Exit("坡", 2.0, "stairs_up", walk=120.0), Exit("门", 1.0, walk=300.0)], 1000, 0)
    assert of(lines, "imo_corridor").seconds == pytest.approx(1000 / (2 * 0.88 + 1.3) + 100)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: width_needed(10, 10, 60), "does not shrink"),
        (lambda: width_needed(10, -1, 60), "does not shrink"),
        (lambda: width_needed(10, 1, 0), "does not shrink"),
        (lambda: time_needed([], 10, 0), "no exit"),
        (lambda: time_needed([Exit("a", 0.0)], 10, 0), "an exit that cannot be"),
        (lambda: time_needed([Exit("a", float("nan"))], 10, 0), "an exit that cannot be"),
        (lambda: time_needed([Exit("a", 1.0, "ladder")], 10, 0), "an exit that cannot be"),
    ],
)
def test_bad_questions(ask, message):
    with pytest.raises(DataError, match=message):
        ask()
