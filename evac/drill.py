"""A drill: invented people, signed codes, check-ins over bad links, and a count that must equal the truth.

Everything goes the real way: codes are verified with public keys, events enter through the registry. What the
drill found is a function of the assessment, the seed and the number of persons.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evac import codes
from evac.delivery import Delivery, Sender, Tell, first_scans, scan_codes
from evac.errors import ConflictError
from evac.events import Envelope
from evac.log import Head
from evac.model import Person
from evac.plan.assumptions import load_assumptions
from evac.plan.invented import Roster, signed, synthetic_roster
from evac.progress import COLUMNS, Progress, tally, zones
from evac.registry import EventStore, Registry
from evac.rehearsal import Script, rehearse
from evac.state import PersonState
from riskmap.assessment import Assessment
from riskmap.beside import Begin, begin_here

SYNTHETIC: Final = ("演练数据,人员均为虚构", "SYNTHETIC: a drill; nobody listed here exists")
"""Said on every page, sheet and table of a drill."""

_COUNTED: Final = ("batches", "stored", "repeated", "conflicting", "refused_for_now")

_SLOT: Final = 1200  # s; the server takes in what came during twenty minutes as one batch


@dataclass(frozen=True)
class Drill:
    """What a drill found.

    Attributes
    ----------
    people : tuple of Person
        With signed codes; the last ones were added at a door.
    record : dict
        What ``drill.json`` says.
    states : mapping
        Code -> where everybody stands at the end.
    events : sequence of Envelope
        The log, as it was verified.
    """

    roster: Roster
    people: tuple[Person, ...]
    progress: Progress
    record: dict[str, Any]
    states: Mapping[str, PersonState]
    events: Sequence[Envelope] = ()


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

    Examples
    --------
    >>> import numpy as np
    >>> import riskmap as rm
    >>> import xarray as xr
    >>> grid = rm.Grid.from_bounds(west=121.8, south=29.8, east=122.6, north=30.2, step=0.1)
    >>> rain = (("time", "y", "x"), np.full((12, *grid.shape), 120.0), {"units": "mm"})
    >>> hours = np.datetime64("2021-07-25T00", "ns") + np.arange(12) * np.timedelta64(1, "h")
    >>> sums = xr.Dataset({"rain_3h": rain, "rain_6h": rain, "rain_12h": rain}, {"time": hours, **grid.coordinates})
    >>> from evac import MemoryStore
    >>> drill = run_drill(rm.assess(sums), MemoryStore(), persons=100, seed=1)
    >>> drill.progress.headline.tolist()  # persons not yet safe, hour by hour
    [100, 100, 99, 95, 85, 59, 19, 7, 1, 1, 1, 1]
    >>> drill.record["reconciled"]["exact"]
    True
    """
    say = tell or (lambda _step, _share: None)
    numbers = load_assumptions()
    rng = random.Random(seed)  # noqa: S311  # a drill is repeatable by design; real codes use the system's randomness
    key = codes.SigningKey.for_drill(seed)
    say("名单与签名 roster and signatures", 0.0)
    roster = synthetic_roster(assessment, persons=persons, rng=rng, key=key)
    script = rehearse(assessment, roster, numbers, rng)
    cast = prepared(assessment, roster, script, rng, key=key, seed=seed)
    store.put_people(cast.people)
    store.put_shelters(roster.shelters)
    store.put_labels(drill_labels(seed, key))
    intake = Intake(Registry(store))
    count = 0
    for at, batch in batches(cast.deliveries, script.start):
        intake.take(batch, at)
        count += len(batch)
        say("入库 check-ins stored", count / len(cast.deliveries))
    say("核对 reconciliation", 0.0)
    return counted(cast, intake, hours=assessment.valid_at, in_zone=zones(assessment, cast.counties))


@dataclass(frozen=True)
class Cast:
    """A drill before its first check-in: the people with their codes, what truly happens, and every message about it.

    Attributes
    ----------
    sender : Sender
        The devices, which may send more.
    scanned : callable
        Waits until they have verified everybody's code; how many bad codes of what kind they rejected.
    """

    roster: Roster
    people: tuple[Person, ...]
    script: Script
    key: codes.SigningKey
    seed: int
    deliveries: Sequence[Delivery]
    sender: Sender
    scanned: Callable[[], Mapping[str, int]]

    def sent(self) -> dict[str, Any]:
        """How many messages of what kind, and how many bad codes the devices rejected.

        Raises
        ------
        ConflictError
            A good code was not accepted as that of its person, or a bad one was.
        """
        return self.sender.figures() | {"rejected_codes": dict(self.scanned())}

    @property
    def counties(self) -> tuple[str, ...]:
        """Codes of the counties whose people move."""
        return tuple(region.code for region in self.roster.counties)


def prepared(
    assessment: Assessment,
    roster: Roster,
    script: Script,
    rng: random.Random,
    *,
    key: codes.SigningKey,
    seed: int,
    orders: Mapping[str, str] | None = None,
    begin: Begin = begin_here,
) -> Cast:
    """Sign the codes of those who come to a door, let devices scan everybody, and put what happens into messages.

    Parameters
    ----------
    roster : Roster
        Signed.
    script : Script
        From ``evac.rehearsal.rehearse``, of that roster.
    orders : mapping, optional
        County -> number of its transfer order; words of the drill's own where None.
    begin : callable
        Begins the scans, perhaps in another process.
    """
    numbers = load_assumptions()
    hours = numbers.whole("code_hours")
    listed = len(roster.people)
    people = (*script.people[:listed], *signed(script.people[listed:], assessment, key, hours))
    sender = Sender(script, people, numbers, rng, orders)
    deliveries = sender.deliveries()
    good = [person.signed for person in people[:20]]
    scanned = begin(scan_codes, first_scans(people, deliveries), good, seed, script.start)
    return Cast(roster, people, script, key, seed, deliveries, sender, scanned)


def batches(deliveries: Sequence[Delivery], start: datetime) -> Iterator[tuple[datetime, list[Envelope]]]:
    """What reaches the server in twenty minutes, and the end of these."""
    for slot, group in groupby(deliveries, key=lambda delivery: delivery.received // _SLOT):
        yield start + timedelta(seconds=(slot + 1) * _SLOT), [delivery.event for delivery in group]


class Intake:
    """The server of a drill: takes batches into the registry; commands that are refused for now are tried again.

    Parameters
    ----------
    registry : Registry
        Over the drill's store.
    """

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._done = Counter[str](dict.fromkeys(_COUNTED, 0))
        self._again: list[Envelope] = []

    def take(self, batch: Sequence[Envelope], at: datetime) -> None:
        """Store a batch that came until ``at``."""
        receipt = self.registry.check_ins([*self._again, *batch], received_at=at)
        self._again = list({r.event.event_id: r.event for r in receipt.refused}.values())
        self._done.update(
            stored=len(receipt.stored),
            repeated=len(receipt.repeated),
            conflicting=len(receipt.conflicting),
            refused_for_now=len(receipt.refused),
            batches=1,
        )

    def figures(self) -> dict[str, Any]:
        """What came in.

        Raises
        ------
        ConflictError
            A command is refused still.
        """
        if self._again:
            first = self._again[0]
            raise ConflictError(
                f"{len(self._again)} commands stayed refused",
                where="drill",
                found=f"first {first.kind} of {first.code[-10:]}",
            )
        return dict(self._done)


def counted(
    cast: Cast,
    intake: Intake,
    *,
    hours: Sequence[datetime],
    in_zone: NDArray[np.bool_],
    own: int = 0,
) -> Drill:
    """Count the stored log, hold it against the truth, and say what the drill found.

    Parameters
    ----------
    own : int
        Events that offices wrote and no device sent, as they counted them: the truth knows nothing of them.
    hours : sequence of datetime
        For which to count.
    in_zone : bool (hour, county)
        Orange or red; ``evac.progress.zones`` for the hours of an assessment.

    Raises
    ------
    ConflictError
        As ``run_drill``.
    """
    received = intake.figures()
    registry = intake.registry
    head = registry.store.head()
    # the events that are counted are those that lead to the head of the receipts
    events: list[Envelope] = []
    head = registry.verify_chain(head, keep=events)
    progress = tally(events, hours, cast.counties, in_zone)
    states = registry.states
    checked = reconcile(head, states, cast.script, progress, own=own)
    record = {
        "label": list(SYNTHETIC),
        "seed": cast.seed,
        "persons": len(cast.roster.people),
        "added_at_door": cast.script.walk_ins,
        "shelters": len(cast.roster.shelters),
        "key": {
            "kid": cast.key.kid.hex(),
            "public": cast.key.public.public_bytes_raw().hex(),
            "use": "DRILL",
        },
        "sent": cast.sent(),
        "received": received,
        "reconciled": checked,
        "sum": "应转移 = " + " + ".join(column.chinese for column in COLUMNS),
        "counties": _counties(cast.roster, progress),
        "headline": _headline(progress),
    }
    return Drill(cast.roster, cast.people, progress, record, states, events)


def drill_labels(seed: int, key: codes.SigningKey) -> dict[str, str]:
    """What a registry of invented people says of itself."""
    return {
        "label": "SYNTHETIC",
        "label_zh": SYNTHETIC[0],
        "label_en": SYNTHETIC[1],
        "seed": str(seed),
        "public_key": key.public.public_bytes_raw().hex(),
        "key_use": "DRILL",
    }


def reconcile(
    head: Head, states: Mapping[str, PersonState], script: Script, progress: Progress, *, own: int = 0
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
    own : int
        Events of the log that an office wrote by itself.

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
    if head.sequence != len(script.acts) + own or len(states) != len(script.people):
        raise ConflictError(
            "events or people were lost or doubled",
            where="drill",
            expected=f"{len(script.acts) + own} events of {len(script.people)} people",
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
