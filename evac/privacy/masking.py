"""Names by role: a village sees its own people, a town masked names, a county and above nobody by name."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from evac.model import Person
from riskmap.errors import DataError

_VILLAGE, _TOWN, _COUNTY, _CITY, _PROVINCE = 12, 9, 6, 4, 2
SCOPES: Final = (_VILLAGE, _TOWN, _COUNTY, _CITY, _PROVINCE)
"""Digits of an administrative code that a role may be bound to: village, township, county, city, province."""


def mask_name(name: str) -> str:
    """First character, then stars; a name of one character becomes a star.

    Examples
    --------
    >>> mask_name("张三丰"), mask_name("王"), mask_name("")
    ('张**', '*', '*')
    """
    return name[0] + "*" * (len(name) - 1) if len(name) > 1 else "*"


def mask_phone(phone: str) -> str:
    """The last two digits, the others as stars; fewer than seven digits show nothing.

    Examples
    --------
    >>> mask_phone("13800000147"), mask_phone("110"), mask_phone("")
    ('*********47', '***', '')
    """
    return "*" * (len(phone) - 2) + phone[-2:] if len(phone) >= 7 else "*" * len(phone)


def seen_from(person: Person, scope: str) -> Person | None:
    """What a reader whose role is bound to ``scope`` sees of a person without giving a reason.

    Parameters
    ----------
    person : Person
        As the store gives it with the event's key.
    scope : str
        Administrative code of the reader: 12 digits (village), 9 (township), 6 (county), 4 (city) or 2 (province).

    Returns
    -------
    Person or None
        Whole for the person's own village; with name, phone and helper masked and without birth year and number of
        identity for the own township; None for everybody else, who get counts only.

    Raises
    ------
    DataError
        The scope is no administrative code.

    References
    ----------
    个人信息保护法 (PIPL) Art. 6 and 28: the least that the purpose needs; ``domain.md`` §4, status S.

    Examples
    --------
    >>> from evac.model import Category, Destination, Stay
    >>> one = Person(code="7" + "C" * 25, name="张三", household="1", county="330902", village="330902001001",
    ...              village_name="东园", category=Category.DANGEROUS_HOUSE, destination=Destination(Stay.SHELTER, "S1"),
    ...              phone="13800001111")
    >>> [seen_from(one, scope).name for scope in ("330902001001", "330902001")]
    ['张三', '张*']
    >>> seen_from(one, "330902") is None  # a county gets counts
    True
    """
    if len(scope) not in SCOPES or not (scope.isascii() and scope.isdecimal()):
        raise DataError(
            "not a scope", where="role", expected="12, 9, 6, 4 or 2 digits of an administrative code",
            found=repr(scope), remedy="name the village, township, county, city or province of the role",
        )  # fmt: skip
    if len(scope) <= _COUNTY or not person.village.startswith(scope):
        return None
    if len(scope) == _VILLAGE:
        return person
    return replace(
        person, name=mask_name(person.name), helper=person.helper and mask_name(person.helper),
        phone=mask_phone(person.phone), birth_year=None, identity="",
    )  # fmt: skip
