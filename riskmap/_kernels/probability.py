"""Members to probabilities: counts per cell and region, one hour of one member at a time. Imports nothing of ours."""

from __future__ import annotations

from math import asin, ceil, cos, floor, inf, isnan, nan, pi, radians, sin, sqrt

import numpy as np
from numba import njit

REACHED, ONSETS, EARLIEST = (
    0,
    1,
    2,
)  # rows of the counts of a cell: members, sum of their onset hours, first onset
NEVER = 2**31 - 1  # EARLIEST where no member has reached the tier
DEGREES = 180.0 / pi  # [degrees] a radian


@njit(nogil=True, cache=True, error_model="numpy")
def meets(wind, mean_factor, gust_factor, of_gust, threshold):
    """Whether a float32 wind over open water [m s-1] meets a threshold in one cell, in the arithmetic of the rules.

    Mean and gust are float32 products, graded as decimals of four places; so is this.
    """
    value = np.float32(np.float32(mean_factor) * wind)
    if of_gust:
        value = np.float32(value * np.float32(gust_factor))
    return np.rint(np.float64(value) * 1e4) / 1e4 >= threshold


@njit(nogil=True, cache=True, error_model="numpy")
def least_wind(mean_factor, gust_factor, of_gust, threshold, most):
    """Least float32 wind over open water that meets one threshold; inf if not even ``most`` does.

    The quotient is off by the rounding of the products, so the very first float32 is found by bisection.
    """
    low, high = np.float32(0.0), np.float32(most)
    if meets(low, mean_factor, gust_factor, of_gust, threshold):
        return low
    if not meets(high, mean_factor, gust_factor, of_gust, threshold):
        return np.float32(inf)
    near = threshold / (mean_factor * gust_factor if of_gust else mean_factor)
    below, above = np.float32(near * 0.999), np.float32(near * 1.001)
    if low < below < high and not meets(below, mean_factor, gust_factor, of_gust, threshold):
        low = below
    if low < above < high and meets(above, mean_factor, gust_factor, of_gust, threshold):
        high = above
    while True:
        middle = np.float32(0.5 * (np.float64(low) + np.float64(high)))
        if middle <= low or middle >= high:
            return high
        if meets(middle, mean_factor, gust_factor, of_gust, threshold):
            high = middle
        else:
            low = middle


@njit(nogil=True, cache=True, error_model="numpy")
def needed_rows(mean_factor, gust_factor, of_gust, thresholds, most, first, last, needed, whole):
    """Fill rows ``first:last``: the least wind for each tier, and where every metric is known.

    ``of_gust`` (metric) says whether a metric is the gust; ``thresholds`` (metric, tier), NaN where a tier has
    none. ``needed`` is NaN where no metric is known.
    """
    metrics, tiers = thresholds.shape
    for i in range(first, last):
        for j in range(mean_factor.shape[1]):
            whole[i, j] = 1
            for t in range(tiers):
                needed[t, i, j] = inf
            known = 0
            for m in range(metrics):
                if isnan(mean_factor[i, j]) or (of_gust[m] and isnan(gust_factor[i, j])):
                    whole[i, j] = 0
                    continue
                known += 1
                for t in range(tiers):
                    if not isnan(thresholds[m, t]):
                        least = least_wind(
                            mean_factor[i, j], gust_factor[i, j], of_gust[m], thresholds[m, t], most
                        )
                        for below in range(t + 1):  # what meets a tier meets those below it
                            needed[below, i, j] = min(needed[below, i, j], least)
            if known == 0:
                for t in range(tiers):
                    needed[t, i, j] = nan


@njit(nogil=True, cache=True, error_model="numpy")
def add_cells(peak, needed, hour, tier, reached, onset):
    """Take one hour of one member into the cells; returns 1 where some are blue or worse, 0 where none is.

    ``tier`` (y, x) gets the tier of this hour, 0 also where nothing is known; ``reached`` (y, x) is the member's
    highest so far, ``onset`` (4, y, x) the hour it came to each. Returns -1 where a wind is NaN. The inner loops
    have no branch, so that they run in vectors; a cell climbs a few times in a storm, and rows without are left.
    """
    rows, columns = peak.shape
    some, bad = False, False
    for i in range(rows):
        wind, now, before = peak[i], tier[i], reached[i]
        blue, yellow, orange, red = needed[0, i], needed[1, i], needed[2, i], needed[3, i]
        climbs = False
        for j in range(columns):
            w = wind[j]
            t = np.int8(
                np.uint8(w >= blue[j])
                + np.uint8(w >= yellow[j])
                + np.uint8(w >= orange[j])
                + np.uint8(w >= red[j])
            )
            now[j] = t
            some = bool(some | (t > 0))
            climbs = bool(climbs | (t > before[j]))
            bad = bool(bad | (w != w))
        if climbs:
            for j in range(columns):
                for step in range(before[j], now[j]):
                    onset[step, i, j] = hour
                before[j] = max(before[j], now[j])
    return -1 if bad else int(some)


@njit(nogil=True, cache=True, error_model="numpy")
def commit_cells(reached, onset, counts):
    """Add one whole member to the counts (4, 3, y, x)."""
    for i in range(reached.shape[0]):
        for j in range(reached.shape[1]):
            for t in range(reached[i, j]):
                hour = onset[t, i, j]
                counts[t, REACHED, i, j] += 1
                counts[t, ONSETS, i, j] += hour
                counts[t, EARLIEST, i, j] = min(counts[t, EARLIEST, i, j], hour)


@njit(nogil=True, cache=True, error_model="numpy")
def region_tiers(tier, whole, partly, start, cell, area, total, known, share, out):
    """Tier of each region: the highest that holds on ``share`` of its area, -1 where that is not known.

    The same decision as picking the cell at which the worst cells together first reach the share: the tier of
    that cell is at least t just if the cells of tier t or worse reach the share themselves. ``known`` (region) is
    the area of the cells that are known whatever the wind; a cell that is not (``whole`` 0, ``partly`` says that
    there are such) is known where it is blue or worse.
    """
    for r in range(total.shape[0]):
        blue, yellow, orange, red = 0.0, 0.0, 0.0, 0.0
        for k in range(start[r], start[r + 1]):  # four sums side by side: none waits for another
            t, a = tier[cell[k]], area[k]
            blue += a if t >= 1 else 0.0
            yellow += a if t >= 2 else 0.0
            orange += a if t >= 3 else 0.0
            red += a if t >= 4 else 0.0
        covered = known[r]
        if partly:
            for k in range(start[r], start[r + 1]):
                if tier[cell[k]] >= 1 and whole[cell[k]] == 0:
                    covered += area[k]
        need = share * total[r] * (1.0 - 1e-9)
        if red > 0.0 and red >= need:
            out[r] = 4
        elif orange > 0.0 and orange >= need:
            out[r] = 3
        elif yellow > 0.0 and yellow >= need:
            out[r] = 2
        elif blue > 0.0 and blue >= need:
            out[r] = 1
        else:
            part = covered / total[r]
            unknown = 1.0 - part if part < 1.0 - 1e-6 else 0.0
            could_be_blue = unknown > 0.0 and blue / total[r] + unknown >= share
            out[r] = 0 if covered > 0.0 and covered >= need and not could_be_blue else -1


@njit(nogil=True, cache=True, error_model="numpy")
def commit_regions(tiers, hourly, onsets, hourly_unknown, reaching, unknown):
    """Add the tiers (hour, region) of one whole member to the counts.

    ``hourly``, ``onsets`` are (4, hour, region), ``reaching`` (4, region). A region is unknown over the window
    where it is so at some hour: ``unknown`` (4, region) counts that for the tiers the member did not reach.
    """
    for region in range(tiers.shape[1]):
        highest, dark = 0, False
        for hour in range(tiers.shape[0]):
            now = tiers[hour, region]
            if now < 0:
                dark = True
                hourly_unknown[hour, region] += 1
                continue
            for t in range(now):
                hourly[t, hour, region] += 1
            for t in range(highest, now):
                onsets[t, hour, region] += 1
            highest = max(highest, now)
        for t in range(reaching.shape[0]):
            if t < highest:
                reaching[t, region] += 1
            elif dark:
                unknown[t, region] += 1


@njit(nogil=True, cache=True, error_model="numpy")
def strike_cells(path_latitude, path_longitude, north, west, row_step, column_step, angle, struck):
    """Set ``struck`` (y, x) to 1 where a centre of the path [degrees] comes within ``angle`` [radians].

    The first cell centre lies at ``north``, ``west``, rows go by ``row_step`` < 0, columns by ``column_step``
    [degrees]. Circles on the sphere: the cells of a row within one are an interval of longitude, and of one
    circle only what the last one did not cover is written.
    """
    rows, columns = struck.shape
    begun, ended = np.zeros(rows, np.int64), np.full(rows, -1, np.int64)
    half_chord, reach = sin(0.5 * angle) ** 2, angle * DEGREES
    for n in range(path_latitude.shape[0]):
        phi = radians(path_latitude[n])
        highest = ceil((path_latitude[n] + reach - north) / row_step)
        lowest = floor((path_latitude[n] - reach - north) / row_step)
        for i in range(max(highest, 0), min(lowest, rows - 1) + 1):
            lat = radians(north + i * row_step)
            left = half_chord - sin(0.5 * (lat - phi)) ** 2
            if left < 0.0:
                continue
            half = 2.0 * asin(min(1.0, sqrt(left / (cos(lat) * cos(phi))))) * DEGREES
            begin = max(ceil((path_longitude[n] - half - west) / column_step), 0)
            end = min(floor((path_longitude[n] + half - west) / column_step), columns - 1)
            for j in range(begin, min(end, begun[i] - 1) + 1):
                struck[i, j] = 1
            for j in range(max(ended[i] + 1, begin), end + 1):
                struck[i, j] = 1
            begun[i], ended[i] = begin, end
