"""`evac routes buses`: pick-up buses, a timetable with what none can beat."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evac.commands.routes import Arrival, RoadDatum, Roads, Shut, Slopes, Water, network_of
from evac.people.datum import Datum
from riskmap.errors import DataError

if TYPE_CHECKING:
    from evac.plan.buses import Bus, BusPlan, Haven, PickUp
    from evac.plan.place_tables import Places
    from evac.plan.roads import RoadNetwork


def buses(
    roads: Roads,
    places: Annotated[
        Path, typer.Option(help="CSV of pick-up points (接运点): 名称, 经度, 纬度, 人数; 准备分钟, 最后分钟 where known.")
    ],
    exits: Annotated[Path, typer.Option(help="CSV of safe places: 名称, 经度, 纬度; 容量 where it is bounded.")],
    fleet: Annotated[Path, typer.Option("--buses", help="CSV, one bus a row: 名称 (车牌), 座位, 经度, 纬度 of its depot; 可用分钟 where known.")],
    out: Annotated[Path, typer.Option(help="Folder for timetable.csv and buses.json; an earlier plan there is replaced.")],
    tables_datum: Annotated[
        Datum, typer.Option("--datum", help="What the degrees of the tables refer to.", show_default=False)
    ],
    datum: RoadDatum = Datum.WGS84,
    water: Water = None,
    arrival: Arrival = None,
    slopes: Slopes = None,
    shut: Shut = None,
) -> None:  # fmt: skip
    """Plan pick-up buses (接运车辆): who fetches whom when, how long it takes, and who is still there at the last safe hour.

    最后分钟 is when the people of a point must have arrived, in minutes from the start: before dark, gusts or the flood. As many as can be are brought
    out before it, then as soon as can be. Exit code 5 where somebody stays. Modelled: open roads, drivers who follow the plan; each trip
    goes from one point to one place.

    Example: evac routes buses roads.geojson --places 接运点.csv --exits shelters.csv --buses 车辆.csv --datum cgcs2000 --out out/buses
    """
    from evac.plan.bus_papers import figures_json, timetable_csv
    from evac.plan.buses import pick_up
    from riskmap.cycle import EXIT_PARTIAL
    from riskmap.io.publish import publishing

    network = network_of(roads, datum, water, arrival, slopes, shut)
    buses_, points, havens = _tables(places, exits, fleet, tables_datum)
    _warn(network, points)
    plan = pick_up(network, buses_, points, havens)
    with publishing(out, replace=True, mark="buses.json") as staging:
        staging.write("timetable.csv", timetable_csv(plan))
        staging.write("buses.json", figures_json(plan))
    _tell(plan)
    typer.echo(str(out))
    if plan.left:
        raise typer.Exit(EXIT_PARTIAL)


def _tables(
    places: Path, exits: Path, fleet: Path, datum: Datum
) -> tuple[list[Bus], list[PickUp], list[Haven]]:
    from evac.plan.buses import Bus, Haven, PickUp
    from evac.plan.place_tables import read_places

    wait, safe, drive = (read_places(path, datum=datum.value) for path in (places, exits, fleet))
    for rows, path, what in ((wait, places, "人数"), (drive, fleet, "座位")):
        if None in rows.people:
            raise DataError(
                f"a row without {what}", where=str(path), expected=f"{what} in every row",
                found=rows.names[rows.people.index(None)], remedy="count or estimate it",
            )  # fmt: skip

    def points(rows: Places) -> list[tuple[float, float]]:
        return [(float(lon), float(lat)) for lon, lat in rows.points]

    return (
        [Bus(name, seats or 0, *at, float(free)) for name, seats, at, free in zip(drive.names, drive.people, points(drive), drive.ready, strict=True)],
        [
            PickUp(name, people or 0, *at, float(ready), None if math.isinf(last) else float(last))
            for name, people, at, ready, last in zip(wait.names, wait.people, points(wait), wait.ready, wait.last, strict=True)
        ],
        [Haven(name, *at, room) for name, at, room in zip(safe.names, points(safe), safe.people, strict=True)],
    )  # fmt: skip


def _warn(network: RoadNetwork, points: Sequence[PickUp]) -> None:
    """Name the rows whose empty hour shuts every road to them that closes within a day."""
    from evac.plan.clearance import HORIZON

    blank = [point.name for point in points if point.last is None]
    if blank and bool((network.open_until < HORIZON).any()):
        typer.echo(
            f"最后分钟没有填 no last minute: {'、'.join(blank[:10])}{' …' if len(blank) > 10 else ''} ({len(blank)}); 一天内会中断的道路对其一律不走 "
            "no road that closes within a day is driven for them: fill it in",
            err=True,
        )


def _tell(plan: BusPlan) -> None:
    from evac.plan.clearance import in_words

    mark = "示例路网 invented roads · " if plan.synthetic else ""
    everybody = sum(point.people for point in plan.points)
    typer.echo(
        f"{mark}模型 modelled: {plan.out:,} of {everybody:,} 人 by {len(plan.trips)} trips in {in_words(plan.finish)}; "
        f"no timetable brings out more than {plan.most:,}, nor so many before {in_words(plan.lower)}"
    )
    for row in plan.left:
        typer.echo(
            f"未能接出 {plan.points[row.point].name}: {row.people:,} 人, {row.why.chinese} {row.why.value}"
        )


def add_to(routes: typer.Typer) -> None:
    """Put the command beside the other routes."""
    routes.command()(buses)
