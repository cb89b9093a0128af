"""Bars of the error by method, as SVG."""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.verification.page import LABELS, all_storms
from riskmap.verify import METHODS

WIDTH, LEFT, TOP, STEP = 760, 180, 40, 34
COLOURS = ("#1f77b4", "#e08214")
MOST = 360.0
"""Right edge [km]."""


def picture() -> str:
    """Mean absolute error over every reported radius, 13 storms, by method and threshold."""
    height = TOP + STEP * len(METHODS) + 40
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="12">',
            f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
            *_axis(height),
            *(bar for n, method in enumerate(METHODS) for bar in _bars(n, method)),
            "</svg>",
            "",
        ]
    )


def _x(km: float) -> float:
    return LEFT + (WIDTH - LEFT - 60) * km / MOST


def _axis(height: int) -> Iterable[str]:
    for km in range(0, int(MOST) + 1, 60):
        yield f'<path d="M{_x(km):.0f} {TOP - 6}V{height - 34}" stroke="#dddddd"/>'
        yield f'<text x="{_x(km):.0f}" y="{height - 18}" text-anchor="middle">{km}</text>'
    yield f'<text x="{_x(0.5 * MOST):.0f}" y="{height - 3}" text-anchor="middle">mean absolute error, km</text>'
    for n, (label, colour) in enumerate(zip(LABELS, COLOURS, strict=True)):
        yield f'<text x="{LEFT + 120 * n}" y="20" fill="{colour}">radius of {label}</text>'


def _bars(n: int, method: str) -> Iterable[str]:
    y = TOP + STEP * n
    yield f'<text x="{LEFT - 8}" y="{y + 18}" text-anchor="end">{method}</text>'
    for k, (one, colour) in enumerate(zip(all_storms(method), COLOURS, strict=True)):
        km = one.mean_absolute_error_all / 1e3
        yield f'<rect x="{LEFT}" y="{y + 2 + 13 * k}" width="{_x(km) - LEFT:.1f}" height="11" fill="{colour}"/>'
        yield f'<text x="{_x(km) + 4:.1f}" y="{y + 12 + 13 * k}" fill="#444444">{km:.0f}</text>'
