"""Tier grids as pictures: each pixel one cell, each colour one of the legend."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from rasterio.io import MemoryFile

from riskmap.errors import DataError
from riskmap.grid import Grid
from riskmap.outlook import TierImage
from riskmap.products.raster import mercator_rows, tier_image
from riskmap.scale import NO_DATA, NO_DATA_COLOUR, NOT_APPLICABLE, Tier

GRID = Grid.from_bounds(west=117.5, south=27.0, east=123.5, north=31.5, step=0.02)


def pixels(image: TierImage) -> NDArray[np.uint8]:
    """Red, green, blue, alpha of a picture, read by GDAL; shape (row, column, 4)."""
    palette = np.zeros((256, 4), np.uint8)
    with MemoryFile(image.png) as memory:
        with pytest.warns(match="no geotransform"):
            file = memory.open()
        with file:
            for index, colour in file.colormap(1).items():
                palette[index] = colour
            return palette[file.read(1)]


def pixel_at(
    bounds: tuple[float, float, float, float], size: tuple[int, int], *, latitude: float, longitude: float
) -> tuple[int, int]:
    """Row and column where a web map that stretches the picture between its corners shows a point."""
    rows, columns = size
    west, south, east, north = bounds
    northing = lambda degrees: np.log(np.tan(np.pi / 4 + np.radians(degrees) / 2))  # noqa: E731
    y = (northing(north) - northing(latitude)) / (northing(north) - northing(south)) * rows
    x = (longitude - west) / (east - west) * columns
    return min(int(y), rows - 1), min(int(x), columns - 1)


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))


def test_a_point_is_shown_in_the_colour_of_its_cell_within_one_row() -> None:
    random = np.random.default_rng(7)
    tiers = random.integers(0, 5, GRID.shape).astype(np.int8)
    image = tier_image(tiers, GRID)
    shown, rows = pixels(image), mercator_rows(GRID)
    half = 0.01
    west, south, east, north = GRID.bounds
    corners = [(y, x) for y in (south + half, north - half) for x in (west + half, east - half)]
    points = [(random.uniform(south, north), random.uniform(west, east)) for _ in range(200)]
    for latitude, longitude in corners + points:
        cell = GRID.index_of(latitude=latitude, longitude=longitude)
        assert cell is not None
        row, column = pixel_at(image.bounds, shown.shape[:2], latitude=latitude, longitude=longitude)
        assert column == cell[1]
        assert abs(int(rows[row]) - cell[0]) <= 1
        assert tuple(shown[row, column, :3]) == rgb(Tier(int(tiers[rows[row], column])).colour)


def test_corner_pixels_are_the_corner_cells() -> None:
    tiers = np.zeros(GRID.shape, np.int8)
    tiers[0, 0], tiers[0, -1], tiers[-1, 0], tiers[-1, -1] = 1, 2, 3, 4
    shown = pixels(tier_image(tiers, GRID))
    found = [tuple(shown[r, c, :3]) for r, c in ((0, 0), (0, -1), (-1, 0), (-1, -1))]
    assert found == [rgb(Tier(t).colour) for t in (1, 2, 3, 4)]


def test_opaque_pixels_have_a_colour_of_the_legend() -> None:
    tiers = np.random.default_rng(1).integers(NOT_APPLICABLE, 5, GRID.shape).astype(np.int8)
    shown = pixels(tier_image(tiers, GRID)).reshape(-1, 4)
    opaque = {tuple(p) for p in np.unique(shown[shown[:, 3] == 255][:, :3], axis=0).tolist()}
    assert opaque == {rgb(c) for c in (NO_DATA_COLOUR, *(t.colour for t in Tier))}
    assert set(np.unique(shown[:, 3]).tolist()) == {0, 255}
    assert (shown[:, 3] == 0).any()


def test_no_data_is_grey_and_not_applicable_is_transparent() -> None:
    grid = Grid.from_bounds(west=120, south=28, east=121, north=29, step=0.5)
    shown = pixels(tier_image(np.array([[NO_DATA, NOT_APPLICABLE], [0, 4]], np.int8), grid))
    assert tuple(shown[0, 0]) == (*rgb(NO_DATA_COLOUR), 255)
    assert shown[0, 1, 3] == 0


def test_every_row_of_the_grid_is_shown_in_order() -> None:
    rows = mercator_rows(GRID)
    assert set(rows.tolist()) == set(range(GRID.shape[0]))
    assert (np.diff(rows) >= 0).all()


def test_the_same_tiers_give_the_same_bytes() -> None:
    tiers = np.random.default_rng(3).integers(0, 5, (11, 7)).astype(np.int8)
    grid = Grid.from_bounds(west=120, south=28, east=120.7, north=29.1, step=0.1)
    assert tier_image(tiers, grid) == tier_image(tiers.copy(), grid)


@pytest.mark.parametrize(
    ("tiers", "word"),
    [(np.zeros((3, 4), np.int8), "fit"), (np.full(GRID.shape, 5, np.int8), "no tier"), (np.full(GRID.shape, -3), "no tier")],
)  # fmt: skip
def test_wrong_input_is_refused(tiers: NDArray[np.int8], word: str) -> None:
    with pytest.raises(DataError, match=word):
        tier_image(tiers, GRID)


def test_mercator_has_no_poles() -> None:
    grid = Grid.from_bounds(west=0, south=80, east=10, north=90, step=5)
    with pytest.raises(DataError, match="poles"):
        tier_image(np.zeros(grid.shape, np.int8), grid)
