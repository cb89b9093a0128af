"""An allocation of shelters in a folder: tables read, shelters judged, written in one piece."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evac.crockford import bytes_of_code
from evac.model import Shelter, State
from evac.people.homes import HomesRead, read_homes
from evac.people.list_file import open_list
from evac.people.shelters import Datum, read_facilities, read_shelters
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
from evac.plan.outlines import read_outlines
from evac.plan.reach import great_circle
from evac.plan.road_files import read_roads
from evac.plan.roster import household_key
from evac.plan.safety import Danger, Judged, judge_shelters, unsafe_hazards
from evac.plan.transfer_rules import transfer_rules
from evac.plan.unplaced import unplaced
from evac.plan.zones import lacking_hazards, zones_of
from evac.registry import EventStore
from evac.standing import seat
from riskmap.errors import ConfigError
from riskmap.io.json_file import read_json
from riskmap.io.publish import publishing
from riskmap.io.published import ASSESSMENT_FILE, read_assessment

RECORD: Final = "allocation.json"
_ZONES: Final = "zones.geojson"


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
    """

    folder: Path
    plan: Allocation
    judged: Judged
    read: HomesRead
    moved_on: int = 0


def write_allocation(wanted: Wanted, out: Path, store: EventStore | None = None) -> AllocationWritten:
    """Allocate and write ``homes.csv``, ``shelters.csv``, ``unplaced.csv`` and ``allocation.json``; an earlier one there is replaced.

    Parameters
    ----------
    store : EventStore, optional
        The registry: whoever is in a shelter keeps the place, and who is in one that is closed now gets another, household by
        household. Without it every shelter is taken for empty.

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
    judged = _judged(shelters, wanted)
    by_hand = dict(wanted.closed or {})
    strange = sorted(set(by_hand) - {shelter.shelter_id for shelter in shelters})
    if strange:
        raise ConfigError(
            "a shelter that there is not", where="--close", expected="an id of the table of shelters", found=strange[0],
            remedy="see its column 编号",
        )  # fmt: skip
    closed = {**judged.closed, **by_hand}
    present, moving = present_in(store, shelters, closed) if store is not None else ({}, ())
    plan = allocate(
        (*read.homes, *moving), shelters, setting=default_setting(stay_days=wanted.stay_days, radius=wanted.radius),
        travel=great_circle if wanted.roads is None else by_road(read_roads(wanted.roads)),
        closed=closed, facilities=facilities, present=present,
    )  # fmt: skip
    told = record(plan, judged, present) | {
        "present": "not known" if store is None else sum(present.values()),
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
    return AllocationWritten(out, plan, judged, read, sum(home.people for home in moving))


def present_in(
    store: EventStore, shelters: Collection[Shelter], closed: Collection[str]
) -> tuple[dict[str, int], tuple[Home, ...]]:
    """Who is where by now: persons by shelter, and the households that are in one that is closed.

    Raises
    ------
    SourceError
        The store cannot be read.
    """
    known = {shelter.shelter_id: shelter for shelter in shelters}
    present: dict[str, int] = {}
    inside: dict[str, str] = {}
    for code, standing in store.everybody():
        at = seat(standing.state)
        if at is None or at.stay is not State.SHELTERED or at.place not in known:
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
    return present, tuple(
        Home(
            f"in:{place}|{key}", len(codes), known[place].longitude, known[place].latitude, known[place].county,
            tuple(dict.fromkeys(need for code in codes if code in people for need in people[code].vulnerability)),
        )
        for (place, key), codes in together.items()
    )  # fmt: skip


def _judged(shelters: list[Shelter], wanted: Wanted) -> Judged:
    """The shelters held against a run and the zones that somebody drew."""
    dangers: list[Danger] = []
    drawn: set[str] = set()
    for path in wanted.zones:
        outlines = read_outlines(read_json(path), where=str(path))
        dangers += outlines
        drawn |= {outline.hazard for outline in outlines}
    if wanted.run is None:
        return judge_shelters(shelters, dangers, not_assessed=unsafe_hazards() - drawn, strict=wanted.strict)
    assessment = read_assessment(wanted.run / ASSESSMENT_FILE)
    mapped: set[str] = set()
    if (wanted.run / _ZONES).is_file():
        outlines = read_outlines(read_json(wanted.run / _ZONES), where=str(wanted.run / _ZONES))
        dangers += outlines
        mapped = {outline.hazard for outline in outlines}
    # where the run draws a hazard's cells, its counties say nothing more of where in them it strikes
    dangers += [
        zone
        for zone in zones_of(assessment, transfer_rules())
        if zone.named or zone.tier is None or zone.hazard not in mapped
    ]
    unknown = unsafe_hazards() & (lacking_hazards(assessment) | (unsafe_hazards() - set(assessment.hazards)))
    return judge_shelters(
        shelters, dangers, not_assessed=unknown - drawn, regions=assessment.regions, strict=wanted.strict
    )
