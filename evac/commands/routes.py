"""`evac routes` and `evac clearance`: roads checked, ways found, how long an area takes to clear."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evac.people.datum import Datum
from riskmap.errors import DataError

if TYPE_CHECKING:
    from evac.plan.clearance import Clearance
    from evac.plan.departures import Departures
    from evac.plan.place_tables import Places
    from evac.plan.roads import RoadNetwork


routes_app = typer.Typer(
    no_args_is_help=True,
    help="Roads (路网) and ways (转移路线): a file checked, several routes, invented roads for a drill.\n\n"
    "Example: evac routes check roads.gpkg",
)

Roads = Annotated[Path, typer.Argument(help="GeoPackage, shapefile, GeoJSON or GraphML.", show_default=False)]
RoadDatum = Annotated[Datum, typer.Option("--roads-datum", help="What the degrees of the roads refer to.")]
Water = Annotated[
    Path | None,
    typer.Option(
        help="GeoTIFF of the greatest depth, in metres: fields/inundation_maximum_depth.tif of a run."
    ),
]
Arrival = Annotated[
    Path | None,
    typer.Option(
        help="GeoTIFF of hours until water: fields/inundation_arrival_time.tif; roads then close when it comes."
    ),
]
Slopes = Annotated[
    Path | None, typer.Option(help="GeoTIFF of tiers: fields/tier_landslide.tif; orange and red close roads.")
]
Shut = Annotated[
    Path | None, typer.Option("--closed", help="GeoJSON of areas (管制区) whose roads are closed.")
]


def network_of(
    roads: Path,
    datum: Datum,
    water: Path | None,
    arrival: Path | None,
    slopes: Path | None,
    shut: Path | None,
) -> RoadNetwork:
    """The roads of a file with all that is known to lie on them."""
    from evac.plan.road_files import read_roads
    from evac.plan.road_hazards import on_slopes, under_water, within_shapes
    from riskmap.io.grids import NOWHERE
    from riskmap.io.rasters import read_field

    network = read_roads(roads, datum=datum.value)
    if arrival is not None and water is None:
        raise DataError(
            "times of water without its depth",
            where="--arrival",
            expected="--water too",
            found="--arrival alone",
            remedy="name the depth of the same run",
        )
    if water is not None:
        depth, grid = read_field(water)
        comes = None
        if arrival is not None:
            comes, other = read_field(arrival)
            if other != grid:
                raise DataError(
                    "two grids of different runs",
                    where="--arrival",
                    expected=f"the grid of {water}",
                    found=f"that of {arrival}",
                    remedy="name two fields of the same run",
                )
            comes = comes * 3600.0
        network = under_water(network, depth, grid, arrival=comes)
    if slopes is not None:
        network = on_slopes(network, *read_field(slopes, nodata=NOWHERE))
    if shut is not None:
        from riskmap.io.region_files import read_features

        network = within_shapes(
            network, [feature.shape for feature in read_features(shut) if feature.shape is not None]
        )
    return network


@routes_app.command("check")
def check(
    roads: Roads,
    datum: RoadDatum = Datum.WGS84,
    water: Water = None,
    slopes: Slopes = None,
    shut: Shut = None,
) -> None:
    """Say what a road file holds and what is wrong with it: parts without a way to the rest, ends that nearly meet, defaults.

    Example: evac routes check roads.gpkg --water out/in-fa/fields/inundation_maximum_depth.tif
    """
    import numpy as np

    from evac.plan.roads import Condition

    network = network_of(roads, datum, water, None, slopes, shut)
    if network.synthetic:
        typer.echo("示例路网 invented roads: none of them exists")
    typer.echo(
        f"{network.nodes:,} nodes, {network.links:,} links, {network.length.sum() / 2000:,.0f} km (one-way roads count half)"
    )
    for condition in Condition:
        count = int(np.count_nonzero(network.condition == condition))
        if count:
            typer.echo(f"{condition.chinese} {condition.name.lower()}: {count:,} links")
    for finding in network.findings:
        where = "" if finding.longitude is None else f" @ {finding.longitude:.5f},{finding.latitude:.5f}"
        typer.echo(f"{finding.slip.chinese} {finding.slip.value}: {finding.text}{where}")


@routes_app.command("find")
def find(
    roads: Roads,
    start: Annotated[str, typer.Option("--from", help="longitude,latitude in degrees, WGS-84.")],
    goal: Annotated[str, typer.Option("--to", help="longitude,latitude in degrees, WGS-84.")],
    count: Annotated[int, typer.Option(min=1, max=20, help="At most so many routes.")] = 3,
    datum: RoadDatum = Datum.WGS84,
    water: Water = None,
    slopes: Slopes = None,
    shut: Shut = None,
) -> None:
    """Find several routes that differ, the fastest first, on open roads.

    Example: evac routes find roads.geojson --from 122.10,30.02 --to 122.21,29.99
    """
    from evac.plan.departures import departures_at
    from evac.plan.routes import routes

    network = network_of(roads, datum, water, None, slopes, shut)
    ends = departures_at(network, [_point(start, "--from"), _point(goal, "--to")], [1, 1], ["from", "to"])
    for name, node in zip(("--from", "--to"), ends.node.tolist(), strict=True):
        if node < 0:
            raise DataError(
                "no open road near",
                where=name,
                expected="a road within reach",
                found="none",
                remedy="go there on the spot: the place may be cut off",
            )
    found = routes(network, int(ends.node[0]), [int(ends.node[1])], count)
    if not found:
        raise DataError(
            "no way",
            where=f"{start} to {goal}",
            expected="open roads between them",
            found="two parts of the network",
            remedy="see `evac routes check`",
        )
    for n, route in enumerate(found, 1):
        names = [network.name_of(link) for link in route.links]
        by = " > ".join(name for k, name in enumerate(names) if k == 0 or name != names[k - 1])
        grey = f", {route.unknown} links 情况不明 unknown" if route.unknown else ""
        typer.echo(
            f"{n}. {route.seconds / 60:.0f} min, {route.metres / 1000:.1f} km, {route.narrowest:.0f} vehicles/h{grey}: {by}"
        )


def _point(text: str, option: str) -> tuple[float, float]:
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError as error:
        raise DataError(
            "not a place",
            where=option,
            expected="longitude,latitude",
            found=repr(text),
            remedy="such as 122.10,30.02",
        ) from error
    return lon, lat


@routes_app.command("invent")
def invent(
    county: Annotated[str, typer.Option(help="Six digits of a county of Zhejiang, whose outline is filled.")],
    out: Annotated[Path, typer.Option(help="GeoJSON to write.")],
    places: Annotated[
        int, typer.Option(min=4, max=20_000, help="How many invented places are joined.")
    ] = 200,
    seed: Annotated[int, typer.Option(help="The same seed gives the same roads.")] = 1,
) -> None:
    """Invent roads (示例路网) inside a county for a drill; every road is marked, and so is whatever is made from them.

    Example: evac routes invent --county 330902 --out roads.geojson
    """
    from evac.plan.invented_roads import invented_ways, ways_geojson
    from evac.published import write_whole
    from riskmap.io.region_datum import reference_outlines

    outlines = reference_outlines(None)
    if county not in outlines:
        raise DataError(
            "no such county",
            where="--county",
            expected="six digits of a county of the bundled outlines",
            found=county,
            remedy="such as 330902",
        )
    ways = invented_ways(outlines[county], places=places, seed=seed)
    write_whole(out, ways_geojson(ways, f"示例路网 {county}, seed {seed}").encode())
    typer.echo(f"示例 invented: {len(ways):,} roads, {out}")


def clearance(
    roads: Roads,
    places: Annotated[
        Path, typer.Option(help="CSV of where people start: 名称, 经度, 纬度, 人数; 准备分钟 where known.")
    ],
    exits: Annotated[
        Path, typer.Option(help="CSV of safe places: 名称, 经度, 纬度; 容量 where it is bounded.")
    ],
    out: Annotated[Path, typer.Option(help="Folder to write: index.html, clearance.json, batches.csv.")],
    tables_datum: Annotated[
        Datum, typer.Option("--datum", help="What the degrees of both tables refer to.", show_default=False)
    ],
    datum: RoadDatum = Datum.WGS84,
    water: Water = None,
    arrival: Arrival = None,
    slopes: Slopes = None,
    shut: Shut = None,
    waves: Annotated[
        int, typer.Option(min=1, help="Set out in so many waves (分批), the table's first rows first.")
    ] = 1,
    every: Annotated[float, typer.Option(min=0, help="Minutes between waves.")] = 30.0,
    contraflow: Annotated[
        bool,
        typer.Option("--contraflow", help="Give narrow places the lanes of the other direction (逆向借道)."),
    ] = False,
) -> None:
    """Work out how long an area takes to clear (疏散清空时间): a schedule, a time that none can beat, and who is left.

    Modelled: everybody follows the plan, no accident, no queue that blocks the crossing behind it.

    Example: evac clearance roads.geojson --places villages.csv --exits shelters.csv --datum cgcs2000 --out out/clearance
    """
    from evac.plan.clearance import in_words
    from evac.plan.departures import in_waves
    from evac.plan.place_tables import read_places

    network = network_of(roads, datum, water, arrival, slopes, shut)
    begin, safe = read_places(places, datum=tables_datum.value), read_places(exits, datum=tables_datum.value)
    groups = _groups(network, begin, places)
    groups = in_waves(groups, [float(n) for n in range(len(begin.names))], waves, every * 60.0)
    done = _cleared(network, groups, safe)
    notes: tuple[str, ...] = ()
    if contraflow:
        done, notes = _reversed(done, safe)
    _write(out, done, safe, notes)
    mark = "示例路网 invented roads · " if network.synthetic else ""
    typer.echo(
        f"{mark}模型 modelled: {done.out:,} of {int(groups.people.sum()):,} out in {in_words(done.finish)}; no schedule before {in_words(done.lower.seconds)}"
    )
    for line in (
        *notes,
        *(
            f"未能转出 {line.name}: {line.people:,} 人, {line.why.chinese} {line.why.value}"
            for line in done.left
        ),
    ):
        typer.echo(line)
    typer.echo(f"open {out / 'index.html'}")


def _groups(network: RoadNetwork, begin: Places, where: Path) -> Departures:
    """Everybody of a table of places; each row must say how many."""
    from evac.plan.departures import departures_at

    if None in begin.people:
        raise DataError(
            "a place without its people",
            where=str(where),
            expected="人数 in every row",
            found=begin.names[begin.people.index(None)],
            remedy="count or estimate them",
        )
    return departures_at(
        network, begin.points, [n or 0 for n in begin.people], begin.names, ready=begin.ready.tolist()
    )


def _write(out: Path, done: Clearance, safe: Places, notes: tuple[str, ...]) -> None:
    from evac.plan import clearance_page
    from evac.published import write_whole

    out.mkdir(parents=True, exist_ok=True)
    write_whole(out / "clearance.json", clearance_page.figures_json(done).encode())
    write_whole(out / "batches.csv", clearance_page.batches_csv(done).encode())
    write_whole(out / "index.html", clearance_page.page(done, safe.points, notes).encode())


def _cleared(network: RoadNetwork, groups: Departures, safe: Places) -> Clearance:
    """A clearance to the exits of a table; those at one junction share their room."""
    from evac.plan.clearance import clear
    from evac.plan.departures import departures_at

    ends = departures_at(network, safe.points, [0] * len(safe.names), safe.names)
    room: dict[int, int | None] = {}
    for node, takes in zip(ends.node.tolist(), safe.people, strict=True):
        if node >= 0:
            before = room.get(node, 0)
            room[node] = None if takes is None or before is None else before + takes
    everybody = int(groups.people.sum())
    return clear(
        network, groups, list(room), rooms=[everybody if takes is None else takes for takes in room.values()]
    )


def _reversed(done: Clearance, safe: Places) -> tuple[Clearance, tuple[str, ...]]:
    """The clearance with the narrow places' other lanes, where that is sooner; and what it gains."""
    import numpy as np

    from evac.plan.clearance import in_words
    from evac.plan.roads import reversed_lanes

    narrow = np.zeros(done.network.links, bool)
    narrow[list(done.lower.links)] = True
    other = _cleared(reversed_lanes(done.network, narrow), done.departures, safe)
    names = "、".join(dict.fromkeys(done.network.name_of(link) for link in done.lower.links))
    times = f"{in_words(done.finish)} → {in_words(other.finish)}"
    if other.out < done.out or (other.out == done.out and other.finish >= done.finish):
        return done, (f"逆向借道无益,未采用 contraflow gains nothing, left out: {names}, {times}",)
    return other, (
        f"逆向借道 contraflow on {names}: {times};对向封闭,救援车辆须另有通道 rescue needs another way in",
    )


def add_to(app: typer.Typer) -> None:
    """Put the commands into the command line."""
    from evac.commands.buses import add_to as add_buses_to

    add_buses_to(routes_app)
    app.add_typer(routes_app, name="routes")
    app.command()(clearance)
