"""The head-count by county and hour, from the log alone; the sum always holds.

应转移 = 已转移(集中安置 + 投亲靠友 + 上岸 + 就医) + 已返回 + 途中 + 未转移(未通知 + 已通知 + 劝导无效) + 擅自离开 + 失联 + 遇难
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evac.columns import COLUMNS, MOVED_COLUMNS, Column, column_of
from evac.errors import ConflictError
from evac.events import Envelope
from evac.model import State
from evac.state import NOBODY, PersonState, counted, step
from riskmap.assessment import Assessment
from riskmap.scale import Tier

__all__ = ["COLUMNS", "MOVED_COLUMNS", "Column", "Progress", "column_of", "tally", "zones"]

_NOT_YET_ORDERED: Final = frozenset({State.REGISTERED, State.PREPARE})


@dataclass(frozen=True, eq=False)
class Progress:
    """The head-count of every county and hour.

    Attributes
    ----------
    hours : tuple of datetime
        Each count is that of the end of the hour's instant, by trusted time.
    counties : tuple of str
        Codes.
    counts : int64 (hour, county, column)
        Persons by term of the sum, in the order of ``COLUMNS``.
    due : int64 (hour, county)
        应转移: counted from orders, arrivals, 核减 and withdrawals, apart from ``counts``.
    waiting : int64 (hour, county)
        On the list, not ordered yet.
    in_zone : bool (hour, county)
        The county is at orange or red.
    """

    hours: tuple[datetime, ...]
    counties: tuple[str, ...]
    counts: NDArray[np.int64]
    due: NDArray[np.int64]
    waiting: NDArray[np.int64]
    in_zone: NDArray[np.bool_]

    @property
    def moved(self) -> NDArray[np.int64]:
        """已转移, (hour, county)."""
        picked = self.counts[:, :, [COLUMNS.index(c) for c in MOVED_COLUMNS]]
        return np.asarray(picked.sum(axis=2))

    def column(self, column: Column) -> NDArray[np.int64]:
        """One term, (hour, county)."""
        return self.counts[:, :, COLUMNS.index(column)]

    @property
    def not_safe(self) -> NDArray[np.int64]:
        """On the list and not in safety, (hour, county); who returned counts where the zone is still orange or red."""
        returned = self.column(Column.RETURNED)
        gone = self.moved + self.column(Column.DECEASED) + np.where(self.in_zone, 0, returned)
        return np.asarray(self.due + self.waiting - gone)

    @property
    def headline(self) -> NDArray[np.int64]:
        """People inside an orange or red zone who are not yet safe, (hour,)."""
        return np.asarray(np.where(self.in_zone, self.not_safe, 0).sum(axis=1))

    def require_sums(self) -> None:
        """Check the sum in every county and hour.

        Raises
        ------
        ConflictError
            Names the first county and hour where it does not hold.
        """
        wrong = np.argwhere(self.counts.sum(axis=2) != self.due)
        if wrong.size:
            hour, county = (int(n) for n in wrong[0])
            raise ConflictError(
                "the head-count does not add up",
                where=f"county {self.counties[county]}, {self.hours[hour]:%Y-%m-%d %H:%M} UTC",
                expected=f"应转移 {self.due[hour, county]}",
                found=f"terms that sum to {self.counts[hour, county].sum()}",
                remedy="report this: the state machine and the count disagree",
            )


def tally(
    events: Iterable[Envelope],
    hours: Sequence[datetime],
    counties: Sequence[str],
    in_zone: NDArray[np.bool_] | None = None,
) -> Progress:
    """Count everybody at every hour in one sweep over the events.

    Parameters
    ----------
    events : iterable of Envelope
        The log, in any order, with repeats.
    hours : sequence of datetime
        Rising.
    counties : sequence of str
        Codes; people of other counties are counted nowhere.
    in_zone : bool (hour, county), optional
        Orange or red; from ``zones``.

    Examples
    --------
    >>> from datetime import UTC, timedelta
    >>> from evac import Clerk
    >>> from evac.events import ArrivedShelter, Ordered, Registered
    >>> at, code = datetime(2021, 7, 24, 4, tzinfo=UTC), "7" + "C" * 25
    >>> clerk, shelter = Clerk("李四", "V1", "D1", at), Clerk("王五", "S1", "D2", at + timedelta(minutes=90))
    >>> log = [clerk.write(Registered, code, county="330902"), clerk.write(Ordered, code, order="令1")]
    >>> log += [shelter.write(ArrivedShelter, code)]
    >>> found = tally(log, [at + timedelta(hours=h) for h in range(3)], ["330902"])
    >>> found.not_safe.tolist()  # hour by hour, persons of each county
    [[1], [1], [0]]
    """
    row = {code: n for n, code in enumerate(counties)}
    shape = (len(hours), len(counties))
    now = [[0] * (len(COLUMNS) + 2) for _ in counties]
    then = np.zeros((*shape, len(COLUMNS) + 2), dtype=np.int64)
    states: dict[str, PersonState] = {}
    hour = 0
    for event in counted(events):
        while hour < len(hours) and event.trusted_at > hours[hour]:
            then[hour] = now
            hour += 1
        if hour == len(hours):
            break
        before = states.get(event.code, NOBODY)
        after = states[event.code] = step(before, event)
        for state, one in ((before, -1), (after, 1)):
            if (county := row.get(state.county)) is not None:
                for term in _terms(state.state, state.stay, due=state.due):
                    now[county][term] += one
    then[hour:] = np.reshape(now, then.shape[1:])
    zone = np.zeros(shape, dtype=np.bool_) if in_zone is None else in_zone
    n = len(COLUMNS)
    return Progress(tuple(hours), tuple(counties), then[:, :, :n], then[:, :, n], then[:, :, n + 1], zone)


@cache
def _terms(state: State, stay: State | None, *, due: bool) -> tuple[int, ...]:
    """What a person counts in: the column if any, and after the columns 应转移 or the list of those not ordered."""
    column = column_of(PersonState(state, stay=stay))
    found = () if column is None else (COLUMNS.index(column),)
    if due:
        return (*found, len(COLUMNS))
    return (*found, len(COLUMNS) + 1) if state in _NOT_YET_ORDERED else found


def zones(assessment: Assessment, counties: Sequence[str]) -> NDArray[np.bool_]:
    """Whether each county is at orange or red, (hour, county)."""
    row = {region.code: n for n, region in enumerate(assessment.regions)}
    picked = assessment.combined[:, [row[code] for code in counties]]
    return np.asarray(picked >= Tier.ORANGE)
