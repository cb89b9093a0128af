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
# # 检验 · Verification
#
# How good is it? Modelled wind radii against those of the bulletins, one agency's track against another's, landfalls against what was reported,
# and tiers of a forecast against those of the hindcast. Real tracks, real reports; **no observed damage or flood is in here**, so nothing below says that
# a colour was right on the ground. About fifteen seconds.

# %%
from io import BytesIO

import numpy as np
from IPython.display import HTML, Image
from matplotlib.figure import Figure

import riskmap as rm
from riskmap.verify import published_landfalls, verify_landfall, verify_radii, verify_track


def shown(figure, dpi=80):
    """The picture of a figure."""
    out = BytesIO()
    figure.savefig(out, format="png", dpi=dpi)
    return Image(out.getvalue())


TRACKS = rm.bundled("tracks/jma_bst_zhejiang_2015_2021.txt")
STORMS = {"1909": "LEKIMA 2019", "2004": "HAGUPIT 2020", "2106": "IN-FA 2021"}
tokyo = {number: rm.read_track(TRACKS, format="jma", storm=number) for number in STORMS}
joint = {
    number: rm.read_track(
        rm.bundled("tracks/ibtracs_zhejiang_usa.csv"), format="ibtracs", agency="USA", storm=name
    )
    for number, name in STORMS.items()
}

# %% [markdown]
# ## 风圈 · Wind radii
#
# Each method sees position, wind and pressure of a bulletin and is judged by its quadrant radii, which it never sees. `blocks` has the radii of other
# days, `past` those of earlier days alone. A missed radius counts as 0 km, so that who models fewer circles does not gain.

# %%
METHODS = ("holland_1980", "holland_2010", "withheld", "blocks", "past")
scores = {number: verify_radii(track, methods=METHODS) for number, track in tokyo.items()}
figure = Figure(figsize=(11, 3.6), layout="constrained")
for axes, label in zip(figure.subplots(1, 2), ("30 kt", "50 kt"), strict=True):
    for n, (number, found) in enumerate(scores.items()):
        errors = [s.mean_absolute_error_all / 1000 for s in found if s.label == label]
        axes.bar(np.arange(len(METHODS)) + 0.27 * (n - 1), errors, width=0.25, label=STORMS[number].title())
    axes.set(xticks=range(len(METHODS)), ylabel="mean absolute error [km]", title=f"radius of {label}, Tokyo")
    axes.set_xticklabels(METHODS, rotation=20, fontsize=8)
axes.legend(fontsize=8)
shown(figure)

# %% [markdown]
# Reported radii are the gain, not the profile: whoever has a bulletin with circles should use them (`[wind] radii = "fit"`).
#
# ## 两家的路径 · Two agencies' tracks
#
# An error below their difference cannot be told from a difference of opinion.

# %%
apart = {number: verify_track(tokyo[number], joint[number]) for number in STORMS}
rows = "".join(
    f"<tr><th>{STORMS[number]}</th><td>{one.position.bias / 1000:.0f}</td><td>{one.position.largest / 1000:.0f}</td>"
    f"<td>{one.maximum_wind.bias:+.1f}</td><td>{one.maximum_wind.mean_absolute_error:.1f}</td>"
    f"<td>{one.central_pressure.bias / 100:+.1f}</td></tr>"
    for number, one in apart.items()
)
HTML(
    "<table><tr><th>Tokyo against JTWC</th><th>mean km</th><th>largest km</th><th>wind bias m/s</th><th>mean error m/s</th>"
    f"<th>pressure bias hPa</th></tr>{rows}</table>"
)

# %% [markdown]
# ## 登陆 · Landfalls
#
# The minute in which the centre comes ashore, against what the weather service reported at the time.

# %%
counties = rm.counties()
landed = {number: [(report, verify_landfall(track, report, counties)) for report in published_landfalls(track)]
          for number, track in tokyo.items()}  # fmt: skip
for number, pairs in landed.items():
    for report, score in pairs:
        if score.found is None:
            print(f"{STORMS[number]} {report.at:%m-%d %H:%M}: the six-hourly track has no landfall there")
        else:
            late = (score.found.at - report.at).total_seconds() / 3600
            wind = score.found.maximum_wind - report.maximum_wind
            print(
                f"{STORMS[number]} {report.at:%m-%d %H:%M}: {late:+.1f} h, wind {wind:+.1f} m/s at {score.found.place}"
            )

# %% [markdown]
# ## 等级:预报对事后分析 · Tiers: a forecast against the hindcast
#
# The same wind model twice: on a forecast simulated at the issue time, and on the whole best track. Twenty such forecasts, at orange or worse by
# county over 24 hours. It says what the track's error costs, and nothing about the wind model, which both share.

# %%
from datetime import UTC, datetime, timedelta

ISSUED = datetime(2021, 7, 24, 12, tzinfo=UTC)
grid = rm.Grid.from_bounds(west=119.5, south=28, east=123, north=31.5, step=0.1)
relief = rm.read_relief(rm.bundled("relief/zhejiang_srtm30_land_1-48deg.tif"), grid)
ground = rm.surface_of(grid, land=np.isfinite(relief.values), altitude=relief.values, period=120)
hours = [ISSUED + timedelta(hours=h) for h in range(25)]
truth = rm.to_averaging_period(rm.complete(tokyo["2106"]), 120)


def worst_tiers(track):
    """Worst wind tier of each county over the window; -1 where the grid knows nothing."""
    return rm.assess(rm.wind_field(track, grid, hours, surface=ground), counties).window_worst


best = worst_tiers(truth)
seen = best >= 0
tables = []
for seed in range(20):
    rng = np.random.default_rng(seed)
    told = worst_tiers(rm.simulate_forecast(truth, issued_at=ISSUED, hours=24, rng=rng))
    warned, came = told[seen] >= rm.Tier.ORANGE, best[seen] >= rm.Tier.ORANGE
    tables.append([int((warned & came).sum()), int((~warned & came).sum()), int((warned & ~came).sum())])
hits, misses, false = np.array(tables).T

figure = Figure(figsize=(10, 3), layout="constrained")
axes = figure.subplots()
axes.bar(range(20), hits, color="#2E8B57", label="hit")
axes.bar(range(20), misses, bottom=hits, color="#B2182B", label="miss")
axes.bar(range(20), false, bottom=hits + misses, color="#BBBBBB", label="false alarm")
axes.set(xlabel="simulated forecast", ylabel="counties", xticks=range(20))
axes.legend(fontsize=8)
shown(figure)

# %%
detection, alarm = hits.sum() / (hits + misses).sum(), false.sum() / max((hits + false).sum(), 1)
print(
    f"击中率 detection {detection:.0%}, 空报率 false alarm ratio {alarm:.0%}, over {len(tables)} simulated forecasts of one storm"
)

# %% [markdown]
# One storm, chosen because it hit: hits come easily, and calm days, on which false alarms are made, are not in it. `docs/verification.md` has
# thirteen storms; `docs/limits.md` what nobody has verified.
#
# ## 没有说错 · Nothing was made up

# %%
for found in scores.values():
    by = {s.method: s.mean_absolute_error_all for s in found if s.label == "30 kt"}
    assert by["blocks"] < by["past"] < by["holland_1980"]  # radii of other days are the gain
    assert all(s.hits + s.misses == found[0].hits + found[0].misses for s in found if s.label == "30 kt")
for one in apart.values():
    assert 5e3 < one.position.bias < 60e3
    assert one.averaging_period == 60
assert all(len(pairs) >= 1 for pairs in landed.values())
assert all(
    abs((s.found.at - r.at).total_seconds()) <= 12 * 3600
    for pairs in landed.values()
    for r, s in pairs
    if s.found
)
assert (hits + misses == (best[seen] >= rm.Tier.ORANGE).sum()).all()
assert 0.5 < detection <= 1.0
assert 0.0 <= alarm < 0.5
