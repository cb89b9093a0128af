"""What a person's printed code shows, and how sheets become a PDF."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from typing import Any, Final

from evac.crockford import grouped, short_code
from evac.grain import COUNTY_DIGITS
from evac.model import Person
from evac.privacy import mask_name
from evac.qr import qr_png
from riskmap.products.typeset import compile_pdf

_TITLE: Final = "安全码"
_LINE: Final = 10  # characters that a line of a pendant holds
_NAME: Final = 5
_TO_WRITE: Final = "＿" * 5
_EXERCISE: Final = " 演练 SYNTHETIC"


@dataclass(frozen=True)
class Imprint:
    """What is the same on all sheets of a print run.

    Attributes
    ----------
    event : str
        The storm in words, on every piece.
    created_at : datetime
        Creation date in the file; the same arguments give the same bytes.
    counties, shelters : mapping
        Code or id -> name; the code stands where there is none.
    contact : str
        Telephone line on household sheets; empty leaves room to write.
    """

    event: str
    created_at: datetime
    counties: Mapping[str, str] = field(default_factory=dict)
    shelters: Mapping[str, str] = field(default_factory=dict)
    contact: str = ""


def fitted(text: str, most: int) -> str:
    """Text that is cut to so many characters, so that no field pushes another off its place.

    Examples
    --------
    >>> fitted("岑港街道马目村", 10), fitted("岑港街道马目社区居民委员会", 10)
    ('岑港街道马目村', '岑港街道马目社区居…')
    """
    return text if len(text) <= most else text[: most - 1] + "…"


def card(person: Person, number: int, imprint: Imprint) -> dict[str, Any]:
    """One pendant or wristband, as its template takes it.

    Raises
    ------
    DataError
        The person's code is not signed, or too long for its QR code.
    """
    return {
        "number": f"{number:05d}",
        "qr": list(qr_png(person.signed)),
        "short": grouped(short_code(person.code)),
        "name": mask_name(person.name)[:_NAME] if person.name else _TO_WRITE,
        "county": fitted(imprint.counties.get(person.county, person.county), _LINE),
        "village": fitted(village_words(person), 2 * _LINE),
        "category": person.category.chinese,
        "weak": bool(person.vulnerability),
        "synthetic": person.synthetic,
    }


def village_words(person: Person) -> str:
    """The village's name; its code where the list had no more, since a cadre sorts cards by it."""
    return person.village_name or (person.village if len(person.village) > COUNTY_DIGITS else "")


def typeset(template: str, content: Mapping[str, Any], imprint: Imprint, *, synthetic: bool) -> bytes:
    """A PDF of one of the templates.

    Raises
    ------
    MissingExtraError
        The typesetter is not installed.
    """
    source = (files("evac") / "templates" / template).read_text(encoding="utf-8")
    data = {"event": imprint.event, "title": _TITLE + (_EXERCISE if synthetic else ""), **content}
    return compile_pdf(source, data, created_at=imprint.created_at)
