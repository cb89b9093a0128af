"""A look at registers, gauges, tables and rules by the readers that a run uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from riskmap.io.around import COUNTIES_NAMED, Around, Seen
from riskmap.ledger import Ledger, Problem


def _register(
    count: int, what: str, datum: str | None, units: str, problems: Iterable[object], codes: Iterable[str], around: Around
) -> Seen:  # fmt: skip
    """A table of things in counties: how many, and in how many of the counties."""
    held = {code[:6] for code in codes}
    mine = {region.code for region in around.regions}
    said = tuple(str(problem) for problem in problems)
    return Seen(
        f"{count} {what} in {len(held & mine)} of {len(mine)} counties", datum or "by row", units, said
    )


def _zones(around: Around) -> Seen:
    from riskmap.io.hazard_points import read_hazard_zones

    section = around.scenario.assets
    assert section.hazard_zones is not None
    table = read_hazard_zones(section.hazard_zones, datum=section.datum, regions=around.regions)
    codes = (zone.region for zone in table.zones)
    return _register(len(table.zones), "slopes", section.datum, "mm, h", table.problems, codes, around)


def _walls(around: Around) -> Seen:
    from riskmap.io.sea_walls import read_sea_walls

    section = around.scenario.assets
    assert section.sea_walls is not None
    ledger = Ledger()
    walls = read_sea_walls(section.sea_walls, ledger=ledger)
    codes = [str(code) for code in walls["region"].values]
    heights = "; ".join(sorted({str(d) for d in walls["height_datum"].values}))
    said = [problem.what for problem in ledger.problems]
    return _register(len(codes), "sections", f"heights {heights}", "m", said, codes, around)


def _wall_tide(around: Around) -> Seen:
    from riskmap.errors import RiskmapError
    from riskmap.io.sea_walls import read_sea_walls
    from riskmap.io.tides import read_astronomical_tide

    section = around.scenario.assets
    assert section.sea_wall_tide is not None
    try:
        walls = None if section.sea_walls is None else read_sea_walls(section.sea_walls, ledger=Ledger())
    except RiskmapError:  # said of the walls themselves
        walls = None
    codes = [] if walls is None else sorted({str(code) for code in walls["station"].values if str(code)})
    tide = read_astronomical_tide(section.sea_wall_tide, codes, around.hours, datum=section.sea_wall_datum)
    none = [code for code in codes if bool(np.isnan(tide.sel(station=code)).all())]
    said = (f"no tide for {', '.join(none[:COUNTIES_NAMED])}: their walls are grey",) if none else ()
    return Seen(f"{len(codes) - len(none)} of {len(codes)} stations, all hours", f"heights {section.sea_wall_datum or 'undeclared'}", "cm", said)  # fmt: skip


def _reservoirs(around: Around) -> Seen:
    from riskmap.io.reservoirs import read_reservoirs

    section = around.scenario.assets
    assert section.reservoirs is not None
    table = read_reservoirs(section.reservoirs, datum=section.datum, regions=around.regions)
    codes = (asset.region for asset in table.assets)
    return _register(len(table.assets), "reservoirs", section.datum, "m", table.problems, codes, around)


def _rivers(around: Around) -> Seen:
    from riskmap.io.reservoirs import read_river_stations

    section = around.scenario.assets
    assert section.river_stations is not None
    table = read_river_stations(section.river_stations, datum=section.datum, regions=around.regions)
    codes = (asset.region for asset in table.assets)
    return _register(len(table.assets), "stations", section.datum, "m", table.problems, codes, around)


def _people(around: Around) -> Seen:
    from riskmap.io.registered_people import read_register

    section = around.scenario.assets
    assert section.people is not None
    read = read_register(section.people, datum=section.datum)
    words = f"{len(read.register.people)} households, {int(read.register.people.sum())} people"
    return Seen(words, section.datum or "by row", "people", tuple(str(p) for p in read.problems))


def _watersheds(around: Around) -> Seen:
    """Outlines, thresholds and villages need the relief's watersheds: all of them through the run's own reader."""
    return _floods(around, ("thresholds", "key_villages"))


def _thresholds(around: Around) -> Seen:
    return _floods(around, ("watersheds", "key_villages"))


def _villages(around: Around) -> Seen:
    return _floods(around, ("watersheds", "thresholds"))


def _floods(around: Around, left_out: Sequence[str]) -> Seen:
    from riskmap.io.flood_inputs import read_floods
    from riskmap.io.rasters import read_relief

    scenario = around.scenario
    relief = scenario.terrain.relief
    if relief is None:
        return Seen("not used", "", "", ("without terrain.relief there is no flash flood",))
    gone: dict[str, Any] = dict.fromkeys(left_out)
    villages = {k: gone.pop(k) for k in tuple(gone) if k == "key_villages"}
    scenario = replace(
        scenario,
        flash_flood=replace(scenario.flash_flood, **gone),
        assets=replace(scenario.assets, **villages),
    )
    altitude = read_relief(relief, around.grid)
    ledger = Ledger()
    found = read_floods(scenario, altitude, around.grid, around.regions, ledger)
    words = (
        f"{len(found.villages)} villages" if "key_villages" not in villages else "watersheds of the relief"
    )
    return Seen(words, scenario.assets.datum or "", "", _lines(ledger.problems))


def _lines(problems: Iterable[Problem]) -> tuple[str, ...]:
    return tuple(problem.line for problem in problems)


def _gauges(around: Around) -> Seen:
    from riskmap.io.gauges import read_gauges

    section = around.scenario.gauges
    assert section is not None
    table = read_gauges(section.stations, datum=section.datum, regions=around.regions)
    codes = (gauge.region for gauge in table.gauges)
    return _register(len(table.gauges), "gauges", section.datum, "mm; m", table.problems, codes, around)


def _readings(around: Around) -> Seen:
    """What was read of the gauges by the analysis time, by the checks that a run makes."""
    from riskmap.io.asset_inputs import checked_at, read_assets
    from riskmap.scenario import AssetsSection

    scenario = replace(around.scenario, assets=AssetsSection())
    ledger = Ledger()
    observed = read_assets(scenario, around.regions, ledger)["observed"]
    observed = checked_at(observed, scenario.run.issued_at, ledger)
    times = [series.times.max() for series in observed.readings if len(series.times)]
    count = sum(len(series.times) > 0 for series in observed.readings)
    newest = f", newest {max(times).astype('datetime64[m]')} UTC" if times else ""
    section = scenario.gauges
    assert section is not None
    zone = "with offset" if section.utc_offset_hours is None else f"UTC{section.utc_offset_hours:+g}"
    words = f"{count} of {len(observed.readings)} gauges with readings{newest}"
    return Seen(words, f"times {zone}", "; ".join(filter(None, (section.rain_units, section.level_units))) or "by row", _lines(ledger.problems))  # fmt: skip


def _hydrographs(around: Around) -> Seen:
    from riskmap.io.hydrographs import read_hydrographs

    path = around.scenario.inundation.hydrographs
    assert path is not None
    return Seen(f"{len(read_hydrographs(path))} rivers", "WGS-84", "m3 s-1")


def _drains(around: Around) -> Seen:
    from riskmap.io.drains import read_drains

    path = around.scenario.inundation.drains
    assert path is not None
    drains, problems = read_drains(path, around.grid)
    return Seen(f"{len(drains)} drains", "WGS-84", "m3 s-1", _lines(problems))


def _rules(around: Around) -> Seen:
    from riskmap.io.rule_files import read_rule_book

    section = around.scenario.rules
    book = read_rule_book(section.files, folder=section.dir, wind_mode=section.wind_mode)
    return Seen(f"{len(book.files)} rules in force")


def _curves(around: Around) -> Seen:
    from riskmap.io.risk_inputs import read_risk_rule

    read_risk_rule(around.scenario.risk.curves)
    return Seen("wind and depth", "", "m s-1; m")


def _dwellings(around: Around) -> Seen:
    from riskmap.io.risk_inputs import read_dwellings

    path = around.scenario.risk.dwellings
    assert path is not None
    found = read_dwellings(path).fragile
    return _register(len(found), "rows", "", "dwellings", (), found, around)


def _layers(around: Around) -> Seen:
    from riskmap.io.map_layers import read_layer

    layers = around.scenario.map.layers
    for layer in layers:
        read_layer(layer.file, datum=layer.datum)
    return Seen(f"{len(layers)} layers")


def _more_regions(around: Around) -> Seen:
    from riskmap.io.regions import read_region_file

    section = around.scenario.regions
    said: list[str] = []
    count = 0
    for part in section.more:
        read = read_region_file(
            part.file, level=part.level, grid=around.grid, point_radius=part.point_radius, population=part.population,
            valid_on=around.scenario.run.issued_at.date(), code_key=part.code_key, name_key=part.name_key, datum=part.datum,
        )  # fmt: skip
        count += len(read.regions)
        said += [str(problem) for problem in read.problems]
    return Seen(f"{count} units", "; ".join(sorted({p.datum for p in section.more})), "degrees", tuple(said))


def _codes(around: Around) -> Seen:
    from riskmap.io.csv_table import read_csv_table

    path = around.scenario.regions.codes
    assert isinstance(path, Path)
    return Seen(f"{len(read_csv_table(path).rows)} units")


REGISTER_LOOKS: Final[Mapping[str, Callable[[Around], Seen]]] = MappingProxyType(
    {
        "assets.hazard_zones": _zones, "assets.sea_walls": _walls, "assets.sea_wall_tide": _wall_tide,
        "assets.reservoirs": _reservoirs, "assets.river_stations": _rivers, "assets.people": _people,
        "assets.key_villages": _villages, "flash_flood.watersheds": _watersheds, "flash_flood.thresholds": _thresholds,
        "gauges.stations": _gauges, "gauges.readings": _readings, "inundation.hydrographs": _hydrographs,
        "inundation.drains": _drains, "rules.files": _rules, "rules.dir": _rules, "risk.curves": _curves,
        "risk.dwellings": _dwellings, "map.layers": _layers, "regions.more": _more_regions, "regions.codes": _codes,
    }
)  # fmt: skip
"""Key of the scenario -> how its file is looked at."""
