"""Rows that are on the list already: what a list that is sent again says otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from evac.model import Person
from evac.people.corrections import details_of
from evac.people.entry import Entry, row_keys
from evac.people.identity import Pseudonym
from evac.registry import EventStore

_COMPARED: Final = {
    "phone": "手机", "helper": "联系人", "sex": "性别", "birth_year": "出生年份", "vulnerability": "脆弱性", "category": "类别",
    "stay": "安置方式", "place": "去向", "transport": "转移方式", "vessel": "渔船",
}  # fmt: skip
"""Details that a list may say otherwise without being about somebody else, and their words."""


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
        self._counties: set[str] = set()

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


def _otherwise(person: Person, entry: Entry) -> dict[str, Any]:
    had = details_of(person)
    said = {name: getattr(entry, name) for name in _COMPARED}
    said |= {"vulnerability": [v.value for v in entry.vulnerability], "category": entry.category.value}
    said["stay"] = entry.stay.value if entry.place else ""
    return {name: value for name, value in said.items() if value and value != had[name]}


def words_of(names: Sequence[str]) -> str:
    """The words of details, as the report lists them.

    Examples
    --------
    >>> words_of(["phone", "place"])
    '手机、去向'
    """
    return "、".join(word for name, word in _COMPARED.items() if name in names)
