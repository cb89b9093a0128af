"""People registered as points: so many of them on cells at a tier raise their region, however small the cells' area.

A hamlet in a gully is no share of a county. Off where no register of points is given, and never for wind and rain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.aggregate import bounds_of
from riskmap.region import Region
from riskmap.rules import HazardRule, PeopleRule
from riskmap.scale import NO_DATA, Tier
from riskmap.severity import CellSeverity

Locate = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.int64]]
"""(longitude, latitude) -> index of the cell of each point, as a hazard counts its cells; -1 where it has none."""


@dataclass(frozen=True, eq=False)
class Register:
    """Households as points.

    Attributes
    ----------
    longitude, latitude : float64 (household,)
        [degrees]
    people : int64 (household,)
    """

    longitude: NDArray[np.float64]
    latitude: NDArray[np.float64]
    people: NDArray[np.int64]


class RegisteredPeople:
    """Counts the registered people of every region by the tier of the cell that they live on.

    Parameters
    ----------
    register : Register or None
        None = the test is off.
    rule : PeopleRule
    regions : sequence of Region
        In the order of the table.
    """

    def __init__(self, register: Register | None, rule: PeopleRule, regions: Sequence[Region]) -> None:
        self._register, self._hazards = register, rule.hazards if register is not None else ()
        self._cells: dict[str, NDArray[np.int64]] = {}
        self._count = len(regions)
        if register is None:
            return
        from shapely import STRtree, points

        spots = STRtree(points(np.column_stack([register.longitude, register.latitude])))
        shapes = np.array([region.geometry for region in regions], object)
        self._row, self._who = spots.query(shapes, predicate="covers")
        least = [rule.least(region.level) for region in regions]
        self._least = np.array([count for _, count in least], np.float64)
        by_house = np.array([what == "households" for what, _ in least], np.bool_)
        self._weight = np.where(by_house[self._row], 1, register.people[self._who]).astype(np.float64)
        self._people = register.people[self._who].astype(np.float64)

    def raise_regions(
        self, table: xr.Dataset, at: int, hour: int, cells: CellSeverity, rule: HazardRule, locate: Locate
    ) -> None:
        """Raise the regions of one hazard and hour to the worst tier that enough registered people live at.

        The reason shows the value at the household with which they first are enough and, as ``people``, how many are registered at the tier or
        worse; ``area_share`` is unknown there, since it is not what decides. A region is not green where
        so many live on cells that are unknown.

        Parameters
        ----------
        table : Dataset (hazard, time, region)
            Changed in place at (``at``, ``hour``).
        cells : CellSeverity
        rule : HazardRule
        locate : callable
            Asked once a hazard.
        """
        if rule.id not in self._hazards or self._register is None:
            return
        if rule.id not in self._cells:
            self._cells[rule.id] = locate(self._register.longitude, self._register.latitude)
        cell = self._cells[rule.id][self._who]
        severity = np.where(cell >= 0, cells.severity[np.maximum(cell, 0)], np.nan).astype(np.float64)
        known = np.where(np.isnan(severity), NO_DATA, np.nan_to_num(severity)).astype(np.int8)
        tier = np.zeros(self._count, np.int8)
        for of in (Tier.BLUE, Tier.YELLOW, Tier.ORANGE, Tier.RED):
            tier[self._counted(known >= of, self._weight) >= self._least] = of
        column = {
            name: table.variables[name].values[at, hour] for name in table.variables if name in _COLUMNS
        }
        unsure = self._counted((known >= Tier.BLUE) | (known == NO_DATA), self._weight) >= self._least
        lost = (column["tier"] == Tier.GREEN) & (tier == Tier.GREEN) & unsure
        for name, values in column.items():
            values[lost] = {"tier": NO_DATA, "metric": 0}.get(name, np.nan)
        higher = (tier > column["tier"]) & (tier >= Tier.BLUE)
        for row in np.flatnonzero(higher):
            reached = int(tier[row])
            place = cell[self._deciding(int(row), severity)]
            metric = int(cells.metric[place])
            value = float(cells.value(np.array(metric), np.array(place)))
            found = {
                "tier": reached, "metric": metric, "value": value, "threshold": bounds_of(rule)[metric, reached],
                "area_share": np.nan, "maximum": np.fmax(value, column["maximum"][row]),
                "people": self._counted((known >= reached) & (self._row == row), self._people)[row],
            }  # fmt: skip
            for name, entry in found.items():
                column[name][row] = entry

    def _counted(self, which: NDArray[np.bool_], weight: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(self._row[which], weights=weight[which], minlength=self._count).astype(np.float64)

    def _deciding(self, row: int, severity: NDArray[np.float64]) -> int:
        """The household with which the worst ones of a region first are enough: its value is on the side of the tier."""
        mine = np.flatnonzero((self._row == row) & ~np.isnan(severity))
        order = mine[np.argsort(-severity[mine], kind="stable")]
        return int(order[np.argmax(np.cumsum(self._weight[order]) >= self._least[row])])


_COLUMNS = frozenset({"tier", "metric", "value", "threshold", "area_share", "maximum", "people"})
