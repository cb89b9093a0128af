"""`evac access` and `evac reveal`: who read what, and names for a reason."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from evac.commands.privacy import KeyFileOption, Notes, Registry, Why, key_path, opened

access_app = typer.Typer(
    no_args_is_help=True,
    help="Who read what, when and why (查阅记录); no name stands in it.\n\n"
    "Example: evac access show --registry county.sqlite",
)


@access_app.command("show")
def access_show(
    registry: Registry,
    after: Annotated[int, typer.Option(help="Only what comes after this number.")] = 0,
) -> None:
    """List the reads: number, time, who, role, region, what, how many, why.

    Example: evac access show --registry county.sqlite
    """
    from evac.access import parse
    from evac.store.opening import open_access
    from riskmap.outlook import beijing

    log = open_access(registry)
    try:
        for entry in log.entries(after):
            one = parse(entry.body)
            typer.echo(
                f"{entry.sequence}  {beijing(one.at)}  {one.who}  {one.role}  {one.scope}  {one.act.chinese}  "
                f"{one.what}  {one.people}  {one.why}"
            )
    finally:
        log.close()


@access_app.command("check")
def access_check(registry: Registry, note: Notes = None) -> None:
    """Hold the log of reads against heads written down elsewhere, and print its end to be written down.

    Example: evac access check --registry county.sqlite
    """
    from evac.store.opening import open_access
    from evac.witness import links_of, verify_links, written

    log = open_access(registry)
    try:
        head = verify_links(links_of(log.entries()), notes=note or ())
    finally:
        log.close()
    typer.echo(f"完好 sound: {head.sequence:,} 条; 末端 end {written(head)}")


def reveal(
    code: Annotated[list[str], typer.Argument(help="Codes or short codes.")],
    registry: Registry,
    who: Annotated[str, typer.Option(help="Account or name of who asks; kept.", show_default=False)],
    scope: Annotated[str, typer.Option(help="Region that the role is bound to.", show_default=False)],
    why: Why,
    role: Annotated[str, typer.Option(help="Role of who asks.")] = "liaison",
    key: KeyFileOption = None,
) -> None:
    """Show names outside one's role, for a reason (紧急查看): the read is written down before anything is shown.

    Example: evac reveal 3K7Q-PX2M-9AB --registry county.sqlite --who 李四 --scope 330902 --why 失联核查
    """
    from evac.codes import parse_short_code
    from evac.event_key import read_key_file
    from evac.privacy.break_glass import reveal as read
    from evac.store.opening import open_access

    wanted = [one if len(one) == 26 else parse_short_code(one) for one in code]
    vault = read_key_file(key_path(registry, key)).vault
    log = open_access(registry)
    try:
        with opened(registry, vault=vault) as store:
            people = read(store, log, wanted, who=who, role=role, scope=scope, why=why, at=datetime.now(UTC))
    finally:
        log.close()
    for person in people:
        label = "演练 SYNTHETIC · " if person.synthetic else ""
        typer.echo(f"{label}{person.name}  {person.phone}  {person.village_name}  {person.helper or ''}")


def add_to(app: typer.Typer) -> None:
    """Put the commands into the command line."""
    app.add_typer(access_app, name="access")
    app.command()(reveal)
