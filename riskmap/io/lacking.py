"""Hazards that a scenario gives no input for, and which input each would need: listed everywhere, never coloured."""

from __future__ import annotations

from typing import Final

from riskmap.scenario import Scenario

NOT_YET: Final = {
    "inundation": ("需≤90米高程数据", "needs a DEM of 90 m or finer ([terrain] dem)"),
    "landslide": (
        "需≤90米高程数据或隐患点名录",
        "needs a DEM of 90 m or finer ([terrain] dem), or mapped hazard points",
    ),
    "sea_wall": ("需海塘名录、潮位与波浪", "needs the register of sea walls, tide and waves"),
    "reservoir": ("需水库山塘名录与水位", "needs the register of reservoirs and ponds, and levels"),
    "river_stage": ("需河道站名录与水位", "needs the register of river stations, and levels"),
}
"""Hazards of the rule book that need an input of the user's own: which, in Chinese and English."""

EXAMPLE: Final = (",现有名录为示例(虚构)", "; the register given is invented")

NO_RELIEF: Final = "缺地形高程数据 (needs [terrain] relief)"
NO_SEA: Final = "缺水深或岸线 (needs [terrain] bathymetry and coastline)"
NO_TIDE: Final = "缺警戒潮位与天文潮 (needs warning levels and astronomical tide: [tide])"
NO_WALL_TIDE: Final = "海塘潮位表不覆盖本次时段 ([assets] sea_wall_tide does not cover the hours)"


def lacking_of(scenario: Scenario) -> dict[str, str]:
    """Hazards that the scenario gives no register or elevation model for; an invented register (示例) counts as none."""
    words = {hazard: list(both) for hazard, both in NOT_YET.items()}
    for hazard, key in (
        ("sea_wall", "sea_walls"), ("reservoir", "reservoirs"), ("river_stage", "river_stations"),
    ):  # fmt: skip
        if key in scenario.assets.examples:
            words[hazard] = [a + b for a, b in zip(words[hazard], EXAMPLE, strict=True)]
        elif getattr(scenario.assets, key) is not None:
            del words[hazard]
    if scenario.assets.hazard_zones is not None:
        words["landslide"] = [
            "仅名录内的隐患点和防范区定级;面上需≤90米高程数据",
            "points of the register only; the rest needs a DEM of 90 m or finer",
        ]
        if "hazard_zones" in scenario.assets.examples:
            words["landslide"] = [a + b for a, b in zip(words["landslide"], EXAMPLE, strict=True)]
    return {hazard: f"{chinese} ({english})" for hazard, (chinese, english) in words.items()}
