"""Small watersheds that the scenario gives: they go before those derived from the relief, wherever they lie.

Their outlines are kept on cells much finer than the hazards' grid, so that a watershed of a few square kilometres keeps its
size; derived watersheds keep theirs for the rain and the water that they send down, and are judged on what is left of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.analysis.basins import Basins
from riskmap.grid import Grid
from riskmap.hazard.flash_flood import OwnThresholds, VillageReason, basin_weights
from riskmap.hazard.flash_flood.watersheds import LABEL, TABLE, BasinWeights

PAINTED: Final = 0.5
"""A given watershed is drawn on every cell of which it holds at least this share, and on the one that it holds most of
(status D)."""


@dataclass(frozen=True, eq=False)
class GivenWatersheds:
    """Watersheds of the user, in place of derived ones.

    Attributes
    ----------
    codes, names : tuple of str
        By number less one.
    labels : int32 array (y * factor, x * factor)
        Numbers from 1 on, 0 where there is none, on cells ``factor`` times as fine as the hazards' grid.
    table : Dataset (watershed)
        ``area`` [m2], ``main_length``, ``main_drop`` [m], ``mean_slope`` [m m-1], ``downstream`` (number among these, 0 none).
    """

    codes: tuple[str, ...]
    names: tuple[str, ...]
    labels: NDArray[np.int32]
    factor: int
    table: xr.Dataset


@dataclass(frozen=True, eq=False)
class FloodInputs:
    """What a scenario knows of its small watersheds and of the people in them.

    Attributes
    ----------
    basins : Basins or None
        Watersheds, derived or given; None = to be derived from the relief.
    own : OwnThresholds or None
        Of these watersheds.
    villages : tuple of VillageReason
        Villages by streams, with the criteria that they meet.
    example : bool
        The villages are invented (示例).
    """

    basins: Basins | None = None
    own: OwnThresholds | None = None
    villages: tuple[VillageReason, ...] = field(default=())
    example: bool = False


def with_given(basins: Basins, given: GivenWatersheds, grid: Grid) -> Basins:
    """Derived watersheds of a grid and the given ones behind them, numbered on.

    Parameters
    ----------
    basins : Basins
        From ``Basins.of``.
    given : GivenWatersheds
    grid : Grid
    """
    derived, count, more = basins.labels, basins.watersheds.sizes["watershed"], len(given.codes)
    rows, columns = (np.repeat(np.arange(n), given.factor) for n in grid.shape)
    fine_area = np.repeat(grid.cell_area, given.factor) / given.factor**2
    own = basin_weights(given.labels, rows, columns, grid.shape, count=more, row_weight=fine_area)
    share, painted = _left_over(derived, own, grid, count)
    names = ("downstream", *TABLE)
    joined = {}
    for name in names:
        mine = given.table[name].values.astype(np.float64)
        if name == "downstream":
            mine = np.where(mine > 0, mine + count, 0)
        both = np.concatenate([basins.watersheds[name].values.astype(np.float64), mine])
        kind = np.int32 if name == "downstream" else np.float64
        joined[name] = ("watershed", both.astype(kind), basins.watersheds[name].attrs)
    number = np.arange(1, count + more + 1, dtype=np.int32)
    y, x = (basins.watersheds[axis].values for axis in ("y", "x"))
    table = xr.Dataset(joined | {LABEL: (("y", "x"), painted)}, coords={"watershed": number, "y": y, "x": x})
    return replace(
        basins, watersheds=table, weights=_joined(basins.weights, own), share=share,
        hilly=np.append(basins.hilly, np.ones(more, np.bool_)), codes=("",) * count + given.codes,
        names=("",) * count + given.names, finer=(given.labels, given.factor, count), beneath=derived,
    )  # fmt: skip


def _left_over(
    derived: NDArray[np.int32], own: BasinWeights, grid: Grid, count: int
) -> tuple[BasinWeights, NDArray[np.int32]]:
    """Part of each cell in each watershed, the sea and the unknown last left out; and the number drawn on each cell."""
    cells = derived.size
    area = np.repeat(grid.cell_area, derived.shape[1])
    of = np.repeat(np.arange(len(own.total)), np.diff(own.first))
    part = own.weight / area[own.cell]
    taken = np.bincount(own.cell, weights=part, minlength=cells)
    left = np.clip(1.0 - taken, 0.0, 1.0)
    left[left < 1e-9] = 0.0
    label = derived.ravel()
    rest = np.flatnonzero((label > 0) & (left > 0.0))
    number = np.concatenate([label[rest] - 1, of + count])
    cell, weight = np.concatenate([rest, own.cell]), np.concatenate([left[rest], part])
    order = np.argsort(number, kind="stable")
    first = np.searchsorted(number[order], np.arange(count + len(own.total) + 1))
    total = np.bincount(number, weights=weight, minlength=count + len(own.total))
    painted = label.copy()
    most = np.zeros(cells)
    for k in range(len(own.total)):
        mine = slice(int(own.first[k]), int(own.first[k + 1]))
        at, held = own.cell[mine], part[mine]
        if not at.size:
            continue
        drawn = (held >= PAINTED) | (held == held.max())
        drawn &= held > most[at]
        painted[at[drawn]] = count + k + 1
        most[at[drawn]] = held[drawn]
    shares = BasinWeights(
        cell[order], weight[order], first.astype(np.int64), total.astype(np.float64), own.shape
    )
    return shares, painted.reshape(derived.shape).astype(np.int32)


def _joined(one: BasinWeights, other: BasinWeights) -> BasinWeights:
    first = np.concatenate([one.first[:-1], other.first + one.first[-1]])
    return BasinWeights(
        cell=np.concatenate([one.cell, other.cell]), weight=np.concatenate([one.weight, other.weight]),
        first=first.astype(np.int64),
        total=np.concatenate([one.total, other.total]), shape=one.shape,
    )  # fmt: skip
