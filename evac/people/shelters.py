"""Shelters (避灾安置场所) from a table, CSV or XLSX: all rows or none, since a door with a wrong place misleads everybody at it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Final

from evac.model import Shelter
from evac.people.datum import Datum, position_of
from evac.people.sheet import Sheet
from evac.people.table import read_table, require_right
from evac.people.words import ticked
from evac.plan.homes import Facility

_HEADINGS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "shelter_id": ("编号", "场所编号", "安置点编号", "代码", "id", "shelter_id"),
        "name": ("名称", "场所名称", "安置点", "安置点名称", "避灾安置场所", "name"),
        "place": ("行政区划代码", "区划代码", "县代码", "乡镇代码", "村代码", "county", "town", "region"),
        "level": ("级别", "等级", "level"),
        "capacity": ("容量", "可容纳人数", "可安置人数", "核定人数", "capacity"),
        "area_m2": ("面积", "使用面积", "可用面积", "area", "area_m2"),
        "longitude": ("经度", "longitude", "lon"),
        "latitude": ("纬度", "latitude", "lat"),
        Facility.STEP_FREE: ("无障碍", "无障碍设施", "step_free"),
        Facility.MEDICAL: ("医务", "医务室", "医疗点", "medical"),
        Facility.MOTHER_AND_INFANT: ("母婴室", "母婴", "mother_and_infant"),
    }
)
_NEEDED: Final = ("shelter_id", "name", "place", "capacity")
_LEVELS: Final = MappingProxyType(
    {
        "县级": "county",
        "乡级": "town",
        "镇级": "town",
        "乡镇级": "town",
        "村级": "village",
        "社区级": "village",
    }
    | {level: level for level in ("county", "town", "village")}
)
_LEAST: Final = MappingProxyType({"county": 200, "town": 100, "village": 50})
"""Persons that a place of the level holds at least (Zhejiang's tiers, status S)."""


def read_shelters(
    sheets: Iterable[Sheet], *, datum: Datum | None = None, synthetic: bool = False
) -> list[Shelter]:
    """The shelters of a table.

    Parameters
    ----------
    sheets : iterable of Sheet
        From ``evac.people.list_file.open_list``.
    datum : Datum, optional
        Of the columns 经度 and 纬度; GCJ-02 is turned into WGS-84.
    synthetic : bool
        True for invented places.

    Raises
    ------
    DataError
        No headings, a row that is wrong, one id twice, positions without a datum; every wrong row is named, and none is taken.
    """
    found: dict[str, Shelter] = {}
    twice: list[str] = []
    for where, shelter in read_table(
        sheets, _HEADINGS, _NEEDED, partial(_shelter, datum=datum), what="shelters"
    ):
        if shelter.shelter_id in found:
            twice.append(f"{where}: 编号 {shelter.shelter_id} 重复 twice")
        found[shelter.shelter_id] = replace(shelter, synthetic=synthetic)
    require_right(twice, "shelters")
    return list(found.values())


def _shelter(told: Mapping[str, str], datum: Datum | None) -> Shelter:
    place = told["place"]
    if not re.fullmatch(r"\d{6}(\d{3}(\d{3})?)?", place):
        raise ValueError(f"行政区划代码 {place!r}: 6, 9 or 12 digits")
    capacity = _number(told, "capacity")
    if capacity is None or capacity < 1 or not capacity.is_integer():
        raise ValueError(f"容量 {told['capacity']!r}: a whole number of persons, at least 1")
    level = told.get("level", "")
    if level and level not in _LEVELS:
        raise ValueError(f"级别 {level!r}: 县级, 乡级 or 村级")
    area = _number(told, "area_m2")
    if area is not None and area <= 0:
        raise ValueError(f"面积 {told['area_m2']!r}: above 0 m2")
    longitude, latitude = position_of(_number(told, "longitude"), _number(told, "latitude"), datum)
    return Shelter(
        told["shelter_id"], told["name"], place[:6], int(capacity), level=_LEVELS[level] if level else "",
        town=place[:9] if len(place) > 6 else "", area_m2=area, longitude=longitude, latitude=latitude,
    )  # fmt: skip


def _number(told: Mapping[str, str], field: str) -> float | None:
    text = told.get(field, "").replace(",", "")
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{_HEADINGS[field][0]} {text!r}: not a number") from None


def read_facilities(sheets: Iterable[Sheet]) -> dict[str, frozenset[Facility]]:
    """What the shelters of a table have: 无障碍, 医务, 母婴室, each with 是 or 否.

    Returns
    -------
    dict
        Id -> what is ticked; a shelter with none of these cells filled is left out, since nothing is known of it. A blank cell beside
        filled ones is no.

    Raises
    ------
    DataError
        No headings, or cells that are neither yes nor no; names the rows.
    """
    rows = read_table(sheets, _HEADINGS, _NEEDED, _facilities, what="shelters")
    return {shelter_id: has for _, (shelter_id, has) in rows if has is not None}


def _facilities(told: Mapping[str, str]) -> tuple[str, frozenset[Facility] | None]:
    cells = {facility: told[facility] for facility in Facility if told[facility]}
    for facility, text in cells.items():
        if ticked(text) is None:
            raise ValueError(f"{facility.chinese} {text!r}: 是 or 否")
    return told["shelter_id"], frozenset(f for f, text in cells.items() if ticked(text)) if cells else None


def small(shelters: Iterable[Shelter]) -> list[Shelter]:
    """Those that hold fewer than their level must."""
    return [shelter for shelter in shelters if shelter.capacity < _LEAST.get(shelter.level, 0)]
