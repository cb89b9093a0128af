"""The link that logs a phone in: printed as a QR code, scanned once. What is secret stands behind ``#`` and is sent to nobody."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Final

from riskmap.errors import DataError

_PATH: Final = "/kiosk/#login="
_NAMES: Final = {"t": "token", "d": "device", "p": "prefix", "a": "actor", "s": "place", "r": "role"}
_NEEDED: Final = ("token", "device", "prefix")


@dataclass(frozen=True, slots=True)
class Login:
    """What a phone needs to know of itself.

    Attributes
    ----------
    server : str
        ``https://host[:port]`` that serves page and data.
    token : str
        Of this device; the key of its roster is made from it.
    device : str
        Name that stands in its events.
    prefix : str
        Region of its roster: 6, 9 or 12 digits.
    actor, place : str
        Who works with it, and the shelter's id; may be left for the phone to ask.
    role : str
        ``grid`` for a grid worker's phone, which shows tasks; empty for a door's.
    """

    server: str
    token: str
    device: str
    prefix: str
    actor: str = ""
    place: str = ""
    role: str = ""

    def url(self) -> str:
        """The link; about 200 characters, a QR code of version 10-M.

        Examples
        --------
        >>> Login("https://a.example", "evt_1", "P7", "330902001").url()
        'https://a.example/kiosk/#login=eyJ0IjoiZXZ0XzEiLCJkIjoiUDciLCJwIjoiMzMwOTAyMDAxIn0'
        """
        record = {short: getattr(self, name) for short, name in _NAMES.items() if getattr(self, name)}
        text = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()
        return self.server.rstrip("/") + _PATH + urlsafe_b64encode(text).rstrip(b"=").decode()


def read_login(url: str) -> Login:
    """The login of a link.

    Raises
    ------
    DataError
        Not such a link, or something is missing in it.

    Examples
    --------
    >>> login = Login("https://a.example", "evt_1", "P7", "330902001", "王")
    >>> read_login(login.url()) == login
    True
    """
    server, found, text = url.partition(_PATH)
    try:
        if not found:
            raise ValueError("no login in it")
        record = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        told = {name: str(record[short]) for short, name in _NAMES.items() if short in record}
        missing = [name for name in _NEEDED if not told.get(name)]
        if missing:
            raise ValueError(f"without {', '.join(missing)}")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            "not a login link", where="login", expected="https://SERVER/kiosk/#login=...", found=f"{url[:30]!r}: {error}",
            remedy="print a new one: evac token new --qr",
        ) from error  # fmt: skip
    return Login(server, **told)
