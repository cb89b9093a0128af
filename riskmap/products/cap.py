"""Common Alerting Protocol 1.2 messages of the outlook, restricted and marked as exercise or draft.

Severity: red Extreme, orange Severe, yellow Moderate, blue Minor (own proposal, status D). A message advises and
never orders: evacuation is ordered by a government, so ``Evacuate`` is not among the response types.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from riskmap.assessment import Assessment, Reason
from riskmap.errors import DataError
from riskmap.outlook import Outlook
from riskmap.products.cap_area import polygons_of
from riskmap.products.cap_envelope import (
    DEFAULT_RESTRICTION,
    CapReference,
    Envelope,
    message_xml,
    stamp,
    tag,
    wrong,
)
from riskmap.products.county_map import chosen_regions
from riskmap.products.held import held_of
from riskmap.products.letter_words import day_hour, full_width, quantity
from riskmap.region import Region
from riskmap.scale import DISCLAIMER, Tier, hazard_words

SEVERITY: Final = MappingProxyType(
    {Tier.RED: "Extreme", Tier.ORANGE: "Severe", Tier.YELLOW: "Moderate", Tier.BLUE: "Minor"}
)
_RESPONSES: Final = {
    Tier.RED: ("Prepare", "Avoid"),
    Tier.ORANGE: ("Prepare", "Avoid"),
    Tier.YELLOW: ("Prepare", "Monitor"),
    Tier.BLUE: ("Monitor",),
}
_CERTAINTY: Final = {"high": "Likely", "medium": "Likely", "low": "Possible"}
_INSTRUCTION: Final = {
    True: "按本级预案核对准备工作;人员转移由有权机关依法决定。",
    False: "Check preparations against the local plan; evacuation is ordered by the competent authority only.",
}


def cap_alert(
    outlook: Outlook,
    region: str,
    *,
    identifier: str,
    sent: datetime,
    sender: str,
    status: str | None = None,
    message: str = "Alert",
    references: Sequence[CapReference] = (),
    scope: str = "Restricted",
    restriction: str = DEFAULT_RESTRICTION,
    sender_name: str = "",
) -> bytes:
    """A CAP 1.2 message for one county or city, in Chinese and English.

    Parameters
    ----------
    outlook : Outlook
        What was found.
    region : str
        County code (6 digits) or city code (4 digits).
    identifier : str
        See ``cap_identifier``.
    sent : datetime
        Time of issue, with time zone.
    sender : str
        Globally unique name of the sender, without blanks, commas, ``<`` and ``&``.
    status, scope : str
        CAP's words. Status is Exercise for a replay or simulated forecast and Draft otherwise; ``Actual`` only by
        sign-off (``cap_envelope.reissued``).
    message : str
        Alert, or Update of the messages in ``references``.
    restriction : str
        Needed with scope ``Restricted``.
    sender_name : str
        For people.

    Returns
    -------
    bytes
        XML in UTF-8.

    Raises
    ------
    DataError
        The region is never at blue or above (a grey region has no severity), or an argument breaks CAP's rules.

    References
    ----------
    OASIS, Common Alerting Protocol Version 1.2, 2010, section 3.2.

    Examples
    --------
    A draft on 40 mm of rain an hour over Putuo.

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
    >>> message = cap_alert(outlook, "330903", identifier="33090300000000_20210725080000_0", sent=found.issued_at,
    ...                     sender="riskmap@exercise.invalid").decode()
    >>> [word for word in ("Draft", "Restricted", "Extreme", "Evacuate") if f">{word}<" in message]
    ['Draft', 'Restricted', 'Extreme']
    """
    if status == "Actual" or (outlook.exercise and status not in (None, "Exercise", "Test")):
        allowed = (
            "Exercise | Test" if outlook.exercise else "Draft, Exercise or Test; Actual by sign-off alone"
        )
        raise wrong("status", allowed, repr(status))
    marks = "; ".join(f"{chinese} / {english}" for chinese, english in outlook.marks)
    envelope = Envelope(
        identifier, sent, sender, status or ("Exercise" if outlook.exercise else "Draft"),
        message=message, scope=scope, restriction=restriction, references=tuple(references),
        note=" | ".join(filter(None, (*DISCLAIMER, marks))),
    )  # fmt: skip
    regions = chosen_regions(outlook, region)
    reasons = _reasons(outlook.assessment, regions)
    tier = _published(outlook.assessment, regions, reasons)
    if tier < Tier.BLUE:
        raise DataError(
            "nothing to tell", where=f"region {region}", expected="blue or above at some valid hour",
            found="green or no data", remedy="send no alert",
        )  # fmt: skip
    # the same in both languages, and half of the message
    parameters = "".join(
        f"<parameter>{tag('valueName', name)}{tag('value', value)}</parameter>"
        for name, value in _parameters(outlook, regions, reasons, tier)
    )
    return message_xml(
        envelope,
        [
            _info(outlook, regions, reasons, tier, sender_name, parameters, chinese=chinese)
            for chinese in (True, False)
        ],
    )


def _info(
    outlook: Outlook,
    regions: Sequence[Region],
    reasons: Sequence[tuple[Reason, datetime, Region]],
    tier: Tier,
    sender_name: str,
    parameters: str,
    *,
    chinese: bool,
) -> str:
    onset, ends = _period(outlook.assessment, regions, tier)
    headline, description = _told(outlook, regions, reasons, tier, chinese=chinese)
    confidence = reasons[0][0].confidence if reasons else ""
    parts = [
        tag("language", "zh-CN" if chinese else "en-US"),
        tag("category", "Met"),
        tag("event", "台风风险研判" if chinese else "Typhoon risk analysis"),
        *(tag("responseType", response) for response in _RESPONSES[tier]),
        tag("urgency", _urgency(outlook.issued_at, onset, ends)),
        tag("severity", SEVERITY[tier]),
        tag("certainty", _CERTAINTY.get(confidence, "Unknown")),
        tag("effective", stamp(outlook.issued_at)),
        tag("onset", stamp(onset)),
        tag("expires", stamp(outlook.assessment.valid_at[-1])),
        tag("senderName", sender_name) if sender_name else "",
        tag("headline", headline),
        tag("description", description),
        tag("instruction", _INSTRUCTION[chinese]),
        parameters,
        *(_area(region, chinese=chinese) for region in regions),
    ]
    return f"<info>{''.join(parts)}</info>"


def _area(region: Region, *, chinese: bool) -> str:
    words = f"{region.city_name}{region.name}" if chinese else f"{region.name} ({region.code})"
    code = f"<geocode>{tag('valueName', 'adcode')}{tag('value', region.code)}</geocode>"
    return f"<area>{tag('areaDesc', words)}{polygons_of(region)}{code}</area>"


def _told(
    outlook: Outlook,
    regions: Sequence[Region],
    reasons: Sequence[tuple[Reason, datetime, Region]],
    tier: Tier,
    *,
    chinese: bool,
) -> tuple[str, str]:
    """Headline and description."""
    place = regions[0].name if len(regions) == 1 else regions[0].city_name
    marks = (
        "、".join(mark[0] for mark in outlook.marks) if chinese else ", ".join(m[1] for m in outlook.marks)
    )
    held = [(r.name, held_of(outlook.assessment, r.code)) for r in regions]
    lines = [f"{name}{words[0]}" if chinese else f"{name}: {words[1]}" for name, words in held if words]
    for reason, peak, region in reasons:
        metric = reason.metric
        if chinese:
            bound = "" if reason.threshold is None else f",阈值 {quantity(reason.threshold, metric.units)}"
            lines.append(
                f"{hazard_words(reason.hazard)[0]}{reason.tier.chinese}色({region.name}):{metric.chinese} "
                f"{quantity(reason.value, metric.units)}{bound},峰值{day_hour(peak)}(北京时间)"
            )
        else:
            bound = "" if reason.threshold is None else f", threshold {reason.threshold:g} {metric.units}"
            lines.append(
                f"{hazard_words(reason.hazard)[1]} {reason.tier.english} ({region.code}): {metric.english} "
                f"{reason.value:.1f} {metric.units}{bound}, peak {stamp(peak)}"
            )
    if chinese:
        head = f"{place}台风“{outlook.event.chinese}”综合风险{tier.chinese}色({tier.risk_words})"
        return full_width(head), full_width("。".join((*lines, marks, DISCLAIMER[0])) + "。")
    head = f"Typhoon {outlook.event.name}: combined risk {tier.english} for {regions[0].city_code if len(regions) > 1 else regions[0].code}"
    return head, ". ".join((*lines, marks, outlook.rain_note[1], DISCLAIMER[1])) + "."


def _parameters(
    outlook: Outlook,
    regions: Sequence[Region],
    reasons: Sequence[tuple[Reason, datetime, Region]],
    tier: Tier,
) -> Iterator[tuple[str, str]]:
    """Published and computed tier; driver, value, threshold and source of each hazard, machine-readable."""
    yield "tier", str(int(tier))
    worst = outlook.assessment.window_worst
    yield "computedTier", str(max(int(worst[outlook.assessment.regions.index(r)]) for r in regions))
    if reasons:
        yield "driver", reasons[0][0].hazard
    for reason, peak, region in reasons:
        prefix, metric = reason.hazard, reason.metric
        yield f"{prefix}.tier", str(int(reason.tier))
        yield f"{prefix}.region", region.code
        yield f"{prefix}.metric", metric.variable
        yield f"{prefix}.value", f"{reason.value:.6g} {metric.units}"
        if reason.threshold is not None:
            yield f"{prefix}.threshold", f"{reason.threshold:.6g} {metric.units}"
        yield f"{prefix}.thresholdSource", f"{metric.source} [{metric.status}]"
        if reason.area_share is not None:
            yield f"{prefix}.areaShare", f"{reason.area_share:.4f}"
        if reason.asset is not None:
            yield f"{prefix}.asset", reason.asset.name
        if reason.people is not None:
            yield f"{prefix}.peopleModelled", f"{reason.people:.0f}"
        yield f"{prefix}.peak", stamp(peak)
        yield f"{prefix}.confidence", reason.confidence
    for hazard, why in sorted(outlook.assessment.lacking.items()):
        yield "notAssessed", f"{hazard}: {why}"
    yield "disclaimer", DISCLAIMER[0]


def _reasons(assessment: Assessment, regions: Sequence[Region]) -> list[tuple[Reason, datetime, Region]]:
    """Each hazard at blue or above, at its worst region and hour; worst first."""
    best: dict[str, tuple[Reason, datetime, Region]] = {}
    for region in regions:
        for reason, peak in assessment.worst_reasons(region.code):
            held = best.get(reason.hazard)
            better = held is None or (reason.tier, reason.value) > (held[0].tier, held[0].value)
            if reason.tier > Tier.GREEN and better:
                best[reason.hazard] = (reason, peak, region)
    return sorted(best.values(), key=lambda found: -found[0].tier)


def _published(
    assessment: Assessment, regions: Sequence[Region], reasons: Sequence[tuple[Reason, datetime, Region]]
) -> Tier:
    """The worst published tier, held ones included; green where there is none."""
    rows = [assessment.regions.index(region) for region in regions]
    return Tier(
        max(0, *(int(assessment.published_worst[row]) for row in rows), *(int(r.tier) for r, _, _ in reasons))
    )


def _period(assessment: Assessment, regions: Sequence[Region], tier: Tier) -> tuple[datetime, datetime]:
    """First and last valid hour at or above a tier in any of the regions; the whole window where it is only held."""
    periods = [p for r in regions if (p := assessment.period(r.code, tier))]
    if not periods:
        return assessment.valid_at[0], assessment.valid_at[-1]
    return min(p[0] for p in periods), max(p[1] for p in periods)


def _urgency(issued_at: datetime, onset: datetime, ends: datetime) -> str:
    """CAP: Immediate = act now, Expected = within the next hour, Future = later."""
    if ends < issued_at:
        return "Past"
    if onset <= issued_at:
        return "Immediate"
    return "Expected" if onset - issued_at <= timedelta(hours=1) else "Future"
