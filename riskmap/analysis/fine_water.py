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
from riskmap.blocks import bands
from riskmap.grid import Grid
from riskmap.hazard.flash_flood import bankfull_discharge, basin_weights, with_labels
from riskmap.hazard.flash_flood.guidance import BANKFULL_EXPONENT
from riskmap.hazard.flash_flood.watersheds import places
from riskmap.hazard.inundation.rating import RatingCurves, WetSums
from riskmap.hazard.inundation.watch import ARRIVAL_DEPTH, hazard_class
from riskmap.hazard.runoff.network import upstream_area as area_above
from riskmap.rules import HazardRule
from riskmap.terrain.basins import small_watersheds
from riskmap.terrain.slopes import SlopeRows
from riskmap.terrain.streams import Network

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
class Links:
    """The streams' links, and how much of their water the elevation model does not hold.

    Attributes
    ----------
    table : Dataset (link)
        See ``riskmap.terrain.streams.stream_links``.
    unseen, gauged : float64 arrays (link,)
        Area beyond the elevation model that drains through the lower end [m2]: of which nothing is known, and whose water
        hydrographs bring.
    """

    table: xr.Dataset
    unseen: Numbers
    gauged: Numbers

    @property
    def slope(self) -> Numbers:
        """Slope of each link [m m-1]."""
        return np.asarray(np.maximum(np.nan_to_num(self.table["slope"].values), LEAST_FALL))

    @property
    def ends(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Row and column of each lower end."""
        return np.asarray(self.table["end_row"].values), np.asarray(self.table["end_column"].values)

    def known(self) -> NDArray[np.bool_]:
        """Whether the elevation model holds (nearly) all of the land above each lower end."""
        above = self.table["upstream_area"].values + self.unseen + self.gauged
        return np.asarray(self.unseen <= UNSEEN_SHARE * above)


@dataclass(frozen=True, eq=False)
class ReachUnits:
    """The fine cells by reach and step of height above it, see ``Reaches``."""

    units: Units
    reach: NDArray[np.int64]
    height: Numbers
    curves: RatingCurves


def reach_units(
    ground: FineGround, network: Network, link: NDArray[np.int32], height: NDArray[np.float32], slope: SlopeRows,
    links: Links, over: Grid,
) -> ReachUnits:  # fmt: skip
    """Rating curves of the reaches, and their cells.

    Parameters
    ----------
    ground : FineGround
    network : Network
    link : int32 array (y, x)
        Number of the link from 1 on, 0 where there is no stream. It is used up: what is returned lies in its memory.
    height : float32 array (y, x)
        Above the drainage [m].
    slope : SlopeRows
        Of the filled ground.
    links : Links
    over : Grid
        Of the rain.
    """
    steep = links.slope
    reach = _reach_of_cells(ground.sea, network, height, link, len(steep))
    low = (reach >= 0) & (height <= STAGES[-1])
    area, sums = (network.dx * network.dy)[:, None], WetSums(len(steep), STAGES)
    for rows in bands(low.shape):
        at = low[rows]
        areas = np.broadcast_to(area[rows], at.shape)
        sums.add(
            height[rows][at],
            reach[rows][at],
            cell_area=areas[at],
            ground_slope=np.nan_to_num(slope[rows][at]),
        )
    curves = sums.curves(
        length=np.maximum(links.table["length"].values, network.dy), slope=steep,
        manning=np.full(len(steep), FLOODPLAIN_MANNING),
    )  # fmt: skip
    return ReachUnits(*_units(reach, height, low, len(steep), ground.grid, over), curves)


def fine_basins(
    ground: FineGround, network: Network, filled: NDArray[np.float32], slope: SlopeRows, over: Grid
) -> Basins:
    """The fine watersheds whose discharge is computed, with their shares of the hazards' cells.

    Parameters
    ----------
    ground : FineGround
    network : Network
    filled : float32 array (y, x)
        Filled ground [m].
    slope : SlopeRows
        Of it.
    over : Grid
        Of the rain.
    """
    labels, watersheds = small_watersheds(network, filled, slope, max_area=REACH_BASIN)
    rows, columns = rows_and_columns(ground.grid, over)
    weights = basin_weights(
        labels,
        rows,
        columns,
        over.shape,
        count=watersheds.sizes["watershed"],
        row_weight=ground.grid.cell_area,
    )
    named = with_labels(watersheds, labels, ground.grid.latitude, ground.grid.longitude)
    return Basins(named, weights, np.ones(watersheds.sizes["watershed"], np.bool_), round(ground.cell, 1))


def reaches_of(found: ReachUnits, links: Links, basins: Basins, streams: NDArray[np.bool_]) -> Reaches:
    """Reaches with their watersheds; ``streams`` (y, x)."""
    place = basins.labels[links.ends].astype(np.int64) - 1
    area = links.table["upstream_area"].values
    return Reaches(
        found.units,
        found.reach,
        found.height,
        found.curves,
        links.slope,
        area,
        place,
        links.known(),
        basins,
        streams,
    )


DRY: Final = -1
"""Reach of what is dry at any stage."""

UNKNOWN: Final = -2
"""Reach of what is unknown."""


def _reach_of_cells(
    sea: NDArray[np.bool_], network: Network, height: NDArray[np.float32], link: NDArray[np.int32], count: int
) -> NDArray[np.int32]:
    """Reach that each cell drains to; -1 by no stream to the sea, and at sea; -2 without a height, or low at the edge.

    What leaves over the edge by no stream may lie on the flood plain of a river beyond, unless it stands higher above
    the edge than any stage. Takes the place of ``link`` in memory.
    """
    from riskmap._kernels import streams as kernel

    label = link.reshape(-1)
    ends = network.ends()
    ends = ends[label[ends] == 0]
    label[ends] = np.where(around(sea).reshape(-1)[ends], count + 1, count + 2)
    kernel.carry_up(network.order, network.below, label)
    label -= np.int32(1)
    out = label.reshape(network.shape)
    out[out == count] = DRY
    beyond = out == count + 1
    out[beyond] = np.where(height[beyond] > STAGES[-1], DRY, UNKNOWN)
    out[network.below.reshape(network.shape) < 0] = UNKNOWN
    out[sea] = DRY
    return out


def _units(
    reach: NDArray[np.int32], height: NDArray[np.float32], low: NDArray[np.bool_], count: int, grid: Grid, over: Grid
) -> tuple[Units, NDArray[np.int64], Numbers]:  # fmt: skip
    """Units of reach and step of height; the first is what stays dry, the second what is unknown. ``reach`` becomes their labels."""
    steps = len(STAGES)
    present = np.zeros(count * steps, bool)
    for at, mine, above in zip(
        low, reach, height, strict=True
    ):  # row by row: what is needed in between stays small
        step = np.searchsorted(STAGES, above[at].astype(np.float64), side="right") - 1
        key = mine[at] * steps + step
        present[key] = True
        mine[at] = key
    number = np.cumsum(present, dtype=np.int32) + np.int32(1)
    for at, mine in zip(low, reach, strict=True):
        found = number[mine[at]]
        mine[:] = mine == UNKNOWN  # 1 unknown, 0 dry
        mine[at] = found
    of, step = np.divmod(np.flatnonzero(present), steps)
    units = Units.of(reach, len(of) + 2, grid, over)
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
