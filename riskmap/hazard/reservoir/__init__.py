"""Reservoirs and ponds (水库, 山塘): level-pool routing, levels against their own, the release and who is below."""

from riskmap.hazard.reservoir.levels import (
    HAZARD,
    Reservoir,
    level_tiers,
    reservoir_assets,
    reservoir_series,
    spilling,
    thresholds,
)
from riskmap.hazard.reservoir.pool import PoolHydrograph, level_pool, weir_discharge
from riskmap.hazard.reservoir.release import ReleaseNotice, release_notices

__all__ = [
    "HAZARD",
    "PoolHydrograph",
    "ReleaseNotice",
    "Reservoir",
    "level_pool",
    "level_tiers",
    "release_notices",
    "reservoir_assets",
    "reservoir_series",
    "spilling",
    "thresholds",
    "weir_discharge",
]
