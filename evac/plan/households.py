"""Households of a plan as columns: what the zones, the orders and the earlier plan ask of the people who live together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evac.model import MOVED, State
from evac.plan.registered import CATEGORIES, STATES, Registered
from evac.plan.ties import UNKNOWN_HOUR, Place, Ties
from evac.plan.transfer_rules import TransferRules
from evac.plan.zones import MoveStep

AWAY_STATES: Final = MOVED | {State.RETURN_ALLOWED, State.RETURN_HELD}
"""Moved, and not back: they stay on the plan until they have returned."""
GONE: Final = frozenset({State.DECEASED, State.PURGED, State.MERGED, State.EXEMPT})
"""Nobody to move: dead, destroyed, counted under another code, or excused with evidence (核减)."""
ORDERED: Final = frozenset(
    {
        State.ORDERED, State.UNREACHED, State.NOTIFIED, State.REFUSED, State.IN_TRANSIT, State.MISSING, State.LEFT,
    }
)  # fmt: skip
"""An order stands, or the person is on the way or not accounted for: to move, whatever the tiers say."""
RELEASED: Final = frozenset({State.WITHDRAWN, State.RETURNED, State.CLOSED})
"""Released by order: an earlier plan binds them no more; a tier of today does."""
SECONDS_AN_HOUR: Final = 3600.0
"""Seconds."""


@dataclass(frozen=True, eq=False)
class Households:
    """One element a household that somebody must move from, be checked in, or has moved from.

    Attributes
    ----------
    home : int64 (row,)
        Index into ``Registered.households``.
    rank : uint8 (row,)
        ``MoveStep.rank``.
    tie, lead : int64 (row,)
        Deciding tie, and the person whose it is.
    present, away, weak : int64 (row,)
        People still to move, moved already, and weak among those to move.
    needs : uint8 (row,)
        Bits of ``Vulnerability`` of those to move.
    onset, latest : float64 (row,)
        [s since 1970]; minus infinity where the hour is not known. Latest is onset - travel - reserve.
    travel : float64 (row,)
        Of whoever needs longest [s].
    stay_hours : float64 (row,)
    key, held : bool (row,)
    members : int64 (member,)
        People still to move, by code within a household.
    starts : int64 (row + 1,)
        Where each household's members begin.
    """

    home: NDArray[np.int64]
    rank: NDArray[np.uint8]
    tie: NDArray[np.int64]
    lead: NDArray[np.int64]
    present: NDArray[np.int64]
    away: NDArray[np.int64]
    weak: NDArray[np.int64]
    needs: NDArray[np.uint8]
    onset: NDArray[np.float64]
    latest: NDArray[np.float64]
    travel: NDArray[np.float64]
    stay_hours: NDArray[np.float64]
    key: NDArray[np.bool_]
    held: NDArray[np.bool_]
    members: NDArray[np.int64]
    starts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.home)

    def members_of(self, row: int) -> NDArray[np.int64]:
        """People of a household who are still to move."""
        return self.members[self.starts[row] : self.starts[row + 1]]


def gather(
    people: Registered,
    ties: Ties,
    rules: TransferRules,
    places: Mapping[str, Place],
    earlier: NDArray[np.uint8],
) -> Households:
    """Households with what is asked of them; those of whom nothing is asked and nobody is away are left out.

    Parameters
    ----------
    earlier : uint8 (home,)
        Rank in the plan before, 0 where it asked for nothing.
    """
    if not len(people):
        return _nobody()
    asked = np.array([tie.rank for tie in ties.ties], np.uint8)[ties.of_person]
    onset = np.array([tie.onset for tie in ties.ties])[ties.of_person]
    named = np.array([tie.named for tie in ties.ties], np.bool_)[ties.of_person]
    away, gone = _in(people, AWAY_STATES), _in(people, GONE)
    present = ~away & ~gone
    floor = _floor(people, earlier, present)
    asked = np.where(gone, 0, asked).astype(np.uint8)
    # the member whom the zones ask most of leads; then the key one, the earliest, the smallest code
    codes = np.ascontiguousarray(people.code).view(">u8").reshape(-1, 2)
    order = np.lexsort((codes[:, 1], codes[:, 0], onset, ~named, -asked.astype(np.int16), gone, people.home))
    homes, first = np.unique(people.home[order], return_index=True)

    def worst(values: NDArray[Any]) -> NDArray[Any]:
        return np.maximum.reduceat(values[order], first)

    def count(which: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.add.reduceat(which[order].astype(np.int64), first)

    asked_of_home, to_move, moved = worst(asked), count(present), count(away)
    rank = np.where(to_move > 0, np.maximum(asked_of_home, worst(floor)), 0).astype(np.uint8)
    kept = np.flatnonzero((rank > 0) | (moved > 0))
    severe = asked >= MoveStep.PREPARE.rank
    starts_at = np.minimum.reduceat(np.where(severe, onset, np.inf)[order], first)
    # asked for by an order alone: nobody knows the hour
    starts_at = np.where(np.isinf(starts_at), UNKNOWN_HOUR, starts_at)
    weak = present & (people.weak > 0)
    lead = order[first]
    found_weak = count(weak)
    # a household leaves together, so whoever of it needs longest sets the hour, be the lead in danger sooner or not
    slow = np.zeros(len(people), np.bool_)
    slow[lead] = True
    slow |= severe
    weak_of = (found_weak > 0)[people_row(people, homes)]
    travel, reserve = _before(people, weak_of, rules, places)
    before = worst(np.where(slow, travel + reserve, 0.0))
    needs = np.bitwise_or.reduceat(np.where(present, people.weak, 0).astype(np.uint8)[order], first)
    members, starts = _members(people, order, first, present & (rank[people_row(people, homes)] > 0), kept)
    stay = _stay(ties, rules)[ties.of_person[lead]]
    return Households(
        homes[kept].astype(np.int64), rank[kept], ties.of_person[lead][kept].astype(np.int64), lead[kept],
        np.where(rank > 0, to_move, 0)[kept], moved[kept], np.where(rank > 0, found_weak, 0)[kept], needs[kept],
        starts_at[kept], (starts_at - before)[kept], worst(np.where(slow, travel, 0.0))[kept], stay[kept], worst(named & severe)[kept],
        (rank > asked_of_home)[kept], members, starts,
    )  # fmt: skip


def people_row(people: Registered, homes: NDArray[Any]) -> NDArray[np.int64]:
    """Row of each person's home among the homes that have people, in order."""
    return np.searchsorted(homes, people.home)


def _in(people: Registered, states: Collection[State]) -> NDArray[np.bool_]:
    return np.array([state in states for state in STATES], np.bool_)[people.state]


def _floor(people: Registered, earlier: NDArray[np.uint8], present: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Rank below which nobody falls: by an order that stands, or by the plan before unless released since."""
    ordered = np.array(
        [3 if state in ORDERED else 2 if state is State.PREPARE else 0 for state in STATES], np.uint8
    )
    planned = np.where(_in(people, RELEASED), 0, earlier[people.home]).astype(np.uint8)
    return np.where(present, np.maximum(ordered[people.state], planned), 0).astype(np.uint8)


def _before(
    people: Registered, weak: NDArray[np.bool_], rules: TransferRules, places: Mapping[str, Place]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Travel and reserve of each person [s], with somebody weak in the household or not."""
    table = np.array([[rules.travel(c, weak=bool(w)).total_seconds() for w in (0, 1)] for c in CATEGORIES])
    reserve = np.array([rules.reserve(c).total_seconds() for c in CATEGORIES])
    travel = table[people.category, weak.astype(np.int64)]
    minutes = np.array(
        [
            np.nan if (p := places.get(code)) is None or p.travel_minutes is None else p.travel_minutes
            for code in people.villages
        ]
    )
    told = minutes[people.village[people.home]] * 60.0
    told = np.where(weak, told * rules.numbers.share("weak_factor"), told)
    return np.where(np.isnan(told), travel, told), reserve[people.category]


def _stay(ties: Ties, rules: TransferRules) -> NDArray[np.float64]:
    """Planned stay of each tie [h]."""
    found = np.full(len(ties.ties), rules.numbers.share("stay_hours"))
    for n, tie in enumerate(ties.ties):
        if tie.zone >= 0 and np.isfinite(tie.onset) and np.isfinite(tie.until):
            held = rules.hold(ties.zones[tie.zone].hazard).total_seconds()
            found[n] = np.ceil((tie.until - tie.onset + held) / SECONDS_AN_HOUR)
    return found


def _members(
    people: Registered,
    order: NDArray[Any],
    first: NDArray[Any],
    to_move: NDArray[np.bool_],
    kept: NDArray[Any],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """People to move of the households that are kept, and where each household's begin."""
    homes = np.repeat(np.arange(len(first)), np.diff([*first, len(order)]))
    wanted = to_move[order]
    codes = np.ascontiguousarray(people.code).view(">u8").reshape(-1, 2)[order]
    by_code = np.lexsort((codes[:, 1], codes[:, 0], homes))
    by_code = by_code[wanted[by_code]]
    members = order[by_code]
    counts = np.bincount(homes[by_code], minlength=len(first))
    starts = np.concatenate([[0], np.cumsum(counts[kept])])
    # homes that are not kept have nobody to move, so the members of those kept stand without gaps
    return members.astype(np.int64), starts.astype(np.int64)


def _nobody() -> Households:
    whole, number = np.empty(0, np.int64), np.empty(0, np.float64)
    small, flag = np.empty(0, np.uint8), np.empty(0, np.bool_)
    return Households(
        whole, small, whole, whole, whole, whole, whole, small, number, number, number, number, flag, flag, whole,
        np.zeros(1, np.int64),
    )  # fmt: skip
