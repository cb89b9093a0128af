"""Flash flood: rain where the terrain makes one possible."""

from __future__ import annotations

import numpy as np

from riskmap.hazard.flash_flood import flash_flood_rain


def test_rain_counts_only_where_a_flash_flood_is_possible() -> None:
    rain, possible = np.full((2, 2), 60.0, np.float32), np.array([[True, False], [False, True]])
    found = flash_flood_rain({"rain_1h": rain, "rain_24h": rain * 3}, possible)
    assert found["rain_1h"].tolist() == [[60.0, 0.0], [0.0, 60.0]]
    assert found["rain_24h"].tolist() == [[180.0, 0.0], [0.0, 180.0]]


def test_unknown_rain_is_unknown_everywhere() -> None:
    rain = np.full((1, 2), np.nan, np.float32)
    assert np.isnan(flash_flood_rain({"rain_1h": rain}, np.array([[True, False]]))["rain_1h"]).all()


def test_the_rain_itself_is_not_changed() -> None:
    rain = np.full((1, 1), 9.0, np.float32)
    flash_flood_rain({"rain_1h": rain}, np.array([[False]]))
    assert rain[0, 0] == 9.0
