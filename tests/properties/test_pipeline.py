"""Laws that hold from the field of a hazard to the tier of a region."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from shapely.geometry import box

from riskmap.aggregate import fill_cells, residents
from riskmap.assess import combine, empty_table
from riskmap.grid import Grid
from riskmap.io.rule_files import read_rules
from riskmap.region import Region
from riskmap.scale import NO_DATA
from riskmap.severity import grade
from riskmap.zonal import zonal_weights

GRID = Grid.from_bounds(west=120.0, south=30.0, east=120.8, north=30.4, step=0.1)  # 4 x 8 cells
REGIONS = (
    Region("330902", "定海区", "3309", "舟山市", box(120.0, 30.0, 120.4, 30.4), 1000),
    Region("330903", "普陀区", "3309", "舟山市", box(120.35, 30.05, 120.8, 30.4), 2000),
    Region("330921", "岱山县", "3309", "舟山市", box(120.6, 29.8, 121.2, 30.4), None),
)
WEIGHTS = zonal_weights(REGIONS, GRID)
RULES = read_rules()
LAWS = settings(deadline=None, max_examples=80)
known = arrays(np.float32, GRID.shape, elements=st.floats(0, 60, width=32))
holes = arrays(bool, GRID.shape)


def tiers_of(hazard: str, field: np.ndarray) -> np.ndarray:
    """Tier of every region where each metric of the hazard has the same field."""
    rule = RULES[hazard]
    table = empty_table([hazard], [datetime(2021, 7, 24, tzinfo=UTC)], [r.code for r in REGIONS])
    cells = grade({m.variable: field for m in rule.metrics if m.cells}, rule)
    fill_cells(table, 0, 0, cells, rule, WEIGHTS, residents(REGIONS))
    return np.asarray(table["tier"].values[0, 0])


@pytest.mark.parametrize("hazard", ["wind", "rain", "flash_flood"])
@LAWS
@given(field=known, more=known)
def test_more_hazard_anywhere_is_never_a_lower_tier(hazard: str, field: np.ndarray, more: np.ndarray) -> None:
    before, after = tiers_of(hazard, field), tiers_of(hazard, field + more)
    # a region partly outside the grid is grey below blue: unknown ranks below every warning, beside green
    assert (after >= before).all()


@LAWS
@given(field=known, hole=holes)
def test_losing_data_never_turns_a_region_green_nor_raises_it(field: np.ndarray, hole: np.ndarray) -> None:
    whole, holed = tiers_of("wind", field), tiers_of("wind", np.where(hole, np.float32(np.nan), field))
    assert (holed <= whole).all()
    assert ((holed != 0) | (whole == 0)).all()


@LAWS
@given(field=known, hole=holes, first=known, second=known)
def test_green_is_only_given_where_no_missing_value_could_change_it(
    field: np.ndarray, hole: np.ndarray, first: np.ndarray, second: np.ndarray
) -> None:
    green = tiers_of("wind", np.where(hole, np.float32(np.nan), field)) == 0
    for guess in (first, second, np.full(GRID.shape, 60, np.float32)):
        assert (tiers_of("wind", np.where(hole, guess, field))[green] == 0).all()


@LAWS
@given(field=known)
def test_a_region_partly_outside_the_grid_is_never_green(field: np.ndarray) -> None:
    assert tiers_of("wind", field)[2] != 0


@LAWS
@given(field=known, hole=holes)
def test_the_combined_tier_is_the_worst_hazard_or_grey(field: np.ndarray, hole: np.ndarray) -> None:
    holed = np.where(hole, np.float32(np.nan), field)
    parts = np.stack([tiers_of("wind", field), tiers_of("rain", holed)])
    found = combine(parts)
    assert (found[(parts > 0).any(axis=0)] == parts.max(axis=0)[(parts > 0).any(axis=0)]).all()
    assert (found[(parts == NO_DATA).any(axis=0) & (parts <= 0).all(axis=0)] == NO_DATA).all()
