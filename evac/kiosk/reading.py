"""What was scanned or typed: a signed code, a short code of the roster, or something else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from evac.codes import parse_short_code, public_keys, verify
from evac.errors import CodeError
from evac.model import Person


@dataclass(frozen=True, slots=True)
class Read:
    """What a line is worth.

    Attributes
    ----------
    code : str
        26 characters; empty where nobody can be checked in by it.
    words : str
        For the door.
    look : bool
        Accepted, but worth a second look.
    """

    code: str
    words: str = ""
    look: bool = False


class Reader(Protocol):
    """Judges what was scanned or typed."""

    def read(self, text: str, now: datetime) -> Read:
        """What a line is worth at a trusted time."""
        ...


class CodeReader:
    """Signed codes by public keys alone, short codes by the roster.

    Parameters
    ----------
    keys : mapping
        Key id -> public key.
    person : callable
        The person of a code or short code, None where not on the roster.
    """

    def __init__(
        self, keys: Mapping[bytes, Ed25519PublicKey], person: Callable[[str], Person | None]
    ) -> None:
        self._keys, self._person = keys, person

    def read(self, text: str, now: datetime) -> Read:
        """See ``Reader.read``."""
        if text.startswith("EV1:"):
            try:
                return Read(verify(text, self._keys, now=now).ticket.code)
            except CodeError as error:
                return Read("", f"{error.message}; {error.remedy or ''}")
        try:
            found = self._person(parse_short_code(text))
        except CodeError:
            return Read(
                "",
                "读不懂,请重扫,或输入11位短码;? 看说明 · scan again, or type the 11 characters; ? for help",
            )
        if found is None:
            return Read("", "名单上没有这个短码;请用 + 姓名 登记 · not on this roster; add with + NAME")
        return Read(found.code)


def carried_keys(labels: Mapping[str, str]) -> dict[bytes, Ed25519PublicKey]:
    """Key id -> public key, of the keys that a registry's labels carry."""
    named = (labels.get("public_key", ""), labels.get("public_keys", ""))
    keys = [key for text in named for key in text.replace(",", " ").split()]
    return public_keys([bytes.fromhex(key) for key in dict.fromkeys(keys)])
