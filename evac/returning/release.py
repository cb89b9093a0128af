"""Who may go home by a release, who is held and why, who is kept: worked out for everybody of a region, written once each.

The plan is a pure function. Writing it may be killed anywhere and done again: what is already so is not said twice, since the state
machine allows each step once and ids are made of the order, the person, and what the person's state rests on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from evac.asides import InspectionWanted, ReleaseOrdered
from evac.errors import ConflictError
from evac.events import NO_ONE, Envelope, ReturnAllowed, ReturnHeld
from evac.model import MOVED, Category, State
from evac.registry import Refusal, Registry
from evac.returning.authority import Authority
from evac.returning.candidates import Candidate, candidates
from evac.returning.hazard import Outlook
from evac.returning.inspection import Found, House, Result, Thing, houses, read_inspections, wanted_id
from evac.returning.resettlement import resettled_codes
from evac.returning.rules import ReturnRules, bundled_rules
from evac.returning.writing import PEOPLE_AT_ONCE, Pen, Tell, batches, silent
from riskmap.errors import ConfigError


class Step(NamedTuple):
    """What a release says of one person: ``why`` is empty for who may go."""

    person: Candidate
    why: str


@dataclass(frozen=True)
class ReleasePlan:
    """What a release does.

    Attributes
    ----------
    allow : tuple of Candidate
        May go home now.
    hold : tuple of Step
        Must wait, and why.
    kept : tuple of Step
        Stay as they are, and why: not moved, gone without release, resettled.
    wanted : mapping
        House -> round and why it must be looked at, for houses that nobody has found safe since the last landfall.
    """

    allow: tuple[Candidate, ...]
    hold: tuple[Step, ...]
    kept: tuple[Step, ...]
    wanted: Mapping[House, tuple[int, str]]


def plan_release(
    people: Iterable[Candidate],
    *,
    outlook: Outlook,
    found: Mapping[House, Found],
    resettled: Collection[str] = (),
    categories: Collection[str] = (),
    rules: ReturnRules | None = None,
    slopes_overridden: bool = False,
) -> ReleasePlan:
    """Who may go home, and who must wait: by house, since a family with one slope-side entry lives under that slope.

    Parameters
    ----------
    people : iterable of Candidate
        Everybody of the region, whatever their state: a house is slope-side by any of its people.
    outlook : Outlook
        From ``look_again``.
    found : mapping
        House -> what an inspection found, and in which round.
    resettled : collection of str
        Codes of people whose house is gone.
    categories : collection of str
        For whom it is; everybody where empty.
    slopes_overridden : bool
        A named person answers for a geo-hazard that is not known. What *is* known to be yellow is never overridden, and no
        inspection is.

    Examples
    --------
    >>> from evac import State, plan_release
    >>> def villager(code, household, category):
    ...     return Candidate(code, "330902", "330902001001", household, category, State.SHELTERED, 1, None)
    >>> people = [villager("A", "H1", "geo_hazard_zone"), villager("B", "H1", "low_lying"), villager("C", "H2", "low_lying")]
    >>> plan = plan_release(people, outlook=Outlook("", ""), found={})  # it is over
    >>> [one.code for one in plan.allow], [step.person.code for step in plan.hold], plan.hold[0].why
    (['C'], ['A', 'B'], '靠山房屋:待安全检查 · slope-side, inspection wanted')
    """
    chosen = rules or bundled_rules()
    everybody = list(people)
    slope_side = {p.house for p in everybody if p.category in chosen.slope_side}
    rounds = rounds_of(everybody, found)
    slopes = "" if not outlook.slopes_known and slopes_overridden else outlook.slopes
    allow, hold, kept, wanted = [], [], [], dict[House, tuple[int, str]]()
    for person in everybody:
        if categories and person.category not in categories:
            continue
        why = _kept(person, resettled)
        if why:
            kept.append(Step(person, why))
            continue
        house = person.house
        known = found.get(house)
        result = None if known is None else known.result if known.round == rounds[house] else Result.OPEN
        why = _held(result, slopes, slope_side=house in slope_side)
        if not why:
            if person.state is not State.RETURN_ALLOWED:
                allow.append(person)
            continue
        hold.append(Step(person, why))
        if result is not Result.SAFE:
            wanted.setdefault(house, (rounds[house], why))
    return ReleasePlan(tuple(allow), tuple(hold), tuple(kept), wanted)


def rounds_of(people: Iterable[Candidate], found: Mapping[House, Found]) -> dict[House, int]:
    """House -> its round: the highest of its people's and of the list's, since who stayed at the shelter has no second order."""
    rounds: dict[House, int] = {}
    for person in people:
        known = found.get(person.house)
        rounds[person.house] = max(rounds.get(person.house, 1), person.round, known.round if known else 1)
    return rounds


def _kept(person: Candidate, resettled: Collection[str]) -> str:
    if person.code in resettled:
        return "房屋倒损,过渡安置中 · resettled"
    if person.state in (*MOVED, State.RETURN_HELD, State.RETURN_ALLOWED):
        return ""
    return f"{person.state.chinese} · {person.state.value}"


def _held(result: Result | None, slopes: str, *, slope_side: bool) -> str:
    if result in (Result.UNSAFE, Result.RESTRICTED):
        return f"房屋检查:{result.chinese} · {result.value}"
    if not slope_side:
        return "" if result is not Result.OPEN else "房屋待安全检查 · inspection wanted"
    if slopes:
        return f"靠山房屋:{slopes}"
    return "" if result is Result.SAFE else "靠山房屋:待安全检查 · slope-side, inspection wanted"


class Done(NamedTuple):
    """What a release came to.

    Attributes
    ----------
    allowed, held : int
        People of whom it was written now.
    standing : int
        Of whom it was so already.
    refused : tuple of Refusal
        Whose state moved meanwhile; run it again.
    noted : int
        Facts about no person that were written now: the order, and houses to be looked at.
    """

    plan: ReleasePlan
    allowed: int
    held: int
    standing: int
    refused: tuple[Refusal, ...]
    noted: int = 0


@dataclass(frozen=True, slots=True)
class Release:
    """A release as somebody gives it in.

    Attributes
    ----------
    authority : Authority
    region : str
        2 to 12 digits.
    categories : tuple of str
        For whom; everybody where empty.
    by, place : str
        Who enters it and where.
    override_by, override_why : str
        Who releases although the map does not say that it is over, and why.
    """

    authority: Authority
    region: str
    by: str
    categories: tuple[str, ...] = ()
    place: str = ""
    override_by: str = ""
    override_why: str = ""

    @property
    def overridden(self) -> str:
        """The word of whoever took it upon themselves."""
        return f"{self.override_by.strip()}: {self.override_why.strip()}" if self.override_by.strip() else ""


def require_over(release: Release, outlook: Outlook) -> None:
    """Refuse a release while the map says otherwise, unless a named person takes it upon themselves.

    Raises
    ------
    ConflictError
        Orange or red, or hours that nobody knows.
    ConfigError
        An override without a name or a reason, or no such category.
    """
    if bool(release.override_by.strip()) != bool(release.override_why.strip()):
        raise ConfigError(
            "an override is a named person's, with the reason", where="release", expected="both --override-by and --override-why",
            found=f"by {release.override_by!r}, why {release.override_why!r}", remedy="give both, or neither",
        )  # fmt: skip
    unknown = sorted(set(release.categories) - {c.value for c in Category})
    if unknown:
        raise ConfigError(
            "no such category", where="release", expected=", ".join(c.value for c in Category), found=", ".join(unknown),
            remedy="name one of them, or none for everybody",
        )  # fmt: skip
    if outlook.danger and not release.overridden:
        raise ConflictError(
            "the risk map does not say that it is over, and nobody was released", where=f"region {release.region}",
            expected="every hour from now on known and below orange, in the latest published run", found=outlook.danger,
            remedy="wait for the next run, or let a named person answer for it: --override-by, --override-why",
        )  # fmt: skip


def carry_out(
    registry: Registry,
    release: Release,
    outlook: Outlook,
    *,
    now: datetime,
    tell: Tell = silent,
) -> Done:
    """Write a release down: the order, the houses to be looked at, then each person; done again, it finishes or adds what is new.

    Parameters
    ----------
    outlook : Outlook
        From ``look_again``, of the same instant.
    now : datetime
        The clock, with time zone.
    tell : callable
        Hears how many people are written, of how many.

    Raises
    ------
    ConflictError, ConfigError
        See ``require_over``; nothing was written.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from evac import Clerk, MemoryStore, Registry, Release, carry_out
    >>> from evac.events import ArrivedShelter, Ordered, Registered
    >>> from evac.returning.authority import on_paper
    >>> code, noon = "7" + "C" * 25, datetime(2021, 7, 25, 4, tzinfo=UTC)
    >>> clerk, registry = Clerk("李四", "S1", "D1", noon), Registry(MemoryStore())
    >>> events = [clerk.write(Registered, code, county="330902"), clerk.write(Ordered, code, order="令1")]
    >>> events.append(clerk.write(ArrivedShelter, code))
    >>> registry.check_ins(events, received_at=noon).require_all()
    >>> release = Release(on_paper("令2", "定海区防指", "330902", "330902"), "330902", by="李四")
    >>> [carry_out(registry, release, Outlook("", ""), now=noon).allowed for _ in range(2)]  # the second writes nothing
    [1, 0]
    """
    require_over(release, outlook)
    store = registry.store
    plan = plan_release(
        candidates(store, release.region), outlook=outlook, found=houses(read_inspections(store, at=now)),
        resettled=resettled_codes(store, at=now), categories=release.categories,
        slopes_overridden=bool(release.overridden),
    )  # fmt: skip
    order = release_order(release, now)
    pen = Pen(release.by, release.place or release.region, f"release-{order.event_id[:12]}", now)
    noted = note(registry, [order, *(want(pen, house, *what) for house, what in plan.wanted.items())], now)
    new_holds = [step.person for step in plan.hold if step.person.state is not State.RETURN_HELD]
    steps = [
        *(pen.about(ReturnAllowed, one.code, one.key, order.event_id) for one in plan.allow),
        *(pen.about(ReturnHeld, one.code, one.key, order.event_id) for one in new_holds),
    ]
    stored, refused = pen.write(registry, steps, tell)
    held = stored[ReturnHeld.kind]
    return Done(plan, stored[ReturnAllowed.kind], held, len(plan.hold) - len(new_holds), refused, noted)


def release_order(release: Release, now: datetime) -> ReleaseOrdered:
    """The order's own record: its id is made once of its number, region, categories and day's word, however often it is run."""
    a = release.authority
    category = ",".join(sorted(release.categories))
    told = "\n".join(("release", a.order, a.code, release.region, category, release.overridden))
    return ReleaseOrdered(
        event_id=hashlib.blake2b(told.encode(), digest_size=16).hexdigest(), code=NO_ONE, place=release.place or release.region,
        actor=release.by, device="evac-return", counter=1, device_at=now, trusted_at=now, order=a.order, lifts=a.lifts, issuer=a.issuer,
        issuer_code=a.code, region=release.region, category=category, basis=a.basis, overridden=release.overridden,
    )  # fmt: skip


def note(registry: Registry, facts: Sequence[Envelope], now: datetime) -> int:
    """Store what is not in the log yet, and how much that is: an entry keeps the time at which it was first written."""
    known: set[str] = set()
    stored = 0
    for part in batches([event.event_id for event in facts], PEOPLE_AT_ONCE):
        known |= registry.store.known(part)
    for fresh in batches((event for event in facts if event.event_id not in known), PEOPLE_AT_ONCE):
        stored += len(registry.check_ins(fresh, received_at=now).stored)
    return stored


def want(pen: Pen, house: House, number: int, why: str) -> InspectionWanted:
    """A house on the inspection list, once a round."""
    return InspectionWanted(
        event_id=wanted_id(Thing.HOUSE, *house, number), code=NO_ONE, place=house.village, actor=pen.actor, device=pen.device,
        counter=0, device_at=pen.now, trusted_at=pen.now, of=Thing.HOUSE.value, subject=house.household, round=number, why=why,
    )  # fmt: skip
