"""`evac worker`: the program that never forgets a deadline."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evac.commands.orders import Offices, Rules, Store, tasks_of

if TYPE_CHECKING:
    from evac.channels.switchboard import Switchboard
    from evac.orders.task_desk import TaskDesk
    from evac.registry import EventStore

COUNTER = "evac worker(自动,非人工)"


def worker(
    store: Store,
    offices: Offices = None,
    rules: Rules = None,
    registry: Annotated[
        str | None,
        typer.Option(
            help="Registry whose 应转/已转 is held against transfer orders: file or postgresql://..."
        ),
    ] = None,
    channels: Annotated[
        Path | None,
        typer.Option(
            help="TOML of channels and receivers: documents, reminders and escalations are delivered by it."
        ),
    ] = None,
    ledger: Annotated[
        Path | None,
        typer.Option(
            help="Attempts and receipts of the channels, one file for an office; wanted with --channels."
        ),
    ] = None,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks.")] = 2.0,
    once: Annotated[bool, typer.Option("--once", help="One look, for a scheduler; then end.")] = False,
) -> None:
    """Watch the deadlines of all documents: reminders, escalation from level to level, supervision orders drafted (值守程序).

    What it decides goes into the log of documents; with --channels it delivers, too. `evac orders due` is the list for the telephone.
    Several may run on one log, on one machine or several (PostgreSQL): each step is taken once. Killed, it is started again and takes up
    what fell due meanwhile.

    Example: evac worker --store documents.sqlite --offices offices.csv --registry county.sqlite
    """
    from evac.orders.worker import HANDS, SteadyClock, Worker, run
    from evac.store.opening import open_registry
    from evac.store.opening_documents import open_due

    stopped: list[int] = []
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda number, _frame: stopped.append(number))
    with ExitStack() as held:
        desk = held.enter_context(tasks_of(store, offices, rules, new=True))
        table = open_due(store)
        held.callback(table.close)
        people = open_registry(registry, read_only=True) if registry else None
        if people is not None:
            held.callback(people.close)
        deliver = held.enter_context(_delivering(desk, channels, ledger)) if channels else None
        pool = held.enter_context(ThreadPoolExecutor(HANDS)) if channels else None  # ends before its ledger
        made = Worker(
            desk, table, owner=f"{socket.gethostname()}-{os.getpid()}", deliver=deliver, pool=pool,
            clock=lambda: datetime.now(UTC),
        )  # fmt: skip
        made.refresh()
        typer.echo(f"值守 {made.owner}: {sum(1 for _ in desk.book().unfinished())} 未办结 open")
        offer = partial(pool.submit, _offer_owed, deliver) if deliver and pool else None
        stop = _stopper(desk, people, offer, stopped, every=every, once=once)
        run(
            made,
            SteadyClock(desk.rules.clock_tolerance),
            every=0 if once else every,
            stop=stop,
            tell=typer.echo,
        )


def _offer_owed(office: Switchboard) -> None:
    """What feeds could not take before, also where nothing else is to be delivered."""
    from riskmap.errors import RiskmapError

    try:
        office.offer_owed()
    except RiskmapError as error:
        typer.echo(f"信息流未补发 feeds are still owed: {error}", err=True)


def _stopper(
    desk: TaskDesk,
    people: EventStore | None,
    offer: Callable[[], object] | None,
    stopped: list[int],
    *,
    every: float,
    once: bool,
) -> Callable[[], bool]:
    """Asked before each look: whether to end; once a minute on the way counts who has moved, and offers feeds what they are owed."""
    from evac.counts.moved import count_moved
    from riskmap.errors import RiskmapError

    looks: list[int] = []

    def stop() -> bool:
        minute = len(looks) % max(1, round(60 / every)) == 0
        if offer is not None and minute:
            offer()
        if people is not None and minute:
            try:
                count_moved(desk, people, datetime.now(UTC), by=COUNTER)
            except RiskmapError as error:  # a registry that is away keeps no deadline waiting
                typer.echo(f"应转/已转未更新 not counted: {error}", err=True)
        looks.append(1)
        return bool(stopped) or (once and len(looks) > 1)

    return stop


@contextmanager
def _delivering(desk: TaskDesk, config: Path, ledger: Path | None) -> Iterator[Switchboard]:
    """The office's channels; what is signed while the worker runs is delivered, too."""
    from evac.channels.config import read_channels
    from evac.channels.ledger import Ledger
    from evac.channels.switchboard import Switchboard
    from evac.store.body_log import SQLiteBodyLog
    from riskmap.errors import ConfigError

    if ledger is None:
        raise ConfigError(
            "the channels' ledger is not named", where="--ledger", expected="a file for attempts and receipts",
            remedy="name one, the same for every worker: without it nothing keeps a message from going out twice",
        )  # fmt: skip
    plan = read_channels(config, message_of=desk.message)
    log = SQLiteBodyLog(ledger, "deliveries")
    try:
        yield Switchboard(
            plan.channels, plan.routes, Ledger(log), plan.retries, lambda: datetime.now(UTC), plan.also
        )
    finally:
        log.close()


def add_to(app: typer.Typer) -> None:
    """Put the command into the command line."""
    app.command()(worker)
