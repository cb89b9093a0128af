"""A look at track, outlines, rasters and tide tables by the readers that a run uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np

from riskmap.io.around import COUNTIES_NAMED, WGS84, Around, Seen
from riskmap.ledger import Ledger


def _track(around: Around) -> Seen:
    from riskmap.io.track_window import within_window
    from riskmap.io.tracks import read_track

    section, run = around.scenario.track, around.scenario.run
    track = read_track(
        section.file, format=section.format, storm=section.storm, agency=section.agency, forecast_file=section.forecast_file,
        issued_at=run.issued_at if section.forecast == "file" else None,
    )  # fmt: skip
    ledger = Ledger()
    within_window(track, around.scenario, ledger)
    first, last = (str(t.astype("datetime64[m]")) for t in track["time"].values[[0, -1]])
    observed = track["time"].values[~track["forecast"].values & (track["time"].values <= around.hours[0])]
    seen = (
        f"; observed to {observed.max().astype('datetime64[m]')}" if len(observed) else "; nothing observed"
    )
    period = int(track.attrs["averaging_period"]) // 60
    return Seen(
        f"{first} to {last} UTC{seen}",
        WGS84,
        f"m s-1, {period}-min mean",
        tuple(p.what for p in ledger.problems),
    )


def _regions(around: Around) -> Seen:
    from riskmap.io.regions import read_region_file

    section = around.scenario.regions
    said: list[str] = []
    count = 0
    plain = (section.file,) if isinstance(section.file, Path) else section.file
    for part in section.files[: len(plain)]:
        read = read_region_file(
            part.file, level=part.level, grid=around.grid, point_radius=part.point_radius,
            valid_on=around.scenario.run.issued_at.date(), code_key=part.code_key, name_key=part.name_key, datum=part.datum,
        )  # fmt: skip
        count += len(read.regions)
        said += [str(problem) for problem in read.problems]
        if not read.told:
            said.append(f"{part.file.name}: no known border in it, so its datum ({part.datum}) is believed")
    if around.regions:
        _, away = around.share(np.ones(around.grid.shape, bool))
        said += away
    return Seen(f"{count} units", section.datum, "degrees", tuple(said))


def _population(around: Around) -> Seen:
    from riskmap.io.regions import read_population

    path = around.scenario.regions.population
    assert path is not None
    people = read_population(path)
    lacking = [r.name for r in around.regions if r.code not in people]
    said = (
        (f"no residents for {len(lacking)} counties: {'、'.join(lacking[:COUNTIES_NAMED])}",)
        if lacking
        else ()
    )
    return Seen(
        f"{len(around.regions) - len(lacking)} of {len(around.regions)} counties", "", "residents", said
    )


def _people(around: Around) -> Seen:
    from riskmap.io.people_raster import read_people

    section = around.scenario.risk
    assert section.population_raster is not None
    people = read_people(section.population_raster, around.grid, units=section.population_units)
    words, said = around.share(np.isfinite(people))
    return Seen(
        f"{words}, {np.nansum(people):,.0f} people",
        _crs(section.population_raster),
        section.population_units or "",
        said,
    )


def _relief(around: Around) -> Seen:
    from riskmap.io.rasters import read_relief

    path = around.scenario.terrain.relief
    assert path is not None
    heights = read_relief(path, around.grid)  # refuses one that leaves out a part of the grid
    words, said = around.share(np.isfinite(heights.values), least=0.0)
    return Seen(f"land in {words}, cells of {heights.attrs['cell']:.0f} m", _crs(path), "m", said)


def _dem(around: Around) -> Seen:
    from riskmap.io.dem_glance import glance
    from riskmap.io.fine_inputs import wanted_memory
    from riskmap.io.landslide_table import read_landslide_rules
    from riskmap.io.relief_inputs import one_model
    from riskmap.memory import memory_available

    section = around.scenario.terrain
    assert section.dem is not None
    with one_model(section.dem) as path:
        found = glance(path, around.grid, vertical_units=section.dem_units, nodata=section.dem_nodata)
        need = wanted_memory(path, around.grid)
    words, said = around.share(found.inside)
    most = read_landslide_rules().max_cell
    fine = (
        ()
        if found.cell <= most
        else (f"cells of {found.cell:.0f} m: landslide and inundation need {most:g} m or finer",)
    )
    heights = {"1985": "1985 height datum", "wusong": "Wusong", "msl": "mean sea level"}.get(
        section.dem_datum or "", "undeclared"
    )
    free = memory_available()
    short = (f"{need / 1e9:.2f} GB of memory, {free / 1e9:.2f} are free now",) if need > free else ()
    return Seen(
        f"{words}, cells of {found.cell:.0f} m, {need / 1e9:.2f} GB",
        f"{found.crs}; heights {heights}",
        found.units,
        (*fine, *short, *said),
    )


def _bathymetry(around: Around) -> Seen:
    from riskmap.io.inputs import SEA_MARGIN
    from riskmap.io.rasters import read_depth

    path = around.scenario.terrain.bathymetry
    assert path is not None
    _, grid = read_depth(path, around.grid, margin=SEA_MARGIN)
    west, south, east, north = grid.bounds
    return Seen(f"{west:g} to {east:g} E, {south:g} to {north:g} N", _crs(path), "m")


def _coastline(around: Around) -> Seen:
    from riskmap.io.coast import coastal_points, read_lines

    path = around.scenario.terrain.coastline
    assert path is not None
    points = coastal_points(read_lines(path), around.regions) if around.regions else None
    count = 0 if points is None else points.sizes["point"]
    said = () if count or points is None else ("no shore near any county: no storm surge",)
    return Seen(f"{count} points at the counties' shore", WGS84, "degrees", said)


def _roughness(around: Around) -> Seen:
    from riskmap.io.roughness import WORLDCOVER, read_classes, read_roughness

    section = around.scenario.terrain
    assert section.roughness is not None
    cover = section.land_cover
    classes = (
        WORLDCOVER if cover == "worldcover" else read_classes(cover) if isinstance(cover, Path) else None
    )
    lengths = read_roughness(section.roughness, around.grid, classes=classes)
    words, said = around.share(np.isfinite(lengths.values))
    return Seen(words, _crs(section.roughness), "m" if classes is None else "classes", said)


def _rain(around: Around) -> Seen:
    return _rain_of(around, around.scenario.rain.file, around.scenario.rain.nowcast)


def _nowcast(around: Around) -> Seen:
    return _rain_of(around, around.scenario.rain.nowcast, around.scenario.rain.file)


def _rain_of(around: Around, path: Path | None, beside: Path | None) -> Seen:
    """One of the two rain files; the hours that it lacks are said where no other one may have them."""
    from riskmap.analysis import RAIN_LEAD_HOURS
    from riskmap.io.rain_declared import RainDeclared
    from riskmap.io.rain_grids import open_rain

    assert path is not None
    rain = open_rain(path, around.grid, RainDeclared.of(around.scenario.rain))
    lead = np.arange(RAIN_LEAD_HOURS - 1, 0, -1) * np.timedelta64(3600, "s")
    wanted = [*(around.hours[0] - lead), *around.hours]
    missing = rain.missing(wanted)
    for hour in wanted:
        rain.hour(hour)  # every number is looked at: one negative hour would be found at three in the morning
    first, last = rain.tiles[0].start, rain.tiles[-1].end
    said = (
        (f"{len(missing)} of {len(wanted)} hours are not in it, from {missing[0]} UTC: modelled there",)
        # with several sources the row of all together says what none of them has
        if missing and beside is None and not around.layer
        else ()
    )
    words = f"{first.astype('datetime64[m]')} to {last.astype('datetime64[m]')} UTC, {len(wanted) - len(missing)} of {len(wanted)} hours"
    return Seen(words, "as declared in it", "mm", said)


def _members(around: Around) -> Seen:
    from riskmap.io.cxml import read_cxml
    from riskmap.io.members import read_members

    s = around.scenario.ensemble
    assert s.file is not None
    members = (
        read_members(
            s.file, issued_at=s.issued_at, storm=s.storm, averaging_period=s.averaging_period, ends=s.ends,
            wind_unit=s.wind_unit, pressure_unit=s.pressure_unit,
        )
        if s.format == "csv"
        else read_cxml(s.file, storm=s.storm, averaging_period=s.averaging_period, ends=s.ends)
    )  # fmt: skip
    return Seen(
        f"{len(members.members)} members", WGS84, f"{s.wind_unit}, {s.averaging_period // 60}-min mean"
    )


def _tide_levels(around: Around) -> Seen:
    from riskmap.io.tides import LEVELS, read_stations

    tide = around.scenario.tide
    assert tide is not None
    stations = read_stations(tide.warning_levels)
    names = [name.replace("_cm", "_level") for name in LEVELS]
    four = int(np.isfinite(np.stack([stations[name].values for name in names])).all(axis=0).sum())
    total = stations.sizes["station"]
    said = (f"{total - four} of {total} stations lack a warning level: grey there",) if four < total else ()
    return Seen(f"{total} stations", f"heights {tide.datum}", "cm", said)


def _tide(around: Around) -> Seen:
    from riskmap.io.tides import read_astronomical_tide, read_stations

    tide = around.scenario.tide
    assert tide is not None
    codes = [str(c) for c in read_stations(tide.warning_levels)["station"].values]
    levels = read_astronomical_tide(tide.astronomical, codes, around.hours)
    none = [code for code in codes if bool(np.isnan(levels.sel(station=code)).all())]
    said = (
        (f"no tide for {len(none)} stations: {', '.join(none[:COUNTIES_NAMED])}: grey there",) if none else ()
    )
    return Seen(
        f"{len(codes) - len(none)} of {len(codes)} stations, all hours", f"heights {tide.datum}", "cm", said
    )


def _crs(path: Path) -> str:
    from riskmap.io.rasters import _open

    with _open(path) as source:
        return str(source.crs.to_string())[:30]


GRID_LOOKS: Final[Mapping[str, Callable[[Around], Seen]]] = MappingProxyType(
    {
        "track.file": _track, "track.forecast_file": _track, "regions.file": _regions, "regions.population": _population,
        "risk.population_raster": _people, "terrain.relief": _relief, "terrain.dem": _dem, "terrain.bathymetry": _bathymetry,
        "terrain.coastline": _coastline, "terrain.roughness": _roughness, "rain.file": _rain, "rain.nowcast": _nowcast, "ensemble.file": _members,
        "tide.warning_levels": _tide_levels, "tide.astronomical": _tide,
    }
)  # fmt: skip
"""Key of the scenario -> how its file is looked at."""
