"""Sea walls (海塘) section by section: freeboard, overtopping, overflow and breach against tide, surge and waves.

Discharge decides where a section's allowed one is known, since many walls are built to be overtopped; freeboard is the
fallback. A wall counts above its own datum and is refused where the water's is another. See ``docs/concepts/sea_wall.md``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.errors import CoverageError, DataError
from riskmap.hazard.sea_wall.overtopping import (
    WEIR,
    berm_factor,
    oblique_factor,
    overflow,
    overtopping_slope,
    overtopping_wall,
    run_up,
)
from riskmap.hazard.surge.quasi_static import GRAVITY
from riskmap.hazard.waves import SPECTRAL_PERIOD, depth_limited
from riskmap.heights import HeightDatum, to_datum
from riskmap.rules import HazardRule

Floats = NDArray[np.float64]

SHADOW: Final = 110.0
"""Waves that come from further than this off the normal do not reach the wall [degrees]; EurOtop (2018) (status M)."""
DOES_NOT_APPLY: Final = -np.inf
"""Of a test that a section does not have: below every threshold, where NaN would make the section grey."""


@dataclass(frozen=True)
class Breach:
    """A breach that was seen or is assumed.

    Attributes
    ----------
    section : str
        Code of the section.
    since : datetime64
        UTC.
    width : float
        [m].
    bottom : float
        Level of its floor in the section's datum [m].
    """

    section: str
    since: np.datetime64
    width: float
    bottom: float


def assess_sections(
    walls: xr.Dataset, still_water: xr.DataArray, waves: xr.Dataset, *, breaches: Sequence[Breach] = (),
    shifts: Mapping[tuple[str, str], float] | None = None, design: bool = False,
) -> xr.Dataset:  # fmt: skip
    """What each section meets, hour by hour.

    Parameters
    ----------
    walls : Dataset (section)
        See ``riskmap.io.sea_walls.read_sea_walls``.
    still_water : DataArray (time, section)
        Tide and surge together [m], attribute ``height_datum``; NaN where unknown.
    waves : Dataset (time, section)
        ``significant_wave_height`` [m] and ``peak_period`` [s] in front of the foreshore, ``wave_from`` [degrees].
    breaches : sequence of Breach
    shifts : mapping, optional
        Differences between height datums [m], see ``riskmap.heights.to_datum``.
    design : bool
        EurOtop's coefficients for design and assessment instead of the mean.

    Returns
    -------
    Dataset (section, time)
        ``still_water``, ``significant_wave_height`` at the toe, ``run_up``, ``freeboard`` [m], ``peak_period`` [s],
        ``overtopping_discharge`` with overflow [m3 s-1 m-1], ``inflow`` over the whole section and through its
        breaches [m3 s-1], ``inflow_volume`` since the first hour [m3]; and what is graded: ``overtopping_share`` [1],
        ``crest_exceedance``, ``above_design_tide``, ``above_crest`` [m], ``breached`` [1]. NaN where the water is
        unknown.

    Raises
    ------
    DatumError
        The water counts above another datum than a wall and no difference is declared.
    DataError, CoverageError
        A breach in no section; sections that water or waves lack.
    """
    codes = [str(code) for code in walls["section"].values]
    _require_sections(codes, still_water, waves, breaches)
    times = still_water["time"].values.astype("datetime64[s]")
    water = _water(walls, still_water.sel(section=codes), shifts)
    height, period, bearing = (
        waves.sel(section=codes)[name].transpose("section", "time").values.astype(np.float64)
        for name in ("significant_wave_height", "peak_period", "wave_from")
    )
    one = {name: walls[name].values.astype(np.float64)[:, None] for name in _NUMBERS}
    angle = np.abs((bearing - one["facing"] + 180.0) % 360.0 - 180.0)
    depth = water - one["toe"]
    height = np.where(angle > SHADOW, 0.0, depth_limited(height, depth))
    reach, q = _reach_and_discharge(walls, one, water, height, period / SPECTRAL_PERIOD, angle, design)
    crest = np.fmin(one["crest"], one["lowest_opening"])
    q = q + np.where(
        one["lowest_opening"] < one["crest"], one["opening_share"] * overflow(crest - water), 0.0
    )
    through = np.zeros_like(water)
    broken = np.zeros_like(water)
    for breach in breaches:
        n = codes.index(breach.section)
        since = times >= breach.since
        head = np.maximum(water[n] - breach.bottom, 0.0)
        through[n] += np.where(since, breach.width * WEIR * np.sqrt(GRAVITY * head**3), 0.0)
        broken[n] = np.where(since, 1.0, broken[n])
    inflow = q * one["length"] + through
    freeboard = one["crest"] - (water + reach)
    allowed = one["allowed_discharge"]
    unknown = np.isnan(water)
    found = {
        "still_water": (water, "m"), "significant_wave_height": (height, "m"), "peak_period": (period, "s"),
        "run_up": (reach, "m"), "freeboard": (freeboard, "m"), "overtopping_discharge": (q, "m3 s-1 m-1"),
        "inflow": (inflow, "m3 s-1"), "inflow_volume": (_volume(inflow, times), "m3"),
        "overtopping_share": (np.where(np.isnan(allowed), DOES_NOT_APPLY, q / allowed), "1"),
        "crest_exceedance": (np.where(np.isnan(allowed), -freeboard, DOES_NOT_APPLY), "m"),
        "above_design_tide": (np.where(np.isnan(one["design_tide"]), DOES_NOT_APPLY, water - one["design_tide"]), "m"),
        "above_crest": (water - crest, "m"), "breached": (broken, "1"),
    }  # fmt: skip
    return xr.Dataset(
        {name: (("section", "time"), values if name == "breached" else np.where(unknown, np.nan, values), {"units": units})
         for name, (values, units) in found.items()},
        coords={"section": codes, "time": still_water["time"].values},
        attrs={"marks": walls.attrs.get("marks", "")},
    )  # fmt: skip


_NUMBERS: Final = (
    "crest", "toe", "cot_slope", "roughness", "berm_width", "berm_level", "design_tide", "allowed_discharge", "length",
    "facing", "lowest_opening", "opening_share",
)  # fmt: skip


def _require_sections(
    codes: list[str], still_water: xr.DataArray, waves: xr.Dataset, breaches: Sequence[Breach]
) -> None:
    for what, there in (("still water", still_water), ("waves", waves)):
        missing = sorted(set(codes) - {str(code) for code in there["section"].values})
        if missing:
            raise CoverageError(
                f"{what} lack sections of the table", where="sea walls", expected="all sections",
                found="without " + ", ".join(missing), remedy="compute them for every section; NaN where unknown",
            )  # fmt: skip
    for breach in breaches:
        if breach.section not in codes:
            raise DataError(
                "a breach in a section that is not in the table", where=f"breach {breach.section}",
                expected=", ".join(codes), found=breach.section, remedy="mend the code",
            )  # fmt: skip


def _water(
    walls: xr.Dataset, still_water: xr.DataArray, shifts: Mapping[tuple[str, str], float] | None
) -> Floats:
    """Still water (section, time) above each wall's own datum [m]."""
    given: HeightDatum = still_water.attrs.get("height_datum", "")
    rows = still_water.transpose("section", "time").values.astype(np.float64)
    return np.stack(
        [
            to_datum(row, given=given, wanted=str(datum), where=f"sea wall {code}", shifts=shifts)  # type: ignore[arg-type]
            for row, datum, code in zip(rows, walls["height_datum"].values, walls["section"].values, strict=True)
        ]
    ) if len(rows) else rows  # fmt: skip


def _reach_and_discharge(
    walls: xr.Dataset, one: Mapping[str, Floats], water: Floats, height: Floats, period: Floats, angle: Floats, design: bool
) -> tuple[Floats, Floats]:  # fmt: skip
    """R2% [m] and mean discharge [m3 s-1 m-1]; a vertical wall has no run-up of its own formula: Hm0 counts."""
    upright = walls["vertical"].values[:, None]
    slope = np.where(upright, 3.0, one["cot_slope"])
    factor = oblique_factor(angle, run_up=True)
    plain = run_up(
        height=height, period=period, cot_slope=slope, rough=one["roughness"], oblique=factor, design=design
    )
    span = one["berm_width"] + 2.0 * height * slope
    berm = berm_factor(
        width=one["berm_width"],
        length=span,
        below_water=water - one["berm_level"],
        height=height,
        run_up=plain,
    )
    berm = np.where(one["berm_width"] > 0.0, berm, 1.0)
    reach = run_up(
        height=height,
        period=period,
        cot_slope=slope,
        rough=one["roughness"],
        oblique=factor,
        berm=berm,
        design=design,
    )
    high, oblique = one["crest"] - water, oblique_factor(angle)
    over = overtopping_slope(
        height=height, period=period, freeboard=high, cot_slope=slope, rough=one["roughness"], oblique=oblique,
        berm=berm, design=design,
    )  # fmt: skip
    wall = overtopping_wall(
        height=height, period=period, freeboard=high, depth=water - one["toe"], oblique=oblique
    )
    return np.where(upright, height, reach), np.where(upright, wall, over)


def _volume(inflow: Floats, times: NDArray[np.datetime64]) -> Floats:
    """Sum of the inflow over time by trapezoids [m3], 0 at the first hour."""
    seconds = np.diff(times).astype("timedelta64[s]").astype(np.float64)
    steps = 0.5 * (inflow[:, 1:] + inflow[:, :-1]) * seconds
    return np.concatenate([np.zeros((len(inflow), 1)), np.cumsum(steps, axis=1)], axis=1)


def grade_sections(found: xr.Dataset, rule: HazardRule) -> xr.Dataset:
    """Tier of each section and hour, and the metric that decides it.

    Parameters
    ----------
    found : Dataset (section, time)
        See ``assess_sections``.
    rule : HazardRule
        The bundled ``sea_wall``, or a bureau's own.

    Returns
    -------
    Dataset (section, time)
        ``tier`` int8 (0 green to 4 red, -1 no data: nothing known is bad, and not all is known), ``driver`` int8 (index of the metric in the rule).
    """
    values = np.stack([found[metric.variable].values for metric in rule.metrics])
    bounds = np.array([[np.inf if t is None else t for t in m.thresholds] for m in rule.metrics])
    tiers = np.zeros(values.shape, np.int8)
    for k in range(4):
        tiers = np.where(values >= bounds[:, k][:, None, None], np.int8(k + 1), tiers)
    worst = tiers.max(axis=0)
    # what is known to be bad stands; green needs every test
    tier = np.where(np.isnan(values).any(axis=0) & (worst == 0), -1, worst).astype(np.int8)
    return xr.Dataset(
        {
            "tier": (("section", "time"), tier),
            "driver": (("section", "time"), tiers.argmax(axis=0).astype(np.int8)),
        },
        coords=found.coords,
    )


def reason_words(walls: xr.Dataset, found: xr.Dataset, section: str, hour: int) -> tuple[str, str]:
    """Why a section is at its tier in one hour, for letters: Chinese and English."""
    wall, at = walls.sel(section=section), found.sel(section=section).isel(time=hour)
    if np.isnan(float(at["still_water"])):
        broken = float(at["breached"]) >= 1.0
        return (
            f"{wall['name'].item()}:潮位不明" + (",决口" if broken else ""),
            f"{section}: water level unknown" + (", breached" if broken else ""),
        )
    q, water, freeboard = (float(at[name]) for name in ("overtopping_discharge", "still_water", "freeboard"))
    share = float(at["overtopping_share"])
    chinese = [f"{wall['name'].item()}:静水位{water:.2f}米,波高{float(at['significant_wave_height']):.1f}米"]
    english = [f"{section}: still water {water:.2f} m, waves {float(at['significant_wave_height']):.1f} m"]
    if np.isfinite(share):
        chinese.append(f"越浪量{1e3 * q:.1f}升/(秒·米),为允许值的{share:.0%}")
        english.append(f"overtopping {1e3 * q:.1f} l/s per m, {share:.0%} of the allowed")
    else:
        chinese.append(f"超高{freeboard:.2f}米(允许越浪量未知)")
        english.append(f"freeboard {freeboard:.2f} m (allowed overtopping unknown)")
    for name, words in _EVENTS.items():
        if float(at[name]) >= words[0]:
            chinese.append(words[1])
            english.append(words[2])
    for name, (words_cn, words_en) in OPENINGS.items():
        count = int(wall[name])
        if count:
            chinese.append(f"{words_cn}{count}处")
            english.append(f"{count} {words_en}")
    return ",".join(chinese), ", ".join(english)


_EVENTS: Final = {
    "above_design_tide": (0.0, "静水位达到设计潮位", "still water at the design tide"),
    "above_crest": (0.0, "静水位达到塘顶或开口", "still water at the crest or an opening"),
    "breached": (1.0, "决口", "breached"),
}
OPENINGS: Final = {
    "dry_gates": ("旱闸", "dry gates"), "gaps": ("缺口", "gaps"), "sluices": ("涵闸", "sluices"),
    "under_construction": ("在建段", "parts under construction"),
}  # fmt: skip
"""Weak places that a section lists -> their words."""
