"""Everything that a scenario names, read and checked once: scenario in, ``Inputs`` out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from riskmap.analysis import Inputs, Tides
from riskmap.analysis.soil import SoilStart
from riskmap.ensemble import make_members
from riskmap.errors import ConfigError, Faults
from riskmap.grid import Grid
from riskmap.hazard.rain_models import RainSource
from riskmap.hazard.rain_models.in_turn import InTurn
from riskmap.hazard.storm.model import WindModel
from riskmap.hazard.surge import Level, sea_bed
from riskmap.inland import LEAST_MAINLAND, land_polygons, land_test
from riskmap.io.asset_inputs import checked_at, read_assets
from riskmap.io.coast import coastal_points, read_lines
from riskmap.io.cxml import read_cxml
from riskmap.io.flood_inputs import name_villages, read_floods
from riskmap.io.lacking import NO_RELIEF, NO_SEA, NO_TIDE, NO_WALL_TIDE, lacking_of
from riskmap.io.members import read_members
from riskmap.io.publish import file_digest
from riskmap.io.rain_grids import open_rains
from riskmap.io.rasters import read_depth, read_relief
from riskmap.io.region_levels import read_levels
from riskmap.io.relief_inputs import with_fine
from riskmap.io.roughness import WORLDCOVER, read_classes, read_roughness
from riskmap.io.rule_files import read_rule_book
from riskmap.io.shore import land_of_shore
from riskmap.io.soil_cycle import find_soil_start
from riskmap.io.tides import read_astronomical_tide, read_stations
from riskmap.io.track_window import hours_held, within_window
from riskmap.io.tracks import read_track
from riskmap.issued import AVERAGING_PERIOD, as_issued
from riskmap.ledger import Ledger, Problem
from riskmap.members import STRENGTH, Ensemble, lend_strength
from riskmap.outlook import Event
from riskmap.rules import HazardRule
from riskmap.scenario import Scenario
from riskmap.track import complete, to_averaging_period

REPLAY = ("回放", "Replay")
SIMULATED = ("模拟预报", "Simulated forecast")
EXTRAPOLATED = ("外推预报,非机构预报", "Extrapolated, no agency's forecast")
AUTO_CONFIRMED = ("回放自动确认降级,无人工确认", "Replay: lower tiers confirmed automatically, by no person")
HINDCAST = ("事后分析", "Hindcast with the whole best track")

SEA_MARGIN = 4.0
"""Sea that the surge's fetch may cross beyond the grid [degrees]: its reach of 400 km; less where the chart ends."""

DATUMS = {"station": ("站基面", "station datum"), "1985": ("1985国家高程基准", "1985 national height datum")}
"""Height datums that a tide table may declare; both tables stand in the same one, so only the words differ."""


def read_inputs(scenario: Scenario, ledger: Ledger) -> tuple[Inputs, ...]:
    """Inputs of the forecast run and, where asked for, of the hindcast.

    Parameters
    ----------
    scenario : Scenario
    ledger : Ledger
        Takes each file's name and sha256.

    Raises
    ------
    RiskmapError
        A file is missing, unreadable or breaks its contract; the message says where and what to do.
    """
    record_files(scenario, ledger)
    raw = read_track(
        scenario.track.file,
        format=scenario.track.format,
        storm=scenario.track.storm,
        agency=scenario.track.agency,
        issued_at=scenario.run.issued_at if scenario.track.forecast == "file" else None,
        forecast_file=scenario.track.forecast_file,
    )
    if raw.attrs.get("repeated_rows"):
        merged = f"{scenario.track.file.name}: {raw.attrs['repeated_rows']}"
        ledger.note("rows merged, each said twice", merged)
    if scenario.run.hindcast and raw["forecast"].values.any():
        raise ConfigError(
            "a hindcast needs the whole best track", where=f"{scenario.track.file.name}, key run.hindcast",
            expected="a track without forecasts", found=f"{int(raw['forecast'].sum())} forecast fixes",
            remedy="set hindcast = false, or give a best track",
        )  # fmt: skip
    for at in scenario.run.later:  # a later one is not found wanting when all else is done
        hours_held(raw, replace(scenario, run=replace(scenario.run, issued_at=at)))
    raw, scenario, ends = within_window(raw, scenario, ledger)
    base = _base(scenario, to_averaging_period(complete(raw), AVERAGING_PERIOD), ledger)
    simulated = scenario.track.forecast == "simulated"
    track = as_issued(
        raw, issued_at=scenario.run.issued_at, hours=scenario.run.hours,
        rng=np.random.default_rng(scenario.run.seed) if simulated else None,
    )  # fmt: skip
    forecast = replace(
        base, track=track, marks=(*_marks(scenario, track), *ends), ensemble=_members(scenario, base, track),
        observed=checked_at(base.observed, scenario.run.issued_at, ledger),
    )  # fmt: skip
    runs = [forecast]
    if scenario.run.hindcast:
        marks = (*((REPLAY,) if scenario.run.replay else ()), HINDCAST, *ends)
        end = scenario.run.issued_at + timedelta(hours=scenario.run.hours)
        runs.append(replace(base, kind="hindcast", marks=marks, observed=checked_at(base.observed, end)))
    return tuple(runs)


def record_files(scenario: Scenario, ledger: Ledger) -> None:
    """Name and digest of every input file, in the order of the scenario.

    Raises
    ------
    SourceError
        Files are not there, or cannot be read: all of them at once.
    """
    faults = Faults()
    sections = [(name, s, "") for name, s in vars(scenario).items() if s is not None]
    layers = (
        ("map", layer, "layers") for layer in scenario.map.layers if layer.file.exists()
    )  # an absent one is told later
    more = (("regions", part, "more") for part in scenario.regions.more)
    for name, section, whole in (*sections, *more, *layers):
        for key, value in vars(section).items():
            for path in value if isinstance(value, tuple) else (value,):
                if key in (
                    "soil_state",
                    "checkpoints",
                ):  # grow with the cycles; what is used is named elsewhere
                    continue
                if not isinstance(path, Path) or key == "fonts":
                    continue
                with faults:
                    if path.is_dir():
                        ledger.inputs += [
                            {"section": name, "key": whole or key, "file": f"{path.name}/{part.name}", "sha256": file_digest(part)}
                            for part in sorted(path.iterdir()) if part.is_file()
                        ]  # fmt: skip
                    elif path.suffix:
                        entry = {
                            "section": name,
                            "key": whole or key,
                            "file": path.name,
                            "sha256": file_digest(path),
                        }
                        ledger.inputs.append(entry)
    faults.tell()


def _members(scenario: Scenario, inputs: Inputs, track: xr.Dataset) -> Ensemble | None:
    """The ensemble of the forecast run: a model's, or made from the forecast by error statistics."""
    section = scenario.ensemble
    if section.file is not None:
        period, storm, ends = section.averaging_period, section.storm, section.ends
        members = (
            read_members(
                section.file, issued_at=section.issued_at, storm=storm, averaging_period=period, ends=ends,
                wind_unit=section.wind_unit, pressure_unit=section.pressure_unit,
            )
            if section.format == "csv"
            else read_cxml(section.file, storm=storm, averaging_period=period, ends=ends)
        )  # fmt: skip
        positions_only = not any(
            np.isfinite(m[name].values).any() for m in members.members for name in STRENGTH[:2]
        )
        return lend_strength(members, track) if positions_only else members
    if not section.members:
        return None
    land = (
        None
        if inputs.altitude is None
        else land_test(
            land_polygons(~np.isnan(inputs.altitude.values), inputs.grid), least_area=LEAST_MAINLAND
        )
    )
    return make_members(
        track,
        issued_at=scenario.run.issued_at,
        hours=scenario.run.hours,
        count=section.members,
        seed=scenario.run.seed,
        land=land,
    )


def _base(scenario: Scenario, track: xr.Dataset, ledger: Ledger) -> Inputs:
    grid = Grid.from_bounds(**vars(scenario.grid))
    issued_at = scenario.run.issued_at
    levels = read_levels(scenario.regions, grid, issued_at.date(), ledger)
    regions = levels.regions
    book = read_rule_book(scenario.rules.files, folder=scenario.rules.dir, wind_mode=scenario.rules.wind_mode)
    rules = book.hazards
    lacking = lacking_of(scenario)
    terrain = scenario.terrain
    altitude = read_relief(terrain.relief, grid) if terrain.relief else None
    roughness = None
    if terrain.roughness is not None:
        classes = (
            WORLDCOVER if terrain.land_cover == "worldcover"
            else read_classes(terrain.land_cover) if terrain.land_cover else None
        )  # fmt: skip
        roughness = read_roughness(terrain.roughness, grid, classes=classes)
    if altitude is None:
        lacking["flash_flood"] = NO_RELIEF
        # too little rain in the hills would look safe: it is said, not only left out
        ledger.problems.append(
            Problem(
                "terrain.relief",
                "not given: rain without upslope (too low in hills), wind as over open water",
            )
        )
    sea = _sea(scenario, regions, grid)
    if not sea:
        lacking["storm_surge"] = lacking["waves"] = NO_SEA
    inputs = Inputs(
        kind="forecast", event=Event(**vars(scenario.event)), issued_at=issued_at, hours=scenario.run.hours,
        grid=grid, track=track, **vars(levels), rules=rules, combination=book.combination, marks=(),
        wind=WindModel(**vars(scenario.wind)), rain_model=scenario.rain.model, altitude=altitude, roughness=roughness, lacking=lacking,
        wetness=scenario.flash_flood.wetness, curve_number=scenario.flash_flood.curve_number, **sea, **read_assets(scenario, regions, ledger),
        soil=_soil(scenario, grid, track, ledger), floods=read_floods(scenario, altitude, grid, regions, ledger),
    )  # fmt: skip
    if scenario.assets.sea_walls is not None and (inputs.walls is None or not sea):
        lacking["sea_wall"] = NO_WALL_TIDE if sea else NO_SEA
    inputs = with_fine(scenario, replace(inputs, rain_source=_gridded_rain(scenario, inputs, ledger)), ledger)
    if scenario.assets.key_villages is not None:
        name_villages(inputs.floods.villages, scenario.assets.key_villages.name, ledger)
    if scenario.tide is None or inputs.coast is None:
        missing = NO_TIDE if scenario.tide is None else NO_SEA
        return replace(inputs, lacking={"storm_tide": missing, **inputs.lacking})
    stations = read_stations(scenario.tide.warning_levels)
    tide = read_astronomical_tide(
        scenario.tide.astronomical, [str(c) for c in stations["station"].values], inputs.valid_hours
    )
    rules = {**inputs.rules, "storm_tide": _in_datum(rules["storm_tide"], scenario.tide.datum)}
    return replace(inputs, tides=Tides(stations, tide), rules=rules)


def _gridded_rain(scenario: Scenario, inputs: Inputs, ledger: Ledger) -> RainSource | None:
    """The scenario's rain files; hours that they lack are named, since the model stands in for them."""
    found = open_rains(scenario.rain, inputs.grid)
    if not found:
        return None
    source = found[0] if len(found) == 1 else InTurn(found, mend=0)
    hours = inputs.rain_hours
    missing = source.missing(list(hours))
    if len(missing):
        some = ", ".join(str(hour) for hour in missing[:3]) + (" ..." if len(missing) > 3 else "")
        what = f"{len(missing)} of {len(hours)} hours are not in the file ({some}, UTC): modelled there"
        name = (scenario.rain.file or scenario.rain.nowcast or Path()).name
        ledger.problems.append(Problem(name, what))
    return source


def _soil(scenario: Scenario, grid: Grid, track: xr.Dataset, ledger: Ledger) -> SoilStart | None:
    """The soil's water of an earlier cycle; what cannot be gone on from is named, and the wetness class counts."""
    path = scenario.flash_flood.soil_state
    if path is None:
        return None
    begins = track["time"].values[0].astype("datetime64[s]")
    found = find_soil_start(path, scenario.run.issued_at, grid, rain_from=begins)
    ledger.problems += [Problem("flash_flood.soil_state", line) for line in found.problems]
    if found.file is not None:
        digest = file_digest(found.file)
        ledger.inputs.append({"key": "soil_state", "file": found.file.name, "sha256": digest})
    elif found.problems:
        what = f"no soil state to go on from: the ground begins as {scenario.flash_flood.wetness} (flash_flood.wetness)"
        ledger.problems.append(Problem("flash_flood.soil_state", what))
    else:
        told = f"none yet, the ground begins as {scenario.flash_flood.wetness}"
        ledger.note("soil_state", told)
    return found.start


def _in_datum(rule: HazardRule, datum: str) -> HazardRule:
    """The storm-tide rule whose water levels name the datum of the user's tables."""
    chinese, english = DATUMS[datum]
    metrics = tuple(
        replace(m, chinese=f"{m.chinese}({chinese})", english=f"{m.english} ({english})")
        if m.station_levels
        else m
        for m in rule.metrics
    )
    return replace(rule, metrics=metrics)


def _marks(scenario: Scenario, track: xr.Dataset) -> tuple[tuple[str, str], ...]:
    """What the forecast run must say of itself; one that knows later fixes is a hindcast, whatever it is called."""
    marks = (
        *((REPLAY,) if scenario.run.replay else ()),
        *((AUTO_CONFIRMED,) if scenario.run.auto_confirm else ()),
    )
    if scenario.track.forecast == "simulated" or track.attrs.get("simulated"):
        return (*marks, SIMULATED)
    if track.attrs.get("extrapolated"):
        marks = (*marks, EXTRAPOLATED)
    issued_at = np.datetime64(int(scenario.run.issued_at.timestamp()), "s")
    observed_later = (track["time"].values > issued_at) & ~track["forecast"].values
    return (*marks, HINDCAST) if observed_later.any() else marks


def _sea(scenario: Scenario, regions: tuple[Any, ...], grid: Grid) -> dict[str, Any]:
    """Depth and coastal points where the scenario names them; without both no surge is computed."""
    terrain = scenario.terrain
    if terrain.bathymetry is None or terrain.coastline is None:
        return {}
    chart, chart_grid = read_depth(terrain.bathymetry, grid, margin=SEA_MARGIN)
    lines = read_lines(terrain.coastline)
    west, south, east, north = grid.bounds
    step = max(scenario.surge.step, grid.transform.a)
    whole = all(abs(side / step - round(side / step)) < 1e-6 for side in (east - west, north - south))
    near = Grid.from_bounds(west=west, south=south, east=east, north=north, step=step) if whole else grid
    return {
        "shelf": Level(chart_grid, sea_bed(chart, chart_grid)),
        "inshore": Level(
            near, sea_bed(chart, near, land=land_of_shore(lines, chart, near, where=str(terrain.coastline)))
        ),
        "surge_drag": scenario.surge.drag,
        "coast": coastal_points(lines, regions),
    }
