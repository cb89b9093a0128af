"""Slow and obvious: a filled relief, D8 directions that drain all of it, and what follows from them."""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import NDArray

from riskmap.terrain.tiled_flow import NO_DATA, STEPS

Codes = NDArray[np.uint8]


def random_ground(
    rng: np.random.Generator, rows: int, columns: int, *, holes: float = 0.1
) -> NDArray[np.float32]:
    """Heights with many ties, NaN in places."""
    ground = rng.integers(0, 12, (rows, columns)).astype(np.float32)
    ground[rng.random((rows, columns)) < holes] = np.nan
    return ground


def flooded(ground: NDArray[np.float32]) -> tuple[NDArray[np.float32], Codes]:
    """The filled ground, and the directions along which a priority flood came: every cell drains, flats too."""
    rows, columns = ground.shape
    land = ~np.isnan(ground)
    filled, codes = ground.copy(), np.full(ground.shape, NO_DATA, np.uint8)
    heap: list[tuple[float, int, int, int]] = []
    seen = ~land
    for i, j in np.argwhere(land).tolist():
        for code, di, dj in STEPS:
            a, b = i + di, j + dj
            if not (0 <= a < rows and 0 <= b < columns) or not land[a, b]:
                codes[i, j], seen[i, j] = code, True
                heapq.heappush(heap, (float(ground[i, j]), len(heap), i, j))
                break
    tick = len(heap)
    while heap:
        level, _, i, j = heapq.heappop(heap)
        for code, di, dj in STEPS:
            a, b = i - di, j - dj  # from there, ``code`` leads here
            if 0 <= a < rows and 0 <= b < columns and not seen[a, b]:
                seen[a, b], codes[a, b] = True, code
                filled[a, b] = max(level, float(ground[a, b]))
                tick += 1
                heapq.heappush(heap, (float(filled[a, b]), tick, a, b))
    return filled, codes


def downstream(codes: Codes, i: int, j: int) -> tuple[int, int] | None:
    """The next cell, or None where the water leaves."""
    for code, di, dj in STEPS:
        if codes[i, j] == code:
            a, b = i + di, j + dj
            if 0 <= a < codes.shape[0] and 0 <= b < codes.shape[1] and codes[a, b] != NO_DATA:
                return a, b
    return None


def chain(codes: Codes, i: int, j: int) -> list[tuple[int, int]]:
    """The cells from one on down to where its water leaves."""
    cells = [(i, j)]
    while (following := downstream(codes, *cells[-1])) is not None:
        cells.append(following)
    return cells


def slow_sum(codes: Codes, weights: NDArray[np.floating] | None = None) -> NDArray[np.float64]:
    """Each cell's weight given to all cells of its chain; -1 outside the ground."""
    total = np.where(codes == NO_DATA, -1.0, 0.0)
    for i, j in np.argwhere(codes != NO_DATA).tolist():
        for cell in chain(codes, i, j):
            total[cell] += 1.0 if weights is None else weights[i, j]
    return total


def slow_height_above(
    ground: NDArray[np.float32], codes: Codes, drainage: NDArray[np.bool_], *, outlets: bool
) -> NDArray[np.float32]:
    """Height above the first drainage of the chain; above its last cell, or NaN, where there is none."""
    out = np.full(ground.shape, np.nan, np.float32)
    for i, j in np.argwhere(codes != NO_DATA).tolist():
        cells = chain(codes, i, j)
        met = [cell for cell in cells if drainage[cell]] or ([cells[-1]] if outlets else [])
        if met:
            out[i, j] = ground[i, j] - ground[met[0]]
    return out
