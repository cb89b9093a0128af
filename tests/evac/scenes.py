"""Events for tests: one device, one person, minutes after the storm's issue time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from evac.events import KINDS, Envelope

START = datetime(2021, 7, 24, 4, 30, tzinfo=UTC)
LATER = START + timedelta(days=30)
_EXTRA: dict[str, dict[str, Any]] = {
    "registered": {"county": "330902", "category": "other"},
    "prepared": {"order": "令1"},
    "ordered": {"order": "令1"},
    "ordered_locally": {"why": "水涨"},
    "exempted": {"evidence": "外出"},
    "withdrawn": {"order": "令1"},
    "undone": {"target": ""},
    "received": {"target": ""},
    "merged": {"into": "7" + "D" * 25},
    "relief_drawn": {"item": "毛毯", "quantity": 1},
    "rescue_called": {"where": "村口桥头"},
    "rescue_ended": {"target": "", "outcome": "已救出"},
    "danger_reported": {"danger": "塌方", "where": "村口"},
    "head_counted": {"count": 120},
    "vessel_checked": {"vessel": "浙普渔00001", "crew": 8, "ashore": 8},
    "checked": {"item": "generator", "ok": True},
    "resolved": {"target": "", "how": "前一次扫错了人"},
    "danger_seen": {"danger": "slope", "where": "后山竹林"},
    "danger_joined": {"target": "", "into": ""},
    "danger_parted": {"target": "", "why": "另一处"},
    "danger_judged": {"target": "", "verdict": "verified", "note": "现场核实", "covers": ""},
    "stock_delivered": {"item": "water", "quantity": 24},
    "stock_moved": {"item": "water", "quantity": 24, "to": "S2"},
    "stock_received": {"target": "", "item": "water", "quantity": 24},
    "stock_issued": {"item": "water", "quantity": 24},
    "stock_counted": {"item": "water", "quantity": 24},
    "release_ordered": {
        "order": "演练防指令〔2021〕5号",
        "lifts": "演练防指令〔2021〕1号",
        "issuer": "定海区防汛防台抗旱指挥部",
        "issuer_code": "330902",
        "region": "330902",
        "category": "",
        "basis": "document",
    },
    "inspection_wanted": {"of": "house", "subject": "330902-007", "round": 1, "why": "靠山房屋"},
    "inspected": {"target": "", "result": "safe", "evidence": "3f" * 32},
    "resettled": {"decision": "过渡安置1号", "why": "房屋倒塌"},
    "resettlement_ended": {"target": "", "outcome": "home"},
    "duty_handed_over": {"duty": "S1", "to": "乙", "matters": "两人发热"},
    "rated": {"of": "shelter", "subject": "S1", "score": 4, "words": "热水少"},
    "event_closed": {"why": "全部返回"},
    "redirected": {"to": "S2", "count": 3, "why": "full"},
}
_numbers = count()


def make_event(kind: str, minute: float = 0, *, code: str = "7" + "C" * 25, **changes: Any) -> Envelope:
    """An event of a kind, ``minute`` minutes after the start; a new id unless given."""
    number = next(_numbers)
    at = START + timedelta(minutes=minute)
    values: dict[str, Any] = {
        "event_id": f"{number:032x}", "code": code, "place": "S1", "actor": "甲", "device": "D1", "counter": number,
        "device_at": at, "trusted_at": at,
    }  # fmt: skip
    return KINDS[kind](**(values | _EXTRA.get(kind, {}) | changes))
