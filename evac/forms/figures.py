"""Every figure of every form, from one reading of the log: a form names figures and computes nothing.

A *line* is a row of counts of one group of people (a town, a category); an *entry* is a row about one thing (a person, a
shelter, a boat). What a name means is written here once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from types import MappingProxyType
from typing import Final

from evac.counts.head_count import percent, region_of_place
from evac.counts.life import Life
from evac.counts.now import CountedRoll
from evac.counts.roll import Roll
from evac.counts.shelters import Room, ShelterCount, present_alone, shelter_counts
from evac.counts.terms import WEAK_WORDS, WORDS, terms_of
from evac.counts.unaccounted import House, unaccounted_houses
from evac.counts.vessels import Vessel, vessels
from evac.grain import CITY_DIGITS, COUNTY_DIGITS, PROVINCE_DIGITS, TOWN_DIGITS, VILLAGE_DIGITS, Grain
from evac.model import Category, State, Vulnerability

Cell = str | int | float | datetime | None

ALONE: Final = "~"
"""After a region's code: people of whom no finer region is known, who have a line and a sheet of their own."""


def exact(region: str, digits: int) -> str:
    """A region at a level; what is not known so finely is marked.

    Examples
    --------
    >>> exact("330902001001", 9), exact("330902", 9)
    ('330902001', '330902~')
    """
    return region[:digits] if len(region) >= digits else region + ALONE


def within(region: str, under: str) -> bool:
    """Whether a region lies in another, ``ALONE`` honoured."""
    return region == under[:-1] if under.endswith(ALONE) else region.startswith(under)


_OF_HOUSES: Final = ("due", "moved", "unaccounted")
_SCATTERED: Final = frozenset({State.DISPERSED, State.ASHORE, State.MEDICAL})


@dataclass(frozen=True)
class Line:
    """Counts of one group of people.

    Attributes
    ----------
    code, label : str
        Of the region or category.
    counts : Counter
        Figure -> count.
    """

    code: str
    label: str
    counts: Counter[str] = field(default_factory=Counter)

    def figure(self, name: str) -> Cell:
        """The value of a figure: a count, or what is derived from counts."""
        if name in DERIVED:
            return DERIVED[name](self)
        return self.counts[name]


DERIVED: Final[Mapping[str, Callable[[Line], Cell]]] = MappingProxyType(
    {
        "label": lambda line: line.label,
        "code": lambda line: line.code,
        "rate": lambda line: percent(line.counts["moved"] + line.counts["returned"], line.counts["due"]),
        "verified_rate": lambda line: percent(line.counts["verified"], line.counts["dispersed"]),
    }
)


SHELTER_FIGURES: Final = (
    "shelters", "opened_shelters", "open_shelters", "capacity", "opened_capacity", "overfull_shelters",
    "differing_shelters",
)  # fmt: skip
"""What counts shelters, not people."""
_EXTRA: Final = (
    "ever_moved", "ever_sheltered", "ever_scattered", "scattered", "due_households", "moved_households",
    "unaccounted_households", "same_town", "other_town", "present", *SHELTER_FIGURES,
)  # fmt: skip
OF_THE_LOG: Final = frozenset(
    {"ever_moved", "ever_sheltered", "ever_scattered", "opened_shelters", "opened_capacity"}
)
"""Sums over time: not known from the present states."""
HOUSES: Final = frozenset(f"{term}_households" for term in _OF_HOUSES)
"""Households: of regions alone, since one household may be in two categories."""
LINE_FIGURES: Final = frozenset({*WORDS, *_EXTRA, *DERIVED})
"""What may be asked of a line."""


@dataclass(frozen=True, eq=False)
class Figures:
    """One reading of a region, and the words for its regions.

    Attributes
    ----------
    roll : Roll
        Everybody, as of one instant.
    names : mapping
        Administrative code -> name; the code itself stands where there is none.
    """

    roll: Roll
    names: Mapping[str, str]

    def name(self, code: str) -> str:
        """The name of a region."""
        if not code:
            return "未登记去处"
        if code.endswith(ALONE):
            return f"{self.name(code[:-1])}(未登记到村)"
        return (
            self.names.get(code)
            or self._villages.get(code)
            or (f"{code} 乡镇" if len(code) == TOWN_DIGITS else code)
        )

    @cached_property
    def _villages(self) -> dict[str, str]:
        return {life.person.village: life.person.village_name for life in self.roll.everybody if life.person}

    def under(self, prefix: str) -> Sequence[Life]:
        """Everybody at risk in a region of the roll; with ``ALONE`` at its end, those of whom nothing finer is known."""
        if prefix == self.roll.prefix:
            return self.roll.lives
        if prefix.endswith(ALONE):
            return [life for life in self.roll.lives if life.grain.region == prefix[:-1]]
        found = self._buckets.get(len(prefix))
        if found is None:
            found = self._buckets[len(prefix)] = {}
            for life in self.roll.lives:
                found.setdefault(life.grain.region[: len(prefix)], []).append(life)
        return found.get(prefix, ())

    @cached_property
    def _buckets(self) -> dict[int, dict[str, list[Life]]]:
        return {}

    def _bag(self, under: str) -> Mapping[tuple[Grain, tuple[State, ...]], int]:
        """People who count alike, with the kinds of stay that they ever had; a county has twenty times fewer than people."""
        found = self._bags.get(under)
        if found is None and isinstance(self.roll, CountedRoll):
            found = Counter({(g, ()): n for g, n in self.roll.grains.items() if within(g.region, under)})
            self._bags[under] = found
        if found is None:
            found = Counter(
                (life.grain, tuple(dict.fromkeys(stay.stay for stay in life.stays)))
                for life in self.under(under)
            )
            self._bags[under] = found
        return found

    @cached_property
    def _bags(self) -> dict[str, Counter[tuple[Grain, tuple[State, ...]]]]:
        return {}

    def _lines(self, under: str, key: Callable[[Grain], str], label: Callable[[str], str]) -> dict[str, Line]:
        """Lines of everybody at risk in a region, stays that are over included."""
        found: dict[str, Line] = {}
        for (grain, kinds), n in self._bag(under).items():
            where = key(grain)
            line = found.get(where)
            if line is None:
                line = found[where] = Line(where, label(where))
            counts = line.counts
            for term in (*terms_of(grain), *_ever(grain, kinds)):
                counts[term] += n
        return found

    @cached_property
    def _homes(self) -> dict[str, Counter[str]]:
        """Households by region of risk: with somebody who must move, was moved, is not in safety."""
        houses: dict[str, dict[str, set[str]]] = {}
        for life in self.roll.lives:
            terms = terms_of(life.grain)
            for term in _OF_HOUSES:
                if term in terms:
                    houses.setdefault(life.grain.region, {}).setdefault(term, set()).add(life.household)
        return {
            region: Counter({f"{term}_households": len(found) for term, found in sets.items()})
            for region, sets in houses.items()
        }

    def _regions(self, digits: int, under: str = "") -> tuple[Line, ...]:
        lines = self._lines(under, lambda grain: exact(grain.region, digits), self.name)
        for region, homes in self._homes.items():
            if within(region, under):
                lines[exact(region, digits)].counts.update(homes)
        for shelter in self.shelters:
            place = region_of_place(shelter.shelter.shelter_id, self.roll.shelters)
            if not place.startswith(under) or len(place) < digits:
                continue
            code = place[:digits]
            line = lines.setdefault(code, Line(code, self.name(code)))
            line.counts.update(_of_shelter(shelter))
        return tuple(lines[code] for code in sorted(lines))

    def provinces(self, under: str = "") -> tuple[Line, ...]:
        """One line for each province."""
        return self._regions(PROVINCE_DIGITS, under)

    def cities(self, under: str = "") -> tuple[Line, ...]:
        """By city of risk."""
        return self._regions(CITY_DIGITS, under)

    def counties(self, under: str = "") -> tuple[Line, ...]:
        """By county of risk."""
        return self._regions(COUNTY_DIGITS, under)

    def towns(self, under: str = "") -> tuple[Line, ...]:
        """By town of risk."""
        return self._regions(TOWN_DIGITS, under)

    def villages(self, under: str = "") -> tuple[Line, ...]:
        """By village of risk."""
        return self._regions(VILLAGE_DIGITS, under)

    def categories(self, under: str = "") -> tuple[Line, ...]:
        """By why they must move, in the order of the list; words of the list, or what somebody wrote instead."""
        words = {category.value: category.chinese for category in Category}
        lines = self._lines(under, lambda grain: grain.category, lambda code: words.get(code, code))
        order = [*words, *sorted(code for code in lines if code not in words)]
        return tuple(lines[code] for code in order if code in lines)

    def vulnerable(self, under: str = "") -> tuple[Line, ...]:
        """By what makes moving harder; a person with two stands in both lines."""
        found = {kind: Line(kind.value, WEAK_WORDS[kind]) for kind in Vulnerability}
        for weak, line in self._lines(under, lambda grain: grain.weak, str).items():
            for kind in filter(None, weak.split(",")):
                found[Vulnerability(kind)].counts.update(line.counts)
        return tuple(found.values())

    def stays(self, under: str = "") -> tuple[Line, ...]:
        """Those of here who were moved, by the town where they stay; the last line holds those of unknown whereabouts."""
        found: dict[str, Line] = {}
        for (grain, _), n in self._bag(under).items():
            terms = terms_of(grain)
            if "moved" not in terms:
                continue
            code = region_of_place(grain.place, self.roll.shelters)[:TOWN_DIGITS]
            line = found.setdefault(code, Line(code, self.name(code)))
            for term in (*terms, *(() if "sheltered" in terms else ("scattered",))):
                line.counts[term] += n
            if where := _which_town(grain.region, code):
                line.counts[where] += n
        return tuple(found[code] for code in sorted(found, key=lambda code: (not code, code)))

    def total(self, under: str = "") -> Counter[str]:
        """Figures of everybody at risk in a region."""
        found = self._lines(under, lambda _grain: "", str)
        return found[""].counts if found else Counter()

    def regions(self, digits: int) -> list[str]:
        """Codes of the regions where people are at risk, at a level."""
        return sorted({exact(grain.region, digits) for grain, _ in self._bag(self.roll.prefix)})

    @cached_property
    def shelters(self) -> tuple[ShelterCount, ...]:
        """Shelters of the region."""
        if not isinstance(self.roll, CountedRoll):
            return shelter_counts(self.roll)
        present = self.roll.present
        return tuple(
            present_alone(s, self.roll.at, present.get(s.shelter_id, 0)) for s in self.roll.own_shelters
        )

    @cached_property
    def vessels(self) -> tuple[Vessel, ...]:
        """Boats of the region."""
        return vessels(self.roll)

    @cached_property
    def houses(self) -> tuple[House, ...]:
        """Houses with somebody to look for."""
        return unaccounted_houses(self.roll.lives)


def _which_town(risk: str, stay: str) -> str:
    """Whether somebody stays in the own town; empty where one of the two is known no finer than the county.

    Examples
    --------
    >>> _which_town("330902001005", "330902001"), _which_town("330902001005", "330903"), _which_town("330902001005", "330902")
    ('same_town', 'other_town', '')
    """
    known = min(len(risk), len(stay), TOWN_DIGITS)
    if risk[:known] != stay[:known]:
        return "other_town"
    return "same_town" if known == TOWN_DIGITS else ""


@cache
def _ever_of(kinds: tuple[State, ...], terms: tuple[str, ...]) -> tuple[str, ...]:
    if "merged" in terms:
        return ()
    found = ["ever_moved"] if kinds else []
    if State.SHELTERED in kinds:
        found.append("ever_sheltered")
    if _SCATTERED & set(kinds):
        found.append("ever_scattered")
    if "moved" in terms and "sheltered" not in terms:
        found.append("scattered")
    return tuple(found)


def _ever(grain: Grain, kinds: tuple[State, ...]) -> tuple[str, ...]:
    """Stays that count in sums over time (累计), each person once; and those away from shelters now (分散)."""
    return _ever_of(kinds, terms_of(grain))


def _of_shelter(count: ShelterCount) -> dict[str, int]:
    used = count.opened_at is not None
    return {
        "shelters": 1,
        "opened_shelters": int(used),
        "open_shelters": int(count.present > 0),
        "capacity": count.shelter.capacity,
        "opened_capacity": count.shelter.capacity * used,
        "present": count.present,
        "overfull_shelters": int(count.room is Room.OVERFULL),
        "differing_shelters": int(count.differs_since is not None),
    }
