"""``levels.csv``: the worst of every city, county, township, village and other unit, one line each."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from riskmap.assessment import Assessment, RegionTier
from riskmap.outlook import BEIJING, Outlook
from riskmap.products.table import cell
from riskmap.scale import NO_DATA_WORDS, hazard_words, rain_grade

LEVEL_COLUMNS: Final = (
    "level", "region", "name", "city", "tier", "tier_name", "valid_at", "hazard", "hazard_name", "value", "units",
    "threshold", "county", "compound", "rain_24h", "rain_grade", "note",
)  # fmt: skip
"""Header of ``levels.csv``."""

NO_SHAPE: Final = "无边界,不着色 (no outline: not coloured)"


def levels_csv(outlook: Outlook) -> str:
    """The worst hour of every unit of every level over the window, with its driver.

    Parameters
    ----------
    outlook : Outlook

    Returns
    -------
    str
        Columns ``LEVEL_COLUMNS``, with a byte-order mark. ``county`` names the county that decides a city. ``rain_24h`` [mm] is the
        largest 24 h rain on the rule's share of the unit (of a city: of its wettest county) and ``rain_grade`` its grade by GB/T 28592, which is no tier. Units without
        an outline stand at the end, without a tier. Tiers are as computed: what the cycles before hold up stands in ``counties.csv``. ``valid_at`` is Beijing time.
    """
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(LEVEL_COLUMNS)
    rain: dict[str, float] = {}
    if outlook.rain_24h is not None:
        most = np.fmax.reduce(outlook.rain_24h.values, axis=0)
        rain = dict(zip((str(c) for c in outlook.rain_24h["region"].values), most.tolist(), strict=True))
    for county in outlook.assessment.regions:  # a city has the rain of its wettest county
        fallen = rain.get(county.code, float("nan"))
        rain[county.city_code] = float(np.fmax(rain.get(county.city_code, float("nan")), fallen))
    every = {"county": outlook.assessment, **outlook.levels}
    for level in ("city", "county", "township", "village", "unit"):
        if level in every:
            writer.writerows(_rows(every[level], level, rain))
    for unit in outlook.listed:
        kind = "township" if len(unit.code) == 9 else "village"
        head = (kind, cell(unit.code), cell(unit.name), "", "", NO_DATA_WORDS[0])
        writer.writerow((*head, *[""] * (len(LEVEL_COLUMNS) - len(head) - 1), NO_SHAPE))
    return out.getvalue()


def _rows(assessment: Assessment, level: str, rain: Mapping[str, float]) -> Iterator[tuple[object, ...]]:
    for row, region in enumerate(assessment.regions):
        worst = assessment.worst(region.code)
        name = NO_DATA_WORDS[0] if worst.tier is None else worst.tier.chinese
        body: tuple[object, ...] = ("", name, *[""] * 7)
        if worst.tier is not None and worst.driver is not None:
            driver = worst.driver
            bound = "" if driver.threshold is None else f"{driver.threshold:g}"
            body = (
                int(worst.tier), name, worst.valid_at.astimezone(BEIJING).isoformat(), driver.hazard,
                hazard_words(driver.hazard)[0], f"{driver.value:.2f}", driver.metric.units, bound,
                _decided_by(assessment, worst, row),
            )  # fmt: skip
        fallen = rain.get(region.code, float("nan"))
        wet = ("", "") if np.isnan(fallen) else (f"{fallen:.0f}", rain_grade(fallen))
        head = (level, cell(region.code), cell(region.name), cell(region.city_name))
        yield (*head, *body, int(worst.compound), *wet, region.unusable)


def _decided_by(assessment: Assessment, worst: RegionTier, row: int) -> str:
    """The county that decides a city's driving hazard in its worst hour; nothing for other levels."""
    if "county" not in assessment.table or worst.driver is None:
        return ""
    hazard, hour = assessment.hazards.index(worst.driver.hazard), assessment.valid_at.index(worst.valid_at)
    return str(assessment.table["county"].values[hazard, hour, row])
