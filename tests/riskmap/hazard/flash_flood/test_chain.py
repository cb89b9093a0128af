"""From a made valley and rain to tiers: the terrain's watersheds, the soil's water, flood waves, painted cells."""

from __future__ import annotations

import numpy as np

from riskmap.hazard.flash_flood import (
    check_watersheds,
    flash_flood,
    paint_tiers,
    weights_between,
    with_labels,
)
from riskmap.hazard.runoff import (
    SoilTanks,
    antecedent_curve_number,
    let_in,
    scs_runoff,
    soil_index,
    soil_state,
    upstream_area,
)
from riskmap.terrain.basins import small_watersheds
from riskmap.terrain.depressions import fill_depressions
from riskmap.terrain.flow_direction import flow_direction
from riskmap.terrain.slopes import slope_aspect
from riskmap.terrain.streams import Network
from tests.riskmap.hazard.flash_flood.made import NOW, RULE, storm

N, CELL = 120, 40.0


def valley() -> np.ndarray:
    """Rough hills that fall to the south-west."""
    rng = np.random.default_rng(11)
    j, i = np.meshgrid(np.arange(N), np.arange(N))
    ridges = 40.0 * np.sin(i / 9.0) * np.sin(j / 13.0)
    return (900.0 - 4.0 * i + 2.0 * j + ridges + rng.normal(0.0, 1.0, (N, N))).astype(np.float32)


def test_a_valley_from_relief_and_rain_to_tiers() -> None:
    dem = fill_depressions(valley())
    network = Network.of(flow_direction(dem, dx=CELL, dy=CELL), dx=CELL, dy=CELL)
    slope, _ = slope_aspect(dem, dx=CELL, dy=CELL)
    labels, table = small_watersheds(network, dem, slope, max_area=3e6, least_strip=1e5)
    sheds = with_labels(table, labels, -np.arange(N) * CELL, np.arange(N) * CELL)
    check_watersheds(sheds)
    assert sheds.sizes["watershed"] > 5
    places = sheds["downstream"].values.astype(int) - 1
    upstream = upstream_area(sheds["area"].values, places)
    assert np.isclose(upstream[places < 0].sum(), (labels > 0).sum() * CELL**2)

    rain = storm([20.0, 45.0, 60.0, 10.0], after=20)
    rain = rain.assign_coords(y=np.arange(6) * -900.0 - 100.0, x=np.arange(8) * 700.0 + 100.0)
    soil = soil_state(
        SoilTanks.filled((6, 8), depth=(2.0, 5.0, 20.0)), {"y": rain["y"].values, "x": rain["x"].values},
        rain["time"].values[0] - np.timedelta64(1, "h"),
    )  # fmt: skip
    index = soil_index(let_in(soil, rain.isel(time=slice(0, 30))))
    weights = weights_between(sheds, rain)
    number = np.full(sheds.sizes["watershed"], 75.0)
    found = flash_flood(
        sheds,
        rain,
        RULE,
        analysis=NOW,
        curve_number=number,
        soil_index=weights.mean(index.values),
        weights=weights,
    )
    assert (found["tier"].values[:, -20] >= 0).all()
    assert found["tier"].values.max() == 4
    assert (found["lead_move"].min() >= 1).all()
    mouths = places < 0
    volume = (found["discharge"].values[mouths].sum(axis=1) * 3600.0).sum()
    wet = antecedent_curve_number(75.0, found["wetness"].values)
    runoff = float((scs_runoff(135.0, wet) / 1000.0 * sheds["area"].values).sum())
    assert 0.98 * runoff <= volume <= 1.6 * runoff  # the largest of each hour is at least its mean
    field = paint_tiers(sheds, found, time=32)
    assert field.shape == (N, N)
    assert np.nanmax(field) == np.float32(found["ratio"].values[:, 32].max())
