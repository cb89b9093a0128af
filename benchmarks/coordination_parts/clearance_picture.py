"""``python -m benchmarks.coordination_parts.clearance_picture``: draws ``docs/images/clearance.svg``, an invented county cleared.

Above people out over time and the bound, below the loads of the invented roads; the water is a made-up strip.
"""

from __future__ import annotations

import sys

import numpy as np

from benchmarks.harness import ROOT
from evac.plan.clearance import Clearance, clear
from evac.plan.clearance_page import curve_svg, map_svg
from evac.plan.departures import Departures
from evac.plan.invented_roads import invented_ways
from evac.plan.road_build import build_network
from evac.plan.road_hazards import under_water
from evac.plan.roads import Numbers
from riskmap.grid import Grid
from riskmap.io.region_datum import reference_outlines

PAGE = ROOT / "docs" / "images" / "clearance.svg"
COUNTY, PLACES, SEED = "331082", 120, 4
PEOPLE = 20_000
WIDTH, CURVE = 860, 300


def cleared() -> tuple[Clearance, Numbers]:
    """20,000 people of invented places to two exits in the west, water in the east, and where the exits are."""
    ways = invented_ways(reference_outlines(None)[COUNTY], places=PLACES, seed=SEED)
    network = build_network(ways, source="示例", synthetic=True)
    west, south, east, north = (
        *network.points.min(axis=0), *network.points.max(axis=0),
    )  # fmt: skip
    grid = Grid.from_bounds(
        west=np.floor(west * 50) / 50, south=np.floor(south * 50) / 50, east=np.ceil(east * 50) / 50,
        north=np.ceil(north * 50) / 50, step=0.02,
    )  # fmt: skip
    depth = np.zeros(grid.shape)
    depth[:, -3:] = 0.2
    middle = grid.shape[1] // 2
    depth[grid.shape[0] // 2 :, middle : middle + 2] = 0.6
    wet = under_water(network, depth, grid)
    exits = np.argsort(wet.longitude)[:2]
    rng = np.random.default_rng(SEED)
    node = np.setdiff1d(np.arange(wet.nodes), exits).astype(np.int64)
    people = rng.multinomial(PEOPLE, np.full(len(node), 1 / len(node))).astype(np.int64)
    none = np.zeros(len(node), np.int64)
    done = clear(
        wet,
        Departures(tuple(f"示例{n}" for n in node), node, people, none, none - 1),
        [int(e) for e in exits],
    )
    return done, np.stack([wet.longitude, wet.latitude], axis=1)[exits]


def draw() -> str:
    """The curve over the map, in one picture."""
    done, exits = cleared()
    roads = map_svg(done.network, done.loads(), exits, width=WIDTH)
    height = int(roads.split('viewBox="0 0 ')[1].split('"')[0].split()[1])
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {CURVE + height + 50}" font-family="sans-serif" font-size="14">',
        f'<rect width="{WIDTH}" height="{CURVE + height + 50}" fill="white"/>',
        f'<text x="20" y="22">示例路网 invented roads, 模型 modelled: {done.out:,} of {PEOPLE:,} people out; black squares: exits; dashed red: closed</text>',
        f'<svg y="30" width="{WIDTH}" height="{CURVE}">{curve_svg(done, width=WIDTH, height=CURVE)}</svg>',
        f'<svg y="{CURVE + 40}" width="{WIDTH}" height="{height}">{roads}</svg>',
        "</svg>\n",
    ]).replace("</polyline>", "</polyline>\n")  # fmt: skip


def main() -> int:
    """Write the picture."""
    PAGE.write_text(draw(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
