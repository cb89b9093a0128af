"""The last safe hour of each village: before dark, before gusts of force 10, before the water; from a published run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from evac.field.danger import DANGEROUS, OPEN, Hours, RunDangers, Spot
from evac.field.sun import dark_after
from riskmap.errors import DataError
from riskmap.scale import hazard_words

DARK, GUST = "dark", "gust"
"""Reasons beside the ids of the hazards of water."""


@dataclass(frozen=True, slots=True)
class SafeHour:
    """Until when people can be moved out of a village, and why no longer.

    Attributes
    ----------
    spot : Spot
    limits : mapping
        Reason -> instant: ``dark``, ``gust``, or a hazard of water; those that never come in the run are left out.
    not_known : tuple of str
        Reasons of which some hours, up to the limit, are not known: the limit may come earlier.
    """

    spot: Spot
    limits: Mapping[str, datetime]
    not_known: tuple[str, ...] = field(default=())

    @property
    def reason(self) -> str:
        """What comes first; empty where nothing comes."""
        return min(self.limits, key=lambda name: (self.limits[name], name), default="")

    @property
    def until(self) -> datetime | None:
        """The last safe hour; None where nothing comes within the run."""
        return self.limits.get(self.reason)

    @property
    def words(self) -> str:
        """The reason in both languages."""
        return reason_words(self.reason)


def reason_words(reason: str) -> str:
    """A reason in both languages.

    Examples
    --------
    >>> reason_words("dark"), reason_words("gust")
    ('天黑 dark', '阵风10级 gusts of force 10')
    """
    own = {DARK: "天黑 dark", GUST: "阵风10级 gusts of force 10", "": "研判时段内无 none within the run"}
    return own.get(reason) or " ".join(hazard_words(reason))


def last_safe_hours(dangers: RunDangers, spots: Iterable[Spot], *, at: datetime) -> tuple[SafeHour, ...]:
    """The last safe hour of each place.

    Parameters
    ----------
    dangers : RunDangers
        Of the newest run.
    spots : iterable of Spot
        With a point each: without one nobody knows when it gets dark there, and the county's worst counts.
    at : datetime
        The clock.

    Raises
    ------
    DataError
        The run does not cover the clock.

    Notes
    -----
    A limit is the last valid hour before the first one that is dangerous; where it is dangerous now, it is the first valid hour of the
    run that is, or the clock itself.

    Examples
    --------
    >>> import riskmap as rm
    >>> import xarray as xr
    >>> from evac import RunDangers, last_safe_hours
    >>> from evac.field.rules import field_rules
    >>> from riskmap.outlook import beijing
    >>> hours = np.datetime64("2021-07-25T00", "h") + np.arange(12)
    >>> grid = rm.Grid.from_bounds(west=121.5, south=29.5, east=123, north=31, step=0.1)
    >>> radar = xr.DataArray(np.full((12, 15, 15), 9.0), coords={"time": hours.astype("M8[ns]"), **grid.coordinates},
    ...                      dims=("time", "y", "x"), attrs={"units": "mm"})
    >>> run = rm.assess(rm.rain_sums(radar))
    >>> (found,) = last_safe_hours(RunDangers(run, field_rules()), [Spot("330903001201", 122.3, 29.95)], at=run.valid_at[3])
    >>> found.words, beijing(found.until), "gust" in found.not_known  # this run knows rain alone
    ('天黑 dark', '2021-07-25 18:48', True)
    """
    hours = dangers.assessment.valid_at
    if not hours or not hours[0] <= at <= hours[-1]:
        raise DataError(
            "the run does not cover this time", where="last safe hours", expected=f"{hours[0]} to {hours[-1]}",
            found=at.isoformat(), remedy="name the newest run, or a time of the run with --at",
        )  # fmt: skip
    return tuple(_of(dangers, spot, at) for spot in spots)


def _of(dangers: RunDangers, spot: Spot, at: datetime) -> SafeHour:
    limits: dict[str, datetime] = {}
    if spot.latitude is not None and spot.longitude is not None:
        limits[DARK] = dark_after(at, latitude=spot.latitude, longitude=spot.longitude)
    series = {GUST: dangers.gusts(spot)}
    series |= {hazard: dangers.floods(spot, hazard) for hazard in dangers.rules.water}
    for name, found in series.items():
        limit = _limit(dangers.assessment.valid_at, found, at)
        if limit is not None:
            limits[name] = limit
    first = min(limits.values(), default=dangers.assessment.valid_at[-1])
    opened = tuple(
        name for name, found in series.items() if _open(dangers.assessment.valid_at, found, at, first)
    )
    missing = () if DARK in limits else (DARK,)
    return SafeHour(spot, limits, (*missing, *opened))


def _limit(hours: tuple[datetime, ...], found: Hours, at: datetime) -> datetime | None:
    """The valid hour before the first dangerous one from ``at`` on; ``at`` where it is dangerous already."""
    now = max(n for n, hour in enumerate(hours) if hour <= at)
    struck = np.flatnonzero(found[now:] == DANGEROUS)
    if not struck.size:
        return None
    first = now + int(struck[0])
    return at if first == now else max(hours[first - 1], at)


def _open(hours: tuple[datetime, ...], found: Hours, at: datetime, until: datetime) -> bool:
    now = max(n for n, hour in enumerate(hours) if hour <= at)
    return any(
        state == OPEN for hour, state in zip(hours[now:], found[now:], strict=True) if hour <= max(until, at)
    )
