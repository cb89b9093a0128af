"""Where villages and households lie, and how long people take from there: a table of points; every wrong row is named.

Points stand in a table of the plan's own and not on the list of people, so that they are in no bundle and on no phone.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from evac.grain import VILLAGE_DIGITS
from evac.model import CHINA
from evac.plan.registered import Registered
from evac.plan.ties import Place
from riskmap.errors import DataError
from riskmap.io.gcj02 import from_gcj02
from riskmap.io.rows import DATUMS

_NAMES: Final = {
    "code": ("code", "village", "village_code", "村代码", "行政区划代码", "区划代码"),
    "household": ("household", "户号", "户编号"),
    "longitude": ("longitude", "lon", "经度"),
    "latitude": ("latitude", "lat", "纬度"),
    "travel_minutes": ("travel_minutes", "minutes", "路上分钟", "转移用时(分钟)"),
}
BAR: Final = "|"
"""Between the village and the household of a key."""
_NAMED: Final = 15  # wrong rows


def read_places(lines: Iterable[str], where: str, *, datum: str) -> dict[str, Place]:
    """Village code, or key of a household -> point, from the lines of a CSV table.

    Parameters
    ----------
    lines : iterable of str
        With headings 村代码, 经度, 纬度 (or code, longitude, latitude), travel_minutes [min] where it is known of a village, and 户号 where
        the point is a household's.
    where : str
        Name of the table, for messages.
    datum : str
        Of the coordinates: wgs84, cgcs2000, or gcj02, which is turned into WGS-84.

    Raises
    ------
    DataError
        No headings, no datum, or wrong rows: each is named, and none is taken.

    Examples
    --------
    >>> read_places(["村代码,经度,纬度", "330902001201,122.1,30.0"], "villages.csv", datum="wgs84")
    {'330902001201': Place(longitude=122.1, latitude=30.0, travel_minutes=None)}
    """
    if datum not in DATUMS:
        raise DataError(
            "positions without a datum", where=where, expected=", ".join(DATUMS), found=repr(datum),
            remedy="say which with --datum",
        )  # fmt: skip
    reader = csv.DictReader(line.removeprefix("\ufeff") for line in lines)
    heads = _heads(reader.fieldnames or (), where)
    found: dict[str, Place] = {}
    wrong: list[str] = []
    for row in reader:
        told = {name: (row.get(head) or "").strip() for name, head in heads.items()}
        try:
            code, place = _place(told, datum)
            if code in found:
                raise ValueError(f"{code} twice")
            found[code] = place
        except ValueError as error:
            wrong.append(f"line {reader.line_num}: {error}")
    if wrong:
        more = f"\n… {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
        raise DataError(
            f"{len(wrong)} rows of places are wrong, none was taken:\n" + "\n".join(wrong[:_NAMED]) + more + "\n",
            where=where, remedy="mend these rows and read the table again",
        )  # fmt: skip
    return found


def _heads(fields: Iterable[str], where: str) -> dict[str, str]:
    by_word = {field.strip().lower(): field for field in fields}
    heads = {
        name: by_word[word] for name, words in _NAMES.items() for word in reversed(words) if word in by_word
    }
    if lacking := {"code", "longitude", "latitude"} - set(heads):
        raise DataError(
            "not a table of places", where=where, expected="村代码, 经度, 纬度 in the first row",
            found=f"no {', '.join(sorted(lacking))} among {', '.join(by_word) or 'nothing'}", remedy="put these headings first",
        )  # fmt: skip
    return heads


def _place(told: Mapping[str, str], datum: str) -> tuple[str, Place]:
    code, household = told["code"], told.get("household", "")
    if not re.fullmatch(r"\d{6}(\d{3}){0,2}", code, re.ASCII):
        raise ValueError(f"code {code!r}: 6, 9 or 12 digits")
    longitude, latitude = float(told["longitude"]), float(told["latitude"])
    west, east, south, north = CHINA
    if not (west <= longitude <= east and south <= latitude <= north):
        raise ValueError(f"{longitude}, {latitude} is not in China; longitude first?")
    if datum == "gcj02":
        lon, lat = from_gcj02(longitude, latitude)
        longitude, latitude = float(lon), float(lat)
    minutes = float(told["travel_minutes"]) if told.get("travel_minutes") else None
    if minutes is not None and not (math.isfinite(minutes) and minutes >= 0):
        raise ValueError(f"travel_minutes {minutes}: 0 or more")
    if not household:
        return code, Place(longitude, latitude, minutes)
    if len(code) != VILLAGE_DIGITS or minutes is not None:
        raise ValueError(
            "a household stands under a village of 12 digits, and travel_minutes stand with the village"
        )
    return f"{code}{BAR}{household.removeprefix(f'{code}-')}", Place(longitude, latitude)


def placed(people: Registered, places: Mapping[str, Place]) -> Registered:
    """People with the points of their households, where a table has them.

    A household is known as the list has it, or by its number alone: ``330902001201-12`` is number 12 of its village.

    Parameters
    ----------
    places : mapping
        From ``read_places``.
    """
    if not any(BAR in key for key in places):
        return people
    points = np.full((len(people.households), 2), np.nan)
    for home, household in enumerate(people.households):
        village = people.villages[people.village[home]]
        point = places.get(f"{village}{BAR}{household.removeprefix(f'{village}-')}") if household else None
        if point is not None:
            points[home] = point.longitude, point.latitude
    own = points[people.home]
    known = ~np.isnan(own[:, 0])
    return replace(
        people,
        longitude=np.where(known, own[:, 0], people.longitude),
        latitude=np.where(known, own[:, 1], people.latitude),
    )


def unplaced(people: Registered, places: Mapping[str, Place]) -> Iterator[str]:
    """Codes of villages whose point is not known and in which somebody has no place of his own, in order.

    They are planned by their codes all the same; only a shelter cannot be found by distance.
    """
    nowhere = np.unique(people.village[people.home[np.isnan(people.longitude)]])
    return iter(sorted(code for n in nowhere if (code := people.villages[n]) not in places))
