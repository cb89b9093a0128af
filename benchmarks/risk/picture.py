"""``python -m benchmarks.risk.picture out/in-fa``: draws ``docs/images/risk.svg`` from a published run: tiers, people, index."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.harness import ROOT
from riskmap.io.published import read_assessment
from riskmap.scale import NO_DATA_COLOUR, Tier

PAGE = ROOT / "docs" / "images" / "risk.svg"
WIDE, HIGH, WEST, NORTH, SCALE = 300, 300, 117.9, 31.3, 62.0
RAMP = ("#f7f4f9", "#e0d3e8", "#c4a6cf", "#a175b5", "#7b4397", "#54186f")
"""No colour of the five tiers: an index is no warning."""


def main(arguments: list[str]) -> int:
    """Write the picture of the run in a folder."""
    if len(arguments) != 1:
        print("name the folder of a published run", file=sys.stderr)
        return 2
    PAGE.write_text(draw(Path(arguments[0])), encoding="utf-8")
    return 0


def draw(folder: Path) -> str:
    """Three maps: published tiers, residents at orange or worse, risk index."""
    assessment = read_assessment(folder)
    table = csv.DictReader((folder / "risk.csv").read_text(encoding="utf-8-sig").splitlines())
    risk = {row["region"]: row for row in table}
    tier = {r.code: int(t) for r, t in zip(assessment.regions, assessment.published_worst, strict=True)}
    shapes = {r.code: _path(r.geometry) for r in assessment.regions}
    most = max(float(row["people_orange"] or 0) for row in risk.values()) or 1.0

    def ramp(value: str, full: float) -> str:
        if not value:
            return NO_DATA_COLOUR
        return RAMP[min(int(float(value) / full * len(RAMP)), len(RAMP) - 1)]

    maps: list[tuple[str, Callable[[str], str]]] = [
        ("hazard: published tier 等级", lambda code: Tier(tier[code]).colour if tier[code] >= 0 else NO_DATA_COLOUR),
        (f"people at orange or worse, 0 to {most / 1e6:.1f} million 人口", lambda code: ramp(risk[code]["people_orange"], most)),
        ("risk index, 0 to 100 指数", lambda code: ramp(risk[code]["risk_index"], 100.0)),
    ]  # fmt: skip
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {3 * WIDE} {HIGH + 40}" font-family="sans-serif" font-size="13">',
        f'<rect width="{3 * WIDE}" height="{HIGH + 40}" fill="white"/>',
        "<defs>",
        *(f'<path id="c{code}" d="{shape}"/>' for code, shape in shapes.items()),
        "</defs>",
    ]
    for n, (title, colour) in enumerate(maps):
        lines.append(f'<g transform="translate({n * WIDE} 30)" stroke="#555" stroke-width="0.4">')
        lines += [f'<use href="#c{code}" fill="{colour(code)}"/>' for code in shapes]
        lines.append(f'</g><text x="{n * WIDE + 8}" y="20">{title}</text>')
    return "\n".join([*lines, "</svg>", ""])


def _path(geometry: object) -> str:
    """Outline in the picture's own units, small parts left out."""
    from shapely import get_parts, simplify

    parts = [p for p in get_parts(simplify(geometry, 0.01)) if p.area > 3e-4]
    found = []
    for part in parts:
        points = [(0.86 * SCALE * (x - WEST), SCALE * (NORTH - y)) for x, y in part.exterior.coords]
        found.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z")
    return "".join(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
