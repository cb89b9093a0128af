"""The last hour at which a plan's people may be on the way: gusts, water and darkness of a run, village by village."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf

from evac.field.danger import RunDangers, Spot
from evac.field.safe_hours import DARK, last_safe_hours, reason_words
from evac.field.sun import dark_after, sunset
from evac.plan.last_hours import LastHour
from evac.plan.ties import Place
from riskmap.outlook import BEIJING, beijing


class RunLastHours:
    """Last safe hours of a run for ``evac.make_plan``; it is asked once a village and hour of arrival.

    Gusts of force 10 and water close a way from their first dangerous hour on; gusts follow the county's hours, scaled to the peak at
    the village where the run has it. Darkness tightens only what would end in the dark: who
    may arrive tomorrow noon is not sent out before tonight. Where no daylight is left until then, nothing is gained by an hour
    that has passed.

    Parameters
    ----------
    dangers : RunDangers
    places : mapping
        Village code -> its point; without one the middle of its county tells the sunset, and the county's worst hours count.
    at : datetime
        The plan's clock; the run must cover it.

    Attributes
    ----------
    not_known : dict
        Reason -> villages and counties asked for of which some hours are not known: their hour may come earlier.

    Raises
    ------
    DataError
        The run does not cover the clock.
    """

    def __init__(self, dangers: RunDangers, places: Mapping[str, Place], *, at: datetime) -> None:
        last_safe_hours(dangers, (), at=at)
        self._dangers, self._places, self._at = replace(dangers, own_peak=True), places, at
        self._found: dict[str, tuple[datetime | None, str]] = {}
        self._middle = {
            region.code: region.geometry.representative_point() for region in dangers.assessment.regions
        }
        self.not_known: dict[str, set[str]] = {}

    def before(self, region: str, arrival: float) -> LastHour | None:
        """See ``evac.plan.last_hours.LastHours.before``."""
        due = datetime.fromtimestamp(arrival, UTC)
        until, reason = self._struck(region)
        if until is not None and until < due:
            due = until
        else:
            reason = ""
        dusk = self._dusk(region, due)
        if dusk is not None and self._at < dusk < due:
            due, reason = dusk, DARK
        if not reason:
            return None
        gone = due <= self._at
        words, english = reason_words(reason).split(" ", 1)
        return LastHour(
            due.timestamp(),
            f"{words},最后安全时{beijing(due)}{'已过,由指挥部决定是否转移' if gone else ''}",
            f"{english}: last safe hour {beijing(due)}{', which is over: the headquarters decides' if gone else ''}",
        )

    def after(self, region: str, arrival: float) -> float:
        """See ``evac.plan.last_hours.LastHours.after``."""
        until, _ = self._struck(region)
        found = inf if until is None else until.timestamp()
        point = self._point(region)
        if point is not None:
            east, north = point
            day = datetime.fromtimestamp(arrival, BEIJING).date()
            dusks = (sunset(day + timedelta(days=n), latitude=north, longitude=east) for n in (0, 1))
            found = min(found, next((d.timestamp() for d in dusks if d.timestamp() >= arrival), inf))
        return found

    def _struck(self, region: str) -> tuple[datetime | None, str]:
        """The last hour before gusts or water, and which."""
        if region not in self._found:
            place = self._places.get(region)
            spot = Spot(region, place.longitude, place.latitude) if place else Spot(region)
            (hour,) = last_safe_hours(self._dangers, (spot,), at=self._at)
            for name in hour.not_known:
                if name != DARK:
                    self.not_known.setdefault(name, set()).add(region)
            limits = {name: until for name, until in hour.limits.items() if name != DARK}
            reason = min(limits, key=lambda name: (limits[name], name), default="")
            self._found[region] = (limits.get(reason), reason)
        return self._found[region]

    def _dusk(self, region: str, due: datetime) -> datetime | None:
        """The sunset after which it is dark until ``due``; None where it is light then, or nobody knows where the place is."""
        point = self._point(region)
        if point is None:
            return None
        east, north = point
        dusk = dark_after(due - timedelta(microseconds=1), latitude=north, longitude=east)
        return dusk if dusk < due else None

    def _point(self, region: str) -> tuple[float, float] | None:
        """Longitude and latitude that tell the sunset: the village's, else the middle of its county."""
        place, middle = self._places.get(region), self._middle.get(region[:6])
        if place is not None:
            return place.longitude, place.latitude
        return (middle.x, middle.y) if middle is not None else None
