"""Units of fine cells: their shares of regions and of coarse cells are those of the cells."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap.analysis.fine_units import UnitOnsets, Units
from riskmap.onset import NEVER, Onsets
from riskmap.scale import NO_DATA, NOT_APPLICABLE, Tier
from riskmap.zonal import zonal_weights
from tests.riskmap.fine_valleys import OVER, REGIONS, grid_of

SHAPE = (200, 220)
GRID = grid_of(np.empty(SHAPE))
EVERYWHERE = np.zeros(OVER.shape, np.bool_)


def units(seed: int, count: int = 7) -> Units:
    label = np.random.default_rng(seed).integers(0, count, SHAPE).astype(np.int32)
    return Units.of(label, count, GRID, OVER)


@given(seed=st.integers(0, 2**31), count=st.integers(1, 40))
@settings(max_examples=10, deadline=None)
def test_no_area_is_lost(seed: int, count: int) -> None:
    found = units(seed, count)
    cells, mine = zonal_weights(REGIONS, GRID), found.zonal(REGIONS)
    np.testing.assert_array_equal(mine.total, cells.total)
    for k in range(len(REGIONS)):
        part, whole = slice(*mine.start[k : k + 2]), slice(*cells.start[k : k + 2])
        np.testing.assert_allclose(mine.area[part].sum(), cells.area[whole].sum(), rtol=1e-12)
    mask = np.random.default_rng(seed).random(count) < 0.5
    np.testing.assert_allclose(mine.share(mask), cells.share(mask[found.label].ravel()), rtol=1e-9)
    covered = np.bincount(found.cell, weights=found.share, minlength=OVER.shape[0] * OVER.shape[1])
    assert covered.max() < 1.0 + 1e-3


@given(seed=st.integers(0, 2**31))
@settings(max_examples=10, deadline=None)
def test_a_picture_hides_no_worse_cell_and_shows_no_unknown_as_green(seed: int) -> None:
    found = units(seed)
    tiers = np.random.default_rng(seed).integers(NO_DATA, 5, found.count).astype(np.int8)
    picture = found.paint(tiers, least=0.05, nowhere=EVERYWHERE)
    fine = tiers[found.label]
    row, column = 7, 9
    under = fine[(GRID.latitude >= 29.46 - 0.02) & (GRID.latitude < 29.46)][
        :, (GRID.longitude >= 121.18) & (GRID.longitude < 121.2)
    ]
    if under.max() >= Tier.BLUE:
        assert picture[row, column] == under.max()
    elif (under == NO_DATA).mean() > 0.06:
        assert picture[row, column] == NO_DATA
    assert picture[0, 0] == NO_DATA
    gone = found.paint(tiers, least=0.05, nowhere=~EVERYWHERE)
    np.testing.assert_array_equal(gone >= Tier.BLUE, picture >= Tier.BLUE)
    assert (gone[gone < Tier.BLUE] == NOT_APPLICABLE).all()


def test_first_hours_of_units_are_those_of_their_cells() -> None:
    found, rng = units(5), np.random.default_rng(6)
    mine, slow = UnitOnsets(found), Onsets(SHAPE)
    for hour in range(6):
        tiers = rng.integers(-1, 5, found.count).astype(np.int8)
        tiers[0] = NO_DATA
        mine.update(tiers, hour)
        slow.update(tiers[found.label], hour)
    for tier in (Tier.BLUE, Tier.YELLOW, Tier.ORANGE, Tier.RED):
        np.testing.assert_array_equal(mine.first(tier), slow.first(tier))
    np.testing.assert_array_equal(mine.worst(), slow.worst())
    assert (mine.first(Tier.BLUE)[found.label == 0] == NEVER).all()
