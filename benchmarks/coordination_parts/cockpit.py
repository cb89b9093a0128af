"""Screens of the cockpit over a registry of two million people, asked of `evac serve`: province, county, town and shelter."""

from __future__ import annotations

import http.client
import resource
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
from shapely.geometry import box

from benchmarks.check_ins.crowd import AT_ONCE, COUNTIES, FEW, PEOPLE, RECEIVED, arrivals, codes, load
from benchmarks.check_ins.dashboard import COUNTY, ROUNDS, listed
from benchmarks.check_ins.phone import served
from benchmarks.coordination_parts.deadlines import records_of
from benchmarks.harness import Record
from evac.events import ArrivedShelter, Departed, Envelope, Missing, Notified, Ordered, Refused, canonical
from evac.model import Shelter
from evac.registry import EventStore
from evac.store.opening import open_tokens
from evac.store.opening_documents import open_document_log
from evac.store.sqlite import SQLiteStore
from evac.tokens import Role, make_token
from riskmap.assessment import Assessment, empty_table
from riskmap.io.published import ASSESSMENT_FILE
from riskmap.io.rule_files import read_rules
from riskmap.products.table import assessment_json
from riskmap.region import Region

CLAIMS = ("cockpit_query_ms",)
TASKS = 3_000
SHELTERS = 4_000
HOURS = 49
SCREENS = {"province": "33", "county": COUNTY, "town": f"{COUNTY}001", "shelter": "S11"}
FRESH = 1.2
"""Longer than ``Limits.counts_seconds`` [s]."""


def published(folder: Path, at: datetime) -> Path:
    """A run over every county, issued four hours ago: tiers that rise and fall at different hours."""
    regions = tuple(
        Region(f"33{n:04d}", f"第{n}县", f"33{n // 10:02d}", f"第{n // 10}市", box(118 + n % 10, 27 + n // 10, 119 + n % 10, 28 + n // 10))
        for n in range(COUNTIES)
    )  # fmt: skip
    every = read_rules()
    rules = {hazard: every[hazard] for hazard in ("wind", "rain")}
    hours = [at + timedelta(hours=h - 4) for h in range(HOURS)]
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
    made = Assessment(at - timedelta(hours=4), regions, table, rules, {})
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


def letters(folder: Path, at: datetime) -> tuple[Path, Path]:
    """The office's log of documents and its list of offices: one office a county."""
    log = open_document_log(folder / "documents.sqlite")
    told = [record for record, _ in records_of(TASKS, at=at, offices=COUNTIES)]
    with log.writing() as append:
        append(told, at + timedelta(hours=2))
    log.close()
    offices = folder / "offices.csv"
    rows = "".join(f"演练{n},33{n:04d},,,\n" for n in range(COUNTIES))
    offices.write_text(f"name,code,superior,person,phone\n{rows}", encoding="utf-8")
    return folder / "documents.sqlite", offices


class Line:
    """One line to a server, with the tokens of a wall and of a door."""

    def __init__(self, registry: Path) -> None:
        now, room = datetime.now(UTC), open_tokens(str(registry))
        self._tokens: dict[str, str] = {}
        for name, role in (("wall", Role.LIAISON), ("door", Role.CLERK)):
            self._tokens[name], kept = make_token(name, role, "33", made_at=now, valid=timedelta(days=1))
            room.put(kept)
        room.close()
        self._number = 0

    def open(self, address: str) -> None:
        """To the server of an address."""
        self._line = http.client.HTTPConnection(address.removeprefix("http://"), timeout=120)

    def ask(self, method: str, path: str, token: str, body: bytes = b"") -> bytes:
        """The answer's body."""
        self._line.request(method, path, body or None, {"Authorization": f"Bearer {self._tokens[token]}"})
        answer = self._line.getresponse()
        told = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {told[:300]!r}")
        return told

    def arrives(self, code: str) -> None:
        """Somebody is scanned, so that no screen is the one of before."""
        self._number += 1
        at = datetime.now(UTC)
        event = ArrivedShelter(
            event_id=f"{2**110 + self._number:032x}", code=code, place="S11", actor="甲", device="door", counter=self._number,
            device_at=at, trusted_at=at,
        )  # fmt: skip
        self.ask("POST", "/v1/checkins", "door", b'{"events":[' + canonical(event) + b"]}")

    def screen(self, code: str) -> tuple[float, int]:
        """Milliseconds from the question to the last byte, and bytes of JSON."""
        began = time.perf_counter()
        told = self.ask("GET", f"/v1/situation/{code}", "wall")
        return 1000 * (time.perf_counter() - began), len(told)

    def close(self) -> None:
        """Hang up."""
        self._line.close()


def measure(*, quick: bool = False) -> list[Record]:
    """The median of the slowest of four screens of `evac serve`, each asked a moment after a check-in; the others in the note, with
    the first one after a start."""
    people = codes(FEW if quick else PEOPLE)
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    with TemporaryDirectory() as name:
        folder = Path(name)
        registry = folder / "registry.sqlite"
        store = SQLiteStore(registry)
        fill(store, people)
        store.close()
        documents, offices = letters(folder, now - timedelta(hours=2))
        line = Line(registry)
        words = (
            "--documents",
            str(documents),
            "--offices",
            str(offices),
            "--from",
            str(published(folder, now)),
        )
        with served(registry, *words) as address:
            line.open(address)
            cold, size = line.screen("33")
            found: dict[str, list[float]] = {}
            for turn in range(ROUNDS):
                for level, code in SCREENS.items():
                    line.arrives(people[turn])
                    time.sleep(FRESH)  # what the server keeps for a moment is over
                    found.setdefault(level, []).append(line.screen(code)[0])
            line.close()
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    told = ", ".join(f"{level} {min(ms):.0f} to {max(ms):.0f}" for level, ms in found.items())
    note = (
        f"evac serve on SQLite over HTTP, {len(people):,} people, {COUNTIES} counties, {SHELTERS:,} shelters, {TASKS:,} letters' tasks; "
        f"a check-in {FRESH:g} s before each, {ROUNDS} of each screen [ms]: {told}; the value is the median of the slowest screen; the province's "
        f"first after a start "
        f"{cold:.0f}; {size / 1024:.0f} kB of JSON; the server's peak {memory:.0f} MB"
    )
    return [Record("cockpit_query_ms", max(median(ms) for ms in found.values()), "ms", note=note)]
