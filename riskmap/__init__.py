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
    from riskmap.hazard.surge import storm_surge as storm_surge
    from riskmap.hazard.wind import wind_field as wind_field
    from riskmap.io.bundled import bundled as bundled
    from riskmap.io.cxml import read_cxml as read_cxml
    from riskmap.io.members import read_members as read_members
    from riskmap.io.published import read_assessment as read_assessment
    from riskmap.io.rasters import read_relief as read_relief
    from riskmap.io.regions import read_regions as read_regions
    from riskmap.io.rule_files import read_rules as read_rules
    from riskmap.io.scenario_file import read_scenario as read_scenario
    from riskmap.io.tracks import read_track as read_track
    from riskmap.members import Ensemble as Ensemble
    from riskmap.members import lend_strength as lend_strength
    from riskmap.probability import strike_probability as strike_probability
    from riskmap.probability import wind_probability as wind_probability
    from riskmap.region import Region as Region
    from riskmap.rules import HazardRule as HazardRule
    from riskmap.scale import Tier as Tier
    from riskmap.scenario import Scenario as Scenario
    from riskmap.track import complete as complete

_HOMES = {
    "Assessment": "assess",
    "ConfigError": "errors",
    "CoverageError": "errors",
    "DataError": "errors",
    "DatumError": "errors",
    "Ensemble": "members",
    "GeometryError": "errors",
    "Grid": "grid",
    "HazardRule": "rules",
    "MissingExtraError": "errors",
    "Reason": "assess",
    "Region": "region",
    "RegionTier": "assess",
    "RiskmapError": "errors",
    "RunResult": "cycle",
    "Scenario": "scenario",
    "SourceError": "errors",
    "Tier": "scale",
    "UnitsError": "errors",
    "bundled": "io.bundled",
    "complete": "track",
    "lend_strength": "members",
    "make_members": "ensemble",
    "read_assessment": "io.published",
    "read_cxml": "io.cxml",
    "read_members": "io.members",
    "read_regions": "io.regions",
    "read_relief": "io.rasters",
    "read_rules": "io.rule_files",
    "read_scenario": "io.scenario_file",
    "read_track": "io.tracks",
    "run": "cycle",
    "simulate_forecast": "ensemble",
    "storm_surge": "hazard.surge",
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
