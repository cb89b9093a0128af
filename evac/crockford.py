"""The code's 26 characters, and the short form of eleven that is typed."""

from __future__ import annotations

import random
from collections.abc import Collection
from functools import lru_cache
from typing import Final
from unicodedata import normalize

from evac.errors import UnknownCodeError

CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH: Final = 26
DASHES: Final = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2e3a\u2e3b", "-"))
"""For ``str.translate``, after NFKC: every dash that a keyboard writes is a hyphen."""
_VALUE: Final = {c: n for n, c in enumerate(CROCKFORD)} | {"O": 0, "I": 1, "L": 1}
_TENS: Final = [high + low for high in CROCKFORD for low in CROCKFORD]  # two characters of ten bits
# digits of int(bytes, 32); what is no Crockford character becomes none of them, as I, L, O, U and small letters would
_TO_PYTHON: Final = bytes(
    ord("0123456789abcdefghijklmnopqrstuv"[CROCKFORD.index(chr(n))]) if chr(n) in CROCKFORD else ord("!")
    for n in range(256)
)
# times two in GF(32), x^5 + x^2 + 1
_DOUBLED: Final = [n << 1 ^ (0b100101 if n & 16 else 0) for n in range(32)]


def mint(rng: random.Random | None = None, *, taken: Collection[str] = ()) -> str:
    """A new random code of 128 bits, as 26 Crockford base32 characters.

    Parameters
    ----------
    rng : random.Random, optional
        None takes the system's randomness; a drill passes its own.
    taken : collection of str
        Short codes in use; a code whose short form is among them is drawn again.

    Examples
    --------
    >>> len(mint())
    26
    """
    source = rng or random.SystemRandom()
    while True:
        code = _crockford(source.getrandbits(128))
        if not taken or short_code(code) not in taken:
            return code


@lru_cache(maxsize=1 << 16)  # who is met once is met again soon
def code_of_bytes(raw: bytes) -> str:
    """The 26 characters of a code's 16 bytes."""
    return _crockford(int.from_bytes(raw, "big"))


def _crockford(number: int) -> str:
    return "".join([_TENS[number >> n & 1023] for n in range(120, -1, -10)])


@lru_cache(maxsize=1 << 16)
def bytes_of_code(code: str) -> bytes:
    """The 16 bytes of a code.

    Raises
    ------
    UnknownCodeError
        Not the 26 characters of a 128-bit number.

    Examples
    --------
    >>> code_of_bytes(bytes_of_code("7ZZZZZZZZZZZZZZZZZZZZZZZZZ"))
    '7ZZZZZZZZZZZZZZZZZZZZZZZZZ'
    """
    if len(code) == CODE_LENGTH:
        try:
            return int(code.encode().translate(_TO_PYTHON), 32).to_bytes(16, "big")
        except (ValueError, OverflowError):
            pass
    raise UnknownCodeError(
        "not a safety code",
        where="code",
        expected="26 Crockford characters of 128 bits",
        found=repr(code[:40]),
        remedy="scan the code again, or look the short code up in the roster",
    )


def short_code(code: str) -> str:
    """Ten characters of a code and a check character, to be typed; valid only against a roster.

    Examples
    --------
    >>> short_code("0" * 25 + "A")
    '000000000AM'
    """
    tail = code[-10:]
    return tail + _check_character(tail)


def grouped(short: str) -> str:
    """A short code in three groups: easier to read aloud.

    Examples
    --------
    >>> grouped("000000000AM")
    '0000-0000-0AM'
    """
    return "-".join((short[:4], short[4:8], short[8:]))


def parse_short_code(typed: str) -> str:
    """The short code that was typed, in its one form.

    Small letters, full-width characters, blanks and dashes of every kind are forgiven, and O, I, L read as 0, 1, 1. The
    check character finds every single wrong character and every swap of two.

    Raises
    ------
    UnknownCodeError
        Not ten characters and a check character that fits.

    Examples
    --------
    >>> parse_short_code("ooooo-oooo a m"), parse_short_code("００００—0000—0ａｍ")
    ('000000000AM', '000000000AM')
    """
    text = "".join(normalize("NFKC", typed).upper().translate(DASHES).replace("-", "").split())
    if len(text) == 11 and all(c in _VALUE for c in text):
        plain = "".join(CROCKFORD[_VALUE[c]] for c in text)
        if _check_character(plain[:10]) == plain[10]:
            return plain
    raise UnknownCodeError(
        "not a short code",
        where="typed code",
        expected="11 characters, the last of which checks the others",
        found=repr(typed[:40]),
        remedy="read it again from the pendant",
    )


def _check_character(text: str) -> str:
    # sum of g^k * digit in GF(32): all powers differ, so single errors and swaps show
    total = 0
    for character in text:
        total = _DOUBLED[total ^ _VALUE[character]]
    return CROCKFORD[total]
