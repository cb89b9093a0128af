"""What a document type may say: forms, when it is due, facts in braces, blocks of the assessment."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final, Literal

Form = Literal["letter", "document", "telegram"]
FORMS: Final[tuple[Form, ...]] = ("letter", "document", "telegram")
"""信函格式 (GB/T 9704-2012, 10.1), 文件格式 (7.2), 明电."""

Due = Literal["orange", "yellow", "blue", "over", "asked"]
DUES: Final[tuple[Due, ...]] = ("orange", "yellow", "blue", "over", "asked")
"""When a draft is due: from that tier on at any hour; ``over`` only where the last hour is below yellow and nothing is
unknown; ``asked`` only by name."""

FACTS: Final = MappingProxyType(
    {
        "name": "region",
        "city_name": "its city",
        "code": "its code",
        "headquarters": "防汛防台抗旱指挥部",
        "organ": "机关代字 of the scenario",
        "issuer": "发文机关 of the run",
        "issuing_headquarters": "the same without 办公室",
        "addressee": "主送机关",
        "event_number": "number of the storm",
        "event_name": "its international name",
        "event_chinese": "its Chinese name",
        "issued_at": "analysis time, Beijing",
        "valid_from": "first valid hour",
        "valid_until": "last valid hour",
        "tier": "colour word of the worst tier, or 无数据",
        "level": "一级 to 四级",
        "risk_words": "高, 较高 ...",
        "hazards": "hazards at orange or red",
        "driver": "the worst hazard with value and threshold",
        "trend": "上升, 下降 ...",
        "onset_at": "first hour at orange or red",
        "ends_at": "last hour at orange or red",
        "distance": "hours to landfall and to orange",
        "people": "modelled people of the worst hazard",
        "answer": "minutes to answer",
        "feedback": "minutes to the first feedback",
        "repeat": "and then every",
        "date": "day of issue",
        "supersedes": "digest of the document replaced, or 无",
        "model_version": "version of the library",
    }
)
"""Names that words may use in braces, beside the type's own entries."""

BLOCKS: Final = MappingProxyType(
    {
        "lead": "one paragraph: storm, window, tier, hazards",
        "tier_table": "hazards of a county, or counties of a city",
        "reasons": "one paragraph a hazard: value, threshold, share, people",
        "gaps": "what has no data or was not assessed",
        "map": "the region's own map",
        "lead_time": "hours to landfall",
        "uncertainty": "limits of the models",
        "measures": "numbered measures that fit the reasons",
        "assets": "wall sections, villages, slopes by name",
        "transfers": "assets whose people move or prepare, by step",
        "held": "slopes whose people wait longer",
        "feedback": "post, deadlines, contact",
        "entries": "the type's entries as a form",
        "data": "times, versions, digest, disclaimer",
    }
)
"""Paragraphs and tables made from the assessment."""
