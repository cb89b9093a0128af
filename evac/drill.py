"""A drill: invented people, signed codes, check-ins over bad links, and a count that must equal the truth.

Everything goes the real way: codes are verified with public keys, events enter through the registry. What the
drill found is a function of the assessment, the seed and the number of persons.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

import numpy as np

from evac import codes
from evac.errors import CodeError, ConflictError
from evac.events import COMMANDS, KINDS, Envelope, Mode
from evac.log import Head, trusted_time
from evac.model import Person
from evac.plan.assumptions import Assumptions, load_assumptions
from evac.plan.roster import Roster, signed, synthetic_roster
from evac.progress import COLUMNS, Progress, tally, zones
from evac.registry import EventStore, Registry
from evac.rehearsal import Act, Script, rehearse
from evac.state import PersonState
from riskmap.assess import Assessment

SYNTHETIC: Final = ("演练数据,人员均为虚构", "SYNTHETIC: a drill; nobody listed here exists")
"""Said on every page, sheet and table of a drill."""

_SLOT: Final = 600  # s; the server takes in what came during ten minutes as one batch
_OFFICE: Final = "office"
_SCANNERS: Final = 4
_FOREIGN: Final = "https://example.invalid/menu?table=7"

Tell = Callable[[str, float], None]
"""Progress: the step's name, and how much of it is done, 0 to 1."""


@dataclass(frozen=True)
class Drill:
    """What a drill found.

    Attributes
    ----------
    people : tuple of Person
        With signed codes; the last ones were added at a door.
    record : dict
        What ``drill.json`` says.
    """

    roster: Roster
    people: tuple[Person, ...]
    progress: Progress
    record: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Delivery:
    received: int
    order: int
    event: Envelope


def run_drill(
    assessment: Assessment,
    store: EventStore,
    *,
    persons: int = 20_000,
    seed: int = 1,
    tell: Tell | None = None,
) -> Drill:
    """Hold a drill over the window of an assessment.

    Parameters
    ----------
    assessment : Assessment
        Counties at orange or red at any hour are ordered to move.
    store : EventStore
        Empty; holds the roster and the log afterwards.
    persons : int
        Invented people on the list; 2 % more come to the doors.
    seed : int
        Of everything random, the signing key included.
    tell : callable, optional
        Called with a step and the share done.

    Raises
    ------
    ConflictError
        The count does not equal the truth, the sum does not hold, or the log was altered.
    """
    say = tell or (lambda _step, _share: None)
    numbers = load_assumptions()
    rng = random.Random(seed)  # noqa: S311  # a drill is repeatable by design; real codes use the system's randomness
    key = codes.SigningKey.for_drill(seed)
    say("名单与签名 roster and signatures", 0.0)
    roster = synthetic_roster(assessment, persons=persons, rng=rng, key=key)
    script = rehearse(assessment, roster, numbers, rng)
    hours = numbers.whole("code_hours")
    people = tuple(p if p.signed else signed(p, assessment, key, hours) for p in script.people)
    store.put_people(people)
    store.put_shelters(roster.shelters)
    store.put_labels(_labels(seed, key))
    deliveries, sent = _Sender(script, people, numbers, rng).deliveries()
    rejected = _scan_all(people, deliveries, key, script, say)
    registry = Registry(store)
    received, head = _receive(registry, deliveries, script.start, say)
    say("核对 reconciliation", 0.0)
    counties = tuple(region.code for region in roster.counties)
    # the stored bytes lead to the head of the receipts, so they are those of the events counted here
    head = registry.verify_chain(head)
    progress = tally(registry.events(), assessment.valid_at, counties, zones(assessment, counties))
    checked = reconcile(head, registry.states, script, progress)
    record = {
        "label": list(SYNTHETIC),
        "seed": seed,
        "persons": len(roster.people),
        "added_at_door": script.walk_ins,
        "shelters": len(roster.shelters),
        "key": {"kid": key.kid.hex(), "public": key.public.public_bytes_raw().hex(), "use": "DRILL"},
        "sent": sent | {"rejected_codes": rejected},
        "received": received,
        "reconciled": checked,
        "sum": "应转移 = " + " + ".join(column.chinese for column in COLUMNS),
        "counties": _counties(roster, progress),
        "headline": _headline(progress),
    }
    return Drill(roster, people, progress, record)


def _labels(seed: int, key: codes.SigningKey) -> dict[str, str]:
    return {
        "label": "SYNTHETIC",
        "label_zh": SYNTHETIC[0],
        "label_en": SYNTHETIC[1],
        "seed": str(seed),
        "public_key": key.public.public_bytes_raw().hex(),
        "key_use": "DRILL",
    }


class _Sender:
    """Turns what happened into events of devices, and these into deliveries over bad links."""

    def __init__(
        self, script: Script, people: Sequence[Person], numbers: Assumptions, rng: random.Random
    ) -> None:
        self.script, self.people, self.numbers, self.rng = script, people, numbers, rng
        self.devices = Counter(person.county for person in people)
        self.clocks: dict[str, timedelta] = {}
        self.counters: Counter[str] = Counter()
        self.mistakes: dict[int, str] = {}

    def deliveries(self) -> tuple[list[_Delivery], dict[str, Any]]:
        """Everything that reaches the server, in order of receipt, and how much of what kind."""
        rng, share = self.rng, self.numbers.share
        found: list[_Delivery] = []
        offline: dict[tuple[str, int], int] = {}
        made: Counter[str] = Counter()
        for n, act in enumerate(self.script.acts):
            device = self._device(act)
            received = act.at + 1 + int(19 * rng.random())
            outage = (device, act.at // 3600)
            if device.endswith(_OFFICE):
                mode = Mode.BATCH
            else:
                if outage not in offline:
                    down = rng.random() < share("offline_share")
                    wait = rng.uniform(*self.numbers.span("offline_hours"))
                    offline[outage] = (outage[1] + 1) * 3600 + int(wait * 3600) if down else 0
                mode = self._mode(act, offline=bool(offline[outage]))
                received = offline[outage] or received
            event = self._event(act, device, mode)
            made[mode] += 1
            # the batch of an outage comes in no order
            order = rng.getrandbits(30) if mode is Mode.OFFLINE else n
            found.append(_Delivery(received, order, event))
            if rng.random() < share("resent_share"):
                made["resent"] += 1
                found.append(_Delivery(received + rng.randrange(5, 900), order, event))
        found.sort(key=lambda delivery: (delivery.received, delivery.order))
        wrong = sum(error != timedelta(0) for error in self.clocks.values())
        return found, {
            "events": len(self.script.acts),
            "deliveries": len(found),
            "devices": len(self.clocks),
            "devices_with_wrong_clock": wrong,
            "resent": made["resent"],
            "by_mode": {mode.value: made[mode] for mode in Mode},
        }

    def _device(self, act: Act) -> str:
        person = self.people[act.person]
        listed = act.kind == "registered" and not act.place
        if listed or (act.kind in COMMANDS and act.kind != "undone"):
            return f"{person.county}-{_OFFICE}"
        count = 1 + self.devices[person.county] // self.numbers.whole("persons_a_device")
        return f"{person.county}-{int(person.household[-4:]) % count:03d}"

    def _mode(self, act: Act, *, offline: bool) -> Mode:
        if offline:
            return Mode.OFFLINE
        if not self.people[act.person].printed:
            return Mode.SELF
        return Mode.BATCH if act.kind == "arrived_shelter" and act.person % 3 else Mode.PROXY

    def _event(self, act: Act, device: str, mode: Mode) -> Envelope:
        rng = self.rng
        if device not in self.clocks:
            wrong = rng.random() < self.numbers.share("wrong_clock_share") and not device.endswith(_OFFICE)
            self.clocks[device] = timedelta(seconds=rng.randrange(-86_400, 86_400) if wrong else 0)
        happened = self.script.start + timedelta(seconds=act.at)
        device_at = happened + self.clocks[device]
        self.counters[device] += 1
        person = self.people[act.person]
        event_id = f"{rng.getrandbits(128):032x}"
        extra = self._extra(act, person, event_id)
        return KINDS[act.kind](
            event_id=event_id,
            code=person.code,
            place=act.place or person.village,
            actor=person.name if mode is Mode.SELF else f"演练人员{device}",
            device=device,
            counter=self.counters[device],
            device_at=device_at,
            # the offset was measured at the last sync, before the drill
            trusted_at=trusted_time(device_at, offset=-self.clocks[device], synced_at=self.script.start),
            mode=mode,
            **extra,
        )

    def _extra(self, act: Act, person: Person, event_id: str) -> dict[str, Any]:
        if act.kind == "registered":
            return {"county": person.county, "category": person.category.value, "at_door": bool(act.place)}
        if act.kind == "ordered":
            return {"order": f"演练令-{person.county}-1"}
        if act.kind == "exempted":
            return {"evidence": "演练:外出证明"}
        if act.kind == "undone":
            return {"target": self.mistakes.pop(act.person)}
        if act.after is None:
            self.mistakes[act.person] = event_id
        return {}


def _scan_all(
    people: Sequence[Person],
    deliveries: Sequence[_Delivery],
    key: codes.SigningKey,
    script: Script,
    say: Tell,
) -> dict[str, int]:
    """Each device verifies the code of each person whom it meets; some bad codes are tried, and rejected."""
    keys = codes.public_keys([key.public.public_bytes_raw()])
    signed_by_code = {person.code: person.signed for person in people}
    first: dict[str, Envelope] = {}
    for delivery in deliveries:
        if not delivery.event.device.endswith(_OFFICE):
            first.setdefault(delivery.event.code, delivery.event)

    def scan(events: Sequence[Envelope]) -> None:
        for event in events:
            found = codes.verify(codes.qr_text(signed_by_code[event.code]), keys, now=event.trusted_at)
            if found.ticket.code != event.code or not found.ticket.drill:
                raise ConflictError(
                    "a code says another person", where=f"code {codes.short_code(event.code)}"
                )

    # the signature check lets go of the interpreter, so that a few devices can scan at once
    met = list(first.values())
    with ThreadPoolExecutor(_SCANNERS) as scanners:
        for n in range(0, len(met), 1000):
            say("扫码验签 scans verified", n / len(met))
            parts = [met[k : k + 125] for k in range(n, min(n + 1000, len(met)), 125)]
            list(scanners.map(scan, parts))
    rejected: Counter[str] = Counter()
    for kind, text, now in _bad_scans(people[:20], script, key):
        try:
            codes.verify(text, keys, now=now)
        except CodeError as error:
            rejected[kind] += 1
            rejected[type(error).__name__] += 1
        else:
            raise ConflictError("a bad code was accepted", where=kind)
    return dict(sorted(rejected.items()))


def _bad_scans(
    people: Sequence[Person], script: Script, key: codes.SigningKey
) -> Iterator[tuple[str, str, datetime]]:
    other = codes.SigningKey.for_drill(-1)
    for person in people:
        good = person.signed
        text = codes.qr_text(good)
        yield "forged", codes.qr_text(good[:10] + bytes([good[10] ^ 1]) + good[11:]), script.start
        yield "truncated", text[:-6], script.start
        yield "expired", text, script.start + timedelta(days=400)
        ticket = codes.verify(good, codes.public_keys([key.public.public_bytes_raw()]), now=script.start)
        yield "unknown_key", codes.qr_text(codes.sign(ticket.ticket, other)), script.start
        yield "other_qr", _FOREIGN, script.start


def _receive(
    registry: Registry, deliveries: Sequence[_Delivery], start: datetime, say: Tell
) -> tuple[dict[str, Any], Head]:
    """The server takes in batches of ten minutes; refused commands are kept and tried again."""
    done = Counter[str]()
    again: list[Envelope] = []
    count = 0
    for slot, group in groupby(deliveries, key=lambda delivery: delivery.received // _SLOT):
        batch = [delivery.event for delivery in group]
        count += len(batch)
        at = start + timedelta(seconds=(slot + 1) * _SLOT)
        receipt = registry.check_ins([*again, *batch], received_at=at)
        again = list({r.event.event_id: r.event for r in receipt.refused}.values())
        done.update(
            stored=len(receipt.stored),
            repeated=len(receipt.repeated),
            conflicting=len(receipt.conflicting),
            refused_for_now=len(receipt.refused),
            batches=1,
        )
        say("入库 check-ins stored", count / len(deliveries))
    if again:
        raise ConflictError(
            f"{len(again)} commands stayed refused",
            where="drill",
            found=f"first {again[0].kind} of {again[0].code[-10:]}",
        )
    names = ("batches", "stored", "repeated", "conflicting", "refused_for_now")
    return {name: done[name] for name in names}, registry.store.head()


def reconcile(
    head: Head, states: Mapping[str, PersonState], script: Script, progress: Progress
) -> dict[str, Any]:
    """Hold the count against the truth.

    Parameters
    ----------
    head : Head
        Of the verified chain of the stored log.
    states : mapping
        The registry's states by code.
    script : Script
        The truth.
    progress : Progress
        The count of the stored log.

    Raises
    ------
    ConflictError
        A count differs from the truth at any hour, the sum does not hold, or people or events are missing or too
        many.
    """
    progress.require_sums()
    truth = script.truth(progress.hours, progress.counties)
    wrong = np.argwhere(truth != progress.counts)
    if wrong.size:
        hour, county, column = (int(n) for n in wrong[0])
        raise ConflictError(
            "the count differs from the truth",
            where=f"{progress.counties[county]}, {COLUMNS[column].chinese}, {progress.hours[hour]}",
            expected=str(truth[hour, county, column]),
            found=str(progress.counts[hour, county, column]),
        )
    if head.sequence != len(script.acts) or len(states) != len(script.people):
        raise ConflictError(
            "events or people were lost or doubled",
            where="drill",
            expected=f"{len(script.acts)} events of {len(script.people)} people",
            found=f"{head.sequence} events of {len(states)} people",
        )
    return {
        "exact": True,
        "cells_compared": int(truth.size),
        "people": len(states),
        "events": head.sequence,
        "chain_head": head.link.hex(),
    }


def _counties(roster: Roster, progress: Progress) -> list[Mapping[str, Any]]:
    return [
        {
            "code": region.code,
            "name": region.name,
            "city": region.city_name,
            "due": int(progress.due[-1, n]),
            "not_safe": int(progress.not_safe[-1, n]),
            **{column.value: int(progress.counts[-1, n, k]) for k, column in enumerate(COLUMNS)},
        }
        for n, region in enumerate(roster.counties)
    ]


def _headline(progress: Progress) -> list[Mapping[str, Any]]:
    return [
        {"at": hour.isoformat(), "not_safe_in_orange_or_red": int(count)}
        for hour, count in zip(progress.hours, progress.headline)
    ]
