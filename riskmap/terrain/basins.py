"""Basins by their outlets, and small watersheds (小流域): the land cut into parts that flash floods are judged by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.blocks import bands
from riskmap.errors import DataError
from riskmap.terrain.slopes import SlopeRows
from riskmap.terrain.streams import Network

SMALL_WATERSHED: Final = 200e6
"""Area below which a watershed counts as small [m2]: 小流域, in principle below 200 km2 (read in a public text on
flash floods, status S there)."""

LEAST_STRIP: Final = 2e6
"""Parts along the coast or the border that are smaller than this are joined with their neighbours [m2] (status D)."""

Labels = NDArray[np.int32]


def basins(network: Network, outlets: NDArray[np.bool_] | None = None) -> Labels:
    """Number of the outlet that each cell drains to, int32 (y, x) from 1 on; 0 outside the ground or above no outlet.

    Parameters
    ----------
    network : Network
    outlets : bool array (y, x), optional
        Where basins end, the upper of two on one way having its own; by default all cells where water leaves. They are
        numbered row by row.

    Raises
    ------
    DataError
        Outlets of another shape.

    Examples
    --------
    >>> basins(Network.of(np.array([[16, 1, 1], [64, 0, 255]], np.uint8), dx=1.0, dy=1.0)).tolist()
    [[1, 2, 2], [1, 3, 0]]
    """
    if outlets is None:
        return _basins_above(network, network.ends())
    at = np.asarray(outlets, bool)
    if at.shape != network.shape:
        raise DataError(
            "outlets of another shape", where="outlets", expected=str(network.shape), found=str(at.shape),
            remedy="mark them on the grid of the directions",
        )  # fmt: skip
    return _basins_above(network, np.flatnonzero(at.reshape(-1) & (network.below >= 0)))


def _basins_above(network: Network, outlets: NDArray[np.int64]) -> Labels:
    """Place, from 1 on, of the outlet (flat index) that each cell drains to, (y, x)."""
    from riskmap._kernels import streams as kernel

    labels = np.zeros(network.below.size, np.int32)
    labels[outlets] = np.arange(1, len(outlets) + 1)
    kernel.carry_up(network.order, network.below, labels)
    return labels.reshape(network.shape)


def small_watersheds(
    network: Network,
    dem: NDArray[np.floating],
    slope: NDArray[np.floating] | SlopeRows,
    *,
    max_area: float = SMALL_WATERSHED,
    least_strip: float = LEAST_STRIP,
) -> tuple[Labels, xr.Dataset]:
    """The ground cut into watersheds of less than ``max_area``, all of each draining to its outlet, but for coastal strips.

    Where more than that comes together, the heaviest branches become watersheds of their own first: no other way
    of cutting a tree has fewer parts. What drains straight into the sea or off the grid and is smaller than
    ``least_strip`` is joined with such neighbours to a strip, or else with the part next to it.

    Parameters
    ----------
    network : Network
    dem : float array (y, x)
        Height of the ground [m].
    slope : float array (y, x) or SlopeRows
        Slope [m m-1].
    max_area, least_strip : float
        Areas [m2].

    Returns
    -------
    label : int32 array (y, x)
        Number of the watershed from 1 on, 0 outside the ground.
    table : Dataset (watershed)
        ``area`` [m2], ``outlet_row``, ``outlet_column``, ``downstream`` (number of the watershed that it drains into,
        0: none), ``main_length`` [m] of the longest way of water to the outlet within the watershed, ``main_drop`` [m]
        from its beginning, ``main_slope`` and ``mean_slope`` [m m-1], ``mean_elevation`` [m], ``joined`` (small parts of the coast
        or the border belong to it that do not drain to its outlet; the outlet is that of the largest part).

    Raises
    ------
    DataError
        An array of another shape.

    References
    ----------
    Kundu and Misra (1977), A linear tree partitioning algorithm, SIAM Journal on Computing 6, 151 (M).

    Examples
    --------
    Four cells of 1 km2 down a valley, where no watershed may have 3 km2: the upper half drains into the lower.

    >>> valley = Network.of(np.array([[1, 1, 1, 0]], np.uint8), dx=1000.0, dy=1000.0)
    >>> label, table = small_watersheds(valley, np.array([[40.0, 30.0, 20.0, 10.0]]), np.full((1, 4), 0.01),
    ...                                 max_area=3e6, least_strip=0.0)
    >>> label.tolist(), table["downstream"].values.tolist(), table["area"].values.tolist()
    ([[1, 1, 2, 2]], [2, 0], [2000000.0, 2000000.0])
    """
    from riskmap._kernels import streams as kernel

    for name, values in (("dem", dem), ("slope", slope)):
        if np.shape(values) != network.shape:
            raise DataError(
                "an array of another shape", where=name, expected=str(network.shape), found=str(np.shape(values)),
                remedy="make it from the same elevation model",
            )  # fmt: skip
    rows, columns = network.shape
    order, below = network.order, network.below
    area = network.dx * network.dy
    held, cut = np.zeros(below.size), np.zeros(below.size, bool)
    kernel.split(order, below, rows, columns, area, max_area, held, cut)
    outlet = np.flatnonzero(cut)
    way, head = (
        held,
        np.arange(below.size, dtype=np.int32),
    )  # one array for both: they are a third of the memory
    way[:] = 0.0
    kernel.longest_way(order, below, columns, *network.steps, cut, way, head)
    far = way[outlet], head[outlet]
    del held, way, head, cut
    label = _basins_above(network, outlet)
    down = below[outlet]
    downstream = np.where(down == outlet, 0, label.reshape(-1)[down])
    size = _sums(label, lambda rows: area[rows, None], len(outlet))[1:]
    new, keep = _join_strips(label, size, downstream, max_area, least_strip)
    for part in bands(label.shape):
        label[part] = new[label[part]]
    outlet, downstream = outlet[keep], new[downstream[keep]]
    return label, _table(
        network, label, dem, slope, outlet=outlet, downstream=downstream,
        way=far[0][keep], head=far[1][keep], joined=np.bincount(new[1:], minlength=len(keep) + 1)[1:] > 1,
    )  # fmt: skip


def _sums(label: Labels, values: Callable[[slice], NDArray[Any]], count: int) -> NDArray[np.float64]:
    """Sum over each label, 0 included, of what ``values`` gives for some rows at a time; NaN counts as 0."""
    total = np.zeros(count + 1)
    for rows in bands(label.shape):
        part = np.broadcast_to(np.asarray(values(rows), np.float64), label[rows].shape)
        part = np.nan_to_num(part, nan=0.0)
        total += np.bincount(label[rows].ravel(), weights=part.ravel(), minlength=count + 1)
    return total


def _join_strips(
    label: Labels, size: NDArray[np.float64], downstream: NDArray[np.int32], most: float, least: float
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """New number of each label, 0 included, and the old index that each new one takes its outlet from."""
    from riskmap._kernels import connected as kernel

    fed = np.zeros(len(size) + 1, bool)
    fed[downstream] = True
    small = np.append(False, (size < least) & (downstream == 0) & ~fed[1:])
    patch = np.empty(label.shape, np.int32)
    kernel.label_patches(small[label], patch)
    of = np.zeros(len(small), np.int64)
    of[label[patch > 0]] = patch[patch > 0]  # all cells of a part hang together
    weight = np.bincount(of, weights=np.append(0.0, size))
    of[weight[of] >= most] = 0
    group = np.where(of > 0, of + len(small), np.arange(len(small)))
    _absorb(group, label, np.append(0.0, size), small, most, least)
    group = group[1:]
    by_size = np.lexsort((-size, group))
    first = np.unique(group[by_size], return_index=True)[1]
    keep = np.sort(by_size[first])  # the largest part of each group, in the old order
    place = {int(g): n + 1 for n, g in enumerate(group[keep].tolist())}
    return np.array([0, *(place[int(g)] for g in group.tolist())], np.int32), keep


def _absorb(
    group: NDArray[np.int64],
    label: Labels,
    size: NDArray[np.float64],
    small: NDArray[np.bool_],
    most: float,
    least: float,
) -> None:
    """Join what is still too small with the part that it has most sides and corners in common with, in place."""
    total = np.bincount(group, weights=size)
    tiny = small & (total[group] < least)
    pairs: list[NDArray[np.int64]] = []
    for down, across in ((0, 1), (1, -1), (1, 0), (1, 1)):
        one = label[: label.shape[0] - down, max(0, -across) : label.shape[1] - max(0, across)]
        other = label[down:, max(0, across) : label.shape[1] - max(0, -across)]
        for a, b in ((one, other), (other, one)):
            at = tiny[a] & (b > 0) & (a != b)
            pairs.append(np.stack([group[a[at]], group[b[at]]], axis=1))
    found, times = np.unique(np.concatenate(pairs), axis=0, return_counts=True)
    found, times = found[found[:, 0] != found[:, 1]], times[found[:, 0] != found[:, 1]]
    into: dict[int, int] = {}
    taking: set[int] = set()
    for k in np.lexsort((found[:, 1], -times)).tolist():
        part, whole = int(found[k, 0]), int(found[k, 1])
        whole = into.get(whole, whole)
        taken = part in into or part in taking or part == whole
        if not taken and total[part] + total[whole] < most:
            into[part] = whole
            taking.add(whole)
            total[whole] += total[part]
    new = np.arange(len(total))
    new[list(into.keys())] = list(into.values())
    group[:] = new[group]


def _table(
    network: Network,
    label: Labels,
    dem: NDArray[np.floating],
    slope: NDArray[np.floating] | SlopeRows,
    *,
    outlet: NDArray[np.int64],
    downstream: NDArray[np.int32],
    way: NDArray[np.float64],
    head: NDArray[np.int32],
    joined: NDArray[np.bool_],
) -> xr.Dataset:
    count = len(outlet)
    area = (network.dx * network.dy)[:, None]
    size = _sums(label, lambda rows: area[rows], count)[1:]
    height = np.asarray(dem).reshape(-1)
    # heights as they were before filling: on a coarse relief the longest way may begin in a pit below its outlet
    drop = np.maximum(height[head].astype(np.float64) - height[outlet], 0.0)

    def known(rows: slice) -> NDArray[np.float64]:
        return np.where(np.isnan(slope[rows]), 0.0, area[rows])

    with np.errstate(invalid="ignore", divide="ignore"):
        steep = np.where(way > 0, drop / way, np.nan)
        sloping = _sums(label, lambda rows: slope[rows] * known(rows), count)[1:]
        mean_slope = sloping / _sums(label, known, count)[1:]
        mean_height = _sums(label, lambda rows: dem[rows] * area[rows], count)[1:] / size
    row, column = np.divmod(outlet, network.shape[1])
    numbers: dict[str, tuple[str, Any, dict[str, str]]] = {
        "area": ("watershed", size, {"units": "m2"}),
        "outlet_row": ("watershed", row, {}),
        "outlet_column": ("watershed", column, {}),
        "downstream": ("watershed", downstream, {"long_name": "watershed that it drains into, 0: none"}),
        "main_length": ("watershed", way, {"units": "m"}),
        "main_drop": ("watershed", drop, {"units": "m"}),
        "main_slope": ("watershed", steep, {"units": "m m-1"}),
        "mean_slope": ("watershed", mean_slope, {"units": "m m-1"}),
        "mean_elevation": ("watershed", mean_height, {"units": "m"}),
        "joined": ("watershed", joined, {"long_name": "with small parts along the coast or the border"}),
    }
    return xr.Dataset(numbers, {"watershed": np.arange(1, count + 1, dtype=np.int32)})
