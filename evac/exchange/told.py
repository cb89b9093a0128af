"""What may be told of a person to another registry: as little as its purpose needs, masked, and for a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from evac.access import subject
from evac.model import MOVED, Person, State
from evac.privacy import mask_name
from evac.state import PersonState
from riskmap.errors import DataError

_MONTH: Final = timedelta(days=30)
_CHILD: Final = 14
"""Years: information on under-14s is sensitive (PIPL Art. 31), and told only with a reason."""


class Status(StrEnum):
    """Words of PFIF 1.4 for what is known of somebody."""

    SOUGHT = "information_sought"
    ALIVE = "believed_alive"
    MISSING = "believed_missing"


@dataclass(frozen=True)
class Policy:
    """What a file tells.

    Attributes
    ----------
    domain : str
        Of the office that answers for the records, e.g. ``ema.example.gov.cn``; it begins every record's id.
    author, source : str
        Who tells it, for the reader.
    moved : bool
        People who have arrived, too; otherwise the missing (失联) alone.
    whole : bool
        Whole names, birth years and children. Otherwise names are masked, ages are in tens of years and children under 14 left out.
    keep_for : timedelta
        Readers have to delete a record after this time from now.
    counties : mapping
        County code -> name; the code stands where there is none.
    """

    domain: str
    author: str
    source: str
    moved: bool = False
    whole: bool = False
    keep_for: timedelta = _MONTH
    counties: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.domain or any(c in self.domain for c in "/ \t\n") or "." not in self.domain:
            raise DataError(
                "not a domain name",
                where="domain",
                expected="such as ema.example.gov.cn",
                found=repr(self.domain),
            )
        if not timedelta(0) < self.keep_for <= 12 * _MONTH:
            raise DataError(
                "records must expire",
                where="keep_for",
                expected="up to 360 days",
                found=f"{self.keep_for.days} days",
            )


@dataclass(frozen=True)
class Told:
    """One person as another registry gets them; no code, no phone, no shelter, no identity number.

    Attributes
    ----------
    record_id : str
        The domain and a digest of the random code: the same person is the same record next time.
    age : str
        A year of age range such as ``60-69``, a single age in a whole record, or empty.
    """

    record_id: str
    note_id: str
    name: str
    sex: str
    age: str
    county: str
    status: Status
    words: str
    source_at: datetime
    expires_at: datetime


def tell(
    people: Iterable[Person],
    states: Mapping[str, PersonState],
    policy: Policy,
    *,
    now: datetime,
    withheld: Counter[str] | None = None,
) -> Iterator[Told]:
    """The people who may be told of, in the order given.

    Parameters
    ----------
    states : mapping
        Code -> state; nobody without one is told of.
    withheld : Counter, optional
        Counts why others are not in the file: ``not asked for``, ``child``, ``deceased``, ``synthetic mixed``.

    Notes
    -----
    A death is never told by a file: families hear of it from people first.
    """
    left = withheld if withheld is not None else Counter[str]()
    for person in people:
        state = states.get(person.code)
        if state is None or not (
            state.state is State.MISSING
            or (policy.moved and state.state in MOVED)
            or state.state is State.DECEASED
        ):
            left["not asked for"] += 1
        elif state.state is State.DECEASED:
            left["deceased"] += 1
        elif not policy.whole and person.birth_year is not None and now.year - person.birth_year <= _CHILD:
            left["child"] += 1
        else:
            yield _told(person, state, policy, now)


def _told(person: Person, state: PersonState, policy: Policy, now: datetime) -> Told:
    missing = state.state is State.MISSING
    key = subject(person.code)
    label = "(演练 SYNTHETIC) " if person.synthetic else ""
    return Told(
        record_id=f"{policy.domain}/person.{key}",
        note_id=f"{policy.domain}/note.{key}.{int((state.since or now).timestamp())}",
        name=person.name if policy.whole else mask_name(person.name),
        sex={"男": "male", "女": "female"}.get(person.sex, ""),
        age=_age(person.birth_year, now, whole=policy.whole),
        county=policy.counties.get(person.county, person.county),
        status=Status.MISSING if missing else Status.ALIVE,
        # not where: who asks is told by the office that the record names
        words=label
        + ("失联,正在查找 missing, being looked for" if missing else "已安全登记 registered as safe"),
        source_at=state.since or now,
        expires_at=now + policy.keep_for,
    )


def _age(birth_year: int | None, now: datetime, *, whole: bool) -> str:
    """Age in tens of years, or the two ages that a birth year leaves open."""
    if birth_year is None or not 0 <= now.year - birth_year <= 130:
        return ""
    years = now.year - birth_year
    if whole:
        return f"{max(years - 1, 0)}-{years}"
    return f"{years // 10 * 10}-{years // 10 * 10 + 9}"
