"""What an office has beside the registry, opened once and kept up to date: letters, responses, the published run, names."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from evac.events import Envelope
from evac.registry import EventStore
from evac.situation.rules import rules
from evac.situation.since import SinceWhen
from evac.situation.slots import Slots
from evac.store.counting import log_mark

if TYPE_CHECKING:  # a server without letters, responses and a run loads nothing that reads them
    from evac.orders.task_desk import TaskDesk
    from evac.orders.tasks import TaskBook
    from evac.response.desk import ResponseDesk
    from evac.response.standing import Key, Response
    from evac.situation.letters import Post, Postroom
    from evac.situation.people import Beds
    from evac.situation.tiers import Outlook
    from riskmap.assessment import Assessment


_TOLD: Final = frozenset({"rescue_called", "rescue_ended", "resolved"})


@dataclass(eq=False)
class OfficeRecords:
    """Sources beside one registry; a part that is None is said to be missing on every screen.

    Attributes
    ----------
    documents : TaskDesk or None
        Letters and orders, with the offices' list and the loop's rules; a desk of its own, which is asked what was touched.
    responses : ResponseDesk or None
    run : Path or None
        Folder of a published run; read again when a newer one is published there.
    names : mapping
        Region's code -> name.
    slots : Slots
        Field work, dangers, supplies, readiness.
    since : SinceWhen
        Since when people are missing, kept from screen to screen.
    """

    documents: TaskDesk | None = None
    responses: ResponseDesk | None = None
    run: Path | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    slots: Slots = field(default_factory=Slots)
    since: SinceWhen = field(default_factory=SinceWhen)
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    _room: tuple[tuple[bool, str], Postroom] | None = field(default=None, repr=False)
    _past: tuple[tuple[datetime, bool, str, int], Postroom, datetime | None] | None = field(
        default=None, repr=False
    )
    _answered: tuple[tuple[datetime, int], Mapping[Key, Response]] | None = field(default=None, repr=False)
    _beds: tuple[Beds, datetime] | None = field(default=None, repr=False)
    _told: tuple[tuple[datetime, str], Sequence[Envelope]] | None = field(default=None, repr=False)
    _asked: Outlook | None = field(default=None, repr=False)
    _read: tuple[tuple[float, int], Assessment] | None = field(default=None, repr=False)

    def book(self, at: datetime | None) -> TaskBook | None:
        """Tasks now, or as of an instant; None without a log."""
        if self.documents is None:
            return None
        if at is None:
            return self.documents.book()
        from evac.orders.tasks import TaskBook

        entries = takewhile(lambda entry: entry.received_at <= at, self.documents.log.after(0))
        return TaskBook(entries, rules=self.documents.rules)

    def post(
        self, prefix: str, *, at: datetime, replay: bool, exercise: bool, event: str
    ) -> tuple[Post, datetime | None]:
        """The tasks of a region's offices at a clock, and when the log came to its end; only what is new in it is looked at.

        The room is led on under ``lock``: whoever reads tasks of a post holds it.
        """
        from evac.situation.letters import Postroom

        desk = self.documents
        assert desk is not None
        with self.lock:
            if (
                replay
            ):  # of a past instant many screens are wanted, one after the other: they are looked at once
                mark = (at, exercise, event, desk.log.head().sequence)
                if self._past is None or self._past[0] != mark:
                    past = self.book(at)
                    assert past is not None
                    room = Postroom(desk.ladder, desk.rules, self.names, exercise=exercise, event=event)
                    room.bring(past.tasks.values(), at)
                    self._past = mark, room, past.last_at
                return self._past[1].post(prefix), self._past[2]
            book, touched = desk.book(), desk.touched()
            held, self._room = self._room, None  # made anew where this fails in the middle
            if held is None or held[0] != (exercise, event):
                room = Postroom(desk.ladder, desk.rules, self.names, exercise=exercise, event=event)
                touched = tuple(book.tasks.values())
            else:
                room = held[1]
            room.bring(touched, at)
            self._room = ((exercise, event), room)
            return room.post(prefix), book.last_at

    def responses_at(self, at: datetime | None) -> Mapping[Key, Response] | None:
        """Responses now, or as they were known at an instant; None without a log."""
        if self.responses is None:
            return None
        if at is None:
            return self.responses.responses()
        from evac.response.events import parse
        from evac.response.standing import fold

        with (
            self.lock
        ):  # of a past instant many screens are wanted, one after the other: the log is read once
            mark = at, self.responses.log.head().sequence
            if self._answered is None or self._answered[0] != mark:
                entries = takewhile(lambda entry: entry.received_at <= at, self.responses.log.after(0))
                self._answered = mark, fold(parse(entry.body) for entry in entries)
            return self._answered[1]

    def beds(self, store: EventStore, at: datetime) -> tuple[Beds, datetime]:
        """Shelters and who stays at them, and when that was read: asked of the whole registry at most every few seconds."""
        from evac.situation.people import read_beds

        with self.lock:
            held = self._beds
            if held is None or not timedelta(0) <= at - held[1] < timedelta(
                seconds=rules()["kept"]["seconds"]
            ):
                self._beds = held = (read_beds(store), at)
            return held

    def told(self, store: EventStore, at: datetime) -> Sequence[Envelope]:
        """Calls for rescue, their ends and reports made, as they were known at a clock, in order.

        Few, but every screen of a province asks for all of them: of one clock and one state of the log they are read once.

        Raises
        ------
        SourceError
            The registry cannot be read.
        """
        from evac.counts.roll import in_order

        with self.lock:
            mark = (at, log_mark(store))
            if self._told is None or self._told[0] != mark:
                self._told = mark, in_order(store, [event for _, event in store.aside(_TOLD)], at)
            return self._told[1]

    def outlook(self, at: datetime) -> Outlook | None:
        """The published run as it is asked at a clock; None where none is named.

        Raises
        ------
        SourceError, DataError
            It cannot be read.
        """
        assessment = self.assessment()
        if assessment is None:
            return None
        from evac.situation.tiers import Outlook

        found = Outlook(assessment, at)
        with self.lock:
            held = self._asked
            if (
                held is None
                or held.assessment is not assessment
                or (held.now, held.over) != (found.now, found.over)
            ):
                self._asked = held = found
            return held

    def assessment(self) -> Assessment | None:
        """The published run; None where none is named.

        Raises
        ------
        SourceError, DataError
            It cannot be read.
        """
        if self.run is None:
            return None
        from riskmap.io.published import read_assessment

        with self.lock:
            mark = self._mark()
            if self._read is None or self._read[0] != mark:
                self._read = (mark, read_assessment(self.run))
            return self._read[1]

    def hold(self, assessment: Assessment) -> None:
        """Take the published run from whoever has just read it; a newer one is read again."""
        with self.lock:
            self._read = (self._mark(), assessment)

    def _mark(self) -> tuple[float, int]:
        """What changes when another run is published; a file that is not there is left to the reader's own error."""
        from riskmap.io.published import ASSESSMENT_FILE

        assert self.run is not None
        path = self.run / ASSESSMENT_FILE if self.run.is_dir() else self.run
        try:
            found = path.stat()
        except OSError:
            return (0.0, 0)
        return (found.st_mtime, found.st_size)

    def heads(self) -> Iterator[int]:
        """Ends of the logs beside the registry: what a revision is made of."""
        yield self.documents.log.head().sequence if self.documents else 0
        yield self.responses.log.head().sequence if self.responses else 0
        yield round(self._mark()[0] * 1000) if self.run else 0
        yield from self.slots.heads()
