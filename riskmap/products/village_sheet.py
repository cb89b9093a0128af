"""村级防汛防台形势图: one A3 page for the village's wall, with danger areas, ways, shelters, names and numbers.

With positions it is a map; without any it is a scheme, who goes from where to where. Nothing is made up: a name or a
number that is not given is a blank to be filled in by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from riskmap.errors import DataError
from riskmap.products.letter_words import BLANK
from riskmap.products.village_map import village_map_svg
from riskmap.scale import DISCLAIMER
from riskmap.village import DANGERS, DangerArea, Village

if TYPE_CHECKING:
    from riskmap.products.typeset import FontSet

MOST_LINES: Final = 60
"""Of the tables, in the smallest letters that a wall can bear (6 pt, status D)."""

EXAMPLE: Final = "示例 · 虚构数据,不得使用"
SKETCH: Final = "虚线为示意连线,路线以实地为准 · 坐标 WGS-84"
"""Beside a map only."""


def village_sheet(village: Village, *, created_at: datetime, fonts: FontSet | None = None) -> bytes:
    """The sheet as a PDF of one A3 page.

    Parameters
    ----------
    village : Village
        See ``riskmap.io.village_file.read_village``.
    created_at : datetime
        Creation date in the file, with time zone: the same arguments give the same bytes.
    fonts : FontSet, optional
        The bundled fonts where None.

    Returns
    -------
    bytes

    Raises
    ------
    DataError
        The plan is too long for one page.
    MissingExtraError, ConfigError
        As in ``riskmap.products.typeset.compile_pdf``.

    Examples
    --------
    >>> from datetime import UTC
    >>> from riskmap.io.bundled import bundled
    >>> from riskmap.io.village_file import read_village
    >>> village = read_village(bundled("villages/example_sheet.toml"))
    >>> village_sheet(village, created_at=datetime(2021, 7, 24, tzinfo=UTC))[:5]
    b'%PDF-'

    .. image:: /images/village_sheet.png
       :alt: The sheet of the invented example
    """
    from riskmap.products.typeset import compile_pdf

    lines = 2 * len(village.danger) + len(village.shelter) + len(village.contact)
    if lines > MOST_LINES:
        raise DataError(
            "the plan is too long for one page", where=f"village {village.code}", expected=f"at most {MOST_LINES} lines: "
            "two a danger area, one a shelter or contact", found=f"{lines} lines",
            remedy="make a sheet for each hamlet (自然村)",
        )  # fmt: skip
    return compile_pdf(template(), sheet_content(village), created_at=created_at, fonts=fonts)


def sheet_content(village: Village) -> dict[str, Any]:
    """What the sheet shows, ready for JSON.

    Parameters
    ----------
    village : Village
    """
    picture = village_map_svg(village) if village.positions else ""
    return {
        "title": f"{village.name} 村级防汛防台形势图",
        "place": f"{village.county} {village.township} · 代码 {village.code}",
        "example": EXAMPLE if village.example else "",
        "signals": [("准备转移信号", village.prepare or BLANK), ("立即转移信号", village.move or BLANK)],
        "map": picture,
        "dangers": list(_dangers(village)),
        "shelters": [
            (s.name, _number(s.places, "人"), s.address or BLANK, s.keeper or BLANK, s.phone or BLANK)
            for s in village.shelter
        ],
        "contacts": [(c.post, c.name or BLANK, c.phone or BLANK) for c in village.contact],
        "total": _total(village),
        "notes": " · ".join(
            filter(
                None,
                (
                    DISCLAIMER[0],
                    f"核对时间 {village.updated}",
                    f"审图号:{village.approval_number or BLANK}" if picture else "",
                    SKETCH if picture else "",
                ),
            )
        ),
    }


def _dangers(village: Village) -> Iterator[dict[str, Any]]:
    for n, area in enumerate(village.danger, 1):
        route = next((r for r in village.route if r.start == area.name), None)
        way = [
            area.manner or "",
            f"约{route.length:.0f}米" if route and route.length else "",
            route.avoid if route else "",
        ]
        yield {
            "number": str(n),
            "name": area.name,
            "kind": DANGERS[area.kind],
            "people": _crowd(area),
            "shelter": area.shelter or BLANK,
            "way": ",".join(filter(None, way)) or BLANK,
            "responsible": area.responsible or BLANK,
            "phone": area.phone or BLANK,
        }


def _crowd(area: DangerArea) -> str:
    return f"{_number(area.households, '户')} {_number(area.people, '人')}"


def _number(count: int | None, unit: str) -> str:
    return f"{BLANK if count is None else count}{unit}"


def _total(village: Village) -> str:
    """Sum of the people, where all are known."""
    people = [area.people for area in village.danger]
    known = [count for count in people if count is not None]
    if not known:
        return ""
    least = "至少" if len(known) < len(people) else ""
    return f"危险区 {len(people)} 处,{least}{sum(known)} 人"


@lru_cache(maxsize=1)
def template() -> str:
    """Typst source of the sheet."""
    return resources.files("riskmap.products").joinpath("templates/village.typ").read_text(encoding="utf-8")
