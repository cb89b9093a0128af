"""What holds over all hazards: compound, ensemble, hysteresis and people, each with source and status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from riskmap.scale import Tier

GROUPS: Final = ("wind_waves", "rain_water", "tide_river")
"""Hazards of one group come from one cause, so that two of them are no compound."""


@dataclass(frozen=True)
class CompoundRule:
    """Hazards of several groups at once raise a region.

    Attributes
    ----------
    enabled : bool
        Off until hindcasts show that it helps.
    least : Tier
        Hazards of two groups must both reach it in one hour; the region goes up by one tier then, once.
    """

    enabled: bool = False
    least: Tier = Tier.YELLOW
    source: str = ""
    status: str = "D"


@dataclass(frozen=True)
class EnsembleRule:
    """How sure the members must be.

    Attributes
    ----------
    bounds : tuple of float, length 4
        Chance of blue to red, or worse, from which on the tier is given; 0.5 everywhere is the median of the members.
    """

    bounds: tuple[float, float, float, float] = (0.3, 0.3, 0.5, 0.5)
    source: str = ""
    status: str = "D"


@dataclass(frozen=True)
class HysteresisRule:
    """How tiers come down from one issue to the next; up is at once. Never between the hours of one forecast.

    Attributes
    ----------
    down_after_cycles : int
        A lower tier must have been found so many issues in a row ...
    down_steps : int
        ... and then takes off so many tiers.
    confirm_from : Tier
        From this tier on nothing comes down without a person's word.
    pace_hours : float
        Cycles that come faster count as if they came so many hours apart: two of a layer of ten minutes are no two of a full
        cycle. Not in the file: the layer takes it from the pace of the full cycle.
    hold_hours : mapping
        Hazard -> hours after its last cause in which it stays at ``hold_tier`` or worse.
    """

    down_after_cycles: int = 2
    down_steps: int = 1
    confirm_from: Tier = Tier.ORANGE
    hold_hours: Mapping[str, float] = field(default_factory=dict)
    hold_tier: Tier = Tier.YELLOW
    source: str = ""
    status: str = "D"
    pace_hours: float = 0.0


@dataclass(frozen=True)
class PeopleRule:
    """So many registered people on cells at a tier raise their region to it, however small its area.

    Attributes
    ----------
    hazards : tuple of str
        For which it holds; never wind and rain, which reach whole counties.
    village_households, township, county : int
        Households of a village, people of a township and of a county or other unit.
    """

    hazards: tuple[str, ...] = ()
    village_households: int = 1
    township: int = 10
    county: int = 50
    source: str = ""
    status: str = "D"

    def least(self, level: str) -> tuple[str, int]:
        """What is counted at a level, ``households`` or ``people``, and how many it takes."""
        if level == "village":
            return "households", self.village_households
        return "people", self.township if level == "township" else self.county


@dataclass(frozen=True)
class Combination:
    """The rules that are no hazard's own."""

    compound: CompoundRule = field(default_factory=CompoundRule)
    ensemble: EnsembleRule = field(default_factory=EnsembleRule)
    hysteresis: HysteresisRule = field(default_factory=HysteresisRule)
    people: PeopleRule = field(default_factory=PeopleRule)
