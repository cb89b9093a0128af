"""Flash flood of small watersheds (小流域山洪): rain against each one's own thresholds, its flood wave, when to move."""

from riskmap.hazard.flash_flood.assets import village_assets, village_tiers
from riskmap.hazard.flash_flood.forecast import OwnThresholds, flash_flood, paint_tiers
from riskmap.hazard.flash_flood.guidance import (
    bankfull_discharge,
    guidance,
    guidance_rain,
    threshold_runoff,
)
from riskmap.hazard.flash_flood.ratios import (
    MOVE,
    PREPARE,
    STEP_WORDS,
    TIER_RATIOS,
    lead_hours,
    ratio_of,
    rolling_sums,
    step_of,
    tier_of,
    worst_ratio,
)
from riskmap.hazard.flash_flood.terrain_rain import flash_flood_rain
from riskmap.hazard.flash_flood.villages import Village, VillageReason, key_villages
from riskmap.hazard.flash_flood.watersheds import (
    BasinWeights,
    basin_weights,
    cells_under,
    check_watersheds,
    label_mean,
    paint,
    weights_between,
    with_labels,
)

__all__ = [
    "MOVE",
    "PREPARE",
    "STEP_WORDS",
    "TIER_RATIOS",
    "BasinWeights",
    "OwnThresholds",
    "Village",
    "VillageReason",
    "bankfull_discharge",
    "basin_weights",
    "cells_under",
    "check_watersheds",
    "flash_flood",
    "flash_flood_rain",
    "guidance",
    "guidance_rain",
    "key_villages",
    "label_mean",
    "lead_hours",
    "paint",
    "paint_tiers",
    "ratio_of",
    "rolling_sums",
    "step_of",
    "threshold_runoff",
    "tier_of",
    "village_assets",
    "village_tiers",
    "weights_between",
    "with_labels",
    "worst_ratio",
]
