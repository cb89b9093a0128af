"""A gridded tier as a palette PNG for a Web Mercator map.

Palette and nearest neighbour, so that every opaque pixel has a colour of the legend and none in between.
The file is written here in thirty lines instead of through an image library: the same bytes for the same zlib,
whatever the library's version, and no sidecar file.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from riskmap.errors import DataError
from riskmap.grid import Grid
from riskmap.outlook import TierImage
from riskmap.palette import Palette
from riskmap.scale import NO_DATA, NO_DATA_COLOUR, NOT_APPLICABLE, Tier

_LOWEST: Final = NOT_APPLICABLE
_PALETTE: Final = ("#FFFFFF", NO_DATA_COLOUR, *(tier.colour for tier in Tier))
"""Colours of the codes from ``NOT_APPLICABLE`` (transparent) over ``NO_DATA`` to red."""


def tier_image(tiers: NDArray[np.int8], grid: Grid) -> TierImage:
    """Picture of one hour of a gridded tier.

    Parameters
    ----------
    tiers : int8, shape (y, x)
        0 green to 4 red, ``NO_DATA`` grey, ``NOT_APPLICABLE`` transparent.
    grid : Grid
        Where the cells lie; row 0 is the northernmost.

    Returns
    -------
    TierImage
        PNG with four bits a pixel; one column a grid column, rows evenly spaced in EPSG:3857, each the
        nearest row of the grid, so that the picture may be stretched between its corners on a web map.

    Raises
    ------
    DataError
        The shape is not the grid's, a code is no tier, or the grid reaches a pole.

    Examples
    --------
    >>> grid = Grid.from_bounds(west=120, south=28, east=122, north=30, step=0.5)
    >>> image = tier_image(np.full(grid.shape, 3, np.int8), grid)
    >>> image.bounds, image.png[1:4]
    ((120.0, 28.0, 122.0, 30.0), b'PNG')
    """
    tiers = np.asarray(tiers)
    require_tiers(tiers, grid, where="tier_image")
    codes = (tiers - _LOWEST).astype(np.uint8)[mercator_rows(grid)]
    west, south, east, north = (round(float(edge), 9) for edge in grid.bounds)
    return TierImage(palette_png(codes, _PALETTE, bits=4, clear=True, level=7), (west, south, east, north))


def require_tiers(tiers: NDArray[np.int8], grid: Grid, *, where: str) -> None:
    """Refuse what is not a tier for every cell of a grid.

    Parameters
    ----------
    tiers : int8, shape (y, x)
    grid : Grid
    where : str
        For the message.

    Raises
    ------
    DataError
        The shape is not the grid's, or a code is no tier.
    """
    if tiers.shape != grid.shape:
        raise DataError(
            "the tiers do not fit the grid", where=where, expected=f"shape {grid.shape}",
            found=f"shape {tiers.shape}", remedy="pass the grid that the tiers were computed on",
        )  # fmt: skip
    if tiers.size and not (tiers.min() >= _LOWEST and tiers.max() <= max(Tier)):
        raise DataError(
            "a code that is no tier", where=where,
            expected=f"{NOT_APPLICABLE}, {NO_DATA} or 0 to {max(Tier):d}", found=f"{tiers.min()} to {tiers.max()}",
        )  # fmt: skip


@lru_cache(maxsize=8)
def mercator_rows(grid: Grid) -> NDArray[np.intp]:
    """Grid row under the centre of each row of an image that is evenly spaced in EPSG:3857.

    Parameters
    ----------
    grid : Grid
        Regular in latitude.

    Returns
    -------
    intp, shape (image rows,)
        Rising; every row of the grid occurs, since the image is as fine as the grid's lowest row in Mercator.

    Raises
    ------
    DataError
        The grid reaches a pole, which Mercator cannot show.

    Examples
    --------
    >>> grid = Grid.from_bounds(west=117.5, south=27.0, east=123.5, north=31.5, step=0.02)
    >>> rows = mercator_rows(grid)
    >>> len(rows), len(set(rows.tolist())), int(rows[0]), int(rows[-1])
    (230, 225, 0, 224)
    """
    edges = grid.transform.f + np.arange(grid.shape[0] + 1) * grid.transform.e
    if np.abs(edges).max() > 85.0:
        raise DataError(
            "Web Mercator does not reach the poles", where="mercator_rows", expected="latitudes within 85 degrees",
            found=f"{np.abs(edges).max():.1f}", remedy="crop the grid",
        )  # fmt: skip
    northing = np.arcsinh(np.tan(np.radians(edges)))
    count = int(np.ceil(round((northing[0] - northing[-1]) / -np.diff(northing).max(), 6)))
    centres = northing[0] + (np.arange(count) + 0.5) / count * (northing[-1] - northing[0])
    latitude = np.degrees(np.arctan(np.sinh(centres)))
    nearest = np.floor((latitude - grid.transform.f) / grid.transform.e)
    rows: NDArray[np.intp] = np.clip(nearest, 0, grid.shape[0] - 1).astype(np.intp)
    rows.setflags(write=False)  # the cache hands out one array to all
    return rows


_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_TABLE_AT: Final = 33  # the table of colours stands right behind signature and header


def recoloured(content: bytes, palette: Palette) -> bytes:
    """Pictures of ``palette_png``, one or an archive of them, in a bureau's colours: the same pixels, other tables.

    Parameters
    ----------
    content : bytes
        Whatever holds them, as they are.
    palette : Palette
        In place of the bundled one, colour by colour; the length stays.

    Examples
    --------
    >>> grid = Grid.from_bounds(west=120, south=28, east=122, north=30, step=0.5)
    >>> png = tier_image(np.full(grid.shape, 3, np.int8), grid).png
    >>> recoloured(png, Palette()) == png
    True
    """
    if palette == Palette():
        return content
    colours = dict(zip(_PALETTE[1:], (palette.no_data, *palette.tiers), strict=True))
    swap = {bytes.fromhex(old[1:]): bytes.fromhex(new[1:]) for old, new in colours.items()}
    out = bytearray(content)
    at = content.find(_SIGNATURE)
    while at >= 0:
        start = at + _TABLE_AT
        if content[start + 4 : start + 8] == b"PLTE":
            length = int.from_bytes(content[start : start + 4], "big")
            table = content[start + 8 : start + 8 + length]
            new = b"".join(swap.get(table[k : k + 3], table[k : k + 3]) for k in range(0, length, 3))
            out[start : start + 12 + length] = _chunk(b"PLTE", new)
        at = content.find(_SIGNATURE, at + len(_SIGNATURE))
    return bytes(out)


def palette_png(
    codes: NDArray[np.uint8], colours: Sequence[str], *, bits: int, clear: bool, level: int
) -> bytes:
    """PNG (ISO/IEC 15948) of colour type 3.

    Parameters
    ----------
    codes : uint8, shape (row, column)
        Index of each pixel's colour, below ``2 ** bits``.
    colours : sequence of ``#RRGGBB``
    bits : 1, 2 or 4
        A pixel.
    clear : bool
        Whether index 0 is transparent.
    level : int
        Of deflate, 1 to 9.

    Examples
    --------
    >>> palette_png(np.zeros((2, 3), np.uint8), ["#FFFFFF"], bits=1, clear=True, level=9)[1:4]
    b'PNG'
    """
    height, width = codes.shape
    each = 8 // bits  # pixels a byte
    padded = np.zeros((height, -(-width // each) * each), np.uint8)
    padded[:, :width] = codes
    lines = np.zeros((height, 1 + padded.shape[1] // each), np.uint8)  # a filter byte (none) before each line
    for n in range(each):
        lines[:, 1:] |= padded[:, n::each] << (8 - bits * (n + 1))
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, 3, 0, 0, 0)),
            _chunk(b"PLTE", b"".join(bytes.fromhex(colour[1:]) for colour in colours)),
            _chunk(b"tRNS", b"\x00") if clear else b"",
            _chunk(b"IDAT", zlib.compress(lines.tobytes(), level)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
