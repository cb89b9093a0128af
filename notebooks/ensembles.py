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
# # 集合与概率 · Ensembles and probability
#
# One forecast says where the storm will be, an ensemble where it may be. Fifty members made from published forecast errors around a
# **simulated** forecast of In-Fa, the chance of each tier by county, the colour that follows, and what such a chance is worth. Then a **real**
# ensemble, the Japan Meteorological Agency's for Nepartak (positions only). About ten seconds.

# %%
from datetime import UTC, datetime, timedelta
from io import BytesIO

import numpy as np
from IPython.display import HTML, Image
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

import riskmap as rm
from riskmap.io.members import read_meps
from riskmap.track import interpolate
from riskmap.zonal import zonal_weights

ISSUED = datetime(2021, 7, 24, 4, 30, tzinfo=UTC)
HOURS, COUNT = 36, 50


def shown(figure, dpi=80):
    """The picture of a figure."""
    out = BytesIO()
    figure.savefig(out, format="png", dpi=dpi)
    return Image(out.getvalue())


best_track = rm.read_track(rm.bundled("tracks/jma_bst_zhejiang_2015_2021.txt"), format="jma", storm="2106")
truth = rm.to_averaging_period(rm.complete(best_track), 120)
forecast = rm.simulate_forecast(truth, issued_at=ISSUED, hours=HOURS, rng=np.random.default_rng(12))
members = rm.make_members(forecast, issued_at=ISSUED, hours=HOURS, count=COUNT, seed=1)
members.source

# %% [markdown]
# ## 五十条路径 · Fifty tracks

# %%
figure = Figure(figsize=(11, 4.5), layout="constrained")
left, right = figure.subplots(1, 2)
for region in rm.counties():
    for part in getattr(region.geometry, "geoms", [region.geometry]):
        left.fill(*part.exterior.xy, color="#E8E8E0", edgecolor="#BBB", linewidth=0.4)
for member in members.members:
    left.plot(member["longitude"], member["latitude"], color="#3B7DBF", alpha=0.3, linewidth=0.8)
left.plot(
    forecast["longitude"], forecast["latitude"], color="black", linewidth=1.6, label="forecast (simulated)"
)
left.plot(truth["longitude"], truth["latitude"], color="#B2182B", linestyle="--", label="best track")
left.set(xlim=(118, 127), ylim=(24, 33))
left.legend(fontsize=8)

leads = np.arange(0, HOURS + 1, 3)
times = np.datetime64(int(ISSUED.timestamp()), "s") + leads * np.timedelta64(3600, "s")
places = np.array(
    [[interpolate(m, times)[n].values for n in ("latitude", "longitude")] for m in members.members]
)
middle = interpolate(forecast, times)
away = places - np.array([middle["latitude"].values, middle["longitude"].values])
km = 111.2 * np.hypot(away[:, 0], away[:, 1] * np.cos(np.radians(places[:, 0])))
right.plot(leads, km.T, color="#3B7DBF", alpha=0.2, linewidth=0.7)
right.plot(leads, km.mean(axis=0), color="black", label="mean of the members")
right.plot([24, 36], [76, np.nan], "o", color="#B2182B", label="published mean error at 24 h")
right.set(xlabel="hours ahead", ylabel="km from the forecast")
right.legend(fontsize=8)
shown(figure)

# %% [markdown]
# ## 各县的概率 · The chance by county
#
# A share of members: in so many of the fifty the county comes to orange or worse at some hour of the window.

# %%
grid = rm.Grid.from_bounds(west=119, south=27, east=123.5, north=31.5, step=0.05)
relief = rm.read_relief(rm.bundled("relief/zhejiang_srtm30_land_1-48deg.tif"), grid)
ground = rm.surface_of(grid, land=np.isfinite(relief.values), altitude=relief.values, period=120)
regions = rm.counties()
rule = rm.read_rules()["wind"]
hours = [ISSUED + timedelta(hours=h) for h in range(HOURS + 1)]
chances = rm.wind_probability(
    members, grid, hours, rule=rule, mean_factor=ground.mean,
    gust_factor=ground.gust, weights=zonal_weights(regions, grid), codes=[r.code for r in regions],
)  # fmt: skip
by_county = chances["region_probability"]

figure = Figure(figsize=(13, 4.4), layout="constrained")
panels = figure.subplots(1, 3)
steps = ListedColormap(["#FFFFFF", "#FEE8C8", "#FDBB84", "#FC8D59", "#D7301F"])
for tier, axes in zip((rm.Tier.YELLOW, rm.Tier.ORANGE, rm.Tier.RED), panels, strict=True):
    field = chances["probability"].sel(tier=int(tier))
    drawn = axes.pcolormesh(field["x"], field["y"], 100 * field, cmap=steps, vmin=0, vmax=100)
    for region in regions:
        for part in getattr(region.geometry, "geoms", [region.geometry]):
            axes.plot(*part.exterior.xy, color="#666", linewidth=0.3)
    axes.set(title=f"chance of {tier.english} or worse", xlim=(119, 123.5), ylim=(27, 31.5))
figure.colorbar(drawn, ax=panels, label="%")
shown(figure)

# %% [markdown]
# ## 概率到颜色 · From chance to colour
#
# Blue and yellow from 30 %, orange and red from 50 % [D]: a low bar to prepare, a higher one to move people. The chance stays beside the colour.

# %%
bounds = rm.read_rule_book().combination.ensemble.bounds


def colour_of(code):
    """The tier by the rule of the members; None where a chance is unknown."""
    told = by_county.sel(region=code)
    if bool(told.isnull().any()):
        return None
    met = [
        tier
        for tier, bound in zip(list(rm.Tier)[1:], bounds, strict=True)
        if float(told.sel(tier=int(tier))) >= bound
    ]
    return max(met, default=rm.Tier.GREEN)


known = [r for r in regions if colour_of(r.code) is not None]
known.sort(key=lambda r: -float(by_county.sel(region=r.code).sum()))
rows = "".join(
    f"<tr><th style='text-align:left'>{r.name}</th><td style='background:{colour_of(r.code).colour}'>{colour_of(r.code).chinese}</td>"
    + "".join(f"<td>{float(by_county.sel(region=r.code, tier=int(t))):.0%}</td>" for t in list(rm.Tier)[1:])
    + f"<td>+{float(chances['region_onset'].sel(region=r.code, tier=3, quantile=0.5)):.0f} h</td></tr>"
    for r in known[:12]
)
heads = "".join(f"<th style='background:{t.colour}'>≥{t.chinese}</th>" for t in list(rm.Tier)[1:])
HTML(f"<table><tr><th></th><th>等级</th>{heads}<th>橙色中位时刻 median onset</th></tr>{rows}</table>")

# %% [markdown]
# ## 这个概率值多少 · What such a chance is worth
#
# **No member is not no chance**: with none of n members the truth may still have it with 1 − 0.05^(1/n) (95 %). And nothing here is calibrated:
# the errors are a season's average, and one storm cannot show reliability. The members' spread says how far the season's forecasts were wrong,
# not how sure today's is.

# %%
sizes = np.arange(5, 101)
unseen = 1.0 - 0.05 ** (1.0 / sizes)
few = rm.make_members(forecast, issued_at=ISSUED, hours=HOURS, count=10, seed=1)
figure = Figure(figsize=(8, 3), layout="constrained")
axes = figure.subplots()
axes.plot(sizes, 100 * unseen, color="black")
axes.plot([COUNT], [100 * unseen[sizes == COUNT][0]], "o", color="#B2182B")
axes.set(xlabel="members, none of which has it", ylabel="chance that is still possible [%]", ylim=(0, None))
shown(figure)

# %% [markdown]
# ## 真的集合 · A real ensemble
#
# Nepartak (2021), 21 members of JMA's mesoscale ensemble, positions alone: so only the chance that the centre passes within 120 km.

# %%
start = datetime(2021, 7, 26, tzinfo=UTC)
real = read_meps("NEPARTAK", issued_at=start)
sea = rm.Grid.from_bounds(west=135, south=28, east=150, north=44, step=0.25)
window = [start + timedelta(hours=h) for h in range(0, 37)]
strike = rm.strike_probability(real, sea, window)
figure = Figure(figsize=(6, 4.6), layout="constrained")
axes = figure.subplots()
drawn = axes.pcolormesh(strike["x"], strike["y"], 100 * strike, cmap=steps, vmin=0, vmax=100)
for member in real.members:
    axes.plot(member["longitude"], member["latitude"], color="#222", linewidth=0.5)
axes.set(xlim=(135, 150), ylim=(28, 44), title="chance that the centre passes within 120 km")
figure.colorbar(drawn, ax=axes, label="%")
shown(figure)

# %% [markdown]
# ## 没有说错 · Nothing was made up

# %%
cells = chances["probability"].values
assert np.nanmin(cells) >= 0.0
assert np.nanmax(cells) <= 1.0
assert (np.diff(cells, axis=0) <= 1e-6).all()  # a worse tier is never likelier
shares = by_county.values[np.isfinite(by_county.values)] * COUNT
assert np.allclose(shares, shares.round(), atol=1e-4)  # whole members
assert (
    few.members[9]["latitude"].values == members.members[9]["latitude"].values
).all()  # the same seed, the same member
assert np.abs(km.mean(axis=0)[leads == 24] - 76.0).max() < 30.0  # as far apart as forecasts are wrong
assert colour_of("330903") >= rm.Tier.ORANGE
assert 0.057 < unseen[sizes == COUNT][0] < 0.059
assert not real.made
assert 0.9 < float(strike.max()) <= 1.0
assert chances.attrs["made"] == 1
