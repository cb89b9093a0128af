"""The picture of docs/concepts/decay.md, written by hand as SVG: winds inland over hours, and three formulas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.decay_fit.cases import LONGEST, THRESHOLD, Case
from riskmap.averaging import convert
from riskmap.decay import KAPLAN_DEMARIA_PERIOD, kaplan_demaria_1995, kaplan_demaria_2001, zhejiang_decay

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 480, 60, 20, 96, 50
LEGEND = 20
"""Height of a line of the legend, above the axes."""

MOST = 1.05
"""Share of the landfall wind at the top of the axis."""

EXAMPLE = 35.0
"""[m s-1], 10-min: the landfall wind of the curves; weaker storms lie higher, stronger ones lower."""


def draw(cases: Sequence[Case], *, period: int) -> str:
    """SVG text: every fix as a share of its landfall wind, and the formulas for a landfall at 35 m/s."""
    hours = np.arange(0.0, LONGEST + 0.1, 1.0)
    one_minute = convert(EXAMPLE, period=period, to=KAPLAN_DEMARIA_PERIOD)
    theirs = {
        "Kaplan and DeMaria (1995)": ("#0072b2", kaplan_demaria_1995),
        "Kaplan and DeMaria (2001), New England": ("#999999", kaplan_demaria_2001),
    }
    curves = {"fitted on Zhejiang's landfalls": ("#d55e00", zhejiang_decay(EXAMPLE, hours))}
    for name, (colour, decay) in theirs.items():
        wind = convert(decay(one_minute, hours), period=KAPLAN_DEMARIA_PERIOD, to=period)
        curves[name] = (colour, wind)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        *_axes(),
        *(mark for case in cases for mark in _marks(case)),
    ]
    for row, (name, (colour, wind)) in enumerate(curves.items()):
        points = " ".join(f"{_x(t):.1f},{_y(v):.1f}" for t, v in zip(hours, wind / EXAMPLE))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="3"/>')
        parts.append(f'<text x="{LEFT}" y="{LEGEND * (row + 1)}" fill="{colour}">{name}</text>')
    below = LEGEND * (len(curves) + 1)
    parts.append(
        f'<text x="{LEFT}" y="{below}">dots: reported; triangles: under 35 kt, somewhere below</text>'
    )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _x(hours: Any) -> Any:
    return LEFT + hours / LONGEST * (WIDTH - LEFT - RIGHT)


def _y(share: Any) -> Any:
    return HEIGHT - BOTTOM - share / MOST * (HEIGHT - TOP - BOTTOM)


def _axes() -> list[str]:
    foot, middle = HEIGHT - BOTTOM + 18, (TOP + HEIGHT - BOTTOM) // 2
    return [
        f'<path d="M{LEFT} {TOP}V{HEIGHT - BOTTOM}H{WIDTH - RIGHT}" fill="none" stroke="black"/>',
        *(
            f'<text x="{_x(hours):.0f}" y="{foot}" text-anchor="middle">{hours}</text>'
            for hours in range(0, int(LONGEST) + 1, 6)
        ),
        *(
            f'<text x="{LEFT - 8}" y="{_y(share) + 4:.0f}" text-anchor="end">{share:.1f}</text>'
            for share in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
        ),
        f'<text x="{(LEFT + WIDTH - RIGHT) // 2}" y="{HEIGHT - 10}" text-anchor="middle">hours inland</text>',
        f'<text transform="translate(18 {middle}) rotate(-90)" text-anchor="middle">'
        "10-min wind / landfall wind</text>",
    ]


def _marks(case: Case) -> list[str]:
    marks = []
    for hours, wind in zip(case.hours, case.wind):
        seen = np.isfinite(wind)
        x, y = _x(hours), _y((wind if seen else THRESHOLD) / case.landfall_wind)
        marks.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="#333" fill-opacity=".6"/>'
            if seen
            else f'<path d="M{x - 3.5:.1f} {y:.1f}h7l-3.5 6z" fill="none" stroke="#666"/>'
        )
    return marks
