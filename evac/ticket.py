"""What a code says: 30 bytes, signed; its text for the QR code, and the unsigned web form.

Payload, big-endian: version (1) · key id (3: algorithm, then two bytes of the key's digest) · county (3) ·
code (16) · valid from (4, seconds since 1970 UTC) · valid hours (2) · flags (1). No name, no identity number.
Then the signature over it: 64 bytes for Ed25519 (RFC 8032), and all of it in base45 (RFC 9285).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from evac.base45 import base45_encode
from evac.crockford import bytes_of_code, code_of_bytes
from evac.keys import Signer
from riskmap.errors import DataError

PREFIX: Final = "EV1:"
LAYOUT: Final = struct.Struct(">B3s3s16sIHB")
PAYLOAD_VERSION: Final = 1
_DRILL_FLAG: Final = 1
_KNOWN_FLAGS: Final = _DRILL_FLAG


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a code says, before it is signed.

    Attributes
    ----------
    code : str
        26 Crockford base32 characters of a random 128-bit number.
    county : str
        6-digit administrative code.
    valid_hours : int
        1 to 65535.
    drill : bool
        Marks codes of a drill, which never count in a real operation.
    """

    code: str
    county: str
    valid_from: datetime
    valid_hours: int
    drill: bool = False

    @property
    def valid_until(self) -> datetime:
        """First moment at which the code is not valid any more."""
        return self.valid_from + timedelta(hours=self.valid_hours)


def sign(ticket: Ticket, key: Signer) -> bytes:
    """The signed bytes of a ticket: 94 with Ed25519.

    Raises
    ------
    DataError
        A field of the ticket is out of range.
    UnknownCodeError
        The code is not one of 26 characters.

    References
    ----------
    RFC 8032, Ed25519.

    Examples
    --------
    >>> from evac import SigningKey
    >>> ticket = Ticket("0" * 25 + "A", "330902", datetime(2021, 7, 24, 4, tzinfo=UTC), 72, drill=True)
    >>> signed = sign(ticket, SigningKey.for_drill(1))
    >>> len(signed), ticket_of(signed) == ticket, f"{ticket.valid_until:%m-%d %H:%M} UTC"
    (94, True, '07-27 04:00 UTC')
    """
    code = bytes_of_code(ticket.code)
    try:
        payload = LAYOUT.pack(
            PAYLOAD_VERSION,
            key.kid,
            int(ticket.county).to_bytes(3, "big"),
            code,
            int(ticket.valid_from.timestamp()),
            ticket.valid_hours,
            _DRILL_FLAG if ticket.drill else 0,
        )
    except (struct.error, ValueError, OverflowError) as error:
        raise DataError(
            f"the ticket cannot be packed ({error})",
            where=f"ticket ...{ticket.code[-10:]}",
            expected="a county of 6 digits, a time from 1970 to 2106, 1 to 65535 hours",
            found=f"{ticket.county}, {ticket.valid_from:%Y-%m-%d %H:%M}, {ticket.valid_hours} h",
        ) from error
    return payload + key.sign(payload)


def unpack(payload: bytes) -> tuple[bytes, Ticket]:
    """Key id and ticket of 30 bytes of payload; nothing is judged."""
    _, kid, county, code, start, hours, flags = LAYOUT.unpack(payload)
    return kid, Ticket(
        code=code_of_bytes(code),
        county=f"{int.from_bytes(county, 'big'):06d}",
        valid_from=datetime.fromtimestamp(start, UTC),
        valid_hours=hours,
        drill=bool(flags & _DRILL_FLAG),
    )


def flags_known(payload: bytes) -> bool:
    """Whether this version of the library knows every flag of a payload."""
    return not payload[-1] & ~_KNOWN_FLAGS


def ticket_of(signed: bytes) -> Ticket:
    """What signed bytes of our own say, their signature not looked at.

    Raises
    ------
    DataError
        Too short to be signed bytes.
    """
    if len(signed) <= LAYOUT.size:
        raise DataError(
            "no signed code", where="person", expected="signed bytes", found=f"{len(signed)} bytes",
            remedy="sign the roster: evac keys reissue",
        )  # fmt: skip
    return unpack(signed[: LAYOUT.size])[1]


def qr_text(signed: bytes) -> str:
    """Text of the QR code: ``EV1:`` and base45."""
    return PREFIX + base45_encode(signed)


def url_form(code: str, site: str) -> str:
    """Address for a person's own phone: the site and the unsigned code, nothing else.

    It proves nothing offline; the site looks the code up, and asks for a second factor.

    Parameters
    ----------
    site : str
        ``https://`` address that the code is put behind.

    Examples
    --------
    >>> url_form("0" * 26, "https://a.example/c/")
    'https://a.example/c/00000000000000000000000000'
    """
    bytes_of_code(code)
    if not site.startswith("https://"):
        raise DataError(
            "not an address for phones", where="site", expected="https://...", found=repr(site[:60])
        )
    return f"{site.removesuffix('/')}/{code}"
