"""riskmap: gridded typhoon, rain, flood and surge hazard, five-colour tiers with reasons, offline maps, letters.

Names are loaded on first touch (PEP 562), so that ``import riskmap`` pulls in neither numba, folium nor rasterio.

>>> import riskmap as rm
>>> rm.Tier.ORANGE.chinese
'橙'
>>> float(rm.hazard.surge.inverse_barometer(96_500.0, 101_000.0).round(2))
0.45
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from riskmap import hazard as hazard
    from riskmap.assessing import assess as assess
    from riskmap.assessing import counties as counties
    from riskmap.assessment import Assessment as Assessment
    from riskmap.assessment import Reason as Reason
    from riskmap.assessment import RegionTier as RegionTier
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
    from riskmap.hazard.flash_flood.guidance import guidance as guidance
    from riskmap.hazard.inundation.flow import Flow as Flow
    from riskmap.hazard.inundation.ground import Ground as Ground
    from riskmap.hazard.inundation.ground import make_ground as make_ground
    from riskmap.hazard.inundation.rating import quick_depth as quick_depth
    from riskmap.hazard.inundation.rating import rating_curves as rating_curves
    from riskmap.hazard.inundation.simulate import simulate_inundation as simulate_inundation
    from riskmap.hazard.inundation.watch import hazard_class as hazard_class
    from riskmap.hazard.landslide.grades import landslide_grade as landslide_grade
    from riskmap.hazard.landslide.stability import critical_rain as critical_rain
    from riskmap.hazard.landslide.stability import factor_of_safety as factor_of_safety
    from riskmap.hazard.rain import rain_sums as rain_sums
    from riskmap.hazard.runoff.curve_number import scs_runoff as scs_runoff
    from riskmap.hazard.runoff.network import muskingum_coefficients as muskingum_coefficients
    from riskmap.hazard.runoff.network import route as route
    from riskmap.hazard.runoff.soil_water import SoilTanks as SoilTanks
    from riskmap.hazard.runoff.soil_water import soil_water_index as soil_water_index
    from riskmap.hazard.runoff.soil_water import soil_water_step as soil_water_step
    from riskmap.hazard.runoff.unit_hydrograph import hydrograph as hydrograph
    from riskmap.hazard.sea_wall.overtopping import overtopping_slope as overtopping_slope
    from riskmap.hazard.sea_wall.overtopping import overtopping_wall as overtopping_wall
    from riskmap.hazard.sea_wall.overtopping import run_up as run_up
    from riskmap.hazard.surface.fields import surface_of as surface_of
    from riskmap.hazard.surge.dynamic import simulate_surge as simulate_surge
    from riskmap.hazard.surge.quasi_static import storm_surge as storm_surge
    from riskmap.hazard.waves import young_verhagen as young_verhagen
    from riskmap.hazard.wind import wind_field as wind_field
    from riskmap.io.basemap import read_basemap as read_basemap
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
    from riskmap.io.rule_files import read_rule_book as read_rule_book
    from riskmap.io.rule_files import read_rules as read_rules
    from riskmap.io.scenario_file import read_scenario as read_scenario
    from riskmap.io.sea_walls import read_sea_walls as read_sea_walls
    from riskmap.io.tracks import read_track as read_track
    from riskmap.io.village_file import read_village as read_village
    from riskmap.members import Ensemble as Ensemble
    from riskmap.members import lend_strength as lend_strength
    from riskmap.palette import read_palette as read_palette
    from riskmap.probability import strike_probability as strike_probability
    from riskmap.probability import wind_probability as wind_probability
    from riskmap.products.cap import cap_alert as cap_alert
    from riskmap.products.county_page import build_county_map as build_county_map
    from riskmap.products.docx import letter_docx as letter_docx
    from riskmap.products.explain import explain as explain
    from riskmap.products.letter import draft_letter as draft_letter
    from riskmap.products.letter import letter_pdf as letter_pdf
    from riskmap.products.map import build_map as build_map
    from riskmap.products.map_layer import add_layer as add_layer
    from riskmap.products.map_layer import map_layer as map_layer
    from riskmap.products.notebook import MapPage as MapPage
    from riskmap.products.notebook import to_map as to_map
    from riskmap.products.plot import plot_tiers as plot_tiers
    from riskmap.products.village_sheet import village_sheet as village_sheet
    from riskmap.reasons import reasons_table as reasons_table
    from riskmap.region import Region as Region
    from riskmap.rules.hazard_rule import HazardRule as HazardRule
    from riskmap.scale import Tier as Tier
    from riskmap.scenario import Scenario as Scenario
    from riskmap.terrain.accumulation import accumulate as accumulate
    from riskmap.terrain.basins import small_watersheds as small_watersheds
    from riskmap.terrain.breaching import breach_depressions as breach_depressions
    from riskmap.terrain.depressions import burn_streams as burn_streams
    from riskmap.terrain.depressions import fill_depressions as fill_depressions
    from riskmap.terrain.drainage import height_above_drainage as height_above_drainage
    from riskmap.terrain.flow_direction import flow_direction as flow_direction
    from riskmap.terrain.layers import drainage_layers as drainage_layers
    from riskmap.terrain.layers import watershed_layers as watershed_layers
    from riskmap.terrain.slopes import curvature as curvature
    from riskmap.terrain.slopes import slope_aspect as slope_aspect
    from riskmap.terrain.streams import Network as Network
    from riskmap.terrain.streams import strahler_order as strahler_order
    from riskmap.terrain.wetness import spread_area as spread_area
    from riskmap.terrain.wetness import wetness_index as wetness_index
    from riskmap.track import complete as complete
    from riskmap.track import make_track as make_track
    from riskmap.track import to_averaging_period as to_averaging_period

_HOMES = {
    "Assessment": "assessment",
    "AssetTier": "asset",
    "ConfigError": "errors",
    "CoverageError": "errors",
    "DataError": "errors",
    "DatumError": "errors",
    "Ensemble": "members",
    "Flow": "hazard.inundation.flow",
    "GeometryError": "errors",
    "Grid": "grid",
    "Ground": "hazard.inundation.ground",
    "HazardRule": "rules.hazard_rule",
    "MapPage": "products.notebook",
    "MissingExtraError": "errors",
    "Network": "terrain.streams",
    "Reason": "assessment",
    "Region": "region",
    "RegionTier": "assessment",
    "RiskmapError": "errors",
    "RunResult": "cycle",
    "Scenario": "scenario",
    "SoilTanks": "hazard.runoff.soil_water",
    "SourceError": "errors",
    "Tier": "scale",
    "UnitsError": "errors",
    "accumulate": "terrain.accumulation",
    "add_layer": "products.map_layer",
    "assess": "assessing",
    "breach_depressions": "terrain.breaching",
    "build_county_map": "products.county_page",
    "build_map": "products.map",
    "bundled": "io.bundled",
    "burn_streams": "terrain.depressions",
    "cap_alert": "products.cap",
    "complete": "track",
    "counties": "assessing",
    "critical_rain": "hazard.landslide.stability",
    "curvature": "terrain.slopes",
    "draft_letter": "products.letter",
    "drainage_layers": "terrain.layers",
    "explain": "products.explain",
    "factor_of_safety": "hazard.landslide.stability",
    "fill_depressions": "terrain.depressions",
    "flash_flood": "hazard.flash_flood.forecast",
    "flow_direction": "terrain.flow_direction",
    "guidance": "hazard.flash_flood.guidance",
    "hazard_class": "hazard.inundation.watch",
    "height_above_drainage": "terrain.drainage",
    "hydrograph": "hazard.runoff.unit_hydrograph",
    "landslide_grade": "hazard.landslide.grades",
    "lend_strength": "members",
    "letter_docx": "products.docx",
    "letter_pdf": "products.letter",
    "make_ground": "hazard.inundation.ground",
    "make_members": "ensemble",
    "make_track": "track",
    "map_layer": "products.map_layer",
    "muskingum_coefficients": "hazard.runoff.network",
    "overtopping_slope": "hazard.sea_wall.overtopping",
    "overtopping_wall": "hazard.sea_wall.overtopping",
    "plot_tiers": "products.plot",
    "quick_depth": "hazard.inundation.rating",
    "rain_sums": "hazard.rain",
    "rating_curves": "hazard.inundation.rating",
    "read_assessment": "io.published",
    "read_basemap": "io.basemap",
    "read_cxml": "io.cxml",
    "read_dem": "io.dem",
    "read_gauges": "io.gauges",
    "read_hazard_zones": "io.hazard_points",
    "read_members": "io.members",
    "read_palette": "palette",
    "read_readings": "io.gauges",
    "read_regions": "io.regions",
    "read_relief": "io.rasters",
    "read_reservoirs": "io.reservoirs",
    "read_rule_book": "io.rule_files",
    "read_rules": "io.rule_files",
    "read_scenario": "io.scenario_file",
    "read_sea_walls": "io.sea_walls",
    "read_track": "io.tracks",
    "read_village": "io.village_file",
    "reasons_table": "reasons",
    "route": "hazard.runoff.network",
    "run": "cycle",
    "run_up": "hazard.sea_wall.overtopping",
    "scs_runoff": "hazard.runoff.curve_number",
    "simulate_forecast": "ensemble",
    "simulate_inundation": "hazard.inundation.simulate",
    "simulate_surge": "hazard.surge.dynamic",
    "slope_aspect": "terrain.slopes",
    "small_watersheds": "terrain.basins",
    "soil_water_index": "hazard.runoff.soil_water",
    "soil_water_step": "hazard.runoff.soil_water",
    "spread_area": "terrain.wetness",
    "storm_surge": "hazard.surge.quasi_static",
    "strahler_order": "terrain.streams",
    "strike_probability": "probability",
    "surface_of": "hazard.surface.fields",
    "to_averaging_period": "track",
    "to_map": "products.notebook",
    "village_sheet": "products.village_sheet",
    "watershed_layers": "terrain.layers",
    "wetness_index": "terrain.wetness",
    "wind_field": "hazard.wind",
    "wind_probability": "probability",
    "young_verhagen": "hazard.waves",
}

_ROOMS = ("hazard",)
"""Packages that can be reached through, e.g. ``riskmap.hazard.wind``."""

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"riskmap.{name}")
    if name not in _HOMES:
        from riskmap.retired import successor

        name = successor("riskmap", name)
    return getattr(import_module(f"riskmap.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES, *_ROOMS})
