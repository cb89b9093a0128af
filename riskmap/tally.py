"""Counting members: what wind each tier needs, and per cell and region how many members reach it, and when.

Memory grows with the grid and with regions x hours, never with the number of members: each is counted and forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from riskmap.blocks import run_rows
from riskmap.errors import ConfigError, DataError
from riskmap.grid import EARTH_RADIUS, Grid
from riskmap.rules import HazardRule
from riskmap.scale import Tier
from riskmap.schema import describe
from riskmap.severity import thresholds_of
from riskmap.zonal import ZonalWeights

TIERS: Final = (Tier.BLUE, Tier.YELLOW, Tier.ORANGE, Tier.RED)
METRICS: Final = ("wind_speed", "wind_speed_of_gust")

LEAST_MEMBERS: Final = 10
"""Below so many members a chance of one in ten cannot be told from none (status D)."""

STRIKE_RADIUS: Final = 120e3
"""[m]; ECMWF, Forecast User Guide, Tropical Cyclone Diagrams: strike probability is the proportion of members
that predict that the cyclone will pass within a 120 km radius of a given location (status S)."""

QUANTILES: Final = (0.1, 0.5, 0.9)
"""Of the onset in a region."""


@dataclass(frozen=True, eq=False)
class NeededWind:
    """What wind over open water each tier needs in each cell.

    Attributes
    ----------
    wind : float32 (tier, y, x)
        Least wind for blue, yellow, orange, red [m s-1]; infinite where no wind does, NaN where not known.
    whole : int8 (y, x)
        1 where every metric of the rule is known; elsewhere a wind below blue is unknown, not green.
    """

    wind: NDArray[np.float32]
    whole: NDArray[np.int8]


def needed_wind(rule: HazardRule, mean_factor: NDArray[Any], gust_factor: NDArray[Any]) -> NeededWind:
    """The least wind over open water that gives each tier: the rule turned round, once for all members.

    ``peak >= needed.wind[t - 1]`` just if ``riskmap.severity.grade`` gives tier t or worse to the mean
    ``mean_factor * peak`` and the gust ``mean_factor * peak * gust_factor``, all float32.

    Parameters
    ----------
    rule : HazardRule
        Of ``wind_speed`` and ``wind_speed_of_gust``, or one of them.
    mean_factor : array (y, x)
        Mean wind over this ground / over open water; NaN where unknown.
    gust_factor : array (y, x)
        Gust / mean wind; NaN where unknown.

    Raises
    ------
    ConfigError
        The rule tests something else than wind.
    DataError
        Factors of different shape, not above 0, or none.

    Examples
    --------
    >>> from riskmap.rules import Metric
    >>> mean = Metric("wind_speed", "风", "wind", "m s-1", (10.8, 17.2, 24.5, 32.7), "CMA", "S", 120)
    >>> rule = HazardRule("wind", "wind", (mean,), 0.05, "x", "D", "medium", "")
    >>> needed = needed_wind(rule, np.array([[1.0, 0.8]]), np.array([[1.2, 1.5]]))
    >>> print(needed.wind[:, 0, 1].round(2))
    [13.5  21.5  30.62 40.87]
    """
    from riskmap._kernels import probability as kernel

    strange = [m.variable for m in rule.metrics if m.variable not in METRICS]
    if strange:
        raise ConfigError(
            "the rule tests something else than wind", where=f"rule {rule.id}", expected=" or ".join(METRICS),
            found=", ".join(strange), remedy="give the rule of the wind",
        )  # fmt: skip
    mean, gust = factors = [np.ascontiguousarray(f, np.float32) for f in (mean_factor, gust_factor)]
    if mean.ndim != 2 or mean.shape != gust.shape or any((f <= 0).any() for f in factors):
        raise DataError(
            "factors that are none", where="needed_wind", expected="two fields (y, x) of factors above 0",
            found=f"shapes {mean.shape}, {gust.shape}, from {min(np.nanmin(f) for f in factors):g}",
            remedy="give the factors on the grid, NaN where unknown",
        )  # fmt: skip
    shape = mean.shape
    needed = NeededWind(np.empty((len(TIERS), *shape), np.float32), np.empty(shape, np.int8))
    of_gust = np.array([m.variable == METRICS[1] for m in rule.metrics])
    thresholds, most = thresholds_of(rule), describe("wind_speed").valid_range[1]

    def rows(first: int, last: int) -> None:
        kernel.needed_rows(mean, gust, of_gust, thresholds, most, first, last, needed.wind, needed.whole)

    run_rows(rows, shape[0])
    return needed


_SUMS: Final = (
    "strikes", "hourly", "onsets", "hourly_unknown", "regions_reaching", "regions_unknown",
)  # fmt: skip
"""Counts of ``WindProbability`` that are sums over members; ``counts`` has the earliest hour beside two sums."""


@dataclass(eq=False)
class MemberState:
    """What one member has done so far; ``WindProbability.start_member`` makes it."""

    tier: NDArray[np.int8]
    reached: NDArray[np.int8]
    onset: NDArray[np.int16]
    regions: NDArray[np.int8]
    struck: NDArray[np.int8]


class WindProbability:
    """Counts of members: one at a time, hour by hour, in memory of the order of the grid.

    A member counts when ``finish_member`` is called, and not before: one that fails half-way leaves no trace.

    Parameters
    ----------
    grid : Grid
    hours : int
        Number of hours in the window.
    needed : NeededWind
    weights : ZonalWeights, optional
        Of the regions on ``grid``.
    share : float
        A region takes a tier that holds on this share of its area: ``rule.unit_area_share``.

    Examples
    --------
    >>> grid = Grid.from_bounds(west=121, south=29, east=122, north=30, step=0.5)
    >>> needed = NeededWind(np.full((4, 2, 2), [[[10]], [[20]], [[30]], [[40]]], "f4"), np.ones((2, 2), "i1"))
    >>> probability = WindProbability(grid, 2, needed)
    >>> for wind in (15.0, 25.0):
    ...     state = probability.start_member()
    ...     probability.add_hour(state, 0, np.full((2, 2), wind, np.float32))
    ...     probability.finish_member(state)
    >>> probability.members, probability.reaching[:, 0, 0].tolist()
    (2, [2, 1, 0, 0])
    """

    def __init__(
        self, grid: Grid, hours: int, needed: NeededWind, *, weights: ZonalWeights | None = None,
        share: float = 0.05,
    ) -> None:  # fmt: skip
        from riskmap._kernels import probability as kernel

        if needed.whole.shape != grid.shape:
            raise DataError(
                "the factors have another shape than the grid", where="WindProbability", expected=str(grid.shape),
                found=str(needed.whole.shape), remedy="make them on this grid",
            )  # fmt: skip
        self._kernel = kernel
        self.grid, self.hours, self.needed, self.weights, self.share = grid, hours, needed, weights, share
        self.members, self._lock = 0, Lock()
        regions = 0 if weights is None else len(weights.total)
        self.counts = np.zeros((len(TIERS), 3, *grid.shape), np.int32)
        self.counts[:, kernel.EARLIEST] = kernel.NEVER
        self.strikes = np.zeros(grid.shape, np.int32)
        self.hourly, self.onsets = (np.zeros((len(TIERS), hours, regions), np.int32) for _ in range(2))
        self.hourly_unknown = np.zeros((hours, regions), np.int32)
        self.regions_reaching, self.regions_unknown = (
            np.zeros((len(TIERS), regions), np.int32) for _ in range(2)
        )
        whole = needed.whole.ravel()
        self._partly = bool((whole == 0).any())
        self._known = np.zeros(0) if weights is None else weights.share(whole == 1) * weights.total
        self._calm = np.empty(regions, np.int8)
        self._region_tiers(np.zeros(grid.shape, np.int8), self._calm)

    @property
    def reaching(self) -> NDArray[np.int32]:
        """Members that reach each tier in each cell, (tier, y, x)."""
        return self.counts[:, self._kernel.REACHED]

    def start_member(self, state: MemberState | None = None) -> MemberState:
        """Room for one member; an old state is emptied and used again."""
        if state is None:
            shape = self.grid.shape
            state = MemberState(
                np.zeros(shape, np.int8), np.zeros(shape, np.int8), np.zeros((len(TIERS), *shape), np.int16),
                np.empty((self.hours, len(self._calm)), np.int8), np.zeros(shape, np.int8),
            )  # fmt: skip
        state.reached[:] = 0
        state.struck[:] = 0
        state.regions[:] = self._calm
        return state

    def add_hour(self, state: MemberState, hour: int, peak: NDArray[np.float32]) -> None:
        """Take in one hour of a member; an hour that is left out is calm.

        Parameters
        ----------
        hour : int
            Index in the window, increasing.
        peak : float32 (y, x)
            Largest wind over open water within the hour [m s-1].

        Raises
        ------
        DataError
            A wind is NaN.
        """
        blue = self._kernel.add_cells(peak, self.needed.wind, hour, state.tier, state.reached, state.onset)
        if blue < 0:
            raise DataError(
                "a wind that is not a number", where=f"hour {hour} of the window", expected="a wind in every cell",
                found="NaN", remedy="check the member's track",
            )  # fmt: skip
        if blue:
            self._region_tiers(state.tier, state.regions[hour])

    def add_path(
        self, state: MemberState, latitude: NDArray[np.float64], longitude: NDArray[np.float64]
    ) -> None:
        """Mark the cells within ``STRIKE_RADIUS`` of a member's centres [degrees], each (n,)."""
        mark_strikes(state.struck, self.grid, latitude, longitude)

    def finish_member(self, state: MemberState) -> None:
        """Count a whole member; several threads may each do so with a state of their own."""
        with self._lock:
            self._kernel.commit_cells(state.reached, state.onset, self.counts)
            if len(self._calm):
                self._kernel.commit_regions(
                    state.regions, self.hourly, self.onsets, self.hourly_unknown, self.regions_reaching,
                    self.regions_unknown,
                )  # fmt: skip
            self.strikes += state.struck
            self.members += 1

    def finish_calm(self, count: int) -> None:
        """Count members without any storm."""
        state = self.start_member()
        for _ in range(count):
            self.finish_member(state)

    def counted(self) -> dict[str, Any]:
        """What was counted, as plain values: for another process, which takes it in."""
        return {"members": self.members, "counts": self.counts} | {
            name: getattr(self, name) for name in _SUMS
        }

    def take_in(self, counted: Mapping[str, Any]) -> None:
        """Add what ``counted`` gave of other members; whole numbers, so that neither order nor grouping matters."""
        with self._lock:
            earliest = self._kernel.EARLIEST
            first = np.minimum(self.counts[:, earliest], counted["counts"][:, earliest])
            self.counts += counted["counts"]
            self.counts[:, earliest] = first
            for name in _SUMS:
                getattr(self, name)[...] += counted[name]
            self.members += counted["members"]

    def _region_tiers(self, tier: NDArray[np.int8], out: NDArray[np.int8]) -> None:
        if self.weights is not None:
            w = self.weights
            self._kernel.region_tiers(
                tier.ravel(), self.needed.whole.ravel(), self._partly, w.start, w.cell, w.area, w.total,
                self._known, self.share, out,
            )  # fmt: skip

    def cells(self) -> dict[str, NDArray[np.float32]]:
        """Fields by name: ``probability``, ``earliest_onset``, ``mean_onset`` (tier, y, x), ``strike_probability`` (y, x).

        Onsets are indices of hours, over the members that reach the tier; NaN where none does. Cells of which
        not every metric is known are NaN.
        """
        reached = self.reaching
        known = self.needed.whole == 1
        some = reached > 0
        with np.errstate(divide="ignore", invalid="ignore"):
            fields = {
                "probability": reached / self.members,
                "earliest_onset": np.where(some, self.counts[:, self._kernel.EARLIEST], np.nan),
                "mean_onset": self.counts[:, self._kernel.ONSETS] / np.where(some, reached, np.nan),
            }
        found = {name: np.where(known, values, np.nan).astype(np.float32) for name, values in fields.items()}
        return found | {"strike_probability": (self.strikes / self.members).astype(np.float32)}

    def regions(self) -> dict[str, NDArray[np.float32]]:
        """By name: ``region_probability`` (tier, region), ``region_probability_hourly`` (tier, hour, region) and
        ``region_onset`` (tier, quantile, region), indices of hours.

        NaN where a member did not reach the tier and was unknown at some hour. Onset quantiles are over the
        members that reach the tier: the first hour by which that share of them has done so; NaN where none does.
        """
        dark = self.regions_unknown > 0
        reached = np.cumsum(self.onsets, axis=1)
        whole = reached[:, -1] if self.hours else np.zeros_like(self.regions_reaching)
        onset = np.full((len(TIERS), len(QUANTILES), len(self._calm)), np.nan)
        for q, part in enumerate(QUANTILES):
            at = np.argmax(reached >= np.maximum(np.ceil(part * whole - 1e-9), 1)[:, None], axis=1)
            onset[:, q] = np.where(whole > 0, at, np.nan)
        hourly = np.where(self.hourly_unknown > 0, np.nan, self.hourly / self.members)
        found = {
            "region_probability": np.where(dark, np.nan, self.regions_reaching / self.members),
            "region_probability_hourly": hourly,
            "region_onset": onset,
        }
        return {name: values.astype(np.float32) for name, values in found.items()}


def mark_strikes(
    struck: NDArray[np.int8], grid: Grid, latitude: NDArray[np.float64], longitude: NDArray[np.float64]
) -> None:
    """Set 1 where a centre comes within ``STRIKE_RADIUS`` of a cell's middle.

    Parameters
    ----------
    struck : int8 (y, x)
        Changed in place.
    latitude, longitude : array (n,)
        Of the centre [degrees]; on either side of 180.
    """
    from riskmap._kernels import probability as kernel

    turns = np.round((grid.longitude.mean() - longitude) / 360.0)
    kernel.strike_cells(
        latitude, longitude + 360.0 * turns, grid.latitude[0], grid.longitude[0], grid.transform.e, grid.transform.a,
        STRIKE_RADIUS / EARTH_RADIUS, struck,
    )  # fmt: skip
