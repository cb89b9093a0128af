"""The four levels of emergency response (应急响应), and who has one: province, city, county, town, village.

A level is another thing than a warning colour and is never read off one: a colour says what is expected, a level what
an office does, from when, and who decided it. No function here turns one into the other.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Final

from evac.grain import CITY_DIGITS, COUNTY_DIGITS, PROVINCE_DIGITS, TOWN_DIGITS, VILLAGE_DIGITS
from riskmap.errors import DataError


class Level(IntEnum):
    """Level of emergency response; the larger the graver, so that ``max`` is the gravest (Ⅰ).

    Examples
    --------
    >>> max(Level.IV, Level.II).roman, Level.NONE.words, Level.I.words
    ('Ⅱ', '未启动', 'Ⅰ级')
    >>> Level.III.lower.words
    'Ⅳ级'
    """

    NONE = 0
    IV = 1
    III = 2
    II = 3
    I = 4  # noqa: E741  # the level's own numeral

    @property
    def roman(self) -> str:
        """Numeral as documents write it; a dash where no response is in force."""
        return ("—", "Ⅳ", "Ⅲ", "Ⅱ", "Ⅰ")[self]

    @property
    def words(self) -> str:
        """``Ⅱ级``; ``未启动`` where none is in force."""
        return f"{self.roman}级" if self else "未启动"

    @property
    def lower(self) -> Level:
        """One level less grave; NONE stays."""
        return Level(max(self - 1, 0))


_LEVELS: Final = {
    word: level
    for level, words in (
        (Level.I, ("Ⅰ", "i", "1", "一")),
        (Level.II, ("Ⅱ", "ii", "2", "二")),
        (Level.III, ("Ⅲ", "iii", "3", "三")),
        (Level.IV, ("Ⅳ", "iv", "4", "四")),
    )
    for word in words
}


def read_level(text: str, *, where: str = "level") -> Level:
    """The level that a person wrote: Ⅱ, II, 2, 二级, Ⅱ级.

    Raises
    ------
    DataError
        None of the four; a colour is no level.

    Examples
    --------
    >>> read_level("Ⅱ级") is read_level("II") is read_level("二级") is Level.II
    True
    """
    word = text.strip().lower().removesuffix("级").strip()
    word = {"ⅰ": "Ⅰ", "ⅱ": "Ⅱ", "ⅲ": "Ⅲ", "ⅳ": "Ⅳ"}.get(word, word)
    if word not in _LEVELS:
        raise DataError(
            "not a level of response", where=where, expected="Ⅰ, Ⅱ, Ⅲ or Ⅳ (also I to IV, 1 to 4, 一级 to 四级)",
            found=repr(text), remedy="a warning colour is another field: name the level that was decided",
        )  # fmt: skip
    return _LEVELS[word]


class Unit(StrEnum):
    """Administrative level of the office that responds."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    TOWN = "town"
    VILLAGE = "village"

    @property
    def chinese(self) -> str:
        """省, 市, 县, 乡镇, 村."""
        return {"province": "省", "city": "市", "county": "县", "town": "乡镇", "village": "村"}[self.value]

    @property
    def digits(self) -> int:
        """Digits of a code of this level."""
        return {unit: digits for digits, unit in _UNITS.items()}[self]


_UNITS: Final = {
    PROVINCE_DIGITS: Unit.PROVINCE,
    CITY_DIGITS: Unit.CITY,
    COUNTY_DIGITS: Unit.COUNTY,
    TOWN_DIGITS: Unit.TOWN,
    VILLAGE_DIGITS: Unit.VILLAGE,
}


def unit_of(code: str, *, where: str = "region") -> Unit:
    """Administrative level of a region's code.

    Raises
    ------
    DataError
        Not 2, 4, 6, 9 or 12 digits.

    Examples
    --------
    >>> unit_of("33").chinese, unit_of("330902").chinese, unit_of("330902001002").chinese
    ('省', '县', '村')
    """
    if not code.isascii() or not code.isdecimal() or len(code) not in _UNITS:
        raise DataError(
            "not the code of a region", where=where,
            expected="2 digits (province), 4 (city), 6 (county), 9 (town) or 12 (village)", found=repr(code),
            remedy="see the table of administrative codes; a custom unit takes the code of the region it overlays",
        )  # fmt: skip
    return _UNITS[len(code)]


def superior_of(code: str) -> str:
    """Code of the unit one level up; empty for a province.

    Examples
    --------
    >>> [superior_of(c) for c in ("330902001002", "330902001", "330902", "3309", "33")]
    ['330902001', '330902', '3309', '33', '']
    """
    lengths = sorted(_UNITS)
    place = lengths.index(len(code))
    return code[: lengths[place - 1]] if place else ""
