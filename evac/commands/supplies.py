"""`evac supplies`: what came, went, was counted and issued; drafts of transfers approved and received."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evac.commands import supplies_seen
from evac.commands.aside_desk import aside_desk, undo_aside
from evac.commands.people_desk import Actor
from evac.commands.supplies_seen import (
    Close,
    DatumOf,
    Depots,
    Key,
    Prefix,
    RegistryFile,
    Roads,
    Seen,
    drafts,
)
from riskmap.errors import ConfigError

if TYPE_CHECKING:
    from evac.asides import StockMoved
    from evac.registry import EventStore

app = typer.Typer(
    no_args_is_help=True,
    help="Supplies (物资): stock by shelter, how long it lasts, what is lacking, who can send it.\n\n"
    "Example: evac supplies shortage --registry county.sqlite --prefix 330902",
)

At = Annotated[str, typer.Option("--at", help="Id of the shelter or depot.", show_default=False)]
Item = Annotated[
    str, typer.Argument(help="What: an item of `evac supplies items`, or in words.", show_default=False)
]
Quantity = Annotated[float, typer.Option(help="How many, in --unit.", min=0, show_default=False)]
Unit = Annotated[str, typer.Option(help="箱, 件, 瓶 ...; the item's own unit if not given.")]
Pack = Annotated[str, typer.Option(help="What is in a pack, where it is not the usual: 20瓶/箱.")]


@app.command("import")
def import_goods(
    table: Annotated[Path, typer.Argument(help="CSV or XLSX: 时间, 类别 (入库, 盘点, 发放, 调出), 场所编号, 物资, 数量; 单位, 规格, 调入场所, 单号, 来源 where known.")],
    registry: RegistryFile, actor: Actor, depots: Depots = None, datum: DatumOf = None, key: Key = None,
) -> None:  # fmt: skip
    """Take in a table of goods: right rows are taken, wrong ones named; the same table again counts nothing twice.

    Example: evac supplies import 物资台账.xlsx --registry county.sqlite --actor 物资组李四
    """
    from evac.people.list_file import open_list
    from evac.supplies.intake import read_stock
    from riskmap.cycle import EXIT_PARTIAL

    with aside_desk(registry, key, actor, "") as (desk, clerk), open_list(table) as sheets:
        read = read_stock(sheets, clerk, _places(desk.store, depots, datum))
        done = desk.check_ins(read.events, received_at=clerk.now)
    typer.echo(
        f"{len(done.stored)} 笔已登记 taken, {len(done.repeated)} 笔原已登记 there already, {len(read.wrong)} 行有误 wrong"
    )
    for words in read.wrong:
        typer.echo(f"  {words}", err=True)
    if read.wrong:
        raise typer.Exit(EXIT_PARTIAL)


def _places(store: EventStore, depots: Path | None, datum: object) -> frozenset[str]:
    from evac.commands.supplies_seen import depots_of

    own = {shelter.shelter_id for shelter in store.shelters()}
    return frozenset(own | {depot.id for depot in depots_of(depots, datum, {})})


def _one(
    kind: str, item: str, at: str, quantity: float, unit: str, pack: str, registry: str, actor: str, key: Path | None,
    **more: str,
) -> None:  # fmt: skip
    from evac.envelope import NO_ONE
    from evac.events import KINDS
    from evac.supplies.need import in_units
    from evac.supplies.rules import item_of, units_of

    known = item_of(item)
    try:
        units = units_of(quantity, unit, known, pack)
    except ValueError as error:
        raise ConfigError(str(error), where="--quantity, --unit, --pack") from None
    with aside_desk(registry, key, actor, at) as (desk, clerk):
        event = clerk.write(KINDS[kind], NO_ONE, item=known, quantity=units, **more)
        desk.check_in(event, received_at=clerk.now)
    typer.echo(f"{event.event_id[-12:]} {at} {item} {units} {in_units(known)} 已登记 written down")


@app.command()
def deliver(
    item: Item, at: At, quantity: Quantity, registry: RegistryFile, actor: Actor, unit: Unit = "", pack: Pack = "",
    source: Annotated[str, typer.Option(help="From whom.")] = "", key: Key = None,
) -> None:  # fmt: skip
    """Write down goods that came from outside (入库).

    Example: evac supplies deliver 矿泉水 --at S330902-1 --quantity 20 --unit 箱 --registry county.sqlite --actor 李四
    """
    _one("stock_delivered", item, at, quantity, unit, pack, registry, actor, key, source=source)


@app.command()
def issue(
    item: Item, at: At, quantity: Quantity, registry: RegistryFile, actor: Actor, unit: Unit = "", pack: Pack = "",
    note: Annotated[str, typer.Option(help="In words.")] = "", key: Key = None,
) -> None:  # fmt: skip
    """Write down goods that were used up or handed out without codes (发放); with a code it is `evac uses draw`.

    Example: evac supplies issue 盒饭 --at S330902-1 --quantity 80 --registry county.sqlite --actor 李四
    """
    _one("stock_issued", item, at, quantity, unit, pack, registry, actor, key, note=note)


@app.command()
def count(
    item: Item, at: At, quantity: Quantity, registry: RegistryFile, actor: Actor, unit: Unit = "", pack: Pack = "",
    key: Key = None,
) -> None:  # fmt: skip
    """Write down what somebody counted (盘点): from then on the stock is that, and what differs is listed.

    Example: evac supplies count 棉被 --at S330902-1 --quantity 57 --registry county.sqlite --actor 李四
    """
    _one("stock_counted", item, at, quantity, unit, pack, registry, actor, key)


@app.command()
def approve(
    numbers: Annotated[list[str], typer.Argument(help="Numbers that `evac supplies propose` shows.", show_default=False)],
    registry: RegistryFile, actor: Actor, prefix: Prefix = "", depots: Depots = None, datum: DatumOf = None, roads: Roads = None,
    close: Close = None, key: Key = None, hours: Annotated[float | None, typer.Option(help="As given to propose, in hours.", min=1)] = None,
) -> None:  # fmt: skip
    """Approve drafts by name: the goods are on their way then. Only what still holds: a draft is worked out anew first.

    Example: evac supplies approve fvbmgdfrprhs --registry county.sqlite --actor 王指挥 --depots 仓库.csv --datum wgs84
    """
    from evac.asides import StockMoved
    from evac.envelope import NO_ONE

    with aside_desk(registry, key, actor, "") as (desk, clerk):
        asked = Seen(registry, prefix, depots, datum, roads, tuple(close or ()), hours)
        now = {t.number: t for t in drafts(desk.store, asked, clerk.now).transfers}
        moved = {m.order: m for m in _moves(desk.store)}
        # an id of the order: two who approve at once move the goods once; of one that was undone, the next
        ever = Counter(getattr(event, "order", "") for _, event in desk.store.aside({StockMoved.kind}))
        gone = [number for number in numbers if number not in now and number not in moved]
        if gone:
            raise ConfigError(
                "no such draft now", where=", ".join(gone), expected="a draft that still holds",
                found="stock or people have changed since", remedy="look anew: evac supplies propose",
            )  # fmt: skip
        events = [
            clerk.write(
                StockMoved, NO_ONE, event_id=hashlib.blake2b(f"order {n} {ever[n]}".encode(), digest_size=16).hexdigest(),
                place=now[n].sender.id, item=now[n].item.id, quantity=now[n].quantity, to=now[n].receiver.id, order=n,
            )
            for n in dict.fromkeys(numbers)
            if n in now and n not in moved
        ]  # fmt: skip
        desk.check_ins(events, received_at=clerk.now)
    for number in dict.fromkeys(numbers):
        if number in moved:
            typer.echo(f"{number} 原已批准 approved before")
            continue
        t = now[number]
        typer.echo(
            f"{number} {t.sender.name} → {t.receiver.name} {t.item.chinese} {t.quantity} {t.item.unit} 已批准,在途 on its way"
        )


def _moves(store: EventStore) -> list[StockMoved]:
    """Moves that nobody undid."""
    from datetime import UTC, datetime

    from evac.asides import StockMoved
    from evac.counts.roll import in_order

    told = [event for _, event in store.aside({StockMoved.kind})]
    return [e for e in in_order(store, told, datetime.max.replace(tzinfo=UTC)) if isinstance(e, StockMoved)]


@app.command()
def receive(
    number: Annotated[str, typer.Argument(help="Number of the transfer order, or of the move.", show_default=False)],
    quantity: Annotated[int, typer.Option(help="Units that arrived.", min=0, show_default=False)],
    registry: RegistryFile, actor: Actor, key: Key = None,
) -> None:  # fmt: skip
    """Sign for goods that arrived (签收); what is short is listed.

    Example: evac supplies receive fvbmgdfrprhs --quantity 240 --registry county.sqlite --actor 赵站长
    """
    from evac.asides import StockReceived
    from evac.envelope import NO_ONE

    with aside_desk(registry, key, actor, "") as (desk, clerk):
        found = [
            m
            for m in _moves(desk.store)
            if number and (m.order == number or m.event_id.endswith(number.lower()))
        ]
        if len(found) != 1 or len(number) < 6:
            raise ConfigError(
                "not one transfer", where="number", expected="the number of one transfer order", found=f"{number}: {len(found)}",
                remedy="see: evac supplies stock",
            )  # fmt: skip
        move = found[0]
        event = clerk.write(
            StockReceived, NO_ONE, place=move.to, target=move.event_id, item=move.item, quantity=quantity
        )
        desk.check_in(event, received_at=clerk.now)
    typer.echo(f"{event.event_id[-12:]} {move.to} {quantity} 已签收 received")
    if quantity != move.quantity:
        typer.echo(f"与调出数不符 differs from what was sent: {move.quantity}")


@app.command()
def undo(
    number: Annotated[str, typer.Argument(help="Number of the entry, as it was printed.", show_default=False)],
    registry: RegistryFile, actor: Actor, key: Key = None,
) -> None:  # fmt: skip
    """Take back an entry that was a mistake; it stays in the log and counts no more.

    Example: evac supplies undo 77c01b9e4a10 --registry county.sqlite --actor 李四
    """
    from evac.supplies.ledger import KINDS

    with aside_desk(registry, key, actor, "") as (desk, clerk):
        event = undo_aside(desk, clerk, KINDS, number)
    typer.echo(f"{event.kind} {event.event_id[-12:]} 已撤销 undone")


def add_to(main: typer.Typer) -> None:
    """Put the group into the command line."""
    supplies_seen.add_to(app)
    main.add_typer(app, name="supplies")
