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
# # 从地形和降雨到转移范围 · From relief and rain to zones
#
# Flash floods (小流域山洪), inundation (淹没), slopes (地质灾害) and zones (转移范围) of one relief with 90 m cells: about
# a quarter of a minute once compiled. 风险研判产品,非气象预警信号。
#
# **What is what.** The relief is a real tile where one is at hand (a coast far from Zhejiang, to try things on), else the
# bundled 示例河谷, which is invented and lies nowhere. The rain is invented. *Modelled*: water's ways, soil, flood waves, depths, grades. *Assumed*: land cover,
# soil group, bankfull discharge, roughness; each is said where it comes in. *Unverified*: everything here; no flood of
# this valley was ever observed.

# %%
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pandas as pd
import xarray as xr
from IPython.display import HTML

import riskmap
from riskmap.io.dem import read_dem

REAL = "shared/data/test_only/dem/N37W123.hgt"
found = [folder / REAL for folder in Path.cwd().parents if (folder / REAL).is_file()]
tile = found[0] if found else riskmap.bundled("dem/made_valley.tif")

dem = read_dem(
    tile, sea="low" if found else "nodata"
)  # the real tile has its sea at 0 m, the other one no data
print(tile.name, dict(dem.sizes), f"cells of {dem.cell_height:.0f} m, heights in {dem.vertical_units}")
print(dem.findings)

# %% [markdown]
# Two helpers for pictures: colours by class on a shaded relief. As in the library, -1 is no data, grey and never green,
# and -2 nothing to show: the bare ground. The sea is pale blue.

# %%
from base64 import b64encode

from affine import Affine
from rasterio.io import MemoryFile

from riskmap.scale import NO_DATA, NO_DATA_COLOUR, NOT_APPLICABLE, Tier

TIERS = {tier.chinese: tier.colour for tier in Tier}
BLUES = ("#A6CBE3", "#5A9FCE", "#2469A8", "#0B3C74")


def classed(values, bounds):
    """Number of the last of ``bounds`` that each value reaches, ``NOT_APPLICABLE`` below the first."""
    code = np.searchsorted(bounds, np.nan_to_num(values), side="right") - 1
    return np.where(np.isnan(values), NO_DATA, np.where(code < 0, NOT_APPLICABLE, code))


def picture(title, codes, key, *, box=np.s_[:, :], width=620):
    """Classes 0, 1, ... of ``key`` (word -> colour) on the relief."""
    heights = dem["surface_altitude"].values
    fields = [field[box] for field in (heights, codes, dem["sea"].values)]
    every = max(1, fields[0].shape[1] // 600)
    ground, codes, sea = (field[::every, ::every] for field in fields)
    shade = 0.75 + np.clip(np.gradient(ground, dem.cell_height, axis=1), -0.5, 0.5) * 0.6
    colours = [*key.values(), "#EDEBE4", NO_DATA_COLOUR]  # the last two are codes -2 and -1
    table = np.array([[int(c[k : k + 2], 16) for k in (1, 3, 5)] for c in colours])
    rgb = table[np.where(np.isnan(ground), NO_DATA, codes)] * np.nan_to_num(shade, nan=0.75)[..., None] / 0.75
    rgb[sea] = (219, 233, 244)
    with MemoryFile() as memory:
        size = {"width": codes.shape[1], "height": codes.shape[0], "count": 3}
        with memory.open(driver="PNG", dtype="uint8", transform=Affine.scale(0.5), **size) as out:
            out.write(np.moveaxis(np.clip(rgb, 0, 255).astype(np.uint8), -1, 0))
        png = b64encode(memory.read()).decode()
    words = " ".join(f"<span style='background:{c}'>&emsp;</span> {word}&ensp;" for word, c in key.items())
    return HTML(
        f"<p><b>{title}</b><br><img src='data:image/png;base64,{png}' width='{width}'><br>{words}</p>"
    )


# %% [markdown]
# ## 1 水往哪里流 · Where water goes
#
# Pits are filled, flats get a way out, every cell drains into one of its eight neighbours (D8). A stream is what
# drains 1 km² or more (assumed); 小流域 here are smaller than 15 km², so that each has one rain and one flood wave.

# %%
from riskmap.hazard.flash_flood import with_labels
from riskmap.terrain.layers import drainage_layers, shape_layers, watershed_layers
from riskmap.terrain.streams import Network, stream_links

layers = drainage_layers(dem)
shape = shape_layers(layers)
label, table = watershed_layers(layers, max_area=15e6, slope=shape["slope"].values)
sheds = with_labels(table, label.values, dem["y"], dem["x"])
cell = {"dx": dem["cell_width"].values, "dy": dem.cell_height}

above = layers["height_above_drainage"].values
print(f"{sheds.sizes['watershed']} watersheds, the largest {float(sheds['area'].max()) / 1e6:.1f} km2")
key = dict(zip(("≤ 15 m", "≤ 5 m", "≤ 2 m", "河道 stream"), BLUES, strict=True))
picture(
    "高出最近河道 · Height above the nearest drainage (HAND)", classed(-above, (-15.0, -5.0, -2.0, 0.0)), key
)

# %% [markdown]
# ## 2 雨 · Rain
#
# An invented storm on 10 x 12 coarse cells, whose squares can be seen in the maps: a wet day, then a burst whose peak
# comes four hours after the analysis, heaviest in the middle. Rain in this library is the sum [mm] of the hour that
# **ends** at its time; until the analysis it counts as measured, after it as forecast.

# %%
analysis = np.datetime64("2026-08-09T12:00", "ns")  # UTC
hours = np.arange(-35, 13)  # from the analysis
rate = 2.0 + 24.0 * np.exp(-(((hours - 4.0) / 3.0) ** 2))


def centres(axis, cells):
    """Centres of so many even cells over the relief."""
    a, b = float(dem[axis][0]), float(dem[axis][-1])
    return a + (np.arange(cells) + 0.5) / cells * (b - a)


y, x = centres("y", 10), centres("x", 12)
heavy = 0.4 + 0.8 * np.exp(-4.0 * (np.linspace(-1, 1, 10)[:, None] ** 2 + np.linspace(-1, 1, 12) ** 2))
times = analysis + hours * np.timedelta64(1, "h")
rain = xr.DataArray(
    rate[:, None, None] * heavy,
    coords={"time": times, "y": ("y", y, dem["y"].attrs), "x": ("x", x, dem["x"].attrs)},
    attrs={"units": "mm"},
)
print(
    f"heaviest cell: {float(rain.max()):.0f} mm in an hour, {float(rain[-24:].sum('time').max()):.0f} mm in 24 h"
)

# %% [markdown]
# ## 3 土壤与产流 · Soil and runoff
#
# The soil-water index (土壤雨量指数, three tanks) says how wet the ground is before the storm; here it starts from steady
# plum rains of 12 mm a day (assumed). Curve numbers (CN) come from land cover; with no map of it, gentle ground is taken
# as fields and the rest as woods, on soil group C (assumed: a real land-cover map changes them by 10 and more).

# %%
from riskmap.hazard.flash_flood import basin_weights
from riskmap.hazard.runoff import SoilTanks, curve_numbers, soil_index, soil_state, steady_tanks

tanks = SoilTanks.filled(rain.shape[1:], depth=steady_tanks(12.0 / 24.0))
soil = soil_state(tanks, {"y": rain["y"], "x": rain["x"]}, times[0] - np.timedelta64(1, "h"))
before = soil_index(soil)

WOODS, FIELDS = 10, 40  # codes of ESA WorldCover
cover = np.where(shape["slope"].values < 0.05, FIELDS, WOODS)
number = curve_numbers(cover)
same = basin_weights(label.values, np.arange(label.shape[0]), np.arange(label.shape[1]), label.shape)
shed_number = same.mean(number)
print(
    f"soil-water index {float(before.mean()):.0f} mm; CN {np.nanmin(shed_number):.0f} to {np.nanmax(shed_number):.0f}"
)

# %% [markdown]
# ## 4 小流域山洪 · Flash floods
#
# Each watershed's rain against the rain that would fill its stream to the banks (动态临界雨量: from CN, soil and the
# rain so far), and its flood wave against its bankfull discharge. The bankfull discharge is a formula, not a survey: low
# confidence, and every row says so. 0.8 is 准备转移 (prepare), 1.0 is 立即转移 (move now). Plains make no 山洪: a mean
# slope below 0.05 is left out (assumed).

# %%
from riskmap.hazard.flash_flood import flash_flood, paint_tiers, tier_of, weights_between
from riskmap.io.rule_files import read_rules

rules = read_rules()
weights = weights_between(sheds, rain)
flash = flash_flood(
    sheds, rain, rules["flash_flood"], analysis=analysis, curve_number=shed_number,
    soil_index=weights.mean(before.values), weights=weights,
)  # fmt: skip

flat = (sheds["mean_slope"] < 0.05) & flash["ratio"].notnull()
flash["ratio"] = flash["ratio"].where(~flat, 0.0)
ahead = np.flatnonzero(hours >= 0)
worst = flash["ratio"].isel(time=ahead).max("time")
colours = {tier.chinese: f"background:{tier.colour}" for tier in Tier}
first = np.argsort(-worst.values)[:8]
most = flash.isel(watershed=first)
pd.DataFrame(
    {
        "等级": [Tier(int(tier_of(ratio))).chinese for ratio in worst.values[first]], "小流域": most["watershed"],
        "km²": sheds["area"][first] / 1e6, "比值": worst[first], "准备转移 h": most["lead_prepare"], "立即转移 h": most["lead_move"],
        "洪峰 m³/s": most["peak_discharge"], "平滩 m³/s": most["bankfull"], "置信度": most["confidence"],
    }
).style.map(colours.get, subset=["等级"]).format(precision=1, na_rep="—").hide()  # fmt: skip

# %%
at_worst = int(flash["ratio"].isel(time=ahead).mean("watershed").values.argmax())
hour = int(hours[ahead][at_worst])
picture(
    f"小流域山洪等级,{hour} 小时后 · Flash-flood tiers, {hour} h from the analysis",
    tier_of(paint_tiers(sheds, flash, time=int(ahead[at_worst]))), TIERS,
)  # fmt: skip

# %% [markdown]
# ## 5 快速淹没图 · An inundation map in a second
#
# Peak discharge to stage by Manning's formula on each stream link's own valley (synthetic rating curve, n = 0.05
# assumed), stage to depth by the height above drainage. No waves, no backwater, no volume. The discharge within a
# watershed goes with area to the power 0.75 (assumed).

# %%
from riskmap.hazard.inundation import quick_depth, rating_curves
from riskmap.terrain.basins import basins

ground = layers["filled_altitude"].values
streams = layers["stream"].values
network = Network.of(layers["flow_direction"].values, **cell)
link, links = stream_links(network, streams, ground, layers["upstream_area"].values)
drains_to = basins(network, streams)  # number of the stream cell that each cell reaches first
reach = np.append(0, link[streams])[drains_to] - 1

end = links["end_row"].values, links["end_column"].values
of = label.values[end] - 1
outlet_area = layers["upstream_area"].values[sheds["outlet_row"], sheds["outlet_column"]]
share = (links["upstream_area"].values / outlet_area[of]) ** 0.75
curves = rating_curves(
    above, reach, length=np.maximum(links["length"], dem.cell_height), slope=np.maximum(links["slope"].fillna(0), 1e-3),
    manning=np.full(links.sizes["link"], 0.05), cell_area=cell["dx"] * cell["dy"], stages=np.arange(0.0, 15.1, 0.25),
)  # fmt: skip
quick = quick_depth(above, reach, curves.stage(flash["peak_discharge"].values[of] * share))

DEPTHS = (0.15, 0.5, 1.0, 2.0)
key = dict(zip(("≥ 0.15 m", "≥ 0.5 m", "≥ 1 m", "≥ 2 m"), BLUES, strict=True))
picture("快速图水深 · Depth of the quick map", classed(quick, DEPTHS), key)

# %% [markdown]
# ## 6 二维淹没 · The solver on one catchment
#
# The largest catchment below 60 km² is cut out whole, so that nothing flows in from elsewhere, and what leaves it goes
# at the normal depth of a slope of 0.003 (assumed). The rain that the curve number lets run off falls on every cell; the
# local-inertial scheme moves it. Its rain is a rate [mm/h] that **begins** at its time: one hour earlier than above.
# Streams narrower than a cell are as wide as a cell here, and the filled ground has no bridges or dykes.
#
# 注意 D8 lets water go to a corner, the solver moves it over sides only: a valley that runs across corners would be
# a chain of dams. So the lower cell beside each such step is first cut down to the step.

# %%
from riskmap.hazard.inundation import OpenEdge, simulate_inundation
from riskmap.hazard.inundation.bed import without_corners
from riskmap.hazard.runoff import antecedent_curve_number, scs_increments, wetness_class

area = layers["upstream_area"].values
row, column = np.unravel_index(np.argmax(np.where(area < 60e6, area, -1.0)), area.shape)
outlet = np.zeros(area.shape, bool)
outlet[row, column] = True
inside = basins(network, outlet) == 1
box = tuple(slice(int(k.min()), int(k.max()) + 1) for k in np.nonzero(inside))
carved = layers["filled_altitude"].copy(data=without_corners(ground, layers["flow_direction"].values))
crop = carved.where(inside)[box]
print(f"cut: {float((layers['filled_altitude'] - carved).where(inside).mean()):.1f} m on average")

onto = {"y": crop["y"], "x": crop["x"], "method": "nearest"}
begin = 24  # steps before the burst, let out to save time
wet = antecedent_curve_number(number[box], wetness_class(before.sel(**onto).values))
excess = scs_increments(rain.sel(**onto).values, wet)[begin:]
runoff = xr.DataArray(
    np.where(inside[box], excess, 0.0), coords={"time": times[begin:] - np.timedelta64(1, "h"), "y": crop["y"], "x": crop["x"]},
    attrs={"units": "mm h-1"},
)  # fmt: skip
edge = OpenEdge([(row - box[0].start, column - box[1].start)], slope=0.003, across="x")
flood = simulate_inundation(crop, hours=float(len(runoff)), rain=runoff, manning=0.05, edges=[edge])

print(f"{int(inside.sum())} cells, {flood.steps} steps; volume error {flood.volume_error:.1e} of the rain")
print(
    f"{flood.cells_beyond_scheme / inside.sum():.0%} of them once faster than their own wave: the scheme's limit"
)

# %%
where = np.full(area.shape, np.nan, np.float32)  # nothing is known outside of the catchment: grey
where[box] = flood["maximum_depth"].values
picture("求解器最大水深 · Greatest depth of the solver", classed(where, DEPTHS), key, box=box)

# %% [markdown]
# The two maps are not the same, and should not be: the quick one has every stream at its peak. Where both say ≥ 0.5 m,
# of where either does, is a first measure of how far to trust them.

# %%
near = inside & (above < 15.0)
both = near & (where >= 0.5) & (quick >= 0.5)
either = near & ((where >= 0.5) | (quick >= 0.5))
agree = both.sum() / either.sum()
print(f"both ≥ 0.5 m on {agree:.0%} of the cells where one of them is")

# %%
from riskmap.severity import grade

arrived = flood["arrival_time"].notnull().values  # 0.15 m or more at some time
classes = np.where(arrived, flood["hazard_class"].values, 0.0)
depth_tiers = np.full(area.shape, NO_DATA, np.int8)  # outside of the catchment nothing was computed
depth_tiers[inside] = grade({"inundation_class": classes[inside[box]]}, rules["inundation"]).tiers()
arrival = np.full(area.shape, np.nan)
arrival[box] = flood["arrival_time"].values / 3600.0 + float(hours[begin]) - 1.0  # hours from the analysis

for level in (3, 4):
    there = inside & (depth_tiers == level)
    when = f"the first water {np.nanmin(arrival[there]):.1f} h from the analysis" if there.any() else "none"
    print(f"{Tier(level).chinese}: {int(there.sum())} cells, {when}")
shown = np.where(depth_tiers > 0, depth_tiers - 1, np.where(inside, NOT_APPLICABLE, NO_DATA))
key = dict(zip(("H1", "H2", "H3", "H4-H6"), list(TIERS.values())[1:], strict=True))
picture("水深×流速等别 · Hazard class of depth and speed", shown, key, box=box)

# %% [markdown]
# ## 7 坡面 · Slopes
#
# Susceptibility from slope, relief within 1 km, curvature and wetness; the grade (1 to 5) from it, the rain of 24 h and
# the soil-water index, hour by hour. The table's form is published, most of its numbers are our own proposals (D).

# %%
from riskmap.hazard.landslide.grades import grade_hour, tiers_of_grades
from riskmap.hazard.landslide.layers import layers as slope_layers
from riskmap.hazard.landslide.susceptibility import susceptibility
from riskmap.hazard.runoff import let_in
from riskmap.io.landslide_table import read_landslide_rules

table_of_slopes = read_landslide_rules()
terrain = slope_layers(
    dem["surface_altitude"].where(~dem["sea"]), **cell, upstream_area=layers["upstream_area"]
)
slopes = susceptibility(terrain, table_of_slopes, cell_size=dem.cell_height)
cells = {"y": dem["y"], "x": dem["x"], "method": "nearest"}


def slope_tiers(k):
    """Tier of every cell at step ``k`` of the rain."""
    state = let_in(soil, rain.isel(time=slice(0, k + 1)))
    day = rain.isel(time=slice(k - 23, k + 1)).sum("time")
    grade = grade_hour(
        slopes, day.sel(**cells), table_of_slopes, soil_water_index=soil_index(state).sel(**cells)
    )
    return tiers_of_grades(grade.values)


late = slope_tiers(len(hours) - 1)
picture("地质灾害风险,12 小时后 · Geo-hazard tiers in 12 h", late, TIERS)

# %% [markdown]
# ## 8 转移范围 · Zones
#
# The first hour at which each cell comes to orange or red becomes polygons with that hour: GeoJSON in WGS-84. The
# inundation is graded by depth × velocity (H3 orange, H4 and above red) from the hour at which the water arrives.
# Modelled outlines, as fine as their cells; a county's own danger zones go before them.

# %%
import json

from rasterio.warp import transform, transform_bounds

from riskmap.assessment import TABLE_VARIABLES, Assessment
from riskmap.grid import Grid
from riskmap.hazard.flash_flood import cells_under
from riskmap.onset import Onsets
from riskmap.products.zones import zones_geojson

# zones are drawn on longitude and latitude: the cell of the relief under each cell of such a grid
crs, half = dem["spatial_ref"].attrs["crs_wkt"], 0.5 * abs(float(dem["x"][1] - dem["x"][0]))
corners = (
    float(dem["x"][0]) - half,
    float(dem["y"][-1]) - half,
    float(dem["x"][-1]) + half,
    float(dem["y"][0]) + half,
)
west, south, east, north = np.array(transform_bounds(crs, "EPSG:4326", *corners)).round(3)
degrees = Grid.from_bounds(west=west, south=south, east=east, north=north, step=0.001)
lon, lat = (a.ravel() for a in np.meshgrid(degrees.longitude, degrees.latitude))
at = [np.reshape(a, degrees.shape) for a in transform("EPSG:4326", crs, lon, lat)]
columns, lines = cells_under(at[0], dem["x"].values), cells_under(at[1], dem["y"].values)
off = (lines < 0) | (columns < 0)

onsets = {name: Onsets(degrees.shape) for name in ("flash_flood", "inundation", "landslide")}
reached = {}
for n, k in enumerate(ahead.tolist()):
    tiers = {
        "flash_flood": tier_of(paint_tiers(sheds, flash, time=k)),
        "inundation": np.where(arrival > hours[k], 0, depth_tiers).astype(np.int8),
        "landslide": slope_tiers(k),
    }
    for name, now in tiers.items():
        reached[name] = reached.get(name, False) | (now >= Tier.ORANGE)
        onsets[name].update(np.where(off, NOT_APPLICABLE, now[lines, columns]).astype(np.int8), n)

# %%
# zones_geojson wants the hours and the regions of an assessment; there are no regions here
ends = times[ahead].astype("datetime64[s]")
empty = {
    name: (("hazard", "time", "region"), np.empty((0, len(ends), 0), kind))
    for name, (kind, _) in TABLE_VARIABLES.items()
}
issued = datetime.fromtimestamp(int(analysis.astype("datetime64[s]").astype(int)), UTC)
bare = Assessment(issued, (), xr.Dataset(empty, {"hazard": [], "time": ends, "region": []}), rules, {})
text = zones_geojson(bare, onsets, degrees)
file = Path(mkdtemp()) / "zones.geojson"
file.write_text(text, encoding="utf-8")

zones = [feature["properties"] for feature in json.loads(text)["features"]]
for name, step in sorted({(zone["hazard_name"], zone["step"]) for zone in zones}):
    same_kind = [zone for zone in zones if (zone["hazard_name"], zone["step"]) == (name, step)]
    first, km2 = min(zone["onset"] for zone in same_kind), sum(zone["area_km2"] for zone in same_kind)
    print(f"{name} {step}: {len(same_kind)} zones, {km2:.1f} km2, the first at {first[:16]} Beijing time")
print(f"{file.name}: {len(text) / 1e6:.1f} MB")

# %%
combined = np.full(area.shape, NOT_APPLICABLE)
for code, name in enumerate(("landslide", "flash_flood", "inundation")):
    combined[reached[name]] = code
words = {
    "地质灾害 slopes": "#9C6B3F",
    "小流域山洪 flash flood": Tier.ORANGE.colour,
    "淹没 inundation": BLUES[2],
}
picture("12 小时内到橙或红的范围 · Orange or red within 12 h", combined, words)

# %% [markdown]
# ## 没有说错 · Nothing was made up
#
# These hold for every relief and rain: water is kept, no depth is negative, no data is not green.

# %%
assert abs(flood.volume_error) <= 1e-6
assert float(flood["maximum_depth"].min()) >= 0.0
assert np.nanmin(above) >= 0.0
assert (tier_of(np.array([np.nan])) == -1).all()
assert not (late[np.isnan(slopes["susceptibility_index"].values)] >= 0).any()
assert {zone["step"] for zone in zones} <= {"准备转移", "立即转移"}
assert all(zone["cell_m"] >= dem.cell_height for zone in zones)  # no zone is finer than the relief
