"""Measures of each level, and the orders that close something: the five stops (五停) and flood gates, each with its proof."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from evac.response.levels import Level, Unit, read_level, superior_of, unit_of
from riskmap.errors import ConfigError
from riskmap.io.toml_file import key_lines, read_toml
from riskmap.outlook import beijing
from riskmap.rules.place import Place, every, number, one_of, only, source, status, words

PROOFS: Final = {
    "list": "名单", "count": "完成数和应完成数", "photo": "照片", "time": "完成时间", "asset": "逐项编号", "person": "操作人姓名",
}  # fmt: skip
"""What can prove that an order was carried out."""


@dataclass(frozen=True)
class Measure:
    """What an office does at a level; those of less grave levels go on."""

    level: Level
    words: str
    source: str
    status: str


@dataclass(frozen=True)
class ClosingOrder:
    """An order that closes or stops something.

    Attributes
    ----------
    ordered_by : Unit
        Whose order it is; one who is below takes it to its superior.
    level : Level
        From which level on it is proposed; a person gives it.
    within : timedelta
        From the order to the report that it is done.
    proof : tuple of str
        Kinds of ``PROOFS`` that the report must carry.
    asks : str
        What the report must say, in Chinese.
    """

    id: str
    chinese: str
    english: str
    ordered_by: Unit
    carried_out_by: str
    level: Level
    within: timedelta
    proof: tuple[str, ...]
    asks: str
    source: str
    status: str

    def lacking(self, given: frozenset[str]) -> tuple[str, ...]:
        """Proof that a report lacks, in Chinese; empty if it may be verified.

        Examples
        --------
        >>> orders = {o.id: o for o in closing_orders(Level.I)}
        >>> orders["close_gates"].lacking(frozenset({"asset", "time", "person"}))
        ('照片',)
        """
        return tuple(PROOFS[kind] for kind in self.proof if kind not in given)


def order_entries(
    order: ClosingOrder, *, unit: str, scope: str, commander: str, at: datetime
) -> dict[str, str]:
    """Entries of the document (type ``closing_order``) by which an order is given.

    Parameters
    ----------
    unit : str
        Who carries it out, as the document addresses them.
    scope : str
        Where: regions, units, numbers of gates.
    commander : str
        Who is responsible, with telephone.
    at : datetime
        When the order is given, with time zone: it is to be done ``order.within`` later.

    Examples
    --------
    >>> from datetime import UTC
    >>> gates = next(o for o in closing_orders(Level.I) if o.id == "close_gates")
    >>> made = order_entries(gates, unit="定海区水利局", scope="3号旱闸", commander="王五 0580-1",
    ...                      at=datetime(2021, 7, 24, 4, tzinfo=UTC))
    >>> made["order"], made["finish_at"], made["proof"]
    ('关闭旱闸和闸门', '2021-07-24 14:00', '逐项编号、完成时间、照片、操作人姓名')
    """
    return {
        "order": order.chinese,
        "unit": unit,
        "scope": scope,
        "finish_at": beijing(at + order.within),
        "asks": order.asks,
        "proof": "、".join(PROOFS[kind] for kind in order.proof),
        "commander": commander,
    }


def order_named(name: str, region: str, book: OrderBook | None = None) -> ClosingOrder:
    """An order by id or Chinese word, that a region's office may give.

    Raises
    ------
    ConfigError
        There is none, or it is for a level above that region to give.
    """
    orders = {o.id: o for o in (book or bundled_orders()).orders}
    found = orders.get(name) or next((o for o in orders.values() if o.chinese == name), None)
    if found is None:
        raise ConfigError("no such order", where="order", expected=", ".join(orders), found=repr(name),
                          remedy="see: evac response measures --level I")  # fmt: skip
    units = list(Unit)
    if units.index(unit_of(region)) > units.index(found.ordered_by):
        raise ConfigError(
            "not this office's order to give", where=f"order {found.chinese}, region {region}",
            expected=f"an office of {found.ordered_by.chinese}级 or above", found=f"{unit_of(region).chinese}级",
            remedy=f"ask {superior_of(region)}",
        )  # fmt: skip
    return found


@dataclass(frozen=True)
class OrderBook:
    """Every measure and order of a file."""

    measures: tuple[Measure, ...]
    orders: tuple[ClosingOrder, ...]


@cache
def bundled_orders() -> OrderBook:
    """What ships with the package."""
    return read_orders(Path(str(files("evac") / "response" / "orders.toml")))


def measures(level: Level, book: OrderBook | None = None) -> tuple[Measure, ...]:
    """Measures of a level and of those below it, the least grave first.

    Examples
    --------
    >>> [m.level.roman for m in measures(Level.III)]
    ['Ⅳ', 'Ⅲ']
    """
    return tuple(
        sorted((m for m in (book or bundled_orders()).measures if m.level <= level), key=lambda m: m.level)
    )


def closing_orders(level: Level, book: OrderBook | None = None) -> tuple[ClosingOrder, ...]:
    """Orders that are proposed at a level. None gives itself: a named person orders, and the loop asks for the proof.

    Examples
    --------
    >>> [o.chinese for o in closing_orders(Level.II)], len(closing_orders(Level.I)), closing_orders(Level.III)
    (['停工', '停运', '关闭旱闸和闸门'], 6, ())
    """
    return tuple(order for order in (book or bundled_orders()).orders if Level.NONE < order.level <= level)


def read_orders(path: Path) -> OrderBook:
    """Measures and orders from a file of the form of ``evac/response/orders.toml``.

    Raises
    ------
    SourceError
        It cannot be read.
    ConfigError
        A key is missing or unknown, a proof is no kind of proof, or a row lacks source or status; with file and line.
    """
    content, text = read_toml(path)
    top = Place(path.name, key_lines(text))
    only(content, {"measure", "order"}, top)
    every(content, {"measure", "order"}, top)
    found = []
    for n, row in enumerate(content["measure"]):
        place = top.entry("measure", n)
        every(row, {"level", "words", "source", "status"}, place)
        only(row, {"level", "words", "source", "status"}, place)
        found.append(
            Measure(
                read_level(str(row["level"]), where=str(place.key("level"))),
                words(row["words"], place.key("words")),
                source(row["source"], place.key("source")),
                status(row["status"], place.key("status")),
            )
        )
    orders = tuple(_order(row, top.entry("order", n)) for n, row in enumerate(content["order"]))
    return OrderBook(tuple(found), orders)


def _order(row: dict[str, object], place: Place) -> ClosingOrder:
    names = {
        "id", "chinese", "english", "ordered_by", "carried_out_by", "level", "hours", "proof", "asks", "source", "status",
    }  # fmt: skip
    every(row, names, place)
    only(row, names, place)
    proof = row["proof"] if isinstance(row["proof"], list) else [row["proof"]]
    if not proof:
        raise ConfigError("an order without proof", where=str(place.key("proof")), expected=", ".join(PROOFS),
                          found="none", remedy="say what shows that it was done")  # fmt: skip
    return ClosingOrder(
        id=str(row["id"]),
        chinese=words(row["chinese"], place.key("chinese")),
        english=str(row["english"]),
        ordered_by=Unit(one_of(row["ordered_by"], tuple(u.value for u in Unit), place.key("ordered_by"))),
        carried_out_by=words(row["carried_out_by"], place.key("carried_out_by")),
        level=read_level(str(row["level"]), where=str(place.key("level"))),
        within=timedelta(hours=number(row["hours"], place.key("hours"), low=0.1, high=72.0)),
        proof=tuple(one_of(kind, tuple(PROOFS), place.key("proof")) for kind in proof),
        asks=words(row["asks"], place.key("asks")),
        source=source(row["source"], place.key("source")),
        status=status(row["status"], place.key("status")),
    )
