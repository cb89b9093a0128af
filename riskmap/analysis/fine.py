"""Hazards that need an elevation model of about 90 m or finer: slopes and flooded valleys, hour by hour.

The model keeps its own cells; rain and soil water are those of the cell of the hazards' grid above each. What can be
derived once is; an hour then costs little more than on the hazards' grid. See ``docs/concepts/fine_relief.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from riskmap.analysis.fine_ground import FineGround, around, level_sea, rows_and_columns, share_under
from riskmap.analysis.fine_layers import fine_layers
from riskmap.analysis.fine_slopes import Slopes, SlopeWatch
from riskmap.analysis.fine_units import UnitOnsets, Units, canvas_of
from riskmap.analysis.fine_water import Reaches, WaterWatch
from riskmap.analysis.flood import FloodRecord, quick_note
from riskmap.analysis.flood_bed import BedPlan, SolverBed
from riskmap.grid import Grid
from riskmap.hazard.landslide.tables import LandslideRules
from riskmap.onset import Onsets
from riskmap.outlook import Flood
from riskmap.region import Region
from riskmap.rules import HazardRule
from riskmap.severity import grade
from riskmap.zonal import ZonalWeights

FINE_HAZARDS: Final = ("landslide", "inundation")

INUNDATION_CELL: Final = 100.0
"""A height above drainage on larger cells [m] says nothing of a valley floor (status D)."""

Put = Callable[..., None]
"""Takes ``(hazard, hour, fields, weights, paint=...)``: grades one hour, see ``riskmap.analysis.cells``."""


@dataclass(frozen=True, eq=False)
class FineRelief:
    """What is derived once of an elevation model.

    Attributes
    ----------
    grid, over : Grid
        Of the fine cells, and of the hazards.
    slopes : Slopes or None
        None where the cells are too large, or no grade table is given.
    reaches : Reaches or None
        None where the cells are too large, or the hazards' relief is not given.
    nowhere : bool array, shape of ``over``
        Where there is sea alone.
    cell : float
        Larger side of the file's cells [m].
    lacking : mapping
        Hazard of ``FINE_HAZARDS`` -> why it cannot be told (Chinese, English in brackets).
    findings : tuple of str
        What was found wrong, one line each.
    bed : SolverBed or None
        The ground of the 2-D solver, where one was asked for.
    """

    grid: Grid
    over: Grid
    slopes: Slopes | None
    reaches: Reaches | None
    nowhere: NDArray[np.bool_]
    cell: float
    lacking: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[str, ...] = ()
    bed: SolverBed | None = None

    @property
    def units(self) -> dict[str, Units]:
        """Hazard that can be told -> its units."""
        found = {} if self.slopes is None else {"landslide": self.slopes.units}
        if self.bed is not None:
            return found | {"inundation": self.bed.units}
        return found if self.reaches is None else found | {"inundation": self.reaches.units}


def fine_relief(
    ground: FineGround, over: Grid, *, rules: LandslideRules | None, altitude: NDArray[np.floating] | None,
    bed: BedPlan | None = None,
) -> FineRelief:  # fmt: skip
    """Susceptibility of the slopes, and reaches with the cells above them, of an elevation model.

    Parameters
    ----------
    ground : FineGround
    over : Grid
        Of the hazards.
    rules : LandslideRules or None
        The grade table; None leaves the slopes out.
    altitude : float array, shape of ``over``, or None
        The hazards' relief [m], NaN at sea. It says which cells without data are sea, and how much land beyond the
        model drains into it; without it no cell is, and inundation is left out.
    bed : BedPlan, optional
        Of the 2-D solver, which then takes the quick map's place.
    """
    findings = list(ground.findings)
    level = level_sea(ground, over, altitude)
    if level.any():
        findings.append(f"{int(level.sum())} cells of exactly 0 m are the sea by the relief: taken as such")
        ground = replace(ground, sea=ground.sea | level)
    del level
    sea, doubted = believed_sea(ground, over, altitude)
    if doubted:
        findings.append(
            f"{doubted} cells that the elevation model has as sea are none by the relief: no data there"
        )
    dry = ground.altitude  # not copied where nothing is to be changed
    if (sea & ~np.isnan(dry)).any():
        dry = np.where(sea, np.float32(np.nan), dry)
    mine = FineGround(dry, sea, ground.grid, ground.cell, tuple(findings))
    lacking = _lacking(ground.cell, rules, altitude)
    slopes, reaches, basin = fine_layers(
        mine, over, rules=None if "landslide" in lacking else rules,
        altitude=None if "inundation" in lacking else altitude, bed=bed,
    )  # fmt: skip
    nowhere = share_under(sea, ground.grid, over) >= 1.0 - 1e-6
    if altitude is not None:
        beyond = share_under(np.ones(ground.grid.shape, np.bool_), ground.grid, over) == 0.0
        nowhere |= beyond & np.isnan(altitude)
    return FineRelief(
        ground.grid, over, slopes, reaches, nowhere, ground.cell, lacking, mine.findings, basin,
    )  # fmt: skip


def _lacking(
    cell: float, rules: LandslideRules | None, altitude: NDArray[np.floating] | None
) -> dict[str, str]:
    """Hazards that cells of this size, or a missing input, take away."""
    found: dict[str, str] = {}
    words = "地形网格{0:.0f}米,需{1:.0f}米以内 (cells of {0:.0f} m; {1:.0f} m or finer are needed)"
    if rules is None:
        found["landslide"] = "缺坡面等级表 (no grade table of slopes)"
    elif cell > rules.max_cell:
        found["landslide"] = words.format(cell, rules.max_cell)
    if cell > INUNDATION_CELL:
        found["inundation"] = words.format(cell, INUNDATION_CELL)
    elif altitude is None:
        found["inundation"] = (
            "缺粗网格地形,不知上游来水 (needs [terrain] relief: water from beyond the model is unknown)"
        )
    return found


def believed_sea(
    ground: FineGround, over: Grid, altitude: NDArray[np.floating] | None
) -> tuple[NDArray[np.bool_], int]:
    """Where the sea is, (y, x), and how many cells of ``ground.sea`` are doubted.

    A cell without a height is sea where the hazards' relief ``altitude`` [m] has sea in the cell above it or beside
    that; one with a height is sea as the file was read. What lies beyond a county's model must never pass for sea.
    """
    rows, columns = rows_and_columns(ground.grid, over)
    near = np.zeros(over.shape, np.bool_) if altitude is None else around(np.isnan(altitude))
    near = np.pad(near, ((0, 1), (0, 1)))  # off the hazards' grid, index -1: none
    empty = np.isnan(ground.altitude)
    sea = ground.sea & (near[rows[:, None], columns[None, :]] | ~empty)
    return sea, int(np.count_nonzero(ground.sea & ~sea))


class FineWatch:
    """The fine hazards of one analysis: fed with the hours as they come, graded by the caller's ``put``.

    Parameters
    ----------
    relief : FineRelief
    regions : sequence of Region
    rain_hours, valid_hours : datetime64 arrays, UTC
        Of the analysis, see ``riskmap.analysis.Inputs``.
    slope_rules : LandslideRules or None
        The grade table of the slopes.
    rules : mapping
        Hazard -> rule; ``landslide``, ``inundation`` and ``flash_flood`` are used.
    sharp : bool
        Paint on the hazards' grid in smaller cells, as large as a hazard's own; on that grid itself by default.
    """

    def __init__(
        self, relief: FineRelief, regions: Sequence[Region], *, rain_hours: NDArray[np.datetime64],
        valid_hours: NDArray[np.datetime64], slope_rules: LandslideRules | None, rules: Mapping[str, HazardRule],
        sharp: bool = False,
    ) -> None:  # fmt: skip
        self.relief, self._rules, self._valid = relief, rules, valid_hours
        self.weights: dict[str, ZonalWeights] = {h: u.zonal(regions) for h, u in relief.units.items()}
        self._canvas = {h: canvas_of(relief.over, u.grid) for h, u in relief.units.items() if sharp}
        self._painted = {h: u.on(self._canvas[h]) if sharp else u for h, u in relief.units.items()}
        self.onsets: dict[str, Onsets] = {h: UnitOnsets(u, relief.nowhere) for h, u in relief.units.items()}
        self._slopes = (
            None if relief.slopes is None or slope_rules is None else SlopeWatch(relief.slopes, slope_rules)
        )
        quick = relief.reaches is not None and relief.bed is None
        self._water = WaterWatch(relief.reaches, rain_hours) if quick and relief.reaches is not None else None
        self.flood: Flood | None = None

    @property
    def hazards(self) -> tuple[str, ...]:
        """Hazards that get rows of their own."""
        return tuple(self.weights)

    def rain(self, n: int, fallen: NDArray[np.float32]) -> None:
        """Take in the rain of hour ``n`` of the rain [mm], (y, x) of the hazards' grid."""
        if self._water is not None:
            self._water.hour(n, fallen)

    def slopes(
        self, put: Put, hour: int, sums: Mapping[str, NDArray[np.float32]], soil_water: NDArray[np.floating]
    ) -> None:
        """Grade the slopes at the next valid hour.

        Parameters
        ----------
        put : callable
        hour : int
            Index of the valid hour; hours come in order.
        sums : mapping
            ``rain_1h`` and ``rain_24h`` [mm], each (y, x).
        soil_water : float array (y, x)
            Soil-water index [mm].
        """
        if self._slopes is not None:
            grades = self._slopes.hour(sums["rain_24h"], sums["rain_1h"], soil_water)
            self._put(put, "landslide", hour, {"landslide_grade": grades})

    def water(self, put: Put, *, soil: NDArray[np.floating] | float, curve_number: float | None) -> None:
        """Grade the flooded valleys of every valid hour, now that the whole series of rain is there.

        Parameters
        ----------
        put : callable
        soil : float or array (y, x) of the hazards' grid
            Soil-water index before the first hour of rain [mm].
        curve_number : float, optional
            Of all watersheds.
        """
        if self._water is None:
            return
        flow = self._water.discharge(
            self._rules["flash_flood"], self._valid, soil=soil, curve_number=curve_number
        )
        record = FloodRecord(self._water.reaches.units)
        for hour, found in enumerate(self._water.fields(flow)):
            record.hour(hour, found)
            fields = {"inundation_class": found["inundation_class"].values}
            self._put(put, "inundation", hour, fields)
        self.flood = record.flood(quick_note(self.relief.cell))

    def solved(self, put: Put, hours: Iterable[NDArray[np.float32]]) -> None:
        """Grade classes 0 to 6 that a solver found at every valid hour, NaN where unknown, flat on its grid."""
        for hour, classes in enumerate(hours):
            self._put(put, "inundation", hour, {"inundation_class": classes})

    def _put(self, put: Put, hazard: str, hour: int, fields: dict[str, NDArray[Any]]) -> None:
        rule, units, canvas = self._rules[hazard], self._painted[hazard], self._canvas.get(hazard)
        self.onsets[hazard].update(grade(fields, rule).tiers(), hour)
        nowhere = self.relief.nowhere
        if canvas is not None:
            parts = canvas.shape[0] // nowhere.shape[0]
            nowhere = np.repeat(np.repeat(nowhere, parts, axis=0), parts, axis=1)
        paint = partial(units.paint, least=rule.unit_area_share, nowhere=nowhere, of_held=canvas is not None)
        where = {} if canvas is None else {"canvas": canvas}
        put(hazard, hour, fields, self.weights[hazard], paint=paint, locate=units.locate, **where)
