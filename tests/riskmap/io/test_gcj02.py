"""GCJ-02: the formula, its inverse and its recognition."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from riskmap.io.bundled import bundled
from riskmap.io.gcj02 import from_gcj02, measure_offset, to_gcj02
from riskmap.io.regions import read_regions


def shifted(shapes: list[shapely.Geometry], change: object) -> list[shapely.Geometry]:
    return [shapely.transform(s, lambda p: np.column_stack(change(p[:, 0], p[:, 1]))) for s in shapes]  # type: ignore[operator]


@pytest.fixture(scope="module")
def counties() -> list[shapely.Geometry]:
    return [r.geometry for r in read_regions(bundled("admin/zhejiang_district_simple.geojson"))]


@given(st.floats(73, 137), st.floats(2, 55))
def test_the_inverse_undoes_to_below_a_millimetre(longitude: float, latitude: float) -> None:
    lon, lat = from_gcj02(*to_gcj02(longitude, latitude))
    assert abs(lon - longitude) < 1e-8
    assert abs(lat - latitude) < 1e-8


def test_a_published_pair() -> None:
    """WGS-84 31.1774276, 121.5272106 -> GCJ-02 31.17530398364597, 121.531541859215 (test of eviltransform)."""
    lon, lat = to_gcj02(121.5272106, 31.1774276)
    assert float(lon) == pytest.approx(121.531541859215, abs=1e-6)
    assert float(lat) == pytest.approx(31.17530398364597, abs=1e-6)


def test_outside_china_nothing_moves() -> None:
    lon, lat = to_gcj02([140.0, 0.0], [30.0, 51.5])
    assert lon.tolist() == [140.0, 0.0]
    assert lat.tolist() == [30.0, 51.5]


def test_offsets_are_measured(counties: list[shapely.Geometry]) -> None:
    same = measure_offset(counties, counties)
    assert same is not None
    assert (same.east, same.north) == (0, 0)
    assert not same.real
    moved = measure_offset(shifted(counties, to_gcj02), counties)
    assert moved is not None
    assert moved.looks_like_gcj02
    assert moved.east == pytest.approx(0.0045, abs=5e-4)
    assert moved.north == pytest.approx(-0.0027, abs=5e-4)
    other = measure_offset(shifted(counties, lambda x, y: (x - 0.006, y + 0.004)), counties)
    assert other is not None
    assert other.real
    assert not other.looks_like_gcj02
    assert (other.east, other.north) == (pytest.approx(-0.006, abs=3e-4), pytest.approx(0.004, abs=3e-4))


def test_one_county_is_enough_most_times(counties: list[shapely.Geometry]) -> None:
    for county in counties[::9]:
        plain, moved = (measure_offset([c], counties) for c in (county, *shifted([county], to_gcj02)))
        assert plain is not None
        assert moved is not None
        assert not plain.looks_like_gcj02
        assert moved.looks_like_gcj02


def test_far_away_nothing_can_be_said(counties: list[shapely.Geometry]) -> None:
    assert measure_offset([shapely.box(100, 20, 101, 21)], counties) is None
    assert measure_offset([shapely.box(120.1, 30.1, 120.11, 30.11)], counties) is None
