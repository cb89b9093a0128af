"""Hazard zones of an assessment: what makes people move, where, from when and for how long.

Three kinds, from fine to coarse: outlines that somebody drew, assets with a point or a village, and whole regions by
the tier of their cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from evac.plan.transfer_list import INSTRUMENTS
from evac.plan.transfer_rules import TransferRules
from riskmap.assessment import Assessment, Reason, worst_tier
from riskmap.asset import AssetTier
from riskmap.products.letter_words import quantity
from riskmap.scale import ASSET_WORDS, NO_DATA, NOT_APPLICABLE, Tier, hazard_words

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry


class MoveStep(StrEnum):
    """What a plan asks of a household; ``chinese`` is the order's word."""

    MOVE = "move_now"
    PREPARE = "prepare"
    CHECK = "check"
    AWAY = "away"

    @property
    def chinese(self) -> str:
        """立即转移 at red, 准备转移 at orange (as in ``transfer_list``); moved people stay away until they are released."""
        return _STEP_WORDS[self]

    @property
    def rank(self) -> int:
        """The larger the more urgent: 3 move, 2 prepare, 1 check, 0 away."""
        return _RANKS[self]


_STEP_WORDS: Final = {
    MoveStep.MOVE: "立即转移",
    MoveStep.PREPARE: "准备转移",
    MoveStep.CHECK: "现场核实",
    MoveStep.AWAY: "已转移(未解除)",
}
_RANKS: Final = {MoveStep.MOVE: 3, MoveStep.PREPARE: 2, MoveStep.CHECK: 1, MoveStep.AWAY: 0}


@dataclass(frozen=True)
class Zone:
    """One zone.

    Attributes
    ----------
    zone_id : str
        ``asset:HAZARD:ID``, ``outline:ID`` or ``region:CODE:HAZARD``.
    name, hazard : str
    tier : Tier or None
        None = no data: its people are checked on the spot.
    region : str
        Administrative code, 6 to 12 digits: whoever lives below it is meant where nothing finer is known.
    onset, until : datetime or None
        First and last instant at orange or red; None where unknown.
    reason_chinese, reason_english : str
        One clause each.
    named : bool
        An asset or an outline, not a whole region: its households are key households (重点户).
    longitude, latitude : float or None
        Its point, WGS-84 [degree].
    reach : float
        How far it reaches from the point [m].
    outline : shapely geometry or None
        WGS-84 [degree].
    people, households : int or None
        Of the zone's own register; None where it has none.
    kind, responsible : str
    """

    zone_id: str
    name: str
    hazard: str
    tier: Tier | None
    region: str
    onset: datetime | None
    until: datetime | None
    reason_chinese: str
    reason_english: str
    named: bool = False
    longitude: float | None = None
    latitude: float | None = None
    reach: float = 0.0
    outline: BaseGeometry | None = None
    people: int | None = None
    households: int | None = None
    kind: str = ""
    responsible: str = ""

    @property
    def step(self) -> MoveStep | None:
        """What the tier asks for; None below orange.

        Examples
        --------
        >>> Zone("region:330902:wind", "定海区", "wind", Tier.ORANGE, "330902", None, None, "", "").step.chinese
        '准备转移'
        """
        if self.tier is None:
            return MoveStep.CHECK
        if self.tier >= Tier.ORANGE:
            return MoveStep.MOVE if self.tier == Tier.RED else MoveStep.PREPARE
        return None


def zones_of(assessment: Assessment, rules: TransferRules) -> tuple[Zone, ...]:
    """Every zone at orange or red, and every one without data; assets first, then regions, in the order of their ids.

    Invented assets (示例) make none. Where an asset alone gives a region its tier, the region as a whole counts one tier
    less, which is the most that its cells can have there; the asset is a zone of its own.

    Parameters
    ----------
    assessment : Assessment
    rules : TransferRules
        How far an asset reaches.
    """
    assets = [
        _asset_zone(asset, assessment, rules)
        for asset in assessment.assets
        if not assessment.invented(asset) and (asset.tier is None or asset.tier >= Tier.ORANGE)
    ]
    found = [*sorted(assets, key=lambda zone: zone.zone_id), *_region_zones(assessment)]
    return tuple(zone for zone in found if zone.step is not None)


def _asset_zone(asset: AssetTier, assessment: Assessment, rules: TransferRules) -> Zone:
    instrument = asset.kind in INSTRUMENTS
    period = None
    if (
        asset.region[:6] in {region.code for region in assessment.regions}
        and asset.hazard in assessment.hazards
    ):
        period = assessment.period(asset.region[:6], Tier.ORANGE, asset.hazard)
    onset = asset.move_at or asset.onset
    until = period[1] if period else None
    kind = ASSET_WORDS.get(asset.kind, (asset.kind, asset.kind))
    return Zone(
        f"asset:{asset.hazard}:{asset.asset_id}", asset.name, asset.hazard, asset.tier, asset.region, onset,
        max(until, onset) if until and onset else until,
        f"{kind[0]}{asset.name}:{asset.reason_chinese or '无数据'}",
        f"{kind[1]} {asset.name}: {asset.reason_english or 'no data'}",
        not instrument, None if instrument else asset.longitude, None if instrument else asset.latitude,
        rules.reach(asset.kind), None, None if instrument else asset.people, asset.households, asset.kind, asset.responsible,
    )  # fmt: skip


def region_tiers(assessment: Assessment) -> NDArray[np.int8]:
    """Tier of each region as a whole, by hazard and hour, shape (hazard, time, region).

    Hours in which an asset alone gives the tier count one less, hours in which the compound rule raises the region one
    more. Hazards of invented registers alone are ``NO_DATA``.
    """
    table = assessment.table
    tiers = table["tier"].values.copy()
    alone = np.array(
        [asset.kind not in INSTRUMENTS for asset in assessment.assets] + [False], np.bool_
    )  # -1 takes the last
    tiers[(tiers >= Tier.BLUE) & alone[table["asset"].values]] -= 1
    if assessment.raised is not None:
        tiers[(tiers >= Tier.YELLOW) & (tiers < Tier.RED) & assessment.raised[None]] += 1
    for n, hazard in enumerate(assessment.hazards):
        if hazard in assessment.apart:
            tiers[n] = np.where(tiers[n] == NOT_APPLICABLE, NOT_APPLICABLE, NO_DATA)
    return tiers


def _region_zones(assessment: Assessment) -> Iterator[Zone]:
    tiers = region_tiers(assessment)
    for row, region in enumerate(assessment.regions):
        for n, hazard in enumerate(assessment.hazards):
            series = tiers[n, :, row]
            computed = int(worst_tier(series[:, None])[0]) if series.size else NO_DATA
            held = assessment.standing.of(region.code, hazard) if assessment.standing else None
            known = _deciding_asset(assessment, n, row)
            published = NO_DATA if held is None or known else held.published
            worst = max(computed, published)
            severe = np.flatnonzero(series >= Tier.ORANGE)
            if worst >= Tier.ORANGE:
                yield Zone(
                    f"region:{region.code}:{hazard}", region.name, hazard, Tier(worst), region.code,
                    assessment.valid_at[severe[0]] if severe.size else None,
                    assessment.valid_at[severe[-1]] if severe.size else None,
                    *_region_reason(assessment, region.code, hazard, Tier(worst), held=published > computed),
                )  # fmt: skip
            elif computed == NO_DATA:
                yield Zone(
                    f"region:{region.code}:{hazard}", region.name, hazard, None, region.code, None, None,
                    f"{region.name}{hazard_words(hazard)[0]}无数据", f"{region.name}: no data of {hazard_words(hazard)[1]}",
                )  # fmt: skip


def _deciding_asset(assessment: Assessment, hazard: int, row: int) -> bool:
    """Whether assets that people live by gave the region its worst tier, so that what is published of it is theirs."""
    tiers = assessment.table["tier"].values[hazard, :, row]
    deciding = assessment.table["asset"].values[hazard, :, row]
    if tiers.max(initial=NO_DATA) < Tier.ORANGE:
        return False
    worst = deciding[tiers == tiers.max()]
    return bool(worst.size) and all(k >= 0 and assessment.assets[k].kind not in INSTRUMENTS for k in worst)


def _region_reason(
    assessment: Assessment, code: str, hazard: str, tier: Tier, *, held: bool
) -> tuple[str, str]:
    words = hazard_words(hazard)
    if held:
        return (
            f"{words[0]}发布等级{tier.chinese}色,尚未经确认下调",
            f"{words[1]}: published {tier.english}, not yet confirmed to come down",
        )
    reasons = [reason for reason, _ in assessment.worst_reasons(code) if reason.hazard == hazard]
    return (
        _clause(reasons[0], words, tier)
        if reasons
        else (f"{words[0]}{tier.chinese}色", f"{words[1]} {tier.english}")
    )


def _clause(reason: Reason, words: tuple[str, str], tier: Tier) -> tuple[str, str]:
    units = reason.metric.units
    bound = "" if reason.threshold is None else f" ≥ {quantity(reason.threshold, units)}"
    value = f"{quantity(reason.value, units)}{bound}"
    return (
        f"{words[0]}{tier.chinese}色:{reason.metric.chinese} {value}",
        f"{words[1]} {tier.english}: {reason.metric.english} {value}",
    )


def lacking_hazards(assessment: Assessment) -> frozenset[str]:
    """Hazards of which nothing is known anywhere: an input is lacking, or the register is invented."""
    known = {hazard for hazard in assessment.hazards if hazard not in assessment.apart}
    return frozenset(set(assessment.lacking) | set(assessment.apart)) - known


def ordered_by_id(zones: Iterable[Zone]) -> tuple[Zone, ...]:
    """Zones in the order of their ids."""
    return tuple(sorted(zones, key=lambda zone: zone.zone_id))
