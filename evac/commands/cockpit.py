"""`evac cockpit`: the screens of the situation as a folder that opens without a network."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from evac.commands.situation_base import (
    At,
    Documents,
    Duty,
    FieldLog,
    Names,
    Offices,
    Registry,
    Responses,
    Run,
)


class Depth(StrEnum):
    """Last level that gets screens."""

    CITY = "city"
    COUNTY = "county"
    TOWN = "town"
    SHELTER = "shelter"


def cockpit(
    out: Annotated[Path, typer.Argument(help="Folder to write.", show_default=False)],
    registry: Registry = "",
    region: Annotated[
        str, typer.Option(help="Code of the first screen; without it the region that everything lies in.")
    ] = "",
    down_to: Annotated[Depth, typer.Option(help="Last level that gets screens.")] = Depth.SHELTER,
    replace: Annotated[bool, typer.Option("--replace", help="Swap an earlier copy there.")] = False,
    since: Annotated[
        str, typer.Option(help="When the shift took over, Beijing time: adds the hand-over sheet, down to counties.")
    ] = "",
    documents: Documents = None, responses: Responses = None, run: Run = None, offices: Offices = None,
    region_names: Names = None, field: FieldLog = None, duty: Duty = None, at: At = "",
) -> None:  # fmt: skip
    """Write the cockpit (数字驾驶舱) as a static copy: all screens in one page that opens from a stick, its time stated.

    The live page is at /cockpit/ of `evac serve`. A copy holds counts and no names; hand it to whoever may see exact counts.

    Example: evac cockpit out/cockpit --registry county.sqlite --documents documents.sqlite --from out/in-fa
    """
    from evac.cockpit.copying import gather_screens, home_of, write_copy
    from evac.commands.situation import clock_of, require_some_source
    from evac.commands.situation_base import office_of, registry_of
    from riskmap.io.publish import require_free

    require_some_source(registry, documents, run)
    require_free(out, replace=replace, mark="cockpit.json")
    now, past = clock_of(at)
    with (
        office_of(documents, responses, run, offices, region_names, field, duty) as office,
        registry_of(registry) as store,
    ):
        home = region or home_of(store, office)
        before = None
        if since:
            earlier = gather_screens(
                store, office, home, at=clock_of(since)[0], replay=True, down_to="county"
            )
            before = earlier.found
        screens = gather_screens(
            store, office, home, at=now, replay=past, before=before, down_to=down_to.value
        )
    page = write_copy(out, screens, replacing=replace)
    first = screens.found[home]
    typer.echo(f"{first.place.name}: {len(screens.found)} 屏 screens, {page.stat().st_size / 1e6:.1f} MB")
    unread = [source.words for source in first.sources if not source.read]
    if unread:
        typer.echo(f"未接入 not read: {'、'.join(unread)}", err=True)
    typer.echo(f"open {page}")


def add_to(app: typer.Typer) -> None:
    """Put the command into the command line."""
    app.command("cockpit")(cockpit)
