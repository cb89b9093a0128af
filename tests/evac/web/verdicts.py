"""Codes good and bad, with what Python says of each: the phone must say the same."""

from __future__ import annotations

import random
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from evac import codes
from evac.base45 import base45_decode, base45_encode
from evac.keys import KeyRecord, KeyRing, SigningKey
from evac.revocation import RevocationList, next_list, read_list, sign_list

NOW = datetime(2021, 7, 25, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
EVENT = "烟花2106"
SITE = "https://code.example/c/"
ORDER = 2**252 + 27742317777372353535851937790883648493  # of the group, RFC 8032 section 5.1
GOOD, OLD, STOLEN, OTHER, DRILL, UNKNOWN = (SigningKey.for_drill(n) for n in range(1, 7))


def ring() -> KeyRing:
    """A key in force, one that was rotated out, one stolen, one of another event, one of a drill."""
    week = 24 * 7 * HOUR

    def record(key: SigningKey, **told: Any) -> KeyRecord:
        fields = {"event": EVENT, "valid_from": NOW - week, "valid_until": NOW + week} | told
        return KeyRecord(key.kid, key.public.public_bytes_raw(), **fields)

    return KeyRing(
        (
            record(GOOD), record(OLD, retired_at=NOW - 5 * HOUR), record(STOLEN, stolen_at=NOW - 5 * HOUR),
            record(OTHER, event="别的"), record(DRILL, drill=True),
        ), 3,
    )  # fmt: skip


class Vector(NamedTuple):
    """One scan on one device."""

    name: str
    text: str
    event: str
    drill: bool | None
    revoked: bytes
    now: datetime


def vectors() -> Iterator[Vector]:
    """All of them; the same at each call."""
    rng = random.Random(2106)

    def text(
        key: SigningKey = GOOD,
        *,
        start: timedelta = -2 * HOUR,
        hours: int = 48,
        drill: bool = False,
        code: str = "",
    ) -> str:
        made = codes.Ticket(code or codes.mint(rng), "330902", NOW + start, hours, drill)
        return codes.qr_text(codes.sign(made, key))

    void = codes.mint(rng)
    listed = next_list(None, event=EVENT, revoke=[void, codes.mint(rng)], now=NOW - HOUR)
    lists = {
        "": b"",
        "list": sign_list(listed, GOOD),
        "late": sign_list(
            next_list(None, event=EVENT, revoke=[void], now=NOW - 50 * HOUR, valid_for=HOUR), GOOD
        ),
        "foreign": sign_list(next_list(None, event="别的", revoke=[void], now=NOW), GOOD),
        "old key": sign_list(listed, OLD),
        "stolen key": sign_list(listed, STOLEN),
        "unknown key": sign_list(listed, UNKNOWN),
        "cut": sign_list(listed, GOOD)[:-1],
    }
    good = text()
    raw = base45_decode(good[4:])
    texts = {
        "good": good, "void": text(code=void), "drill": text(drill=True), "of a drill's key": text(DRILL),
        "of another event": text(OTHER), "unknown key": text(UNKNOWN),
        "old key, before": text(OLD, start=-6 * HOUR), "old key, after": text(OLD), "stolen key, before": text(STOLEN, start=-6 * HOUR),
        "stolen key, after": text(STOLEN), "not yet": text(start=HOUR), "expired": text(start=-4 * HOUR, hours=1),
        "first moment": text(start=timedelta()), "last moment": text(start=-HOUR, hours=1), "before its key": text(start=-24 * 9 * HOUR, hours=999),
    }  # fmt: skip
    for name, scanned in texts.items():
        yield Vector(name, scanned, "", None, b"", NOW)
        for list_name in ("", "list", "late", "foreign"):
            yield Vector(f"{name}, {list_name}", scanned, EVENT, False, lists[list_name], NOW)
        yield Vector(f"{name}, in a drill", scanned, EVENT, True, lists["list"], NOW)
        yield Vector(f"{name}, elsewhere", scanned, "第三个", None, b"", NOW)
    for list_name in ("old key", "stolen key", "unknown key", "cut"):
        yield Vector(f"void, {list_name}", texts["void"], EVENT, None, lists[list_name], NOW)
    yield from (
        Vector(f"altered {n}", "EV1:" + base45_encode(altered(raw, n)), EVENT, None, b"", NOW)
        for n in range(0, 94, 3)
    )
    twisted = raw[:62] + (int.from_bytes(raw[62:], "little") + ORDER).to_bytes(32, "little")
    for name, scanned in {
        "S above the order": "EV1:" + base45_encode(twisted),
        "nothing": "", "blank": "  ", "other": "https://www.example.com/", "cut head": "EV", "head": "EV1:",
        "small letters": good.lower(), "cut": good[:-5], "cut more": good[:40], "longer": good + "AAA", "very long": "EV1:" + "A" * 400,
        "no base45": "EV1:abc", "group too large": "EV1:GGW", "one byte": "EV1:10", "two versions": "EV1:" + base45_encode(b"\2" + raw[1:]),
        "other algorithm": "EV1:" + base45_encode(raw[:1] + b"\2" + raw[2:]), "payload alone": "EV1:" + base45_encode(raw[:30]),
        "a byte more": "EV1:" + base45_encode(raw + b"\0"), "a byte less": "EV1:" + base45_encode(raw[:-1]), "login": "EVX1:aa",
        "unsigned": SITE + void, "unsigned small": SITE + void.lower(), "unsigned wrong": SITE + "U" * 26, "unsigned elsewhere": "https://x.example/" + void,
        "Chinese": "安全码", "markup": "<img src=x onerror=alert(1)>",
    }.items():  # fmt: skip
        yield Vector(name, scanned, EVENT, None, b"", NOW)


def altered(raw: bytes, place: int) -> bytes:
    """One byte is another."""
    return raw[:place] + bytes([raw[place] ^ 0x11]) + raw[place + 1 :]


def judged(vector: Vector) -> dict[str, Any]:
    """What Python says."""
    listed: RevocationList | None = None
    if vector.revoked:
        try:
            listed = read_list(vector.revoked, ring())
        except codes.CodeError:
            listed = None
    found = codes.judge(
        vector.text,
        ring(),
        now=vector.now,
        event=vector.event,
        drill=vector.drill,
        revoked=listed,
        sites=[SITE],
    )
    return {
        "finding": str(found.finding),
        "code": found.code,
        "cautions": sorted(str(c) for c in found.cautions),
    }


def as_told(vector: Vector) -> dict[str, Any]:
    """The vector as the page takes it."""
    return {
        "text": vector.text, "event": vector.event, "drill": vector.drill, "revoked": b64encode(vector.revoked).decode(),
        "now": vector.now.timestamp() * 1000,
    }  # fmt: skip
