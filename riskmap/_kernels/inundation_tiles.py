"""Which tiles of an inundation are awake. Imports nothing of ours.

Tables are those of ``inundation``: tiles are first and last + 1 row and column, news is what a tile told of itself.
"""

from __future__ import annotations

from numba import njit

DEEPEST, WET, NORTH, SOUTH, WEST, EAST = range(6)


@njit(nogil=True, cache=True, error_model="numpy")
def copy_tiles(tiles, chosen, w, state, other):
    """Copy depth and flows of tiles that fall asleep to the other state."""
    for t in range(chosen.shape[0]):
        tile = tiles[chosen[t]]
        n = tile[3] - tile[2]
        for i in range(tile[0], tile[1]):
            p = i * w + tile[2]
            for k in range(n):
                other[0][p + k], other[1][p + k], other[2][p + k] = (
                    state[0][p + k],
                    state[1][p + k],
                    state[2][p + k],
                )


@njit(nogil=True, cache=True, error_model="numpy")
def choose_tiles(news, across, always, chosen, awake, resting):
    """Tiles that must be computed next: wet ones, those beside a wet side, and those always on.

    A tile stays awake for one step more, in which its last flows come to rest. ``chosen`` and ``resting`` (those that
    fall asleep now) are filled from the front; returns how many of each.
    """
    n, k, r = news.shape[0], 0, 0
    for t in range(n):
        column = t % across
        wanted = always[t] > 0 or news[t, WET] > 0
        wanted = wanted or (t >= across and news[t - across, SOUTH] > 0)
        wanted = wanted or (t + across < n and news[t + across, NORTH] > 0)
        wanted = wanted or (column > 0 and news[t - 1, EAST] > 0)
        wanted = wanted or (column + 1 < across and news[t + 1, WEST] > 0)
        if wanted or awake[t] == 2:
            chosen[k] = t
            k += 1
            awake[t] = 2 if wanted else 1
        elif awake[t] == 1:
            resting[r] = t
            r += 1
            awake[t] = 0
    return k, r
