"""Where to, at a full or closed door (改派): the nearest shelter that is safe, fits, and has room for all of a household.

Room is what the registry counts, less those who were sent on a moment ago, who have not arrived yet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evac.asides import Checked, Redirected
from evac.counts.roll import in_order
from evac.errors import CapacityError
from evac.events import NO_ONE
from evac.model import Shelter, State, Vulnerability
from evac.people.clerk import Clerk
from evac.plan.allocation import NUMBERS, Allocation, default_setting, positions, problem_of
from evac.plan.assumptions import load_assumptions
from evac.plan.homes import Home, Numbers
from evac.plan.in_force import PlanInForce
from evac.plan.reach import Arcs
from evac.plan.run_dangers import KnownDangers
from evac.plan.unplaced import Why, redirect, unplaced
from evac.plan.whole import NOWHERE, Dealt
from evac.registry import EventStore, Registry
from riskmap.errors import ConfigError
from riskmap.sphere import distance

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_SHUT: Final = MappingProxyType({"shelter_open": "未开放 not open", "structure": "房屋结构不安全 structure"})
_LACKING: Final = MappingProxyType(
    {"power": "停电 no power", "water": "缺水 no water", "medicine": "缺药 no medicine"}
)
_NEW: Final = "未经风险研判:是否安全不明 no run: nobody knows whether it is safe"
_OLD: Final = "研判已过期 the run is out of date"


@dataclass(frozen=True, eq=False)
class Doors:
    """The shelters of a registry as of an instant.

    Attributes
    ----------
    shelters : tuple of Shelter
    present : mapping
        Id -> persons who are there by the scans.
    coming : mapping
        Id -> persons who were sent there from other doors within the last minutes.
    plan : PlanInForce
        Who is expected where; empty where no plan is named.
    closed, doubtful : mapping
        Id -> why, of what somebody looked at and found wrong.
    """

    shelters: tuple[Shelter, ...]
    present: Mapping[str, int]
    coming: Mapping[str, int]
    plan: PlanInForce = field(default_factory=PlanInForce)
    closed: Mapping[str, str] = field(default_factory=dict)
    doubtful: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def positions(self) -> NDArray[np.float64]:
        """Latitude and longitude [degrees], float64 (shelter, 2); NaN where not known."""
        return positions(self.shelters)

    @cached_property
    def index(self) -> Mapping[str, int]:
        """Id -> index."""
        return {shelter.shelter_id: n for n, shelter in enumerate(self.shelters)}

    def taken(self, shelter_id: str) -> int:
        """Persons who are there or on their way there."""
        return self.present.get(shelter_id, 0) + self.coming.get(shelter_id, 0)


@dataclass(frozen=True, slots=True)
class Onward:
    """A place that people at a full door can be sent to.

    Attributes
    ----------
    metres : int
        As the crow flies [m].
    free : int
        Persons it still takes beside those who are there or on their way.
    promised : bool
        The plan gives this room to others who have not come yet: call before people are sent.
    far : bool
        Beyond the radius that a plan allows.
    doubt : str
        What is not known, or speaks against it: somebody must look first. Empty where nothing does.
    """

    shelter: Shelter
    metres: int
    free: int
    promised: bool
    far: bool
    doubt: str


@dataclass(frozen=True, slots=True)
class WhereTo:
    """The answer to a door.

    Attributes
    ----------
    places : tuple of Onward
        The best first: within reach, without doubt, not promised to others, near.
    why : Why or None
        Why there is none within reach.
    unknown : int
        Open shelters within reach of whose facilities nothing is known: a call may find a place.
    judged : bool
        Whether a run that speaks of this instant says where it is dangerous.
    issued_at, until : datetime or None
        When the run was issued, and the last instant that it speaks of; None without a run.
    """

    places: tuple[Onward, ...]
    why: Why | None
    unknown: int
    judged: bool = False
    issued_at: datetime | None = None
    until: datetime | None = None


def read_doors(store: EventStore, *, now: datetime, plan: PlanInForce | None = None) -> Doors:
    """The shelters of a registry with who is there, who is on the way, and what somebody found wrong with them.

    Parameters
    ----------
    plan : PlanInForce, optional
        The allocation in force.

    Raises
    ------
    SourceError
        The store cannot be read.

    Examples
    --------
    >>> from datetime import UTC
    >>> from evac import MemoryStore, Registry, read_doors
    >>> from evac.events import ArrivedShelter, Ordered, Registered
    >>> code, noon, store = "7" + "C" * 25, datetime(2021, 7, 25, 4, tzinfo=UTC), MemoryStore()
    >>> store.put_shelters([Shelter("S1", "礼堂", "330902", 4), Shelter("S2", "学校", "330902", 90)])
    >>> clerk = Clerk("李四", "S1", "D1", noon)
    >>> events = [clerk.write(Registered, code, county="330902"), clerk.write(Ordered, code, order="令1")]
    >>> events += [clerk.write(ArrivedShelter, code), clerk.write(Redirected, NO_ONE, to="S2", count=3, why="full")]
    >>> Registry(store).check_ins(events, received_at=noon).require_all()
    >>> doors = read_doors(store, now=noon)
    >>> doors.taken("S1"), doors.taken("S2")  # one is there; three were sent on and count as coming
    (1, 3)
    """
    present = {seat.place: n for seat, n in store.seats().items() if seat.stay is State.SHELTERED}
    told = in_order(store, [event for _, event in store.aside({Redirected.kind, Checked.kind})], now)
    lately = now - timedelta(minutes=load_assumptions(NUMBERS).share("on_the_way"))
    coming: Counter[str] = Counter()
    newest: dict[tuple[str, str], Checked] = {}
    for event in told:
        if isinstance(event, Redirected) and event.trusted_at > lately:
            coming[event.to] += event.count
        elif isinstance(event, Checked):
            newest[event.place, event.item] = event
    wrong = [(place, item) for (place, item), event in newest.items() if not event.ok]
    return Doors(
        tuple(store.shelters()),
        present,
        coming,
        plan or PlanInForce(),
        _words(wrong, _SHUT),
        _words(wrong, _LACKING),
    )


def _words(found: Sequence[tuple[str, str]], words: Mapping[str, str]) -> dict[str, str]:
    told: dict[str, str] = {}
    for place, item in found:
        if item in words:
            told[place] = ";".join(filter(None, (told.get(place), words[item])))
    return told


def where_to(
    doors: Doors,
    *,
    longitude: float,
    latitude: float,
    now: datetime,
    people: int = 1,
    needs: Sequence[Vulnerability] = (),
    leaving: str = "",
    known: KnownDangers | None = None,
    closed: Mapping[str, str] = _NOTHING,
    most: int = 3,
) -> WhereTo:
    """The nearest shelters that are safe, fit, and have room for all of a household.

    Parameters
    ----------
    doors : Doors
        From ``read_doors``.
    longitude, latitude : float
        Where they stand, WGS-84 [degrees].
    now : datetime
        A run that does not speak of this instant makes every place doubtful.
    people : int
        Who stay together.
    needs : sequence of Vulnerability
        Of anybody among them.
    leaving : str
        Id of the shelter whose door it is; never named.
    known : KnownDangers, optional
        From ``evac.plan.run_dangers.known_dangers``; without it what the plan says holds, and a place that is not in it is doubtful.
    closed : mapping
        Id -> why, by hand.
    most : int
        Places to name.

    Examples
    --------
    >>> shelters = tuple(Shelter(f"S{n}", "礼堂", "330902", 4, longitude=122.1 + n / 100, latitude=30.0) for n in (1, 2, 3))
    >>> doors = Doors(shelters, {"S1": 4, "S2": 2}, {"S2": 1})
    >>> noon = datetime.fromisoformat("2021-07-25T12:00+08:00")
    >>> found = where_to(doors, longitude=122.11, latitude=30.0, now=noon, people=2, leaving="S1")
    >>> [(place.shelter.shelter_id, place.metres, place.free) for place in found.places]
    [('S3', 1926, 4)]
    """
    numbers = load_assumptions(NUMBERS)
    away = distance(
        latitude=latitude, longitude=longitude, to_latitude=doors.positions[:, 0], to_longitude=doors.positions[:, 1]
    )  # fmt: skip
    near = [doors.shelters[n] for n in np.flatnonzero(away <= numbers.share("onward")).tolist()]
    near = [shelter for shelter in near if shelter.shelter_id != leaving]
    judged = None if known is None else known.judge(near)
    shut = {**doors.plan.closed, **doors.closed, **closed, **({} if judged is None else judged.closed)}
    fresh = known is not None and known.speaks_of(now)
    doubts = {} if judged is None else judged.doubtful
    age = "" if fresh else _NEW if known is None else _OLD
    household = Home("door", people, longitude, latitude, needs=tuple(needs))

    def found(taken: Mapping[str, int]) -> Allocation:
        problem = problem_of(
            [household], near, setting=default_setting(), travel=_from_one_point, closed=shut,
            facilities=doors.plan.facilities, present=taken,
        )  # fmt: skip
        return Allocation(problem, _nowhere(people), 0, 0)

    here = {shelter.shelter_id: doors.taken(shelter.shelter_id) for shelter in near}
    asked: dict[str, Any] = {
        "longitude": longitude, "latitude": latitude, "people": people, "needs": needs, "most": len(near),
    }  # fmt: skip
    at_once = found(here)
    promised = {
        key: max(doors.present.get(key, 0), doors.plan.expected.get(key, 0)) + doors.coming.get(key, 0) for key in here
    }  # fmt: skip
    later = found(promised)
    unpromised = {row.shelter.shelter_id for row in redirect(later, **asked)}
    places = [
        Onward(
            row.shelter, row.metres, row.free, row.shelter.shelter_id not in unpromised,
            row.metres > at_once.problem.setting.radius, _doubt(row.shelter.shelter_id, doors, doubts, age),
        )
        for row in redirect(at_once, **asked)
    ]  # fmt: skip
    places.sort(key=lambda place: (place.far, bool(place.doubt), place.promised, place.metres))
    (reason,) = unplaced(at_once)
    within = any(not place.far for place in places)
    return WhereTo(
        tuple(places[:most]), None if within else reason.why, reason.unknown, fresh,
        None if known is None else known.issued_at, None if known is None else known.until,
    )  # fmt: skip


def _doubt(shelter_id: str, doors: Doors, judged: Mapping[str, str], age: str) -> str:
    """All that speaks against a place; without a run, the plan has judged the shelters that it names."""
    said = (
        "" if age == _NEW and shelter_id in doors.plan.expected else age,
        *(told.get(shelter_id, "") for told in (doors.plan.doubtful, judged, doors.doubtful)),
    )
    return ";".join(dict.fromkeys(filter(None, said)))


def _nowhere(people: int) -> Dealt:
    """The one household, without a shelter."""
    return Dealt(np.zeros(1, np.int64), np.full(1, NOWHERE, np.int64), np.full(1, people, np.int64))


def _from_one_point(origins: Numbers, targets: Numbers, within: float) -> Arcs:
    """Great circles from the door: one point wants no tree."""
    away = distance(
        latitude=origins[0, 0], longitude=origins[0, 1], to_latitude=targets[:, 0], to_longitude=targets[:, 1]
    )
    target = np.flatnonzero(away <= within).astype(np.int64)
    return Arcs(np.zeros(target.size, np.int64), target, np.rint(away[target]).astype(np.int64))


def door_of(doors: Doors, shelter_id: str) -> tuple[float, float]:
    """Longitude and latitude [degrees] of a shelter's door.

    Raises
    ------
    ConfigError
        There is none of that id, or its position is not known.
    """
    at = doors.index.get(shelter_id)
    if at is None:
        raise ConfigError(
            "no such shelter", where="shelter", expected="an id of `evac shelters list`", found=repr(shelter_id[:60]),
            remedy="read it from the shelter's sheet",
        )  # fmt: skip
    shelter = doors.shelters[at]
    if shelter.longitude is None or shelter.latitude is None:
        raise ConfigError(
            "where this door is, nobody wrote down", where=f"shelter {shelter_id}", expected="经度, 纬度 in the table of shelters",
            remedy="evac shelters import, with its position",
        )  # fmt: skip
    return shelter.longitude, shelter.latitude


def send_on(
    registry: Registry, answer: WhereTo, to: str, *, people: int, why: str, clerk: Clerk
) -> Redirected:
    """Note that people were sent on; until they have arrived their places count as taken.

    Parameters
    ----------
    answer : WhereTo
        Of this very question, asked just now with ``most`` large.
    clerk : Clerk
        Its place is the door that they leave.

    Raises
    ------
    CapacityError
        The place is none of those that can take them.
    ConflictError
        The registry refused it.
    """
    if to not in {place.shelter.shelter_id for place in answer.places}:
        raise CapacityError(
            "not a place that can take them", where=f"shelter {to}", expected="one of those that were named",
            found=", ".join(place.shelter.shelter_id for place in answer.places[:5]) or "none",
            remedy="ask again: rooms fill while people stand at the door",
        )  # fmt: skip
    event = clerk.write(Redirected, NO_ONE, to=to, count=people, why=why)
    registry.check_in(event, received_at=clerk.now).require_all()
    return event
