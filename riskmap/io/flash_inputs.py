"""Everything that the flash-flood layer names, read and checked once: rain that is known, watersheds, villages, regions. No track."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain, takewhile
from typing import Final

import numpy as np
from numpy.typing import NDArray

from riskmap.analysis import RAIN_LEAD_HOURS, Inputs
from riskmap.analysis.observed import Observed
from riskmap.errors import ConfigError, MissingInputError
from riskmap.grid import Grid
from riskmap.hazard.rain_models.in_turn import InTurn, SpanSource
from riskmap.hazard.storm.swath import HOUR
from riskmap.io.asset_inputs import checked_at, read_assets
from riskmap.io.cycle_config import NO_TRACK
from riskmap.io.flood_inputs import name_villages, read_floods
from riskmap.io.inputs import REPLAY, record_files
from riskmap.io.rain_grids import open_rains
from riskmap.io.rasters import read_relief
from riskmap.io.region_levels import read_levels
from riskmap.io.rule_files import read_rule_book
from riskmap.io.soil_cycle import find_soil_start
from riskmap.ledger import Ledger, Problem
from riskmap.observation.gauge_rain import GaugeRain
from riskmap.outlook import Event
from riskmap.scenario import (
    AssetsSection,
    EnsembleSection,
    InundationSection,
    RiskSection,
    Scenario,
    SurgeSection,
    TerrainSection,
)
from riskmap.track import no_track

LOOKS_BACK: Final = 24 * 6
"""Steps before the time that is due in which a whole hour of rain is looked for."""

LAYER_MARK: Final = (
    "山洪快速层:只含山洪,其余灾种见全灾种图",
    "Flash-flood layer: this hazard alone, the others in the full map",
)

GAUGES_WAIT: Final = timedelta(minutes=30)
"""So long gauges that are newer than every grid wait for it: beyond their reach the last steps are unknown (status D)."""

NAMED: Final = 3
"""Hours that a line of the report names one by one."""


def narrowed(scenario: Scenario, *, stale_after: float) -> Scenario:
    """The scenario without what the layer does not read, so that its identity does not hang on it.

    Parameters
    ----------
    scenario : Scenario
    stale_after : float
        Hours after which the layer's page warns that it is old.
    """
    assets = scenario.assets
    villages = tuple(key for key in assets.examples if key == "key_villages")
    return replace(
        scenario,
        run=replace(scenario.run, hindcast=False, later=()),
        track=replace(scenario.track, file=NO_TRACK, forecast_file=None),
        terrain=TerrainSection(relief=scenario.terrain.relief),
        assets=AssetsSection(key_villages=assets.key_villages, datum=assets.datum, examples=villages),
        ensemble=EnsembleSection(), inundation=InundationSection(), surge=SurgeSection(), tide=None, risk=RiskSection(),
        products=replace(scenario.products, letters=False),
        map=replace(scenario.map, county_pages=False, stale_after=stale_after),
    )  # fmt: skip


def rain_of_layer(scenario: Scenario, observed: Observed) -> InTurn:
    """What is known of the rain: the files first, then the nowcast, then the gauges.

    Raises
    ------
    MissingInputError
        Nothing of it is given.
    RiskmapError
        A file of rain cannot be read.
    """
    grid = Grid.from_bounds(**vars(scenario.grid))
    sources: list[SpanSource] = list(open_rains(scenario.rain, grid))
    gauges = [series for series in observed.readings if series.gauge.kind == "rain"]
    if gauges:
        sources.append(GaugeRain(gauges, grid))
    if not sources:
        raise MissingInputError(
            "no rain for the flash-flood layer", where="[[flash.input]]", expected="rain.file, rain.nowcast or gauges.readings",
            found="none of them there", remedy="name where the radar, the nowcast or the gauges are delivered",
        )  # fmt: skip
    return InTurn(sources)


def measured_until(rain: InTurn, scenario: Scenario) -> datetime | None:
    """The newest rain that was measured, up to the issue time; None where all of it is a nowcast.

    Parameters
    ----------
    rain : InTurn
        ``rain_of_layer`` of the scenario.
    """
    grids = [source for source in rain.sources if source.everywhere]
    nowcast = grids[-1] if scenario.rain.nowcast is not None else None
    ends = [_datetime(source.until) for source in rain.sources if source is not nowcast]
    return min(max(ends), scenario.run.issued_at) if ends else None


def _nowcast_mark(measured: datetime | None, issued_at: datetime) -> tuple[tuple[str, str], ...]:
    """What every page says where the newest rain is a nowcast, not measured."""
    if measured is None:
        return (("雨量均为临近预报,非实况", "All rain is a nowcast, none of it measured"),)
    minutes = round((issued_at - measured) / timedelta(minutes=1))
    if minutes <= 0:
        return ()
    return ((f"最后{minutes}分钟为临近预报", f"The last {minutes} minutes are a nowcast"),)


def known_at(rain: InTurn, due: datetime, *, step: timedelta, hours: int) -> tuple[datetime, int]:
    """The newest time up to which rain is known, and the hours after it that are known too.

    A grid's time goes before that of gauges which are a little newer: more input makes no worse map.

    Parameters
    ----------
    rain : InTurn
    due : datetime
        Nothing later counts.
    step : timedelta
        Pace of the layer: the time is a whole number of it before ``due``.
    hours : int
        Wanted after ``due``.

    Raises
    ------
    MissingInputError
        No whole hour of rain is known in the day before the newest rain.
    """
    until = _datetime(rain.until)
    late = max(-((until - due) // step), 0)
    told = (at for n in range(late, late + LOOKS_BACK) if rain.known(_utc(at := due - n * step)))
    newest = next(told, None)
    if newest is None:
        raise MissingInputError(
            "no whole hour of rain", where="rain", expected=f"one in the day before {until.isoformat()}", found="none",
            remedy="gather the files of a day: gather_hours = 25",
        )  # fmt: skip
    near = takewhile(lambda at: newest - at <= GAUGES_WAIT, chain([newest], told))
    at = next((at for at in near if rain.by_grid(_utc(at))), newest)
    most = hours + -(-(due - at) // timedelta(hours=1))
    return at, next((h for h in range(most) if not rain.known(_utc(at) + (h + 1) * HOUR)), most)


def read_layer(scenario: Scenario, ledger: Ledger) -> Inputs:
    """Inputs of the layer at the issue time and for the hours of the scenario.

    Parameters
    ----------
    scenario : Scenario
        ``narrowed``.
    ledger : Ledger
        Takes each file's name and sha256, and what is wanting.

    Raises
    ------
    RiskmapError
        A file is missing, unreadable or breaks its contract.
    """
    record_files(scenario, ledger)
    if scenario.terrain.relief is None:
        raise ConfigError(
            "no flash floods without relief", where="key terrain.relief", expected="a raster of heights", found="none",
            remedy="name one in the scenario",
        )  # fmt: skip
    issued_at, grid = scenario.run.issued_at, Grid.from_bounds(**vars(scenario.grid))
    levels = read_levels(scenario.regions, grid, issued_at.date(), ledger)
    book = read_rule_book(scenario.rules.files, folder=scenario.rules.dir, wind_mode=scenario.rules.wind_mode)
    altitude = read_relief(scenario.terrain.relief, grid)
    floods = read_floods(scenario, altitude, grid, levels.regions, ledger)
    if scenario.assets.key_villages is not None:
        name_villages(floods.villages, scenario.assets.key_villages.name, ledger)
    assets = read_assets(scenario, levels.regions, ledger)
    observed = checked_at(assets["observed"], issued_at, ledger)
    rain = rain_of_layer(scenario, observed)
    measured = measured_until(rain, scenario)
    inputs = Inputs(
        kind="forecast", event=Event(**vars(scenario.event)), issued_at=issued_at, hours=scenario.run.hours, grid=grid,
        track=no_track(), **vars(levels), rules=book.hazards, combination=book.combination,
        marks=(*((REPLAY,) if scenario.run.replay else ()), LAYER_MARK, *_nowcast_mark(measured, issued_at)),
        measured_until=measured, altitude=altitude, rain_source=rain,
        wetness=scenario.flash_flood.wetness, curve_number=scenario.flash_flood.curve_number, floods=floods,
        **(assets | {"observed": observed}),
    )  # fmt: skip
    inputs = _with_soil(scenario, inputs, ledger)
    _name_gaps(rain, inputs.rain_hours[: inputs.rain_lead], ledger)
    _name_share(rain, _utc(issued_at), np.isfinite(altitude.values), ledger)
    return inputs


def _with_soil(scenario: Scenario, inputs: Inputs, ledger: Ledger) -> Inputs:
    """The soil's water that a full cycle left; the layer reads it and leaves none.

    A state counts for the whole hours since it was made: ten minutes do not change how wet the ground was a day ago.
    """
    path = scenario.flash_flood.soil_state
    if path is None:
        return inputs
    issued_at = scenario.run.issued_at
    hour = issued_at.replace(minute=0, second=0, microsecond=0)
    long_ago = np.datetime64(0, "s")  # rain is not modelled from a track here
    found = find_soil_start(path, hour, inputs.grid, rain_from=long_ago, clock=issued_at)
    ledger.problems += [Problem("flash_flood.soil_state", line) for line in found.problems]
    if found.start is None:
        ledger.note("soil_state", f"none, the ground begins as {scenario.flash_flood.wetness}")
    else:
        ledger.note("soil_state", f"{found.start.time} UTC, of a full cycle")
    return replace(inputs, soil=found.start)


def _name_gaps(rain: InTurn, hours: NDArray[np.datetime64], ledger: Ledger) -> None:
    """Name what nobody has measured of the hours up to the analysis time: those since the soil state, then the day of the thresholds."""
    soil, past = list(hours[:-RAIN_LEAD_HOURS]), list(hours[-RAIN_LEAD_HOURS:])
    gaps = (
        ("hours of rain since the soil state unknown: the ground counts as wet", rain.missing(soil)),
        ("hours of rain unknown: grey where a threshold looks at them", rain.missing(past)),
        ("steps of 10 min mended from those around them", rain.mended([*soil, *past])),
    )
    for what, found in gaps:
        if found:
            some = ", ".join(str(at) for at in found[:NAMED]) + (" ..." if len(found) > NAMED else "")
            ledger.problems.append(Problem("rain", f"{len(found)} {what} ({some}, UTC)"))


def _name_share(rain: InTurn, end: np.datetime64, land: NDArray[np.bool_], ledger: Ledger) -> None:
    """Say of how much of the land the newest hour is known: a radar sees no further than its reach, and nothing behind a mountain."""
    newest = rain.hour(end)
    share = 0.0 if newest is None or not land.any() else np.isfinite(newest[land]).mean()
    known = np.floor(1000 * share) / 10  # 100 is all of it
    ledger.note(
        "rain",
        f"known on {known:.1f}% of the land's cells in the hour to {end} UTC; unknown, not dry, on others",
    )


def _datetime(at: np.datetime64) -> datetime:
    return datetime.fromtimestamp(int(at.astype("datetime64[s]").astype(np.int64)), UTC)


def _utc(at: datetime) -> np.datetime64:
    return np.datetime64(round(at.timestamp()), "s")


def observed_of(scenario: Scenario, due: datetime) -> Observed:
    """Readings of the scenario's gauges as of a time, for a look at how far rain is known."""
    read = read_assets(replace(scenario, assets=AssetsSection()), (), Ledger())
    return checked_at(read["observed"], due)
