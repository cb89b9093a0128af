"""Rain corrected by gauges: the laws of a correction, its score, and a storm made to be corrected."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap.errors import ConfigError, DataError
from riskmap.observation.correction import (
    METHODS,
    CorrectionRules,
    GaugeCells,
    Method,
    adjustment,
    apply,
    best_method,
    correct_rain,
    fade,
    gauge_cells,
    leave_one_out,
    mean_field_bias,
)
from tests.riskmap.observation.scenes import GRID

NAN = float("nan")
Y, X = np.meshgrid(np.arange(20), np.arange(20), indexing="ij")
TRUTH = 20.0 + 60.0 * np.exp(-((X - 12.0) ** 2 + (Y - 6.0) ** 2) / 30.0)
FIELD = TRUTH / (1.2 + 0.05 * X)  # too little everywhere, more so in the east


def gauges(every: int = 4, truth: np.ndarray = TRUTH) -> GaugeCells:
    rows, columns = Y[::every, ::every].ravel(), X[::every, ::every].ravel()
    return gauge_cells(GRID, GRID.longitude[columns], GRID.latitude[rows], truth[rows, columns])


def corrected(field: np.ndarray, cells: GaugeCells, method: Method) -> np.ndarray:
    return apply(field, adjustment(field, GRID, cells, method=method), method=method)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_brings_the_field_nearer(method: Method) -> None:
    before = np.sqrt(((FIELD - TRUTH) ** 2).mean())
    after = np.sqrt(((corrected(FIELD, gauges(), method) - TRUTH) ** 2).mean())
    assert after < before * (0.75 if method == "mean_field" else 0.5)
    score = leave_one_out(FIELD, GRID, gauges(), method=method)
    assert score.rms_after < score.rms_before
    assert score.bias_before < 0
    assert score.number == 25


@pytest.mark.parametrize("method", ["inverse_distance", "additive"])
def test_a_gauge_in_every_cell_is_reproduced(method: Method) -> None:
    np.testing.assert_allclose(corrected(FIELD, gauges(1), method), TRUTH, rtol=1e-12)


def test_a_gauge_is_reproduced_in_its_own_cell() -> None:
    cells = gauges()
    found = corrected(FIELD, cells, "inverse_distance")
    np.testing.assert_allclose(found[cells.row, cells.column], cells.rain, rtol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_no_gauges_change_nothing(method: Method) -> None:
    none = gauge_cells(GRID, [], [], [])
    np.testing.assert_array_equal(corrected(FIELD, none, method), FIELD)
    two = gauge_cells(GRID, [120.1, 120.9], [29.1, 29.9], [500.0, 500.0])
    np.testing.assert_array_equal(corrected(FIELD, two, method), FIELD)  # fewer than the rules ask for


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=25)
@given(seed=st.integers(0, 10_000))
def test_order_of_gauges_and_sign_of_rain(method: Method, seed: int) -> None:
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(120, 121, 12), rng.uniform(29, 30, 12)
    rain, field = rng.exponential(40, 12), rng.exponential(30, (20, 20)) * (rng.random((20, 20)) < 0.7)
    mixed = rng.permutation(12)
    one = corrected(field, gauge_cells(GRID, lon, lat, rain), method)
    two = corrected(field, gauge_cells(GRID, lon[mixed], lat[mixed], rain[mixed]), method)
    np.testing.assert_array_equal(one, two)
    assert (one >= 0).all()
    if method != "additive":
        assert (one[field == 0] == 0).all()  # a ratio makes no rain where the field has none
        limits = CorrectionRules()
        assert (one <= field * limits.largest_factor + 1e-9).all()
        assert (one >= field * limits.least_factor - 1e-9).all()


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), more=st.floats(0, 100), k=st.integers(0, 7))
def test_more_rain_at_a_gauge_is_never_less_anywhere(method: Method, seed: int, more: float, k: int) -> None:
    rng = np.random.default_rng(seed)
    lon, lat, rain = rng.uniform(120, 121, 8), rng.uniform(29, 30, 8), rng.exponential(40, 8)
    field = rng.exponential(30, (20, 20))
    raised = rain.copy()
    raised[k] += more
    here = corrected(field, gauge_cells(GRID, lon, lat, rain), method)
    there = corrected(field, gauge_cells(GRID, lon, lat, raised), method)
    assert (there >= here - 1e-9).all()


def test_unknown_stays_unknown_and_says_nothing() -> None:
    field = FIELD.copy()
    field[0, 0] = field[4, 4] = NAN
    found = corrected(field, gauges(), "brandes")
    assert np.isnan(found[0, 0])
    assert np.isnan(found).sum() == 2
    assert len(gauge_cells(GRID, [120.1, 119.0], [29.1, 29.1], [NAN, 5.0]).rain) == 0


def test_only_addition_wets_a_dry_field() -> None:
    dry = np.zeros((20, 20))
    assert corrected(dry, gauges(), "inverse_distance").max() == 0
    assert corrected(dry, gauges(), "additive").min() > 0
    assert best_method(dry, GRID, gauges())[0] == "additive"


def test_gauges_of_one_cell_are_averaged() -> None:
    cells = gauge_cells(GRID, [120.01, 120.02], [29.01, 29.02], [10.0, 30.0])
    assert (cells.row.tolist(), cells.column.tolist(), cells.rain.tolist()) == ([19], [0], [20.0])


def test_a_perfect_field_is_left_alone() -> None:
    chosen, scores = best_method(TRUTH, GRID, gauges())
    assert chosen is None
    assert set(scores) == set(METHODS)


def test_the_labelled_door_says_what_was_done() -> None:
    rain = xr.DataArray(FIELD, dims=("y", "x"), coords={"y": GRID.latitude, "x": GRID.longitude})
    found = correct_rain(rain, GRID, gauges())
    assert found.attrs["method"] in METHODS
    assert found.attrs["rms_after"] < found.attrs["rms_before"]
    assert found["rain"].dtype == np.float32
    plain = correct_rain(rain.copy(data=TRUTH), GRID, gauges())
    assert plain.attrs["method"] == "none"
    np.testing.assert_allclose(plain["rain"], TRUTH, rtol=1e-6)
    assert correct_rain(rain, GRID, gauges(), method="mean_field").attrs["method"] == "mean_field"


def test_the_correction_fades_into_the_forecast() -> None:
    by = np.array([2.0, 0.5])
    assert fade(by, 6.0, method="brandes").tolist() == pytest.approx([1 + np.exp(-1), 1 - 0.5 * np.exp(-1)])
    assert fade(by, 6.0, method="additive").tolist() == pytest.approx((by * np.exp(-1)).tolist())


def test_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for workers in ("1", "3"):
        monkeypatch.setenv("RISKMAP_THREADS", workers)
        found.append(adjustment(FIELD, GRID, gauges(), method="brandes"))
    np.testing.assert_array_equal(*found)


def test_bad_input_is_named() -> None:
    with pytest.raises(DataError, match="negative rain at a gauge"):
        gauge_cells(GRID, [120.1], [29.1], [-1.0])
    with pytest.raises(DataError, match="cannot be corrected"):
        adjustment(-FIELD, GRID, gauges(), method="brandes")
    with pytest.raises(DataError, match="cannot be corrected"):
        adjustment(FIELD[:5], GRID, gauges(), method="brandes")
    with pytest.raises(ConfigError, match="unknown method"):
        adjustment(FIELD, GRID, gauges(), method="kriging")  # type: ignore[arg-type]
    assert mean_field_bias(np.full(4, 3.0), np.full(4, 0.5)) == 1.0  # too little rain for a ratio
    assert mean_field_bias(np.full(4, 3.0), np.full(4, 1.5)) == 2.0
    assert mean_field_bias(np.array([NAN, 1.0]), np.array([1.0, 1.0])) == 1.0
