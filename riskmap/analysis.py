"""One analysis: checked inputs in, a risk outlook out. Streams hour by hour, so that memory grows with the grid only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.aggregate import fill_cells, fill_stations, residents
from riskmap.assess import Assessment, empty_table
from riskmap.grid import Grid
from riskmap.hazard.flash_flood import flash_flood_rain
from riskmap.hazard.rain import WINDOWS, RollingRain, fallen, radial_rain, tcr_rain
from riskmap.hazard.rain_models import RainSource, precede
from riskmap.hazard.rain_models.upslope import UPSLOPE_FACTOR
from riskmap.hazard.storm.model import DEFAULT, WindModel
from riskmap.hazard.storm.swath import StormHour, coarse_peaks, storm_hours
from riskmap.hazard.storm_tide import StormTide, stations_of_regions
from riskmap.hazard.surface import (
    HILL_ROUGHNESS,
    LAND_ROUGHNESS,
    RELIEF_CELL,
    Surface,
    surface_of,
    surface_wind,
)
from riskmap.hazard.surge import storm_surge
from riskmap.hazard.wind import require_near, wind_circles
from riskmap.ledger import Tell, tell_nobody
from riskmap.members import Ensemble
from riskmap.outlook import Event, Outlook, TierImage
from riskmap.probability import wind_probability
from riskmap.region import Region
from riskmap.rules import HazardRule
from riskmap.severity import grade
from riskmap.tally import needed_wind
from riskmap.terrain.relief import Slope, flash_flood_terrain, lifting_slope
from riskmap.track import interpolate
from riskmap.zonal import ZonalWeights, zonal_weights

Encode = Callable[[NDArray[np.int8], Grid], TierImage]

RAIN_LEAD_HOURS = max(WINDOWS)
"""Rain is integrated from this many hours before the issue time, so that the sums are whole."""

SUSCEPTIBLE_SHARE = 0.01
"""Below this share of flash-flood terrain the hazard does not apply to a region (status D)."""


@dataclass(frozen=True, eq=False)
class Tides:
    """The user's tide tables, both in one datum: stations (station), astronomical tide (time, station) [m]."""

    stations: xr.Dataset
    astronomical: xr.DataArray


@dataclass(frozen=True, eq=False)
class Inputs:
    """Checked inputs of one analysis.

    Attributes
    ----------
    track : Dataset (time)
        Complete, 2-min mean; from a day before the issue time to the end of the window.
    altitude : DataArray (y, x) or None
        ``surface_altitude`` on ``grid``; None = no relief: no land effect, upslope rain or flash flood.
    rain_model : str
        Of the rain where no gridded rain is given: ``rcliper``, ``ipet`` or ``tcr``.
    rain_source : RainSource or None
        Gridded rain, which goes before the model where and when it has some.
    roughness : DataArray (y, x) or None
        ``roughness_length`` [m] on ``grid``; None = one length for all land.
    ensemble : Ensemble or None
        Members for probabilities.
    depth, depth_grid, coast
        Sea depth with its own grid, and coastal points; None = no surge.
    lacking : mapping
        Hazards that a missing input takes away, with the reason.
    """

    kind: Literal["forecast", "hindcast"]
    event: Event
    issued_at: datetime
    hours: int
    grid: Grid
    track: xr.Dataset
    regions: tuple[Region, ...]
    rules: Mapping[str, HazardRule]
    marks: tuple[tuple[str, str], ...]
    wind: WindModel = DEFAULT
    altitude: xr.DataArray | None = None
    rain_model: Literal["rcliper", "ipet", "tcr"] = "rcliper"
    rain_source: RainSource | None = None
    roughness: xr.DataArray | None = None
    ensemble: Ensemble | None = None
    depth: xr.DataArray | None = None
    depth_grid: Grid | None = None
    coast: xr.Dataset | None = None
    tides: Tides | None = None
    lacking: Mapping[str, str] = field(default_factory=dict)

    @property
    def valid_hours(self) -> NDArray[np.datetime64]:
        """Issue time and every hour after it, UTC, datetime64[s], shape (hours + 1,)."""
        start = np.datetime64(int(self.issued_at.timestamp()), "s")
        return start + np.arange(self.hours + 1).astype("timedelta64[h]").astype("timedelta64[s]")

    @property
    def rain_hours(self) -> NDArray[np.datetime64]:
        """Every hour whose rain counts, from a day before the first valid hour on."""
        lead = (
            np.arange(1 - RAIN_LEAD_HOURS, self.hours + 1).astype("timedelta64[h]").astype("timedelta64[s]")
        )
        return np.asarray(self.valid_hours[0] + lead)


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


def analyse(inputs: Inputs, *, encode: Encode, tell: Tell = tell_nobody) -> tuple[Outlook, Peaks]:
    """Tiers of every region and hour, with their reasons, surge and what the map draws.

    Parameters
    ----------
    inputs : Inputs
    encode : callable
        Makes the map's image of one hour of tiers (``riskmap.products.raster.tier_image``).
    tell : callable, optional
        Progress.

    Raises
    ------
    CoverageError
        The track does not cover the window, or never comes near the grid.
    """
    require_near(inputs.track, inputs.grid)
    weights = zonal_weights(inputs.regions, inputs.grid)
    ground, hours = _ground(inputs), inputs.valid_hours
    table, peaks, rasters = _grids(inputs, ground, weights, encode, tell)
    surge, tide = _surge(inputs, hours)
    rules = {str(h): inputs.rules[str(h)] for h in table["hazard"].values}
    if tide is not None:
        tide_table = empty_table(["storm_tide"], _instants(hours), [r.code for r in inputs.regions])
        fill_stations(tide_table, 0, tide, inputs.rules["storm_tide"], inputs.regions)
        table = xr.concat([table, tide_table], dim="hazard")
        rules["storm_tide"] = inputs.rules["storm_tide"]
    assessment = Assessment(inputs.issued_at.astimezone(UTC), inputs.regions, table, rules, inputs.lacking)
    outlook = Outlook(
        kind=inputs.kind,
        event=inputs.event,
        assessment=assessment,
        track=inputs.track,
        marks=inputs.marks,
        circles=wind_circles(inputs.track, hours, model=inputs.wind),
        rasters=rasters,
        surge=surge,
        rain_note=_rain_note(inputs),
        probability=_probability(inputs, ground.surface, weights, tell),
        landfall_at=first_landfall(inputs.track, inputs.regions, hours),
    )
    return outlook, peaks


def _instants(hours: NDArray[np.datetime64]) -> list[datetime]:
    return [datetime.fromtimestamp(int(s), UTC) for s in hours.astype(np.int64)]


def _grids(
    inputs: Inputs, ground: _Ground, weights: ZonalWeights, encode: Encode, tell: Tell
) -> tuple[xr.Dataset, Peaks, dict[str, tuple[TierImage, ...]]]:
    """Wind, rain and flash flood, hour by hour: the table, the peaks and the map's images."""
    grid, hours = inputs.grid, inputs.valid_hours
    hazards = [h for h in ("wind", "rain", "flash_flood") if h not in inputs.lacking]
    table = empty_table(hazards, _instants(hours), [r.code for r in inputs.regions])
    people, peaks = residents(inputs.regions), Peaks({})
    images: dict[str, list[TierImage]] = {h: [] for h in hazards}
    slope, possible = ground.slope, ground.possible
    # terrain outside the grid is unknown, not flat
    unseen = weights.share(np.ones(possible.size, np.bool_)) < 1.0 - SUSCEPTIBLE_SHARE
    applicable = {"flash_flood": unseen | (weights.share(possible.ravel()) >= SUSCEPTIBLE_SHARE)}
    rolling, rain = RollingRain(grid.shape), _rain(inputs, ground)
    storm = storm_hours(
        inputs.track, grid, inputs.rain_hours, inputs.wind, at_once=RAIN_LEAD_HOURS - 1,
        rain=radial_rain("ipet" if inputs.rain_model == "ipet" else "rcliper"), slope=slope, upslope=UPSLOPE_FACTOR,
    )  # fmt: skip
    for n, (hour, marine) in enumerate(zip(inputs.rain_hours, storm, strict=True)):
        ahead = n - RAIN_LEAD_HOURS + 1  # index of the valid hour, negative while the rain runs in
        rolling.add(rain(hour, marine))
        tell("hazards", (n + 1) / len(inputs.rain_hours))
        if ahead < 0:
            continue
        sums = rolling.sums()
        fields = {
            "wind": surface_wind(marine.peak, ground.surface, eastward=marine.u, northward=marine.v),
            "rain": sums,
            "flash_flood": flash_flood_rain(sums, possible),
        }
        peaks.update(fields["wind"] | sums)
        for k, hazard in enumerate(hazards):
            cells = grade(fields[hazard], inputs.rules[hazard])
            fill_cells(table, k, ahead, cells, inputs.rules[hazard], weights, people, applicable.get(hazard))
            images[hazard].append(encode(cells.tiers().reshape(grid.shape), grid))
    return table, peaks, {hazard: tuple(found) for hazard, found in images.items()}


@dataclass(frozen=True, eq=False)
class _Ground:
    """What the relief does to wind and rain, all (y, x); all sea and flat without one."""

    land: NDArray[np.bool_]
    surface: Surface
    slope: Slope
    possible: NDArray[np.bool_]


def _ground(inputs: Inputs) -> _Ground:
    grid, period = inputs.grid, int(inputs.track.attrs["averaging_period"])
    if inputs.altitude is None:
        flat, nowhere = np.zeros(grid.shape), np.zeros(grid.shape, np.bool_)
        return _Ground(nowhere, surface_of(grid, land=nowhere, period=period), (flat, flat), nowhere)
    altitude, hills = inputs.altitude.values, flash_flood_terrain(inputs.altitude.values, grid)
    roughness = np.where(hills, HILL_ROUGHNESS, LAND_ROUGHNESS)
    if inputs.roughness is not None:
        roughness = inputs.roughness.fillna(xr.DataArray(roughness, dims=("y", "x"))).values
    surface = surface_of(
        grid, land=~np.isnan(altitude), altitude=altitude, roughness=roughness,
        relief_cell=float(inputs.altitude.attrs.get("cell", RELIEF_CELL)), period=period,
    )  # fmt: skip
    return _Ground(~np.isnan(altitude), surface, lifting_slope(altitude, grid), hills)


def _rain(inputs: Inputs, ground: _Ground) -> Callable[[np.datetime64, StormHour], NDArray[np.float32]]:
    """Rain of an hour [mm], (y, x): gridded where there is some, by the model elsewhere."""
    grid, source = inputs.grid, inputs.rain_source
    tcr = None
    if inputs.rain_model == "tcr":
        tcr = tcr_rain(inputs.track, grid, model=inputs.wind, slope=ground.slope, land=ground.land)

    def rain(hour: np.datetime64, storm: StormHour) -> NDArray[np.float32]:
        modelled = fallen(storm, grid) if tcr is None else tcr.hour(hour, storm)
        return precede(None if source is None else source.hour(hour), modelled)[0]

    return rain


RAIN_MODEL_WORDS = {
    "rcliper": ("R-CLIPER+地形抬升", "R-CLIPER + upslope"),
    "ipet": ("IPET+地形抬升", "IPET + upslope"),
    "tcr": ("TCR物理模型", "the physical model TCR"),
}


def _rain_note(inputs: Inputs) -> tuple[str, str]:
    """What every product says of its rain."""
    chinese, english = RAIN_MODEL_WORDS[inputs.rain_model]
    if inputs.rain_source is None:
        return f"雨量为参数化模型估算({chinese}),非实况观测", f"Rain is parametric ({english}), not observed"
    return (
        f"雨量优先取所给格点资料,其余格点和时次为参数化模型估算({chinese})",
        f"Rain is that of the given grids where they have some, else parametric ({english})",
    )


def _surge(inputs: Inputs, hours: NDArray[np.datetime64]) -> tuple[xr.Dataset | None, StormTide | None]:
    """Surge at coastal points, and the storm tide at stations where the user gave tide tables."""
    if inputs.depth is None or inputs.depth_grid is None or inputs.coast is None:
        return None, None
    coast = storm_surge(inputs.track, inputs.depth, inputs.depth_grid, inputs.coast, hours, model=inputs.wind)
    if inputs.tides is None:
        return coast, None
    stations = inputs.tides.stations
    at_stations = storm_surge(
        inputs.track, inputs.depth, inputs.depth_grid, stations.rename(station="point").reset_coords(drop=True),
        hours, model=inputs.wind,
    )  # fmt: skip
    surge = at_stations["storm_surge"].values
    tide = StormTide(
        stations=stations,
        high_water=inputs.tides.astronomical.values + surge,
        storm_surge=surge,
        of_region=stations_of_regions(stations, inputs.regions, inputs.coast),
    )
    return coast, tide


def _probability(inputs: Inputs, surface: Surface, weights: ZonalWeights, tell: Tell) -> xr.Dataset | None:
    """Chances of the wind tiers from the members, where there are any."""
    if inputs.ensemble is None:
        return None
    rule = inputs.rules["wind"]
    needed = needed_wind(rule, surface.mean, surface.gust).wind
    least = float(needed[np.isfinite(needed)].min())

    def peaks(track: xr.Dataset, grid: Grid, hours: NDArray[Any]) -> Iterator[NDArray[np.float32]]:
        return coarse_peaks(track, grid, hours, inputs.wind, least=least)

    return wind_probability(
        inputs.ensemble, inputs.grid, inputs.valid_hours, rule=rule, mean_factor=surface.mean,
        gust_factor=surface.gust, peaks=peaks, weights=weights, codes=[r.code for r in inputs.regions], tell=tell,
    )  # fmt: skip


LANDFALL_REACH = 0.05
"""Landfall is when the centre comes within this distance [degrees] of county land: outlines miss small islands."""


def first_landfall(
    track: xr.Dataset, regions: tuple[Region, ...], hours: NDArray[np.datetime64]
) -> datetime | None:
    """First instant (to 10 minutes, UTC) at which the centre comes from sea to a region's land; None if never.

    Parameters
    ----------
    hours : datetime64 (time,)
        The window that is looked at.
    """
    from shapely import STRtree, points

    steps = np.arange(hours[0], hours[-1] + np.timedelta64(1, "s"), np.timedelta64(600, "s"))
    at = interpolate(track, steps)
    centres = points(np.column_stack([at["longitude"].values, at["latitude"].values]))
    tree = STRtree([region.geometry for region in regions])
    ashore = np.zeros(len(steps), np.bool_)
    ashore[tree.query(centres, predicate="dwithin", distance=LANDFALL_REACH)[0]] = True
    arrivals = np.flatnonzero(ashore[1:] & ~ashore[:-1]) + 1
    return datetime.fromtimestamp(int(steps[arrivals[0]].astype(np.int64)), UTC) if arrivals.size else None
