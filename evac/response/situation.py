"""What a level is advised from: where the storm is, how strong, how far, how long before it lands; and counties by tier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from math import isfinite
from typing import Final

from evac.grain import COUNTY_DIGITS
from riskmap.averaging import convert
from riskmap.errors import DataError
from riskmap.scale import NO_DATA, Tier

CHINA_PERIOD: Final = 120
"""Averaging period of the rule table's winds [s]: the 2-minute means of GB/T 19201."""

GROUPS: Final = {
    "flood": ("rain", "flash_flood", "inundation", "river_stage", "reservoir"),
    "geology": ("landslide",),
    "tide": ("storm_tide", "sea_wall", "waves"),
}
"""Kinds of response beside the typhoon's (防汛, 地质灾害, 风暴潮), and the hazards of the risk map that speak for each."""

KINDS: Final = {"typhoon": "防台风", "flood": "防汛", "geology": "突发地质灾害", "tide": "风暴潮"}
"""Kinds of response, in Chinese."""


class Course(StrEnum):
    """Where the storm goes, seen from the office's own region.

    ``approaching`` it is expected to land on the region's coast or to brush it; ``passing`` it lands or turns elsewhere
    and is felt here; ``inland`` it has landed and its centre is in the region or close to it; ``leaving`` it has
    passed and moves away.
    """

    APPROACHING = "approaching"
    PASSING = "passing"
    INLAND = "inland"
    LEAVING = "leaving"

    @property
    def chinese(self) -> str:
        """正面登陆或紧擦, 外围影响, 登陆后滞留, 远离."""
        return {
            "approaching": "将登陆或紧擦本地", "passing": "在外地登陆或转向", "inland": "已登陆,在本地或附近", "leaving": "已过境,远离",
        }[self.value]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Storm:
    """A fix of a storm as a bulletin gives it, and what is expected of it.

    Attributes
    ----------
    at : datetime
        Time of the fix, with time zone.
    maximum_wind : float
        [m s-1], means of ``averaging_period`` seconds.
    averaging_period : int
        [s]: 120 in Chinese bulletins, 600 of Tokyo, 60 of JTWC. Never guessed.
    course : Course
    distance_km : float, optional
        From the office's region (its coast or seat, as the bulletin counts) [km]; None where not known.
    lead_hours : float, optional
        Until it lands or is closest, from the time of the decision [h]; None where not known, or after it has passed.

    Raises
    ------
    DataError
        No time zone, or a number that cannot be.
    """

    at: datetime
    maximum_wind: float
    averaging_period: int
    course: Course
    distance_km: float | None = None
    lead_hours: float | None = None

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise DataError("a fix without a time zone", where="storm, at", expected="a timezone-aware instant",
                            found=str(self.at), remedy="attach the zone where the time is read")  # fmt: skip
        for name, value, low, high in (
            ("maximum_wind [m s-1]", self.maximum_wind, 0.0, 120.0),
            ("distance_km", self.distance_km, 0.0, 20_000.0),
            ("lead_hours", self.lead_hours, 0.0, 480.0),
        ):
            if value is not None and not (isfinite(value) and low <= value <= high):
                raise DataError(
                    "a number that cannot be", where=f"storm, {name}", expected=f"{low:g} to {high:g}", found=repr(value),
                    remedy="check the bulletin; a lead time counts forward, and ends with the landfall",
                )  # fmt: skip
        self.wind  # noqa: B018  # an unknown averaging period is refused here, not later

    @property
    def wind(self) -> float:
        """Largest 2-minute mean wind [m s-1], what the rule table tests."""
        return float(convert(self.maximum_wind, period=self.averaging_period, to=CHINA_PERIOD))


@dataclass(frozen=True)
class CountyTiers:
    """How many counties of a region stand at which tier, for one kind of response.

    Attributes
    ----------
    at_least : mapping
        Tier -> counties at it or above.
    open : mapping
        Tier -> counties that are known to be below it and lack data of a hazard: they may be at it. They count neither
        as safe nor as reached.
    total : int
    """

    at_least: Mapping[Tier, int] = field(default_factory=dict)
    open: Mapping[Tier, int] = field(default_factory=dict)
    total: int = 0


def count_tiers(tiers: Mapping[str, Mapping[str, int]], kind: str, prefix: str) -> CountyTiers:
    """Counties of a region by the worst tier of a kind's hazards.

    Parameters
    ----------
    tiers : mapping
        Code of a county -> hazard -> tier, -1 where there are no data, -2 where the hazard cannot occur.
    kind : str
        ``flood``, ``geology`` or ``tide``.
    prefix : str
        Code of the region; a county's own counts that county alone.

    Returns
    -------
    CountyTiers
        A county with a hazard without data counts as open for every tier above what is known of it.

    Examples
    --------
    >>> found = count_tiers({"330902": {"rain": 3, "river_stage": -1}, "330903": {"rain": -1}}, "flood", "33")
    >>> found.at_least[Tier.ORANGE], found.at_least[Tier.RED], found.open[Tier.ORANGE], found.open[Tier.RED], found.total
    (1, 0, 1, 2, 2)
    """
    worst: list[tuple[int, bool]] = []
    for code, own in tiers.items():
        if code.startswith(prefix[:COUNTY_DIGITS]):
            known = [int(own[hazard]) for hazard in GROUPS[kind] if hazard in own]
            worst.append((max((k for k in known if k >= 0), default=0), NO_DATA in known or not known))
    warning = tuple(Tier)[1:]
    reached: dict[Tier, int] = {tier: sum(top >= tier for top, _ in worst) for tier in warning}
    unsure: dict[Tier, int] = {tier: sum(top < tier and gap for top, gap in worst) for tier in warning}
    return CountyTiers(reached, unsure, len(worst))
