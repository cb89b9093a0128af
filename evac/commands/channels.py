"""`evac channels`: check a configuration, try it, deliver an outbox, print the call list, enter its answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riskmap.errors import ConfigError

if TYPE_CHECKING:
    from evac.channels.config import ChannelPlan
    from evac.channels.switchboard import Switchboard
    from evac.orders.outbox import Outgoing

group = typer.Typer(
    no_args_is_help=True,
    help="Ways to deliver documents and reminders (渠道): mail, chat robot, SMS gateway, CAP feed, folder, telephone.\n\n"
    "Example: evac channels check channels.toml",
)

Config = Annotated[
    Path, typer.Option(help="TOML of channels and receivers; see docs/howto/channels.", show_default=False)
]
Outbox = Annotated[Path, typer.Option(help="Records to deliver, one JSON object a line.", show_default=False)]
LedgerFile = Annotated[
    Path,
    typer.Option("--ledger", help="Attempts and receipts: one file for an office, so that nothing is sent twice."),
]  # fmt: skip
Documents = Annotated[
    str | None,
    typer.Option("--store", help="The office's log of documents, a file or postgresql://...; a CAP feed takes its messages from it."),
]  # fmt: skip


def _plan(config: Path, documents: str | None) -> ChannelPlan:
    from evac.channels.config import read_channels

    messages = _messages(documents) if documents else {}
    return read_channels(config, message_of=lambda draft: messages.get(draft, b""))


def _messages(documents: str) -> dict[str, bytes]:
    """Signed CAP messages by digest."""
    from evac.orders.desk import Desk
    from evac.store.opening_documents import open_document_log

    desk = Desk(open_document_log(documents, new=False))
    try:
        held = desk.register().documents.values()
        return {d.signed.draft: d.signed.message.encode() for d in held if d.signed.message}
    finally:
        desk.log.close()


@contextmanager
def switchboard(config: Path, ledger: Path, documents: str | None = None) -> Iterator[Switchboard]:
    """The switchboard over an office's files: what `evac worker` delivers by.

    Parameters
    ----------
    config : Path
        TOML of channels and receivers.
    ledger : Path
        Log of attempts and receipts; made if it is not there.
    documents : str, optional
        Log of documents: a file, or an address of PostgreSQL.
    """
    from evac.channels.ledger import Ledger
    from evac.channels.switchboard import Switchboard
    from evac.store.body_log import SQLiteBodyLog

    plan = _plan(config, documents)
    log = SQLiteBodyLog(ledger, "deliveries")
    try:
        yield Switchboard(
            plan.channels, plan.routes, Ledger(log), plan.retries, lambda: datetime.now(UTC), plan.also
        )
    finally:
        log.close()


def _records(outbox: Path) -> list[Outgoing]:
    from evac.orders.outbox import parse_outgoing
    from riskmap.io.toml_file import read_text as text_of

    return [parse_outgoing(line) for line in text_of(outbox).splitlines() if line.strip()]


@group.command()
def check(
    config: Annotated[Path, typer.Argument(help="TOML of channels and receivers.")], store: Documents = None
) -> None:
    """Read a configuration and its secrets, and list who is reached how; nothing is sent.

    Exit code 1 where a receiver has neither a way nor a telephone.

    Example: evac channels check channels.toml
    """
    plan = _plan(config, store)
    for channel in plan.channels:
        typer.echo(f"{channel.name:16} {channel.way}  限时 {channel.limit / timedelta(seconds=1):g} s")
    bare = []
    for receiver, ways in plan.routes.items():
        names = " → ".join(route.channel for route in ways)
        telephone = "电话 ✓" if receiver in plan.telephones else ""
        typer.echo(f"{receiver}: {names or '无数字渠道'}  {telephone}")
        if not ways and not telephone:
            bare.append(receiver)
    if bare:
        typer.echo(f"没有任何渠道 · no way at all: {'、'.join(bare)}", err=True)
        raise typer.Exit(1)


@group.command("try")
def try_(
    config: Config,
    receiver: Annotated[str, typer.Option(help="A receiver of the configuration.", show_default=False)],
    by: Annotated[str, typer.Option(help="Who tries, by name; stands in the message.", show_default=False)],
    store: Documents = None,
) -> None:
    """Send one message to a receiver, marked as a drill, by the first of its ways that takes it.

    Example: evac channels try --config channels.toml --receiver 甲县防指 --by 张三
    """
    from evac.channels.ledger import Ledger
    from evac.channels.switchboard import Switchboard
    from evac.orders.outbox import Outcome, Outgoing, Purpose
    from evac.store.body_log import MemoryBodyLog

    plan = _plan(config, store)
    if receiver not in plan.routes:
        raise ConfigError("no such receiver", where="--receiver", expected="、".join(plan.routes), found=receiver,
                          remedy="add a [[receiver]] for it")  # fmt: skip
    now = datetime.now(UTC)
    record = Outgoing(
        key=f"try|{receiver}|{now.isoformat()}", draft="", number="", type="try", region="", purpose=Purpose.REMINDER,
        about=receiver, receiver=receiver, subject="演练:渠道测试", text=f"演练。渠道测试,无需处理。{by}", urgency="",
        exercise=True, made_at=now,
    )  # fmt: skip
    done = Switchboard(plan.channels, plan.routes, Ledger(MemoryBodyLog()), plan.retries, lambda: datetime.now(UTC))(record)  # fmt: skip
    typer.echo(f"{receiver}: {done.way} {done.outcome.value} {done.detail}")
    if done.outcome in (Outcome.FAILED, Outcome.REFUSED):
        raise typer.Exit(1)


@group.command()
def send(
    outbox: Outbox, config: Config, ledger: LedgerFile = Path("deliveries.sqlite"), store: Documents = None
) -> None:
    """Deliver an outbox once: what is settled is not sent again, what waits for its time is left.

    Exit code 5 where something is not delivered yet. `evac worker` does the same over and over.

    Example: evac channels send --outbox out.jsonl --config channels.toml
    """
    from riskmap.cycle import EXIT_PARTIAL

    records = _records(outbox)
    with switchboard(config, ledger, store) as office:
        done = office.deliver_all(records)
    for record, receipt in zip(records, done, strict=True):
        again = f"; {receipt.again_at.isoformat(timespec='seconds')} 再试" if receipt.again_at else ""
        typer.echo(
            f"{receipt.outcome.value:9} {record.receiver}  {record.number}  {receipt.way}  {receipt.detail}{again}"
        )
    if any(receipt.outcome.value in ("failed", "refused") for receipt in done):
        raise typer.Exit(EXIT_PARTIAL)


@group.command()
def calls(
    config: Config,
    out: Annotated[Path, typer.Option(help="Folder for calls.html (to print) and calls.csv (to fill in).", show_default=False)],
    documents: Annotated[
        str, typer.Option("--store", help="The office's log of documents: the file of `evac sign`, or postgresql://...")
    ] = "",
    outbox: Annotated[Path | None, typer.Option(help="Records of an outbox instead, one JSON object a line.")] = None,
    ledger: LedgerFile = Path("deliveries.sqlite"),
    everybody: Annotated[
        bool, typer.Option("--everybody", help="Also those whom a channel reached: no network at all, or they stay silent.")
    ] = False,
) -> None:  # fmt: skip
    """Print whom to call by telephone or loudspeaker: who has not answered, and no channel has reached.

    Example: evac channels calls --store documents.sqlite --config channels.toml --out calls
    """
    from evac.channels.call_list import call_csv, call_sheet
    from evac.commands.orders import tasks_of
    from evac.orders.calling import unanswered
    from evac.private_files import private_folder, write_private

    if (not documents) == (outbox is None):
        raise ConfigError("whom to call is not said", where="evac channels calls", expected="--store or --outbox",
                          found="none or both", remedy="--store documents.sqlite is the usual way")  # fmt: skip
    telephones = _plan(config, None).telephones
    if outbox is None:
        with tasks_of(documents) as desk:
            chosen = unanswered(desk.book(), everybody=everybody)
    else:
        records = _records(outbox)
        with switchboard(config, ledger) as office:
            chosen = list(records) if everybody else list(office.by_hand(records))
    private_folder(out)
    write_private(out / "calls.html", call_sheet(chosen, telephones, now=datetime.now(UTC)).encode())
    write_private(out / "calls.csv", call_csv(chosen, telephones))
    typer.echo(f"{len(chosen)} 项待电话叫应: {out / 'calls.html'}")


@group.command()
def answers(
    filled: Annotated[Path, typer.Argument(help="calls.csv with the answers typed in.")],
    store: Annotated[
        str,
        typer.Option(help="The office's log of documents: a file, or postgresql://...", show_default=False),
    ],
    by: Annotated[str, typer.Option(help="Who enters them, by name.", show_default=False)],
) -> None:
    """Enter the answers of a call list: each becomes a receipt by a named person (叫应). Entering it again changes nothing.

    Example: evac channels answers calls/calls.csv --store documents.sqlite --by 张三
    """
    from evac.channels.call_list import read_answers
    from evac.orders.desk import Desk
    from evac.store.opening_documents import open_document_log
    from riskmap.cycle import EXIT_PARTIAL
    from riskmap.errors import RiskmapError
    from riskmap.io.toml_file import read_text as text_of

    found = read_answers(text_of(filled), where=str(filled))
    desk = Desk(open_document_log(store, new=False))
    taken, wrong = 0, 0
    try:
        for answer in found:
            try:
                held = desk.register().find(answer.number)
                known = {(r.receiver, r.person, r.at) for r in held.received}
                if (answer.receiver, answer.person, answer.at) not in known:
                    desk.received(answer.number, receiver=answer.receiver, person=answer.person,
                                  by=f"{answer.by}(呼叫),{by}(录入)", at=answer.at)  # fmt: skip
                    taken += 1
            except RiskmapError as error:  # one wrong number does not keep the others out
                wrong += 1
                typer.echo(f"{answer.number} {answer.receiver}: {error}", err=True)
    finally:
        desk.log.close()
    typer.echo(f"{taken} 条叫应已录入,{len(found) - taken - wrong} 条此前已有")
    if wrong:
        raise typer.Exit(EXIT_PARTIAL)


def add_to(app: typer.Typer) -> None:
    """Put the group into the command line."""
    app.add_typer(group, name="channels")
