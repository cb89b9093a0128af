"""Screens of the cockpit over a registry of two million people: province, county, town and shelter, each gathered whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from shapely.geometry import box

from benchmarks.check_ins.crowd import AT_ONCE, COUNTIES, FEW, PEOPLE, RECEIVED, arrivals, codes, load
from benchmarks.check_ins.dashboard import COUNTY, ROUNDS, listed, milliseconds
from benchmarks.coordination_parts.deadlines import book_of
from benchmarks.harness import Record
from evac.events import Departed, Envelope, Missing, Notified, Ordered, Refused
from evac.model import Shelter
from evac.orders.offices import Ladder, Office
from evac.orders.task_desk import TaskDesk
from evac.orders.tasks import TaskBook
from evac.registry import EventStore
from evac.situation.document import to_json
from evac.situation.gather import gather
from evac.situation.office_records import OfficeRecords
from evac.store.memory_documents import MemoryDocumentLog
from evac.store.sqlite import SQLiteStore
from riskmap.assess import Assessment, empty_table
from riskmap.io.published import ASSESSMENT_FILE
from riskmap.io.rule_files import read_rules
from riskmap.products.table import assessment_json
from riskmap.region import Region

CLAIMS = ("cockpit_query_ms",)
TASKS = 3_000
SHELTERS = 4_000
HOURS = 49
AT = datetime(2021, 7, 25, 4, tzinfo=UTC)


class _Letters(TaskDesk):
    """A desk whose tasks are made, not signed one by one; each to an office of a county."""

    def __init__(self, tasks: int) -> None:
        offices = [Office(f"演练{n}", f"33{n % COUNTIES:04d}") for n in range(tasks)]
        super().__init__(MemoryDocumentLog(), ladder=Ladder(offices))
        self._made = book_of(tasks)

    def book(self) -> TaskBook:
        """The tasks."""
        return self._made


def published(folder: Path) -> Path:
    """A run over every county: tiers that rise and fall at different hours."""
    regions = tuple(
        Region(f"33{n:04d}", f"第{n}县", f"33{n // 10:02d}", f"第{n // 10}市", box(118 + n % 10, 27 + n // 10, 119 + n % 10, 28 + n // 10))
        for n in range(COUNTIES)
    )  # fmt: skip
    every = read_rules()
    rules = {hazard: every[hazard] for hazard in ("wind", "rain")}
    hours = [AT + timedelta(hours=h - 4) for h in range(HOURS)]
    table = empty_table(list(rules), hours, [one.code for one in regions])
    rng = np.random.default_rng(7)
    table["tier"][:] = np.clip(
        rng.integers(-1, 3, (2, 1, COUNTIES)) + np.abs(np.arange(HOURS) - 24)[::-1].reshape(1, -1, 1) // 9,
        -1,
        4,
    )
    for name in ("value", "threshold", "maximum"):
        table[name][:] = 30.0
    table["covered"][:] = 1.0
    made = Assessment(AT - timedelta(hours=4), regions, table, rules, {})
    (folder / ASSESSMENT_FILE).write_text(assessment_json(made), encoding="utf-8")
    return folder


def fill(store: EventStore, people: list[str]) -> None:
    """Everybody on the list and ordered, a third arrived, some missing and some who refuse, shelters in every town."""
    for first in range(0, len(people), AT_ONCE):
        store.put_people([listed(code, n) for n, code in enumerate(people[first : first + AT_ONCE], first)])
    store.put_shelters(
        [
            Shelter(f"S{n}", f"演练点{n}", f"33{n % COUNTIES:04d}", 60, True, "town", f"33{n % COUNTIES:04d}{1 + n // COUNTIES % 15:03d}")
            for n in range(SHELTERS)
        ]
    )  # fmt: skip
    store.put_labels({"label": "SYNTHETIC", "event": "2106 演练"})
    load(store, people)
    moved = list(arrivals(people, len(people) // 3, stream=0, run=1))
    for first in range(0, len(moved), AT_ONCE):
        store.append(moved[first : first + AT_ONCE], received_at=RECEIVED)
    # every fiftieth, of all counties: told, and refuses, or left home and was not seen again
    told = [one for n, code in enumerate(people[::50]) for one in _trouble(code, n)]
    for first in range(0, len(told), AT_ONCE):
        store.append(told[first : first + AT_ONCE], received_at=RECEIVED)


def _trouble(code: str, number: int) -> Iterator[Envelope]:
    steps: tuple[type[Envelope], ...] = (
        (Ordered, Notified, Departed, Missing) if number % 40 == 0 else (Ordered, Notified, Refused)
    )
    for step, kind in enumerate(steps):
        at = RECEIVED + timedelta(seconds=step)
        order = {"order": "令1"} if kind is Ordered else {}
        yield kind(
            event_id=f"{2**100 + 8 * number + step:032x}", code=code, place="330011001", actor="甲", device="D9",
            counter=8 * number + step, device_at=at, trusted_at=at, **order,
        )  # fmt: skip


def measure(*, quick: bool = False) -> list[Record]:
    """The slowest of four screens; each in the note, with the first one after a start."""
    people = codes(FEW if quick else PEOPLE)
    with TemporaryDirectory() as folder:
        store = SQLiteStore(Path(folder) / "registry.sqlite")
        fill(store, people)
        records = OfficeRecords(documents=_Letters(TASKS), run=published(Path(folder)))
        found: dict[str, float] = {}
        for name, code in (
            ("province", "33"),
            ("county", COUNTY),
            ("town", f"{COUNTY}001"),
            ("shelter", "S11"),
        ):
            found[name] = milliseconds(lambda code=code: gather(store, code, office=records, at=AT))  # type: ignore[misc]
        size = len(to_json(gather(store, "33", office=records, at=AT)))
        cold = milliseconds(
            lambda: gather(
                store, "33", office=OfficeRecords(documents=records.documents, run=records.run), at=AT
            )
        )
        missing = gather(store, "33", office=records, at=AT).head_count
        store.close()
    assert missing is not None
    told = ", ".join(f"{name} {ms:.0f}" for name, ms in found.items())
    note = (
        f"SQLite, {len(people):,} people, {COUNTIES} counties, {SHELTERS:,} shelters, {TASKS:,} letters' tasks, {missing.figures['missing']} "
        f"missing; screens [ms]: {told}; the province's first after a start {cold:.0f}; best of {ROUNDS}; province {size / 1024:.0f} kB of JSON"
    )
    return [Record("cockpit_query_ms", max(found.values()), "ms", note=note)]
