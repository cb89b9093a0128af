"""`evac supplies items|stock|shortage|propose`: supplies as they are seen; nothing is written but papers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evac.people.datum import Datum
from riskmap.errors import ConfigError

if TYPE_CHECKING:
    from evac.forms.fill import Filled
    from evac.registry import EventStore
    from evac.supplies.ledger import Stock
    from evac.supplies.need import Line, Place
    from evac.supplies.transfer import Proposal

RegistryFile = Annotated[
    str, typer.Option("--registry", help="SQLite file, or postgresql://...", show_default=False)
]
Key = Annotated[
    Path | None, typer.Option("--vault", help="Key of the emergency, where the registry is sealed with one.")
]
Prefix = Annotated[
    str, typer.Option(help="Region: 2, 4, 6, 9 or 12 digits; everything if not given, with those who come from other counties.")
]  # fmt: skip
Depots = Annotated[Path | None, typer.Option(help="CSV or XLSX of depots that send: 编号, 名称, 经度, 纬度.")]
DatumOf = Annotated[
    Datum | None,
    typer.Option("--datum", help="What the depots' positions refer to; needed where they have any."),
]
Roads = Annotated[
    Path | None,
    typer.Option(help="Road network (GeoPackage, GeoJSON, GraphML), WGS-84; great circles without."),
]
Close = Annotated[
    list[str] | None,
    typer.Option(help="A place that no lorry reaches, and why: S17=橙色区; may be given more than once."),
]
Hours = Annotated[
    float | None,
    typer.Option(help="For how long a place should have enough, in hours; 24 if not given.", min=1),
]
Out = Annotated[
    Path | None, typer.Option(help="Folder for the paper, as PDF and XLSX; an earlier one is replaced.")
]


@dataclass(frozen=True)
class Seen:
    """What supplies are looked at with."""

    registry: str
    prefix: str = ""
    depots: Path | None = None
    datum: Datum | None = None
    roads: Path | None = None
    close: tuple[str, ...] = ()
    hours: float | None = None


@dataclass(frozen=True)
class Book:
    """Stock, places with people, and their lines as of an instant."""

    stock: Stock
    places: tuple[Place, ...]
    lines: tuple[Line, ...]
    synthetic: bool
    event: str


def depots_of(table: Path | None, datum: Any, closed: Mapping[str, str]) -> tuple[Place, ...]:
    """The depots of a table; none without one."""
    from evac.people.list_file import open_list
    from evac.supplies.places import read_depots

    if table is None:
        return ()
    with open_list(table) as sheets:
        return read_depots(sheets, datum=datum, closed=closed)


def book_of(store: EventStore, seen: Seen, now: datetime) -> Book:
    """Everything of supplies as of an instant.

    Raises
    ------
    ConfigError
        A place is closed that there is not.
    """
    from evac.counts.roll import in_order, read_roll
    from evac.supplies.ledger import KINDS, stock
    from evac.supplies.need import supply_lines
    from evac.supplies.places import shelter_places

    closed = dict(part.partition("=")[::2] for part in seen.close)
    roll = read_roll(store, seen.prefix, at=now)
    places = (
        *shelter_places(roll, closed={k: v or "关闭" for k, v in closed.items()}),
        *depots_of(seen.depots, seen.datum, closed),
    )
    strange = sorted(set(closed) - {place.id for place in places})
    if strange:
        raise ConfigError(
            "a place that there is not",
            where="--close",
            expected="the id of a shelter or depot",
            found=strange[0],
        )
    told = [event for _, event in store.aside(KINDS)]
    held = stock(in_order(store, told, now))
    found = supply_lines(held, places, hours=seen.hours)
    return Book(held, places, found, roll.synthetic, roll.labels.get("event", ""))


def drafts(store: EventStore, seen: Seen, now: datetime) -> Proposal:
    """The drafts of transfers that hold at an instant."""
    from evac.plan.reach import Travel, great_circle
    from evac.supplies.transfer import propose

    travel: Travel = great_circle
    if seen.roads is not None:
        from evac.plan.by_road import by_road
        from evac.plan.road_files import read_roads

        travel = by_road(read_roads(seen.roads))
    book = book_of(store, seen, now)
    return propose(book.lines, book.stock, travel=travel)


def list_items() -> None:
    """List the items, what a person needs, what is in a pack, and whose rule it is.

    Example: evac supplies items
    """
    from evac.supplies.rules import items

    for item in items().values():
        packs = " ".join(f"{name}={n}" for name, n in item.packs.items())
        per = {"daily": "人·日", "once": "人", "place": "人(常设)"}[item.use.value]
        typer.echo(
            f"{item.id:10} {item.chinese} {item.need:g} {item.measure}/{per}  {packs}  [{item.status}] {item.source}"
        )


def _opened(registry: str, key: Path | None) -> EventStore:
    from evac.reporting import open_for_report

    return open_for_report(registry, key)


def show_stock(
    registry: RegistryFile, prefix: Prefix = "", depots: Depots = None, datum: DatumOf = None, key: Key = None
) -> None:
    """Show what each place has, what is on its way, and what somebody must look into: counts that differ, goods short, stock below 0.

    Example: evac supplies stock --registry county.sqlite --prefix 330902
    """
    from evac.supplies.need import in_units
    from evac.supplies.rules import items
    from riskmap.outlook import beijing

    store = _opened(registry, key)
    try:
        book = book_of(store, Seen(registry, prefix, depots, datum), datetime.now(UTC))
    finally:
        store.close()
    own = {place.id: place.name for place in book.places}
    name = {item.id: item.chinese for item in items().values()}
    for slot, level in book.stock.levels.items():
        if slot.place in own or not prefix:
            counted = f"  盘点 {beijing(level.counted_at)}" if level.counted_at else ""
            wrong = "  账面为负 NEGATIVE" if level.quantity < 0 else ""
            typer.echo(
                f"{slot.place} {own.get(slot.place, '')} {name.get(slot.item, slot.item)} {level.quantity} {in_units(slot.item)}{counted}{wrong}"
            )
    for t in book.stock.transit:
        if not prefix or own.keys() & {t.sender, t.receiver}:
            typer.echo(
                f"在途 {t.order or t.event_id[-12:]} {t.sender} → {t.receiver} {name.get(t.item, t.item)} {t.quantity} 自 {beijing(t.since)}"
            )
    differ = [d for d in book.stock.discrepancies if d.place in own or not prefix]
    for d in differ:
        typer.echo(
            f"待查 {d.kind.chinese} {d.place} {name.get(d.item, d.item)}:账面 {d.expected},实 {d.found} · {d.by} {beijing(d.at)}"
        )
    typer.echo(f"{len(differ)} 项待查")


def shortage(
    registry: RegistryFile, prefix: Prefix = "", hours: Hours = None, out: Out = None, key: Key = None
) -> None:
    """List what is lacking, what runs out first at the head: by those present, and with those who are to come.

    Example: evac supplies shortage --registry county.sqlite --prefix 330902 --out 缺口
    """
    from evac.forms.supply_papers import shortage_paper
    from evac.supplies.need import shortages

    now = datetime.now(UTC)
    store = _opened(registry, key)
    try:
        book = book_of(store, Seen(registry, prefix, hours=hours), now)
    finally:
        store.close()
    found = shortages(book.lines)
    for line in found:
        lasts = (
            ""
            if line.lasts is None
            else f" 可用 {_hours(line.lasts_now)}/{_hours(line.lasts)} 小时(现有/含应到)"
        )
        mark = "急 " if line.grave else ""
        typer.echo(
            f"{mark}{line.place.id} {line.place.name} {line.item.chinese} 缺 {line.short} {line.item.unit}"
            f"(账面 {line.quantity},在途 {line.coming},需 {line.need_now}/{line.need}){lasts}"
        )
    typer.echo(f"{len(found)} 项短缺,急 {sum(line.grave for line in found)} 项")
    if out is not None:
        _write(out, shortage_paper(found, prefix, prefix or "全部"), book, now)


def _hours(lasts: float | None) -> str:
    return "-" if lasts is None else f"{lasts:.1f}"


def propose_transfers(
    registry: RegistryFile, prefix: Prefix = "", depots: Depots = None, datum: DatumOf = None, roads: Roads = None,
    close: Close = None, hours: Hours = None, out: Out = None, key: Key = None,
) -> None:  # fmt: skip
    """Propose who sends what to whom: drafts that a person approves. Nobody sends what its own people need.

    Example: evac supplies propose --registry county.sqlite --depots 仓库.csv --datum wgs84 --out 调拨
    """
    from evac.forms.supply_papers import transfer_paper

    now = datetime.now(UTC)
    seen = Seen(registry, prefix, depots, datum, roads, tuple(close or ()), hours)
    store = _opened(registry, key)
    try:
        found = drafts(store, seen, now)
        book = book_of(store, seen, now)
    finally:
        store.close()
    for t in found.transfers:
        typer.echo(
            f"{t.number} {t.sender.name} → {t.receiver.name} {t.item.chinese} {t.quantity} {t.item.unit} {t.metres / 1000:.1f} km"
        )
    for u in found.unmet:
        typer.echo(
            f"无处可调 {u.line.place.name} {u.line.item.chinese} {u.quantity} {u.line.item.unit}:{u.why}"
        )
    typer.echo(
        f"{len(found.transfers)} 笔建议(草案,须批准:evac supplies approve 编号),{len(found.unmet)} 项无处可调"
    )
    if out is not None:
        _write(out, transfer_paper(found.transfers, prefix, prefix or "全部"), book, now)


def _write(out: Path, filled: Filled, book: Book, now: datetime) -> None:
    from evac.forms.pdf import form_pdf
    from evac.forms.sheet import Head
    from evac.forms.xlsx import form_workbook
    from riskmap.io.publish import publishing

    head = Head(now, book.event, book.synthetic)
    with publishing(out, replace=True, mark=f"{filled.form.form_id}.xlsx") as staging:
        staging.write(f"{filled.form.form_id}.xlsx", form_workbook(filled, head))
        staging.write(f"{filled.form.form_id}.pdf", form_pdf(filled, head))
    typer.echo(f"open {out}")


def add_to(app: typer.Typer) -> None:
    """Put these commands into the group."""
    app.command("items")(list_items)
    app.command("stock")(show_stock)
    app.command("shortage")(shortage)
    app.command("propose")(propose_transfers)
