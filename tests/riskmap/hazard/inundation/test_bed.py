"""The solver's bed: larger cells keep valleys open, and water can go over sides wherever D8 lets it go."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from riskmap.grid import Grid
from riskmap.hazard.inundation import Flow, Wall, make_ground, run
from riskmap.hazard.inundation.bed import CORNERS, blocks, coarsen, ways_out, without_corners
from riskmap.hazard.inundation.cover import WORLDCOVER_MANNING, manning_of
from riskmap.hazard.inundation.guard import time_need
from riskmap.hazard.inundation.wall_lines import wall_faces
from riskmap.terrain.accumulation import accumulate, downstream_index
from riskmap.terrain.depressions import fill_depressions
from riskmap.terrain.flow_direction import flow_direction

ROUGH = arrays(np.float32, (9, 11), elements=st.integers(0, 40).map(float))


@given(ROUGH, st.sampled_from([1, 2, 3, 4]))
def test_a_coarse_cell_lies_between_its_lowest_and_its_mean(heights: np.ndarray, factor: int) -> None:
    streams = heights < 5.0
    found = coarsen(heights, streams, factor)
    parts = blocks(heights.astype(np.float64), factor, np.nan)
    mean, low = np.nanmean(parts, axis=2), np.nanmin(parts, axis=2)
    held = np.isfinite(found)
    assert held[: 9 // factor, : 11 // factor].all()
    assert (found[held] <= mean[held] + 1e-4).all()
    assert (found[held] >= low[held] - 1e-4).all()
    through = blocks(streams, factor, False).any(axis=2) & held
    np.testing.assert_allclose(found[through], low[through], rtol=1e-6)


def test_a_block_that_is_mostly_unknown_is_unknown() -> None:
    heights = np.array([[1.0, np.nan], [np.nan, np.nan]], np.float32)
    assert np.isnan(coarsen(heights, np.zeros((2, 2), bool), 2)).all()


@given(ROUGH)
def test_every_way_of_d8_can_be_gone_over_the_sides(heights: np.ndarray) -> None:
    filled = fill_depressions(heights)
    codes = flow_direction(filled)
    cut = without_corners(filled, codes)
    assert (cut <= filled).all()
    for code, (down, right) in CORNERS.items():
        for i, j in np.argwhere(codes == code):
            if 0 <= i + down < 9 and 0 <= j + right < 11:
                assert min(cut[i + down, j], cut[i, j + right]) <= filled[i, j]


def test_water_of_a_valley_across_corners_gets_out() -> None:
    """A diagonal gully between high banks: the solver empties it only where corners are cut."""
    n = 12
    i, j = np.indices((n, n))
    heights = np.where(i == j, 10.0 - 0.5 * i, 60.0).astype(np.float32)
    filled = fill_depressions(heights)
    codes = flow_direction(filled, dx=30.0, dy=30.0)
    stored = []
    for bed in (filled, without_corners(filled, codes)):
        streams = np.asarray(accumulate(codes)) >= 3.0
        edges = ways_out(filled, codes, np.full((n, n), 0.01), streams, np.zeros((n, n), bool))
        depth = np.where(i == j, 1.0, 0.0)
        result = run(
            Flow(make_ground(bed, dx=30.0, dy=30.0, manning=0.03), depth=depth, edges=edges), 6 * 3600.0
        )
        stored.append(result.ledger.stored / result.ledger.start)
    assert stored[0] > 0.8
    assert stored[1] < 0.1


@given(ROUGH)
def test_every_exit_of_the_ground_is_open(heights: np.ndarray) -> None:
    filled = fill_depressions(heights)
    codes = flow_direction(filled)
    sea = np.zeros(filled.shape, bool)
    edges = ways_out(filled, codes, np.abs(heights) / 100.0, np.asarray(accumulate(codes)) > 20, sea)
    opened = {cell for edge in edges for cell in edge.cells}
    assert len(opened) == sum(len(edge.cells) for edge in edges), "no cell twice"
    below = downstream_index(codes)
    exits = np.argwhere(below == np.arange(below.size).reshape(below.shape))
    assert {(int(a), int(b)) for a, b in exits} <= opened


def test_the_sea_is_no_open_edge() -> None:
    heights = np.tile(np.arange(6, dtype=np.float32), (4, 1))
    heights[:, 0] = np.nan
    sea = np.isnan(heights)
    codes = flow_direction(heights)
    edges = ways_out(heights, codes, np.full(heights.shape, 0.02), np.ones(heights.shape, bool), sea)
    assert not [cell for edge in edges for cell in edge.cells if cell[1] == 1]


GRID = Grid.from_bounds(west=121.0, south=29.0, east=121.04, north=29.04, step=0.001)


@given(st.floats(0.0, 360.0), st.floats(121.015, 121.025), st.floats(29.015, 29.025))
def test_a_wall_across_the_grid_parts_it_in_two(facing: float, longitude: float, latitude: float) -> None:
    """No open side is left between a cell on the water's side and one on the land's."""
    faces = wall_faces(GRID, longitude=longitude, latitude=latitude, facing=facing, length=20_000.0)
    rows, columns = GRID.shape
    wide = np.ones((2 * rows - 1, 2 * columns - 1), bool)  # cells, and between them their sides
    wide[1::2, 1::2] = False
    for i, j, side in faces:
        if side == "east" and j < columns - 1:
            wide[2 * i, 2 * j + 1] = False
        elif side == "south" and i < rows - 1:
            wide[2 * i + 1, 2 * j] = False
    east = (GRID.longitude[None] - longitude) * np.cos(np.radians(latitude))
    north = GRID.latitude[:, None] - latitude
    seaward = east * np.sin(np.radians(facing)) + north * np.cos(np.radians(facing)) > 0.0
    open_pairs = [
        (seaward[:, 1:] != seaward[:, :-1]) & wide[::2, 1::2],
        (seaward[1:] != seaward[:-1]) & wide[1::2, ::2],
    ]
    assert not any(pair.any() for pair in open_pairs)


def test_walls_hold_water_back() -> None:
    faces = wall_faces(GRID, longitude=121.02, latitude=29.02, facing=90.0, length=20_000.0)
    ground = make_ground(np.zeros(GRID.shape), dx=97.0, dy=111.0, manning=0.03)
    depth = np.where(GRID.longitude[None] > 121.02, 1.0, 0.0) * np.ones(GRID.shape)
    for crest, dry in ((2.0, True), (0.5, False)):
        result = run(Flow(ground, depth=depth, walls=[Wall(faces, crest)]), 1800.0)
        landward = result.depth[:, GRID.longitude < 121.019]
        assert (landward.max() == 0.0) == dry


def test_a_wall_far_from_the_grid_has_no_face() -> None:
    assert wall_faces(GRID, longitude=125.0, latitude=29.02, facing=90.0, length=500.0) == []


def test_roughness_of_known_and_of_unknown_cover() -> None:
    found = manning_of(np.array([[*WORLDCOVER_MANNING, 255]]), 0.06)
    assert found[0, -1] == 0.06
    assert ((found > 0.0) & (found < 0.3)).all()


@pytest.mark.parametrize(("shape", "cell"), [((100, 100), 30.0), ((400, 500), 90.0)])
def test_time_grows_with_cells_and_hours_and_falls_with_their_size(
    shape: tuple[int, int], cell: float
) -> None:
    once = time_need(shape, cell, 24.0)
    assert time_need((2 * shape[0], shape[1]), cell, 24.0) == pytest.approx(2 * once)
    assert time_need(shape, cell, 48.0) == pytest.approx(2 * once)
    assert time_need(shape, 2 * cell, 24.0) == pytest.approx(once / 2)
