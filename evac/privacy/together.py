"""Counts of many tables that are handed on together: hidden so that no sum, in whichever table, gives a small one away.

What a reader of all the tables knows is one system: each shown count is fixed, a hidden one is one or more, and sums tie
them: rows, columns, regions and their parts, the same people in two tables. A small count is hidden enough if a
solution of the system, a *twin* of the truth that looks the same to the reader, has ``smallest`` or more in its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from evac.errors import ConflictError, EvacError
from evac.privacy.counts import SMALLEST_SHOWN
from evac.privacy.tables import LEAST_HIDDEN
from riskmap.errors import MissingExtraError

if TYPE_CHECKING:
    from scipy.sparse import csc_array

Key: TypeAlias = Any
"""What a count is called: anything that can be a key."""
_CLOSE: Final = 1e-6
_FEW: Final = 1 / 50
"""A twin that proves fewer of the counts that are left is not worth the next one: then something is hidden."""
_BATCH: Final = 96
"""Small counts for which ways are looked for at once; they stand in no sum together."""


@dataclass(frozen=True)
class Sum:
    """One tie: the parts come to the whole, or (``exact`` false) to no more than it."""

    whole: Key
    parts: tuple[Key, ...]
    exact: bool = True


@dataclass(frozen=True, eq=False)
class Tied:
    """All counts of the tables, and how they hang together.

    Attributes
    ----------
    counts : mapping
        Key -> persons; those also that no table shows but that have a name: they are protected like the others.
    published : frozenset
        Keys that stand in a table.
    sums : tuple of Sum
        What every reader knows.
    """

    counts: Mapping[Key, int]
    published: frozenset[Key]
    sums: tuple[Sum, ...]

    def require_sums(self) -> None:
        """Check that the truth keeps every tie.

        Raises
        ------
        ConflictError
            Names the first that it does not keep.
        """
        for tie in self.sums:
            whole, parts = self.counts[tie.whole], sum(self.counts[part] for part in tie.parts)
            if parts > whole or (tie.exact and parts != whole):
                raise ConflictError(
                    "tables that are handed on do not add up", where=str(tie.whole), expected=str(whole),
                    found=str(parts), remedy="do not hand them on; report this",
                )  # fmt: skip

    def small(self, smallest: int = SMALLEST_SHOWN) -> list[Key]:
        """Counts of 1 to ``smallest`` - 1, in order."""
        return [key for key, n in self.counts.items() if 0 < n < smallest]

    @cached_property
    def place(self) -> dict[Key, int]:
        """Key -> its column in the system."""
        return {key: k for k, key in enumerate(self.counts)}

    @cached_property
    def matrix(self) -> tuple[csc_array, NDArray[np.float64]]:
        """The ties as rows, parts less the whole, and the lowest that each may come to; the highest is 0."""
        try:
            from scipy.sparse import csc_array
        except ImportError as error:
            raise MissingExtraError(
                "scipy is not installed", where="tables to be handed on", expected="the extra `plan`", found=str(error),
                remedy="pip install 'riskmap[plan]'",
            ) from error  # fmt: skip
        rows, columns, signs = [], [], []
        for n, tie in enumerate(self.sums):
            for key, sign in ((tie.whole, -1.0), *((part, 1.0) for part in tie.parts)):
                rows.append(n)
                columns.append(self.place[key])
                signs.append(sign)
        shape = (len(self.sums), len(self.counts))
        lows = np.array([0.0 if tie.exact else -np.inf for tie in self.sums])
        return csc_array((signs, (rows, columns)), shape=shape), lows


def protect_together(tied: Tied, *, smallest: int = SMALLEST_SHOWN) -> frozenset[Key]:
    """The published counts that are not to be shown.

    Counts from 1 to ``smallest`` - 1 are hidden, and with them the fewest people that a linear program finds it must hide
    for a twin to exist that has ``smallest`` or more in their place. So each small count, one without a place in
    any table included, may be ``smallest`` or more for all that a reader can tell.

    Parameters
    ----------
    smallest : int
        Smallest count that is shown [persons].

    Raises
    ------
    ConflictError
        The truth does not keep a tie.
    MissingExtraError
        scipy is not installed (extra ``plan``).

    References
    ----------
    Kelly, Golden and Assad (1992), Cell suppression: disclosure protection for sensitive tabular data, Networks 22, 397.

    Examples
    --------
    >>> counts = {"甲": 3, "乙": 20, "丙": 30, "全": 53}
    >>> sorted(protect_together(Tied(counts, frozenset(counts), (Sum("全", ("甲", "乙", "丙")),))))
    ['乙', '甲']
    """
    tied.require_sums()
    small = tied.small(smallest)
    reader = _Reader(tied, {key for key in small if key in tied.published})
    left = dict.fromkeys(small)
    while left:
        found = reader.proven(left, smallest)
        for key in found:
            left.pop(key, None)
        if left and len(found) <= _FEW * len(left):
            for key in reader.hide_for(_apart(tied, left), smallest, left):
                left.pop(key, None)
    return frozenset(reader.hidden)


def widest(tied: Tied, hidden: Iterable[Key], key: Key) -> tuple[float, float]:
    """The smallest and the largest value that a reader of all the tables can give to a count.

    Examples
    --------
    >>> counts = {"甲": 3, "乙": 20, "丙": 30, "全": 53}
    >>> tied = Tied(counts, frozenset(counts), (Sum("全", ("甲", "乙", "丙")),))
    >>> widest(tied, {"甲"}, "甲"), widest(tied, {"甲", "乙"}, "甲")
    ((3.0, 3.0), (1.0, 22.0))
    """
    reader = _Reader(tied, set(hidden))
    at = tied.place[key]
    ends = []
    for sign in (1.0, -1.0):
        cost = np.zeros(len(tied.counts))
        cost[at] = sign
        x = reader.solve(cost, *reader.bounds(), may_run_off=True)
        ends.append(float(np.inf if x is None else round(x[at], 6)))
    return ends[0], ends[1]


def _apart(tied: Tied, left: Mapping[Key, None]) -> list[Key]:
    """Some of the counts that are left, no two in one sum, so that what is hidden for one is not hidden for its neighbour."""
    near: dict[Key, set[int]] = {}
    for n, tie in enumerate(tied.sums):
        for key in (tie.whole, *tie.parts):
            near.setdefault(key, set()).add(n)
    chosen: list[Key] = []
    taken: set[int] = set()
    for key in left:
        ties = near.get(key, set())
        if not ties & taken:
            chosen.append(key)
            taken |= ties
        if len(chosen) == _BATCH:
            break
    return chosen


class _Reader:
    """Somebody who has all the tables: what is fixed, what is open."""

    def __init__(self, tied: Tied, hidden: set[Key]) -> None:
        self.tied = tied
        self.hidden = hidden
        self.values = np.array(list(tied.counts.values()), dtype=float)
        self.published = np.array([key in tied.published for key in tied.counts])

    def _open(self) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = ~self.published
        found[[self.tied.place[key] for key in self.hidden]] = True
        return found

    def bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lowest and highest value of each count."""
        free = self._open()
        low = np.where(free, np.where(self.published, LEAST_HIDDEN, 0.0), self.values)
        return low, np.where(free, np.inf, self.values)

    def proven(self, left: Mapping[Key, None], smallest: int) -> list[Key]:
        """Counts that are large in one twin, which makes as many of them large as it can."""
        at = np.array([self.tied.place[key] for key in left])
        low, high = self.bounds()
        n = len(low)
        # a count that is left is a part up to ``smallest``, which is worth something, and the rest, which is not
        cost = np.zeros(n + len(at))
        cost[at] = (
            -1 - 0.5 * np.modf(np.arange(len(at)) * 0.618034)[0]
        )  # uneven, so that nothing is shared out
        rest_high = high[at] - smallest
        high[at] = np.minimum(high[at], smallest)
        x = self.solve(
            cost,
            np.concatenate([low, np.zeros(len(at))]),
            np.concatenate([high, np.maximum(rest_high, 0)]),
            again=at,
        )
        assert x is not None
        whole = x[at] + x[n:]
        return [key for key, value in zip(left, whole, strict=True) if value >= smallest - _CLOSE]

    def hide_for(self, keys: Sequence[Key], smallest: int, left: Mapping[Key, None]) -> list[Key]:
        """Hide what a twin needs in which these counts are large; return all that are large in it."""
        low, high = self.bounds()
        fixed = np.flatnonzero(self.published & ~self._open() & (self.values > 0))
        for key in keys:
            low[self.tied.place[key]] = smallest
        # a shown count may go up (its own column, made open) or down (a column more), at the price of its people
        n = len(low)
        cost = np.zeros(n + len(fixed))
        cost[fixed] = self.values[fixed]
        cost[n:] = self.values[fixed]
        high[fixed] = np.inf
        x = self.solve(
            cost, np.concatenate([low, np.zeros(len(fixed))]),
            np.concatenate([high, self.values[fixed] - LEAST_HIDDEN]), again=fixed, sign=-1.0,
        )  # fmt: skip
        if x is None:
            raise EvacError(
                "tables with too few people to be handed on", where=str(keys[0]), expected="other counts to hide it among",
                found="none", remedy="leave --shared out, or hand on the table of a larger region",
            )  # fmt: skip
        moved = np.abs(x[fixed] - x[n:] - self.values[fixed]) > _CLOSE
        names = list(self.tied.counts)
        self.hidden |= {names[k] for k in fixed[moved]}
        large = x[:n] >= smallest - _CLOSE
        return [key for key in left if large[self.tied.place[key]]]

    def solve(
        self,
        cost: NDArray[np.float64],
        low: NDArray[np.float64],
        high: NDArray[np.float64],
        *,
        again: NDArray[np.int64] | None = None,
        sign: float = 1.0,
        may_run_off: bool = False,
    ) -> NDArray[np.float64] | None:
        """The cheapest twin; columns of ``again`` stand in the ties once more, with a sign. None: there is none, or no end."""
        from scipy.optimize import linprog
        from scipy.sparse import hstack

        matrix, lows = self.tied.matrix
        if again is not None:
            matrix = hstack([matrix, sign * matrix[:, again]], format="csc")
        exact = np.isfinite(lows)
        found: Any = linprog(
            cost, A_eq=matrix[exact], b_eq=np.zeros(exact.sum()), A_ub=matrix[~exact],
            b_ub=np.zeros((~exact).sum()), bounds=np.column_stack([low, high]), method="highs-ds",
        )  # fmt: skip
        if found.status == 0:
            return np.asarray(found.x)
        if found.status == 2 or (found.status == 3 and may_run_off):
            return None
        raise EvacError(
            "the tables could not be judged", where="linear program", expected="a solution",
            found=str(found.message), remedy="leave --shared out and report this",
        )  # fmt: skip
