"""Official documents drafted from the assessment alone: 风险告知函 for each county or city at orange or red, and others.

A draft is a function of the outlook, its type and its entries: no number, no signature. Sign-off adds those.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from riskmap.assessment import Assessment
from riskmap.errors import DataError
from riskmap.outlook import Outlook
from riskmap.products.county_map import chosen_regions, county_map_svg
from riskmap.products.documents.types import DocumentType, bundled_types
from riskmap.products.letter_due import documents_due, is_due, last_of, letters_due, not_due, worst_of
from riskmap.products.letter_facts import DEFAULT_ORGAN, HEADQUARTERS, as_document
from riskmap.products.letter_fields import (
    TIMERS,
    Letter,
    LetterMeasure,
    SignOff,
)
from riskmap.products.letter_findings import (
    assets_of,
    county_row,
    findings_of,
    held_of,
    lacking_of,
    previous_of,
    trend_of,
    unknown_of,
)
from riskmap.products.letter_text import letter_content
from riskmap.products.measures import Measure, bundled_measures, fitting
from riskmap.products.official import official_pdf, official_template
from riskmap.region import Region
from riskmap.scale import Tier

if TYPE_CHECKING:
    from riskmap.products.typeset import FontSet

DEFAULT_ISSUER: Final = "防汛防台抗旱指挥部办公室(演练)"
"""No real office is named until a scenario names one."""

MAP_WIDTH: Final = 520
"""Width of the small map [px]: printed 128 mm wide, its smallest words are 7 points high."""


def draft_letters(
    outlook: Outlook,
    *,
    issuer: str | None = None,
    measures: Sequence[Measure] | None = None,
    model_version: str | None = None,
    document: DocumentType | None = None,
    organ: str | None = None,
) -> tuple[Letter, ...]:
    """One letter for each county for which its type is due, and one for each city that has such a county.

    Parameters
    ----------
    outlook, issuer, measures, model_version, document, organ
        As in ``draft_letter``.

    Returns
    -------
    tuple of Letter
        By city code: first the city's letter, then its counties'; empty if none is due.
    """
    kind = document or bundled_types()["risk_notice"]
    return tuple(
        draft_letter(
            outlook,
            code,
            issuer=issuer,
            measures=measures,
            model_version=model_version,
            document=kind,
            organ=organ,
        )
        for code in documents_due(outlook.assessment, kind)
    )


def draft_letter(
    outlook: Outlook,
    code: str,
    *,
    issuer: str | None = None,
    measures: Sequence[Measure] | None = None,
    model_version: str | None = None,
    supersedes: str | None = None,
    document: DocumentType | None = None,
    entries: Mapping[str, str] | None = None,
    organ: str | None = None,
    with_map: bool = True,
) -> Letter:
    """One document to one county or city.

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
    document : DocumentType, optional
        风险告知函 where None; see ``documents.types.bundled_types``.
    entries : mapping, optional
        What the assessment cannot know, by the type's entries: place and manner of a transfer, the problem of a
        supervision order. What is not given stays a blank, and a required one stops the sign-off.
    organ : str, optional
        机关代字 of the number.
    with_map : bool
        False leaves the map out: an outline that cannot be drawn must not keep a letter back.

    Raises
    ------
    DataError
        No such region, an entry that the type does not have, or no document of this type is due: below its tier, or,
        for one that ends something, not over or not known to be over.

    Examples
    --------
    A letter on 40 mm of rain an hour over Putuo.

    >>> import numpy as np
    >>> import riskmap as rm
    >>> import xarray as xr
    >>> from riskmap.outlook import Event, Outlook
    >>> from riskmap.track import no_track
    >>> hours = np.datetime64("2021-07-25T00", "ns") + np.arange(6) * np.timedelta64(1, "h")
    >>> grid = rm.Grid.from_bounds(west=122, south=29.8, east=122.6, north=30.2, step=0.1)
    >>> rain = xr.DataArray(40.0, {"time": hours, **grid.coordinates}, ("time", "y", "x"), attrs={"units": "mm"})
    >>> found = rm.assess(rm.rain_sums(rain))
    >>> outlook = Outlook("forecast", Event("2106", "In-Fa", "烟花"), found, no_track())
    >>> letter = draft_letter(outlook, "330903", with_map=False)
    >>> letter.title, letter.urgency, letter.feedback_minutes
    ('关于台风“烟花”影响普陀区的风险告知函', '特急', 30)
    """
    assessment = outlook.assessment
    kind = document or bundled_types()["risk_notice"]
    regions = chosen_regions(outlook, code)
    city = len(code) <= 4 and code == regions[0].city_code
    if not is_due(assessment, regions, kind):
        raise not_due(assessment, regions, kind, code)
    tier = last_of(assessment, regions) if kind.due == "over" else worst_of(assessment, regions)
    findings = findings_of(assessment, regions)
    coastal, surge = _surge(outlook, regions)
    pool = bundled_measures() if measures is None else measures
    chosen = fitting(pool, {f.hazard: f.tier for f in findings}, coastal=coastal)
    answer, feedback, repeat = TIMERS.get(
        tier or Tier.ORANGE, TIMERS[Tier.BLUE]
    )  # unknown is as urgent as orange
    needs_map = with_map and any("map" in section.blocks for section in kind.sections)
    letter = Letter(
        **_address(outlook, regions, city=city),
        **_times(outlook, regions),
        code=code,
        issuer=issuer or DEFAULT_ISSUER,
        urgency=_urgency(tier, kind),
        tier=tier,
        findings=findings,
        counties=tuple(county_row(assessment, r) for r in regions) if city else (),
        unknown=unknown_of(assessment, regions),
        lacking=lacking_of(assessment, coastal=coastal),
        surge=surge,
        **assets_of(assessment, regions),
        measures=tuple(LetterMeasure(n, m.text, m.source, m.status) for n, m in enumerate(chosen, 1)),
        answer_minutes=answer,
        feedback_minutes=feedback,
        repeat_minutes=repeat,
        annexes=(),  # those of the type
        marks=outlook.marks,
        rain_note=outlook.rain_note[0],
        model_version=model_version or _version(),
        supersedes=supersedes,
        exercise=outlook.exercise,
        coastal=coastal,
        previous=previous_of(assessment, regions),
        held=held_of(assessment, regions),
        map_svg=county_map_svg(outlook, code, width=MAP_WIDTH) if needs_map else "",
    )
    return as_document(letter, kind, entries=entries, organ=organ or DEFAULT_ORGAN)


def _address(outlook: Outlook, regions: Sequence[Region], *, city: bool) -> dict[str, Any]:
    """Who is written to, about which event: a city with copies to its counties in alarm, or the reverse."""
    name = regions[0].city_name if city else regions[0].name
    copies = [regions[0].city_name]
    if city:
        due = set(letters_due(outlook.assessment))
        copies = [r.name for r in regions if r.code in due]
    return {
        "level": "city" if city else "county",
        "name": name,
        "city_name": regions[0].city_name,
        "title": "",
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
    onset = min((p[0] for p in periods), default=None)
    return {
        "issued_at": outlook.issued_at,
        "track_until": track_until(outlook),
        "valid_from": assessment.valid_at[0],
        "valid_until": assessment.valid_at[-1],
        "landfall_at": outlook.landfall_at,
        "landfall_hours": _hours(outlook.issued_at, outlook.landfall_at),
        "trend": trend_of(_combined(assessment, regions)),
        "onset_at": onset,
        "ends_at": max((p[1] for p in periods), default=None),
        "lead_hours": _hours(outlook.issued_at, onset),
    }


def letter_pdf(letter: Letter, *, fonts: FontSet | None = None, sign_off: SignOff | None = None) -> bytes:
    """The document as PDF/A in the form of its type, watermarked 草稿 until signed, and 演练 in an exercise.

    Parameters
    ----------
    letter : Letter
        What to print.
    fonts : FontSet, optional
        A bureau's own fonts; the bundled free ones where None.
    sign_off : SignOff, optional
        Number, signer and time; None for a draft.

    Raises
    ------
    MissingExtraError
        The extra ``letters`` is not installed.
    ConfigError
        A font is missing, or a bureau's own template does not compile; names it.

    References
    ----------
    GB/T 9704-2012 党政机关公文格式, 5.2 (page), 7 (elements), 10.1 (letter form).

    Examples
    --------
    >>> import numpy as np
    >>> import riskmap as rm
    >>> import xarray as xr
    >>> from riskmap.outlook import Event, Outlook
    >>> from riskmap.track import no_track
    >>> hours = np.datetime64("2021-07-25T00", "ns") + np.arange(6) * np.timedelta64(1, "h")
    >>> grid = rm.Grid.from_bounds(west=122, south=29.8, east=122.6, north=30.2, step=0.1)
    >>> rain = xr.DataArray(40.0, {"time": hours, **grid.coordinates}, ("time", "y", "x"), attrs={"units": "mm"})
    >>> found = rm.assess(rm.rain_sums(rain))
    >>> outlook = Outlook("forecast", Event("2106", "In-Fa", "烟花"), found, no_track())
    >>> letter = draft_letter(outlook, "330903", model_version="1.0", with_map=False)
    >>> pdf = letter_pdf(letter)
    >>> pdf[:8], pdf == letter_pdf(letter)  # the same letter gives the same bytes
    (b'%PDF-1.7', True)

    .. image:: /images/letter.png
       :alt: Three pages of a drafted risk notice
    """
    content = letter_content(letter, sign_off)
    created_at = sign_off.signed_at if sign_off else letter.issued_at
    return official_pdf(content, created_at=created_at, fonts=fonts, template=letter.document.template or "")


def letter_rare(letter: Letter, *, fonts: FontSet | None = None, sign_off: SignOff | None = None) -> str:
    """Which characters of which words stand as 〓 on the letter's PDF, since no font has them; empty for none.

    Raises
    ------
    MissingExtraError
        The extra ``letters`` is not installed.
    """
    from riskmap.products.typeset import rare_in

    return rare_in(letter_content(letter, sign_off), fonts)


def lacking_glyphs(rare: str, where: str) -> DataError:
    """What to say of a letter on which characters stand as 〓."""
    return DataError(
        "no font has a character, 〓 stands for it 生僻字缺字形", where=where, expected="fonts with every character",
        found=rare, remedy="write it by hand, or name a folder of fonts that have it ([products] fonts, --fonts)",
    )  # fmt: skip


def template_of(document: DocumentType) -> str:
    """Typst source of a type: a bureau's own, or page, head of the form and body."""
    return document.template or official_template(document.form)


@cache
def _version() -> str:
    try:
        return metadata.version("riskmap")
    except metadata.PackageNotFoundError:
        return "未安装版本"


def _urgency(tier: Tier | None, document: DocumentType) -> str:
    """特急 at red, 加急 from yellow and where nothing is known; below that 平急 in a 明电, and none elsewhere."""
    if tier is Tier.RED:
        return "特急"
    if tier is None or tier >= Tier.YELLOW:
        return "加急"
    return "平急" if document.form == "telegram" else ""


def _hours(start: datetime, end: datetime | None) -> float | None:
    return None if end is None else round((end - start).total_seconds() / 3600, 2)


def track_until(outlook: Outlook) -> datetime | None:
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


def _surge(outlook: Outlook, regions: Sequence[Region]) -> tuple[bool | None, float | None]:
    """Whether the regions have a coast (None = not known), and their largest modelled surge [m]."""
    if outlook.surge is None:
        return None, None
    own = np.isin(outlook.surge["region"].values.astype(str), [r.code for r in regions])
    if not own.any():
        return False, None
    values = outlook.surge["storm_surge"].transpose("time", "point").values[:, own]
    return True, None if np.isnan(values).all() else round(float(np.nanmax(values)), 2)
