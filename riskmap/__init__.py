"""riskmap: gridded typhoon, rain, flood and surge hazard, five-colour tiers with reasons, offline maps, letters.

Names are loaded on first touch (PEP 562), so that ``import riskmap`` pulls in neither numba, folium nor rasterio.

>>> import riskmap
>>> riskmap.Tier.ORANGE.chinese
'橙'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from riskmap.assess import Assessment as Assessment
    from riskmap.assess import Reason as Reason
    from riskmap.assess import RegionTier as RegionTier
    from riskmap.asset import AssetTier as AssetTier
    from riskmap.cycle import RunResult as RunResult
    from riskmap.cycle import run as run
    from riskmap.ensemble import make_members as make_members
    from riskmap.ensemble import simulate_forecast as simulate_forecast
    from riskmap.errors import ConfigError as ConfigError
    from riskmap.errors import CoverageError as CoverageError
    from riskmap.errors import DataError as DataError
    from riskmap.errors import DatumError as DatumError
    from riskmap.errors import GeometryError as GeometryError
    from riskmap.errors import MissingExtraError as MissingExtraError
    from riskmap.errors import RiskmapError as RiskmapError
    from riskmap.errors import SourceError as SourceError
    from riskmap.errors import UnitsError as UnitsError
    from riskmap.grid import Grid as Grid
    from riskmap.hazard.flash_flood.forecast import flash_flood as flash_flood
    from riskmap.hazard.inundation.rating import quick_depth as quick_depth
    from riskmap.hazard.inundation.rating import rating_curves as rating_curves
    from riskmap.hazard.inundation.simulate import simulate_inundation as simulate_inundation
    from riskmap.hazard.landslide.grades import landslide_grade as landslide_grade
    from riskmap.hazard.landslide.stability import factor_of_safety as factor_of_safety
    from riskmap.hazard.runoff.curve_number import scs_runoff as scs_runoff
    from riskmap.hazard.runoff.soil_water import soil_water_index as soil_water_index
    from riskmap.hazard.sea_wall.overtopping import overtopping_slope as overtopping_slope
    from riskmap.hazard.sea_wall.overtopping import run_up as run_up
    from riskmap.hazard.surge.dynamic import simulate_surge as simulate_surge
    from riskmap.hazard.surge.quasi_static import storm_surge as storm_surge
    from riskmap.hazard.wind import wind_field as wind_field
    from riskmap.io.bundled import bundled as bundled
    from riskmap.io.cxml import read_cxml as read_cxml
    from riskmap.io.dem import read_dem as read_dem
    from riskmap.io.gauges import read_gauges as read_gauges
    from riskmap.io.gauges import read_readings as read_readings
    from riskmap.io.hazard_points import read_hazard_zones as read_hazard_zones
    from riskmap.io.members import read_members as read_members
    from riskmap.io.published import read_assessment as read_assessment
    from riskmap.io.rasters import read_relief as read_relief
    from riskmap.io.regions import read_regions as read_regions
    from riskmap.io.reservoirs import read_reservoirs as read_reservoirs
    from riskmap.io.rule_files import read_rules as read_rules
    from riskmap.io.scenario_file import read_scenario as read_scenario
    from riskmap.io.sea_walls import read_sea_walls as read_sea_walls
    from riskmap.io.tracks import read_track as read_track
    from riskmap.members import Ensemble as Ensemble
    from riskmap.members import lend_strength as lend_strength
    from riskmap.probability import strike_probability as strike_probability
    from riskmap.probability import wind_probability as wind_probability
    from riskmap.region import Region as Region
    from riskmap.rules import HazardRule as HazardRule
    from riskmap.scale import Tier as Tier
    from riskmap.scenario import Scenario as Scenario
    from riskmap.terrain.accumulation import accumulate as accumulate
    from riskmap.terrain.basins import small_watersheds as small_watersheds
    from riskmap.terrain.breaching import breach_depressions as breach_depressions
    from riskmap.terrain.depressions import fill_depressions as fill_depressions
    from riskmap.terrain.drainage import height_above_drainage as height_above_drainage
    from riskmap.terrain.flow_direction import flow_direction as flow_direction
    from riskmap.terrain.streams import Network as Network
    from riskmap.track import complete as complete

_HOMES = {
    "Assessment": "assess",
    "AssetTier": "asset",
    "ConfigError": "errors",
    "CoverageError": "errors",
    "DataError": "errors",
    "DatumError": "errors",
    "Ensemble": "members",
    "GeometryError": "errors",
    "Grid": "grid",
    "HazardRule": "rules",
    "MissingExtraError": "errors",
    "Network": "terrain.streams",
    "Reason": "assess",
    "Region": "region",
    "RegionTier": "assess",
    "RiskmapError": "errors",
    "RunResult": "cycle",
    "Scenario": "scenario",
    "SourceError": "errors",
    "Tier": "scale",
    "UnitsError": "errors",
    "accumulate": "terrain.accumulation",
    "breach_depressions": "terrain.breaching",
    "bundled": "io.bundled",
    "complete": "track",
    "factor_of_safety": "hazard.landslide.stability",
    "fill_depressions": "terrain.depressions",
    "flash_flood": "hazard.flash_flood.forecast",
    "flow_direction": "terrain.flow_direction",
    "height_above_drainage": "terrain.drainage",
    "landslide_grade": "hazard.landslide.grades",
    "lend_strength": "members",
    "make_members": "ensemble",
    "overtopping_slope": "hazard.sea_wall.overtopping",
    "quick_depth": "hazard.inundation.rating",
    "rating_curves": "hazard.inundation.rating",
    "read_assessment": "io.published",
    "read_cxml": "io.cxml",
    "read_dem": "io.dem",
    "read_gauges": "io.gauges",
    "read_hazard_zones": "io.hazard_points",
    "read_members": "io.members",
    "read_readings": "io.gauges",
    "read_regions": "io.regions",
    "read_relief": "io.rasters",
    "read_reservoirs": "io.reservoirs",
    "read_rules": "io.rule_files",
    "read_scenario": "io.scenario_file",
    "read_sea_walls": "io.sea_walls",
    "read_track": "io.tracks",
    "run": "cycle",
    "run_up": "hazard.sea_wall.overtopping",
    "scs_runoff": "hazard.runoff.curve_number",
    "simulate_forecast": "ensemble",
    "simulate_inundation": "hazard.inundation.simulate",
    "simulate_surge": "hazard.surge.dynamic",
    "small_watersheds": "terrain.basins",
    "soil_water_index": "hazard.runoff.soil_water",
    "storm_surge": "hazard.surge.quasi_static",
    "strike_probability": "probability",
    "wind_field": "hazard.wind",
    "wind_probability": "probability",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'riskmap' has no attribute {name!r}")
    return getattr(import_module(f"riskmap.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
