"""Rows that are on the list already: what a list that is sent again says otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from evac.model import Person
from evac.people.corrections import address_of, details_of
from evac.people.entry import Entry, Traits, household_of_one, kin_of, row_keys, traits_of
from evac.people.identity import Pseudonym
from evac.people.region_list import LENGTHS
from evac.registry import EventStore

_COMPARED: Final = {
    "village": "村", "phone": "手机", "helper": "联系人", "sex": "性别", "birth_year": "出生年份", "vulnerability": "脆弱性", "category": "类别",
    "stay": "安置方式", "place": "去向", "transport": "转移方式", "vessel": "渔船",
    "longitude": "经度", "latitude": "纬度",
}  # fmt: skip
"""Details that a list may say otherwise without being about somebody else, and their words."""


POINT: Final = ("longitude", "latitude")
"""Details that no correction says: where somebody lives stays on the list."""


class Earlier(NamedTuple):
    """An earlier row of a list, whether it is surely about the same person, and the village that it tells."""

    row: int
    same: bool
    village: str


class Seen:
    """Rows of a list so far, by what would make two of them one person."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self._rows: dict[str, list[tuple[int, Traits, str]]] = {}
        self._used: Counter[str] = Counter()

    def earlier(self, number: int, entry: Entry) -> Earlier | None:
        """An earlier row that looks the same: the one that surely is, or else the first."""
        rows = self._rows.setdefault(entry.kin or entry.key, [])
        if entry.certain:
            for row, traits, village in rows:
                if entry.identity or not traits.contradict(entry.traits):
                    return Earlier(row, same=True, village=village)
        rows.append((number, entry.traits, entry.village))
        if len(rows) > 1:
            return Earlier(rows[0][0], same=False, village=rows[0][2])
        self._used[entry.key] += 1
        return None

    def told_apart(self, entry: Entry) -> Entry:
        """The entry under a key that no earlier row has."""
        key = entry.apart if entry.certain else entry.key
        self._used[key] += 1
        if self._used[key] > 1:
            key = f"{key}#{self._used[key]}"
        if key == entry.key or not entry.kin:
            return entry._replace(key=key)
        own = blake2b(key.encode(), digest_size=16).hexdigest()
        return entry._replace(key=key, household=household_of_one(entry.village, entry.kin, own))


class Placed(NamedTuple):
    """Keys of rows about people who are there already, and of rows about others of the same name, village and year."""

    there: set[str]
    alike: set[str]


class Listed:
    """Row key -> code of everybody of some counties, made when first asked for.

    Parameters
    ----------
    store : EventStore
        Opened with the vault.
    pseudonym : callable
        By which row keys are made.
    """

    def __init__(self, store: EventStore, pseudonym: Pseudonym) -> None:
        self._store, self._pseudonym = store, pseudonym
        self._codes: dict[str, str] = {}
        self._kin: dict[str, list[str]] = {}
        self._taken: set[str] = set()
        self._counties: set[str] = set()

    def place(self, entries: Sequence[Entry], known: Collection[str], homes: Collection[str]) -> Placed:
        """Which rows that tell no number, household or telephone are about somebody who is on the list.

        Parameters
        ----------
        entries : sequence of Entry
            Of rows that may be told apart by their traits alone (``kin``).
        known : collection of str
            Keys of those that were registered under these very traits.
        homes : collection of str
            Households of such rows in the whole list: whoever is in one is that row's, and no other's.
        """
        there, alike = set(known), set()
        for county in {entry.county for entry in entries} - self._counties:
            self._add(county)
        codes = {code for entry in entries for code in self._kin.get(entry.kin, ())}
        people = self._store.people_of(codes) if codes else {}
        for entry in entries:
            kin = [people[code] for code in self._kin.get(entry.kin, ()) if code in people]
            own = next((p for p in kin if p.household == entry.household), None)
            if entry.key not in there and entry.key == entry.apart:
                free = (p for p in kin if p.code not in self._taken and p.household not in homes)
                own = next((p for p in free if not traits_of(p).contradict(entry.traits)), None)
                if own is not None:
                    there.add(entry.key)
                elif kin:
                    alike.add(entry.key)
            if own is not None:
                self._taken.add(own.code)
                self._codes[entry.key] = own.code
        return Placed(there, alike)

    def take(self, codes: Iterable[str]) -> None:
        """These people are of rows of this list: no other row is about them."""
        self._taken.update(codes)

    def differences(self, rows: Iterable[tuple[int, Entry]]) -> Iterator[tuple[int, Person, dict[str, Any]]]:
        """Row number, person and details that the row says otherwise; what the row leaves empty is no difference."""
        given = list(rows)
        for county in {entry.county for _, entry in given} - self._counties:
            self._add(county)
        known = self._store.people_of({self._codes[e.key] for _, e in given if e.key in self._codes})
        for row, entry in given:
            person = known.get(self._codes.get(entry.key, ""))
            if person is not None and (said := _otherwise(person, entry)):
                yield row, person, said

    def _add(self, county: str) -> None:
        self._counties.add(county)
        for person in self._store.people(county):
            for key in row_keys(person, self._pseudonym):
                self._codes.setdefault(key, person.code)
            if kin := kin_of(person, self._pseudonym):
                self._kin.setdefault(kin, []).append(person.code)


def _otherwise(person: Person, entry: Entry) -> dict[str, Any]:
    had = details_of(person) | {name: getattr(person, name) for name in POINT}
    said = {name: getattr(entry, name) for name in _COMPARED}
    said |= {"vulnerability": [v.value for v in entry.vulnerability], "category": entry.category.value}
    said["stay"] = entry.stay.value if entry.place else ""
    if address_of(person) != address_of(entry):
        for name in POINT:  # the point of another house than the one that the entry was corrected to
            del said[name]
    if not _elsewhere(person, entry):
        del said["village"]
    return {name: value for name, value in said.items() if value and value != had[name]}


def _elsewhere(person: Person, entry: Entry) -> bool:
    """Whether a row says another village, or a nearer one: the town or county of the entry's own village tells nothing new."""
    if person.village != entry.village:
        digits = next(n for n in LENGTHS if not entry.village[n:].strip("0"))
        return not person.village.startswith(entry.village[:digits])
    named, told = address_of(person)[2], address_of(entry)[2]
    return bool(told) and told != named


def words_of(names: Sequence[str]) -> str:
    """The words of details, as the report lists them.

    Examples
    --------
    >>> words_of(["phone", "place"])
    '手机、去向'
    """
    return "、".join(word for name, word in _COMPARED.items() if name in names)
