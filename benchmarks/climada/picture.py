"""``python -m benchmarks.climada.picture``: draws ``docs/images/speed.svg`` from ``build/bench/typhoon.json``."""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np

from benchmarks.climada.compare import CLAIMS
from benchmarks.harness import RESULTS, ROOT

PAGE = ROOT / "docs" / "images" / "speed.svg"
WIDTH, HEIGHT, LEFT, TOP, BAR = 760, 190, 210, 40, 26
LEAST, MOST = 0.01, 10.0
"""Seconds at the two ends of the axis."""
COLOURS = ("#7a7a7a", "#2b6cb0", "#b2182b")


def main() -> int:
    """Write the picture; 1 where the run had no peer."""
    records = json.loads((RESULTS / "typhoon.json").read_text(encoding="utf-8"))
    found = {record["claim"]: record for record in records}
    if found[CLAIMS[0]]["ratio"] is None:
        print("the run had no peer: nothing to draw", file=sys.stderr)
        return 1
    PAGE.write_text(draw(found), encoding="utf-8")
    return 0


def draw(found: dict[str, dict[str, Any]]) -> str:
    """Bars of seconds on a logarithmic axis."""
    exact, default = found[CLAIMS[0]], found[CLAIMS[1]]
    bars = [
        (f"{exact['peer']}, H08", exact["peer_value"], ""),
        ("ours, exact float64", exact["value"], f"{exact['ratio']:.0f} times as fast"),
        ("ours, radial tables", default["value"], f"{default['ratio']:.0f} times as fast"),
    ]
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="20">seconds for the peak wind of In-Fa, 0.02°, hourly nodes, one thread</text>',
    ]
    for seconds in (0.01, 0.1, 1.0, 10.0):
        x = across(seconds)
        lines.append(f'<path d="M{x:.0f} {TOP - 8}V{TOP + 112}" stroke="#cccccc"/>')
        lines.append(f'<text x="{x:.0f}" y="{TOP + 130}" text-anchor="middle">{seconds:g} s</text>')
    for n, (name, seconds, words) in enumerate(bars):
        y, x = TOP + 38 * n, across(seconds)
        label = f"{seconds:.3g} s" + (f", {words}" if words else "")
        lines.append(f'<text x="{LEFT - 10}" y="{y + 18}" text-anchor="end">{name}</text>')
        lines.append(f'<rect x="{LEFT}" y="{y}" width="{x - LEFT:.1f}" height="{BAR}" fill="{COLOURS[n]}"/>')
        inside = x > WIDTH - 220
        where = f'x="{x - 8:.0f}" text-anchor="end" fill="white"' if inside else f'x="{x + 8:.0f}"'
        lines.append(f'<text {where} y="{y + 18}">{label}</text>')
    return "\n".join([*lines, "</svg>", ""])


def across(seconds: float) -> float:
    """Place on the axis [px]."""
    share = np.log(seconds / LEAST) / np.log(MOST / LEAST)
    return float(LEFT + share * (WIDTH - LEFT - 30))


if __name__ == "__main__":
    sys.exit(main())
