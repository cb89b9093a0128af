"""The list of revoked codes: signed, numbered, short-lived, eight bytes a code.

Layout, big-endian: ``EVR1`` · key id (3) · event (8, of its SHA-256) · version (4) · issued (4, seconds since 1970 UTC) ·
expires (4) · count (4) · digests (8 each, rising) · signature. A code is taken back by a newer list without it: the
newest version wins, and a device never goes back to an older one.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from evac.crockford import bytes_of_code
from evac.errors import CodeError, ConflictError, ExpiredCodeError, ForgedCodeError, UnknownCodeError
from evac.keys import KeyRing, Signer

_MAGIC: Final = b"EVR1"
_HEAD: Final = struct.Struct(">4s3s8sIIII")
_DIGEST: Final = 8
"""Bytes kept of a code's SHA-256: of two million codes and 20,000 revoked, the chance that any is hit wrongly is 2e-9."""
DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A list whose signature was checked, or that is about to be signed.

    Attributes
    ----------
    event : bytes
        First 8 bytes of the SHA-256 of the event's id.
    version : int
        Rises by one with each list of the event.
    digests : frozenset of bytes
        First 8 bytes of the SHA-256 of each revoked code.
    """

    event: bytes
    version: int
    issued_at: datetime
    expires_at: datetime
    digests: frozenset[bytes]
    kid: bytes = b""

    def revokes(self, code: str) -> bool:
        """Whether a code of 26 characters is on the list."""
        return digest(code) in self.digests

    def expired(self, now: datetime) -> bool:
        """Whether the list has run out: it still refuses its codes, and cannot vouch for the others."""
        return now >= self.expires_at


def digest(code: str) -> bytes:
    """What a list keeps of a code.

    Raises
    ------
    UnknownCodeError
        Not a code of 26 characters.
    """
    return hashlib.sha256(_MAGIC + bytes_of_code(code)).digest()[:_DIGEST]


def event_digest(event: str) -> bytes:
    """What a list keeps of an event's id."""
    return hashlib.sha256(event.encode()).digest()[:8]


def next_list(
    held: RevocationList | None,
    *,
    event: str,
    revoke: Iterable[str] = (),
    unrevoke: Iterable[str] = (),
    now: datetime,
    valid_for: timedelta = DAY,
) -> RevocationList:
    """The list after the one held, with codes put on it and others taken off; with neither, the same for longer.

    Parameters
    ----------
    held : RevocationList, optional
        The newest one; None where there is none yet.
    revoke, unrevoke : iterable of str
        Codes of 26 characters.
    valid_for : timedelta
        Devices that have no newer list by then say so.

    Raises
    ------
    UnknownCodeError
        Something is not a code.
    ConflictError
        The list held is of another event, or a code that is to be taken off is not on it.

    Examples
    --------
    >>> noon = datetime(2021, 7, 24, 4, tzinfo=UTC)
    >>> first = next_list(None, event="2106", revoke=["0" * 25 + "A"], now=noon)
    >>> second = next_list(first, event="2106", unrevoke=["0" * 25 + "A"], now=noon + timedelta(hours=1))
    >>> (first.version, len(first.digests)), (second.version, len(second.digests))
    ((1, 1), (2, 0))
    """
    mark = event_digest(event)
    if held is not None and held.event != mark:
        raise ConflictError(
            "the list is of another event", where="revocation list", remedy="name the event's own list"
        )
    before = held.digests if held is not None else frozenset[bytes]()
    off = {digest(code): code for code in unrevoke}
    absent = [code for key, code in off.items() if key not in before]
    if absent:
        raise ConflictError(
            "not revoked", where=f"code ...{absent[0][-10:]}", remedy="nothing to take back; check the code"
        )
    digests = before - off.keys() | {digest(code) for code in revoke}
    moment = now.astimezone(UTC).replace(microsecond=0)
    return RevocationList(
        mark, held.version + 1 if held else 1, moment, moment + valid_for, frozenset(digests)
    )


def sign_list(listed: RevocationList, key: Signer) -> bytes:
    """The signed bytes of a list.

    Examples
    --------
    >>> from evac import SigningKey
    >>> listed = next_list(None, event="2106", revoke=["0" * 25 + "A"], now=datetime(2021, 7, 24, 4, tzinfo=UTC))
    >>> len(sign_list(listed, SigningKey.for_drill(1)))  # bytes, with one code on it
    103
    """
    head = _HEAD.pack(
        _MAGIC,
        key.kid,
        listed.event,
        listed.version,
        int(listed.issued_at.timestamp()),
        int(listed.expires_at.timestamp()),
        len(listed.digests),
    )
    message = head + b"".join(sorted(listed.digests))
    return message + key.sign(message)


def read_list(signed: bytes, keys: KeyRing, *, dated: bool = True) -> RevocationList:
    """The list of signed bytes, where a key in force signed it.

    A list of a stolen key is refused whatever its date, since a thief can date back: the office signs it again.

    Parameters
    ----------
    dated : bool
        False takes the list of a key that is stolen or not in force: for the office alone, which goes on from its own
        list after a theft.

    Raises
    ------
    UnknownCodeError
        Not such a list, cut short, or of a key that is not known here.
    ForgedCodeError
        The signature does not fit.
    ExpiredCodeError
        The key was stolen, or not in force when the list was issued.

    Examples
    --------
    >>> from evac import SigningKey, public_keys
    >>> key, noon = SigningKey.for_drill(1), datetime(2021, 7, 24, 4, tzinfo=UTC)
    >>> signed = sign_list(next_list(None, event="2106", revoke=["0" * 25 + "A"], now=noon), key)
    >>> read = read_list(signed, public_keys([key.public.public_bytes_raw()]))
    >>> read.version, len(read.digests), f"{read.expires_at:%m-%d %H:%M} UTC"
    (1, 1, '07-25 04:00 UTC')
    """
    if len(signed) < _HEAD.size or signed[:4] != _MAGIC:
        raise _broken(f"{len(signed)} bytes, first {signed[:4].hex() or 'none'}")
    _, kid, event, version, issued, expires, count = _HEAD.unpack_from(signed)
    record = keys.get(kid)
    suite = keys.suites.get(kid[0])
    if record is None or suite is None:
        raise UnknownCodeError(
            "the revocation list is signed by a key that this device does not know",
            where="revocation list", found=f"key {kid.hex()}", remedy="sync the device's keys",
        )  # fmt: skip
    end = _HEAD.size + count * _DIGEST
    if len(signed) != end + suite.signature_size:
        raise _broken(f"{len(signed)} bytes for {count} codes")
    if not suite.holds(record.public, signed[:end], signed[end:]):
        raise ForgedCodeError(
            "the signature of the revocation list does not fit", where="revocation list", remedy="sync again"
        )
    issued_at = datetime.fromtimestamp(issued, UTC)
    if dated and (record.stolen_at is not None or not record.signs_at(issued_at)):
        raise ExpiredCodeError(
            "the list's key was not to be trusted when it was issued",
            where=f"revocation list, key {kid.hex()}",
            remedy="sign the list again with the key in force: evac revoke",
        )
    digests = frozenset(signed[n : n + _DIGEST] for n in range(_HEAD.size, end, _DIGEST))
    return RevocationList(event, version, issued_at, datetime.fromtimestamp(expires, UTC), digests, kid)


def trusted_list(signed: bytes, keys: KeyRing) -> RevocationList | None:
    """The list of signed bytes; None where it is not to be trusted, so that a bad list never closes a door.

    ``judge`` then says that the device has no list.
    """
    try:
        return read_list(signed, keys)
    except CodeError:
        return None


def _broken(found: str) -> UnknownCodeError:
    return UnknownCodeError(
        "not a whole revocation list", where="revocation list", expected=f"bytes that begin with {_MAGIC.decode()}",
        found=found, remedy="fetch it again",
    )  # fmt: skip


def newest(held: RevocationList | None, offered: RevocationList) -> RevocationList:
    """The list that a device keeps; one that goes back, or contradicts under the same version, is refused.

    Raises
    ------
    ConflictError
        The offered list is older, of another event, or another one of the same version.

    Examples
    --------
    >>> noon = datetime(2021, 7, 24, 4, tzinfo=UTC)
    >>> old = next_list(None, event="2106", now=noon)
    >>> new = next_list(old, event="2106", revoke=["0" * 25 + "A"], now=noon)
    >>> newest(old, new).version
    2
    >>> try:
    ...     newest(new, old)  # as who stole the code would like it
    ... except ConflictError as error:
    ...     print(error.found)
    version 1
    """
    if held is None or (offered.event == held.event and offered.version > held.version):
        return offered
    same = (offered.event, offered.version, offered.digests) == (held.event, held.version, held.digests)
    if same and offered.issued_at == held.issued_at:
        return held
    raise ConflictError(
        "an older or contradicting revocation list",
        where="revocation list",
        expected=f"version above {held.version} of the same event",
        found=f"version {offered.version}",
        remedy="sync with the county's server; tell it if this goes on",
    )
