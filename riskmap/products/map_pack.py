"""Numbers and lines of a page as few bytes: small integers, borders once, the whole deflated.

``templates/map.inflate.js`` and ``templates/map.data.js`` are the inverse. Deflate (RFC 1951) is undone by a script of
the page, since ``DecompressionStream`` is younger than the browsers that the page must open in.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

COORDINATE_SCALE: Final = 10_000
"""Coordinates are whole numbers of 1e-4 degrees, 11 m: a third of a pixel at the deepest zoom of the page."""

_INTEGERS: Final = (("i1", np.int8), ("i2", np.int16), ("i4", np.int32))


def pack(values: NDArray[Any], *, scale: float = 1.0) -> dict[str, Any]:
    """An array as small integers, each less the one before it along the first axis.

    Parameters
    ----------
    values : array, any shape
        Flattened in C order; NaN is kept. From two dimensions on, rows are stored as differences from the row before:
        an hour is much like the last one, and deflate likes zeros.
    scale : float
        Stored is ``round(value * scale)``: 100 keeps two decimals.

    Returns
    -------
    dict
        ``n`` count, ``s`` scale, ``t`` type (i1, i2, i4), ``w`` length of a row (0 = no differences), ``d`` bytes: all
        lowest bytes, then all second ones ...; or ``c``, the one stored integer where all are equal. NaN is the
        type's lowest number, or null as ``c``.

    Examples
    --------
    >>> pack(np.array([1.25, np.nan]), scale=100)
    {'n': 2, 's': 100, 't': 'i1', 'w': 0, 'd': b'}\\x80'}
    >>> pack(np.array([[7, 8], [7, 9]]))
    {'n': 4, 's': 1.0, 't': 'i1', 'w': 2, 'd': b'\\x07\\x08\\x00\\x01'}
    >>> pack(np.array([7, 7, 7]))
    {'n': 3, 's': 1.0, 'c': 7}
    """
    given = np.asarray(values, np.float64)
    flat = given.ravel()
    unknown = np.isnan(flat)
    whole = np.rint(np.where(unknown, 0.0, flat) * scale).astype(np.int64)
    head = {"n": int(flat.size), "s": scale}
    if flat.size and unknown.all():
        return head | {"c": None}
    if flat.size and not unknown.any() and (whole == whole[0]).all():
        return head | {"c": int(whole[0])}
    low, high = (int(whole.min()), int(whole.max())) if flat.size else (0, 0)
    name, dtype = next((n, d) for n, d in _INTEGERS if np.iinfo(d).min < low and high <= np.iinfo(d).max)
    stored = np.where(unknown, np.iinfo(dtype).min, whole).astype(np.dtype(dtype).newbyteorder("<"))
    row = given[0].size if given.ndim > 1 and len(given) else 0
    if row:
        rows = stored.reshape(-1, row)
        stored = np.concatenate([rows[:1], np.diff(rows, axis=0)])  # wraps around, and so does its inverse
    planes = np.ascontiguousarray(stored).view(np.uint8).reshape(-1, stored.dtype.itemsize).T
    return head | {"t": name, "w": row, "d": planes.tobytes()}


def pack_paths(geometry: Any) -> dict[str, Any]:
    """Lines, or the rings of polygons, as ``encode_paths`` has them; points are no paths and are left out.

    Examples
    --------
    >>> from shapely import LineString
    >>> pack_paths(LineString([(120.0, 30.0), (120.1, 30.0), (120.1, 29.9)]))["n"]
    1
    """
    return encode_paths(rings_of(geometry))


def rings_of(geometry: Any) -> list[NDArray[np.int64]]:
    """Lines or rings in whole numbers of ``1 / COORDINATE_SCALE`` degrees, shape (points, 2); a ring is not closed.

    Examples
    --------
    >>> from shapely import box
    >>> rings_of(box(120.0, 30.0, 120.001, 30.001))[0].tolist()
    [[1200010, 300000], [1200010, 300010], [1200000, 300010], [1200000, 300000]]
    """
    import shapely

    paths = []
    for part in shapely.get_parts(geometry):
        closed = part.geom_type == "Polygon"
        for ring in [part.exterior, *part.interiors] if closed else [part]:
            whole = np.rint(shapely.get_coordinates(ring) * COORDINATE_SCALE).astype(np.int64)
            whole = whole[np.concatenate([[True], np.diff(whole, axis=0).any(axis=1)])]
            if closed and len(whole) > 1 and (whole[0] == whole[-1]).all():
                whole = whole[:-1]
            if len(whole) >= (3 if closed else 2):
                paths.append(whole)
    return paths


def encode_paths(paths: Sequence[NDArray[np.int64]]) -> dict[str, Any]:
    """Paths as variable-length integers: for each its number of points, the first point, then the steps.

    Returns
    -------
    dict
        ``n`` paths; ``p`` bytes: seven bits each, the lowest first, the eighth set where more follow; signs by zigzag.

    Examples
    --------
    >>> encode_paths([np.array([[3, -1], [4, -1]])])
    {'n': 1, 'p': b'\\x04\\x06\\x01\\x02\\x00'}
    """
    pieces = []
    for path in paths:
        steps = np.concatenate([path[:1], np.diff(path, axis=0)]).ravel()
        pieces.append(np.concatenate([[len(path)], steps]))
    return {"n": len(paths), "p": varints(np.concatenate(pieces) if pieces else np.zeros(0, np.int64))}


def varints(numbers: NDArray[np.int64]) -> bytes:
    """Whole numbers below 2^27 in size, as zigzag variable-length bytes.

    Examples
    --------
    >>> varints(np.array([0, -1, 1, 64, -300]))
    b'\\x00\\x01\\x02\\x80\\x01\\xd7\\x04'
    """
    folded = np.where(numbers < 0, -2 * numbers - 1, 2 * numbers).astype(np.uint32)
    digits = np.stack([folded >> (7 * k) & 0x7F for k in range(4)], axis=1).astype(np.uint8)
    more = np.stack([folded >> (7 * (k + 1)) > 0 for k in range(4)], axis=1)
    needed = np.concatenate([np.ones((len(folded), 1), bool), more[:, :-1]], axis=1)
    return bytes((digits | (more << 7).astype(np.uint8))[needed].tobytes())


def share_arcs(
    shapes: Sequence[Sequence[NDArray[np.int64]]],
) -> tuple[list[NDArray[np.int64]], list[list[list[int]]]]:
    """Borders once: the rings of regions cut where neighbours part, and each ring as the arcs that make it up.

    Parameters
    ----------
    shapes : sequence (region) of rings, see ``rings_of``
        Of a coverage: neighbours meet in the same points.

    Returns
    -------
    arcs : list of int64 array (points, 2)
        A closed arc, of a region that touches none or lies within one other, repeats its first point.
    rings : list (region, ring, arc)
        Number of the arc, or ``-1 - number`` where the ring runs along it backwards.

    References
    ----------
    TopoJSON specification (Bostock and Metcalf): arcs and their references.

    Examples
    --------
    >>> left, right = np.array([[0, 0], [2, 0], [2, 2], [0, 2]]), np.array([[2, 0], [4, 0], [4, 2], [2, 2]])
    >>> arcs, rings = share_arcs([[left], [right]])
    >>> len(arcs), rings
    (3, [[[0, 1]], [[2, -1]]])
    """
    flat = [ring for rings in shapes for ring in rings]
    meeting = _meeting(flat)
    numbers: dict[bytes, int] = {}
    arcs: list[NDArray[np.int64]] = []

    def numbered(points: NDArray[np.int64]) -> int:
        for turned, key in ((False, points), (True, points[::-1])):
            if (known := numbers.get(np.ascontiguousarray(key).tobytes())) is not None:
                return -1 - known if turned else known
        numbers[np.ascontiguousarray(points).tobytes()] = len(arcs)
        arcs.append(points)
        return len(arcs) - 1

    refs: list[list[list[int]]] = []
    at = 0
    for rings in shapes:
        refs.append([])
        for ring in rings:
            refs[-1].append([numbered(arc) for arc in _cut(ring, meeting[at : at + len(ring)])])
            at += len(ring)
    return arcs, refs


def _meeting(rings: Sequence[NDArray[np.int64]]) -> NDArray[np.bool_]:
    """For each point of all rings: whether lines part there, so that it has other than two neighbours."""
    if not rings:
        return np.zeros(0, bool)
    key = [(ring[:, 0] << 32) + ring[:, 1] for ring in rings]
    here = np.concatenate(key)
    pairs = np.concatenate(
        [np.stack([here, np.concatenate([np.roll(k, shift) for k in key])], axis=1) for shift in (1, -1)]
    )
    points, counts = np.unique(np.unique(pairs, axis=0)[:, 0], return_counts=True)
    return np.asarray(counts[np.searchsorted(points, here)] != 2)


def _cut(ring: NDArray[np.int64], meeting: NDArray[np.bool_]) -> Iterable[NDArray[np.int64]]:
    """The arcs of one ring; one without a meeting point starts at its least point, so that its twin does too."""
    ends = np.flatnonzero(meeting)
    start = int(ends[0]) if ends.size else int(np.lexsort((ring[:, 1], ring[:, 0]))[0])
    turned = np.concatenate([ring[start:], ring[: start + 1]])
    stops = [*(ends - start).tolist(), len(ring)] if ends.size else [0, len(ring)]
    return [turned[a : b + 1] for a, b in pairwise(stops)]


def encode_rings(rings: Sequence[Sequence[Sequence[int]]]) -> bytes:
    """References of ``share_arcs``: for each region its rings, for each ring its arcs; counts before them."""
    numbers: list[int] = []
    for region in rings:
        numbers.append(len(region))
        for ring in region:
            numbers += [len(ring), *ring]
    return varints(np.array(numbers, np.int64))


def page_block(data: Mapping[str, Any], *, identity: str = "data", kind: str = "") -> str:
    """A script element that holds data, deflated, and loads nothing.

    Parameters
    ----------
    data : mapping
        Ready for JSON, but for values that are bytes.
    identity, kind : str
        ``id`` and ``class`` of the element.

    Returns
    -------
    str
        Base64 of a raw deflate stream of: length of the JSON (4 bytes, little-endian), the JSON, all bytes. A value
        that is bytes stands in the JSON as [offset, length]. Attribute ``data-size`` is the inflated length.
    """
    pieces: list[bytes] = []
    offset = 0

    def placed(value: object) -> list[int]:
        nonlocal offset
        if not isinstance(value, bytes):
            raise TypeError(f"not for JSON: {type(value).__name__}")
        pieces.append(value)
        offset += len(value)
        return [offset - len(value), len(value)]

    text = json.dumps(
        data, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=placed
    ).encode()
    whole = b"".join([len(text).to_bytes(4, "little"), text, *pieces])
    squeezer = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
    content = base64.b64encode(squeezer.compress(whole) + squeezer.flush()).decode("ascii")
    return f'<script type="text/plain" id="{identity}" class="{kind}" data-size="{len(whole)}">{content}</script>'
