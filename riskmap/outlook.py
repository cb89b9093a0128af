"""The risk outlook (风险研判) of one analysis time: everything that the products draw, nothing that they read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

if TYPE_CHECKING:  # a clock's words are wanted where no grid is
    import xarray as xr
    from numpy.typing import NDArray

    from riskmap.assessment import Assessment
    from riskmap.grid import Grid
    from riskmap.ledger import Problem
    from riskmap.onset import Onsets
    from riskmap.region import Listed

BEIJING: Final = timezone(timedelta(hours=8), "UTC+8")
"""Beijing time, which every product for people uses."""


EXERCISE_MARKS: Final = ("Replay", "Simulated forecast")
"""Marks (English) of runs that nobody may act upon: their documents say 演练 and their messages are never Actual.

An extrapolated forecast is none of them: with no agency to be reached it is what there is in a real storm, and must not say 不得执行.
"""


@dataclass(frozen=True)
class TierImage:
    """One hour of a gridded tier, ready for a Web Mercator map.

    Attributes
    ----------
    png : bytes
        Palette PNG, already warped to EPSG:3857; transparent outside the grid.
    bounds : (west, south, east, north)
        Corners in degrees, which are exact in EPSG:3857 too.
    """

    png: bytes
    bounds: tuple[float, float, float, float]


@dataclass(frozen=True)
class Event:
    """The storm that the outlook is about.

    Attributes
    ----------
    number : str
        Number of the season's storm, e.g. ``2106``.
    name, chinese : str
        International name and Chinese name.
    """

    number: str
    name: str
    chinese: str


@dataclass(frozen=True, eq=False)
class Flood:
    """The water on the cells of an elevation model over the whole window.

    Attributes
    ----------
    grid : Grid
    label : int32 array (y, x)
        Unit of each cell: cells of one unit share their numbers.
    values : mapping
        Name of ``FLOOD_FIELDS`` -> value of each unit, NaN where unknown.
    note : (Chinese, English)
        What computed it, its cells, and how far to trust it.
    """

    grid: Grid
    label: NDArray[np.int32]
    values: Mapping[str, NDArray[np.float32]]
    note: tuple[str, str]

    def field(self, name: str, rows: slice = slice(None)) -> NDArray[np.float32]:
        """One field, shape (y, x), or some rows of it."""
        return np.asarray(self.values[name][self.label[rows]])


FLOOD_FIELDS: Final = {
    "maximum_depth": ("m", "greatest depth of the water in the window"),
    "maximum_speed": ("m s-1", "greatest speed of the water in the window"),
    "hazard_class": ("1", "worst class of depth and speed, H1 to H6; 0 below 0.15 m"),
    "arrival_time": (
        "h",
        "hours from the issue time until the water first has 0.15 m; no data where it never has",
    ),
    "duration": ("h", "hours in the window with 0.15 m of water or more"),
    "beyond_scheme": ("1", "1 where the flow came to the solver's limit, as fast as its own wave"),
}
"""Name -> unit and meaning."""


@dataclass(frozen=True, eq=False)
class Outlook:
    """What one analysis time found.

    Attributes
    ----------
    kind : 'forecast' or 'hindcast'
        Whether anything later than ``issued_at`` was observed rather than forecast.
    marks : tuple of (Chinese, English)
        What every product must say, e.g. 回放, 模拟预报.
    track : Dataset (time)
        See ``riskmap.track``; ``forecast`` (bool) marks the fixes after the issue time.
    circles : Dataset (time, force, quadrant)
        Modelled radius of 7/10/12-force wind [m] at each valid hour; NaN where the force is not reached.
    rasters : mapping
        Hazard -> one image an hour of ``assessment.valid_at``.
    onsets : mapping
        Hazard -> first hour of each tier in each cell.
    surge : Dataset (time, point) or None
        ``storm_surge`` [m] at coastal points with coordinates latitude, longitude, region.
    probability : Dataset or None
        Chances of the wind tiers from an ensemble, see ``riskmap.probability.wind_probability``.
    flood : Flood or None
        Depth, speed, class, arrival and duration of the water on the elevation model.
    levels : mapping
        ``city``, ``township``, ``village``, ``unit`` -> tiers of that level, as far as there are outlines; those of the
        counties are ``assessment``.
    listed : tuple of Listed
        Units without a shape: to be found by name, never coloured.
    rain_24h : DataArray (time, region) or None
        Rain of 24 hours [mm] on the rule's share of every unit of every level: shown with its grade, never tiered.
    risk : Dataset or None
        People and dwellings at risk, and the risk index, see ``riskmap.risk.risk_of``; ``riskmap.risk.COLOURED`` has the words
        by which a map says whether it colours the hazard or the risk.
    problems : tuple of Problem
        What had to be left out while the outlook was computed.
    soil : Dataset or None
        The soil's water at the issue time, for the next cycle; see ``riskmap.analysis.soil``.
    rain_note : str
        Said wherever a rain figure is read: parametric, not observed.
    measured_until : datetime or None
        Newest rain of a flash-flood layer that was measured; None = by the track.
    layer : (Chinese, English) or None
        What a layer of one hazard is called, in place of all hazards: nobody may read its green for theirs. None = all hazards.
    """

    kind: Literal["forecast", "hindcast"]
    event: Event
    assessment: Assessment
    track: xr.Dataset
    marks: tuple[tuple[str, str], ...] = ()
    circles: xr.Dataset | None = None
    rasters: Mapping[str, tuple[TierImage, ...]] = field(default_factory=dict)
    onsets: Mapping[str, Onsets] = field(default_factory=dict)
    surge: xr.Dataset | None = None
    probability: xr.Dataset | None = None
    landfall_at: datetime | None = None
    flood: Flood | None = None
    levels: Mapping[str, Assessment] = field(default_factory=dict)
    listed: tuple[Listed, ...] = ()
    rain_24h: xr.DataArray | None = None
    risk: xr.Dataset | None = None
    problems: tuple[Problem, ...] = ()
    soil: xr.Dataset | None = None
    rain_note: tuple[str, str] = (
        "雨量为参数化模型估算(R-CLIPER+地形抬升),非实况观测",
        "Rain is parametric (R-CLIPER + upslope), not observed",
    )
    layer: tuple[str, str] | None = None
    measured_until: datetime | None = None

    @property
    def exercise(self) -> bool:
        """Whether this is no live run: a replay, a simulated forecast or a hindcast, by its marks."""
        return self.kind != "forecast" or any(english in EXERCISE_MARKS for _, english in self.marks)

    @property
    def issued_at(self) -> datetime:
        """Issue time of the outlook."""
        return self.assessment.issued_at


def brief_mark(chinese: str) -> str:
    """The words of a mark before its details, for where there is no room for them.

    Examples
    --------
    >>> brief_mark("资料过期:台风路径为5小时前(2021-07-25 02:00),结果可信度降低")
    '资料过期'
    """
    return chinese.partition(":")[0]


def vortex_hours(outlook: Outlook) -> dict[str, int]:
    """Hours of the window by what the vortex was made from: ``quadrant radii``, or the name of a profile.

    Words after a semicolon say why reported radii could not be used.
    """
    if outlook.circles is None or "vortex" not in outlook.circles:
        return {}
    return dict(Counter(str(source) for source in outlook.circles["vortex"].values))


def beijing(instant: datetime) -> str:
    """``2021-07-24 12:30`` in Beijing time.

    Examples
    --------
    >>> from datetime import UTC
    >>> beijing(datetime(2021, 7, 24, 4, 30, tzinfo=UTC))
    '2021-07-24 12:30'
    """
    return instant.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")
