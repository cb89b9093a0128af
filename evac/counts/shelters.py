"""Shelters: who is there by the scans, who was counted there by somebody else, and whether there is room."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from evac.asides import HeadCounted
from evac.counts.life import Life
from evac.counts.roll import Roll
from evac.counts.rules import area_needed, rules
from evac.model import Shelter, State
from riskmap.outlook import BEIJING


class Room(StrEnum):
    """How full a shelter is, the worst that holds; ``chinese`` is its word."""

    UNUSED = "unused"
    FREE = "free"
    TIGHT = "tight"
    NEAR_FULL = "near_full"
    OVERFULL = "overfull"

    @property
    def chinese(self) -> str:
        """Word of the sheet."""
        words = {
            "unused": "未入住",
            "free": "正常",
            "tight": "人均面积不足",
            "near_full": "接近满员",
            "overfull": "超员",
        }
        return words[self.value]


@dataclass(frozen=True)
class Counted:
    """An independent head-count beside the scans of the same instant."""

    at: datetime
    actor: str
    count: int
    scanned: int

    @property
    def difference(self) -> int:
        """Counted persons minus scanned ones: above 0 somebody was not scanned, below 0 somebody went."""
        return self.count - self.scanned


@dataclass(frozen=True)
class ShelterCount:
    """One shelter as of an instant.

    Attributes
    ----------
    present : int
        By the scans.
    before, came, went : int
        Present at the beginning of the day (Beijing time), and arrivals and departures since.
    weak : Counter
        Vulnerability -> persons present.
    to_medical : int
        Taken from here to medical care, and still there.
    opened_at : datetime or None
        First arrival.
    counts : tuple of Counted
        Independent head-counts, in order.
    """

    shelter: Shelter
    at: datetime
    present: int
    before: int
    came: int
    went: int
    weak: Counter[str]
    to_medical: int
    opened_at: datetime | None
    counts: tuple[Counted, ...]

    @property
    def last_count(self) -> Counted | None:
        """The newest independent head-count."""
        return self.counts[-1] if self.counts else None

    @property
    def differs_since(self) -> datetime | None:
        """Since when every independent head-count has differed from the scans; None where the newest agrees."""
        since = None
        for counted in reversed(self.counts):
            if not counted.difference:
                break
            since = counted.at
        return since

    @property
    def area_each(self) -> float | None:
        """Floor of each person present [m2]; None where nobody is there or the floor is not known."""
        area = self.shelter.area_m2
        return round(area / self.present, 2) if area is not None and self.present else None

    @property
    def area_wanted(self) -> float:
        """Floor that each needs by now [m2]; see ``rules.toml``."""
        return area_needed(self.at - self.opened_at if self.opened_at else timedelta(0))

    @property
    def room(self) -> Room:
        """How full it is."""
        if not self.opened_at:
            return Room.UNUSED
        if self.present > self.shelter.capacity:
            return Room.OVERFULL
        if self.present >= self.shelter.capacity * rules()["near_full"]["share"]:
            return Room.NEAR_FULL
        short = self.area_each is not None and self.area_each < self.area_wanted
        return Room.TIGHT if short else Room.FREE


class _Visit(NamedTuple):
    life: Life
    since: datetime
    until: datetime | None


def shelter_counts(roll: Roll) -> tuple[ShelterCount, ...]:
    """Every shelter of a region, used or not, by id."""
    visits: dict[str, list[_Visit]] = {}
    for life in roll.everybody:
        for stay in life.stays:
            if stay.stay is State.SHELTERED:
                visits.setdefault(stay.place, []).append(_Visit(life, stay.since, stay.until))
    counted: dict[str, list[HeadCounted]] = {}
    for event in roll.aside("head_counted"):
        if isinstance(event, HeadCounted):
            counted.setdefault(event.place, []).append(event)
    return tuple(
        _count(shelter, roll.at, visits.get(shelter.shelter_id, []), counted.get(shelter.shelter_id, []))
        for shelter in roll.own_shelters
    )


def _count(
    shelter: Shelter, at: datetime, visits: Sequence[_Visit], counted: Sequence[HeadCounted]
) -> ShelterCount:
    here = [visit for visit in visits if visit.until is None]
    day = start_of_day(at)
    weak = Counter(kind.value for v in here if v.life.person for kind in v.life.person.vulnerability)
    return ShelterCount(
        shelter=shelter,
        at=at,
        present=len(here),
        before=_present(visits, day),
        came=sum(visit.since > day for visit in visits),
        went=sum(visit.until is not None and visit.until > day for visit in visits),
        weak=weak,
        to_medical=sum(_in_care_from(visit) for visit in visits),
        opened_at=min((visit.since for visit in visits), default=None),
        counts=tuple(
            Counted(event.trusted_at, event.actor, event.count, _present(visits, event.trusted_at))
            for event in counted
        ),
    )


def present_alone(shelter: Shelter, at: datetime, present: int) -> ShelterCount:
    """A shelter of which only the present number is known."""
    return ShelterCount(shelter, at, present, 0, 0, 0, Counter(), 0, at if present else None, ())


def _present(visits: Iterable[_Visit], at: datetime) -> int:
    return sum(visit.since <= at and (visit.until is None or visit.until > at) for visit in visits)


def _in_care_from(visit: _Visit) -> bool:
    last = visit.life.stays[-1]
    return last.stay is State.MEDICAL and last.until is None and visit.until == last.since


def start_of_day(at: datetime) -> datetime:
    """Midnight in Beijing before an instant.

    Examples
    --------
    >>> start_of_day(datetime(2021, 7, 25, 4, 30, tzinfo=UTC)).isoformat()
    '2021-07-24T16:00:00+00:00'
    """
    return at.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
