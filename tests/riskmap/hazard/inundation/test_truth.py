"""The solver against known answers; where the equations themselves fall short, how far."""

from __future__ import annotations

import numpy as np
import pytest

from riskmap.hazard.inundation import Flow, Inflow, Level, Scheme, make_ground
from riskmap.hazard.inundation.cases import (
    V_RAIN,
    advance,
    dam_break,
    egg_box,
    hunter_depth,
    inertial_dam_depth,
    inertial_wave_depth,
    rain_on_a_plane,
    stoker_depth,
    thacker_depth,
    v_catchment,
    wave_on_a_plane,
)  # fmt: skip
from riskmap.hazard.inundation.flow import FREE_FALL
from riskmap.hazard.inundation.known import (
    kept_of_a_storm,
    kinematic_v_flow,
    pond_behind_a_sill,
    v_catchment_flow,
)


@pytest.mark.slow
@pytest.mark.parametrize("datum", [0.0, 1000.0, -3.7])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_lake_at_rest_stays_at_rest_round_dry_islands(datum: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    bed = rng.normal(0.0, 1.0, (30, 40)).astype(np.float32).astype(np.float64)
    level = 0.5 + 0.3 * rng.random()
    flow = Flow(make_ground(bed + datum, dx=20.0, dy=20.0, manning=0.03), depth=np.maximum(level - bed, 0.0))
    start = flow.depth
    for _ in range(10_000):
        flow.step()
    east, south = flow.flows
    assert max(np.abs(east).max(), np.abs(south).max()) == 0.0
    assert np.array_equal(flow.depth, start)
    assert (bed > level).sum() > 100  # there are islands


@pytest.mark.parametrize(("manning", "foot", "within"), [(0.03, 2.0699, 0.005), (0.01, 0.8072, 0.006)])
def test_the_wave_on_a_plane(manning: float, foot: float, within: float) -> None:
    assert float(hunter_depth(1000.0, 3600.0, manning=manning)) == pytest.approx(foot, abs=1e-4)
    assert wave_on_a_plane(manning, 1000.0) == pytest.approx(foot, abs=within)


@pytest.mark.slow
@pytest.mark.parametrize("manning", [0.03, 0.01])
def test_the_wave_of_its_own_equations_is_met_closer_on_finer_cells(manning: float) -> None:
    errors = []
    for cell in (50.0, 25.0, 12.5):
        count = round(5000.0 / cell)
        at = (np.arange(count) + 0.5) * cell
        times = np.linspace(0.0, 2400.0, 481)
        levels = [float(inertial_wave_depth(cell / 2, 1200.0 + t, manning=manning)) for t in times]
        start = inertial_wave_depth(at, 1200.0, manning=manning)
        ground = make_ground(np.zeros((1, count)), dx=cell, dy=cell, manning=manning)
        flow = Flow(ground, depth=start[None], levels=[Level([(0, 0)], list(times), levels)])
        flow.flows[0][0] = inertial_wave_depth(at + cell / 2, 1200.0, manning=manning)  # at 1 m/s
        depth = advance(flow, 2400.0).depth[0]
        expected = inertial_wave_depth(at, 3600.0, manning=manning)
        behind = at < 3000.0
        errors.append(np.abs(depth[behind] / expected[behind] - 1.0).max())
    assert errors[0] < 0.002
    assert errors[2] < errors[1] < errors[0]
    assert errors[2] < 0.5 * errors[0]


@pytest.mark.parametrize(
    ("slope", "depth"), [(1e-3, 0.07883), (3e-3, 0.05670), (1e-2, 0.03951), (3e-2, 0.02842)]
)
def test_rain_on_a_plane_runs_off_at_normal_depth(slope: float, depth: float) -> None:
    flow, foot = rain_on_a_plane(slope)
    assert flow == pytest.approx(1.527778e-2, rel=1e-4)
    assert foot == pytest.approx(depth, abs=1e-5)


def test_a_plane_reaches_its_flow_when_the_kinematic_wave_does() -> None:
    slope, length, rain = 3e-3, 1000.0, 55e-3 / 3600
    full = (
        length / (rain ** (2 / 3) * length ** (2 / 3) * np.sqrt(slope) / 0.03) ** 0.6
    )  # L^0.6 n^0.6 / (S^0.3 i^0.4)
    assert full == pytest.approx(61.9 * 60.0, rel=2e-3)
    half, _ = rain_on_a_plane(slope, hours=full * 0.5**0.6 / 3600.0)
    assert half == pytest.approx(0.5 * rain * length, rel=0.02)


def test_the_v_catchment_gives_all_its_rain_and_the_bound_on_froude_delays_it() -> None:
    def half(scheme: Scheme) -> float:
        times, outflow, flow = v_catchment(scheme=scheme)
        equilibrium = V_RAIN * 1e-3 / 3600 * flow.ground.known.size * 400.0
        assert outflow[89] == pytest.approx(equilibrium, rel=3e-3)
        assert abs(flow.audit().error) < 1e-6
        return float(np.interp(0.5 * equilibrium, outflow[:80], times[:80]) / 60.0)

    bound, free = half(Scheme()), half(Scheme(froude=5.0))
    assert 0.0 < bound - free < 6.0


def test_the_rising_limb_of_a_mild_v_comes_to_the_kinematic_wave_as_cells_shrink() -> None:
    for minute in (45.0, 60.0, 75.0):
        exact = kinematic_v_flow(minute, mild=True)
        coarse, fine = (v_catchment_flow(minute, mild=True, cell=c) for c in (20.0, 10.0))
        assert abs(fine - exact) < 0.65 * abs(coarse - exact)
        assert fine == pytest.approx(exact, rel=0.07)
    assert v_catchment_flow(89.0, mild=True) == pytest.approx(4.86, rel=0.005)


def test_the_exact_limb_rises_to_rain_times_area_and_not_beyond() -> None:
    for mild in (False, True):
        flows = [kinematic_v_flow(float(minute), mild=mild) for minute in range(1, 91)]
        assert (np.diff(flows) >= -1e-6).all()
        assert flows[-1] == pytest.approx(4.86, abs=1e-4)
        assert max(flows) < 4.8601


@pytest.mark.slow
def test_steep_rain_of_a_day_is_kept_to_ten_millionths() -> None:
    assert kept_of_a_storm(400.0) <= 1e-7


@pytest.mark.slow
def test_what_overran_a_sill_stays_behind_it() -> None:
    assert pond_behind_a_sill(6.0) == pytest.approx(10.35, abs=1e-3)
    assert 10.25 <= pond_behind_a_sill(20.0) < 10.255


def test_water_swings_in_a_bowl() -> None:
    count, side, period = 150, 3000.0, 2 * np.pi * 1000.0 / np.sqrt(8 * FREE_FALL * 10.0)
    at = (np.arange(count) + 0.5) * side / count - side / 2
    x, y = np.meshgrid(at, at)
    start, bed = thacker_depth(x, y, 0.0)
    ground = make_ground(bed, dx=side / count, dy=side / count, manning=0.0)
    flow = Flow(ground, depth=start, scheme=Scheme(courant=0.5))
    swing = float(np.abs(start - thacker_depth(x, y, period / 2)[0]).max())
    for periods, most in ((0.5, 0.02), (1.0, 0.03)):
        advance(flow, periods * period)
        error = np.sqrt(np.mean((flow.depth - thacker_depth(x, y, periods * period)[0]) ** 2))
        assert error < most * swing
    assert np.nanmin(flow.depth) >= 0.0
    assert abs(flow.audit().error) < 1e-9


@pytest.mark.parametrize(("up", "down", "exact"), [(10.0, 1.0, 3.96175), (2.0, 0.5, 1.10349)])
def test_a_dam_break_follows_its_own_equations_and_misses_the_full_ones(
    up: float, down: float, exact: float
) -> None:
    depth = dam_break(up, down)
    assert stoker_depth(up, down) == pytest.approx(exact, abs=1e-4)
    assert depth == pytest.approx(inertial_dam_depth(up, down), rel=0.05)
    assert depth > 1.15 * exact  # the limit that the page tells


@pytest.mark.slow
def test_the_egg_box_fills_from_the_north_west_and_its_east_stays_dry() -> None:
    flow = advance(egg_box(), 48 * 3600.0)
    hollows = flow.depth[12::25, 12::25]
    ledger = flow.audit()
    assert (hollows > 0.01).sum() >= 8
    assert (hollows[:2, 3] == 0.0).all()
    assert ledger.inflow == pytest.approx(51_000.0, rel=1e-4)
    assert ledger.stored == pytest.approx(ledger.inflow, rel=1e-6)
    assert hollows.max() < 0.5


def test_a_front_on_a_flat_plain_runs_as_fast_as_water_can() -> None:
    """The set-up of Environment Agency test 4, coarser: a burst at the middle of the west side of a flat plain."""

    def reach(cell: float) -> float:
        rows, columns = round(2000.0 / cell), round(1000.0 / cell)
        ground = make_ground(np.zeros((rows, columns)), dx=cell, dy=cell, manning=0.05)
        line = [(rows // 2 + k, 0) for k in range(max(1, round(20.0 / cell)))]
        inflow = Inflow(line, [0.0, 3600.0, 14_400.0, 21_600.0], [0.0, 20.0, 20.0, 0.0])
        flow = advance(Flow(ground, inflows=[inflow]), 3600.0)
        assert abs(flow.audit().error) < 1e-7
        row = flow.depth[rows // 2]
        return float(cell * (row > 0.02).sum())

    coarse, fine = reach(20.0), reach(10.0)
    assert 250.0 < fine < 600.0
    assert coarse == pytest.approx(fine, rel=0.15)
