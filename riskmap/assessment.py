"""Tiers per region WITH REASONS.

The numbers live in one table (hazard, time, region); a ``RegionTier`` with its ``Reason``s is made from it on
demand and never stores a tier of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from riskmap.asset import AssetTier
from riskmap.earlier import Earlier
from riskmap.errors import DataError
from riskmap.region import Region
from riskmap.rules import HazardRule, Metric
from riskmap.scale import NO_DATA, NOT_APPLICABLE, Tier
from riskmap.schema import as_it_is
from riskmap.shown import assessment_card, region_card, summary
from riskmap.standing import Standing

if TYPE_CHECKING:  # a run begins another process before it loads what it computes with
    import xarray as xr


@dataclass(frozen=True)
class Reason:
    """Why one hazard gives a region its tier at one hour.

    Attributes
    ----------
    value : float
        The driving metric at the cell where the area share is reached [metric.units].
    threshold : float or None
        The bound that was met; for green, the lowest bound, which was not.
    area_share : float or None
        Share of the region's area at or above the tier, 0 to 1; None where an asset decides.
    maximum : float
        Largest value of the driving metric in the region [metric.units].
    people : float or None
        Residents times area share: modelled, since people are not spread evenly. None where unknown.
    complete : bool
        False where part of the region has no data, so that the tier is "at least".
    asset : AssetTier or None
        The asset that gives the region its tier (a wall section, a reservoir); ``value`` is its own then.
    """

    hazard: str
    tier: Tier
    metric: Metric
    value: float
    threshold: float | None
    area_share: float | None
    maximum: float
    people: float | None
    confidence: str
    confidence_note: str
    complete: bool = True
    asset: AssetTier | None = None


@dataclass(frozen=True)
class RegionTier:
    """Tier of one region at one hour, derived from its reasons.

    Attributes
    ----------
    reasons : tuple of Reason
        One a hazard that was assessed here, worst first.
    unknown : tuple of str
        Hazards that could strike here and were assessed, but have no data in this region.
    compound : bool
        Raised by one tier; see ``riskmap.compound``.
    """

    region: Region
    valid_at: datetime
    reasons: tuple[Reason, ...]
    unknown: tuple[str, ...] = ()
    compound: bool = False

    @property
    def tier(self) -> Tier | None:
        """Worst tier; None (grey) where nothing is at or above blue and something is unknown.

        One tier more where hazards of several groups meet and the compound rule is on.
        """
        worst = max((reason.tier for reason in self.reasons), default=None)
        if worst is None or (worst is Tier.GREEN and self.unknown):
            return None
        return Tier(min(worst + self.compound, Tier.RED))

    @property
    def driver(self) -> Reason | None:
        """The reason that gives the tier."""
        return self.reasons[0] if self.reasons else None

    def _repr_html_(self) -> str:
        return region_card(self)


TABLE_VARIABLES: Mapping[str, tuple[str, str]] = {
    "tier": ("int8", "0 green .. 4 red, -1 no data, -2 not applicable"),
    "metric": ("int8", "index of the driving metric in the hazard's rule"),
    "value": ("float64", "driving metric at the cell where the area share is reached"),
    "threshold": ("float64", "bound that was met; for green the lowest bound"),
    "area_share": ("float64", "share of the area at or above the tier"),
    "maximum": ("float64", "largest value of the driving metric"),
    "people": ("float64", "residents times area share (modelled)"),
    "covered": ("float64", "share of the area that has data"),
    "asset": ("int32", "index of the deciding asset in Assessment.assets; -1 = cells decide"),
}
"""Variables of ``Assessment.table``: dtype and meaning; dims (hazard, time, region)."""

CELL = ("int32", "index, row-major, of the cell (or unit) whose value is reported; -1 = none")
"""One variable more, ``cell``, where cells were graded: says where in the region the deciding value stands."""


@dataclass(frozen=True, eq=False)
class Assessment:
    """Tiers of every region for every hour and hazard of one analysis time.

    Attributes
    ----------
    table : Dataset (hazard, time, region)
        See ``TABLE_VARIABLES``; ``time`` is UTC (datetime64[s]), ``region`` the code.
    rules : mapping
        Hazard id -> the rule that was applied, wetness included.
    lacking : mapping
        Hazard id -> which input it lacks; such hazards are never coloured.
    assets : tuple of AssetTier
        Every asset that was looked at, green and grey ones included.
    apart : frozenset of str
        Hazards that are shown but count for nothing: their tables are invented examples (示例).
    raised : bool array (time, region) or None
        Where hazards of several groups meet, so that the combined tier is one higher; None = the rule is off.
    earlier : Earlier or None
        What the cycle before said of the same hours; None = no cycle was published before.
    standing : Standing or None
        The published tiers of this cycle, by what the cycles before it said; None = as computed.
    """

    issued_at: datetime
    regions: tuple[Region, ...]
    table: xr.Dataset
    rules: Mapping[str, HazardRule]
    lacking: Mapping[str, str]
    assets: tuple[AssetTier, ...] = ()
    apart: frozenset[str] = frozenset()
    raised: NDArray[np.bool_] | None = None
    earlier: Earlier | None = None
    standing: Standing | None = None

    def __post_init__(self) -> None:
        absent = set(TABLE_VARIABLES) - set(self.table)
        if absent:
            raise DataError(
                "the assessment's table is incomplete",
                where="Assessment.table",
                expected=", ".join(TABLE_VARIABLES),
                found=", ".join(map(str, self.table)),
            )

    def __repr__(self) -> str:
        return summary(self)

    def _repr_html_(self) -> str:
        return assessment_card(self)

    @cached_property
    def hazards(self) -> tuple[str, ...]:
        """Ids of the hazards that were assessed."""
        return tuple(str(h) for h in self.table["hazard"].values)

    @cached_property
    def valid_at(self) -> tuple[datetime, ...]:
        """Valid hours, UTC."""
        seconds = self.table["time"].values.astype("datetime64[s]").astype(np.int64)
        return tuple(datetime.fromtimestamp(int(s), tz=UTC) for s in seconds)

    @cached_property
    def _row(self) -> dict[str, int]:
        return {region.code: n for n, region in enumerate(self.regions)}

    @cached_property
    def _arrays(self) -> dict[str, NDArray[Any]]:
        return {name: self.table[name].values for name in TABLE_VARIABLES}

    def invented(self, asset: AssetTier) -> bool:
        """Whether an asset is from an example table (示例): shown, and counted for nothing."""
        return asset.example or asset.hazard in self.apart

    @cached_property
    def combined(self) -> NDArray[np.int8]:
        """Tier over all assessed hazards but those ``apart``, shape (time, region); ``NO_DATA`` by the law of ``RegionTier.tier``."""
        counted = [n for n, hazard in enumerate(self.hazards) if hazard not in self.apart]
        if not counted:
            return np.full(self._arrays["tier"].shape[1:], NO_DATA, np.int8)
        worst = combine(self._arrays["tier"][counted])
        if self.raised is None:
            return worst
        return np.where(self.raised & (worst >= Tier.BLUE), np.minimum(worst + 1, Tier.RED), worst).astype(
            np.int8
        )

    @cached_property
    def window_worst(self) -> NDArray[np.int8]:
        """Worst combined tier of each region over the window, shape (region,).

        Grey where nothing reaches blue and some hour is unknown: one green hour does not make a green window.
        """
        return worst_tier(self.combined)

    @cached_property
    def published_worst(self) -> NDArray[np.int8]:
        """Published combined tier of each region, shape (region,): what letters and maps call its tier.

        That of ``standing``; ``window_worst`` where there is none. ``standing.of(code).held`` says whether the two
        differ, ``.since`` since when it is published, ``.why`` (see ``riskmap.standing.why_words``) why it is held.
        """
        if self.standing is None:
            return self.window_worst
        entries = [self.standing.of(region.code) for region in self.regions]
        tiers = [w if e is None else e.published for e, w in zip(entries, self.window_worst, strict=True)]
        return np.array(tiers, np.int8)

    def region(self, code: str) -> Region:
        """The region of a code.

        Raises
        ------
        DataError
            No such code.
        """
        if code not in self._row:
            raise DataError(
                "no such region",
                where="region code",
                expected=f"one of {len(self.regions)} codes such as {self.regions[0].code}",
                found=repr(code),
                remedy="see the column region of tiers.csv",
            )
        return self.regions[self._row[code]]

    def at(self, code: str, hour: int) -> RegionTier:
        """Tier with reasons of one region at one valid hour.

        Parameters
        ----------
        code : str
            Region code.
        hour : int
            Index into ``valid_at``.
        """
        region = self.region(code)
        row = self._row[code]
        reasons, unknown = [], []
        for n, hazard in enumerate(self.hazards):
            tier = int(self._arrays["tier"][n, hour, row])
            if tier == NOT_APPLICABLE or hazard in self.apart:
                continue
            if tier == NO_DATA:
                unknown.append(hazard)
                continue
            reasons.append(self._reason(n, hour, row, hazard, Tier(tier)))
        reasons.sort(key=lambda reason: -reason.tier)  # stable: the order of the hazards breaks ties
        compound = self.raised is not None and bool(self.raised[hour, row])
        return RegionTier(region, self.valid_at[hour], tuple(reasons), tuple(unknown), compound)

    def reason(self, code: str, hour: int, hazard: str) -> Reason | None:
        """Why one hazard, also one that is ``apart``, gives a region its tier at one hour; None where it gives none.

        Parameters
        ----------
        code : str
            Region code.
        hour : int
            Index into ``valid_at``.
        hazard : str
            One of ``hazards``.
        """
        n, row = self.hazards.index(hazard), self._row[self.region(code).code]
        tier = int(self._arrays["tier"][n, hour, row])
        return None if tier < Tier.GREEN else self._reason(n, hour, row, hazard, Tier(tier))

    def _reason(self, n: int, hour: int, row: int, hazard: str, tier: Tier) -> Reason:
        pick = {name: values[n, hour, row] for name, values in self._arrays.items()}
        rule = self.rules[hazard]
        threshold, people, share = (float(pick[name]) for name in ("threshold", "people", "area_share"))
        metric = rule.metrics[int(pick["metric"])]
        return Reason(
            hazard=hazard,
            tier=tier,
            metric=metric,
            value=float(pick["value"]),
            threshold=None if np.isnan(threshold) else threshold,
            area_share=None if np.isnan(share) else share,
            maximum=float(pick["maximum"]),
            people=None if np.isnan(people) else people,
            confidence=metric.confidence or rule.confidence,
            confidence_note=metric.confidence_note or rule.confidence_note,
            complete=float(pick["covered"]) >= 0.999,
            asset=self.assets[int(pick["asset"])] if pick["asset"] >= 0 else None,
        )

    def worst(self, code: str) -> RegionTier:
        """The region's worst hour, the first one where several are equal; grey by the law of ``window_worst``."""
        row = self._row[self.region(code).code]
        return self.at(code, int(np.argmax(self.combined[:, row] == self.window_worst[row])))

    def worst_reasons(self, code: str) -> tuple[tuple[Reason, datetime], ...]:
        """For each assessed hazard the reason at its own worst hour, and that hour; worst hazard first.

        Among hours of the same tier the one furthest past its bound counts, as a share of the bound: the driving
        metric may differ from hour to hour.
        """
        row = self._row[self.region(code).code]
        found = []
        for n, hazard in enumerate(self.hazards):
            tiers = self._arrays["tier"][n, :, row]
            if tiers.max() < Tier.GREEN or hazard in self.apart:
                continue
            value, threshold = (self._arrays[name][n, :, row] for name in ("value", "threshold"))
            past = np.nan_to_num((value - threshold) / np.maximum(np.abs(threshold), 1e-9), nan=-1e300)
            hour = int(np.argmax(np.where(tiers == tiers.max(), past, -np.inf)))
            found.append((self._reason(n, hour, row, hazard, Tier(int(tiers.max()))), self.valid_at[hour]))
        return tuple(sorted(found, key=lambda pair: -pair[0].tier))

    def period(self, code: str, tier: Tier, hazard: str | None = None) -> tuple[datetime, datetime] | None:
        """First and last valid hour at or above a tier, combined or for one hazard; None if never."""
        row = self._row[self.region(code).code]
        tiers = (
            self.combined[:, row]
            if hazard is None
            else self._arrays["tier"][self.hazards.index(hazard), :, row]
        )
        hours = np.flatnonzero(tiers >= tier)
        return (self.valid_at[hours[0]], self.valid_at[hours[-1]]) if hours.size else None

    def counts(self, hour: int) -> dict[Tier | None, int]:
        """Number of regions per combined tier at one hour; None counts the grey ones."""
        tiers = self.combined[hour]
        found: dict[Tier | None, int] = {tier: int((tiers == tier).sum()) for tier in Tier}
        found[None] = int((tiers == NO_DATA).sum())
        return found


def combine(tiers: NDArray[np.int8]) -> NDArray[np.int8]:
    """Worst tier over hazards; grey where nothing reaches blue and something that could strike is unknown.

    Parameters
    ----------
    tiers : int8, shape (hazard, ...)
        Tiers with ``NO_DATA`` and ``NOT_APPLICABLE``.

    Examples
    --------
    >>> combine(np.array([[0, 0, 3, -2], [0, -1, -1, -2]], np.int8)).tolist()
    [0, -1, 3, -1]
    """
    worst = worst_tier(tiers)
    return np.where(worst == NOT_APPLICABLE, np.int8(NO_DATA), worst).astype(np.int8)


def worst_tier(tiers: NDArray[np.int8]) -> NDArray[np.int8]:
    """Worst tier along the first axis; no data where nothing reaches blue and something is unknown.

    Examples
    --------
    >>> worst_tier(np.array([[0, 0, 3, -2], [0, -1, -1, -2]], np.int8)).tolist()
    [0, -1, 3, -2]
    """
    worst = tiers.max(axis=0)
    unknown = (tiers == NO_DATA).any(axis=0)
    return np.where((worst <= Tier.GREEN) & unknown, np.int8(NO_DATA), worst).astype(np.int8)


def empty_table(hazards: Sequence[str], valid_at: Sequence[datetime], codes: Sequence[str]) -> xr.Dataset:
    """A table of ``TABLE_VARIABLES`` with every tier ``NO_DATA``, for filling in."""
    import xarray as xr

    dims, shape = ("hazard", "time", "region"), (len(hazards), len(valid_at), len(codes))
    fill = {"tier": NO_DATA, "metric": 0, "asset": -1, "cell": -1}
    times = np.array([int(t.timestamp()) for t in valid_at], dtype="datetime64[s]")
    meanings = {**TABLE_VARIABLES, "cell": CELL}
    return xr.Dataset(
        {
            name: as_it_is(dims, np.full(shape, fill.get(name, np.nan), dtype), {"long_name": meaning})
            for name, (dtype, meaning) in meanings.items()
        },
        coords={
            "hazard": as_it_is("hazard", np.array(hazards, str)), "time": as_it_is("time", times), "region": as_it_is("region", np.array(codes, str)),
        },
    )  # fmt: skip
