"""`riskmap check` and `riskmap init`: what a cycle would be made from, and a configuration to begin with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from riskmap.errors import MOST_TOLD, ConfigError, Faults, MissingExtraError, RiskmapError

if TYPE_CHECKING:
    from rich.table import Table

    from riskmap.checked import Layer, Report
    from riskmap.io.recognised import Recognised

WORDS: Final = {
    "ok": ("可用", "ok", "green"), "note": ("可用,有说明", "noted", "cyan"), "stale": ("过期", "stale", "yellow"),
    "missing": ("缺失", "missing", "red"), "wrong": ("有误", "wrong", "red"), "none": ("未提供", "not given", "dim"),
}  # fmt: skip
"""State of a layer -> (Chinese, English, style)."""

PIPED: Final = 160
"""Columns of the table where nobody's terminal says how many it has."""


def check(
    config: Annotated[Path, typer.Argument(help="Configuration of cycles, or one scenario (TOML).")],
    at: Annotated[
        str | None,
        typer.Option("--at", help="Analysis time with its offset; the last one due unless given."),
    ] = None,
    flash: Annotated[
        bool, typer.Option("--flash", help="Inputs of the flash-flood layer (section `flash`) instead.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Plain values for another program.")] = False,
    _debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Look at every input before the storm: what is there, its age, what it covers, datum, units, and what its lack costs.

    Each layer is read by the reader that a run uses; one that is bad hides no other. Nothing is computed, published or kept.

    The two cadences have inputs of their own: without --flash those of the full cycle are looked at, with it those of `riskmap cycle --flash`.

    Exit codes, the gravest of the layers': 0 all well, 2 one is wrong, 3 one is missing or unreadable, 4 one is stale, 5 something would
    be left out of a run.

    Example: riskmap check zj.toml

    Example: riskmap check zj.toml --at 2021-07-24T08:00+08:00 --json

    Example: riskmap check zj.toml --flash
    """
    from riskmap.catalogue import check_catalogue

    report = check_catalogue(config, at=_instant(at), now=datetime.now(UTC), flash=flash)
    if as_json:
        print(json.dumps(report.as_json(), ensure_ascii=False, indent=1))  # noqa: T201
    else:
        _show(report)
    if report.exit_code:
        raise typer.Exit(report.exit_code)


def init(
    out: Annotated[Path, typer.Argument(help="New folder; its name names the files in it.")],
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Outlines of the counties, elevation models, and any other inputs: each is recognised."
        ),
    ],
    storm: Annotated[str | None, typer.Option("--storm", help="Number of the storm, e.g. 2106.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="Its English name.")] = None,
    chinese: Annotated[str | None, typer.Option("--chinese", help="Its Chinese name.")] = None,
    step: Annotated[
        float, typer.Option("--step", min=0.001, max=1.0, help="Cells of the grid, in degrees.")
    ] = 0.02,
    datum: Annotated[
        str | None, typer.Option("--datum", help="Of coordinates in tables: wgs84, cgcs2000, gcj02.")
    ] = None,
    region_datum: Annotated[
        str, typer.Option("--region-datum", help="Of the outlines: wgs84, cgcs2000, gcj02.")
    ] = "wgs84",
    tide_datum: Annotated[
        str | None, typer.Option("--tide-datum", help="What tide tables count from: station, 1985.")
    ] = None,
    dem_datum: Annotated[
        str | None,
        typer.Option("--dem-datum", help="What the elevation model counts from: 1985, wusong, msl."),
    ] = None,
    population_units: Annotated[
        str | None,
        typer.Option(
            "--population-units", help="What a cell of a raster of residents holds: people, people_km2."
        ),
    ] = None,
    _debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Write a commented configuration for a province from its files; nothing is ever overwritten.

    Outlines with codes, elevation models (GeoTIFF, COG, hgt tiles), charts, shore lines, rasters of residents and land cover, rain, tracks, and
    tables of tides, sea walls, reservoirs, gauges, villages and people are told apart by what stands in them. What is not recognised is
    named, and left out: exit code 5. Where no relief, chart or shore line is given and the counties lie in the bundled ones, those are used.

    Example: riskmap init zj counties.geojson N29E121.hgt N29E122.hgt population.csv --dem-datum msl

    Example: riskmap init zj counties.geojson dem.tif walls.csv wall_tide.csv --tide-datum 1985 && riskmap check zj/zj.toml

    Example: riskmap init zj counties.geojson worldpop_2020.tif --population-units people
    """
    from riskmap.io.new_config import Answers, write_config
    from riskmap.terminal import errors

    faults = Faults()
    _require_known(faults, datum, region_datum, tide_datum, dem_datum, population_units)
    known_files, left_out = _told_apart(files, faults)
    faults.tell()
    for line in left_out:
        errors.print(f"left out: {line}", style="yellow", markup=False)
    given = {"storm": storm, "name": name, "chinese": chinese}
    answers = Answers(
        **{key: value for key, value in given.items() if value is not None}, step=step, datum=datum, region_datum=region_datum,
        tide_datum=tide_datum, dem_datum=dem_datum, population_units=population_units,
    )  # fmt: skip
    config = write_config(out, known_files, answers)
    for one in known_files:
        errors.print(f"{one.key}: {one.path}{f' ({one.kind})' if one.kind else ''}", markup=False)
    errors.print(f"next: riskmap check {config}", markup=False)
    print(config)  # noqa: T201 - the one line that scripts read
    if left_out:
        raise typer.Exit(5)


def _require_known(
    faults: Faults,
    datum: str | None,
    region_datum: str,
    tide_datum: str | None,
    dem_datum: str | None,
    population_units: str | None,
) -> None:
    """Refuse a datum or a unit that is none."""
    for option, value, known in (
        ("--datum", datum, ("wgs84", "cgcs2000", "gcj02")), ("--region-datum", region_datum, ("wgs84", "cgcs2000", "gcj02")),
        ("--tide-datum", tide_datum, ("station", "1985")), ("--dem-datum", dem_datum, ("1985", "wusong", "msl")),
        ("--population-units", population_units, ("people", "people_km2")),
    ):  # fmt: skip
        if value is not None and value not in known:
            faults.add(ConfigError(f"unknown {option.rpartition('-')[2]}", where=option, expected=" | ".join(known), found=repr(value), remedy="name one of them"))  # fmt: skip


def _told_apart(files: Sequence[Path], faults: Faults) -> tuple[list[Recognised], list[str]]:
    """What each file is, and why some are nothing that a scenario takes; one that is not there is an error."""
    from riskmap.io.recognised import recognise

    found, left_out = [], []
    for file in files:
        try:
            found.append(recognise(file))
        except MissingExtraError:
            raise
        except RiskmapError as problem:
            if file.exists():
                left_out.append(str(problem))
            else:
                faults.add(problem)
    return found, left_out


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(
            "not an instant", where="--at", expected="e.g. 2021-07-24T08:00+08:00", found=repr(text), remedy="write it so"
        ) from None  # fmt: skip


def _show(report: Report) -> None:
    """The table, then one paragraph for each thing that is wrong, then the hazards without a colour."""
    from rich.console import Console

    from riskmap.scale import HAZARD_WORDS

    screen = Console(highlight=False)
    if not screen.is_terminal:
        screen = Console(highlight=False, width=PIPED)
    screen.print(
        f"{report.config}{'  [flash] 山洪快速层' if report.flash else ''}  起报时 analysis time {report.at:%Y-%m-%d %H:%M} (北京时 Beijing)",
        markup=False,
    )
    screen.print(_table(report))
    for layer in report.layers:
        for line in _capped(layer.said):
            screen.print(f"{layer.key}: {line}", style=WORDS[layer.state][2], markup=False, soft_wrap=True)
    for layer in report.layers:
        if layer.state == "none":
            screen.print(
                f"未提供 not given: {layer.key}: {_cost(layer, '; ')}",
                style="dim",
                markup=False,
                soft_wrap=True,
            )
    if report.grey:
        grey = "、".join(f"{HAZARD_WORDS[h][0]} {HAZARD_WORDS[h][1]}" for h in report.grey)
        screen.print(f"灰色(无数据)· grey: {grey}", markup=False, soft_wrap=True)
    for section, command in report.not_looked_at.items():
        screen.print(
            f"未检查 not looked at: [{section}]: {command}", style="yellow", markup=False, soft_wrap=True
        )
    screen.print(f"退出码 exit code {report.exit_code}", markup=False)


def _capped(said: Sequence[str]) -> Sequence[str]:
    """As many lines as a person reads of one layer; --json has all of them."""
    if len(said) <= MOST_TOLD + 1:  # a reader that told so many has counted the rest itself
        return said
    return *said[:MOST_TOLD], f"and {len(said) - MOST_TOLD} more; --json has all of them"


def _table(report: Report) -> Table:
    from rich.table import Table

    table = Table(show_lines=False, pad_edge=False)
    for title in (
        "状态 state",
        "资料 layer",
        "文件与时效 file, age",
        "覆盖 covers",
        "基准、单位 datum, units",
        "缺失代价 without it",
    ):
        table.add_column(title, overflow="fold")
    for layer in (one for one in report.layers if one.state != "none"):
        chinese, english, style = WORDS[layer.state]
        facts = "; ".join(filter(None, (layer.seen.datum, layer.seen.units)))
        cells = (f"{chinese} {english}", _owned(layer), _file(layer), layer.seen.covers, facts, _cost(layer))
        table.add_row(*(_plain(cell) for cell in cells), style=style if layer.state != "ok" else None)
    return table


def _plain(text: str) -> str:
    """Without what rich would take for marks of its own: a path may hold brackets."""
    from rich.markup import escape

    return escape(text)


def _owned(layer: Layer) -> str:
    from riskmap.io.catalogue import UNFILLED

    owner = "" if layer.declared is None or layer.declared.owner == UNFILLED else layer.declared.owner
    return f"{layer.key}\n{owner}" if owner else layer.key


def _file(layer: Layer) -> str:
    names = ", ".join(Path(part).name for part in layer.file.split(", ")) if layer.file else "—"
    if layer.age_hours is None:
        return names
    age = f"{layer.age_hours:.1f} h" if layer.age_hours < 72 else f"{layer.age_hours / 24:.0f} d"
    limit = "" if layer.max_age_hours is None else f" / {layer.max_age_hours:g} h"
    return f"{names}, {age}{limit}"


def _cost(layer: Layer, between: str = "\n") -> str:
    """What a run has not without the layer, in words."""
    from riskmap.scale import HAZARD_WORDS

    cost, unsure = layer.cost, layer.less_sure
    grey = "、".join(HAZARD_WORDS[h][0] for h in cost.grey)
    lines = ["不出图 no cycle" if cost.stops else f"灰色 grey: {grey}" if grey else ""]
    lines.append(
        ""
        if cost.stops or not unsure
        else "可信度降 less sure: " + "、".join(HAZARD_WORDS[h][0] for h in unsure)
    )
    lines.append("" if cost.stops else "; ".join(filter(None, (cost.chinese, cost.english))))
    return between.join(filter(None, lines)) or "—"
