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
# # 自己的资料 · Bring your own data
#
# A track typed from a bulletin, hourly rain from a radar or a model, townships and thresholds of your own: xarray in, tiers with reasons out,
# and what happens when a file is wrong. County outlines are real; **the rain, the townships and the thresholds here are invented** (示例).
# About ten seconds.

# %%
import json
from io import BytesIO
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import shapely
import xarray as xr
from IPython.display import Image
from matplotlib.figure import Figure

import riskmap as rm
from riskmap.errors import RiskmapError
from riskmap.products.plot import tiers_picture

folder = Path(mkdtemp())


def shown(figure, dpi=80):
    """The picture of a figure."""
    out = BytesIO()
    figure.savefig(out, format="png", dpi=dpi)
    return Image(out.getvalue())


# %% [markdown]
# ## 路径 · A track from a bulletin
#
# In SI units, and with the averaging period of whoever gave the wind: 120 s for the Chinese centre, 600 for Tokyo, 60 for JTWC. What is not
# known is left out, and `complete` fills it by published regressions and says where. `rm.read_track` reads eight formats of files.

# %%
track = rm.make_track(
    time=np.datetime64("2021-07-24T18:00", "s") + np.arange(6) * np.timedelta64(6, "h"),
    latitude=[28.3, 29.2, 29.9, 30.3, 30.5, 30.8],
    longitude=[123.6, 122.9, 122.3, 121.6, 121.0, 120.4],
    maximum_wind=[38, 38, 38, 33, 28, 25],
    central_pressure=np.array([960, 960, 965, 970, 978, 983]) * 100.0,
    averaging_period=120,
    attributes={"name": "example", "number": "9901", "agency": "示例"},
)
full = rm.complete(track)
print("modelled, since nobody reported it:", int(full["radius_of_maximum_wind_modelled"].sum()), "radii of 6")

# %% [markdown]
# ## 逐时雨量 · Hourly rain
#
# Any DataArray on longitude and latitude: NetCDF by `xr.open_dataset`, GRIB2 by cfgrib, a radar mosaic, a model. `rm.rain_sums` gives the sums that
# the rules ask for. A missing hour is refused, and an unknown one stays unknown: never dry.

# %%
hours = np.datetime64("2021-07-24T19:00", "ns") + np.arange(24) * np.timedelta64(1, "h")
lat, lon = np.arange(31.0, 28.5, -0.05), np.arange(120.0, 123.0, 0.05)
east = np.interp(np.arange(24), [0, 23], [123.2, 120.8])  # a band of rain that moves west
north = np.interp(np.arange(24), [0, 23], [28.8, 30.6])
apart = np.hypot(lon[None, None, :] - east[:, None, None], lat[None, :, None] - north[:, None, None])
radar = xr.DataArray(
    (28.0 * np.exp(-((apart / 0.55) ** 2))).astype(np.float32),
    coords={"time": hours, "lat": lat, "lon": lon}, dims=("time", "lat", "lon"), attrs={"units": "mm"}, name="rain",
)  # fmt: skip
radar.to_netcdf(folder / "radar.nc")  # as it would come
with xr.open_dataarray(folder / "radar.nc") as delivered:
    sums = rm.rain_sums(delivered.load())

figure = Figure(figsize=(11, 3.2), layout="constrained")
for name, axes in zip(("rain_3h", "rain_6h", "rain_12h"), figure.subplots(1, 3), strict=True):
    field = sums[name].isel(time=15)
    drawn = axes.pcolormesh(field["lon"], field["lat"], field, cmap="Blues", vmin=0, vmax=200)
    axes.set_title(f"{name} at hour 16 [mm]")
    for county in rm.counties():
        for part in shapely.get_parts(county.geometry):
            axes.plot(*shapely.get_coordinates(part.exterior).T, color="#888", linewidth=0.5)
    axes.set(xlim=(lon[0], lon[-1]), ylim=(lat[-1], lat[0]))
figure.colorbar(drawn, ax=figure.axes)
shown(figure)

# %% [markdown]
# ## 定级 · Tiers
#
# By the bundled rules over the bundled counties. Rain alone was given: wind and the rest are named as lacking, and never green. In the
# first eleven hours nothing is green, since no 12-hour sum is whole before: grey, or what a shorter sum tells already.

# %%
found = rm.assess(sums)
found

# %%
zhoushan = found.worst("330902")
zhoushan

# %% [markdown]
# ## 自己的乡镇 · Townships of your own
#
# GeoJSON, GeoPackage or shapefile in any declared coordinate system; outlines that lie like GCJ-02 are found and refused. Here 定海 is cut
# into four, with invented codes.

# %%
dinghai = next(region for region in rm.counties() if region.code == "330902")
west, south, east_, north_ = dinghai.geometry.bounds
mid = ((west + east_) / 2, (south + north_) / 2)
quarters = [
    (west, south, *mid), (mid[0], south, east_, mid[1]), (west, mid[1], mid[0], north_), (*mid, east_, north_),
]  # fmt: skip
features = []
for n, box in enumerate(quarters, 1):
    cut = dinghai.geometry.intersection(shapely.box(*box))
    parts = [p for p in shapely.get_parts(cut) if p.geom_type == "Polygon"]
    features.append(
        {
            "type": "Feature",
            "properties": {
                "code": f"33090290{n}",
                "name": f"示例{n}镇",
                "city_adcode": "330900",
                "city_name": "舟山市",
            },
            "geometry": shapely.geometry.mapping(shapely.MultiPolygon(parts)),
        }
    )
(folder / "towns.geojson").write_text(
    json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), encoding="utf-8"
)
towns = rm.read_regions(folder / "towns.geojson", level="township")
by_town = rm.assess(sums, towns)
Image(tiers_picture(by_town, dpi=70))

# %% [markdown]
# ## 自己的阈值 · Thresholds of your own
#
# A file of the form of the bundled one, each number with source and status; one without does not load. `riskmap rules --file own.toml` checks it.

# %%
from importlib.resources import files

bundled_rule = files("riskmap").joinpath("rules/rain.toml").read_text(encoding="utf-8")
own = bundled_rule.replace("[false, false, 50.0, 100.0]", "[false, false, 40.0, 80.0]").replace(
    "(CMA Order 16, annex: orange 50 mm, red 100 mm in 3 h)",
    "(示例 an invented county's own: orange 40 mm, red 80 mm in 3 h)",
)
(folder / "own_rain.toml").write_text(own.replace('status = "S"', 'status = "D"'), encoding="utf-8")
stricter = rm.assess(sums, rules=rm.read_rules(folder / "own_rain.toml"))
for name, one in (("bundled", found), ("own", stricter)):
    counted = {tier.chinese: int((one.window_worst == tier).sum()) for tier in reversed(rm.Tier)}
    print(f"{name:8s}", counted)

# %% [markdown]
# ## 文件有错时 · When a file is wrong
#
# Each says where, what was expected, what was found, and what to do. 错一处,说清一处。

# %%
said = {}


def tried(name, work):
    """What a mistake is answered with."""
    try:
        work()
    except RiskmapError as error:
        said[name] = str(error)
        print(f"— {name}\n  {error}\n")


tried("metres for millimetres", lambda: rm.rain_sums(radar.assign_attrs(units="m")))
tried("an hour is missing", lambda: rm.rain_sums(radar.isel(time=[0, 1, 2, 4, 5])))
tried("south to north", lambda: rm.assess(sums.isel(lat=slice(None, None, -1))))
tried("hPa for Pa", lambda: rm.make_track(time=track["time"].values[:2], latitude=[28, 29], longitude=[123, 122],
                                         central_pressure=[960, 965], averaging_period=120))  # fmt: skip
calm = xr.zeros_like(radar).assign_attrs(units="m s-1")
tried(
    "a wind without its averaging period",
    lambda: rm.assess(xr.Dataset({"wind_speed": calm, "wind_speed_of_gust": calm})),
)

# %% [markdown]
# ## 没有说错 · Nothing was made up

# %%
assert found.hazards == ("rain",)
assert {"wind", "flash_flood", "storm_tide"} <= set(found.lacking)
assert not (found.combined[:11] == rm.Tier.GREEN).any()  # no 12-hour sum is whole yet: nothing is green
inside = found.combined[11:, [r.code == "330902" for r in found.regions]]
assert inside.max() >= rm.Tier.YELLOW
assert zhoushan.driver.value >= zhoushan.driver.threshold
assert (stricter.window_worst >= found.window_worst).all()  # lower thresholds never make it better
assert (stricter.window_worst > found.window_worst).any()
assert len(towns) == 4
assert by_town.window_worst.max() >= found.window_worst[[r.code == "330902" for r in found.regions]].max()
assert len(said) == 5
assert all("To mend it" in words for words in said.values())
