"""The head-count of a screen and of its rows, from one asking of the registry: no question a row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from evac.columns import COLUMNS
from evac.counts.head_count import FINE, HeadCount, percent
from evac.counts.now import head_count
from evac.counts.rules import rules
from evac.counts.terms import WORDS
from evac.grain import COUNTY_DIGITS
from evac.model import Shelter, State
from evac.registry import EventStore
from evac.situation.document import HeadCountHere, Place, ShelterRow, Shelters
from evac.situation.places import digits_below, region_of_shelter
from evac.situation.rules import most
from evac.situation.since import SinceWhen
from evac.store.counting import Held, held_since

PARTS: Final = tuple(column.value for column in COLUMNS)
"""Names that sum to 应转移."""
ALARMING: Final = (State.MISSING, State.DECEASED, State.LEFT, State.UNREACHED, State.REFUSED)


@dataclass(frozen=True)
class People:
    """Figures of a screen.

    Attributes
    ----------
    total : Counter
        Figure -> persons.
    rows : mapping
        Code of a row -> its figures.
    fine : bool
        Whether what more than county, category and state is known.
    held : mapping
        (county, state) -> since when; empty for a past instant.
    """

    total: Mapping[str, int]
    rows: Mapping[str, Mapping[str, int]]
    fine: bool
    held: Mapping[tuple[str, State], Held]


def read_people(
    store: EventStore, place: Place, *, past: datetime | None = None, since: SinceWhen | None = None
) -> People:
    """Everybody of a region, now or as of a past instant, with sums checked.

    Parameters
    ----------
    since : SinceWhen, optional
        Kept from screen to screen; everything is asked anew without it.

    Raises
    ------
    ConflictError
        The head-count does not add up.
    SourceError
        The store cannot be read.
    """
    count = head_count(store, place.code, at=past)
    rows = count.by_risk(digits_below(place))
    total = count.total()
    held = {} if past else _held(store, place, total, rows, since or SinceWhen())
    return People(total, rows, count.fine, held)


def people_of(count: HeadCount, place: Place) -> People:
    """The figures of one screen in a head-count of its region, or of one around it; since when is not known."""
    here = {grain: n for grain, n in count.grains.items() if grain.region.startswith(place.code)}
    mine = HeadCount(here, count.at, count.fine)
    return People(mine.total(), mine.by_risk(digits_below(place)), count.fine, {})


def _held(
    store: EventStore,
    place: Place,
    total: Mapping[str, int],
    rows: Mapping[str, Mapping[str, int]],
    since: SinceWhen,
) -> dict[tuple[str, State], Held]:
    """Since when people are missing and the like: of counties where there are any, and at the top of the gravest states alone."""
    if len(place.code) > COUNTY_DIGITS:  # of the county around it, whose counts are not known here
        return held_since(store, [place.code[:COUNTY_DIGITS]], ALARMING) if _any(total, ALARMING) else {}
    if len(place.code) == COUNTY_DIGITS:
        return since.read(store, {(place.code, state): total.get(state.value, 0) for state in ALARMING})
    counts = {(code, state): row.get(state.value, 0) for code, row in rows.items() for state in ALARMING[:2]}
    return since.read(store, counts)


def _any(counts: Mapping[str, int], states: Iterable[State]) -> bool:
    return any(counts.get(state.value, 0) for state in states)


def head_count_here(people: People) -> HeadCountHere:
    """The part of the document."""
    names = [name for name in WORDS if people.fine or name not in FINE]
    figures = {name: int(people.total.get(name, 0)) for name in names}
    return HeadCountHere(
        figures, {name: WORDS[name] for name in names}, PARTS,
        sum(figures[name] for name in PARTS) == figures["due"], percent(figures["moved"], figures["due"]),
    )  # fmt: skip


class Beds:
    """Shelters and who stays at them.

    Parameters
    ----------
    shelters : mapping
        Id -> shelter.
    present : mapping
        Id -> persons there.
    """

    def __init__(self, shelters: Mapping[str, Shelter], present: Mapping[str, int]) -> None:
        self.shelters, self.present = shelters, present
        self._within: dict[str, list[Shelter]] = {}

    def within(self, place: Place) -> list[Shelter]:
        """Shelters of a screen."""
        if place.level == "shelter":
            return [self.shelters[place.code]]
        if place.code not in self._within:
            here = (one for one in self.shelters.values() if region_of_shelter(one).startswith(place.code))
            self._within[place.code] = list(here)
        return self._within[place.code]

    def by_row(self, place: Place, codes: Iterable[str]) -> dict[str, tuple[int, int]]:
        """Code of a row -> persons at its shelters, their room."""
        digits = digits_below(place)
        found = dict.fromkeys(codes, (0, 0))
        for one in self.within(place):
            code = region_of_shelter(one)[:digits]
            if code in found:
                there, room = found[code]
                found[code] = (there + self.present.get(one.shelter_id, 0), room + one.capacity)
        return found

    def part(self, place: Place, worst: Mapping[str, int | None]) -> Shelters:
        """The part of the document; ``worst`` is the worst tier to come of a shelter's region."""
        here = [(one, self.present.get(one.shelter_id, 0)) for one in self.within(place)]
        full = sum(_full(one, n) for one, n in here)
        share = near_full_share()
        # who is empty is left out first
        used = [(one, n) for one, n in here if n or len(here) <= most("shelters")]
        used.sort(
            key=lambda pair: (
                -(pair[1] / pair[0].capacity if pair[0].capacity else pair[1]),
                pair[0].shelter_id,
            )
        )
        shown = tuple(_row(one, n, worst) for one, n in used[: most("shelters")])
        return Shelters(
            places=len(here), present=sum(n for _, n in here), capacity=sum(one.capacity for one, _ in here), full=full,
            near_full=sum(not _full(one, n) and n >= share * one.capacity > 0 for one, n in here),
            empty=sum(not n for _, n in here), rows=shown, left_out=len(here) - len(shown),
        )  # fmt: skip


def near_full_share() -> float:
    """From what share of its persons on a shelter is near full."""
    return float(rules()["near_full"]["share"])


def _full(shelter: Shelter, present: int) -> bool:
    return present >= shelter.capacity and present + shelter.capacity > 0


def _row(shelter: Shelter, present: int, worst: Mapping[str, int | None]) -> ShelterRow:
    full = _full(shelter, present)
    code = region_of_shelter(shelter)
    return ShelterRow(
        shelter.shelter_id, shelter.name, code, present, shelter.capacity, percent(present, shelter.capacity), full,
        not full and present >= near_full_share() * shelter.capacity > 0, worst.get(code),
    )  # fmt: skip


def read_beds(store: EventStore) -> Beds:
    """Shelters of the whole registry, and who stays at them now."""
    present = Counter({seat.place: n for seat, n in store.seats().items() if seat.stay is State.SHELTERED})
    return Beds({one.shelter_id: one for one in store.shelters()}, present)


def beds_of(count: HeadCount, shelters: Mapping[str, Shelter]) -> Beds:
    """Shelters and who stays at them by a head-count; guests from beyond its region are not in it."""
    present = Counter[str]()
    for grain, n in count.grains.items():
        if grain.state is State.SHELTERED:
            present[grain.place] += n
    return Beds(shelters, present)
