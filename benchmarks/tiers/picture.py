"""``python -m benchmarks.tiers.picture``: draws ``docs/images/tiers.svg``, how cells become the colour of a county.

Three panels: the graded cells of one county, the same cells laid side by side from the worst on, and its townships (made).
The wind is made too; outline, rule and aggregation are the real ones.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np

from benchmarks.harness import ROOT
from benchmarks.tiers.townships import made_townships
from riskmap import bundled, read_regions, read_rules
from riskmap.aggregate import fill_cells, residents
from riskmap.assessment import empty_table
from riskmap.grid import Grid
from riskmap.scale import NO_DATA_COLOUR, Tier
from riskmap.severity import CellSeverity, grade
from riskmap.zonal import zonal_weights

PICTURE = ROOT / "docs" / "images" / "tiers.svg"
COUNTY = "330902"
STEP, SIDE, GAP, TOP = 0.01, 250, 30, 54


def draw() -> str:
    """The picture."""
    county = next(
        r for r in read_regions(bundled("admin/zhejiang_district_simple.geojson")) if r.code == COUNTY
    )
    west, south, east, north = county.geometry.bounds
    low = np.floor(np.array([west, south]) / STEP) * STEP
    high = np.ceil(np.array([east, north]) / STEP) * STEP
    grid = Grid.from_bounds(west=low[0], south=low[1], east=high[0], north=high[1], step=STEP)
    towns = made_townships([county], count=14, seed=3)
    rule, regions = read_rules()["wind"], (county, *towns)
    weights = zonal_weights(regions, grid)
    cells = grade(_wind(grid), rule)
    table = empty_table(["wind"], [datetime(2021, 7, 25, tzinfo=UTC)], [r.code for r in regions])
    fill_cells(table, 0, 0, cells, rule, weights, residents(regions))
    tiers, shares = table["tier"].values[0, 0], table["area_share"].values[0, 0]
    wide = (SIDE + GAP) * 3 + GAP
    tall = TOP + SIDE + 74
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {tall}" font-family="sans-serif" font-size="13">',
        f'<rect width="{wide}" height="{tall}" fill="white"/>',
    ]
    titles = ("cells by the rule · 格点", "the worst first · 由重到轻", "townships, made · 乡镇(示意)")
    for n, title in enumerate(titles):
        parts.append(f'<text x="{GAP + n * (SIDE + GAP)}" y="30" font-weight="bold">{n + 1} {title}</text>')
    place = _Place(grid, GAP)
    parts += [*_cells(grid, cells, weights, place), _outline(county.geometry, place, "none", 2.0)]
    parts += _bar(cells, weights, GAP * 2 + SIDE, rule.unit_area_share)
    third = _Place(grid, GAP * 3 + SIDE * 2)
    for town, tier in zip(towns, tiers[1:], strict=True):
        parts.append(_outline(town.geometry, third, _colour(int(tier)), 0.8))
    parts.append(_outline(county.geometry, third, "none", 2.0))
    found = Tier(int(tiers[0]))
    words = f"{found.english} {found.chinese}: {shares[0]:.0%} of the area at {found.english} or worse; the rule asks {rule.unit_area_share:.0%}"
    parts += _legend(tall, words)
    return "\n".join([*parts, "</svg>", ""])


def _wind(grid: Grid) -> dict[str, np.ndarray]:
    """A made wind that grows to the south-east, calm gusts."""
    y, x = np.mgrid[: grid.shape[0], : grid.shape[1]] / max(grid.shape)
    wind = (8.0 + 27.0 * (0.75 * x + 0.35 * y) ** 2.2 + 1.5 * np.sin(9 * x + 5 * y)).astype(np.float32)
    return {"wind_speed": wind, "wind_speed_of_gust": np.zeros_like(wind)}


class _Place:
    """Degrees to the pixels of a panel."""

    def __init__(self, grid: Grid, left: float) -> None:
        west, south, east, north = grid.bounds
        cosine = float(np.cos(np.radians((south + north) / 2)))
        self.scale = SIDE / max((east - west) * cosine, north - south)
        self.left, self.west, self.north, self.cosine = left, west, north, cosine

    def at(self, x: float, y: float) -> tuple[float, float]:
        return (
            self.left + (x - self.west) * self.cosine * self.scale,
            TOP + (self.north - y) * self.scale,
        )


def _colour(tier: int) -> str:
    return NO_DATA_COLOUR if tier < 0 else Tier(tier).colour


def _cells(grid: Grid, cells: CellSeverity, weights: Any, place: _Place) -> list[str]:
    mine = weights.cell[: weights.start[1]]
    tiers, out = cells.tiers(), []
    wide, tall = STEP * place.cosine * place.scale, STEP * place.scale
    for cell in mine:
        row, column = divmod(int(cell), grid.shape[1])
        x, y = place.at(grid.longitude[column] - STEP / 2, grid.latitude[row] + STEP / 2)
        out.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide + 0.1:.1f}" height="{tall + 0.1:.1f}" fill="{_colour(int(tiers[cell]))}"/>'
        )
    return out


def _outline(geometry: Any, place: _Place, fill: str, width: float) -> str:
    from shapely import get_parts, get_rings

    path = []
    for part in get_parts(geometry):
        for ring in get_rings(part):
            points = [place.at(x, y) for x, y in ring.coords]
            path.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z")
    return (
        f'<path d="{"".join(path)}" fill="{fill}" stroke="#222" stroke-width="{width}" fill-rule="evenodd"/>'
    )


def _bar(cells: CellSeverity, weights: Any, left: float, share: float) -> list[str]:
    """The county's area from its worst cell on, with the place where the rule's share is reached."""
    mine = slice(0, int(weights.start[1]))
    tiers, area = cells.tiers()[weights.cell[mine]], weights.area[mine] / weights.area[mine].sum()
    out, done = [], 0.0
    for tier in range(4, -1, -1):
        part = float(area[tiers == tier].sum())
        if part > 0:
            out.append(
                f'<rect x="{left}" y="{TOP + done * SIDE:.1f}" width="90" height="{part * SIDE:.1f}" fill="{_colour(tier)}" stroke="#222" stroke-width="0.8"/>'
            )
            word = Tier(tier).english
            out.append(
                f'<text x="{left + 100}" y="{TOP + (done + part / 2) * SIDE + 5:.1f}">{part:.1%} {word}</text>'
            )
            done += part
    y = TOP + share * SIDE
    out.append(
        f'<path d="M{left - 8} {y:.1f}H{left + 98}" stroke="#222" stroke-width="2" stroke-dasharray="5 3"/>'
    )
    out.append(
        f'<text x="{left + 175}" y="{y + 5:.1f}">{share:.0%}: the county</text><path d="M{left + 98} {y:.1f}H{left + 171}" stroke="#222" stroke-width="0.8"/>'
    )
    return out


def _legend(tall: int, words: str) -> list[str]:
    out = [f'<text x="{GAP}" y="{tall - 40}">{words}</text>']
    x = GAP
    for tier in (4, 3, 2, 1, 0, -1):
        name = "no data 无数据" if tier < 0 else f"{Tier(tier).english} {Tier(tier).chinese}"
        out.append(
            f'<rect x="{x}" y="{tall - 26}" width="14" height="14" fill="{_colour(tier)}" stroke="#222" stroke-width="0.6"/>'
        )
        out.append(f'<text x="{x + 19}" y="{tall - 14}">{name}</text>')
        x += 110
    return out


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
