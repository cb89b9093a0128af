"""The document of one screen of the cockpit (驾驶舱): who must move and has, what is to come, who has not answered, what waits.

``Situation`` is plain data, frozen, without any person's name, code or telephone. ``to_json`` gives the text that pages read:

- names are those of the classes here and in ``parts`` and ``waiting``, ``snake_case``: a class is an object, a tuple an array;
- an instant is a text in ISO 8601 with its zone (``2021-07-24T12:00:00+00:00``), and a span a number of seconds;
- ``null`` is *not known* or, where ``exact`` is false, *hidden since it is small*; it is never 0, and 0 is never *not known*;
- a tier is 0 green, 1 blue, 2 yellow, 3 orange, 4 red, -1 no data (grey), ``null`` where no run could be read;
- every ``kind``, ``state``, ``stage`` and ``clock`` is a fixed word of the program; ``words`` beside it is what people read;
- a whole part is ``null`` where nothing keeps it (``supplies`` where no stock is kept), and ``sources`` says why.

What is long is cut by rule and says so (``left_out``); what is life-critical is never cut. Outlines of a map come apart, since they
change once a run: paths of an SVG, see ``evac.situation.outlines``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any, Final

from evac.situation.parts import (
    LEVEL_WORDS,
    LEVELS,
    Event,
    HeadCountHere,
    Panel,
    Place,
    Readiness,
    Response,
    Row,
    ShelterRow,
    Shelters,
    Source,
    TierChange,
    Tiers,
)
from evac.situation.waiting import (
    Alarm,
    Alarms,
    Change,
    Deadline,
    Handover,
    Letter,
    Letters,
    ListItem,
    ReportClock,
    Stage,
)

SITUATION_FORMAT: Final = "evac-situation"
SITUATION_VERSION: Final = 1

__all__ = [
    "LEVELS",
    "LEVEL_WORDS",
    "SITUATION_FORMAT",
    "SITUATION_VERSION",
    "Alarm",
    "Alarms",
    "Change",
    "Deadline",
    "Event",
    "Handover",
    "HeadCountHere",
    "Letter",
    "Letters",
    "ListItem",
    "Panel",
    "Place",
    "Readiness",
    "ReportClock",
    "Response",
    "Row",
    "ShelterRow",
    "Shelters",
    "Situation",
    "Source",
    "Stage",
    "TierChange",
    "Tiers",
    "plain",
    "to_json",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """One screen.

    Attributes
    ----------
    exercise : bool
        A drill or invented people: every page is marked 演练; ``mark`` is what the registry says of itself.
    exact : bool
        False: counts below ten are hidden (shared with who only looks).
    place : Place
    path : tuple of Place
        Ancestors from the province down, without ``place``: what a click goes up to.
    at : datetime
        The clock for which it was made.
    revision : str
        Changes whenever something that it is made from changes: the ETag, and what an update is asked after.
    """

    format: str = SITUATION_FORMAT
    version: int = SITUATION_VERSION
    event: Event
    exercise: bool
    mark: str
    exact: bool
    place: Place
    path: tuple[Place, ...]
    at: datetime
    revision: str
    sources: tuple[Source, ...]
    head_count: HeadCountHere | None = None
    rows: tuple[Row, ...] = ()
    tiers: Tiers | None = None
    responses: tuple[Response, ...] | None = None
    letters: Letters | None = None
    deadlines: tuple[Deadline, ...] = ()
    shelters: Shelters | None = None
    alarms: Alarms
    lists: tuple[Stage, ...] | None = None
    report_clocks: tuple[ReportClock, ...] | None = None
    readiness: Readiness | None = None
    supplies: Panel | None = None
    field_tasks: Panel | None = None
    dangers: Panel | None = None
    handover: Handover | None = None
    notes: tuple[str, ...] = ()


def to_json(situation: Situation, *, indent: int | None = None) -> str:
    """The document as JSON text, in the order of the classes: the same situation gives the same bytes."""
    separators = (",", ":") if indent is None else (",", ": ")
    return json.dumps(plain(situation), ensure_ascii=False, indent=indent, separators=separators)


_AS_THEY_ARE: Final = frozenset({str, int, float, bool, type(None)})


@cache
def _names(kind: Any) -> tuple[str, ...]:
    """Names of a class's fields, in order; none of what is no dataclass."""
    return tuple(one.name for one in fields(kind)) if is_dataclass(kind) else ()


def plain(value: Any) -> Any:
    """A value of this document as what JSON knows.

    Examples
    --------
    >>> plain(Place("33", "浙江省", "province"))
    {'code': '33', 'name': '浙江省', 'level': 'province'}
    >>> plain(timedelta(minutes=5)), plain((1, None))
    (300.0, [1, None])
    """
    kind: Any = type(value)
    if kind in _AS_THEY_ARE:  # most of a screen: asked first
        return value
    if kind is tuple:
        return [one if type(one) in _AS_THEY_ARE else plain(one) for one in value]
    if names := _names(kind):
        return {name: plain(getattr(value, name)) for name in names}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [plain(one) for one in value]
    return value
