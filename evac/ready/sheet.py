"""The checklist as an office reads it: a page that opens without a network, and a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from html import escape
from importlib.resources import files
from typing import Final

from evac.ready.checks import checks
from evac.ready.readiness import Item, Light, Village
from riskmap.outlook import beijing
from riskmap.products.self_contained import require_self_contained
from riskmap.products.table import cell

_SIGNS: Final = {Light.READY: "✓", Light.NOT_READY: "✗", Light.NOT_CHECKED: "?", Light.NOT_NEEDED: "–"}
_WORST: Final = (Light.NOT_READY, Light.NOT_CHECKED, Light.READY, Light.NOT_NEEDED)
_SHELTER: Final = "安置点 "
COLUMNS: Final = (
    "village",
    "village_name",
    "ready",
    "item",
    "item_name",
    "subject",
    "light",
    "light_name",
    "why",
    "at",
)
"""Header of ``readiness.csv``."""


def readiness_csv(villages: Sequence[Village]) -> str:
    """One line an item, after a byte-order mark; instants in Beijing time."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for village in villages:
        for item in village.items:
            writer.writerow([
                village.code, cell(village.name), int(village.ready), item.check.item, item.check.chinese, cell(item.subject),
                item.light.value, item.light.chinese, cell(item.why), beijing(item.at) if item.at else "",
            ])  # fmt: skip
    return out.getvalue()


def readiness_page(villages: Sequence[Village], at: datetime, *, synthetic: bool) -> str:
    """The page: villages down, items across, and below what keeps each from being ready; red ones first.

    Parameters
    ----------
    at : datetime
        The instant of the checklist.
    synthetic : bool
        Marks it as a drill's.
    """
    green = sum(village.ready for village in villages)
    order = sorted(villages, key=lambda village: (village.ready, -len(village.missing), village.code))
    slots = {
        "marks": '<p class="mark">演练 EXERCISE</p>' if synthetic else "",
        "sum": escape(f"{beijing(at)} · {len(villages)} 个村,就绪 {green},未就绪 {len(villages) - green}"),
        "heads": "".join(f'<th title="{escape(c.english)}">{escape(c.chinese)}</th>' for c in checks().values()),
        "rows": "\n".join(map(_row, order)),
        "missing": "\n".join(_missing(village) for village in order if not village.ready),
        "rules": "<br>".join(
            escape(f"{c.chinese}:{f'{c.good_for.total_seconds() / 3600:g} 小时内有效;' if c.good_for else ''}{c.source} [{c.status}]")
            for c in checks().values()
        ),
    }  # fmt: skip
    page = (files("evac") / "templates" / "ready.html").read_text(encoding="utf-8")
    before, *parts = page.split("{{")
    page = before + "".join(slots[name] + rest for name, rest in (part.split("}}", 1) for part in parts))
    require_self_contained(page, page="readiness")
    return page


def _row(village: Village) -> str:
    cells = "".join(_cell([i for i in village.items if i.check.item == name]) for name in checks())
    light = Light.READY if village.ready else Light.NOT_READY
    return (
        f'<tr><td class="name">{escape(village.name or village.code)}</td><td>{village.people}</td>'
        f'<td class="{light.value}">{"绿" if village.ready else "红"}</td>{cells}</tr>'
    )


def _cell(items: Sequence[Item]) -> str:
    """The worst of an item's lines: a village with several shelters is as ready as the least of them."""
    light = next((light for light in _WORST if any(item.light is light for item in items)), Light.NOT_NEEDED)
    return f'<td class="{light.value}" title="{escape(";".join(i.why for i in items))}">{_SIGNS[light]}</td>'


def _missing(village: Village) -> str:
    lines = "".join(
        f"<li>{escape(_SHELTER + i.subject + ' ' if i.subject else '')}{escape(i.check.chinese)} {i.light.chinese}:{escape(i.why)}</li>"
        for i in village.missing
    )
    return f"<h2>{escape(village.name or '')} {village.code}</h2><ul>{lines}</ul>"
