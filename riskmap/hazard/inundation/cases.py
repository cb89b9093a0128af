"""Cases with known answers: each a few lines with the solver, so that anyone can repeat them.

What the solver gives stands beside what the shallow-water equations give; where the local inertial equations themselves differ
from those, their own exact solution is here too, so that an error of the scheme is told from one of the equations.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskmap._kernels import inundation as kernel
from riskmap.hazard.inundation.flow import DEFAULT, FREE_FALL, Flow, Scheme
from riskmap.hazard.inundation.forcing import Inflow, Level, OpenEdge, Wall
from riskmap.hazard.inundation.ground import make_ground

Values = NDArray[np.float64]


def advance(flow: Flow, until: float) -> Flow:
    """Run a flow up to a time [s from the start], and hand it back."""
    while flow.time < until:
        flow.step(most=until - flow.time)
    return flow


def weir_flow(head: float, tail: float, coefficient: float = 1.0) -> float:
    """Flow over a wall [m2 s-1] with the water at ``head`` and ``tail`` above its crest [m].

    Broad crest: critical depth on it up to a tail water of two thirds of the head, (2/3)^1.5 sqrt(g) head^1.5; the two forms
    meet there. Status S for the free form (textbooks; 1.705 head^1.5), D for taking the drowned one without losses.

    Examples
    --------
    >>> round(weir_flow(1.0, 0.0), 4), round(weir_flow(1.0, 0.9), 4), weir_flow(-0.2, -1.0)
    (1.7049, 1.2606, 0.0)
    """
    return float(kernel.weir(head, tail, coefficient * np.sqrt(2.0 * FREE_FALL)))


def hunter_depth(distance: ArrayLike, time: float, *, manning: float, speed: float = 1.0) -> Values:
    """Depth [m] of a wave that runs over a dry plane at a constant speed; Hunter et al. (2005), as in Bates et al. (2010).

    Parameters
    ----------
    distance : float
        From where the wave started [m].
    time : float
        [s].
    manning : float
        [s m-1/3].
    speed : float
        Of the wave [m s-1].

    Examples
    --------
    >>> hunter_depth([0.0, 1000.0, 4000.0], 3600.0, manning=0.03).round(4).tolist()
    [2.3796, 2.0699, 0.0]
    """
    behind = np.maximum(speed * time - np.asarray(distance, np.float64), 0.0)
    return np.asarray((7.0 / 3.0 * manning**2 * speed**2 * behind) ** (3.0 / 7.0))


def inertial_wave_depth(distance: ArrayLike, time: float, *, manning: float, speed: float = 1.0) -> Values:
    """The same wave [m] in the local inertial equations: (g h - u2) dh/dx = -g n2 u2 h^(-1/3) [D, derived here].

    It holds behind the front, where the wave is slower than sqrt(g h); ``distance`` [m], ``time`` [s], ``speed`` [m s-1].
    """
    behind = FREE_FALL * (manning * speed) ** 2 * (speed * time - np.asarray(distance, np.float64))
    h = np.linspace(speed**2 / FREE_FALL, 20.0, 20_001)
    grown = 3.0 / 7.0 * FREE_FALL * h ** (7.0 / 3.0) - 0.75 * speed**2 * h ** (4.0 / 3.0)
    return np.where(behind > 0.0, np.interp(behind, grown, h), 0.0)


def wave_on_a_plane(
    manning: float, distance: float, *, cell: float = 50.0, scheme: Scheme = DEFAULT
) -> float:
    """Depth [m] that the solver gives after an hour at a distance [m], where ``hunter_depth`` is known.

    5 km of one row, the level at the west end that of the known wave of 1 m s-1.
    """
    times = np.linspace(0.0, 3600.0, 361)
    known = [float(hunter_depth(cell / 2, t, manning=manning)) for t in times]
    count = round(5000.0 / cell)
    ground = make_ground(np.zeros((1, count)), dx=cell, dy=cell, manning=manning)
    flow = advance(Flow(ground, levels=[Level([(0, 0)], list(times), known)], scheme=scheme), 3600.0)
    return float(np.interp(distance, (np.arange(count) + 0.5) * cell, flow.depth[0]))


def rain_on_a_plane(slope: float, *, hours: float = 4.5, scheme: Scheme = DEFAULT) -> tuple[float, float]:
    """Flow [m2 s-1] off a plane of 1000 m in the rain of 55 mm h-1, n = 0.03, and depth [m] at its foot.

    The kinematic answer: rain x length, and (n q / sqrt(slope [m m-1]))^0.6.

    Examples
    --------
    >>> flow, depth = rain_on_a_plane(0.01, hours=2.0)
    >>> round(flow, 6), round((0.03 * 55e-3 / 3600 * 1000 / 0.1) ** 0.6, 4)
    (0.015278, 0.0395)
    """
    cell, count = 10.0, 100
    ground = make_ground(-slope * cell * np.arange(count)[None], dx=cell, dy=cell, manning=0.03)
    flow = Flow(ground, edges=[OpenEdge([(0, count - 1)], slope, "x")], scheme=scheme)
    flow.set_rain(55e-3 / 3600)
    advance(flow, hours * 3600.0)
    before = flow.ledger.outflow
    advance(flow, hours * 3600.0 + 60.0)
    return (flow.ledger.outflow - before) / 60.0 / cell, float(flow.depth[0, -1])


def stoker_depth(upstream: float, downstream: float) -> float:
    """Depth [m] between front and reservoir after a dam breaks over wet ground; Stoker (1957).

    ``upstream``, ``downstream`` are the depths [m] before.

    Examples
    --------
    >>> round(stoker_depth(10.0, 1.0), 4), round(stoker_depth(2.0, 0.5), 4)
    (3.9617, 1.1035)
    """
    g = FREE_FALL

    def excess(h: float) -> float:
        shock = (h - downstream) * np.sqrt(g * (h + downstream) / (2.0 * h * downstream))
        return float(2.0 * (np.sqrt(g * upstream) - np.sqrt(g * h)) - shock)

    return _root(excess, downstream, upstream)


def inertial_dam_depth(upstream: float, downstream: float) -> float:
    """The same depth [m] in the local inertial equations, which have no advection [D, derived here].

    ``upstream``, ``downstream`` are the depths [m] before. Rarefaction: q = 2/3 sqrt(g) (h0^1.5 - h^1.5); shock of the speed
    sqrt(g (h + h1) / 2).

    Examples
    --------
    >>> round(inertial_dam_depth(10.0, 1.0), 3)
    6.381
    """
    g = FREE_FALL

    def excess(h: float) -> float:
        shock = np.sqrt(g * (h + downstream) / 2.0) * (h - downstream)
        return float(2.0 / 3.0 * np.sqrt(g) * (upstream**1.5 - h**1.5) - shock)

    return _root(excess, downstream, upstream)


def dam_break(upstream: float, downstream: float, *, scheme: Scheme = DEFAULT) -> float:
    """Depth [m] that the solver gives between front and reservoir, median; depths before in [m]."""
    cell, count, time = 2.0, 1000, 40.0
    at = (np.arange(count) + 0.5 - count / 2) * cell
    ground = make_ground(np.zeros((1, count)), dx=cell, dy=cell, manning=0.0)
    flow = advance(Flow(ground, depth=np.where(at < 0, upstream, downstream)[None], scheme=scheme), time)
    front = np.sqrt(FREE_FALL * (stoker_depth(upstream, downstream) + downstream) / 2.0) * time
    return float(np.median(flow.depth[0][(at > 0.2 * front) & (at < 0.7 * front)]))


V_RAIN: Final = 10.8
"""Rain [mm h-1] of the tilted V-catchment; di Giammarco et al. (1996) [M]."""


def v_catchment(
    *, cell: float = 20.0, scheme: Scheme = DEFAULT, straight: bool = False,
    slopes: tuple[float, float] = (0.05, 0.02), manning: tuple[float, float] = (0.015, 0.15), bank: float = 0.0,
) -> tuple[Values, Values, Flow]:  # fmt: skip
    """Outflow [m3 s-1] minute by minute [s] of the tilted V-catchment, and the flow at its end.

    Two planes of 800 x 1000 m (slope 5 %, n 0.015) to a channel of 20 m (2 %, n 0.15), 90 min of rain, 180 min in all
    [M: di Giammarco et al. 1996]; ``slopes`` [m m-1] and ``manning`` of planes and channel may be others, and the channel lies under a ``bank`` [m]. The planes fall with the channel too, so that water crosses them aslant; ``straight`` parts
    their rows by walls, as models of one dimension take it: then ``known.kinematic_v_flow`` is exact.
    """
    half, rows, channel = round(800.0 / cell), round(1000.0 / cell), round(20.0 / cell)
    column = np.arange(2 * half + channel)
    beside = np.maximum(np.maximum(half - column, column - half - channel + 1), 0) * cell
    z = slopes[0] * beside[None] + bank * (beside > 0) + slopes[1] * cell * np.arange(rows)[::-1, None]
    n = np.broadcast_to(np.where(beside > 0, *manning), z.shape)
    mouth = [(rows - 1, half + k) for k in range(channel)]
    ground = make_ground(z, dx=cell, dy=cell, manning=n)
    planes = (
        [(i, j) for i in range(rows - 1) for j in range(len(column)) if beside[j] > 0] if straight else []
    )
    walls = (
        [Wall([(i, j, "south") for i, j in planes], [z[i, j] + 10.0 for i, j in planes])] if planes else []
    )
    flow = Flow(ground, edges=[OpenEdge(mouth, slopes[1], "y")], walls=walls, scheme=scheme)
    times, volumes = 60.0 * np.arange(181, dtype=np.float64), [0.0]
    for time in times[1:]:
        flow.set_rain(V_RAIN * 1e-3 / 3600 if time <= 5400.0 else 0.0)
        volumes.append(advance(flow, float(time)).ledger.outflow)
    return np.asarray(times[1:] - 30.0, np.float64), np.asarray(np.diff(volumes) / 60.0, np.float64), flow


def egg_box(*, cell: float = 20.0, scheme: Scheme = DEFAULT) -> Flow:
    """UK Environment Agency test 2, as far as public text has it: 16 hollows on a slope, 51,000 m3 let in at the north-west.

    2000 x 2000 m, slopes 1:1500 to the south and 1:3000 to the east, hollows of 0.5 m as squared sines [D], n = 0.03, a triangle
    of 85 min to 20 m3 s-1 over the northern 100 m of the west side.
    """
    count = round(2000.0 / cell)
    at = (np.arange(count) + 0.5) * cell
    bowl = np.sin(np.pi * at / 500.0) ** 2
    z = 10.0 - at[:, None] / 1500.0 - at[None] / 3000.0 - 0.5 * bowl[:, None] * bowl[None]
    line = [(i, 0) for i in range(round(100.0 / cell))]
    inflow = Inflow(line, [0.0, 2550.0, 5100.0], [0.0, 20.0, 0.0])
    return Flow(make_ground(z, dx=cell, dy=cell, manning=0.03), inflows=[inflow], scheme=scheme)


def thacker_depth(
    x: ArrayLike,
    y: ArrayLike,
    time: float,
    *,
    radius: float = 1000.0,
    depth: float = 10.0,
    start: float = 980.0,
) -> tuple[Values, Values]:
    """Depth [m] and bed [m] of water that swings in a bowl without friction; Thacker (1981), radial.

    Parameters
    ----------
    x, y : float
        From the middle [m].
    time : float
        [s]; the period is 2 pi radius / sqrt(8 g depth).
    radius, depth : float
        Of the bowl at rest level [m].
    start : float
        Radius [m] of the water's edge at the start.
    """
    r2 = np.asarray(x, np.float64) ** 2 + np.asarray(y, np.float64) ** 2
    a = (radius**2 - start**2) / (radius**2 + start**2)
    c = 1.0 - a * np.cos(np.sqrt(8.0 * FREE_FALL * depth) / radius * time)
    bed = -depth * (1.0 - r2 / radius**2)
    level = depth * (np.sqrt(1.0 - a**2) / c - 1.0 - r2 / radius**2 * ((1.0 - a**2) / c**2 - 1.0))
    return np.maximum(level - bed, 0.0), np.asarray(bed)


def _root(excess: Callable[[float], float], low: float, high: float) -> float:
    """Where a falling function is nought, by halving."""
    for _ in range(100):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if excess(middle) > 0.0 else (low, middle)
    return 0.5 * (low + high)
