"""A hazard's rule as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from riskmap.errors import ConfigError
from riskmap.scale import Tier

Mode = Literal["intensity", "signal"]
"""``signal``: a tier also asks that the hour is near, as a warning signal does; ``intensity`` leaves that out."""


@dataclass(frozen=True)
class Metric:
    """One test of a hazard: a variable against up to four thresholds.

    Attributes
    ----------
    variable : str
        Name in the register of variables (``riskmap.schema``).
    thresholds : tuple of float or None, length 4
        Lower bounds of blue, yellow, orange, red in ``units``; None where the tier has no such test.
    station_levels : tuple of str, optional
        Instead of numbers: the columns of the station table that hold each station's own levels.
    source, status : str
        Where the numbers were read; S, M or D.
    cells : bool
        Whether cells are graded by it; otherwise it is for gauges and for what is derived from it.
    confidence, confidence_note : str
        Where they differ from the rule's: thresholds of the place itself are worth more than borrowed ones.
    """

    variable: str
    chinese: str
    english: str
    units: str
    thresholds: tuple[float | None, float | None, float | None, float | None]
    source: str
    status: str
    averaging_period: int | None = None
    window_hours: int | None = None
    station_levels: tuple[str, ...] = ()
    cells: bool = True
    confidence: str = ""
    confidence_note: str = ""

    def threshold(self, tier: Tier) -> float | None:
        """Lower bound of a tier, or None where this metric does not test for it.

        Examples
        --------
        >>> Metric("rain_3h", "3小时雨量", "3 h rain", "mm", (None, None, 50.0, 100.0), "x", "S").threshold(Tier.RED)
        100.0
        """
        return None if tier is Tier.GREEN else self.thresholds[tier - 1]

    @property
    def lowest(self) -> float | None:
        """The lowest threshold that there is."""
        return next((t for t in self.thresholds if t is not None), None)


@dataclass(frozen=True)
class HazardRule:
    """How one hazard becomes a tier, in a cell and in a region.

    Attributes
    ----------
    unit_area_share : float
        A region takes the highest tier that holds on at least this share of its area; 0 = any station.
    wetness : mapping
        Wetness class -> variable -> factor on the thresholds; empty where the hazard has none.
    mode : str
        See ``Mode``.
    lead_hours : tuple of float, length 4, or empty
        For blue to red, how many hours ahead the tier is given at most in the mode ``signal``.
    """

    id: str
    group: str
    metrics: tuple[Metric, ...]
    unit_area_share: float
    unit_area_share_source: str
    unit_area_share_status: str
    confidence: str
    confidence_note: str
    wetness: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    wetness_source: str = ""
    mode: Mode = "intensity"
    lead_hours: tuple[float, ...] = ()
    lead_source: str = ""

    def at_lead(self, hours: float) -> HazardRule | None:
        """The rule for an hour so far ahead; None where it says nothing of it: that hour is unknown then, not green.

        Parameters
        ----------
        hours : float
            From the issue time to the valid hour [h].

        Examples
        --------
        >>> wind = Metric("wind_speed", "风", "wind", "m s-1", (10.8, 17.2, 24.5, 32.7), "CMA", "S")
        >>> rule = HazardRule("wind", "wind_waves", (wind,), 0.05, "x", "D", "medium", "", mode="signal",
        ...                   lead_hours=(24, 24, 12, 6))
        >>> rule.at_lead(10).metrics[0].thresholds, rule.at_lead(25)
        ((10.8, 17.2, 24.5, None), None)
        """
        if self.mode == "intensity" or not self.lead_hours:
            return self
        near = [hours <= most for most in self.lead_hours]
        if not any(near):
            return None
        metrics = []
        for metric in self.metrics:
            blue, yellow, orange, red = (
                bound if close else None for bound, close in zip(metric.thresholds, near, strict=True)
            )
            metrics.append(replace(metric, thresholds=(blue, yellow, orange, red)))
        return replace(self, metrics=tuple(metrics))

    def with_wetness(self, wetness: str) -> HazardRule:
        """The same rule with its thresholds multiplied by the factors of a wetness class.

        Raises
        ------
        ConfigError
            The rule knows no such class.
        """
        if not self.wetness:
            return self
        if wetness not in self.wetness:
            raise ConfigError(
                "unknown wetness class",
                where=f"rule {self.id}",
                expected=" | ".join(self.wetness),
                found=repr(wetness),
                remedy="set [flash_flood] wetness in the scenario",
            )
        factors = self.wetness[wetness]
        found = []
        for metric in self.metrics:
            blue, yellow, orange, red = (
                None if t is None else round(t * factors.get(metric.variable, 1.0), 6)
                for t in metric.thresholds
            )
            found.append(replace(metric, thresholds=(blue, yellow, orange, red)))
        return replace(self, metrics=tuple(found))
