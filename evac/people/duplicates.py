"""Who may be on the list twice: a queue for people to decide, never a silent merge."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import combinations
from types import MappingProxyType
from typing import Final

from evac.asides import Resolved
from evac.errors import ConflictError
from evac.events import Merged, Undone
from evac.model import Person, State
from evac.people.clerk import Clerk
from evac.people.entry import PLACEHOLDERS
from evac.people.words import folded
from evac.registry import EventStore, Registry

DIFFERENT: Final = "different persons"
"""What ``Resolved.how`` says of a pair that is no pair."""
_LARGEST: Final = 6
"""People alike in one group of whom every pair is asked; in a larger one each is asked against the first (D)."""
_SAME_SPELLING: Final = 0.85
"""Share of letters in common from which two names in Latin letters are alike (D)."""


class Likeness(StrEnum):
    """How sure it is that two entries are one person."""

    CERTAIN = "certain"
    PROBABLE = "probable"
    POSSIBLE = "possible"

    @property
    def chinese(self) -> str:
        """The word of the queue."""
        return _WORDS[self]


_WORDS: Final = MappingProxyType(
    {Likeness.CERTAIN: "证件号相同", Likeness.PROBABLE: "很可能是同一人", Likeness.POSSIBLE: "可能是同一人"}
)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two entries that may be one person; the codes in order."""

    first: str
    second: str
    likeness: Likeness
    why: str

    @property
    def pair_id(self) -> str:
        """What a decision about the pair is filed under."""
        return pair_id(self.first, self.second)


def pair_id(one: str, other: str) -> str:
    """32 hexadecimal digits for two codes, in either order.

    Examples
    --------
    >>> pair_id("A", "B") == pair_id("B", "A")
    True
    """
    return hashlib.blake2b("|".join(sorted((one, other))).encode(), digest_size=16).hexdigest()


def candidates(
    people: Iterable[Person], *, decided: Collection[str] = (), left_out: Collection[str] = ()
) -> list[Pair]:
    """Pairs that may be one person, the surest first; each pair once, under its surest reason.

    Certain: the same identity pseudonym. Probable: the same name, and the same village and year of birth, or the same
    telephone. Possible: names alike in one household, and years of birth that do not contradict.

    Parameters
    ----------
    people : iterable of Person
        With names, so read with the vault.
    decided : collection of str
        Pair ids that people said are two persons.
    left_out : collection of str
        Codes that were merged into another.
    """
    groups = _Groups()
    for person in people:
        if person.code not in left_out:
            groups.add(person)
    found: dict[str, Pair] = {}
    for pair in groups.pairs():
        if pair.pair_id not in decided:
            found.setdefault(pair.pair_id, pair)
    return list(found.values())


class _Groups:
    """People by what would make two of them one."""

    def __init__(self) -> None:
        self._identity: dict[str, list[str]] = {}
        self._birth: dict[tuple[str, str, int], list[str]] = {}
        self._phone: dict[tuple[str, str], list[str]] = {}
        self._homes: dict[str, list[tuple[str, str, int | None]]] = {}

    def add(self, person: Person) -> None:
        name = folded(person.name)
        if person.identity:
            self._identity.setdefault(person.identity, []).append(person.code)
        if name in PLACEHOLDERS:
            return
        if person.birth_year is not None:
            key = (name, person.village or person.county, person.birth_year)
            self._birth.setdefault(key, []).append(person.code)
        if person.phone:
            self._phone.setdefault((name, person.phone), []).append(person.code)
        self._homes.setdefault(person.household, []).append((person.code, name, person.birth_year))

    def pairs(self) -> Iterator[Pair]:
        for codes in self._identity.values():
            yield from _pairs(codes, Likeness.CERTAIN, "证件号相同")
        for codes in self._birth.values():
            yield from _pairs(codes, Likeness.PROBABLE, "姓名、村、出生年份相同")
        for codes in self._phone.values():
            yield from _pairs(codes, Likeness.PROBABLE, "姓名、手机相同")
        for home in self._homes.values():
            if 1 < len(home) <= 2 * _LARGEST:
                for (one, name, year), (other, name2, year2) in combinations(home, 2):
                    if (year is None or year2 is None or abs(year - year2) <= 1) and alike(name, name2):
                        yield from _pairs([one, other], Likeness.POSSIBLE, "同户,姓名相近")


def _pairs(codes: Sequence[str], likeness: Likeness, why: str) -> Iterator[Pair]:
    if len(codes) <= _LARGEST:
        chosen: Iterable[tuple[str, str]] = combinations(codes, 2)
    else:
        chosen = ((codes[0], other) for other in codes[1:])
    for one, other in chosen:
        yield Pair(min(one, other), max(one, other), likeness, why)


def alike(one: str, other: str) -> bool:
    """Whether two names may be one name written twice: the same, sounding the same, or a character apart.

    Examples
    --------
    >>> alike("张伟", "章伟"), alike("王晓明", "王小明"), alike("张三", "李四"), alike("Jon Smith", "John Smith")
    (True, True, False, True)
    """
    if one == other:
        return True
    if one.isascii() and other.isascii():
        return SequenceMatcher(None, one.lower(), other.lower()).ratio() >= _SAME_SPELLING
    if len(one) == len(other):
        return (len(one) > 2 and sum(a != b for a, b in zip(one, other, strict=True)) == 1) or _sound_alike(
            one, other
        )
    short, long = sorted((one, other), key=len)
    return (
        len(short) > 1
        and len(long) - len(short) == 1
        and all(n <= long.count(c) for c, n in Counter(short).items())
    )


def _sound_alike(one: str, other: str) -> bool:
    from riskmap.products.pinyin import spelt

    first, second = (set(spelling.split()[::2]) for spelling in spelt([one, other]))
    return bool(first & second)


def queue(store: EventStore, region: str = "") -> list[Pair]:
    """The pairs of a region (the first digits of its code) that wait for a decision.

    Parameters
    ----------
    store : EventStore
        Opened with the vault, since names are compared.
    """
    merged = {code for code, standing in store.everybody(region[:6]) if standing.state.state is State.MERGED}
    decided = {
        event.target
        for _, event in store.aside({Resolved.kind})
        if isinstance(event, Resolved) and event.how == DIFFERENT
    }
    return candidates(store.people(region), decided=decided, left_out=merged)


def merge(registry: Registry, keep: str, other: str, *, clerk: Clerk) -> None:
    """Say that two codes are one person, who counts under ``keep`` from now on; both pendants stay good.

    Raises
    ------
    ConflictError
        The registry refuses, with the reason: one of them is unknown or merged already.
    """
    event = clerk.write(Merged, other, into=keep)
    registry.check_in(event, received_at=clerk.now).require_all()


def unmerge(registry: Registry, other: str, *, clerk: Clerk) -> None:
    """Take back that ``other`` was merged into another code: they are two persons again, each with all that was theirs.

    Raises
    ------
    ConflictError
        It is not merged.
    """
    mine = registry.store.events_of([other]).get(other, ())
    void = {e.target for e in mine if isinstance(e, Undone)}
    merges = [e for e in mine if isinstance(e, Merged) and e.event_id not in void]
    if not merges:
        raise ConflictError(
            "this code is not merged into another",
            where=f"code ending {other[-4:]}",
            remedy="give the code that was merged, not the one that was kept",
        )
    for event in sorted(merges, key=lambda e: e.key, reverse=True):
        undo = clerk.write(Undone, other, target=event.event_id)
        registry.check_in(undo, received_at=clerk.now).require_all()


def tell_apart(registry: Registry, one: str, other: str, *, clerk: Clerk) -> None:
    """Say that two entries are two persons: the pair does not come back."""
    event = clerk.write(Resolved, min(one, other), target=pair_id(one, other), how=DIFFERENT)
    registry.check_in(event, received_at=clerk.now)
