"""The cascade from province to village, timed: who started when, how long after the unit above, and who has not.

Lags are facts about offices' clocks and decisions, not a ranking of people: a county far inland is right to start late.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from evac.response.levels import Level, Unit, superior_of, unit_of
from evac.response.standing import Key, Response


@dataclass(frozen=True)
class Step:
    """One unit of the cascade.

    Attributes
    ----------
    started_at : datetime or None
        When it first stood at the level asked for or a graver one; None if not yet.
    superior_at : datetime or None
        The same of the nearest unit above it that has started.
    level : Level
        In force at the time of the report.
    lag : timedelta or None
        Since the unit above: negative where this one was first, the time waited so far where it has not started, None
        where nobody above has started either.
    """

    region: str
    unit: Unit
    started_at: datetime | None
    superior_at: datetime | None
    level: Level
    lag: timedelta | None


@dataclass(frozen=True)
class UnitLag:
    """One administrative level: lags over the units that have started.

    Attributes
    ----------
    expected, started : int
        Units on the list, and those that have started.
    median, longest : timedelta or None
        None where nobody has a lag.
    waiting_longest : timedelta or None
        The longest wait of one that has not started.
    """

    unit: Unit
    expected: int
    started: int
    median: timedelta | None
    longest: timedelta | None
    waiting_longest: timedelta | None


def cascade(
    responses: Mapping[Key, Response],
    regions: Iterable[str],
    *,
    event: str,
    of: str = "typhoon",
    level: Level = Level.IV,
    exercise: bool,
    now: datetime,
) -> tuple[Step, ...]:
    """When each unit first stood at a level or a graver one, against the unit above it.

    Parameters
    ----------
    responses : mapping
        See ``evac.response.standing.fold``.
    regions : iterable of str
        Codes of every unit that should respond: one that is not on it and has started is listed too.
    level : Level
        What is timed. Hangzhou's Ⅰ of 2021-07-24 stood 8 hours after the province's.
    now : datetime
        Time of the report.

    Returns
    -------
    tuple of Step
        By code, a superior before its units.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from evac import Level, cascade
    >>> from evac.response.events import Started
    >>> from evac.response.standing import fold
    >>> said = {"event": "2106", "of": "typhoon", "exercise": True, "level": Level.II, "by": "张三", "post": "指挥", "reason": "台风"}
    >>> noon = datetime(2021, 7, 24, 12, tzinfo=UTC)
    >>> begun = [Started(id=code, region=code, at=noon.replace(hour=hour), **said) for code, hour in (("33", 3), ("3309", 5))]
    >>> for step in cascade(fold(begun), ["33", "3309", "330902"], event="2106", exercise=True, now=noon):
    ...     print(step.region, step.level.words, step.lag)
    33 Ⅱ级 None
    3309 Ⅱ级 2:00:00
    330902 未启动 7:00:00
    """
    own = {k.region: r for k, r in responses.items() if (k.event, k.of, k.exercise) == (event, of, exercise)}
    codes = sorted({*regions, *own})
    first = {
        code: at
        for code in codes
        if (at := own[code].first_at_or_above(level) if code in own else None) is not None and at <= now
    }
    steps = []
    for code in codes:
        above = superior_of(code)
        while above and above not in first:
            above = superior_of(above)
        superior_at = first.get(above)
        lag = None if superior_at is None else first.get(code, now) - superior_at
        standing = own[code].at(now) if code in own else Level.NONE
        steps.append(Step(code, unit_of(code), first.get(code), superior_at, standing, lag))
    return tuple(steps)


def lags(steps: Iterable[Step]) -> tuple[UnitLag, ...]:
    """Lags by administrative level, from province to village; a unit that was first counts as no wait."""
    by_unit: dict[Unit, list[Step]] = {}
    for step in steps:
        by_unit.setdefault(step.unit, []).append(step)
    found = []
    for unit in Unit:
        own = by_unit.get(unit, [])
        if not own:
            continue
        done = [max(s.lag, timedelta(0)) for s in own if s.started_at is not None and s.lag is not None]
        waits = [s.lag for s in own if s.started_at is None and s.lag is not None]
        found.append(
            UnitLag(
                unit=unit,
                expected=len(own),
                started=sum(s.started_at is not None for s in own),
                median=timedelta(seconds=median(d.total_seconds() for d in done)) if done else None,
                longest=max(done, default=None),
                waiting_longest=max(waits, default=None),
            )
        )
    return tuple(found)
