"""Safety codes: random, signed, verified offline with public keys only.

Payload, 30 bytes, big-endian: version (1) · key id (3: algorithm, then two bytes of the key's digest) · county (3) ·
code (16) · valid from (4, seconds since 1970 UTC) · valid hours (2) · flags (1). No name, no identity number.
Then 64 bytes of Ed25519 signature over it (RFC 8032), base45 (RFC 9285), and a QR code of version 6-M at most.
"""

from __future__ import annotations

import hashlib
import random
import struct
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Final

import segno
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from evac.base45 import base45_decode, base45_encode
from evac.errors import ExpiredCodeError, ForgedCodeError, UnknownCodeError
from riskmap.products.qr import DARK

_PREFIX: Final = "EV1:"
_LAYOUT: Final = struct.Struct(">B3s3s16sIHB")
_VERSION: Final = 1
_ED25519: Final = 1
_SIGNATURE: Final = 64
_DRILL_FLAG: Final = 1
CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUE: Final = {c: n for n, c in enumerate(CROCKFORD)} | {"O": 0, "I": 1, "L": 1}
_TENS: Final = [high + low for high in CROCKFORD for low in CROCKFORD]  # two characters of ten bits
# digits of int(bytes, 32); what is no Crockford character becomes none of them, as I, L, O, U and small letters would
_TO_PYTHON: Final = bytes(
    ord("0123456789abcdefghijklmnopqrstuv"[CROCKFORD.index(chr(n))]) if chr(n) in CROCKFORD else ord("!")
    for n in range(256)
)
# times two in GF(32), x^5 + x^2 + 1
_DOUBLED: Final = [n << 1 ^ (0b100101 if n & 16 else 0) for n in range(32)]


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


@dataclass(frozen=True, slots=True)
class Verified:
    """A ticket whose signature and validity hold, and the key that signed it."""

    ticket: Ticket
    kid: bytes


@dataclass(frozen=True)
class SigningKey:
    """An Ed25519 key with its id; the algorithm is part of the id."""

    private: Ed25519PrivateKey

    @classmethod
    def generate(cls) -> SigningKey:
        """A fresh key from the system's randomness."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def for_drill(cls, seed: int) -> SigningKey:
        """The key of a drill: derived from its seed, so known to everybody and never for real use."""
        secret = hashlib.blake2b(b"DRILL ONLY, not a secret: %d" % seed, digest_size=32).digest()
        return cls(Ed25519PrivateKey.from_private_bytes(secret))

    @property
    def public(self) -> Ed25519PublicKey:
        """The key that devices carry."""
        return self.private.public_key()

    @cached_property
    def kid(self) -> bytes:
        """Key id, 3 bytes."""
        return key_id(self.public)


def key_id(public: Ed25519PublicKey) -> bytes:
    """Key id of a public key: one byte for the algorithm, two of the key's SHA-256."""
    return bytes([_ED25519]) + hashlib.sha256(public.public_bytes_raw()).digest()[:2]


def public_keys(raw: Iterable[bytes]) -> dict[bytes, Ed25519PublicKey]:
    """Key ring of raw 32-byte public keys, by key id."""
    keys = [Ed25519PublicKey.from_public_bytes(key) for key in raw]
    return {key_id(key): key for key in keys}


def mint(rng: random.Random | None = None, *, taken: Collection[str] = ()) -> str:
    """A new random code of 128 bits, as 26 Crockford base32 characters.

    Parameters
    ----------
    rng : random.Random, optional
        None takes the system's randomness; a drill passes its own.
    taken : collection of str
        Short codes in use; a code whose short form is among them is drawn again.

    Examples
    --------
    >>> len(mint())
    26
    """
    source = rng or random.SystemRandom()
    while True:
        code = _crockford(source.getrandbits(128))
        if not taken or short_code(code) not in taken:
            return code


def code_of_bytes(raw: bytes) -> str:
    """The 26 characters of a code's 16 bytes."""
    return _crockford(int.from_bytes(raw, "big"))


def _crockford(number: int) -> str:
    return "".join([_TENS[number >> n & 1023] for n in range(120, -1, -10)])


def bytes_of_code(code: str) -> bytes:
    """The 16 bytes of a code.

    Raises
    ------
    UnknownCodeError
        Not the 26 characters of a 128-bit number.

    Examples
    --------
    >>> code_of_bytes(bytes_of_code("7ZZZZZZZZZZZZZZZZZZZZZZZZZ"))
    '7ZZZZZZZZZZZZZZZZZZZZZZZZZ'
    """
    if len(code) == 26:
        try:
            return int(code.encode().translate(_TO_PYTHON), 32).to_bytes(16, "big")
        except (ValueError, OverflowError):
            pass
    raise UnknownCodeError(
        "not a safety code",
        where="code",
        expected="26 Crockford characters of 128 bits",
        found=repr(code[:40]),
        remedy="scan the code again, or look the short code up in the roster",
    )


def sign(ticket: Ticket, key: SigningKey) -> bytes:
    """The 94 signed bytes of a ticket.

    Raises
    ------
    struct.error
        A field of the ticket is out of range.

    References
    ----------
    RFC 8032, Ed25519.
    """
    payload = _LAYOUT.pack(
        _VERSION,
        key.kid,
        int(ticket.county).to_bytes(3, "big"),
        bytes_of_code(ticket.code),
        int(ticket.valid_from.timestamp()),
        ticket.valid_hours,
        _DRILL_FLAG if ticket.drill else 0,
    )
    return payload + key.private.sign(payload)


def qr_text(signed: bytes) -> str:
    """Text of the QR code: ``EV1:`` and base45."""
    return _PREFIX + base45_encode(signed)


def verify(scanned: bytes | str, keys: Mapping[bytes, Ed25519PublicKey], *, now: datetime) -> Verified:
    """Judge a scanned code with public keys alone, without a network.

    Parameters
    ----------
    scanned : bytes or str
        The QR code's text, or the signed bytes.
    keys : mapping
        Key id -> public key, from ``public_keys``.
    now : datetime
        Trusted time of the scan.

    Raises
    ------
    UnknownCodeError
        Another QR code, cut short, or a key that is not known here.
    ForgedCodeError
        The signature does not fit.
    ExpiredCodeError
        Not valid at ``now``.
    """
    signed = _unwrap(scanned) if isinstance(scanned, str) else scanned
    if len(signed) != _LAYOUT.size + _SIGNATURE or signed[0] != _VERSION:
        raise UnknownCodeError(
            "not a whole safety code",
            where="scanned code",
            expected=f"{_LAYOUT.size + _SIGNATURE} bytes of version {_VERSION}",
            found=f"{len(signed)} bytes, first {signed[:1].hex() or 'none'}",
            remedy="scan again or type the short code",
        )
    _, kid, county, code, start, hours, flags = _LAYOUT.unpack_from(signed)
    if kid not in keys:
        raise UnknownCodeError(
            "signed by a key that this device does not know",
            where="scanned code",
            expected=f"key {', '.join(k.hex() for k in keys) or '(none loaded)'}",
            found=f"key {kid.hex()}",
            remedy="sync the device's keys, or check that the code belongs to this event",
        )
    try:
        keys[kid].verify(signed[_LAYOUT.size :], signed[: _LAYOUT.size])
    except InvalidSignature:
        raise ForgedCodeError(
            "the signature does not fit the content",
            where="scanned code",
            remedy="look the person up by name, and keep the pendant for the police",
        ) from None
    ticket = Ticket(
        code=code_of_bytes(code),
        county=f"{int.from_bytes(county, 'big'):06d}",
        valid_from=datetime.fromtimestamp(start, UTC),
        valid_hours=hours,
        drill=bool(flags & _DRILL_FLAG),
    )
    _require_valid(ticket, now)
    return Verified(ticket, kid)


def _require_valid(ticket: Ticket, now: datetime) -> None:
    until = ticket.valid_from + timedelta(hours=ticket.valid_hours)
    if not ticket.valid_from <= now < until:
        raise ExpiredCodeError(
            "the code is not valid at this time",
            where="scanned code",
            expected=f"a time from {ticket.valid_from:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M} UTC",
            found=f"{now.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
            remedy="check the device's clock; print a new code if it has run out",
        )


def _unwrap(text: str) -> bytes:
    if not text.startswith(_PREFIX):
        raise UnknownCodeError(
            "this is another QR code",
            where="scanned code",
            expected=f"text that begins with {_PREFIX}",
            found=repr(text[:12]),
            remedy="scan the code on the pendant",
        )
    try:
        return base45_decode(text[len(_PREFIX) :])
    except ValueError as error:
        raise UnknownCodeError(
            f"the code is damaged ({error})", where="scanned code", remedy="scan again or type the short code"
        ) from None


def short_code(code: str) -> str:
    """Ten characters of a code and a check character, to be typed; valid only against a roster.

    Examples
    --------
    >>> short_code("0" * 25 + "A")
    '000000000AM'
    """
    tail = code[-10:]
    return tail + _check_character(tail)


def parse_short_code(typed: str) -> str:
    """The short code that was typed, in its one form.

    Small letters, blanks and hyphens are forgiven, and O, I, L read as 0, 1, 1. The check character finds every
    single wrong character and every swap of two.

    Raises
    ------
    UnknownCodeError
        Not ten characters and a check character that fits.

    Examples
    --------
    >>> parse_short_code("ooooo-oooo a m")
    '000000000AM'
    """
    text = "".join(c for c in typed.upper() if c not in " -")
    if len(text) == 11 and all(c in _VALUE for c in text):
        plain = "".join(CROCKFORD[_VALUE[c]] for c in text)
        if _check_character(plain[:10]) == plain[10]:
            return plain
    raise UnknownCodeError(
        "not a short code",
        where="typed code",
        expected="11 characters, the last of which checks the others",
        found=repr(typed),
        remedy="read it again from the pendant",
    )


def _check_character(text: str) -> str:
    # sum of g^k * digit in GF(32): all powers differ, so single errors and swaps show
    total = 0
    for character in text:
        total = _DOUBLED[total ^ _VALUE[character]]
    return CROCKFORD[total]


def qr(signed: bytes) -> segno.QRCode:
    """QR code of signed bytes, error level M, version 6 at most.

    Raises
    ------
    segno.DataOverflowError
        The content is too long for version 6-M.
    """
    # content that looks random needs no search for the best of eight masks, which takes 9 ms a code
    return segno.make(qr_text(signed), error="m", boost_error=False, micro=False, version=6, mask=2)


def qr_svg(signed: bytes) -> str:
    """The QR code as an SVG picture with its quiet zone of four modules."""
    rows = qr(signed).matrix
    size = len(rows) + 8
    lines = [
        f"M{dark.start() + 4} {y + 4}.5h{dark.end() - dark.start()}"
        for y, row in enumerate(rows)
        for dark in DARK.finditer(row)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}">'
        f'<path stroke="#000" d="{"".join(lines)}"/></svg>'
    )
