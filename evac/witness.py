"""Heads of a log, signed and written down elsewhere: what was before them can be neither edited nor deleted unseen.

A witness is 124 bytes, big-endian: version (1) · key id (3) · log (8, a digest of event and node) · number of entries (8) ·
last link (32) · time (8, microseconds since 1970 UTC) · Ed25519 signature over all of it (64, RFC 8032). As text, ``EVW1:``
and base45 (RFC 9285); as a QR code, version 8-M. By hand, the number and sixteen characters of the link are enough.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple, Protocol

import segno
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from evac.base45 import base45_decode, base45_encode
from evac.codes import CROCKFORD, key_id
from evac.errors import AlteredLogError, ForgedCodeError, UnknownCodeError
from evac.events import Envelope, instant_of, microseconds
from evac.log import GENESIS, Head, Sealed, digest_of, next_link
from riskmap.errors import RiskmapError

_PREFIX: Final = "EVW1:"
_LAYOUT: Final = struct.Struct(">B3s8sQ32sq")
_FORM: Final = 1
_WHOLE: Final = _LAYOUT.size + 64  # bytes
_WRITTEN: Final = 16  # characters of five bits: 80 bits of the link


@dataclass(frozen=True, slots=True)
class Witness:
    """What a signed head says.

    Attributes
    ----------
    head : Head
        How many entries the log had, and its last link.
    at : datetime
        When it was signed, by the node's clock.
    log : bytes
        Which log, 8 bytes; see ``log_id``.
    kid : bytes
        Id of the node's key.
    """

    head: Head
    at: datetime
    log: bytes
    kid: bytes


class Link(NamedTuple):
    """One entry of the chain without its event: what stays when the events are destroyed."""

    sequence: int
    received_at: datetime
    digest: bytes
    link: bytes


def node_keys(publics: Iterable[str]) -> dict[bytes, Ed25519PublicKey]:
    """Key id -> public key, of public keys written as 64 hexadecimal digits.

    Raises
    ------
    UnknownCodeError
        One of them is none.
    """
    try:
        keys = [Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)) for public in publics]
    except ValueError as error:
        raise UnknownCodeError(
            "not a public key", where="public key of a node", expected="64 hexadecimal digits", found=str(error),
            remedy="copy it from the node's own `evac bundle node`",
        ) from error  # fmt: skip
    return {key_id(key): key for key in keys}


def log_id(event: str, node: str) -> bytes:
    """Which log a witness speaks of: 8 bytes for a node of an event."""
    return hashlib.blake2b(f"{event}\0{node}".encode(), digest_size=8, person=b"evac witness").digest()


def sign_head(head: Head, key: Ed25519PrivateKey, *, event: str, node: str, at: datetime) -> bytes:
    """A witness of a log's end, to be printed on the shelter's sheet and sent up a level.

    Parameters
    ----------
    head : Head
        After ``EventStore.seal``.
    key : Ed25519PrivateKey
        The node's own.
    event, node : str
        Ids of the emergency and of the node whose log it is.
    at : datetime
        Now.

    Returns
    -------
    bytes
        124 of them.

    References
    ----------
    RFC 8032, Ed25519; RFC 9162 §4.10, a signed head that commits to all before it.

    Examples
    --------
    >>> from datetime import UTC
    >>> key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    >>> signed = sign_head(Head(), key, event="2106", node="S1", at=datetime(2021, 7, 25, tzinfo=UTC))
    >>> read_witness(witness_text(signed), {key_id(key.public_key()): key.public_key()}).head.sequence
    0
    """
    said = _LAYOUT.pack(
        _FORM, key_id(key.public_key()), log_id(event, node), head.sequence, head.link, microseconds(at)
    )
    return said + key.sign(said)


def witness_text(signed: bytes) -> str:
    """The 191 characters of a witness, which a QR code carries as they are."""
    return _PREFIX + base45_encode(signed)


def witness_qr(signed: bytes) -> segno.QRCode:
    """QR code of a witness, version 8-M: 27 mm wide on paper with modules of half a millimetre."""
    return segno.make(witness_text(signed), error="m", boost_error=False, micro=False, version=8)


def read_witness(given: bytes | str, keys: Mapping[bytes, Ed25519PublicKey]) -> Witness:
    """What a witness says, after its signature was checked.

    Parameters
    ----------
    given : bytes or str
        The signed bytes, or their text.
    keys : mapping
        Key id -> public key of the nodes that are known here; ``node_keys`` makes it.

    Raises
    ------
    UnknownCodeError
        Not a witness, cut short, or of a node that is not known here.
    ForgedCodeError
        The signature does not fit.

    Examples
    --------
    >>> from datetime import UTC
    >>> key, at = Ed25519PrivateKey.from_private_bytes(bytes(32)), datetime(2021, 7, 25, tzinfo=UTC)
    >>> told = witness_text(sign_head(Head(), key, event="2106", node="S1", at=at))
    >>> read = read_witness(told, {key_id(key.public_key()): key.public_key()})
    >>> read.head.sequence, read.at.isoformat(), read.log == log_id("2106", "S1")
    (0, '2021-07-25T00:00:00+00:00', True)
    """
    signed = _unwrap(given.strip()) if isinstance(given, str) else given
    if len(signed) != _WHOLE or signed[0] != _FORM:
        raise UnknownCodeError(
            "not a whole witness", where="witness", expected=f"{_WHOLE} bytes of version {_FORM}",
            found=f"{len(signed)} bytes", remedy="scan the code on the sheet again",
        )  # fmt: skip
    _, kid, log, sequence, link, at = _LAYOUT.unpack_from(signed)
    if kid not in keys:
        raise UnknownCodeError(
            "signed by a node that is not known here", where="witness",
            expected=f"key {', '.join(k.hex() for k in keys) or '(none loaded)'}", found=f"key {kid.hex()}",
            remedy="give the node's public key",
        )  # fmt: skip
    try:
        keys[kid].verify(signed[_LAYOUT.size :], signed[: _LAYOUT.size])
        return Witness(Head(sequence, link), instant_of(at), log, kid)
    except (InvalidSignature, OverflowError):
        raise ForgedCodeError(
            "the signature does not fit the witness", where="witness",
            remedy="take another copy: the sheet, or the level above",
        ) from None  # fmt: skip


def _unwrap(text: str) -> bytes:
    try:
        if text.startswith(_PREFIX):
            return base45_decode(text[len(_PREFIX) :])
    except ValueError:
        pass
    raise UnknownCodeError(
        "this is no witness", where="witness", expected=f"text that begins with {_PREFIX}", found=repr(text[:12]),
        remedy="scan the code in the corner of the shelter's sheet",
    )  # fmt: skip


def written(head: Head) -> str:
    """A head as it is written down by hand: number, and sixteen characters of the link.

    Examples
    --------
    >>> written(Head(3412, bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")))
    '3412 WERC-8GMR-ZGE1-96QV'
    """
    number = int.from_bytes(head.link[:10], "big")
    characters = "".join(CROCKFORD[number >> n & 31] for n in range(75, -1, -5))
    return f"{head.sequence} {'-'.join(characters[n : n + 4] for n in range(0, _WRITTEN, 4))}"


def parse_written(text: str) -> tuple[int, str]:
    """Number and characters of a head that was written down; small letters, blanks and hyphens are forgiven, O, I, L read
    as 0, 1, 1.

    Raises
    ------
    UnknownCodeError
        Not a number and sixteen characters.

    Examples
    --------
    >>> parse_written("3412 werc 8gmr zgei 96qv")
    (3412, '3412 WERC-8GMR-ZGE1-96QV')
    """
    number, _, rest = text.strip().partition(" ")
    plain = rest.upper().translate(str.maketrans("OIL", "011", " -"))
    if not (number.isascii() and number.isdecimal()) or len(plain) != _WRITTEN or set(plain) - set(CROCKFORD):
        raise UnknownCodeError(
            "not a head as it is written down", where="witness", expected="a number and 16 characters",
            found=repr(text[:40]), remedy="read it again from the sheet",
        )  # fmt: skip
    return int(number), f"{number} {'-'.join(plain[n : n + 4] for n in range(0, _WRITTEN, 4))}"


def verify_links(
    links: Iterable[Link], witness: Head | Sequence[Head] = (), *, notes: Sequence[str] = ()
) -> Head:
    """Walk a chain by its digests alone, as it is after its events were destroyed, and return its head.

    Parameters
    ----------
    links : iterable of Link
        In order of sequence, from the first.
    witness : Head or sequence of Head
        Heads written down elsewhere; the chain must pass through each.
    notes : sequence of str
        Heads as written down by hand, see ``written``.

    Raises
    ------
    AlteredLogError
        An entry was changed, removed, added or moved; names the place.
    UnknownCodeError
        A note is none.

    Examples
    --------
    >>> from datetime import UTC
    >>> from evac import Clerk, ConflictError
    >>> from evac.events import Notified
    >>> from evac.log import seal
    >>> at = datetime(2021, 7, 24, 4, 30, tzinfo=UTC)
    >>> clerk = Clerk("李四", "S1", "D1", at)
    >>> log = seal(Head(), [clerk.write(Notified, "7" + "C" * 25) for _ in range(3)], received_at=at)
    >>> links = list(links_of(log))
    >>> verify_links(links).sequence
    3
    >>> try:
    ...     verify_links(links[:2], verify_links(links))  # the end is gone, and its head was written down
    ... except ConflictError as error:
    ...     print(error.where)
    log, entry 3
    """
    wanted = {h.sequence: h.link for h in ([witness] if isinstance(witness, Head) else witness)}
    noted = dict(map(parse_written, notes))
    sequence, link = 0, GENESIS
    for entry in links:
        sequence += 1
        link = next_link(link, sequence, microseconds(entry.received_at), entry.digest)
        here = Head(sequence, link)
        met = wanted.pop(sequence, link) == link and noted.pop(sequence, written(here)) == written(here)
        if entry.sequence != sequence or entry.link != link or not met:
            raise AlteredLogError(sequence)
    wanted.pop(0, None)
    noted.pop(0, None)
    if wanted or noted:
        raise AlteredLogError(sequence + 1)
    return Head(sequence, link)


class Audited(Protocol):
    """What has a log: any ``EventStore``."""

    def seal(self) -> Head:
        """Bring the chain up to the newest event."""
        ...

    def log(self, after: int = 0) -> Iterator[Sealed]:
        """The sealed log."""
        ...

    def events(self) -> Iterator[Envelope]:
        """Every event."""
        ...


def audit(
    store: Audited, witness: Head | Sequence[Head] = (), *, notes: Sequence[str] = (), destroyed: bool = False
) -> Head:
    """Hold a store's log against the heads that were witnessed elsewhere, and its events against its log.

    Parameters
    ----------
    store : EventStore
        Nobody writes to it meanwhile.
    witness, notes
        See ``verify_links``.
    destroyed : bool
        The events were destroyed and the links are left; see ``links_of``.

    Returns
    -------
    Head
        The end of the log; all of it is as it was sealed.

    Raises
    ------
    AlteredLogError
        Something was changed, removed, added or moved; names the place.

    Examples
    --------
    >>> from datetime import UTC
    >>> from evac import Clerk, MemoryStore
    >>> from evac.events import Notified
    >>> at, store = datetime(2021, 7, 24, 4, 30, tzinfo=UTC), MemoryStore()
    >>> stored = store.append([Clerk("李四", "S1", "D1", at).write(Notified, "7" + "C" * 25)], received_at=at)
    >>> told = store.seal()  # as it was printed on the shelter's sheet
    >>> audit(store, told).sequence
    1
    """
    store.seal()
    head = verify_links(links_of(store.log(), destroyed=destroyed), witness, notes=notes)
    if sum(1 for _ in store.events()) != (0 if destroyed else head.sequence):
        raise AlteredLogError(head.sequence + 1)
    return head


def links_of(log: Iterable[Sealed], *, destroyed: bool = False) -> Iterator[Link]:
    """The links of a log, each held against its event; what cannot even be read was altered.

    Parameters
    ----------
    destroyed : bool
        The events are gone, all of them, as a certified destruction leaves it; one that is there was added.

    Raises
    ------
    AlteredLogError
        An event does not fit its digest; names the place.
    """
    entries = iter(log)
    sequence = 0
    while True:
        sequence += 1
        try:
            entry = next(entries, None)
        except (ValueError, LookupError, TypeError, AttributeError, OverflowError, RiskmapError) as error:
            raise AlteredLogError(sequence) from error
        if entry is None:
            return
        if entry.body if destroyed else digest_of(entry.body) != entry.digest:
            raise AlteredLogError(sequence)
        yield Link(entry.sequence, entry.received_at, entry.digest, entry.link)
