"""Forcing: what it does, and what is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from riskmap.errors import ConfigError, CoverageError, DataError, UnitsError
from riskmap.hazard.inundation import (
    Breach,
    Channels,
    Drain,
    Flow,
    Inflow,
    InstabilityError,
    Level,
    OpenEdge,
    Rain,
    Scheme,
    Wall,
    make_ground,
    memory_need,
    run,
)  # fmt: skip
from riskmap.hazard.inundation.cases import advance
from riskmap.hazard.inundation.guard import refuse_too_large

FLAT = make_ground(np.zeros((3, 20)), dx=10.0, dy=10.0, manning=0.03)
HOLED = make_ground(
    np.where(np.arange(20) == 4, np.nan, 0.0) * np.ones((3, 1)), dx=10.0, dy=10.0, manning=0.03
)


def test_a_breach_lets_the_water_through_from_its_time_on() -> None:
    faces: Any = [(i, 9, "east") for i in range(3)]
    wall = Wall(faces, 2.0, breach=Breach(at=600.0, crest=0.0, duration=300.0))
    flow = Flow(FLAT, depth=np.where(np.arange(20) < 10, 1.0, 0.0) * np.ones((3, 1)), walls=[wall])
    assert advance(flow, 600.0).depth[:, 10:].max() == 0.0
    assert 0.0 < advance(flow, 850.0).depth[:, 10:].mean() < 0.4
    assert advance(flow, 7200.0).depth == pytest.approx(np.full((3, 20), 0.5), abs=0.02)


def test_a_tide_comes_in_and_goes_out_again() -> None:
    tide = Level([(i, 0) for i in range(3)], [0.0, 3600.0, 7200.0], [0.5, 1.5, 0.5])
    flow = Flow(FLAT, depth=0.5, levels=[tide])
    assert advance(flow, 3600.0).depth.mean() == pytest.approx(1.5, abs=0.05)
    assert advance(flow, 7200.0).depth.mean() == pytest.approx(0.5, abs=0.05)
    ledger = flow.audit()
    assert ledger.boundary_in > 500.0
    assert ledger.boundary_out > 500.0
    assert abs(ledger.error) < 1e-7


def test_a_narrow_channel_runs_at_normal_depth_below_the_ground() -> None:
    """10 m3/s in 5 m of width on 0.2 %: Manning's formula with the hydraulic radius gives the depth."""
    count, slope, width, n, inflow = 60, 2e-3, 5.0, 0.03, 10.0
    z = -slope * 50.0 * np.arange(count)[None] * np.ones((3, 1))
    there = np.where(np.arange(3) == 1, width, 0.0)[:, None] * np.ones((1, count))
    channels = Channels(there, np.full(z.shape, 3.0), manning=n, outlets={(1, count - 1): slope})
    source = Inflow([(1, 0)], [0.0, 1e6], [inflow, inflow])
    flow = Flow(make_ground(z, dx=50.0, dy=50.0, manning=0.05), channels=channels, inflows=[source])
    advance(flow, 6 * 3600.0)
    depth = flow.channel_volume[1] / (width * 50.0)
    section = width * depth
    normal = section * (section / (width + 2 * depth)) ** (2 / 3) * np.sqrt(slope) / n
    assert normal[5:-5] == pytest.approx(np.full(count - 10, inflow), rel=0.01)
    assert np.nanmax(flow.depth) < 1e-9
    assert flow.audit().outflow > 0.9 * inflow * 5 * 3600
    assert abs(flow.ledger.error) < 1e-9


def test_a_full_channel_floods_its_banks_and_a_held_level_fills_it() -> None:
    there = np.where(np.arange(3) == 1, 4.0, 0.0)[:, None] * np.ones((1, 20))
    channels = Channels(there, np.ones((3, 20)))
    full = advance(Flow(FLAT, depth=0.5, channels=channels), 1800.0)
    left = (0.5 * 6000.0 - 4.0 * 10.0 * 1.0 * 20) / 6000.0
    assert full.depth == pytest.approx(np.full((3, 20), left), abs=0.01)
    held = Flow(FLAT, channels=channels, levels=[Level([(1, 0)], [0.0], [-0.5])])
    assert advance(held, 3600.0).channel_volume[1] == pytest.approx(np.full(20, 20.0), rel=0.02)
    assert np.nanmax(held.depth) == 0.0


def test_channels_that_touch_at_a_corner_are_linked_once() -> None:
    flow = Flow(FLAT, channels=Channels(np.eye(3, 20) * 4.0, np.ones((3, 20))), depth=0.0)
    flow.resume({**flow.state(), "channel_volume": np.array([30.0, 0.0, 0.0])})
    assert advance(flow, 3600.0).channel_volume.sum(axis=1) == pytest.approx([10.0, 10.0, 10.0], rel=0.05)


def test_the_ground_takes_what_it_can_and_a_drain_its_share() -> None:
    flow = Flow(FLAT, infiltration=10e-3 / 3600, drains=[Drain((1, 3), 0.001)])
    result = run(flow, 3600.0, rain=30e-3 / 3600)
    assert result.ledger.soaked == pytest.approx(6000 * 10e-3, rel=1e-3)
    assert 3.3 < result.ledger.outflow <= 3.6  # dry at first
    assert flow.soaked == pytest.approx(np.full((3, 20), 10e-3), rel=1e-3)


def test_rain_changes_when_its_time_comes() -> None:
    asked: list[int] = []

    def rate(k: int) -> float:
        asked.append(k)
        return (36e-3 / 3600, 0.0, 72e-3 / 3600)[k]

    result = run(Flow(FLAT), 3600.0, rain=Rain((600.0, 1200.0, 3000.0), rate))
    assert asked == [0, 1, 2]
    assert result.ledger.rain == pytest.approx(6000 * (6e-3 + 12e-3), rel=1e-6)


REFUSED: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: Inflow([(0, 0)], [0, 60, 120], [1.0, float("nan"), 1.0]), DataError, "gap in the series.* 60 s"),
    (lambda: Inflow([(0, 0)], [0, 60, 60], [1.0, 1.0, 1.0]), DataError, "times do not rise"),
    (lambda: Inflow([(0, 0)], [0, 60], [1.0, -1.0]), DataError, "cannot be.*-1 at 60 s"),
    (lambda: Inflow([(0, 0)], [0, 60], [1.0]), DataError, "as many values as times"),
    (lambda: OpenEdge([(0, 0)], 0.0, "x"), DataError, "not a slope"),
    (lambda: Drain((0, 0), -1.0), DataError, "not a capacity"),
    (lambda: Wall([(0, 0, "east")], float("nan")), DataError, "crest height for each face"),
    (lambda: Wall([(0, 0, "north")], 1.0), DataError, "not a side"),  # type: ignore[list-item]
    (lambda: Flow(FLAT, walls=[Wall([(3, 0, "east")], 1.0, where="海塘 12")]), CoverageError, "海塘 12, face: off the grid"),
    (lambda: Flow(FLAT, inflows=[Inflow([(0, 20)], [0], [1.0], where="西溪")]), CoverageError, "西溪: off the grid"),
    (lambda: Flow(HOLED, inflows=[Inflow([(0, 4)], [0], [1.0])]), CoverageError, "without ground"),
    (lambda: Flow(FLAT, levels=[Level([(0, 0)], [0], [1.0])] * 2), DataError, "two levels"),
    (lambda: Flow(FLAT, channels=Channels(np.full((3, 20), 11.0), np.ones((3, 20)))), DataError, "wider than its cell"),
    (lambda: Channels(np.ones((3, 20)), np.zeros((3, 20))), DataError, "needs a depth"),
    (lambda: Channels(np.ones((3, 20)), np.ones((3, 20)), manning=0.0), DataError, "not a roughness"),
    (lambda: Channels(np.ones((3, 20)), np.ones((3, 2))), DataError, "differ in shape"),
    (lambda: Flow(FLAT, channels=Channels(np.zeros((3, 20)), np.ones((3, 20)), outlets={(0, 0): 0.1})), DataError, "not an outlet"),
    (lambda: Flow(FLAT, depth=-0.1), DataError, "negative or missing"),
    (lambda: Flow(FLAT, depth=np.zeros((2, 2))), DataError, "wrong shape"),
    (lambda: Flow(FLAT).set_rain(-1e-6), DataError, "not a rain rate"),
    (lambda: Flow(FLAT).set_rain(np.full((3, 20), np.nan)), DataError, "60 NaN"),
    (lambda: Flow(FLAT).resume({}), DataError, "state of another ground"),
    (lambda: Rain((0.0, 0.0), lambda k: 0.0), DataError, "times do not rise"),
    (lambda: Scheme(courant=2.0), ConfigError, "not a scheme"),
    (lambda: make_ground(np.zeros(3), dx=1, dy=1, manning=0.03), DataError, "not a grid"),
    (lambda: make_ground([[np.nan]], dx=1, dy=1, manning=0.03), DataError, "no ground"),
    (lambda: make_ground([[1.0, 30_000.0]], dx=1, dy=1, manning=0.03), UnitsError, "column 1.*feet"),
    (lambda: make_ground([[1.0, -9999.0]], dx=1, dy=1, manning=0.03), UnitsError, "-9999"),
    (lambda: make_ground([[1.0]], dx=-1, dy=1, manning=0.03), DataError, "must be positive"),
    (lambda: make_ground([[1.0]], dx=[1, 2], dy=1, manning=0.03), DataError, "wrong shape"),
    (lambda: make_ground([[1.0]], dx=1, dy=1, manning=30.0), DataError, "Strickler"),
    (lambda: make_ground([[1.0]], dx=1, dy=1, manning=[[0.1, 0.1]]), DataError, "wrong shape"),
    (lambda: refuse_too_large((1000, 1000), memory_need((1000, 1000)), 10**7), ConfigError, "tiles of 29"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "error", "message"), REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_is_refused_by_name(
    call: Callable[[], Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        call()


def test_a_broken_run_names_place_and_time_and_keeps_the_last_good_state() -> None:
    source = Inflow([(1, 7)], [0.0, 3600.0, 3601.0, 1e5], [1.0, 1.0, 1e7, 1e7])
    kept: list[Any] = []
    with pytest.raises(
        InstabilityError, match=r"row 1, column 7, after 36\d\d\.\d s: water that cannot be"
    ) as caught:
        run(Flow(FLAT, inflows=[source]), 7200.0, checkpoint=kept.append, checkpoint_every=600.0)
    error = caught.value
    assert (error.row, error.column) == (1, 7)
    assert error.checkpoint is kept[-1]
    assert 3000.0 < error.checkpoint["time"] <= error.time
    flow = Flow(FLAT)
    flow.resume(error.checkpoint)
    assert np.isfinite(advance(flow, flow.time + 60.0).depth).all()


def test_a_number_that_broke_is_seen_at_once() -> None:
    flow = Flow(FLAT, depth=1.0)
    flow.flows[0][1, 12] = np.nan
    with pytest.raises(InstabilityError, match=r"row [0-2], column 1[0-9].*nan"):
        advance(flow, 60.0)


def test_a_step_that_becomes_nothing_stops_the_run() -> None:
    tiny = make_ground(np.zeros((3, 4)), dx=0.01, dy=0.01, manning=0.03)
    with pytest.raises(InstabilityError, match="the step became nothing"):
        advance(Flow(tiny, depth=100.0), 60.0)
