"""What drains through each cell: a walk down every chain of D8 codes. Imports nothing of ours.

A byte a cell holds all that the walk needs, so that a step reads one of them: the lower half is the step to the
next cell (0 to 7 clockwise from east, ``LEAVES`` where the water leaves the array or runs into a cell without data),
the upper half how many neighbours have still to hand down what they hold. A cell is done when its last neighbour has.
"""

from __future__ import annotations

import numpy as np
from numba import njit

LEAVES = 8
DONE = 255
_ONE_MORE = np.uint8(16)


@njit(nogil=True, cache=True, error_model="numpy")
def pack_row(above, here, below, out):
    """Steps and counts of one row from three rows of codes; all rows have a cell without data at both ends."""
    for j in range(1, here.shape[0] - 1):
        c = here[j]
        # bits set below the code: 0 for east up to 7 for northeast
        step = (
            np.uint8(c >= 2) + np.uint8(c >= 4) + np.uint8(c >= 8) + np.uint8(c >= 16)
            + np.uint8(c >= 32) + np.uint8(c >= 64) + np.uint8(c >= 128)
        )  # fmt: skip
        into = (
            np.uint8(here[j - 1] == 1) + np.uint8(above[j - 1] == 2) + np.uint8(above[j] == 4)
            + np.uint8(above[j + 1] == 8) + np.uint8(here[j + 1] == 16) + np.uint8(below[j + 1] == 32)
            + np.uint8(below[j] == 64) + np.uint8(below[j - 1] == 128)
        )  # fmt: skip
        gone = (
            np.uint8((c == 1) & (here[j + 1] == 255)) | np.uint8((c == 2) & (below[j + 1] == 255))
            | np.uint8((c == 4) & (below[j] == 255)) | np.uint8((c == 8) & (below[j - 1] == 255))
            | np.uint8((c == 16) & (here[j - 1] == 255)) | np.uint8((c == 32) & (above[j - 1] == 255))
            | np.uint8((c == 64) & (above[j] == 255)) | np.uint8((c == 128) & (above[j + 1] == 255))
            | np.uint8(c == 0)
        )  # fmt: skip
        packed = np.uint8(16) * into + (np.uint8(8) if gone else step)
        out[j - 1] = np.uint8(255) if c == 255 else np.uint8(packed)


@njit(nogil=True, cache=True, error_model="numpy")
def pack_rows(codes, first, last, out):
    """Pack rows ``first:last`` of ``codes`` (y, x) into ``out`` (y, x); the number of codes that are none."""
    rows, columns = codes.shape
    wrong = 0
    lines = np.full((3, columns + 2), np.uint8(255), np.uint8)
    for i in range(first, last):
        for k in range(3):
            at = i - 1 + k
            if 0 <= at < rows:
                lines[k, 1 : columns + 1] = codes[at]
            else:
                lines[k, :] = 255
        pack_row(lines[0], lines[1], lines[2], out[i])
        for j in range(columns):
            c = codes[i, j]
            wrong += 1 if (c & (c - np.uint8(1))) != 0 and c != 255 else 0
    return wrong


@njit(nogil=True, cache=True, error_model="numpy")
def count_ground(codes, total):
    """Put 1 on the ground and -1 elsewhere into ``total`` (y, x)."""
    for i in range(codes.shape[0]):
        for j in range(codes.shape[1]):
            total[i, j] = -1 if codes[i, j] == DONE else 1


@njit(nogil=True, cache=True, error_model="numpy")
def offsets(columns):
    """What each step adds to the index of a cell in a flat array."""
    return np.array([1, columns + 1, columns, columns - 1, -1, -columns - 1, -columns, -columns + 1])


@njit(nogil=True, cache=True, error_model="numpy")
def walk(packed, columns, total):
    """Add up ``total`` (cell,) downstream, in place; ``packed`` (cell,) is used up. Returns the number of cells done."""
    step = offsets(columns)
    done = 0
    for start in range(packed.shape[0]):
        s = packed[start]
        if s >= _ONE_MORE:
            continue
        c = start
        while True:
            packed[c] = DONE
            done += 1
            if s == LEAVES:
                break
            held = total[c]
            c += step[s]
            total[c] += held
            s = packed[c] - _ONE_MORE
            packed[c] = s
            if s >= _ONE_MORE:
                break
    return done


@njit(nogil=True, cache=True, error_model="numpy")
def order_walk(packed, columns, order):
    """Indices of the cells, each before the one it drains into; the number of them. ``packed`` is used up."""
    step = offsets(columns)
    done = 0
    for start in range(packed.shape[0]):
        s = packed[start]
        if s >= _ONE_MORE:
            continue
        c = start
        while True:
            packed[c] = DONE
            order[done] = c
            done += 1
            if s == LEAVES:
                break
            c += step[s]
            s = packed[c] - _ONE_MORE
            packed[c] = s
            if s >= _ONE_MORE:
                break
    return done


@njit(nogil=True, cache=True, error_model="numpy")
def ends(state, columns, starts, found):
    """Where the walk from each of ``starts`` ends, into ``found``; ``state`` (cell,) is a step below ``LEAVES``, or an end.

    A cell without data is its own end. False where a walk runs in a circle.
    """
    step = offsets(columns)
    known = np.zeros(state.shape[0], np.int32)  # pages that no walk meets are never touched
    for k in range(starts.shape[0]):
        c, n = starts[k], 0
        while state[c] < LEAVES and known[c] == 0:
            n += 1
            if n > state.shape[0]:
                return False
            c += step[state[c]]
        end = c if known[c] == 0 else known[c] - 1
        found[k] = end
        c = starts[k]
        while state[c] < LEAVES and known[c] == 0:
            known[c] = end + 1
            c += step[state[c]]
    return True


@njit(nogil=True, cache=True, error_model="numpy")
def add_inflow(state, columns, entries, inflow, total):
    """Add what comes in at ``entries`` to ``total`` (cell,) along the ways of the water, each cell once.

    ``state`` (cell,) is a step below ``LEAVES``, or an end.
    """
    step = offsets(columns)
    seen, waiting = np.zeros(state.shape[0], np.bool_), np.zeros(state.shape[0], np.uint8)
    extra = np.zeros_like(total)
    for k in range(entries.shape[0]):
        c = entries[k]
        extra[c] += inflow[k]
        while not seen[c]:
            seen[c] = True
            if state[c] >= LEAVES:
                break
            c += step[state[c]]
            waiting[c] += 1
    for k in range(entries.shape[0]):
        c = entries[k]
        while seen[c] and waiting[c] == 0:
            seen[c] = False
            held = extra[c]
            total[c] += held
            if state[c] >= LEAVES:
                break
            c += step[state[c]]
            extra[c] += held
            waiting[c] -= 1


@njit(nogil=True, cache=True, error_model="numpy")
def sum_forest(after, total):
    """Add up ``total`` (node,) in place along ``after`` (node,), -1 at an end; the number of nodes done."""
    waiting = np.zeros(after.shape[0], np.int32)
    for k in range(after.shape[0]):
        if after[k] >= 0:
            waiting[after[k]] += 1
    done = 0
    for start in range(after.shape[0]):
        c = start
        while c >= 0 and waiting[c] == 0:
            waiting[c] = -1
            done += 1
            following = after[c]
            if following >= 0:
                total[following] += total[c]
                waiting[following] -= 1
            c = following
    return done
