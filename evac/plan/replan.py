"""Planning again: what an earlier plan still binds, and what changed between two plans.

A tier that falls releases nobody. Who was planned stays planned, and who moved stays away, until an order releases them;
a household that was planned and is on no list any more is looked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from evac.model import Category
from evac.plan.modelled import Basis, Block
from evac.plan.zones import MoveStep, Zone
from riskmap.scale import Tier

if TYPE_CHECKING:
    from evac.plan.roster import Move

STANDING_STEPS: Final = frozenset({MoveStep.MOVE, MoveStep.PREPARE})
"""What an earlier plan asked for that stands until it is released."""
SHIFT: Final = timedelta(minutes=30)
"""A deadline that moves by less is not worth telling (D)."""
_TIER: Final = {MoveStep.MOVE: Tier.RED, MoveStep.PREPARE: Tier.ORANGE, MoveStep.CHECK: None}


class Earlier(NamedTuple):
    """One row of the plan before: what planning again needs of it.

    Attributes
    ----------
    step : MoveStep
    basis : Basis
    village, village_name : str
        Code and name of where the people are at risk.
    category : Category
    people : int or None
    away : int
    latest_departure : datetime or None
    """

    step: MoveStep
    basis: Basis
    village: str
    village_name: str
    category: Category
    people: int | None
    away: int
    latest_departure: datetime | None


def rows_of(plan: Iterable[Move]) -> dict[str, Earlier]:
    """Key -> row of a plan."""
    return {
        move.key: Earlier(
            move.step, move.basis, move.village, move.village_name, move.category, move.people, move.away,
            move.latest_departure,
        )
        for move in plan
    }  # fmt: skip


def within(rows: Mapping[str, Earlier], prefix: str) -> dict[str, Earlier]:
    """Rows of a region: those of a larger one's plan that are none of its business are left out."""
    return {key: row for key, row in rows.items() if row.village.startswith(prefix)}


def held_blocks(
    blocks: Sequence[Block],
    earlier: Mapping[str, Earlier],
    households: Iterable[str],
    registered: Collection[str],
) -> tuple[tuple[Block, ...], frozenset[str]]:
    """Blocks with those that only the earlier plan asks for, and the keys of these.

    Modelled people of a county that has a register by now are replaced by it. A household of the earlier plan that is on no
    list any more becomes a block to check: nobody falls off silently.

    Parameters
    ----------
    households : iterable of str
        Keys of everybody on the lists.
    registered : collection of str
        Counties that have a register.
    """
    if not earlier:
        return tuple(blocks), frozenset()
    found = {block.key: block for block in blocks}
    on_list = set(households)
    held: set[str] = set()
    for key, row in sorted(earlier.items()):
        if key in on_list:
            continue
        if row.basis is Basis.REGISTER or key.startswith(_LOST):
            lost = key if key.startswith(_LOST) else _LOST + key
            if key.removeprefix(_LOST) not in on_list:
                found[lost] = _lost(lost, row)
                held.add(lost)
            continue
        if row.step not in STANDING_STEPS or (row.basis is Basis.MODELLED and row.village[:6] in registered):
            continue
        now = found.get(key)
        if now is None:
            found[key] = _standing(key, row)
            held.add(key)
        elif now.step.rank < row.step.rank:
            found[key] = replace(now, zone=replace(now.zone, tier=_TIER[row.step]))
            held.add(key)
    return tuple(found[key] for key in sorted(found)), frozenset(held)


_LOST: Final = "lost:"


def _lost(key: str, row: Earlier) -> Block:
    zone = Zone(
        key, row.village_name, "combined", None, row.village, None, None,
        "上一方案中的户,名单上已查无此户,须核实去向", "a household of the plan before that is on no list any more: find out",
    )  # fmt: skip
    people = None if row.people is None else row.people + row.away
    return Block(key, Basis.ASSET, zone, row.village, row.village_name, row.category, people)


def _standing(key: str, row: Earlier) -> Block:
    zone = Zone(
        key, row.village_name, "combined", _TIER[row.step], row.village, None, None, "本期研判未要求",
        "not asked for by the tiers of this cycle",
    )  # fmt: skip
    return Block(key, row.basis, zone, row.village, row.village_name, row.category, row.people)


class Change(StrEnum):
    """What became of a row; ``chinese`` is its word."""

    NEW = "new"
    RAISED = "raised"
    LOWERED = "lowered"
    MOVED = "moved"
    EARLIER = "earlier"
    LATER = "later"
    PEOPLE = "people"
    RELEASED = "released"
    REPLACED = "replaced"

    @property
    def chinese(self) -> str:
        """Word of the list of changes."""
        return _CHANGE_WORDS[self]


_CHANGE_WORDS: Final = {
    Change.NEW: "新增",
    Change.RAISED: "升级",
    Change.LOWERED: "降级(经指令)",
    Change.MOVED: "已转移",
    Change.EARLIER: "时限提前",
    Change.LATER: "时限推后",
    Change.PEOPLE: "人数变化",
    Change.RELEASED: "不在本方案(已解除、返回或核减)",
    Change.REPLACED: "推算已由名单取代",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that is not as it was.

    Attributes
    ----------
    before, after : Earlier or None
        The row in the plan before and in this one; None where it is in one of them alone.
    """

    key: str
    change: Change
    before: Earlier | None
    after: Earlier | None


def differences(before: Mapping[str, Earlier], after: Mapping[str, Earlier]) -> Iterator[Difference]:
    """What changed from one plan to the next, by key; a row that is the same is not told.

    A row has one change, the weightiest: new or gone, step, moved, deadline, people.
    """
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        if old is None:
            yield Difference(key, Change.NEW, old, new)
        elif new is None:
            if "lost:" + key not in after:
                gone = Change.REPLACED if old.basis is Basis.MODELLED else Change.RELEASED
                yield Difference(key, gone, old, new)
        elif (change := _change(old, new)) is not None:
            yield Difference(key, change, old, new)


def _change(old: Earlier, new: Earlier) -> Change | None:
    if old.step is not new.step:
        if new.step is MoveStep.AWAY:
            return Change.MOVED
        return Change.RAISED if new.step.rank > old.step.rank else Change.LOWERED
    was, now = old.latest_departure, new.latest_departure
    if was != now and (was is None or now is None or abs(now - was) >= SHIFT):
        sooner = now is None or (was is not None and now < was)
        return Change.EARLIER if sooner else Change.LATER
    if (old.people, old.away) != (new.people, new.away):
        return Change.MOVED if new.away > old.away else Change.PEOPLE
    return None


def counted(found: Iterable[Difference]) -> dict[Change, tuple[int, int]]:
    """Rows and people of each change; people of unknown number count 0."""
    rows, people = Counter[Change](), Counter[Change]()
    for one in found:
        row = one.after or one.before
        rows[one.change] += 1
        people[one.change] += 0 if row is None else (row.people or 0) + row.away
    return {change: (rows[change], people[change]) for change in Change if rows[change]}
