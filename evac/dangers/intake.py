"""Reports of danger as they come in, by command, over HTTP, from a hotline's table: checked once, the reporter sealed, none lost."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from evac.asides import DangerSeen
from evac.clear_words import without_numbers
from evac.dangers.rules import kind_of
from evac.envelope import NO_ONE
from evac.people.clerk import Clerk
from evac.people.datum import Datum, position_of
from evac.vault import Vault
from riskmap.errors import DataError

CHANNELS: Final = ("field", "public", "hotline")
LONGEST: Final = 500
"""Characters of the words for a place."""
_PHOTO: Final = re.compile(r"[0-9a-f]{64}")


class Reporter(NamedTuple):
    """Who reports, where that is known; never in clear in the log."""

    name: str = ""
    phone: str = ""


NOBODY: Final = Reporter()


@dataclass(frozen=True)
class Seen:
    """What somebody reports.

    Attributes
    ----------
    danger : str
        The kind, in any of its words.
    where : str
        In words; empty only where a position is given.
    place : str
        Code of the region or id of the shelter; empty where nobody can tell.
    longitude, latitude : float or None
        As told [degree], with ``datum``.
    photo : str
        SHA-256 of the photo.
    """

    danger: str
    where: str = ""
    place: str = ""
    longitude: float | None = None
    latitude: float | None = None
    datum: Datum | None = None
    photo: str = ""
    channel: str = "field"
    reporter: Reporter = NOBODY


def danger_seen(
    seen: Seen, clerk: Clerk, vault: Vault | None, *, at: datetime | None = None, event_id: str = ""
) -> DangerSeen:
    """The event of a report; identity numbers in its words are taken out, its reporter is sealed.

    Parameters
    ----------
    vault : Vault or None
        Of the emergency.
    at : datetime, optional
        When it was told; the clerk's now where None.

    Raises
    ------
    DataError
        No place of any sort, a position outside China or without a datum, no photo hash, a reporter without the key that seals one.
    """
    where = without_numbers(" ".join(seen.where.split()))[:LONGEST]
    try:
        longitude, latitude = position_of(seen.longitude, seen.latitude, seen.datum)
    except ValueError as error:
        raise DataError(f"not a position: {error}", where="report of danger") from None
    photo = seen.photo.strip().lower()
    if photo and not _PHOTO.fullmatch(photo):
        raise DataError(
            "not the hash of a photo", where="report of danger", expected="64 hexadecimal digits (SHA-256)",
            found=repr(photo[:70]), remedy="sha256sum FILE; the photo itself is kept elsewhere",
        )  # fmt: skip
    if longitude is None and not where:
        raise DataError(
            "nobody could find it", where="report of danger", expected="a position, or words for the place",
            found="neither", remedy="say where it is",
        )  # fmt: skip
    known = Reporter(" ".join(seen.reporter.name.split()), _digits(seen.reporter.phone))
    if any(known) and vault is None:
        raise DataError(
            "a reporter is not kept in clear", where="report of danger", expected="the key of the emergency",
            found="a name or telephone, and no key", remedy="give --vault, or leave the reporter out",
        )  # fmt: skip
    id_ = event_id or clerk.new_id()
    told = {} if at is None else {"trusted_at": at, "device_at": at}
    return clerk.write(
        DangerSeen, NO_ONE, event_id=id_, danger=kind_of(seen.danger).id, where=_with_kind(seen.danger, where),
        point="" if longitude is None else f"{latitude:.6f},{longitude:.6f}", photo=photo, channel=seen.channel,
        reporter=vault.pseudonym(f"reporter {known.phone or known.name}") if vault and any(known) else "",
        sealed=sealed_reporter(known, id_, vault) if vault and any(known) else "", place=seen.place, **told,
    )  # fmt: skip


def _with_kind(said: str, where: str) -> str:
    """The place, with what was said of the kind where the closed list has no word for it."""
    kind = kind_of(said)
    known = said.strip() in (kind.id, kind.chinese, kind.english, *kind.words)
    extra = "" if known or said.strip() in where else without_numbers(said.strip())[:LONGEST]
    return f"{extra},{where}".strip(",") if extra else where


def _digits(phone: str) -> str:
    return re.sub(r"\D", "", phone.replace("+86", "", 1))


def sealed_reporter(who: Reporter, event_id: str, vault: Vault) -> str:
    """Name and telephone as the event carries them.

    Examples
    --------
    >>> opened_reporter(sealed_reporter(Reporter("张三", "13800000000"), "0" * 32, Vault(bytes(32))), "0" * 32, Vault(bytes(32)))
    Reporter(name='张三', phone='13800000000')
    """
    plain = json.dumps(who._asdict(), ensure_ascii=False, sort_keys=True).encode()
    return base64.b64encode(vault.seal(plain, bytes.fromhex(event_id))).decode()


def opened_reporter(sealed: str, event_id: str, vault: Vault) -> Reporter:
    """Name and telephone of a report.

    Raises
    ------
    EvacError
        Sealed by another key.
    """
    found = json.loads(vault.open(base64.b64decode(sealed), bytes.fromhex(event_id)))
    return Reporter(str(found.get("name", "")), str(found.get("phone", "")))
