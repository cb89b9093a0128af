"""The page of the closed loop: does it close, how the people moved, what was supervised, and every paper a click away."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evac.columns import Column
from evac.drill import SYNTHETIC
from evac.exercise.hold import Held
from evac.exercise.levels import PROVINCE
from evac.exercise.reckoning import Outcome
from evac.orders.deadlines import CLOCKS
from evac.orders.escalation import minutes
from evac.privacy import suppress
from evac.reporting import region_names
from evac.response.events import Ended
from riskmap.outlook import beijing
from riskmap.products.self_contained import require_self_contained
from riskmap.scale import DISCLAIMER

_LINKS: Final = (
    ("review/review.pdf", "复盘报告 PDF"),
    ("review/review.docx", "复盘报告 DOCX"),
    ("review/review.json", "复盘数据 JSON"),
    ("../cockpit/index.html", "驾驶舱 cockpit"),
    ("plan/totals.csv", "转移方案汇总 plan totals"),
    ("plan/moves.csv", "逐户转移方案 moves"),
    ("allocation/shelters.csv", "安置点容量 shelters"),
    ("allocation/homes.csv", "安置分配 allocation"),
    ("allocation/unplaced.csv", "未安排 unplaced"),
    ("clearance/index.html", "疏散清空与路线图(示例路网) roads and clearance"),
    ("clearance/routes.json", "转移路线 routes"),
    ("offices.csv", "收文单位(模拟) offices"),
    ("loop.json", "全部数据 loop.json"),
)
_NOTES: Final = (
    "人员、村庄位置、安置点、路网、收文单位及其答复时间均为虚构或模拟,假定值见 evac/exercise/exercise.toml(D:本项目提出)。"
    "每个县只有一个演练镇;疏散清空按每名虚构人员代表若干居民放大。"
    " Everything about people, places, roads and offices is invented or simulated; the numbers are our own proposals (D)."
)
_WITHOUT_LATER: Final = (
    "本次研判之后没有新的研判,没有可据以解除转移的风险图:解除由县指挥电话决定,理由记入登记库,不出文件。"
    " No later run says that it is over: releases stand on a named person's word, kept with its reason, and no document was drafted."
)
_WIDE, _HIGH, _LEFT, _BOTTOM = 1180, 250, 54, 28


def build_page(held: Held, outcome: Outcome, event: str, *, printed: bool = True) -> str:
    """The page.

    Parameters
    ----------
    event : str
        The storm in words.
    printed : bool
        Whether documents and the review were printed; nothing leads to a paper that is not there.

    Raises
    ------
    OutsideReferenceError
        The page would load something from outside itself.
    """
    folder = files("evac") / "templates"
    style = (folder / "loop.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    slots = {
        "policy": f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        "style": style, "event": escape(event), "span": f"{beijing(held.start)} – {beijing(held.end)}",
        "synthetic_zh": escape(SYNTHETIC[0]), "synthetic_en": escape(SYNTHETIC[1]),
        "tiles": "".join(_tiles(held, outcome)), "state": "closed" if outcome.closed else "open",
        "verdict": "闭环成立:下列各项全部核对一致 The loop is closed" if outcome.closed else "闭环不成立 The loop is not closed",
        "checks": _checks(outcome), "curve": _curve(held), "supervised": _supervised(outcome.figures["supervised"]),
        "return": _return(held), "levels": _levels(held), "counties": _counties(held), "links": _links(held, printed=printed),
        "notes": escape(_NOTES),
        "disclaimer": escape(" · ".join(DISCLAIMER)),
    }  # fmt: skip
    before, *parts = (folder / "loop.html").read_text(encoding="utf-8").split("{{")
    page = before + "".join(slots[name] + rest for name, rest in (part.split("}}", 1) for part in parts))
    require_self_contained(page, page="loop")
    return page


def _row(cells: Iterable[Any], kinds: Sequence[str] = (), tag: str = "td") -> str:
    """A row; cells are escaped unless they are links made here."""
    found = []
    for n, cell in enumerate(cells):
        kind = kinds[n] if n < len(kinds) else ""
        words = cell if isinstance(cell, _Link) else escape(str(cell))
        found.append(f"<{tag}{f' class={kind}' if kind else ''}>{words}</{tag}>")
    return f"<tr>{''.join(found)}</tr>"


class _Link(str):
    """Markup made here, whose words were escaped when it was made."""

    __slots__ = ()


def _link(path: str, words: str) -> _Link:
    return _Link(f'<a href="{escape(path)}">{escape(words)}</a>')


def _tiles(held: Held, outcome: Outcome) -> Iterable[str]:
    figures, people = outcome.figures, outcome.figures["people"]
    acting = [t for t in held.tasks if t.acting]
    shown = (
        (figures["letters"], "风险告知函 letters"),
        (figures["transfer_orders"], "转移指令 transfer orders"),
        (figures["loop"]["median_answer"] or "—", f"叫应中位时间,{len(held.tasks)}项 median answer"),
        (figures["supervision_orders"], "工作督办单 supervision orders"),
        (f"{sum(t.ended_at is not None for t in acting)}/{len(acting)}", "销号 tasks closed"),
        (f"{int(held.drill.progress.due.sum(axis=1).max()):,}", "应转移(最多时) to move at most"),
        (f"{people['returned']:,}", "已返回 home again"),
        (held.cleared.get("finish", "—"), f"{held.cleared.get('name', '')}疏散清空 one county clears"),
    )
    for value, words in shown:
        yield f'<div class="tile"><b>{escape(str(value))}</b><span>{escape(words)}</span></div>'


def _checks(outcome: Outcome) -> str:
    rows = [
        _row(("✓" if c.holds else "≠", c.chinese, c.english, c.found), ("ok" if c.holds else "bad",))
        for c in outcome.checks
    ]
    return "".join(rows)


def _curve(held: Held) -> str:
    """Three lines over the hours, and the province's levels as upright lines."""
    progress = held.drill.progress
    home = progress.column(Column.RETURNED).sum(axis=1)
    lines = (
        ("应转移 to move", "#16202c", progress.due.sum(axis=1)),
        ("已转移 moved", "#5b3fa0", progress.moved.sum(axis=1)),
        ("已返回 home", "#2b7a78", home),
    )
    top = max(1, int(progress.due.sum(axis=1).max()))
    hours, start = progress.hours, progress.hours[0]
    whole = (hours[-1] - start).total_seconds()
    x = _LEFT + (_WIDE - _LEFT - 16) * np.array([(h - start).total_seconds() / whole for h in hours])
    found = [
        f'<svg viewBox="0 0 {_WIDE} {_HIGH}" role="img" aria-label="应转移、已转移、已返回人数逐小时曲线">'
    ]
    for share in (0, 0.5, 1):
        y = _y(np.array([share * top]), top)[0]
        found.append(
            f'<path d="M{_LEFT} {y:.1f}H{_WIDE - 16}" stroke="#dde3ea"/><text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{round(share * top):,}</text>'
        )
    for n, hour in enumerate(hours):
        words = beijing(hour)
        if words.endswith("00:00") or words[11:13] == "12":
            found.append(f'<text x="{x[n]:.1f}" y="{_HIGH - 8}" text-anchor="middle">{words[5:13]}时</text>')
    for record in held.levels.desk.responses().values():
        if record.key.region != PROVINCE:
            continue
        for change in record.history:
            if start <= change.at <= hours[-1]:
                at = _LEFT + (_WIDE - _LEFT - 16) * (change.at - start).total_seconds() / whole
                level = getattr(change, "level", None)
                words = f"省{level.roman}级" if level else "省结束响应"
                found.append(
                    f'<path d="M{at:.1f} 14V{_HIGH - _BOTTOM}" stroke="#b0472c" stroke-dasharray="3 3"/><text x="{at - 4:.1f}" y="12" text-anchor="end">{words}</text>'
                )
    for n, (words, colour, values) in enumerate(lines):
        points = "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, _y(values, top), strict=True))
        found.append(f'<path d="M{points}" fill="none" stroke="{colour}" stroke-width="2.2"/>')
        found.append(
            f'<path d="M{_LEFT + 20 + n * 150} 30h18" stroke="{colour}" stroke-width="3"/><text x="{_LEFT + 44 + n * 150}" y="34">{words}</text>'
        )
    return "".join([*found, "</svg>"])  # fmt: skip


def _y(values: NDArray[Any], top: int) -> NDArray[Any]:
    return np.asarray(_HIGH - _BOTTOM - (_HIGH - _BOTTOM - 44) * values / top)


def _supervised(rows: Sequence[dict[str, Any]]) -> str:
    heads = _row(
        (
            "文号 number",
            "单位 office",
            "逾期事项 late with",
            "起草→签发→应答→销号 drafted, signed, answered, closed",
        ),
        tag="th",
    )
    body = [
        _row((
            _link(f"{row['papers']}/document.pdf", row["number"]), row["receiver"], CLOCKS[row["clock"]][0],
            " → ".join(row[name][5:] for name in ("drafted_at", "signed_at", "answered_at", "closed_at")) + f" {row['stage']}",
        ))
        for row in rows
    ]  # fmt: skip
    return heads + "".join(body)


def _return(held: Held) -> str:
    """Who went home by what, and what was looked at before."""
    home = held.home.figures()
    later = f"{beijing(held.later_issued_at)} 起报的后续研判" if held.later_issued_at else "无后续研判"
    rows = [
        ("依据 by", f"{later};解除转移 {home['by_document']} 份出文,{home['releases'] - home['by_document']} 个县凭人工决定"),
        ("暂缓 held", f"{home['held']:,} 人次;靠山房屋 {home['slope_side_houses']} 户逐户检查后返回"),
        ("返回 home", f"告知可返回 {home['told']:,} 人,返回扫码 {len(held.home.acts):,} 人"),
        ("见面核实 seen", f"未转移者 {home['seen_at_home']} 人上门见面;扫码矛盾 {home['contradictions_decided']} 起已核实"),
        ("关闭 closed", home["closed_at"] or "未关闭"),
    ]  # fmt: skip
    why = sorted(set(home["overridden"].values()))
    if why:
        rows.append((f"人工决定 overridden ({len(home['overridden'])})", ";".join(_plain(why))))
    note = "" if held.later_issued_at else f'<p class="note">{escape(_WITHOUT_LATER)}</p>'
    return f"<table>{''.join(_row(row) for row in rows)}</table>{note}"


def _plain(reasons: Iterable[str]) -> list[str]:
    """Reasons without the county that each begins with, once each."""
    return list(dict.fromkeys(reason.lstrip("0123456789 ") for reason in reasons))


def _levels(held: Held) -> str:
    names = region_names()
    rows = [
        _row(
            (
                row["at"][5:],
                names.get(row["region"], row["region"]),
                row["level"] if row["what"] != Ended.kind else "结束响应",
                row["why"],
            )
        )
        for row in sorted(held.levels.record, key=lambda r: r["at"])
    ]
    return _row(("时间 at", "区划", "级别 level", "依据 source"), tag="th") + "".join(rows)


def _counties(held: Held) -> str:
    """One row a county; counts below ten are hidden, as on every page that is passed on."""
    progress = held.drill.progress
    home = progress.column(Column.RETURNED)[-1]
    due = progress.due.max(axis=0)
    shown = [suppress(dict(zip(progress.counties, map(int, values), strict=True))) for values in (due, home)]
    kinds = ("", "", "", "", "n", "n", "")
    heads = _row(
        (
            "县 county",
            "应答 answered",
            "转移指令 order",
            "文号 number",
            "应转移",
            "已返回",
            "解除 released",
            "文号 number",
        ),
        kinds,
        "th",
    )
    rows = []
    answered = {
        t.terms.signed.region: t for t in held.tasks if t.terms.signed.type == "risk_notice" and t.acting
    }
    for region in held.drill.roster.counties:
        task, course = answered[region.code], held.course[region.code]
        order, release = held.letters.orders[region.code], held.letters.releases.get(region.code)
        wait = minutes(task.received_at - task.sent_at) if task.received_at and task.sent_at else "未应答"
        rows.append(
            _row((
                region.name, f"{wait}{'(督办后)' if region.code in held.silent else ''}", beijing(course.ordered_at)[5:],
                _link(f"signed/{_folder(order)}/document.pdf", order.number),
                *("<10" if one[region.code] is None else f"{one[region.code]:,}" for one in shown), beijing(course.lifted_at)[5:],
                _link(f"signed/{_folder(release)}/document.pdf", release.number) if release else held.home.given[region.code].authority.order,
            ), kinds)
        )  # fmt: skip
    return heads + "".join(rows)


def _folder(document: Any) -> str:
    signed = document.signed
    return f"{signed.year}-{signed.series}-{signed.number}"


def _links(held: Held, *, printed: bool) -> str:
    notices = [
        _link(
            f"signed/{_folder(d)}/document.pdf",
            d.signed.title.removeprefix("关于").removesuffix("的风险告知函"),
        )
        for d in held.letters.notices
    ]
    papers = (".pdf", ".docx")
    rest = "".join(_link(path, words) for path, words in _LINKS if printed or not path.endswith(papers))
    return f"<p>{rest}</p><details><summary>已签发的风险告知函 {len(notices)} 份 signed letters</summary>{''.join(notices)}</details>"
