"""`riskmap verify`: how good the modelled radii, a track and its landfalls are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from riskmap.errors import DataError, RiskmapError

if TYPE_CHECKING:
    import xarray as xr

    from riskmap.inland import IsLand
    from riskmap.verify.rows import Row

EXIT_INCOMPLETE = 5
IN_FILE_ONLY = ("time", "source", "unmodelled")
"""Measures that the tables leave out: they are in the line's name, or said below."""

verify_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode="rich", help="How good it was: scores against what was reported."
)


@verify_app.callback()
def _group() -> None: ...


File = Annotated[Path, typer.Argument(help="Track file.")]
Format = Annotated[
    str, typer.Option("--format", help="ibtracs, jma, jma_csv, cma, zjwater, qweather, atcf or geojson.")
]
Storm = Annotated[
    str, typer.Option(help="Number, name or identifier, as the format has it, e.g. 2106 or 'IN-FA 2021'.")
]
Agency = Annotated[str | None, typer.Option(help="Agency or technique, where the format has several.")]
Against = Annotated[Path | None, typer.Option(help="Another track of the same storm.")]
AgainstFormat = Annotated[str | None, typer.Option(help="Its format; that of the first file by default.")]
AgainstStorm = Annotated[str | None, typer.Option(help="Its identifier of the storm; the same by default.")]
Methods = Annotated[
    list[str] | None, typer.Option(help="Profile or set-up to score, again for each; all by default.")
]
Reported = Annotated[
    list[str] | None,
    typer.Option(
        help="A reported landfall: TIME,LATITUDE,LONGITUDE[,WIND m/s[,PRESSURE hPa]]; again for each."
    ),
]
Regions = Annotated[
    Path | None,
    typer.Option(
        help="County outlines (GeoJSON), which are then all the land there is; the bundled ones by default."
    ),
]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="Write the scores: .csv or .json.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


@verify_app.command()
def track(
    file: File,
    format_: Format,
    storm: Storm,
    agency: Agency = None,
    against: Against = None,
    against_format: AgainstFormat = None,
    against_storm: AgainstStorm = None,
    against_agency: Agency = None,
    profile: Methods = None,
    landfall: Reported = None,
    regions: Regions = None,
    out: Out = None,
    _debug: Debug = False,
) -> None:
    """Score modelled wind radii (风圈), the track and its landfalls against what was reported.

    Example, In-Fa by the Japanese centre against the American one, and against the landfalls that were announced:

      riskmap verify track data/tracks/jma_bst_zhejiang_2015_2021.txt --format jma --storm 2106
      --against data/tracks/ibtracs_zhejiang_usa.csv --against-format ibtracs --against-storm 'IN-FA 2021'
      --against-agency USA --out in-fa.csv

    Radii are scored at every analysed fix: by each wind profile from position, wind and pressure alone; by the fit
    with the radii withheld; with the radii of each 24 h block left out (blocks); and from the past alone (past).
    'error' is over the quadrants where both have the wind; 'all' over every reported radius, a circle that the model
    lacks counting as 0 km: compare methods by it.

    Exit codes: 0 all done, 2 wrong input, 3 unreadable file, 5 done but something left out.
    """
    from riskmap.io.score_file import require_score_file, write_scores
    from riskmap.io.tracks import read_track
    from riskmap.verify.landfalls import parse_landfall
    from riskmap.verify.rows import score_rows

    given = [parse_landfall(text) for text in landfall or []]
    if out is not None:
        require_score_file(out)
    ours = read_track(file, format=format_, storm=storm, agency=agency)
    theirs = None
    if against is not None:
        theirs = read_track(
            against, format=against_format or format_, storm=against_storm or storm, agency=against_agency
        )
    left_out: list[str] = []
    scores = _scores(ours, theirs, given, profile, regions, left_out)
    rows = score_rows(**scores)
    about = _about(ours, file, against)
    console = Console()
    console.print("{storm}, {agency}: {fixes} fixes from {file}".format(**about), markup=False)
    if about["repeated_rows"]:
        console.print("merged: {repeated_rows}".format(**about), markup=False)
    _show(console, rows)
    if out is not None:
        write_scores(out, rows, about=about | {"left_out": left_out})
        console.print(str(out), markup=False)
    _leave(left_out)


def _about(ours: xr.Dataset, file: Path, against: Path | None) -> dict[str, Any]:
    """What was scored."""
    name = " ".join(filter(None, (str(ours.attrs["number"]), str(ours.attrs["name"]))))
    about = {"storm": name, "agency": ours.attrs["agency"], "fixes": ours.sizes["time"], "file": file.name}
    merged = ours.attrs.get("repeated_rows", "")
    return about | {"against": against.name if against else None, "repeated_rows": merged}


def _leave(left_out: list[str]) -> None:
    """Say what was left out, and exit with its code."""
    errors = Console(stderr=True, soft_wrap=True, highlight=False)
    for words in left_out:
        errors.print(f"left out: {words}", style="yellow", markup=False)
    if left_out:
        raise typer.Exit(EXIT_INCOMPLETE)


def _scores(
    ours: xr.Dataset, theirs: xr.Dataset | None, given: list[Any], methods: list[str] | None,
    regions: Path | None, left_out: list[str],
) -> dict[str, Any]:  # fmt: skip
    """What can be scored; a part that lacks its data is named in ``left_out``."""
    from riskmap.io.bundled import bundled
    from riskmap.io.regions import read_regions
    from riskmap.verify.landfalls import (
        find_landfalls,
        landfall_of_track,
        published_landfalls,
        verify_landfall,
    )
    from riskmap.verify.positions import verify_track
    from riskmap.verify.radii import METHODS, verify_radii

    found: dict[str, Any] = {}
    problems: list[RiskmapError] = []

    def attempt(part: str, score: Callable[[], Any]) -> None:
        try:
            found[part] = score()
        except DataError as problem:
            problems.append(problem)
            left_out.append(f"{part}: {problem}")

    chosen = tuple(methods or METHODS)
    with Console(stderr=True).status("radii") as status:  # silent where it is no terminal

        def tell(_step: str, part: float) -> None:
            status.update(f"radii: {part * len(chosen):.0f} of {len(chosen)} methods")

        attempt("radii", lambda: verify_radii(ours, methods=chosen, tell=tell))
    if theirs is not None:
        attempt("against", lambda: verify_track(ours, theirs))
    counties = read_regions(regions or bundled("admin/zhejiang_district_simple.geojson"))
    reports = [*(given or published_landfalls(ours))]
    is_land = None if regions is not None else bundled_land()
    attempt("landfalls", lambda: find_landfalls(ours, counties, is_land=is_land))
    if theirs is not None:
        there = find_landfalls(theirs, counties, is_land=is_land)
        reports += [landfall_of_track(one, whose="other track") for one in there]
    attempt("reported", lambda: [verify_landfall(ours, one, counties, is_land=is_land) for one in reports])
    if problems and not any(found.values()):
        raise problems[0]
    return found


def bundled_land() -> IsLand:
    """The bundled relief's land: the bundled counties and the country around them."""
    import numpy as np

    from riskmap.grid import Grid
    from riskmap.inland import land_polygons, land_test
    from riskmap.io.bundled import bundled
    from riskmap.io.rasters import read_relief

    around = Grid.from_bounds(west=116.6, south=26.1, east=124.9, north=32.4, step=0.02)
    altitude = read_relief(bundled("relief/zhejiang_srtm30_land_1-48deg.tif"), around)
    return land_test(land_polygons(np.isfinite(altitude.values), around))


def _show(console: Console, rows: tuple[Row, ...]) -> None:
    """One table a part: a line a subject, a column a measure."""
    from rich.table import Table

    titles = {
        "radii": "Wind radii: quadrants, and km modelled minus reported",
        "against": "Track minus the other track",
        "landfall": "Landfalls of the track (Beijing time)",
        "reported_landfall": "Landfalls: track minus report or other track",
    }
    words = {
        "mean_reported": "mean", "mean_absolute_error": "error", "mean_absolute_error_all": "all", "false_alarms": "false",
        "misses": "miss", "maximum_wind": "m/s", "central_pressure": "hPa", "wind_error": "m/s",
        "pressure_error": "hPa", "distance_then": "km then", "distance": "km", "time_error": "hours",
        "latitude": "lat", "longitude": "lon",
    }  # fmt: skip
    for part, title in titles.items():
        lines: dict[str, dict[str, Row]] = {}
        for row in rows:
            if row.part == part:
                lines.setdefault(row.subject, {})[row.measure] = row
        if not lines:
            continue
        measures = [m for m in next(iter(lines.values())) if m not in IN_FILE_ONLY]
        table = Table(title=title, title_justify="left", box=None, pad_edge=False)
        table.add_column("", no_wrap=True)
        for measure in measures:
            table.add_column(words.get(measure, measure.replace("_", " ")), justify="right", no_wrap=True)
        for subject, cells in lines.items():
            shown = ["" if cells[m].value is None else str(cells[m].value) for m in measures]
            table.add_row(subject, *shown)
        console.print(table)
    outside = {
        row.subject.split(",")[0]: row.value for row in rows if row.measure == "unmodelled" and row.value
    }
    for method, fixes in outside.items():
        console.print(f"{method}: {fixes} fixes lie outside its formulas and count as misses", markup=False)
