"""A small situation of a county, made by hand: what pages are tried with."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from evac.counts.terms import WORDS
from evac.situation.document import (
    Alarm,
    Alarms,
    Change,
    Deadline,
    Event,
    Handover,
    HeadCountHere,
    Letter,
    Letters,
    ListItem,
    Panel,
    Place,
    Readiness,
    ReportClock,
    Response,
    Row,
    ShelterRow,
    Shelters,
    Situation,
    Source,
    Stage,
    TierChange,
    Tiers,
)

AT = datetime(2021, 7, 24, 12, tzinfo=UTC)
_H = timedelta(hours=1)
PROVINCE = Place("33", "浙江省", "province")
CITY = Place("3309", "舟山市", "city")
COUNTY = Place("330902", "定海区", "county")
PARTS = (
    "sheltered", "dispersed", "ashore", "medical", "returned", "in_transit", "not_notified", "notified", "refused", "left",
    "missing", "deceased",
)  # fmt: skip


def sample_situation() -> Situation:
    """定海区 on the evening before In-Fa: two towns, one of them late; nothing here is of any run."""
    return Situation(
        event=Event("2106", "烟花 In-Fa"), exercise=True, mark="合成数据 SYNTHETIC", exact=True, place=COUNTY,
        path=(PROVINCE, CITY), at=AT, revision="3-17-4", sources=_sources(), head_count=_head(), rows=_rows(), tiers=_tiers(),
        responses=(Response(PROVINCE, "typhoon", 1, "Ⅰ级", AT - 8 * _H), Response(COUNTY, "typhoon", 2, "Ⅱ级", AT - 6 * _H)),
        letters=_letters(), deadlines=_deadlines(), shelters=_shelters(), alarms=_alarms(), lists=_lists(),
        report_clocks=(_report(),), readiness=Readiness(9, 7, (("330902101003", "丙村", "发电机 未核"),), 1),
        field_tasks=Panel("网格任务", (("未派", 1, "件"), ("在途", 4, "人")), ("任务", "网格员", "用时"), (("塌方核查", "3号", 6.5),)),
        handover=_handover(), notes=("安置点人数按扫码统计,投亲靠友不在其中",),
    )  # fmt: skip


def larger_situation(rows: int = 90) -> Situation:
    """The same with many rows, as a province has."""
    one = sample_situation()
    many = tuple(
        replace(one.rows[n % 2], code=f"3309{n:02d}", name=f"第{n}县", level="county") for n in range(rows)
    )
    return replace(one, place=PROVINCE, path=(), rows=many)


def _sources() -> tuple[Source, ...]:
    return (
        Source("registry", "人员登记", True, AT - timedelta(minutes=2), timedelta(minutes=2), False, timedelta(minutes=30)),
        Source("documents", "文书", True, AT - timedelta(minutes=9), timedelta(minutes=9)),
        Source("run", "风险研判", True, AT - 4 * _H, 4 * _H, True, 3 * _H, "研判已超过3小时未更新"),
        Source("supplies", "物资", False, why="未接入物资台账"),
    )  # fmt: skip


def _head() -> HeadCountHere:
    figures: dict[str, int | None] = dict.fromkeys(PARTS, 0)
    figures |= {
        "sheltered": 3120,
        "dispersed": 4410,
        "ashore": 260,
        "medical": 12,
        "in_transit": 340,
        "not_notified": 95,
    }
    figures |= {"notified": 210, "refused": 14, "left": 3, "missing": 2, "deceased": 0}
    figures |= {
        "due": 8466,
        "moved": 7802,
        "not_moved": 319,
        "listed": 8600,
        "waiting": 90,
        "exempt": 44,
        "withdrawn": 0,
    }
    figures |= {"unreached": 21, "unaccounted": 664}
    return HeadCountHere(figures, {name: WORDS[name] for name in figures}, PARTS, True, 92.2)


def _rows() -> tuple[Row, ...]:
    late = Row(
        "330902101", "甲镇", "town", tier=3, tier_worst=4, worst_at=AT + 5 * _H, reason="大风 阵风 43.0 m/s ≥ 41.5", due=5466,
        moved=4990, share=91.3, unaccounted=476, unreached=21, missing=2, refused=11, deceased=0, letters=2, unanswered=1,
        overdue=1, sheltered=2100, capacity=2000, index=61.5, ready=3, villages=5,
    )  # fmt: skip
    good = Row(
        "330902102", "乙街道", "town", tier=3, tier_worst=3, worst_at=AT, reason="大风 阵风 34.1 m/s ≥ 32.7", due=3000,
        moved=2812, share=93.7, unaccounted=188, unreached=0, missing=0, refused=3, deceased=0, letters=2, unanswered=0,
        overdue=0, sheltered=1020, capacity=2600, index=88.0, ready=4, villages=4,
    )  # fmt: skip
    return (late, good)


def _tiers() -> Tiers:
    hours = tuple(AT + n * _H for n in range(-4, 8))
    rising = (2, 2, 3, 3, 3, 3, 3, 3, 3, 4, 4, 3)
    lower = (1, 1, 2, 2, 3, 3, 3, 3, 3, 3, 2, -1)
    return Tiers(
        AT - 4 * _H, COUNTY, hours, 4, rising, {"wind": rising, "rain": lower}, {"wind": "大风", "rain": "暴雨"},
        {"330902101": rising, "330902102": lower}, (TierChange(AT + 5 * _H, "330902101", "甲镇", 3, 4),),
        "风险研判产品,非气象预警信号",
    )  # fmt: skip


def _deadlines() -> tuple[Deadline, ...]:
    return (
        Deadline(
            AT - timedelta(minutes=12), "answer", "浙防指函〔2021〕3号 应答(叫应)", "甲镇", "330902101", True
        ),
        Deadline(
            AT + timedelta(minutes=18), "feedback", "浙防指令〔2021〕2号 反馈", "乙街道", "330902102", False
        ),
        Deadline(AT + timedelta(minutes=40), "first_report", "失联2人 首报", "定海区", "330902", False),
    )


def _letters() -> Letters:
    late, due, _ = _deadlines()
    rows = (
        Letter("浙防指函〔2021〕3号", "关于防范台风的风险告知函", "risk_notice", "省防指办", "甲镇", "330902101", 4, "SENT", "已发送",
               False, AT - timedelta(minutes=22), None, None, None, late, True, "电话提醒", False),
        Letter("浙防指令〔2021〕2号", "转移指令", "transfer_order", "定海区防指", "乙街道", "330902102", 3, "IN_PROGRESS", "办理中",
               True, AT - _H, AT - timedelta(minutes=52), 2812, 3000, due, False, "", False),
    )  # fmt: skip
    parts = {"answered": 75.0, "feedback": None, "moved": 92.2, "closed": None}
    words = {"answered": "按时叫应", "feedback": "按时反馈", "moved": "已转/应转", "closed": "按时销号"}
    return Letters(6, 2, 1, 1, 0, 83.6, parts, words, timedelta(minutes=8), rows, 0)


def _shelters() -> Shelters:
    rows = (
        ShelterRow("S1", "甲镇中学", "330902101", 2100, 2000, 105.0, True, False, 4),
        ShelterRow("S2", "乙街道体育馆", "330902102", 1020, 1600, 63.8, False, False, 3),
        ShelterRow("S3", "乙街道小学", "330902102", 0, 1000, 0.0, False, False, 3),
    )
    return Shelters(3, 3120, 4600, 1, 0, 1, rows, 0)


def _alarms() -> Alarms:
    rows = (
        Alarm("missing", "失联 2 人 甲镇", "330902101", "甲镇", 2, AT - 2 * _H, AT - _H, True, 2),
        Alarm("unreached", "未联系上 21 人 甲镇", "330902101", "甲镇", 21, AT - _H, AT, True, 21),
        Alarm("full", "安置点已满 甲镇中学 2100/2000", "S1", "甲镇中学", 2100, AT - _H, AT - _H, False, 1),
    )
    return Alarms(rows, 12, 21, {"not_ready": 2})


def _lists() -> tuple[Stage, ...]:
    items = (ListItem("甲镇 风险告知函 未叫应", "甲镇", "330902101", "overdue", AT - timedelta(minutes=12)),)
    return (
        Stage("found", "发现", "险情上报与风险点", True, 3, 2, 0, (), 0),
        Stage("issued", "生成", "风险告知函、指令", True, 6, 4, 1, items, 0),
        Stage("put_right", "整改", "反馈、督办、销号", True, 2, 1, 0, (), 0),
        Stage("assessed", "评估", "核查", True, 1, 1, 0, (), 0),
        Stage("prevented", "预防", "备勤核查", False, 0, 0, 0, (), 0),
    )


def _report() -> ReportClock:
    return ReportClock(
        "330902", "定海区", 2, 0, AT - timedelta(minutes=80), "first_report", "首报", AT + timedelta(minutes=40), False, (),
        "自然灾害情况统计调查制度:2小时内",
    )  # fmt: skip


def _handover() -> Handover:
    changes = (Change("失联", "0", "2", False), Change("已转移", "6,100", "7,802", True))
    text = "交接班单 定海区\n失联 0 → 2\n已转移 6,100 → 7,802\n未应答:甲镇\n"
    return Handover(AT - 6 * _H, changes, ("甲镇 浙防指函〔2021〕3号",), 0, _deadlines(), text)
