"""Scores as rows of one shape, for tables and files."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from riskmap.outlook import BEIJING
from riskmap.verify.landfalls import Landfall, LandfallScore
from riskmap.verify.positions import Differences, TrackScore
from riskmap.verify.radii import RadiusScore


class Row(NamedTuple):
    """One figure.

    Attributes
    ----------
    part : str
        ``radii``, ``against``, ``landfall`` or ``reported_landfall``.
    subject : str
        Method and threshold, quantity, or place and time.
    measure : str
        What it is.
    value : float, int, str or None
        None where it is not known.
    unit : str
        Empty for counts and words.
    """

    part: str
    subject: str
    measure: str
    value: float | int | str | None
    unit: str


def score_rows(
    *,
    radii: Iterable[RadiusScore] = (),
    against: TrackScore | None = None,
    landfalls: Iterable[Landfall] = (),
    reported: Iterable[LandfallScore] = (),
) -> tuple[Row, ...]:
    """All scores as rows: lengths in km, times in h, pressures in hPa, as people read them.

    Examples
    --------
    >>> from riskmap.verify.radii import RadiusScore
    >>> score = RadiusScore("past", 15.4, "30 kt", 3, 1, 0, 200e3, 5e3, 9e3, 52e3)
    >>> score_rows(radii=[score])[0]
    Row(part='radii', subject='past, 30 kt', measure='hits', value=3, unit='')
    """
    return (
        *(row for score in radii for row in _radii(score)),
        *(_against(against) if against is not None else ()),
        *(row for one in landfalls for row in _landfall(one)),
        *(row for score in reported for row in _reported(score)),
    )


def _known(value: float, scale: float = 1.0, digits: int = 1) -> float | None:
    return None if math.isnan(value) else round(value / scale, digits)


def _radii(score: RadiusScore) -> Iterator[Row]:
    subject = f"{score.method}, {score.label}"
    for name in ("hits", "misses", "false_alarms"):
        yield Row("radii", subject, name, getattr(score, name), "")
    for name in ("mean_reported", "bias", "mean_absolute_error", "mean_absolute_error_all"):
        yield Row("radii", subject, name, _known(getattr(score, name), 1e3), "km")
    yield Row("radii", subject, "unmodelled", score.unmodelled, "fixes")


def _against(score: TrackScore) -> Iterator[Row]:
    scales = (
        ("position", score.position, 1e3, "km"),
        ("along", score.along, 1e3, "km"),
        ("across", score.across, 1e3, "km"),
        ("maximum_wind", score.maximum_wind, 1.0, f"m/s, {score.averaging_period} s mean"),
        ("central_pressure", score.central_pressure, 100.0, "hPa"),
    )
    for subject, found, scale, unit in scales:
        yield from _differences(subject, found, scale, unit)


def _differences(subject: str, found: Differences, scale: float, unit: str) -> Iterator[Row]:
    yield Row("against", subject, "count", found.count, "")
    for name in ("bias", "mean_absolute_error", "largest"):
        yield Row("against", subject, name, _known(getattr(found, name), scale), unit)


def _landfall(one: Landfall) -> Iterator[Row]:
    subject = f"{one.place or 'outside the regions'} {one.at.astimezone(BEIJING):%Y-%m-%d %H:%M}"
    yield Row("landfall", subject, "time", one.at.astimezone(BEIJING).isoformat(timespec="minutes"), "")
    yield Row("landfall", subject, "county", one.code or None, "")
    yield Row("landfall", subject, "latitude", round(one.latitude, 2), "degrees")
    yield Row("landfall", subject, "longitude", round(one.longitude, 2), "degrees")
    yield Row("landfall", subject, "maximum_wind", _known(one.maximum_wind), "m/s, 120 s mean")
    yield Row("landfall", subject, "central_pressure", _known(one.central_pressure, 100.0), "hPa")


def _reported(score: LandfallScore) -> Iterator[Row]:
    told = score.reported
    place = told.place or f"{told.latitude:g}, {told.longitude:g}"
    subject = f"{place} {told.at.astimezone(BEIJING):%Y-%m-%d %H:%M}"
    part = "reported_landfall"
    yield Row(part, subject, "found", score.found.place or "elsewhere" if score.found else "no", "")
    yield Row(part, subject, "time_error", _known(score.time_error, 3600.0), "h")
    yield Row(part, subject, "distance", _known(score.distance, 1e3), "km")
    yield Row(part, subject, "distance_then", _known(score.distance_then, 1e3), "km")
    yield Row(part, subject, "wind_error", _known(score.wind_error), "m/s")
    yield Row(part, subject, "pressure_error", _known(score.pressure_error, 100.0), "hPa")
    yield Row(part, subject, "source", " ".join(filter(None, (told.source, told.status))), "")
