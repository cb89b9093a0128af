"""Dangers out of reports: the same in whichever order they came, none of them lost, each with what people decided about it."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import pairwise, product
from statistics import median
from typing import Final
from unicodedata import normalize

from evac.asides import DangerJudged
from evac.dangers.groups import Groups
from evac.dangers.reports import Point, Report, Told, told_of
from evac.dangers.rules import OTHER, Kind, rules
from evac.envelope import Envelope
from riskmap.grid import EARTH_RADIUS

_NOT_WORDS: Final = re.compile(r"[\W_]+")


class Verdict(StrEnum):
    """How a danger stands; ``again`` says of a closed one that it was reported again."""

    REPORTED = "reported"
    VERIFIED = "verified"
    IN_HAND = "in_hand"
    HANDLED = "handled"
    FALSE = "false"

    @property
    def chinese(self) -> str:
        """Word of the list."""
        words = {
            "reported": "待核实", "verified": "属实", "in_hand": "处置中", "handled": "已处置", "false": "不实",
        }  # fmt: skip
        return words[self.value]

    @property
    def closes(self) -> bool:
        """Whether nothing is left to be done."""
        return self in (Verdict.HANDLED, Verdict.FALSE)


_VERDICTS: Final = frozenset(Verdict)


@dataclass(frozen=True)
class Danger:
    """One danger, however many told of it.

    Attributes
    ----------
    reports : tuple of Report
        All of them, the first one first.
    judged : tuple of DangerJudged
        What named people said of it, in order.
    """

    reports: tuple[Report, ...]
    judged: tuple[DangerJudged, ...] = ()

    @property
    def id(self) -> str:
        """Id of its first report."""
        return self.reports[0].id

    @property
    def ids(self) -> frozenset[str]:
        """Ids of its reports; by any of them it is known."""
        return frozenset(report.id for report in self.reports)

    @cached_property
    def kind(self) -> Kind:
        """The gravest kind that was told."""
        return max((report.kind for report in self.reports), key=lambda kind: (kind.severity, kind.id))

    @property
    def first_at(self) -> datetime:
        """First told of."""
        return self.reports[0].at

    @property
    def last_at(self) -> datetime:
        """Last told of."""
        return self.reports[-1].at

    @property
    def where(self) -> str:
        """The first words for the place."""
        return next((report.where for report in self.reports if report.where), "")

    @property
    def words(self) -> str:
        """The kind, as the list has it, or as it was told where the list has no word."""
        first = self.reports[0]
        return first.told if self.kind.id == OTHER and first.told != OTHER else self.kind.chinese

    @property
    def told_by(self) -> str:
        """Who told first, and how many there are."""
        return (
            f"{self.reports[0].actor} 等 {len(self.reports)} 起"
            if len(self.reports) > 1
            else self.reports[0].actor
        )

    @property
    def standing(self) -> str:
        """How it stands, and who said so."""
        if self.again:
            return f"{Verdict(self.judged[-1].verdict).chinese}后又报,待核实"
        return f"{self.verdict.chinese} {self.judged[-1].actor}" if self.judged else self.verdict.chinese

    @cached_property
    def place(self) -> str:
        """The place that most reports name, the more exact one of equals."""
        named = Counter(report.place for report in self.reports if report.place)
        return max(named, key=lambda place: (named[place], len(place), place), default="")

    @cached_property
    def point(self) -> Point | None:
        """The middle of the points: one that is far off draws it nowhere."""
        points = [report.point for report in self.reports if report.point is not None]
        if not points:
            return None
        return Point(median(p.latitude for p in points), median(p.longitude for p in points))

    @property
    def extent(self) -> float:
        """From the middle to the farthest report [m]."""
        middle = self.point
        return max((apart(middle, r.point) for r in self.reports if middle and r.point), default=0.0)

    @cached_property
    def independent(self) -> int:
        """How many tell of it who are not the same person and do not show the same photo."""
        return independent(self.reports)

    @cached_property
    def verdict(self) -> Verdict:
        """How it stands: as the last who judged it said, unless reports came that nobody had before them who closed it."""
        last = Verdict(self.judged[-1].verdict) if self.judged else Verdict.REPORTED
        return Verdict.REPORTED if last.closes and self.unseen else last

    @cached_property
    def unseen(self) -> tuple[Report, ...]:
        """Reports that were not before whoever judged it last; all where nobody has."""
        seen = set(self.judged[-1].covers.split()) if self.judged else set()
        return tuple(report for report in self.reports if report.id not in seen)

    @property
    def again(self) -> bool:
        """Closed by somebody, and told of anew."""
        return bool(self.judged) and Verdict(self.judged[-1].verdict).closes and bool(self.unseen)

    @property
    def open(self) -> bool:
        """Whether anything is left to be done."""
        return not self.verdict.closes

    @property
    def grave(self) -> bool:
        """Whether it must be looked at at once; see ``rules.toml``."""
        rule = rules()["grave"]
        return bool(self.kind.severity >= rule["severity"] or self.independent >= rule["reports"])

    @property
    def waits_since(self) -> datetime:
        """Of the first report, or of the first one after it was closed."""
        return self.unseen[0].at if self.again else self.first_at

    @property
    def answer_by(self) -> datetime:
        """Until when somebody must have looked at what is new."""
        return self.waits_since + timedelta(minutes=rules()["answer"]["minutes"][str(self.kind.severity)])


def dangers(events: Iterable[Envelope]) -> tuple[Danger, ...]:
    """The dangers that a log tells of, the first one first.

    Reports of one kind, no farther apart than that kind's metres and hours, are of one danger, and so is what is joined by others
    between them; the same photo joins, too. Without a point, words and place must be the same. People join and part what this
    gets wrong, and their word stands. Nothing depends on the order in which events came.

    Parameters
    ----------
    events : iterable of Envelope
        In any order; of other kinds, they are left out. What was undone must not be among them.

    Examples
    --------
    >>> from evac.asides import DangerSeen
    >>> from datetime import UTC
    >>> def seen(n, point):
    ...     at = datetime(2021, 7, 25, 4, n, tzinfo=UTC)
    ...     return DangerSeen(event_id=f"{n:032x}", code="0" * 26, place="330902", actor=f"甲{n}", device="D", counter=n,
    ...                       device_at=at, trusted_at=at, danger="slope", where="后山", point=point)
    >>> near = [seen(1, "30.0000,122.0000"), seen(2, "30.0010,122.0000"), seen(3, "30.2,122.0")]
    >>> [len(danger.reports) for danger in dangers(near)]
    [2, 1]
    """
    told = told_of(events)
    groups = Groups([report.id for report in told.reports])
    alone = {event.target for event in told.parted}  # nothing joins them but a person
    _join_alike((report for report in told.reports if report.id not in alone), groups)
    void = _void(told)
    for joined in told.joined:
        if joined.event_id not in void:
            groups.join(joined.target, joined.into)
    judged: dict[str, list[DangerJudged]] = defaultdict(list)
    for event in told.judged:
        if event.target in groups and event.verdict in _VERDICTS:
            judged[groups.first(event.target)].append(event)
    held: dict[str, list[Report]] = defaultdict(list)
    for report in told.reports:
        held[groups.first(report.id)].append(report)
    found = (
        Danger(tuple(sorted(held[first], key=lambda r: r.key)), tuple(judged.get(first, ())))
        for first in held
    )
    return tuple(sorted(found, key=lambda danger: danger.reports[0].key))


def _void(told: Told) -> frozenset[str]:
    """Ids of joins that a later parting of one of their reports ended."""
    parted: dict[str, list[tuple[datetime, str, int, str]]] = defaultdict(list)
    for event in told.parted:
        parted[event.target].append(event.key)
    return frozenset(
        joined.event_id
        for joined in told.joined
        if any(key > joined.key for end in (joined.target, joined.into) for key in parted.get(end, ()))
    )


def _join_alike(reports: Iterable[Report], groups: Groups) -> None:
    """Join what is of one danger by what it says."""
    by_kind: dict[str, list[Report]] = defaultdict(list)
    for report in sorted(reports, key=lambda r: r.key):
        by_kind[report.kind.id].append(report)
    for same in by_kind.values():
        kind = same[0].kind
        by_photo, by_words = defaultdict(list), defaultdict(list)
        for report in same:
            if report.photo:
                by_photo[report.photo].append(report)
            if report.point is None and (words := _worded(report)):
                by_words[words].append(report)
        for shown in by_photo.values():
            _join_in_time(_of_one_place(shown, kind), kind.within, groups)
        for alike in by_words.values():
            _join_in_time(alike, kind.within, groups)
        _join_near([report for report in same if report.point is not None], kind, groups)


def _worded(report: Report) -> str:
    where = _NOT_WORDS.sub("", normalize("NFKC", report.where)).lower()
    return f"{report.place}|{where}" if report.place and where else ""


def _of_one_place(shown: Sequence[Report], kind: Kind) -> Sequence[Report]:
    """Reports with one photo; those without a point alone where the points contradict each other: a photo is passed on."""
    points = [report.point for report in shown if report.point is not None]
    if all(apart(points[0], point) <= kind.metres for point in points):
        return shown
    return [report for report in shown if report.point is None]


def _join_in_time(reports: Sequence[Report], within: timedelta, groups: Groups) -> None:
    for before, report in pairwise(reports):
        if report.at - before.at <= within:
            groups.join(before.id, report.id)


def _join_near(reports: Sequence[Report], kind: Kind, groups: Groups) -> None:
    """Join what is no farther apart than the kind's metres and hours.

    All reports of a cell are near each other, so that only time parts them into runs; runs of cells about it are joined by the
    first pair that is near.
    """
    side = math.degrees(kind.metres / EARTH_RADIUS) / math.sqrt(2.0)
    runs: dict[tuple[int, int], list[list[Report]]] = defaultdict(list)
    for report in reports:
        assert report.point is not None
        row = math.floor(report.point.latitude / side)
        own = runs[row, math.floor(report.point.longitude / _width(side, row))]
        if own and report.at - own[-1][-1].at <= kind.within:
            groups.join(own[-1][-1].id, report.id)
            own[-1].append(report)
        else:
            own.append([report])
    for (row, column), own in runs.items():
        for other in _about(row, column, side):
            for here, there in product(own, runs.get(other, ())):
                if groups.first(here[0].id) != groups.first(there[0].id) and _any_near(here, there, kind):
                    groups.join(here[0].id, there[0].id)


def _width(side: float, row: int) -> float:
    """Degrees of longitude that are as long as ``side`` degrees of latitude on the row's equator side, or a little longer."""
    return side / max(math.cos(math.radians(min((abs(row + 0.5) - 0.5) * side, 89.0))), 1e-3)


def _about(row: int, column: int, side: float) -> Iterator[tuple[int, int]]:
    """Cells that may hold something near, each pair of cells from both sides."""
    west, east = ((column + k) * _width(side, row) for k in (0, 1))
    for near in range(row - 2, row + 3):
        wide = _width(side, near)
        reach = 2.0 * max(wide, _width(side, row), _width(side, abs(row) + 3))
        for n in range(math.floor((west - reach) / wide), math.floor((east + reach) / wide) + 1):
            if (near, n) != (row, column):
                yield near, n


def _any_near(here: Sequence[Report], there: Sequence[Report], kind: Kind) -> bool:
    if here[0].at - there[-1].at > kind.within or there[0].at - here[-1].at > kind.within:
        return False
    return any(
        abs(a.at - b.at) <= kind.within and apart(a.point, b.point) <= kind.metres
        for a, b in product(here, there)
    )


def apart(a: Point | None, b: Point | None) -> float:
    """Great-circle distance [m]; infinite where one is not known."""
    if a is None or b is None:
        return math.inf
    half = [math.radians(v) / 2 for v in (b.latitude - a.latitude, b.longitude - a.longitude)]
    h = math.sin(half[0]) ** 2 + math.sin(half[1]) ** 2 * math.cos(math.radians(a.latitude)) * math.cos(
        math.radians(b.latitude)
    )
    return 2 * EARTH_RADIUS * math.asin(math.sqrt(min(1.0, h)))


def independent(reports: Sequence[Report]) -> int:
    """How many tell: one person with fifty reports is one, and fifty who pass one photo on are one.

    Examples
    --------
    >>> independent([])
    0
    """
    groups = Groups([report.id for report in reports])
    for key in ("source", "photo"):
        first: dict[str, str] = {}
        for report in reports:
            value = getattr(report, key)
            if value:
                groups.join(first.setdefault(value, report.id), report.id)
    return len({groups.first(report.id) for report in reports})


def by_report(found: Iterable[Danger]) -> Mapping[str, Danger]:
    """Id of a report -> its danger."""
    return {report.id: danger for danger in found for report in danger.reports}
