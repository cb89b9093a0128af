"""Paragraphs and tables that an official document makes from the assessment, by the names of ``documents.words.BLOCKS``.

Every block is a plain dictionary with a ``kind``; PDF and DOCX print the same ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from riskmap.analysis.low_spots import HOW as LOW_SPOTS
from riskmap.outlook import beijing
from riskmap.products.letter_facts import DRAFT, EXERCISE, TRENDS, distance, hazards, period
from riskmap.products.letter_fields import Finding, Letter, SignOff
from riskmap.products.letter_tables import (
    asset_table,
    at_least,
    county_table,
    hazard_table,
    held_table,
    transfer_table,
)
from riskmap.products.letter_words import BLANK, day_hour, people, quantity
from riskmap.scale import ASSET_WORDS, DISCLAIMER, NO_DATA_WORDS, Tier, hazard_words

Sources = Mapping[tuple[str, str], str]
_CONFIDENCE: Final = {"high": "高", "medium": "中", "low": "低"}
_LOCAL_LISTS: Final = ("wall_section", "key_village", "hazard_point", "reservoir", "low_spot")
"""Lists that a county keeps; a letter says which of them it does not draw on."""
_LIMITS: Final = {
    "wind": "参数化台风风场,未计地形狭管效应",
    "rain": "雨量来源与局限见后句",
    "storm_tide": "二维浅水模型增水,0.1度水深,未计波浪",
}
"""What limits each model, in words for the letter; ``confidence_note`` where a hazard is not listed."""


def sources_of(letter: Letter) -> dict[tuple[str, str], str]:
    """Mark of each source with its status, in the order in which the document names them."""
    used = {block for section in letter.document.sections for block in section.blocks}
    named: list[tuple[str, str]] = []
    if "reasons" in used:
        named += [(f.threshold_source, f.threshold_status) for f in letter.findings if f.tier > Tier.GREEN]
    if "measures" in used:
        named += [(m.source, m.status) for m in letter.measures]
    return {key: f"〔{n}〕" for n, key in enumerate(dict.fromkeys(named), 1)}


def _lead(letter: Letter) -> str:
    marks = "、".join(chinese for chinese, _ in letter.marks)
    return (
        f"根据{letter.event_number}号台风“{letter.event_chinese}”({letter.event_name})风险研判"
        f"({day_hour(letter.issued_at)}起报{',' + marks if marks else ''}),预计"
        f"{day_hour(letter.valid_from)}至{day_hour(letter.valid_until)},"
        f"{letter.name}综合风险{_worst(letter.tier)},"
        f"主要灾种为{hazards(letter) or '无'},趋势{TRENDS[letter.trend]}。{letter.held + '。' if letter.held else ''}{distance(letter)}现将有关风险告知如下。"
    )


def _worst(tier: Tier | None) -> str:
    if tier is None:
        return f"{NO_DATA_WORDS[0]}(无数据不等于低风险)"
    if tier is Tier.GREEN:
        return f"为{tier.chinese}色(风险{tier.risk_words})"
    return f"最高为{tier.chinese}色({tier.level},风险{tier.risk_words})"


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
        f"{span}趋势{TRENDS[f.trend]},置信度{_CONFIDENCE.get(f.confidence, f.confidence)}。"
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
        f"{expected}首次登陆时间{day_hour(letter.landfall_at)}(北京时间);{distance(letter)}逐时等级见附件2。"
    )


def _limit(f: Finding) -> str:
    """What limits a hazard's model; of a flash flood that depends on whose threshold it was."""
    if f.hazard == "flash_flood":
        return f"雨量同上,{f.confidence_note.partition(' (')[0]}"
    return _LIMITS.get(
        f.hazard, f.confidence_note.partition(" (")[0]
    )  # the English half is for other products


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
    wanted = [kind for kind in _LOCAL_LISTS if not (kind == "wall_section" and letter.coastal is False)]
    absent = [ASSET_WORDS[kind][0] for kind in wanted if kind not in listed]
    if absent:
        yield _text(f"{'、'.join(absent)}等本地清单未接入或未列出达级对象,请结合本地清单逐点落实。")


def _feedback(letter: Letter) -> str:
    return (
        f"责任岗位:{letter.addressee}值班领导(姓名{BLANK},电话{BLANK})。收文后{letter.answer_minutes}分钟内应答确认,"
        f"{letter.feedback_minutes}分钟内反馈首次落实情况,其后每{period(letter.repeat_minutes)}反馈一次,"
        f"直至解除(时限为默认建议值)。反馈方式:书面或政务平台回执,写明接收人、已采取措施、未落实事项和原因;"
        f"反馈至{letter.issuer},联系人{BLANK},电话{BLANK}。"
    )


def _data(letter: Letter, sign_off: SignOff | None) -> Iterator[str]:
    track = (
        f"台风路径实况截至{beijing(letter.track_until)}" if letter.track_until else "台风路径实况截止时间未知"
    )
    yield (
        f"起报时间{beijing(letter.issued_at)},{track},有效期至{beijing(letter.valid_until)}(均为北京时间);"
        f"模型版本 riskmap {letter.model_version};上一期等级:{letter.previous or '无(首期)'};"
        f"替代文件:{letter.supersedes[:16] if letter.supersedes else '无'}。"
    )
    yield f"内容摘要(SHA-256 前16位):{letter.short_digest}。乡镇(街道)级等级未列入本件。"
    yield f"{DISCLAIMER[0]};气象预警信号以气象主管机构所属气象台站发布的为准,应急响应由防指决定。{_standing(letter, sign_off)}"


def _standing(letter: Letter, sign_off: SignOff | None) -> str:
    """Whether what is read may be acted upon."""
    if sign_off is None:
        word = f"{EXERCISE} · {DRAFT}" if letter.exercise else DRAFT
        return f"本件为{word},未经签发不得执行或对外发布。"
    told = f"本件由{sign_off.signer}于{day_hour(sign_off.signed_at)}签发"
    told += f",替代{sign_off.replaces}" if sign_off.replaces else ""
    return told + (f";本件为{EXERCISE},不得执行。" if letter.exercise else "。")


Maker = Callable[[Letter, Sources, SignOff | None], Iterator[dict[str, Any]]]


def _texts(make: Callable[[Letter], Iterator[str]]) -> Maker:
    """Paragraphs as blocks."""

    def blocks(letter: Letter, _sources: Sources, _sign_off: SignOff | None) -> Iterator[dict[str, Any]]:
        yield from map(_text, make(letter))

    return blocks


def _tier_table(letter: Letter, _sources: Sources, _sign_off: SignOff | None) -> Iterator[dict[str, Any]]:
    if letter.counties:
        yield county_table(letter)
    elif letter.findings:
        yield hazard_table(letter)


def _reasons(letter: Letter, sources: Sources, _sign_off: SignOff | None) -> Iterator[dict[str, Any]]:
    for finding in letter.findings:
        if finding.tier > Tier.GREEN:
            yield _text(_reason(letter, finding, sources))


def _map(letter: Letter, _sources: Sources, _sign_off: SignOff | None) -> Iterator[dict[str, Any]]:
    if letter.map_svg:
        yield {"kind": "figure", "caption": f"图 {letter.name}综合风险五色图(颜色、数字与线纹表示同一等级)"}


def _measures(letter: Letter, sources: Sources, _sign_off: SignOff | None) -> Iterator[dict[str, Any]]:
    for measure in letter.measures:
        proposal = "建议:" if measure.status == "D" else ""
        mark = sources[measure.source, measure.status]
        yield _text(f"{measure.number}．{proposal}{measure.text.rstrip('。')}{mark}。")


def _transfers(letter: Letter, _sources: Sources, _sign_off: SignOff | None) -> Iterator[dict[str, Any]]:
    """Assets whose people move or prepare; a list that is empty says so, since nobody listed is not nobody at risk."""
    table = transfer_table(letter)
    if table["rows"]:
        yield table
        if any(a.example for a in letter.assets):
            yield _text("标“示例”的为虚构数据,仅供演示,不得据此转移。")
        if letter.assets_more:
            yield _text(f"另有{letter.assets_more}处见 assets.csv。")
    else:
        yield _text(
            "未接入本地涉险对象清单,或清单中没有达到橙色的对象。没有清单不等于没有人,请按本地名册逐户核定。"
        )


def _held(letter: Letter, _sources: Sources, _sign_off: SignOff | None) -> Iterator[dict[str, Any]]:
    yield _text(
        "靠山、切坡建房和地质灾害风险防范区的人员在雨停24小时内暂缓返回,经逐处检查后另行通知(时限为默认建议值)。"
    )
    table = held_table(letter)
    if table["rows"]:
        yield table


def _entries(letter: Letter, _sources: Sources, _sign_off: SignOff | None) -> Iterator[dict[str, Any]]:
    given = dict(letter.entries)
    yield {
        "kind": "form",
        "rows": [[entry.chinese, given.get(entry.id, "") or BLANK] for entry in letter.document.entries],
    }


def _data_blocks(letter: Letter, _sources: Sources, sign_off: SignOff | None) -> Iterator[dict[str, Any]]:
    yield from map(_text, _data(letter, sign_off))


def _asset_blocks(letter: Letter, _sources: Sources, _sign_off: SignOff | None) -> Iterator[dict[str, Any]]:
    yield from _assets(letter)


BLOCK_MAKERS: Final[Mapping[str, Maker]] = MappingProxyType(
    {
        "lead": _texts(lambda letter: iter([_lead(letter)])),
        "tier_table": _tier_table,
        "reasons": _reasons,
        "gaps": _texts(_gaps),
        "map": _map,
        "lead_time": _texts(lambda letter: iter([_lead_time(letter)])),
        "uncertainty": _texts(lambda letter: iter([_uncertainty(letter)])),
        "measures": _measures,
        "assets": _asset_blocks,
        "transfers": _transfers,
        "held": _held,
        "feedback": _texts(lambda letter: iter([_feedback(letter)])),
        "entries": _entries,
        "data": _data_blocks,
    }
)
"""Name of a block -> what makes it."""


def _text(text: str) -> dict[str, Any]:
    return {"kind": "text", "text": text}
