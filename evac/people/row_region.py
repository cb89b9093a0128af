"""Where a row's person is at risk: county and village, by code, by name, or by whose list it is."""

from __future__ import annotations

from evac.people.cells import RowCells, clean_digits
from evac.people.region_list import LENGTHS
from evac.people.report import Weight, shown


def region_of(row: RowCells) -> tuple[str, str, str]:
    """County code, village code of 12 digits and name of the village; a finding refuses the row where there is no county."""
    setting, regions = row.setting, row.setting.regions
    name = row.free("village")
    code = _region_code(row)
    if not code:
        within = _by_name(row, "county", 6, setting.region[:6]) or setting.region
        within = _by_name(row, "town", 9, within[:6]) or within
        code = regions.named(name, within=within, digits=12) if name else ""
        if not code:
            code = within
            if name and regions.lists(12, within[:6]):
                row.say(Weight.WARNING, "village", f"{shown(name)}不在区划表里,或重名", "填 12 位村代码")
    county = code[:6]
    if len(code) < min(LENGTHS):
        row.say(Weight.REFUSED, "village_code", "不知道是哪个县", "填村代码,或导入时用 --region")
    elif regions.lists(6) and not regions.knows(county):
        row.say(
            Weight.REFUSED,
            "village_code",
            f"县代码 {county} 不在区划表里",
            "核对代码;新的区划请更新区划表",
        )
    elif len(code) > 6 and regions.lists(9, county) and not regions.knows(code[:9]):
        row.say(Weight.WARNING, "village_code", f"乡镇代码 {code[:9]} 不在区划表里", "核对代码")
    elif len(code) == 12 and regions.lists(12, county) and not regions.knows(code):
        row.say(Weight.WARNING, "village_code", f"村代码 {code} 不在区划表里", "核对代码")
    village = code.ljust(12, "0")
    return county, village, name or regions.names.get(code, "")


def _region_code(row: RowCells) -> str:
    for field_ in ("village_code", "village", "town", "county"):
        text = clean_digits(row.text(field_))
        if text.isdecimal() and len(text) in LENGTHS:
            return text
        if field_ == "village_code" and text:
            row.say(Weight.WARNING, field_, f"{shown(text)}不是 6、9 或 12 位代码", "核对代码")
    return ""


def _by_name(row: RowCells, field_: str, digits: int, within: str) -> str:
    name = row.text(field_)
    return row.setting.regions.named(name, within=within, digits=digits) if name else ""
