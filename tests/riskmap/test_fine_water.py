"""The quick map: cells of a reach by height above it, stages by the rating curve, what nobody knows unknown."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap.analysis.fine import fine_relief
from riskmap.analysis.fine_water import (
    FLOODPLAIN_MANNING,
    STAGES,
    Reaches,
    WaterWatch,
    stages_of,
)
from riskmap.hazard.flash_flood import bankfull_discharge
from riskmap.hazard.inundation import RatingCurves, quick_depth
from riskmap.hazard.inundation.watch import ARRIVAL_DEPTH, hazard_class
from riskmap.hazard.runoff.soil_water import steady_tanks
from riskmap.io.landslide_table import read_landslide_rules
from riskmap.io.rule_files import read_rules
from riskmap.terrain.depressions import fill_depressions
from riskmap.terrain.drainage import height_above
from riskmap.terrain.flow_direction import flow_direction, geographic_sides
from riskmap.terrain.layers import STREAM_AREA
from riskmap.terrain.streams import upstream_area
from tests.riskmap.fine_valleys import OVER, RELIEF, ground

HOURS = np.datetime64("2021-07-25T00:00:00") + np.arange(30).astype("timedelta64[h]")


@pytest.fixture(scope="module")
def reaches() -> Reaches:
    found = fine_relief(ground(93.0), OVER, rules=read_landslide_rules(), altitude=RELIEF).reaches
    assert found is not None
    return found


def watched(reaches: Reaches, amount: float) -> tuple[WaterWatch, np.ndarray]:
    watch = WaterWatch(reaches, HOURS)
    for n in range(len(HOURS)):
        watch.hour(n, np.full(OVER.shape, amount if n < 12 else 0.0, np.float32))
    flow = watch.discharge(
        read_rules()["flash_flood"], HOURS, soil=sum(steady_tanks(10.0 / 24.0)), curve_number=80.0
    )
    return watch, flow


def test_units_hold_every_cell_at_its_height(reaches: Reaches) -> None:
    """Height above drainage from the terrain itself, against the step that each cell was put in."""
    given_ground = ground(93.0)
    dx, dy = geographic_sides(given_ground.grid.latitude, (0.001, 0.001))
    filled = fill_depressions(given_ground.altitude)
    codes = flow_direction(filled, dx=dx, dy=dy)
    streams = upstream_area(codes, dx=dx, dy=dy) >= STREAM_AREA
    height = height_above(filled, codes, streams)
    of = reaches.reach[reaches.units.label]
    low = reaches.height[reaches.units.label]
    wet = of >= 0
    step = np.searchsorted(STAGES, height[wet].astype(np.float64), side="right") - 1
    np.testing.assert_array_equal(low[wet], STAGES[step])
    assert wet[streams].all()
    assert (height[wet] >= low[wet]).all()
    assert height[wet].max() < STAGES[-1] + 1.0
    assert (height[of == -1] > STAGES[-1]).all()  # there is no sea here: dry is what stands high
    assert (height[of == -2] <= STAGES[-1]).all()  # low at the edge: a river beyond may reach it


def test_an_hour_is_the_depth_of_the_quick_map(reaches: Reaches) -> None:
    watch, flow = watched(reaches, 25.0)
    hour = int(np.argmax(np.nansum(flow, axis=0)))
    found = list(watch.fields(flow))[hour]
    stage = stages_of(reaches.curves, flow)[:, hour]
    label = reaches.units.label
    cells = label[:60, 90:170]
    slow = quick_depth(reaches.height[cells], reaches.reach[cells], stage)
    held = reaches.reach[cells] >= 0
    np.testing.assert_allclose(found["depth"].values[cells][held], slow[held], rtol=1e-6)
    depth = found["depth"].values.astype(np.float64)
    wet = depth >= ARRIVAL_DEPTH
    speed = depth ** (2 / 3) * np.sqrt(np.append(reaches.slope, 0.0)[reaches.reach]) / FLOODPLAIN_MANNING
    np.testing.assert_allclose(found["speed"].values[wet], speed[wet], rtol=1e-5)
    classes = found["inundation_class"].values
    assert (classes[depth < ARRIVAL_DEPTH] == 0).all()
    np.testing.assert_array_equal(classes[wet], hazard_class(depth[wet], found["speed"].values[wet]))
    assert set(np.unique(classes[wet])) & {3.0, 4.0, 5.0}


def test_what_the_channel_holds_floods_nothing(reaches: Reaches) -> None:
    watch, flow = watched(reaches, 0.5)
    assert (flow == 0.0).all()
    assert all((hour["depth"].values[reaches.reach != -2] == 0.0).all() for hour in watch.fields(flow))
    _, big = watched(reaches, 30.0)
    assert (big.max(axis=1) > 0.1 * bankfull_discharge(reaches.area)).mean() > 0.5


@given(first=st.floats(0.0, 40.0), second=st.floats(0.0, 40.0))
@settings(max_examples=8, deadline=None)
def test_more_rain_never_lowers_water(reaches: Reaches, first: float, second: float) -> None:
    less, more = sorted((first, second))
    (_, low), (_, high) = watched(reaches, less), watched(reaches, more)
    assert (high >= low - 1e-9).all()
    assert (stages_of(reaches.curves, high) >= stages_of(reaches.curves, low) - 1e-9).all()


def test_stages_beyond_the_curve_and_without_one() -> None:
    curves = RatingCurves(
        np.array([0.0, 1.0, 2.0]), np.array([[0.0, 0.0, 10.0], [0.0, 5.0, 9.0], [np.nan] * 3])
    )
    flow = np.array([[0.0, 5.0, 99.0], [2.5, np.nan, 9.0], [1.0, 1.0, 1.0]])
    found = stages_of(curves, flow)
    np.testing.assert_allclose(found, [[0.0, 1.5, 2.0], [0.5, np.nan, 2.0], [np.nan] * 3])


def test_a_model_without_a_stream_is_dry_or_unknown() -> None:
    tiny = ground(93.0, values=np.full((6, 6), 5.0, np.float32))
    found = fine_relief(tiny, OVER, rules=None, altitude=RELIEF).reaches
    assert found is not None
    assert (found.reach[found.units.label] == -2).all()  # flat, and over the edge
    watch = WaterWatch(found, HOURS)
    (hour,) = watch.fields(np.empty((0, 1)))
    assert np.isnan(hour["inundation_class"].values[found.reach == -2]).all()
