"""Slow, obvious versions of what the terrain kernels do, and elevation models that are hard on them."""

from __future__ import annotations

import heapq
from collections import deque
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

STEPS = ((0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1))
"""Row and column of the neighbour of each code 1 << k."""

SIDES_FIRST = (0, 2, 4, 6, 1, 3, 5, 7)


@st.composite
def models(draw: st.DrawFn, *, holes: bool = True, most: int = 14) -> NDArray[np.float32]:
    """Small models with many equal heights, and cells without data."""
    shape = draw(st.tuples(st.integers(1, most), st.integers(1, most)))
    levels = draw(st.sampled_from([2, 3, 5, 1000]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    z = rng.integers(0, levels, shape).astype(np.float32)
    z[rng.random(shape) < (draw(st.sampled_from([0.0, 0.05, 0.3])) if holes else 0.0)] = np.nan
    return z


def around(z: NDArray[Any], i: int, j: int) -> list[tuple[int, int, int]]:
    """Neighbours within the array: k, row, column."""
    rows, columns = z.shape
    return [(k, i + a, j + b) for k, (a, b) in enumerate(STEPS) if 0 <= i + a < rows and 0 <= j + b < columns]


def masks(z: NDArray[Any], keep: Any = None, walls: Any = None) -> tuple[Any, Any]:
    """Cells outside, and cells barred."""
    barred = np.zeros(z.shape, bool) if walls is None else walls
    lakes = np.zeros(z.shape, bool) if keep is None else keep
    return (np.isnan(z) | lakes) & ~barred, barred


def slow_fill(z: NDArray[Any], keep: Any = None, walls: Any = None) -> NDArray[Any]:
    """Priority flood with a heap, after Barnes et al. (2014), algorithm 1."""
    outside, barred = masks(z, keep, walls)
    out, queue, done = z.copy(), [], outside | barred
    for i, j in np.argwhere(~done):
        found = around(z, i, j)
        if len(found) < 8 or any(outside[a, b] for _, a, b in found):
            queue.append((float(z[i, j]), int(i), int(j)))
    for _, i, j in queue:
        done[i, j] = True
    heapq.heapify(queue)
    while queue:
        level, i, j = heapq.heappop(queue)
        out[i, j] = level
        for _, a, b in around(z, i, j):
            if not done[a, b]:
                done[a, b] = True
                heapq.heappush(queue, (max(level, float(z[a, b])), a, b))
    return out


def slow_direction(
    z: NDArray[Any], dx: float = 1.0, dy: float = 1.0, keep: Any = None, walls: Any = None
) -> NDArray[np.uint8]:
    """D8 as the concept page has it, cell by cell, before flats; 254 in kept sinks."""
    outside, barred = masks(z, keep, walls)
    length = [float(np.hypot(a * dy, b * dx)) for a, b in STEPS]
    codes = np.zeros(z.shape, np.uint8)
    for i, j in np.ndindex(z.shape):
        if np.isnan(z[i, j]) or barred[i, j]:
            codes[i, j] = 255
            continue
        if outside[i, j]:
            codes[i, j] = 254
            continue
        found = {k: (a, b) for k, a, b in around(z, i, j)}
        drops = {k: (z[i, j] - z[at]) * z.dtype.type(1 / length[k]) for k, at in found.items()}
        best = max((s for s in drops.values() if s > 0), default=None)
        if best is not None:
            codes[i, j] = 1 << min(k for k, s in drops.items() if s == best)
            continue
        codes[i, j] = next((1 << k for k in SIDES_FIRST if k not in found or outside[found[k]]), 0)
    return codes


def slow_flats(z: NDArray[Any], codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Flats by the text of Barnes, Lehman and Mulla (2014): away from higher, twice towards lower."""
    free = codes == 0
    same = {
        (i, j): [(k, a, b) for k, a, b in around(z, i, j) if free[a, b] and z[a, b] == z[i, j]]
        for i, j in map(tuple, np.argwhere(free))
    }
    seeds = {c: [k for k, a, b in around(z, *c) if z[a, b] == z[c] and 0 < codes[a, b] < 254] for c in same}
    near = _breadth_first([c for c in same if seeds[c]], same)
    away = _breadth_first([c for c in same if any(z[a, b] > z[c] for _, a, b in around(z, *c))], same)
    out = codes.copy()
    for c in same:
        if seeds[c]:
            out[c] = 1 << min(seeds[c], key=SIDES_FIRST.index)
        elif c in near:
            level = {k: 2 * near[a, b] - away.get((a, b), 0) for k, a, b in same[c]}
            least = min(level.values())
            assert least < 2 * near[c] - away.get(c, 0)
            out[c] = 1 << min((k for k in level if level[k] == least), key=lambda k: (k % 2, k))
    return out


def _breadth_first(begin: list[Any], same: dict[Any, Any]) -> dict[Any, int]:
    steps, queue = dict.fromkeys(begin, 1), deque(begin)
    while queue:
        c = queue.popleft()
        for _, a, b in same[c]:
            if (a, b) not in steps:
                steps[a, b] = steps[c] + 1
                queue.append((a, b))
    return steps


def drains(z: NDArray[Any], codes: NDArray[np.uint8], keep: Any = None, walls: Any = None) -> bool:
    """Whether following the codes leads every cell outside, in no more steps than there are cells."""
    outside, barred = masks(z, keep, walls)
    state = np.where(outside, 2, 0)  # 1: on the way, 2: gets out
    for start in map(tuple, np.argwhere(~outside & ~barred)):
        path, at = [], start
        while True:
            path.append(at)
            state[at] = 1
            code = int(codes[at])
            if code == 0 or code & (code - 1) or code > 128:
                return False
            a, b = (x + d for x, d in zip(at, STEPS[code.bit_length() - 1], strict=True))
            if not (0 <= a < z.shape[0] and 0 <= b < z.shape[1]) or state[a, b] == 2:
                break
            if state[a, b] == 1 or barred[a, b]:
                return False
            at = (a, b)
        for cell in path:
            state[cell] = 2
    return True
