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
# # 阈值,与我县为什么是橙色 · Thresholds, and why is my county orange
#
# One county, Dinghai (定海区), in typhoon In-Fa: from the wind of a cell to the colour of the county, what another threshold would have given,
# and how far it was from red. The track is the best track (事后分析, hindcast), the wind a parametric vortex over modelled ground; the outlines
# are real. About ten seconds. 风险研判产品,非气象预警信号。

# %%
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO

import numpy as np
from IPython.display import HTML, Image
from matplotlib.figure import Figure

import riskmap as rm
from riskmap.outlook import beijing
from riskmap.zonal import zonal_weights

COUNTY = "330902"
best_track = rm.read_track(rm.bundled("tracks/jma_bst_zhejiang_2015_2021.txt"), format="jma", storm="2106")
track = rm.to_averaging_period(rm.complete(best_track), 120)  # Tokyo's 10-min means as the rules' 2-min means
grid = rm.Grid.from_bounds(west=121, south=29, east=123, north=31, step=0.02)
relief = rm.read_relief(rm.bundled("relief/zhejiang_srtm30_land_1-48deg.tif"), grid)
ground = rm.surface_of(grid, land=np.isfinite(relief.values), altitude=relief.values, period=120)
hours = [datetime(2021, 7, 25, tzinfo=UTC) + timedelta(hours=h) for h in range(0, 25)]
wind = rm.wind_field(track, grid, hours, surface=ground)
found = rm.assess(wind)
found.at(COUNTY, found.valid_at.index(found.worst_reasons(COUNTY)[0][1]))


# %%
def shown(figure, dpi=80):
    """The picture of a figure."""
    out = BytesIO()
    figure.savefig(out, format="png", dpi=dpi)
    return Image(out.getvalue())


rules = rm.read_rules()
rule = rules["wind"]
rows = "".join(
    f"<tr><th>{m.chinese}</th>{''.join(f'<td>≥ {b:g}</td>' for b in m.thresholds)}<td>{m.source[:46]}… [{m.status}]</td></tr>"
    for m in rule.metrics
)
heads = "".join(f"<td style='background:{t.colour}'>{t.chinese}</td>" for t in list(rm.Tier)[1:])
HTML(f"<table><tr><th>{rule.metrics[0].units}</th>{heads}<th>出处 source</th></tr>{rows}</table>")

# %% [markdown]
# ## 从格点到县 · From cells to the county
#
# A cell takes the highest tier whose bound it meets; a county the highest that holds on at least 5 % of its area [D]. So the value that
# is reported is that of the cell at which the worst cells together first reach 5 %: not the largest, which may be one hilltop, and
# not the mean, which would hide a corner. The maximum stands beside it.

# %%
reason, at = found.worst_reasons(COUNTY)[0]  # the hour furthest past its bound
hour = found.valid_at.index(at)
county = found.region(COUNTY)
weights = zonal_weights([county], grid)
speed = wind[reason.metric.variable].isel(time=hour).values.ravel()[weights.cell].astype(float)
order = np.argsort(-speed)
share = np.cumsum(weights.area[order]) / weights.total[0]
at_share = speed[order][np.searchsorted(share, rule.unit_area_share)]

figure = Figure(figsize=(11, 4), layout="constrained")
left, right = figure.subplots(1, 2)
field = wind[reason.metric.variable].isel(time=hour)
west, south, east, north = county.geometry.bounds
bounds = [0, *reason.metric.thresholds, 90]
left.contourf(field["x"], field["y"], field, levels=bounds, colors=[t.colour for t in rm.Tier])
for part in getattr(county.geometry, "geoms", [county.geometry]):
    left.plot(*part.exterior.xy, color="black", linewidth=0.9)
left.set(xlim=(west, east), ylim=(south, north), title=f"{reason.metric.english}, {at:%m-%d %H} UTC")
right.plot(100 * share, speed[order], color="black")
for tier in list(rm.Tier)[1:]:
    right.axhline(reason.metric.threshold(tier), color=tier.colour, linewidth=3)
right.axvline(100 * rule.unit_area_share, color="#777", linestyle="--")
right.plot(100 * rule.unit_area_share, at_share, "o", color="black")
right.set(
    xlabel="share of the county's area at this wind or more [%]", ylabel="m s-1", ylim=(speed.min() - 2, None)
)
shown(figure)

# %% [markdown]
# ## 哪些小时 · Which hours

# %%
series = [found.reason(COUNTY, n, "wind") for n in range(len(hours))]
figure = Figure(figsize=(10, 3), layout="constrained")
axes = figure.subplots()
axes.bar(
    range(len(hours)),
    [r.value / r.threshold for r in series],
    color=[r.tier.colour for r in series],
    edgecolor="#555",
)
axes.axhline(1.0, color="black", linewidth=0.8)
axes.set(xlabel="hours from 2021-07-25 00 UTC", ylabel="value / bound that was met")
shown(figure)

# %% [markdown]
# ## 如果 · What if
#
# Another share of the area, other thresholds, a stronger storm: the same wind graded again. 阈值由各地自定,出处写在文件里: a bureau changes a TOML
# file, never code, and names its source. None of these what-ifs is anybody's rule.

# %%
variants = {
    "as bundled 原规则": rule,
    "any cell 任一格点": replace(rule, unit_area_share=1e-6),
    "half of the area 半县": replace(rule, unit_area_share=0.5),
    "one force lower 阈值降一级": replace(
        rule,
        metrics=tuple(
            replace(m, thresholds=lower)
            for m, lower in zip(
                rule.metrics, [(8.0, 13.9, 20.8, 28.5), (13.9, 20.8, 28.5, 37.0)], strict=True
            )
        ),
    ),
    "mean wind alone 只看平均风": replace(rule, metrics=rule.metrics[:1]),
}
graded = {name: rm.assess(wind, [county], rules={"wind": one}) for name, one in variants.items()}
rows = "".join(
    f"<tr><th style='text-align:left'>{name}</th><td style='background:{one.worst(COUNTY).tier.colour}'>{one.worst(COUNTY).tier.chinese}</td>"
    f"<td>{one.worst(COUNTY).driver.metric.chinese} {one.worst(COUNTY).driver.value:.1f} ≥ {one.worst(COUNTY).driver.threshold:g}</td></tr>"
    for name, one in graded.items()
)
HTML(f"<table>{rows}</table>")

# %%
factors = np.arange(0.5, 1.51, 0.05)
stronger = []
for factor in factors:
    scaled = wind.copy()
    for name in ("wind_speed", "wind_speed_of_gust"):
        scaled[name] = (wind[name] * np.float32(factor)).assign_attrs(wind[name].attrs)
    stronger.append(rm.assess(scaled, [county], rules={"wind": rule}).worst(COUNTY).tier)
figure = Figure(figsize=(10, 2.4), layout="constrained")
axes = figure.subplots()
axes.bar(
    factors,
    [int(t) + 0.15 for t in stronger],
    width=0.045,
    color=[t.colour for t in stronger],
    edgecolor="#555",
)
axes.axvline(1.0, color="black", linestyle="--")
axes.set(
    xlabel="wind as a multiple of what was modelled",
    yticks=range(5),
    yticklabels=[t.english for t in rm.Tier],
)
shown(figure)

# %%
to_red = reason.metric.threshold(rm.Tier.RED) / reason.value
print(
    f"{county.name}: {beijing(at)} {reason.tier.chinese}, {reason.metric.chinese} {reason.value:.1f} ≥ {reason.threshold:g} {reason.metric.units}"
)
print(
    f"到红色还需 to red: × {to_red:.2f} on {rule.unit_area_share:.0%} of the area; the largest cell has {reason.maximum:.1f}"
)
print(f"可信度 confidence: {reason.confidence}; {reason.confidence_note}")

# %% [markdown]
# A published run tells the whole chain with its files and digests: `riskmap explain 330902 out/in-fa`, or `rm.explain("out/in-fa", "330902")`.
#
# ## 没有说错 · Nothing was made up

# %%
assert reason.value >= reason.threshold
alone = rm.assess(wind.isel(time=[hour]), [county], rules={"wind": replace(rule, metrics=(reason.metric,))})
assert (
    abs(at_share - alone.reason(COUNTY, 0, "wind").value) < 0.05
)  # by this metric alone it is the curve's point
assert reason.threshold <= at_share <= reason.maximum
assert reason.maximum >= reason.value
assert reason.tier == found.worst(COUNTY).tier == max(r.tier for r in series)
assert (
    graded["any cell 任一格点"].worst(COUNTY).tier
    >= reason.tier
    >= graded["half of the area 半县"].worst(COUNTY).tier
)
assert graded["one force lower 阈值降一级"].worst(COUNTY).tier >= reason.tier
assert graded["mean wind alone 只看平均风"].worst(COUNTY).tier <= reason.tier
assert stronger == sorted(stronger)  # more wind never gives a better tier
assert stronger[0] < stronger[-1] == rm.Tier.RED
assert factors[stronger.index(rm.Tier.RED)] <= to_red + 0.051  # red at the latest where the driver says so
assert dict(zip(factors.round(2).tolist(), stronger, strict=True))[1.0] == reason.tier
assert all(m.source and m.status == "S" for m in rule.metrics)  # each number has its source
