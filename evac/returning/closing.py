"""The end of the event (事件关闭): refused with every reason while anybody is to be looked for, held or waiting; nobody overrides it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from evac.asides import EventClosed, RescueCalled, RescueEnded, Resolved
from evac.clear_words import nameless
from evac.conflicts import open_conflicts
from evac.counts.roll import in_order
from evac.crockford import grouped, short_code
from evac.errors import ConflictError
from evac.events import NO_ONE, Closed
from evac.model import MOVED, State
from evac.people.clerk import Clerk
from evac.registry import EventStore, Refusal, Registry
from evac.returning.inspection import Result, read_inspections
from evac.returning.resettlement import read_resettlements
from evac.returning.writing import Pen, Tell, silent
from riskmap.errors import ConfigError

NAMED_IN_REASON: Final = 5
"""People or things that a reason names; the rest is a number."""
SEEN: Final = "seen"
"""How a person who never moved, or left by themselves, is accounted for: ``Resolved{target: newest event, how: "seen ..."}``."""

_WORDS: Final[Mapping[State, str]] = MappingProxyType(
    {
        State.MISSING: "失联 · missing",
        State.UNREACHED: "未联系上 · not reached",
        State.ORDERED: "未通知 · never told",
        State.NOTIFIED: "已通知未转移 · told and not moved",
        State.REFUSED: "劝导无效 · refused",
        State.IN_TRANSIT: "途中 · on the way",
        State.LEFT: "擅自离开 · left without release",
        State.RETURN_HELD: "暂缓返回 · held",
        State.RETURN_ALLOWED: "可返回,未见返回 · may go home, not seen there",
        State.SHELTERED: "集中安置,未解除 · sheltered, not released",
        State.DISPERSED: "投亲靠友,未解除 · with relatives, not released",
        State.ASHORE: "上岸,未解除 · ashore, not released",
        State.MEDICAL: "就医,未解除 · in care, not released",
    }
)
"""State that keeps the event open -> its word, the gravest first."""
_BY_WORD: Final = (
    State.UNREACHED,
    State.ORDERED,
    State.NOTIFIED,
    State.REFUSED,
    State.IN_TRANSIT,
    State.LEFT,
)
"""States that a named person who saw them may account for: nobody is missing, and nobody is held, by word alone."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the event stays open.

    Attributes
    ----------
    what : str
        In words.
    number : int
        Of people, or of things.
    named : tuple of str
        Some of them: short codes, numbers of documents and entries.
    """

    what: str
    number: int
    named: tuple[str, ...] = ()

    def __str__(self) -> str:
        more = "等" if self.number > len(self.named) else ""
        return f"{self.what}: {self.number}" + (f"({'、'.join(self.named)}{more})" if self.named else "")


def reasons_open(
    store: EventStore, *, at: datetime, open_documents: Sequence[str] = (), in_force: Sequence[str] = ()
) -> tuple[Reason, ...]:
    """Everything that keeps the event open, the gravest first; none where it may be closed.

    Parameters
    ----------
    at : datetime
        The clock.
    open_documents : sequence of str
        Numbers of documents with a task that is not done, from the office's log.
    in_force : sequence of str
        Emergency responses that are not ended.

    Raises
    ------
    SourceError
        The store cannot be read.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from evac import Clerk, MemoryStore, Registry, reasons_open
    >>> from evac.events import Ordered, Registered
    >>> code, noon = "7" + "C" * 25, datetime(2021, 7, 25, 4, tzinfo=UTC)
    >>> clerk, registry = Clerk("李四", "330902001001", "D1", noon), Registry(MemoryStore())
    >>> events = [clerk.write(Registered, code, county="330902"), clerk.write(Ordered, code, order="令1")]
    >>> registry.check_ins(events, received_at=noon).require_all()
    >>> [str(reason) for reason in reasons_open(registry.store, at=noon, in_force=["定海区Ⅲ级"])]
    ['未通知 · never told: 1(CCCC-CCCC-CCM)', '应急响应未结束 · responses in force: 1(定海区Ⅲ级)']
    """
    return tuple(reason for reason in _reasons(store, at, open_documents, in_force) if reason.number)


def _reasons(
    store: EventStore, at: datetime, documents: Sequence[str], in_force: Sequence[str]
) -> Iterator[Reason]:
    stays = read_resettlements(store, at=at)
    handed_over = {s.decided.code for s in stays if s.ended is not None and s.ended.outcome == "handed_over"}
    people: dict[State, list[str]] = {}
    for code, standing in _open_people(store, at, handed_over):
        people.setdefault(standing, []).append(code)
    for state, what in _WORDS.items():
        codes = people.get(state, [])
        yield Reason(what, len(codes), tuple(grouped(short_code(code)) for code in codes[:NAMED_IN_REASON]))
    lasting = [s.decided.code for s in stays if s.lasts]
    yield Reason(
        "过渡安置未结束 · still resettled",
        len(lasting),
        tuple(grouped(short_code(c)) for c in lasting[:NAMED_IN_REASON]),
    )
    calls = list(_open_calls(store, at))
    yield Reason("求助未答复 · calls for rescue not answered", len(calls), tuple(calls[:NAMED_IN_REASON]))
    clashes = [conflict.target[-12:] for conflict in open_conflicts(store)]
    yield Reason(
        "扫码矛盾未核实 · contradictions that nobody decided", len(clashes), tuple(clashes[:NAMED_IN_REASON])
    )
    items = [i.number for i in read_inspections(store, at=at) if i.result is Result.OPEN]
    yield Reason("返回前检查未完成 · not inspected", len(items), tuple(items[:NAMED_IN_REASON]))
    yield Reason("公文未销号 · documents with open tasks", len(documents), tuple(documents[:NAMED_IN_REASON]))
    yield Reason("应急响应未结束 · responses in force", len(in_force), tuple(in_force[:NAMED_IN_REASON]))


def _open_people(store: EventStore, at: datetime, handed_over: Iterable[str]) -> Iterator[tuple[str, State]]:
    """Code and state of everybody who keeps the event open, in order of code; who is on the list alone was never told to move."""
    gone, seen = set(handed_over), _seen(store, at)
    for code, standing in store.everybody():
        state = standing.state.state
        if state not in _WORDS or (code in gone and state in (*MOVED, State.RETURN_HELD)):
            continue
        accounted = state in _BY_WORD and standing.key is not None and standing.key[3] in seen
        if not accounted:
            yield code, state


def _seen(store: EventStore, at: datetime) -> set[str]:
    facts = in_order(store, [event for _, event in store.aside({Resolved.kind})], at)
    return {e.target for e in facts if isinstance(e, Resolved) and e.how.startswith(SEEN)}


def _open_calls(store: EventStore, at: datetime) -> Iterator[str]:
    facts = in_order(store, [e for _, e in store.aside({RescueCalled.kind, RescueEnded.kind})], at)
    ended = {e.target for e in facts if isinstance(e, RescueEnded)}
    yield from (e.event_id[-12:] for e in facts if isinstance(e, RescueCalled) and e.event_id not in ended)


def account_for(registry: Registry, code: str, *, how: str, clerk: Clerk) -> Resolved:
    """A named person saw somebody who never moved, or who left without release: they stay so in every count, and block nothing more.

    Any later event of that person opens it again.

    Raises
    ------
    ConfigError
        Nothing is said of how they were seen.
    ConflictError
        They are missing, held or moved: that is not settled by word.
    """
    if not how.strip():
        raise ConfigError(
            "nothing is said of how they were seen", where=f"person {code[-10:]}", expected="who saw them, when and where", found=repr(how),
            remedy="evac return seen CODE --how 王村长7月28日上门,在家平安",
        )  # fmt: skip
    standing = registry.store.standings([code]).get(code)
    if standing is None or standing.key is None or standing.state.state not in _BY_WORD:
        raise ConflictError(
            "this is not settled by somebody's word", where=f"person {code[-10:]}",
            expected=", ".join(state.value for state in _BY_WORD), found=standing.state.state.value if standing else "nobody known",
            remedy="scan the person where they are; release them; a missing person is found or stays missing",
        )  # fmt: skip
    said = clerk.write(Resolved, NO_ONE, target=standing.key[3], how=f"{SEEN} {how.strip()}")
    person = registry.store.person(code)
    said = said if person is None else nameless(said, person)
    registry.check_in(said, received_at=clerk.now)
    return said


@dataclass(frozen=True, slots=True)
class ClosedEvent:
    """What closing came to: people closed now, and those whose state moved meanwhile (run it again)."""

    record: EventClosed
    closed: int
    refused: tuple[Refusal, ...]


def close_event(
    registry: Registry,
    *,
    by: str,
    why: str,
    now: datetime,
    open_documents: Sequence[str] = (),
    in_force: Sequence[str] = (),
    tell: Tell = silent,
) -> ClosedEvent:
    """Close the event: first everybody who returned, then the record that a named person closed it; done again, it finishes.

    Parameters
    ----------
    by, why : str
        The named person, and on what ground.
    now : datetime
        The clock.
    open_documents, in_force
        As in ``reasons_open``.

    Raises
    ------
    ConflictError
        Names every reason; nothing was closed.
    ConfigError
        Nobody is named, or no ground.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from evac import Clerk, MemoryStore, Registry, close_event
    >>> from evac.events import ArrivedShelter, Ordered, Registered, ReturnAllowed, Returned
    >>> code, noon = "7" + "C" * 25, datetime(2021, 7, 28, 4, tzinfo=UTC)
    >>> clerk, registry = Clerk("李四", "S1", "D1", noon), Registry(MemoryStore())
    >>> events = [clerk.write(Registered, code, county="330902"), clerk.write(Ordered, code, order="令1")]
    >>> events += [clerk.write(kind, code) for kind in (ArrivedShelter, ReturnAllowed, Returned)]
    >>> registry.check_ins(events, received_at=noon).require_all()
    >>> done = close_event(registry, by="张三", why="全部返回", now=noon)
    >>> done.closed, registry.state(code).state.chinese
    (1, '已销号')
    """
    if not by.strip() or not why.strip():
        raise ConfigError(
            "nobody closes it", where="evac return close", expected="a named person and the ground", found=f"{by!r}, {why!r}",
            remedy="give --by and --why",
        )  # fmt: skip
    found = reasons_open(registry.store, at=now, open_documents=open_documents, in_force=in_force)
    if found:
        raise ConflictError(
            "the event stays open", where="event", expected="nobody missing, unreached, held or unaccounted, and no order open",
            found="; ".join(map(str, found)), remedy="settle each; see: evac return status, evac return seen, evac orders list",
        )  # fmt: skip
    label = registry.store.labels().get("event", "")
    told = hashlib.blake2b(f"close\n{label}".encode(), digest_size=16).hexdigest()
    pen = Pen(by, "", f"close-{told[:12]}", now)
    home = [
        pen.about(Closed, code, standing.key, told)
        for code, standing in registry.store.everybody()
        if standing.state.state is State.RETURNED
    ]
    stored, refused = pen.write(registry, home, tell)
    record = EventClosed(
        event_id=told, code=NO_ONE, place="", actor=by, device=pen.device, counter=0, device_at=now, trusted_at=now, why=why.strip()
    )  # fmt: skip
    if not registry.store.known([told]):
        registry.check_in(record, received_at=now)
    return ClosedEvent(record, stored[Closed.kind], refused)


def closed_record(store: EventStore) -> EventClosed | None:
    """The record of the closing; None while the event is open."""
    found = [event for _, event in store.aside({EventClosed.kind}) if isinstance(event, EventClosed)]
    return found[0] if found else None
