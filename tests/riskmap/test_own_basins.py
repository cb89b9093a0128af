"""Given watersheds over derived ones: areas add up, rain is theirs, regions and pictures take them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given as example
from hypothesis import settings
from hypothesis import strategies as st
from shapely.geometry import box

from riskmap.analysis.basins import Basins
from riskmap.analysis.own_basins import GivenWatersheds, with_given
from riskmap.hazard.flash_flood import check_watersheds
from riskmap.io.watershed_shapes import read_given_watersheds
from riskmap.region import Region
from riskmap.zonal import zonal_weights
from tests.riskmap.valleys import GRID, altitude, basins, collection, square

REGION = Region("330000", "某县", "3300", "某市", box(120.13, 28.22, 121.01, 28.7), 1000)


@pytest.fixture(scope="module")
def derived() -> Basins:
    return basins()


def small(tmp_path: Path) -> GivenWatersheds:
    path = collection(
        tmp_path / "w.geojson", square(120.31, 28.41, 0.02, id="gully"), square(120.5, 28.4, 0.15, id="wide")
    )
    return read_given_watersheds(path, GRID, altitude()).given


def test_the_parts_of_a_region_add_up_with_and_without_given_watersheds(
    tmp_path: Path, derived: Basins
) -> None:
    weights = zonal_weights((REGION,), GRID)
    plain = derived.zonal(weights)
    joined = with_given(derived, small(tmp_path), GRID)
    check_watersheds(joined.watersheds)
    mixed = joined.zonal(weights)
    assert mixed.area.sum() == pytest.approx(plain.area.sum(), rel=1e-12)
    area = dict(zip(mixed.cell.tolist(), mixed.area.tolist(), strict=True))
    count = derived.watersheds.sizes["watershed"]
    assert area[count + 1] == pytest.approx(float(joined.watersheds["area"][count]), rel=2e-3)
    assert area[count + 2] == pytest.approx(float(joined.watersheds["area"][count + 1]), rel=2e-3)
    # without shares, each cell wholly in its label: the old way
    label = derived.labels.ravel()
    part = slice(int(weights.start[0]), int(weights.start[1]))
    slow = np.bincount(label[weights.cell[part]], weights=weights.area[part])
    np.testing.assert_allclose(plain.area, slow[slow > 0], rtol=1e-12)


def test_rain_on_a_gully_is_the_gully_s_and_the_derived_watershed_keeps_its_own(
    tmp_path: Path, derived: Basins
) -> None:
    joined = with_given(derived, small(tmp_path), GRID)
    rain = np.random.default_rng(3).random(GRID.shape) * 50
    count = derived.watersheds.sizes["watershed"]
    means = joined.weights.mean(rain)
    np.testing.assert_allclose(means[:count], derived.weights.mean(rain), rtol=1e-12)
    row, column = GRID.index_of(latitude=28.42, longitude=120.32) or (0, 0)
    assert means[count] == pytest.approx(rain[row, column])
    inside = rain[
        GRID.index_of(latitude=28.54, longitude=120.51)[0] : GRID.index_of(latitude=28.41, longitude=120.51)[
            0
        ]
        + 1,
        10:13,
    ]  # type: ignore[index]
    assert means[count + 1] == pytest.approx(inside.mean(), rel=1e-3)


def test_points_find_the_given_watershed_first(tmp_path: Path, derived: Basins) -> None:
    joined = with_given(derived, small(tmp_path), GRID)
    count = derived.watersheds.sizes["watershed"]
    assert joined.number_at(GRID, 120.32, 28.42) == count + 1
    assert joined.number_at(GRID, 120.335, 28.42) == derived.number_at(GRID, 120.335, 28.42) > 0
    assert joined.number_at(GRID, 120.32, 28.01) == 0
    assert joined.number_at(GRID, 119.9, 28.42) == joined.number_at(GRID, 120.3, 29.0) == -1


def test_a_given_watershed_is_drawn_on_its_cells_and_at_least_on_one(tmp_path: Path, derived: Basins) -> None:
    joined = with_given(derived, small(tmp_path), GRID)
    count = derived.watersheds.sizes["watershed"]
    assert (joined.labels == count + 1).sum() == 1
    assert (joined.labels == count + 2).sum() == 9
    assert ((joined.labels == 0) == (derived.labels == 0)).all()
    assert joined.hilly[count:].all()
    assert joined.derived is derived.labels or (joined.derived == derived.labels).all()


@settings(max_examples=25)
@example(
    st.lists(
        st.tuples(st.floats(119.9, 121.2), st.floats(27.95, 28.75), st.floats(0.004, 0.3)),
        min_size=1,
        max_size=6,
    )
)
def test_wherever_they_lie_no_area_is_lost_or_made(
    tmp_path_factory: pytest.TempPathFactory, squares: list[tuple[float, float, float]]
) -> None:
    path = tmp_path_factory.mktemp("squares") / "w.geojson"
    features = [square(w, s, side, id=f"w{n}") for n, (w, s, side) in enumerate(squares)]
    features.append(square(120.4, 28.4, 0.02, id="there"))
    derived = basins()
    given = read_given_watersheds(collection(path, *features), GRID, altitude()).given
    joined = with_given(derived, given, GRID)
    weights = zonal_weights(
        (REGION, replace(REGION, code="330001", geometry=box(120.4, 28.0, 120.72, 28.8))), GRID
    )
    mixed, plain = joined.zonal(weights), derived.zonal(weights)
    for k in range(2):
        one, other = (slice(int(z.start[k]), int(z.start[k + 1])) for z in (mixed, plain))
        assert mixed.area[one].sum() == pytest.approx(plain.area[other].sum(), rel=1e-9)
    assert (mixed.area > 0).all()
