"""Everything that is known of the field, as a fold of its log: readings, candidates, tasks, who is out, who is silent.

Facts are folded by the time at which they happened, held to no later than their receipt; in which order they came does not matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from evac.field import events as ev
from evac.field.danger import Spot
from evac.field.registers import Camera, Village, Worker, camera_of, gauge_of, village_of, worker_of
from evac.field.sensors import Past
from evac.field.terms import Decision, Desk, Says, Thing
from evac.log import Sealed
from riskmap.observation.gauges import Gauge
from riskmap.scale import Tier

REMEMBERED = timedelta(hours=96)
"""How long readings of a gauge are looked back on: the longest test of its quality, and a day more."""


@dataclass(slots=True)
class FieldTask:
    """One task of the command room or of a worker; changed by ``FieldBook`` alone.

    Attributes
    ----------
    record : Tasked
    candidate : Candidate
        What it is about.
    sent : list of Sent
        Calls, in the order of the log.
    unsent : Unsent or None
        Why nobody was sent, as it was said last.
    answered, arrived, back, refused : dict
        Worker -> when.
    taken_at, ended_at : datetime or None
        Of the room: taken on; of either: at an end.
    decision : str
        What the room decided; empty until then.
    """

    record: ev.Tasked
    candidate: ev.Candidate
    sent: list[ev.Sent] = field(default_factory=list)
    unsent: ev.Unsent | None = None
    answered: dict[str, datetime] = field(default_factory=dict)
    arrived: dict[str, datetime] = field(default_factory=dict)
    back: dict[str, datetime] = field(default_factory=dict)
    refused: dict[str, datetime] = field(default_factory=dict)
    taken_at: datetime | None = None
    ended_at: datetime | None = None
    decision: str = ""

    @property
    def id(self) -> str:
        """Id of its record."""
        return self.record.id

    @property
    def room(self) -> bool:
        """Whether it is the command room's."""
        return self.record.desk == Desk.ROOM

    @property
    def open(self) -> bool:
        """Whether anything is still to be done."""
        return self.ended_at is None

    @property
    def tier(self) -> Tier | None:
        """Of its candidate; None is grey."""
        return None if self.candidate.tier is None else Tier(self.candidate.tier)

    @property
    def spot(self) -> Spot:
        """Where it is."""
        return Spot(self.candidate.region, self.candidate.longitude, self.candidate.latitude)

    @property
    def last(self) -> ev.Sent | None:
        """The newest call."""
        return self.sent[-1] if self.sent else None

    def out(self) -> tuple[str, ...]:
        """Workers who took it on or were seen there, and are not counted back in."""
        return tuple(sorted(({*self.answered, *self.arrived}) - set(self.back) - self._stayed()))

    def _stayed(self) -> set[str]:
        """Who said after taking it on that they cannot go, and was never there."""
        return {
            worker
            for worker, at in self.refused.items()
            if worker not in self.arrived and at >= self.answered.get(worker, at)
        }

    def unanswered(self) -> tuple[str, ...]:
        """Workers who were called and said nothing at all since."""
        said = {*self.answered, *self.arrived, *self.back, *self.refused}
        return tuple(sorted({sent.worker for sent in self.sent} - said))


@dataclass(slots=True)
class Standing:
    """How a worker stands.

    Attributes
    ----------
    duty_from : datetime or None
        On duty since; None while off.
    last_at : datetime or None
        Last heard of.
    """

    duty_from: datetime | None = None
    duty_at: datetime | None = None
    last_at: datetime | None = None

    def duty(self, says: str, at: datetime) -> None:
        """The newest word of duty counts; of two at one instant, off."""
        if self.duty_at is None or at > self.duty_at or (at == self.duty_at and says == Says.OFF_DUTY):
            if says == Says.OFF_DUTY:
                self.duty_from = None
            elif self.duty_from is None:
                self.duty_from = at
            self.duty_at = at


class FieldBook:
    """The fold of a log of the field. ``add`` takes records in the order of the log; each id counts once.

    Attributes
    ----------
    workers, gauges, cameras, villages : dict
        The registers.
    sealed : dict
        Worker -> name and telephone under the event's key.
    entered_at : dict
        (thing, key) -> when it was entered.
    observed : dict
        Sensor -> id -> (observation, its earliest receipt).
    candidates, tasks : dict
        By id.
    standing : dict
        Worker -> how they stand.
    heard : dict
        Village -> (when, the newest record).
    watches : dict
        Region -> (when, whether the watch is on).
    alarms : dict
        Id -> alarm.
    seen : dict
        Id of an alarm -> what the room said of it last.
    last_at : datetime or None
        Receipt of the newest record.
    """

    def __init__(self, entries: Iterable[Sealed] = ()) -> None:
        self.ids: set[str] = set()
        self.last_at: datetime | None = None
        self.workers: dict[str, Worker] = {}
        self.gauges: dict[str, Gauge] = {}
        self.cameras: dict[str, Camera] = {}
        self.villages: dict[str, Village] = {}
        self.sealed: dict[str, str] = {}
        self.entered_at: dict[tuple[str, str], datetime] = {}
        self.observed: dict[str, dict[str, tuple[ev.Observed, datetime]]] = defaultdict(dict)
        self.candidates: dict[str, ev.Candidate] = {}
        self.tasks: dict[str, FieldTask] = {}
        self.standing: dict[str, Standing] = defaultdict(Standing)
        self.heard: dict[str, tuple[datetime, ev.VillageSaid]] = {}
        self.watches: dict[str, tuple[datetime, bool]] = {}
        self.alarms: dict[str, ev.Alarmed] = {}
        self.seen: dict[str, ev.RoomSaid] = {}
        self._of_source: dict[str, list[str]] = defaultdict(list)
        self._last: dict[str, datetime] = {}
        self._series: dict[str, tuple[list[int], list[float]]] = defaultdict(lambda: ([], []))
        for entry in entries:
            self.add(ev.parse(entry.body), entry.received_at)

    def add(self, record: ev.Record, noted_at: datetime) -> None:
        """Fold one record in; ``noted_at`` is its receipt, which bounds it and orders nothing."""
        if record.id in self.ids:
            return
        self.ids.add(record.id)
        self.last_at = noted_at if self.last_at is None else max(self.last_at, noted_at)
        at = min(record.at, noted_at)
        if isinstance(record, ev.Entered):
            self._enter(record, at)
        elif isinstance(record, ev.Observed):
            self._observe(record, noted_at)
        elif isinstance(record, ev.Candidate):
            self.candidates[record.id] = record
        elif isinstance(record, ev.Tasked):
            self.tasks[record.id] = FieldTask(record, self.candidates[record.candidate])
            self._of_source[self.candidates[record.candidate].source].append(record.id)
        elif isinstance(record, ev.Sent):
            self.tasks[record.task].sent.append(record)
        elif isinstance(record, ev.Unsent):
            self.tasks[record.task].unsent = record
        elif isinstance(record, ev.WorkerSaid):
            self._worker(record, at)
        elif isinstance(record, ev.RoomSaid):
            self._room(record, at)
        elif isinstance(record, ev.VillageSaid):
            held = self.heard.get(record.village)
            if held is None or (at, record.id) > (held[0], held[1].id):
                self.heard[record.village] = (at, record)
        elif isinstance(record, ev.Watched):
            self._watch(record, at)
        elif isinstance(record, ev.Alarmed):
            self.alarms[record.id] = record

    def _observe(self, record: ev.Observed, noted_at: datetime) -> None:
        self.observed[record.source][record.id] = (record, noted_at)
        at = min(record.at, noted_at)
        self._last[record.source] = max(at, self._last.get(record.source, at))
        if record.value is not None:
            seconds, values = self._series[record.source]
            seconds.append(round(record.at.timestamp()))
            values.append(record.value)

    def _enter(self, record: ev.Entered, at: datetime) -> None:
        if record.what == Thing.WORKER:
            self.workers[record.key] = worker_of(record.told)
            self.sealed[record.key] = record.sealed
        elif record.what == Thing.GAUGE:
            self.gauges[record.key] = gauge_of(record.told)
        elif record.what == Thing.CAMERA:
            self.cameras[record.key] = camera_of(record.told)
        else:
            self.villages[record.key] = village_of(record.told)
        self.entered_at.setdefault((record.what, record.key), at)

    def _watch(self, record: ev.Watched, at: datetime) -> None:
        held = self.watches.get(record.region)
        if held is None or at > held[0] or (at == held[0] and record.begins):  # of two at one instant, on
            self.watches[record.region] = (at, record.begins)

    def _worker(self, record: ev.WorkerSaid, at: datetime) -> None:
        stands = self.standing[record.worker]
        stands.last_at = at if stands.last_at is None else max(stands.last_at, at)
        if record.says in (Says.ON_DUTY, Says.OFF_DUTY):
            stands.duty(record.says, at)
        task = self.tasks.get(record.task)
        if task is None:
            return
        said = {
            Says.ACKNOWLEDGED: task.answered, Says.ARRIVED: task.arrived, Says.BACK: task.back, Says.REFUSED: task.refused,
        }.get(Says(record.says))  # fmt: skip
        if said is not None:
            said[record.worker] = min(at, said.get(record.worker, at))
        if task.back and not task.out() and set(task.back) & set(task.arrived):
            self._end(task, max(task.back.values()))

    def _room(self, record: ev.RoomSaid, at: datetime) -> None:
        task = self.tasks.get(record.about)
        if task is None:
            self.seen[record.about] = record
            return
        task.taken_at = at if task.taken_at is None else min(at, task.taken_at)
        if record.decision != Decision.TAKEN:
            task.decision = record.decision
            self._end(task, at)
            source = task.candidate.source
            if record.decision != Decision.CONFIRMED and not any(
                other.room for other in self.of_source(source)
            ):
                for other in list(self.of_source(source)):  # who is out for it stays out until counted in
                    self._end(other, at)

    @staticmethod
    def _end(task: FieldTask, at: datetime) -> None:
        task.ended_at = at if task.ended_at is None else min(at, task.ended_at)

    def readings(self, source: str, *, before: datetime) -> Past:
        """What a gauge said within ``REMEMBERED`` before an instant, and since; each at its own clock's time."""
        seconds, values = (np.array(part) for part in self._series.get(source, ([], [])))
        recent = seconds >= (before - REMEMBERED).timestamp()
        return seconds[recent].astype(np.int64), values[recent].astype(np.float64)

    def last_reading(self, source: str) -> datetime | None:
        """When a sensor last said something, by its own clock held to the receipt."""
        return self._last.get(source)

    def open_tasks(self) -> Iterator[FieldTask]:
        """Tasks at no end, in the order of the log."""
        return (task for task in self.tasks.values() if task.open)

    def of_source(self, source: str) -> Iterator[FieldTask]:
        """Open tasks that a sensor brought about."""
        return (self.tasks[key] for key in self._of_source.get(source, ()) if self.tasks[key].open)

    def out(self) -> dict[str, FieldTask]:
        """Worker -> the task that they are out for; of several the newest. A worker's task stays theirs when the room has ended it."""
        return {worker: task for task in self.tasks.values() for worker in task.out()}

    def called(self) -> set[str]:
        """Workers who were called to an open task and have not said a word since."""
        found = set()
        for task in self.open_tasks():
            for worker in task.unanswered():
                last = self.standing[worker].last_at
                called_at = max(sent.at for sent in task.sent if sent.worker == worker)
                if last is None or last < called_at:
                    found.add(worker)
        return found

    def watched(self, code: str) -> datetime | None:
        """Since when a place is watched for silence; None while it is not."""
        begun = [at for region, (at, on) in self.watches.items() if on and code.startswith(region)]
        return min(begun, default=None)
