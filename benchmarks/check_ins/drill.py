"""Drill 烟花: 2.03 million invented people, 10,653 shelters, bad links, and a count that must equal the truth to the person.

The shares are those of the issue: 94 % wear printed codes, 24 % are on no list, 2 % of messages are sent again, 5 % of devices have
a wrong clock, links fail by the half-hour, one district hears nothing for six hours. What truly happens to each person is drawn
first, in arrays; events are made from it on the way to the registry, and the end is compared with the arrays, never with the fold.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.check_ins.crowd import COUNTIES, FEW, PEOPLE, START
from benchmarks.harness import Record
from evac.codes import code_of_bytes
from evac.envelope import event_id_at
from evac.events import (
    ArrivedRelatives,
    ArrivedShelter,
    Departed,
    Envelope,
    Exempted,
    Left,
    Medical,
    Mode,
    Notified,
    Ordered,
    Refused,
    Registered,
)
from evac.log import trusted_time
from evac.model import State
from evac.registry import EventStore, Registry
from evac.store.sqlite import SQLiteStore

CLAIMS = ("drill_people_exact", "drill_seconds")
SHELTERS: Final = 10_653
UNLISTED: Final = 0.24
PRINTED: Final = 0.94
RESENT: Final = 0.02
WRONG_CLOCK: Final = 0.05
OUTAGE: Final = 0.1  # of a device's half-hours
ALIKE: Final = 40  # persons a device
WINDOW: Final = 12 * 3600
AT_ONCE: Final = 2000
SILENT: Final = (0, 4 * 3600, 10 * 3600)  # county, from, until

STEPS: Final = (
    "registered", "ordered", "notified", "refused", "departed", "exempted", "shelter", "relatives", "medical", "left", "door",
)  # fmt: skip
_STEP = {name: n for n, name in enumerate(STEPS)}


@dataclass(frozen=True)
class Truth:
    """What happens, drawn before anybody counts.

    Attributes
    ----------
    codes : uint8 (person, 16)
    county, device, place : int (person,)
    after : int8 (person,)
        State at the end, index of ``State``.
    person, step, at, received : int (message,)
        In order of receipt; seconds after the start.
    """

    codes: NDArray[np.uint8]
    county: NDArray[np.int16]
    device: NDArray[np.int32]
    place: NDArray[np.int16]
    after: NDArray[np.int8]
    wrong_clock: NDArray[np.int32]
    printed: NDArray[np.bool_]
    person: NDArray[np.int32]
    step: NDArray[np.int8]
    at: NDArray[np.int32]
    received: NDArray[np.int32]
    unique: int


_STATES: Final = tuple(State)


def draw(people: int, seed: int = 1) -> Truth:
    """Draw a drill of so many people."""
    rng = np.random.default_rng(seed)
    county = np.sort(rng.integers(0, COUNTIES, people)).astype(np.int16)
    ordered_at = rng.integers(600, 2 * 3600, COUNTIES)[county]
    listed = rng.random(people) >= UNLISTED
    after = np.full(people, _STATES.index(State.ORDERED), np.int8)
    person, step, at = [], [], []

    def happens(who: NDArray[np.bool_], name: str, when: NDArray[np.int64], state: State | None) -> None:
        picked = np.flatnonzero(who)
        person.append(picked.astype(np.int32))
        step.append(np.full(picked.size, _STEP[name], np.int8))
        at.append(np.broadcast_to(when, people)[picked].astype(np.int32))
        if state is not None:
            after[picked] = _STATES.index(state)

    def some(share: float) -> NDArray[np.bool_]:
        return rng.random(people) < share

    def later(when: NDArray[np.int64], low: int, high: int) -> NDArray[np.int64]:
        return when + rng.integers(low, high, people)

    happens(listed, "registered", np.zeros(people, np.int64), None)
    happens(listed, "ordered", ordered_at, None)
    moves = listed & some(0.95)
    told = later(ordered_at, 60, 3600)
    happens(listed & (~moves | some(0.25)), "notified", told, State.NOTIFIED)
    stays = listed & ~moves
    no = stays & some(0.3)
    happens(no, "refused", later(told, 60, 600), State.REFUSED)
    happens(stays & ~no & some(0.3), "exempted", later(told, 60, 600), State.EXEMPT)
    left = later(told, 300, 3600)
    happens(moves & some(0.1), "departed", left, None)
    came = later(left, 600, 4 * 3600)
    to_shelter = some(0.45)
    happens(moves & to_shelter, "shelter", came, State.SHELTERED)
    happens(moves & ~to_shelter, "relatives", came, State.DISPERSED)
    happens(moves & to_shelter & some(0.005), "medical", later(came, 60, 3600), State.MEDICAL)
    gone = moves & some(0.003) & (after != _STATES.index(State.MEDICAL))
    happens(gone, "left", later(came, 60, 3600), State.LEFT)
    at_door = rng.integers(3600, WINDOW - 3600, people)
    happens(~listed, "door", at_door, None)
    happens(~listed, "shelter", at_door + 30, State.SHELTERED)

    who, what, when = np.concatenate(person), np.concatenate(step), np.concatenate(at)
    devices = people // ALIKE + COUNTIES
    device = (
        county.astype(np.int32) * (devices // COUNTIES) + rng.integers(0, devices // COUNTIES, people)
    ).astype(np.int32)
    wrong = np.where(rng.random(devices) < WRONG_CLOCK, rng.integers(-86_400, 86_400, devices), 0).astype(
        np.int32
    )
    received = _received(rng, when, device[who], county[who], what, devices)
    again = rng.random(who.size) < RESENT
    everything = [np.concatenate([a, a[again]]) for a in (who, what, when)]
    arrival = np.concatenate([received, received[again] + rng.integers(5, 900, int(again.sum()))])
    order = np.lexsort((rng.random(arrival.size), arrival))  # a batch comes in no order
    return Truth(
        codes=rng.integers(0, 256, (people, 16), np.uint8), county=county, device=device,
        place=rng.integers(0, SHELTERS, people).astype(np.int16), after=after, wrong_clock=wrong, printed=some(PRINTED),
        person=everything[0][order], step=everything[1][order], at=everything[2][order],
        received=arrival[order].astype(np.int32), unique=who.size,
    )  # fmt: skip


def _received(
    rng: np.random.Generator,
    at: NDArray[np.int32],
    device: NDArray[np.int32],
    county: NDArray[np.int16],
    step: NDArray[np.int8],
    devices: int,
) -> NDArray[np.int64]:
    """When each message arrives: at once, at the end of its device's outage, or when the district hears again."""
    half_hour = at // 1800
    down = rng.random((devices, int(half_hour.max()) + 1)) < OUTAGE
    office = (step == _STEP["registered"]) | (step == _STEP["ordered"])
    received = np.where(down[device, half_hour] & ~office, (half_hour + 1) * 1800, at).astype(np.int64)
    silent = (county == SILENT[0]) & (at >= SILENT[1]) & (at < SILENT[2])
    received = np.where(silent, SILENT[2], received)
    return received + 1 + rng.integers(0, 20, at.size)


def events(truth: Truth) -> Iterator[tuple[datetime, list[Envelope]]]:
    """What reaches the server, ``AT_ONCE`` messages at a time, with the instant of receipt."""
    for first in range(0, truth.person.size, AT_ONCE):
        chosen = slice(first, first + AT_ONCE)
        columns = (truth.person[chosen], truth.step[chosen], truth.at[chosen])
        batch = [_event(truth, *row) for row in zip(*(column.tolist() for column in columns), strict=True)]
        yield START + timedelta(seconds=int(truth.received[chosen][-1])), batch


def _event(truth: Truth, person: int, step: int, at: int) -> Envelope:
    name = STEPS[step]
    county = f"33{truth.county[person]:04d}"
    device = int(truth.device[person])
    office = name in ("registered", "ordered", "exempted")
    error = timedelta(seconds=0 if office else int(truth.wrong_clock[device]))
    device_at = START + timedelta(seconds=at) + error
    place = f"S{truth.place[person]:05d}" if name in ("shelter", "door", "medical", "left") else county
    common = {
        "event_id": event_id_at(device_at, (person << 8 | step) * 0x9E3779B97F4A7C15F39D & (1 << 80) - 1),
        "code": code_of_bytes(truth.codes[person].tobytes()), "place": place, "actor": "甲",
        "device": "office" if office else f"D{device}", "counter": person * len(STEPS) + step, "device_at": device_at,
        # the offset was measured at the last sync
        "trusted_at": trusted_time(device_at, offset=-error, synced_at=START),
        "mode": Mode.BATCH if office else Mode.PROXY if truth.printed[person] else Mode.SELF,
    }  # fmt: skip
    make = _MAKE[name]
    if make is Registered:
        return Registered(**common, county=county, category="other", at_door=name == "door")  # type: ignore[arg-type]
    return make(**common, **_EXTRA.get(name, {}))  # type: ignore[arg-type]


_MAKE: Final[dict[str, type[Envelope]]] = {
    "registered": Registered, "ordered": Ordered, "notified": Notified, "refused": Refused, "departed": Departed,
    "exempted": Exempted, "shelter": ArrivedShelter, "relatives": ArrivedRelatives, "medical": Medical, "left": Left,
    "door": Registered,
}  # fmt: skip
_EXTRA: Final = {"ordered": {"order": "演练令1"}, "exempted": {"evidence": "演练:外出证明"}}


@dataclass(frozen=True)
class Found:
    """What the registry said in the end.

    Attributes
    ----------
    wrong : int
        Persons that are counted too many or too few, over all counties and states; lost and doubled events too.
    messages, stored : int
        Sent, and of these new.
    seconds, megabytes : float
        Of the whole drill, and the process's peak.
    """

    wrong: int
    messages: int
    stored: int
    seconds: float
    megabytes: float


def drill(store: EventStore, people: int, seed: int = 1) -> Found:
    """Hold the drill over an empty store."""
    began = time.perf_counter()
    truth = draw(people, seed)
    registry = Registry(store)
    stored = 0
    waiting: list[Envelope] = []  # commands that were refused are sent again, as an office does
    for received_at, batch in events(truth):
        receipt = registry.check_ins([*waiting, *batch], received_at=received_at)
        stored += len(receipt.stored)
        waiting = list({refusal.event.event_id: refusal.event for refusal in receipt.refused}.values())
    wrong = _miscounted(store, truth) + abs(stored - truth.unique) + abs(store.seal().sequence - truth.unique)
    return Found(
        wrong + len(waiting), truth.person.size, stored, time.perf_counter() - began,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )  # fmt: skip


def _miscounted(store: EventStore, truth: Truth) -> int:
    """Persons by which the counts differ from the truth, by county and state."""
    counted = np.zeros((COUNTIES, len(_STATES)), np.int64)
    for cell, n in store.cells().items():
        counted[int(cell.county[2:]), _STATES.index(cell.state)] += n
    true = np.zeros_like(counted)
    np.add.at(true, (truth.county, truth.after), 1)
    return int(np.abs(counted - true).sum())


def measure(*, quick: bool = False) -> list[Record]:
    """Both claims, on SQLite."""
    with TemporaryDirectory() as folder, closing(SQLiteStore(Path(folder) / "drill.sqlite")) as store:
        found = drill(store, FEW if quick else PEOPLE)
    note = (
        f"{FEW if quick else PEOPLE:,} people, {SHELTERS:,} shelters, {found.messages:,} messages, {found.stored:,} of them new; "
        f"{found.megabytes:,.0f} MB at the peak; one SQLite file, one writer"
    )
    return [
        Record(CLAIMS[0], found.wrong, "people", note=note),
        Record(CLAIMS[1], found.seconds, "s", note=note),
    ]
