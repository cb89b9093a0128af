"""What the columns of a road file say of a way: class, direction, speed, lanes, capacity."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from evac.plan.roads import CLASSES
from riskmap.errors import DataError

_HEADINGS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "road_class": ("highway", "fclass", "class", "road_class", "道路等级", "等级", "技术等级"),
        "name": ("name", "名称", "路名", "道路名称"),
        "oneway": ("oneway", "单行", "单行线", "单向"),
        "speed": ("maxspeed", "speed", "speed_kph", "限速", "设计速度", "速度"),
        "lanes": ("lanes", "车道数", "车道"),
        "capacity": ("capacity", "通行能力"),
        "bridge": ("bridge", "桥", "桥梁"),
        "tunnel": ("tunnel", "隧道"),
        "junction": ("junction",),
        "synthetic": ("synthetic", "example", "示例", "演练"),
    }
)
_CHINESE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "高速公路": "motorway", "高速": "motorway", "快速路": "trunk", "一级公路": "trunk", "一级": "trunk",
        "国道": "trunk", "主干路": "primary", "二级公路": "primary", "二级": "primary", "省道": "primary",
        "次干路": "secondary", "三级公路": "secondary", "三级": "secondary", "县道": "secondary", "支路": "tertiary",
        "四级公路": "tertiary", "四级": "tertiary", "乡道": "tertiary", "等外公路": "unclassified", "等外": "unclassified",
        "村道": "unclassified", "机耕路": "track",
    }
)  # fmt: skip
"""Words of a Chinese road file -> class; which is which is our own proposal (status D)."""
_NOT_DRIVEN: Final = frozenset(
    {"footway", "path", "steps", "cycleway", "bridleway", "pedestrian", "corridor", "elevator", "proposed",
     "construction", "platform", "raceway", "abandoned", "步行道", "人行道", "在建"}
)  # fmt: skip
_SAME: Final = MappingProxyType({"living_street": "residential", "road": "unclassified"})
_FORTH: Final = frozenset({"yes", "true", "1", "ft", "是"})
_BACK: Final = frozenset({"-1", "reverse", "tf"})
_BOTH: Final = frozenset({"", "no", "false", "0", "否", "none", "nan", "reversible", "alternating"})
_GEOFABRIK: Final = MappingProxyType({"f": 1, "t": -1, "b": 0})
"""One-way in files with ``fclass``; elsewhere T and F may be true and false, so that they are not read."""
_NO: Final = frozenset({"", "no", "false", "0", "f", "否", "none", "nan"})
_NUMBER: Final = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(mph|km/h|kmh|kph|公里/小时)?\s*$")
_MILE: Final = 1.609344  # km
_LIMITS: Final = MappingProxyType(
    {
        "speed": (0.0, 140.0, "km h-1"),
        "lanes": (0.0, 16.0, "lanes"),
        "capacity": (0.0, 20_000.0, "vehicles h-1"),
    }
)
_WHAT: Final = MappingProxyType({"speed": "a speed", "lanes": "a number of lanes", "capacity": "a capacity"})


@dataclass(frozen=True)
class Columns:
    """The file's names of what we look for; absent where it has none."""

    names: Mapping[str, str]

    @classmethod
    def of(cls, headers: Iterable[set[str]]) -> Columns:
        """From the names that rows have."""
        there = {name.strip().lower(): name for header in headers for name in header}
        found = {
            key: next(there[word] for word in words if word in there)
            for key, words in _HEADINGS.items()
            if any(word in there for word in words)
        }
        return cls(MappingProxyType(found))

    def text(self, key: str, properties: Mapping[str, Any]) -> str:
        """A cell as text, empty where there is none; of several (OSMnx joins ways) the first."""
        value = properties.get(self.names.get(key, ""))
        if isinstance(value, list | tuple):
            value = value[0] if value else None
        words = "" if value is None else str(value).strip()
        if words.startswith("[") and words.endswith("]"):
            words = words[1:-1].split(",")[0].strip().strip("'\"")
        return words

    def invented(self, properties: Mapping[str, Any]) -> bool:
        """Whether the row says that it is generated."""
        return self.text("synthetic", properties).lower() not in _NO


@dataclass(frozen=True, slots=True)
class WayWords:
    """What a row says.

    Attributes
    ----------
    road_class : str or None
        None where it is no road for vehicles: ``why``.
    lanes : float or None
        In one direction.
    unread : str
        Cells that could not be read; empty where none.
    """

    road_class: str | None
    why: str = ""
    name: str = ""
    oneway: int = 0
    speed: float | None = None
    lanes: float | None = None
    capacity: float | None = None
    raised: bool = False
    unread: str = ""


def way_words(columns: Columns, properties: Mapping[str, Any], where: str) -> WayWords:
    """Read one row.

    Parameters
    ----------
    where : str
        File and row, for messages.

    Raises
    ------
    DataError
        A number that no road has: none or a negative lane, 300 km h-1.

    Examples
    --------
    >>> columns = Columns.of([{"highway", "oneway", "maxspeed", "lanes"}])
    >>> words = way_words(columns, {"highway": "primary_link", "oneway": "no", "maxspeed": "50", "lanes": "4"}, "row 1")
    >>> words.road_class, words.oneway, words.speed, words.lanes
    ('primary', 0, 50.0, 2.0)
    """
    unread: list[str] = []
    word = columns.text("road_class", properties)
    road_class = _class_of(word)
    if word.lower() in _NOT_DRIVEN:
        return WayWords(None, f"{word} is not for vehicles")
    if road_class is None:
        unread.append(f"class {word!r} is not known" if word else "no class")
        road_class = "unclassified"
    oneway = _direction(columns, properties, road_class, unread)
    speed, lanes, capacity = (_number(columns, properties, key, where, unread) for key in _LIMITS)
    if lanes is not None and oneway == 0:
        lanes /= 2
    raised = any(columns.text(key, properties).lower() not in _NO for key in ("bridge", "tunnel"))
    return WayWords(
        road_class,
        "",
        columns.text("name", properties),
        oneway,
        speed,
        lanes,
        capacity,
        raised,
        "; ".join(unread),
    )


def _class_of(word: str) -> str | None:
    plain = word.lower().removesuffix("_link")
    plain = _SAME.get(plain, _CHINESE.get(word, plain))
    if plain.startswith("track"):  # fclass track_grade3
        plain = "track"
    return plain if plain in CLASSES else None


def _direction(columns: Columns, properties: Mapping[str, Any], road_class: str, unread: list[str]) -> int:
    word = columns.text("oneway", properties).lower()
    if columns.names.get("road_class", "").lower() == "fclass" and word in _GEOFABRIK:
        return _GEOFABRIK[word]
    if word in _FORTH:
        return 1
    if word in _BACK:
        return -1
    if word not in _BOTH:
        unread.append(f"one-way {word!r} is not known")
    if not word and (
        road_class == "motorway" or columns.text("junction", properties).lower() == "roundabout"
    ):
        return 1
    return 0


def _number(
    columns: Columns, properties: Mapping[str, Any], key: str, where: str, unread: list[str]
) -> float | None:
    word = columns.text(key, properties).lower()
    if word in ("", "none", "nan"):
        return None
    if re.match(r"^\s*[+-]?\d+(\.\d+)?\s*$", word):
        value = float(word)
    else:
        read = _NUMBER.match(word)
        if read is None or (key != "speed" and read[2]):
            unread.append(f"{key} {word!r} is not a number")
            return None
        value = float(read[1]) * (_MILE if read[2] == "mph" else 1.0)
    low, high, unit = _LIMITS[key]
    if not low < value <= high:
        raise DataError(
            f"{_WHAT[key]} that no road has", where=where, expected=f"above {low:g}, at most {high:g} {unit}",
            found=word, remedy="correct the cell, or leave it empty for the default of the class",
        )  # fmt: skip
    return value
