"""Directions across flats: away from higher ground and towards lower. Imports nothing of ours.

A flat is a set of connected cells of one height none of which has a way down. Within it the direction follows a
surface of whole numbers, twice the steps to the nearest way out plus the steps by which the cell is nearer to higher
ground than the farthest (Barnes, Lehman and Mulla 2014, Computers & Geosciences 62, 128, after Garbrecht and Martz
1997): one step nearer to the way out is always lower, so that no circle can form.

A flat that leaves the window is noted cell by cell and resolved once all windows are known.
"""

from __future__ import annotations

import numpy as np
from numba import njit

SINK = 254  # codes from here on are no directions: kept sinks, outside
RANK = (0, 9, 2, 11, 4, 13, 6, 15)  # of equal ways the least is taken; its last three bits are the direction
UNSEEN, RESOLVED, BEYOND = -1, -2, -3


@njit(nogil=True, cache=True, error_model="numpy")
def grown(values, needed):
    """The array, or a copy with more room."""
    if needed <= values.size:
        return values
    out = np.empty(max(needed, 2 * values.size), values.dtype)
    out[: values.size] = values
    return out


@njit(nogil=True, cache=True, error_model="numpy")
def load_row(z, codes, i, c0, c1, height, free, way):
    """A row of heights with a rim of one cell, whole, of cells without a code, of cells with a way down; else NaN."""
    height[:], free[:], way[:] = -np.inf, np.nan, np.nan
    if i < 0 or i >= z.shape[0]:
        return
    low, high = max(c0 - 1, 0), min(c1 + 1, z.shape[1])
    row, marks, missing = z[i, low:high], codes[i, low:high], z.dtype.type(np.nan)
    a, b, c = height[low - c0 + 1 :], free[low - c0 + 1 :], way[low - c0 + 1 :]
    for j in range(row.size):
        v, code = row[j], np.int32(marks[j])
        a[j] = v if v == v else -np.inf
        b[j] = v if code == np.int32(0) else missing
        c[j] = v if code > np.int32(0) and code < np.int32(SINK) else missing


@njit(nogil=True, cache=True, error_model="numpy")
def neighbour_bits(row, up, mid, low, out):
    """Bits of the neighbours (of rows with a rim) that have the cell's height."""
    none = np.int32(0)
    for j in range(out.size):
        v = row[j + 1]
        bits = np.int32(1) if mid[j + 2] == v else none
        bits += np.int32(2) if low[j + 2] == v else none
        bits += np.int32(4) if low[j + 1] == v else none
        bits += np.int32(8) if low[j] == v else none
        bits += np.int32(16) if mid[j] == v else none
        bits += np.int32(32) if up[j] == v else none
        bits += np.int32(64) if up[j + 1] == v else none
        bits += np.int32(128) if up[j + 2] == v else none
        out[j] = np.uint8(bits)


@njit(nogil=True, cache=True, error_model="numpy")
def higher_beside(up, mid, low, out):
    """Whether a neighbour is higher."""
    for j in range(out.size):
        a = max(max(low[j], low[j + 1]), low[j + 2])
        b = max(max(up[j], up[j + 1]), up[j + 2])
        v = mid[j + 1]
        out[j] = np.uint8(1) if max(max(a, b), max(mid[j], mid[j + 2])) > v else np.uint8(0)


@njit(nogil=True, cache=True, error_model="numpy")
def look_over(z, codes, r0, r1, c0, c1, within, seeds, high):
    """Bits of the neighbours of its height without a code, of those with a way down, and whether one is higher.

    Of each cell of a window, into uint8 arrays with a rim of one cell.
    """
    height, free, way = (
        np.empty((3, c1 - c0 + 2), z.dtype),
        np.empty((3, c1 - c0 + 2), z.dtype),
        np.empty((3, c1 - c0 + 2), z.dtype),
    )
    for i in range(r0 - 1, r1 + 1):
        k = i % 3
        load_row(z, codes, i, c0, c1, height[k], free[k], way[k])
        if i < r0 + 1:
            continue
        up, mid, low, out = (i - 2) % 3, (i - 1) % 3, k, i - r0
        neighbour_bits(height[mid], free[up], free[mid], free[low], within[out, 1:-1])
        neighbour_bits(height[mid], way[up], way[mid], way[low], seeds[out, 1:-1])
        higher_beside(height[up], height[mid], height[low], high[out, 1:-1])


@njit(nogil=True, cache=True, error_model="numpy")
def first_way(bits):
    """Code of the first of the neighbours given by their bits, sides before corners; 0 of none."""
    chosen = bits & 0x55 if bits & 0x55 else bits
    return chosen & -chosen


@njit(nogil=True, cache=True, error_model="numpy")
def spread(start, link, steps, queue, n):
    """Breadth first from the ``n`` cells in the queue, whose ``steps`` are 1; others are 0 before.

    The queue has room for one more than there are cells.
    """
    done = 0
    while done < n:
        x = queue[done]
        done += 1
        beyond = steps[x] + 1
        for e in range(start[x], start[x + 1]):  # no branch: which cells are new cannot be foreseen
            y = link[e]
            known = steps[y]
            queue[n] = y
            n += known == 0
            steps[y] = known if known != 0 else beyond


@njit(nogil=True, cache=True, error_model="numpy")
def reach(start, link, marks, cells, steps, queue):
    """Steps, from 1 on, in which each of the first cells is reached from those with marks; 0 where it is not."""
    n = 0
    for x in range(cells):
        steps[x] = marks[x] != 0
        queue[n] = x
        n += marks[x] != 0
    spread(start, link, steps, queue, n)


@njit(nogil=True, cache=True, error_model="numpy")
def choose_ways(start, link, rank, seeds, near, away, first, last, out):
    """Codes of the cells ``first:last`` of flats; 0 where no way leads out.

    ``link[start[x]:start[x + 1]]`` are the neighbours of x in its flat, ``rank`` the ``RANK`` of their directions;
    ``near`` and ``away`` the steps from a way out and from higher ground.
    """
    for x in range(first, last):
        if seeds[x] or near[x] == 0:
            out[x] = first_way(seeds[x])
            continue
        least = (2 * near[x] - away[x]) * 16
        for e in range(start[x], start[x + 1]):
            y = link[e]
            least = min(least, (2 * near[y] - away[y]) * 16 + rank[e])
        out[x] = 1 << (least & 7)


@njit(nogil=True, cache=True, error_model="numpy")
def direct(start, link, rank, seeds, high, cells, near, away, queue, out):
    """Codes of one flat, by cell, as ``choose_ways``."""
    n = 0
    for x in range(cells):
        out[x] = first_way(seeds[x])
        n += seeds[x] != 0
    if n == 0 or n == cells:
        return
    reach(start, link, seeds, cells, near, queue)
    reach(start, link, high, cells, away, queue)
    choose_ways(start, link, rank, seeds, near, away, 0, cells, out)


@njit(nogil=True, cache=True, error_model="numpy")
def gather(begin, offset, within, place, cell, start, link, rank):
    """One flat from its first cell: fills ``cell`` and its links (which may grow); its size, and if it leaves."""
    place[begin], cell[0] = 0, begin
    n, done, e, crossed = 1, 0, 0, False
    while done < n:
        p = cell[done]
        start[done] = e
        bits = within[p]
        if n + 10 > cell.size:
            cell, start = grown(cell, n + 10), grown(start, n + 10)
        if e + 8 > link.size:
            link, rank = grown(link, e + 8), grown(rank, e + 8)
        for k in range(8):
            if not bits >> k & 1:
                continue
            q = p + offset[k]
            y = place[q]
            if y == BEYOND:
                crossed = True
                continue
            new = y == UNSEEN
            y = n if new else y
            place[q], cell[n] = y, q
            n += new
            link[e], rank[e] = y, RANK[k]
            e += 1
        done += 1
    start[n] = e
    return n, crossed, cell, start, link, rank


@njit(nogil=True, cache=True, error_model="numpy")
def collect(
    cell, n, first, wide, columns, within, seeds, high, total, left, left_within, left_seeds, left_high
):
    """Note the cells of a flat that leaves its window; the four lists may grow."""
    left, left_within = grown(left, total + n), grown(left_within, total + n)
    left_seeds, left_high = grown(left_seeds, total + n), grown(left_high, total + n)
    for x in range(n):
        p = cell[x]
        left[total + x] = first + p // wide * columns + p % wide
        left_within[total + x], left_seeds[total + x], left_high[total + x] = within[p], seeds[p], high[p]
    return left, left_within, left_seeds, left_high


@njit(nogil=True, cache=True, error_model="numpy")
def resolve_window(z, codes, r0, r1, c0, c1):
    """Give the flats inside a window their codes; return the cells of those that leave it.

    Returns
    -------
    cell (n,) int64 index in the array; within, seeds, high (n,) uint8 : as ``look_over`` has them
    """
    tall, wide, columns = r1 - r0 + 2, c1 - c0 + 2, z.shape[1]
    of_rows = np.zeros((3, tall, wide), np.uint8)
    look_over(z, codes, r0, r1, c0, c1, of_rows[0], of_rows[1], of_rows[2])
    within, seeds, high = of_rows[0].reshape(-1), of_rows[1].reshape(-1), of_rows[2].reshape(-1)
    offset = np.array([1, wide + 1, wide, wide - 1, -1, -wide - 1, -wide, -wide + 1])
    place = np.full(within.size, BEYOND, np.int32)
    cell, start = np.empty(1024, np.int32), np.empty(1024, np.int32)
    link, rank = np.empty(8192, np.int32), np.empty(8192, np.uint8)
    near, away, queue = np.empty(1024, np.int32), np.empty(1024, np.int32), np.empty(1024, np.int32)
    some, raised, out = np.empty(1024, np.uint8), np.empty(1024, np.uint8), np.empty(1024, np.uint8)
    left, total = np.empty(1024, np.int64), 0
    left_within, left_seeds, left_high = some.copy(), some.copy(), some.copy()
    for i in range(1, tall - 1):
        for j in range(1, wide - 1):
            place[i * wide + j] = UNSEEN if codes[r0 + i - 1, c0 + j - 1] == 0 else RESOLVED
    for begin in range(wide, place.size - wide):
        if place[begin] != UNSEEN:
            continue
        n, crossed, cell, start, link, rank = gather(begin, offset, within, place, cell, start, link, rank)
        if crossed:
            left, left_within, left_seeds, left_high = collect(
                cell, n, (r0 - 1) * columns + c0 - 1, wide, columns, within, seeds, high,
                total, left, left_within, left_seeds, left_high,
            )  # fmt: skip
            total += n
            for x in range(n):
                seeds[cell[x]] = 0
            continue
        if n >= near.size:
            near, away, queue = grown(near, n + 1), grown(away, n + 1), grown(queue, n + 1)
            some, raised, out = grown(some, n + 1), grown(raised, n + 1), grown(out, n + 1)
        for x in range(n):
            some[x], raised[x] = seeds[cell[x]], high[cell[x]]
        direct(start, link, rank, some, raised, n, near, away, queue, out)
        for x in range(n):
            seeds[cell[x]] = out[x]  # read no more: the place for the codes
    for i in range(r0, r1):
        row, found = codes[i, c0:c1], of_rows[1, i - r0 + 1, 1:-1]
        for j in range(c1 - c0):
            row[j] = found[j] if row[j] == 0 else row[j]
    return left[:total], left_within[:total], left_seeds[:total], left_high[:total]


@njit(nogil=True, cache=True, error_model="numpy")
def link_cells(cell, within, columns):
    """Links of flats given cell by cell, as ``choose_ways`` has them: start, link, rank.

    ``cell`` (their index in an array of so many ``columns``) must rise.
    """
    start = np.empty(cell.size + 1, np.int32)
    start[0] = 0
    for x in range(cell.size):
        n = 0
        for k in range(8):
            n += within[x] >> k & 1
        start[x + 1] = start[x] + n
    link, rank = np.empty(start[-1], np.int32), np.empty(start[-1], np.uint8)
    filled = start[:-1].copy()
    for k in range(8):
        ahead = (1, columns + 1, columns, columns - 1, -1, -columns - 1, -columns, -columns + 1)[k]
        y = 0
        for x in range(cell.size):  # the cell sought rises with the cell: one pass finds all
            if within[x] >> k & 1:
                while cell[y] < cell[x] + ahead:
                    y += 1
                link[filled[x]], rank[filled[x]] = y, RANK[k]
                filled[x] += 1
    return start, link, rank
