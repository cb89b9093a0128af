"""Counts by region and category for sharing: hidden cells that no sum of a row or column gives away.

The published table is one network: each count is an arc from its row to its column, a row's total runs back, and what
flows into a node flows out. A reader can move hidden counts only along closed ways of that network, so the largest and
the smallest value that a hidden count can have is a largest flow, and exact: no solver is needed.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

from evac.privacy.counts import SMALLEST_SHOWN
from riskmap.errors import DataError

TOTAL: Final = "合计"
"""Row and column of the sums; no region or category may be called so."""

Place: TypeAlias = tuple[str, str]
_Node: TypeAlias = tuple[int, str]
LEAST_HIDDEN: Final = 1
"""Zeros are shown, so every reader knows that a hidden count is one or more."""
_NO_BOUND: Final = 1 << 62


@dataclass(frozen=True)
class Margins:
    """A table with its sums; ``protect`` makes one for sharing.

    Attributes
    ----------
    counts : mapping
        (region, category) -> persons, every region with every category, and the sums under ``TOTAL``.
    hidden : frozenset
        Places that are not shown.
    """

    counts: Mapping[Place, int]
    hidden: frozenset[Place] = frozenset()

    @property
    def shown(self) -> dict[Place, int | None]:
        """What is published: None = not shown (「—」, never 0)."""
        return {place: None if place in self.hidden else n for place, n in self.counts.items()}

    @cached_property
    def rows(self) -> tuple[str, ...]:
        """Regions, in order, the sum last."""
        return tuple(dict.fromkeys(row for row, _ in self.counts))

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Categories, in order, the sum last."""
        return tuple(dict.fromkeys(column for _, column in self.counts))


def with_sums(counts: Mapping[Place, int]) -> Margins:
    """A table with every cell and its sums.

    Raises
    ------
    DataError
        A count is negative, or a row or column is called like the sum.

    Examples
    --------
    >>> with_sums({("甲", "a"): 3, ("乙", "b"): 4}).counts["甲", "合计"]
    3
    """
    wrong = [place for place, n in counts.items() if n < 0 or TOTAL in place]
    if wrong:
        raise DataError(
            "not a table of counts", where=f"cell {wrong[0]}", expected="counts of 0 or more, none of them a sum",
            found=str(counts[wrong[0]]), remedy="give the cells alone",
        )  # fmt: skip
    rows = tuple(dict.fromkeys(row for row, _ in counts))
    columns = tuple(dict.fromkeys(column for _, column in counts))
    full: dict[Place, int] = {}
    for row in (*rows, TOTAL):
        for column in (*columns, TOTAL):
            picked = (
                (r, c)
                for r in (rows if row == TOTAL else (row,))
                for c in (columns if column == TOTAL else (column,))
            )
            full[row, column] = sum(counts.get(place, 0) for place in picked)
    return Margins(full)


def _ends(place: Place) -> tuple[_Node, _Node]:
    """Where the arc of a count begins and ends: raising it by one takes one from the first node and gives one to the other.

    Cells run from row to column, sums of rows and columns back, so that each node's balance is one sum of the table.
    """
    row, column = (0, place[0]), (1, place[1])
    return (column, row) if (place[0] == TOTAL) != (place[1] == TOTAL) else (row, column)


class _Network:
    """How far hidden counts can move: up without a bound, down to ``LEAST_HIDDEN``."""

    def __init__(self, counts: Mapping[Place, int], hidden: Iterable[Place]) -> None:
        self.room: dict[_Node, dict[_Node, int]] = {}
        for place in hidden:
            self.hide(place, counts[place])

    def hide(self, place: Place, n: int) -> None:
        start, end = _ends(place)
        self.room.setdefault(start, {})[end] = _NO_BOUND
        self.room.setdefault(end, {})[start] = n - LEAST_HIDDEN

    def flow(self, source: _Node, sink: _Node, *, at_most: int) -> int:
        """Largest flow from one node to another, the arc between them left out."""
        used: dict[tuple[_Node, _Node], int] = {}
        total = 0
        while total < at_most:
            came: dict[_Node, _Node] = {source: source}
            queue = deque([source])
            while queue and sink not in came:
                at = queue.popleft()
                for to, room in self.room.get(at, {}).items():
                    own = {at, to} == {source, sink}
                    if to not in came and not own and room - used.get((at, to), 0) > 0:
                        came[to] = at
                        queue.append(to)
            if sink not in came:
                break
            way = [(came[sink], sink)]
            while way[-1][0] != source:
                way.append((came[way[-1][0]], way[-1][0]))
            pushed = min(at_most - total, *(self.room[a][b] - used.get((a, b), 0) for a, b in way))
            for a, b in way:
                used[a, b] = used.get((a, b), 0) + pushed
                used[b, a] = used.get((b, a), 0) - pushed
            total += pushed
        return total


def interval(table: Margins, place: Place, *, at_most: int = _NO_BOUND) -> tuple[int, int]:
    """The smallest and the largest value that a reader of the published table can give to a hidden count.

    Parameters
    ----------
    at_most : int
        Look no further than so many persons up or down, which is faster.

    References
    ----------
    Gusfield (1988), A graph theoretic approach to statistical data security, SIAM J. Comput. 17, 552.

    Examples
    --------
    >>> table = with_sums({("甲", "a"): 3, ("甲", "b"): 20, ("乙", "a"): 30, ("乙", "b"): 40})
    >>> interval(Margins(table.counts, frozenset({("甲", "a")})), ("甲", "a"))
    (3, 3)
    >>> interval(protect({("甲", "a"): 3, ("甲", "b"): 20, ("乙", "a"): 30, ("乙", "b"): 40}), ("甲", "a"))
    (1, 22)
    """
    n = table.counts[place]
    if place not in table.hidden:
        return n, n
    network = _Network(table.counts, table.hidden)
    return _interval(network, place, n, at_most)


def _interval(network: _Network, place: Place, n: int, at_most: int) -> tuple[int, int]:
    start, end = _ends(place)
    up = network.flow(end, start, at_most=at_most)
    down = network.flow(start, end, at_most=min(at_most, n - LEAST_HIDDEN))
    return n - down, n + up


def given_away(table: Margins, *, smallest: int = SMALLEST_SHOWN) -> dict[Place, tuple[int, int]]:
    """Small counts that the published table gives away, each with what a reader can narrow it down to.

    A count of 1 to ``smallest`` - 1 is given away where it is shown, or where no reader could take it for ``smallest``
    or more. Run it over every table before it is published.

    Examples
    --------
    >>> table = with_sums({("甲", "a"): 3, ("甲", "b"): 20, ("乙", "a"): 30, ("乙", "b"): 40})
    >>> given_away(table)
    {('甲', 'a'): (3, 3)}
    """
    network = _Network(table.counts, table.hidden)
    found = {}
    for place, n in table.counts.items():
        if 0 < n < smallest:
            low, high = _interval(network, place, n, smallest) if place in table.hidden else (n, n)
            if high < smallest:
                found[place] = (low, high)
    return found


def protect(
    counts: Mapping[Place, int], *, smallest: int = SMALLEST_SHOWN, hidden: Collection[Place] = ()
) -> Margins:
    """A table of counts by region and category, with its sums, from which no small count can be worked out.

    Counts from 1 to ``smallest`` - 1 are hidden, sums as well as cells. Where the sums still tell that a hidden count is
    small, the closed way with the fewest other people is hidden with it (complementary suppression in two margins).

    Parameters
    ----------
    counts : mapping
        (region, category) -> persons; what is left out is 0.
    smallest : int
        Smallest count that is shown [persons].
    hidden : collection
        Places that another table hides, and this one must hide too: a town's row in the table of its county.

    Returns
    -------
    Margins
        ``given_away`` of it is empty.

    References
    ----------
    Hundepool et al. (2012), Statistical Disclosure Control, ch. 4; the shape of ways after Kelly, Golden and Assad (1992),
    Cell suppression: disclosure protection for sensitive tabular data, Networks 22, 397.

    Examples
    --------
    >>> shared = protect({("甲", "a"): 3, ("甲", "b"): 20, ("乙", "a"): 30, ("乙", "b"): 40})
    >>> sorted(shared.hidden), given_away(shared)
    ([('乙', 'a'), ('乙', 'b'), ('甲', 'a'), ('甲', 'b')], {})
    """
    table = with_sums(counts)
    full = table.counts
    small = [place for place, n in full.items() if 0 < n < smallest]
    out = {place for place in {*small, *hidden} if full.get(place, 0) > 0}
    network = _Network(full, out)
    for place in sorted(small, key=lambda place: (full[place], place)):
        start, end = _ends(place)
        need = smallest - full[place]
        if network.flow(end, start, at_most=need) >= need:
            continue
        for other in _cheapest_way(full, out, end, start, need) or _everything(full):
            if other not in out:
                out.add(other)
                network.hide(other, full[other])
    return Margins(full, frozenset(out))


def _everything(full: Mapping[Place, int]) -> list[Place]:
    """Last resort: a table with too few people to show any."""
    return [place for place, n in full.items() if n > 0]


def _cheapest_way(
    full: Mapping[Place, int], out: Collection[Place], source: _Node, sink: _Node, need: int
) -> list[Place]:
    """The counts of a way from source to sink, not by their own arc, that can carry ``need``, hiding the fewest people anew."""
    steps: dict[_Node, list[tuple[_Node, Place]]] = {}
    for place, n in full.items():
        start, end = _ends(place)
        if n <= 0 or {start, end} == {source, sink}:
            continue
        steps.setdefault(start, []).append((end, place))
        if n - LEAST_HIDDEN >= need:
            steps.setdefault(end, []).append((start, place))
    best: dict[_Node, int] = {source: 0}
    came: dict[_Node, tuple[_Node, Place]] = {}
    queue = [(0, source)]
    while queue:
        cost, at = heapq.heappop(queue)
        if at == sink:
            break
        if cost > best[at]:
            continue
        for to, place in steps.get(at, ()):
            further = cost + (0 if place in out else full[place])
            if further < best.get(to, _NO_BOUND):
                best[to], came[to] = further, (at, place)
                heapq.heappush(queue, (further, to))
    if sink not in came:
        return []
    way, at = [], sink
    while at != source:
        at, place = came[at]
        way.append(place)
    return way
