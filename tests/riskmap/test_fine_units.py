"""Units of fine cells: their shares of regions and of coarse cells are those of the cells."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap.analysis import fine_units
from riskmap.analysis.fine_units import UnitOnsets, Units, canvas_of
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
    np.testing.assert_array_equal(mine.window(), slow.window())
    assert (mine.first(Tier.BLUE)[found.label == 0] == NEVER).all()


def test_the_window_of_units_is_nowhere_where_the_hazard_cannot_be() -> None:
    found = units(5)
    nowhere = np.zeros(OVER.shape, np.bool_)
    nowhere[:, ::2] = True
    mine, free = UnitOnsets(found, nowhere), UnitOnsets(found)
    for onsets in (mine, free):
        tiers = np.arange(found.count) % 7 + NOT_APPLICABLE
        onsets.update(tiers.astype(np.int8), 0)
    cells = ((OVER.index_of(latitude=y, longitude=x) for x in GRID.longitude) for y in GRID.latitude)
    gone = np.array([[at is not None and bool(nowhere[at]) for at in row] for row in cells])
    wanted = np.where(gone & (free.window() < Tier.BLUE), NOT_APPLICABLE, free.window())
    np.testing.assert_array_equal(mine.window(), wanted)
    assert gone.any()
    assert not gone.all()


@given(seed=st.integers(0, 2**31), most=st.sampled_from([60, 150, 1000]))
@settings(max_examples=8, deadline=None)
def test_a_sharp_picture_shows_the_worst_fine_cell_of_each_pixel_and_grey_beyond(
    seed: int, most: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fine_units, "MOST_PIXELS", most)
        canvas = canvas_of(OVER, GRID)
    assert max(canvas.shape) <= most
    assert canvas.bounds == pytest.approx(OVER.bounds)
    assert canvas.transform.a >= GRID.transform.a * (1.0 - 1e-9), "no pixel between two fine cells"
    found = units(seed, 5)
    tiers = np.array([Tier.GREEN, Tier.RED, Tier.BLUE, NO_DATA, Tier.GREEN], np.int8)
    nowhere = np.zeros(canvas.shape, np.bool_)
    picture = found.on(canvas).paint(tiers, least=0.05, nowhere=nowhere, of_held=True)
    rows = ((canvas.transform.f - GRID.latitude) / canvas.transform.a + 1e-9).astype(int)
    columns = ((GRID.longitude - canvas.transform.c) / canvas.transform.a + 1e-9).astype(int)
    held = np.zeros(canvas.shape, np.bool_)
    held[np.ix_(np.unique(rows), np.unique(columns))] = True
    assert (picture[~held] == NO_DATA).all()
    fine = tiers[found.label]
    for row in np.unique(rows)[::7]:
        for column in np.unique(columns)[::7]:
            under = fine[np.ix_(rows == row, columns == column)]
            if under.max() >= Tier.BLUE:
                assert picture[row, column] == under.max()
            elif (under == NO_DATA).mean() > 0.06:
                assert picture[row, column] == NO_DATA
            elif (under != NO_DATA).all():
                assert picture[row, column] == Tier.GREEN
