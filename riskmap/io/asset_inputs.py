"""The registers of a scenario's ``[assets]``: read, checked, and their bad rows named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone, tzinfo
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np

from riskmap.analysis.observed import Observed
from riskmap.errors import ConfigError, CoverageError, DataError, SourceError
from riskmap.io.breach_rule import read_breach_rule
from riskmap.io.gauges import ReadingTable, parse_readings, read_gauges, read_readings
from riskmap.io.hazard_points import read_hazard_zones
from riskmap.io.landslide_table import read_landslide_rules
from riskmap.io.registered_people import read_register
from riskmap.io.reservoirs import read_reservoirs, read_river_stations
from riskmap.io.sea_walls import read_sea_walls
from riskmap.io.service import fetch_text, told_address
from riskmap.io.strangers import name_strangers
from riskmap.io.tides import read_astronomical_tide
from riskmap.ledger import Ledger, Problem
from riskmap.observation.gauges import Flag, Gauge, words
from riskmap.observation.quality import ahead_of, check
from riskmap.region import Region
from riskmap.scenario import AssetsSection, Scenario

HAZARD_OF: Final = {
    "hazard_zones": "landslide", "sea_walls": "sea_wall", "reservoirs": "reservoir", "river_stations": "river_stage",
}  # fmt: skip
"""Key of the section -> the hazard that its assets count for."""


def read_assets(scenario: Scenario, regions: tuple[Region, ...], ledger: Ledger) -> dict[str, Any]:
    """What ``riskmap.analysis.Inputs`` takes of assets.

    Parameters
    ----------
    scenario : Scenario
    regions : tuple of Region
        To check the places against.
    ledger : Ledger
        Takes each row that was left out or is doubtful: people live there.

    Raises
    ------
    RiskmapError
        A register cannot be used at all.
    """
    section = scenario.assets
    found: dict[str, Any] = {
        "examples": frozenset(HAZARD_OF[key] for key in section.examples if key in HAZARD_OF)
    }
    if section.hazard_zones is not None:
        table = read_hazard_zones(section.hazard_zones, datum=section.datum, regions=regions)
        _name(table.problems, section.hazard_zones, ledger)
        name_strangers(
            (zone.region for zone in table.zones), regions, section.hazard_zones, ledger, inside=False
        )
        found |= {"zones": table.zones, "slope_rules": read_landslide_rules()}
    if section.sea_walls is not None:
        found |= _walls(section, scenario, regions, ledger)
    if section.people is not None:
        read = read_register(section.people, datum=section.datum)
        _name(read.problems, section.people, ledger)
        found["register"] = read.register
    return found | {"observed": _observed(scenario, regions, ledger)}


def _walls(
    section: AssetsSection, scenario: Scenario, regions: tuple[Region, ...], ledger: Ledger
) -> dict[str, Any]:
    """Sections and the tide at their stations; both say above which datum they count."""
    assert section.sea_walls is not None
    if section.sea_wall_tide is None or section.sea_wall_datum is None:
        raise ConfigError(
            "sea walls without a tide, or a tide without its height datum", where="key assets.sea_walls",
            expected="sea_wall_tide = file and sea_wall_datum = 1985 | wusong | station | msl",
            found=f"sea_wall_tide = {section.sea_wall_tide}, sea_wall_datum = {section.sea_wall_datum}",
            remedy="give both beside the walls",
        )  # fmt: skip
    walls = read_sea_walls(section.sea_walls, ledger=ledger)
    name_strangers(walls["region"].values.tolist(), regions, section.sea_walls, ledger)
    start = np.datetime64(int(scenario.run.issued_at.timestamp()), "s")
    hours = start + np.arange(scenario.run.hours + 1) * np.timedelta64(3600, "s")
    stations = sorted({str(code) for code in walls["station"].values if str(code)})
    try:
        tide = read_astronomical_tide(section.sea_wall_tide, stations, hours, datum=section.sea_wall_datum)
    except CoverageError as problem:  # the other hazards need no tide
        ledger.missed("assets.sea_wall_tide", problem)
        return {}
    return {"walls": walls, "wall_tide": tide, "breach_rule": read_breach_rule()}


def _observed(scenario: Scenario, regions: tuple[Region, ...], ledger: Ledger) -> Observed:
    """Registers that levels grade, and readings, not yet checked."""
    assets, section = scenario.assets, scenario.gauges
    found: dict[str, Any] = {}
    if assets.reservoirs is not None:
        reservoirs = read_reservoirs(assets.reservoirs, datum=assets.datum, regions=regions)
        _name(reservoirs.problems, assets.reservoirs, ledger)
        codes = (asset.region for asset in reservoirs.assets)
        name_strangers(codes, regions, assets.reservoirs, ledger, inside=False)
        found["reservoirs"] = reservoirs.assets
    if assets.river_stations is not None:
        rivers = read_river_stations(assets.river_stations, datum=assets.datum, regions=regions)
        _name(rivers.problems, assets.river_stations, ledger)
        codes = (asset.region for asset in rivers.assets)
        name_strangers(codes, regions, assets.river_stations, ledger, inside=False)
        found["stations"] = rivers.assets
    if section is None:
        return Observed(**found)
    gauges = read_gauges(section.stations, datum=section.datum, regions=regions)
    units = {"rain": section.rain_units} | dict.fromkeys(("river", "tide", "reservoir"), section.level_units)
    hours = section.utc_offset_hours
    table = _readings(
        section.readings, gauges.gauges, ledger, units={kind: unit for kind, unit in units.items() if unit},
        zone=None if hours is None else timezone(timedelta(hours=hours)),
    )  # fmt: skip
    _name(gauges.problems, section.stations, ledger)
    codes = (gauge.region for gauge in gauges.gauges)
    name_strangers(codes, regions, section.stations, ledger, inside=False)
    _name(table.problems, Path("gauges.readings"), ledger)
    method = None if section.correction == "none" else section.correction
    return Observed(readings=table.readings, method=method, **found)


def _readings(
    source: Path | str, gauges: Sequence[Gauge], ledger: Ledger, *, units: dict[str, str], zone: tzinfo | None
) -> ReadingTable:
    """Readings of a file, or of a service; a service that fails is named, and the cycle goes on without readings."""
    if isinstance(source, Path):
        return read_readings(source, gauges, units=units, zone=zone)
    where = told_address(source)
    try:
        text = fetch_text(source)
        ledger.inputs.append({"key": "readings", "file": where, "sha256": sha256(text.encode()).hexdigest()})
        return parse_readings(text, gauges, where=where, units=units, zone=zone)
    except (SourceError, DataError) as problem:
        ledger.missed("gauges.readings", problem)
        return ReadingTable((), ())


def checked_at(observed: Observed, now: datetime, ledger: Ledger | None = None) -> Observed:
    """What had been read at ``now`` (timezone-aware), flagged; gauges with a flag are named in the ledger.

    Flagged readings are not used: a silent or absurd gauge is never trusted.
    """
    ahead = ahead_of(observed.readings, now=now)
    readings = tuple(
        replace(series, whole=series.whole | Flag.TIME_SHIFT) if series.gauge.gauge_id in ahead else series
        for series in check(observed.until(now).readings, now=now)
    )
    for series in readings:
        flags = series.whole
        for flag in np.unique(series.flags):
            flags |= Flag(int(flag))
        if flags and ledger is not None:
            where = f"gauge {series.gauge.gauge_id}"
            ledger.problems.append(Problem(where, f"{words(flags)[1]}: what is flagged is not used"))
    return replace(observed, readings=readings)


def _name(problems: Iterable[DataError], path: Path, ledger: Ledger) -> None:
    """Put each row that was left out, or is doubtful, into the run's record."""
    ledger.problems += [Problem(problem.where or path.name, str(problem)) for problem in problems]
