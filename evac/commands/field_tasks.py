"""`evac field tasks|alarms|said|hand-over|room|send`: the tasks of the command room and of the workers."""

from __future__ import annotations

from typing import Annotated

import typer

from evac.commands.field_base import At, By, Key, Prefix, Rules, Run, Store, clock_words, desk_of, now
from evac.commands.orders import moment
from evac.field.terms import Decision, Says

Number = Annotated[
    str,
    typer.Argument(
        help="First six characters or more, as `evac field tasks` shows them.", show_default=False
    ),
]


def tasks(
    store: Store,
    prefix: Prefix = "",
    every: Annotated[bool, typer.Option("--all", help="Ended ones too.")] = False,
) -> None:
    """List open tasks, the gravest first: whose they are, how they stand, why nobody was sent; times from the call to answer and arrival.

    Example: evac field tasks --store field.sqlite --prefix 330902
    """
    from evac.field.seen import field_tasks

    with desk_of(store) as desk:
        found = field_tasks(desk.book(), prefix=prefix, every=every)
    for line in found:
        colour = "灰" if line.tier is None else line.tier.chinese
        flags = f" 存疑:{'、'.join(line.flags)}" if line.flags else ""
        timed = "".join(
            f" {word}{after.total_seconds():.0f}s"
            for word, after in (("接单", line.answered_after), ("到场", line.arrived_after))
            if after is not None
        )
        typer.echo(
            f"{line.number[:8]} {'指挥室' if line.room else '网格员'} {colour} {line.state}{timed}  {line.words}{flags}"
        )
        if line.unsent:
            typer.echo(f"         未派 {line.unsent}")
    typer.echo(f"{len(found)} 项")


def alarms(store: Store) -> None:
    """List alarms that are not over. An alarm ends with what it is about; `evac field room NUMBER taken` says that somebody saw it.

    Example: evac field alarms --store field.sqlite
    """
    from evac.field.seen import open_alarms

    with desk_of(store) as desk:
        found = open_alarms(desk.book())
    for line in found:
        seen = f"  {line.seen_by}已阅" if line.seen_by else ""
        typer.echo(f"{line.number[:8]} {clock_words(line.due_at)} {line.kind.chinese}  {line.words}{seen}")
    typer.echo(f"{len(found)} 条告警")


def said(
    worker: Annotated[str, typer.Argument(help="Number of the worker.", show_default=False)],
    says: Annotated[Says, typer.Argument(help="What was said.", show_default=False)],
    store: Store,
    by: Annotated[str, typer.Option(help="Who wrote it down; the worker, if not given.")] = "",
    task: Annotated[str, typer.Option(help="Of which task; the one that the worker has, if not given.")] = "",
    words: Annotated[str, typer.Option(help="In words.")] = "",
    at: At = "",
) -> None:
    """Write down what a worker said: on and off duty, acknowledged, arrived, a word that all is well, back, cannot go. Always kept.

    Example: evac field said W001 arrived --store field.sqlite --at 2021-07-25T10:05
    """
    with desk_of(store) as desk:
        answer = desk.said(worker, says, by=by or worker, at=moment(at), now=now(), task=task, words=words)
    typer.echo(f"{worker} {says.chinese}" + (f": {answer}" if answer else ""))


def hand_over(
    worker: Annotated[str, typer.Argument(help="Who goes off duty.", show_default=False)],
    to: Annotated[str, typer.Argument(help="Who comes on.", show_default=False)],
    store: Store,
    by: By,
    at: At = "",
) -> None:
    """Hand over duty from one worker to another in one step; who is out must be counted in first.

    Example: evac field hand-over W001 W002 --store field.sqlite --by 李四
    """
    with desk_of(store) as desk:
        desk.hand_over(worker, to, by=by, at=moment(at), now=now())
    typer.echo(f"{worker} → {to} 已交接班")


def room(
    number: Number,
    decision: Annotated[Decision, typer.Argument(help="What the command room decides.", show_default=False)],
    store: Store,
    by: By,
    words: Annotated[str, typer.Option(help="Why; kept.")] = "",
    at: At = "",
) -> None:
    """Say what the command room makes of a task (taken, confirmed, dismissed, done) or that it saw an alarm (taken).

    Confirming says that a named person holds the candidate's tier for true; nothing does that by itself, and nothing lowers a tier.

    Example: evac field room 3fa1c2d4 confirmed --store field.sqlite --by 值班员李四 --words 视频复核
    """
    with desk_of(store) as desk:
        desk.room(number, decision, by=by, words=words, at=moment(at), now=now())
    typer.echo(f"{number} {decision.chinese}")


def send(
    number: Number,
    store: Store,
    worker: Annotated[str, typer.Option(help="Whom to send.", show_default=False)],
    by: By,
    reason: Annotated[str, typer.Option(help="Why; kept.", show_default=False)],
    source: Run = None,
    rules: Rules = None,
) -> None:
    """Send a worker whom the machine did not send, as a named person. Refused where the place is known to be dangerous.

    Example: evac field send 3fa1c2d4 --worker W003 --store field.sqlite --from out/in-fa --by 李四 --reason 群众报险,天气已转好
    """
    with desk_of(store, source=source, rules=rules) as desk:
        sent = desk.send(number, worker, by=by, reason=reason, now=now())
    typer.echo(
        f"派 {sent.worker}: {clock_words(sent.arrive_by)}前到场, {clock_words(sent.back_by)}前返回; {sent.checked}"
    )


def phone(
    worker: Annotated[str, typer.Argument(help="Number of the worker.", show_default=False)],
    store: Store,
    key: Key,
    full: Annotated[bool, typer.Option("--full", help="Not masked: for whoever dials.")] = False,
) -> None:
    """Show whom to call: name and telephone, masked unless --full is said.

    Example: evac field phone W001 --store field.sqlite --key 2106.key --full
    """
    from evac.event_key import read_vault
    from evac.field.registers import open_private
    from riskmap.errors import ConfigError

    with desk_of(store) as desk:
        sealed = desk.book().sealed.get(worker, "")
    if not sealed or key is None:
        raise ConfigError(
            "no such worker" if not sealed else "no key was named", where=f"worker {worker}", expected="a number of the register, and --key",
            found=repr(worker), remedy="see: evac field out --all",
        )  # fmt: skip
    private = open_private(sealed, worker, read_vault(key))
    typer.echo(f"{worker} {private.name} {private.phone}" if full else f"{worker} {private.masked}")


def add_to(group: typer.Typer) -> None:
    """Put the commands into the group."""
    for name, command in (
        ("tasks", tasks), ("alarms", alarms), ("said", said), ("hand-over", hand_over), ("room", room), ("send", send), ("phone", phone),
    ):  # fmt: skip
        group.command(name)(command)
