"""Where somebody stays who is with relatives, as the log may say it: events are in clear, so a region's code at most, and never with whom."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from evac.people.identity import without_numbers

RELATIVES: Final = "亲友家"
"""Place of a stay with relatives of which no region is known."""
_REGION: Final = re.compile(r"[0-9]{6}(?:[0-9]{3}){0,2}")
_CONTACT: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:(?:\+?86[ -]?)?1[3-9](?:[ -]?[0-9]){9}|0[0-9]{2,3}[ -]?[0-9]{7,8}|[0-9]{14,17}[0-9Xx])(?![0-9])"
)
"""A mobile or fixed telephone, or an identity number in one run: ids of shelters are long numbers with dashes."""


def with_relatives(where: str) -> str:
    """The place that an event says; words are not said, they may be a name and a telephone number.

    Examples
    --------
    >>> with_relatives("330903001"), with_relatives("外婆家 张三 13800001111")
    ('330903001', '亲友家')
    """
    return where if _REGION.fullmatch(where) else RELATIVES


def without_contacts(place: str) -> str:
    """A place, with a mark in place of identity and telephone numbers.

    Examples
    --------
    >>> without_contacts("村口小店 138-0000-1111"), without_contacts("330902001001-001")
    ('村口小店 [号码]', '330902001001-001')
    """
    if sum(map(str.isdigit, place)) < 7:
        return place
    told = place if place.isascii() else without_numbers(place)
    plain = unicodedata.normalize("NFKC", told)
    return _CONTACT.sub("[号码]", plain) if _CONTACT.search(plain) else told
