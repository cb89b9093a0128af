"""The links of a drill: devices that write events, lose the network, send twice, and scan codes offline."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, Final, NamedTuple

from evac import codes
from evac.envelope import event_id_at
from evac.errors import CodeError, ConflictError
from evac.events import COMMANDS, KINDS, Envelope, Mode
from evac.log import trusted_time
from evac.model import Person
from evac.plan.assumptions import Assumptions
from evac.rehearsal import Act, Script

_OFFICE: Final = "office"
_SCANNERS: Final = 4
_FOREIGN: Final = "https://example.invalid/menu?table=7"

Tell = Callable[[str, float], None]
"""Progress: the step's name, and how much of it is done, 0 to 1."""


class Delivery(NamedTuple):
    """One message on its way to the server: received so many seconds after the start, ``order`` breaking ties."""

    received: int
    order: int
    event: Envelope


@dataclass(slots=True)
class _Device:
    """A device: its clock's error, and its running number so far."""

    name: str
    actor: str
    error: timedelta
    counter: int = 0


class Sender:
    """Turns what happened into events of devices, and these into deliveries over bad links."""

    def __init__(
        self,
        script: Script,
        people: Sequence[Person],
        numbers: Assumptions,
        rng: random.Random,
        orders: Mapping[str, str] | None = None,
    ) -> None:
        self.script, self.people, self.numbers, self.rng = script, people, numbers, rng
        self.orders = orders or {}
        self.offices = [f"{person.county}-{_OFFICE}" for person in people]
        self.handhelds = _handhelds(people, numbers.whole("persons_a_device"))
        self.devices: dict[str, _Device] = {}
        self.mistakes: dict[int, str] = {}
        self._made: Counter[str] = Counter()
        self._offline: dict[tuple[str, int], int] = {}

    def deliveries(self, acts: Sequence[Act] | None = None) -> list[Delivery]:
        """What reaches the server of some acts, in order of receipt; of the script's where None."""
        rng = self.rng
        offline_share, resent_share = map(self.numbers.share, ("offline_share", "resent_share"))
        offline_hours = self.numbers.span("offline_hours")
        found: list[Delivery] = []
        offline, made = self._offline, self._made
        for n, act in enumerate(self.script.acts if acts is None else acts, made["events"]):
            device = self._device(act)
            received = act.at + 1 + int(19 * rng.random())
            outage = (device, act.at // 3600)
            if device.endswith(_OFFICE):
                mode = Mode.BATCH
            else:
                if outage not in offline:
                    down = rng.random() < offline_share
                    wait = rng.uniform(*offline_hours)
                    offline[outage] = (outage[1] + 1) * 3600 + int(wait * 3600) if down else 0
                mode = self._mode(act, offline=bool(offline[outage]))
                received = offline[outage] or received
            event = self._event(act, device, mode)
            made[mode] += 1
            made["events"] += 1
            made["check_ins"] += not device.endswith(_OFFICE)
            # the batch of an outage comes in no order
            order = rng.getrandbits(30) if mode is Mode.OFFLINE else n
            found.append(Delivery(received, order, event))
            if rng.random() < resent_share:
                made["resent"] += 1
                found.append(Delivery(received + rng.randrange(5, 900), order, event))
        made["deliveries"] += len(found)
        found.sort(key=itemgetter(0, 1))
        return found

    def figures(self) -> dict[str, Any]:
        """How much of what kind was sent so far."""
        made = self._made
        wrong = sum(device.error != timedelta(0) for device in self.devices.values())
        return {
            "events": made["events"],
            "check_ins": made["check_ins"],
            "deliveries": made["deliveries"],
            "devices": len(self.devices),
            "devices_with_wrong_clock": wrong,
            "resent": made["resent"],
            "by_mode": {mode.value: made[mode] for mode in Mode},
        }

    def _device(self, act: Act) -> str:
        listed = act.kind == "registered" and not act.place
        if listed or (act.kind in COMMANDS and act.kind != "undone"):
            return self.offices[act.person]
        return self.handhelds[act.person]

    def _mode(self, act: Act, *, offline: bool) -> Mode:
        if offline:
            return Mode.OFFLINE
        if not self.people[act.person].printed:
            return Mode.SELF
        return Mode.BATCH if act.kind == "arrived_shelter" and act.person % 3 else Mode.PROXY

    def _switch_on(self, name: str) -> _Device:
        every = round(1 / self.numbers.share("wrong_clock_share"))
        wrong = len(self.devices) % every == every // 2 and not name.endswith(_OFFICE)
        error = timedelta(seconds=self.rng.randrange(-86_400, 86_400) if wrong else 0)
        device = self.devices[name] = _Device(name, f"演练人员{name}", error)
        return device

    def _event(self, act: Act, name: str, mode: Mode) -> Envelope:
        device = self.devices.get(name) or self._switch_on(name)
        device.counter += 1
        device_at = self.script.start + timedelta(seconds=act.at) + device.error
        person = self.people[act.person]
        event_id = event_id_at(device_at, self.rng.getrandbits(80))
        extra = self._extra(act, person, event_id)
        return KINDS[act.kind](
            event_id=event_id,
            code=person.code,
            place=act.place or person.village,
            actor=person.name if mode is Mode.SELF else device.actor,
            device=device.name,
            counter=device.counter,
            device_at=device_at,
            # the offset was measured at the last sync, before the drill
            trusted_at=trusted_time(device_at, offset=-device.error, synced_at=self.script.start),
            mode=mode,
            **extra,
        )

    def _extra(self, act: Act, person: Person, event_id: str) -> dict[str, Any]:
        if act.kind == "registered":
            return {"county": person.county, "category": person.category.value, "at_door": bool(act.place)}
        if act.kind in ("ordered", "withdrawn"):
            return {"order": self.orders.get(person.county, f"演练令-{person.county}-1")}
        if act.kind == "exempted":
            return {"evidence": "演练:外出证明"}
        if act.kind == "undone":
            return {"target": self.mistakes.pop(act.person)}
        if act.after is None:
            self.mistakes[act.person] = event_id
        return {}


def _handhelds(people: Sequence[Person], persons_a_device: int) -> list[str]:
    """The device in the field that meets each person; a household has one."""
    persons = Counter(person.county for person in people)
    count = {county: 1 + n // persons_a_device for county, n in persons.items()}
    return [f"{p.county}-{int(p.household[-4:]) % count[p.county]:03d}" for p in people]


class Met(NamedTuple):
    """Somebody's first scan: what the device read, whom it was told, and when."""

    signed: bytes
    code: str
    at: datetime


def first_scans(people: Sequence[Person], deliveries: Sequence[Delivery]) -> list[Met]:
    """The first scan of each person whom a device meets."""
    signed_by_code = {person.code: person.signed for person in people}
    first: dict[str, Envelope] = {}
    for delivery in deliveries:
        if not delivery.event.device.endswith(_OFFICE):
            first.setdefault(delivery.event.code, delivery.event)
    return [Met(signed_by_code[event.code], event.code, event.trusted_at) for event in first.values()]


def scan_codes(met: Sequence[Met], good: Sequence[bytes], seed: int, start: datetime) -> dict[str, int]:
    """Each device verifies the code of each person whom it meets; some bad codes are tried, and rejected.

    Parameters
    ----------
    met : sequence of Met
        From ``first_scans``.
    good : sequence of bytes
        Signed codes, of which the bad ones are made.
    seed : int
        Of the key that signed them.
    start : datetime
        When the bad ones are tried.

    Returns
    -------
    dict
        How many of what kind were rejected.

    Raises
    ------
    ConflictError
        A code says another person, or a bad one was accepted.
    """
    key = codes.SigningKey.for_drill(seed)
    keys = codes.public_keys([key.public.public_bytes_raw()])

    def scan(part: Sequence[Met]) -> None:
        for one in part:
            found = codes.verify(codes.qr_text(one.signed), keys, now=one.at)
            if found.ticket.code != one.code or not found.ticket.drill:
                raise ConflictError("a code says another person", where=f"code {codes.short_code(one.code)}")

    # the signature check lets go of the interpreter, so that a few devices can scan at once
    with ThreadPoolExecutor(_SCANNERS) as scanners:
        list(scanners.map(scan, [met[n : n + 125] for n in range(0, len(met), 125)]))
    rejected: Counter[str] = Counter()
    for kind, text, now in _bad_scans(good, start, key):
        try:
            codes.verify(text, keys, now=now)
        except CodeError as error:
            rejected[kind] += 1
            rejected[type(error).__name__] += 1
        else:
            raise ConflictError("a bad code was accepted", where=kind)
    return dict(sorted(rejected.items()))


def _bad_scans(
    signed: Sequence[bytes], start: datetime, key: codes.SigningKey
) -> Iterator[tuple[str, str, datetime]]:
    other = codes.SigningKey.for_drill(-1)
    for good in signed:
        text = codes.qr_text(good)
        yield "forged", codes.qr_text(good[:10] + bytes([good[10] ^ 1]) + good[11:]), start
        yield "truncated", text[:-6], start
        yield "expired", text, start + timedelta(days=400)
        ticket = codes.verify(good, codes.public_keys([key.public.public_bytes_raw()]), now=start)
        yield "unknown_key", codes.qr_text(codes.sign(ticket.ticket, other)), start
        yield "other_qr", _FOREIGN, start
