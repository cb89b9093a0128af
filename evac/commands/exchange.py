"""`evac export` and `evac missing`: people told to other registries, and people whom they seek."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from evac.exchange_office import Format

missing_app = typer.Typer(
    no_args_is_help=True,
    help="People sought by other registries (寻人) beside our list: candidates for a person to decide, never a link by itself.",
)

Registry = Annotated[
    str, typer.Option(help="SQLite file of the registry, or postgresql://...", show_default=False)
]
Vault = Annotated[
    Path | None, typer.Option(help="Key of the emergency (`evac vault new`); names are sealed without it.")
]
Region = Annotated[
    str, typer.Option(help="Administrative code: people whose village's code begins so; all if not given.")
]
Sheet = Annotated[Path, typer.Argument(help="PFIF file that another registry sent.", show_default=False)]


def export(
    written_as: Annotated[Format, typer.Argument(metavar="pfif|edxl", help="PFIF 1.4; or the same inside an EDXL-DE 1.0 message.")],
    registry: Registry,
    out: Annotated[Path, typer.Option(help="XML file to write.", show_default=False)],
    domain: Annotated[str, typer.Option(help="Domain name of the office that answers for the records.", show_default=False)],
    by: Annotated[str, typer.Option(help="Who exports; stands in the access log.", show_default=False)],
    why: Annotated[str, typer.Option(help="Why, without anybody's name; stands in the access log.", show_default=False)],
    author: Annotated[str, typer.Option(help="Office named in the records.")] = "防汛抗旱指挥机构",
    region: Region = "",
    moved: Annotated[bool, typer.Option("--moved", help="People who have arrived, too; otherwise the missing (失联) alone.")] = False,
    whole: Annotated[bool, typer.Option("--whole", help="Whole names, ages and children; otherwise masked, in tens of years, without children.")] = False,
    days: Annotated[int, typer.Option(min=1, max=360, help="Readers must delete the records after so many days.")] = 30,
    vault: Vault = None,
) -> None:  # fmt: skip
    """Tell another registry of people, as little as it needs: never a code, a phone, a shelter, an identity number or a death.

    EDXL-TEC, the format for evacuees, never became a standard; `edxl` is the standard envelope of EDXL around PFIF 1.4.

    Example: evac export pfif --registry registry.sqlite --vault 2106.vault --domain ema.example.gov.cn --out missing.xml
    --by 张三 --why 寻人协查
    """
    from evac.event_key import read_vault
    from evac.exchange.told import Policy
    from evac.exchange_office import export as exported
    from evac.store.opening import open_access, open_registry

    policy = Policy(domain, author, author, moved, whole, timedelta(days=days))
    store = open_registry(registry, vault=read_vault(vault) if vault else None, read_only=True)
    try:
        access = open_access(registry)
        try:
            done = exported(
                store, out, written_as=written_as, policy=policy, access=access, by=by, why=why,
                now=datetime.now(UTC).replace(microsecond=0), region=region,
            )  # fmt: skip
        finally:
            access.close()
    finally:
        store.close()
    left = "; ".join(f"{words} {count:,}" for words, count in done.withheld.items())
    typer.echo(f"{done.people:,} people: {out}" + (f"\nnot in it: {left}" if left else ""))


@missing_app.command("match")
def match(sheet: Sheet, registry: Registry, region: Region = "", vault: Vault = None) -> None:
    """List who on our list may be somebody that the file seeks, the likeliest first; names are masked.

    Example: evac missing match sought.xml --registry registry.sqlite --vault 2106.vault --region 330902
    """
    from evac.crockford import grouped, short_code
    from evac.event_key import read_vault
    from evac.exchange.missing import queue
    from evac.exchange.pfif import read_pfif
    from evac.exchange_office import read_file
    from evac.privacy import mask_name
    from evac.store.opening import open_registry

    now = datetime.now(UTC)
    sought = read_pfif(read_file(sheet), now=now, where=str(sheet))
    store = open_registry(registry, vault=read_vault(vault) if vault else None, read_only=True)
    try:
        found = queue(store, sought, now=now, region=region)
    finally:
        store.close()
    for candidate in found:
        typer.echo(
            f"{candidate.match_id[:12]}  {candidate.score:.1f}  {mask_name(candidate.sought.name)}  "
            f"{grouped(short_code(candidate.code))}  {candidate.why}"
        )
    typer.echo(
        f"{len(sought)} sought, {len(found)} candidates; decide each: evac missing decide ID {sheet} --same|--other"
    )


@missing_app.command("decide")
def decide(
    number: Annotated[str, typer.Argument(help="Id that `evac missing match` prints.", show_default=False)],
    sheet: Sheet, registry: Registry,
    same: Annotated[bool, typer.Option("--same/--other", help="The same person, or another one.", show_default=False)],
    by: Annotated[str, typer.Option(help="Who decided; stands in the log of events.", show_default=False)],
    region: Region = "", vault: Vault = None,
) -> None:  # fmt: skip
    """Write down what a person decided about a candidate; nothing else changes, and the question does not come back.

    Example: evac missing decide 3fa94c01d2ab sought.xml --same --registry registry.sqlite --vault 2106.vault --by 张三
    """
    from evac.event_key import read_vault
    from evac.exchange import missing
    from evac.exchange.pfif import read_pfif
    from evac.exchange_office import read_file
    from evac.people.clerk import Clerk
    from evac.registry import Registry as Book
    from evac.store.opening import open_registry
    from riskmap.errors import DataError

    now = datetime.now(UTC)
    sought = read_pfif(read_file(sheet), now=now, where=str(sheet))
    store = open_registry(registry, vault=read_vault(vault) if vault else None)
    try:
        meant = [
            c for c in missing.queue(store, sought, now=now, region=region) if c.match_id.startswith(number)
        ]
        if len(meant) != 1:
            raise DataError(
                "not one open question", where=f"id {number}", expected="an id of `evac missing match`",
                found=f"{len(meant)} of them", remedy="it may be decided already; look at the list again",
            )  # fmt: skip
        # a device of its own for each run, since the command keeps no running number
        clerk = Clerk(by, "office", f"missing-{secrets.token_hex(4)}", now)
        missing.decide(Book(store), meant[0], same=same, clerk=clerk)
    finally:
        store.close()
    typer.echo("decided 已判定: " + ("same person 同一人" if same else "another person 不是同一人"))


def add_to(app: typer.Typer) -> None:
    """Put the commands into the command line."""
    app.command()(export)
    app.add_typer(missing_app, name="missing")
