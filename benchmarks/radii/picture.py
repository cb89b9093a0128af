"""``python -m benchmarks.radii.picture``: draws ``docs/images/radii.svg``, the fit to one bulletin of In-Fa."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness import ROOT
from riskmap.hazard.radii import QuadrantFit, fit_radii, speed
from riskmap.hazard.wind import FORCE_SPEEDS

PAGE = ROOT / "docs" / "images" / "radii.svg"
NAN = float("nan")
WIDTH, HEIGHT = 760, 360
COLOURS = ("#1f77b4", "#e08214", "#b2182b")
ALONG = {"NE": (45.0, "#333333"), "SW": (225.0, "#7a7a7a")}
LEFT, TOP, ACROSS, DOWN = 50, 30, 300, 280
MIDDLE, SCALE = (570, 185), 0.45
"""Centre of the map [px], and pixels a kilometre."""


def bulletin() -> QuadrantFit:
    """In-Fa on 24 July 2021, 22 UTC, without two of its radii."""
    return fit_radii(
        maximum_wind=38.0, latitude=29.4, pressure_deficit=4500.0, speeds=tuple(FORCE_SPEEDS.values()),
        radii=[[300e3, 200e3, 200e3, 250e3], [100e3, NAN, 80e3, 100e3], [40e3, 40e3, NAN, 40e3]],
    )  # fmt: skip


def main() -> None:
    """Write the picture."""
    fit = bulletin()
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">'
    ground = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>'
    PAGE.write_text("\n".join([head, ground, *_profile(fit), *_map(fit), "</svg>", ""]), encoding="utf-8")


def _profile(fit: QuadrantFit) -> Iterable[str]:
    """Speed against radius on the way to two quadrants."""
    yield f'<path d="M{LEFT} {TOP}V{TOP + DOWN}H{LEFT + ACROSS}" fill="none" stroke="black"/>'
    for km in (0, 100, 200, 300, 400):
        yield f'<text x="{_x(km):.0f}" y="{TOP + DOWN + 16}" text-anchor="middle">{km}</text>'
    for ms in (0, 10, 20, 30, 40):
        yield f'<text x="{LEFT - 8}" y="{_y(ms) + 4:.0f}" text-anchor="end">{ms}</text>'
    yield f'<text x="{LEFT + ACROSS // 2}" y="{TOP + DOWN + 34}" text-anchor="middle">km from the centre</text>'
    yield f'<text x="{LEFT}" y="{TOP - 12}">m/s</text>'
    km_all = np.concatenate([np.linspace(0.0, 60.0, 121), np.linspace(61.0, 400.0, 120)])
    for n, (name, (azimuth, colour)) in enumerate(ALONG.items()):
        winds = speed(fit, 1e3 * km_all, azimuth)
        yield _line(zip(_x(km_all), _y(winds)), colour, "")
        yield f'<text x="{LEFT + 200}" y="{TOP + 14 + 16 * n}" fill="{colour}">to the {name}</text>'
        for k, (level, row) in enumerate(zip(fit.speeds, fit.radii)):
            yield _dot(_x(row[2 * n] / 1e3), _y(level), COLOURS[k], fit.source[k][2 * n] == "reported")


def _map(fit: QuadrantFit) -> Iterable[str]:
    """Where each force ends, all around."""
    x, y = MIDDLE
    yield f'<path d="M{x - 145} {y}H{x + 145}M{x} {y - 145}V{y + 145}" stroke="#cccccc"/>'
    azimuths = np.radians(np.arange(0.0, 361.0, 2.0))
    out = np.geomspace(fit.radius_of_maximum_wind, 600e3, 1500)
    winds = speed(fit, out[:, None], np.degrees(azimuths)[None, :])
    for k, (force, level) in enumerate(FORCE_SPEEDS.items()):
        ends = np.array([np.interp(-level, -column, out) for column in winds.T]) / 1e3 * SCALE
        yield _line(zip(x + ends * np.sin(azimuths), y - ends * np.cos(azimuths)), COLOURS[k], "Z")
        yield f'<text x="{x + 70}" y="{y + 120 + 16 * k}" fill="{COLOURS[k]}">force {force}</text>'
        for q, radius in enumerate(fit.radii[k]):
            at, length = np.radians(45.0 + 90.0 * q), radius / 1e3 * SCALE
            reported = fit.source[k][q] == "reported"
            yield _dot(x + length * np.sin(at), y - length * np.cos(at), COLOURS[k], reported)
    yield f'<text x="{x - 150}" y="{TOP - 12}">full: reported, hollow: filled</text>'


def _x(km: NDArray[np.float64] | float) -> NDArray[np.float64]:
    return np.asarray(LEFT + ACROSS * np.asarray(km) / 400.0)


def _y(ms: NDArray[np.float64] | float) -> NDArray[np.float64]:
    return np.asarray(TOP + DOWN * (1.0 - np.asarray(ms) / 40.0))


def _line(points: Iterable[tuple[float, float]], colour: str, end: str) -> str:
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f'<path d="M{path}{end}" fill="none" stroke="{colour}" stroke-width="1.6"/>'


def _dot(x: NDArray[np.float64] | float, y: NDArray[np.float64] | float, colour: str, full: bool) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour if full else "white"}" stroke="{colour}"/>'


if __name__ == "__main__":
    main()
