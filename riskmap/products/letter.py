"""风险告知函 (risk notices): drafted from the assessment alone, one per county or city at orange or red.

A draft is a function of the outlook: no number, no signature, no date of its own. Sign-off adds those.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from importlib import metadata, resources
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from riskmap.assess import Assessment, Reason
from riskmap.asset import worst_first
from riskmap.errors import DataError
from riskmap.outlook import Outlook
from riskmap.products.county_map import chosen_regions, county_map_svg
from riskmap.products.letter_fields import TIMERS, AssetRow, CountyRow, Finding, Letter, LetterMeasure
from riskmap.products.letter_text import HEADQUARTERS, letter_content
from riskmap.products.letter_words import quantity
from riskmap.products.measures import Measure, bundled_measures, fitting
from riskmap.region import Region, cities
from riskmap.scale import NO_DATA, Tier, hazard_words

if TYPE_CHECKING:
    from riskmap.products.typeset import FontSet

DEFAULT_ISSUER: Final = "防汛防台抗旱指挥部办公室(演练)"
"""No real office is named until a scenario names one."""

MAP_WIDTH: Final = 520
"""Width of the small map [px]: printed 128 mm wide, its smallest words are 7 points high."""

MOST_ASSETS: Final = 20
"""A letter names so many assets at most; the rest stand in ``assets.csv``."""

ANNEXES: Final = (
    "五色图(map.html)",
    "逐时等级与理由表(tiers.csv)",
    "评估数据与行政区边界(assessment.json)",
    "CAP 1.2 消息(cap.xml)",
)


def draft_letters(
    outlook: Outlook,
    *,
    issuer: str | None = None,
    measures: Sequence[Measure] | None = None,
    model_version: str | None = None,
) -> tuple[Letter, ...]:
    """One letter for each county at orange or red at any hour, and one for each city that has such a county.

    Parameters
    ----------
    outlook, issuer, measures, model_version
        As in ``draft_letter``.

    Returns
    -------
    tuple of Letter
        By city code: first the city's letter, then its counties'; empty if nothing reaches orange.
    """
    due = letters_due(outlook.assessment)
    return tuple(
        draft_letter(outlook, code, issuer=issuer, measures=measures, model_version=model_version)
        for code in due
    )


def letters_due(assessment: Assessment) -> tuple[str, ...]:
    """Codes that get a letter, each city before its counties."""
    worst = assessment.published_worst
    due = {r.code for r, tier in zip(assessment.regions, worst, strict=True) if tier >= Tier.ORANGE}
    found: list[str] = []
    for city, members in sorted(cities(assessment.regions).items()):
        hit = [r.code for r in members if r.code in due]
        if hit:
            found += [city, *hit]
    return tuple(found)


def draft_letter(
    outlook: Outlook,
    code: str,
    *,
    issuer: str | None = None,
    measures: Sequence[Measure] | None = None,
    model_version: str | None = None,
    supersedes: str | None = None,
) -> Letter:
    """The letter to one county or city.

    Parameters
    ----------
    outlook : Outlook
        What was found.
    code : str
        County code (6 digits) or city code (4 digits).
    issuer : str, optional
        发文机关 of the red header; ``DEFAULT_ISSUER`` where None.
    measures : sequence of Measure, optional
        The bundled ones where None; those are taken that fit the region's own reasons.
    model_version : str, optional
        The installed version of this library where None.
    supersedes : str, optional
        Digest of the letter that this one replaces.

    Raises
    ------
    DataError
        No such region, or it never reaches orange, so that no letter is due.
    """
    assessment = outlook.assessment
    regions = chosen_regions(outlook, code)
    city = len(code) <= 4 and code == regions[0].city_code
    tier = Tier(max(Tier.GREEN, *_combined(assessment, regions), *_published(assessment, regions)))
    if tier < Tier.ORANGE:
        raise DataError(
            "no letter is due", where=f"region {code}", expected="orange or red at some valid hour",
            found=tier.english, remedy="see letters_due",
        )  # fmt: skip
    findings = _findings(assessment, regions)
    coastal, surge = _surge(outlook, regions)
    pool = bundled_measures() if measures is None else measures
    chosen = fitting(pool, {f.hazard: f.tier for f in findings}, coastal=coastal)
    answer, feedback, repeat = TIMERS[tier]
    return Letter(
        **_address(outlook, regions, city=city),
        **_times(outlook, regions),
        code=code,
        issuer=issuer or DEFAULT_ISSUER,
        urgency="特急" if tier is Tier.RED else "加急",
        tier=tier,
        findings=findings,
        counties=tuple(_county(assessment, r) for r in regions) if city else (),
        unknown=_unknown(assessment, regions),
        lacking=tuple(sorted(assessment.lacking.items())),
        surge=surge,
        **_assets(assessment, regions),
        measures=tuple(LetterMeasure(n, m.text, m.source, m.status) for n, m in enumerate(chosen, 1)),
        answer_minutes=answer,
        feedback_minutes=feedback,
        repeat_minutes=repeat,
        annexes=ANNEXES,
        marks=outlook.marks,
        rain_note=outlook.rain_note[0],
        model_version=model_version or _version(),
        supersedes=supersedes,
        map_svg=county_map_svg(outlook, code, width=MAP_WIDTH),
    )


def _address(outlook: Outlook, regions: Sequence[Region], *, city: bool) -> dict[str, Any]:
    """Who is written to, about which event: a city with copies to its counties in alarm, or the reverse."""
    name = regions[0].city_name if city else regions[0].name
    due = set(letters_due(outlook.assessment))
    copies = [r.name for r in regions if r.code in due] if city else [regions[0].city_name]
    return {
        "level": "city" if city else "county",
        "name": name,
        "city_name": regions[0].city_name,
        "title": f"关于台风“{outlook.event.chinese}”影响{name}的风险告知函",
        "addressee": f"{name}{HEADQUARTERS}",
        "copies": tuple(f"{copy}{HEADQUARTERS}" for copy in copies),
        "event_number": outlook.event.number,
        "event_name": outlook.event.name,
        "event_chinese": outlook.event.chinese,
        "kind": outlook.kind,
    }


def _times(outlook: Outlook, regions: Sequence[Region]) -> dict[str, Any]:
    """Issue, validity, landfall, and when the regions stand at orange or above."""
    assessment = outlook.assessment
    periods = [p for r in regions if (p := assessment.period(r.code, Tier.ORANGE))]
    # a tier that is held from the cycles before has no hour of its own in this window
    onset = min((p[0] for p in periods), default=None)
    return {
        "issued_at": outlook.issued_at,
        "track_until": _track_until(outlook),
        "valid_from": assessment.valid_at[0],
        "valid_until": assessment.valid_at[-1],
        "landfall_at": outlook.landfall_at,
        "landfall_hours": _hours(outlook.issued_at, outlook.landfall_at),
        "trend": _trend(_combined(assessment, regions)),
        "onset_at": onset,
        "ends_at": max((p[1] for p in periods), default=None),
        "lead_hours": _hours(outlook.issued_at, onset),
    }


def letter_pdf(letter: Letter, *, fonts: FontSet | None = None) -> bytes:
    """The letter as PDF/A in the letter form of GB/T 9704-2012, watermarked 演练 · 草稿.

    Parameters
    ----------
    letter : Letter
        What to print.
    fonts : FontSet, optional
        A bureau's own fonts; the bundled free ones where None.

    Raises
    ------
    MissingExtraError
        The extra ``letters`` is not installed.
    ConfigError
        A font is missing; names it.

    References
    ----------
    GB/T 9704-2012 党政机关公文格式, 5.2 (page), 7 (elements), 10.1 (letter form).
    """
    from riskmap.products.typeset import compile_pdf

    return compile_pdf(_template(), letter_content(letter), created_at=letter.issued_at, fonts=fonts)


@lru_cache(maxsize=1)
def _template() -> str:
    file = resources.files("riskmap.products") / "templates" / "letter.typ"
    return file.read_text(encoding="utf-8")


def _version() -> str:
    try:
        return metadata.version("riskmap")
    except metadata.PackageNotFoundError:
        return "未安装版本"


def _hours(start: datetime, end: datetime | None) -> float | None:
    return None if end is None else round((end - start).total_seconds() / 3600, 2)


def _track_until(outlook: Outlook) -> datetime | None:
    """Time of the last fix that is not a forecast."""
    track = outlook.track
    if "forecast" not in track or not (~track["forecast"].values.astype(bool)).any():
        return None
    times = track["time"].values[~track["forecast"].values.astype(bool)]
    seconds = int(times.max().astype("datetime64[s]").astype(np.int64))
    return datetime.fromtimestamp(seconds, tz=outlook.issued_at.tzinfo)


def _combined(assessment: Assessment, regions: Sequence[Region]) -> list[int]:
    rows = [n for n, r in enumerate(assessment.regions) if r in regions]
    return [int(t) for t in assessment.combined[:, rows].max(axis=1)]


def _published(assessment: Assessment, regions: Sequence[Region]) -> list[int]:
    """Published tiers of regions, held ones included."""
    pairs = zip(assessment.regions, assessment.published_worst, strict=True)
    return [int(tier) for region, tier in pairs if region in regions]


def _trend(tiers: Sequence[int]) -> str:
    """How a tier goes over the window.

    Examples
    --------
    >>> [_trend(t) for t in ([0, 2, 4], [1, 4, 0], [4, 2, 1], [3, 3])]
    ['rising', 'rise_and_fall', 'falling', 'steady']
    """
    rises, falls = max(tiers) > tiers[0], max(tiers) > tiers[-1]
    return {(True, False): "rising", (True, True): "rise_and_fall", (False, True): "falling"}.get(
        (rises, falls), "steady"
    )


def _findings(assessment: Assessment, regions: Sequence[Region]) -> tuple[Finding, ...]:
    """Each hazard at its worst county and hour, worst first."""
    best: dict[str, tuple[Reason, datetime, Region]] = {}
    people: dict[str, list[float | None]] = {}
    for region in regions:
        for reason, peak in assessment.worst_reasons(region.code):
            if reason.tier > Tier.GREEN:
                people.setdefault(reason.hazard, []).append(reason.people)
            held = best.get(reason.hazard)
            if held is None or (reason.tier, reason.value) > (held[0].tier, held[0].value):
                best[reason.hazard] = (reason, peak, region)
    found = [_finding(assessment, *held, people=_sum(people.get(h, []))) for h, held in best.items()]
    return tuple(sorted(found, key=lambda finding: -finding.tier))


def _sum(people: Iterable[float | None]) -> float | None:
    known = [p for p in people if p is not None]
    return sum(known) if known else None


def _finding(
    assessment: Assessment, reason: Reason, peak: datetime, region: Region, *, people: float | None
) -> Finding:
    level = min(reason.tier, Tier.ORANGE)
    period = assessment.period(region.code, level, reason.hazard) if level > Tier.GREEN else None
    row = assessment.regions.index(region)
    tiers = assessment.table["tier"].values[assessment.hazards.index(reason.hazard), :, row]
    return Finding(
        hazard=reason.hazard,
        region=region.code,
        name=region.name,
        tier=reason.tier,
        trend=_trend([int(t) for t in tiers]),
        metric=reason.metric.chinese,
        units=reason.metric.units,
        value=round(reason.value, 3),
        maximum=round(reason.maximum, 3),
        threshold=reason.threshold,
        threshold_source=reason.metric.source,
        threshold_status=reason.metric.status,
        area_share=None if reason.area_share is None else round(reason.area_share, 4),
        asset=reason.asset.name if reason.asset else "",
        people=None if people is None else float(round(people)),
        level=level,
        starts_at=period[0] if period else None,
        peak_at=peak,
        ends_at=period[1] if period else None,
        confidence=reason.confidence,
        confidence_note=reason.confidence_note,
        complete=reason.complete,
    )


def _county(assessment: Assessment, region: Region) -> CountyRow:
    worst = assessment.worst(region.code)
    reasons = assessment.worst_reasons(region.code)
    driver = reasons[0][0] if reasons else None
    period = assessment.period(region.code, Tier.ORANGE)
    told = ""
    if driver is not None:
        words = hazard_words(driver.hazard)[0]
        told = f"{words}:{driver.metric.chinese} {quantity(driver.value, driver.metric.units)}"
    people = driver.people if driver is not None and driver.tier > Tier.GREEN else None
    return CountyRow(
        code=region.code,
        name=region.name,
        tier=worst.tier,
        hazard=driver.hazard if driver else "",
        driver=told,
        onset_at=period[0] if period else None,
        people=None if people is None else float(round(people)),
    )


def _assets(assessment: Assessment, regions: Sequence[Region]) -> dict[str, Any]:
    """The regions' assets that are not green, worst first."""
    codes = tuple(region.code for region in regions)
    mine = [
        a for a in worst_first(assessment.assets) if a.region.startswith(codes) and a.tier is not Tier.GREEN
    ]
    rows = tuple(
        AssetRow(
            asset_id=a.asset_id, name=a.name, kind=a.kind, region=a.region, hazard=a.hazard, tier=a.tier,
            words=a.reason_chinese, onset_at=a.onset, people=a.people, responsible=a.responsible,
            example=assessment.invented(a), households=a.households,
        )
        for a in mine[:MOST_ASSETS]
    )  # fmt: skip
    return {"assets": rows, "assets_more": len(mine) - len(rows)}


def _unknown(assessment: Assessment, regions: Sequence[Region]) -> tuple[str, ...]:
    """Hazards without data at some hour in some of the regions."""
    rows = [n for n, r in enumerate(assessment.regions) if r in regions]
    tiers = assessment.table["tier"].values[:, :, rows]
    hazards = enumerate(assessment.hazards)
    return tuple(h for n, h in hazards if h not in assessment.apart and (tiers[n] == NO_DATA).any())


def _surge(outlook: Outlook, regions: Sequence[Region]) -> tuple[bool | None, float | None]:
    """Whether the regions have a coast (None = not known), and their largest modelled surge [m]."""
    if outlook.surge is None:
        return None, None
    own = np.isin(outlook.surge["region"].values.astype(str), [r.code for r in regions])
    if not own.any():
        return False, None
    values = outlook.surge["storm_surge"].transpose("time", "point").values[:, own]
    return True, None if np.isnan(values).all() else round(float(np.nanmax(values)), 2)
