"""The tables of a printed situation, made once: paper, DOCX and workbook set the same cells, so that no two of them differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from evac.situation.document import HeadCountHere, Row, Situation
from evac.situation.words import tier_word
from riskmap.scale import Tier

Cell: TypeAlias = str | int | float | datetime | None
_NOBODY: Final = "合计"


@dataclass(frozen=True)
class Table:
    """One table.

    Attributes
    ----------
    columns : tuple of (title, width)
        Width in millimetres; they come to 156 on paper.
    rows : tuple
        Cells; None is not known or hidden.
    total : tuple or None
    tiers : tuple of int or None
        Tier of each row, for the colour of the cell in ``tier_column``; empty for no colour.
    """

    id: str
    title: str
    columns: tuple[tuple[str, float], ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] | None = None
    tiers: tuple[int | None, ...] = ()
    tier_column: int = -1


def tables_of(situation: Situation) -> tuple[Table, ...]:
    """Every table that has something in it, in the order of the report."""
    return tuple(table for table in _tables(situation) if table.rows)


def _tables(one: Situation) -> Iterator[Table]:
    if one.head_count is not None:
        yield sum_table(one.head_count)
    yield _alarms(one)
    yield _clocks(one)
    yield _people(one)
    yield _tiers(one)
    yield _shelters(one)
    yield _letters(one)
    yield _stages(one)


def sum_table(head: HeadCountHere) -> Table:
    """The sum term by term."""
    names = [name for name in ("due", "moved", *head.parts) if name in head.figures]
    rows = tuple((head.words[name], head.figures[name]) for name in names)
    return Table("sum", "人员转移总表", (("项目", 90.0), ("人数", 66.0)), rows)


def _people(one: Situation) -> Table:
    columns = (
        ("区域", 34.0), ("应转移", 18.0), ("已转移", 18.0), ("转移率\n(%)", 15.0), ("尚未\n安全", 15.0), ("未联\n系上", 14.0),
        ("劝导\n无效", 14.0), ("失联", 14.0), ("遇难", 14.0),
    )  # fmt: skip
    told = [row for row in one.rows if row.due]
    rows = tuple(
        (row.name, row.due, row.moved, row.share, row.unaccounted, row.unreached, row.refused, row.missing, row.deceased)
        for row in told
    )  # fmt: skip
    total: tuple[Cell, ...] | None = None
    if one.head_count is not None and told:
        of = one.head_count.figures
        names = ("due", "moved", "", "unaccounted", "unreached", "refused", "missing", "deceased")
        total = (_NOBODY, *(one.head_count.share if not name else of.get(name) for name in names))
    return Table("people", "各地人员转移情况", columns, rows, total)


def risky(rows: Sequence[Row]) -> list[Row]:
    """Rows at orange or red to come, the worst first."""
    found = [row for row in rows if row.tier_worst is not None and row.tier_worst >= Tier.ORANGE]
    return sorted(found, key=lambda row: (-(row.tier_worst or 0), row.code))


def _tiers(one: Situation) -> Table:
    columns = (("区域", 24.0), ("现等级", 14.0), ("最高等级", 17.0), ("首次达到", 25.0), ("主要原因", 76.0))
    told = risky(one.rows)
    rows = tuple(
        (row.name, tier_word(row.tier), tier_word(row.tier_worst), row.worst_at, row.reason) for row in told
    )
    return Table("tiers", "橙色及以上风险区域", columns, rows, None, tuple(row.tier_worst for row in told), 2)


def _shelters(one: Situation) -> Table:
    columns = (("安置点", 60.0), ("在点人数", 24.0), ("容量", 24.0), ("占用率\n(%)", 24.0), ("状态", 24.0))
    lots = one.shelters
    if lots is None:
        return Table("shelters", "安置点", columns, ())
    rows = tuple(
        (row.name, row.present, row.capacity, row.share, "已满" if row.full else "接近满员" if row.near_full else "有空位")
        for row in lots.rows
    )  # fmt: skip
    return Table(
        "shelters", "安置点", columns, rows, (_NOBODY, lots.present, lots.capacity, None, f"满员 {lots.full}")
    )


def _letters(one: Situation) -> Table:
    columns = (("文号", 45.0), ("主送、抄送", 41.0), ("状态", 25.0), ("下一时限", 25.0), ("督促", 20.0))
    rows = one.letters.rows if one.letters else ()
    return Table(
        "letters", "公文和叫应", columns,
        tuple(
            (row.number, row.receiver, f"{row.words}{'(逾期)' if row.overdue else ''}", row.next.due_at if row.next else None, row.escalated or "")
            for row in rows
        ),
    )  # fmt: skip


def _clocks(one: Situation) -> Table:
    columns = (
        ("县(市、区)", 34.0),
        ("失联", 16.0),
        ("遇难", 16.0),
        ("下一报", 22.0),
        ("时限", 30.0),
        ("已报", 38.0),
    )
    rows = tuple(
        (c.name, c.missing, c.deceased, c.words + ("(逾期)" if c.overdue else ""), c.due_at, "、".join(number for _, _, number in c.reported))
        for c in one.report_clocks or ()
    )  # fmt: skip
    return Table("report_clocks", "人员伤亡失联信息报告", columns, rows)


def _alarms(one: Situation) -> Table:
    columns = (("告警", 96.0), ("最早", 30.0), ("级别", 30.0))
    rows = tuple((a.words, a.since, "生命攸关" if a.life_critical else "一般") for a in one.alarms.rows)
    return Table("alarms", "告警", columns, rows)


def _stages(one: Situation) -> Table:
    columns = (("阶段", 20.0), ("内容", 70.0), ("总数", 22.0), ("已完成", 22.0), ("逾期", 22.0))
    rows = tuple(
        (
            s.words,
            s.what,
            s.all if s.known else None,
            s.done if s.known else None,
            s.overdue if s.known else None,
        )
        for s in one.lists or ()
    )
    return Table("lists", "发现、生成、整改、评估、预防清单", columns, rows)
