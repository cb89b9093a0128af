"""Height of the drainage below each cell: down every chain of D8 codes to what is known, and back. Imports nothing of ours.

A byte a cell says what a walk does there: 0 to 7 a step to the next cell, clockwise from east, ``STOPS`` where the
water leaves, ``KNOWN`` where the height of the drainage is known, ``NOTHING`` where there is no ground.
"""

from __future__ import annotations

import numpy as np
from numba import njit

STOPS = 8
KNOWN = 9
NOTHING = 255
BUFFER = 5000  # cells of a chain that are remembered on the way down: back along it without reading it again


@njit(nogil=True, cache=True, error_model="numpy")
def mark_rows(packed, drainage, ground, first, last, out, base):
    """Bytes of rows ``first:last`` from packed steps (see ``accumulate``) and drainage (y, x); ``base`` [m] begins there."""
    for i in range(first, last):
        for j in range(packed.shape[1]):
            p = packed[i, j]
            s = KNOWN if drainage[i, j] else p & np.uint8(15)
            out[i, j] = NOTHING if p == NOTHING else np.uint8(s)
            base[i, j] = ground[i, j] if drainage[i, j] else np.nan


@njit(nogil=True, cache=True, error_model="numpy")
def mark_steps(packed, drainage):
    """As ``mark_rows``, in place and without heights."""
    for i in range(packed.shape[0]):
        for j in range(packed.shape[1]):
            p = packed[i, j]
            s = KNOWN if drainage[i, j] else p & np.uint8(15)
            packed[i, j] = NOTHING if p == NOTHING else np.uint8(s)


@njit(nogil=True, cache=True, error_model="numpy")
def offsets(columns):
    """What each step adds to the index of a cell in a flat array."""
    return np.array([1, columns + 1, columns, columns - 1, -1, -columns - 1, -columns, -columns + 1])


@njit(nogil=True, cache=True, error_model="numpy")
def fill_base(state, columns, ground, outlets, base):
    """Fill ``base`` (cell,), the height [m] of the drainage that each cell runs to; -1, or a cell of a circle.

    Where the water leaves without having met the drainage, the last cell is its own drainage if ``outlets``.
    """
    step = offsets(columns)
    chain = np.empty(BUFFER, np.int64)
    for start in range(state.shape[0]):
        s = state[start]
        if s >= KNOWN:
            continue
        c, n = start, 0
        while s < STOPS:
            if n < BUFFER:
                chain[n] = c
            n += 1
            if n > state.shape[0]:
                return start
            c += step[s]
            s = state[c]
        if s == STOPS:
            state[c] = KNOWN
            if outlets:
                base[c] = ground[c]
        value = base[c]
        if n > BUFFER:  # the cells that were not remembered, once more from the last that was
            c = chain[BUFFER - 1]
            s = state[c]
            while s < STOPS:
                state[c] = KNOWN
                base[c] = value
                c += step[s]
                s = state[c]
        for k in range(min(n, BUFFER)):
            base[chain[k]] = value
            state[chain[k]] = KNOWN
    return -1
