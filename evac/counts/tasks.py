"""What waits for a person to decide, in one queue: nothing that contradicts itself is ever settled in silence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from evac.asides import Resolved
from evac.conflicts import by_distance, contradictions
from evac.counts.dangers import dangers_of
from evac.counts.evidence import decisions, unconfirmed_orders
from evac.counts.roll import Roll
from evac.counts.shelters import shelter_counts
from evac.counts.uses import double_draws
from evac.crockford import grouped, short_code
from evac.dangers.danger import Verdict
from evac.envelope import NO_ONE
from evac.errors import ConflictError
from evac.events import Envelope, Undone
from evac.model import State
from evac.people.catching_up import LEFT_OUT, OTHER_NAME
from evac.state import NOBODY, step
from riskmap.outlook import beijing

_GRAVE: Final = MappingProxyType(
    {
        "died": (State.DECEASED,),
        "missing": (State.MISSING,),
        "medical": (State.MEDICAL,),
        "left": (State.LEFT, State.RETURN_ALLOWED, State.RETURNED, State.CLOSED),
    }
)
"""Facts that must not be passed over -> the state they lead to, and those in which they say nothing new."""


class TaskKind(StrEnum):
    """Why somebody must look; ``chinese`` is its word."""

    TWO_PLACES = "two_places"
    DOUBLE_DRAW = "double_draw"
    LOCAL_ORDER = "local_order"
    HEAD_COUNT = "head_count"
    SHORT_CODE = "short_code"
    UNHEEDED = "unheeded"
    DOOR_NAME = "door_name"
    DANGER = "danger"

    @property
    def chinese(self) -> str:
        """Word of the list."""
        words = {
            "two_places": "两地扫码矛盾",
            "double_draw": "重复领取",
            "local_order": "先转后报",
            "head_count": "清点不符",
            "short_code": "短码相同,未入名单",
            "unheeded": "事实与状态不符",
            "door_name": "一牌两人:门口姓名与名单不符",
            "danger": "重大险情待核实",
        }
        return words[self.value]


@dataclass(frozen=True)
class Task:
    """One thing to decide.

    Attributes
    ----------
    target : str
        Id of the event that a ``Resolved`` names; empty where the next head-count, or another pendant, settles it.
    code : str
        The person's code; ``NO_ONE`` where it is about a place.
    at : datetime
        Since when it waits.
    words : str
        What is to be looked into, in one line.
    suspects : tuple of Envelope
        The scans of which one may be undone; the door's entry that a name is about.
    """

    kind: TaskKind
    target: str
    code: str
    at: datetime
    words: str
    suspects: tuple[Envelope, ...] = ()


def open_tasks(roll: Roll) -> tuple[Task, ...]:
    """Everything of a region that waits, the oldest first.

    Examples
    --------
    >>> from datetime import UTC
    >>> from evac import Clerk, MemoryStore, Registry, read_roll
    >>> from evac.events import OrderedLocally, Registered
    >>> at, store, code = datetime(2021, 7, 24, 4, 30, tzinfo=UTC), MemoryStore(), "7" + "C" * 25
    >>> clerk = Clerk("李四", "330902001001", "D1", at)
    >>> said = [clerk.write(Registered, code, county="330902"), clerk.write(OrderedLocally, code, why="水涨")]
    >>> receipt = Registry(store).check_ins(said, received_at=at)
    >>> [(task.kind.chinese, task.words) for task in open_tasks(read_roll(store, "330902", at=at))]
    [('先转后报', '李四 先行转移:水涨,待补发指令确认')]
    """
    return tuple(sorted(_tasks(roll), key=lambda task: (task.at, task.kind, task.target)))


def _tasks(roll: Roll) -> Iterator[Task]:
    yield from _contradictions(roll)
    for double in double_draws(roll):
        for draws in double.undecided:
            places = "、".join(dict.fromkeys(draw.place for draw in draws))
            words = f"{double.item} 领取 {len(draws)} 次({places})"
            yield Task(TaskKind.DOUBLE_DRAW, draws[-1].event_id, double.code, draws[-1].trusted_at, words)
    for order in unconfirmed_orders(roll):
        words = f"{order.event.actor} 先行转移:{order.event.why},待补发指令确认"
        yield Task(TaskKind.LOCAL_ORDER, order.event.event_id, order.life.code, order.event.trusted_at, words)
    for count in shelter_counts(roll):
        if count.differs_since is not None and count.last_count is not None:
            words = f"{count.shelter.name} 清点与扫码相差 {count.last_count.difference:+d} 人"
            yield Task(TaskKind.HEAD_COUNT, "", NO_ONE, count.differs_since, words)
    yield from _left_out(roll)
    yield from _unheeded(roll)
    yield from _other_names(roll)
    yield from _dangers(roll)


def _dangers(roll: Roll) -> Iterator[Task]:
    """Grave dangers that nobody has looked at: one task each, in the same moment in which the report is stored.

    It stands on the list of the place's desk and of every room above it, and goes when a named person judges the danger.
    """
    for danger in dangers_of(roll):
        if danger.grave and danger.verdict is Verdict.REPORTED:
            late = "已超时 LATE," if roll.at > danger.answer_by else ""
            words = (
                f"{danger.words} {danger.where}:{danger.independent} 起独立报告,{late}须 {beijing(danger.answer_by)} 前核实"
                + (f"({danger.standing})" if danger.again else "")
                + f":evac danger judge {danger.id[-12:]}"
            )
            yield Task(TaskKind.DANGER, danger.id, NO_ONE, danger.waits_since, words)


def _unheeded(roll: Roll) -> Iterator[Task]:
    """What somebody told of a person and no state could take in: a death, a hospital, a person gone or missing is never passed over."""
    decided = decisions(roll)
    for life in roll.lives:
        if not life.state.idle:
            continue
        state = NOBODY
        for event in life.events:
            before, state = state, step(state, event)
            told = (
                event.kind in _GRAVE and state.idle > before.idle and before.state not in _GRAVE[event.kind]
            )
            if told and event.event_id not in decided:
                words = f"{_GRAVE[event.kind][0].chinese}({event.place} {event.actor}),当时状态“{before.state.chinese}”,未改变状态"
                yield Task(TaskKind.UNHEEDED, event.event_id, life.code, event.trusted_at, words, (event,))


def _left_out(roll: Roll) -> Iterator[Task]:
    """People of the log who are not on the list, since another's code ends alike; each import tries them again.

    The short code on their pendant is the other's too: only the whole code says who is meant.
    """
    for code in roll.labels.get(LEFT_OUT, "").split():
        life = roll.by_code.get(code)
        if life is not None and code not in roll.into:
            at = min((event.trusted_at for event in life.events), default=roll.at)
            words = f"编码 {code} 的短码与他人相同:未入名单,签到照计;请换一个空白吊牌重新登记,再用全码合并:evac people merge 新码 {code}"
            yield Task(TaskKind.SHORT_CODE, "", code, at, words)


def _other_names(roll: Roll) -> Iterator[Task]:
    """A door that wrote a name down under the code of somebody else of the list: whoever stood there is in no count."""
    decided = decisions(roll)
    for entry in roll.labels.get(OTHER_NAME, "").split():
        code, _, target = entry.partition("/")
        life = roll.by_code.get(code)
        event = next((e for e in life.events if e.event_id == target), None) if life else None
        if event is not None and target not in decided:
            words = (
                f"吊牌 {grouped(short_code(code))} 是名单上另一人的,{event.place} 门口登记时写了别的姓名,该人未计入:"
                "请核对是谁,漏计的用空白吊牌补登(evac people add),再 evac decide"
            )
            yield Task(TaskKind.DOOR_NAME, target, code, event.trusted_at, words, (event,))


def _contradictions(roll: Roll) -> Iterator[Task]:
    decided = decisions(roll)
    least = by_distance(roll.shelters.values())
    for life in roll.lives:
        if not life.state.moves:
            continue
        own = {event.event_id: event for event in life.events}
        # a merged person's scans count under one code here
        scans = (replace(event, code=life.code) for event in life.events)
        for found in contradictions(scans, least):
            if found.target not in decided:
                suspects = (own[found.first.event_id], own[found.second.event_id])
                yield Task(
                    TaskKind.TWO_PLACES,
                    found.target,
                    life.code,
                    found.second.trusted_at,
                    found.chinese,
                    suspects,
                )


@dataclass(frozen=True)
class Desk:
    """Who decides, and the place, device and counter that the decision carries."""

    actor: str
    place: str
    device: str
    counter: int


def decision(
    task: Task, how: str, desk: Desk, *, at: datetime, event_ids: tuple[str, str], undo: str = ""
) -> tuple[Envelope, ...]:
    """The events that settle a task: a ``Resolved`` with the reason, and the undoing of a wrong scan where one is named.

    Parameters
    ----------
    how : str
        Why, in words; a local order is confirmed by ``confirmed`` and the order's number.
    event_ids : tuple of str
        Two new ids, of the decision and of the undoing.
    undo : str
        Id of the wrong scan, one of ``task.suspects``; empty where both are right.

    Raises
    ------
    ConflictError
        The task is none that words settle, no reason is given, or the scan is none of the task's.
    """
    if task.kind is TaskKind.DANGER:
        raise ConflictError(
            "a danger is judged, not explained away", where=task.words, expected="what it is, by a named person",
            found=how, remedy=f"evac danger judge {task.target[-12:]} verified|in_hand|handled|false --note ...",
        )  # fmt: skip
    scan = next((event for event in task.suspects if event.event_id == undo), None)
    if not task.target or not how.strip() or (undo and scan is None):
        raise ConflictError(
            "this does not settle the task", where=task.words,
            expected="a reason, and at most one of the task's own scans to undo; a head-count is settled by the next one",
            found=f"reason {how!r}, scan {undo or 'none'}", remedy="see `evac tasks`",
        )  # fmt: skip
    said = Resolved(
        event_id=event_ids[0], code=NO_ONE, place=desk.place, actor=desk.actor, device=desk.device, counter=desk.counter,
        device_at=at, trusted_at=at, target=task.target, how=how.strip(),
    )  # fmt: skip
    if scan is None:
        return (said,)
    wrong = Undone(
        event_id=event_ids[1], code=scan.code, place=desk.place, actor=desk.actor, device=desk.device,
        counter=desk.counter + 1, device_at=at, trusted_at=at, target=undo,
    )  # fmt: skip
    return (said, wrong)
