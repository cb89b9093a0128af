"""可返回, 暂缓, 已返回: how far the return is, counted from what the store keeps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from evac.columns import MOVED_COLUMNS, column_of
from evac.grain import COUNTY_DIGITS, Grain
from evac.model import State
from evac.registry import EventStore
from evac.standing import Cell
from evac.state import PersonState
from evac.store.counting import count_grains

WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "due": "应转移",
        "waiting": "已转移,未解除",
        "allowed": "可返回",
        "held": "暂缓返回",
        "returned": "已返回",
        "left": "擅自离开",
        "not_safe": "未转移、途中、失联",
        "deceased": "遇难",
    }
)
"""Figure -> its word; the others always sum to ``due``."""


@dataclass(frozen=True)
class ReturnCount:
    """Of one region or category.

    Attributes
    ----------
    counts : mapping
        Figure of ``WORDS`` -> persons.
    """

    counts: Mapping[str, int]

    @property
    def adds_up(self) -> bool:
        """Whether everybody who had to move is in one figure, and in one alone."""
        return self.counts["due"] == sum(n for word, n in self.counts.items() if word != "due")


def figure_of(grain: Grain | Cell) -> str:
    """The figure that people of a grain, or of the cell that it lies in, count in; empty for who need not move.

    Examples
    --------
    >>> from evac.grain import grain_of
    >>> figure_of(grain_of(None, PersonState(State.RETURN_HELD, due=True, stay=State.SHELTERED)))
    'held'
    """
    if not grain.due:
        return ""
    if grain.state in (State.RETURN_ALLOWED, State.RETURN_HELD):
        return "allowed" if grain.state is State.RETURN_ALLOWED else "held"
    if grain.state in (State.RETURNED, State.CLOSED, State.PURGED):
        return "returned"
    if grain.state in (State.LEFT, State.DECEASED):
        return grain.state.value
    moved = column_of(PersonState(grain.state, stay=grain.stay)) in MOVED_COLUMNS
    return "waiting" if moved else "not_safe"


def return_counts(store: EventStore, region: str = "", *, digits: int = 6) -> dict[str, ReturnCount]:
    """How far the return is, by region where people are at risk; the sum over all under the empty code.

    Parameters
    ----------
    region : str
        2 to 12 digits; empty for all.
    digits : int
        6, 9 or 12: how finely.

    Raises
    ------
    SourceError
        The store cannot be read.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from evac import Clerk, MemoryStore, Registry, return_counts
    >>> from evac.events import ArrivedShelter, Ordered, Registered, ReturnHeld
    >>> noon, registry = datetime(2021, 7, 27, 4, tzinfo=UTC), Registry(MemoryStore())
    >>> clerk, codes = Clerk("李四", "S1", "D1", noon), ("7" + "C" * 25, "7" + "D" * 25)
    >>> for code in codes:
    ...     events = [clerk.write(Registered, code, county="330902"), clerk.write(Ordered, code, order="令1")]
    ...     events.append(clerk.write(ArrivedShelter, code))
    ...     registry.check_ins(events, received_at=noon).require_all()
    >>> registry.check_in(clerk.write(ReturnHeld, codes[0]), received_at=noon).require_all()
    >>> {WORDS[figure]: people for figure, people in return_counts(registry.store)["330902"].counts.items() if people}
    {'应转移': 2, '已转移,未解除': 1, '暂缓返回': 1}
    """
    found: dict[str, Counter[str]] = {"": Counter(dict.fromkeys(WORDS, 0))}
    for place, figure, people in _figures(store, region, digits):
        for code in (place, ""):
            row = found.setdefault(code, Counter(dict.fromkeys(WORDS, 0)))
            row[figure] += people
            row["due"] += people
    return {code: ReturnCount(MappingProxyType(dict(row))) for code, row in sorted(found.items())}


def _figures(store: EventStore, region: str, digits: int) -> Iterator[tuple[str, str, int]]:
    """Region, figure and people; of counties from the sums that the store keeps, without a look at anybody."""
    if max(len(region), digits) <= COUNTY_DIGITS:
        for cell, people in store.cells().items():
            if cell.due and cell.county.startswith(region):
                yield cell.county[:digits], figure_of(cell), people
        return
    for grain, people in count_grains(store, region).items():
        if grain.due:
            yield grain.region[:digits], figure_of(grain), people
