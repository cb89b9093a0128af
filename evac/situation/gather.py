"""One screen, gathered: a few questions in bulk whatever the number of rows, and a part that could not be read is said, never 0."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

from evac.asides import RescueCalled, RescueEnded
from evac.counts.head_count import HeadCount, region_of_place
from evac.counts.terms import WORDS
from evac.envelope import Envelope
from evac.grain import COUNTY_DIGITS
from evac.registry import EventStore
from evac.situation import alarms as alarm_lines
from evac.situation.document import (
    Deadline,
    Event,
    HeadCountHere,
    Place,
    Readiness,
    ReportClock,
    Response,
    Row,
    Situation,
    Source,
)
from evac.situation.letters import Addressed, Post, soonest
from evac.situation.lists import five_stages
from evac.situation.office_records import OfficeRecords
from evac.situation.panels import Slot
from evac.situation.people import Beds, People, beds_of, head_count_here, people_of, read_people
from evac.situation.places import codes_below, digits_below, path_to, place_of, region, region_of_shelter
from evac.situation.report_clocks import Made, deadline_of, made_reports, report_clocks
from evac.situation.rows import readiness_here, row_of
from evac.situation.rules import stale_after
from evac.situation.slots import READING
from evac.situation.tiers import Outlook
from evac.store.counting import log_mark, newest_event
from riskmap.errors import RiskmapError

Given = TypeVar("Given")
Found = TypeVar("Found")
_SOURCES: Final = {
    "registry": "人员登记", "shelters": "安置点", "documents": "公文", "responses": "应急响应", "run": "风险研判", "readiness": "备勤",
    "supplies": "物资", "field_tasks": "网格任务", "dangers": "险情",
}  # fmt: skip


def revision_of(store: EventStore | None, office: OfficeRecords, at: datetime) -> str:
    """What changes whenever anything that screens are made from changes, and every minute, since deadlines pass by themselves."""
    mark = log_mark(store) if store is not None else "0"
    return "-".join(map(str, (mark, *office.heads(), int(at.timestamp()) // 60)))


def gather(
    store: EventStore | None, code: str, *, office: OfficeRecords, at: datetime, replay: bool = False,
    counted: HeadCount | None = None,
) -> Situation:  # fmt: skip
    """The situation of a region or shelter.

    Parameters
    ----------
    store : EventStore or None
        The registry; read, never written. None where there is none: every count is then unknown.
    code : str
        Of a region (2 to 12 digits), or the id of a shelter.
    office : OfficeRecords
        Letters, responses, tiers, names.
    at : datetime
        The clock.
    replay : bool
        True: as it stood at ``at``, from the logs themselves, which reads everybody of the region; what was only found out
        later is known then only as far as the head-count's rules say. False: as it stands.
    counted : HeadCount, optional
        Of this region or one around it at ``at``, where it was made already: many screens of one instant read the logs once.

    Returns
    -------
    Situation
        Without names of people. A source that cannot be read leaves its parts None and says why.

    Raises
    ------
    DataError
        ``code`` is neither a region nor a shelter.
    ConflictError
        The head-count does not add up.

    Examples
    --------
    >>> from datetime import UTC
    >>> from evac import Clerk, MemoryStore, Registry, gather
    >>> from evac.events import Ordered, Registered
    >>> code, noon, registry = "7" + "C" * 25, datetime(2021, 7, 25, 4, tzinfo=UTC), Registry(MemoryStore())
    >>> clerk = Clerk("李四", "330902001001", "D1", noon)
    >>> events = [clerk.write(Registered, code, county="330902"), clerk.write(Ordered, code, order="令1")]
    >>> registry.check_ins(events, received_at=noon).require_all()
    >>> screen = gather(registry.store, "330902", office=OfficeRecords(names={"330902": "定海区"}), at=noon)
    >>> screen.place.name, screen.head_count.figures["due"], screen.head_count.figures["not_moved"]
    ('定海区', 1, 1)
    >>> [source.words for source in screen.sources if not source.read][:3]  # said, and never shown as 0
    ['风险研判', '备勤', '物资']
    """
    return _Gathering(store, code, office, at, replay, counted).situation()


@dataclass
class _Gathering:
    store: EventStore | None
    code: str
    office: OfficeRecords
    at: datetime
    replay: bool
    counted: HeadCount | None = None
    sources: list[Source] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def situation(self) -> Situation:
        revision = revision_of(self.store, self.office, self.at)
        labels = self.store.labels() if self.store else {}
        beds = self._try("shelters", self.store, self._beds)
        if beds and self.counted is not None and self.replay:
            beds = beds_of(self.counted, beds.shelters)
        shelters = beds.shelters if beds else {}
        place = place_of(self.code, shelters, self.office.names)
        area = (
            place
            if place.level != "shelter"
            else region(region_of_shelter(shelters[self.code]), self.office.names)
        )
        event = _event(labels.get("event", ""))
        outlook = self._try("run", self.office.run, lambda _: self._outlook())
        exercise, mark = self._exercise(labels)
        people = None if place.level == "shelter" else self._people(place)
        told = self._told(place, shelters)
        readiness, ready = self._readiness(area)
        slots = self._slots(place, area)
        clocks = self._clocks(place, people, told)
        lots = (
            None
            if beds is None or self._beds_unknown
            else beds.part(place, _worst_by_region(beds, place, outlook))
        )
        with self.office.lock:  # a task changes as the log goes on, and another screen leads it on
            post = self._post(area, event, exercise=exercise)
            rows = () if place.level == "shelter" else self._rows(place, people, post, outlook, beds, ready)
            letters = (
                post.letters(area.code, digits_below(area)) if post and place.level != "shelter" else None
            )
            tasks = post.within(area.code) if post else None
            lists = five_stages(rows, tasks, readiness)
            deadlines = list(_deadlines(tasks or (), digits_below(area)))
        found = [
            *(alarm_lines.people_alarms(people, place, rows) if people else ()),
            *alarm_lines.told_alarms(told.calls, place),
            *alarm_lines.other_alarms(place, rows, lots, letters, clocks or ()),
            *alarm_lines.ready_alarms(readiness, place), *(one for slot in slots.values() for one in slot.alarms),
        ]  # fmt: skip
        tiers = outlook.tiers(area, [row.code for row in rows], self.office.names) if outlook else None
        return Situation(
            event=event, exercise=exercise, mark=mark, exact=True, place=place,
            path=path_to(place, shelters, self.office.names), at=self.at, revision=revision,
            head_count=self._head_count(place, people, beds), rows=rows, tiers=tiers,
            responses=self._responses(area, event, exercise=exercise), letters=letters,
            deadlines=soonest([*deadlines, *filter(None, map(deadline_of, clocks or ()))]),
            shelters=lots, alarms=alarm_lines.merge(found, place, self.at),
            lists=lists, report_clocks=clocks, readiness=readiness,
            supplies=slots["supplies"].panel, field_tasks=slots["field_tasks"].panel, dangers=slots["dangers"].panel,
            sources=tuple(self.sources), notes=tuple(self.notes),
        )  # fmt: skip

    @property
    def _beds_unknown(self) -> bool:
        """Who stays where is kept for now alone; of a past instant the head-count knows it."""
        return self.replay and self.counted is None

    def _try(self, name: str, given: Given | None, read: Callable[[Given], Found]) -> Found | None:
        """Read a source; one that is missing or fails is said."""
        if given is None:
            self._say(name, read=False, why=f"未接入{_SOURCES[name]}")
            return None
        try:
            found = read(given)
        except RiskmapError as error:
            self._say(name, read=False, why=f"读取失败:{error}")
            return None
        return found

    def _say(self, name: str, *, read: bool, data_at: datetime | None = None, why: str = "") -> None:
        limit = stale_after(name)
        age = self.at - data_at if data_at is not None else None
        stale = limit is not None and age is not None and age > limit
        if stale and limit is not None:
            why = f"{_SOURCES[name]}已超过{round(limit.total_seconds() / 60)}分钟未更新"
        self.sources.append(Source(name, _SOURCES[name], read, data_at, age, stale, limit, why))

    def _exercise(self, labels: Mapping[str, str]) -> tuple[bool, str]:
        """Whether it is a drill: the registry's own word; without a registry, that of all letters."""
        mark = labels.get("label", "")
        if self.store is not None:
            return bool(mark), mark
        book = self.office.book(self.at if self.replay else None)
        signed = [terms.signed.exercise for terms in book.terms.values()] if book else []
        return bool(signed) and all(signed), ""

    def _beds(self, store: EventStore) -> Beds:
        found, read_at = self.office.beds(store, self.at)
        self._say("shelters", read=True, data_at=read_at)
        return found

    def _outlook(self) -> Outlook | None:
        found = self.office.outlook(self.at)
        if found is None:
            return None
        self._say("run", read=True, data_at=found.assessment.issued_at)
        if found.over:
            self.notes.append("研判预报时段已过,无未来等级")
        return found

    def _people(self, place: Place) -> People | None:
        past = self.at if self.replay else None

        def read(store: EventStore) -> People:
            known = self.counted
            if known is None:
                found = read_people(store, place, past=past, since=self.office.since)
            else:
                found = people_of(known, place)
            self._say("registry", read=True, data_at=self.at if self.replay else newest_event(store)[1])
            return found

        return self._try("registry", self.store, read)

    def _post(self, area: Place, event: Event, *, exercise: bool) -> Post | None:
        def read(_: object) -> Post:
            found, last = self.office.post(
                area.code,
                at=self.at,
                replay=self.replay,
                exercise=exercise,
                event=event.number,
            )
            self._say("documents", read=True, data_at=last)
            if found.left_out:
                self.notes.append(
                    f"另有{found.left_out}件公文属{'实战' if exercise else '演练'}或其他事件,未列入"
                )
            return found

        return self._try("documents", self.office.documents, read)

    def _told(self, place: Place, shelters: Mapping[str, object]) -> _Told:
        """Calls for rescue and reports made: few events, found by kind."""
        if self.store is None:
            return _Told()
        try:
            events = self.office.told(self.store, self.at)
        except RiskmapError as error:
            self.notes.append(f"求救和信息报告记录读取失败:{error}")
            return _Told()
        ended = {event.target for event in events if isinstance(event, RescueEnded)}

        def here(event: Envelope) -> bool:
            if place.level == "shelter":
                return event.place == place.code
            where = region_of_place(event.place, shelters)  # type: ignore[arg-type]  # ids of shelters alone are asked
            return where.startswith(place.code) or not where

        return _Told(
            [e for e in events if isinstance(e, RescueCalled) and e.event_id not in ended and here(e)],
            [made for made in made_reports(events) if made.county.startswith(place.code[:6])],
        )

    def _rows(
        self,
        place: Place,
        people: People | None,
        post: Post | None,
        outlook: Outlook | None,
        beds: Beds | None,
        ready: Mapping[str, tuple[int, int]] | None,
    ) -> tuple[Row, ...]:
        seen = [
            *(people.rows if people else ()),
            *(region_of_shelter(one) for one in (beds.within(place) if beds else ())),
        ]
        codes = codes_below(place, self.office.names, seen)
        if not codes:
            return ()
        digits = digits_below(place)
        tasks: dict[str, list[Addressed]] = {}
        for one in post.within(place.code) if post else ():
            tasks.setdefault(one.code[:digits], []).append(one)
        room = beds.by_row(place, codes) if beds and not self._beds_unknown else {}
        names = self.office.names
        return tuple(
            row_of(
                region(code, names), names.get(code[:4], "") if digits == 6 else "", people, tasks.get(code, []) if post else None,
                post, outlook, room.get(code), (ready or {}).get(code) if ready is not None else None,
            )
            for code in codes
        )  # fmt: skip

    def _clocks(self, place: Place, people: People | None, told: _Told) -> tuple[ReportClock, ...] | None:
        """Of counties alone, since a county reports; since when somebody is missing is known of now only."""
        if people is None or self.replay or len(place.code) > COUNTY_DIGITS:
            return None
        counts = people.rows if len(place.code) < COUNTY_DIGITS else {place.code: people.total}
        return report_clocks(counts, people.held, told.made, self.office.names, self.at)

    def _head_count(self, place: Place, people: People | None, beds: Beds | None) -> HeadCountHere | None:
        if place.level != "shelter":
            return head_count_here(people) if people else None
        if beds is None or self._beds_unknown:
            return None
        self.notes.append("安置点页只计住在本点的人,不论其应转移地在何处")
        there = beds.present.get(place.code, 0)
        return HeadCountHere({"sheltered": there}, {"sheltered": WORDS["sheltered"]}, (), True, None)

    def _responses(self, area: Place, event: Event, *, exercise: bool) -> tuple[Response, ...] | None:
        def read(_: object) -> tuple[Response, ...]:
            held = self.office.responses_at(self.at if self.replay else None) or {}
            around = {code: region(code, self.office.names) for code in (*_above(area.code), area.code)}
            found = []
            last = None
            for key, one in sorted(held.items()):
                times = [record.at for record in one.history if record.at <= self.at]
                last = max([*times, *([last] if last else [])], default=None)
                if key.region in around and key.exercise == exercise and event.number in ("", key.event):
                    level = one.at(self.at)
                    found.append(
                        Response(around[key.region], key.of, 5 - level if level else None, level.words, max(times, default=None))
                    )  # fmt: skip
            self._say("responses", read=True, data_at=last)
            return tuple(found)

        return self._try("responses", self.office.responses, read)

    def _readiness(self, area: Place) -> tuple[Readiness | None, Mapping[str, tuple[int, int]] | None]:
        slots = self.office.slots
        if slots.duties is None or self.store is None:
            self._say("readiness", read=False, why="未接入备勤核查")
            return None, None
        found = self._try("readiness", self.store, lambda store: slots.villages(store, self.at))
        if found is None:
            return None, None
        villages, looked_at = found
        self._say("readiness", read=villages is not None, data_at=looked_at, why="" if villages else READING)
        return readiness_here(villages, area) if villages is not None else (None, None)

    def _slots(self, place: Place, area: Place) -> dict[str, Slot]:
        """Field work, dangers and supplies; each is said where it could not be read."""
        slots, names, at, replay = self.office.slots, self.office.names, self.at, self.replay
        read: dict[str, Callable[[EventStore], Slot]] = {
            "dangers": lambda store: slots.dangers(store, place, names, at, replay=replay),
            "supplies": lambda store: slots.goods(store, place, names, at, replay=replay),
        }
        found = {name: self._try(name, self.store, ask) or Slot() for name, ask in read.items()}
        found["field_tasks"] = (
            self._try("field_tasks", slots, lambda own: own.field_work(area, names, at, replay=replay))
            or Slot()
        )
        for name, slot in found.items():
            if slot.panel is not None or slot.why:
                self._say(name, read=slot.panel is not None, data_at=slot.data_at, why=slot.why)
        return found


@dataclass(frozen=True)
class _Told:
    calls: Sequence[RescueCalled] = ()
    made: Sequence[Made] = ()


def _event(words: str) -> Event:
    """Number and name of the storm, of the registry's words."""
    number, _, name = words.partition(" ")
    return Event(number, name) if number.isdecimal() else Event("", words)


def _above(code: str) -> list[str]:
    return [code[:digits] for digits in (2, 4, 6, 9) if digits < len(code)]


def _worst_by_region(beds: Beds, place: Place, outlook: Outlook | None) -> dict[str, int | None]:
    if outlook is None:
        return {}
    return {code: outlook.row(code).worst for code in {region_of_shelter(one) for one in beds.within(place)}}


def _deadlines(tasks: Sequence[Addressed], digits: int) -> Iterator[Deadline]:
    """Next deadlines of offices down to the screen's rows."""
    for one in tasks:
        if one.next is not None and len(one.code) <= digits:
            yield one.next
