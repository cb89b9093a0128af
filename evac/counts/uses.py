"""The code's other uses: road checks (码上通), relief goods (码上领), calls for rescue (码上救)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import chain
from types import MappingProxyType
from typing import Final

from evac.asides import Passed, ReliefDrawn, RescueCalled, RescueEnded
from evac.counts.life import canonical_code
from evac.counts.roll import Roll
from evac.counts.rules import rules
from evac.model import State
from evac.registry import EventStore
from evac.state import PersonState, families, lives_of, undone_ids

_HOME_AGAIN: Final = (State.RETURNED, State.CLOSED, State.RETURN_ALLOWED)


class Verdict(StrEnum):
    """What the road check shows; nobody is ever stopped on the way out."""

    GO = "go"
    TURN_BACK = "turn_back"
    WRITE_DOWN = "write_down"

    @property
    def chinese(self) -> str:
        """Words of the check point."""
        words = {"go": "放行", "turn_back": "未解除转移,劝返", "write_down": "登记后放行"}
        return words[self.value]


def pass_verdict(state: PersonState | None, *, valid: bool, into_danger: bool) -> Verdict:
    """What to do with somebody at a road check.

    Parameters
    ----------
    state : PersonState or None
        None where the code is on no list here.
    valid : bool
        The code's signature holds, and it is neither expired nor revoked.
    into_danger : bool
        The person wants back into the region that was ordered to move.

    Examples
    --------
    >>> pass_verdict(PersonState(State.SHELTERED, due=True), valid=True, into_danger=True).chinese
    '未解除转移,劝返'
    >>> pass_verdict(None, valid=False, into_danger=False).chinese
    '登记后放行'
    """
    if into_danger:
        free = valid and state is not None and (state.state in _HOME_AGAIN or not state.due)
        return Verdict.GO if free else Verdict.TURN_BACK
    return Verdict.GO if valid and state is not None else Verdict.WRITE_DOWN


@dataclass(frozen=True)
class CheckPoint:
    """Passes of one road check: scans, people, and codes that are on no list here."""

    place: str
    scans: int
    people: int
    strangers: int
    last_at: datetime


def check_points(roll: Roll) -> tuple[CheckPoint, ...]:
    """Road checks by name."""
    found: dict[str, list[Passed]] = {}
    for event in roll.aside("passed"):
        if isinstance(event, Passed):
            found.setdefault(event.place, []).append(event)
    return tuple(
        CheckPoint(
            place,
            len(events),
            len({e.code for e in events}),
            len({e.code for e in events} - set(roll.by_code)),
            max(e.trusted_at for e in events),
        )
        for place, events in sorted(found.items())
    )


def relief_item(name: str, *, handing_out: int) -> str:
    """The item as it is entered: its name and the running number of the handing-out, so that each is drawn once.

    Examples
    --------
    >>> relief_item("盒饭", handing_out=2)
    '盒饭/2'
    """
    return f"{name}/{handing_out}"


def draws_of(store: EventStore, codes: Collection[str]) -> tuple[list[ReliefDrawn], dict[str, str]]:
    """What some people drew and nobody undid, under any of their codes; and code -> the code under which its person counts."""
    told = store.kin(codes)
    one: dict[str, str] = {}
    for family in families(chain(*told.values())):
        into = lives_of(family)[1]
        one |= {code: canonical_code(code, into) for code in family}
    void = undone_ids(chain(*told.values()))
    found = store.aside({ReliefDrawn.kind}, codes={*codes, *told})
    return [e for _, e in found if isinstance(e, ReliefDrawn) and e.event_id not in void], one


def draw_refusal(
    drawn: Iterable[ReliefDrawn], event: ReliefDrawn, one: Mapping[str, str] = MappingProxyType({})
) -> str | None:
    """Why goods are not handed out at a counter that can ask: the same person drew the same item before.

    A draw at a counter without a link is a fact and is stored; see ``double_draws``.
    """
    for before in drawn:
        same = one.get(before.code, before.code) == one.get(event.code, event.code)
        if same and before.item == event.item and before.event_id != event.event_id:
            return (
                f"{event.item} 已于 {before.trusted_at.isoformat(timespec='minutes')} 在 {before.place} 领取"
            )
    return None


def may_draw(store: EventStore, event: ReliefDrawn) -> str | None:
    """Ask the store before goods are handed out: the reason why not, or None."""
    drawn, one = draws_of(store, [event.code])
    return draw_refusal(drawn, event, one)


@dataclass(frozen=True)
class DoubleDraw:
    """One item that somebody drew more than once at counters that could not ask: somebody must look into it."""

    code: str
    item: str
    draws: tuple[ReliefDrawn, ...]
    decided: frozenset[str] = frozenset()

    @property
    def undecided(self) -> tuple[tuple[ReliefDrawn, ...], ...]:
        """Draws that wait for a decision, each as the last of all draws up to it."""
        return tuple(
            self.draws[:n]
            for n in range(2, len(self.draws) + 1)
            if self.draws[n - 1].event_id not in self.decided
        )


def relief_drawn(roll: Roll) -> tuple[ReliefDrawn, ...]:
    """Every draw, in order."""
    return tuple(event for event in roll.aside("relief_drawn") if isinstance(event, ReliefDrawn))


def double_draws(roll: Roll) -> tuple[DoubleDraw, ...]:
    """Draws of the same item by one person, the first one included; those that were decided are left out."""
    found: dict[tuple[str, str], list[ReliefDrawn]] = {}
    for event in relief_drawn(roll):
        found.setdefault((roll.one(event.code), event.item), []).append(event)
    decided = {getattr(event, "target", "") for event in roll.aside("resolved")}
    doubles = (
        DoubleDraw(code, item, tuple(draws), frozenset(draw.event_id for draw in draws) & decided)
        for (code, item), draws in sorted(found.items())
    )
    return tuple(double for double in doubles if double.undecided)


def relief_totals(roll: Roll) -> Counter[tuple[str, str]]:
    """(place, item) -> pieces handed out."""
    found: Counter[tuple[str, str]] = Counter()
    for event in relief_drawn(roll):
        found[event.place, event.item] += event.quantity
    return found


@dataclass(frozen=True)
class Rescue:
    """One call for rescue, and what came of it; open until somebody says so."""

    call: RescueCalled
    end: RescueEnded | None

    def waited(self, at: datetime) -> timedelta:
        """How long it has been open, or was."""
        return (self.end.trusted_at if self.end else at) - self.call.trusted_at

    def overdue(self, at: datetime) -> bool:
        """Whether it is open longer than the rule allows."""
        return self.end is None and self.waited(at) > timedelta(minutes=rules()["rescue_overdue"]["minutes"])


def rescues(roll: Roll) -> tuple[Rescue, ...]:
    """Calls for rescue: open ones first, the oldest first."""
    ends: dict[str, RescueEnded] = {}
    for event in roll.aside("rescue_ended"):
        if isinstance(event, RescueEnded):
            ends.setdefault(event.target, event)
    calls = [event for event in roll.aside("rescue_called") if isinstance(event, RescueCalled)]
    found = [Rescue(call, ends.get(call.event_id)) for call in calls]
    return tuple(sorted(found, key=lambda rescue: (rescue.end is not None, rescue.call.key)))
