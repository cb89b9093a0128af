"""``python -m benchmarks.inundation.picture``: draws ``docs/images/inundation.svg``, the solver beside known answers."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness import ROOT
from riskmap.hazard.inundation import Flow, Level, Scheme, make_ground
from riskmap.hazard.inundation.cases import (
    V_RAIN,
    advance,
    hunter_depth,
    inertial_dam_depth,
    stoker_depth,
    v_catchment,
)  # fmt: skip
from riskmap.hazard.inundation.flow import FREE_FALL

PAGE = ROOT / "docs" / "images" / "inundation.svg"
WIDTH, HEIGHT, TOP, DOWN, ACROSS = 900, 320, 40, 220, 230
OURS, THEIRS, MARK = "#1f77b4", "#555555", "#b2182b"
Line = tuple[NDArray[np.float64], NDArray[np.float64], str, str]


def wave() -> list[Line]:
    """The wave on a plane after an hour."""
    cell, count = 50.0, 100
    at = (np.arange(count) + 0.5) * cell
    times = np.linspace(0.0, 3600.0, 361)
    lines: list[Line] = []
    for n in (0.03, 0.01):
        level = [float(hunter_depth(cell / 2, t, manning=n)) for t in times]
        ground = make_ground(np.zeros((1, count)), dx=cell, dy=cell, manning=n)
        flow = advance(Flow(ground, levels=[Level([(0, 0)], list(times), level)]), 3600.0)
        lines.append((at / 1e3, hunter_depth(at, 3600.0, manning=n), THEIRS, "6 3"))
        lines.append((at / 1e3, flow.depth[0], OURS, ""))
    return lines


def hydrograph() -> list[Line]:
    """The outflow of the tilted V-catchment, with the bound on the Froude number and without."""
    lines: list[Line] = []
    for froude, colour, dashes in ((5.0, MARK, "2 2"), (1.0, OURS, "")):
        times, outflow, flow = v_catchment(cell=10.0, scheme=Scheme(froude=froude))
        lines.append((times / 60.0, outflow, colour, dashes))
    equilibrium = V_RAIN * 1e-3 / 3600 * flow.ground.known.size * 100.0
    return [(np.array([0.0, 180.0]), np.full(2, equilibrium), THEIRS, "6 3"), *lines]


def dam() -> list[Line]:
    """A dam break over wet ground, 40 s later."""
    cell, count, time, up, low = 2.0, 1000, 40.0, 10.0, 1.0
    at = (np.arange(count) + 0.5 - count / 2) * cell
    ground = make_ground(np.zeros((1, count)), dx=cell, dy=cell, manning=0.0)
    flow = advance(Flow(ground, depth=np.where(at < 0, up, low)[None]), time)
    middle, g = stoker_depth(up, low), FREE_FALL
    speed = 2 * (np.sqrt(g * up) - np.sqrt(g * middle))
    front, xi = speed * middle / (middle - low), at / time
    exact = np.where(xi < front, middle, low)
    fan = (2 * np.sqrt(g * up) - xi) ** 2 / (9 * g)
    exact = np.where(xi < speed - np.sqrt(g * middle), np.minimum(fan, up), exact)
    exact = np.where(xi < -np.sqrt(g * up), up, exact)
    own = np.full(2, inertial_dam_depth(up, low))
    return [
        (at, exact, THEIRS, "6 3"),
        (np.array([-100.0, 330.0]), own, MARK, "2 2"),
        (at, flow.depth[0], OURS, ""),
    ]


def panel(
    left: int, title: str, axis: str, lines: Iterable[Line], reach: tuple[float, float], high: float
) -> list[str]:
    """One diagram."""

    def x(v: float) -> float:
        return left + ACROSS * (v - reach[0]) / (reach[1] - reach[0])

    def y(v: float) -> float:
        return TOP + DOWN * (1 - v / high)

    out = [f'<text x="{left}" y="{TOP - 14}" font-weight="bold">{title}</text>',
           f'<rect x="{left}" y="{TOP}" width="{ACROSS}" height="{DOWN}" fill="none" stroke="#999"/>']  # fmt: skip
    for k in range(5):
        value, place = high * k / 4, reach[0] + (reach[1] - reach[0]) * k / 4
        out.append(f'<text x="{left - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:g}</text>')
        out.append(f'<text x="{x(place):.1f}" y="{TOP + DOWN + 16}" text-anchor="middle">{place:g}</text>')
    out.append(f'<text x="{left + ACROSS / 2}" y="{TOP + DOWN + 34}" text-anchor="middle">{axis}</text>')
    for along, up, colour, dashes in lines:
        inside = (along >= reach[0]) & (along <= reach[1])
        points = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in zip(along[inside], up[inside], strict=True))
        dash = f' stroke-dasharray="{dashes}"' if dashes else ""
        out.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.6"{dash}/>')
    return out


def main() -> None:
    """Write the picture."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="11">'
    body = [
        head, f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        *panel(50, "wave on a plane, depth [m]", "km; n 0.03 and 0.01", wave(), (0.0, 4.0), 2.4),
        *panel(350, "V-catchment, outflow [m³/s]", "minutes", hydrograph(), (0.0, 180.0), 6.0),
        *panel(650, "dam break, depth [m]", "m; after 40 s", dam(), (-600.0, 600.0), 12.0),
        f'<text x="50" y="{HEIGHT - 8}" fill="{OURS}">— ours</text>',
        f'<text x="120" y="{HEIGHT - 8}" fill="{THEIRS}">- - exact solution of the full equations, or equilibrium</text>',
        f'<text x="420" y="{HEIGHT - 8}" fill="{MARK}">··· no bound on the Froude number; exact solution without advection</text>',
        "</svg>", "",
    ]  # fmt: skip
    PAGE.write_text("\n".join(body), encoding="utf-8")


if __name__ == "__main__":
    main()
