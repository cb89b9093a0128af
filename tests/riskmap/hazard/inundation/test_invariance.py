"""What may not change a result: turning the map, tiles, threads, stopping on the way; and water is never made."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap.hazard.inundation import (
    Channels,
    Drain,
    Flow,
    Inflow,
    Level,
    OpenEdge,
    Rain,
    Scheme,
    Wall,
    Watch,
    make_ground,
    run,
)  # fmt: skip

RAIN = 50e-3 / 3600


def hills(seed: int, rows: int = 40, columns: int = 50, *, steep: float = 6.0) -> Any:
    rng = np.random.default_rng(seed)
    rough = rng.normal(0.0, 1.0, (rows, columns))
    y, x = np.mgrid[0:rows, 0:columns]
    return steep * (np.sin(x / 7.0) + np.cos(y / 5.0)) + rough


def wet_run(z: Any, steps: int, **more: Any) -> Flow:
    flow = Flow(make_ground(z, dx=20.0, dy=20.0, manning=0.04), depth=0.01, **more)
    flow.set_rain(RAIN)
    for _ in range(steps):
        flow.step()
    return flow


@pytest.mark.parametrize("turn", [lambda a: a[::-1], lambda a: a[:, ::-1], lambda a: a.T, np.rot90])
def test_a_turned_map_has_the_turned_flood(turn: Any) -> None:
    z = hills(3, 40, 40)
    plain, turned = wet_run(z, 400), wet_run(np.ascontiguousarray(turn(z)), 400)
    assert np.allclose(turn(plain.depth), turned.depth, atol=2e-4)
    assert plain.time == pytest.approx(turned.time, rel=1e-4)


@pytest.mark.parametrize(
    ("scheme", "workers"),
    [
        (Scheme(tile=(40, 64), span=64), 1),
        (Scheme(tile=(7, 9), span=30), 2),
        (Scheme(tile=(3, 50), span=50), 3),
    ],
)
def test_tiles_and_threads_change_no_bit(scheme: Scheme, workers: int) -> None:
    z = hills(5, steep=2.0)
    z[z > 3.5] = np.nan

    def flood(scheme: Scheme, workers: int) -> Flow:
        wall = Wall([(20, j, "south") for j in range(5, 30)], 1.0)
        drain = Drain((30, 10), 0.5, to=(5, 25)) if np.isfinite(z[30, 10] + z[5, 25]) else Drain((0, 0), 0.1)
        flow = Flow(
            make_ground(z, dx=20.0, dy=20.0, manning=0.04), scheme=scheme, workers=workers, walls=[wall],
            inflows=[Inflow([lowest(z)], [0.0, 600.0], [30.0, 30.0])], drains=[drain],
        )  # fmt: skip
        while flow.time < 900.0:
            flow.step()
        return flow

    one, other = flood(Scheme(tile=(64, 256)), 1), flood(scheme, workers)
    assert one.time == other.time
    assert np.array_equal(one.depth, other.depth, equal_nan=True)
    for a, b in zip(one.flows, other.flows, strict=True):
        assert np.array_equal(a, b)
    assert other.awake < 1.0 or scheme.tile[0] >= 40  # some tiles slept


def lowest(z: Any) -> tuple[int, int]:
    i, j = np.unravel_index(int(np.nanargmin(z)), z.shape)
    return int(i), int(j)


def trickle(seed: int, tile: tuple[int, int], steps: int, discharge: float) -> Flow:
    """A spring on the top of a random ground: films, thinner than what flows, creep from tile to tile."""
    rng = np.random.default_rng(seed)
    z = np.cumsum(np.cumsum(rng.normal(size=(12, 12)), 0), 1)
    row, column = (int(v) for v in np.unravel_index(np.argmax(z), z.shape))
    spring = Inflow([(row, column)], [0.0, 1e5], [discharge, discharge])
    flow = Flow(make_ground(z, dx=20.0, dy=20.0, manning=0.04), scheme=Scheme(tile=tile), inflows=[spring])
    for _ in range(steps):
        flow.step()
    return flow


@pytest.mark.parametrize("seed", [0, 2, 5, 12])
def test_films_between_tiles_that_sleep_change_no_bit(seed: int) -> None:
    one, other = trickle(seed, (32, 32), 400, 1e-3), trickle(seed, (3, 3), 400, 1e-3)
    assert np.array_equal(one.depth, other.depth)


@pytest.mark.parametrize("steps", [1, 2, 3, 7, 20])
def test_what_is_poured_into_a_tile_that_sleeps_is_kept(steps: int) -> None:
    ledger = trickle(1, (4, 4), steps, 1e-5).audit()
    assert ledger.inflow > 0.0
    assert ledger.stored == pytest.approx(ledger.inflow, rel=1e-9)


def test_a_shifted_datum_changes_no_bit() -> None:
    z = np.round(hills(7) * 64) / 64
    low, high = wet_run(z, 200), wet_run(z + 1000.0, 200)
    assert np.array_equal(low.depth, high.depth)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([0.5, 5.0, 60.0]), st.booleans())
def test_water_is_neither_made_nor_lost(seed: int, steep: float, soaks: bool) -> None:
    rng = np.random.default_rng(seed)
    z = hills(seed, 20, 30, steep=steep)
    z[rng.random(z.shape) < 0.05] = np.nan
    known = np.argwhere(np.isfinite(z))
    pick = [tuple(int(v) for v in known[k]) for k in rng.choice(len(known), 8, replace=False)]
    width = np.where((np.arange(30) == 14)[None] & np.isfinite(z), 4.0, 0.0)
    flow = Flow(
        make_ground(z, dx=np.linspace(18.0, 20.0, 20), dy=20.0, manning=rng.uniform(0.02, 0.1, z.shape)),
        depth=np.nan_to_num(rng.exponential(0.2, z.shape)),
        infiltration=rng.uniform(0, 1e-5, z.shape) if soaks else None,
        inflows=[Inflow(pick[:2], [0.0, 100.0, 200.0], [0.0, 20.0, 0.0])],
        levels=[Level([pick[2]], [0.0, 300.0], [0.0, 3.0])],
        edges=[OpenEdge([pick[3]], 0.01, "x")],
        drains=[Drain(pick[4], 1.0), Drain(pick[5], 1.0, to=pick[6])],
        walls=[Wall([(i, 10, "east") for i in range(20) if np.isfinite(z[i, 10])], 2.0)],
        channels=Channels(width, np.full(z.shape, 1.5)),
    )  # fmt: skip
    flow.set_rain(np.where(np.isfinite(z), rng.uniform(0, 1e-4, z.shape), np.nan))
    for _ in range(150):
        flow.step()
        assert np.nanmin(flow.depth) >= 0.0
    assert flow.channel_volume.min() >= 0.0
    ledger = flow.audit()
    assert abs(ledger.error) < 1e-6
    assert ledger.rain > 0.0
    assert (ledger.soaked > 0.0) == soaks


def test_hours_of_rain_on_hills_are_kept_to_ten_millionths() -> None:
    flow = wet_run(hills(11, 60, 60, steep=20.0), 0)
    while flow.time < 6 * 3600.0:
        flow.step()
    assert abs(flow.audit().error) < 1e-7
    assert flow.depth.min() >= 0.0


def test_a_run_resumed_from_a_checkpoint_has_the_same_bits() -> None:
    z = hills(13, steep=2.0)
    field = np.abs(hills(14, steep=1.0)) * 1e-6
    rain = Rain((0.0, 700.0, 1500.0), lambda k: (RAIN, field, 0.0)[k])
    channels = Channels(np.where((np.arange(50) == 25)[None], 3.0, 0.0) * np.ones((40, 1)), np.ones((40, 50)))

    def start() -> Flow:
        ground = make_ground(z, dx=20.0, dy=20.0, manning=0.04)
        return Flow(ground, infiltration=1e-6, channels=channels, levels=[Level([(0, 0)], [0.0], [1.0])])

    kept: list[dict[str, Any]] = []
    whole = run(start(), 2400.0, rain=rain, checkpoint=kept.append, checkpoint_every=500.0)
    assert len(kept) >= 4
    flow = start()
    flow.resume(kept[1])
    watch = Watch(flow)
    watch.resume(kept[1])
    resumed = run(flow, 2400.0, rain=rain, watch=watch)
    assert np.array_equal(whole.depth, resumed.depth)
    assert whole.steps == resumed.steps
    for name, field_ in whole.fields.items():
        assert np.array_equal(field_, resumed.fields[name], equal_nan=field_.dtype.kind == "f")
    assert whole.ledger.as_dict() == resumed.ledger.as_dict()
