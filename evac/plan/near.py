"""Which of many things may be near a place, without a look at every one: a province lists twenty thousand, and plans for as many villages."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import islice, takewhile
from typing import Final, Protocol

import numpy as np

from riskmap.grid import EARTH_RADIUS
from riskmap.sphere import distance

_SLACK: Final = 1.0
"""Added to how far is near [m], far more than a distance is rounded by: who asks measures again."""


class Somewhere(Protocol):
    """What has a region, and a point where that is known: an asset, or a zone."""

    @property
    def region(self) -> str:
        """Administrative code, 6 to 12 digits."""

    @property
    def longitude(self) -> float | None:
        """Of its point, WGS-84 [degree]."""

    @property
    def latitude(self) -> float | None:
        """Of its point, WGS-84 [degree]."""


class Near:
    """Things by point and by region.

    Parameters
    ----------
    things : sequence of Somewhere
    reach : sequence of float
        How far each reaches from its point [m].

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> slope = SimpleNamespace(region="330902001", longitude=122.1, latitude=30.0)
    >>> near = Near([slope], [200.0])
    >>> near.of_point(122.101, 30.0), near.of_point(122.2, 30.0), near.of_region("330902001205"), near.of_region("3309")
    ({0}, set(), {0}, {0})
    """

    def __init__(self, things: Sequence[Somewhere], reach: Sequence[float]) -> None:
        points = [
            (thing.latitude, thing.longitude, far, n)
            for n, (thing, far) in enumerate(zip(things, reach, strict=True))
            if thing.latitude is not None and thing.longitude is not None
        ]
        self.pointed = frozenset(n for _, _, _, n in points)
        """Numbers of those with a point."""
        table = np.array(points, np.float64).reshape(-1, 4)
        self._latitude, self._longitude, self._reach, numbers = table[np.argsort(table[:, 0])].T
        self._numbers = numbers.astype(np.int64)
        self._furthest = max(reach, default=0.0)
        self._by_region: dict[str, list[int]] = {}
        for n, thing in enumerate(things):
            self._by_region.setdefault(thing.region, []).append(n)
        self._regions = sorted(self._by_region)

    def of_point(self, longitude: float, latitude: float, *, slack: float = 0.0) -> set[int]:
        """Numbers of all whose point is as near to a point [degree] as they reach, and slack [m] more; and perhaps of a few beyond."""
        tall = float(np.degrees((self._furthest + slack + _SLACK) / EARTH_RADIUS))
        first, end = np.searchsorted(self._latitude, (latitude - tall, latitude + tall))
        away = distance(
            latitude=latitude, longitude=longitude,
            to_latitude=self._latitude[first:end], to_longitude=self._longitude[first:end],
        )  # fmt: skip
        return set(self._numbers[first:end][away <= self._reach[first:end] + slack + _SLACK].tolist())

    def of_region(self, code: str) -> set[int]:
        """Numbers of those whose region lies in a region, or holds it."""
        found = {n for length in range(len(code)) for n in self._by_region.get(code[:length], ())}
        within = islice(self._regions, bisect_left(self._regions, code), None)
        for region in takewhile(lambda region: region.startswith(code), within):
            found.update(self._by_region[region])
        return found

    def listed_under(self, code: str) -> set[int]:
        """Numbers of those of just this region."""
        return set(self._by_region.get(code, ()))
