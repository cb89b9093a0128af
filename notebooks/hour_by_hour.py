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
# # 烟花逐时 · In-Fa, hour by hour
#
# Typhoon In-Fa (烟花, July 2021) as it would have been issued 24 h before its landfall: which county turns when, and by which
# hazard. Cells of 5 km to be quick; the demo has 2 km. Track, relief and census are real; the forecast is the best
# track displaced by published error statistics, wind and rain are modelled. About 20 seconds. 风险研判产品,非气象预警信号。

# %%
from collections import Counter
from io import BytesIO
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
from IPython.display import HTML, Image
from matplotlib.figure import Figure

import riskmap as rm
from riskmap.outlook import beijing
from riskmap.scale import HAZARD_WORDS, NO_DATA, NO_DATA_COLOUR

folder = Path(mkdtemp())
scenario = f"""
[event]
number = "2106"
name = "In-Fa"
chinese = "烟花"
[run]
issued_at = 2021-07-24T12:30:00+08:00
hours = 48
seed = 12
replay = true
[grid]
west = 117.5
south = 27.0
east = 123.5
north = 31.5
step = 0.05
[track]
file = "{rm.bundled("tracks/jma_bst_zhejiang_2015_2021.txt")}"
format = "jma"
storm = "2106"
forecast = "simulated"
[wind]
radii = "fit"
profile = "holland_1980"
[terrain]
relief = "{rm.bundled("relief/zhejiang_srtm30_land_1-48deg.tif")}"
[regions]
file = "{rm.bundled("admin/zhejiang_district_simple.geojson")}"
population = "{rm.bundled("census/zhejiang_pop2020_on_2021_boundaries.csv")}"
[products]
letters = false
phone_pictures = 0
"""
(folder / "in-fa.toml").write_text(scenario, encoding="utf-8")
run = rm.run(folder / "in-fa.toml", folder / "run").folder
assessment = rm.read_assessment(run)
assessment

# %% [markdown]
# ## 六张图 · Six hours
#
# The number is the tier; hatches keep it on a grey print. 灰色是没有数据 · grey is not known, never green.

# %%
HOURS = (0, 10, 20, 25, 35, 48)


def shown(figure, dpi=80):
    """The picture of a figure."""
    out = BytesIO()
    figure.savefig(out, format="png", dpi=dpi)
    return Image(out.getvalue())


figure = Figure(figsize=(15, 11), layout="constrained")
for hour, axes in zip(HOURS, figure.subplots(2, 3).flat, strict=True):
    rm.plot_tiers(assessment, hour, ax=axes)
    axes.set_xlabel("")
    if hour != HOURS[0]:
        axes.get_legend().remove()
shown(figure, dpi=60)

# %% [markdown]
# ## 多少个县 · How many counties
#
# At each hour. What still grows at the end is flash flood, from rain that the model makes too heavy on the second day (docs/limits.md).

# %%
ahead = np.arange(len(assessment.valid_at))
counts = [assessment.counts(hour) for hour in ahead]
colours = {tier: tier.colour for tier in rm.Tier} | {None: NO_DATA_COLOUR}
levels = (*reversed(rm.Tier), None)
figure = Figure(figsize=(10, 4), layout="constrained")
axes = figure.subplots()
axes.stackplot(
    ahead, [[count[tier] for count in counts] for tier in levels], colors=[colours[tier] for tier in levels],
    labels=["no data" if tier is None else tier.english for tier in levels],
)  # fmt: skip
axes.set(xlabel="hours after the issue time", ylabel="counties", xlim=(0, 48), ylim=(0, 90))
axes.legend(loc="lower right", fontsize=8)
shown(figure)

# %% [markdown]
# ## 哪个县、何时 · Which county, when
#
# A row is a county, a column an hour; the 24 counties that are worst for longest.


# %%
def weight(code):
    """Sum of a county's tiers over the hours; grey counts nothing."""
    return sum(int(tier) for tier in tiers_of[code] if tier > 0)


tiers_of = {region.code: assessment.combined[:, n] for n, region in enumerate(assessment.regions)}
worst = sorted(tiers_of, key=lambda code: (-weight(code), code))[:24]


def strip(code):
    """A county's hours as a row of colours."""
    cells = "".join(
        f"<td title='+{hour} h' style='padding:0;width:11px;background:{NO_DATA_COLOUR if tier == NO_DATA else rm.Tier(tier).colour}'></td>"
        for hour, tier in enumerate(tiers_of[code].tolist())
    )
    return f"<tr><th style='padding:0 6px'>{assessment.region(code).name}</th>{cells}</tr>"


marks = "".join(f"<td colspan='6' style='text-align:left;padding:0'>+{h}</td>" for h in range(0, 48, 6))
HTML(
    f"<table style='border-spacing:0'><tr><td></td>{marks}</tr>{''.join(strip(code) for code in worst)}</table>"
)

# %% [markdown]
# ## 谁说了算 · Which hazard decides
#
# In the worst hour of each coloured county. 多个灾种同级时列第一个 · where several are equal, the first.

# %%
coloured = [found for r in assessment.regions if (found := assessment.worst(r.code)).tier]
drivers = Counter((found.driver.hazard, found.tier) for found in coloured)
names = sorted({hazard for hazard, _ in drivers}, key=lambda h: -sum(drivers[h, t] for t in rm.Tier))
figure = Figure(figsize=(8, 0.6 + 0.5 * len(names)), layout="constrained")
axes, left = figure.subplots(), np.zeros(len(names))
for tier in reversed(rm.Tier):
    width = np.array([drivers[name, tier] for name in names])
    axes.barh(
        [HAZARD_WORDS[name][1] for name in names], width, left=left, color=tier.colour, edgecolor="#444"
    )
    left += width
axes.invert_yaxis()
axes.set(xlabel="counties by their worst tier")
shown(figure)

# %% [markdown]
# ## 何时到橙,何时退 · From when to when at orange
#
# What a county asks first: how long have we, and for how long?

# %%
spells = {code: assessment.period(code, rm.Tier.ORANGE) for code in worst[:10]}
for code, spell in spells.items():
    if spell is not None:
        hours = (spell[1] - spell[0]).total_seconds() / 3600 + 1
        lead = (spell[0] - assessment.issued_at).total_seconds() / 3600
        end = (
            "到时段末 to the end of the window" if spell[1] == assessment.valid_at[-1] else beijing(spell[1])
        )
        print(
            f"{assessment.region(code).name}: {beijing(spell[0])} 起 {hours:.0f} h ({end}), 提前 {lead:.0f} h"
        )
assessment.worst(worst[0])

# %% [markdown]
# ## 没有说错 · Nothing was made up
#
# These hold for every run: each county is counted once an hour, no colour without a reason, the first issue is published as it was computed,
# and what was not computed is named.

# %%
assert all(sum(count.values()) == 90 for count in counts)
assert {"wind", "rain", "flash_flood"} <= set(assessment.hazards)
assert "storm_tide" in assessment.lacking
assert (assessment.published_worst == assessment.window_worst).all()
for found in coloured:
    assert found.tier == max(reason.tier for reason in found.reasons)
    assert found.driver.value >= found.driver.threshold
for code, spell in spells.items():
    assert (spell is not None) == bool((tiers_of[code] >= rm.Tier.ORANGE).any())
assert {"330903", "330902", "330921"} <= set(worst)  # Zhoushan, where In-Fa landed, is among the worst
assert counts[0][rm.Tier.RED] <= max(count[rm.Tier.RED] for count in counts)
assert sum(drivers.values()) == len(coloured)
