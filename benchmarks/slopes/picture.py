"""``python -m benchmarks.slopes.picture``: draws ``docs/images/landslide.svg``: safety against slope, and the lookup."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from benchmarks.harness import ROOT
from riskmap.hazard.landslide.stability import factor_of_safety
from riskmap.io.landslide_table import read_landslide_rules
from riskmap.scale import Tier

PAGE = ROOT / "docs" / "images" / "landslide.svg"
WIDTH, HEIGHT = 760, 330
LEFT, TOP, ACROSS, DOWN = 50, 30, 260, 250
WETNESS = ((0.0, "#b2182b", "dry"), (0.5, "#e08214", "half full"), (1.0, "#1f77b4", "full of water"))
CELL = 21


def main() -> None:
    """Write the picture."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">'
    ground = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>'
    PAGE.write_text("\n".join([head, ground, *_safety(), *_lookup(), "</svg>", ""]), encoding="utf-8")


def _safety() -> Iterable[str]:
    """Factor of safety of 1.5 m of soil, 3 kPa, 32 degrees, against slope."""
    yield f'<path d="M{LEFT} {TOP}V{TOP + DOWN}H{LEFT + ACROSS}" fill="none" stroke="black"/>'
    for degrees in (10, 20, 30, 40, 50):
        yield f'<text x="{_x(degrees):.0f}" y="{TOP + DOWN + 16}" text-anchor="middle">{degrees}°</text>'
    for value in (0, 1, 2, 3):
        yield f'<text x="{LEFT - 8}" y="{_y(value) + 4:.0f}" text-anchor="end">{value}</text>'
    yield f'<path d="M{LEFT} {_y(1):.1f}H{LEFT + ACROSS}" stroke="#888888" stroke-dasharray="4 3"/>'
    yield f'<text x="{LEFT}" y="{TOP - 12}">factor of safety against slope</text>'
    slopes = np.linspace(8.0, 50.0, 120)
    for n, (wet, colour, words) in enumerate(WETNESS):
        found = factor_of_safety(slopes, 1.5, 3e3, 32.0, soil_weight=18e3, saturated_weight=20e3, wetness=wet)
        points = "L".join(f"{_x(s):.1f} {_y(f):.1f}" for s, f in zip(slopes, found) if f <= 3.0)
        yield f'<path d="M{points}" fill="none" stroke="{colour}" stroke-width="1.6"/>'
        yield f'<text x="{LEFT + 160}" y="{TOP + 16 + 16 * n}" fill="{colour}">{words}</text>'


def _lookup() -> Iterable[str]:
    """The grade table as colours: one block a wetness, rain down, susceptibility across."""
    table = read_landslide_rules().table
    rows = ("&lt; 100 mm", "100-200", "200-400", "≥ 400")
    for wet, words in enumerate(("no rain day before", "1-2 days", "more than 2")):
        x0, y0 = 430 + 110 * wet, TOP + 50
        yield f'<text x="{x0}" y="{y0 - 10}">{words}</text>'
        for rain, name in enumerate(rows):
            if wet == 0:
                yield f'<text x="{x0 - 8}" y="{y0 + CELL * rain + 15}" text-anchor="end">{name}</text>'
            for susceptibility in range(5):
                colour = Tier(int(table[rain, wet, susceptibility]) - 1).colour
                yield f'<rect x="{x0 + (CELL - 3) * susceptibility}" y="{y0 + CELL * rain}" width="{CELL - 3}" height="{CELL}" fill="{colour}" stroke="white"/>'
        yield f'<text x="{x0}" y="{y0 + 4 * CELL + 16}">low → high</text>'
    yield f'<text x="350" y="{TOP - 12}">rain of 24 h, wetness of the ground, susceptibility → grade</text>'


def _x(degrees: float) -> float:
    return LEFT + ACROSS * degrees / 50.0


def _y(value: float) -> float:
    return TOP + DOWN * (1.0 - value / 3.0)


if __name__ == "__main__":
    main()
