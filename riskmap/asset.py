"""An asset at a tier: a slope, a reservoir, a wall section, a village, a low spot, and why.

One form for everything that a letter lists by name, that raises its region by itself, and whose people a roster
calls: the hazards make these records, the products and the roster read them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from riskmap.errors import DataError
from riskmap.scale import NO_DATA, Tier

INSTANTS: Final = ("onset", "prepare_at", "move_at")
"""Fields of ``AssetTier`` that are instants."""


@dataclass(frozen=True)
class AssetTier:
    """The worst that one asset comes to, and when it first does.

    Attributes
    ----------
    asset_id, name : str
        Identity and name, as in the table that the asset was read from.
    kind : str
        What it is: ``hazard_point``, ``prevention_zone``, ``reservoir``, ``pond``, ``river_station``, ``wall_section``,
        ``key_village``, ``low_spot``, ``gauge`` ...
    region : str
        Administrative code of the region that it stands in.
    hazard : str
        Hazard id; the asset counts for its own hazard alone.
    tier : Tier or None
        None = no data (grey), never green.
    value, threshold : float or None
        What was compared and the bound that was met [``units``]; None where unknown, or met without a number.
    units : str
        Unit of both.
    onset : datetime or None
        First instant at that tier, timezone-aware; None where there is no data.
    reason_chinese, reason_english : str
        One clause each: the value, the threshold, whose.
    people : int or None
        Registered people who depend on it; None where unknown.
    responsible : str
        Responsible person or post; empty where unknown.
    source : str
        Where value and threshold come from.
    observed : bool
        True where a trusted gauge measured it, False for a forecast.
    households : int or None
        Registered households; None where unknown.
    prepare_at, move_at : datetime or None
        First instants of 准备转移 and 立即转移, timezone-aware; None where neither comes, or the hazard has no such steps.
    example : bool
        From an invented table (示例): shown, and counted for nothing.
    longitude, latitude : float or None
        A point of it in WGS-84 [degrees], where the map marks it; None where its table has none.
    """

    asset_id: str
    name: str
    kind: str
    region: str
    hazard: str
    tier: Tier | None
    value: float | None
    threshold: float | None
    units: str
    onset: datetime | None
    reason_chinese: str
    reason_english: str
    people: int | None = None
    responsible: str = ""
    source: str = ""
    observed: bool = False
    households: int | None = None
    prepare_at: datetime | None = None
    move_at: datetime | None = None
    example: bool = False
    longitude: float | None = None
    latitude: float | None = None

    def __post_init__(self) -> None:
        for name in INSTANTS:
            at = getattr(self, name)
            if at is not None and at.tzinfo is None:
                raise DataError(
                    "an instant without its offset", where=f"asset {self.asset_id}, {name}",
                    expected="a timezone-aware datetime", found=at.isoformat(), remedy="add tzinfo",
                )  # fmt: skip
        if self.tier is not None and not (self.reason_chinese and self.reason_english):
            raise DataError(
                "a tier without its reason", where=f"asset {self.asset_id}", expected="a reason in both languages",
                found=repr((self.reason_chinese, self.reason_english)), remedy="say what met which threshold",
            )  # fmt: skip


def worst_of_series(tiers: Sequence[int] | NDArray[np.integer]) -> tuple[Tier | None, int | None]:
    """Worst tier of a series of one asset, and the index at which it is first reached.

    From blue on, hours without data are passed over: what is known stands. Green needs every hour: one green hour
    among unknown ones does not make a green asset. None, None where there is no tier.

    Examples
    --------
    >>> worst_of_series([0, 2, -1, 3, 3])
    (<Tier.ORANGE: 3>, 3)
    >>> worst_of_series([-1, -1]), worst_of_series([0, -1, 0])
    ((None, None), (None, None))
    """
    series = np.asarray(tiers)
    if series.size == 0 or int(series.max()) <= NO_DATA:
        return None, None
    if int(series.max()) == Tier.GREEN and bool((series == NO_DATA).any()):
        return None, None
    first = int(np.argmax(series))
    return Tier(int(series[first])), first


def instant(time: np.datetime64) -> datetime:
    """A datetime64 (UTC by this library's rule) as an aware datetime.

    Examples
    --------
    >>> instant(np.datetime64("2021-07-25T12:30")).isoformat()
    '2021-07-25T12:30:00+00:00'
    """
    return datetime.fromtimestamp(int(time.astype("datetime64[s]").astype(np.int64)), UTC)


def worst_first(assets: Iterable[AssetTier]) -> tuple[AssetTier, ...]:
    """Assets by tier, then by people, then by onset and id; those without data last.

    The order does not depend on the order given.
    """

    def key(asset: AssetTier) -> tuple[int, int, float, str, str]:
        tier = NO_DATA if asset.tier is None else int(asset.tier)
        onset = asset.onset.timestamp() if asset.onset else float("inf")
        return -tier, -(asset.people or 0), onset, asset.hazard, asset.asset_id

    return tuple(sorted(assets, key=key))


def worst_by_region(assets: Iterable[AssetTier], *, hazard: str | None = None) -> dict[str, AssetTier]:
    """The asset that gives each region its tier, by region code; assets without data give none.

    Parameters
    ----------
    assets : iterable of AssetTier
    hazard : str, optional
        Only assets of this hazard.
    """
    found: dict[str, AssetTier] = {}
    for asset in worst_first(a for a in assets if a.tier is not None and hazard in (None, a.hazard)):
        found.setdefault(asset.region, asset)
    return found
