# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 从等级到转移 · From tiers to an evacuation
#
# Typhoon In-Fa (烟花, July 2021) over Zhoushan on coarse cells, then one county: who must move, to which shelter, by which
# road, and how long it takes. About a quarter of a minute. 演练 SYNTHETIC: the tiers are modelled; people, shelters, roads and
# the flooded area are invented. A plan is a proposal: 转移指令 are given by 县级人民政府或防指.

# %%
import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
from IPython.display import HTML, Image
from shapely.geometry import Point

import riskmap
from evac import (
    MemoryStore,
    MoveStep,
    Shelter,
    Zone,
    allocate,
    by_road,
    clear,
    departures_at,
    homes_of,
    judge_shelters,
    make_plan,
    plot_out,
    read_roads,
    registered,
    roster_rows,
    routes,
    synthetic_roster,
    unplaced,
)
from evac.plan.homes import Facility
from evac.plan.invented_roads import invented_ways, ways_geojson
from evac.plan.road_hazards import within_shapes
from evac.plan.roads import Condition
from evac.plan.ties import Place
from riskmap.outlook import beijing

folder = Path(mkdtemp())
scenario = f"""
[event]
number = "2106"
name = "In-Fa"
chinese = "烟花"
[run]
issued_at = 2021-07-24T12:30:00+08:00
hours = 24
seed = 12
replay = true
[grid]
west = 121.9
south = 29.7
east = 122.6
north = 30.3
step = 0.05
[track]
file = "{riskmap.bundled("tracks/jma_bst_zhejiang_2015_2021.txt")}"
format = "jma"
storm = "2106"
forecast = "simulated"
[wind]
radii = "fit"
profile = "holland_1980"
[regions]
file = "{riskmap.bundled("admin/zhejiang_district_simple.geojson")}"
population = "{riskmap.bundled("census/zhejiang_pop2020_on_2021_boundaries.csv")}"
[products]
letters = false
"""
(folder / "small.toml").write_text(scenario, encoding="utf-8")
assessment = riskmap.read_assessment(riskmap.run(folder / "small.toml", folder / "run").folder)

COUNTY = "330903"  # 普陀区
found = assessment.worst(COUNTY)
county = found.region
HTML(
    f"<p style='padding:6px;background:{found.tier.colour}'><b>{county.name}: {found.tier.chinese}色</b> "
    f"{found.driver.metric.chinese} {found.driver.value:.1f} {found.driver.metric.units} ≥ {found.driver.threshold:g}</p>"
)

# %% [markdown]
# ## 路、村、避灾点和险区 · Roads, villages, shelters, and an area that will be under water
#
# A county brings its own roads and lists; here they are invented. The area (示例淹没范围, red) is dry for nine hours more: its
# shelter is closed at once, its roads may be driven until then.

# %%
rng = random.Random(7)
(folder / "roads.geojson").write_text(
    ways_geojson(invented_ways(county.geometry, places=120, seed=7), "示例路网 invented"), encoding="utf-8"
)
roads = read_roads(folder / "roads.geojson")
junctions = list(zip(roads.longitude.tolist(), roads.latitude.tolist(), strict=True))
area = Point(np.median(roads.longitude), np.median(roads.latitude)).buffer(0.015)
wet = [point for point in junctions if area.contains(Point(point))]
dry = [point for point in junctions if point not in wet]

start = assessment.issued_at
onset = start + timedelta(hours=9)
words = ("示例淹没范围红色", "the invented area is red")
flood = Zone(
    "outline:1",
    "示例淹没范围",
    "inundation",
    riskmap.Tier.RED,
    COUNTY,
    onset,
    None,
    *words,
    named=True,
    outline=area,
)
shut = within_shapes(roads, [area]).condition == Condition.CLOSED
network = replace(roads, open_until=np.where(shut, (onset - start).total_seconds(), np.inf))

people = [p for p in synthetic_roster(assessment, persons=3000, rng=rng).people if p.county == COUNTY]
villages = sorted({person.village for person in people})
points = dict(zip(villages, wet[:2] + rng.sample(dry, len(villages) - 2), strict=True))
shelters = [
    Shelter(f"S{n:02d}", f"演练安置点{n:02d}", COUNTY, 30 + 15 * (n % 3), longitude=x, latitude=y)
    for n, (x, y) in enumerate([wet[-1], *rng.sample(dry, 15)])
]

# %% [markdown]
# A few lines to draw maps with; roads that the area will shut are dashed.


# %%
WEST, EAST = roads.longitude.min() - 0.01, roads.longitude.max() + 0.01
SOUTH, NORTH = roads.latitude.min() - 0.01, roads.latitude.max() + 0.01
WIDTH = 680.0
SCALE = WIDTH / (EAST - WEST)  # pixels a degree of longitude
STRETCH = SCALE / np.cos(np.radians((SOUTH + NORTH) / 2))


def at(point):
    """Pixels of a longitude and latitude."""
    return round((point[0] - WEST) * SCALE, 1), round((NORTH - point[1]) * STRETCH, 1)


def line(points, style):
    """A line through some points."""
    return f'<polyline points="{" ".join(f"{x},{y}" for x, y in map(at, points))}" fill="none" {style}/>'


def street(link, style):
    """The line that a link lies on."""
    return line(roads.line_points(int(roads.line[link])).tolist(), style)


def spot(point, radius, colour, word=""):
    """A round mark with a word beside it."""
    x, y = at(point)
    mark = f'<circle cx="{x}" cy="{y}" r="{radius:.1f}" fill="{colour}" stroke="#222"/>'
    return f'{mark}<text x="{x + radius + 3:.1f}" y="{y + 4}">{word}</text>'


def map_of(title, drawn, key):
    """Roads, the area, and on them what is given; ``key`` is word -> colour."""
    rim = " ".join(f"{x},{y}" for x, y in map(at, area.exterior.coords))
    dashes = ("", ' stroke-dasharray="5 4"')
    below = f'<polygon points="{rim}" fill="#A6CBE3" stroke="#2469A8"/>' + "".join(
        street(n, f'stroke="#999"{dashes[int(shut[n])]}') for n in range(roads.links)
    )
    height = (NORTH - SOUTH) * STRETCH
    legend = " ".join(f"<span style='color:{colour}'>⬤</span> {word}&ensp;" for word, colour in key.items())
    return HTML(
        f'<p><b>{title}</b></p><svg width="{WIDTH:.0f}" height="{height:.0f}" font-size="12">{below}{"".join(drawn)}</svg>'
        f"<p>{legend}<span style='color:#A6CBE3'>⬤</span> 示例淹没范围, {beijing(onset)}起 from then on (Beijing time)</p>"
    )


# %% [markdown]
# ## 谁转移 · Who must move
#
# 一户一起走: the worst that any member is in decides. 红色 立即转移, 橙色 准备转移; the wind makes the whole county orange, and the
# area is red. A village is wider than its point, so that those near the area move, too.

# %%
store = MemoryStore()
store.put_people(people)
plan = make_plan(
    assessment,
    registered(roster_rows(store)),
    at=start,
    outlines=[flood],
    places={village: Place(*point) for village, point in points.items()},
    prefix=COUNTY,
)
moves = list(plan)
asked = {step: sum(move.people or 0 for move in moves if move.step is step) for step in MoveStep}
by_village = {village: Counter() for village in villages}
for move in moves:
    by_village[move.village][move.step] += move.people or 0

# %%
RED, ORANGE = riskmap.Tier.RED.colour, riskmap.Tier.ORANGE.colour
drawn = []
for village in villages:
    now, ready = by_village[village][MoveStep.MOVE], by_village[village][MoveStep.PREPARE]
    drawn.append(spot(points[village], 4 + (now + ready) ** 0.5, ORANGE, now + ready))
    drawn.append(spot(points[village], now**0.5, RED))
key = {
    f"{step.chinese} {asked[step]} 人": colour
    for step, colour in ((MoveStep.MOVE, RED), (MoveStep.PREPARE, ORANGE))
}
map_of("各村应转移人数 · People to move, by village", drawn, key)

# %% [markdown]
# ## 去哪里 · Which shelter
#
# Households whole, no shelter above its room, by road; who has none is named, with the reason.

# %%
closed = judge_shelters(shelters, [flood]).closed
has = {shelter.shelter_id: frozenset(Facility) for shelter in shelters}
homes = homes_of(moves)
allocation = allocate(homes, shelters, travel=by_road(network), closed=closed, facilities=has)
left = unplaced(allocation)
dealt, known = allocation.dealt, allocation.problem.demand.homes
sites = allocation.problem.shelters
going = Counter()
for home, shelter, count in np.column_stack([dealt.home, dealt.shelter, dealt.people]).tolist():
    if shelter >= 0:
        going[known[home].key.partition("|")[0], shelter] += count

BLUE, GREY = "#1F5A99", "#B0B0B0"
drawn = []
for (village, shelter), count in going.items():
    end = (sites[shelter].longitude, sites[shelter].latitude)
    drawn.append(line([points[village], end], f'stroke="{BLUE}" stroke-width="{0.6 + count / 10:.1f}"'))
for site, room, inside in zip(sites, allocation.problem.room, allocation.occupancy, strict=True):
    word = f"{inside}/{room}" if inside else "关闭 closed" if site.shelter_id in closed else ""
    drawn.append(spot((site.longitude, site.latitude), 5, BLUE if inside else GREY, word))
drawn += [spot(point, 4, ORANGE) for point in points.values()]
key = {"村 village": ORANGE, "避灾点 已安置/可容纳 people/room": BLUE, "空或关闭 empty or closed": GREY}
map_of(f"安置 {allocation.placed} 人, 未安置 {allocation.unplaced} 人 · Who goes where", drawn, key)

# %% [markdown]
# ## 走哪条路 · By which road
#
# Up to three ways from the village in the area with most people bound for one shelter, the fastest first, so that a closure on the
# way has an answer.

# %%
village, shelter = max(
    (pair for pair in going if points[pair[0]] in wet), key=lambda pair: (going[pair], pair)
)
places = departures_at(
    network, [(s.longitude, s.latitude) for s in sites], [0] * len(sites), [s.name for s in sites]
)
homeward = departures_at(network, [points[v] for v in villages], [0] * len(villages), villages)
node_of = dict(zip(villages, homeward.node.tolist(), strict=True))
three = routes(network, node_of[village], [int(places.node[shelter])], 3)

colours = ("#1F5A99", "#7A3E9D", "#2E8B57")
drawn = []
for way, colour, width in zip(three, colours, (3, 6, 9), strict=False):
    drawn = [*(street(n, f'stroke="{colour}" stroke-width="{width}"') for n in way.links), *drawn]
drawn += [
    spot(points[village], 6, RED, "村 village"),
    spot((sites[shelter].longitude, sites[shelter].latitude), 6, "#FFFFFF", sites[shelter].name),
]
key = {
    f"{way.seconds / 60:.0f} min, {way.metres / 1000:.1f} km": colour
    for way, colour in zip(three, colours, strict=False)
}
map_of("转移路线 · Routes", drawn, key)

# %% [markdown]
# ## 多久转移完 · How long it takes
#
# Everybody by car at once, each to the shelter allotted, no road above its capacity. Each invented person stands for 100
# residents here (assumed), else the roads would be empty. The dashed line is a bound: no schedule whatsoever is done before it.

# %%
MANY = 100
pairs = sorted(going)
groups = departures_at(
    network, [points[v] for v, _ in pairs], [going[pair] * MANY for pair in pairs], [v for v, _ in pairs]
)
groups = replace(groups, goal=places.node[[shelter for _, shelter in pairs]])
cleared = clear(network, groups, sorted(set(groups.goal.tolist())))
picture = BytesIO()
plot_out(cleared).figure.savefig(picture, format="png", dpi=90)
Image(picture.getvalue())

# %% [markdown]
# ## 没有说错 · Nothing was made up
#
# These hold for every plan: nobody on the list is dropped, no household divided, no shelter overfull or in the water, no road
# driven after it is shut, and no schedule faster than the bound.

# %%
assert sum(asked.values()) == len(people)  # the whole county is at orange
assert {move.village for move in moves if move.step is MoveStep.MOVE} >= set(villages[:2])
assert len({move.key for move in moves}) == len(moves)
assert allocation.placed + allocation.unplaced == sum(home.people for home in homes)
assert sum(row.people for row in left) == allocation.unplaced
assert len(set(dealt.home.tolist())) == len(dealt.home) == len(homes)
assert (allocation.occupancy <= allocation.problem.room).all()
assert set(closed) == {"S00"}
assert not any(sites[shelter].shelter_id in closed for _, shelter in going)
assert 1 <= len(three) <= 3
assert [way.seconds for way in three] == sorted(way.seconds for way in three)
assert cleared.out + sum(line_.people for line_ in cleared.left) == allocation.placed * MANY
assert cleared.lower.seconds <= cleared.finish
driven = shut[cleared.link]
assert (
    cleared.entered[driven] + network.seconds[cleared.link[driven]] <= (onset - start).total_seconds() + 1
).all()
