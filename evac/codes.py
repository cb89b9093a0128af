"""Safety codes judged: bytes, public keys and a time in, a verdict out. No network, no clock, no state.

``evac.ticket`` says what a code holds, ``evac.keys`` who may sign it, ``evac.revocation`` which ones are void,
``evac.crockford`` makes its characters, ``evac.qr`` its picture.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from evac.base45 import base45_decode
from evac.crockford import (
    CODE_LENGTH,
    CROCKFORD,
    bytes_of_code,
    code_of_bytes,
    mint,
    parse_short_code,
    short_code,
)
from evac.errors import (
    CodeError,
    ExpiredCodeError,
    ForgedCodeError,
    RevokedCodeError,
    UnknownCodeError,
)
from evac.keys import KeyRecord, KeyRing, SigningKey, key_id, public_keys
from evac.revocation import RevocationList, event_digest
from evac.ticket import LAYOUT, PAYLOAD_VERSION, PREFIX, Ticket, flags_known, qr_text, sign, unpack, url_form
from evac.verdict import Caution, Finding, Verdict

__all__ = [
    "CROCKFORD", "Caution", "Finding", "KeyRing", "SigningKey", "Ticket", "Verdict", "Verified", "bytes_of_code",
    "code_of_bytes", "judge", "key_id", "mint", "parse_short_code", "public_keys", "qr_text", "short_code", "sign",
    "url_form", "verify",
]  # fmt: skip

_LONGEST: Final = 400
"""Characters of text that can be a code; a QR code holds up to 4,296 (ISO/IEC 18004)."""


@dataclass(frozen=True, slots=True)
class Verified:
    """A ticket whose signature and validity hold, and the key that signed it."""

    ticket: Ticket
    kid: bytes


def judge(
    scanned: bytes | str,
    keys: KeyRing,
    *,
    now: datetime,
    event: str = "",
    drill: bool | None = None,
    revoked: RevocationList | None = None,
    sites: Collection[str] = (),
) -> Verdict:
    """What a scanned code is worth, told by public keys alone. Never raises, whatever was scanned.

    Parameters
    ----------
    scanned : bytes or str
        The QR code's text, or the signed bytes.
    keys : KeyRing
        Public keys of this device.
    now : datetime
        Trusted time of the scan.
    event : str
        The emergency of this device; codes of a key for another one are foreign. Empty: any.
    drill : bool, optional
        True in a drill, False in a real operation, where a drill's code never counts. None: either.
    revoked : RevocationList, optional
        The newest list. Without it, or with one that has run out, a code is still accepted, with a caution: the list
        must neither be trusted in silence nor close the door.
    sites : collection of str
        Our addresses, for the unsigned form.

    Returns
    -------
    Verdict
        The gravest finding: the signature first, then the key, the event, revocation, and the time last.

    Examples
    --------
    >>> judge("https://a.example/", public_keys([]), now=datetime(2021, 7, 25, tzinfo=UTC)).finding.value
    'other_qr'
    """
    signed = scanned if isinstance(scanned, bytes) else _unwrap(scanned, sites)
    if isinstance(signed, Verdict):
        return signed
    if not signed:
        return Verdict(Finding.EMPTY)
    if signed[0] != PAYLOAD_VERSION:
        return Verdict(Finding.OTHER_VERSION)
    if len(signed) <= LAYOUT.size:
        return Verdict(Finding.TRUNCATED)
    payload, signature = signed[: LAYOUT.size], signed[LAYOUT.size :]
    kid, ticket = unpack(payload)
    record, suite = keys.get(kid), keys.suites.get(kid[0])
    if suite is None:
        return Verdict(Finding.UNKNOWN_ALGORITHM, kid=kid)
    if len(signature) != suite.signature_size:
        return Verdict(
            Finding.TRUNCATED if len(signature) < suite.signature_size else Finding.TOO_LONG, kid=kid
        )
    if record is None:
        return Verdict(Finding.UNKNOWN_KEY, kid=kid)
    if not suite.holds(record.public, payload, signature):
        return Verdict(Finding.FORGED, kid=kid)
    if not flags_known(payload):
        return Verdict(Finding.OTHER_VERSION, kid=kid)
    cautions = _cautions(record, revoked, event, now)
    finding = _weigh(ticket, record, now=now, event=event, drill=drill, revoked=revoked)
    return Verdict(finding, ticket, kid, ticket.code, cautions)


def _weigh(
    ticket: Ticket,
    record: KeyRecord,
    *,
    now: datetime,
    event: str,
    drill: bool | None,
    revoked: RevocationList | None,
) -> Finding:
    """The gravest thing about a ticket whose signature holds."""
    exercise = ticket.drill or record.drill
    found = (
        (record.stolen_at is not None and ticket.valid_from >= record.stolen_at, Finding.KEY_STOLEN),
        (not record.valid_from <= ticket.valid_from < _end(record), Finding.KEY_NOT_IN_FORCE),
        (bool(event and record.event and record.event != event), Finding.FOREIGN_EVENT),
        (drill is False and exercise, Finding.DRILL_CODE),
        (drill is True and not exercise, Finding.REAL_CODE),
        (_on_list(ticket, record, revoked), Finding.REVOKED),
        (now < ticket.valid_from, Finding.NOT_YET_VALID),
        (now >= ticket.valid_until, Finding.EXPIRED),
    )
    return next((finding for holds, finding in found if holds), Finding.ACCEPTED)


def _end(record: KeyRecord) -> datetime:
    return min(record.valid_until, record.retired_at or record.valid_until)


def _on_list(ticket: Ticket, record: KeyRecord, revoked: RevocationList | None) -> bool:
    if revoked is None or (record.event and revoked.event != event_digest(record.event)):
        return False
    return revoked.revokes(ticket.code)


def _cautions(
    record: KeyRecord, revoked: RevocationList | None, event: str, now: datetime
) -> frozenset[Caution]:
    found = set()
    if revoked is None:
        found.add(Caution.NO_LIST)
    elif (event or record.event) and revoked.event != event_digest(event or record.event):
        found.add(Caution.LIST_OF_ANOTHER_EVENT)
    elif revoked.expired(now):
        found.add(Caution.LIST_EXPIRED)
    if record.stolen_at is not None:
        found.add(Caution.KEY_STOLEN_LATER)
    return frozenset(found)


SITES: Final = "sites"
"""Label of a registry: the addresses that its codes in the unsigned form lead to, with blanks between."""
BLANKS: Final = "blank."
"""Labels of a registry that begin so, and go on with a county's code, a point and a batch: codes of the blank pendants in stock."""


def sites_of(labels: Mapping[str, str]) -> tuple[str, ...]:
    """The addresses of the unsigned form that a registry knows; what server, phone and laptop give ``judge``.

    Examples
    --------
    >>> sites_of({"sites": "https://a.example/c https://b.example/"})
    ('https://a.example/c', 'https://b.example/')
    """
    return tuple(labels.get(SITES, "").split())


def _unwrap(text: str, sites: Collection[str]) -> bytes | Verdict:
    """The signed bytes of a QR code's text, or what is wrong with it."""
    if not text.strip():
        return Verdict(Finding.EMPTY)
    if not text.startswith(PREFIX):
        if PREFIX.startswith(text):
            return Verdict(Finding.TRUNCATED)
        return _unsigned(text, sites)
    if len(text) > _LONGEST:
        return Verdict(Finding.TOO_LONG)
    body = text[len(PREFIX) :]
    if not body:
        return Verdict(Finding.TRUNCATED)
    try:
        return base45_decode(body)
    except ValueError:
        pass
    try:  # a text that breaks off within a group of three
        base45_decode(body[: len(body) // 3 * 3])
    except ValueError:
        return Verdict(Finding.DAMAGED)
    return Verdict(Finding.TRUNCATED)


def _unsigned(text: str, sites: Collection[str]) -> Verdict:
    """One of our addresses, or another QR code."""
    for site in sites:
        start = site.removesuffix("/") + "/"
        code = text[len(start) :].upper()
        if text.startswith(start) and len(code) == CODE_LENGTH:
            try:
                return Verdict(Finding.UNSIGNED, code=code_of_bytes(bytes_of_code(code)))
            except UnknownCodeError:
                break
    return Verdict(Finding.OTHER_QR)


_ERRORS: Final[dict[Finding, type[CodeError]]] = {
    Finding.FORGED: ForgedCodeError,
    Finding.KEY_STOLEN: ForgedCodeError,
    Finding.KEY_NOT_IN_FORCE: ForgedCodeError,
    Finding.REVOKED: RevokedCodeError,
    Finding.NOT_YET_VALID: ExpiredCodeError,
    Finding.EXPIRED: ExpiredCodeError,
}


def verify(
    scanned: bytes | str,
    keys: KeyRing,
    *,
    now: datetime,
    event: str = "",
    drill: bool | None = None,
    revoked: RevocationList | None = None,
) -> Verified:
    """``judge`` for callers that want an error: the ticket where the code is accepted.

    Parameters
    ----------
    scanned, keys, now, event, drill, revoked
        See ``judge``.

    Raises
    ------
    UnknownCodeError
        Another QR code, cut short, of an unknown key, of another event, or a drill's in a real operation.
    ForgedCodeError
        The signature does not fit, or its key was not to be trusted.
    RevokedCodeError
        On the revocation list.
    ExpiredCodeError
        Not valid at ``now``.

    Examples
    --------
    >>> from datetime import timedelta
    >>> from evac import SigningKey, Ticket, public_keys, sign
    >>> key, at = SigningKey.for_drill(1), datetime(2021, 7, 24, 4, tzinfo=UTC)
    >>> ring = public_keys([key.public.public_bytes_raw()], drill=True)
    >>> code = sign(Ticket("0" * 25 + "A", "330902", at, 72, drill=True), key)
    >>> verify(code, ring, now=at + timedelta(hours=71)).ticket.county
    '330902'
    >>> try:
    ...     verify(code, ring, now=at + timedelta(hours=73))
    ... except ExpiredCodeError as error:
    ...     print(error.expected)
    valid 2021-07-24 04:00 to 2021-07-27 04:00 UTC
    """
    found = judge(scanned, keys, now=now, event=event, drill=drill, revoked=revoked)
    if found.accepted and found.ticket is not None:
        return Verified(found.ticket, found.kid)
    ticket = found.ticket
    raise _ERRORS.get(found.finding, UnknownCodeError)(
        f"{found.finding.chinese} {found.finding.english}",
        where="scanned code",
        expected=None
        if ticket is None
        else f"valid {ticket.valid_from:%Y-%m-%d %H:%M} to {ticket.valid_until:%Y-%m-%d %H:%M} UTC",
        found=f"key {found.kid.hex()} at {now.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        if found.kid
        else repr(scanned[:12]),
        remedy=found.finding.advice,
    )
