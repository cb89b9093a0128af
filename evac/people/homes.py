"""Homes that need a shelter, from a table: a list of one's own, or the moves of a plan (``evac plan``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Final

from evac.model import Stay, Vulnerability
from evac.people.datum import Datum, position_of
from evac.people.sheet import Sheet
from evac.people.table import read_table
from evac.people.words import ticked, vulnerabilities
from evac.plan.homes import Home
from evac.plan.modelled import Basis
from evac.plan.replan import STANDING_STEPS
from riskmap.errors import DataError

_HEADINGS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "key": ("户号", "户编号", "编号", "key", "household_id", "home"),
        "people": ("人数", "家庭人数", "people", "persons"),
        "longitude": ("经度", "longitude", "lon"),
        "latitude": ("纬度", "latitude", "lat"),
        "county": ("县代码", "行政区划代码", "区划代码", "county", "region"),
        "needs": ("特殊情况", "特殊需要", "脆弱性", "needs", "vulnerability"),
        "order": ("次序", "顺序", "order"),
        "divisible": ("可拆分", "divisible"),
        "basis": ("basis",),
        "step": ("step",),
        "stay": ("stay",),
    }
)


@dataclass(frozen=True)
class HomesRead:
    """Homes of a table.

    Attributes
    ----------
    homes : tuple of Home
    wrong : tuple of str
        Rows that could not be read, each with where and why; their people must be looked after by hand.
    uncounted : tuple of str
        Keys of rows whose number of people nobody knows.
    elsewhere : int
        Rows that need no shelter: bound for relatives or a port, away already, or only to be checked.
    """

    homes: tuple[Home, ...]
    wrong: tuple[str, ...]
    uncounted: tuple[str, ...]
    elsewhere: int


def read_homes(sheets: Iterable[Sheet], *, datum: Datum | None = None) -> HomesRead:
    """The homes of a table; a wrong row is named and keeps no other out.

    Parameters
    ----------
    sheets : iterable of Sheet
        From ``evac.people.list_file.open_list``. 户号 and 人数 are needed; 经度, 纬度, 县代码, 特殊情况, 次序, 可拆分 are read where known.
    datum : Datum, optional
        Of the positions; not asked for of the moves of a plan.

    Raises
    ------
    DataError
        No headings, a row without its key, or nobody counted.
    """
    homes: dict[str, Home] = {}
    wrong: list[str] = []
    uncounted: list[str] = []
    elsewhere = 0
    for where, row in read_table(sheets, _HEADINGS, ("key",), partial(_row, datum=datum), what="homes"):
        if isinstance(row, Home) and row.key in homes:
            wrong.append(f"{where}: 户号 {row.key} 重复 twice")
        elif isinstance(row, Home):
            homes[row.key] = row
        elif isinstance(row, _Wrong):
            wrong.append(f"{where}: {row.words}")
        elif isinstance(row, _Uncounted):
            uncounted.append(row.key)
        else:
            elsewhere += 1
    if not homes and uncounted:
        raise DataError(
            "nobody is counted", where="homes", expected="a column 人数 (people)", found=f"{len(uncounted)} rows without it",
            remedy="give the people of each home",
        )  # fmt: skip
    return HomesRead(tuple(homes.values()), tuple(wrong), tuple(uncounted), elsewhere)


@dataclass(frozen=True, slots=True)
class _Wrong:
    words: str


@dataclass(frozen=True, slots=True)
class _Uncounted:
    key: str


def _row(told: Mapping[str, str], datum: Datum | None) -> Home | _Wrong | _Uncounted | None:
    """A home, or why it is none; None where it needs no shelter."""
    of_a_plan = bool(told["basis"] and told["step"])
    if of_a_plan and not _bound_for_a_shelter(told):
        return None
    if not told["people"]:
        return _Uncounted(told["key"])
    try:
        return _home(told, Datum.WGS84 if of_a_plan else datum)
    except ValueError as error:  # DataError is one
        return _Wrong(str(error))


def _bound_for_a_shelter(told: Mapping[str, str]) -> bool:
    return told.get("stay") == Stay.SHELTER and told.get("step") in {step.value for step in STANDING_STEPS}


def _home(told: Mapping[str, str], datum: Datum | None) -> Home:
    people = _whole(told["people"], "人数", least=1)
    longitude, latitude = position_of(_degrees(told, "longitude"), _degrees(told, "latitude"), datum)
    needs, unknown = vulnerabilities(told.get("needs", ""))
    if unknown:
        raise ValueError(
            f"特殊情况 {'、'.join(unknown)}: not known; use one of {'、'.join(v.value for v in Vulnerability)}"
        )
    basis = told.get("basis", "")
    divisible = ticked(told.get("divisible", "")) or (bool(basis) and basis != Basis.REGISTER)
    county = told.get("county", "")
    if county and not (county.isdecimal() and len(county) in (6, 9, 12)):
        raise ValueError(f"县代码 {county!r}: 6, 9 or 12 digits")
    order = _whole(told["order"], "次序", least=0) if told.get("order") else 0
    return Home(
        told["key"], people, longitude, latitude, county[:6], needs, order, whole=not divisible,
        modelled=basis == Basis.MODELLED,
    )  # fmt: skip


def _whole(text: str, heading: str, *, least: int) -> int:
    try:
        number = float(text.replace(",", ""))
    except ValueError:
        raise ValueError(f"{heading} {text!r}: not a number") from None
    if not (number.is_integer() and number >= least):
        raise ValueError(f"{heading} {text!r}: a whole number, at least {least}")
    return int(number)


def _degrees(told: Mapping[str, str], field: str) -> float | None:
    text = told.get(field, "")
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{_HEADINGS[field][0]} {text!r}: not a number") from None
