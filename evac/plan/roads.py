"""A road network (路网) as frozen arrays: nodes, directed links, the lines on which they are drawn, and what was found wrong.

A road open in both directions is two links, each the ``opposite`` of the other. Arrays are read-only: what changes a network
(water, a closure, a reversed lane) gives a new one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evac.plan.assumptions import Assumptions, load_assumptions

Numbers = NDArray[np.float64]
Whole = NDArray[np.int32]

CLASSES: Final = (
    "motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "service", "track",
)  # fmt: skip
"""Classes of roads, by OpenStreetMap's names, from the greatest down."""


def road_numbers() -> Assumptions:
    """The numbers of ``roads.toml``, each with its source and status.

    Examples
    --------
    >>> road_numbers().share("water_closes")
    0.3
    """
    return load_assumptions(Path(__file__).with_name("roads.toml"))


class Condition(IntEnum):
    """How a link is; the greatest is the worst. Unknown is not open: it is shown grey and counted apart."""

    OPEN = 0
    SLOWED = 1
    UNKNOWN = 2
    CLOSED = 3

    @property
    def chinese(self) -> str:
        """The word of the map."""
        return ("畅通", "积水缓行", "情况不明", "中断")[self]


class Slip(StrEnum):
    """What can be wrong with a network without making it useless."""

    PART = "disconnected_part"
    NEARLY = "ends_nearly_meet"
    DEFAULT = "default_taken"
    LEFT_OUT = "left_out"

    @property
    def chinese(self) -> str:
        """The word of the report."""
        return {
            Slip.PART: "路网不连通",
            Slip.NEARLY: "端点疑似未接",
            Slip.DEFAULT: "取默认值",
            Slip.LEFT_OUT: "未采用",
        }[self]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at.

    Attributes
    ----------
    slip : Slip
    text : str
        What, how many, and what was done about it.
    longitude, latitude : float or None
        Where [degrees]; None where it is everywhere.
    """

    slip: Slip
    text: str
    longitude: float | None = None
    latitude: float | None = None


@dataclass(frozen=True, eq=False)
class RoadNetwork:
    """Nodes and directed links; WGS-84.

    Attributes
    ----------
    longitude, latitude : array (node,) [degrees]
    start, end : array of int (link,)
        Nodes.
    length : array (link,) [m]
    speed : array (link,) [m s-1]
        0 where closed.
    capacity : array (link,) [vehicles h-1]
        0 where closed.
    open_until : array (link,) [s]
        A link may be driven until then, counted from the start of the plan; infinite where nothing closes it.
    condition : array of int (link,)
        ``Condition``.
    opposite : array of int (link,)
        The link of the other direction; -1 for a one-way road.
    line : array of int (link,)
        On which line it lies; a link whose ``along`` is false runs against it.
    along : array of bool (link,)
    points : array (point, 2) [degrees]
        Longitude and latitude of the lines' vertices.
    first : array of int (line + 1,)
        Line n has the points ``first[n]:first[n + 1]``.
    road_class : array of int (line,)
        Index into ``CLASSES``.
    names : tuple of str
        One a line; empty where the file has none.
    raised : array of bool (line,)
        On a bridge or in a tunnel: what a grid says of the ground there does not hold for it.
    part : array of int (node,)
        0 for the part with the most nodes, then by size.
    findings : tuple of Finding
    source : str
        Where it comes from, for products.
    synthetic : bool
        True for a generated network.
    """

    longitude: Numbers
    latitude: Numbers
    start: Whole
    end: Whole
    length: Numbers
    speed: Numbers
    capacity: Numbers
    open_until: Numbers
    condition: NDArray[np.uint8]
    opposite: Whole
    line: Whole
    along: NDArray[np.bool_]
    points: Numbers
    first: Whole
    road_class: NDArray[np.int8]
    names: tuple[str, ...]
    raised: NDArray[np.bool_]
    part: Whole
    findings: tuple[Finding, ...] = ()
    source: str = ""
    synthetic: bool = False

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray) and value.flags.writeable:
                frozen = value.copy() if value.base is not None else value
                frozen.flags.writeable = False
                object.__setattr__(self, name, frozen)

    @property
    def nodes(self) -> int:
        """How many nodes."""
        return len(self.longitude)

    @property
    def links(self) -> int:
        """How many directed links."""
        return len(self.start)

    @cached_property
    def seconds(self) -> Numbers:
        """Time to drive each link [s], (link,); infinite where closed."""
        out = np.full(self.links, np.inf)
        np.divide(self.length, self.speed, out=out, where=self.speed > 0)
        out.flags.writeable = False
        return out

    def line_points(self, line: int) -> Numbers:
        """Vertices of one line, (point, 2), longitude and latitude [degrees]."""
        return self.points[self.first[line] : self.first[line + 1]]

    def name_of(self, link: int) -> str:
        """A name that finds the link: of the road, else its class and number."""
        line = int(self.line[link])
        return self.names[line] or f"{CLASSES[self.road_class[line]]} #{line}"


def closed(network: RoadNetwork, links: NDArray[np.bool_]) -> RoadNetwork:
    """The network with some links closed.

    Parameters
    ----------
    links : array of bool (link,)
    """
    return replace(
        network,
        speed=np.where(links, 0.0, network.speed),
        capacity=np.where(links, 0.0, network.capacity),
        condition=np.where(links, np.uint8(Condition.CLOSED), network.condition),
    )


def reversed_lanes(network: RoadNetwork, links: NDArray[np.bool_]) -> RoadNetwork:
    """Contraflow (逆向借道): the chosen links take the lanes of their opposite, which closes.

    Parameters
    ----------
    links : array of bool (link,)
        Those that gain; without an opposite they stay as they are. Where both directions are named, the first gains.

    Returns
    -------
    RoadNetwork
        Borrowed lanes carry ``reversed_share`` of what they do in their own direction. No lane is kept for rescue: name
        links that rescue does not need.
    """
    gains = np.asarray(links) & (network.opposite >= 0) & (network.condition != Condition.CLOSED)
    own = np.arange(network.links)
    gains &= ~(gains[network.opposite] & (network.opposite < own))
    gives = np.zeros(network.links, bool)
    gives[network.opposite[gains]] = True
    share = road_numbers().share("reversed_share")
    more = np.where(gains, network.capacity[network.opposite] * share, 0.0)
    return closed(replace(network, capacity=network.capacity + more), gives)
