"""``python -m benchmarks.slopes.pool_picture``: draws ``docs/images/reservoir.svg``: a flood through a reservoir."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from benchmarks.harness import ROOT
from riskmap.hazard.reservoir import level_pool, weir_discharge
from riskmap.scale import Tier

PAGE = ROOT / "docs" / "images" / "reservoir.svg"
LEVELS = {"汛限": 100.0, "汛限-设计之半": 102.0, "设计": 104.0, "校核": 106.0}
LEFT, ACROSS, DOWN = 60, 620, 120


def main() -> None:
    """Write the picture."""
    hours = np.arange(0.0, 48.5, 0.5)
    inflow = 20.0 + 580.0 * np.exp(-(((hours - 16.0) / 6.0) ** 2))
    level = np.arange(98.0, 107.5, 0.25)
    storage = 8e6 + 1.2e6 * (level - 98.0) + 1.5e5 * (level - 98.0) ** 2
    found = level_pool(
        inflow, 1800.0, level=level, storage=storage, start=99.0,
        outflow=weir_discharge(level - 100.0, width=14.0, coefficient=2.0),
    )  # fmt: skip
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 340" font-family="sans-serif" font-size="12">'
    lines = [head, '<rect width="760" height="340" fill="white"/>']
    lines += _panel(
        30, "m³/s: inflow (grey), outflow (blue)", 0, 640, ((inflow, "#777777"), (found.outflow, "#1f77b4"))
    )
    lines += _panel(190, "level, m", 98, 107, ((found.level, "#000000"),))
    for tier, (words, bound) in zip((Tier.BLUE, Tier.YELLOW, Tier.ORANGE, Tier.RED), LEVELS.items()):
        y = 190 + DOWN * (1 - (bound - 98) / 9)
        lines.append(f'<path d="M{LEFT} {y:.1f}H{LEFT + ACROSS}" stroke="{tier.colour}" stroke-width="2"/>')
        lines.append(f'<text x="{LEFT + ACROSS - 4}" y="{y - 4:.1f}" text-anchor="end">{words}</text>')
    for hour in (0, 12, 24, 36, 48):
        lines.append(
            f'<text x="{LEFT + ACROSS * hour / 48:.0f}" y="328" text-anchor="middle">{hour} h</text>'
        )
    PAGE.write_text("\n".join([*lines, "</svg>", ""]), encoding="utf-8")


def _panel(
    top: int, words: str, low: float, high: float, curves: Iterable[tuple[np.ndarray, str]]
) -> Iterable[str]:
    yield f'<path d="M{LEFT} {top}V{top + DOWN}H{LEFT + ACROSS}" fill="none" stroke="black"/>'
    yield f'<text x="{LEFT}" y="{top - 8}">{words}</text>'
    for value in (low, high):
        yield f'<text x="{LEFT - 6}" y="{top + DOWN * (1 - (value - low) / (high - low)) + 4:.0f}" text-anchor="end">{value:g}</text>'
    for values, colour in curves:
        x = LEFT + ACROSS * np.arange(len(values)) / (len(values) - 1)
        y = top + DOWN * (1 - (values - low) / (high - low))
        points = "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y))
        yield f'<path d="M{points}" fill="none" stroke="{colour}" stroke-width="1.6"/>'


if __name__ == "__main__":
    main()
