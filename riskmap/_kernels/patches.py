"""Patches of cells of one hour that hang together over sides, and the first water in each. Imports nothing of ours."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(nogil=True, cache=True, error_model="numpy")
def root_of(parent, k):
    """The run that a run has been joined to; shortens the way there."""
    while parent[k] != k:
        parent[k] = parent[parent[k]]
        k = parent[k]
    return k


@njit(nogil=True, cache=True, error_model="numpy")
def count_runs(hours, never):
    """Runs of one hour along the rows of ``hours`` (y, x), ``never`` aside."""
    rows, columns = hours.shape
    count = 0
    for i in range(rows):
        for j in range(columns):
            h = hours[i, j]
            if h != never and (j == 0 or hours[i, j - 1] != h):
                count += 1
    return count


@njit(nogil=True, cache=True, error_model="numpy")
def first_of_patches(hours, never, label, values, place, least):
    """Where each patch begins, row by row (``place``, cells from the first), and the least of ``values[label]`` in it, infinity where
    none is known; both hold ``count_runs``. Their number: patches are in the order of their first cells.
    """
    rows, columns = hours.shape
    parent = np.empty(place.size, np.int32)
    begin = np.empty((2, columns), np.int32)  # of the runs of this row and of the one above
    end = np.empty((2, columns), np.int32)
    above = 0
    made = 0
    for i in range(rows):
        here, other = i % 2, (i + 1) % 2
        found = 0
        p = 0
        j = 0
        while j < columns:
            h = hours[i, j]
            if h == never:
                j += 1
                continue
            k = made + found
            start = j
            low = np.float32(np.inf)
            while j < columns and hours[i, j] == h:
                v = values[label[i, j]]
                if v < low:  # never of NaN
                    low = v
                j += 1
            parent[k] = k
            place[k] = i * columns + start
            least[k] = low
            begin[here, found] = start
            end[here, found] = j
            found += 1
            while p < above and end[other, p] <= start:
                p += 1
            q = p
            while q < above and begin[other, q] < j:
                if hours[i - 1, begin[other, q]] == h:
                    a, b = root_of(parent, k), root_of(parent, made - above + q)
                    parent[max(a, b)] = min(a, b)
                q += 1
        made += found
        above = found
    for k in range(made):
        r = root_of(parent, k)
        if least[k] < least[r]:
            least[r] = least[k]
    count = 0
    for k in range(made):
        if parent[k] == k:
            place[count] = place[k]
            least[count] = least[k]
            count += 1
    return count
