"""`evac field run`: the program that takes in what sensors drop, calls workers, and raises alarms."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, tzinfo
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evac.commands.field_base import Rules, Run, Store, now, rules_of
from riskmap.errors import ConfigError, RiskmapError

if TYPE_CHECKING:
    from evac.channels.switchboard import Switchboard
    from evac.field.caller import Caller
    from evac.field.desk import FieldDesk
    from evac.field.run_dangers import NewestRun
    from evac.orders.outbox import Handover, Outgoing
    from evac.store.drop_folder import DropFolder


def run(
    store: Store,
    source: Run = None,
    drop: Annotated[
        Path | None, typer.Option(help="Folder into which sensors' CSV and JSON files are dropped.")
    ] = None,
    responses: Annotated[
        Path | None,
        typer.Option(
            help="Log of `evac response`: villages are listened for while a response is in force there."
        ),
    ] = None,
    channels: Annotated[
        Path | None,
        typer.Option(help="TOML of channels; receivers are the workers' numbers. Calls go out by it."),
    ] = None,
    ledger: Annotated[
        Path | None, typer.Option(help="Attempts and receipts of the channels; wanted with --channels.")
    ] = None,
    live: Annotated[
        bool, typer.Option("--live/--exercise", help="Real calls, or a drill (演练): it stands in each.")
    ] = False,
    zone: Annotated[str, typer.Option(help="beijing: times without an offset are Beijing time.")] = "",
    units: Annotated[str, typer.Option(help="Units where files have no column, e.g. rain=mm,river=m.")] = "",
    rules: Rules = None,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks.")] = 2.0,
    once: Annotated[bool, typer.Option("--once", help="One look, for a scheduler; then end.")] = False,
) -> None:
    """Watch over the field: observations to tasks, the next worker where nobody answers, alarms for who or what is silent (值守).

    Several may run on one log. Killed, it is started again and takes up what fell due meanwhile; a file that was half taken in is taken in
    again and changes nothing twice. Without --from, or where the run is out of date, nobody is sent by the machine and each task says so.

    Example: evac field run --store field.sqlite --from out/in-fa --drop 汇聚 --responses responses.sqlite
    """
    from evac.commands.field import units_of, zone_of
    from evac.field.desk import FieldDesk
    from evac.field.run_dangers import NewestRun
    from evac.store.drop_folder import DropFolder
    from evac.store.opening_field import open_field_log

    stopped: list[int] = []
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda number, _frame: stopped.append(number))
    numbers = rules_of(rules)
    with ExitStack() as held:
        newest = NewestRun(source, numbers) if source else None
        log = open_field_log(store, new=False)
        held.callback(log.close)
        desk = FieldDesk(log, rules=numbers, dangers=newest)
        folder = DropFolder(drop) if drop else None
        caller = held.enter_context(_caller(channels, ledger)) if channels else None
        read = partial(_read, desk, zone=zone_of(zone), units=units_of(units))

        def one_look(at: datetime) -> None:
            look(desk, at, newest, folder, responses, read=read)
            if caller is not None:
                call(desk, caller, at, exercise=not live, wait=once)

        _loop(one_look, stopped, every=every, once=once)


def _loop(one_look: Callable[[datetime], None], stopped: list[int], *, every: float, once: bool) -> None:
    """Look, again and again, until told to stop; what fails is told and tried again."""
    from evac.orders.rules import bundled_rules
    from evac.orders.worker import SteadyClock

    clock = SteadyClock(bundled_rules().clock_tolerance)
    while not stopped:
        try:
            at, jumped = clock.look()
            if jumped:
                typer.echo(
                    f"时钟跳变 the clock jumped by {jumped.total_seconds():.0f} s: nothing is decided at this look"
                )
            else:
                one_look(at)
        except RiskmapError as error:
            typer.echo(f"{error} Tried again in {every:g} s.", err=True)
        if once:
            return
        time.sleep(every)


def look(
    desk: FieldDesk,
    at: datetime,
    newest: NewestRun | None,
    folder: DropFolder | None,
    responses: Path | None,
    *,
    read: Callable[[str, str], list[str]],
) -> None:
    """One look: the run, the response, the folder, the clock; in this order, so that what is new decides."""
    if newest is not None and newest.look():
        typer.echo(f"研判更新 the run was read again {newest.fault}")
    if responses is not None:
        _follow(desk, responses, at)
    if folder is not None:
        for path, text in folder.waiting():
            _one_file(folder, path, text, read)
    for record in desk.tick(at):
        typer.echo(_line(record))


def _one_file(folder: DropFolder, path: Path, text: str, read: Callable[[str, str], list[str]]) -> None:
    from riskmap.errors import DataError

    try:
        lines = read(text, path.name)
    except DataError as error:
        folder.put(path, "bad", f"{error}\n")
        typer.echo(f"读不出 {path.name}: {error}", err=True)
        return
    folder.put(path, "done", "".join(f"{line}\n" for line in lines))
    for line in lines:
        typer.echo(line)


def _read(desk: FieldDesk, text: str, where: str, *, zone: tzinfo | None, units: dict[str, str]) -> list[str]:
    from evac.commands.field import take
    from evac.field.intake import read_observations

    found = read_observations(text, desk.book(), where=where, by=where, units=units, zone=zone)
    return take(desk, found) + [f"未采纳 left out: {problem}" for problem in found.problems]


def _follow(desk: FieldDesk, responses: Path, at: datetime) -> None:
    """Begin and end the watch with the responses of the office's log; by hand begun ones stay until they are ended by hand."""
    from evac.commands.response_base import desk as response_desk

    if not responses.is_file():
        return
    with response_desk(responses) as office:
        for key, response in sorted(office.responses().items()):
            since = response.since if response.level else response.ended_at
            held = desk.book().watches.get(key.region)
            if since is None or since > at or (held is not None and held[0] >= since):
                continue
            begins = bool(response.level)
            if begins == (held is not None and held[1]):
                continue
            desk.watch(
                key.region,
                begins=begins,
                by="evac response",
                reason=f"{key.event} {response.level.words}",
                at=since,
                now=at,
            )
            typer.echo(f"{key.region} {'开始' if begins else '结束'}失联监测: {response.level.words}")


@contextmanager
def _switchboard(config: Path, ledger: Path | None) -> Iterator[Switchboard]:
    """The office's channels, closed again at the end."""
    from evac.channels.config import read_channels
    from evac.channels.ledger import Ledger
    from evac.channels.switchboard import Switchboard
    from evac.store.body_log import SQLiteBodyLog

    if ledger is None:
        raise ConfigError(
            "the channels' ledger is not named", where="--ledger", expected="a file for attempts and receipts",
            remedy="name one: without it nothing keeps a call from going out twice",
        )  # fmt: skip
    plan = read_channels(config, message_of=lambda _draft: b"")
    log = SQLiteBodyLog(ledger, "deliveries")
    try:
        yield Switchboard(plan.channels, plan.routes, Ledger(log), plan.retries, now, ())
    finally:
        log.close()


@contextmanager
def _caller(config: Path, ledger: Path | None) -> Iterator[Caller]:
    from evac.field.caller import Caller

    with _switchboard(config, ledger) as send:
        caller = Caller(send)
        try:
            yield caller
        finally:
            caller.close()


def call(desk: FieldDesk, caller: Caller, at: datetime, *, exercise: bool, wait: bool = False) -> None:
    """Hand on the calls that are due, and say what became of earlier ones; it waits for no channel unless told to."""
    from evac.field.calls import calls_due

    caller.hand_on(calls_due(desk.book(), now=at, exercise=exercise))
    for outgoing, handover in caller.ended(wait=wait):
        typer.echo(_called(outgoing, handover))


def _called(outgoing: Outgoing, handover: Handover) -> str:
    from evac.orders.outbox import Outcome

    good = handover.outcome in (Outcome.DELIVERED, Outcome.HANDED)
    what = "已发出" if good else f"未送达: {handover.detail} 请打电话"
    return f"  {outgoing.receiver} {handover.way} {what}"


def _line(record: object) -> str:
    from evac.field.events import Alarmed, Sent, Unsent
    from evac.field.terms import Kind, Why

    if isinstance(record, Alarmed):
        return f"告警 {Kind(record.about).chinese} {record.words}"
    if isinstance(record, Sent):
        return f"  派 {record.worker}({record.nearness}) {record.checked}"
    assert isinstance(record, Unsent)
    return f"  未派 {Why(record.why).chinese}: {record.words}"


def add_to(group: typer.Typer) -> None:
    """Put the command into the group."""
    group.command("run")(run)
