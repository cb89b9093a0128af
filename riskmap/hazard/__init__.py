"""One module a hazard, each loaded on first touch: ``riskmap.hazard.wind.wind_field``."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from riskmap.hazard import flash_flood as flash_flood
    from riskmap.hazard import inundation as inundation
    from riskmap.hazard import landslide as landslide
    from riskmap.hazard import rain as rain
    from riskmap.hazard import reservoir as reservoir
    from riskmap.hazard import river_stage as river_stage
    from riskmap.hazard import runoff as runoff
    from riskmap.hazard import sea_wall as sea_wall
    from riskmap.hazard import storm as storm
    from riskmap.hazard import storm_tide as storm_tide
    from riskmap.hazard import surface as surface
    from riskmap.hazard import surge as surge
    from riskmap.hazard import waves as waves
    from riskmap.hazard import wind as wind

MODULES = (
    "flash_flood", "inundation", "landslide", "rain", "reservoir", "river_stage", "runoff", "sea_wall", "storm", "storm_tide",
    "surface", "surge", "waves", "wind",
)  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in MODULES:
        raise AttributeError(f"module 'riskmap.hazard' has no attribute {name!r}")
    return import_module(f"riskmap.hazard.{name}")


def __dir__() -> list[str]:
    return sorted({*globals(), *MODULES})
