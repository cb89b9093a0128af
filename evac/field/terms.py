"""Words of the field: what stands on registers, what workers and the command room say, what alarms are about."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Thing(StrEnum):
    """What is on a register."""

    WORKER = "worker"
    GAUGE = "gauge"
    CAMERA = "camera"
    VILLAGE = "village"


class Desk(StrEnum):
    """Whose task it is."""

    ROOM = "room"
    WORKER = "worker"


class Why(StrEnum):
    """Why nobody was sent; ``chinese`` is the word for it."""

    DANGER = "danger"
    UNKNOWN = "unknown"
    NOBODY = "nobody"

    @property
    def chinese(self) -> str:
        """The word on the list."""
        return {"danger": "现场危险", "unknown": "险情不明", "nobody": "无人可派"}[self.value]


class Says(StrEnum):
    """What a worker says; ``chinese`` is the word for it."""

    ON_DUTY = "on_duty"
    OFF_DUTY = "off_duty"
    ACKNOWLEDGED = "acknowledged"
    ARRIVED = "arrived"
    WORD = "word"
    BACK = "back"
    REFUSED = "refused"

    @property
    def chinese(self) -> str:
        """The word that cadres use."""
        return _SAYS[self]


_SAYS: Final = {
    Says.ON_DUTY: "上岗", Says.OFF_DUTY: "下岗", Says.ACKNOWLEDGED: "已接单", Says.ARRIVED: "已到场", Says.WORD: "报平安",
    Says.BACK: "已返回", Says.REFUSED: "不能前往",
}  # fmt: skip


class Decision(StrEnum):
    """What the command room says of a task; ``chinese`` is the word for it."""

    TAKEN = "taken"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    DONE = "done"

    @property
    def chinese(self) -> str:
        """The word on the list."""
        return {"taken": "已受理", "confirmed": "已确认", "dismissed": "已排除", "done": "已办结"}[self.value]


class Kind(StrEnum):
    """What an alarm is about; ``chinese`` is the word for it."""

    NO_ANSWER = "no_answer"
    NOT_ARRIVED = "not_arrived"
    NO_WORD = "no_word"
    NOT_BACK = "not_back"
    RECALL = "recall"
    ROOM_LATE = "room_late"
    SENSOR_SILENT = "sensor_silent"
    VILLAGE_SILENT = "village_silent"
    DUTY_LONG = "duty_long"

    @property
    def chinese(self) -> str:
        """The word on the list."""
        return _KINDS[self]


_KINDS: Final = {
    Kind.NO_ANSWER: "未接单", Kind.NOT_ARRIVED: "未按时到场", Kind.NO_WORD: "外出人员失去消息", Kind.NOT_BACK: "外出人员未归",
    Kind.RECALL: "现场转险须撤回", Kind.ROOM_LATE: "指挥室未受理", Kind.SENSOR_SILENT: "传感器无报", Kind.VILLAGE_SILENT: "村失联(三断)",
    Kind.DUTY_LONG: "值守超时",
}  # fmt: skip
