"""A commented configuration for a province, from its files: what ``riskmap init`` writes."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final, get_args, get_type_hints

from riskmap.errors import ConfigError, DataError, Faults
from riskmap.io.basemap import COAST_BOX
from riskmap.io.bundled import bundled
from riskmap.io.catalogue import UNFILLED
from riskmap.io.new_config_text import CYCLE, HINTS, INPUT, LAYER, SCENARIO, TRACK_README
from riskmap.io.publish import publishing
from riskmap.io.recognised import Recognised, covers
from riskmap.scenario import AssetsSection

MARGIN: Final = 0.1
"""The grid ends so many degrees beyond the counties at least (status D)."""

BUNDLED: Final = {
    "terrain.relief": ("relief/zhejiang_srtm30_land_1-48deg.tif", "NASA/USGS (SRTM30)", "public domain, with credit"),
    "terrain.bathymetry": ("relief/etopo1_east_china_sea_0.1deg.tif", "NOAA NCEI (ETOPO1)", "public domain, with credit"),
    "terrain.coastline": ("coast/gshhg_full_coastline.geojson", "Wessel and Smith (GSHHG)", "LGPL-3.0-or-later, with credit"),
}  # fmt: skip
"""What stands in for a bureau's own relief, chart and shore line, where the counties lie in it: file, owner, licence."""

REACH: Final = {
    "terrain.relief": (116.5, 26.0, 125.0, 32.5), "terrain.bathymetry": (110.0, 20.0, 135.0, 40.0),
    "terrain.coastline": COAST_BOX,
}  # fmt: skip
"""West, south, east, north of each [degrees]; see data/README.md."""

DELIVERED: Final = {"track.file": (6.0, True), "rain.file": (3.0, False)}
"""Inputs that come anew each cycle -> hours of age, and whether there is no cycle without them."""

_TIME: Final = re.compile(r"(?<!\d)(20\d{2})(\d{2})(\d{2})(\d{2})(\d{2})?(?!\d)")


@dataclass(frozen=True)
class Answers:
    """What no file says of itself.

    Attributes
    ----------
    storm, name, chinese : str
        Number and names of the storm.
    step : float
        Of the grid [degrees].
    datum : str, optional
        Of coordinates in tables: ``wgs84``, ``cgcs2000``, ``gcj02``.
    region_datum : str
        Of the outlines.
    tide_datum : str, optional
        What tide tables count from: ``station`` or ``1985``.
    dem_datum : str, optional
        What the elevation model counts from: ``1985``, ``wusong`` or ``msl``.
    population_units : str, optional
        What a cell of the raster of residents holds: ``people`` or ``people_km2``.
    """

    storm: str = "0000"
    name: str = "Unnamed"
    chinese: str = "未命名"
    step: float = 0.02
    datum: str | None = None
    region_datum: str = "wgs84"
    tide_datum: str | None = None
    dem_datum: str | None = None
    population_units: str | None = None


def write_config(out: Path, files: Sequence[Recognised], answers: Answers) -> Path:
    """Write a configuration of cycles, its scenario and a folder for tracks; gives the configuration's path.

    Parameters
    ----------
    out : Path
        New folder; its name names the files.
    files : sequence of Recognised
    answers : Answers

    Raises
    ------
    ConfigError
        The folder is there; no outlines of counties; two files for one key; a datum or a unit that must be said and is not:
        all of it at once.
    RiskmapError
        The outlines cannot be used.
    """
    out = out.absolute()
    faults = Faults()
    if out.exists():
        faults.add(ConfigError(
            "there is something under that name, and nothing is ever overwritten", where=str(out), expected="a new folder",
            found="a folder" if out.is_dir() else "a file", remedy="name another one, or move it away first",
        ))  # fmt: skip
    by_key = _by_key(files, faults)
    _require_declared(by_key, answers, faults)
    with faults:
        answers = _named(by_key, answers)
    faults.tell()
    bounds = _bounds(by_key["regions.file"], answers)
    by_key, sources = _with_bundled(by_key, bounds)
    chosen = {key: ", ".join(one.path.name for one in some) for key, some in by_key.items()}
    stem = out.name
    scenario = SCENARIO.format(
        stem=stem, event=_event(answers), grid=_grid(bounds, answers.step), track=_track(by_key, answers), rain=_rain(by_key),
        terrain=_section("terrain", by_key, out, _terrain_words(by_key, answers)) or "[terrain]\n",
        flash_flood=_section("flash_flood", by_key, out, ['wetness = "normal"       # dry | normal | wet: of the ground a day before']),
        inundation=_section("inundation", by_key, out, []), assets=_section("assets", by_key, out, _assets_words(by_key, answers)),
        gauges=_section("gauges", by_key, out, _gauge_words(by_key, answers), needs=2),
        tide=_section("tide", by_key, out, [f'datum = "{answers.tide_datum}"'] if answers.tide_datum else [], needs=2),
        ensemble=_section("ensemble", by_key, out, []), risk=_section("risk", by_key, out, _risk_words(by_key, answers)),
        regions=_section("regions", by_key, out, [f'datum = "{answers.region_datum}"        # wgs84, cgcs2000, or gcj02 to have them converted']),
    )  # fmt: skip
    inputs = "\n".join(
        _input(key, by_key.get(key, ()), out) for key in DELIVERED if key == "track.file" or key in by_key
    )
    layers = "\n".join(_layer(key, some, sources) for key, some in by_key.items())
    config = CYCLE.format(
        stem=stem, inputs=inputs, layers=layers, files="\n".join(f"#   {k}: {v}" for k, v in chosen.items())
    )
    with publishing(out, replace=False) as staging:
        staging.write(f"{stem}-scenario.toml", re.sub(r"\n{3,}", "\n\n", scenario))
        staging.write(f"{stem}.toml", config)
        if "track.file" not in by_key:
            staging.write("incoming/track/README.txt", TRACK_README)
    return out / f"{stem}.toml"


def _by_key(files: Sequence[Recognised], faults: Faults) -> dict[str, tuple[Recognised, ...]]:
    """The files of each key; tiles of an elevation model and levels of regions may be several."""
    found: dict[str, tuple[Recognised, ...]] = {}
    for one in files:
        found[one.key] = (*found.get(one.key, ()), one)
    if not any(one.kind in ("county", "") for one in found.get("regions.file", ())):
        faults.add(ConfigError(
            "no outlines of counties among the files", where="files", expected="GeoJSON, GeoPackage or shapefile with 6-digit codes",
            found=", ".join(one.path.name for one in files) or "no file", remedy="give the file of the counties too",
        ))  # fmt: skip
    for key, some in found.items():
        if len(some) > 1 and key not in ("terrain.dem", "regions.file"):
            faults.add(ConfigError(
                "two files for one input", where=key, expected="one file",
                found=", ".join(str(one.path) for one in some), remedy="give the one that a run is to read",
            ))  # fmt: skip
    if "tide.astronomical" in found and "assets.sea_walls" in found:  # one shape of table, for both
        found["assets.sea_wall_tide"] = found["tide.astronomical"]
        if "tide.warning_levels" not in found:
            del found["tide.astronomical"]
    for this, that in (
        ("tide.warning_levels", "tide.astronomical"), ("gauges.stations", "gauges.readings"), ("assets.sea_walls", "assets.sea_wall_tide"),
    ):  # fmt: skip
        with faults:
            _require_pair(found, this, that)
    return found


def _require_pair(found: dict[str, tuple[Recognised, ...]], one: str, other: str) -> None:
    given, missing = (one, other) if one in found else (other, one)
    if given in found and missing not in found:
        raise ConfigError(
            "one table without the other", where=str(found[given][0].path), expected=f"{one} and {other}",
            found=f"{given} alone", remedy=f"give the file of {missing} too, or leave this one out",
        )  # fmt: skip


def _require_declared(by_key: dict[str, tuple[Recognised, ...]], answers: Answers, faults: Faults) -> None:
    """What nobody may guess: the datum of points and of tides, and whether residents are counted by cell or by area."""
    points = next((one for some in by_key.values() for one in some if one.datum), None)
    tides = by_key.get("tide.astronomical") or by_key.get("assets.sea_wall_tide")
    people = next(iter(by_key.get("risk.population_raster", ())), None)
    for one, what, value, option, whom in (
        (points, "datum", answers.datum, "--datum wgs84 | cgcs2000 | gcj02", "its owner"),
        (tides[0] if tides else None, "datum", answers.tide_datum, "--tide-datum station | 1985", "the tide office"),
        (people, "unit of residents", answers.population_units, "--population-units people (of each cell) | people_km2", "its owner"),
    ):  # fmt: skip
        if one is not None and value is None:
            faults.add(ConfigError(
                f"the {what} must be declared", where=str(one.path), expected=option, found="none declared",
                remedy=f"ask {whom} and add {option.split()[0]}",
            ))  # fmt: skip


def _bounds(regions: tuple[Recognised, ...], answers: Answers) -> tuple[float, float, float, float]:
    """West, south, east, north of the counties, a margin around, on whole steps of the grid."""
    from riskmap.io.regions import read_region_file

    kept = []
    for one in regions:
        if one.kind == "other":
            continue
        read = read_region_file(one.path, datum=answers.region_datum)  # type: ignore[arg-type]
        kept += [r.geometry.bounds for r in read.regions if r.level == "county"]
    if not kept:
        raise DataError(
            "no county in the outlines", where=", ".join(str(one.path) for one in regions), expected="units of 6 digits",
            found="other levels", remedy="give the file of the counties",
        )  # fmt: skip
    step = answers.step
    low = [math.floor((min(b[n] for b in kept) - MARGIN) / step) * step for n in (0, 1)]
    high = [math.ceil((max(b[n] for b in kept) + MARGIN) / step) * step for n in (2, 3)]
    west, south, east, north = (round(value, 6) for value in (*low, *high))
    return west, south, east, north


def _with_bundled(
    by_key: dict[str, tuple[Recognised, ...]], bounds: tuple[float, float, float, float]
) -> tuple[dict[str, tuple[Recognised, ...]], dict[str, tuple[str, str]]]:
    """Bundled relief, chart and shore line where none was given and the counties lie in them; and whose they are."""
    sources: dict[str, tuple[str, str]] = {}
    found = dict(by_key)
    for key, (name, owner, licence) in BUNDLED.items():
        box = REACH[key]
        inside = bounds[0] >= box[0] and bounds[1] >= box[1] and bounds[2] <= box[2] and bounds[3] <= box[3]
        if key not in found and inside:
            kind = "geojson" if name.endswith("json") else "geotiff"
            found[key] = (Recognised(bundled(name), key, kind),)
            sources[key] = owner, licence
    dem = found.get("terrain.dem", ())
    if "terrain.relief" not in found and len(dem) == 1 and covers(dem[0].path, bounds):
        found["terrain.relief"] = dem  # its mean over a cell of the grid
    return found, sources


def _named(by_key: dict[str, tuple[Recognised, ...]], answers: Answers) -> Answers:
    """Number and name of the storm as the track says them, where nobody else does."""
    track = by_key.get("track.file")
    if track is None or answers.storm != Answers.storm:
        return answers
    if track[0].kind == "geojson":
        from riskmap.io.track_geojson import read_geojson_track

        said = read_geojson_track(track[0].path).attrs
        return replace(
            answers,
            storm=str(said["number"]) or answers.storm,
            name=str(said["name"]).title() or answers.name,
        )
    raise ConfigError(
        "which storm of the track is meant", where=str(track[0].path), expected="--storm NUMBER", found="none",
        remedy="name it, for example --storm 2106",
    )  # fmt: skip


def _quoted(text: str) -> str:
    """A text as TOML writes it."""
    return json.dumps(text, ensure_ascii=False)


def _quoted_list(texts: Sequence[str]) -> str:
    return "[" + ", ".join(map(_quoted, texts)) + "]"


def _event(answers: Answers) -> str:
    return f"number = {_quoted(answers.storm)}\nname = {_quoted(answers.name)}\nchinese = {_quoted(answers.chinese)}"


def _grid(bounds: tuple[float, float, float, float], step: float) -> str:
    names = zip(("west", "south", "east", "north"), bounds, strict=True)
    return (
        "\n".join(f"{name} = {value!r}" for name, value in names)
        + f"\nstep = {step!r}              # degrees; 0.01 is about 1.1 km"
    )


def _track(by_key: dict[str, tuple[Recognised, ...]], answers: Answers) -> str:
    kind = by_key["track.file"][0].kind if "track.file" in by_key else "geojson"
    return f'format = "{kind}"          # ibtracs, jma, jma_csv, cma, zjwater, qweather, atcf, geojson\nstorm = {_quoted(answers.storm)}'


def _rain(by_key: dict[str, tuple[Recognised, ...]]) -> str:
    words = 'model = "rcliper"        # where no rain is delivered: rcliper, ipet or tcr'
    return (
        words
        if "rain.file" in by_key
        else words + '\n# rain fields: add an [[input]] with key = "rain.file" to the configuration'
    )


def _terrain_words(by_key: dict[str, tuple[Recognised, ...]], answers: Answers) -> list[str]:
    words = [hint for key, hint in HINTS.items() if key not in by_key]
    if "terrain.roughness" in by_key:
        words.append('land_cover = "worldcover"')
    if "terrain.dem" in by_key:
        words.append(
            f'dem_datum = "{answers.dem_datum}"'
            if answers.dem_datum
            else '# dem_datum = "1985"      # 1985, wusong or msl: say it where the owner does'
        )
    return words


def _assets_words(by_key: dict[str, tuple[Recognised, ...]], answers: Answers) -> list[str]:
    words = []
    if answers.datum and any(key.startswith("assets.") for key in by_key):
        words.append(f'datum = "{answers.datum}"       # of coordinates in these tables')
    invented = [
        name
        for name in get_args(get_args(get_type_hints(AssetsSection)["examples"])[0])
        if any(one.example for one in by_key.get(f"assets.{name}", ()))
    ]
    if invented:
        words.append(
            f"examples = {_quoted_list(invented)}   # 示例(虚构)· invented: shown, and counted for nothing"
        )
    if "assets.sea_wall_tide" in by_key:
        words.append(f'sea_wall_datum = "{answers.tide_datum}"')
    return words


def _gauge_words(by_key: dict[str, tuple[Recognised, ...]], answers: Answers) -> list[str]:
    if "gauges.stations" not in by_key:
        return []
    words = [f'datum = "{answers.datum}"'] if answers.datum else []
    return [
        *words,
        '# rain_units = "mm"       # where no column units says so',
        "# utc_offset_hours = 8    # where times carry no offset",
    ]


def _risk_words(by_key: dict[str, tuple[Recognised, ...]], answers: Answers) -> list[str]:
    return (
        [f'population_units = "{answers.population_units}"   # people of each cell, or people_km2']
        if "risk.population_raster" in by_key
        else []
    )


def _section(
    name: str, by_key: dict[str, tuple[Recognised, ...]], out: Path, words: list[str], needs: int = 0
) -> str:
    """A table of the scenario with the files that fill it; empty where it would have nothing, or not enough."""
    lines = []
    for key, some in by_key.items():
        section, _, key_name = key.partition(".")
        if section != name or key in DELIVERED:
            continue
        places = [_quoted(_relative(one.path, out)) for one in some]
        lines.append(f"{key_name} = " + (places[0] if len(places) == 1 else "[" + ", ".join(places) + "]"))
    if len(lines) < needs or not (lines or words):
        return ""
    return "\n".join([f"[{name}]", *lines, *words]) + "\n"


def _relative(path: Path, out: Path) -> str:
    """A path as the files in ``out`` see it; whole where it is bundled or on another drive."""
    try:
        near = os.path.relpath(path.absolute(), out)
    except ValueError:
        return path.absolute().as_posix()
    return path.absolute().as_posix() if near.count("..") > 3 else Path(near).as_posix()


def _input(key: str, some: Sequence[Recognised], out: Path) -> str:
    hours, required = DELIVERED[key]
    if not some:
        watch, names = "incoming/track", 'stamp = "track_%Y%m%d%H%M.geojson"'
    else:
        watch, stamp = _relative(some[0].path.parent, out), stamp_of(some[0].path.name)
        names = f"stamp = {_quoted(stamp)}" if stamp else f"pattern = {_quoted(some[0].path.name)}"
    return INPUT.format(
        key=key, watch=_quoted(watch), names=names, hours=hours, required=str(required).lower()
    )


def stamp_of(name: str) -> str | None:
    """How a file's name tells the time of its data, as ``strptime`` reads it; None where it tells none.

    Examples
    --------
    >>> stamp_of("track_202107240800.geojson"), stamp_of("rain_2021072408.nc"), stamp_of("latest.nc")
    ('track_%Y%m%d%H%M.geojson', 'rain_%Y%m%d%H.nc', None)
    """
    found = _TIME.search(name)
    if found is None:
        return None
    pattern = "%Y%m%d%H" + ("%M" if found[5] else "")
    stamp = name[: found.start()].replace("%", "%%") + pattern + name[found.end() :].replace("%", "%%")
    try:
        datetime.strptime(name, stamp)  # noqa: DTZ007 - only whether it reads
    except ValueError:
        return None
    return stamp


def _layer(key: str, some: Sequence[Recognised], sources: dict[str, tuple[str, str]]) -> str:
    owner, licence = sources.get(key, (UNFILLED, UNFILLED))
    interface = "随程序提供 bundled" if key in sources else "文件 file"
    one = some[0]
    return LAYER.format(key=key, owner=owner, licence=licence, interface=interface, format=one.format)
