"""`evac return draft`: the 解除转移 as a document, from the registry and the log of documents; signed, it is carried out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evac.commands.returning_base import At, Documents, Region, RegistryFile, latest, moment, opened


def draft(
    region: Region,
    registry: RegistryFile,
    source: Annotated[Path, typer.Option("--from", help="Folder of the latest run that `riskmap` published.", show_default=False)],
    documents: Documents = "",
    order: Annotated[str, typer.Option(help="Number of the transfer order that it lifts; with --documents the one that is out.")] = "",
    towns: Annotated[str, typer.Option(help="The towns that carry it out, as they are addressed.")] = "",
    category: Annotated[list[str] | None, typer.Option(help="For this category alone; may be repeated. All if not given.")] = None,
    at: At = "",
) -> None:  # fmt: skip
    """Draft the release (解除转移): which order it lifts, who may go, who is held, what the inspections found.

    Nothing is released by it, and nobody goes home before it is signed and carried out. The three steps of the chain: this draft, `evac
    sign`, `evac return release`, which puts held houses on the inspection list and the release into the log of responses.

    Example: evac return draft --region 330902 --documents documents.sqlite --from out/in-fa --registry county.sqlite --towns 昌国街道办事处
    """
    from evac.orders.desk import Desk
    from evac.returning.candidates import candidates
    from evac.returning.chain import order_to_lift, release_entries
    from evac.returning.hazard import look_again
    from evac.returning.inspection import houses, read_inspections
    from evac.returning.release import plan_release
    from evac.returning.resettlement import resettled_codes
    from evac.store.opening_documents import open_document_log
    from riskmap.errors import ConfigError
    from riskmap.products.draft_files import write_draft

    now = moment(at)
    if documents:
        log = open_document_log(documents, new=False)
        try:
            order = order_to_lift(Desk(log).register(), region, order).number
        finally:
            log.close()
    if not order:
        raise ConfigError(
            "no transfer order is named", where="evac return draft", expected="--documents, or --order",
            remedy="a release names the order that it lifts",
        )  # fmt: skip
    outlook = look_again(latest(source), region, at=now)
    with opened(registry, to_write=False) as desk:
        items = read_inspections(desk.store, at=now)
        plan = plan_release(
            candidates(desk.store, region), outlook=outlook, found=houses(items), resettled=resettled_codes(desk.store, at=now),
            categories=tuple(category or ()),
        )  # fmt: skip
    mine = [item for item in items if item.wanted.place.startswith(region)]
    entries = release_entries(plan, mine, order, categories=category or (), return_from=now) | {
        "towns": towns
    }
    made = write_draft(source, kind="transfer_release", region=region, entries=entries)
    for path in made.files:
        typer.echo(str(path))
    if outlook.danger:
        typer.echo(f"风险图未解除 the map does not say that it is over: {outlook.danger}", err=True)
    typer.echo(f"{order}: {entries['range']}")
    for missing in made.letter.missing:
        typer.echo(f"still empty: {missing}")
    typer.echo(f"next: evac sign --from {source} --type transfer_release --region {region} --signer NAME")
    typer.echo(
        f"then: evac return release NUMBER --documents ... --responses ... --region {region} --registry ... --from {source} --by NAME"
    )


def add_to(group: typer.Typer) -> None:
    """Put the command into the group."""
    group.command("draft")(draft)
