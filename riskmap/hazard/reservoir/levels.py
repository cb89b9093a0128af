"""Levels of reservoirs and ponds against their own: 汛限, 设计, 校核.

Tiers (status D): blue from the flood-limit level (汛限水位), yellow half way from it to the design level, orange from the
design level (设计水位) or where water spills onto people, red from the check level (校核水位) or reported danger (险情).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.asset import AssetTier, instant, worst_of_series
from riskmap.errors import DataError
from riskmap.heights import HEIGHT_DATUMS
from riskmap.scale import NO_DATA, Tier

HAZARD: Final = "reservoir"
LEVEL_WORDS: Final = (
    ("汛限水位", "the flood-limit level"),
    ("汛限至设计水位之半", "half way from flood limit to design level"),
    ("设计水位", "the design level"),
    ("校核水位", "the check level"),
)


@dataclass(frozen=True)
class Reservoir:
    """One reservoir or pond and its levels, all in one height datum.

    Attributes
    ----------
    kind : str
        ``reservoir`` (水库) or ``pond`` (山塘).
    flood_limit, design, check, crest : float or None
        汛限, 设计, 校核, 坝顶 [m]; None where it has none. A pond often has two of them.
    capacity : float or None
        Total storage [m3].
    downstream_people : int or None
        People whom its release or failure would reach.
    safe_release : float or None
        Discharge that stays in the channel below [m3 s-1]; above it water spills onto people.
    plan : str
        Release plan (泄洪方案).
    """

    reservoir_id: str
    name: str
    kind: str
    region: str
    longitude: float
    latitude: float
    datum: str
    flood_limit: float | None
    design: float | None = None
    check: float | None = None
    crest: float | None = None
    capacity: float | None = None
    downstream_people: int | None = None
    downstream_regions: tuple[str, ...] = ()
    safe_release: float | None = None
    plan: str = ""
    responsible: str = ""

    def __post_init__(self) -> None:
        names = [n for n in ("flood_limit", "design", "check", "crest") if getattr(self, n) is not None]
        levels = [getattr(self, n) for n in names]
        for low, high, a, b in zip(names, names[1:], levels, levels[1:], strict=False):
            if not a < b and not (high == "crest" and a == b):
                raise DataError(
                    f"the {high} level is not above the {low} level", where=f"reservoir {self.reservoir_id}",
                    expected="flood_limit < design < check <= crest", found=f"{a:g} and {b:g} m",
                    remedy="check the columns",
                )  # fmt: skip
        if not names or not self.datum:
            raise DataError(
                "no level at all" if not names else "levels without a height datum",
                where=f"reservoir {self.reservoir_id}", expected="one level or more, and their datum",
                found=f"{', '.join(names) or 'none'}; datum {self.datum!r}", remedy="fill in the row",
            )  # fmt: skip


def thresholds(reservoirs: Sequence[Reservoir]) -> NDArray[np.float64]:
    """Level from which each is blue, yellow, orange, red [m], shape (reservoir, 4); NaN where it has none.

    Where the check level is not known, red begins at the crest: water over a dam is danger whatever the table lacks.
    """
    rows = []
    for r in reservoirs:
        limit = np.nan if r.flood_limit is None else r.flood_limit
        design = np.nan if r.design is None else r.design
        top = r.check if r.check is not None else r.crest
        rows.append((limit, limit + (design - limit) / 2, design, np.nan if top is None else top))
    return np.round(np.array(rows, np.float64).reshape(len(rows), 4), 6)


def level_tiers(
    level: NDArray[np.floating],
    bounds: NDArray[np.float64],
    *,
    spilling: NDArray[np.bool_] | None = None,
    danger: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
    """Tier of every level, and the bound that it met.

    Parameters
    ----------
    level : array (time, reservoir)
        [m]; NaN unknown.
    bounds : array (reservoir, 4)
        See ``thresholds``.
    spilling : bool array (time, reservoir), optional
        Water spills onto people: orange at least, whatever the level.
    danger : bool array (time, reservoir), optional
        Danger (险情) is reported: red, whatever the level.

    Returns
    -------
    tier : int8 (time, reservoir)
        ``NO_DATA`` where neither level nor report says anything.
    met : float64 (time, reservoir)
        [m]; NaN where no level was met.

    Examples
    --------
    >>> bounds = np.array([[100.0, 101.0, 102.0, 103.0]])
    >>> level_tiers(np.array([[99.0], [100.0], [101.5], [104.0], [np.nan]]), bounds)[0][:, 0].tolist()
    [0, 1, 2, 4, -1]
    """
    levels = np.round(np.asarray(level, np.float64), 4)
    tier = np.zeros(levels.shape, np.int8)
    met = np.full(levels.shape, np.nan)
    for t in range(4):
        reached = levels >= bounds[:, t]
        tier[reached] = t + 1
        met[reached] = np.broadcast_to(bounds[:, t], levels.shape)[reached]
    tier[np.isnan(levels)] = NO_DATA
    for reported, least in ((spilling, Tier.ORANGE), (danger, Tier.RED)):
        if reported is not None:
            raised = np.asarray(reported) & (tier < least)
            tier[raised], met[raised] = least, np.nan
    return tier, met


def spilling(outflow: NDArray[np.floating], reservoirs: Sequence[Reservoir]) -> NDArray[np.bool_]:
    """Whether each outflow (time, reservoir) [m3 s-1] is more than the channel below holds, with people there.

    A reservoir without a safe release, or with nobody below, never spills onto people by this test; one whose people
    are not known counts as having some.
    """
    safe = np.array([np.inf if r.safe_release is None else r.safe_release for r in reservoirs])
    people = np.array([r.downstream_people is None or r.downstream_people > 0 for r in reservoirs])
    return np.asarray((np.asarray(outflow) > safe) & people)


def reservoir_series(
    reservoirs: Sequence[Reservoir], times: NDArray[np.datetime64], level: NDArray[np.floating], *,
    outflow: NDArray[np.floating] | None = None, danger: NDArray[np.bool_] | None = None,
) -> xr.Dataset:  # fmt: skip
    """Tiers of all reservoirs at all hours, labelled.

    Parameters
    ----------
    reservoirs : sequence of Reservoir
    times : datetime64 (time,), UTC
    level, outflow : array (time, reservoir)
        Observed or forecast [m], [m3 s-1], levels in each one's own datum.
    danger : bool array (time, reservoir), optional

    Returns
    -------
    Dataset (time, asset)
        ``tier`` int8, ``value`` and ``threshold`` [m].
    """
    onto = None if outflow is None else spilling(outflow, reservoirs)
    tier, met = level_tiers(level, thresholds(reservoirs), spilling=onto, danger=danger)
    names = ("time", "asset")
    value = np.asarray(level, np.float64)
    return xr.Dataset(
        {"tier": (names, tier), "value": (names, value, {"units": "m"}), "threshold": (names, met, {"units": "m"})},
        coords={"time": times, "asset": [r.reservoir_id for r in reservoirs]},
    )  # fmt: skip


def reservoir_assets(
    reservoirs: Sequence[Reservoir], series: xr.Dataset, *, source: str, observed: bool = False
) -> tuple[AssetTier, ...]:
    """One record a reservoir: its worst tier, when it first comes, and why.

    Parameters
    ----------
    reservoirs, series
        As given to and by ``reservoir_series``.
    source : str
        Whose levels they were.
    """
    found = []
    for k, reservoir in enumerate(reservoirs):
        column = series.isel(asset=k)
        tier, first = worst_of_series(column["tier"].values)
        value = None if first is None else _or_none(column["value"].values[first])
        met = None if first is None else _or_none(column["threshold"].values[first])
        chinese, english = _words(reservoir, tier, value, met)
        found.append(
            AssetTier(
                asset_id=reservoir.reservoir_id, name=reservoir.name, kind=reservoir.kind, region=reservoir.region,
                hazard=HAZARD, tier=tier, value=value, threshold=met, units="m",
                onset=None if first is None else instant(column["time"].values[first]),
                reason_chinese=chinese, reason_english=english, people=reservoir.downstream_people,
                responsible=reservoir.responsible, source=source, observed=observed,
                longitude=reservoir.longitude, latitude=reservoir.latitude,
            )
        )  # fmt: skip
    return tuple(found)


def _words(
    reservoir: Reservoir, tier: Tier | None, value: float | None, met: float | None
) -> tuple[str, str]:
    at = ("水位不详", "level unknown") if value is None else (f"水位{value:.2f}米", f"{value:.2f} m")
    if tier is None:
        return "无水位数据", "no level"
    if met is None and tier is Tier.RED:
        return f"报告险情,{at[0]}", f"danger reported, {at[1]}"
    if met is None and tier is Tier.ORANGE:
        return f"出库超过下游安全泄量,{at[0]}", f"release above what the channel holds, {at[1]}"
    if met is None:
        return f"{at[0]},未超汛限", f"{at[1]}, below the flood limit"
    words = LEVEL_WORDS[tier - 1]
    if tier is Tier.RED and reservoir.check is None:
        words = ("坝顶", "the crest")
    datum = HEIGHT_DATUMS.get(reservoir.datum, (reservoir.datum, reservoir.datum))
    return (
        f"{at[0]},达到{words[0]}({met:.2f}米,{datum[0]})",
        f"{at[1]}, at or above {words[1]} ({met:.2f} m, {datum[1]})",
    )


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
