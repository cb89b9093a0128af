"""``python -m benchmarks.terrain.fill_picture``: the picture of docs/concepts/terrain_fill.md, as SVG."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.harness import ROOT
from riskmap.terrain.breaching import breach_depressions
from riskmap.terrain.depressions import fill_depressions
from riskmap.terrain.flow_direction import flow_direction

ROWS, COLUMNS, CELL = 19, 26, 13
ROAD = 18  # its column
MARGIN, HEAD = 14, 46
STEPS = ((0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1))


def valley() -> Any:
    """A valley that falls to the east, a side hollow, and a road on a bank across it [m]."""
    y, x = np.mgrid[0:ROWS, 0:COLUMNS].astype(float)
    middle = 9 + 2.5 * np.sin(x / 5)
    z = 12 - 0.12 * x + 0.9 * np.abs(y - middle)
    z -= 2.5 * np.exp(-((y - 4) ** 2 + (x - 7) ** 2) / 4)
    z += 0.5 * np.maximum(8 - x, 0)
    z[:, ROAD] = np.maximum(z[:, ROAD], 12.6)
    return np.round(z, 2)


def draw() -> str:
    """SVG text: filled, breached, and the directions on the filled ground."""
    z = valley()
    filled = fill_depressions(z)
    dug = breach_depressions(z, max_length=8, max_depth=6.0, fill=False).surface
    wide, tall = COLUMNS * CELL, ROWS * CELL
    across, down = 3 * wide + 4 * MARGIN, HEAD + tall + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {across} {down}" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="{across}" height="{down}" fill="white"/>',
        '<defs><marker id="tip" markerWidth="4" markerHeight="4" refX="2.6" refY="2" orient="auto">'
        '<path d="M0,0 L4,2 L0,4 z" fill="#222"/></marker></defs>',
    ]
    titles = (
        f"Filled: {np.count_nonzero(filled > z)} cells raised (blue)",
        f"Breached: {np.count_nonzero(dug < z)} cells dug (red)",
        "Directions on the filled ground",
    )
    codes = flow_direction(filled)
    for n, title in enumerate(titles):
        left = MARGIN + n * (wide + MARGIN)
        parts.append(f'<text x="{left}" y="{HEAD - 12}">{title}</text>')
        road = left + (ROAD + 0.5) * CELL
        for i, j in np.ndindex(z.shape):
            depth = filled[i, j] - z[i, j] if n != 1 else 0.0
            ditch = z[i, j] - dug[i, j] if n == 1 else 0.0
            x, y = left + j * CELL, HEAD + i * CELL
            colour = _colour(z[i, j], depth, ditch)
            parts.append(f'<rect x="{x}" y="{y}" width="{CELL}" height="{CELL}" fill="{colour}"/>')
            if n == 2:
                parts.append(_arrow(x + CELL / 2, y + CELL / 2, int(codes[i, j])))
        parts.append(
            f'<line x1="{road}" y1="{HEAD}" x2="{road}" y2="{HEAD + tall}" stroke="#555" stroke-dasharray="2 3"/>'
        )
        parts.append(
            f'<text x="{road}" y="{HEAD - 1}" font-size="9" text-anchor="middle">road on a bank</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


def _colour(height: float, depth: float, ditch: float) -> str:
    share = (height - 7.0) / 12.0
    ground = np.array([150, 170, 110]) + share * np.array([90, 65, 110])
    if depth > 0:
        ground = np.array([150, 190, 225]) - min(depth / 4.0, 1.0) * np.array([90, 90, 60])
    if ditch > 0:
        ground = np.array([200, 40, 30])
    r, g, b = np.clip(ground, 0, 255).astype(int)
    return f"#{r:02x}{g:02x}{b:02x}"


def _arrow(x: float, y: float, code: int) -> str:
    down, right = STEPS[code.bit_length() - 1]
    dx, dy = 0.38 * CELL * right, 0.38 * CELL * down
    return (
        f'<line x1="{x - dx:.1f}" y1="{y - dy:.1f}" x2="{x + dx:.1f}" y2="{y + dy:.1f}" '
        'stroke="#222" stroke-width="1" marker-end="url(#tip)"/>'
    )


if __name__ == "__main__":
    (ROOT / "docs" / "images" / "terrain_fill.svg").write_text(draw(), encoding="utf-8")
