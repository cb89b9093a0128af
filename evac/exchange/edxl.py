"""EDXL: the same records in a Distribution Element 1.0 (OASIS Standard, 2006).

EDXL-TEC, Tracking of Emergency Clients, is where persons would be. It never became a standard: its Client Registry Exchange 1.0
ended as a Committee Specification Draft for public review (13 June 2014), built on PFIF 1.4. So the envelope is the standard
one of EDXL, and the content is PFIF 1.4, which both sides of that draft can read.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from xml.etree import ElementTree

from evac.exchange.pfif import pfif_tree, stamp
from evac.exchange.told import Policy, Told

EDXL: Final = "urn:oasis:names:tc:emergency:EDXL:DE:1.0"


def edxl_xml(records: Sequence[Told], policy: Policy, *, now: datetime, number: str, exercise: bool) -> bytes:
    """An EDXL-DE 1.0 message whose one content object is a PFIF 1.4 document.

    Parameters
    ----------
    number : str
        Of the message; with the domain it is unique.
    exercise : bool
        A drill: its status is Exercise, never Actual.

    Examples
    --------
    >>> from datetime import UTC
    >>> from evac import edxl_xml
    >>> noon, policy = datetime(2021, 7, 25, 4, tzinfo=UTC), Policy("ema.example.gov.cn", "定海区防指", "定海区防指")
    >>> message = ElementTree.fromstring(edxl_xml([], policy, now=noon, number="7", exercise=True))
    >>> [message.findtext(f"{{{EDXL}}}{name}") for name in ("distributionID", "distributionStatus", "dateTimeSent")]
    ['ema.example.gov.cn.7', 'Exercise', '2021-07-25T04:00:00-00:00']
    """
    ElementTree.register_namespace("", EDXL)
    root = ElementTree.Element(f"{{{EDXL}}}EDXLDistribution")
    confidential = "Sensitive personal information"
    for name, value in (
        ("distributionID", f"{policy.domain}.{number}"),
        ("senderID", f"registry@{policy.domain}"),
        ("dateTimeSent", stamp(now).replace("Z", "-00:00")),
        ("distributionStatus", "Exercise" if exercise else "Actual"),
        ("distributionType", "Report"),
        ("combinedConfidentiality", confidential),
    ):
        ElementTree.SubElement(root, f"{{{EDXL}}}{name}").text = value
    content = ElementTree.SubElement(root, f"{{{EDXL}}}contentObject")
    ElementTree.SubElement(content, f"{{{EDXL}}}contentDescription").text = "PFIF 1.4 person and note records"
    ElementTree.SubElement(content, f"{{{EDXL}}}confidentiality").text = confidential
    held = ElementTree.SubElement(
        ElementTree.SubElement(content, f"{{{EDXL}}}xmlContent"), f"{{{EDXL}}}embeddedXMLContent"
    )
    held.append(pfif_tree(records, policy, now=now))
    written: bytes = ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written
