"""A roster for a phone: the people of a town in one sealed file, with an end after which the phone destroys it.

Layout: ``EVP1`` · length of the header (2, big-endian) · header (JSON in clear: format, people, end) · nonce (12) · AES-256-GCM over
the content (JSON in columns), with all before the nonce as associated data. The page reads the same bytes (``page/roster.js``).
"""

from __future__ import annotations

import hashlib
import json
import secrets
import struct
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from evac.crockford import bytes_of_code, code_of_bytes
from evac.errors import EvacError
from evac.events import instant_of, microseconds
from evac.model import Category, Person, Shelter, State, Stay, Vulnerability
from evac.privacy import mask_name
from evac.state import NOBODY, PersonState
from riskmap.errors import DataError

_MAGIC: Final = b"EVP1"
_FORMAT: Final = "evac-roster-1"
_LENGTH: Final = struct.Struct(">H")
_IV: Final = 12
_CODE: Final = 16
_STATES: Final = tuple(State)
_CATEGORIES: Final = tuple(Category)
_WEAK: Final = tuple(Vulnerability)
_STAYS: Final = tuple(Stay)
_AT_A_SHELTER: Final = frozenset({State.SHELTERED, State.RETURN_ALLOWED, State.RETURN_HELD})
"""States of who is at a shelter, if the place is one; ``page/counts.js`` has the same."""
_LEAVES_OUT: Final = frozenset({"merged", "purged"})


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One person as a phone sees it.

    Attributes
    ----------
    name : str
        Masked, unless the pack was made otherwise.
    stay : Stay
    bound_for : str
        Kind of the planned destination, and its shelter or word.
    place : str
        Where the person stays now, or empty.
    """

    code: str
    name: str
    household: str
    village: str
    category: Category
    weak: tuple[Vulnerability, ...]
    helper: str
    stay: Stay
    bound_for: str
    state: State
    place: str


@dataclass(frozen=True, slots=True)
class RosterPack:
    """What was in a pack."""

    rows: tuple[RosterRow, ...]
    expires_at: datetime
    event: str
    keys: str
    revocations: bytes
    shelters: tuple[dict[str, Any], ...]
    others: dict[str, int]
    counted_at: datetime | None
    counter: int
    sites: tuple[str, ...]


def pack(
    people: Iterable[Person],
    states: Mapping[str, PersonState],
    *,
    key: bytes,
    expires_at: datetime,
    shelters: Sequence[Shelter] = (),
    event: str = "",
    drill: bool | None = None,
    keys: str = "",
    revocations: bytes = b"",
    names: Callable[[str], str] = mask_name,
    counter: int = 0,
    sealing: Mapping[str, str] | None = None,
    present: Mapping[str, int] | None = None,
    counted_at: datetime | None = None,
    sites: Sequence[str] = (),
) -> bytes:
    """Seal the roster of a town for one device.

    5,000 people take about 0.2 MB.

    Parameters
    ----------
    people : iterable of Person
        Of the device's region; people merged into others are left out.
    states : mapping
        Code -> state now; who is not in it has none yet.
    key : bytes
        Known to the server and to this device only, e.g. the digest that a server keeps of the device's token: 16 bytes or more.
    expires_at : datetime
        The phone destroys the roster then.
    shelters : sequence of Shelter
        That people may come to: name and capacity.
    event : str
        Id of the emergency; codes of another one are foreign.
    drill : bool, optional
        Whether codes of a drill count (True), or only real ones (False). None: told by the people, of whom all or none are
        invented; where they are mixed, or there is nobody, either counts.
    keys : str
        Text of the key ring that codes are verified with.
    revocations : bytes
        The signed revocation list.
    names : callable
        What is shown of a name; masked where not given.
    counter : int
        Highest running number that the server has of this device: a phone that was emptied goes on after it.
    sealing : mapping, optional
        What the device seals its files with (``evac.phone_seal.keys_for_phone``); without it they leave in clear.
    present : mapping, optional
        Place -> people who are there now, wherever they are registered: those among them who are not in the pack are in its count.
    counted_at : datetime, optional
        When ``present`` was counted; the page says so.
    sites : sequence of str
        Addresses that codes in the unsigned form lead to.

    Raises
    ------
    DataError
        The key is short, or the end has no time zone.

    Examples
    --------
    >>> from datetime import UTC
    >>> end = datetime(2021, 7, 28, tzinfo=UTC)
    >>> unpack(pack([], {}, key=b"k" * 32, expires_at=end), key=b"k" * 32, now=datetime(2021, 7, 25, tzinfo=UTC)).rows
    ()
    """
    if expires_at.tzinfo is None:
        raise DataError("the end of a roster has no time zone", where="expires_at", found=str(expires_at))
    rows = sorted(people, key=lambda person: (person.village, person.household, person.code))
    rows = [p for p in rows if states.get(p.code, NOBODY).state not in _LEAVES_OUT]
    if drill is None and len(invented := {p.synthetic for p in rows}) == 1:
        drill = invented.pop()
    content = _columns(rows, states, shelters, names) | {
        "event": event, "drill": drill, "keys": keys, "revocations": b64encode(revocations).decode(), "counter": counter,
        "sealing": None if sealing is None else dict(sealing),
        "others": _others(rows, states, shelters, present),
        "counted_at": None if counted_at is None else microseconds(counted_at),
        "sites": list(sites),
    }  # fmt: skip
    header = {"format": _FORMAT, "people": len(rows), "expires_at": microseconds(expires_at)}
    clear = json.dumps(header, separators=(",", ":")).encode()
    clear = _MAGIC + _LENGTH.pack(len(clear)) + clear
    nonce = secrets.token_bytes(_IV)
    plain = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return clear + nonce + AESGCM(pack_key(key)).encrypt(nonce, plain, clear)


def pack_key(key: bytes) -> bytes:
    """The AES key of packs: 32 bytes that give nothing away of ``key``.

    Raises
    ------
    DataError
        Fewer than 16 bytes.

    Examples
    --------
    >>> len(pack_key(b"0123456789abcdef"))
    32
    """
    if len(key) < 16:
        raise DataError(
            "the key of a roster is short", where="key", expected="16 bytes or more", found=f"{len(key)}"
        )
    return hashlib.sha256(_FORMAT.encode() + key).digest()


def _columns(
    rows: list[Person],
    states: Mapping[str, PersonState],
    shelters: Sequence[Shelter],
    names: Callable[[str], str],
) -> dict[str, Any]:
    """People as columns: words once, then small numbers, in order of household."""
    villages = list(dict.fromkeys((p.village, p.village_name) for p in rows))
    village = {key: n for n, key in enumerate(villages)}
    now = [states.get(p.code, NOBODY) for p in rows]
    places = list(dict.fromkeys([*(p.destination.place for p in rows), *(s.place for s in now)]))
    place = {key: n for n, key in enumerate(places)}
    homes = [
        (home, len(list(members))) for home, members in groupby(rows, lambda p: (p.village, p.household))
    ]
    return {
        "codes": b64encode(b"".join(bytes_of_code(p.code) for p in rows)).decode(),
        "names": "\n".join(names(p.name).replace("\n", " ") for p in rows),
        "homes": [home for (_, home), _ in homes],
        "home_sizes": _large(size for _, size in homes),
        "home_villages": _large(village[members] for members in _village_of_homes(rows)),
        "villages": villages,
        "categories": [(c.value, c.chinese) for c in _CATEGORIES],
        "category": _small(_CATEGORIES.index(p.category) for p in rows),
        "weak_words": [w.value for w in _WEAK],
        "weak": _small(sum(1 << _WEAK.index(w) for w in p.vulnerability) for p in rows),
        "helpers": {str(n): names(p.helper) for n, p in enumerate(rows) if p.helper},
        "places": places,
        "bound": _large(place[p.destination.place] for p in rows),
        "stay_words": [s.value for s in _STAYS],
        "stay": _small(_STAYS.index(p.destination.stay) for p in rows),
        "state_words": [(s.value, s.chinese) for s in _STATES],
        "state": _small(_STATES.index(s.state) for s in now),
        "place": _large(place[s.place] for s in now),
        "shelters": [
            {"id": s.shelter_id, "name": s.name, "capacity": s.capacity, "county": s.county} for s in shelters
        ],
    }  # fmt: skip


def _others(
    rows: list[Person],
    states: Mapping[str, PersonState],
    shelters: Sequence[Shelter],
    present: Mapping[str, int] | None,
) -> dict[str, int]:
    """Place -> people there who are not in the pack, of every place that somebody with this pack may be on duty at."""
    if present is None:
        return {}
    mine = Counter(s.place for p in rows if (s := states.get(p.code, NOBODY)).state in _AT_A_SHELTER)
    bound = {p.destination.place for p in rows if p.destination.stay is Stay.SHELTER}
    places = sorted((bound | {s.shelter_id for s in shelters}) - {""})
    return {place: max(0, present.get(place, 0) - mine[place]) for place in places}


def _small(numbers: Iterable[int]) -> str:
    """A column of numbers below 256."""
    return b64encode(bytes(numbers)).decode()


def _large(numbers: Iterable[int]) -> str:
    """A column of numbers below 65,536, big-endian."""
    return b64encode(b"".join(n.to_bytes(2, "big") for n in numbers)).decode()


def _numbers(column: str, width: int) -> list[int]:
    raw = b64decode(column)
    return [int.from_bytes(raw[n : n + width], "big") for n in range(0, len(raw), width)]


def _village_of_homes(rows: list[Person]) -> list[tuple[str, str]]:
    return [
        (p.village, p.village_name)
        for _, members in groupby(rows, lambda p: (p.village, p.household))
        for p in [next(members)]
    ]


def unpack(data: bytes, *, key: bytes, now: datetime) -> RosterPack:
    """What a pack holds, as the phone reads it.

    Parameters
    ----------
    data : bytes
        From ``pack``.
    key : bytes
        The one that it was made with.
    now : datetime
        Trusted time; a pack is not read after its end.

    Raises
    ------
    DataError
        Not a pack, cut short, altered, or of another key.
    EvacError
        Its time is over.
    """
    try:
        if data[:4] != _MAGIC:
            raise ValueError(f"begins with {data[:4]!r}")
        (length,) = _LENGTH.unpack_from(data, 4)
        end = 4 + _LENGTH.size + length
        header = json.loads(data[6:end])
        expires_at = instant_of(header["expires_at"])
        nonce, sealed = data[end : end + _IV], data[end + _IV :]
        plain = AESGCM(pack_key(key)).decrypt(nonce, sealed, data[:end])
        content = json.loads(plain)
    except (ValueError, KeyError, TypeError, struct.error, InvalidTag, OverflowError) as error:
        raise DataError(
            "not a roster that this key opens", where="roster pack", expected="bytes that pack made, with its key",
            found=f"{len(data)} bytes: {type(error).__name__} {error}", remedy="fetch the roster again",
        ) from error  # fmt: skip
    if now >= expires_at:
        raise EvacError(
            "the roster's time is over", where="roster pack", expected=f"before {expires_at:%Y-%m-%d %H:%M} UTC",
            remedy="fetch the roster again, with a token that holds",
        )  # fmt: skip
    return RosterPack(
        tuple(_rows(content)), expires_at, content["event"], content["keys"], b64decode(content["revocations"]),
        tuple(content["shelters"]), content["others"],
        None if content["counted_at"] is None else instant_of(content["counted_at"]),
        content["counter"], tuple(content["sites"]),
    )  # fmt: skip


def _rows(content: Mapping[str, Any]) -> Iterable[RosterRow]:
    raw = b64decode(content["codes"])
    names = content["names"].split("\n")
    small = {name: _numbers(content[name], 1) for name in ("category", "weak", "state", "stay")}
    large = {name: _numbers(content[name], 2) for name in ("home_sizes", "home_villages", "bound", "place")}
    homes = [n for n, size in enumerate(large["home_sizes"]) for _ in range(size)]
    for n, home in enumerate(homes):
        yield RosterRow(
            code=code_of_bytes(raw[n * _CODE : (n + 1) * _CODE]),
            name=names[n],
            household=content["homes"][home],
            village=content["villages"][large["home_villages"][home]][0],
            category=Category(content["categories"][small["category"][n]][0]),
            weak=tuple(w for bit, w in enumerate(_WEAK) if small["weak"][n] >> bit & 1),
            helper=content["helpers"].get(str(n), ""),
            stay=Stay(content["stay_words"][small["stay"][n]]),
            bound_for=content["places"][large["bound"][n]],
            state=State(content["state_words"][small["state"][n]][0]),
            place=content["places"][large["place"][n]],
        )
