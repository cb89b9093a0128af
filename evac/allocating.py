"""An allocation of shelters in a folder: tables read, shelters judged, written in one piece."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from evac.crockford import bytes_of_code
from evac.model import Shelter, State
from evac.people.datum import Datum
from evac.people.homes import HomesRead, read_homes
from evac.people.list_file import open_list
from evac.people.shelters import read_facilities, read_shelters
from evac.plan.allocation import Allocation, allocate, default_setting
from evac.plan.allocation_tables import (
    HOME_COLUMNS,
    SHELTER_COLUMNS,
    UNPLACED_COLUMNS,
    home_rows,
    record,
    shelter_rows,
    table,
    unplaced_rows,
)
from evac.plan.by_road import by_road
from evac.plan.homes import Home
from evac.plan.households import AWAY_STATES, GONE
from evac.plan.in_force import RECORD
from evac.plan.reach import great_circle
from evac.plan.registered import STATES, registered
from evac.plan.road_files import read_roads
from evac.plan.roster import household_key, household_keys
from evac.plan.run_dangers import KnownDangers, known_dangers
from evac.plan.safety import Judged
from evac.plan.unplaced import unplaced
from evac.registry import EventStore
from evac.standing import seat
from evac.store.planning import roster_rows
from riskmap.errors import ConfigError
from riskmap.io.publish import publishing


@dataclass(frozen=True)
class Wanted:
    """What an allocation is made from.

    Attributes
    ----------
    homes, shelters : Path
        CSV or XLSX.
    datum : Datum or None
        Of their positions.
    run : Path or None
        Folder of a published run, which says where it is dangerous.
    zones : tuple of Path
        GeoJSON of danger zones that somebody drew.
    roads : Path or None
        Road network; great circles without.
    radius : float or None
        Longest way [m].
    stay_days : float or None
        Planned stay [d].
    strict : bool
        Close what a county's tier alone speaks against.
    closed : mapping
        Id -> why, by hand.
    """

    homes: Path
    shelters: Path
    datum: Datum | None = None
    run: Path | None = None
    zones: tuple[Path, ...] = ()
    roads: Path | None = None
    radius: float | None = None
    stay_days: float | None = None
    strict: bool = False
    closed: Mapping[str, str] | None = None


@dataclass(frozen=True)
class AllocationWritten:
    """What was written, and the rows that could not be read.

    Attributes
    ----------
    moved_on : int
        People who are in a shelter that is closed now, and were given another.
    moved_since : int
        People of the table who have moved by now, and need no place.
    unknown : int
        Rows that the registry does not know while people are in shelters: who of them is among those is counted twice.
    elsewhere : mapping
        Shelter that is not in the table -> people who are in it.
    """

    folder: Path
    plan: Allocation
    judged: Judged
    read: HomesRead
    moved_on: int = 0
    moved_since: int = 0
    unknown: int = 0
    elsewhere: Mapping[str, int] = field(default_factory=dict)


def write_allocation(
    wanted: Wanted, out: Path, store: EventStore | None = None, *, known: KnownDangers | None = None
) -> AllocationWritten:
    """Allocate and write ``homes.csv``, ``shelters.csv``, ``unplaced.csv`` and ``allocation.json``; an earlier one there is replaced.

    Parameters
    ----------
    store : EventStore, optional
        The registry: whoever is in a shelter keeps the place, and who is in one that is closed now gets another, household by
        household. Of a household that it knows by the key of a plan, those are placed who are still to move by now. A plan that is
        older than the last check-in is not refused: at night there may be nobody to make it anew, and who moved since is taken out
        exactly. Rows that it does not know (a list of one's own, modelled blocks) are placed whole and counted as ``unknown``: they may
        be just those who still wait. Without it every shelter is taken for empty.
    known : KnownDangers, optional
        Of the run and the zones, where somebody has read them.

    Raises
    ------
    ConfigError
        A shelter is to be closed that there is not, or the folder holds something else.
    DataError
        A table, map or number that is wrong.
    SourceError
        A file cannot be read, or the folder not written.
    """
    with open_list(wanted.homes) as sheets:
        read = read_homes(sheets, datum=wanted.datum)
    with open_list(wanted.shelters) as sheets:
        shelters = read_shelters(sheets, datum=wanted.datum)
    with open_list(wanted.shelters) as sheets:
        facilities = read_facilities(sheets)
    known = known or known_dangers(wanted.run, wanted.zones)
    judged = known.judge(shelters, strict=wanted.strict)
    by_hand = dict(wanted.closed or {})
    strange = sorted(set(by_hand) - {shelter.shelter_id for shelter in shelters})
    if strange:
        raise ConfigError(
            "a shelter that there is not", where="--close", expected="an id of the table of shelters", found=strange[0],
            remedy="see its column 编号",
        )  # fmt: skip
    closed = {**judged.closed, **by_hand}
    seated = present_in(store, shelters, closed) if store is not None else Seated({}, (), {})
    wait = _still_to_place(store, read.homes) if store is not None else _Waiting(read.homes, 0, 0)
    unknown = wait.unknown if seated.present or seated.elsewhere else 0
    present, moving = seated.present, seated.moving
    plan = allocate(
        (*wait.homes, *moving), shelters, setting=default_setting(stay_days=wanted.stay_days, radius=wanted.radius),
        travel=great_circle if wanted.roads is None else by_road(read_roads(wanted.roads)),
        closed=closed, facilities=facilities, present=present,
    )  # fmt: skip
    told = record(plan, judged, present) | {
        "present": "not known" if store is None else sum(present.values()),
        "present_elsewhere": dict(sorted(seated.elsewhere.items())),
        "moved_since_the_table": wait.moved,
        "rows_unknown_to_the_registry": unknown,
        "way": "great circle" if wanted.roads is None else f"road: {wanted.roads.name}",
        "rows_not_read": list(read.wrong),
        "rows_of_unknown_number": list(read.uncounted),
        "rows_bound_elsewhere": read.elsewhere,
    }
    with publishing(out, replace=True, mark=RECORD) as staging:
        staging.write("homes.csv", table(HOME_COLUMNS, home_rows(plan, judged)))
        staging.write("shelters.csv", table(SHELTER_COLUMNS, shelter_rows(plan, judged, present)))
        staging.write("unplaced.csv", table(UNPLACED_COLUMNS, unplaced_rows(unplaced(plan))))
        staging.write(RECORD, json.dumps(told, ensure_ascii=False, indent=1) + "\n")
    return AllocationWritten(
        out, plan, judged, read, sum(home.people for home in moving), wait.moved, unknown, seated.elsewhere
    )


class _Waiting(NamedTuple):
    """Homes of a table as they are now, people of it who have moved, and rows that the registry does not know."""

    homes: tuple[Home, ...]
    moved: int
    unknown: int


def _still_to_place(store: EventStore, homes: Collection[Home]) -> _Waiting:
    """The homes of a table with those who are still to move: each household as a plan of now would count it."""
    people = registered(roster_rows(store))
    waits = np.array([state not in AWAY_STATES | GONE for state in STATES])[people.state]
    counts = np.bincount(people.home[waits], minlength=len(people.households)).tolist()
    of_home = dict(zip(household_keys(people), counts, strict=True))
    left = {home.key: of_home.get(home.key, home.people) for home in homes}
    return _Waiting(
        tuple(replace(home, people=left[home.key]) for home in homes if left[home.key]),
        sum(max(0, home.people - left[home.key]) for home in homes),
        sum(home.key not in of_home for home in homes),
    )


class Seated(NamedTuple):
    """Who is where by now.

    Attributes
    ----------
    present : dict
        Shelter of the table -> persons.
    moving : tuple of Home
        Households that are in one that is closed.
    elsewhere : dict
        Shelter that is not in the table -> persons.
    """

    present: dict[str, int]
    moving: tuple[Home, ...]
    elsewhere: dict[str, int]


def present_in(store: EventStore, shelters: Collection[Shelter], closed: Collection[str]) -> Seated:
    """Who is where by now, by shelter; and the households that must leave theirs.

    Raises
    ------
    SourceError
        The store cannot be read.
    """
    known = {shelter.shelter_id: shelter for shelter in shelters}
    present: dict[str, int] = {}
    inside: dict[str, str] = {}
    elsewhere: dict[str, int] = {}
    for code, standing in store.everybody():
        at = seat(standing.state)
        if at is None or at.stay is not State.SHELTERED:
            continue
        if at.place not in known:
            elsewhere[at.place] = elsewhere.get(at.place, 0) + 1
            continue
        present[at.place] = present.get(at.place, 0) + 1
        if at.place in closed:
            inside[code] = at.place
    people = store.people_of(inside)
    together: dict[tuple[str, str], list[str]] = {}
    for code, place in sorted(inside.items()):
        person = people.get(code)
        home = person.household if person else ""
        village = person.village if person else ""
        key = household_key(village, home, b"" if home else bytes_of_code(code))
        together.setdefault((place, key), []).append(code)
    return Seated(present, tuple(
        Home(
            f"in:{place}|{key}", len(codes), known[place].longitude, known[place].latitude, known[place].county,
            tuple(dict.fromkeys(need for code in codes if code in people for need in people[code].vulnerability)),
        )
        for (place, key), codes in together.items()
    ), elsewhere)  # fmt: skip
