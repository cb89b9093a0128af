"""Blocks of people of whom no household is registered: those of an asset's own register, and modelled ones.

Where a county has no register its people are census x hazard share, labelled modelled (推算) wherever they are shown.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from evac.grain import COUNTY_DIGITS
from evac.model import Category
from evac.plan.transfer_list import CATEGORIES
from evac.plan.transfer_rules import TransferRules
from evac.plan.zones import MoveStep, Zone, region_tiers
from riskmap.assessment import Assessment
from riskmap.region import Region
from riskmap.scale import NO_DATA, Tier, hazard_words


class Basis(StrEnum):
    """Where the people of a row come from; ``chinese`` is said wherever the row is shown."""

    REGISTER = "register"
    ASSET = "asset_register"
    MODELLED = "modelled"

    @property
    def chinese(self) -> str:
        """在册 are households by name; 隐患点登记数 are numbers alone; 推算 were never counted."""
        return _BASIS_WORDS[self]


_BASIS_WORDS: Final = {
    Basis.REGISTER: "在册",
    Basis.ASSET: "隐患点登记数(无名单)",
    Basis.MODELLED: "推算(人口普查×灾害面积,非实数)",
}
_CATEGORY: Final = {"wind": Category.DANGEROUS_HOUSE, "waves": Category.FISH_FARM, "rain": Category.LOW_LYING}


@dataclass(frozen=True)
class Block:
    """People who move together in a plan though no household of them is known.

    Attributes
    ----------
    key : str
        The zone's id.
    basis : Basis
    zone : Zone
    region, name : str
        Code and name of where they are at risk.
    people : int or None
        None where unknown.
    """

    key: str
    basis: Basis
    zone: Zone
    region: str
    name: str
    category: Category
    people: int | None
    longitude: float | None = None
    latitude: float | None = None

    @property
    def step(self) -> MoveStep:
        """What the zone's tier asks for; people of unknown number are moved all the same."""
        return self.zone.step or MoveStep.CHECK


def asset_blocks(zones: Collection[Zone], reached: Collection[str]) -> tuple[Block, ...]:
    """A block for every named zone in which no registered household was found.

    Parameters
    ----------
    zones : collection of Zone
    reached : collection of str
        Ids of the zones that registered people are in.
    """
    # an outline over two counties is one zone
    alone = {
        zone.zone_id: zone
        for zone in sorted(zones, key=lambda z: (z.zone_id, z.step.rank if z.step else 0, z.region))
        if zone.named and zone.step is not None and zone.zone_id not in reached
    }
    return tuple(
        Block(
            zone.zone_id, Basis.ASSET, zone, zone.region, zone.name, CATEGORIES.get(zone.hazard, Category.OTHER),
            zone.people, zone.longitude, zone.latitude,
        )
        for zone in alone.values()
    )  # fmt: skip


def modelled_blocks(
    assessment: Assessment,
    zones: Collection[Zone],
    registered: Collection[str],
    rules: TransferRules,
    *,
    prefix: str = "",
) -> tuple[Block, ...]:
    """Blocks of the counties that have no register: one a category, by the hazard with the most people.

    People are the assessment's residents x area share at the worst hour, times the rule's share of residents; a county whose
    share is not known takes all its residents instead, and one without a census has an unknown number. Together they are
    never more than the residents.

    Parameters
    ----------
    registered : collection of str
        Counties that have a register, 6 digits.
    prefix : str
        Only regions whose code begins so.
    """
    by_id = {zone.zone_id: zone for zone in zones}
    found: list[Block] = []
    severe = region_tiers(assessment) >= Tier.ORANGE
    for row, region in enumerate(assessment.regions):
        inside = region.code.startswith(prefix) or prefix.startswith(region.code)
        if len(region.code) != COUNTY_DIGITS or region.code in registered or not inside:
            continue
        blocks: dict[Category, Block] = {}
        for n, hazard in enumerate(assessment.hazards):
            zone = by_id.get(f"region:{region.code}:{hazard}")
            if zone is None or zone.step in (None, MoveStep.CHECK):
                continue
            people = _people(assessment, n, row, bool(severe[n, :, row].any()), rules.share(hazard))
            block = _block(region, zone, people)
            before = blocks.get(block.category)
            if before is None or _more(block, before):
                blocks[block.category] = block
        found += _within(list(blocks.values()), region.population)
        if not blocks and assessment.published_worst[row] == NO_DATA:
            found.append(_grey(region))
    return tuple(sorted(found, key=lambda block: block.key))


def _people(assessment: Assessment, hazard: int, row: int, known: bool, share: float) -> int | None:
    residents = assessment.regions[row].population
    if assessment.hazards[hazard] == "waves":
        return None  # who is at sea does not live in the county's cells
    series = assessment.table["people"].values[hazard, :, row]
    modelled = float(np.nanmax(series)) if known and not np.isnan(series).all() else math.nan
    if math.isnan(modelled) or modelled <= 0:
        if residents is None:
            return None
        modelled = float(residents)
    return math.ceil(modelled * share)


def _block(region: Region, zone: Zone, people: int | None) -> Block:
    category = CATEGORIES.get(zone.hazard, _CATEGORY.get(zone.hazard, Category.OTHER))
    return Block(f"modelled:{zone.zone_id}", Basis.MODELLED, zone, region.code, region.name, category, people)


def _more(one: Block, other: Block) -> bool:
    return (one.step.rank, one.people or 0) > (other.step.rank, other.people or 0)


def _within(blocks: list[Block], residents: int | None) -> Iterator[Block]:
    """Blocks, the most urgent first, cut where they would be more than all residents."""
    left = math.inf if residents is None else residents
    for block in sorted(blocks, key=lambda b: (-b.step.rank, b.zone.hazard)):
        if block.people is None:
            yield block
            continue
        people = int(min(block.people, left))
        left -= people
        if people:
            yield Block(block.key, block.basis, block.zone, block.region, block.name, block.category, people)


def _grey(region: Region) -> Block:
    words = hazard_words("combined")
    zone = Zone(
        f"unknown:{region.code}:combined", region.name, "combined", None, region.code, None, None,
        f"{words[0]}无研判数据,不等于安全", f"{words[1]}: not assessed, which is not safe",
    )  # fmt: skip
    return Block(
        f"modelled:{zone.zone_id}", Basis.MODELLED, zone, region.code, region.name, Category.OTHER, None
    )
