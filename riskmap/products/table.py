"""The assessment as tables: a CSV that an office can open, and the JSON that ``evac`` reads back."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import asdict, fields
from typing import Any, Final

import numpy as np
import shapely
import xarray as xr
from numpy.typing import NDArray

from riskmap.assessment import TABLE_VARIABLES, Assessment
from riskmap.asset import INSTANTS, AssetTier, instant
from riskmap.errors import DataError
from riskmap.io.cycle_state import earlier_json, standing_json
from riskmap.io.published import ASSESSMENT_FORMAT, ASSESSMENT_VERSION
from riskmap.outlook import BEIJING
from riskmap.reasons import reasons_table
from riskmap.region import Region
from riskmap.rules import HazardRule
from riskmap.scale import NO_DATA, NO_DATA_WORDS, NOT_APPLICABLE, Tier, hazard_words

CSV_COLUMNS: Final = (
    "region", "name", "city", "valid_at", "hazard", "hazard_name", "driver", "tier", "tier_name", "status",
    "metric", "value", "units", "threshold", "threshold_source", "area_share", "maximum", "people", "covered",
    "confidence", "example", "previous_tier", "trend", "margin", "margin_share", "next_tier", "to_next", "to_next_share", "people_60",
    "people_65", "people_80", "probability", "onset", "end",
)  # fmt: skip
"""Header of ``tiers.csv``."""

_NAMES: Final = {int(t): t.chinese for t in Tier} | {NO_DATA: NO_DATA_WORDS[0], NOT_APPLICABLE: "不适用"}
_STATUS: Final = {NO_DATA: NO_DATA_WORDS[1], NOT_APPLICABLE: "not applicable"}


def tiers_csv(assessment: Assessment, reasons: xr.Dataset | None = None) -> str:
    """Every tier with its reason, one row per region, hour and hazard, the combined tier included.

    Parameters
    ----------
    assessment : Assessment
        What to list.
    reasons : Dataset, optional
        See ``riskmap.reasons_table``; made where None.

    Returns
    -------
    str
        Columns ``CSV_COLUMNS``; the text starts with a byte-order mark so that, written as UTF-8, a
        spreadsheet shows the Chinese. ``valid_at`` is Beijing time. ``tier`` is 0 green to 4 red and empty
        where there is none, with ``status`` saying why: ``no data`` or ``not applicable``; ``at least`` =
        part of the region has no data. ``people`` are modelled. The combined row repeats the numbers of
        the hazard that drives it (``driver``). ``example`` is 1 where the register of the hazard is invented (示例):
        such a row counts for nothing. From ``previous_tier`` on stands what ``reasons_table`` adds: the tier of the cycle before at the
        same hour, ``trend`` 1 rising, 0, -1 falling, how far the value is past its bound and from the next bound of the same metric,
        residents by age (modelled), chance, and the first and last hour of the spell at this tier or worse.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    out.write("\ufeff")
    writer.writerow(CSV_COLUMNS)
    hours = [t.astimezone(BEIJING).isoformat() for t in assessment.valid_at]
    table = {name: assessment.table[name].values for name in TABLE_VARIABLES}
    columns = {name: _numbers(name, table[name]) for name in ("value", "threshold", "area_share", "maximum")}
    columns |= {name: _numbers(name, table[name]) for name in ("people", "covered")}
    combined = hazard_words("combined")[0]
    hazards = assessment.hazards  # once: the property reads the Dataset
    rules = [assessment.rules[hazard] for hazard in hazards]
    apart = [hazard in assessment.apart for hazard in hazards]
    words = [hazard_words(hazard, example=h) for hazard, h in zip(hazards, apart, strict=True)]
    # what is apart drives nothing, whatever its tier
    more = _more(reasons_table(assessment) if reasons is None else reasons)
    drivers = np.where(np.array(apart)[:, None, None], np.int8(-128), table["tier"]).argmax(axis=0)
    for row, region in enumerate(assessment.regions):
        head = (cell(region.code), cell(region.name), cell(region.city_name))
        for hour, valid_at in enumerate(hours):
            for n, tier in _tiers(assessment, table["tier"], hour, row):
                source = int(drivers[hour, row]) if n is None else n
                name = ("combined", combined) if n is None else (hazards[n], words[n][0])
                body = _body(rules[source], table, columns, tier, (source, hour, row))
                example = int(n is not None and apart[n])
                after = more[0 if n is None else n + 1, hour, row]
                writer.writerow((*head, valid_at, *name, *body, example, *after))
    return out.getvalue()


def _more(reasons: xr.Dataset) -> NDArray[Any]:
    """What stands behind the first columns, as text: a tuple for each (hazard, time, region)."""
    columns = []
    for name in CSV_COLUMNS[CSV_COLUMNS.index("example") + 1 :]:
        values = reasons[name].values
        if values.dtype.kind == "M":
            texts = {None: "", **{t: _beijing(t) for t in reasons["time"].values.astype("datetime64[s]")}}
            cells = [texts[None if np.isnat(t) else t] for t in values.astype("datetime64[s]").ravel()]
        elif values.dtype.kind == "f":
            cells = _numbers("people" if name.startswith("people") else name, values).ravel().tolist()
        else:
            least = -1 if name == "trend" else 0
            cells = ["" if v < least else v for v in values.ravel().tolist()]
        columns.append(cells)
    return np.fromiter(zip(*columns, strict=True), object).reshape(reasons["tier"].shape)


def _beijing(time: np.datetime64) -> str:
    return instant(time).astimezone(BEIJING).isoformat()


def _tiers(
    assessment: Assessment, tiers: NDArray[Any], hour: int, row: int
) -> Iterator[tuple[int | None, int]]:
    """Combined first (hazard None), then every hazard."""
    yield None, int(assessment.combined[hour, row])
    for n in range(len(tiers)):
        yield n, int(tiers[n, hour, row])


def _body(
    rule: HazardRule,
    table: dict[str, NDArray[Any]],
    columns: dict[str, NDArray[Any]],
    tier: int,
    at: tuple[int, int, int],
) -> tuple[Any, ...]:
    hazard = rule.id
    name = _NAMES[tier]
    if tier < Tier.GREEN:
        return (hazard, "", name, _STATUS[tier], *[""] * 8, columns["covered"][at], rule.confidence)
    metric = rule.metrics[int(table["metric"][at])]
    status = "known" if table["covered"][at] >= 0.999 else "at least"
    return (
        hazard, tier, name, status, metric.variable, columns["value"][at], metric.units, columns["threshold"][at],
        metric.source, columns["area_share"][at], columns["maximum"][at], columns["people"][at],
        columns["covered"][at], metric.confidence or rule.confidence,
    )  # fmt: skip


def _numbers(name: str, values: NDArray[Any]) -> NDArray[Any]:
    """Numbers as text, NaN empty; a share keeps four decimals, people none, the rest six significant digits."""
    pattern = {"people": "%.0f", "area_share": "%.4f", "covered": "%.4f"}.get(name, "%.6g")
    text = ["" if value != value else pattern % value for value in values.ravel().tolist()]
    return np.array(text, dtype=object).reshape(values.shape)


def cell(text: str) -> str:
    """A name that a spreadsheet would run as a formula is quoted.

    Examples
    --------
    >>> cell("=1+1"), cell("定海区")
    ("'=1+1", '定海区')
    """
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else text


def assessment_json(assessment: Assessment) -> str:
    """The whole assessment as JSON: regions with their outlines, rules, table, lacking hazards.

    Parameters
    ----------
    assessment : Assessment
        What to write.

    Returns
    -------
    str
        One line of JSON, keys in a fixed order; NaN is null; GeoJSON outlines in WGS-84; nothing is rounded,
        so that ``riskmap.io.published.read_assessment`` gives back the same numbers.

    Raises
    ------
    DataError
        A number of the table is infinite.
    """
    content = {
        "format": ASSESSMENT_FORMAT,
        "version": ASSESSMENT_VERSION,
        "issued_at": assessment.issued_at.isoformat(),
        "valid_at": [t.isoformat() for t in assessment.valid_at],
        "hazards": list(assessment.hazards),
        "lacking": dict(assessment.lacking),
        "rules": {hazard: _rule(rule) for hazard, rule in assessment.rules.items()},
        "table": {name: _nested(assessment.table[name].values) for name in TABLE_VARIABLES},
        "cell": assessment.table["cell"].values.tolist() if "cell" in assessment.table else None,
        "assets": [_asset(asset) for asset in assessment.assets],
        "apart": sorted(assessment.apart),
        "raised": None if assessment.raised is None else assessment.raised.astype(int).tolist(),
        "earlier": earlier_json(assessment.earlier),
        "standing": standing_json(assessment.standing),
        "regions": [_region(region) for region in assessment.regions],
    }
    try:
        return json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n"
    except ValueError as error:
        raise DataError(
            "a number of the assessment is infinite",
            where="Assessment.table",
            expected="finite numbers, or NaN for no data",
            remedy="mask the cells before assessing",
        ) from error


def _nested(values: NDArray[Any]) -> Any:
    """Nested lists, NaN as None."""
    if values.dtype.kind != "f":
        return values.tolist()
    held = values.astype(object)
    held[np.isnan(values)] = None
    return held.tolist()


def _rule(rule: HazardRule) -> dict[str, Any]:
    content = {field.name: getattr(rule, field.name) for field in fields(rule)}
    content["metrics"] = [asdict(metric) for metric in rule.metrics]
    content["wetness"] = {name: dict(factors) for name, factors in rule.wetness.items()}
    return content


def _asset(asset: AssetTier) -> dict[str, Any]:
    tier = None if asset.tier is None else int(asset.tier)
    at = {name: getattr(asset, name) for name in INSTANTS}
    return asdict(asset) | {"tier": tier} | {name: t.isoformat() if t else None for name, t in at.items()}


def _region(region: Region) -> dict[str, Any]:
    return {
        "code": region.code,
        "name": region.name,
        "city_code": region.city_code,
        "city_name": region.city_name,
        "population": region.population,
        "valid_from": region.valid_from.isoformat() if region.valid_from else None,
        "valid_to": region.valid_to.isoformat() if region.valid_to else None,
        "aged": list(region.aged),
        "urban": region.urban,
        "level": region.level,
        "unusable": region.unusable,
        "geometry": json.loads(shapely.to_geojson(region.geometry)),
    }
