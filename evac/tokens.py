"""Tokens of devices: 256 random bits of which only a digest is kept, one device, one role, one region, an end.

What each role may do stands in ``RIGHTS`` and nowhere else.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol

from riskmap.errors import DataError

_PREFIX: Final = "evt"
_ID_BYTES: Final = 6
_SECRET_BYTES: Final = 32  # 256 bits
_NO_SECRET: Final = b"\0" * 32
SCOPE_LENGTHS: Final = (0, 2, 4, 6, 9, 12)
"""Digits of the nation, a province, city, county, town and village (GB/T 2260, GB/T 10114) [S]."""


class Role(StrEnum):
    """What a device's holder does; ``chinese`` is the word for it.

    Examples
    --------
    >>> Role.CLERK.chinese
    '登记员'
    """

    CLERK = "clerk"
    LIAISON = "liaison"
    VIEWER = "viewer"
    AUDITOR = "auditor"
    SENSOR = "sensor"
    GRID = "grid"

    @property
    def chinese(self) -> str:
        """The word that cadres use."""
        return _ROLE_WORDS[self]


_ROLE_WORDS: Final = MappingProxyType(
    {
        Role.CLERK: "登记员",
        Role.LIAISON: "联络员",
        Role.VIEWER: "看图员",
        Role.AUDITOR: "审计员",
        Role.SENSOR: "传感器",
        Role.GRID: "网格员",
    }
)


class Right(StrEnum):
    """What can be asked of a server."""

    CHECK_IN = "check_in"
    COMMAND = "command"
    ROSTER = "roster"
    PERSON = "person"
    REVEAL = "reveal"
    DOOR = "door"
    COUNTS = "counts"
    EXACT_COUNTS = "exact_counts"
    FEED = "feed"
    ACCESS_LOG = "access_log"
    OBSERVE = "observe"
    FIELD = "field"


_ROSTERS: Final = frozenset({Right.CHECK_IN, Right.ROSTER, Right.PERSON, Right.DOOR})
RIGHTS: Final = MappingProxyType(
    {
        Role.CLERK: _ROSTERS,
        Role.LIAISON: _ROSTERS | {Right.COMMAND, Right.REVEAL, Right.COUNTS, Right.EXACT_COUNTS},
        Role.VIEWER: frozenset({Right.COUNTS}),
        Role.AUDITOR: frozenset({Right.FEED, Right.ACCESS_LOG}),
        Role.SENSOR: frozenset({Right.OBSERVE}),
        Role.GRID: frozenset({Right.FIELD}),
    }
)
"""Role -> what it may do inside its region; the gateway's right to read the feed comes on top."""


@dataclass(frozen=True, slots=True)
class Token:
    """A device's token as it is kept: without its secret.

    Attributes
    ----------
    token_id : str
        12 hexadecimal digits; public.
    digest : bytes
        SHA-256 of the text that the device holds.
    device : str
        The only device whose events it may send, unless it is a gateway's.
    scope : str
        Administrative code prefix of 0, 2, 4, 6, 9 or 12 digits; empty is everywhere.
    gateway : bool
        May pass on events of other devices, as a kiosk does, and read the feed.
    """

    token_id: str
    digest: bytes
    device: str
    role: Role
    scope: str
    made_at: datetime
    expires_at: datetime
    gateway: bool = False
    revoked_at: datetime | None = None

    def may(self, right: Right) -> bool:
        """Whether the role has a right."""
        return right in RIGHTS[self.role] or (self.gateway and right is Right.FEED)

    def reaches(self, region: str) -> bool:
        """Whether a region lies within the scope.

        Examples
        --------
        >>> at = datetime(2021, 7, 25)
        >>> Token("0", b"", "D1", Role.CLERK, "330902", at, at).reaches("330902001")
        True
        """
        return region.startswith(self.scope)


class TokenStore(Protocol):
    """What a server needs of the room where tokens are kept."""

    def put(self, token: Token) -> None:
        """Keep a new token."""
        ...

    def token(self, token_id: str) -> Token | None:
        """The token of an id."""
        ...

    def tokens(self) -> list[Token]:
        """All, the oldest first."""
        ...

    def revoke(self, token_id: str, *, at: datetime) -> bool:
        """End a token; False where there is none. The first time of revocation stays."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


def require_scope(scope: str) -> str:
    """The scope, if it is an administrative code prefix.

    Raises
    ------
    DataError
        Not 0, 2, 4, 6, 9 or 12 digits.
    """
    if len(scope) in SCOPE_LENGTHS and (not scope or (scope.isascii() and scope.isdigit())):
        return scope
    raise DataError(
        "not a region", where="scope", expected="an administrative code of 2, 4, 6, 9 or 12 digits, or nothing for all",
        found=repr(scope[:20]), remedy="330902 is a county, 330902001 a town, 330902001001 a village",
    )  # fmt: skip


def make_token(
    device: str, role: Role, scope: str, *, made_at: datetime, valid: timedelta, gateway: bool = False
) -> tuple[str, Token]:
    """A new token: the text for the device, shown once, and what is kept.

    Parameters
    ----------
    valid : timedelta
        How long it holds.

    Raises
    ------
    DataError
        The scope is no region, or the device has no name.

    Examples
    --------
    >>> at = datetime(2021, 7, 25)
    >>> text, token = make_token("D1", Role.CLERK, "330902", made_at=at, valid=timedelta(days=7))
    >>> found = opened(text, lambda token_id: token, now=at)
    >>> found == token
    True
    """
    if not 1 <= len(device) <= 64 or not device.isprintable():
        raise DataError(
            "a token needs its device", where="device", expected="1 to 64 characters", found=repr(device[:80])
        )
    token_id = secrets.token_hex(_ID_BYTES)
    secret = urlsafe_b64encode(secrets.token_bytes(_SECRET_BYTES)).rstrip(b"=").decode()
    text = f"{_PREFIX}_{token_id}_{secret}"
    token = Token(
        token_id=token_id, digest=_digest(text), device=device, role=role, scope=require_scope(scope), made_at=made_at,
        expires_at=made_at + valid, gateway=gateway,
    )  # fmt: skip
    return text, token


class Find(Protocol):
    """Token id -> token, where there is one."""

    def __call__(self, token_id: str, /) -> Token | None: ...


def id_of(presented: str) -> str | None:
    """The id of the token that a text claims to open; None where it has not the form of one.

    Examples
    --------
    >>> id_of("evt_0123456789ab_x"), id_of("evt_01_x"), id_of("")
    ('0123456789ab', None, None)
    """
    prefix, _, rest = presented.partition("_")
    token_id, _, _ = rest.partition("_")
    return token_id if prefix == _PREFIX and len(token_id) == 2 * _ID_BYTES else None


def opened(presented: str, find: Find, *, now: datetime) -> Token | None:
    """The token that a text opens now; None for every kind of wrong text, expired and revoked ones among them.

    Digests are compared in constant time, also where there is no such token.
    """
    token_id = id_of(presented)
    token = None if token_id is None else find(token_id)
    same = hmac.compare_digest(_digest(presented), _NO_SECRET if token is None else token.digest)
    if not same or token is None or token.revoked_at is not None or now >= token.expires_at:
        return None
    return token


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
