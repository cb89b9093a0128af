"""What one analysis works on: checked once, in SI units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.analysis.fine import FineRelief
from riskmap.analysis.flood_plan import FloodPlan
from riskmap.analysis.observed import Observed
from riskmap.analysis.own_basins import FloodInputs
from riskmap.analysis.registered import Register
from riskmap.analysis.soil import SoilStart
from riskmap.doubt import Doubt
from riskmap.grid import Grid
from riskmap.hazard.landslide.tables import LandslideRules
from riskmap.hazard.landslide.zones import HazardZone
from riskmap.hazard.rain import WINDOWS
from riskmap.hazard.rain_models import RainSource
from riskmap.hazard.sea_wall import BreachRule
from riskmap.hazard.storm.model import DEFAULT, WindModel
from riskmap.hazard.surge import Level
from riskmap.members import Ensemble
from riskmap.outlook import Event
from riskmap.region import Listed, Region
from riskmap.rules import Combination, HazardRule

RAIN_LEAD_HOURS = max(WINDOWS)
"""Rain is integrated from this many hours before the issue time, so that the sums are whole."""


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
    regions, units : tuple of Region
        Counties, for which everything is published; and townships, villages and other units, whose tiers stand beside.
    combination : Combination
        Rules over all hazards.
    register : Register or None
        Households as points, for the rule of people in mapped zones.
    cities : tuple of Region
        The cities of the counties.
    listed : tuple of Listed
        Units without a shape: named, never coloured.
    altitude : DataArray (y, x) or None
        ``surface_altitude`` on ``grid``; None = no relief: no land effect, upslope rain or flash flood.
    rain_model : str
        Of the rain where no gridded rain is given: ``rcliper``, ``ipet`` or ``tcr``.
    rain_source : RainSource or None
        Gridded rain, which goes before the model where and when it has some.
    wetness : str
        Of the ground a day before the issue time.
    curve_number : float or None
        Of the watersheds, for ground of normal wetness; None = the county table alone.
    roughness : DataArray (y, x) or None
        ``roughness_length`` [m] on ``grid``; None = one length for all land.
    ensemble : Ensemble or None
        Members for probabilities.
    shelf, inshore : Level or None
        Grids of the surge, the second nested in the first; None = no surge.
    coast : Dataset (point) or None
        Coastal points of the regions.
    surge_drag : str
        Law of the wind's drag on the sea.
    walls : Dataset (section) or None
        Sea-wall sections.
    wall_tide : DataArray (time, station) or None
        Astronomical tide at the walls' stations [m], with its ``height_datum``.
    soil : SoilStart or None
        The soil's water of an earlier cycle; None = by ``wetness``.
    floods : FloodInputs
        Small watersheds, their own thresholds and the villages in them.
    zones : tuple of HazardZone
        Mapped slopes, graded by ``slope_rules``.
    fine : FineRelief or None
        What an elevation model says of slopes, graded by ``slope_rules``, and of valleys.
    flood : FloodPlan or None
        How the 2-D solver runs on it; None = the quick map.
    observed : Observed
        Readings of gauges, and the registers that they grade.
    breach_rule : BreachRule or None
        When an overrun wall is taken for breached in the inundation; None = never.
    examples : frozenset of str
        Hazards whose registers are invented.
    lacking : mapping
        Hazards that a missing input takes away, with the reason.
    measured_until : datetime or None
        Newest rain of the flash-flood layer that was measured; a nowcast may go on from there.
    doubts : tuple of Doubt
        Inputs that are old or stand in; the rules have them already, what notes a rule anew adds them.
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
    combination: Combination = field(default_factory=Combination)
    units: tuple[Region, ...] = ()
    register: Register | None = None
    cities: tuple[Region, ...] = ()
    listed: tuple[Listed, ...] = ()
    wind: WindModel = DEFAULT
    altitude: xr.DataArray | None = None
    rain_model: Literal["rcliper", "ipet", "tcr"] = "rcliper"
    rain_source: RainSource | None = None
    wetness: Literal["dry", "normal", "wet"] = "normal"
    curve_number: float | None = None
    roughness: xr.DataArray | None = None
    ensemble: Ensemble | None = None
    shelf: Level | None = None
    inshore: Level | None = None
    surge_drag: Literal["garratt", "zijlema"] = "zijlema"
    coast: xr.Dataset | None = None
    tides: Tides | None = None
    walls: xr.Dataset | None = None
    wall_tide: xr.DataArray | None = None
    soil: SoilStart | None = None
    floods: FloodInputs = field(default_factory=FloodInputs)
    zones: tuple[HazardZone, ...] = ()
    slope_rules: LandslideRules | None = None
    fine: FineRelief | None = None
    flood: FloodPlan | None = None
    observed: Observed = field(default_factory=Observed)
    breach_rule: BreachRule | None = None
    examples: frozenset[str] = frozenset()
    lacking: Mapping[str, str] = field(default_factory=dict)
    measured_until: datetime | None = None
    doubts: tuple[Doubt, ...] = ()

    @property
    def everywhere(self) -> tuple[Region, ...]:
        """Counties, then the other units: the rows of every table while it is filled."""
        return (*self.regions, *self.units)

    @property
    def valid_hours(self) -> NDArray[np.datetime64]:
        """Issue time and every hour after it, UTC, datetime64[s], shape (hours + 1,)."""
        start = np.datetime64(int(self.issued_at.timestamp()), "s")
        return start + np.arange(self.hours + 1).astype("timedelta64[h]").astype("timedelta64[s]")

    @property
    def rain_hours(self) -> NDArray[np.datetime64]:
        """Every hour whose rain counts, from a day before the first valid hour on, or before the soil's state."""
        lead = np.arange(1 - self.rain_lead, self.hours + 1).astype("timedelta64[h]").astype("timedelta64[s]")
        return np.asarray(self.valid_hours[0] + lead)

    @property
    def event_hours(self) -> NDArray[np.datetime64]:
        """Hours of rain that thresholds look at: from a day before the first valid hour on."""
        return self.rain_hours[self.rain_lead - RAIN_LEAD_HOURS :]

    @property
    def rain_lead(self) -> int:
        """Hours of rain up to the issue time."""
        return RAIN_LEAD_HOURS + (0 if self.soil is None else self.soil.gap)
