"""``python -m benchmarks.slopes.stage_picture``: draws ``docs/images/river_stage.svg``: a flood past one station."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from benchmarks.harness import ROOT
from riskmap.hazard.river_stage import RiverStation, stage_tiers, thresholds
from riskmap.scale import NO_DATA, NO_DATA_COLOUR, Tier

PAGE = ROOT / "docs" / "images" / "river_stage.svg"
STATION = RiverStation("1", "示例站", "示例江", "330902", 122.0, 30.0, "1985", 4.0, 5.0, 6.2, 6.3)
WORDS = ("警戒 - 0.5", "警戒 warning", "保证 guarantee", "堤顶 - 0.3 (below the record)")
LEFT, TOP, ACROSS, DOWN, LOW, HIGH = 60, 30, 500, 180, 3.0, 6.6


def main() -> None:
    """Write the picture."""
    hours = np.arange(48.0)
    level = 3.2 + 2.95 * np.exp(-(((hours - 22.0) / 9.0) ** 2))
    level[30:33] = np.nan  # the gauge was silent
    bounds = thresholds([STATION])
    tier, _ = stage_tiers(level[:, None], bounds)
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 275" font-family="sans-serif" font-size="12">'
    lines = [head, '<rect width="760" height="275" fill="white"/>', *_bounds(bounds[0].tolist())]
    step = ACROSS / len(hours)
    for hour, (metres, code) in enumerate(zip(level, tier[:, 0], strict=True)):
        x = LEFT + step * hour
        colour = NO_DATA_COLOUR if code == NO_DATA else Tier(int(code)).colour
        lines.append(
            f'<rect x="{x:.1f}" y="{TOP + DOWN + 8}" width="{step:.1f}" height="18" fill="{colour}"/>'
        )
        if np.isfinite(metres):
            lines.append(f'<circle cx="{x + step / 2:.1f}" cy="{_y(metres):.1f}" r="2.4" fill="black"/>')
    lines += [
        f'<text x="{LEFT + ACROSS * h / 48:.0f}" y="{TOP + DOWN + 42}" text-anchor="middle">{h} h</text>'
        for h in (0, 12, 24, 36, 48)
    ]
    PAGE.write_text("\n".join([*lines, "</svg>", ""]), encoding="utf-8")


def _bounds(bounds: list[float]) -> Iterable[str]:
    for tier, (bound, words) in enumerate(zip(bounds, WORDS, strict=True), start=1):
        y = _y(bound)
        yield f'<path d="M{LEFT} {y:.1f}H{LEFT + ACROSS}" stroke="{Tier(tier).colour}" stroke-width="2"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{bound:.1f} m</text>'
        yield f'<text x="{LEFT + ACROSS + 8}" y="{y + 4:.1f}">{words}</text>'


def _y(metres: float) -> float:
    return TOP + DOWN * (1.0 - (metres - LOW) / (HIGH - LOW))


if __name__ == "__main__":
    main()
