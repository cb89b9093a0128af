"""Who a row's person is: verdict on the identity number, sex, year of birth."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from evac.people import words
from evac.people.cells import RowCells
from evac.people.identity import NOTHING, OLDEST, Identity, Verdict, examine_number, lost_in_a_cell
from evac.people.report import Weight, shown
from evac.people.sheet import NO_CELL

_EXCEL_ZERO: Final = date(1899, 12, 30)
_DATE: Final = re.compile(r"(1[89]\d\d|20\d\d)\s*[年./\-]?\s*(\d{1,2})?\s*[月./\-]?\s*(\d{1,2})?\s*日?")


def identity_of(row: RowCells) -> Identity:
    """The verdict on the row's number, whose pseudonym is all that is kept of it."""
    cell = row.cells.get("identity", NO_CELL)
    value = cell.value
    number = None
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = lost_in_a_cell(value, on=row.setting.on)
    if number is None:
        number = (
            examine_number(
                row.text("identity"),
                row.setting.pseudonym,
                on=row.setting.on,
                declared=row.text("identity_kind"),
            )
            if cell.mark != "filled"
            else NOTHING
        )
    if number.verdict is Verdict.MISSING:
        row.totals["无证件号(照常入册)"] += 1
    elif number.verdict is Verdict.LOST:
        row.say(
            Weight.WARNING,
            "identity",
            number.verdict.chinese,
            "把该列设为文本格式,重新录入号码;不影响入册",
        )
    elif number.verdict is Verdict.ROUND:
        row.say(Weight.WARNING, "identity", number.verdict.chinese, "核对证件末三位")
    elif not number.verdict.usable:
        row.say(
            Weight.WARNING,
            "identity",
            f"{number.kind.chinese}:{number.verdict.chinese}",
            "核对证件后更正;不影响入册",
        )
    return number


def sex_of(row: RowCells, identity: Identity) -> str:
    """Sex by the number, else as told."""
    text = row.text("sex")
    told = words.sex(text)
    if text and not told:
        row.say(Weight.WARNING, "sex", f"{shown(text)}不是性别", "填 男 或 女")
    if told and identity.sex and told != identity.sex:
        row.say(Weight.WARNING, "sex", "与证件号里的性别不同", "核对证件;按证件号登记")
    return identity.sex or told


def birth_year_of(row: RowCells, identity: Identity) -> int | None:
    """Year of birth by the number, else as told by a date or an age."""
    told = _told_year(row)
    known = identity.birth_year
    if known and told and abs(known - told) > 1:
        row.say(Weight.WARNING, "birth_date", "与证件号里的出生年份不同", "核对证件;按证件号登记")
    return known or told


def _told_year(row: RowCells) -> int | None:
    on = row.setting.on
    for field_, year in (("birth_date", _year_of_date(row)), ("age", _year_of_age(row))):
        if not row.text(field_):
            continue
        if year is not None and on.year - OLDEST <= year <= on.year:
            return year
        row.say(Weight.WARNING, field_, f"{shown(row.text(field_))}不成立", "核对后更正")
    return None


def _year_of_date(row: RowCells) -> int | None:
    value = row.cells.get("birth_date", NO_CELL).value
    if isinstance(value, date):
        return value.year
    text = row.text("birth_date")
    if isinstance(value, int | float) and 2 < value < 60_000 and not 1800 < value < 2100:
        return (_EXCEL_ZERO + timedelta(days=int(value))).year  # a date that lost its format
    found = _DATE.fullmatch(text)
    return int(found[1]) if found else None


def _year_of_age(row: RowCells) -> int | None:
    text = row.text("age").removesuffix("周岁").removesuffix("岁")
    if "月" in text or "天" in text:
        return row.setting.on.year
    return row.setting.on.year - int(text) if text.isdecimal() and len(text) <= 3 else None
