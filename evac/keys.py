"""Signing keys: who may sign codes for which event and how long; rotation, retirement, theft.

A key id has three bytes: one names the algorithm, two are of the public key's SHA-256. Devices hold a ``KeyRing`` of
public keys only. Ed25519 is supplied; another suite (国密 SM2/SM3) is a ``Suite`` of one's own, handed to the ring.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Any, Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from evac.errors import ConflictError
from riskmap.errors import ConfigError

ALWAYS: Final = datetime(1970, 1, 1, tzinfo=UTC)
FOREVER: Final = datetime(2100, 1, 1, tzinfo=UTC)
_FORMAT: Final = "evac-keys-1"
_ED25519: Final = 1


class Suite(Protocol):
    """A signature algorithm, as a device needs it: public bytes, message, signature in; yes or no out.

    A 国密 suite (SM2 with SM3, GB/T 32918.2) takes algorithm number 2, which is kept for it. None is supplied: the
    certified module of a bureau (密评) provides it.
    """

    @property
    def algorithm(self) -> int:
        """First byte of the key ids, 1 to 255."""
        ...

    @property
    def name(self) -> str:
        """For people, e.g. ``Ed25519``."""
        ...

    @property
    def signature_size(self) -> int:
        """Bytes of a signature; more than 64 may need a larger QR code."""
        ...

    def holds(self, public: bytes, message: bytes, signature: bytes) -> bool:
        """Whether the signature fits; never raises on bytes that are no key or no signature."""
        ...


class Signer(Protocol):
    """What signs: a key in a file, or a bureau's signing machine."""

    @property
    def kid(self) -> bytes:
        """Key id, 3 bytes."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The signature of a message."""
        ...


@dataclass(frozen=True, slots=True)
class Ed25519:
    """Ed25519 (RFC 8032), the default suite."""

    algorithm: int = _ED25519
    name: str = "Ed25519"
    signature_size: int = 64

    def holds(self, public: bytes, message: bytes, signature: bytes) -> bool:
        """Whether the signature fits."""
        try:
            _ed25519(public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@lru_cache(maxsize=64)
def _ed25519(public: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(public)


SUITES: Final[Mapping[int, Suite]] = MappingProxyType({_ED25519: Ed25519()})
"""The suites that come with the library, by algorithm number."""


def kid_of(algorithm: int, public: bytes) -> bytes:
    """Key id: one byte for the algorithm, two of the public key's SHA-256."""
    return bytes([algorithm]) + hashlib.sha256(public).digest()[:2]


def key_id(public: Ed25519PublicKey) -> bytes:
    """Key id of an Ed25519 public key."""
    return kid_of(_ED25519, public.public_bytes_raw())


@dataclass(frozen=True)
class SigningKey:
    """An Ed25519 key with its id; the private half never leaves it but into a key file."""

    private: Ed25519PrivateKey = field(repr=False)

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

    def sign(self, message: bytes) -> bytes:
        """64 bytes of signature."""
        return self.private.sign(message)


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A public key and what it may sign.

    Attributes
    ----------
    event : str
        Emergency whose codes it signs; empty for any.
    valid_from, valid_until : datetime
        It signs codes that begin in this time. Codes signed in it stay valid to their own end.
    retired_at : datetime or None
        No code that begins from then on is taken; earlier ones stay good.
    stolen_at : datetime or None
        Somebody else may sign with it since then. Codes that begin later are refused, and earlier ones want the roster,
        since a thief can date back.
    drill : bool
        Whatever it signs is a drill's.
    """

    kid: bytes
    public: bytes
    event: str = ""
    valid_from: datetime = ALWAYS
    valid_until: datetime = FOREVER
    retired_at: datetime | None = None
    stolen_at: datetime | None = None
    drill: bool = False

    def __post_init__(self) -> None:
        if kid_of(self.kid[0], self.public) != self.kid:
            raise ConfigError(
                "the key id does not fit the key",
                where=f"key {self.kid.hex()}",
                expected=kid_of(self.kid[0], self.public).hex(),
                remedy="fetch the key ring again",
            )

    @property
    def signs_until(self) -> datetime:
        """End of its signing time, by plan or by retirement."""
        return min(self.valid_until, self.retired_at or FOREVER, self.stolen_at or FOREVER)

    def signs_at(self, moment: datetime) -> bool:
        """Whether it may sign codes at a moment."""
        return self.valid_from <= moment < self.signs_until


@dataclass(frozen=True)
class KeyRing:
    """Public keys by id; every change is a new ring with the next version.

    Parameters
    ----------
    records : tuple of KeyRecord
    version : int
        A device keeps the highest it has seen (``newer``).
    suites : mapping
        Algorithm number -> suite; those of the library where not given.
    """

    records: tuple[KeyRecord, ...] = ()
    version: int = 0
    suites: Mapping[int, Suite] = field(default_factory=lambda: SUITES, compare=False)

    @cached_property
    def _by_kid(self) -> dict[bytes, KeyRecord]:
        return {record.kid: record for record in self.records}

    def get(self, kid: bytes) -> KeyRecord | None:
        """The key of an id."""
        return self._by_kid.get(kid)

    def __iter__(self) -> Iterator[KeyRecord]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)

    def current(self, now: datetime, *, event: str = "") -> KeyRecord | None:
        """The key to sign with: of those in force, the one whose time began last."""
        fit = [r for r in self.records if r.signs_at(now) and (not r.event or not event or r.event == event)]
        return max(fit, key=lambda record: (record.valid_from, record.kid), default=None)

    def add(self, record: KeyRecord) -> KeyRing:
        """The ring with one more key.

        Raises
        ------
        ConflictError
            Another key has that id already; make another one.
        """
        if record.kid in self._by_kid:
            raise ConflictError(
                "the key id is taken", where=f"key {record.kid.hex()}", remedy="make another key"
            )
        return self._with((*self.records, record))

    def rotate(self, record: KeyRecord, *, overlap_until: datetime) -> KeyRing:
        """A new key, and the others of its event sign no longer than to the end of the overlap.

        Raises
        ------
        ConflictError
            The overlap ends before the new key begins: for a while nobody could sign.
        """
        if overlap_until < record.valid_from:
            raise ConflictError(
                "the old key ends before the new one begins",
                where=f"key {record.kid.hex()}",
                expected=f"an overlap to {record.valid_from:%Y-%m-%d %H:%M} or later",
                found=f"{overlap_until:%Y-%m-%d %H:%M}",
                remedy="let the old key sign until the new one is on the devices",
            )
        older = tuple(
            replace(r, valid_until=max(r.valid_from, min(r.valid_until, overlap_until)))
            if r.event == record.event
            else r
            for r in self.records
        )
        return KeyRing(older, self.version, self.suites).add(record)

    def retire(self, kid: bytes, *, at: datetime, stolen: bool = False) -> KeyRing:
        """A key signs no more from a moment on; for a stolen one the moment from which it is not trusted.

        Raises
        ------
        ConflictError
            The key is not in the ring, or a theft is to be moved to a later time.
        """
        record = self.get(kid)
        if record is None:
            raise ConflictError(
                "no such key",
                where=f"key {kid.hex()}",
                expected=", ".join(r.kid.hex() for r in self.records) or "(none)",
                remedy="look at: evac keys list",
            )
        if stolen and record.stolen_at is not None and at > record.stolen_at:
            raise ConflictError(
                "a theft is never moved to a later time",
                where=f"key {kid.hex()}",
                expected=f"{record.stolen_at:%Y-%m-%d %H:%M} UTC or earlier",
                found=f"{at:%Y-%m-%d %H:%M} UTC",
            )
        changed = replace(record, stolen_at=at) if stolen else replace(record, retired_at=at)
        return self._with(tuple(changed if r.kid == kid else r for r in self.records))

    def _with(self, records: tuple[KeyRecord, ...]) -> KeyRing:
        return KeyRing(records, self.version + 1, self.suites)

    def newer(self, offered: KeyRing) -> KeyRing:
        """The ring to keep of the one held and one offered; never an older one.

        Raises
        ------
        ConflictError
            The offered one is older, or says something else under the same version.
        """
        if offered.version > self.version or offered == self:
            return offered
        raise ConflictError(
            "an older or contradicting key ring",
            where="key ring",
            expected=f"a version above {self.version}",
            found=str(offered.version),
            remedy="sync again with the county's server; tell it if this goes on",
        )

    def to_json(self) -> str:
        """The ring as text, public keys only."""
        records = [
            {
                "kid": r.kid.hex(),
                "public": r.public.hex(),
                "event": r.event,
                "valid_from": _text(r.valid_from),
                "valid_until": _text(r.valid_until),
                "retired_at": _text(r.retired_at),
                "stolen_at": _text(r.stolen_at),
                "drill": r.drill,
            }
            for r in self.records
        ]
        return json.dumps(
            {"format": _FORMAT, "version": self.version, "keys": records}, ensure_ascii=False, indent=1
        )


def read_ring(text: str, *, where: str = "key ring", suites: Mapping[int, Suite] = SUITES) -> KeyRing:
    """The ring of a text that ``KeyRing.to_json`` made.

    Raises
    ------
    ConfigError
        Not such a text, or a key id that does not fit its key.

    Examples
    --------
    >>> ring = public_keys([SigningKey.for_drill(1).public.public_bytes_raw()])
    >>> read_ring(ring.to_json()) == ring
    True
    """
    try:
        found = json.loads(text)
        if found["format"] != _FORMAT:
            raise ValueError(f"format {found['format']!r}")
        records = tuple(_record(row) for row in found["keys"])
        return KeyRing(records, int(found["version"]), suites)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        if isinstance(error, ConfigError):
            raise
        raise ConfigError(
            "not a key ring",
            where=where,
            expected=f"JSON of format {_FORMAT}",
            found=f"{type(error).__name__}: {error}",
            remedy="fetch it again, or restore it from the backup",
        ) from error


def _record(row: Mapping[str, Any]) -> KeyRecord:
    return KeyRecord(
        kid=bytes.fromhex(row["kid"]),
        public=bytes.fromhex(row["public"]),
        event=str(row["event"]),
        valid_from=_moment(row["valid_from"]) or ALWAYS,
        valid_until=_moment(row["valid_until"]) or FOREVER,
        retired_at=_moment(row["retired_at"]),
        stolen_at=_moment(row["stolen_at"]),
        drill=bool(row["drill"]),
    )


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return moment


def public_keys(raw: Iterable[bytes], *, event: str = "", drill: bool = False) -> KeyRing:
    """Key ring of raw 32-byte Ed25519 public keys, in force at all times.

    Examples
    --------
    >>> ring = public_keys([SigningKey.for_drill(1).public.public_bytes_raw()], event="2106", drill=True)
    >>> len(ring), [record.kid.hex() for record in ring]
    (1, ['018226'])
    """
    records = {
        kid_of(_ED25519, key): KeyRecord(kid_of(_ED25519, key), key, event, drill=drill) for key in raw
    }
    return KeyRing(tuple(records.values()), 1)
