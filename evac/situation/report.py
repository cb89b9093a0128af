"""The printed situation report (专报): the words and tables of one situation in the form of an official document."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from evac.situation.document import Situation, to_json
from evac.situation.tables import Cell, Table, risky, tables_of
from evac.situation.words import figure, source_words, sum_words
from riskmap.outlook import BEIJING, beijing
from riskmap.products.letter_facts import EXERCISE, HEADQUARTERS, date
from riskmap.products.letter_text import numeral
from riskmap.products.letter_words import BLANK, day_hour, full_width
from riskmap.scale import DISCLAIMER, Tier

_MOST_ON_PAPER: Final = 20
"""Rows of a table on paper; the workbook has them all (D)."""
_HEADINGS: Final = {
    "sum": "人员转移总体情况", "people": "各地转移进展", "tiers": "风险趋势", "shelters": "集中安置", "letters": "公文和叫应",
    "report_clocks": "伤亡失联信息报告", "alarms": "需要处置的告警", "lists": "闭环清单",
}  # fmt: skip


def report_content(situation: Situation, *, issuer: str = "", number: str = "") -> dict[str, Any]:
    """What the pages show, for ``official_pdf`` and ``official_docx``.

    Parameters
    ----------
    issuer : str
        发文机关; the region's 防指办 where empty.
    number : str
        期号 or 文号; a blank where empty.
    """
    name = situation.place.name
    mark = f"({EXERCISE})" if situation.exercise else ""
    digest = digest_of(situation)
    return {
        "form": "document",
        "issuer": full_width(issuer or f"{name}{HEADQUARTERS}办公室{mark}"),
        "urgency": "特急" if any(one.life_critical for one in situation.alarms.rows) else "",
        "number": number or f"〔{situation.at.astimezone(BEIJING).year}〕第　期（编号位置）",
        "signer": BLANK,
        "title": full_width(f"{name}防汛防台态势专报{mark}"),
        "addressee": f"{name}{HEADQUARTERS}：",
        "blocks": list(_blocks(situation, digest, issuer or f"{name}{HEADQUARTERS}办公室")),
        "watermark": EXERCISE if situation.exercise else "",
        "footer": " · ".join(filter(None, (DISCLAIMER[0], situation.mark, f"摘要 {digest[:16]}"))),
        "map": "",
        "qr": f"EVAC/1 SITUATION {situation.place.code} {situation.at:%Y%m%dT%H%MZ} SHA256:{digest}".upper(),
    }  # fmt: skip


def digest_of(situation: Situation) -> str:
    """SHA-256 of the document that the report was made from."""
    return hashlib.sha256(to_json(situation).encode()).hexdigest()


def _blocks(one: Situation, digest: str, issuer: str) -> Iterator[dict[str, Any]]:
    yield _text(_opening(one))
    section = 0
    for table in tables_of(one):
        yield {"kind": "heading", "text": f"{numeral(section + 1)}、{_HEADINGS[table.id]}"}
        section += 1
        yield from map(_text, _words_of(one, table))
        if table.id == "sum":  # said in words already; the workbook has it term by term
            continue
        yield _grid(table)
        if len(table.rows) > _MOST_ON_PAPER:
            yield _text(f"另有{len(table.rows) - _MOST_ON_PAPER}行见附表。")
    if one.handover is not None:
        yield {"kind": "heading", "text": f"{numeral(section + 1)}、交接班要点"}
        yield from (_text(line.strip()) for line in one.handover.text.splitlines()[1:])
        section += 1
    yield {"kind": "heading", "text": f"{numeral(section + 1)}、数据说明"}
    yield from map(_text, _gaps(one))
    yield {
        "kind": "signature", "issuer": full_width(issuer), "date": date(one.at), "seal": "(印章位置)",
        "lines": [f"签发人：{BLANK}　联系人：{BLANK}　电话：{BLANK}"],
    }  # fmt: skip
    yield {
        "kind": "notes", "title": "",
        "items": [
            "本件由登记日志、公文日志和已发布的风险研判自动汇总,各表数字出自同一次读取;经签发后报送。",
            f"二维码载明地区、时间和全文数据摘要(SHA-256 前16位 {digest[:16]}),不联网。",
        ],
    }  # fmt: skip


def _opening(one: Situation) -> str:
    event = f"“{one.event.name}”" if one.event.name else "本次事件"
    told = f"截至{day_hour(one.at)},{event}防御情况如下。"
    if one.responses:
        told += ";".join(f"{r.place.name}应急响应{r.words}" for r in one.responses) + "。"
    worst = risky(one.rows)
    if one.tiers is None:
        told += "风险等级不明(研判未接入),不等于低风险。"
    elif worst:
        red = sum(row.tier_worst == Tier.RED for row in worst)
        told += f"未来时段橙色及以上{len(worst)}个区域,其中红色{red}个。"
    return full_width(told)


def _words_of(one: Situation, table: Table) -> Iterator[str]:
    if table.id == "sum" and one.head_count is not None:
        yield full_width(f"{sum_words(one.head_count)}。")
    if table.id == "letters" and one.letters is not None:
        letters = one.letters
        index = "不明" if letters.index is None else f"{letters.index:.1f}"
        yield full_width(
            f"公文{letters.all}件·单位,未办结{letters.open},未应答{letters.unanswered},逾期{letters.overdue},督办{letters.supervised};闭环指数{index}。"
        )
    if table.id == "shelters" and one.shelters is not None:
        lots = one.shelters
        yield full_width(
            f"安置点{lots.places}处,在点{figure(lots.present)}人,容量{figure(lots.capacity)}人,满员{lots.full}处。"
        )
    if table.id == "alarms" and one.alarms.held_back:
        yield full_width(
            f"另有{sum(one.alarms.held_back.values())}条一般告警超过每小时{one.alarms.per_hour}条的限额,未列。"
        )


def _gaps(one: Situation) -> Iterator[str]:
    wrong = [source for source in one.sources if not source.read or source.stale]
    for source in wrong:
        yield full_width(f"{source_words(source)}。")
    if not wrong:
        yield "各数据来源均已读取且未过期。"
    yield from (full_width(f"{note}。") for note in one.notes)
    yield full_width("“—”表示不明或按规定隐去,不等于零。")


def _text(words: str) -> dict[str, Any]:
    return {"kind": "text", "text": words}


def _grid(table: Table) -> dict[str, Any]:
    rows = [*table.rows[:_MOST_ON_PAPER], *((table.total,) if table.total else ())]
    tiers = [*table.tiers[:_MOST_ON_PAPER], *([None] * (len(rows) - len(table.tiers[:_MOST_ON_PAPER])))]
    return {
        "kind": "table", "columns": [title for title, _ in table.columns], "widths": [width for _, width in table.columns],
        "tier": table.tier_column, "fills": [Tier(t).colour if t is not None and t >= 0 else "#FFFFFF" for t in tiers],
        "rows": [[_cell(cell) for cell in row] for row in rows],
    }  # fmt: skip


def _cell(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return beijing(cell)[5:]
    return cell if isinstance(cell, str) else figure(cell)
