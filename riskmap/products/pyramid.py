"""A gridded tier as a pyramid of palette tiles in Web Mercator: PMTiles that the map page carries inside itself.

The lowest level has pixels no larger than a cell, so that every cell is seen; each level above keeps the worst of
four pixels and never a mean: a red valley stays red at every zoom. Rows of tiles are made one after the other, so
that memory grows with the grid and not with the picture.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, cos, log2, radians
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from riskmap.blocks import threads
from riskmap.errors import DataError
from riskmap.grid import Grid
from riskmap.onset import Onsets
from riskmap.products.pmtiles import archive
from riskmap.products.raster import palette_png, require_tiers
from riskmap.scale import NO_DATA, NO_DATA_COLOUR, NOT_APPLICABLE, Tier, hazard_words

PIXELS: Final = 256
"""Side of a tile [pixels]."""

LOWEST_ZOOM: Final = 5
DEEPEST_ZOOM: Final = 12
"""The zooms of the map page; a level below them would never be looked at."""

MOST_BYTES: Final = 8_000_000
"""Of one hazard's tiles: with base64 and the rest a page stays below 12 MB (status D)."""

RANKS: Final = (NOT_APPLICABLE, int(Tier.GREEN), NO_DATA, *(int(tier) for tier in Tier if tier > Tier.GREEN))
"""Codes from what yields to what stays where four pixels become one: grey beats green, every other tier beats grey."""

WINDOW_WORDS: Final = ("(时段最重)", " (worst of the window)")
"""Behind a hazard's name in the list of layers."""

LEVEL: Final = 6
"""Of deflate: 9 takes ten times as long on rough fields and saves 4 %."""

_FURTHEST: Final = 85.0  # Web Mercator ends a little beyond [degrees]


@dataclass(frozen=True)
class TierPyramid:
    """Tiles of one gridded tier.

    Attributes
    ----------
    archive : bytes
        PMTiles version 3 with PNG tiles; transparent outside the grid.
    bounds : (west, south, east, north)
        Of the grid [degrees].
    zooms : (int, int)
        Lowest and deepest level.
    """

    archive: bytes
    bounds: tuple[float, float, float, float]
    zooms: tuple[int, int]


def tier_pyramid(
    tiers: NDArray[np.int8],
    grid: Grid,
    *,
    lowest: int = LOWEST_ZOOM,
    deepest: int = DEEPEST_ZOOM,
) -> TierPyramid:
    """Tiles of a gridded tier, the worst kept at every level.

    Parameters
    ----------
    tiers : int8, shape (y, x)
        0 green to 4 red, ``NO_DATA`` grey, ``NOT_APPLICABLE`` transparent.
    grid : Grid
        Where the cells lie; row 0 is the northernmost.
    lowest, deepest : int
        Zooms that are wanted. The deepest that is written is the first whose pixels are no larger than a cell.

    Returns
    -------
    TierPyramid
        A pixel is the cell under its centre, and so within one cell of its place everywhere. Empty tiles are left
        out, equal ones stored once; the same tiers give the same bytes.

    Raises
    ------
    DataError
        The shape is not the grid's, a code is no tier, the grid reaches a pole, or all of it is transparent.

    Examples
    --------
    >>> grid = Grid.from_bounds(west=120, south=28, east=122, north=30, step=0.01)
    >>> found = tier_pyramid(np.full(grid.shape, 3, np.int8), grid)
    >>> found.zooms, found.archive[:7]
    ((5, 8), b'PMTiles')
    """
    tiers = np.asarray(tiers)
    require_tiers(tiers, grid, where="tier_pyramid")
    tiers = tiers.astype(np.int8, copy=False)
    native = native_zoom(grid)
    held: list[tuple[int, int, int, bytes]] = []
    with ThreadPoolExecutor(threads(), thread_name_prefix="tiles") as pool:
        waiting: list[tuple[int, int, int, Future[bytes]]] = []
        for zoom, row, first, strip in _levels(tiers, grid, native, lowest):
            if zoom <= deepest:
                held += ((z, x, y, made.result()) for z, x, y, made in waiting)
                waiting = list(_submit(pool, strip, zoom, row, first))
        held += ((z, x, y, made.result()) for z, x, y, made in waiting)
    if not held:
        raise DataError(
            "nothing to show", where="tier_pyramid", expected="a cell with a tier, or grey",
            found="a grid of cells where the hazard cannot be", remedy="leave the layer out",
        )  # fmt: skip
    west, south, east, north = (round(float(edge), 9) for edge in grid.bounds)
    bounds = (west, south, east, north)
    packed = archive(held, bounds=bounds, metadata={"type": "overlay", "overviews": "worst tier"})
    levels = [zoom for zoom, _, _, _ in held]
    return TierPyramid(packed, bounds, (min(levels), max(levels)))


def window_pyramids(onsets: Mapping[str, Onsets], grid: Grid) -> dict[str, TierPyramid]:
    """Each hazard's worst tier of the window, on the finest cells that it was computed on and a page can carry.

    An archive beyond ``MOST_BYTES`` goes without its deepest levels; those that stay keep the worst of them.

    Parameters
    ----------
    onsets : mapping
        Hazard -> first hours, on ``grid`` or on cells of their own.
    grid : Grid
        Of the hazards.
    """
    windows = ((hazard, found.window(), found.grid or grid) for hazard, found in onsets.items())
    return {
        hazard: _bounded(tiers, cells) for hazard, tiers, cells in windows if (tiers != NOT_APPLICABLE).any()
    }


def _bounded(tiers: NDArray[np.int8], grid: Grid) -> TierPyramid:
    found = tier_pyramid(tiers, grid)
    while len(found.archive) > MOST_BYTES and found.zooms[1] > found.zooms[0]:
        found = tier_pyramid(tiers, grid, deepest=found.zooms[1] - 1)
    return found


def windows_data(windows: Mapping[str, TierPyramid]) -> dict[str, Any]:
    """What the map page carries of ``window_pyramids``, ready for JSON; ``templates/map.tiles.js`` reads it."""
    return {
        hazard: {
            "words": tuple(name + of for name, of in zip(hazard_words(hazard), WINDOW_WORDS, strict=True)),
            "bounds": pyramid.bounds,
            "tiles": b64encode(pyramid.archive).decode("ascii"),
        }
        for hazard, pyramid in sorted(windows.items())
    }


def native_zoom(grid: Grid) -> int:
    """First zoom whose pixels are no larger than a cell of the grid, anywhere on it.

    Examples
    --------
    >>> native_zoom(Grid.from_bounds(west=118, south=27, east=123, north=31, step=1 / 1200))  # cells of 90 m
    11
    """
    _, south, _, north = grid.bounds
    if max(abs(south), abs(north)) > _FURTHEST:
        raise DataError(
            "Web Mercator does not reach the poles", where="tier_pyramid", expected="latitudes within 85 degrees",
            found=f"{south:g} to {north:g}", remedy="crop the grid",
        )  # fmt: skip
    nearest = 0.0 if south < 0.0 < north else min(abs(south), abs(north))
    # a pixel is tallest in degrees where the grid comes closest to the equator
    cells = min(grid.transform.a, -grid.transform.e / cos(radians(nearest)))
    return max(0, ceil(round(log2(360.0 / PIXELS / cells), 9)))


def _levels(
    tiers: NDArray[np.int8], grid: Grid, native: int, lowest: int
) -> Iterator[tuple[int, int, int, NDArray[np.uint8]]]:
    """Rows of tiles (zoom, row, first column, ranks), each as soon as all its pixels are known."""
    top, bottom = _tile_rows(grid, native)
    upper: dict[int, NDArray[np.uint8]] = {}  # zoom -> an upper half that waits for its lower one
    for row, first, strip in _native_rows(tiers, grid, native, top, bottom):
        yield native, row, first, strip
        last = bottom
        # a finished row of one level is half a row of the level above
        for zoom in range(native - 1, lowest - 1, -1):
            half, first = _worst_of_four(strip, first)
            if row % 2 == 0 and row < last:
                upper[zoom] = half
                break
            strip = np.zeros((PIXELS, half.shape[1]), np.uint8)
            strip[: PIXELS // 2] = upper.pop(zoom, 0) if row % 2 else half
            if row % 2:
                strip[PIXELS // 2 :] = half
            row, last = row // 2, last // 2
            yield zoom, row, first, strip


def _native_rows(
    tiers: NDArray[np.int8], grid: Grid, zoom: int, top: int, bottom: int
) -> Iterator[tuple[int, int, NDArray[np.uint8]]]:
    """Rows of tiles whose pixels are the cells under their centres, as ranks; 0 outside the grid."""
    west, _, east, _ = grid.bounds
    first, last = (int((edge + 180.0) / 360.0 * 2**zoom) for edge in (west, east))
    pixels = np.arange(first * PIXELS, (last + 1) * PIXELS)
    longitude = (pixels + 0.5) / (PIXELS * 2**zoom) * 360.0 - 180.0
    columns = np.floor((longitude - grid.transform.c) / grid.transform.a).astype(np.intp)
    inside = np.flatnonzero((columns >= 0) & (columns < grid.shape[1]))
    columns, span = columns[inside], slice(inside[0], inside[-1] + 1)
    for row in range(top, bottom + 1):
        northing = np.pi * (
            1.0 - (np.arange(row * PIXELS, (row + 1) * PIXELS) + 0.5) * (2.0 / (PIXELS * 2**zoom))
        )
        latitude = np.degrees(np.arctan(np.sinh(northing)))
        rows = np.floor((latitude - grid.transform.f) / grid.transform.e).astype(np.intp)
        held = np.flatnonzero((rows >= 0) & (rows < grid.shape[0]))
        strip = np.zeros((PIXELS, pixels.size), np.uint8)
        if held.size:
            rows = rows[held]
            part = np.ascontiguousarray(tiers[rows[0] : rows[-1] + 1])
            ranks = np.frombuffer(part.tobytes().translate(_RANK_OF), np.uint8).reshape(part.shape)
            strip[held[0] : held[-1] + 1, span] = np.take(ranks, columns, axis=1)[rows - rows[0]]
        yield row, first, strip


def _tile_rows(grid: Grid, zoom: int) -> tuple[int, int]:
    """First and last row of tiles that a grid touches."""
    _, south, _, north = grid.bounds
    northing = np.arcsinh(np.tan(np.radians([north, south])))
    rows = np.floor((1.0 - northing / np.pi) / 2.0 * 2**zoom).astype(int)
    return int(rows[0]), int(rows[1])


def _worst_of_four(strip: NDArray[np.uint8], first: int) -> tuple[NDArray[np.uint8], int]:
    """Half a row of the level above, and its first column: the highest rank of every two by two."""
    count = strip.shape[1] // PIXELS
    left, right = first % 2, (first + count) % 2  # empty tiles that complete a pair
    if left or right:
        strip = np.pad(strip, ((0, 0), (left * PIXELS, right * PIXELS)))
    pairs = np.maximum(strip[0::2], strip[1::2])
    return np.maximum(pairs[:, 0::2], pairs[:, 1::2]), first // 2


def _submit(
    pool: ThreadPoolExecutor, strip: NDArray[np.uint8], zoom: int, row: int, first: int
) -> Iterator[tuple[int, int, int, Future[bytes]]]:
    """Tiles of one row that are not empty, being made."""
    for n in range(strip.shape[1] // PIXELS):
        tile = strip[:, n * PIXELS : (n + 1) * PIXELS]
        if tile.any():
            yield zoom, first + n, row, pool.submit(_tile, tile)


def _tile(ranks: NDArray[np.uint8]) -> bytes:
    """PNG with the colours that occur and no more bits than they need."""
    occurs = np.bincount(ranks.reshape(-1), minlength=len(RANKS)).nonzero()[0]
    if occurs.size == 1:
        return _uniform(int(occurs[0]))
    index = bytearray(256)
    for n, rank in enumerate(occurs.tolist()):
        index[rank] = n
    packed = np.frombuffer(ranks.tobytes().translate(bytes(index)), np.uint8).reshape(ranks.shape)
    return _png(packed, tuple(_COLOURS[rank] for rank in occurs.tolist()), clear=int(occurs[0]) == 0)


@lru_cache(maxsize=64)
def _uniform(rank: int) -> bytes:
    return _png(np.zeros((PIXELS, PIXELS), np.uint8), (_COLOURS[rank],), clear=False)


def _png(index: NDArray[np.uint8], colours: tuple[str, ...], *, clear: bool) -> bytes:
    bits = 1 if len(colours) <= 2 else 2 if len(colours) <= 4 else 4
    return palette_png(index, colours, bits=bits, clear=clear, level=LEVEL)


def _rank_table() -> bytes:
    """Byte of a code (int8) -> its rank."""
    table = bytearray(256)
    for rank, code in enumerate(RANKS):
        table[code & 255] = rank
    return bytes(table)


_RANK_OF: Final = _rank_table()

_COLOURS: Final = tuple(
    "#FFFFFF" if code == NOT_APPLICABLE else NO_DATA_COLOUR if code == NO_DATA else Tier(code).colour
    for code in RANKS
)
