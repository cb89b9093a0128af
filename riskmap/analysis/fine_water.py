"""A quick map of flooded valleys hour by hour: the watersheds' discharge, a stage for each reach, the height above it.

Not the solver: no wave, no volume, no backwater, no tide (``riskmap.hazard.inundation`` has those). Confidence is low.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.analysis.basins import Basins, BasinWatch
from riskmap.analysis.fine_ground import FineGround, around, rows_and_columns
from riskmap.analysis.fine_units import Units
from riskmap.grid import Grid
from riskmap.hazard.flash_flood import bankfull_discharge, basin_weights, with_labels
from riskmap.hazard.flash_flood.guidance import BANKFULL_EXPONENT
from riskmap.hazard.flash_flood.watersheds import places
from riskmap.hazard.inundation.rating import RatingCurves, rating_curves
from riskmap.hazard.inundation.watch import ARRIVAL_DEPTH, hazard_class
from riskmap.hazard.runoff.network import upstream_area as area_above
from riskmap.rules import HazardRule
from riskmap.terrain.basins import small_watersheds
from riskmap.terrain.streams import Network, stream_links

Numbers = NDArray[np.float64]

REACH_BASIN: Final = 20e6
"""The fine watersheds whose discharge is computed stay below this [m2] (status D)."""

FLOODPLAIN_MANNING: Final = 0.06
"""Manning's n of flooded valley floors [s m-1/3]: light brush and trees, Chow (1959), table 5-6 (status M)."""

LEAST_FALL: Final = 1e-4
"""Reaches that fall less count as this steep [m m-1] (status D)."""

UNSEEN_SHARE: Final = 0.2
"""Where more than this share of a reach's water comes from beyond the elevation model, its stage is unknown (status D)."""

STAGES: Final[Numbers] = np.concatenate(
    [np.arange(0.0, 2.0, 0.1), np.arange(2.0, 5.0, 0.25), np.arange(5.0, 10.0, 0.5), np.arange(10.0, 20.5, 1.0)]
)  # fmt: skip
"""Heights above the drainage [m] of the rating curves, and the steps in which heights are told apart (status D): a
cell counts as low as its step begins, so that no depth is too small."""


@dataclass(frozen=True, eq=False)
class Reaches:
    """Reaches of the streams, and the fine cells by reach and height above it.

    Attributes
    ----------
    units : Units
    reach, height : int64 and float64 arrays (unit,)
        Reach, -1 for what is dry at any stage, -2 for what is unknown; lowest height above it [m].
    curves : RatingCurves
    slope : float64 array (reach,)
        [m m-1].
    area : float64 array (reach,)
        Upstream area at the lower end [m2].
    watershed : int64 array (reach,)
        Place of the watershed that the lower end lies in.
    known : bool array (reach,)
        Whether the elevation model holds (nearly) all of the land above.
    basins : Basins
        The fine watersheds, with their shares of the hazards' cells.
    streams : bool array (y, x)
        Where the streams run.
    """

    units: Units
    reach: NDArray[np.int64]
    height: Numbers
    curves: RatingCurves
    slope: Numbers
    area: Numbers
    watershed: NDArray[np.int64]
    known: NDArray[np.bool_]
    basins: Basins
    streams: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Drained:
    """What ``riskmap.analysis.fine`` derives of a ground for both hazards: heights [m], streams, areas [m2], each (y, x)."""

    filled: NDArray[np.float32]
    network: Network
    streams: NDArray[np.bool_]
    area: Numbers
    height: NDArray[np.float32]
    slope: NDArray[np.float32]


def reaches_of(
    ground: FineGround, drained: Drained, unseen: Numbers, over: Grid, *, gauged: Numbers | None = None
) -> Reaches:
    """Reaches, their rating curves and their cells.

    Parameters
    ----------
    ground : FineGround
    drained : Drained
    unseen : float64 array (y, x)
        Area beyond the elevation model that drains through each cell [m2].
    over : Grid
        Of the rain.
    gauged : float64 array (y, x), optional
        Area beyond it whose water hydrographs bring [m2].
    """
    network, grid = drained.network, ground.grid
    link, table = stream_links(network, drained.streams, drained.filled, drained.area)
    ends = table["end_row"].values, table["end_column"].values
    slope = np.maximum(np.nan_to_num(table["slope"].values), LEAST_FALL)
    reach = _reach_of_cells(ground, drained, link, len(slope))
    low = (reach >= 0) & (drained.height <= STAGES[-1])
    areas = np.broadcast_to((network.dx * network.dy)[:, None], network.shape)
    curves = rating_curves(
        drained.height[low][None], reach[low].astype(np.int64)[None],
        length=np.maximum(table["length"].values, network.dy), slope=slope,
        manning=np.full(len(slope), FLOODPLAIN_MANNING), cell_area=areas[low][None], stages=STAGES,
        ground_slope=np.nan_to_num(drained.slope[low])[None],
    )  # fmt: skip
    units, of_unit, height = _units(reach, drained.height, low, len(slope), grid, over)
    labels, watersheds = small_watersheds(network, drained.filled, drained.slope, max_area=REACH_BASIN)
    rows, columns = rows_and_columns(grid, over)
    weights = basin_weights(
        labels, rows, columns, over.shape, count=watersheds.sizes["watershed"], row_weight=grid.cell_area
    )
    named = with_labels(watersheds, labels, grid.latitude, grid.longitude)
    basins = Basins(named, weights, np.ones(watersheds.sizes["watershed"], np.bool_), round(ground.cell, 1))
    area = table["upstream_area"].values
    above = area + unseen[ends] + (0.0 if gauged is None else gauged[ends])
    known = unseen[ends] <= UNSEEN_SHARE * above
    place = labels[ends].astype(np.int64) - 1
    return Reaches(units, of_unit, height, curves, slope, area, place, known, basins, drained.streams)


DRY: Final = -1
"""Reach of what is dry at any stage."""

UNKNOWN: Final = -2
"""Reach of what is unknown."""


def _reach_of_cells(
    ground: FineGround, drained: Drained, link: NDArray[np.int32], count: int
) -> NDArray[np.int32]:
    """Reach that each cell drains to; -1 by no stream to the sea, and at sea; -2 without a height, or low at the edge.

    What leaves over the edge by no stream may lie on the flood plain of a river beyond, unless it stands higher above
    the edge than any stage.
    """
    from riskmap._kernels import streams as kernel

    network = drained.network

    label = np.ascontiguousarray(link, np.int32).reshape(-1).copy()
    ends = (network.below == np.arange(network.below.size)) & (label == 0)
    label[ends] = np.where(around(ground.sea).reshape(-1)[ends], count + 1, count + 2)
    kernel.carry_up(network.order, network.below, label)
    out = label.reshape(network.shape) - np.int32(1)
    out[out == count] = DRY
    beyond = out == count + 1
    out[beyond] = np.where(drained.height[beyond] > STAGES[-1], DRY, UNKNOWN)
    out[network.below.reshape(network.shape) < 0] = UNKNOWN
    out[ground.sea] = DRY
    return out


def _units(
    reach: NDArray[np.int32], height: NDArray[np.float32], low: NDArray[np.bool_], count: int, grid: Grid, over: Grid
) -> tuple[Units, NDArray[np.int64], Numbers]:  # fmt: skip
    """Units of reach and step of height; the first is what stays dry, the second what is unknown."""
    steps = len(STAGES)
    present = np.zeros(count * steps, bool)
    key = np.empty(reach.shape, np.int32)
    for k in range(len(reach)):  # row by row: what is needed in between stays small
        at = low[k]
        step = np.searchsorted(STAGES, height[k][at].astype(np.float64), side="right") - 1
        key[k][at] = reach[k][at] * steps + step
        present[key[k][at]] = True
    number = np.cumsum(present, dtype=np.int32) + np.int32(1)
    for k in range(len(reach)):
        at = low[k]
        found = number[key[k][at]]
        key[k] = (reach[k] == UNKNOWN).astype(np.int32)  # 1 unknown, 0 dry
        key[k][at] = found
    of, step = np.divmod(np.flatnonzero(present), steps)
    units = Units.of(key, len(of) + 2, grid, over)
    head = np.array([DRY, UNKNOWN])
    return units, np.concatenate([head, of]), np.concatenate([[0.0, 0.0], STAGES[step]])


class WaterWatch:
    """Rain of the fine watersheds while the hours stream by, and then the map of each hour.

    Parameters
    ----------
    reaches : Reaches
    hours : datetime64 (hour,)
        Ends of the hours of rain, UTC.
    """

    def __init__(self, reaches: Reaches, hours: NDArray[np.datetime64]) -> None:
        self.reaches = reaches
        self._rain = BasinWatch(reaches.basins, hours)

    def hour(self, n: int, fallen: NDArray[np.float32]) -> None:
        """Take in the rain of hour ``n`` [mm], (y, x) of the hazards' grid."""
        self._rain.hour(n, fallen)

    def discharge(
        self, rule: HazardRule, hours: NDArray[np.datetime64], *, soil: NDArray[np.floating] | float, curve_number: float | None
    ) -> Numbers:  # fmt: skip
        """Discharge of every reach beyond what its channel holds [m3 s-1], (reach, time); NaN where unknown.

        The watershed's discharge, scaled by area to the power of bankfull discharge (status D). An elevation model of
        tens of metres has no channel in it: what the channel carries at bankfull is taken off (status D).

        Parameters
        ----------
        rule : HazardRule
            Of flash floods.
        hours : datetime64 (time,)
            Valid hours, UTC, the first of them the analysis.
        soil : float or array (y, x) of the hazards' grid
            Soil-water index before the first hour of rain [mm].
        curve_number : float, optional
            Without it that of a middling watershed is taken.
        """
        found = self._rain.finish(rule, analysis=hours[0], soil=soil, curve_number=curve_number)
        flow = found["discharge"].sel(time=hours).values.astype(np.float64)
        watersheds = self.reaches.basins.watersheds
        whole = area_above(watersheds["area"].values.astype(np.float64), places(watersheds))
        mine = self.reaches.watershed
        share = np.minimum(self.reaches.area / whole[mine], 1.0) ** BANKFULL_EXPONENT
        over = flow[mine] * share[:, None] - bankfull_discharge(self.reaches.area)[:, None]
        over[~self.reaches.known] = np.nan
        return np.asarray(np.where(np.isnan(over), np.nan, np.maximum(over, 0.0)))

    def fields(self, discharge: Numbers) -> Iterator[xr.Dataset]:
        """Hour by hour of a discharge (reach, time) [m3 s-1]: depth [m], speed [m s-1] and class of every unit."""
        stages = stages_of(self.reaches.curves, discharge)
        reach = self.reaches.reach
        wet = reach >= 0
        at = np.where(wet, reach, len(stages))  # one reach more, for what has none
        root = np.append(np.sqrt(self.reaches.slope), 0.0)[at] / FLOODPLAIN_MANNING
        for stage in stages.T:
            depth = np.maximum(np.append(stage, 0.0)[at] - self.reaches.height, 0.0)
            depth[reach == UNKNOWN] = np.nan
            speed = depth ** (2.0 / 3.0) * root
            classes = np.where(depth >= ARRIVAL_DEPTH, hazard_class(depth, speed), 0).astype(np.float32)
            classes[np.isnan(depth)] = np.nan
            yield xr.Dataset(
                {
                    "depth": ("unit", depth.astype(np.float32), {"units": "m"}),
                    "speed": ("unit", speed.astype(np.float32), {"units": "m s-1"}),
                    "inundation_class": ("unit", classes, {"units": "1"}),
                }
            )


def stages_of(curves: RatingCurves, discharge: Numbers) -> Numbers:
    """Stage [m] of each reach and hour at its discharge [m3 s-1], (reach, time).

    Beyond the curve it is the highest stage: so much is sure. NaN where discharge or curve are unknown.
    """
    out = np.empty(discharge.shape)
    for k, (flow, curve) in enumerate(zip(discharge, curves.discharge, strict=True)):
        known = bool(np.isfinite(curve).all())
        out[k] = np.where(flow > 0.0, np.interp(flow, curve, curves.stages), flow * 0.0) if known else np.nan
    return out
