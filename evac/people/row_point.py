"""Where a row's person lives: a point of the list as WGS-84, or why it is none; a point that may be wrong is not taken.

A wrong point is worse than none: who has no point is planned by the village and is in every zone of it, and a point may take
somebody out of a zone.
"""

from __future__ import annotations

import re
from array import array
from collections import defaultdict
from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np

from evac.model import CHINA
from evac.people import words
from evac.people.cells import RowCells, Setting
from evac.people.datum import Datum, position_of
from evac.people.report import Weight, shown
from evac.people.sheet import Columns
from riskmap.sphere import distance

FAR: Final = 20_000.0
"""Metres from the middle of the village's other points, beyond which a point is taken for a slip (D)."""
_ENOUGH: Final = 5
"""Points of a village that tell where it is (D)."""
_DECIMALS: Final = 3
"""Digits behind the point, of the finer of the two, below which a point is no house's: 0.01 degree is a kilometre (D)."""
_LESS: Final = 2
"""Of the coarser of the two: a table drops one zero at the end, as of 122.1060, and hardly two (D)."""
_WORDS: Final = "没有采用坐标,按村安排"
_ANGLE: Final = re.compile(
    r"(?:东经|北纬|[EN])?\s*(\d{1,3}(?:\.\d+)?)\s*(?:[°度]\s*(?:(\d{1,2}(?:\.\d+)?)\s*['′分]?\s*(?:(\d{1,2}(?:\.\d+)?)\s*(?:[\"″秒]|'')?)?)?)?\s*[EN]?",
    re.IGNORECASE,
)
_PAIR: Final = re.compile(r"\s*[,，;；/、]\s*|(?<=\d)\s+(?=\d)")


class Point(NamedTuple):
    """WGS-84 [degrees], or nothing."""

    longitude: float | None = None
    latitude: float | None = None


NOWHERE: Final = Point()


def point_of(row: RowCells) -> Point:
    """The point of a row; what is wrong with it is said of the row, which is taken all the same."""
    field, east, north = _texts(row)
    if not (east or north):
        return NOWHERE
    longitude, latitude = _degrees(east), _degrees(north)
    if longitude is None or latitude is None:
        return _not_taken(row, field, "经度、纬度缺一个或不是度数", "填十进制度,如 120.15507 和 30.27408")
    west, east_most, south, north_most = CHINA
    if not (west <= longitude <= east_most and south <= latitude <= north_most):
        swapped = west <= latitude <= east_most and south <= longitude <= north_most
        return _not_taken(
            row, field, "坐标不在中国范围内", "经度、纬度填反了,请对调" if swapped else "核对坐标"
        )
    coarse, fine = sorted((_decimals(east), _decimals(north)))
    if fine < _DECIMALS or coarse < _LESS:
        return _not_taken(row, field, "坐标太粗,不到百米", "小数点后至少填 4 位")
    datum = _datum(row, field)
    if datum is None:
        for heading in _other_headings(row):
            return _not_taken(
                row, field, f"不认识的坐标系{shown(heading)}", "换算为 WGS84、CGCS2000 或 GCJ02 后再填"
            )
        if not row.text("datum"):
            row.totals["有坐标而没有说明坐标系,未采用"] += 1
            return NOWHERE
        return _not_taken(
            row, "datum", f"不认识的坐标系{shown(row.text('datum'))}", "填 WGS84、CGCS2000 或 GCJ02"
        )
    found = position_of(longitude, latitude, datum)
    assert found[0] is not None
    assert found[1] is not None
    return Point(round(found[0], 6), round(found[1], 6))  # a tenth of a metre


def _not_taken(row: RowCells, field: str, what: str, do: str) -> Point:
    row.say(Weight.WARNING, field, f"{what},{_WORDS}", do)
    return NOWHERE


def _texts(row: RowCells) -> tuple[str, str, str]:
    """The field to speak of, and the two texts."""
    east, north = row.text("longitude"), row.text("latitude")
    if east or north or not row.text("point"):
        return ("longitude" if east else "latitude"), east, north
    parts = _PAIR.split(row.text("point"), maxsplit=1)
    return "point", parts[0], parts[1] if len(parts) > 1 else ""


def _degrees(text: str) -> float | None:
    """Degrees of a text: 122.10632, 122°6′22.75″, 东经122度6分22秒.

    Examples
    --------
    >>> _degrees("122.10632"), _degrees("122°7′30″"), _degrees("东经122度30分"), _degrees("村口"), _degrees("122°75′")
    (122.10632, 122.125, 122.5, None, None)
    """
    found = _ANGLE.fullmatch(text)
    if found is None:
        return None
    degrees, minutes, seconds = (float(part or 0) for part in found.groups())
    return degrees + minutes / 60 + seconds / 3600 if minutes < 60 and seconds < 60 else None


def _decimals(text: str) -> int:
    """How fine a text of degrees is, as digits behind its point; a second is 30 m."""
    if any(mark in text for mark in "′'分"):
        return _DECIMALS
    return len(text.rstrip("°度EeNn ").partition(".")[2])


def _datum(row: RowCells, field: str) -> Datum | None:
    """As the row says, or the heading of its column (坐标(高德)), or whoever sent the list, unless a heading names another."""
    text = row.text("datum")
    if text or _other_headings(row):
        return words.datum(text)
    return words.datum(row.cells[field].heading) or row.setting.datum


def _other_headings(row: RowCells) -> list[str]:
    """Headings of the point that name a datum that is not read (经度(百度)); a column of its own goes before them."""
    headings = [row.cells[name].heading for name in ("longitude", "latitude", "point") if row.text(name)]
    return [] if row.text("datum") else [text for text in headings if words.other_datum(text)]


def undeclared(columns: Columns, setting: Setting) -> bool:
    """Whether a sheet has coordinates and neither it nor whoever sent it says what they refer to."""
    given = [n for field in ("longitude", "point") for n in columns.places.get(field, ())]
    said = any(words.datum(columns.headings[n]) for n in given)
    return bool(given) and not said and "datum" not in columns.places and setting.datum is None


def village_of(code: str, name: str) -> str:
    """What a row tells of its village: the code, else county or town with the name; empty where it tells a county alone.

    Examples
    --------
    >>> village_of("330902001201", "东村"), village_of("330902000000", "东村"), village_of("330902000000", "")
    ('330902001201', '330902000000 东村', '')
    """
    if code.endswith("000") and name:
        return f"{code} {name}"
    return "" if code.endswith("000000") else code


class Villages:
    """Points of a list by village (``village_of``), and the middle of each: where somebody else's point stands among them."""

    def __init__(self) -> None:
        self._points: dict[str, array[float]] = defaultdict(lambda: array("d"))
        self._middles: Mapping[str, tuple[float, float]] | None = None

    def add(self, village: str, point: Point) -> None:
        """One more of a village."""
        if village and point.longitude is not None and point.latitude is not None:
            self._points[village].extend(point)  # type: ignore[arg-type]  # both are there

    def far(self, village: str, point: Point) -> float:
        """Metres from the middle of the village where that is too far to be of it; 0 where it is not, or nobody can tell."""
        if self._middles is None:
            self._middles = {
                code: (float(np.median(held[0::2])), float(np.median(held[1::2])))
                for code, held in self._points.items()
                if len(held) >= 2 * _ENOUGH
            }
        middle = self._middles.get(village)
        if middle is None or point.longitude is None:
            return 0.0
        away = distance(
            latitude=point.latitude, longitude=point.longitude, to_latitude=middle[1], to_longitude=middle[0]
        )
        return float(away) if away > FAR else 0.0
