"""How much of a person a form's reader sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from evac.counts.life import Life
from evac.counts.terms import WEAK_WORDS
from evac.forms.figures import Figures
from evac.model import Category, Person
from evac.privacy import mask_name, mask_phone


class Names(IntEnum):
    """What a reader sees of people, from nothing to all."""

    NONE = 0
    MASKED = 1
    FULL = 2


@dataclass(frozen=True)
class Look:
    """One reader's look at the figures."""

    figures: Figures
    names: Names

    @property
    def at(self) -> datetime:
        """The instant that is counted."""
        return self.figures.roll.at

    def name(self, life: Life) -> str:
        """The name of a person as this reader sees it; the end of the code where there is no name."""
        if self.names is Names.NONE:
            return ""
        person = life.person
        if person is None or not person.name:
            return f"(无名 …{life.code[-6:]})"
        return person.name if self.names is Names.FULL else mask_name(person.name)

    def phone(self, person: Person | None) -> str:
        """The phone as this reader sees it."""
        phone = person.phone if person else ""
        return phone if self.names is Names.FULL else mask_phone(phone) if self.names else ""

    def helper(self, person: Person | None) -> str:
        """Who helps, as this reader sees it."""
        helper = (person.helper if person else None) or ""
        return helper if self.names is Names.FULL else mask_name(helper) if helper and self.names else ""

    def age(self, person: Person | None) -> int | None:
        """Age this year, where the year of birth is known and the reader may see it."""
        if person is None or person.birth_year is None or self.names is Names.NONE:
            return None
        return self.at.year - person.birth_year

    def place(self, place: str) -> str:
        """A place of stay in words."""
        shelter = self.figures.roll.shelters.get(place)
        return shelter.name if shelter else self.figures.name(place) if place.isdecimal() else place


def weak_words(person: Person | None) -> str:
    """Vulnerabilities in words."""
    return "、".join(WEAK_WORDS[kind] for kind in person.vulnerability) if person else ""


def category_word(code: str) -> str:
    """A category in the words of the list; what somebody wrote instead, as it is.

    Examples
    --------
    >>> category_word("fishing_crew"), category_word("别的")
    ('渔船船员', '别的')
    """
    return next((category.chinese for category in Category if category.value == code), code)


def joined(words: Sequence[str]) -> str:
    """Words without the empty ones."""
    return "、".join(word for word in words if word)
