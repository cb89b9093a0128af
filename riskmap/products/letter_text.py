"""The words of a 风险告知函, in order, as blocks: PDF and DOCX print the same ones.

Every block is a plain dictionary with a ``kind``: ``heading``, ``text``, ``table``, ``figure``, ``annexes``,
``signature``, ``copies`` or ``notes``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from riskmap.analysis.low_spots import HOW as LOW_SPOTS
from riskmap.outlook import BEIJING, beijing
from riskmap.products.letter_fields import Finding, Letter
from riskmap.products.letter_tables import asset_table, at_least, county_table, hazard_table
from riskmap.products.letter_words import BLANK, day_hour, full_width, people, quantity
from riskmap.scale import ASSET_WORDS, DISCLAIMER, Tier, hazard_words

WATERMARK: Final = "演练 · 草稿"
HEADQUARTERS: Final = "防汛防台抗旱指挥部"

_TRENDS: Final = {"rising": "上升", "falling": "下降", "rise_and_fall": "先升后降", "steady": "平稳"}
_CONFIDENCE: Final = {"high": "高", "medium": "中", "low": "低"}
_STATUS: Final = {"S": "已见出处", "M": "待核", "D": "建议"}
_LOCAL_LISTS: Final = ("wall_section", "key_village", "hazard_point", "reservoir", "low_spot")
"""Lists that a county keeps; a letter says which of them it does not draw on."""
_LIMITS: Final = {
    "wind": "参数化台风风场,未计地形狭管效应",
    "rain": "雨量来源与局限见后句",
    "storm_tide": "二维浅水模型增水,0.1度水深,未计波浪",
}
"""What limits each model, in words for the letter; ``confidence_note`` where a hazard is not listed."""


def letter_content(letter: Letter) -> dict[str, Any]:
    """All that a page shows, as JSON-ready values.

    Parameters
    ----------
    letter : Letter
        The fields.

    Returns
    -------
    dict
        ``issuer``, ``urgency``, ``number``, ``title``, ``addressee``, ``blocks``, ``watermark``, ``footer``
        and ``map`` (SVG).
    """
    marks = " · ".join(chinese for chinese, _ in letter.marks)
    return {
        "issuer": full_width(letter.issuer),
        "urgency": letter.urgency,
        "number": f"〔{letter.issued_at.astimezone(BEIJING).year}〕　号（签发时编号）",
        "title": letter.title,
        "addressee": f"{letter.addressee}：",
        "blocks": [_set(block) for block in _blocks(letter)],
        "watermark": WATERMARK,
        "footer": " · ".join(filter(None, (DISCLAIMER[0], marks, f"摘要 {letter.short_digest}"))),
        "map": letter.map_svg,
    }


def _set(block: dict[str, Any]) -> dict[str, Any]:
    """Words with Chinese punctuation; a table keeps its narrow form."""
    if block["kind"] == "table":
        return block
    turn: dict[str, Any] = {}
    for key, value in block.items():
        turn[key] = [full_width(v) for v in value] if isinstance(value, list) else full_width(value)
    return turn | {"kind": block["kind"]}


def _sources(letter: Letter) -> dict[tuple[str, str], str]:
    """Mark of each source with its status, in the order in which the letter names them."""
    named = [(f.threshold_source, f.threshold_status) for f in letter.findings if f.tier > Tier.GREEN]
    named += [(m.source, m.status) for m in letter.measures]
    return {key: f"〔{n}〕" for n, key in enumerate(dict.fromkeys(named), 1)}


def _blocks(letter: Letter) -> Iterator[dict[str, Any]]:
    sources = _sources(letter)
    yield _text(_lead(letter))
    yield _heading("一、风险等级与理由")
    if letter.counties:
        yield county_table(letter)
    else:
        yield hazard_table(letter)
    for finding in letter.findings:
        if finding.tier > Tier.GREEN:
            yield _text(_reason(letter, finding, sources))
    yield from (_text(words) for words in _gaps(letter))
    yield {"kind": "figure", "caption": f"图 {letter.name}综合风险五色图(颜色、数字与线纹表示同一等级)"}
    yield _heading("二、提前量与不确定性")
    yield _text(_lead_time(letter))
    yield _text(_uncertainty(letter))
    yield _heading("三、建议措施")
    for measure in letter.measures:
        proposal = "建议:" if measure.status == "D" else ""
        yield _text(
            f"{measure.number}．{proposal}{measure.text.rstrip('。')}{sources[measure.source, measure.status]}。"
        )
    yield from _assets(letter)
    yield _heading("四、责任岗位与反馈")
    yield _text(_feedback(letter))
    yield _heading("五、数据与说明")
    yield from (_text(words) for words in _data(letter))
    yield _text("特此告知。")
    yield {"kind": "annexes", "items": [f"{n}．{name}" for n, name in enumerate(letter.annexes, 1)]}
    yield {
        "kind": "signature",
        "issuer": full_width(letter.issuer),
        "date": _date(letter.issued_at),
        "seal": "(印章位置,签发后用印)",
        "lines": [f"签发人：{BLANK}　联系人：{BLANK}　电话：{BLANK}"],
    }
    yield {"kind": "copies", "text": f"抄送：{_joined(letter.copies)}。"}
    yield {
        "kind": "notes",
        "title": "出处(阈值与措施)",
        "items": [f"{mark} {source}({_STATUS[status]})" for (source, status), mark in sources.items()],
    }


def _assets(letter: Letter) -> Iterator[dict[str, Any]]:
    """Wall sections, villages, slopes and reservoirs by name, and which lists were not given."""
    if letter.assets:
        example = (
            "(标“示例”的为虚构数据,仅供演示,不参与定级)" if any(a.example for a in letter.assets) else ""
        )
        yield _text(f"重点对象{example}:")
        yield asset_table(letter)
        if letter.assets_more:
            yield _text(f"另有{letter.assets_more}处见 assets.csv。")
    listed = {a.kind for a in letter.assets}
    if "low_spot" in listed:
        yield _text(f"{LOW_SPOTS[0]}。")
    absent = [ASSET_WORDS[kind][0] for kind in _LOCAL_LISTS if kind not in listed]
    if absent:
        yield _text(f"{'、'.join(absent)}等本地清单未接入或未列出达级对象,请结合本地清单逐点落实。")


def _joined(offices: tuple[str, ...], common: str = HEADQUARTERS) -> str:
    """Offices of one kind name it once: 甲县、乙县防汛防台抗旱指挥部."""
    if all(office.endswith(common) for office in offices):
        return "、".join(office.removesuffix(common) for office in offices) + common
    return "、".join(offices)


def _lead(letter: Letter) -> str:
    hazards = "、".join(hazard_words(f.hazard)[0] for f in letter.findings if f.tier >= Tier.ORANGE)
    marks = "、".join(chinese for chinese, _ in letter.marks)
    return (
        f"根据{letter.event_number}号台风“{letter.event_chinese}”({letter.event_name})风险研判"
        f"({day_hour(letter.issued_at)}起报{',' + marks if marks else ''}),预计"
        f"{day_hour(letter.valid_from)}至{day_hour(letter.valid_until)},"
        f"{letter.name}综合风险最高为{letter.tier.chinese}色({letter.tier.level},风险{letter.tier.risk_words}),"
        f"主要灾种为{hazards},趋势{_TRENDS[letter.trend]}。{_distance(letter)}现将有关风险告知如下。"
    )


def _distance(letter: Letter) -> str:
    told = ""
    if letter.landfall_hours is not None and letter.landfall_hours > 0:
        told = f"本函距首次登陆约{letter.landfall_hours:.0f}小时;"
    elif letter.landfall_hours is not None:
        told = f"台风已于{-letter.landfall_hours:.0f}小时前登陆;"
    if letter.lead_hours is None or letter.lead_hours <= 0:
        return told + "本地已处于橙色及以上。"
    return f"{told}距本地首次达到橙色及以上约{letter.lead_hours:.0f}小时。"


def _reason(letter: Letter, f: Finding, sources: Mapping[tuple[str, str], str]) -> str:
    where = f"({f.name})" if letter.counties else ""
    mark = sources[f.threshold_source, f.threshold_status]
    over = (
        "" if f.threshold is None else f",达到{f.tier.chinese}色阈值 {quantity(f.threshold, f.units)}{mark}"
    )
    span = ""
    if f.starts_at and f.ends_at:
        end = "预报期末" if f.ends_at == letter.valid_until else day_hour(f.ends_at)
        span = f"{f.level.chinese}色及以上时段{day_hour(f.starts_at)}至{end},峰值{day_hour(f.peak_at)};"
    total = "所辖各县合计" if letter.counties else ""
    if f.area_share is not None:
        reach = f"达到该等级的面积占{f.area_share:.0%},"
    else:  # an asset decides, or points of the coast, which have no name
        reach = f"由“{f.asset}”达到," if f.asset else "取沿岸各点、各站最大值,"
    return (
        f"{hazard_words(f.hazard)[0]}{where}为{at_least(f)}{f.tier.chinese}色:{f.metric} {quantity(f.value, f.units)}{over};"
        f"{reach}{total}影响人口{people(f.people)}(估算);"
        f"{span}趋势{_TRENDS[f.trend]},置信度{_CONFIDENCE.get(f.confidence, f.confidence)}。"
    )


def _gaps(letter: Letter) -> Iterator[str]:
    if letter.unknown:
        yield f"部分时段或区域无数据:{'、'.join(hazard_words(h)[0] for h in letter.unknown)}。无数据不等于低风险。"
    if letter.surge is not None:
        yield f"模型风暴增水最大约{letter.surge:.1f}米(二维浅水模型,0.1度水深,不含天文潮与波浪,不定级)。"
    if letter.lacking:
        told = ";".join(f"{hazard_words(h)[0]}({why.split(' (')[0]})" for h, why in letter.lacking)
        yield f"未评估:{told}。未评估不等于无风险,请以有关部门产品为准。"


def _lead_time(letter: Letter) -> str:
    if letter.landfall_at is None:
        return "预报时段内未见登陆。逐时等级见附件2。"
    expected = "预计" if letter.kind == "forecast" and (letter.landfall_hours or 0) > 0 else ""
    return (
        f"{expected}首次登陆时间{day_hour(letter.landfall_at)}(北京时间);{_distance(letter)}逐时等级见附件2。"
    )


def _limit(f: Finding) -> str:
    """What limits a hazard's model; of a flash flood that depends on whose threshold it was."""
    if f.hazard == "flash_flood":
        return f"雨量同上,{f.confidence_note.partition(' (')[0]}"
    return _LIMITS.get(f.hazard, f.confidence_note)


def _uncertainty(letter: Letter) -> str:
    limits = "；".join(
        f"{hazard_words(f.hazard)[0]}:{_limit(f)}" for f in letter.findings if f.tier > Tier.GREEN
    )
    path = (
        "路径为按最佳路径与公开误差统计生成的模拟预报" if letter.kind == "forecast" else "路径为事后最佳路径"
    )
    return (
        f"{path},登陆点和时间的偏差会使等级在相邻县之间移动;影响人口由常住人口按面积占比折算,不代表应转移人数。"
        f"模型限制——{limits}。{letter.rain_note}。"
    )


def _feedback(letter: Letter) -> str:
    return (
        f"责任岗位:{letter.addressee}值班领导(姓名{BLANK},电话{BLANK})。收函后{letter.answer_minutes}分钟内应答确认,"
        f"{letter.feedback_minutes}分钟内反馈首次落实情况,其后每{_period(letter.repeat_minutes)}反馈一次,"
        f"直至解除(时限为默认建议值)。反馈方式:书面或政务平台回执,写明接收人、已采取措施、未落实事项和原因;"
        f"反馈至{letter.issuer},联系人{BLANK},电话{BLANK}。"
    )


def _period(minutes: int) -> str:
    return f"{minutes // 60}小时" if minutes % 60 == 0 else f"{minutes}分钟"


def _data(letter: Letter) -> Iterator[str]:
    track = (
        f"台风路径实况截至{beijing(letter.track_until)}" if letter.track_until else "台风路径实况截止时间未知"
    )
    yield (
        f"起报时间{beijing(letter.issued_at)},{track},有效期至{beijing(letter.valid_until)}(均为北京时间);"
        f"模型版本 riskmap {letter.model_version};上一期等级:无(未接入上一期);"
        f"替代文件:{letter.supersedes[:16] if letter.supersedes else '无'}。"
    )
    yield f"内容摘要(SHA-256 前16位):{letter.short_digest}。乡镇(街道)级等级本版本不提供。"
    yield f"{DISCLAIMER[0]};气象预警信号以气象主管机构所属气象台站发布的为准,应急响应由防指决定。本函为{WATERMARK},未经签发不得执行或对外发布。"


def _date(instant: datetime) -> str:
    local = instant.astimezone(BEIJING)
    return f"{local.year}年{local.month}月{local.day}日"


def _heading(text: str) -> dict[str, Any]:
    return {"kind": "heading", "text": text}


def _text(text: str) -> dict[str, Any]:
    return {"kind": "text", "text": text}
