"""``python -m benchmarks.ensembles.picture``: draws the two maps of docs/concepts/ensembles.md by hand as SVG.

``docs/images/ensembles.svg``: left, made members around the demo's forecast of In-Fa; right, the bundled ensemble.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from benchmarks.ensembles.spread import own_analysis
from benchmarks.harness import ROOT
from benchmarks.surface.inland import mainland
from riskmap.ensemble import make_members, simulate_forecast
from riskmap.grid import Grid
from riskmap.io.bundled import bundled
from riskmap.io.members import meps_issue_times, read_meps
from riskmap.io.rule_files import read_rules
from riskmap.io.tracks import read_track
from riskmap.members import Ensemble
from riskmap.probability import strike_probability, wind_probability
from riskmap.rules import HazardRule
from riskmap.track import complete, hold_radii, interpolate, to_averaging_period

PAGE = ROOT / "docs" / "images" / "ensembles.svg"
CLASSES = ((0.1, "#fee8c8"), (0.3, "#fdbb84"), (0.5, "#fc8d59"), (0.7, "#e34a33"), (0.9, "#b30000"))
SIZE, TOP, GAP = 360, 44, 30

IN_FA_ISSUED = datetime(2021, 7, 24, 4, 30, tzinfo=UTC)
IN_FA_HOURS, MEMBERS, SEED, FORECAST_SEED = 48, 50, 1, 12
IN_FA_GRID = Grid.from_bounds(west=117, south=26.5, east=125, north=33, step=0.1)
FORCE_10 = 2
"""Index of the tier that force 10 stands for."""

MEPS_STORM, MEPS_ISSUED, MEPS_HOURS = "NEPARTAK", datetime(2021, 7, 26, tzinfo=UTC), 39
MEPS_GRID = Grid.from_bounds(west=136.5, south=32, east=150.5, north=42, step=0.1)


def in_fa() -> tuple[xr.Dataset, Ensemble, xr.DataArray]:
    """The best track, members made around the demo's forecast, and the chance of force 10 over open water."""
    best = read_track(bundled("tracks/jma_bst_zhejiang_2015_2021.txt"), format="jma", storm="2106")
    best = complete(to_averaging_period(best, 120))
    forecast = simulate_forecast(
        hold_radii(best, IN_FA_ISSUED),
        issued_at=IN_FA_ISSUED,
        hours=IN_FA_HOURS,
        rng=np.random.default_rng(FORECAST_SEED),
    )
    members = make_members(
        forecast, issued_at=IN_FA_ISSUED, hours=IN_FA_HOURS, count=MEMBERS, seed=SEED, land=mainland()
    )
    open_water = np.ones(IN_FA_GRID.shape)
    chances = wind_probability(
        members, IN_FA_GRID, _hours(IN_FA_ISSUED, IN_FA_HOURS), rule=mean_wind_only(), mean_factor=open_water,
        gust_factor=open_water,
    )  # fmt: skip
    return best, members, chances["probability"].isel(tier=FORCE_10)


def mean_wind_only() -> HazardRule:
    """The rule of the wind without its gusts: its third tier is force 10."""
    rule = read_rules()["wind"]
    return HazardRule(
        **{**vars(rule), "metrics": tuple(m for m in rule.metrics if m.variable == "wind_speed")}
    )


def _hours(issued_at: datetime, count: int) -> list[datetime]:
    return [issued_at + timedelta(hours=h) for h in range(count + 1)]


def main() -> None:
    """Write the picture."""
    best, made, force_10 = in_fa()
    found = {(MEPS_STORM, at): read_meps(MEPS_STORM, issued_at=at) for at in meps_issue_times(MEPS_STORM)}
    meps = found[MEPS_STORM, MEPS_ISSUED]
    strike = strike_probability(meps, MEPS_GRID, _hours(MEPS_ISSUED, MEPS_HOURS))
    analysis = own_analysis(found)
    times = [np.datetime64(int(t.timestamp()), "s") for t in _hours(MEPS_ISSUED, MEPS_HOURS)[::6]]
    truth = [place for time in times if (place := analysis(MEPS_STORM, time)) is not None]
    at = interpolate(best, _hours(IN_FA_ISSUED, IN_FA_HOURS))
    own = list(zip(at["latitude"].values, at["longitude"].values))
    left = _Map(IN_FA_GRID, 40)
    right = _Map(MEPS_GRID, 40 + SIZE + GAP + 40)
    width, height = right.left + SIZE + 20, TOP + max(left.height, right.height) + 70
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height:.0f}" font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height:.0f}" fill="white"/>',
        *left.draw(
            "In-Fa: force 10 over open water within 48 h, 50 made members",
            force_10.values,
            made,
            own,
            land=True,
        ),
        *right.draw("Nepartak: centre within 120 km, 39 h, 21 real members", strike.values, meps, truth),
        *_legend(40, height - 24),
        "</svg>",
        "",
    ]
    PAGE.write_text("\n".join(parts), encoding="utf-8")


def _legend(left: int, foot: float) -> Iterator[str]:
    for k, (bound, colour) in enumerate(CLASSES):
        yield f'<rect x="{left + 98 * k}" y="{foot - 10:.0f}" width="14" height="12" fill="{colour}"/>'
        yield f'<text x="{left + 98 * k + 18}" y="{foot:.0f}">{bound:.0%} or more</text>'
    x = left + 98 * len(CLASSES)
    yield f'<path d="M{x} {foot - 4:.0f}h24" stroke="#333" stroke-width=".6"/><text x="{x + 28}" y="{foot:.0f}">member</text>'
    yield f'<path d="M{x + 84} {foot - 4:.0f}h24" stroke="#0050b0" stroke-width="2.5"/>'
    yield f'<text x="{x + 112}" y="{foot:.0f}">truth</text>'


class _Map:
    """One panel on a grid, at ``left`` pixels."""

    def __init__(self, grid: Grid, left: int) -> None:
        self.grid, self.left = grid, left
        west, south, east, north = grid.bounds
        self.scale = SIZE / (east - west)
        self.up = self.scale / float(np.cos(np.radians((south + north) / 2)))
        self.height = self.up * (north - south)

    def x(self, longitude: Any) -> Any:
        return self.left + (longitude - self.grid.bounds[0]) * self.scale

    def y(self, latitude: Any) -> Any:
        return TOP + (self.grid.bounds[3] - latitude) * self.up

    def draw(
        self, title: str, chance: NDArray[np.float32], ensemble: Ensemble, truth: list[tuple[float, float]], *,
        land: bool = False,
    ) -> Iterator[str]:  # fmt: skip
        """Chances as runs of cells, members as thin lines, the truth as a thick one."""
        clip, box = f"clip{self.left}", f'x="{self.left}" y="{TOP}" width="{SIZE}" height="{self.height:.0f}"'
        yield f'<text x="{self.left}" y="{TOP - 14}" font-size="13">{title}</text>'
        yield f'<clipPath id="{clip}"><rect {box}/></clipPath><g clip-path="url(#{clip})">'
        yield from self._cells(chance)
        if land:
            yield from self._counties()
        for member in ensemble.members:
            yield self._line(zip(member["latitude"].values, member["longitude"].values), "#333", 0.6)
        yield self._line(truth, "#0050b0", 2.5)
        yield "</g>"
        yield f'<rect {box} fill="none" stroke="black"/>'
        west, south, east, north = self.grid.bounds
        for degree in range(int(np.ceil(west)), int(east) + 1, 2):
            yield f'<text x="{self.x(degree):.0f}" y="{TOP + self.height + 15:.0f}" text-anchor="middle">{degree}°E</text>'
        for degree in range(int(np.ceil(south)), int(north) + 1, 2):
            yield f'<text x="{self.left - 4}" y="{self.y(degree) + 4:.0f}" text-anchor="end">{degree}°N</text>'

    def _cells(self, chance: NDArray[np.float32]) -> Iterator[str]:
        kind = np.digitize(chance, [bound for bound, _ in CLASSES])
        step_x, step_y = self.scale * self.grid.transform.a, -self.up * self.grid.transform.e
        for row, values in enumerate(kind):
            column = 0
            for k, run in groupby(values):
                width = len(list(run))
                if k:
                    yield (
                        f'<rect x="{self.left + column * step_x:.1f}" y="{TOP + row * step_y:.1f}" '
                        f'width="{width * step_x + 0.3:.1f}" height="{step_y + 0.3:.1f}" fill="{CLASSES[k - 1][1]}"/>'
                    )
                column += width

    def _counties(self) -> Iterator[str]:
        path = bundled("admin/zhejiang_province_simple.geojson")
        for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
            shape = feature["geometry"]
            rings = (
                shape["coordinates"]
                if shape["type"] == "Polygon"
                else [r for p in shape["coordinates"] for r in p]
            )
            for ring in rings:
                if len(ring) > 12:  # smaller islands are dots at this scale
                    yield self._line(((lat, lon) for lon, lat in ring), "#666", 0.7)

    def _line(self, places: Any, colour: str, width: float) -> str:
        points = " ".join(f"{self.x(lon):.1f},{self.y(lat):.1f}" for lat, lon in places)
        return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{width}"/>'


if __name__ == "__main__":
    main()
