"""The envelope of a CAP 1.2 message: header, references, status rules, and the schema of OASIS."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree

from riskmap.errors import DataError, MissingExtraError
from riskmap.outlook import BEIJING
from riskmap.products.letter_words import xml_text
from riskmap.scale import DISCLAIMER

if TYPE_CHECKING:
    from lxml import etree

NAMESPACE: Final = "urn:oasis:names:tc:emergency:cap:1.2"
DEFAULT_DEPARTMENT: Final = "000"
"""Department code of the identifier; 416 is the meteorological service's and never ours."""

DEFAULT_RESTRICTION: Final = "仅限防汛防台抗旱指挥机构内部使用 / flood control headquarters only"
STATUSES: Final = ("Actual", "Exercise", "System", "Test", "Draft")
MESSAGES: Final = ("Alert", "Update", "Cancel")
_SCOPES: Final = ("Public", "Restricted", "Private")


@dataclass(frozen=True)
class CapReference:
    """An earlier message, as a later one names it.

    Examples
    --------
    >>> from datetime import UTC
    >>> CapReference("a@b", "33090200000000_20210724123000_0", datetime(2021, 7, 24, 4, 30, tzinfo=UTC)).text
    'a@b,33090200000000_20210724123000_0,2021-07-24T12:30:00+08:00'
    """

    sender: str
    identifier: str
    sent: datetime

    @property
    def text(self) -> str:
        """CAP 1.2, 3.2.1: sender, identifier and sent, between commas."""
        return f"{self.sender},{self.identifier},{stamp(self.sent)}"


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
            raise wrong(f"identifier, {name}", f"{length} digits", repr(part))
    if not 0 <= number <= 9:
        raise wrong("identifier, number", "0 to 9", str(number))
    aware(sent, "identifier, sent")
    stamp = sent.astimezone(BEIJING).strftime("%Y%m%d%H%M%S")
    return f"{code}{department}{unit}{extension}_{stamp}_{number}"


@dataclass(frozen=True)
class Envelope:
    """Header of a message.

    Attributes
    ----------
    references : tuple of CapReference
        Needed by Update and Cancel, and by no Alert.
    note : str
        Said to people; an Exercise says what is exercised, a Cancel why.
    """

    identifier: str
    sent: datetime
    sender: str
    status: str
    message: str = "Alert"
    scope: str = "Restricted"
    restriction: str = DEFAULT_RESTRICTION
    references: tuple[CapReference, ...] = ()
    note: str = DISCLAIMER[0]

    def __post_init__(self) -> None:
        for name, text in (("identifier", self.identifier), ("sender", self.sender)):
            if not text or re.search(r"[\s,<&]", text):
                raise wrong(name, "no blanks, commas, < and &", repr(text))
        for name, allowed in (("status", STATUSES), ("message", MESSAGES), ("scope", _SCOPES)):
            if getattr(self, name) not in allowed:
                raise wrong(name, " | ".join(allowed), repr(getattr(self, name)))
        if self.scope == "Restricted" and not self.restriction.strip():
            raise wrong("restriction", "who may read it, with scope Restricted", "nothing")
        if (self.message == "Alert") == bool(self.references):
            raise wrong(
                "references",
                "none in an Alert; the messages that an Update or Cancel is about",
                f"{len(self.references)} in a message of type {self.message}",
            )
        if self.status == "Exercise" and not self.note.strip():
            raise wrong("note", "what is exercised, with status Exercise", "nothing")
        if any(r.identifier == self.identifier for r in self.references):
            raise wrong("references", "earlier messages", "its own identifier")
        aware(self.sent, "sent")

    def xml(self) -> Iterator[str]:
        """Elements in the order of the schema, without ``info``."""
        yield from (
            tag("identifier", self.identifier),
            tag("sender", self.sender),
            tag("sent", stamp(self.sent)),
            tag("status", self.status),
            tag("msgType", self.message),
            tag("source", "riskmap"),
            tag("scope", self.scope),
        )
        if self.scope == "Restricted":
            yield tag("restriction", self.restriction)
        if self.note:
            yield tag("note", self.note)
        if self.references:
            yield tag("references", " ".join(reference.text for reference in self.references))


def message_xml(envelope: Envelope, infos: Sequence[str] = ()) -> bytes:
    """A whole message in UTF-8."""
    body = "".join((*envelope.xml(), *infos))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<alert xmlns="{NAMESPACE}">{body}</alert>\n'.encode()


def cap_cancel(envelope: Envelope) -> bytes:
    """A Cancel: who received the referenced messages must forget them; the note says why.

    Parameters
    ----------
    envelope : Envelope
        With ``message="Cancel"`` and its references.

    Raises
    ------
    DataError
        It is no Cancel.
    """
    if envelope.message != "Cancel":
        raise wrong("message", "Cancel", repr(envelope.message))
    return message_xml(envelope)


def read_envelope(xml: bytes) -> Envelope:
    """Header of a message of ours.

    Raises
    ------
    DataError
        Not well-formed, no CAP, or an element of the header is missing or wrong.
    """
    try:
        root = ElementTree.fromstring(xml)  # noqa: S314 - our own message; a DTD is refused below
    except ElementTree.ParseError as error:
        raise wrong("CAP message", "well-formed XML", str(error)) from error
    names = (
        "identifier",
        "sender",
        "sent",
        "status",
        "msgType",
        "scope",
        "restriction",
        "note",
        "references",
    )
    found = {name: root.findtext(f"{{{NAMESPACE}}}{name}") or "" for name in names}
    try:
        return Envelope(
            found["identifier"], datetime.fromisoformat(found["sent"]), found["sender"], found["status"],
            message=found["msgType"], scope=found["scope"], restriction=found["restriction"], note=found["note"],
            references=tuple(_reference(text) for text in found["references"].split()),
        )  # fmt: skip
    except ValueError as error:
        if isinstance(error, DataError):
            raise
        raise wrong("CAP message", "a header of CAP 1.2", str(error)) from error


def _reference(text: str) -> CapReference:
    sender, identifier, sent = text.split(",")
    return CapReference(sender, identifier, datetime.fromisoformat(sent))


def reissued(xml: bytes, envelope: Envelope) -> bytes:
    """A drafted message under a new header: what sign-off sends, its ``info`` word for word the draft's.

    Parameters
    ----------
    xml : bytes
        What ``cap_alert`` gave.
    envelope : Envelope
        Status Actual, or Exercise where the draft is one.

    Raises
    ------
    DataError
        The draft is an exercise, and the new status is not; or the draft is no message of ours.
    """
    old = read_envelope(xml)
    if old.status == "Exercise" and envelope.status != "Exercise":
        raise wrong("status", "Exercise: the draft is one, and stays one", repr(envelope.status))
    text = xml.decode()
    start, end = text.find("<info>"), text.rfind("</info>")
    if start < 0 or end < start:
        raise wrong("CAP message", "an <info>", "none")
    return message_xml(envelope, [text[start : end + len("</info>")]])


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
        raise wrong("CAP message", "well-formed XML", str(error)) from error
    schema = _schema()
    if not schema.validate(document):
        first: Any = schema.error_log[0]
        raise wrong(f"CAP message, line {first.line}", "CAP 1.2 of OASIS", first.message)


@lru_cache(maxsize=1)
def _schema() -> etree.XMLSchema:
    from lxml import etree

    file = resources.files("riskmap.products") / "schemas" / "CAP-v1.2.xsd"
    return etree.XMLSchema(etree.fromstring(file.read_bytes()))


def tag(name: str, text: str) -> str:
    """One element of text; what XML cannot hold, not even escaped, is left out."""
    return f"<{name}>{xml_text(text)}</{name}>"


def aware(instant: datetime, where: str) -> None:
    """Refuse a time without a zone.

    Raises
    ------
    DataError
        It has none.
    """
    if instant.tzinfo is None:
        raise wrong(where, "a time with time zone", instant.isoformat())


def wrong(where: str, expected: str, found: str) -> DataError:
    """What CAP does not allow."""
    return DataError("not as CAP wants it", where=where, expected=expected, found=found, remedy="correct it")


def stamp(instant: datetime) -> str:
    """Beijing time as CAP wants it: no fraction, offset with a colon."""
    return instant.astimezone(BEIJING).isoformat(timespec="seconds")
