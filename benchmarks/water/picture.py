"""``python -m benchmarks.water.picture``: draws ``docs/images/flood_speed.svg`` from the table of ``flood_speed.md``.

One bar a claim: how many times better than its goal the run was, on a logarithmic axis.
"""

from __future__ import annotations

import re

import numpy as np

from benchmarks.harness import ROOT
from benchmarks.water.table import PAGE

PICTURE = ROOT / "docs" / "images" / "flood_speed.svg"
ROW = re.compile(
    r"^\| `\w+` \| ([^|]+?)(?:, [^|,]+)? \| ([≥≤]) ([\d.,e-]+)[^|]*\| ([\d.,e-]+)[^|]*\|$", re.MULTILINE
)
WIDTH, LEFT, TOP, BAR, STEP = 760, 330, 44, 16, 22
LEAST, MOST = 0.5, 5000.0
"""Times the goal at the two ends of the axis."""
MET, MISSED = "#2b6cb0", "#b2182b"


def rows(page: str) -> list[tuple[str, float]]:
    """What was measured, and how many times better than its goal.

    Examples
    --------
    >>> rows("| `a` | filling, exact, Mcells/s | ≥ 12 | 39 |")
    [('filling, exact', 3.25)]
    >>> rows("| `b` | surge, s | ≤ 1,500 | 6e2 (x) |")
    [('surge', 2.5)]
    """
    found = []
    for what, sign, *pair in ROW.findall(page):
        goal, value = (float(text.replace(",", "")) for text in pair)
        found.append((what, value / goal if sign == "≥" else goal / value))
    return found


def draw(bars: list[tuple[str, float]]) -> str:
    """The picture."""
    height = TOP + STEP * len(bars) + 30
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        f'<text x="{LEFT}" y="20">times better than the goal</text>',
    ]
    for times in (1.0, 10.0, 100.0, 1000.0):
        x, dark = across(times), "#333333" if times == 1.0 else "#cccccc"
        lines.append(f'<path d="M{x:.0f} {TOP - 8}V{height - 26}" stroke="{dark}"/>')
        lines.append(f'<text x="{x:.0f}" y="{height - 8}" text-anchor="middle">{times:g}</text>')
    for n, (name, times) in enumerate(bars):
        y, ends = TOP + STEP * n, sorted((across(1.0), across(times)))
        lines.append(f'<text x="{LEFT - 40}" y="{y + 13}" text-anchor="end">{name}</text>')
        colour = MET if times >= 1.0 else MISSED
        lines.append(
            f'<rect x="{ends[0]:.1f}" y="{y}" width="{ends[1] - ends[0]:.1f}" height="{BAR}" fill="{colour}"/>'
        )
        lines.append(f'<text x="{ends[1] + 6:.0f}" y="{y + 13}">{times:.3g}</text>')
    return "\n".join([*lines, "</svg>", ""])


def across(times: float) -> float:
    """Place on the axis [px]."""
    share = np.log(min(max(times, LEAST), MOST) / LEAST) / np.log(MOST / LEAST)
    return float(LEFT + share * (WIDTH - LEFT - 60))


if __name__ == "__main__":
    PICTURE.write_text(draw(rows(PAGE.read_text(encoding="utf-8"))), encoding="utf-8")
