"""How long a place takes to clear (疏散清空): a schedule by which everybody leaves, and a time that no schedule can beat.

The schedule is a capacity-constrained route plan (CCRP): whoever can arrive soonest is booked first, along the fastest way on which
there is still room, link by link and minute by minute. Its end is an upper bound of the best possible clearance; ``lower`` comes
from a maximum flow. Modelled: drivers who follow the plan, no accident, no queue that blocks the crossing behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from evac.plan.clearance_bound import Bound, Demand, demand_of, lower_bound
from evac.plan.departures import Counts, Departures
from evac.plan.roads import Numbers, RoadNetwork

STEP: Final = 120
"""Seconds of a slot in which capacity is booked (status D)."""

LOOSE: Final = 0.05
"""A batch may arrive by this share, and one slot, later than the soonest it could: most searches are saved (status D)."""

HORIZON: Final = 24 * 3600
"""Nobody is booked later than this [s] (status D)."""


class Stuck(StrEnum):
    """Why people of a group were not brought out."""

    NO_ROAD = "no_open_road_near"
    NO_WAY = "no_way_to_an_exit"
    TOO_LATE = "ways_close_or_exits_fill_before"

    @property
    def chinese(self) -> str:
        """The word of the report."""
        return {
            Stuck.NO_ROAD: "附近无可通行道路",
            Stuck.NO_WAY: "无路可达",
            Stuck.TOO_LATE: "道路中断或安置点满员前未能转出",
        }[self]


@dataclass(frozen=True, slots=True)
class Left:
    """People who were not brought out; each such line is to be looked after on the spot."""

    group: int
    name: str
    people: int
    why: Stuck


@dataclass(frozen=True, eq=False)
class Clearance:
    """A schedule, its bounds, and who is left.

    Attributes
    ----------
    departures : Departures
    group, people, leaves, arrives, goal : array of int (batch,)
        Batches that travel together: how many of which group, when they enter their first link and when they arrive [s], where.
    first : array of int (batch + 1,)
        Links of batch n are ``link[first[n]:first[n + 1]]``, entered at ``entered``.
    link, entered : array of int
        Link, and [s].
    lower : Bound
        The time before which no schedule can have brought out as many, and the links that say so.
    left : tuple of Left
    step : int
        Seconds of a slot.
    searches : int
        How many times a way was looked for.
    """

    network: RoadNetwork
    departures: Departures
    group: Counts
    people: Counts
    leaves: Counts
    arrives: Counts
    goal: Counts
    first: Counts
    link: Counts
    entered: Counts
    lower: Bound
    left: tuple[Left, ...]
    step: int
    searches: int

    @property
    def out(self) -> int:
        """People brought out."""
        return int(self.people.sum())

    @property
    def finish(self) -> int:
        """When the last of them arrives [s]: an upper bound of the best possible."""
        return int(self.arrives.max(initial=0))

    @property
    def gap(self) -> float:
        """How much longer the schedule takes than the lower bound, as a share of it; 0 = it is the best there is."""
        return self.finish / self.lower.seconds - 1.0 if self.lower.seconds else 0.0

    def loads(self) -> Counts:
        """Persons over each link in all, (link,)."""
        each = np.repeat(self.people, np.diff(self.first))
        return np.bincount(self.link, weights=each, minlength=self.network.links).astype(np.int64)

    def out_by(self, seconds: Numbers | Counts | Sequence[float]) -> Counts:
        """People brought out by some instants [s], (instant,)."""
        order = np.argsort(self.arrives, kind="stable")
        sums = np.concatenate([[0], np.cumsum(self.people[order])])
        return np.asarray(sums[np.searchsorted(self.arrives[order], seconds, side="right")], np.int64)


def clear(
    network: RoadNetwork,
    departures: Departures,
    exits: Sequence[int],
    *,
    rooms: Sequence[int] | None = None,
    step: int = STEP,
    horizon: int = HORIZON,
    exact: bool = False,
) -> Clearance:
    """Bring everybody out.

    Parameters
    ----------
    network : RoadNetwork
        Closed links are not used, others not after ``open_until``.
    departures : Departures
    exits : sequence of int
        Nodes that are safe; a group with a ``goal`` of its own goes there and nowhere else.
    rooms : sequence of int, optional
        Persons that each exit takes; without bound where None.
    step : int
        Seconds of a slot [s].
    horizon : int
        Nobody is booked later [s].
    exact : bool
        Every batch is the soonest of all, as CCRP was published; otherwise a group keeps its way while that is at most ``LOOSE``
        and a slot later, which is many times faster on a large network.

    Returns
    -------
    Clearance

    Raises
    ------
    DataError
        No exit, a node that is not in the network, or a step that is not within the horizon.

    References
    ----------
    Lu, George and Shekhar (2005), Capacity constrained routing algorithms for evacuation planning, SSTD 2005, LNCS 3633.

    Examples
    --------
    >>> from evac.plan.road_build import Way, build_network
    >>> road = Way(np.array([[120.0, 30.0], [120.005, 30.0]]), "primary", speed=40, capacity=600, oneway=1)
    >>> network = build_network([road], source="example")
    >>> people = Departures(("村",), *(np.array([v]) for v in (int(network.start[0]), 100, 0, -1)))
    >>> done = clear(network, people, [int(network.end[0])], step=60)  # 25 persons a minute, 44 s of road
    >>> done.finish, done.lower.seconds, done.out
    (224, 224, 100)

    .. image:: /images/clearance.svg
       :alt: People out over time with the bound, and the loads of invented roads
    """
    demand = demand_of(network, departures, exits, rooms, step, horizon)
    from riskmap._kernels import clearance as kernel

    rows, path, left, searches = kernel.plan_routes(
        demand.first, demand.links, demand.heads, network.start.astype(np.int64), demand.seconds, demand.rate, demand.until,
        demand.to_goal, demand.kind, demand.room, np.maximum(departures.node, 0), demand.people, departures.ready, step,
        horizon // step, 0.0 if exact else LOOSE, 0 if exact else step,
    )  # fmt: skip
    done = int(rows[:, 1].sum())
    return Clearance(
        network=network, departures=departures, group=rows[:, 0], people=rows[:, 1], leaves=rows[:, 2],
        arrives=rows[:, 3], goal=rows[:, 4], first=np.append(rows[:, 5], len(path)), link=path[:, 0], entered=path[:, 1],
        lower=lower_bound(network, departures, demand, done, int(rows[:, 3].max(initial=0))),
        left=_left(departures, demand, left), step=step, searches=int(searches),
    )  # fmt: skip


def _left(departures: Departures, demand: Demand, left: Counts) -> tuple[Left, ...]:
    """Everybody who is not brought out, with the reason."""
    found = []
    for g, name in enumerate(departures.names):
        if departures.node[g] < 0:
            if departures.people[g]:
                found.append(Left(g, name, int(departures.people[g]), Stuck.NO_ROAD))
        elif left[g]:
            reached = demand.to_goal[demand.kind[g], departures.node[g]] < demand.FAR
            found.append(Left(g, name, int(left[g]), Stuck.TOO_LATE if reached else Stuck.NO_WAY))
    return tuple(found)


def in_words(seconds: float) -> str:
    """A time as hours and minutes.

    Parameters
    ----------
    seconds : float
        [s].

    Examples
    --------
    >>> in_words(8100)
    '2 h 15 min'
    """
    hours, minutes = divmod(-(-int(seconds) // 60), 60)
    return f"{hours} h {minutes:02d} min"
