"""Patches of cells that hang together over sides and corners. Imports nothing of ours."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(nogil=True, cache=True, error_model="numpy")
def root_of(parent, k):
    """The patch that a provisional one has been joined to; shortens the way there."""
    while parent[k] != k:
        parent[k] = parent[parent[k]]
        k = parent[k]
    return k


@njit(nogil=True, cache=True, error_model="numpy")
def label_patches(mask, labels):
    """Number the patches of ``mask`` (y, x) from 1 on, in the order of their first cells, 0 elsewhere; their number."""
    rows, columns = mask.shape
    parent = np.zeros(
        rows * columns // 2 + 2, np.int32
    )  # a provisional patch has a cell without one to its left
    made = 0
    for i in range(rows):
        for j in range(columns):
            labels[i, j] = 0
            if not mask[i, j]:
                continue
            own = labels[i, j - 1] if j > 0 else 0
            if i > 0:
                for k in range(max(j - 1, 0), min(j + 2, columns)):
                    other = labels[i - 1, k]
                    if other == 0:
                        continue
                    if own == 0:
                        own = other
                    else:
                        a, b = root_of(parent, own), root_of(parent, other)
                        parent[max(a, b)] = min(a, b)
            if own == 0:
                made += 1
                parent[made] = made
                own = made
            labels[i, j] = own
    final = np.zeros(made + 1, np.int32)
    count = 0
    for k in range(1, made + 1):
        r = root_of(parent, k)
        if r == k:
            count += 1
            final[k] = count
        else:
            final[k] = final[r]
    for i in range(rows):
        for j in range(columns):
            labels[i, j] = final[labels[i, j]]
    return count
