"""Registers against the table: real ones raise, invented ones never touch what is real."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from riskmap.analysis.raised import Raised, raised
from riskmap.asset import AssetTier
from riskmap.asset_hours import AssetHours
from riskmap.io.rule_files import read_rules
from riskmap.scale import NOT_APPLICABLE, Tier
from tests.riskmap.test_asset_hours import REGIONS, START, table_of

HOUR = np.datetime64(int(START.timestamp()), "s")
RULES = read_rules(())


def group(hazard: str, tier: int, *, name: str = "a", example: bool = False) -> AssetHours:
    record = AssetTier(
        name, name, "reservoir", "330901", hazard, Tier(tier), 1.0, 1.0, "m", None, "到", "met"
    )
    shape = (1, 1)
    return AssetHours(
        hazard, (record,), np.full(shape, tier, np.int8), np.zeros(shape, np.int8), np.ones(shape), np.ones(shape),
        example=example,
    )  # fmt: skip


def run(*groups: AssetHours, cells: int = 0) -> Raised:
    inputs: Any = SimpleNamespace(
        valid_hours=np.array([HOUR]), everywhere=REGIONS, units=(), coast=None, rules=RULES
    )
    return raised(inputs, table_of([[cells, 0]]), {"sea_wall": RULES["sea_wall"]}, groups)


def tier_of(found: Raised, hazard: str) -> list[int]:
    return found.table["tier"].sel(hazard=hazard).values[0].tolist()


@pytest.mark.parametrize("order", [1, -1])
def test_a_gauge_still_raises_where_the_register_of_its_hazard_is_invented(order: int) -> None:
    groups = (group("reservoir", 4, name="示例库", example=True), group("reservoir", 3, name="gauge"))
    found = run(*groups[::order])
    assert found.apart == frozenset()
    assert tier_of(found, "reservoir") == [Tier.ORANGE, NOT_APPLICABLE]
    assert {a.name: a.example for a in found.assets} == {"gauge": False, "示例库": True}
    decided = int(found.table["asset"].sel(hazard="reservoir").values[0, 0])
    assert found.assets[decided].name == "gauge"


def test_an_invented_register_leaves_the_tiers_of_cells_alone() -> None:
    found = run(group("sea_wall", 4, example=True), cells=2)
    assert tier_of(found, "sea_wall") == [Tier.YELLOW, 0]
    assert found.apart == frozenset()
    assert found.assets[0].example


def test_where_nothing_else_is_known_it_stands_apart() -> None:
    found = run(group("reservoir", 4, example=True), group("reservoir", 2, name="b", example=True))
    assert found.apart == {"reservoir"}
    assert tier_of(found, "reservoir") == [Tier.RED, NOT_APPLICABLE]
    assert set(found.rules) == {"sea_wall", "reservoir"}


def test_real_registers_keep_their_order_and_are_not_marked() -> None:
    found = run(group("reservoir", 1, name="x"), group("sea_wall", 3, name="y"))
    assert [a.name for a in found.assets] == ["x", "y"]
    assert not any(a.example for a in found.assets)
    assert replace(found.assets[0], example=True) != found.assets[0]
    assert tier_of(found, "sea_wall") == [Tier.ORANGE, 0]
