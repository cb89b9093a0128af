"""Facts of a drafted document as words, for the braces of its type; and a draft turned into another type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from riskmap.errors import DataError
from riskmap.outlook import BEIJING
from riskmap.products.documents.types import DocumentType, fill
from riskmap.products.letter_fields import Letter
from riskmap.products.letter_words import BLANK, day_hour, people, quantity
from riskmap.scale import NO_DATA_WORDS, Tier, hazard_words

HEADQUARTERS: Final = "防汛防台抗旱指挥部"
OFFICE: Final = "办公室"
EXERCISE: Final = "演练"
DRAFT: Final = "草稿"
DEFAULT_ORGAN: Final = "防指"
"""机关代字 until a scenario names one."""

ANNEXES: Final = (
    "五色图(map.html)",
    "逐时等级与理由表(tiers.csv)",
    "评估数据与行政区边界(assessment.json)",
    "CAP 1.2 消息(cap.xml)",
)

TRENDS: Final = {"rising": "上升", "falling": "下降", "rise_and_fall": "先升后降", "steady": "平稳"}
_NONE: Final = "无"


def facts(letter: Letter, *, organ: str = DEFAULT_ORGAN) -> dict[str, str]:
    """Every name of ``documents.words.FACTS`` in the words of a letter, then its entries.

    Examples
    --------
    >>> from riskmap.products.documents.words import FACTS
    >>> "name" in FACTS
    True
    """
    tier = letter.tier
    worst = next((f for f in letter.findings if f.tier > Tier.GREEN), None)
    found = {
        "name": letter.name,
        "city_name": letter.city_name,
        "code": letter.code,
        "headquarters": HEADQUARTERS,
        "organ": organ,
        "issuer": letter.issuer,
        "issuing_headquarters": _without_office(letter.issuer),
        "addressee": letter.addressee,
        "event_number": letter.event_number,
        "event_name": letter.event_name,
        "event_chinese": letter.event_chinese,
        "issued_at": day_hour(letter.issued_at),
        "valid_from": day_hour(letter.valid_from),
        "valid_until": day_hour(letter.valid_until),
        "tier": NO_DATA_WORDS[0] if tier is None else tier.chinese,
        "level": "等级未知" if tier is None else tier.level or "四级以下",
        "risk_words": "未知" if tier is None else tier.risk_words,
        "hazards": hazards(letter) or _NONE,
        "driver": _NONE
        if worst is None
        else f"{hazard_words(worst.hazard)[0]} {quantity(worst.value, worst.units)}",
        "trend": TRENDS[letter.trend],
        "onset_at": day_hour(letter.onset_at) if letter.onset_at else "(预报时段内未达橙色)",
        "ends_at": day_hour(letter.ends_at) if letter.ends_at else "(预报时段内未达橙色)",
        "distance": distance(letter),
        "people": people(worst.people) if worst else _NONE,
        "answer": str(letter.answer_minutes),
        "feedback": str(letter.feedback_minutes),
        "repeat": period(letter.repeat_minutes),
        "date": date(letter.issued_at),
        "supersedes": letter.supersedes[:16] if letter.supersedes else _NONE,
        "model_version": letter.model_version,
    }
    return found | dict(letter.entries)


def as_document(
    letter: Letter,
    kind: DocumentType,
    *,
    entries: Mapping[str, str] | None = None,
    organ: str = DEFAULT_ORGAN,
    supersedes: str | None = None,
) -> Letter:
    """The same facts as a document of another type.

    Parameters
    ----------
    letter : Letter
        Facts; its issuer is that of the office in whose name the run was made.
    kind : DocumentType
        See ``documents.types.bundled_types``.
    entries : mapping, optional
        Words by entry; the type's defaults stand in for those that are not given.
    organ : str
        机关代字 of the number.
    supersedes : str, optional
        Digest of the document that this one replaces.

    Raises
    ------
    DataError
        An entry that the type does not have.
    """
    given = dict(entries or {})
    unknown = sorted(set(given) - {entry.id for entry in kind.entries})
    if unknown:
        raise DataError(
            f"unknown entry {unknown[0]!r}", where=f"document {kind.id}",
            expected=", ".join(entry.id for entry in kind.entries) or "no entries", found=unknown[0],
            remedy="see the type's [[entry]] sections",
        )  # fmt: skip
    values = facts(replace(letter, entries=()), organ=organ)
    filled = tuple((e.id, given.get(e.id, fill(e.default, values)).strip()) for e in kind.entries)
    shown = values | {e.id: words or BLANK for e, (_, words) in zip(kind.entries, filled, strict=True)}
    issuer = fill(kind.issuer, shown)
    if letter.exercise and f"({EXERCISE})" not in issuer:
        issuer += f"({EXERCISE})"
    copies = (fill(kind.copies, shown),) if kind.copies else letter.copies
    series = fill(kind.series, shown)
    return replace(
        letter,
        document=kind,
        annexes=annexes_of(kind),
        entries=filled,
        issuer=issuer,
        # a drill never takes a number of the real series
        series=EXERCISE + series if letter.exercise else series,
        title=fill(kind.title, shown),
        addressee=fill(kind.addressee, shown),
        copies=copies,
        supersedes=supersedes if supersedes is not None else letter.supersedes,
    )


def hazards(letter: Letter) -> str:
    """Hazards at orange or red, worst first; where only an earlier tier is held, so much."""
    named = "、".join(hazard_words(f.hazard)[0] for f in letter.findings if f.tier >= Tier.ORANGE)
    return named or ("此前研判所定(本次计算均未达橙色)" if letter.held else "")


def distance(letter: Letter) -> str:
    """Hours to landfall and to the first hour at orange, as one sentence."""
    told = ""
    if letter.landfall_hours is not None and letter.landfall_hours > 0:
        told = f"距首次登陆约{letter.landfall_hours:.0f}小时;"
    elif letter.landfall_hours is not None:
        told = f"台风已于{-letter.landfall_hours:.0f}小时前登陆;"
    if letter.onset_at is None:
        return told + "预报时段内本地未达橙色。"
    if letter.lead_hours is None or letter.lead_hours <= 0:
        return told + "本地已处于橙色及以上。"
    return f"{told}距本地首次达到橙色及以上约{letter.lead_hours:.0f}小时。"


def period(minutes: int) -> str:
    """``120`` -> ``2小时``.

    Examples
    --------
    >>> period(120), period(90)
    ('2小时', '90分钟')
    """
    return f"{minutes // 60}小时" if minutes % 60 == 0 else f"{minutes}分钟"


def date(instant: datetime) -> str:
    """Day in Beijing as 成文日期 is written: no leading zeros.

    Examples
    --------
    >>> from datetime import UTC
    >>> date(datetime(2021, 7, 4, 20, tzinfo=UTC))
    '2021年7月5日'
    """
    local = instant.astimezone(BEIJING)
    return f"{local.year}年{local.month}月{local.day}日"


def _without_office(issuer: str) -> str:
    """甲防汛防台抗旱指挥部办公室(演练) -> 甲防汛防台抗旱指挥部(演练): the headquarters, not its office."""
    return issuer.replace(HEADQUARTERS + OFFICE, HEADQUARTERS)


def joined_offices(offices: tuple[str, ...], common: str = HEADQUARTERS) -> str:
    """Offices of one kind name it once.

    Examples
    --------
    >>> joined_offices(("甲县防汛防台抗旱指挥部", "乙县防汛防台抗旱指挥部")), joined_offices(("甲镇", "乙镇"))
    ('甲县、乙县防汛防台抗旱指挥部', '甲镇、乙镇')
    """
    if all(office.endswith(common) for office in offices):
        return "、".join(office.removesuffix(common) for office in offices) + common
    return "、".join(offices)


def annexes_of(document: DocumentType) -> tuple[str, ...]:
    """What backs a document that shows tiers; an order carries its own words alone."""
    if not any("tier_table" in section.blocks for section in document.sections):
        return ()
    return ANNEXES if document.cap else ANNEXES[:-1]
