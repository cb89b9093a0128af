"""Household sheets (转移明白卡): where to go, with whom, each member's code, and a slip that the cadre keeps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Final

from evac.crockford import grouped, short_code
from evac.model import Person, Stay
from evac.prints.card import Imprint, fitted, typeset, village_words
from evac.qr import qr_png

HALVES_A_PAGE: Final = 2
_MEMBERS_A_SHEET: Final = 4
_LINE: Final = 20  # characters that a field holds on one line
_SLIP: Final = 11
LONGEST_CONTACT: Final = 2 * _LINE
"""Characters of the telephone line; a longer one would be cut, and with it a number."""


def household_sheet(people: Sequence[Person], imprint: Imprint, *, first: int = 1) -> bytes:
    """A PDF of household sheets, two to an A4 page; a household of more than four goes on on the next half.

    Parameters
    ----------
    people : sequence of Person
        With signed codes, households together.
    first : int
        Not printed: a sheet shows its household's number.

    Raises
    ------
    DataError
        A code is not signed.
    MissingExtraError
        The typesetter is not installed.
    """
    del first
    homes = [
        sheet
        for _, members in groupby(people, key=lambda person: (person.village, person.household))
        for sheet in _sheets(list(members), imprint)
    ]
    return typeset(
        "households.typ", {"homes": homes}, imprint, synthetic=any(person.synthetic for person in people)
    )


def halves(people: Sequence[Person]) -> int:
    """How many half pages the households of a list take."""
    return sum(
        -(-sum(1 for _ in members) // _MEMBERS_A_SHEET)
        for _, members in groupby(people, key=lambda person: (person.village, person.household))
    )


def _sheets(members: Sequence[Person], imprint: Imprint) -> Iterator[dict[str, Any]]:
    head = members[0]
    parts = -(-len(members) // _MEMBERS_A_SHEET)
    for part in range(parts):
        start = part * _MEMBERS_A_SHEET
        yield {
            "household": fitted(head.household, 24),
            "address": fitted(
                f"{imprint.counties.get(head.county, head.county)} {village_words(head)}", 2 * _LINE
            ),
            "village": fitted(head.village_name, _SLIP)
            or village_words(head),  # twelve digits take six characters
            "category": head.category.chinese,
            "destination": fitted(destination_words(head, imprint), 2 * _LINE - 4),
            "short_destination": fitted(destination_words(head, imprint), _SLIP),
            "transport": fitted(head.transport, _LINE),
            "helper": fitted(next((person.helper for person in members if person.helper), ""), _SLIP),
            "contact": imprint.contact,
            "size": len(members),
            "part": part + 1,
            "parts": parts,
            "synthetic": head.synthetic,
            "members": [
                {
                    "number": number,
                    "qr": list(qr_png(person.signed)),
                    "name": fitted(without_surname(person.name), 6 if person.vulnerability else 8),
                    "short": grouped(short_code(person.code)),
                    "weak": bool(person.vulnerability),
                }
                for number, person in enumerate(members[start : start + _MEMBERS_A_SHEET], start + 1)
            ],
        }


def destination_words(person: Person, imprint: Imprint) -> str:
    """Where the person is to go, in words: the shelter's name where it is known."""
    going = person.destination
    if going.stay is Stay.SHELTER:
        return imprint.shelters.get(going.place, going.place) or "安置点由干部告知"
    return ("投亲靠友 " if going.stay is Stay.RELATIVES else "上岸避风 ") + going.place


def without_surname(name: str) -> str:
    """A name for one's own household, whose members share the surname: a star for it, the rest as it is.

    Examples
    --------
    >>> without_surname("张三丰"), without_surname("王"), without_surname("")
    ('*三丰', '*', '*')
    """
    return "*" + name[1:]
