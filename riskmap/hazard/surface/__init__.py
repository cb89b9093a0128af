"""What the ground makes of the wind over open water: roughness, hills and gusts, by wind direction."""

from riskmap.hazard.surface.fields import RELIEF_CELL, Surface, surface_of, surface_wind
from riskmap.hazard.surface.formulas import (
    AT_SEA,
    EXPOSURES,
    HILL_ROUGHNESS,
    LAND_ROUGHNESS,
    MOST_MULTIPLIER,
    MOST_ROUGHNESS,
    SEA_ROUGHNESS,
    exposure_of,
    hill_multiplier,
    roughness_ratio,
)

__all__ = [
    "AT_SEA",
    "EXPOSURES",
    "HILL_ROUGHNESS",
    "LAND_ROUGHNESS",
    "MOST_MULTIPLIER",
    "MOST_ROUGHNESS",
    "RELIEF_CELL",
    "SEA_ROUGHNESS",
    "Surface",
    "exposure_of",
    "hill_multiplier",
    "roughness_ratio",
    "surface_of",
    "surface_wind",
]
