"""Is it over? The latest published risk map, looked at again before anybody is told to go home."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evac.grain import COUNTY_DIGITS
from evac.returning.rules import ReturnRules, bundled_rules
from riskmap.assessment import Assessment
from riskmap.outlook import beijing
from riskmap.scale import NO_DATA, NOT_APPLICABLE, Tier
from riskmap.standing import Held

SLOPES: Final = "landslide"


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the map says of a region from an instant on.

    Attributes
    ----------
    danger : str
        Why it is not over, in words; empty where every hour from now on is known and below orange.
    slopes : str
        Why slope-side houses must wait, whatever an inspection says; empty where they need not.
    slopes_known : bool
        False where nothing is known of the geo-hazard: a named person may answer for that.
    """

    danger: str
    slopes: str
    slopes_known: bool = True


UNKNOWN: Final = Outlook(
    "没有风险图可复核 · no risk map was named", "地质灾害等级不明 · geo-hazard not known", slopes_known=False
)


def look_again(
    assessment: Assessment | None, region: str, *, at: datetime, rules: ReturnRules | None = None
) -> Outlook:
    """Whether the danger to a region is over by the latest published run.

    Parameters
    ----------
    assessment : Assessment or None
        Of the run; None where there is none: then nothing is known, which is never green.
    region : str
        2 to 12 digits; a town or village stands under its county's tier unless the run has its own.
    at : datetime
        The clock. A run whose hours have all passed says nothing of now.

    Returns
    -------
    Outlook
        Of the worst county of the region.

    Examples
    --------
    >>> import riskmap as rm
    >>> import xarray as xr
    >>> from evac import look_again
    >>> hours = np.datetime64("2021-07-25T00", "h") + np.arange(12)
    >>> grid = rm.Grid.from_bounds(west=121.5, south=29.5, east=123, north=31, step=0.1)
    >>> radar = xr.DataArray(np.full((12, 15, 15), 9.0), coords={"time": hours.astype("M8[ns]"), **grid.coordinates},
    ...                      dims=("time", "y", "x"), attrs={"units": "mm"})
    >>> run = rm.assess(rm.rain_sums(radar))  # 54 mm in 6 h: yellow
    >>> found = look_again(run, "330903", at=run.valid_at[8])
    >>> found.danger, found.slopes
    ('', '地质灾害等级不明 · geo-hazard not known')
    >>> look_again(None, "330903", at=run.valid_at[8]).danger
    '没有风险图可复核 · no risk map was named'
    """
    if assessment is None:
        return UNKNOWN
    chosen = rules or bundled_rules()
    rows = _rows(assessment, region)
    if not rows:
        return Outlook(f"风险图中没有 {region} · not on the map", UNKNOWN.slopes, slopes_known=False)
    hours = [n for n, hour in enumerate(assessment.valid_at) if hour + timedelta(hours=1) > at]
    if not hours:
        last = beijing(assessment.valid_at[-1])
        return Outlook(f"风险图只到 {last} · the run ends before now", UNKNOWN.slopes, slopes_known=False)
    danger = "; ".join(_danger(assessment, rows, hours, chosen))
    known, slopes = _slopes(assessment, rows, hours, at, chosen)
    return Outlook(danger, slopes, known)


def _rows(assessment: Assessment, region: str) -> dict[str, int]:
    own = {r.code: n for n, r in enumerate(assessment.regions) if r.code.startswith(region)}
    county = region[:COUNTY_DIGITS]
    return own or {r.code: n for n, r in enumerate(assessment.regions) if r.code == county}


def _danger(
    assessment: Assessment, rows: dict[str, int], hours: list[int], rules: ReturnRules
) -> Iterator[str]:
    for code, row in rows.items():
        tiers = assessment.combined[hours, row]
        worst = int(tiers.max())
        held = assessment.standing.of(code) if assessment.standing else None
        if held is not None and held.published != held.computed:
            worst = max(worst, held.published)  # nobody has confirmed that it may come down
        if worst >= rules.still_dangerous:
            last = max(
                (n for n, t in zip(hours, tiers, strict=True) if t >= rules.still_dangerous), default=None
            )
            until = f"至 {beijing(assessment.valid_at[last])}" if last is not None else "未经人工确认下调"
            yield f"{code} 仍为{Tier(worst).chinese}色({until}) · still {Tier(worst).english}"
        elif (tiers == NO_DATA).any():
            yield f"{code} 部分时段无数据(灰) · hours without data, which are not green"


def _slopes(
    assessment: Assessment, rows: dict[str, int], hours: list[int], at: datetime, rules: ReturnRules
) -> tuple[bool, str]:
    if SLOPES not in assessment.hazards or SLOPES in assessment.apart:
        return False, UNKNOWN.slopes
    table = assessment.table["tier"].sel(hazard=SLOPES).transpose("time", "region").values
    wet = assessment.standing.wet_until if assessment.standing else {}
    told, known = [], True
    for code, row in rows.items():
        tiers = table[hours, row]
        if (tiers == NOT_APPLICABLE).all():
            continue
        held = assessment.standing.of(code, SLOPES) if assessment.standing else None
        dry = wet[code] + rules.after_rain if code in wet else None
        if dry is not None and at < dry and _was(table[:, row], held, rules):
            told.append(
                f"{code} 雨后未满 {rules.after_rain / timedelta(hours=1):g} 小时,至 {beijing(dry)} · too soon after rain"
            )
        elif (tiers >= rules.slope_tier).any() or (
            dry is None and held is not None and held.published >= rules.slope_tier
        ):
            told.append(f"{code} 地质灾害仍在黄色以上 · geo-hazard still at yellow or above")
        elif (tiers == NO_DATA).any():
            known = False
            told.append(f"{code} {UNKNOWN.slopes}")
    return known, "; ".join(told)


def _was(tiers: NDArray[np.int8], held: Held | None, rules: ReturnRules) -> bool:
    """Whether the geo-hazard was, or is published, at the tier that holds slopes."""
    return bool((tiers >= rules.slope_tier).any()) or (
        held is not None and held.published >= rules.slope_tier
    )
