"""One step of the local inertial scheme on tiles of a padded grid. Imports nothing of ours.

A tile is read from the old state with a ring of its neighbours and written to the new state, so that tiles need
no order and no locks, and a result has the same bits for any tiles and threads: nothing is contracted or
reassociated, so whole vectors and the rest of a row round alike. All between lies in buffers of one row that stay
in the first cache.

Grids are padded by PAD and flat: cell (i, j) of the padded grid is i * width + j. ``qx[p]`` is the flow [m2 s-1] from
p to p + 1, ``qy[p]`` that from p to p + width. A cell without data has a very high bed and no water. Places are
unsigned, since numba looks at the sign of every other index; rows are not sliced, since each slice counts references,
and what takes tuples of arrays is inlined for the same reason; a loop touches few arrays, since the compiler gives up
on vectors above about eight checks for overlap.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
from numba import njit

PAD = 3  # a face outside a tile's ring reads the face beyond it
# Columns of the tile table.
FIRST_ROW, LAST_ROW, FIRST_COLUMN, LAST_COLUMN = range(4)
# Columns of the row table, all [m-1]: of row i; sides over areas.
OVER_DX, OVER_DY, SIDE, TOP, BOTTOM = range(5)
# Numbers of a step.
STEP, GRAVITY, THETA, FROUDE, DRY, WEIR = range(6)
# What a tile tells of itself: bits of its greatest depth, is it wet, are its four sides wet.
DEEPEST, WET, NORTH, SOUTH, WEST, EAST = range(6)

_ONE = np.uint64(1)


@njit(nogil=True, cache=True, error_model="numpy")
def friction_factor(manning, p, k, n, quarter, out):
    """g dt n2 between cells; ``quarter`` is a quarter of g dt, since the mean of two n is squared."""
    for j in range(n):
        both = manning[p + j] + manning[k + j]
        out[j] = quarter * (both * both)


@njit(nogil=True, cache=True, error_model="numpy")
def fill_row(value, n, out):
    """The same number everywhere (an assignment to a slice would not be a vector)."""
    for j in range(n):
        out[j] = value


@njit(nogil=True, cache=True, error_model="numpy")
def inverse_seventh_third(x):
    """x^(-7/3) from a guess at x^(-1/3), 3.4 % off at most: minus a third of the exponent.

    The magic number is the one of least error over three octaves; a step of second and one of third order leave 6e-8 of
    the root.
    """
    one, c0 = np.float32(1.0), np.float32(4.0 / 3.0)
    c1, c2 = np.float32(1.0 / 3.0), np.float32(2.0 / 9.0)
    third, magic = np.float32(-1.0 / 3.0), np.float32(1419915000.0)
    r = np.int32(magic + third * np.float32(np.float32(x).view(np.int32))).view(np.float32)
    r = r * (c0 - c1 * (x * (r * r * r)))
    e = one - x * (r * r * r)
    r = r + r * e * (c1 + c2 * e)
    r2 = r * r
    return r2 * r2 * r2 * r


@njit(nogil=True, cache=True, error_model="numpy")
def between(one, two, low, high):
    """Depth [m] of the flow between two cells with so much water on their beds, and the second level minus the first.

    The depth is that from the higher bed to the higher level; heights count from the first bed: a datum of a thousand
    metres costs no digits. The rise is nothing where single precision cannot tell the levels apart: differences of beds are
    exact, since beds are whole multiples of one quantum, so that a lake at rest stays at rest.
    """
    band, zero = np.float32(2.0**-22), np.float32(0.0)
    up = high - low
    depth = max(one, up + two) - max(up, zero)
    rise = (up + two) - one
    return depth, (rise if abs(rise) > band * (one + two) else zero)


@njit(nogil=True, cache=True, error_model="numpy")
def new_flow(q, before, after, along, d, rise, factor, step, theta, side, froude, dry):
    """Flow [m2 s-1] after a step; de Almeida et al. (2012), friction of both components, at most ``froude``.

    A neighbour at rest is dry, a wall or beyond a held level: the mean would brake the flow there, so that the face's own
    flow stands in for it.
    """
    one, zero = np.float32(1.0), np.float32(0.0)
    before = q if before == zero else before
    after = q if after == zero else after
    drag = factor * sqrt(q * q + along * along) * inverse_seventh_third(d)
    new = (theta * q + side * (before + after) - step * d * rise) / (one + drag)
    most = froude * d * sqrt(d)
    new = max(min(new, most), -most)
    return new if d > dry else zero


@njit(nogil=True, cache=True, error_model="numpy")
def momentum_x(h, z, qx, qy, p, w, n, factor, step, theta, froude, dry, out, at):
    """New flows across n faces from p on in a row, to ``out[at:]``; ``step`` is g dt / dx."""
    side, quarter = np.float32(0.5) * (np.float32(1.0) - theta), np.float32(0.25)
    for j in range(n):
        along = quarter * ((qy[p - w + j] + qy[p - w + j + _ONE]) + (qy[p + j] + qy[p + j + _ONE]))
        depth, rise = between(h[p + j], h[p + j + _ONE], z[p + j], z[p + j + _ONE])
        out[at + j] = new_flow(
            qx[p + j], qx[p + j - _ONE], qx[p + j + _ONE], along, depth, rise, factor[j], step, theta, side, froude, dry
        )  # fmt: skip


@njit(nogil=True, cache=True, error_model="numpy")
def momentum_y(h, z, qy, qx, p, w, n, factor, step, theta, froude, dry, out, at):
    """New flows across n faces from p on, each to the next row, to ``out[at:]``; ``step`` is g dt / dy."""
    side, quarter = np.float32(0.5) * (np.float32(1.0) - theta), np.float32(0.25)
    for j in range(n):
        along = quarter * ((qx[p + j - _ONE] + qx[p + j]) + (qx[p + w + j - _ONE] + qx[p + w + j]))
        depth, rise = between(h[p + j], h[p + w + j], z[p + j], z[p + w + j])
        out[at + j] = new_flow(
            qy[p + j], qy[p - w + j], qy[p + w + j], along, depth, rise, factor[j], step, theta, side, froude, dry
        )  # fmt: skip


@njit(nogil=True, cache=True, error_model="numpy")
def outflow_share(h, p, n, fx, fy, top, bottom, side, up, down, share, at):
    """Share of the outflow that the cell's water suffices for, 1 nearly everywhere."""
    zero, one, little = np.float32(0.0), np.float32(1.0), np.float32(1e-30)
    keep = np.float32(1.0 - 1e-6)  # what rounding may take besides
    for j in range(n):
        gone = side * (max(fx[j + _ONE], zero) + max(-fx[j], zero))
        gone += down * max(fy[bottom + j], zero) + up * max(-fy[top + j], zero)
        share[at + j] = min(one, keep * h[p + j] / max(gone, little))


@njit(nogil=True, cache=True, error_model="numpy")
def limit(q, a, share, b, c, n, out, at):
    """Flow as far as the cell that it leaves has water."""
    zero = np.float32(0.0)
    for j in range(n):
        flow, one, two = q[a + j], share[b + j], share[c + j]  # read both: a branch would not be a vector
        out[at + j] = flow * (one if flow > zero else two)


@njit(nogil=True, cache=True, error_model="numpy")
def gain(sx, left, sy, top, bottom, j, side, up, down):
    """Depth [m] that the flows bring to a cell."""
    return side * (sx[left + j] - sx[left + j + _ONE]) + (up * sy[top + j] - down * sy[bottom + j])


@njit(nogil=True, cache=True, error_model="numpy")
def settle(deep, more, rest):
    """New depth [m], less what rounding added before, and what it added now (Kahan's sum)."""
    more = more - rest
    new = (deep + more) + np.float32(0.0)  # + 0 makes -0 a plain 0
    return new, (new - deep) - more


@njit(nogil=True, cache=True, error_model="numpy")
def finish_even(sx, left, sy, top, bottom, n, side, up, down, rain, h, p, new, rest):
    """Depth of n cells from p on, with the same rain [m] or none everywhere."""
    for j in range(n):
        more = gain(sx, left, sy, top, bottom, j, side, up, down) + rain
        new[p + j], rest[p + j] = settle(h[p + j], more, rest[p + j])


@njit(nogil=True, cache=True, error_model="numpy")
def gain_rain(sx, left, sy, top, bottom, n, side, up, down, step, rain, p, more):
    """Depth [m] that the flows and the rain [m s-1] of the step bring."""
    for j in range(n):
        more[j] = gain(sx, left, sy, top, bottom, j, side, up, down) + step * rain[p + j]


@njit(nogil=True, cache=True, error_model="numpy")
def finish_more(more, n, h, p, new, rest):
    """Depth of n cells from p on, which gain ``more`` [m]."""
    for j in range(n):
        new[p + j], rest[p + j] = settle(h[p + j], more[j], rest[p + j])


@njit(nogil=True, cache=True, error_model="numpy")
def copy_row(row, a, n, out, p):
    """As it stands."""
    for j in range(n):
        out[p + j] = row[a + j]


@njit(nogil=True, cache=True, error_model="numpy")
def soak(capacity, p, n, step, h, rest, soaked):
    """Take what goes into the ground [m s-1], at most the water there is; ``soaked`` [m] is the sum so far."""
    zero = np.float32(0.0)
    for j in range(n):
        deep = h[p + j]
        left = max(deep - capacity[p + j] * step, zero)
        lost = np.float64(rest[p + j]) if left == zero else np.float64(0.0)
        soaked[p + j] += (np.float64(deep) - np.float64(left)) - lost
        rest[p + j] = zero if left == zero else rest[p + j]
        h[p + j] = left


@njit(nogil=True, cache=True, error_model="numpy")
def weir(head, tail, factor):
    """Flow [m2 s-1] over a broad crest: free with critical depth on it, drowned beyond two thirds of the head.

    ``factor`` is the coefficient times sqrt(2 g): C h2 sqrt(2 g (h1 - h2)), with h2 = 2/3 h1 where it is free.
    """
    if head <= 0.0:
        return 0.0
    low = max(tail, 2.0 / 3.0 * head)
    return factor * low * sqrt(head - low)


@njit(nogil=True, cache=True, error_model="numpy")
def wall_faces(places, crests, first, last, p, step, n, h, z, side, numbers, out, at):
    """Flow over the walls among n faces from p on, where the crest is above both beds; ``step`` to the second cell.

    At most what makes up half of the difference in one step: a drowned weir would swing.
    """
    for w in range(first, last):
        if places[w] < p or places[w] >= p + n:
            continue
        a = places[w]
        bed, other, crest = np.float64(z[a]), np.float64(z[a + step]), crests[w]
        if crest <= max(bed, other):
            continue
        one, two = bed + np.float64(h[a]), other + np.float64(h[a + step])
        if one >= two:
            q = weir(one - crest, two - crest, numbers[WEIR])
        else:
            q = -weir(two - crest, one - crest, numbers[WEIR])
        most = 0.25 * abs(one - two) / (side * numbers[STEP])
        out[at + (a - p)] = np.float32(max(-most, min(most, q)))


@njit(nogil=True, cache=True, error_model="numpy")
def tell(h, p, n, dry, first, last, news):
    """Note how deep and how wet a finished row of the tile is; ``h`` as bits."""
    most = np.uint32(0)
    for j in range(n):
        most = max(most, h[p + j])  # a negative or broken number has more bits than any depth
    if most > dry:
        news[WET] = 1
        if first:
            news[NORTH] = 1
        if last:
            news[SOUTH] = 1
        if h[p] > dry:
            news[WEST] = 1
        if h[p + n - _ONE] > dry:
            news[EAST] = 1
    news[DEEPEST] = max(news[DEEPEST], np.int64(most))


@njit(nogil=True, cache=True, error_model="numpy")
def tell_tile(tile, w, bits, dry, news):
    """Note how deep and how wet a tile is."""
    news[:] = 0
    n = np.uint64(tile[LAST_COLUMN] - tile[FIRST_COLUMN])
    for i in range(tile[FIRST_ROW], tile[LAST_ROW]):
        p = np.uint64(i * np.int64(w) + tile[FIRST_COLUMN])
        tell(bits, p, n, dry, i == tile[FIRST_ROW], i == tile[LAST_ROW] - 1, news)


@njit(nogil=True, cache=True, error_model="numpy", inline="always")
def faces(i, down, p, w, n, ground, state, over, side, numbers, walls, factor, out, at):
    """Flows before the limiter of n faces from p on, across row ``i`` or (``down``) to the next one, to ``out[at:]``.

    ``factor`` holds that of the friction where it is the same everywhere.
    """
    z, manning, uniform = ground
    h, qx, qy = state
    k = p + (w if down else _ONE)
    g, step = numbers[GRAVITY], numbers[STEP]
    if not uniform:
        friction_factor(manning, p, k, n, np.float32(0.25 * g * step), factor)
    theta, froude, dry = np.float32(numbers[THETA]), np.float32(numbers[FROUDE]), np.float32(numbers[DRY])
    fall = np.float32(g * step * over)
    if down:
        momentum_y(h, z, qy, qx, p, w, n, factor, fall, theta, froude, dry, out, at)
    else:
        momentum_x(h, z, qx, qy, p, w, n, factor, fall, theta, froude, dry, out, at)
    start, places, crests = walls
    if start[i] < start[i + 1]:
        wall_faces(places, crests, start[i], start[i + 1], p, k - p, n, h, z, side, numbers, out, at)


@njit(nogil=True, cache=True, error_model="numpy", inline="always")
def finish_row(p, n, h, new, rest, sources, step, sides, sx, left, sy, top, bottom, more):
    """Depth of n cells from p on after the step."""
    rain, capacity, soaked, rainy, soaking = sources
    if rainy and rain.shape[0] > 1:
        gain_rain(sx, left, sy, top, bottom, n, sides[0], sides[1], sides[2], step, rain, p, more)
        finish_more(more, n, h, p, new, rest)
    else:
        even = step * rain[0] if rainy else np.float32(0.0)
        finish_even(sx, left, sy, top, bottom, n, sides[0], sides[1], sides[2], even, h, p, new, rest)
    if soaking:
        soak(capacity, p, n, step, new, rest, soaked)


@njit(nogil=True, cache=True, error_model="numpy", inline="always")
def row_sides(table, i, step):
    """Step times sides over area of row ``i``: what a flow means in depth."""
    side, up, down = table[i, SIDE], table[i, TOP], table[i, BOTTOM]
    return np.float32(step * side), np.float32(step * up), np.float32(step * down)


@njit(nogil=True, cache=True, error_model="numpy")
def step_span(
    r0, r1, c0, c1, w, ground, state, table, numbers, walls_x, walls_y, sources, rest, new, work, rows
):
    """Advance rows r0:r1, columns c0:c1 by one step, from ``state`` to ``new`` (each h, qx, qy)."""
    h = state[0]
    h1, qx1, qy1 = new
    factor, flow = work
    fy, sy, sx, share, more = rows
    stride, step = np.uint64(share.shape[0] // 2), numbers[STEP]
    ring, inner, zero = np.uint64(c1 - c0 + 2), np.uint64(c1 - c0), np.uint64(0)
    first = np.uint64((r0 - 2) * np.int64(w) + c0 - 1)
    faces(r0 - 2, True, first, w, ring, ground, state, table[r0 - 2, OVER_DY], table[r0 - 1, TOP], numbers,
          walls_y, factor, fy, np.uint64((r0 - 1) & 1) * stride)  # fmt: skip
    for i in range(r0 - 1, r1 + 1):
        now, past = np.uint64(i & 1) * stride, np.uint64((i + 1) & 1) * stride
        p = np.uint64(i * np.int64(w) + c0 - 1)  # the ring's cell in front of the row
        # fy[now] is the face above row i, fy[past] the one below
        faces(i, True, p, w, ring, ground, state, table[i, OVER_DY], table[i, BOTTOM], numbers, walls_y, factor,
              fy, past)  # fmt: skip
        faces(i, False, p - _ONE, w, ring + _ONE, ground, state, table[i, OVER_DX], table[i, SIDE], numbers,
              walls_x, factor, flow, zero)  # fmt: skip
        side, up, down = row_sides(table, i, step)
        outflow_share(h, p, ring, flow, fy, now, past, side, up, down, share, now)
        limit(flow, _ONE, share, now, now + _ONE, ring - _ONE, sx, now)
        if i >= r0:
            limit(fy, now, share, past, now, ring, sy, now)
        if i > r0:
            q = p - w + _ONE
            finish_row(
                q, inner, h, h1, rest, sources, np.float32(step), row_sides(table, i - 1, step),
                sx, past, sy, past + _ONE, now + _ONE, more,
            )  # fmt: skip
            copy_row(sx, past + _ONE, inner, qx1, q)
            copy_row(sy, now + _ONE, inner, qy1, q)


@njit(nogil=True, cache=True, error_model="numpy")
def step_tiles(
    tiles, chosen, first, last, longest, w, ground, state, table, numbers, dry, walls_x, walls_y, sources, rest, new, news
):  # fmt: skip
    """Advance the tiles ``chosen[first:last]``, neighbours in a row of at most ``longest`` columns at once.

    ``dry`` is the depth, as bits, above which a tile counts as wet.
    """
    work = np.empty(longest + 3, np.float32), np.empty(longest + 3, np.float32)
    if ground[2]:
        fill_row(
            np.float32(numbers[GRAVITY] * numbers[STEP] * np.float64(ground[1][0]) ** 2),
            np.uint64(longest + 3),
            work[0],
        )
    size = 2 * (longest + 3)
    rows = (
        np.empty(size, np.float32), np.empty(size, np.float32), np.empty(size, np.float32),
        np.empty(size, np.float32), np.empty(longest, np.float32),
    )  # fmt: skip
    bits = new[0].view(np.uint32)
    t = first
    while t < last:
        tile = tiles[chosen[t]]
        r0, r1, c0, c1 = tile[FIRST_ROW], tile[LAST_ROW], tile[FIRST_COLUMN], tile[LAST_COLUMN]
        end = t + 1
        while end < last and chosen[end] == chosen[end - 1] + 1:
            beside = tiles[chosen[end]]
            if beside[FIRST_ROW] != r0 or beside[LAST_COLUMN] - c0 > longest:
                break
            c1 = beside[LAST_COLUMN]
            end += 1
        step_span(
            r0, r1, c0, c1, w, ground, state, table, numbers, walls_x, walls_y, sources, rest, new, work, rows
        )
        for s in range(t, end):
            tell_tile(tiles[chosen[s]], w, bits, dry, news[chosen[s]])
        t = end
