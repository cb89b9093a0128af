"""Common Alerting Protocol 1.2 messages of the outlook, restricted and marked as exercise by default.

Severity: red Extreme, orange Severe, yellow Moderate, blue Minor (own proposal, status D). A message advises and
never orders: evacuation is ordered by a government, so ``Evacuate`` is not among the response types.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree

import shapely

from riskmap.assess import Assessment, Reason
from riskmap.errors import DataError, MissingExtraError
from riskmap.outlook import BEIJING, Outlook
from riskmap.products.cap_area import cap_polygons
from riskmap.products.county_map import chosen_regions
from riskmap.products.letter_words import day_hour, full_width, quantity
from riskmap.region import Region
from riskmap.scale import DISCLAIMER, Tier, hazard_words

if TYPE_CHECKING:
    from lxml import etree

NAMESPACE: Final = "urn:oasis:names:tc:emergency:cap:1.2"
DEFAULT_DEPARTMENT: Final = "000"
"""Department code of the identifier; 416 is the meteorological service's and never ours."""

DEFAULT_RESTRICTION: Final = "仅限防汛防台抗旱指挥机构内部使用 / flood control headquarters only"
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
_STATUSES: Final = ("Actual", "Exercise", "System", "Test", "Draft")
_SCOPES: Final = ("Public", "Restricted", "Private")


def cap_identifier(
    region: str,
    sent: datetime,
    *,
    department: str = DEFAULT_DEPARTMENT,
    unit: str = "000",
    extension: str = "00",
    number: int = 0,
) -> str:
    """Identifier ``ZZZZZZDDDUUUXX_YYYYMMDDhhmmss_N`` of China's emergency warnings.

    Parameters
    ----------
    region : str
        ZZZZZZ: 6-digit code of the issuing unit's region; a city's 4 digits are filled up with 00.
    sent : datetime
        Time of issue with time zone; written in Beijing time.
    department, unit, extension : str
        DDD, UUU, XX: digits.
    number : int
        N: 0 to 9, tells apart messages of one second.

    Raises
    ------
    DataError
        A part is not of the form, or the time has no time zone.

    References
    ----------
    GB/T 35965.1, identifier of 31 characters.

    Examples
    --------
    >>> from datetime import UTC
    >>> cap_identifier("330902", datetime(2021, 7, 24, 4, 30, tzinfo=UTC))
    '33090200000000_20210724123000_0'
    """
    code = region + "00" if len(region) == 4 else region
    parts = (
        ("region", code, 6),
        ("department", department, 3),
        ("unit", unit, 3),
        ("extension", extension, 2),
    )
    for name, part, length in parts:
        if not re.fullmatch(rf"[0-9]{{{length}}}", part):
            raise _wrong(f"identifier, {name}", f"{length} digits", repr(part))
    if not 0 <= number <= 9:
        raise _wrong("identifier, number", "0 to 9", str(number))
    _aware(sent, "identifier, sent")
    stamp = sent.astimezone(BEIJING).strftime("%Y%m%d%H%M%S")
    return f"{code}{department}{unit}{extension}_{stamp}_{number}"


def cap_alert(
    outlook: Outlook,
    region: str,
    *,
    identifier: str,
    sent: datetime,
    sender: str,
    status: str = "Exercise",
    scope: str = "Restricted",
    restriction: str = DEFAULT_RESTRICTION,
    sender_name: str = "",
) -> bytes:
    """A CAP 1.2 alert for one county or city, in Chinese and English.

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
        CAP's words; ``Actual`` only by sign-off.
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
    """
    _check(identifier, sent, sender, status, scope, restriction)
    regions = chosen_regions(outlook, region)
    reasons = _reasons(outlook.assessment, regions)
    if not reasons:
        raise DataError(
            "nothing to tell", where=f"region {region}", expected="blue or above at some valid hour",
            found="green or no data", remedy="send no alert",
        )  # fmt: skip
    ElementTree.register_namespace("", NAMESPACE)
    alert = ElementTree.Element(_tag("alert"))
    _put(alert, "identifier", identifier)
    _put(alert, "sender", sender)
    _put(alert, "sent", _stamp(sent))
    _put(alert, "status", status)
    _put(alert, "msgType", "Alert")
    _put(alert, "source", "riskmap")
    _put(alert, "scope", scope)
    if scope == "Restricted":
        _put(alert, "restriction", restriction)
    marks = "; ".join(f"{chinese} / {english}" for chinese, english in outlook.marks)
    _put(alert, "note", " | ".join(filter(None, (*DISCLAIMER, marks))))
    for chinese in (True, False):
        _info(alert, outlook, regions, reasons, sender_name, chinese=chinese)
    body: bytes = ElementTree.tostring(alert, encoding="utf-8", xml_declaration=False)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body + b"\n"


def validate_cap(xml: bytes) -> None:
    """Check a message against the OASIS schema, which comes with the library; nothing is fetched.

    Raises
    ------
    DataError
        Not well-formed, or not valid; names line and element.
    MissingExtraError
        The extra ``letters`` is not installed.
    """
    try:
        from lxml import etree
    except ImportError as error:
        raise MissingExtraError(
            "lxml is not installed",
            where="validate_cap",
            expected="the extra `letters`",
            remedy="pip install 'riskmap[letters]'",
        ) from error
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        document = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise _wrong("CAP message", "well-formed XML", str(error)) from error
    schema = _schema()
    if not schema.validate(document):
        first: Any = schema.error_log[0]
        raise _wrong(f"CAP message, line {first.line}", "CAP 1.2 of OASIS", first.message)


@lru_cache(maxsize=1)
def _schema() -> etree.XMLSchema:
    from lxml import etree

    file = resources.files("riskmap.products") / "schemas" / "CAP-v1.2.xsd"
    return etree.XMLSchema(etree.fromstring(file.read_bytes()))


def _info(
    alert: ElementTree.Element,
    outlook: Outlook,
    regions: Sequence[Region],
    reasons: Sequence[tuple[Reason, datetime, Region]],
    sender_name: str,
    *,
    chinese: bool,
) -> None:
    worst = reasons[0][0]
    onset, ends = _period(outlook.assessment, regions, worst.tier)
    info = ElementTree.SubElement(alert, _tag("info"))
    _put(info, "language", "zh-CN" if chinese else "en-US")
    _put(info, "category", "Met")
    _put(info, "event", "台风风险研判" if chinese else "Typhoon risk analysis")
    for response in _RESPONSES[worst.tier]:
        _put(info, "responseType", response)
    _put(info, "urgency", _urgency(outlook.issued_at, onset, ends))
    _put(info, "severity", SEVERITY[worst.tier])
    _put(info, "certainty", _CERTAINTY.get(worst.confidence, "Unknown"))
    _put(info, "effective", _stamp(outlook.issued_at))
    _put(info, "onset", _stamp(onset))
    _put(info, "expires", _stamp(outlook.assessment.valid_at[-1]))
    if sender_name:
        _put(info, "senderName", sender_name)
    headline, description = _told(outlook, regions, reasons, chinese=chinese)
    _put(info, "headline", headline)
    _put(info, "description", description)
    _put(
        info,
        "instruction",
        "按本级预案核对准备工作;人员转移由有权机关依法决定。"
        if chinese
        else "Check preparations against the local plan; evacuation is ordered by the competent authority only.",
    )
    for name, value in _parameters(outlook, reasons):
        parameter = ElementTree.SubElement(info, _tag("parameter"))
        _put(parameter, "valueName", name)
        _put(parameter, "value", value)
    for region in regions:
        area = ElementTree.SubElement(info, _tag("area"))
        _put(
            area,
            "areaDesc",
            f"{region.city_name}{region.name}" if chinese else f"{region.name} ({region.code})",
        )
        for polygon in cap_polygons(shapely.to_wkb(region.geometry)):
            _put(area, "polygon", polygon)
        geocode = ElementTree.SubElement(area, _tag("geocode"))
        _put(geocode, "valueName", "adcode")
        _put(geocode, "value", region.code)


def _told(
    outlook: Outlook,
    regions: Sequence[Region],
    reasons: Sequence[tuple[Reason, datetime, Region]],
    *,
    chinese: bool,
) -> tuple[str, str]:
    """Headline and description."""
    worst = reasons[0][0]
    place = regions[0].name if len(regions) == 1 else regions[0].city_name
    marks = (
        "、".join(mark[0] for mark in outlook.marks) if chinese else ", ".join(m[1] for m in outlook.marks)
    )
    lines = []
    for reason, peak, region in reasons:
        metric = reason.metric
        if chinese:
            bound = "" if reason.threshold is None else f",阈值 {quantity(reason.threshold, metric.units)}"
            lines.append(
                f"{_words(reason.hazard, 0)}{reason.tier.chinese}色({region.name}):{metric.chinese} "
                f"{quantity(reason.value, metric.units)}{bound},峰值{day_hour(peak)}(北京时间)"
            )
        else:
            bound = "" if reason.threshold is None else f", threshold {reason.threshold:g} {metric.units}"
            lines.append(
                f"{_words(reason.hazard, 1)} {reason.tier.english} ({region.code}): {metric.english} "
                f"{reason.value:.1f} {metric.units}{bound}, peak {_stamp(peak)}"
            )
    if chinese:
        head = f"{place}台风“{outlook.event.chinese}”综合风险{worst.tier.chinese}色({worst.tier.risk_words})"
        return full_width(head), full_width("。".join((*lines, marks, DISCLAIMER[0])) + "。")
    head = f"Typhoon {outlook.event.name}: combined risk {worst.tier.english} for {regions[0].city_code if len(regions) > 1 else regions[0].code}"
    return head, ". ".join((*lines, marks, outlook.rain_note[1], DISCLAIMER[1])) + "."


def _parameters(
    outlook: Outlook, reasons: Sequence[tuple[Reason, datetime, Region]]
) -> Iterator[tuple[str, str]]:
    """Driver, value, threshold and source of each hazard, machine-readable."""
    yield "tier", str(int(reasons[0][0].tier))
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
        yield f"{prefix}.peak", _stamp(peak)
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


def _period(assessment: Assessment, regions: Sequence[Region], tier: Tier) -> tuple[datetime, datetime]:
    """First and last valid hour at or above a tier in any of the regions."""
    periods = [p for r in regions if (p := assessment.period(r.code, tier))]
    return min(p[0] for p in periods), max(p[1] for p in periods)


def _urgency(issued_at: datetime, onset: datetime, ends: datetime) -> str:
    """CAP: Immediate = act now, Expected = within the next hour, Future = later."""
    if ends < issued_at:
        return "Past"
    if onset <= issued_at:
        return "Immediate"
    return "Expected" if onset - issued_at <= timedelta(hours=1) else "Future"


def _check(identifier: str, sent: datetime, sender: str, status: str, scope: str, restriction: str) -> None:
    for name, text in (("identifier", identifier), ("sender", sender)):
        if not text or re.search(r"[\s,<&]", text):
            raise _wrong(name, "no blanks, commas, < and &", repr(text))
    if status not in _STATUSES:
        raise _wrong("status", " | ".join(_STATUSES), repr(status))
    if scope not in _SCOPES:
        raise _wrong("scope", " | ".join(_SCOPES), repr(scope))
    if scope == "Restricted" and not restriction.strip():
        raise _wrong("restriction", "who may read it, with scope Restricted", "nothing")
    _aware(sent, "sent")


def _aware(instant: datetime, where: str) -> None:
    if instant.tzinfo is None:
        raise _wrong(where, "a time with time zone", instant.isoformat())


def _wrong(where: str, expected: str, found: str) -> DataError:
    return DataError("not as CAP wants it", where=where, expected=expected, found=found, remedy="correct it")


def _stamp(instant: datetime) -> str:
    """Beijing time as CAP wants it: no fraction, offset with a colon."""
    return instant.astimezone(BEIJING).isoformat(timespec="seconds")


def _words(hazard: str, language: int) -> str:
    return hazard_words(hazard)[language]


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _put(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, _tag(name)).text = text
