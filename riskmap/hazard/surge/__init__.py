"""Storm surge (风暴增水): the quasi-static estimate, and the shallow-water solver that it is held against."""

from riskmap.hazard.surge.bed import sea_bed
from riskmap.hazard.surge.dynamic import Level, simulate_surge
from riskmap.hazard.surge.quasi_static import (
    DEPTH_FLOOR,
    DRAG_CAP,
    FETCH,
    FETCH_STEP,
    GRAVITY,
    REACH_TO_SEA,
    WATER_DENSITY,
    inverse_barometer,
    storm_surge,
)
from riskmap.hazard.surge.solver import (
    GARRATT,
    ZIJLEMA,
    Basin,
    Drag,
    Sea,
    advance,
    plane_basin,
    sea_basin,
    still_sea,
)

__all__ = [
    "DEPTH_FLOOR",
    "DRAG_CAP",
    "FETCH",
    "FETCH_STEP",
    "GARRATT",
    "GRAVITY",
    "REACH_TO_SEA",
    "WATER_DENSITY",
    "ZIJLEMA",
    "Basin",
    "Drag",
    "Level",
    "Sea",
    "advance",
    "inverse_barometer",
    "plane_basin",
    "sea_basin",
    "sea_bed",
    "simulate_surge",
    "still_sea",
    "storm_surge",
]
