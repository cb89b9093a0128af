"""`evac tasks` and `evac decide`: contradictions wait for a person, and what was decided is in the log."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Annotated

import typer

from evac.commands.report import Key, Source
from riskmap.errors import ConfigError

Prefix = Annotated[str, typer.Option(help="Region: 2, 4, 6, 9 or 12 digits; everything if not given.")]


def tasks(registry: Source, prefix: Prefix = "", key: Key = None) -> None:
    """List what waits for a person to decide, the oldest first: one code at two places, goods drawn twice, local orders.

    Nothing of it is ever settled by the system. Decide with `evac decide NUMBER`.

    Example: evac tasks --registry county.sqlite --prefix 330902
    """
    from evac.counts.roll import read_roll
    from evac.counts.tasks import open_tasks
    from evac.reporting import open_for_report
    from riskmap.outlook import beijing

    store = open_for_report(registry, key)
    try:
        found = open_tasks(read_roll(store, prefix, at=datetime.now(UTC)))
    finally:
        store.close()
    for task in found:
        typer.echo(f"{task.target[-12:] or '-':12}  {task.kind.chinese}  {beijing(task.at)}  {task.words}")
        for scan in task.suspects:
            typer.echo(f"    {scan.event_id[-12:]}  {beijing(scan.trusted_at)}  {scan.place}  {scan.actor}")
    typer.echo(f"{len(found)} 项待核实")


def decide(
    number: Annotated[
        str,
        typer.Argument(help="The number that `evac tasks` shows: the last digits of an id, or all of it."),
    ],
    registry: Source,
    how: Annotated[
        str, typer.Option(help="Why, in words; `confirmed 令7` confirms a local order.", show_default=False)
    ],
    by: Annotated[str, typer.Option(help="Who decides, by name.", show_default=False)],
    undo: Annotated[str, typer.Option(help="Number of the wrong scan, if one of the two was wrong.")] = "",
    place: Annotated[str, typer.Option(help="Where it is decided: code of the office.")] = "",
    key: Key = None,
) -> None:
    """Settle one task: the reason goes into the log, and the wrong scan is undone where one is named.

    Example: evac decide 0f3a9c1b22de --registry county.sqlite --how 乘救护车转院,两次均属实 --by 李四
    """
    from evac.clear_words import cleared, words_without_numbers
    from evac.counts.roll import read_roll
    from evac.counts.tasks import Desk, decision, open_tasks
    from evac.registry import Registry
    from evac.reporting import open_for_report

    now = datetime.now(UTC)
    store = open_for_report(registry, key, to_write=True)
    try:
        waiting = [t for t in open_tasks(read_roll(store, at=now)) if t.target and t.target.endswith(number)]
        if len(waiting) != 1 or len(number) < 6:
            raise ConfigError(
                "not one task", where="number", expected="the number of one open task", found=f"{number}: {len(waiting)}",
                remedy="see `evac tasks`",
            )  # fmt: skip
        scans = [scan.event_id for scan in waiting[0].suspects if undo and scan.event_id.endswith(undo)]
        desk = Desk(by, place, "evac-decide", int(now.timestamp() * 1000) * 2)
        ids = (secrets.token_hex(16), secrets.token_hex(16))
        events = decision(waiting[0], how, desk, at=now, event_ids=ids, undo=scans[0] if scans else undo)
        plain = cleared(store, [words_without_numbers(event) for event in events])
        Registry(store).check_ins(plain, received_at=now).require_all()
    finally:
        store.close()
    typer.echo(f"{waiting[0].kind.chinese} · {how}")


def add_to(app: typer.Typer) -> None:
    """Put the two commands into the command line."""
    app.command()(tasks)
    app.command()(decide)
