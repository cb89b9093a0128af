"""More cases with known answers: numbers in, one number out, as the conformance page has them.

``cases`` has the set-ups; here stand the exact kinematic hydrograph of the tilted V-catchment, and what a lake, a bowl and a
day of rain must keep.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np

from riskmap.hazard.inundation.cases import V_RAIN, Values, advance, egg_box, thacker_depth, v_catchment
from riskmap.hazard.inundation.flow import FREE_FALL, Flow, Scheme
from riskmap.hazard.inundation.forcing import Level
from riskmap.hazard.inundation.ground import make_ground

POWER: Final = 5.0 / 3.0
"""Of the depth in Manning's flow of a wide section."""

DIGITS: Final = 4
"""Of what the solver gives: the last bits are the processor's; shares of lost water have twice as many."""


STEEP: Final = ((0.05, 0.02), (0.015, 0.15))
"""Slopes [m m-1] and Manning's n of planes and channel: di Giammarco et al. (1996) [M]. The planes' flow is twice as fast as its
wave."""

MILD: Final = ((0.01, 0.005), (0.02, 0.05))
"""The same with flows that are slower than their waves, under a bank of 1 m so that the channel does not spill [D]."""


def kinematic_v_flow(minute: float, *, mild: bool = False) -> float:
    """Outflow [m3 s-1] of the tilted V-catchment in the kinematic wave, exact: while it rains, at a minute from the start, water
    crossing the planes straight.

    Planes: q = a (i t)^(5/3) until i L. Channel: along a characteristic dA/dt is what comes in from both sides and the sky, and
    dx/dt = 5/3 b A^(2/3), so that the one that reaches the mouth tells how long its water has gathered (derived here, D; Stephenson
    and Meadows 1986, M, for the parts).

    Parameters
    ----------
    minute : float
        0 to 90, while the rain of 10.8 mm h-1 lasts.
    mild : bool
        On slopes of ``MILD``.

    Examples
    --------
    >>> round(kinematic_v_flow(30.0), 3), round(kinematic_v_flow(90.0), 3)
    (1.008, 4.86)
    """
    rain, side, length, width = V_RAIN * 1e-3 / 3600.0, 800.0, 1000.0, 20.0
    plane, channel = (np.sqrt(slope) / n for slope, n in zip(*(MILD if mild else STEEP), strict=True))
    channel *= width ** (1.0 - POWER)
    times = np.linspace(0.0, 60.0 * minute, 5401)
    sides = np.minimum(plane * (rain * times) ** POWER, rain * side)
    step = times[1] - times[0]
    inflow = 2.0 * sides + rain * width
    gathered = np.append(0.0, np.cumsum(0.5 * step * (inflow[1:] + inflow[:-1])))

    def way(first: int) -> float:
        speed = POWER * channel * (gathered[first:] - gathered[first]) ** (POWER - 1.0)
        return float(step * (speed.sum() - 0.5 * (speed[0] + speed[-1])))

    low, high = 0, len(times) - 1
    if way(0) <= length:
        return float(channel * gathered[-1] ** POWER)  # nothing from the channel's head has arrived
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if way(middle) > length else (low, middle)
    share = (way(low) - length) / max(way(low) - way(high), 1e-12)
    head = gathered[low] + share * (gathered[high] - gathered[low])
    return float(channel * (gathered[-1] - head) ** POWER)


@cache
def _v_catchment(mild: bool, cell: float) -> tuple[Values, Values]:
    slopes, manning = MILD if mild else STEEP
    times, outflow, _ = v_catchment(cell=cell, straight=True, slopes=slopes, manning=manning, bank=1.0)
    return times, outflow


def v_catchment_flow(minute: float, *, mild: bool = False, cell: float = 20.0) -> float:
    """Outflow [m3 s-1] of the tilted V-catchment, its planes crossed straight, as the solver has it on cells [m]."""
    times, outflow = _v_catchment(mild, cell)
    return round(float(np.interp(60.0 * minute, times, outflow)), DIGITS)


@cache
def lake_flow(datum: float, *, steps: int = 2000) -> float:
    """Largest flow [m2 s-1] in a lake at rest over rough ground with dry islands, after so many steps; ``datum`` [m]."""
    bed = np.random.default_rng(1).normal(0.0, 1.0, (30, 40)).astype(np.float32).astype(np.float64)
    flow = Flow(make_ground(bed + datum, dx=20.0, dy=20.0, manning=0.03), depth=np.maximum(0.6 - bed, 0.0))
    for _ in range(steps):
        flow.step()
    return float(max(np.abs(side).max() for side in flow.flows))


@cache
def kept_of_a_storm(rain: float, *, hours: float = 24.0, steep: float = 0.6) -> float:
    """Share of the rain [mm h-1] that is neither stored nor let out after some hours on hills as steep as ``steep`` [m m-1]."""
    i, j = np.mgrid[:40, :40]
    z = steep * 30.0 * 6.0 / np.pi * (np.sin(np.pi * i / 6.0) + np.cos(np.pi * j / 6.0))
    flow = Flow(make_ground(z, dx=30.0, dy=30.0, manning=0.035))
    flow.set_rain(rain * 1e-3 / 3600.0)
    advance(flow, hours * 3600.0)
    if not np.nanmin(flow.depth) >= 0.0:
        return float("nan")
    return round(abs(flow.audit().error), 2 * DIGITS)


@cache
def water_in_a_bowl(swings: float, *, cells: int = 150) -> float:
    """Depth [m] in the middle of a bowl without friction in which water swings (Thacker 1981), after so many swings."""
    side = 3000.0
    at = (np.arange(cells) + 0.5) * side / cells - side / 2
    depth, bed = thacker_depth(*np.meshgrid(at, at), 0.0)
    ground = make_ground(bed, dx=side / cells, dy=side / cells, manning=0.0)
    period = 2.0 * np.pi * 1000.0 / np.sqrt(8.0 * FREE_FALL * 10.0)
    flow = advance(Flow(ground, depth=depth, scheme=Scheme(courant=0.5)), swings * period)
    middle = slice(cells // 2 - 1, cells // 2 + 1)
    return round(float(flow.depth[middle, middle].mean()), DIGITS)


def exact_in_a_bowl(swings: float) -> float:
    """The same depth [m] in the shallow-water equations, exact.

    Examples
    --------
    >>> round(exact_in_a_bowl(0.0), 4), round(exact_in_a_bowl(0.5), 4)
    (10.2041, 9.8)
    """
    period = 2.0 * np.pi * 1000.0 / np.sqrt(8.0 * FREE_FALL * 10.0)
    return float(thacker_depth(0.0, 0.0, swings * period)[0])


@cache
def egg_box_volume(hours: float) -> float:
    """Water [m3] on the ground of the Environment Agency's test 2 after some hours: all that was let in."""
    return round(advance(egg_box(), hours * 3600.0).audit().stored, 2)


@cache
def pond_behind_a_sill(hours: float = 20.0) -> float:
    """Level [m] of the water that stays in a hollow behind a sill of 10.25 m when the flood that overran it has gone.

    After the Environment Agency's test 1, a disconnected water body: 700 x 100 m, n = 0.03, the level at one end rises from 9.7
    to 10.35 m in an hour, stays to the 11th and falls in the 12th (M; the profile of the ground is our own, D).
    """
    cell, x = 10.0, np.arange(5.0, 700.0, 10.0)
    profile = np.interp(x, [0.0, 100.0, 300.0, 400.0, 500.0, 700.0], [9.7, 9.8, 10.25, 9.8, 9.7, 10.6])
    profile[np.argmin(np.abs(x - 300.0))] = 10.25
    ground = make_ground(np.tile(profile, (10, 1)), dx=cell, dy=cell, manning=0.03)
    times, levels = [0.0, 3600.0, 39_600.0, 43_200.0], [9.7, 10.35, 10.35, 9.7]
    flow = Flow(ground, levels=[Level([(i, 0) for i in range(10)], times, levels)])
    advance(flow, hours * 3600.0)
    hollow = (x > 420.0) & (x < 520.0)
    level = flow.depth[:, hollow] + profile[hollow]
    return round(float(level.mean()), DIGITS) if level.std() < 1e-3 else float("nan")
