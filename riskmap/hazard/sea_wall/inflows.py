"""Water over and through sea walls as hydrographs for the inundation: what each section lets in, hour by hour.

Plain arrays first (``breach_start``, ``section_inflow``), then the labelled face (``wall_inflows``). The land behind does
not push back: levels there may not exceed the sea's, so a run that fills up takes too much in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.asset import instant
from riskmap.errors import DataError
from riskmap.grid import EARTH_RADIUS
from riskmap.hazard.inundation.hydrographs import Hydrograph
from riskmap.hazard.sea_wall.overtopping import overflow
from riskmap.hazard.sea_wall.sections import Breach

Floats = NDArray[np.float64]

SPACING: Final = 200.0
"""A section's water enters at places no further apart than this [m] (status D)."""
INLAND: Final = 100.0
"""So far behind the wall's line [m] (status D): about a cell of the inundation, so that no place lies in the sea."""


@dataclass(frozen=True)
class BreachRule:
    """When a wall is taken for breached, and how wide and deep; see ``rules/sea_wall_breach.toml``.

    Attributes
    ----------
    head, head_hours : float
        Still water above the crest [m] for so long [h].
    discharge, discharge_hours : float
        Overtopping with overflow [m3 s-1 m-1] for so long [h].
    width : float
        Of the breach [m], at most the section's length.
    depth_share : float
        Depth of the breach over the wall's height from crest to toe.
    """

    head: float
    head_hours: float
    discharge: float
    discharge_hours: float
    width: float
    depth_share: float

    def __post_init__(self) -> None:
        if not (
            min(self.head_hours, self.discharge_hours) >= 0.0 < self.width and 0.0 < self.depth_share <= 1.0
        ):
            raise DataError(
                "a rule that makes no breach", where="breach rule",
                expected="hours of 0 or more, a width above 0 m, a share above 0 and up to 1",
                found=f"{self.head_hours:g} h, {self.discharge_hours:g} h, {self.width:g} m, {self.depth_share:g}",
                remedy="mend the numbers",
            )  # fmt: skip


@dataclass(frozen=True)
class WallInflows:
    """What walls let in.

    Attributes
    ----------
    hydrographs : mapping
        Section -> its whole inflow, placed at the middle of its line; sections that stay dry have zeros.
    breaches : tuple of Breach
        Those that the rule assumes.
    lacking : tuple of str
        One line a section whose inflow is unknown in some hour: the land behind it is not known to stay dry.
    """

    hydrographs: Mapping[str, Hydrograph] = field(default_factory=dict)
    breaches: tuple[Breach, ...] = ()
    lacking: tuple[str, ...] = ()


def breach_start(above: Any, seconds: Any, hours: float) -> int | None:
    """First step by which a state has lasted for so long without a break; None where it never has.

    Parameters
    ----------
    above : bool array (time,)
        Whether the state holds.
    seconds : float array (time,)
        Rising.
    hours : float

    Examples
    --------
    >>> breach_start([True, False, True, True, True], [0, 3600, 7200, 10800, 14400], 2.0)
    4
    >>> breach_start([True, True], [0, 3600], 2.0) is None
    True
    """
    since: float | None = None
    for n, (holds, at) in enumerate(
        zip(np.asarray(above, bool), np.asarray(seconds, np.float64), strict=True)
    ):
        since = None if not holds else at if since is None else since
        if since is not None and at - since >= 3600.0 * hours - 1e-6:
            return n
    return None


def section_inflow(
    discharge: Any, length: float, *, water: Any = 0.0, open_since: Any = False, width: float = 0.0, bottom: float = 0.0
) -> Floats:  # fmt: skip
    """Inflow of one section [m3 s-1]: over its length, and through a breach as a broad-crested weir.

    Parameters
    ----------
    discharge : array (time,)
        Overtopping with overflow [m3 s-1 m-1].
    length : float
        Of the section [m].
    water : array (time,)
        Still water [m].
    open_since : bool array (time,)
        Whether the breach is open.
    width, bottom : float
        Of the breach: width [m], up to the length, and level of its floor [m].

    References
    ----------
    q = 0.54 sqrt(g h^3): EurOtop (2018), ch. 5; see ``overflow``.

    Examples
    --------
    >>> section_inflow([0.0, 0.01], 1000.0).tolist()
    [0.0, 10.0]
    >>> section_inflow([0.0], 1000.0, water=[2.0], open_since=[True], width=100.0, bottom=1.0).round(1).tolist()
    [169.1]
    """
    width = min(width, length)
    is_open = np.asarray(open_since, bool)
    over = np.asarray(discharge, np.float64) * (length - np.where(is_open, width, 0.0))
    through = width * overflow(bottom - np.asarray(water, np.float64))
    return np.asarray(over + np.where(is_open, through, 0.0))


def places_behind(
    longitude: float,
    latitude: float,
    facing: float,
    length: float,
    *,
    spacing: float = SPACING,
    inland: float = INLAND,
) -> Floats:
    """Points along the landward side of a straight section, evenly spaced, (place, 2) longitude and latitude.

    Parameters
    ----------
    longitude, latitude : float
        Middle of the section [degrees].
    facing : float
        Where the sea lies, clockwise from north [degrees].
    length, spacing, inland : float
        [m].

    Examples
    --------
    >>> places_behind(121.0, 30.0, 90.0, 400.0, inland=0.0).round(4).tolist()  # the sea in the east
    [[121.0, 29.9991], [121.0, 30.0009]]
    """
    count = max(int(np.ceil(length / spacing - 1e-9)), 1)
    along = length * ((np.arange(count) + 0.5) / count - 0.5)
    east, north = np.sin(np.radians(facing)), np.cos(np.radians(facing))
    # the wall runs at right angles to where it faces
    x, y = -along * north - inland * east, along * east - inland * north
    per_degree = np.radians(1.0) * EARTH_RADIUS
    return np.column_stack([
        longitude + x / (per_degree * np.cos(np.radians(latitude))), latitude + y / per_degree,
    ])  # fmt: skip


def wall_inflows(walls: xr.Dataset, found: xr.Dataset, *, rule: BreachRule | None = None) -> WallInflows:
    """What every section lets in, as one hydrograph each; ``places_behind`` says where it may enter.

    A section with a hydrograph lets no water over its crest in the inundation too: it would count twice.

    Parameters
    ----------
    walls : Dataset (section)
        See ``riskmap.io.sea_walls.read_sea_walls``.
    found : Dataset (section, time)
        See ``assess_sections``; breaches that it was given are in its ``inflow``.
    rule : BreachRule, optional
        Walls that it takes for breached stay so; without it none is.

    Returns
    -------
    WallInflows
        The trapezoids of each hydrograph sum to the section's volume.

    Raises
    ------
    DataError
        Sections that ``walls`` lacks.
    """
    missing = sorted(set(map(str, found["section"].values)) - set(map(str, walls["section"].values)))
    if missing:
        raise DataError(
            "sections without a wall", where="wall inflows", expected="sections of the table", found=", ".join(missing[:5]),
            remedy="give the table that the sections were assessed by",
        )  # fmt: skip
    times = found["time"].values.astype("datetime64[s]")
    instants = tuple(instant(t) for t in times)
    hydrographs: dict[str, Hydrograph] = {}
    breaches, lacking = [], []
    for code in map(str, found["section"].values):
        wall, at = walls.sel(section=code), found.sel(section=code)
        flow = at["inflow"].values.astype(np.float64)
        if np.isnan(flow).any():
            hours = int(np.isnan(flow).sum())
            lacking.append(f"sea wall {code}: inflow unknown in {hours} of {len(flow)} hours, taken as none")
            continue
        breach = None if rule is None else _assumed(wall, at, times, rule)
        if breach is not None:
            breaches.append(breach)
            flow = flow + _through(wall, at, times, breach)
        place = float(wall["longitude"]), float(wall["latitude"])
        hydrographs[code] = Hydrograph(f"sea wall {code}", *place, instants, tuple(flow.tolist()))
    return WallInflows(hydrographs, tuple(breaches), tuple(lacking))


def _assumed(
    wall: xr.Dataset, at: xr.Dataset, times: NDArray[np.datetime64], rule: BreachRule
) -> Breach | None:
    """The breach that the rule makes of a section, at the first hour at which either state has lasted."""
    if float(at["breached"].max()) >= 1.0:
        return None  # one was seen
    seconds = (times - times[0]).astype(np.float64)
    crest = float(wall["crest"])
    head = at["still_water"].values - crest
    starts = [
        breach_start(head > rule.head, seconds, rule.head_hours),
        breach_start(at["overtopping_discharge"].values >= rule.discharge, seconds, rule.discharge_hours),
    ]
    known = [n for n in starts if n is not None]
    if not known:
        return None
    bottom = crest - rule.depth_share * (crest - float(wall["toe"]))
    width = min(rule.width, float(wall["length"]))
    return Breach(str(wall["section"].item()), times[min(known)], width, bottom)


def _through(wall: xr.Dataset, at: xr.Dataset, times: NDArray[np.datetime64], breach: Breach) -> Floats:
    """What a breach adds to a section's inflow [m3 s-1]: its own, less what ran over where it is."""
    arguments: dict[str, Any] = {
        "discharge": at["overtopping_discharge"].values,
        "length": float(wall["length"]),
    }
    torn = section_inflow(
        **arguments, water=at["still_water"].values, open_since=times >= breach.since, width=breach.width,
        bottom=breach.bottom,
    )  # fmt: skip
    return torn - section_inflow(**arguments)


def total_volume(hydrographs: Iterable[Hydrograph]) -> float:
    """Volume of hydrographs [m3], linear between their times.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> hours = tuple(datetime(2021, 7, 25, h, tzinfo=UTC) for h in (0, 1, 2))
    >>> total_volume([Hydrograph("x", 121.0, 30.0, hours, (0.0, 1.0, 0.0))])
    3600.0
    """
    total = 0.0
    for one in hydrographs:
        seconds = np.array([(t - one.times[0]).total_seconds() for t in one.times])
        total += float(np.trapezoid(np.array(one.discharge), seconds))
    return total
