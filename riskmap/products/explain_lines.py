"""The lines of an explanation, in the order in which a colour comes about; each in Chinese and English."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isnan
from typing import Any, Final

from riskmap.assessment import Assessment, Reason, RegionTier
from riskmap.grid import Grid
from riskmap.outlook import beijing
from riskmap.products.explain_inputs import Line, input_lines
from riskmap.products.held import held_of, tier_words
from riskmap.products.letter_words import people, quantity
from riskmap.reasons import Facts, reasons_table
from riskmap.rules import HazardRule
from riskmap.scale import DISCLAIMER, NO_DATA, Tier, hazard_words
from riskmap.standing import COMBINED

ON_GRID: Final = frozenset({"wind", "rain"})
"""Hazards whose deciding cell is one of the hazards' grid, so that its place can be said."""

STATUS: Final[Mapping[str, Line]] = {
    "S": ("已见出处", "read in a published source"), "M": ("凭记忆待核", "remembered"),
    "D": ("本项目建议", "own proposal"), "user": ("用户给定", "given by the user"),
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """What is explained: a region at an hour, and the hazard that is followed from its input on.

    Attributes
    ----------
    record : mapping
        ``run.json`` of the run; empty where it could not be read.
    risk, chances
        The region's rows of ``risk.csv`` and ``probability.csv``.
    """

    assessment: Assessment
    record: Mapping[str, Any]
    code: str
    hour: int
    hazard: str | None
    risk: Mapping[str, str]
    chances: Sequence[Mapping[str, str]]

    @cached_property
    def now(self) -> RegionTier:
        """Tier with reasons at the hour."""
        return self.assessment.at(self.code, self.hour)

    @cached_property
    def row(self) -> int:
        """Index of the region."""
        return [r.code for r in self.assessment.regions].index(self.code)

    @cached_property
    def reason(self) -> Reason | None:
        """The reason of the hazard, of an invented one too; None where it has no data."""
        if self.hazard is None:
            return None
        return self.assessment.reason(self.code, self.hour, self.hazard)

    def facts(self, hazard: str) -> dict[str, Any]:
        """What ``reasons_table`` says of the hour."""
        return self._facts.at(self.code, hazard, self.assessment.valid_at[self.hour])

    @cached_property
    def _facts(self) -> Facts:
        return Facts(reasons_table(self.assessment))


def chain(case: Case) -> Iterator[Line]:
    """Every line, from input to published colour."""
    yield from _head(case)
    yield from input_lines(case.record, case.hazard or "wind", case.assessment.issued_at)
    yield from _value(case)
    yield from _threshold(case)
    yield from _share(case)
    yield from _combination(case)
    yield from _window(case)
    yield from _published(case)
    yield from _next(case)
    yield from _gaps(case)


def _head(case: Case) -> Iterator[Line]:
    region, record = case.assessment.region(case.code), case.record
    event = record.get("event", {})
    yield (
        f"{region.code} {region.city_name}{region.name},{beijing(case.assessment.valid_at[case.hour])}(北京时间)",
        f"{region.code} {region.name} ({region.city_name}), {beijing(case.assessment.valid_at[case.hour])} Beijing time",
    )
    marks = "、".join(record.get("marks", {}).get("forecast", ()))
    english = ", ".join(record.get("marks_english", {}).get("forecast", ()))
    yield (
        f"台风{event.get('chinese', '')}({event.get('number', '')}),起报 {beijing(case.assessment.issued_at)}{';' + marks if marks else ''}",
        f"Typhoon {event.get('name', '')} ({event.get('number', '')}), issued {beijing(case.assessment.issued_at)}{'; ' + english if english else ''}",
    )
    yield DISCLAIMER


def _value(case: Case) -> Iterator[Line]:
    reason = case.reason
    if case.hazard is None or reason is None:
        words = hazard_words(case.hazard) if case.hazard else ("各灾种", "all hazards")
        yield (
            f"2. 数值:{words[0]}无数据,等级为灰,不是绿",
            f"2. Value: no data for {words[1]}: grey, not green",
        )
        return
    metric = reason.metric
    if reason.asset is not None:
        yield (
            f"2. 数值:由“{reason.asset.name}”决定:{metric.chinese} {quantity(reason.value, metric.units)};全时段:{reason.asset.reason_chinese}",
            f"2. Value: decided by {reason.asset.name}: {metric.english} {_measure(reason.value, metric.units)}; over the window: {reason.asset.reason_english}",
        )
        return
    place = _place(case)
    yield (
        f"2. 数值:{metric.chinese} {quantity(reason.value, metric.units)}{place[0]};县内最大 {quantity(reason.maximum, metric.units)}",
        f"2. Value: {metric.english} {_measure(reason.value, metric.units)}{place[1]}; largest in the county {_number(reason.maximum)}",
    )


def _place(case: Case) -> Line:
    """Where the deciding cell lies."""
    table, hazard = case.assessment.table, case.hazard
    if hazard not in ON_GRID or "cell" not in table or "grid" not in case.record:
        return "", ""
    index = int(table["cell"].values[case.assessment.hazards.index(hazard), case.hour, case.row])
    if index < 0:
        return "", ""
    grid = Grid.from_bounds(**case.record["grid"])
    row, column = divmod(index, grid.shape[1])
    if row >= grid.shape[0]:
        return "", ""
    where = f"{grid.latitude[row]:.2f}N {grid.longitude[column]:.2f}E"
    return (
        f"(格点 {where},最差的格点由此起合计达到面积比例)",
        f" (cell {where}: with it the worst cells first reach the area share)",
    )


def _number(value: float) -> str:
    return "—" if isnan(value) else f"{value:.4g}"


def _measure(value: float, units: str) -> str:
    """A number with its unit; a bare one where it has none."""
    return _number(value) if units == "1" or isnan(value) else f"{_number(value)} {units}"


def _threshold(case: Case) -> Iterator[Line]:
    reason = case.reason
    if reason is None:
        return
    metric = reason.metric
    status = STATUS.get(metric.status, (metric.status, metric.status))
    whose = reason.asset.source if reason.asset is not None and reason.asset.source else metric.source
    if reason.threshold is None:
        yield f"3. 阈值:不以数值给出;{whose}", f"3. Threshold: none in numbers; {whose}"
        return
    word = ("达到", "met") if reason.tier > Tier.GREEN else ("未达到最低", "below the lowest")
    rule = case.assessment.rules[reason.hazard]
    units = "" if metric.units == "1" else f" {metric.units}"
    bounds = " / ".join("—" if t is None else f"{t:g}" for t in metric.thresholds)
    yield (
        f"3. 阈值:{word[0]} {quantity(reason.threshold, metric.units)}({reason.tier.chinese}色);蓝/黄/橙/红 {bounds}{units};出处 [{metric.status} {status[0]}] {whose}",
        f"3. Threshold: {word[1]} {_measure(reason.threshold, metric.units)} ({reason.tier.english}); blue/yellow/orange/red {bounds}{units}; source [{metric.status}: {status[1]}] {whose}",
    )
    yield from _signal(rule)


def _signal(rule: HazardRule) -> Iterator[Line]:
    """A note where thresholds are scaled by the wetness of the ground."""
    if rule.wetness:
        yield (
            f"   阈值已按土壤湿度折算:{rule.wetness_source}",
            f"   thresholds are scaled by the wetness of the ground: {rule.wetness_source}",
        )


def _share(case: Case) -> Iterator[Line]:
    reason = case.reason
    if reason is None:
        return
    rule = case.assessment.rules[reason.hazard]
    found = case.facts(reason.hazard)
    at_least = ("至少", "at least ") if not reason.complete else ("", "")
    if reason.area_share is None:
        yield (
            f"4. 从点到县:一处达到即为全县等级 → {at_least[0]}{reason.tier.chinese}色",
            f"4. From asset to county: one is enough -> {at_least[1]}{reason.tier.english}",
        )
    else:
        needed, whose = (
            f"{rule.unit_area_share:.0%}",
            f"{rule.unit_area_share_source} [{rule.unit_area_share_status}]",
        )
        yield (
            f"4. 从格点到县:{reason.area_share:.1%} 的面积达到该等级,规定为 {needed}({whose})→ {at_least[0]}{reason.tier.chinese}色",
            f"4. From cells to county: {reason.area_share:.1%} of the area is at the tier, {needed} is asked ({whose}) -> {at_least[1]}{reason.tier.english}",
        )
    ages = "、".join(f"{age}岁以上{people(found[f'people_{age}'])}" for age in (60, 65, 80))
    english = ", ".join(f"{age}+: {_count(found[f'people_{age}'])}" for age in (60, 65, 80))
    if reason.tier > Tier.GREEN and reason.people is not None:
        yield (
            f"   影响人口(常住人口×面积比例,估算){people(reason.people)},其中{ages}",
            f"   people (residents times area share, modelled): {_count(reason.people)}; {english}",
        )
    note = reason.confidence_note
    yield (
        f"   置信度 {reason.confidence}:{note.split(' (')[0]}",
        f"   confidence {reason.confidence}: {_english(note)}",
    )
    if case.hazard in case.assessment.apart:
        yield (
            "   名录为示例(虚构),不计入综合等级",
            "   the register is invented (示例): it counts for nothing",
        )


def _count(value: float | None) -> str:
    return "unknown" if value is None else f"{value:,.0f}"


def _combination(case: Case) -> Iterator[Line]:
    now, assessment = case.now, case.assessment
    each = [(r.hazard, r.tier) for r in now.reasons]
    combined = int(assessment.combined[case.hour, case.row])
    chinese = "、".join(f"{hazard_words(h)[0]}{t.chinese}" for h, t in each)
    english = ", ".join(f"{hazard_words(h)[1]} {t.english}" for h, t in each)
    if now.unknown:
        chinese += f";无数据:{'、'.join(hazard_words(h)[0] for h in now.unknown)}"
        english += f"; no data: {', '.join(hazard_words(h)[1] for h in now.unknown)}"
    raised = assessment.raised is not None and bool(assessment.raised[case.hour, case.row])
    more = (
        ("(多组灾种同时达到黄色,加一级)", " (hazards of several groups meet: one tier up)")
        if raised
        else ("", "")
    )
    yield (
        f"5. 各灾种取最差:{chinese} → 本时次综合{tier_words(combined)[0]}{more[0]}",
        f"5. The worst of the hazards: {english} -> combined {tier_words(combined)[1]} at this hour{more[1]}",
    )


def _window(case: Case) -> Iterator[Line]:
    assessment = case.assessment
    worst = int(assessment.window_worst[case.row])
    found = case.facts(COMBINED)
    spell = ("", "")
    if found["onset"] is not None:
        end = ("(至预报期末)", " (the end of the window)") if found["open_end"] else ("", "")
        spell = (
            f";本时次等级或更高自 {beijing(found['onset'])} 至 {beijing(found['end'])}{end[0]}",
            f"; at this hour's tier or worse from {beijing(found['onset'])} to {beijing(found['end'])}{end[1]}",
        )
    yield (
        f"6. 时段最差(计算):{tier_words(worst)[0]}{spell[0]}",
        f"6. Worst of the window, computed: {tier_words(worst)[1]}{spell[1]}",
    )


def _published(case: Case) -> Iterator[Line]:
    assessment = case.assessment
    entry = None if assessment.standing is None else assessment.standing.of(case.code)
    if assessment.earlier is None:
        yield "7. 上期:无", "7. The cycle before: none"
    else:
        found = case.facts(COMBINED)
        before = found["previous_tier"]
        words = tier_words(NO_DATA if before is None else int(before))
        yield (
            f"7. 上期({beijing(assessment.earlier.issued_at)} 起报)同一时次:{words[0]},趋势{found['trend_words'][0]}",
            f"7. The cycle before (issued {beijing(assessment.earlier.issued_at)}) at the same hour: {words[1]}; trend: {found['trend_words'][1]}",
        )
    published = tier_words(int(assessment.published_worst[case.row]))
    held = held_of(assessment, case.code)
    if held is not None:
        yield f"   {held[0]}", f"   {held[1]}"
    if entry is not None and entry.confirmed is not None:
        said = entry.confirmed
        yield (
            f"   本期下调经 {said.by} 于 {beijing(said.at)} 确认:{said.reason}",
            f"   lowered in this cycle as confirmed by {said.by} at {beijing(said.at)}: {said.reason}",
        )
    since = f",自 {beijing(entry.since)} 起" if entry is not None else ""
    yield (
        f"8. 发布等级:{published[0]}{since}",
        f"8. Published: {published[1]}" + (f", since {beijing(entry.since)}" if entry else ""),
    )


def _next(case: Case) -> Iterator[Line]:
    reason = case.reason
    if reason is None or reason.tier is Tier.RED:
        if reason is not None:
            yield "9. 再上一级:已是最高", "9. Next tier: there is none above red"
        return
    found, metric = case.facts(reason.hazard), reason.metric
    if found["next_tier"] is None or found["to_next"] is None:
        yield (
            "9. 再上一级:该指标没有更高的数值阈值,须由其他指标、其他灾种或设施达到",
            "9. Next tier: this metric has no higher bound in numbers; another metric, hazard or asset would have to meet one",
        )
        return
    bound = reason.value + found["to_next"]
    rule = case.assessment.rules[reason.hazard]
    yield (
        f"9. 再上一级({found['next_tier'].chinese}色):{metric.chinese}须达到 {quantity(bound, metric.units)},还差 {_measure(found['to_next'], metric.units)}({found['to_next_share']:.0%}),且面积不少于 {rule.unit_area_share:.0%}",
        f"9. Next tier ({found['next_tier'].english}): {metric.english} would need {_measure(bound, metric.units)}, {_number(found['to_next'])} more ({found['to_next_share']:.0%}), on {rule.unit_area_share:.0%} of the area",
    )


def _gaps(case: Case) -> Iterator[Line]:
    assessment = case.assessment
    for chance in case.chances:
        if chance.get("tier") == str(int(Tier.ORANGE)) and chance.get("probability"):
            made = (
                ("成员由误差统计生成", "members made from error statistics")
                if chance.get("made") == "1"
                else ("集合成员", "members of an ensemble")
            )
            yield (
                f"10. 时段内大风达到橙色及以上的概率 {float(chance['probability']):.0%}({chance.get('members')} 个,{made[0]})",
                f"10. Chance of wind at orange or worse in the window: {float(chance['probability']):.0%} ({chance.get('members')} {made[1]})",
            )
    if case.risk:
        index = case.risk.get("risk_index") or "—"
        parts = " / ".join(case.risk.get(f"part_{p}") or "—" for p in ("hazard", "exposure", "vulnerability"))
        yield (
            f"11. 风险指数 {index}(危险性/人口/脆弱性 {parts});建议值,不决定颜色",
            f"11. Risk index {index} (hazard / exposure / vulnerability {parts}); a proposal, gives no colour",
        )
    if assessment.lacking:
        chinese = ";".join(
            f"{hazard_words(h)[0]}:{why.split(' (')[0]}" for h, why in sorted(assessment.lacking.items())
        )
        english = "; ".join(
            f"{hazard_words(h)[1]}: {_english(why)}" for h, why in sorted(assessment.lacking.items())
        )
        yield f"12. 未评估(不等于无风险):{chinese}", f"12. Not assessed, which does not mean safe: {english}"
    for problem in case.record.get("problems", ()):
        yield (
            f"    运行中缺:{problem.get('where')}:{problem.get('what')}",
            f"    left out: {problem.get('where')}: {problem.get('what')}",
        )


def _english(words: str) -> str:
    """The English half of words like ``中文 (English)``; all of them where there is no such half."""
    head, bracket, rest = words.partition(" (")
    return rest.removesuffix(")") if bracket and not head.isascii() else words
