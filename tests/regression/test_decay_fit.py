"""The fit of the decay after landfall: it finds what was put in, and what is published is what it finds."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchmarks.decay_fit import judge
from benchmarks.decay_fit.__main__ import PICTURE, TRAINED_UNTIL
from benchmarks.decay_fit.cases import (
    AGENCIES,
    LONGEST,
    THRESHOLD,
    Case,
    inland_distance,
    mainland,
    read_cases,
)
from benchmarks.decay_fit.fit import Sample, fit, fit_spread, log_likelihood, nelder_mead, predicted, sample
from benchmarks.decay_fit.picture import draw
from riskmap.decay import ZHEJIANG
from tests.contracts.tree import ROOT

TRUE = np.array([0.92, 13.0, 0.09, 3.0])


@pytest.fixture(scope="module")
def on_land() -> Any:
    return mainland()


@pytest.fixture(scope="module")
def cases(on_land: Any) -> list[Case]:
    return read_cases("WMO", on_land)


def drawn(storms: int, *, seed: int, censored: bool = True) -> Sample:
    """Winds of the model itself with its own noise, those under the threshold struck out."""
    generator = np.random.default_rng(seed)
    hours = generator.uniform(0, 6, (storms, 1)) + 6.0 * np.arange(6)
    landfall = np.broadcast_to(generator.uniform(20, 50, (storms, 1)), hours.shape)
    number = np.broadcast_to(np.arange(storms)[:, None], hours.shape)
    blank = Sample(
        landfall.ravel(), hours.ravel(), np.zeros(hours.size), number.ravel(), np.zeros(hours.size)
    )
    wind = predicted(TRUE, blank) + generator.normal(0, TRUE[3], hours.size)
    if censored:
        wind = np.where(wind < THRESHOLD, math.nan, wind)
    return replace(blank, wind=wind)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_known_parameters_are_found_again_through_the_censoring(seed: int) -> None:
    data = drawn(400, seed=seed)
    assert np.isnan(data.wind).mean() > 0.4
    assert np.all(np.abs(fit(data) - TRUE) < [0.02, 1.2, 0.012, 0.2])


def test_leaving_the_blanks_out_would_raise_the_background() -> None:
    data = drawn(400, seed=4)
    naive = fit(data.where(np.isfinite(data.wind)))
    assert naive[1] > TRUE[1] + 2.5


def test_without_blanks_it_is_least_squares() -> None:
    data = drawn(100, seed=5, censored=False)
    best = fit(data)
    squares = [
        float(np.sum((predicted(best * factor, data) - data.wind) ** 2))
        for factor in (
            1.0,
            [1.01, 1, 1, 1],
            [0.99, 1, 1, 1],
            [1, 1.02, 1, 1],
            [1, 1, 1.02, 1],
            [1, 1, 0.98, 1],
        )
    ]
    assert squares[0] == min(squares)
    assert best[3] == pytest.approx(math.sqrt(squares[0] / len(data.hours)), rel=1e-3)
    assert fit_spread(predicted(best, data), data) == pytest.approx(best[3], rel=1e-3)


def test_the_likelihood_by_hand() -> None:
    """One wind a standard deviation off; one blank where the model says just the threshold: a half."""
    wind, landfall = np.array([43.0, math.nan]), np.array([40.0, THRESHOLD])
    data = Sample(landfall, np.zeros(2), wind, np.array([0, 1]), np.zeros(2))
    dense = math.exp(-0.5) / (3.0 * math.sqrt(2 * math.pi))
    assert log_likelihood((1.0, 0.0, 0.1, 3.0), data) == pytest.approx(math.log(dense * 0.5))


def test_the_simplex_finds_the_valley_of_rosenbrock() -> None:
    found = nelder_mead(
        lambda p: (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2, np.array([-1.2, 1.0]), tolerance=1e-14
    )
    np.testing.assert_allclose(found, [1, 1], atol=1e-4)


def test_landfalls_are_landfalls(cases: list[Case]) -> None:
    by_name = {(case.name, case.season) for case in cases}
    assert {("LEKIMA", 2019), ("SAOMAI", 2006), ("IN-FA", 2021)} <= by_name
    for case in cases:
        assert case.landfall_wind >= THRESHOLD - 1e-9
        assert np.all((case.hours > 0) & (case.hours < LONGEST))
        assert np.all(np.isnan(case.wind) | (case.wind >= THRESHOLD - 1e-9))
        assert np.all(case.distance < 1e6)


@pytest.mark.parametrize(
    ("latitude", "longitude", "land"),
    [
        (30.25, 120.15, True),  # Hangzhou
        (30.0, 122.2, False),  # Zhoushan: an island, not the mainland
        (29.5, 124.0, False),
        (33.0, 119.0, True),  # north of the relief
        (25.0, 121.5, True),  # Taiwan is land, but no landfall there lies in the window
    ],
)
def test_the_mainland(on_land: Any, latitude: float, longitude: float, land: bool) -> None:
    assert bool(on_land(latitude, longitude)) is land


def test_the_west_of_the_province_lies_inland_and_the_shelf_does_not() -> None:
    assert 150e3 < inland_distance(30.0, 118.5) < 350e3
    assert inland_distance(29.0, 124.0) < 10e3


def test_the_published_coefficients_are_those_of_the_fit(cases: list[Case]) -> None:
    early = sample([case for case in cases if case.season <= TRAINED_UNTIL])
    found = fit(early)
    assert found[0] == pytest.approx(ZHEJIANG["reduction"], abs=6e-4)
    assert found[1] == pytest.approx(ZHEJIANG["background"], abs=6e-3)
    assert found[2] == pytest.approx(ZHEJIANG["rate"], abs=6e-5)
    text = (ROOT / "riskmap" / "decay.py").read_text(encoding="utf-8").replace("\n", " ")
    assert f"{early.storms} storms, {len(early.hours)} fixes of 1980-{TRAINED_UNTIL}" in text
    assert f"{int(np.isnan(early.wind).sum())} of them below 35 kt" in text


@pytest.mark.slow
def test_the_page_quotes_the_verdict(cases: list[Case]) -> None:
    """The point values without the resampling, as the table of the page has them."""
    data = sample(cases)
    ours, theirs = judge.left_out(data, start=(*ZHEJIANG.values(), 3.2), period=AGENCIES["WMO"])
    scores = judge.scores(ours, theirs, data)
    page = (ROOT / "docs" / "concepts" / "decay.md").read_text(encoding="utf-8")
    row = re.search(r"\| Tokyo, 10 min \|.*", page)
    assert row is not None
    for name in (
        "ours_rmse",
        "kaplan_demaria_1995_rmse",
        "rmse_difference",
        "mae_difference",
        "log_score_difference",
    ):
        assert f"{scores[name]:.2f}".replace("-", "−") in row[0]


def test_the_picture_is_the_one_the_script_draws(cases: list[Case]) -> None:
    assert PICTURE.read_text(encoding="utf-8") == draw(cases, period=AGENCIES["WMO"])


def test_equal_models_cannot_be_told_apart() -> None:
    data = drawn(20, seed=6)
    same = judge.Judged(predicted(TRUE, data), np.full(len(data.hours), 3.0))
    intervals = judge.paired_intervals(same, same, data, resamples=50)
    assert set(intervals.values()) == {(0.0, 0.0)}
    assert "error not distinguishable, log score not distinguishable" in judge.verdict(intervals)
