"""`evac shelters`: the places of central stay, read from a table and listed."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from evac.people.datum import Datum

shelters_app = typer.Typer(
    no_args_is_help=True,
    help="Shelters (避灾安置场所): read from a table, listed.\n\n"
    "Example: evac shelters import 避灾点.xlsx --registry county.sqlite --datum cgcs2000",
)

Registry = Annotated[
    str, typer.Option(help="SQLite file of the registry, or postgresql://...", show_default=False)
]


@shelters_app.command("import")
def import_shelters(
    table: Annotated[
        Path,
        typer.Argument(
            help="CSV or XLSX: 编号, 名称, 行政区划代码, 容量; 级别, 面积, 经度, 纬度 where known."
        ),
    ],
    registry: Registry,
    datum: Annotated[
        Datum | None, typer.Option(help="What 经度 and 纬度 refer to; needed where they are given.")
    ] = None,
    invented: Annotated[
        bool, typer.Option("--synthetic", help="The places are invented, for a drill.")
    ] = False,
) -> None:
    """Put the shelters of a table into the registry: all rows, or none and every wrong one named.

    The same id again replaces what was known of the place; nothing is taken out.

    Example: evac shelters import 避灾点.xlsx --registry county.sqlite --datum cgcs2000
    """
    from evac.people.list_file import open_list
    from evac.people.shelters import read_shelters, small
    from evac.store.opening import open_registry

    with open_list(table) as sheets:
        found = read_shelters(sheets, datum=datum, synthetic=invented)
    with closing(open_registry(registry)) as store:
        store.put_shelters(found)
    persons = sum(shelter.capacity for shelter in found)
    typer.echo(f"{len(found):,} 个安置场所 shelters, {persons:,} 人 places")
    for shelter in small(found):
        typer.echo(
            f"注意 {shelter.shelter_id} {shelter.name}: {shelter.capacity} 人,低于其级别的下限 below its level's least"
        )


@shelters_app.command("list")
def list_shelters(
    registry: Registry, county: Annotated[str, typer.Option(help="First digits of the county.")] = ""
) -> None:
    """List the shelters of a registry: id, county, level, places, area, name.

    Example: evac shelters list --registry county.sqlite --county 330902
    """
    from evac.store.opening import open_registry

    with closing(open_registry(registry, read_only=True)) as store:
        for s in store.shelters():
            if s.county.startswith(county):
                area = "" if s.area_m2 is None else f"{s.area_m2:g} m2"
                typer.echo(
                    "\t".join((s.shelter_id, s.town or s.county, s.level, f"{s.capacity}", area, s.name))
                )


def add_to(app: typer.Typer) -> None:
    """Put the commands into the command line."""
    app.add_typer(shelters_app, name="shelters")
