"""Which open danger first (险情热榜): severity, how many tell of it, who is near, how long it waits; each part shown."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from evac.dangers.danger import Danger, Verdict, apart
from evac.dangers.reports import Point
from evac.dangers.rules import rules
from riskmap.outlook import beijing
from riskmap.scale import Tier

_NOBODY_ASKED: Final[Mapping[str, int]] = MappingProxyType({})


@dataclass(frozen=True)
class Hot:
    """An open danger in the list.

    Attributes
    ----------
    severity, reports, people, age : float
        The four factors that ``score`` is the product of.
    independent : int
        Reports that do not go back to one person or photo.
    people_near : int or None
        Persons near; None where nobody can tell, and the rule's number counts.
    waited : timedelta
        Since the first report, or since the first one after it was closed.
    late : bool
        Nobody has looked in time.
    """

    danger: Danger
    severity: float
    reports: float
    people: float
    age: float
    independent: int
    people_near: int | None
    waited: timedelta
    late: bool

    @property
    def score(self) -> float:
        """What the list is sorted by."""
        return self.severity * self.reports * self.people * self.age

    @property
    def why(self) -> str:
        """The parts in words."""
        near = "不明" if self.people_near is None else f"{self.people_near}"
        return (
            f"{self.score:.0f} = 程度 {self.severity:g} × 独立报告 {self.independent} 起 {self.reports:.2f} × 附近 {near} 人 "
            f"{self.people:.2f} × 已等 {self.waited.total_seconds() / 60:.0f} 分钟 {self.age:.2f}"
        )


def hot_list(
    found: Iterable[Danger], *, now: datetime, people_near: Mapping[str, int] = _NOBODY_ASKED
) -> tuple[Hot, ...]:
    """Open dangers, the most urgent first; equals by their first report.

    Parameters
    ----------
    found : iterable of Danger
    now : datetime
    people_near : mapping
        Id of a danger -> persons near it; who is not there is not known.

    Examples
    --------
    >>> from datetime import UTC
    >>> from evac import Clerk, hot_list
    >>> from evac.dangers.danger import dangers
    >>> from evac.dangers.intake import Seen, danger_seen
    >>> at = datetime(2021, 7, 25, 4, tzinfo=UTC)
    >>> told = danger_seen(Seen("滑坡", "后山竹林", "330902001001"), Clerk("李四", "330902001001", "D1", at), None)
    >>> (first,) = hot_list(dangers([told]), now=at + timedelta(hours=1), people_near={told.event_id: 40})
    >>> round(first.score, 1), first.why
    (19.6, '20 = 程度 5 × 独立报告 1 起 1.00 × 附近 40 人 2.61 × 已等 60 分钟 1.50')
    """
    hot = [_hot(danger, now, people_near.get(danger.id)) for danger in found if danger.open]
    return tuple(sorted(hot, key=lambda h: (-h.score, h.danger.reports[0].key)))


def _hot(danger: Danger, now: datetime, near: int | None) -> Hot:
    rule = rules()["urgency"]
    waited = max(now - danger.waits_since, timedelta(0))
    people = rules()["people"]["unknown"] if near is None else near
    return Hot(
        danger,
        float(danger.kind.severity),
        1.0 + math.log2(danger.independent),
        1.0 + math.log10(1.0 + people),
        1.0 + min(waited.total_seconds() / 3600.0 / rule["age_hours"], rule["age_most"]),
        danger.independent, near, waited, danger.verdict is Verdict.REPORTED and now > danger.answer_by,
    )  # fmt: skip


def people_by_point(found: Iterable[Danger], points: Iterable[tuple[Point, int]]) -> dict[str, int]:
    """Id of a danger -> persons of these points within its kind's metres; dangers without a point are left out.

    Parameters
    ----------
    points : iterable of (Point, int)
        Where people are, and how many.
    """
    held = list(points)
    return {
        danger.id: sum(n for at, n in held if apart(danger.point, at) <= danger.kind.people_metres)
        for danger in found
        if danger.point is not None
    }


@dataclass(frozen=True)
class Claim:
    """What a danger says of the tier of its place, for whoever gathers candidates.

    Attributes
    ----------
    danger : str
        Id of the danger.
    hazard : str
        Of the risk map.
    tier : Tier
    place : str
        Code of the region or id of the shelter; empty where only the point is known.
    point : Point or None
    at : datetime
        Of the newest report.
    verified : bool
        By a named person.
    why : str
        In one line.
    """

    danger: str
    hazard: str
    tier: Tier
    place: str
    point: Point | None
    at: datetime
    verified: bool
    why: str


def claim_of(danger: Danger) -> Claim | None:
    """What an open danger claims; None where its kind claims no tier, or too few tell of it and nobody has verified it.

    Returns
    -------
    Claim or None
        A candidate, never a tier: a named person confirms it.

    Examples
    --------
    >>> from datetime import UTC
    >>> from evac import Clerk, claim_of
    >>> from evac.dangers.danger import dangers
    >>> from evac.dangers.intake import Seen, danger_seen
    >>> noon = datetime(2021, 7, 25, 4, tzinfo=UTC)
    >>> clerks = [Clerk(who, "330902001001", who, noon + timedelta(minutes=n)) for n, who in enumerate("甲乙丙")]
    >>> told = [danger_seen(Seen("滑坡", "后山竹林", "330902001001"), clerk, None) for clerk in clerks]
    >>> claim_of(*dangers(told[:1])) is None  # one report alone claims nothing
    True
    >>> claim = claim_of(*dangers(told))
    >>> claim.hazard, claim.tier.english, claim.why
    ('landslide', 'orange', '山体滑坡/裂缝 后山竹林:3 起独立报告 待核实,2021-07-25 12:02 最近报告')
    """
    kind = danger.kind
    verified = danger.verdict in (Verdict.VERIFIED, Verdict.IN_HAND)
    enough = verified or danger.independent >= rules()["claim"]["reports"]
    if not (kind.hazard and danger.open and enough):
        return None
    tier = kind.verified if verified else kind.tier
    assert tier is not None
    who = danger.judged[-1].actor if verified else f"{danger.independent} 起独立报告"
    why = f"{kind.chinese} {danger.where}:{who} {danger.verdict.chinese},{beijing(danger.last_at)} 最近报告"
    return Claim(danger.id, kind.hazard, tier, danger.place, danger.point, danger.last_at, verified, why)
