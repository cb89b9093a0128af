"""What a county's dashboard asks, over and over, of a registry of two million people."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.check_ins.crowd import AT_ONCE, COUNTIES, FEW, PEOPLE, RECEIVED, arrivals, codes, load
from benchmarks.harness import Record
from evac.counts.now import head_count
from evac.counts.terms import WORDS
from evac.events import ArrivedShelter
from evac.model import Category, Destination, Person, Stay, Vulnerability
from evac.registry import EventStore
from evac.store.sqlite import SQLiteStore

CLAIMS = ("dashboard_ms",)
COUNTY = "330011"
ROUNDS = 7


def listed(code: str, number: int) -> Person:
    """The row of the list for one of the crowd: 15 towns of 20 villages a county, every seventh person vulnerable."""
    county = f"33{number % COUNTIES:04d}"
    village = number // COUNTIES % 300
    weak = (Vulnerability.DISABLED,) if number % 7 == 0 else ()
    return Person(
        code=code, name="演练", household=f"{number // 3}", county=county,
        village=f"{county}{1 + village // 20:03d}{1 + village % 20:03d}", village_name="演练村", category=Category.OTHER,
        destination=Destination(Stay.RELATIVES, "亲友家"), vulnerability=weak, synthetic=True,
    )  # fmt: skip


def milliseconds(ask: Callable[[], object], before: Callable[[], object]) -> float:
    """The best of some rounds; something happens before each, so that none is the answer of the one before."""
    found = []
    for _ in range(ROUNDS):
        before()
        start = time.perf_counter()
        ask()
        found.append(1000 * (time.perf_counter() - start))
    return min(found)


def county_page(store: EventStore) -> dict[str, int]:
    """All that a county's page shows: totals, towns, villages, categories, vulnerability, where people stay; sums checked."""
    count = head_count(store, COUNTY)
    total = count.total()
    count.by_risk(9)
    count.by_risk(12)
    count.by_category()
    count.by_vulnerability()
    count.by_stay(9)
    return {figure: total[figure] for figure in WORDS}


def arriving(store: EventStore, people: list[str]) -> Callable[[], None]:
    """Who is called scans the next of some people into a shelter."""
    scans = enumerate(people)

    def arrives() -> None:
        number, code = next(scans)
        at = RECEIVED + timedelta(seconds=number)
        event = ArrivedShelter(
            event_id=f"{2**110 + number:032x}", code=code, place=f"S{number}", actor="甲", device="D8", counter=number,
            device_at=at, trusted_at=at,
        )  # fmt: skip
        store.append([event], received_at=at)

    return arrives


def measure(*, quick: bool = False) -> list[Record]:
    """The county's page at two million people, and the province's in the note."""
    people = codes(FEW if quick else PEOPLE)
    with TemporaryDirectory() as folder:
        store = SQLiteStore(Path(folder) / "registry.sqlite")
        for first in range(0, len(people), AT_ONCE):
            store.put_people(
                [listed(code, n) for n, code in enumerate(people[first : first + AT_ONCE], first)]
            )
        load(store, people)
        moved = list(arrivals(people, len(people) // 3, stream=0, run=1))
        for first in range(0, len(moved), AT_ONCE):
            store.append(moved[first : first + AT_ONCE], received_at=RECEIVED)
        arrives = arriving(store, people[int(COUNTY[2:]) :: COUNTIES])
        began = time.perf_counter()
        county_page(store)
        first = 1000 * (time.perf_counter() - began)
        county = milliseconds(lambda: county_page(store), arrives)
        province = milliseconds(lambda: head_count(store).by_risk(6), arrives)
        inside = head_count(store, COUNTY).total()["listed"]
        store.close()
    note = (
        f"SQLite, {len(people):,} people, {len(moved):,} arrivals; a county of {inside:,} people by town, village, category, "
        f"vulnerability, stay, just after a check-in there; best of {ROUNDS}; the first of a process {first:.0f} ms; "
        f"the province by county {province:.0f} ms"
    )
    return [Record("dashboard_ms", county, "ms", note=note)]
