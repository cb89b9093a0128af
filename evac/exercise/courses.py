"""When each county of the exercise gives its transfer order, and when it lets people home."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from evac.plan.assumptions import Assumptions
from evac.progress import zones
from evac.rehearsal import Course
from evac.returning.hazard import Outlook, look_again
from riskmap.assessment import Assessment
from riskmap.scale import Tier


def courses(
    assessment: Assessment,
    counties: Sequence[str],
    answered: Mapping[str, datetime],
    *,
    conference_at: datetime,
    lowered_at: datetime | None,
    later: Assessment | None,
    numbers: Assumptions,
    rng: random.Random,
) -> dict[str, Course]:
    """Each county's course; minutes are whole.

    Parameters
    ----------
    answered : mapping
        County -> when somebody there answered the 风险告知函: nobody orders before.
    conference_at : datetime
        Nobody orders before it either.
    lowered_at : datetime or None
        When the province lowers its response: nobody is released before, nor before the window is over.
    later : Assessment or None
        The run by which people are let home: a county is released when it says that the danger is over. Without one, or where it
        never says so, a named person must answer for the release.
    """
    found = {}
    last = assessment.valid_at[-1]
    slopes = numbers.whole("slope_hours") * timedelta(hours=1)
    for code in counties:
        period = assessment.period(code, Tier.ORANGE)
        onset = period[0] if period else conference_at
        ready = max(answered[code], conference_at) + _drawn(
            numbers.span("order_minutes"), timedelta(minutes=1), rng
        )
        lead = rng.uniform(*numbers.span("order_lead"))
        ordered = max(ready, onset - lead * timedelta(hours=1))
        over = _first_hour(later, code, max(last, lowered_at or last), lambda found: not found.danger)
        lifted = max(
            over + _drawn(numbers.span("lift_hours"), timedelta(hours=1), rng),
            ordered + 12 * timedelta(hours=1),
        )
        looked = _first_hour(
            later, code, lifted + slopes, lambda found: not found.slopes or not found.slopes_known
        )
        found[code] = Course(_whole(ordered), _whole(lifted), _whole(looked))
    return found


def _first_hour(
    later: Assessment | None, code: str, earliest: datetime, fits: Callable[[Outlook], bool]
) -> datetime:
    """The first instant, not before ``earliest``, at which a run says so; ``earliest`` itself where it never does."""
    if later is None:
        return earliest
    start = max(earliest, later.issued_at)
    instants = (start, *(hour for hour in later.valid_at if hour > start))
    return next((at for at in instants if fits(look_again(later, code, at=at))), earliest)


def _drawn(span: tuple[float, float], unit: timedelta, rng: random.Random) -> timedelta:
    return rng.uniform(*span) * unit


def _whole(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def hours_until(assessment: Assessment, end: datetime) -> tuple[datetime, ...]:
    """The valid hours, and every hour after them until the end."""
    last = assessment.valid_at[-1]
    more = int((end - last) / timedelta(hours=1)) + 1
    return (*assessment.valid_at, *(last + n * timedelta(hours=1) for n in range(1, max(more, 1) + 1)))


def zone_hours(
    assessment: Assessment, counties: Sequence[str], hours: Sequence[datetime], given: Mapping[str, Course]
) -> NDArray[np.bool_]:
    """Whether each county counts as orange or red, (hour, county); beyond the window the last hour's tier stands until the release."""
    inside = zones(assessment, counties)
    beyond = [
        [bool(inside[-1, n]) and hour < given[code].lifted_at for n, code in enumerate(counties)]
        for hour in hours[len(inside) :]
    ]
    return np.concatenate([inside, np.array(beyond, np.bool_).reshape(-1, len(counties))])
