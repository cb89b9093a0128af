"""Mistakes that people make, each on a whole small set of real files: what is changed, what is run, what must be said."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine

from benchmarks.cycles.case import AT, deliver, write_cycles
from riskmap.io.bundled import bundled
from riskmap.io.gcj02 import to_gcj02
from tests.riskmap.io.rain_files import geotiff, netcdf

RUN = ("run", "scenario.toml", "--out", "out")
CHECK = ("check", "zj.toml", "--at", AT.isoformat())
CYCLE = ("cycle", "--config", "zj.toml", "--at", AT.isoformat())


@dataclass(frozen=True)
class Mistake:
    """One mistake.

    Attributes
    ----------
    name : str
    make : callable
        Spoils the folder.
    command : tuple of str
        What is run in it.
    exit_code : int
    says : tuple of str
        File, key or line, and remedy: each must stand in one paragraph.
    """

    name: str
    make: Callable[[Path], object]
    command: tuple[str, ...]
    exit_code: int
    says: tuple[str, ...]


def whole(folder: Path) -> None:
    """A configuration of cycles, and the same as one scenario: four island counties on a coarse grid."""
    write_cycles(folder, counties="3309", scenario='[terrain]\nrelief = "relief.tif"\n')
    track = deliver(folder)
    text = (folder / "scenario.toml").read_text(encoding="utf-8")
    text = text.replace(bundled("census/zhejiang_pop2020_on_2021_boundaries.csv").as_posix(), "people.csv")
    (folder / "cycle-scenario.toml").write_text(text, encoding="utf-8")
    config = (
        (folder / "zj.toml").read_text(encoding="utf-8").replace('"scenario.toml"', '"cycle-scenario.toml"')
    )
    (folder / "zj.toml").write_text(config, encoding="utf-8")
    text = text.replace("hours = 2", f"hours = 2\nissued_at = {AT.isoformat()}")
    text = text.replace('format = "geojson"', f'file = "incoming/{track.name}"\nformat = "geojson"')
    (folder / "scenario.toml").write_text(text, encoding="utf-8")
    (folder / "people.csv").write_bytes(
        bundled("census/zhejiang_pop2020_on_2021_boundaries.csv").read_bytes()
    )
    (folder / "relief.tif").write_bytes(bundled("relief/zhejiang_srtm30_land_1-48deg.tif").read_bytes())


def swap(old: str, new: str, file: str = "scenario.toml") -> Callable[[Path], object]:
    """Replace words in a file; both scenarios where it is one."""

    def make(folder: Path) -> None:
        for name in {file, "cycle-scenario.toml"} if file == "scenario.toml" else {file}:
            text = (folder / name).read_text(encoding="utf-8")
            assert old in text or name == "cycle-scenario.toml", old
            (folder / name).write_text(text.replace(old, new), encoding="utf-8")

    return make


def add(text: str, file: str = "scenario.toml", **files: str) -> Callable[[Path], object]:
    """Lines at the end of a scenario, and tables beside it (``name__csv``)."""

    def make(folder: Path) -> None:
        for name in {file, "cycle-scenario.toml"} if file == "scenario.toml" else {file}:
            path = folder / name
            path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")
        for name, content in files.items():
            (folder / name.replace("__", ".")).write_text(content, encoding="utf-8")

    return make


def counties(change: Callable[[list[dict]], None]) -> Callable[[Path], object]:
    """Change the features of the outlines."""

    def make(folder: Path) -> None:
        path = folder / "counties.geojson"
        content = json.loads(path.read_text(encoding="utf-8"))
        change(content["features"])
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")

    return make


def points(move: Callable[[float, float], tuple[float, float]]) -> Callable[[list[dict]], None]:
    """Move every point of every outline."""

    def moved(part: list) -> list:
        return list(move(*part)) if isinstance(part[0], int | float) else [moved(p) for p in part]

    def change(features: list[dict]) -> None:
        for feature in features:
            feature["geometry"]["coordinates"] = moved(feature["geometry"]["coordinates"])

    return change


def _overlapping(features: list[dict]) -> None:
    features[1]["geometry"] = features[0]["geometry"]


def _codeless(features: list[dict]) -> None:
    for feature in features:
        feature["properties"] = {"name": feature["properties"]["name"]}


def _twice(features: list[dict]) -> None:
    features[1]["properties"]["adcode"] = features[0]["properties"]["adcode"]


def raster(
    name: str,
    *,
    crs: str | None = "EPSG:4326",
    west: float = 119.5,
    north: float = 31.5,
    low: float = 5.0,
    step: float = 0.05,
    size: int = 90,
) -> Callable[[Path], object]:
    """A raster of heights in place of another."""

    def make(folder: Path) -> None:
        values = np.full((size, size), low, np.float32) + np.arange(size, dtype=np.float32)
        with rasterio.open(
            folder / name, "w", driver="GTiff", height=size, width=size, count=1, dtype="float32", crs=crs,
            transform=Affine(step, 0, west, 0, -step, north),
        ) as out:  # fmt: skip
            out.write(values, 1)

    return make


def both(*makes: Callable[[Path], object]) -> Callable[[Path], object]:
    """One after the other."""

    def make(folder: Path) -> None:
        for one in makes:
            one(folder)

    return make


def rain(
    *,
    scale: float = 1.0,
    shift: float = 0.0,
    units: str = "mm",
    zone: str = "Z",
    crs: str | None = "EPSG:4326",
) -> Callable[[Path], object]:
    """Rain fields over the whole grid, with something wrong."""

    def make(folder: Path) -> None:
        values = np.random.default_rng(3).gamma(0.7, 6.0, (3, 60, 70)).astype(np.float32) * scale + shift
        names = [f"2021-07-23T{n:02d}:00{zone}" for n in range(3)]
        place = Affine(0.06, 0, 119.5, 0, -0.06, 31.5)
        geotiff(folder / "rain.tif", values, names, units=units, crs=crs, transform=place)
        add('[rain]\nfile = "rain.tif"\nstamp = "end"\nkind = "amount"\n')(folder)

    return make


def rain_without_units(folder: Path) -> None:
    """A NetCDF file whose variable has no unit."""
    netcdf(folder / "rain.nc", np.ones((2, 40, 40), np.float32), [-24.0, -23.0], units=None)
    add('[rain]\nfile = "rain.nc"\nstamp = "end"\n')(folder)


def rain_without_a_name(folder: Path) -> None:
    """A NetCDF file of which nobody says which variable is the rain."""
    netcdf(folder / "rain.nc", np.ones((2, 40, 40), np.float32), [-24.0, -23.0], standard_name="height")
    add('[rain]\nfile = "rain.nc"\nstamp = "end"\n')(folder)


SEA = bundled("sea_walls/sea_walls_example.csv").parent.as_posix()
TIDE = '[tide]\nwarning_levels = "levels.csv"\nastronomical = "tide.csv"\ndatum = "station"\n'
LEVELS = "name,code,lon,lat,blue_cm,yellow_cm,orange_cm,red_cm\n定海,DH,122.1,30.0,230,260,290,340\n"
HOURLY = "code,time,level_cm\n" + "".join(
    f"DH,2021-07-2{d}T{h:02d}:00:00+08:00,{100 + h}\n" for d in (2, 3, 4) for h in range(24)
)
GAUGES = "id,name,kind,region,lon,lat,interval_min\nR1,定海,雨量,330902,122.1,30.02,60\n"
SLOPES = "id,name,kind,lon,lat,region,households\nP1,某隐患点,隐患点,122.1,30.02,330902,3\n"
RULE = 'id = "wind"\nunits = "m s-1"\nthresholds = [10, 17, 24, 32]\n'


MISTAKES = (
    Mistake("a misspelt key", swap("hours = 2", "hour = 2"), RUN, 2, ("scenario.toml, line", "key run.hour", "did you mean 'hours'?")),
    Mistake("a key that is missing", swap('storm = "2106"', ""), RUN, 2, ("scenario.toml", "key track.storm", "add it")),
    Mistake("a line that is no TOML", swap("hours = 2", "hours = = 2"), RUN, 2, ("scenario.toml", "line", "mend that line")),
    Mistake("text where a number stands", swap("hours = 2", 'hours = "two"'), RUN, 2, ("scenario.toml, line", "key run.hours", "mend the value")),
    Mistake("an instant without its zone", swap("+08:00", ""), RUN, 2, ("scenario.toml, line", "key run.issued_at", "add +08:00")),
    Mistake("an instant in quotes", swap(AT.isoformat(), f'"{AT.isoformat()}"'), RUN, 2, ("key run.issued_at", "without quotes", "write it so")),
    Mistake("no members", add("[ensemble]\nmembers = 0\n"), RUN, 2, ("scenario.toml, line", "key ensemble.members", "leave the line out")),
    Mistake("a grid of latitudes for longitudes", swap("west = 120.0\nsouth = 28.5\neast = 123.0\nnorth = 31.0", "west = 28.5\nsouth = 120.0\neast = 31.0\nnorth = 123.0"), RUN, 2, ("scenario.toml, line", "[grid]", "longitude and latitude are not swapped")),
    Mistake("a scenario saved as GBK", lambda f: (f / "scenario.toml").write_bytes((f / "scenario.toml").read_text(encoding="utf-8").encode("gbk")), RUN, 3, ("scenario.toml", "byte", "save it as utf-8")),
    Mistake("a file that is not there", swap('"counties.geojson"', '"county.geojson"'), RUN, 3, ("county.geojson", "key regions.file", "check the path")),
    Mistake("outlines without codes", counties(_codeless), RUN, 2, ("counties.geojson, feature 1", "adcode or code", "code_key")),
    Mistake("outlines with swapped coordinates", counties(points(lambda x, y: (y, x))), RUN, 2, ("counties.geojson, feature 1", "swapped", "exchange the two numbers")),
    Mistake("outlines in GCJ-02", counties(points(lambda x, y: tuple(float(v) for v in to_gcj02(x, y)))), RUN, 2, ("counties.geojson", "key regions.file", 'set datum = "gcj02" under [regions]')),
    Mistake("overlapping outlines", counties(_overlapping), RUN, 2, ("counties.geojson, 330902", "key regions.file", "correct the outline")),
    Mistake("a code twice", counties(_twice), RUN, 2, ("counties.geojson, 330902", "key regions.file", "merge the two features")),
    Mistake("a column under another name", swap("pop2020", "persons", "people.csv"), RUN, 2, ("people.csv, line 1", "key regions.population", "add the column")),
    Mistake("relief that does not cover", raster("relief.tif", west=125.0), RUN, 2, ("relief.tif", "key terrain.relief", "give a larger relief, or shrink [grid]")),
    Mistake("relief without a coordinate system", raster("relief.tif", crs=None), RUN, 2, ("relief.tif", "key terrain.relief", "gdal_edit -a_srs")),
    Mistake("relief with the sea bed in it", raster("relief.tif", low=-3000.0), RUN, 2, ("relief.tif", "key terrain.relief", "mask the sea bed")),
    Mistake("heights in another unit", both(raster("dem.tif", low=30_000.0, west=122.0, north=30.1, step=1 / 1200), swap('relief = "relief.tif"', 'relief = "relief.tif"\ndem = "dem.tif"')), ("check", "scenario.toml"), 2, ("dem.tif", "key terrain.dem", "vertical_units")),
    Mistake("negative rain", rain(shift=-4.0), RUN, 2, ("rain.tif", "key rain.file", "declare the mark for no data")),
    Mistake("rain without a unit", rain_without_units, RUN, 2, ("rain.nc", "key rain.file", "declare units")),
    Mistake("rain without a name", rain_without_a_name, RUN, 2, ("rain.nc", "key rain.file", "found tp without one", 'set variable = "tp" under [rain]')),
    Mistake("metres that pass as millimetres", rain(scale=0.001), RUN, 2, ("rain.tif", "key rain.file", "declare units: m if they are metres")),
    Mistake("rain at times without a zone", rain(zone=""), RUN, 2, ("rain.tif", "key rain.file", "declare utc_offset_hours")),
    Mistake("rain without a coordinate system", rain(crs=None), RUN, 2, ("rain.tif", "key rain.file", "gdal_edit -a_srs")),
    Mistake("a tide without its zone", add(TIDE, levels__csv=LEVELS, tide__csv=HOURLY.replace("+08:00", "")), CHECK, 2, ("tide.csv, row 2, column time", "key tide.astronomical", "add the offset")),
    Mistake("a tide that ends too early", add(TIDE, levels__csv=LEVELS, tide__csv=HOURLY.replace("2021-07", "2020-07")), CHECK, 2, ("tide.csv, station DH", "key tide.astronomical", "extend the table")),
    Mistake("warning levels that fall", add(TIDE, levels__csv=LEVELS.replace("260", "200"), tide__csv=HOURLY), CHECK, 2, ("levels.csv, row 2, station DH", "key tide.warning_levels", "check the columns")),
    Mistake("sea walls without a height datum", add(f'[assets]\nsea_walls = "{SEA}/sea_walls_example.csv"\nsea_wall_tide = "{SEA}/tide_example.csv"\n'), RUN, 2, ("key assets.sea_walls", "sea_wall_datum", "give both beside the walls")),
    Mistake("points without a datum", add('[assets]\nhazard_zones = "slopes.csv"\n', slopes__csv=SLOPES), RUN, 2, ("slopes.csv, line 2", "key assets.hazard_zones", "add a column datum")),
    Mistake("readings without a unit", add('[gauges]\nstations = "gauges.csv"\nreadings = "readings.csv"\ndatum = "wgs84"\nutc_offset_hours = 8\n', gauges__csv=GAUGES, readings__csv="id,time,value\nR1,2021-07-23T07:00,3.5\n"), CHECK, 5, ("readings.csv, line 2", "gauges.readings: ", "add a column units")),
    Mistake("a storm that is not in the track", swap('storm = "2106"', 'storm = "2107"'), RUN, 2, ("track_202107230800.geojson", "key track.file", "2106")),
    Mistake("a track of another format", swap('format = "geojson"', 'format = "jma"'), RUN, 2, ("track_202107230800.geojson", "key track.file", "To mend it")),
    Mistake("a window longer than the forecast", swap("hours = 2", "hours = 90"), RUN, 2, ("track_202107230800.geojson", "key track.file", "shorten run.hours")),
    Mistake("a rule without its source", add('[rules]\nfiles = ["wind.toml"]\n', wind__toml=RULE), RUN, 2, ("wind.toml", "key", "To mend it")),
    Mistake("a pace that divides no day", swap("keep = 5", "keep = 5\nevery_minutes = 7", "zj.toml"), CYCLE, 2, ("zj.toml, line", "key cycle.every_minutes", "name one that does")),
    Mistake("a layer of no key", add('[[layer]]\nkey = "terrain.demm"\nowner = "a"\nlicence = "b"\ninterface = "c"\n', "zj.toml"), CHECK, 2, ("zj.toml, line", "key layer.key", "did you mean 'terrain.dem'?")),
    Mistake("a track that nobody renews", swap("max_age_hours = 3", "max_age_hours = 3\nutc_offset_hours = 14", "zj.toml"), CHECK, 4, ("track_202107230800.geojson", "key track.file", "see why nothing newer comes")),
    Mistake("a folder that is not watched", swap('watch = "incoming"', 'watch = "incomings"', "zj.toml"), CYCLE, 3, ("incomings", "input track.file", "see why nothing is delivered")),
    Mistake("a configuration of outlines without codes", counties(_codeless), ("init", "new", "counties.geojson"), 2, ("counties.geojson, feature 1", "adcode or code", "join the administrative codes")),
    Mistake("a configuration over another", lambda f: None, ("init", "incoming", "counties.geojson"), 2, ("incoming", "nothing is ever overwritten", "name another one")),
)  # fmt: skip
