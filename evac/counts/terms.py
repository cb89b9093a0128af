"""The terms of the head-count, with their words: what each grain counts in, decided in one place.

应转移 = 已转移(集中安置 + 投亲靠友 + 上岸 + 就医) + 已返回 + 途中 + 未转移(未通知 + 已通知 + 劝导无效) + 擅自离开 + 失联 + 遇难
"""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import Final

from evac.columns import COLUMNS, MOVED_COLUMNS, Column, column_of
from evac.grain import Grain
from evac.model import State, Vulnerability
from evac.state import PersonState

NOT_MOVED: Final = (Column.NOT_NOTIFIED, Column.NOTIFIED, Column.REFUSED)
"""未转移: at home, told or not."""
UNACCOUNTED: Final = (*NOT_MOVED, Column.IN_TRANSIT, Column.LEFT, Column.MISSING)
"""尚未安全: must move and nobody has seen them in safety; what rescuers work down."""

WEAK_WORDS: Final = MappingProxyType(
    {
        Vulnerability.ALONE_AND_AGED: "独居高龄",
        Vulnerability.DISABLED: "残疾",
        Vulnerability.ILL: "患病",
        Vulnerability.INFANT: "婴幼儿",
        Vulnerability.PREGNANT: "孕产妇",
        Vulnerability.NO_PHONE: "无手机",
    }
)
"""What makes moving harder, in the words of the lists."""

WORDS: Final = MappingProxyType(
    {
        "listed": "在册人数",
        "due": "应转移",
        "moved": "已转移",
        **{column.value: column.chinese for column in COLUMNS},
        "not_moved": "未转移",
        "unreached": "未联系上",
        "told": "已通知(叫醒到户)",
        "verified": "投亲靠友已回访",
        "unverified": "投亲靠友未回访",
        "unaccounted": "尚未安全",
        "waiting": "未下达指令",
        "prepare": "准备转移",
        "exempt": "核减",
        "withdrawn": "指令撤回",
        "merged": "重复合并",
        "at_door": "名单外登记",
        "second_round": "第二轮及以后",
        "weak": "特殊群体应转移",
        "weak_unaccounted": "特殊群体尚未安全",
        "released": "已解除待返回",
        **{kind.value: word for kind, word in WEAK_WORDS.items()},
    }
)
"""Figure -> its word on a sheet; 失联 is a suspected missing person, 未联系上 somebody not reached yet."""

_COLUMN_NAMES: Final = frozenset(column.value for column in COLUMNS)


def terms_of(grain: Grain) -> tuple[str, ...]:
    """The figures that a person of this grain counts in.

    Examples
    --------
    >>> from evac.grain import grain_of
    >>> terms_of(grain_of(None, PersonState(State.REFUSED, due=True)))
    ('refused', 'listed', 'due', 'not_moved', 'unaccounted', 'told')
    """
    return _terms(
        grain.state, grain.stay, grain.due, grain.weak, grain.round > 1, grain.at_door, grain.verified
    )


@cache
def _terms(  # the parts of a grain, so that what is alike is decided once
    state: State, stay: State | None, due: bool, weak: str, again: bool, at_door: bool, verified: bool
) -> tuple[str, ...]:
    if state.value == "merged":
        return ("merged",)
    column = column_of(PersonState(state, stay=stay))
    found = [column.value] if column else []
    found.append("listed")
    if due:
        found.append("due")
    if column in MOVED_COLUMNS:
        found.append("moved")
    if column in NOT_MOVED:
        found.append("not_moved")
    if column in UNACCOUNTED:
        found.append("unaccounted")
    found += _of_state(state, due=due)
    if column is Column.DISPERSED:
        found.append("verified" if verified else "unverified")
    if at_door:
        found.append("at_door")
    if again and due:
        found.append("second_round")
    if weak and due:
        found += ["weak", *(Vulnerability(kind).value for kind in weak.split(","))]
        if column in UNACCOUNTED:
            found.append("weak_unaccounted")
    return tuple(found)


def _of_state(state: State, *, due: bool) -> list[str]:
    found = []
    if state in (State.REGISTERED, State.PREPARE) and not due:
        found.append("waiting")
    if state is State.PREPARE:
        found.append("prepare")
    if state is State.UNREACHED:
        found.append("unreached")
    if due and state not in (State.ORDERED, State.UNREACHED):
        found.append("told")
    if state in (State.EXEMPT, State.WITHDRAWN):
        found.append(state.value)
    if state in (State.RETURN_ALLOWED, State.RETURN_HELD):
        found.append("released")
    return found
