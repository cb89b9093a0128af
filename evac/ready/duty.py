"""The duty roster (包保责任): who answers for which town, village and household, and who steps in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from evac.people.sheet import Sheet
from evac.people.table import TELEPHONE, read_table


class Level(StrEnum):
    """Who answers for what; ``digits`` is the length of the region's code."""

    COUNTY_TOWN = "县包乡"
    TOWN_VILLAGE = "乡包村"
    VILLAGE_HOUSE = "村包户"

    @property
    def digits(self) -> int:
        """9 for a town, 12 for a village."""
        return 9 if self is Level.COUNTY_TOWN else 12


@dataclass(frozen=True, slots=True)
class Duty:
    """One row of the roster.

    Attributes
    ----------
    place : str
        Code of the town (9 digits) or village (12).
    phone, deputy, deputy_phone : str
        Empty where the roster has none: the village is not ready then.
    households : frozenset of str
        Of 村包户: numbers of the households; empty for the whole village.
    """

    level: Level
    place: str
    name: str
    post: str = ""
    phone: str = ""
    deputy: str = ""
    deputy_phone: str = ""
    households: frozenset[str] = frozenset()

    @property
    def calls(self) -> tuple[str, ...]:
        """Who must answer a test call."""
        return tuple(filter(None, (self.name, self.deputy)))


_HEADINGS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "level": ("层级", "包保层级", "责任层级", "level"),
        "place": ("行政区划代码", "区划代码", "乡镇代码", "村代码", "region"),
        "name": ("责任人", "包保责任人", "姓名", "name"),
        "post": ("职务", "post"),
        "phone": ("电话", "手机", "联系电话", "phone"),
        "deputy": ("替补", "替补责任人", "副班", "ab岗", "deputy"),
        "deputy_phone": ("替补电话", "副班电话", "deputy phone"),
        "households": ("户号", "包保户", "households"),
    }
)
_NEEDED: Final = ("level", "place", "name")


def read_duty(sheets: Iterable[Sheet]) -> tuple[Duty, ...]:
    """The duty roster of a table.

    Parameters
    ----------
    sheets : iterable of Sheet
        From ``evac.people.list_file.open_list``: 层级, 行政区划代码, 责任人; 电话, 替补, 替补电话, 户号 where known.

    Raises
    ------
    DataError
        No headings, or rows that are wrong: every one is named, and none is taken.
    """
    return tuple(duty for _, duty in read_table(sheets, _HEADINGS, _NEEDED, _duty, what="the duty roster"))


def _duty(told: Mapping[str, str]) -> Duty:
    try:
        level = Level(told["level"])
    except ValueError:
        raise ValueError(f"层级 {told['level']!r}: 县包乡, 乡包村 or 村包户") from None
    if not re.fullmatch(rf"\d{{{level.digits}}}", told["place"]):
        raise ValueError(f"行政区划代码 {told['place']!r}: {level.digits} digits for {level.value}")
    for field in ("phone", "deputy_phone"):
        number = told[field].replace(" ", "")
        if number and not TELEPHONE.fullmatch(number):
            raise ValueError(f"{_HEADINGS[field][0]} {told[field]!r}: not a telephone number")
    if told["deputy"] == told["name"]:
        raise ValueError(f"替补 {told['name']}: the same person steps in for nobody")
    homes = frozenset(filter(None, re.split(r"[、,,;;\s]+", told["households"])))
    return Duty(
        level, told["place"], told["name"], told["post"], told["phone"], told["deputy"],
        told["deputy_phone"], homes,
    )  # fmt: skip
