"""The sources behind the slots of a screen: the log of the field, dangers and goods of the registry, readiness by a duty roster.

What is quick is read for each screen. Goods and readiness ask everybody of the registry: they are asked behind the screens
(``evac.situation.slow``), and each says as of when it is.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from evac.registry import EventStore
from evac.situation.document import Place
from evac.situation.panels import Slot, dangers_slot, field_slot, goods_slot
from evac.situation.places import Names
from evac.situation.rules import rules
from evac.situation.slow import Behind, Slow
from riskmap.errors import RiskmapError, SourceError

if TYPE_CHECKING:  # a screen without these sources loads none of what keeps them
    from evac.dangers.danger import Danger
    from evac.field.book import FieldBook
    from evac.field.desk import FieldDesk
    from evac.ready.duty import Duty
    from evac.ready.readiness import Village
    from evac.supplies.now import Goods

PAST: Final = "过去时刻不读"
READING: Final = "正在读取"


@dataclass(frozen=True)
class _Told:
    """Dangers as they were folded last."""

    mark: tuple[int, int]
    at: datetime
    replay: bool
    found: Sequence[Danger]
    near: Mapping[str, int]
    regions: Mapping[str, str]


@dataclass(eq=False)
class Slots:
    """Sources of field work, dangers, supplies and readiness.

    Attributes
    ----------
    desk : FieldDesk or None
        Over the log of the field; its own, since screens read it while others decide.
    duties : sequence of Duty or None
        The duty roster; readiness is asked where there is one.
    behind : callable or None
        Where slow questions go; None: they are waited for.
    region : str
        Readiness is asked of this region alone; empty for all.
    closed : bool
        Set: who reads behind stops.
    """

    desk: FieldDesk | None = None
    duties: Sequence[Duty] | None = None
    behind: Behind | None = None
    closed: bool = False
    region: str = ""
    _past: tuple[datetime, FieldBook] | None = field(default=None, repr=False)
    _told: _Told | None = field(default=None, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _goods: Slow[Goods | None] = field(init=False, repr=False)
    _villages: Slow[tuple[Village, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        kept = rules()["kept"]
        self._goods = Slow(_read_goods, seconds=kept["goods_seconds"])
        self._villages = Slow(self._read_villages, seconds=kept["readiness_seconds"])

    def heads(self) -> Iterator[int]:
        """What changes when any of them does; a log that is away is said on the screen and breaks none."""
        try:
            yield self.desk.log.head().sequence if self.desk else 0
        except RiskmapError:
            yield -1
        yield self._goods.number
        yield self._villages.number

    def field_work(self, place: Place, names: Names, at: datetime, *, replay: bool = False) -> Slot:
        """Field work of a region, now or as the log stood at an instant."""
        desk = self.desk
        if desk is None:
            return Slot(why="未接入网格任务")
        with self._lock:
            book = self._book_at(desk, at) if replay else desk.book()
            return field_slot(book, desk.rules, place, names, at)

    def _book_at(self, desk: FieldDesk, at: datetime) -> FieldBook:
        """As the log stood; many screens of one instant read it once."""
        from evac.field.book import FieldBook

        if self._past is None or self._past[0] != at:
            self._past = at, FieldBook(takewhile(lambda entry: entry.received_at <= at, desk.log.after(0)))
        return self._past[1]

    def dangers(
        self, store: EventStore, place: Place, names: Names, at: datetime, *, replay: bool = False
    ) -> Slot:
        """Dangers of a region or shelter; folded anew as soon as a fact of theirs came in, and every few seconds for what was undone."""
        told = self._fold(store, at, replay=replay)
        if not told.found:
            return dangers_slot((), {}, {}, place, names, at)
        return dangers_slot(told.found, told.near, told.regions, place, names, at)

    def _fold(self, store: EventStore, at: datetime, *, replay: bool) -> _Told:
        from evac.counts.dangers import people_at, read_dangers
        from evac.counts.head_count import region_of_place
        from evac.dangers.reports import KINDS
        from evac.store.counting import newest_aside

        with self._lock:
            mark = newest_aside(store, KINDS)
            held, span = self._told, timedelta(seconds=0 if replay else rules()["kept"]["seconds"])
            if held and (held.mark, held.replay) == (mark, replay) and timedelta(0) <= at - held.at <= span:
                return held
            found = read_dangers(store, at=at) if mark[0] else ()
            shelters = {one.shelter_id: one for one in store.shelters()} if found else {}
            regions = {one.place: region_of_place(one.place, shelters) for one in found}
            waiting = [one for one in found if one.open]
            near = people_at(store, waiting) if waiting else {}
            self._told = _Told(mark, at, replay, found, near, regions)
            return self._told

    def goods(
        self, store: EventStore, place: Place, names: Names, at: datetime, *, replay: bool = False
    ) -> Slot:
        """Supplies of a region or shelter, as of when they were asked last."""
        if replay:
            return Slot(why=PAST)
        answer = self._goods.get(store, at, self.behind)
        return Slot(why=READING) if answer is None else goods_slot(answer.value, place, names, answer.at)

    def villages(self, store: EventStore, at: datetime) -> tuple[tuple[Village, ...] | None, datetime | None]:
        """Readiness of every village and the newest look; None without a duty roster, and until it was read."""
        if self.duties is None:
            return None, None
        answer = self._villages.get(store, at, self.behind)
        if answer is None:
            return None, None
        looked = [item.at for village in answer.value for item in village.items if item.at is not None]
        return answer.value, max(looked, default=None)

    def _read_villages(self, store: EventStore, at: datetime) -> tuple[Village, ...]:
        from evac.ready.readiness import ready_by_county

        found: list[Village] = []
        for _, villages in ready_by_county(store, self.duties or (), self.region, at=at):
            if self.closed:
                raise SourceError(
                    "readiness was not read to its end", where="readiness", found="the server stops"
                )
            found += villages
        return tuple(found)


def _read_goods(store: EventStore, at: datetime) -> Goods | None:
    from evac.supplies.now import goods_now

    return goods_now(store, at=at)
