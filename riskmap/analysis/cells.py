"""Hazards of grid cells, hour by hour: the table, the peaks and the images of the map."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.aggregate import fill_cells, residents
from riskmap.analysis.basins import Basins, BasinWatch
from riskmap.analysis.coast import Coast
from riskmap.analysis.day_rain import DayRain
from riskmap.analysis.fine_run import FineFound, FineRun
from riskmap.analysis.flash_floods import hourly, ratios, village_hours
from riskmap.analysis.ground import Ground, rain_of, sub_hours
from riskmap.analysis.inputs import RAIN_LEAD_HOURS, Inputs
from riskmap.analysis.observed import RainCorrection
from riskmap.analysis.registered import Locate, RegisteredPeople
from riskmap.analysis.soil import SoilWatch
from riskmap.analysis.watched import ZoneWatch
from riskmap.assessment import empty_table
from riskmap.asset_hours import AssetHours
from riskmap.grid import Grid
from riskmap.hazard.rain import RollingRain, radial_rain
from riskmap.hazard.rain_models.upslope import UPSLOPE_FACTOR
from riskmap.hazard.runoff.soil_water import steady_tanks
from riskmap.hazard.storm.swath import storm_hours
from riskmap.hazard.surface import (
    surface_wind,
)
from riskmap.ledger import Ledger
from riskmap.onset import Onsets
from riskmap.outlook import TierImage
from riskmap.scale import NO_DATA, NOT_APPLICABLE, NOT_COMPUTED
from riskmap.severity import grade
from riskmap.zonal import ZonalWeights

Encode = Callable[[NDArray[np.int8], Grid], TierImage]

ANTECEDENT_RAIN = {"dry": 2.0, "normal": 10.0, "wet": 20.0}
"""Steady rain [mm a day] that the soil tanks start from, a day before the issue time, by the scenario's wetness: below
the dry and at the wet bound of ``riskmap.hazard.runoff.wetness``, and between them (status D)."""

SUSCEPTIBLE_SHARE = 0.01
"""Below this share of flash-flood terrain the hazard does not apply to a region (status D)."""


@dataclass(frozen=True, eq=False)
class Peaks:
    """Largest values over the window, each (y, x): variable -> field."""

    fields: dict[str, NDArray[np.float32]]

    def update(self, fields: Mapping[str, NDArray[np.float32]]) -> None:
        """Take in one more hour."""
        for name, values in fields.items():
            if name in self.fields:
                np.fmax(self.fields[name], values, out=self.fields[name])
            else:
                self.fields[name] = values.copy()


@dataclass(frozen=True, eq=False)
class Graded:
    """What the cells came to.

    Attributes
    ----------
    table : Dataset (hazard, time, region)
        See ``riskmap.assessment.TABLE_VARIABLES``.
    images : mapping
        Hazard -> picture of each hour.
    onsets : mapping
        Hazard -> first hour of each tier in each cell.
    slopes : ZoneWatch
        Rain and soil water at the mapped slopes.
    soil : Dataset (y, x)
        The soil's water at the issue time, see ``riskmap.analysis.soil``.
    rain_24h : DataArray (time, region)
        Beside the tiers; see ``riskmap.analysis.day_rain``.
    villages : AssetHours or None
        Key villages by the flash floods of their watersheds.
    lost : mapping
        Hazards that could not be computed after all, with the reason.
    fine : FineFound
        What the elevation model came to beside the table.
    """

    table: xr.Dataset
    peaks: Peaks
    images: dict[str, tuple[TierImage, ...]]
    onsets: dict[str, Onsets]
    slopes: ZoneWatch
    fine: FineFound
    soil: xr.Dataset
    rain_24h: xr.DataArray
    villages: AssetHours | None = None
    lost: Mapping[str, str] = field(default_factory=dict)


def instants(hours: NDArray[np.datetime64]) -> list[datetime]:
    """Valid hours (UTC) as aware datetimes."""
    return [datetime.fromtimestamp(int(s), UTC) for s in hours.astype(np.int64)]


class Sheet:
    """The table, the pictures and the first hours of the cell hazards, filled as the hours come."""

    def __init__(self, inputs: Inputs, hazards: list[str], encode: Encode) -> None:
        self.grid, self.rules, self.encode = inputs.grid, inputs.rules, encode
        self.hazards, self.people = hazards, residents(inputs.everywhere)
        self.table = empty_table(hazards, instants(inputs.valid_hours), [r.code for r in inputs.everywhere])
        self.registered = RegisteredPeople(inputs.register, inputs.combination.people, inputs.everywhere)
        self.images: dict[str, list[TierImage]] = {h: [] for h in hazards}
        self.onsets = {h: Onsets(self.grid.shape) for h in hazards}

    def put(
        self, hazard: str, hour: int, fields: Mapping[str, NDArray[np.float32]], weights: ZonalWeights, *,
        applicable: NDArray[np.bool_] | None = None,
        paint: Callable[[NDArray[np.int8]], NDArray[np.int8]] | None = None, canvas: Grid | None = None,
        locate: Locate | None = None,
    ) -> None:  # fmt: skip
        """Grade one hour of one hazard; ``paint`` brings the tiers onto the grid, or a finer ``canvas``, where they are not on it;
        ``locate`` finds the cell of a point."""
        near = self.rules[hazard].at_lead(hour)
        if near is None:  # a signal says nothing so far ahead
            rule = self.rules[hazard]
            fields = {name: np.full_like(field, np.nan) for name, field in fields.items()}
        else:
            rule = near
        cells = grade(fields, rule)
        at = self.hazards.index(hazard)
        fill_cells(self.table, at, hour, cells, rule, weights, self.people, applicable)
        if locate is not None:
            self.registered.raise_regions(self.table, at, hour, cells, rule, locate)
        tiers = cells.tiers().reshape(self.grid.shape) if paint is None else paint(cells.tiers())
        if canvas is None:  # else first hours are kept on cells of their own
            self.onsets[hazard].update(tiers, hour)
        self.images[hazard].append(self.encode(tiers, canvas or self.grid))


def grade_cells(
    inputs: Inputs, ground: Ground, weights: ZonalWeights, encode: Encode, sea: Coast, ledger: Ledger
) -> Graded:
    """Wind, rain, flash flood, and what an elevation model tells, hour by hour; the sea floods the latter.

    ``ledger`` hears of progress, and of flash floods that could not be computed.
    """
    grid, hours = inputs.grid, inputs.valid_hours
    fine = FineRun(inputs)
    here = [h for h in ("wind", "rain", "flash_flood") if h not in inputs.lacking]
    sheet = Sheet(inputs, [*here, *fine.hazards], encode)
    peaks, floods = Peaks({}), None
    if inputs.altitude is not None:
        basins = inputs.floods.basins or Basins.of(inputs.altitude.values, grid, ground.possible)
        floods = BasinWatch(basins, inputs.event_hours, getattr(inputs.rain_source, "steps_an_hour", 1))
    rolling, rain = RollingRain(grid.shape), rain_of(inputs, ground)
    depth = steady_tanks(ANTECEDENT_RAIN[inputs.wetness] / 24.0)
    soil, run_in = SoilWatch(inputs.soil, grid.shape, depth=depth), inputs.rain_lead
    correct = RainCorrection(inputs.observed, grid, inputs.rain_hours)
    slopes = ZoneWatch(inputs.zones, grid, hours)
    day = DayRain(inputs.everywhere, hours, inputs.rules["rain"].unit_area_share)
    storm = storm_hours(
        inputs.track, grid, inputs.rain_hours, inputs.wind, at_once=run_in - 1,
        rain=radial_rain("ipet" if inputs.rain_model == "ipet" else "rcliper"), slope=ground.slope,
        upslope=UPSLOPE_FACTOR,
    )  # fmt: skip
    for n, (hour, marine) in enumerate(zip(inputs.rain_hours, storm, strict=True)):
        ahead = n - run_in + 1  # index of the valid hour, negative while the rain runs in
        fallen = correct(n, rain(hour, marine))
        rolling.add(fallen)
        soil.hour(n, fallen)
        event = ahead + RAIN_LEAD_HOURS - 1  # index of the hour among those that thresholds look at
        if event >= 0:
            fine.rain(event, fallen)
            if floods is not None:
                floods.hour(event, fallen, sub_hours(inputs, hour, floods.steps_an_hour))
        ledger.tell("hazards", (n + 1) / len(inputs.rain_hours))
        if ahead < 0:
            continue
        if ahead == 0:
            kept = soil.state(grid, hours[0])
        sums = rolling.sums()
        wind = surface_wind(marine.peak, ground.surface, eastward=marine.u, northward=marine.v)
        slopes.hour(ahead, sums, soil.index)
        fine.slopes(sheet.put, ahead, sums, soil.index)
        day.hour(ahead, sums["rain_24h"], weights)
        peaks.update(wind | sums)
        for hazard, fields in (("wind", wind), ("rain", sums)):
            if hazard in sheet.hazards:
                sheet.put(hazard, ahead, fields, weights)
    villages, lost = None, {}
    if floods is not None:
        hourly_floods = partial(flood_hours, inputs, floods, soil.index_before)
        told = ledger.tried(hourly_floods, f"flash_flood ({inputs.kind})")
        if told is None:
            lost = {"flash_flood": NOT_COMPUTED}
            floods.forget()  # of unknown rain every watershed is grey
            told = hourly_floods()
        villages = grade_floods(sheet, inputs, floods, weights, told)
    found = fine.finish(sheet.put, soil=soil.index_before, sea=sea, tell=ledger.tell)
    images = {hazard: tuple(made) for hazard, made in sheet.images.items()}
    onsets = {**sheet.onsets, **found.onsets}
    return Graded(sheet.table, peaks, images, onsets, slopes, found, kept, day.finish(), villages, lost)


def flood_hours(inputs: Inputs, floods: BasinWatch, soil: NDArray[np.floating]) -> xr.Dataset:
    """Flash floods of every watershed and valid hour, now that the whole series of rain is there.

    ``soil`` is the soil-water index (y, x) [mm] before the first hour of rain.
    """
    hours, rule = inputs.valid_hours, inputs.rules["flash_flood"]
    found = floods.finish(
        rule, analysis=hours[0], soil=soil, curve_number=inputs.curve_number, own=inputs.floods.own
    )
    return hourly(found, hours)


def grade_floods(
    sheet: Sheet, inputs: Inputs, floods: BasinWatch, weights: ZonalWeights, found: xr.Dataset
) -> AssetHours | None:
    """Put flash-flood tiers of every watershed and hour, see ``flood_hours``; gives its villages."""
    basins, hours, rule = floods.basins, inputs.valid_hours, inputs.rules["flash_flood"]
    zonal = basins.zonal(weights)
    # terrain outside the grid is unknown, not flat
    seen = np.ones(len(basins.hilly) + 1, np.bool_)
    unseen = zonal.share(seen) < 1.0 - SUSCEPTIBLE_SHARE
    applicable = unseen | (zonal.share(np.append(False, basins.hilly)) >= SUSCEPTIBLE_SHARE)

    # the sea, and plains that no flash flood can form on, are not drawn green
    able = np.append(False, basins.hilly)

    def paint(tiers: NDArray[np.int8]) -> NDArray[np.int8]:
        return np.where(able | (tiers == NO_DATA), tiers, np.int8(NOT_APPLICABLE))[basins.labels]

    def locate(longitude: NDArray[np.float64], latitude: NDArray[np.float64]) -> NDArray[np.int64]:
        places = zip(longitude.tolist(), latitude.tolist(), strict=True)
        return np.array([basins.number_at(inputs.grid, x, y) for x, y in places], np.int64)

    for n, fields in enumerate(ratios(basins, found, rule)):
        sheet.put("flash_flood", n, fields, zonal, applicable=applicable, paint=paint, locate=locate)
    doubtful = any(doubt.touches("flash_flood") for doubt in inputs.doubts)
    return village_hours(inputs.floods, basins, found, rule, inputs.grid, hours[0], doubtful=doubtful)
