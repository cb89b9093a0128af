"""PMTiles version 3: many small tiles in one archive, found by a directory at its front.

Written here in a hundred lines rather than through the ``pmtiles`` package, which writes to a file, gzips the
directory (an old browser has nothing to undo that with) and is held against this one in the tests instead.

References
----------
PMTiles version 3 specification (Protomaps; 3.1, CC0).
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from riskmap.errors import DataError

HEADER: Final = 127
"""Length of the header [bytes]."""

FRONT: Final = 16_384
"""Header and root directory must be shorter than this [bytes]."""

LEAF_ENTRIES: Final = 2_000
"""Entries of a leaf directory where the root alone would be too long."""

_PLAIN: Final = 1
"""Neither directories nor tiles are compressed again: the page reads them as they are, and a PNG is deflated."""

_PNG: Final = 2

Entry = tuple[int, int, int, int]
"""Number of the tile, offset, length [bytes], how often it repeats; 0 repeats = a leaf directory."""


def tile_number(zoom: int, x: int, y: int) -> int:
    """Number of a tile: all tiles of lower zooms come before it, then those before it on the Hilbert curve.

    Parameters
    ----------
    zoom, x, y : int
        Column from the west, row from the north, of ``2 ** zoom`` each.

    Examples
    --------
    >>> [tile_number(*zxy) for zxy in [(0, 0, 0), (1, 0, 0), (1, 0, 1), (1, 1, 1), (1, 1, 0), (2, 0, 0)]]
    [0, 1, 2, 3, 4, 5]
    """
    along = 0
    half = (1 << zoom) >> 1
    while half:
        right, low = int(x & half > 0), int(y & half > 0)
        along += half * half * ((3 * right) ^ low)
        x, y = x & (half - 1), y & (half - 1)
        if not low:
            if right:
                x, y = half - 1 - x, half - 1 - y
            x, y = y, x
        half >>= 1
    return ((1 << (2 * zoom)) - 1) // 3 + along


def archive(
    tiles: Iterable[tuple[int, int, int, bytes]],
    *,
    bounds: tuple[float, float, float, float],
    metadata: Mapping[str, Any],
) -> bytes:
    """A PMTiles archive of PNG tiles.

    Parameters
    ----------
    tiles : iterable of (zoom, x, y, PNG)
        In any order; equal tiles are stored once. Tiles that are not there are empty.
    bounds : (west, south, east, north)
        Of what is shown [degrees].
    metadata : mapping
        Anything that JSON can hold.

    Returns
    -------
    bytes
        The same tiles give the same bytes, whatever their order.

    Raises
    ------
    DataError
        There is no tile, or one comes twice.

    Examples
    --------
    >>> found = archive([(0, 0, 0, b"png")], bounds=(118.0, 27.0, 123.0, 31.0), metadata={})
    >>> found[:8], found[-3:]
    (b'PMTiles\\x03', b'png')
    """
    numbered = sorted((tile_number(z, x, y), content, z) for z, x, y, content in tiles)
    if not numbered or any(a[0] == b[0] for a, b in pairwise(numbered)):
        raise DataError(
            "a tile comes twice" if numbered else "no tile at all", where="archive",
            expected="tiles, each at a place of its own", found=f"{len(numbered)} tiles",
        )  # fmt: skip
    entries, contents = _entries(numbered)
    root, leaves = _directories(entries)
    about = json.dumps(metadata, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    front = HEADER + len(root)
    zooms = [zoom for _, _, zoom in numbered]
    west, south, east, north = (round(edge * 1e7) for edge in bounds)
    header = b"PMTiles\x03" + struct.pack(
        "<11Q6B4iB2i",
        HEADER, len(root), front, len(about), front + len(about), len(leaves),
        front + len(about) + len(leaves), sum(map(len, contents)),
        len(numbered), len(entries), len(contents), 1, _PLAIN, _PLAIN, _PNG, min(zooms), max(zooms),
        west, south, east, north, min(zooms), (west + east) // 2, (south + north) // 2,
    )  # fmt: skip
    return b"".join((header, root, about, leaves, *contents))


def _entries(numbered: Sequence[tuple[int, bytes, int]]) -> tuple[list[Entry], list[bytes]]:
    """Entries in the order of the tiles, and each content once."""
    places: dict[bytes, int] = {}
    entries: list[Entry] = []
    end = 0
    for number, content, _ in numbered:
        if content not in places:
            places[content] = end
            end += len(content)
        offset = places[content]
        if entries:
            first, last_offset, length, repeats = entries[-1]
            if offset == last_offset and number == first + repeats:
                entries[-1] = (first, offset, length, repeats + 1)
                continue
        entries.append((number, offset, len(content), 1))
    return entries, list(places)


def _directories(entries: Sequence[Entry]) -> tuple[bytes, bytes]:
    """The root directory, and the leaves that it points to where it would be too long otherwise."""
    root = directory(entries)
    if HEADER + len(root) < FRONT:
        return root, b""
    pieces = [entries[n : n + LEAF_ENTRIES] for n in range(0, len(entries), LEAF_ENTRIES)]
    leaves = [directory(piece) for piece in pieces]
    pointers, offset = [], 0
    for piece, leaf in zip(pieces, leaves, strict=True):
        pointers.append((piece[0][0], offset, len(leaf), 0))
        offset += len(leaf)
    return directory(pointers), b"".join(leaves)


def directory(entries: Sequence[Entry]) -> bytes:
    """Entries as the archive has them: columns of variable-length integers, numbers as differences.

    Parameters
    ----------
    entries : sequence of (number, offset, length, repeats)
        Numbers rise.

    Examples
    --------
    >>> list(directory([(5, 0, 300, 1), (6, 300, 2, 2)]))  # 300 takes two bytes; the second follows the first
    [2, 5, 1, 1, 2, 172, 2, 2, 1, 0]
    """
    numbers = [entry[0] for entry in entries]
    steps = [b - a for a, b in zip([0, *numbers], numbers, strict=False)]
    offsets = [
        0 if n and offset == entries[n - 1][1] + entries[n - 1][2] else offset + 1
        for n, (_, offset, _, _) in enumerate(entries)
    ]
    columns = (steps, [e[3] for e in entries], [e[2] for e in entries], offsets)
    return _varint(len(entries)) + b"".join(_varint(value) for column in columns for value in column)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)
