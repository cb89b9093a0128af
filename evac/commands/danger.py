"""`evac danger`: dangers reported, made one, judged, ranked, drawn."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evac.commands import danger_seen
from evac.commands.aside_desk import aside_desk, undo_aside
from evac.commands.danger_seen import DatumOf, Number, RegistryFile, VaultFile, the_danger
from evac.commands.people_desk import Actor
from riskmap.errors import ConfigError

if TYPE_CHECKING:
    from evac.envelope import Envelope
    from evac.people.clerk import Clerk
    from evac.registry import Registry

app = typer.Typer(
    no_args_is_help=True,
    help="Dangers (险情上报): reports of one danger are made one, named people judge them, the most urgent come first.\n\n"
    "Example: evac danger list --registry county.sqlite --prefix 330902",
)

Place = Annotated[str, typer.Option("--place", help="Where it is decided: code of the office.")]
Why = Annotated[str, typer.Option(help="Why, in words; it is kept and read.", show_default=False)]


class Judged(StrEnum):
    """What a named person may say of a danger."""

    VERIFIED = "verified"
    IN_HAND = "in_hand"
    HANDLED = "handled"
    FALSE = "false"


@app.command()
def report(
    danger: Annotated[str, typer.Argument(help="What it is: a kind of `evac danger kinds`, or in words.", show_default=False)],
    registry: RegistryFile, actor: Actor,
    where: Annotated[str, typer.Option(help="Where, in words.")] = "",
    at: Annotated[str, typer.Option("--at", help="Code of the region, or id of the shelter.")] = "",
    longitude: Annotated[float | None, typer.Option(help="In degrees.")] = None,
    latitude: Annotated[float | None, typer.Option(help="In degrees.")] = None,
    datum: DatumOf = None,
    photo: Annotated[str, typer.Option(help="SHA-256 of the photo; the photo itself is kept elsewhere.")] = "",
    reporter: Annotated[str, typer.Option(help="Who told it, by name; sealed. Needs --vault.")] = "",
    phone: Annotated[str, typer.Option(help="Telephone of who told it; sealed. Needs --vault.")] = "",
    vault: VaultFile = None,
) -> None:  # fmt: skip
    """Take in one report, by a position (degrees) or in words. A grave danger is a task for the place's desk and the command room in the same moment.

    Example: evac danger report 滑坡 --where 后山竹林,路面开裂 --at 330902001001 --registry county.sqlite --actor 网格员张三
    """
    from evac.dangers.intake import Reporter, Seen, danger_seen
    from evac.dangers.rules import kinds
    from evac.envelope import event_id_at

    channel = "public" if reporter or phone else "field"
    seen = Seen(danger, where, at, longitude, latitude, datum, photo, channel, Reporter(reporter, phone))
    with aside_desk(registry, vault, actor, at) as (desk, clerk):
        # of two reports within a second the first one stays the first
        event_id = event_id_at(datetime.now(UTC), secrets.randbits(80))
        told = danger_seen(seen, clerk, desk.store.vault, event_id=event_id)
        desk.check_in(told, received_at=clerk.now)
        one, _ = the_danger(desk.store, told.event_id, clerk.now)
    typer.echo(f"{told.event_id[-12:]} {kinds()[told.danger].chinese} 险情已登记 a danger reported")
    if len(one.reports) > 1:
        typer.echo(
            f"并入险情 {one.id[-12:]}:{len(one.reports)} 起,独立 {one.independent} 起 joined to one danger"
        )
    if one.grave and one.open:
        typer.echo(f"重大险情,已列入待办 on the list of tasks: evac danger judge {one.id[-12:]} ...")


@app.command("import")
def import_hotline(
    table: Annotated[Path, typer.Argument(help="CSV or XLSX of the hotline: 工单编号, 来电时间, 险情类型, 地点; 行政区划代码, 经度, 纬度, 来电人, 电话, 照片 where known.")],
    registry: RegistryFile, actor: Actor, datum: DatumOf = None, vault: VaultFile = None,
) -> None:  # fmt: skip
    """Take in the reports of a hotline's table (12345): right rows are taken, wrong ones named; again, it tells nothing twice.

    Example: evac danger import 12345工单.csv --registry county.sqlite --vault 2106.key --actor 值班员 --datum gcj02
    """
    from evac.dangers.hotline import read_hotline
    from evac.people.list_file import open_list
    from riskmap.cycle import EXIT_PARTIAL

    with aside_desk(registry, vault, actor, "") as (desk, clerk), open_list(table) as sheets:
        read = read_hotline(sheets, clerk, desk.store.vault, datum=datum)
        done = desk.check_ins(read.events, received_at=clerk.now)
        unsealed = desk.store.vault is None
    typer.echo(
        f"{len(done.stored)} 起已登记 taken, {len(done.repeated)} 起原已登记 there already, {len(read.wrong)} 行有误 wrong"
    )
    if unsealed:
        typer.echo("未给 --vault:报告人未保存 who reported is not kept without --vault")
    for words in read.wrong:
        typer.echo(f"  {words}", err=True)
    if read.wrong:
        raise typer.Exit(EXIT_PARTIAL)


@app.command()
def judge(
    number: Number,
    verdict: Annotated[Judged, typer.Argument(help="verified 属实, in_hand 处置中, handled 已处置, false 不实.", show_default=False)],
    registry: RegistryFile, actor: Actor,
    note: Annotated[str, typer.Option(help="What was found or done, in words.", show_default=False)],
    place: Place = "", vault: VaultFile = None,
) -> None:  # fmt: skip
    """Say what a danger is, by name; handled and false close it until somebody reports it anew.

    Example: evac danger judge 0f3a9c1b22de verified --note 裂缝长12米,已撤离3户 --registry county.sqlite --actor 李镇长
    """
    from evac.asides import DangerJudged

    said = _said(note, "--note")
    with aside_desk(registry, vault, actor, place) as (desk, clerk):
        one, _ = the_danger(desk.store, number, clerk.now)
        covers = " ".join(report.id for report in one.reports)
        event = _write(
            desk, clerk, DangerJudged, target=one.id, verdict=verdict.value, note=said, covers=covers
        )
    typer.echo(f"{event[-12:]} {one.words} {one.where}:{verdict.value} · {actor}")


@app.command()
def join(
    number: Number,
    other: Annotated[str, typer.Argument(help="Number of the other danger.", show_default=False)],
    registry: RegistryFile, actor: Actor, place: Place = "", vault: VaultFile = None,
) -> None:  # fmt: skip
    """Say that two dangers are one; all their reports are kept. Taken back with `evac danger undo`.

    Example: evac danger join 0f3a9c1b22de 77c01b9e4a10 --registry county.sqlite --actor 值班长
    """
    from evac.asides import DangerJoined

    with aside_desk(registry, vault, actor, place) as (desk, clerk):
        a, one = the_danger(desk.store, number, clerk.now)
        b, two = the_danger(desk.store, other, clerk.now)
        if a.id == b.id:
            raise ConfigError("they are one danger already", where="number", found=f"{number}, {other}")
        event = _write(desk, clerk, DangerJoined, target=one, into=two)
    typer.echo(f"{event[-12:]} 已合并 joined")


@app.command()
def part(
    number: Annotated[str, typer.Argument(help="Number of a report that `evac danger show` lists.", show_default=False)],
    why: Why, registry: RegistryFile, actor: Actor, place: Place = "", vault: VaultFile = None,
) -> None:  # fmt: skip
    """Say that one report is of another danger; what only it held together parts, too.

    Example: evac danger part 77c01b9e4a10 --why 另一条沟 --registry county.sqlite --actor 值班长
    """
    from evac.asides import DangerParted

    with aside_desk(registry, vault, actor, place) as (desk, clerk):
        one, report_id = the_danger(desk.store, number, clerk.now)
        if len(one.reports) == 1:
            raise ConfigError("it stands alone already", where="number", found=number)
        event = _write(desk, clerk, DangerParted, target=report_id, why=_said(why, "--why"))
    typer.echo(f"{event[-12:]} 已拆分 parted")


@app.command()
def undo(
    number: Annotated[str, typer.Argument(help="Number of the report or decision, as it was printed.", show_default=False)],
    registry: RegistryFile, actor: Actor, place: Place = "", vault: VaultFile = None,
) -> None:  # fmt: skip
    """Take back a report or a decision that was a mistake; it stays in the log and counts no more.

    Example: evac danger undo 77c01b9e4a10 --registry county.sqlite --actor 值班长
    """
    from evac.dangers.reports import KINDS

    with aside_desk(registry, vault, actor, place) as (desk, clerk):
        event = undo_aside(desk, clerk, KINDS, number)
    typer.echo(f"{event.kind} {event.event_id[-12:]} 已撤销 undone")


def _write(desk: Registry, clerk: Clerk, kind: type[Envelope], **said: Any) -> str:
    from evac.envelope import NO_ONE

    event: Envelope = clerk.write(kind, NO_ONE, **said)
    desk.check_in(event, received_at=clerk.now).require_all()
    return event.event_id


def _said(words: str, where: str) -> str:
    if not words.strip():
        raise ConfigError("nothing is said", where=where, expected="a few words", found=repr(words))
    return words.strip()


def add_to(main: typer.Typer) -> None:
    """Put the group into the command line."""
    danger_seen.add_to(app)
    main.add_typer(app, name="danger")
