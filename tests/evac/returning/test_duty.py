"""Hand-overs: who is on duty, what was open, and hours that are too long."""

from __future__ import annotations

import pytest

from evac.people.clerk import Clerk as Pen
from evac.registry import Registry
from evac.returning.duty import findings, hand_over, read_shifts
from evac.store.memory import MemoryStore
from riskmap.errors import ConfigError
from tests.evac.returning.town import at


def over(registry: Registry, who: str, to: str, hour: float, duty: str = "S1") -> None:
    hand_over(registry, duty, to=to, matters="两人发热", clerk=Pen(who, "", f"D{hour}{duty}", at(hour)))


def test_a_desk_from_hand_to_hand() -> None:
    registry = Registry(MemoryStore())
    over(registry, "站长", "甲", 0)
    over(registry, "甲", "乙", 11)
    over(registry, "乙", "", 20)
    assert [(s.who, s.since, s.until) for s in read_shifts(registry.store, at=at(30))] == [
        ("甲", at(0), at(11)),
        ("乙", at(11), at(20)),
    ]
    assert findings(read_shifts(registry.store, at=at(30)), at=at(30)) == ()


def test_too_long_too_soon_and_twice_at_once() -> None:
    registry = Registry(MemoryStore())
    over(registry, "站长", "甲", 0)
    over(registry, "甲", "乙", 13)
    over(registry, "乙", "甲", 18)
    over(registry, "站长", "甲", 19, "指挥部值班")
    told = [
        (f.shift.duty, f.shift.who, f.why.split(" · ")[0])
        for f in findings(read_shifts(registry.store, at=at(20)), at=at(20))
    ]
    assert told == [
        ("S1", "甲", "超过12小时"),
        ("S1", "甲", "休息不足8小时"),
        ("指挥部值班", "甲", "同时在 S1 值守"),
    ]


def test_only_who_is_on_duty_hands_over_and_says_what_is_open() -> None:
    registry = Registry(MemoryStore())
    over(registry, "站长", "甲", 0)
    with pytest.raises(ConfigError, match="somebody else is on duty"):
        over(registry, "丙", "丁", 3)
    with pytest.raises(ConfigError, match="says what is open"):
        hand_over(registry, "S1", to="乙", matters=" ", clerk=Pen("甲", "", "D9", at(4)))
