"""A map page read back: a slow twin of the page's own script."""

from __future__ import annotations

import base64
import json
import re
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

COORDINATE_SCALE = 10_000


def block(page: str, mark: str = 'id="data"') -> dict[str, Any]:
    """What a block of the page says; bytes stand where it points into them."""
    found = re.search(
        rf'<script type="text/plain"[^>]*{mark}[^>]*data-size="(\d+)">(.*?)</script>', page, re.S
    )
    assert found
    whole = zlib.decompress(base64.b64decode(found[2]), -15)
    assert len(whole) == int(found[1])
    end = 4 + int.from_bytes(whole[:4], "little")
    data = json.loads(whole[4:end])
    return dict(_placed(data, whole[end:]))


def _placed(value: Any, content: bytes, key: str = "") -> Any:
    if key in ("d", "p", "rings"):
        return content[value[0] : value[0] + value[1]]
    if isinstance(value, dict):
        return {name: _placed(inner, content, name) for name, inner in value.items()}
    return [_placed(inner, content) for inner in value] if isinstance(value, list) else value


def unpack(packed: dict[str, Any]) -> NDArray[np.float64]:
    """Numbers of ``riskmap.products.map_pack.pack``, one by one."""
    if "t" not in packed:
        return np.full(packed["n"], np.nan if packed["c"] is None else packed["c"] / packed["s"])
    size = int(packed["t"][1])
    bits = 8 * size
    stored = [
        sum(packed["d"][k * packed["n"] + i] << (8 * k) for k in range(size)) for i in range(packed["n"])
    ]
    if packed["w"]:
        for i in range(packed["w"], len(stored)):
            stored[i] = (stored[i] + stored[i - packed["w"]]) % (1 << bits)
    signed = [v - (1 << bits) if v >> (bits - 1) else v for v in stored]
    return np.array([np.nan if v == -(1 << (bits - 1)) else v / packed["s"] for v in signed])


def integers(content: bytes) -> list[int]:
    """Whole numbers of ``varints``."""
    found, value, shift = [], 0, 0
    for byte in content:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            found.append(-(value + 1) // 2 if value & 1 else value // 2)
            value, shift = 0, 0
    return found


def paths(packed: dict[str, Any]) -> list[list[tuple[int, int]]]:
    """Paths of ``encode_paths`` in whole numbers."""
    numbers = iter(integers(packed["p"]))
    found = []
    for _ in range(packed["n"]):
        count, x, y, points = next(numbers), 0, 0, []
        for _ in range(count):
            x, y = x + next(numbers), y + next(numbers)
            points.append((x, y))
        found.append(points)
    return found


def shapes(regions: dict[str, Any]) -> list[list[list[tuple[int, int]]]]:
    """Rings of every region, closed points left out."""
    arcs = paths(regions["arcs"])
    numbers = iter(integers(regions["rings"]))
    found = []
    for _ in regions["code"]:
        rings = []
        for _ in range(next(numbers)):
            ring: list[tuple[int, int]] = []
            for _ in range(next(numbers)):
                n = next(numbers)
                arc = arcs[n] if n >= 0 else arcs[-1 - n][::-1]
                ring += arc[:-1]
            rings.append(ring)
        found.append(rings)
    assert next(numbers, None) is None
    return found
