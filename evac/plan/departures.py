"""Who starts from where and when: groups of people at nodes of a network, in waves (分批) if so ordered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evac.plan.roads import Numbers, RoadNetwork, road_numbers
from evac.plan.travel import attach
from riskmap.errors import DataError

Counts = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Departures:
    """Groups that leave by road.

    Attributes
    ----------
    names : tuple of str
        Of villages or places, one a group.
    node : array of int (group,)
        Where they enter the network; -1 where no open road is near.
    people : array of int (group,)
    ready : array of int (group,) [s]
        When they stand at the node, from the start of the plan.
    goal : array of int (group,)
        The node they must come to; -1 for any exit.
    """

    names: tuple[str, ...]
    node: Counts
    people: Counts
    ready: Counts
    goal: Counts


def departures_at(
    network: RoadNetwork,
    points: Any,
    people: Sequence[int],
    names: Sequence[str],
    *,
    ready: Sequence[float] | float = 0.0,
) -> Departures:
    """Groups from places: each walks to its road, and along it to the nearer junction.

    Parameters
    ----------
    points : array-like (group, 2) [degrees]
        Longitude, latitude.
    people : sequence of int
    names : sequence of str
    ready : float or sequence of float
        When they set out [s] from the start of the plan; the walk to the junction comes after.

    Raises
    ------
    DataError
        Lengths that differ, a negative number, a point without a place.

    Examples
    --------
    >>> import numpy as np
    >>> from evac import departures_at
    >>> from evac.plan.road_build import Way, build_network
    >>> network = build_network([Way(np.array([[120.0, 30.0], [120.01, 30.0]]), "primary")], source="example")
    >>> found = departures_at(network, [[120.001, 30.001], [121.0, 30.0]], [40, 25], ["村", "远村"], ready=600)
    >>> found.node.tolist(), found.ready.tolist()  # a village without a road is kept, at node -1; ready [s] with the walk
    ([0, -1], [773, 600])
    """
    counts = np.asarray(people)
    starts = np.broadcast_to(np.asarray(ready, np.float64), counts.shape)
    if len(names) != len(counts) or len(np.asarray(points).reshape(-1, 2)) != len(counts):
        raise DataError(
            "groups of different lengths", where="departures", expected="one place and one name for each number of people",
            found=f"{len(counts)} numbers, {len(names)} names", remedy="check the table of places",
        )  # fmt: skip
    if len(counts) and (not np.isfinite(starts).all() or (counts < 0).any() or (starts < 0).any()):
        raise DataError(
            "a group that cannot be", where="departures", expected="people and seconds that are not negative",
            found=f"people {counts.min()}, ready {starts.min()}", remedy="correct the table of places",
        )  # fmt: skip
    here = attach(network, points)
    near = here.link >= 0
    link = np.where(near, here.link, 0)
    node = np.where(here.share >= 0.5, network.end[link], network.start[link])
    along = np.minimum(here.share, 1.0 - here.share) * network.length[link]
    walk = (np.nan_to_num(here.off_road) + along) / road_numbers().share("walking_speed")
    return Departures(
        tuple(names), np.where(near, node, -1).astype(np.int64), counts.astype(np.int64),
        np.where(near, np.ceil(starts + walk), starts).astype(np.int64), np.full(len(counts), -1, np.int64),
    )  # fmt: skip


def in_waves(
    departures: Departures, urgency: Sequence[float] | Numbers, waves: int, every: float
) -> Departures:
    """Groups set out in waves of about equal numbers of people, the most urgent first.

    Parameters
    ----------
    urgency : sequence of float (group,)
        The smaller the sooner, such as the instant at which the hazard comes.
    waves : int
        How many.
    every : float
        From one wave to the next [s]; it adds to when each group is ready.

    Raises
    ------
    DataError
        No wave, or a time between them that is negative.

    Examples
    --------
    >>> three = Departures(("a", "b", "c"), *(np.array(v) for v in ([0, 1, 2], [10, 10, 10], [0, 0, 0], [-1, -1, -1])))
    >>> in_waves(three, [2.0, 1.0, 3.0], 3, 600).ready.tolist()
    [600, 0, 1200]
    """
    if waves < 1 or not every >= 0:
        raise DataError(
            "waves that cannot be",
            where="waves",
            expected="one or more, 0 s or more apart",
            found=f"{waves}, {every:g} s",
            remedy="give whole numbers of waves",
        )
    order = np.argsort(np.asarray(urgency, np.float64), kind="stable")
    before = np.cumsum(departures.people[order]) - departures.people[order]
    wave = np.minimum(waves * before // max(int(departures.people.sum()), 1), waves - 1)
    later = np.empty(len(order), np.int64)
    later[order] = np.ceil(wave * every)
    return replace(departures, ready=departures.ready + later)
