"""Goods from a table (CSV, XLSX): right rows are taken, wrong ones named, none counted twice; packs turned into units."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final, NamedTuple

from evac.asides import StockCounted, StockDelivered, StockIssued, StockMoved
from evac.envelope import NO_ONE, Envelope
from evac.people.clerk import Clerk
from evac.people.sheet import Sheet
from evac.people.table import read_table
from evac.people.table_cells import number_cell, time_cell
from evac.supplies.rules import item_of, units_of

_KINDS: Final[Mapping[str, type[Envelope]]] = MappingProxyType(
    {
        "入库": StockDelivered, "接收": StockDelivered, "捐赠": StockDelivered, "delivered": StockDelivered,
        "盘点": StockCounted, "清点": StockCounted, "counted": StockCounted,
        "发放": StockIssued, "消耗": StockIssued, "issued": StockIssued,
        "调出": StockMoved, "调拨": StockMoved, "moved": StockMoved,
    }
)  # fmt: skip
_HEADINGS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "at": ("时间", "日期时间", "time"),
        "what": ("类别", "业务", "出入库", "kind"),
        "place": ("场所编号", "安置点编号", "编号", "地点", "place"),
        "item": ("物资", "品名", "物资名称", "item"),
        "quantity": ("数量", "quantity"),
        "unit": ("单位", "unit"),
        "pack": ("规格", "包装规格", "pack"),
        "to": ("调入场所", "去向", "to"),
        "number": ("单号", "单据号", "number"),
        "note": ("来源", "备注", "note"),
    }
)


class StockRead(NamedTuple):
    """Events of a table, and the rows that could not be taken, each with the reason."""

    events: tuple[Envelope, ...]
    wrong: tuple[str, ...]


def read_stock(sheets: Iterable[Sheet], clerk: Clerk, places: Collection[str]) -> StockRead:
    """The goods of a table: 时间 (Beijing), 类别 (入库, 盘点, 发放, 调出), 场所编号, 物资, 数量; 单位, 规格, 调入场所, 单号, 来源 where known.

    A row is known again by what it says; two rows that say the same in one table are two. So the same table twice, or again
    after a crash, counts nothing twice.

    Parameters
    ----------
    places : collection of str
        Ids of shelters and depots; a row of another place is wrong.

    Raises
    ------
    DataError
        No row of headings.
    """
    wrong: list[str] = []
    twins: Counter[str] = Counter()
    rows = read_table(
        sheets, _HEADINGS, ("at", "what", "place", "item", "quantity"),
        partial(_event, clerk=clerk, places=places, twins=twins), what="goods", wrong=wrong,
    )  # fmt: skip
    return StockRead(tuple(event for _, event in rows), tuple(wrong))


def _event(told: Mapping[str, str], clerk: Clerk, places: Collection[str], twins: Counter[str]) -> Envelope:
    kind = _KINDS.get(told["what"].strip().lower())
    if kind is None:
        raise ValueError(f"类别 {told['what']!r}: {', '.join(_KINDS)}")
    at = time_cell(told["at"], "时间", now=clerk.now)
    for field in ("place", *(("to",) if kind is StockMoved else ())):
        if told[field] not in places:
            raise ValueError(f"{_HEADINGS[field][0]} {told[field]!r}: no shelter or depot of this id")
    if told["to"] == told["place"]:
        raise ValueError(f"调入场所 {told['to']}: the same place")
    item = item_of(told["item"])
    units = units_of(number_cell(told["quantity"], "数量") or 0.0, told["unit"], item, told["pack"])
    if not units and kind is not StockCounted:
        raise ValueError("数量 0: nothing moved")
    said = "|".join(
        (kind.kind, at.isoformat(), told["place"], item, str(units), told["to"], told["number"], told["note"])
    )
    twins[said] += 1
    known = f"goods {clerk.office} {said} {twins[said]}"
    return clerk.write(
        kind, NO_ONE, event_id=hashlib.blake2b(known.encode(), digest_size=16).hexdigest(), place=told["place"],
        trusted_at=at, device_at=at, item=item, quantity=units, **_more(kind, told),
    )  # fmt: skip


def _more(kind: type[Envelope], told: Mapping[str, str]) -> dict[str, str]:
    if kind is StockMoved:
        return {"to": told["to"], "order": told["number"]}
    words = " ".join(filter(None, (told["number"], told["note"])))
    if kind is StockDelivered:
        return {"source": words}
    return {"note": words} if kind is StockIssued else {}
