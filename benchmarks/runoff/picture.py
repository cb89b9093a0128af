"""``python -m benchmarks.runoff.picture``: draws ``docs/images/soil_water.svg`` and ``docs/images/flash_flood.svg``."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from benchmarks.harness import ROOT
from riskmap.hazard.runoff import soil_water_index

WIDTH, HEIGHT = 640, 320
LEFT, TOP, ACROSS, DOWN = 50, 30, 560, 240
COLOURS = {"jma": "#b2182b", "exact": "#1f77b4"}


def soil_water() -> Iterable[str]:
    """The index of a storm of three hours, by both methods."""
    hours, most = 24, 100.0
    rain = np.zeros(hours)
    rain[:3] = 30.0

    def x(hour: float) -> float:
        return LEFT + ACROSS * hour / hours

    def y(depth: float) -> float:
        return TOP + DOWN * (1.0 - depth / most)

    yield f'<path d="M{LEFT} {TOP}V{TOP + DOWN}H{LEFT + ACROSS}" fill="none" stroke="black"/>'
    for hour in range(0, hours + 1, 6):
        yield f'<text x="{x(hour):.0f}" y="{TOP + DOWN + 16}" text-anchor="middle">{hour}</text>'
    for depth in range(0, 101, 20):
        yield f'<text x="{LEFT - 6}" y="{y(depth) + 4:.0f}" text-anchor="end">{depth}</text>'
    for hour, depth in enumerate(rain):
        if depth:
            yield (
                f'<rect x="{x(hour):.0f}" y="{y(depth):.0f}" width="{x(1) - x(0) - 1:.0f}" '
                f'height="{y(0) - y(depth):.0f}" fill="#9ecae1"/>'
            )
    for n, (method, words) in enumerate((("jma", "hourly steps, as published"), ("exact", "the equation"))):
        index = np.append(0.0, soil_water_index(rain, method=method))
        points = " ".join(f"{x(k):.1f},{y(v):.1f}" for k, v in enumerate(index))
        yield f'<polyline points="{points}" fill="none" stroke="{COLOURS[method]}" stroke-width="2"/>'
        yield f'<text x="{x(12):.0f}" y="{TOP + 14 + 18 * n}" fill="{COLOURS[method]}">{words}</text>'
    yield f'<text x="{x(12):.0f}" y="{TOP + 50}" fill="#5b8fb0">rain of each hour</text>'
    yield f'<text x="{LEFT}" y="{TOP - 12}">mm</text>'
    yield f'<text x="{LEFT + ACROSS // 2}" y="{TOP + DOWN + 36}" text-anchor="middle">hours</text>'


def write(name: str, parts: Iterable[str]) -> None:
    """One picture."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">'
    ground = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>'
    page = ROOT / "docs" / "images" / name
    page.write_text("\n".join([head, ground, *parts, "</svg>", ""]), encoding="utf-8")


def main() -> None:
    """Write the pictures."""
    write("soil_water.svg", soil_water())


if __name__ == "__main__":
    main()
