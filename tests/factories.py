"""Small, real-looking values for tests: regions as squares, an assessment with every tier in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
from shapely.geometry import box

from riskmap.assessment import Assessment, empty_table
from riskmap.region import Region
from riskmap.rules import HazardRule, Metric

ISSUED_AT = datetime(2021, 7, 24, 4, 30, tzinfo=UTC)


def make_rules() -> dict[str, HazardRule]:
    """Two hazards, wind with two metrics and rain with one."""
    wind = HazardRule(
        "wind", "wind_waves",
        (
            Metric("wind_speed", "平均风(2分钟)", "mean wind (2 min)", "m s-1", (10.8, 17.2, 24.5, 32.7), "CMA", "S", 120),
            Metric("wind_speed_of_gust", "阵风(3秒)", "gust (3 s)", "m s-1", (17.2, 24.5, 32.7, 41.5), "CMA", "S", 3),
        ),
        0.05, "domain rule", "D", "medium", "parametric vortex",
    )  # fmt: skip
    rain = HazardRule(
        "rain", "rain_water",
        (Metric("rain_3h", "3小时雨量", "3 h rain", "mm", (None, None, 50.0, 100.0), "CMA", "S", window_hours=3),),
        0.05, "domain rule", "D", "low", "parametric rain",
    )  # fmt: skip
    return {"wind": wind, "rain": rain}


def make_regions() -> tuple[Region, ...]:
    """Six counties of two cities, 0.4 degree squares side by side."""
    names = [
        ("330902", "定海区", "3309", "舟山市"), ("330903", "普陀区", "3309", "舟山市"), ("330921", "岱山县", "3309", "舟山市"),
        ("330922", "嵊泗县", "3309", "舟山市"), ("330802", "柯城区", "3308", "衢州市"), ("330803", "衢江区", "3308", "衢州市"),
    ]  # fmt: skip
    return tuple(
        Region(code, name, city, city_name, box(121 + 0.4 * n, 29.8, 121.4 + 0.4 * n, 30.2), 100_000 + n)
        for n, (code, name, city, city_name) in enumerate(names)
    )


def make_assessment(hours: int = 7, issued_at: datetime = ISSUED_AT) -> Assessment:
    """Zhoushan's counties rise to red and fall again, Quzhou stays green, the last county has no rain data."""
    regions, rules = make_regions(), make_rules()
    valid_at = [issued_at + timedelta(hours=h) for h in range(hours)]
    table = empty_table(list(rules), valid_at, [r.code for r in regions])
    table["covered"][:] = 1.0
    at = {
        name: table[name].values for name in table.data_vars
    }  # plain arrays: labels cost a hundred times more
    wind, rain = 0, 1
    bounds = rules["wind"].metrics[1].thresholds
    for n, region in enumerate(regions):
        for h in range(hours):
            rise = 1 - abs(h - hours // 2) / (hours // 2 + 1)
            gust = (46.0 - 4 * n) * rise if region.city_code == "3309" else 9.0 * rise
            tier = sum(gust >= b for b in bounds if b is not None)
            cell = (wind, h, n)
            at["tier"][cell] = tier
            at["metric"][cell] = 1
            at["value"][cell] = gust
            at["maximum"][cell] = gust * 1.1
            at["threshold"][cell] = bounds[max(tier - 1, 0)]
            at["area_share"][cell] = 0.4 if tier else 0.0
            at["people"][cell] = (region.population or 0) * (0.4 if tier else 0.0)
            at["value"][rain, h, n] = 20.0 * rise
            at["maximum"][rain, h, n] = 25.0 * rise
    at["tier"][rain] = 0
    at["threshold"][rain] = 50.0
    at["area_share"][rain] = 0.0
    at["people"][rain] = 0.0
    at["tier"][rain, :, -1] = -1
    at["value"][rain, :, -1] = np.nan
    at["covered"][rain, :, -1] = 0.0
    lacking = {"storm_tide": "警戒潮位与天文潮 (warning levels and astronomical tide)"}
    return Assessment(issued_at, regions, table, rules, lacking)
