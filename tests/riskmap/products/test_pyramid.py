"""Tile pyramids of tiers: the worst is never lost, nothing is misplaced, nothing is mixed."""

from __future__ import annotations

import io

import numpy as np
import pytest
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from riskmap.errors import DataError
from riskmap.grid import Grid
from riskmap.onset import Onsets
from riskmap.products.pyramid import (
    RANKS,
    TierPyramid,
    native_zoom,
    tier_pyramid,
    window_pyramids,
    windows_data,
)
from riskmap.scale import NO_DATA, NO_DATA_COLOUR, NOT_APPLICABLE, Tier
from tests.archives import reader

COLOURS = {NO_DATA: NO_DATA_COLOUR} | {int(tier): tier.colour for tier in Tier}
CODES = {tuple(bytes.fromhex(colour[1:])): code for code, colour in COLOURS.items()}
GRID = Grid.from_bounds(west=119.3, south=28.1, east=121.0, north=29.5, step=0.01)


def mosaic(found: TierPyramid, zoom: int) -> tuple[NDArray[np.int64], int, int]:
    """Codes of all pixels of one level, read by others' readers, with the first column and row of pixels."""
    opened = reader(found.archive)
    west, south, east, north = found.bounds
    (left, top), (right, bottom) = (place(zoom, a, b) for a, b in ((west, north), (east, south)))
    columns, rows = (range(int(a // 256), int(b // 256) + 1) for a, b in ((left, right), (top, bottom)))
    out = np.full((256 * len(rows), 256 * len(columns)), NOT_APPLICABLE)
    for j, y in enumerate(rows):
        for i, x in enumerate(columns):
            tile = opened.get(zoom, x, y)
            if tile is not None:
                out[256 * j : 256 * j + 256, 256 * i : 256 * i + 256] = codes_of(tile)
    return out, 256 * columns[0], 256 * rows[0]


def codes_of(tile: bytes) -> NDArray[np.int64]:
    rgba = np.asarray(Image.open(io.BytesIO(tile)).convert("RGBA"))
    assert rgba.shape == (256, 256, 4)
    assert set(np.unique(rgba[..., 3]).tolist()) <= {0, 255}
    out = np.full(rgba.shape[:2], NOT_APPLICABLE)
    for colour, code in CODES.items():
        out[(rgba[..., :3] == colour).all(axis=2) & (rgba[..., 3] == 255)] = code
    assert ((out == NOT_APPLICABLE) == (rgba[..., 3] == 0)).all(), "a colour that is not in the legend"
    return out


def place(zoom: int, longitude: float, latitude: float) -> tuple[float, float]:
    """Pixel column and row of a point, by the textbook's formula."""
    size = 256 * 2**zoom
    sine = np.sin(np.radians(latitude))
    return (longitude + 180) / 360 * size, (0.5 - np.log((1 + sine) / (1 - sine)) / (4 * np.pi)) * size


@pytest.fixture(scope="module")
def tiers() -> NDArray[np.int8]:
    return np.random.default_rng(5).integers(NOT_APPLICABLE, 5, GRID.shape).astype(np.int8)


@pytest.fixture(scope="module")
def pyramid(tiers: NDArray[np.int8]) -> TierPyramid:
    return tier_pyramid(tiers, GRID)


def test_every_point_has_the_colour_of_its_cell_within_one_cell(
    tiers: NDArray[np.int8], pyramid: TierPyramid
) -> None:
    zoom = pyramid.zooms[1]
    picture, left, top = mosaic(pyramid, zoom)
    random, inset = np.random.default_rng(2), 1e-4
    west, south, east, north = GRID.bounds
    corners = [(b, a) for a in (west + inset, east - inset) for b in (south + inset, north - inset)]
    inside = [(random.uniform(south, north), random.uniform(west, east)) for _ in range(500)]
    for latitude, longitude in corners + inside:
        cell = GRID.index_of(latitude=latitude, longitude=longitude)
        assert cell is not None
        x, y = place(zoom, longitude, latitude)
        around = tiers[max(cell[0] - 1, 0) : cell[0] + 2, max(cell[1] - 1, 0) : cell[1] + 2]
        shown = picture[int(y) - top, int(x) - left]
        beside_the_grid = cell[0] in (0, GRID.shape[0] - 1) or cell[1] in (0, GRID.shape[1] - 1)
        assert shown in around or (beside_the_grid and shown == NOT_APPLICABLE)


def test_a_pixel_is_the_cell_under_its_centre(tiers: NDArray[np.int8], pyramid: TierPyramid) -> None:
    zoom = pyramid.zooms[1]
    picture, left, top = mosaic(pyramid, zoom)
    size = 256 * 2**zoom
    longitude = (left + np.arange(picture.shape[1]) + 0.5) / size * 360 - 180
    latitude = np.degrees(
        2 * np.arctan(np.exp(np.pi * (1 - 2 * (top + np.arange(picture.shape[0]) + 0.5) / size))) - np.pi / 2
    )
    for n in range(0, picture.shape[0], 7):
        for m in range(0, picture.shape[1], 5):
            cell = GRID.index_of(latitude=latitude[n], longitude=longitude[m])
            assert picture[n, m] == (NOT_APPLICABLE if cell is None else tiers[cell])


def test_every_cell_is_seen_at_the_deepest_level() -> None:
    lone = np.full(GRID.shape, Tier.GREEN, np.int8)
    rows, columns = np.mgrid[3 : GRID.shape[0] : 9, 2 : GRID.shape[1] : 8]
    lone[rows, columns] = Tier.RED
    found = tier_pyramid(lone, GRID)
    picture, left, top = mosaic(found, found.zooms[1])
    west, north = GRID.transform.c, GRID.transform.f
    for row, column in zip(rows.ravel(), columns.ravel(), strict=True):
        x0, y0 = place(found.zooms[1], west + 0.01 * column, north - 0.01 * row)
        x1, y1 = place(found.zooms[1], west + 0.01 * (column + 1), north - 0.01 * (row + 1))
        window = picture[round(y0) - top : round(y1) - top, round(x0) - left : round(x1) - left]
        assert (window == Tier.RED).any()


def slow_worst(four: NDArray[np.int64]) -> int:
    """Any tier from blue up, else grey, else green, else nothing."""
    codes = four.ravel().tolist()
    if max(codes) >= Tier.BLUE:
        return max(codes)
    return NO_DATA if NO_DATA in codes else max(codes)


def test_each_level_keeps_the_worst_of_the_one_below(pyramid: TierPyramid) -> None:
    for zoom in range(pyramid.zooms[0], pyramid.zooms[1]):
        above, left, top = mosaic(pyramid, zoom)
        below, fine_left, fine_top = mosaic(pyramid, zoom + 1)
        below = np.pad(below, ((2, 2), (2, 2)), constant_values=NOT_APPLICABLE)
        for n in range(0, above.shape[0], 3):
            for m in range(0, above.shape[1], 3):
                y, x = 2 * (top + n) - fine_top + 2, 2 * (left + m) - fine_left + 2
                four = below[max(y, 0) : max(y + 2, 0), max(x, 0) : max(x + 2, 0)]
                assert above[n, m] == (slow_worst(four) if four.size else NOT_APPLICABLE)


@given(
    seed=st.integers(0, 2**31), west=st.floats(-179, 170), south=st.floats(-80, 75), cell=st.floats(0.02, 0.3)
)
@settings(deadline=None, max_examples=15)
def test_nothing_is_lost_anywhere_on_earth(seed: int, west: float, south: float, cell: float) -> None:
    random = np.random.default_rng(seed)
    shape = tuple(int(n) for n in random.integers(1, 25, 2))
    grid = Grid((shape[0], shape[1]), Affine(cell, 0, west, 0, -cell, south + cell * shape[0]))
    tiers = random.integers(NOT_APPLICABLE, 5, shape).astype(np.int8)
    tiers[0, 0] = Tier.GREEN
    found = tier_pyramid(tiers, grid, lowest=0)
    assert found.zooms == (0, native_zoom(grid))
    deepest, _, _ = mosaic(found, found.zooms[1])
    assert set(np.unique(deepest).tolist()) - {NOT_APPLICABLE} == set(np.unique(tiers).tolist()) - {
        NOT_APPLICABLE
    }
    worst = max(RANKS.index(code) for code in np.unique(tiers).tolist())
    for zoom in range(found.zooms[1]):
        level, _, _ = mosaic(found, zoom)
        assert max(RANKS.index(code) for code in np.unique(level).tolist()) == worst


def test_a_level_that_nobody_looks_at_is_left_out_and_its_worst_is_kept(
    tiers: NDArray[np.int8], pyramid: TierPyramid
) -> None:
    short = tier_pyramid(tiers, GRID, deepest=6)
    assert short.zooms == (5, 6)
    np.testing.assert_array_equal(mosaic(short, 6)[0], mosaic(pyramid, 6)[0])


def test_empty_tiles_are_left_out_and_equal_ones_stored_once() -> None:
    grid = Grid.from_bounds(west=118, south=27, east=123, north=31, step=0.005)
    tiers = np.full(grid.shape, Tier.GREEN, np.int8)
    tiers[:, grid.shape[1] // 2 :] = NOT_APPLICABLE
    header = reader(tier_pyramid(tiers, grid).archive).header()
    whole = reader(tier_pyramid(np.zeros(grid.shape, np.int8), grid).archive).header()
    assert header["addressed_tiles_count"] < whole["addressed_tiles_count"]
    assert whole["tile_contents_count"] < whole["addressed_tiles_count"]


def test_the_same_tiers_give_the_same_bytes(
    tiers: NDArray[np.int8], pyramid: TierPyramid, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RISKMAP_THREADS", "1")
    assert tier_pyramid(np.asfortranarray(tiers), GRID) == pyramid


@pytest.mark.parametrize(
    ("tiers", "grid", "word"),
    [
        (np.zeros((3, 4), np.int8), GRID, "fit"),
        (np.full(GRID.shape, 5, np.int8), GRID, "no tier"),
        (np.full(GRID.shape, NOT_APPLICABLE), GRID, "nothing to show"),
        (np.zeros((2, 2), np.int8), Grid.from_bounds(west=0, south=80, east=10, north=90, step=5), "poles"),
    ],
)  # fmt: skip
def test_wrong_input_is_refused(tiers: NDArray[np.int8], grid: Grid, word: str) -> None:
    with pytest.raises(DataError, match=word):
        tier_pyramid(tiers, grid)


def test_a_page_goes_without_the_deepest_level_before_it_grows_too_large(
    tiers: NDArray[np.int8], pyramid: TierPyramid, monkeypatch: pytest.MonkeyPatch
) -> None:
    onsets = Onsets(GRID.shape)
    onsets.update(tiers, 0)
    assert window_pyramids({"rain": onsets}, GRID)["rain"].zooms == pyramid.zooms
    monkeypatch.setattr("riskmap.products.pyramid.MOST_BYTES", len(pyramid.archive) - 1)
    smaller = window_pyramids({"rain": onsets}, GRID)["rain"]
    assert smaller == tier_pyramid(tiers, GRID, deepest=pyramid.zooms[1] - 1)
    monkeypatch.setattr("riskmap.products.pyramid.MOST_BYTES", 0)
    assert window_pyramids({"rain": onsets}, GRID)["rain"].zooms == (5, 5)


def test_the_windows_worst_knows_grey_and_nowhere() -> None:
    grid = Grid.from_bounds(west=120, south=28, east=121, north=29, step=0.5)
    onsets, nowhere = Onsets(grid.shape), Onsets(grid.shape)
    for hour, tiers in enumerate([[[0, -1], [-1, -2]], [[0, 0], [3, -2]]]):
        onsets.update(np.array(tiers, np.int8), hour)
        nowhere.update(np.full((2, 2), NOT_APPLICABLE, np.int8), hour)
    found = window_pyramids({"rain": onsets, "storm_tide": nowhere}, grid)
    assert set(found) == {"rain"}
    expected = tier_pyramid(np.array([[0, NO_DATA], [3, NOT_APPLICABLE]], np.int8), grid)
    assert found["rain"] == expected
    assert windows_data(found)["rain"]["words"] == ("暴雨(时段最重)", "rain (worst of the window)")
