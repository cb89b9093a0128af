"""Mean rain over watersheds against slow means, painting, bad tables."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from riskmap.errors import CoverageError, DataError, GeometryError, UnitsError
from riskmap.hazard.flash_flood import (
    basin_weights,
    cells_under,
    check_watersheds,
    label_mean,
    paint,
    weights_between,
)
from tests.riskmap.hazard.flash_flood.made import storm, watersheds


def slow_mean(
    labels: np.ndarray, rows: np.ndarray, columns: np.ndarray, field: np.ndarray, number: int
) -> float:
    found = [field[rows[i], columns[j]] for i, j in zip(*np.nonzero(labels == number))]
    return float(np.mean(found))


@pytest.mark.parametrize("seed", range(5))
def test_the_mean_is_that_over_the_raster_s_cells(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.repeat(rng.integers(0, 5, (7, 9)), 11, axis=0), 5, axis=1).astype(np.int32)
    rows, columns = (
        cells_under(np.arange(77.0), np.arange(12.0) * 7.0),
        cells_under(np.arange(45.0), np.arange(9.0) * 6.0),
    )
    field = rng.gamma(1.0, 20.0, (12, 9))
    found = basin_weights(labels, rows, columns, field.shape, count=4).mean(field)
    wanted = [slow_mean(labels, rows, columns, field, k) for k in range(1, 5)]
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


@given(data=st.data())
def test_an_even_field_is_its_mean_and_the_mean_lies_within(data: st.DataObject) -> None:
    labels = np.array(
        data.draw(st.lists(st.lists(st.integers(0, 3), min_size=6, max_size=6), min_size=4, max_size=4))
    )
    weights = basin_weights(labels, np.arange(4) // 2, np.arange(6) // 2, (2, 3), count=3)
    there = np.isin(np.arange(1, 4), labels)
    even = weights.mean(np.full((2, 3), 7.25))
    np.testing.assert_array_equal(even[there], 7.25)
    assert np.isnan(even[~there]).all()
    field = np.array(data.draw(st.lists(st.floats(0, 300), min_size=6, max_size=6))).reshape(2, 3)
    found = weights.mean(field)[there]
    assert (found >= field.min() - 1e-9).all()
    assert (found <= field.max() + 1e-9).all()


def test_rows_may_weigh_by_their_area() -> None:
    labels = np.ones((2, 1), np.int32)
    found = basin_weights(labels, np.arange(2), np.zeros(1, int), (2, 1), row_weight=np.array([3.0, 1.0]))
    assert found.mean(np.array([[10.0], [50.0]])).tolist() == [20.0]


def test_rain_that_is_not_known_over_the_watershed_is_unknown() -> None:
    labels = np.ones((1, 10), np.int32)
    weights = basin_weights(labels, np.zeros(1, int), np.arange(10), (1, 10))
    field = np.full((1, 10), 4.0)
    field[0, 0] = np.nan
    assert weights.mean(field).tolist() == [4.0]
    field[0, 1] = np.nan
    assert np.isnan(weights.mean(field)).all()
    outside = basin_weights(labels, np.zeros(1, int), np.where(np.arange(10) < 5, np.arange(10), -1), (1, 10))
    assert np.isnan(outside.mean(np.full((1, 10), 4.0))).all()


def test_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(9)
    labels = rng.integers(0, 6, (200, 60)).astype(np.int32)
    field = rng.gamma(1.0, 5.0, (20, 6))
    found = []
    for threads in ("1", "2", "5"):
        monkeypatch.setenv("RISKMAP_THREADS", threads)
        found.append(basin_weights(labels, np.arange(200) // 10, np.arange(60) // 10, (20, 6)).mean(field))
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])


def test_what_does_not_fit_is_named() -> None:
    weights = weights_between(watersheds(), storm([1.0]))
    with pytest.raises(DataError, match=r"another grid.*\(6, 8\)"):
        weights.mean(np.zeros((3, 3)))
    away = storm([1.0]).assign_coords(x=np.arange(8) * 600.0 + 1e6)
    with pytest.raises(CoverageError, match="do not overlap"):
        weights_between(watersheds(), away)
    with pytest.raises(DataError, match="not a regular axis"):
        cells_under(np.zeros(1), np.array([0.0, 1.0, 3.0]))


def _with(name: str, values: list[float], units: str) -> xr.Dataset:
    return watersheds().assign({name: ("watershed", np.array(values), {"units": units})})


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        (watersheds().drop_vars("area"), DataError, "area.*no such variable"),
        (_with("area", [1.0, 2.0, 3.0], "km2"), UnitsError, "area.*m2.*km2"),
        (_with("area", [1.0, 0.0, 3.0], "m2"), DataError, "area, watershed 2"),
        (_with("main_length", [1.0, np.nan, 3.0], "m"), DataError, "main_length, watershed 2"),
        (watersheds().assign(downstream=("watershed", [2, 1, 0])), GeometryError, "loop"),
        (watersheds().assign(watershed_label=watersheds()["watershed_label"] * 2), DataError, "0 to 3.*6"),
    ],
)
def test_a_bad_table_is_refused_by_name(wrong: xr.Dataset, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        check_watersheds(wrong)


def test_painting() -> None:
    labels = watersheds()["watershed_label"].values
    found = paint(labels, np.array([1.0, 2.0, np.nan]), outside=-1.0)
    assert found[0, 0] == 1
    assert found[0, 39] == 2
    assert np.isnan(found[20, 20])
    assert found[29, 0] == -1


def test_the_mean_on_the_raster_itself() -> None:
    rng = np.random.default_rng(2)
    labels, field = rng.integers(0, 7, (1100, 30)), rng.uniform(30, 98, (1100, 30))
    wanted = [field[labels == k].mean() for k in range(1, 7)]
    np.testing.assert_allclose(label_mean(labels, field, 6), wanted, rtol=1e-12)
    field[labels == 3] = np.nan
    assert np.isnan(label_mean(labels, field, 7)).tolist() == [False, False, True, False, False, False, True]
