"""Terms of the head-count's sum, and the one that a person counts in.

应转移 = 已转移(集中安置 + 投亲靠友 + 上岸 + 就医) + 已返回 + 途中 + 未转移(未通知 + 已通知 + 劝导无效) + 擅自离开 + 失联 + 遇难
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from evac.model import State
from evac.state import PersonState


class Column(StrEnum):
    """One term of the sum; ``chinese`` is its word."""

    SHELTERED = "sheltered"
    DISPERSED = "dispersed"
    ASHORE = "ashore"
    MEDICAL = "medical"
    RETURNED = "returned"
    IN_TRANSIT = "in_transit"
    NOT_NOTIFIED = "not_notified"
    NOTIFIED = "notified"
    REFUSED = "refused"
    LEFT = "left"
    MISSING = "missing"
    DECEASED = "deceased"

    @property
    def chinese(self) -> str:
        """Word of the table."""
        return _COLUMN_WORDS[self]


_COLUMN_WORDS: Final = MappingProxyType(
    {
        Column.SHELTERED: "集中安置",
        Column.DISPERSED: "投亲靠友",
        Column.ASHORE: "上岸",
        Column.MEDICAL: "就医",
        Column.RETURNED: "已返回",
        Column.IN_TRANSIT: "途中",
        Column.NOT_NOTIFIED: "未通知",
        Column.NOTIFIED: "已通知",
        Column.REFUSED: "劝导无效",
        Column.LEFT: "擅自离开",
        Column.MISSING: "失联",
        Column.DECEASED: "遇难",
    }
)
COLUMNS: Final = tuple(Column)
MOVED_COLUMNS: Final = (Column.SHELTERED, Column.DISPERSED, Column.ASHORE, Column.MEDICAL)
"""已转移: in safety."""
_COLUMN_OF: Final = MappingProxyType(
    {
        State.ORDERED: Column.NOT_NOTIFIED,
        State.UNREACHED: Column.NOT_NOTIFIED,
        State.NOTIFIED: Column.NOTIFIED,
        State.REFUSED: Column.REFUSED,
        State.IN_TRANSIT: Column.IN_TRANSIT,
        State.SHELTERED: Column.SHELTERED,
        State.DISPERSED: Column.DISPERSED,
        State.ASHORE: Column.ASHORE,
        State.MEDICAL: Column.MEDICAL,
        State.MISSING: Column.MISSING,
        State.LEFT: Column.LEFT,
        State.DECEASED: Column.DECEASED,
        State.RETURNED: Column.RETURNED,
        State.CLOSED: Column.RETURNED,
        State.PURGED: Column.RETURNED,
    }
)


def column_of(state: PersonState) -> Column | None:
    """Term of the sum that a person counts in; None where not to move (not ordered, 核减, withdrawn).

    Examples
    --------
    >>> column_of(PersonState(State.RETURN_HELD, stay=State.DISPERSED)).chinese
    '投亲靠友'
    """
    if state.state in (State.RETURN_ALLOWED, State.RETURN_HELD):
        return _COLUMN_OF[state.stay or State.SHELTERED]
    return _COLUMN_OF.get(state.state)
