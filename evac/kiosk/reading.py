"""What was scanned or typed: a signed code, a short code of the roster, or something else."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from evac.codes import judge, parse_short_code, sites_of
from evac.errors import CodeError
from evac.keys import KeyRing, public_keys, read_ring
from evac.model import Person
from evac.revocation import RevocationList, trusted_list
from evac.verdict import Finding


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
    """Signed codes by public keys and the revocation list, short codes by the roster; all from the registry's own labels.

    A code that has run out, or is not valid yet, is still its wearer's where the signature holds and the roster knows it: that
    person is checked in, and looked at. So is who shows the unsigned form of one of our addresses and is on the roster.

    Parameters
    ----------
    labels : mapping
        Of the registry: ``key_ring``, ``public_key``, ``revocations``, ``sites``, ``event``; ``key_use`` in a drill, whose codes
        never count in a real operation, nor the other way round.
    person : callable
        The person of a code or short code, None where not on the roster.
    """

    def __init__(self, labels: Mapping[str, str], person: Callable[[str], Person | None]) -> None:
        self._ring, self._revoked = carried_keys(labels)
        self._sites = sites_of(labels)
        self._event = labels.get("event", "")
        self._drill = labels.get("key_use") == "DRILL"
        self._person = person

    def read(self, text: str, now: datetime) -> Read:
        """See ``Reader.read``."""
        typed = self._typed(text)
        if typed is not None:
            return typed
        verdict = judge(
            text,
            self._ring,
            now=now,
            event=self._event,
            drill=self._drill,
            revoked=self._revoked,
            sites=self._sites,
        )
        listed = bool(verdict.code) and self._person(verdict.code) is not None
        if verdict.accepted and listed:
            return Read(verdict.code)  # the roster is newer than any list
        if verdict.accepted and not verdict.needs_roster:
            return Read(verdict.code, verdict.words, bool(verdict.cautions))
        if listed and verdict.finding in (Finding.EXPIRED, Finding.NOT_YET_VALID, Finding.UNSIGNED):
            return Read(verdict.code, verdict.words, True)
        return Read("", f"{verdict.words}。{verdict.finding.advice}")

    def _typed(self, text: str) -> Read | None:
        """A short code; None for what is none."""
        try:
            found = self._person(parse_short_code(text))
        except CodeError:
            return None if ":" in text else Read("", _NOT_READ)
        if found is None:
            return Read("", "名单上没有这个短码;请用 + 姓名 登记 · not on this roster; add with + NAME")
        return Read(found.code)


_NOT_READ = "读不懂,请重扫,或输入11位短码;? 看说明 · scan again, or type the 11 characters; ? for help"


def carried_keys(labels: Mapping[str, str]) -> tuple[KeyRing, RevocationList | None]:
    """Public keys and the newest revocation list that a registry's labels carry.

    Raises
    ------
    ConfigError, CodeError
        A label is damaged.
    """
    ring = read_ring(labels["key_ring"]) if labels.get("key_ring") else None
    if ring is None:
        ring = public_keys([bytes.fromhex(key) for key in labels.get("public_key", "").split()])
    signed = labels.get("revocations")
    # a list that its key's theft has made worthless must not close the door: judge says that there is none
    return ring, trusted_list(b64decode(signed), ring) if signed else None
