"""Rain of 24 hours beside the tiers."""

from __future__ import annotations

import numpy as np
import pytest
from shapely.geometry import box

from riskmap.analysis.day_rain import DayRain
from riskmap.grid import Grid
from riskmap.region import Region
from riskmap.scale import RAIN_GRADE_BOUNDS, rain_grade
from riskmap.zonal import zonal_weights

GRID = Grid.from_bounds(west=120.0, south=30.0, east=121.0, north=30.5, step=0.1)
HOURS = np.array(["2021-07-24T04", "2021-07-24T05"], "datetime64[s]")
REGION = Region("330902", "定海区", "3309", "舟山市", box(120.0, 30.0, 121.0, 30.5))


def test_it_is_the_amount_on_the_share_of_the_area_and_unknown_where_the_rain_is() -> None:
    day = DayRain([REGION], HOURS, 0.05)
    weights = zonal_weights([REGION], GRID)
    field = np.full(GRID.shape, 30.0, np.float32)
    field[2, :2] = 300.0, 120.0  # one cell is 2 %: three are needed
    field[2, 2] = 80.0
    day.hour(0, field, weights)
    day.hour(1, np.full(GRID.shape, np.nan, np.float32), weights)
    found = day.finish()
    assert float(found[0, 0]) == 80.0
    assert np.isnan(found[1, 0])
    assert found.attrs["units"] == "mm"


@pytest.mark.parametrize(
    ("amount", "word"), [(9.9, "小雨"), (10, "中雨"), (25, "大雨"), (50, "暴雨"), (100, "大暴雨"), (250, "特大暴雨"), (0, "")]
)  # fmt: skip
def test_grades_begin_at_their_bounds(amount: float, word: str) -> None:
    assert rain_grade(amount) == word
    assert list(RAIN_GRADE_BOUNDS) == sorted(RAIN_GRADE_BOUNDS)
