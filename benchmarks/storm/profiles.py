"""``python -m benchmarks.storm.profiles``: draws ``docs/images/profiles.svg``, every profile of one storm."""

from __future__ import annotations

import numpy as np

from benchmarks.harness import ROOT
from riskmap.hazard.profiles import PROFILES, holland_b

PAGE = ROOT / "docs" / "images" / "profiles.svg"
WIDTH, HEIGHT = 860, 400
LEFT, TOP, ACROSS, DOWN = 50, 40, 560, 300
REACH, MOST = 400.0, 45.0
STORM = {"maximum_wind": 40.0, "radius_of_maximum_wind": 40e3, "latitude": 29.0}
B = holland_b(pressure_deficit=5000.0, gradient_wind=40.0 / 0.9)
OWN = {
    "holland_1980": {"b": B},
    "holland_2008": {"pressure_deficit": 5000.0, "translation_speed": 5.0},
    "holland_2010": {"b": 1.4},
    "tao_2025": {"gale_radius": 220e3},
    "double_holland": {"b": B, "outer_b": 1.3, "outer_maximum_wind": 30.0, "outer_eyewall_radius": 120e3},
}
"""What the formulas take beside the storm: a deficit of 50 hPa, a motion of 5 m/s, gales to 220 km, a second eyewall."""

COLOURS = ("#0072b2", "#56b4e9", "#009e73", "#8c6d31", "#d55e00", "#b2182b", "#cc79a7", "#666666", "#000000")


def main() -> None:
    """Write the picture."""
    km = np.arange(0.0, REACH + 1.0)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<path d="M{LEFT} {TOP}V{TOP + DOWN}H{LEFT + ACROSS}" fill="none" stroke="black"/>',
        f'<text x="{LEFT}" y="{TOP - 14}">m/s: maximum 40 m/s at 40 km, 29 N</text>',
        f'<text x="{LEFT + ACROSS / 2}" y="{TOP + DOWN + 36}" text-anchor="middle">km from the centre</text>',
    ]
    lines += [
        f'<text x="{LEFT + ACROSS * tick / REACH:.0f}" y="{TOP + DOWN + 16}" text-anchor="middle">{tick}</text>'
        for tick in range(0, int(REACH) + 1, 100)
    ]
    lines += [
        f'<text x="{LEFT - 8}" y="{TOP + DOWN * (1 - tick / MOST) + 4:.0f}" text-anchor="end">{tick}</text>'
        for tick in range(0, 41, 10)
    ]
    for n, (name, profile) in enumerate(PROFILES.items()):
        wind = profile.function(1e3 * km, **STORM, **OWN.get(name, {}))
        points = "L".join(
            f"{LEFT + ACROSS * x / REACH:.1f} {TOP + DOWN * (1 - v / MOST):.1f}" for x, v in zip(km, wind)
        )
        lines.append(f'<path d="M{points}" fill="none" stroke="{COLOURS[n]}" stroke-width="1.8"/>')
        lines.append(
            f'<text x="{LEFT + ACROSS + 20}" y="{TOP + 16 + 22 * n}" fill="{COLOURS[n]}">{name.replace("_", " ")}</text>'
        )
    PAGE.write_text("\n".join([*lines, "</svg>", ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
