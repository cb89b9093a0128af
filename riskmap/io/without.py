"""What each input is worth: which hazards turn grey without it, and what else the products lose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from riskmap.doubt import READ_BY, Doubt

SEA: Final = ("storm_surge", "storm_tide", "waves", "sea_wall")
"""Hazards that are computed over the sea alone."""


@dataclass(frozen=True)
class Cost:
    """What a run has not without an input.

    Attributes
    ----------
    grey : tuple of str
        Hazards that have no colour then.
    chinese, english : str
        What else is lost, or stands in; empty where nothing is.
    stops : bool
        Whether there is no run at all.
    """

    grey: tuple[str, ...] = ()
    chinese: str = ""
    english: str = ""
    stops: bool = False


WITHOUT: Final[Mapping[str, Cost]] = MappingProxyType(
    {
        "track.file": Cost(tuple(READ_BY), "不出图,原图保留", "no run: what was published stays", stops=True),
        "regions.file": Cost(tuple(READ_BY), "不出图,原图保留", "no run: what was published stays", stops=True),
        "regions.population": Cost((), "无影响人口、无风险指数", "no people at risk, no risk index"),
        "regions.codes": Cost((), "无图形的乡镇、村查不到", "units without an outline are not listed"),
        "rain.file": Cost((), "降雨由参数模型代替", "rain is modelled from the track"),
        "rain.nowcast": Cost((), "未来数小时的雨由参数模型代替,快速层不含预报时次", "the next hours' rain is modelled, the flash layer tells none of them"),
        "ensemble.file": Cost((), "概率由人造成员代替,或没有概率", "chances from made members, or none"),
        "terrain.relief": Cost(("flash_flood", "inundation"), "雨无地形抬升(山区偏小),风按开阔水面", "rain without upslope, wind as over open water"),
        "terrain.bathymetry": Cost(SEA, "无增水、无波浪", "no surge, no waves"),
        "terrain.coastline": Cost(SEA, "无增水、无波浪", "no surge, no waves"),
        "terrain.dem": Cost(("inundation", "landslide"), "水深损失未知", "loss by depth unknown"),
        "terrain.roughness": Cost((), "平原、山地各用一个粗糙度", "one roughness for plains, one for hills"),
        "tide.warning_levels": Cost(("storm_tide",), "增水不着色", "the surge is shown uncoloured"),
        "tide.astronomical": Cost(("storm_tide",), "增水不着色", "the surge is shown uncoloured"),
        "assets.sea_walls": Cost(("sea_wall",), "函件不列海塘", "letters name no sea walls"),
        "assets.sea_wall_tide": Cost(("sea_wall",)),
        "assets.reservoirs": Cost(("reservoir",), "函件不列水库山塘", "letters name no reservoirs"),
        "assets.river_stations": Cost(("river_stage",)),
        "assets.hazard_zones": Cost((), "函件不列隐患点和防范区", "letters name no slopes; without terrain.dem landslide is grey"),
        "assets.key_villages": Cost((), "函件不列重要村落", "letters name no villages by streams"),
        "assets.people": Cost((), "危险区内登记人口不参与定级", "registered people in mapped zones raise nobody"),
        "gauges.stations": Cost(("reservoir", "river_stage"), "雨量不订正,实测超警不升级", "rain is not corrected, nothing measured raises a tier"),
        "gauges.readings": Cost(("reservoir", "river_stage"), "雨量不订正,实测超警不升级", "rain is not corrected, nothing measured raises a tier"),
        "flash_flood.thresholds": Cost((), "山洪用外省县级阈值", "flash flood by another province's table, low confidence"),
        "flash_flood.watersheds": Cost((), "小流域由地形推出", "watersheds are derived from the relief"),
        "risk.dwellings": Cost((), "危旧房未知", "dilapidated dwellings unknown"),
        "risk.population_raster": Cost((), "人口在县内按面积和城镇分摊", "residents are spread by area and towns"),
    }
)  # fmt: skip
"""Key of the scenario -> its cost; a key that is not here costs nothing that has a name."""


FLASH: Final = ("flash_flood",)
"""The one hazard of the flash-flood layer."""

_NO_LAYER: Final = Cost(FLASH, "不出快速层,原图保留", "no layer: what was published stays", stops=True)
_NO_GAUGES: Final = Cost(
    (),
    "雨量不订正,雷达缺处无雨量,实测超警不升级",
    "rain is not corrected, none where the grids have none, nothing measured raises a tier",
)

WITHOUT_IN_LAYER: Final[Mapping[str, Cost]] = MappingProxyType(
    {
        "regions.file": _NO_LAYER,
        "terrain.relief": _NO_LAYER,
        "rain.file": Cost((), "雨量只取临近预报或雨量站,均无则不出快速层", "rain of the nowcast or gauges alone; with neither there is no layer"),
        "rain.nowcast": Cost((), "不含预报时次,雷达晚到时不补", "none of the hours ahead is told, nothing stands in for a late radar"),
        "gauges.stations": _NO_GAUGES,
        "gauges.readings": _NO_GAUGES,
        "assets.key_villages": Cost((), "不列重要村落", "no villages by streams are named"),
        "regions.population": Cost((), "无影响人口", "no people at risk"),
    }
    | {key: WITHOUT[key] for key in ("regions.codes", "flash_flood.thresholds", "flash_flood.watersheds")}
)  # fmt: skip
"""Key of the scenario -> its cost for the flash-flood layer, which models nothing; it reads no others of ``WITHOUT``."""


def cost_of(key: str, *, layer: bool) -> Cost:
    """What an input is worth to the full cycle, or to the flash-flood layer.

    Examples
    --------
    >>> cost_of("terrain.relief", layer=False).stops, cost_of("terrain.relief", layer=True).stops
    (False, True)
    """
    return (WITHOUT_IN_LAYER if layer else WITHOUT).get(key, Cost())


def less_sure(key: str, *, layer: bool = False) -> tuple[str, ...]:
    """Hazards that keep their colour without an input, or with a doubtful one, and are less to be relied on.

    Parameters
    ----------
    key : str
    layer : bool
        Of the flash-flood layer, which has one hazard.

    Examples
    --------
    >>> less_sure("gauges.readings")
    ('rain', 'flash_flood', 'landslide')
    >>> less_sure("gauges.readings", layer=True)
    ('flash_flood',)
    """
    section, _, name = key.partition(".")
    doubt = Doubt(section, name, "", "")
    grey = cost_of(key, layer=layer).grey
    return tuple(
        hazard
        for hazard in (FLASH if layer else READ_BY)
        if section not in ("risk", "regions") and doubt.touches(hazard) and hazard not in grey
    )
