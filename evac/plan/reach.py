"""Which shelters a home can reach, as a sparse table of whole metres; great circle unless a network says otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from evac.plan.homes import Integers, Numbers
from riskmap.errors import DataError, MissingExtraError
from riskmap.grid import EARTH_RADIUS

MOST: Final = 2**62
"""Whole numbers stay below it, so that 64 bits hold their sums."""


@dataclass(frozen=True, eq=False)
class Arcs:
    """Pairs of origin and target within reach.

    Attributes
    ----------
    origin, target : int64 (n,)
        Indices into the points that were given.
    metres : int64 (n,)
        Length of the way [m], rounded: whole numbers let a solver's optimum be exact.
    """

    origin: Integers
    target: Integers
    metres: Integers

    def lengths(self, origin: Integers, target: Integers) -> Integers:
        """Metres of some pairs, int64 (n,), -1 where a pair is not there; the arcs must be ``by_origin``."""
        if not self.origin.size:
            return np.full(origin.size, -1, np.int64)
        targets = int(max(self.target.max(), target.max(initial=0))) + 1
        pairs, wanted = self.origin * targets + self.target, origin * targets + target
        at = np.minimum(np.searchsorted(pairs, wanted), pairs.size - 1)
        return np.where(pairs[at] == wanted, self.metres[at], -1)

    def kept(self, which: NDArray[np.bool_]) -> Arcs:
        """Those of a mask (n,)."""
        return Arcs(self.origin[which], self.target[which], self.metres[which])


Travel: TypeAlias = Callable[[Numbers, Numbers, float], Arcs]
"""(origins, targets, within [m]) -> arcs; points are float64 (n, 2), latitude and longitude [degree]."""


def great_circle(origins: Numbers, targets: Numbers, within: float) -> Arcs:
    """Every pair no farther apart than ``within`` on the sphere.

    Parameters
    ----------
    origins, targets : float64 (n, 2)
        Latitude, longitude [degrees].
    within : float
        [m]

    Returns
    -------
    Arcs
        In no order.

    Raises
    ------
    MissingExtraError
        Without the extra ``plan``.

    References
    ----------
    A tree over points of the unit sphere in space knows no date line and no pole; the chord c of an angle a is
    2 sin(a/2), so the nearest by chord is the nearest by arc.

    Examples
    --------
    >>> found = great_circle(np.array([[30.0, 122.0]]), np.array([[30.0, 122.01], [30.0, 122.1]]), 5000.0)
    >>> found.target.tolist(), found.metres.tolist()
    ([0], [963])
    """
    try:
        from scipy.spatial import cKDTree
    except ImportError as error:
        raise needs_extra("scipy") from error
    if not (len(origins) and len(targets)):
        empty = np.zeros(0, np.int64)
        return Arcs(empty, empty, empty)
    chord = 2.0 * np.sin(min(within / EARTH_RADIUS, np.pi) / 2.0)
    tree = cKDTree(unit_vectors(origins))
    found = tree.sparse_distance_matrix(
        cKDTree(unit_vectors(targets)), chord, output_type="ndarray"
    )  # structured: i, j, v
    metres = np.rint(2.0 * EARTH_RADIUS * np.arcsin(np.minimum(found["v"] / 2.0, 1.0))).astype(np.int64)
    return Arcs(found["i"].astype(np.int64), found["j"].astype(np.int64), metres)


def by_origin(arcs: Arcs) -> Arcs:
    """Arcs by origin, then target: an order that does not depend on who made them.

    Raises
    ------
    DataError
        A pair twice, or a way of less than nothing.

    Examples
    --------
    >>> found = by_origin(Arcs(np.array([1, 0, 0]), np.array([0, 2, 1]), np.array([7, 8, 9])))
    >>> found.target.tolist(), found.metres.tolist()
    ([1, 2, 0], [9, 8, 7])
    """
    if not arcs.origin.size:
        return arcs
    targets, lengths = int(arcs.target.max()) + 1, int(arcs.metres.max()) + 1
    pair = arcs.origin * targets + arcs.target
    if (int(arcs.origin.max()) + 1) * targets * lengths < MOST:
        pair = pair * lengths + arcs.metres  # one number each: numbers sort faster than their order is found
        pair.sort()
        pair, metres = np.divmod(pair, lengths)
    else:
        order = np.argsort(pair, kind="stable")
        pair, metres = pair[order], arcs.metres[order]
    origin, target = np.divmod(pair, targets)
    if int(arcs.metres.min()) < 0 or bool((np.diff(pair) == 0).any()):
        raise DataError(
            "ways that cannot be", where="table of travel", expected="each pair once, 0 m or more",
            found=f"{arcs.origin.size} ways with one twice or a length below 0", remedy="mend the table of travel",
        )  # fmt: skip
    return Arcs(origin, target, metres)


def unit_vectors(points: Numbers) -> Numbers:
    """Points of the unit sphere, float64 (n, 3), of latitudes and longitudes [degrees], float64 (n, 2)."""
    latitude, longitude = np.radians(points).T
    return np.column_stack(
        [np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)]
    )


def needs_extra(package: str) -> MissingExtraError:
    """What to say where a solver is not installed."""
    return MissingExtraError(
        f"{package} is not installed", where="evac.plan", remedy="pip install 'riskmap[plan]'"
    )
