"""Streams: where they are, their Strahler order, their links as a table, and how long water takes along a way.

Works on D8 codes as in ``accumulation``. Sides of cells are ``dx`` [m], one number or one a row, and ``dy`` [m].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from riskmap.blocks import bands
from riskmap.errors import DataError
from riskmap.terrain.accumulation import accumulate, checked_directions, downstream_index, flow_order
from riskmap.terrain.flow_direction import cell_sides


@dataclass(frozen=True, eq=False)
class Network:
    """Directions in the form in which loops along them are short.

    Attributes
    ----------
    shape : (int, int)
    order : int32 (cell,)
        Flat indices of the cells of the ground, each before the one it drains into.
    below : int32 (y * x,)
        Flat index of the cell that each drains into, its own where the water leaves, -1 outside the ground.
    dx : float64 (y,)
        Width of the cells of each row [m].
    dy : float
        Their height [m].
    """

    shape: tuple[int, int]
    order: NDArray[np.int32]
    below: NDArray[np.int32]
    dx: NDArray[np.float64]
    dy: float

    @classmethod
    def of(cls, directions: NDArray[np.uint8], *, dx: ArrayLike, dy: float) -> Network:
        """The network of D8 codes (y, x) with cells of ``dx`` by ``dy`` [m].

        Raises
        ------
        DataError
            Not D8 codes, directions in a circle, or sides that are not positive.
        """
        codes = checked_directions(directions)
        below = downstream_index(codes).reshape(-1)
        return cls(codes.shape, flow_order(codes), below, cell_sides(codes.shape[0], dx, dy), float(dy))

    def ends(self) -> NDArray[np.int64]:
        """Flat indices, rising, of the cells where the water leaves."""
        columns = self.shape[1]
        found = [np.empty(0, np.int64)]
        for rows in bands(self.shape):
            first, last = rows.start * columns, rows.stop * columns
            found.append(first + np.flatnonzero(self.below[first:last] == np.arange(first, last)))
        return np.concatenate(found)

    @property
    def steps(self) -> tuple[NDArray[np.float64], float, NDArray[np.float64]]:
        """Lengths of a step across (by row), along, and diagonally (by row) [m]."""
        return self.dx, self.dy, np.hypot(self.dx, self.dy)


def upstream_area(
    directions: NDArray[np.uint8],
    *,
    dx: ArrayLike,
    dy: float,
    tile: tuple[int, int] | None = None,
    workers: int | None = None,
) -> NDArray[np.float64]:
    """Area that drains through each cell, itself included [m2], float64 (y, x); NaN outside the ground.

    Parameters
    ----------
    directions : uint8 array (y, x)
    dx, dy : float or float array (y,), float
        Sides of the cells [m].
    tile, workers
        As in ``accumulate``.

    Raises
    ------
    DataError
        As ``accumulate``; sides that are not positive.

    Examples
    --------
    >>> upstream_area(np.array([[1, 1, 0]], np.uint8), dx=30.0, dy=30.0).tolist()
    [[900.0, 1800.0, 2700.0]]
    """
    areas = cell_sides(np.asarray(directions).shape[0], dx, dy)[:, None] * dy
    return accumulate(directions, areas, tile=tile, workers=workers)


def strahler_order(network: Network, streams: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Strahler's order of each stream cell, uint8 (y, x), 0 where there is no stream.

    Parameters
    ----------
    network : Network
    streams : bool array (y, x)
        Cells below a stream cell are streams too.

    References
    ----------
    Strahler (1957), Quantitative analysis of watershed geomorphology, Eos 38, 913 (M).

    Examples
    --------
    >>> codes = np.array([[2, 4, 8], [255, 4, 255], [1, 4, 255]], np.uint8)
    >>> strahler_order(Network.of(codes, dx=1.0, dy=1.0), codes != 255).tolist()
    [[1, 1, 1], [0, 2, 0], [1, 2, 0]]
    """
    from riskmap._kernels import streams as kernel

    out = np.zeros(streams.size, np.uint8)
    kernel.strahler(network.order, network.below, _streams(network, streams), out)
    return out.reshape(network.shape)


def stream_links(
    network: Network, streams: NDArray[np.bool_], dem: NDArray[np.floating], area: NDArray[np.floating]
) -> tuple[NDArray[np.int32], xr.Dataset]:
    """Links of the streams, from source or junction to the next junction, and their table.

    Parameters
    ----------
    network : Network
    streams : bool array (y, x)
    dem : float array (y, x)
        Height of the ground [m].
    area : float array (y, x)
        Upstream area [m2].

    Returns
    -------
    link : int32 array (y, x)
        Number of the link from 1 on, 0 where there is no stream.
    table : Dataset (link)
        ``row``, ``column`` of the first cell, ``end_row``, ``end_column`` of the last, ``downstream`` (0: none),
        ``strahler_order``, ``length`` [m] to the first cell of the next link, ``drop`` [m] over that length, ``slope``
        [m m-1], ``upstream_area`` [m2] at the last cell.

    Raises
    ------
    DataError
        An array of another shape.
    """
    from riskmap._kernels import streams as kernel

    flat = _streams(network, streams)
    order, below = network.order, network.below
    count, link = np.zeros(flat.size, np.uint8), np.zeros(flat.size, np.int32)
    kernel.count_above(order, below, flat, count)
    made = kernel.number_links(order, below, flat, count, link)
    first, last = np.full(made, -1, np.int64), np.full(made, -1, np.int64)
    after, length = np.zeros(made, np.int32), np.zeros(made)
    kernel.trace_links(order, below, link, network.shape[1], *network.steps, first, last, after, length)
    height = _flat(network, dem, "dem")
    end = np.where(after > 0, below[last], last)
    drop = height[first].astype(np.float64) - height[end].astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = np.where(length > 0, drop / length, np.nan)
    row, column = np.divmod(first, network.shape[1])
    end_row, end_column = np.divmod(last, network.shape[1])
    numbers: dict[str, tuple[str, Any, dict[str, str]]] = {
        "row": ("link", row, {}),
        "column": ("link", column, {}),
        "end_row": ("link", end_row, {}),
        "end_column": ("link", end_column, {}),
        "downstream": ("link", after, {"long_name": "the link that it runs into, 0 where there is none"}),
        "strahler_order": ("link", strahler_order(network, streams).reshape(-1)[last], {}),
        "length": ("link", length, {"units": "m"}),
        "drop": ("link", drop, {"units": "m"}),
        "slope": ("link", slope, {"units": "m m-1"}),
        "upstream_area": ("link", _flat(network, area, "area")[last], {"units": "m2"}),
    }
    table = xr.Dataset(numbers, {"link": np.arange(1, made + 1, dtype=np.int32)})
    return link.reshape(network.shape), table


def time_of_travel(network: Network, speed: NDArray[np.floating]) -> NDArray[np.float64]:
    """Time that water takes from each cell to where it leaves [s], float64 (y, x); NaN outside the ground.

    Parameters
    ----------
    network : Network
    speed : float array (y, x)
        Speed of the water in each cell [m s-1], above 0.

    Raises
    ------
    DataError
        A speed that is not above 0, or an array of another shape.

    Examples
    --------
    >>> net = Network.of(np.array([[1, 1, 0]], np.uint8), dx=30.0, dy=30.0)
    >>> time_of_travel(net, np.full((1, 3), 0.5)).tolist()
    [[120.0, 60.0, 0.0]]
    """
    from riskmap._kernels import streams as kernel

    swift = _flat(network, speed, "speed").astype(np.float64)
    if not np.all(swift[network.order] > 0):
        raise DataError(
            "a speed that is not above 0", where="speed", expected="m s-1, above 0 on the ground",
            found=f"{np.nanmin(swift[network.order]):g}", remedy="give a least speed, for example 0.01",
        )  # fmt: skip
    with np.errstate(invalid="ignore", divide="ignore"):
        cost = way_to_next(network).reshape(-1) / swift
    out = np.full(swift.size, np.nan)
    kernel.sum_way(network.order, network.below, cost, out)
    return out.reshape(network.shape)


def way_to_next(network: Network) -> NDArray[np.float64]:
    """Length of the step from each cell to the one it drains into [m], 0 where the water leaves, NaN outside; (y, x)."""
    columns = network.shape[1]
    here = np.arange(network.below.size)
    row, column = np.divmod(here, columns)
    down, across = np.divmod(network.below, columns)
    dx = network.dx[row]
    length = np.hypot((down != row) * network.dy, (across != column) * dx)
    return np.where(network.below < 0, np.nan, length).reshape(network.shape)


def _flat(network: Network, values: NDArray[Any], name: str) -> NDArray[Any]:
    if np.shape(values) != network.shape:
        raise DataError(
            "an array of another shape", where=name, expected=str(network.shape), found=str(np.shape(values)),
            remedy="make it from the same elevation model",
        )  # fmt: skip
    return np.ascontiguousarray(values).reshape(-1)


def _streams(network: Network, streams: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The streams, flat, on the ground alone."""
    return _flat(network, np.asarray(streams, bool), "streams") & (network.below >= 0)
