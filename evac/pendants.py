"""Printed pendants (安全码吊牌): ten to an A4 page with cut lines. Printed codes come first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from importlib.resources import files
from typing import Final

from evac.codes import qr_svg, short_code
from evac.drill import SYNTHETIC
from evac.model import Person
from evac.privacy import mask_name
from riskmap.products.typeset import compile_pdf

A_PAGE: Final = 10
SHEET: Final = 200
"""Pendants in the sheet that a drill prints; the others are made on demand."""


def pendant_sheet(
    people: Sequence[Person],
    *,
    event: str,
    county_names: dict[str, str],
    created_at: datetime,
    first: int = 1,
) -> bytes:
    """A PDF of pendants, ten to an A4 page.

    Parameters
    ----------
    people : sequence of Person
        With signed codes.
    event : str
        The storm, printed on each.
    county_names : dict
        County code -> name; the code stands where the name is not known.
    created_at : datetime
        Creation date in the file; the same arguments give the same bytes.
    first : int
        Running number of the first one.

    Raises
    ------
    MissingExtraError
        The typesetter is not installed.
    """
    cards = [
        {
            "number": f"{first + n:05d}",
            "qr": qr_svg(person.signed),
            "short": _grouped(short_code(person.code)),
            "name": mask_name(person.name),
            "county": county_names.get(person.county, person.county),
            "village": person.village_name,
            "category": person.category.chinese,
            "weak": bool(person.vulnerability),
            "synthetic": person.synthetic,
        }
        for n, person in enumerate(people)
    ]
    source = (files("evac") / "templates" / "pendants.typ").read_text(encoding="utf-8")
    data = {"cards": cards, "event": event, "label": list(SYNTHETIC)}
    return compile_pdf(source, data, created_at=created_at)


def _grouped(text: str) -> str:
    """``ABCD-EFGH-JKM``: easier to read aloud."""
    return "-".join((text[:4], text[4:8], text[8:]))
