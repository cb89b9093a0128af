"""The five tiers, their colours and their words; wind force and other scales that people read.

Tiers: 突发事件应对法 (2024) for red to blue; green is the fifth colour of Zhejiang's county map of 2020.
No data is a separate value, drawn grey, and never green.
"""

from __future__ import annotations

from enum import IntEnum
from types import MappingProxyType
from typing import Final

NO_DATA: Final = -1
"""Code of "not known" in tier arrays; grey on every map."""

NOT_APPLICABLE: Final = -2
"""Code of "this hazard cannot occur here" (storm tide inland); not drawn."""

NO_DATA_COLOUR: Final = "#B8B8B8"
NO_DATA_WORDS: Final = ("无数据", "no data")

NOT_COMPUTED: Final = "本次未能计算,原因见运行报告 (could not be computed this time, see the report)"
"""Why a hazard is grey that failed, beside those that lack an input."""


class Tier(IntEnum):
    """Risk tier; the larger the worse, so that ``max`` is the worst.

    Examples
    --------
    >>> max(Tier.BLUE, Tier.ORANGE).chinese
    '橙'
    >>> Tier.RED.colour
    '#C8102E'
    """

    GREEN = 0
    BLUE = 1
    YELLOW = 2
    ORANGE = 3
    RED = 4

    @property
    def colour(self) -> str:
        """Fill colour as ``#RRGGBB``."""
        return _COLOURS[self]

    @property
    def chinese(self) -> str:
        """Colour word in Chinese, one character."""
        return _CHINESE[self]

    @property
    def risk_words(self) -> str:
        """Risk word of the county map: 低, 较低, 中, 较高, 高."""
        return _RISK_WORDS[self]

    @property
    def english(self) -> str:
        """Colour word in English."""
        return self.name.lower()

    @property
    def level(self) -> str:
        """Level of the law (一级 is red); green has none."""
        return _LEVELS[self]


_COLOURS = MappingProxyType(
    {
        Tier.RED: "#C8102E",
        Tier.ORANGE: "#F28C28",
        Tier.YELLOW: "#FFE14D",
        Tier.BLUE: "#2C6FBB",
        Tier.GREEN: "#A8DCA4",
    }
)
_CHINESE = MappingProxyType(
    {Tier.RED: "红", Tier.ORANGE: "橙", Tier.YELLOW: "黄", Tier.BLUE: "蓝", Tier.GREEN: "绿"}
)
_RISK_WORDS = MappingProxyType(
    {Tier.RED: "高", Tier.ORANGE: "较高", Tier.YELLOW: "中", Tier.BLUE: "较低", Tier.GREEN: "低"}
)
_LEVELS = MappingProxyType(
    {Tier.RED: "一级", Tier.ORANGE: "二级", Tier.YELLOW: "三级", Tier.BLUE: "四级", Tier.GREEN: ""}
)

HAZARD_WORDS: Final = MappingProxyType(
    {
        "combined": ("综合", "combined"),
        "wind": ("大风", "wind"),
        "rain": ("暴雨", "rain"),
        "flash_flood": ("小流域山洪", "flash flood"),
        "storm_tide": ("风暴潮(高潮位)", "storm tide"),
        "storm_surge": ("风暴增水", "storm surge"),
        "inundation": ("淹没", "inundation"),
        "landslide": ("地质灾害", "geo-hazard"),
        "sea_wall": ("海塘", "sea wall"),
        "reservoir": ("水库山塘", "reservoirs and ponds"),
        "river_stage": ("河道水位", "river stage"),
        "waves": ("近岸浪", "nearshore waves"),
    }
)
"""Hazard id -> (Chinese, English)."""


INPUT_WORDS: Final = MappingProxyType(
    {
        "track": "台风路径",
        "rain": "雨量",
        "rain.nowcast": "临近预报雨量",
        "gauges": "测站读数",
        "ensemble": "集合预报",
        "terrain": "地形",
        "flash_flood": "小流域资料",
        "inundation": "淹没资料",
        "tide": "潮位",
        "surge": "风暴潮资料",
        "assets": "设施名录",
        "regions": "行政区与人口",
    }
)
"""Section of the scenario, or one key of it, -> what a reader calls that input."""


def hazard_words(hazard: str, *, example: bool = False) -> tuple[str, str]:
    """Name of a hazard (Chinese, English); an invented register is called one wherever its hazard is named.

    Examples
    --------
    >>> hazard_words("sea_wall", example=True)
    ('海塘(示例,不计入综合)', 'sea wall (invented example, not counted)')
    """
    return called_example(HAZARD_WORDS.get(hazard, (hazard, hazard)), example)


def called_example(words: tuple[str, str], example: bool) -> tuple[str, str]:
    """The words (Chinese, English), with a mark where they stand for something invented."""
    if not example:
        return words
    return f"{words[0]}(示例,不计入综合)", f"{words[1]} (invented example, not counted)"


ASSET_WORDS: Final = MappingProxyType(
    {
        "wall_section": ("海塘", "sea wall"),
        "key_village": ("山洪重要村落", "key village"),
        "hazard_point": ("地质灾害隐患点", "landslide point"),
        "prevention_zone": ("地质灾害风险防范区", "landslide zone"),
        "reservoir": ("水库", "reservoir"),
        "pond": ("山塘", "pond"),
        "river_station": ("河道站", "river station"),
        "low_spot": ("低洼点", "low spot"),
        "gauge": ("测站", "gauge"),
    }
)
"""Kind of asset -> (Chinese, English)."""

DISCLAIMER: Final = (
    "风险研判产品,非气象预警信号",
    "Risk analysis product; not an official weather warning signal",
)
"""浙江省气象灾害防御条例 Art. 19 and 32: only meteorological stations issue warning signals."""

WIND_FORCE_BOUNDS: Final = (
    0.3, 1.6, 3.4, 5.5, 8.0, 10.8, 13.9, 17.2, 20.8, 24.5, 28.5, 32.7, 37.0, 41.5, 46.2, 51.0, 56.1,
)  # fmt: skip
"""Lower bounds of wind force 1 to 17 [m s-1], GB/T 28591; 2-min mean (status M: remembered)."""


RAIN_GRADE_BOUNDS: Final = (10.0, 25.0, 50.0, 100.0, 250.0)
"""Lower bounds of moderate to extreme rain [mm in 24 h], GB/T 28592 (status S, 10 mm M); grades have no colours."""

_RAIN_GRADES: Final = ("小雨", "中雨", "大雨", "暴雨", "大暴雨", "特大暴雨")


def rain_grade(amount: float) -> str:
    """Grade (等级) of the rain of 24 hours; shown beside tiers, and none itself.

    Parameters
    ----------
    amount : float
        [mm in 24 h]

    References
    ----------
    GB/T 28592, bounds in ``RAIN_GRADE_BOUNDS``; below 0.1 mm there is no grade.

    Examples
    --------
    >>> rain_grade(49.9), rain_grade(50.0), rain_grade(250.0), rain_grade(0.05)
    ('大雨', '暴雨', '特大暴雨', '')
    """
    return _RAIN_GRADES[sum(amount >= bound for bound in RAIN_GRADE_BOUNDS)] if amount >= 0.1 else ""


def wind_force(speed: float) -> int:
    """Wind force (级) of a wind speed.

    Parameters
    ----------
    speed : float
        2-min mean wind at 10 m [m s-1].

    Returns
    -------
    int
        0 to 17; 17 stands for everything from 56.1 m/s up.

    References
    ----------
    GB/T 28591, lower bounds in ``WIND_FORCE_BOUNDS``.

    Examples
    --------
    >>> wind_force(10.8), wind_force(32.6), wind_force(80.0)
    (6, 11, 17)
    """
    return sum(speed >= bound for bound in WIND_FORCE_BOUNDS)
