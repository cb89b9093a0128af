"""Printed pendants (安全码吊牌) and wristbands (腕带), with cut lines. Printed codes come first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from evac.model import Person
from evac.prints.card import Imprint, card, typeset

PENDANTS_A_PAGE: Final = 10
WRISTBANDS_A_PAGE: Final = 7
SHEET: Final = 200
"""Pendants in the sheet that a drill prints; the others are made on demand."""


def pendant_sheet(people: Sequence[Person], imprint: Imprint, *, first: int = 1) -> bytes:
    """A PDF of pendants, ten to an A4 page.

    Parameters
    ----------
    people : sequence of Person
        With signed codes.
    first : int
        Running number of the first one.

    Raises
    ------
    DataError
        A code is not signed.
    MissingExtraError
        The typesetter is not installed.
    """
    return _cards("pendants.typ", people, imprint, first)


def wristband_sheet(people: Sequence[Person], imprint: Imprint, *, first: int = 1) -> bytes:
    """A PDF of wristbands, seven strips to an A4 page across; the code stands twice on each.

    Parameters
    ----------
    people, first
        See ``pendant_sheet``.

    Raises
    ------
    DataError
        A code is not signed.
    MissingExtraError
        The typesetter is not installed.
    """
    return _cards("wristbands.typ", people, imprint, first)


def _cards(template: str, people: Sequence[Person], imprint: Imprint, first: int) -> bytes:
    cards = [card(person, number, imprint) for number, person in enumerate(people, first)]
    return typeset(template, {"cards": cards}, imprint, synthetic=any(person.synthetic for person in people))
