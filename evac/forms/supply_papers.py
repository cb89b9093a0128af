"""Supplies on paper: the list of what is lacking, and the transfer order that a lorry takes along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from evac.forms.declared import Column, Form
from evac.forms.figures import Cell
from evac.forms.fill import Filled, Row, Section
from evac.forms.look import Names
from evac.supplies.need import Line
from evac.supplies.transfer import Transfer

_LACKING: Final = (
    ("安置点", "place", 18), ("物资", "item", 11), ("单位", "unit", 6), ("账面", "stock", 8), ("在途", "coming", 8),
    ("现有人员需", "need_now", 10), ("含应到需", "need", 9), ("可用小时(现有)", "lasts_now", 9), ("可用小时(含应到)", "lasts", 10),
    ("缺口", "short", 8),
)  # fmt: skip
_ORDER: Final = (
    ("编号", "number", 13), ("物资", "item", 11), ("数量", "quantity", 8), ("单位", "unit", 6), ("调出", "sender", 18),
    ("调入", "receiver", 18), ("路程(公里)", "km", 9), ("签收数量", "blank", 10), ("签收人", "blank", 10),
)  # fmt: skip


def shortage_paper(found: Sequence[Line], place: str, name: str) -> Filled:
    """What is lacking, as it stands in ``found``."""
    rows = tuple(
        Row((
            line.place.name, line.item.chinese, line.item.unit, line.quantity, line.coming, line.need_now, line.need,
            _hours(line.lasts_now), _hours(line.lasts), line.short,
        ), strong=line.grave)
        for line in found
    )  # fmt: skip
    notes = (
        "缺口 = 含应到人员计划时段需求 − 账面 − 在途;账面为负按 0 计,须先盘点。",
        "人均定额见 evac supplies items,状态 S 见于公开标准,M 凭记忆未核,D 为本系统建议。",
    )
    return _filled(
        "supplies-shortage",
        "安置点物资缺口表",
        _LACKING,
        rows,
        notes,
        ("物资保障组", "填表人", "审核人"),
        place,
        name,
    )


def transfer_paper(found: Sequence[Transfer], place: str, name: str) -> Filled:
    """Transfers to be signed for at either end."""
    rows = tuple(
        Row((
            t.number, t.item.chinese, t.quantity, t.item.unit, t.sender.name, t.receiver.name, round(t.metres / 1000, 1), "", "",
        ))
        for t in found
    )  # fmt: skip
    notes = ("调出场所不得因调出而短缺;签收后登记:evac supplies receive 编号 --quantity 实收数。",)
    return _filled(
        "supplies-transfer",
        "物资调拨单",
        _ORDER,
        rows,
        notes,
        ("批准人", "调出经办", "驾驶员", "调入签收"),
        place,
        name,
    )


def _filled(
    form_id: str, title: str, columns: Sequence[tuple[str, str, float]], rows: tuple[Row, ...], notes: tuple[str, ...],
    sign: tuple[str, ...], place: str, name: str,
) -> Filled:  # fmt: skip
    form = Form(
        form_id=form_id, title=title, level="county", per="", rows="supplies", groups="", names=Names.NONE, landscape=True,
        total=(), agrees=(), sign=sign, notes=notes, source="own", status="D",
        columns=tuple(Column(head, figure, width, "D") for head, figure, width in columns),
    )  # fmt: skip
    return Filled(form, (Section(place, name, rows, None),), {})


def _hours(lasts: float | None) -> Cell:
    return "" if lasts is None else f"{lasts:.1f}"
