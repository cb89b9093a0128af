"""The grain in which people are counted: everything that a table of the head-count may be cut by, and nobody's name."""

from __future__ import annotations

from typing import Final, NamedTuple

from evac.model import Person, State
from evac.standing import seat
from evac.state import PersonState


class Grain(NamedTuple):
    """What people have in common who count alike.

    Attributes
    ----------
    county : str
        Where they are at risk, 6 digits, as the log says.
    village : str
        12 digits; empty for who stands on no list.
    category : str
        Why they must move.
    weak : str
        Vulnerabilities, joined by commas.
    state, stay, due, round, at_door, verified
        As in ``evac.state.PersonState``.
    place : str
        Where they stay now; empty for who has no seat.
    """

    county: str
    village: str
    category: str
    weak: str
    state: State
    stay: State | None
    due: bool
    round: int
    at_door: bool
    verified: bool
    place: str

    @property
    def region(self) -> str:
        """The finest code that is known: the village, or the county where the list and the log disagree.

        Examples
        --------
        >>> grain_of(None, PersonState(county="330902")).region
        '330902'
        """
        return self.village if self.village.startswith(self.county) and self.village else self.county


PROVINCE_DIGITS: Final = 2
CITY_DIGITS: Final = 4
COUNTY_DIGITS: Final = 6
TOWN_DIGITS: Final = 9
VILLAGE_DIGITS: Final = 12
"""Digits of a region's code by level."""


def grain_of(person: Person | None, state: PersonState) -> Grain:
    """The grain that a person counts in.

    Parameters
    ----------
    person : Person or None
        The row of the list; None for who stands on none.
    state : PersonState
        What the log says.
    """
    now = seat(state)
    return Grain(
        state.county or (person.county if person else ""),
        person.village if person else "",
        state.category or (person.category.value if person else "other"),
        ",".join(person.vulnerability) if person else "",
        state.state,
        state.stay,
        state.due,
        state.round,
        state.at_door,
        state.verified,
        now.place if now else "",
    )
