"""The tables of official documents: hazards, counties, and the assets that they name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from riskmap.products.county_map import tier_label
from riskmap.products.letter_fields import AssetRow, Finding, Letter
from riskmap.products.letter_words import BLANK, people, quantity, short
from riskmap.scale import ASSET_WORDS, NO_DATA_COLOUR, Tier, hazard_words

_INSTRUMENTS: Final = ("gauge", "river_station")
"""Nobody lives by them: they raise a county and move no one."""


def hazard_table(letter: Letter) -> dict[str, Any]:
    """Each hazard of a county with value, threshold and hours."""
    rows = []
    for f in letter.findings:
        bound = "—" if f.threshold is None else quantity(f.threshold, f.units).partition("(")[0]
        times = "—"
        if f.starts_at and f.ends_at:
            when = (("起", f.starts_at), ("峰", f.peak_at), ("止", f.ends_at))
            times = "\n".join(f"{word}{short(at)}" for word, at in when)
        rows.append(
            [
                hazard_words(f.hazard)[0],
                at_least(f) + tier_label(f.tier),
                f.metric,
                f"{quantity(f.value, f.units)}\n极值 {quantity(f.maximum, f.units).partition('(')[0]}",
                bound if f.tier > Tier.GREEN else f"未达 {bound}",
                "—" if f.area_share is None else f"{f.area_share:.0%}",
                people(f.people) if f.tier > Tier.GREEN else "—",
                times,
            ]
        )
    return {
        "kind": "table",
        "columns": [
            "灾种",
            "等级",
            "指标",
            "预报值",
            "阈值",
            "面积\n占比",
            "影响人口\n(估算)",
            "时段\n(北京时间)",
        ],
        "widths": [22, 13, 24, 28, 19, 11, 17, 22],
        "tier": 1,
        "fills": [f.tier.colour for f in letter.findings],
        "rows": rows,
    }


def county_table(letter: Letter) -> dict[str, Any]:
    """The counties of a city, worst first."""
    ordered = sorted(letter.counties, key=lambda c: -(c.tier if c.tier is not None else -1))
    return {
        "kind": "table",
        "columns": ["县(市、区)", "等级", "主要灾种与预报值", "首次达到橙色\n(北京时间)", "影响人口\n(估算)"],
        "widths": [26, 18, 62, 30, 20],
        "tier": 1,
        "fills": [NO_DATA_COLOUR if c.tier is None else c.tier.colour for c in ordered],
        "rows": [
            [
                c.name,
                tier_label(c.tier),
                c.driver or "—",
                short(c.onset_at) if c.onset_at else "—",
                people(c.people) if c.tier else "—",
            ]
            for c in ordered
        ],
    }


def asset_table(letter: Letter) -> dict[str, Any]:
    """Wall sections, villages, slopes and reservoirs, worst first."""
    return _asset_rows(list(letter.assets), "等级", lambda a: tier_label(a.tier))


def _counts(a: AssetRow) -> str:
    """Households and people of an asset, as far as they are known."""
    told = [
        f"{number}{word}" for number, word in ((a.households, "户"), (a.people, "人")) if number is not None
    ]
    return "\n".join(told) or "—"


def at_least(f: Finding) -> str:
    """Words before a tier that part of the region without data could still raise."""
    return "" if f.complete else "不低于"


def transfer_table(letter: Letter) -> dict[str, Any]:
    """Assets at orange (准备转移) and red (立即转移), by step, then by hour: whose people an order names."""
    rows = [
        a
        for a in letter.assets
        if a.tier is not None and a.tier >= Tier.ORANGE and a.kind not in _INSTRUMENTS
    ]
    rows.sort(key=lambda a: (-int(a.tier or 0), a.onset_at.timestamp() if a.onset_at else 0.0))
    return _asset_rows(
        rows,
        "要求",
        lambda a: "立即转移" if a.tier is Tier.RED else "准备转移",
    )


def held_table(letter: Letter) -> dict[str, Any]:
    """Slopes of the list: their people wait until each was looked at."""
    rows = [a for a in letter.assets if a.kind in ("hazard_point", "prevention_zone")]
    return _asset_rows(rows, "要求", lambda _a: "暂缓返回")


def _asset_rows(rows: list[AssetRow], heading: str, told: Callable[[AssetRow], str]) -> dict[str, Any]:
    return {
        "kind": "table",
        "columns": ["类别", "名称", heading, "依据", "起始\n(北京时间)", "户数\n人数", "责任人"],
        "widths": [20, 34, 18, 40, 20, 10, 14],
        "tier": 2,
        "fills": [NO_DATA_COLOUR if a.tier is None else a.tier.colour for a in rows],
        "rows": [
            [
                ASSET_WORDS.get(a.kind, (a.kind,))[0],
                _named(a),
                told(a),
                a.words or "无数据",
                short(a.onset_at) if a.onset_at else "—",
                _counts(a),
                a.responsible or BLANK,
            ]
            for a in rows
        ],
    }


def _named(a: AssetRow) -> str:
    return ("示例 " if a.example and "示例" not in a.name else "") + a.name
