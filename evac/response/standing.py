"""The response of every region as a fold of its records, whatever their order; and why a decision is refused."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from evac.response.events import Ended, Lowered, Raised, Released, ResponseRecord, Started
from evac.response.levels import Level


class Key(NamedTuple):
    """Whose response to what: the same storm at the same office for one kind, a drill apart from the real thing."""

    event: str
    region: str
    of: str
    exercise: bool


def key_of(record: ResponseRecord) -> Key:
    """The response that a record belongs to."""
    return Key(record.event, record.region, record.of, record.exercise)


@dataclass(frozen=True)
class Response:
    """Where a response stands.

    Attributes
    ----------
    key : Key
    level : Level
        In force; NONE before the start and after the end.
    since : datetime or None
        When the level in force took effect.
    ended_at, released_at : datetime or None
        The two endings: 结束响应 and 解除转移. A new start clears both.
    history : tuple
        Records that took effect, in order of time.
    contradictions : tuple of (record, str)
        Records that another made void, with the reason: two offices' logs may disagree, and nothing is dropped.
    """

    key: Key
    level: Level = Level.NONE
    since: datetime | None = None
    ended_at: datetime | None = None
    released_at: datetime | None = None
    history: tuple[ResponseRecord, ...] = ()
    contradictions: tuple[tuple[ResponseRecord, str], ...] = ()

    def at(self, instant: datetime) -> Level:
        """Level in force at an instant."""
        level = Level.NONE
        for record in self.history:
            if record.at > instant:
                break
            level = _level_after(level, record)
        return level

    def first_at_or_above(self, level: Level) -> datetime | None:
        """When it first stood at a level or a graver one; None if it never did."""
        reached = (r.at for r in self.history if isinstance(r, Started | Raised) and r.level >= level)
        return next(reached, None)


def fold(records: Iterable[ResponseRecord]) -> Mapping[Key, Response]:
    """Every response. The order of the records, and repeats of one id, do not matter.

    Records of one instant count by id: the outcome is the same on every machine.
    """
    by_key: dict[Key, dict[str, ResponseRecord]] = defaultdict(dict)
    for record in records:
        own = by_key[key_of(record)]
        held = own.get(record.id)
        # one id with two contents is a fault of a sender; the smaller text wins on every machine
        own[record.id] = record if held is None else min(held, record, key=repr)
    return {
        key: _folded(key, sorted(own.values(), key=lambda r: (r.at, r.id))) for key, own in by_key.items()
    }


def _folded(key: Key, records: list[ResponseRecord]) -> Response:
    level, since = Level.NONE, None
    ended, released = None, None
    history: list[ResponseRecord] = []
    void: list[tuple[ResponseRecord, str]] = []
    for record in records:
        why = _refusal(level, bool(history), released is not None, record)
        if why:
            void.append((record, why))
            continue
        history.append(record)
        if isinstance(record, Released):
            released = record.at
            continue
        level, since = _level_after(level, record), record.at
        if isinstance(record, Started):
            ended, released = None, None
        if isinstance(record, Ended):
            ended = record.at
    return Response(key, level, since, ended, released, tuple(history), tuple(void))


def _level_after(level: Level, record: ResponseRecord) -> Level:
    if isinstance(record, Started | Raised | Lowered):
        return record.level
    return Level.NONE if isinstance(record, Ended) else level


def _refusal(level: Level, begun: bool, released: bool, record: ResponseRecord) -> str | None:
    """Why a record cannot follow; None if it can."""
    if isinstance(record, Started):
        if not record.level:
            return "启动须写明级别 · a start names a level"
        if level:
            return f"响应已为{level.words},应为提升或调整 · in force already: raise or lower it"
    elif isinstance(record, Raised | Lowered | Ended) and not level:
        return "响应未启动 · no response is in force"
    if isinstance(record, Raised) and record.level <= level:
        return f"已为{level.words},不能提升为{record.level.words} · not graver than the level in force"
    if isinstance(record, Lowered) and not Level.NONE < record.level < level:
        return f"已为{level.words},不能调整为{record.level.words} · not between none and the level in force; to none is an end"
    if isinstance(record, Released) and (not begun or released):
        return (
            "转移已解除 · released already"
            if released
            else "本次事件未启动响应 · no response was ever started"
        )
    return None


def refusal(records: Iterable[ResponseRecord], new: ResponseRecord) -> str | None:
    """Why a decision is refused, given all that is on record; None if it stands.

    A decision that is entered late (paper first) takes its place in time: it is refused where it, or a later one that
    stood until now, would become void by it.
    """
    known = [r for r in records if key_of(r) == key_of(new)]
    if any(r.id == new.id for r in known):
        return None
    before = fold(known).get(key_of(new))
    after = fold([*known, new])[key_of(new)]
    old = set() if before is None else {r.id for r, _ in before.contradictions}
    for record, why in after.contradictions:
        if record.id == new.id:
            return why
        if record.id not in old:
            return f"与 {record.at.isoformat()} 的决定冲突: {why} · it would make a later decision void"
    return None
