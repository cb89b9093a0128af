"""The review on paper: the same content as PDF and DOCX, in the form of the office's reports; no resident's name is in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from evac.review.account import OVERRIDDEN
from riskmap.outlook import beijing
from riskmap.scale import DISCLAIMER

TITLE: Final = "防汛防台转移复盘报告"
_WIDTH: Final = 156
"""Of the type area [mm]."""
_OUTCOMES: Final = (
    ("due", "应转\n移"), ("moved", "已转\n移"), ("returned", "已返\n回"), ("allowed", "可返\n回"), ("held", "暂缓"), ("not_moved", "未转\n移"),
    ("left", "擅自\n离开"), ("missing", "失联"), ("deceased", "遇难"),
)  # fmt: skip
_MOST_ROWS: Final = 60
"""Lines of one table on paper; the JSON has all."""


def content(told: Mapping[str, Any], *, issuer: str) -> dict[str, Any]:
    """What the pages show, of a review; the JSON is the whole of it.

    Parameters
    ----------
    told : mapping
        From ``evac.review.account.review_event``.
    issuer : str
        The office that reviews, in the red head.
    """
    at = datetime.fromisoformat(told["as_of"])
    mark = "演练" if told["exercise"] else ""
    sections = (
        ("一、时间线", _timeline), ("二、应答时间", _answers), ("三、督办", _supervision), ("四、应转与已转", _moved), ("五、方案与实际", _plan),
        ("六、安置点峰值", _shelters), ("七、返回与检查", _returned), ("八、预报与实况", _forecast), ("九、数据缺口", _gaps), ("十、评价", _ratings),
        ("十一、尚不清楚的", _unknown),
    )  # fmt: skip
    blocks: list[dict[str, Any]] = [_text(_first(told, at))]
    for heading, make in sections:
        blocks.append({"kind": "heading", "text": heading})
        blocks += make(told)
    blocks.append({"kind": "notes", "title": "说明", "items": _NOTES})
    return {
        "form": "letter", "issuer": issuer, "urgency": "", "number": "", "signer": "", "title": f"{mark}{TITLE}", "addressee": "",
        "blocks": blocks, "watermark": mark, "footer": " · ".join(filter(None, (DISCLAIMER[0], mark, f"截至 {beijing(at)}"))),
        "map": "", "qr": f"EVAC/1 REVIEW {told['event'] or '-'} {at:%Y%m%dT%H%MZ}",
    }  # fmt: skip


_NOTES: Final = [
    "本报告只由日志生成:同样的日志得到同样的文件。全部数字另见 review.json。",
    "不含居民姓名;不足10人及为防反推而隐去者以“—”表示。不对任何县、单位或个人排名。",
]


_NO_DOCUMENTS: Final = "未提供公文日志,不明。"


def _first(told: Mapping[str, Any], at: datetime) -> str:
    event = f"台风{told['event']}号" if told["event"].isdecimal() else told["event"] or "本次事件"
    return f"{event},截至{beijing(at)}(北京时间)的日志。范围:{told['region'] or '全部'}。"


def _text(words: str) -> dict[str, Any]:
    return {"kind": "text", "text": words}


def _table(
    columns: Sequence[str], widths: Sequence[float], rows: Sequence[Sequence[Any]]
) -> Iterator[dict[str, Any]]:
    if not rows:
        yield _text("无记录。")
        return
    share = _WIDTH / sum(widths)
    shown = [[_cell(value) for value in row] for row in rows[:_MOST_ROWS]]
    yield {
        "kind": "table", "columns": list(columns), "widths": [round(w * share, 1) for w in widths], "tier": -1, "fills": [""] * len(shown),
        "rows": shown,
    }  # fmt: skip
    if len(rows) > _MOST_ROWS:
        yield _text(f"其余 {len(rows) - _MOST_ROWS} 行见 review.json。")


def _cell(value: Any) -> str:
    return "—" if value is None else str(value)


_MANY: Final = (
    ("签发风险告知函", ("签发 ", "风险告知函")), ("签发转移指令", ("签发 ", "关于转移")), ("签发解除转移", ("签发 ", "关于解除")),
    ("发出公文", ("发出 ",)), ("首个应答", ("首个应答 ",)), ("转移指令首次下达到人", ("转移指令 ",)), ("执行解除转移", ("解除转移 ",)),
)  # fmt: skip
"""What a long timeline tells of by number, a line a day, and the words by which such entries are known."""


def _timeline(told: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    rows = [(entry["at"], entry["what"]) for entry in told["timeline"]]
    many = len(rows) > _MOST_ROWS
    yield from _table(("时间(北京)", "事项"), (30, 126), _condensed(rows) if many else rows)
    if many:
        yield _text("同日同类事项合并为一行,逐项见 review.json。")


def _condensed(rows: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Entries of one kind and day as one line with their number; what is told of once, or stood on a person's word, stands as it is.

    Examples
    --------
    >>> _condensed([("2021-07-24 12:35", "发出 1号"), ("2021-07-24 12:40", "发出 2号"), ("2021-07-24 13:00", "启动")])
    [('2021-07-24 12:35', '发出公文2件(至12:40)'), ('2021-07-24 13:00', '启动')]
    >>> _condensed([("2021-07-24 13:00", "启动")] * 2)
    [('2021-07-24 13:00', '启动'), ('2021-07-24 13:00', '启动')]
    """
    found: dict[tuple[str, str | int], list[tuple[str, str]]] = {}
    for number, (at, what) in enumerate(rows):
        alike = (name for name, words in _MANY if what.startswith(words[0]) and all(w in what for w in words))
        kind = "" if OVERRIDDEN in what else next(alike, "")
        found.setdefault((at[:10], kind or number), []).append((at, what))
    return [
        one[0] if len(one) == 1 else (one[0][0], f"{kind}{len(one)}件(至{one[-1][0][11:]})") for (_, kind), one in found.items()
    ]  # fmt: skip


def _answers(told: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if told["answers"] is None:
        yield _text(_NO_DOCUMENTS)
        return
    rows = [
        (
            a["level_name"],
            a["tasks"],
            a["unanswered"],
            a["median_minutes"],
            a["p90_minutes"],
            a["worst_minutes"],
        )
        for a in told["answers"]
    ]
    yield from _table(("层级", "件", "未应答", "中位(分)", "九成(分)", "最长(分)"), (2, 1, 1, 1, 1, 1), rows)
    if rows:
        yield _text("自发送至有名有姓的应答;未应答的不在中位数内。")


def _supervision(told: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    s = told["supervision"]
    if s is None:
        yield _text(_NO_DOCUMENTS)
        return
    yield _text(f"共采取措施{s['steps']}次,起草督办单{len(s['drafted'])}份,签发督办单{s['signed']}份。")
    rows = [(row["deadline"], row["rung"], row["number"]) for row in s["by_deadline"]]
    if rows:
        yield from _table(("时限", "措施", "次"), (3, 3, 1), rows)
    if s["drafted"]:
        drafted = [(row["at"], row["office"], row["deadline"], row["problem"]) for row in s["drafted"]]
        yield from _table(("时间", "单位", "时限", "问题"), (26, 34, 20, 76), drafted)


def _moved(told: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    rows = [
        (row["county_name"], row["category_name"], *(row[name] for name, _ in _OUTCOMES))
        for row in told["moved"]["rows"]
    ]
    totals = [row for row in rows if row[1] == "合计"]
    kept = rows if len(rows) <= _MOST_ROWS else totals
    yield from _table(
        ("县(市、区)", "类别", *(word for _, word in _OUTCOMES)), (20, 28, *(12 for _ in _OUTCOMES)), kept
    )
    if kept is not rows:
        yield _text("各类别见 review.json。")
    b = told["moved"]["beside"]
    yield _text(
        f"已转移含已返回。另:核减{_cell(b['exempt'])}人,指令撤回{_cell(b['withdrawn'])}人;应转移中名单外{_cell(b['at_door'])}人、二次转移"
        f"{_cell(b['again'])}人、过渡安置{_cell(b['resettled'])}人。"
    )


def _plan(told: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    p = told["plan"]
    if p is None:
        yield _text("未提供转移方案,未对照。")
        return
    yield _text(
        f"方案要求转移{p['planned']}户:全户转移{p['whole']}户,部分转移{p['in_part']}户,无人转移{p['nobody']}户,未下达指令{p['never_ordered']}户;"
        f"方案要求准备转移、后来转移的{p['ready_and_moved']}户;方案外转移{p['unplanned']}户。"
    )


def _shelters(told: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    s = told["shelters"]
    yield _text(f"登记安置点{s['known']}个,启用{s['used']}个,峰值超过容量{s['over_capacity']}个。")
    rows = [(p["shelter"], p["name"], p["capacity"], p["people"], p["at"]) for p in s["peaks"]]
    if rows:
        yield from _table(("编号", "安置点", "容量", "峰值", "时间"), (32, 50, 16, 16, 36), rows)


def _returned(told: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    words = {"open": "未检查", "safe": "安全", "restricted": "限制使用", "unsafe": "不安全"}
    looked = "、".join(f"{words[name]}{n}项" for name, n in told["inspections"].items()) or "无"
    yield _text(
        f"返回前检查:{looked}。过渡安置:曾有{_cell(told['resettled']['ever'])}人,现有{_cell(told['resettled']['now'])}人。"
    )
    yield _text(f"交接班记录{told['duty']['shifts']}班,超过值守时限或休息不足{told['duty']['findings']}班。")


def _forecast(told: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    f = told["forecast"]
    if not f["verified"]:
        yield _text(f"{f['why']}。")
        return
    rows = [
        (h["name"], h["regions"], h["hits"], h["misses"], h["false_alarms"], h["quiet"], h["grey"])
        for h in f["hazards"]
    ]
    yield from _table(
        ("灾种", "有实况\n区域", "命中", "漏报", "空报", "均无", "未预报\n(灰)"), (3, 2, 2, 2, 2, 2, 2), rows
    )
    yield _text("以橙色及以上为警;预报取各期发布中该区域的最高等级。没有实况的区域不计入。")


def _gaps(told: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    g = told["gaps"]
    worst = f",最长迟{g['worst_hours']}小时" if g["worst_hours"] is not None else ""
    yield _text(
        f"事件{g['events']}条;迟到(超过{g['late_minutes_rule']:g}分钟){g['late']}条,来自{g['late_devices']}台设备{worst};时钟超前{g['clocks_ahead']}条;"
        f"撤销{g['undone']}条;重复合并{g['merged']}人;未改变状态的事实{g['idle']}条;未核实的扫码矛盾{g['contradictions_open']}起;"
        f"登记中断1小时以上{len(g['silences'])}次。"
    )
    loop = g["loop"]
    if loop is None:
        yield _text(_NO_DOCUMENTS)
        return
    late = f",最迟{loop['worst_minutes']}分钟" if loop["worst_minutes"] is not None else ""
    yield _text(f"闭环自动措施{loop['steps']}次,其中迟于时限{loop['late']}次{late}。")


def _ratings(told: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    rows = []
    for d in told["ratings"]:
        scores = [d["scores"].get(str(n)) for n in range(1, 6)]
        number = "不足10" if d["number"] is None else d["number"]
        rows.append((d["name"], number, *scores))
    yield from _table(("十、评价", "份数", "1分", "2分", "3分", "4分", "5分"), (4, 2, 1, 1, 1, 1, 1), rows)
    for d in told["ratings"]:
        for words in d["words"]:
            yield _text(f"{d['name']}:“{words}”")


def _unknown(told: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for words in told["unknown"]:
        yield _text(f"{words}。")
