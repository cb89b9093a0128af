"""People sought by others beside the people on the list: candidates for people to decide, never a link made by a program."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import permutations
from typing import Final

from evac.asides import Resolved
from evac.exchange.pfif import Sought
from evac.model import Person
from evac.people.clerk import Clerk
from evac.people.duplicates import alike
from evac.registry import EventStore, Registry

SAME: Final = "same person"
OTHER: Final = "another person"
_SPELLING: Final = 0.85  # share of letters in common from which two spellings are one name (D)
_AGE_SLACK: Final = 2  # years by which people err about an age (D)
_MOST: Final = 10


@dataclass(frozen=True)
class Candidate:
    """Somebody on the list who may be the one sought.

    Attributes
    ----------
    score : float
        0 to 1, to put the likeliest first; no score decides anything.
    why : str
        What speaks for it, for the person who decides.
    """

    sought: Sought
    code: str
    score: float
    why: str

    @property
    def match_id(self) -> str:
        """Id of the question, the same each time it is asked."""
        return hashlib.sha256(f"{self.sought.record_id}|{self.code}".encode()).hexdigest()[:32]


def names_match(sought: str, listed: str) -> tuple[float, str]:
    """How well a name fits another, in characters or in Latin letters in either order.

    Examples
    --------
    >>> names_match("陈建国", "陈建国")[0], names_match("CHEN Jian-guo", "陈建国")[0], names_match("Jianguo Chen", "陈建国")[0]
    (1.0, 0.8, 0.8)
    >>> names_match("李四", "陈建国")[0]
    0.0
    """
    one, other = sought.strip(), listed.strip()
    if not one or not other or "*" in one + other:
        return 0.0, ""
    if one == other:
        return 1.0, "姓名相同 same name"
    if one.isascii() == other.isascii():
        return (0.6, "姓名相近 similar name") if alike(one, other) else (0.0, "")
    latin, chinese = (one, other) if one.isascii() else (other, one)
    spelling = _spelling(chinese)
    words = ["".join(c for c in word.lower() if c.isalpha()) for word in latin.split()][:4]
    best = max(
        (
            SequenceMatcher(None, "".join(order), spelling).ratio()
            for order in permutations(filter(None, words))
        ),
        default=0.0,
    )
    if not spelling or best < _SPELLING:
        return 0.0, ""
    return (0.8, "拼音相同 same in pinyin") if best == 1.0 else (0.5, "拼音相近 similar in pinyin")


@lru_cache(maxsize=10_000)
def _spelling(name: str) -> str:
    """The name in pinyin; empty where a character's reading is not known, so that less than a name never fits."""
    from riskmap.products.pinyin import spelt

    parts = [spelling.split()[:1] for spelling in spelt(list(name))]
    return "".join(part[0] for part in parts) if all(parts) else ""


def candidates(
    sought: Iterable[Sought], people: Iterable[Person], *, now: datetime, most: int = _MOST
) -> list[Candidate]:
    """The people on the list who may be those sought, the likeliest first, a few for each.

    A name must fit; another sex rules out, as does an age that is off by more than two years.

    Parameters
    ----------
    people : iterable of Person
        With names, so read with the vault.
    most : int
        Candidates for each person sought.
    """
    listed = list(people)
    found: list[Candidate] = []
    for one in sought:
        fits = [candidate for person in listed if (candidate := _candidate(one, person, now)) is not None]
        found += sorted(fits, key=lambda c: (-c.score, c.code))[:most]
    return sorted(found, key=lambda c: (-c.score, c.sought.record_id, c.code))


def _candidate(one: Sought, person: Person, now: datetime) -> Candidate | None:
    score, why = names_match(one.name, person.name)
    if not score:
        return None
    reasons = [why]
    sex = {"男": "male", "女": "female"}.get(person.sex, "")
    if one.sex and sex:
        if one.sex != sex:
            return None
        reasons.append("性别相同 same sex")
    if one.ages is not None and person.birth_year is not None:
        years = (one.asked_at or now).year - person.birth_year
        if not one.ages[0] - _AGE_SLACK <= years <= one.ages[1] + _AGE_SLACK + 1:
            return None
        score, reasons = score + 0.1, [*reasons, "年龄相符 age fits"]
    if one.place and any(part in one.place for part in (person.village_name, person.county) if part):
        score, reasons = score + 0.1, [*reasons, "地点相符 place fits"]
    return Candidate(one, person.code, min(score, 1.0), ";".join(reasons))


def queue(store: EventStore, sought: Iterable[Sought], *, now: datetime, region: str = "") -> list[Candidate]:
    """The candidates of a region about whom nobody has decided yet."""
    decided = {
        event.target
        for _, event in store.aside(["resolved"])
        if isinstance(event, Resolved) and event.how in (SAME, OTHER)
    }
    return [c for c in candidates(sought, store.people(region), now=now) if c.match_id not in decided]


def decide(registry: Registry, candidate: Candidate, *, same: bool, clerk: Clerk) -> None:
    """Write down what a person decided; the question does not come back. Nothing else is changed."""
    event = clerk.write(Resolved, candidate.code, target=candidate.match_id, how=SAME if same else OTHER)
    registry.check_in(event, received_at=clerk.now)
