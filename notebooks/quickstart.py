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
# # 一格到图 · One cell to the map
#
# Typhoon In-Fa (烟花, July 2021), issued 24 h before its landfall, into a temporary folder: about half a minute.
# 风险研判产品,非气象预警信号。

# %%
from pathlib import Path
from tempfile import mkdtemp

from IPython.display import HTML, Image

import riskmap
from riskmap.products.plot import tiers_picture

result = riskmap.run(riskmap.bundled("scenarios/in-fa-2021.toml"), Path(mkdtemp()) / "in-fa")
page = (result.folder / "map.html").read_text(encoding="utf-8")
frame = page.replace("&", "&amp;").replace('"', "&quot;")
HTML(f'<div><iframe srcdoc="{frame}" width="100%" height="600"></iframe></div>')

# %% [markdown]
# ## 最重的县 · The worst counties
#
# 等级是理由的最大值 · a tier is the maximum of its reasons, and each reason has its value and its threshold.

# %%
assessment = riskmap.read_assessment(result.folder)
worst = [assessment.worst(region.code) for region in assessment.regions]
coloured = [found for found in worst if found.tier is not None and found.driver is not None]
coloured.sort(key=lambda found: (-found.tier, -(found.driver.area_share or 0.0)))


def share(reason):
    """Share of the area; what an asset or a point of the coast decides has none."""
    if reason.area_share is None:
        return reason.asset.name if reason.asset is not None else "—"
    return f"{reason.area_share:.0%}"


rows = "".join(
    f"<tr><td style='background:{found.tier.colour}'>{found.tier:d} {found.tier.chinese}</td><td>{found.region.name}</td>"
    f"<td>{found.driver.metric.chinese}</td><td>{found.driver.value:.1f} {found.driver.metric.units}</td>"
    f"<td>≥ {found.driver.threshold:g}</td><td>{share(found.driver)}</td></tr>"
    for found in coloured[:10]
)
HTML(
    f"<table><tr><th>等级</th><th>县</th><th>指标</th><th>值</th><th>阈值</th><th>面积</th></tr>{rows}</table>"
)

# %% [markdown]
# ## 静态图 · A still map, also for a grey print: colour, hatch and number

# %%
Image(tiers_picture(assessment, hazard="wind"))

# %% [markdown]
# ## 普陀为什么是这个颜色 · Why is Putuo (330903) that colour?

# %%
putuo = assessment.worst("330903")
for reason in putuo.reasons:
    print(
        f"{reason.tier.chinese} {reason.metric.chinese}: {reason.value:.1f} {reason.metric.units}, "
        f"threshold {reason.threshold:g}, share of the area {share(reason)}; {reason.metric.source}"
    )
print("没有计算 · not computed:", dict(assessment.lacking))

# %% [markdown]
# ## 没有说错 · Nothing was made up
#
# These hold for every run: no colour without a reason on the right side of its threshold, and no data is not green.

# %%
assert (result.folder / "map.html").stat().st_size > 100_000
assert len(assessment.regions) == 90
assert putuo.tier is not None
assert putuo.tier >= riskmap.Tier.ORANGE
for found in coloured:
    driver = found.driver
    assert found.tier == max(reason.tier for reason in found.reasons)
    assert driver.tier == riskmap.Tier.GREEN or driver.value >= driver.threshold
assert "storm_tide" in assessment.lacking
