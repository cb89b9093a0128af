"""A filled form on paper: A4, heads on every page, page numbers, sign-off lines; the same bytes from the same log."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Any

from evac.forms.declared import Form
from evac.forms.fill import Filled, Section
from evac.forms.sheet import Head, remarks, spans, words
from riskmap.products.typeset import FontSet, compile_pdf, compile_png

_LONG_WORD = re.compile(r"[!-~]{16,}")
_SIZE = 8.2
_FOOTER = "evac · 一表通:各表出自同一登记日志"


def form_pdf(filled: Filled, head: Head, *, fonts: FontSet | None = None) -> bytes:
    """A PDF of a filled form, one sheet a section; characters that no font has (生僻字) are set as 〓.

    Parameters
    ----------
    fonts : FontSet, optional
        The office's own; the bundled ones where None.

    Raises
    ------
    MissingExtraError
        The typesetter is not installed.
    """
    source, data = _source(), form_data(filled, head)
    return compile_pdf(source, data, created_at=head.at, fonts=fonts)


def form_pictures(filled: Filled, head: Head, *, ppi: float = 110.0) -> tuple[bytes, ...]:
    """PNG pictures of a filled form, one a page.

    Raises
    ------
    MissingExtraError
        The typesetter is not installed.
    """
    return compile_png(_source(), form_data(filled, head), created_at=head.at, ppi=ppi)


def _source() -> str:
    return (files("evac") / "templates" / "form.typ").read_text(encoding="utf-8")


def form_data(filled: Filled, head: Head) -> dict[str, Any]:
    """What the template sets."""
    form = filled.form
    heads, at = [], 0
    for group, count in spans(form.columns):
        heads.append({"group": group, "titles": [c.title for c in form.columns[at : at + count]]})
        at += count
    return {
        "title": form.title,
        "landscape": form.landscape,
        "size": _SIZE,
        "mark": head.mark,
        "until": head.until(),
        "event": head.event,
        "footer": _FOOTER,
        "heads": heads,
        "grouped": any(column.group for column in form.columns),
        "widths": [column.width for column in form.columns],
        "numbers": _numbers(filled),
        "remarks": remarks(form, head),
        "sign": list(form.sign),
        "sections": [_section(form, section) for section in filled.sections],
    }


def _numbers(filled: Filled) -> list[bool]:
    """Which columns are set flush right."""
    rows = [row for section in filled.sections for row in section.rows]
    return [
        any(isinstance(row.cells[k], int | float) for row in rows) for k in range(len(filled.form.columns))
    ]


def _section(form: Form, section: Section) -> dict[str, Any]:
    def cells(given: tuple[Any, ...]) -> list[str]:
        return [_breakable(words(cell, counts=form.counts)) for cell in given]

    return {
        "name": section.name,
        "rows": [{"cells": cells(row.cells), "strong": row.strong} for row in section.rows],
        # what is not summed is blank, not hidden
        "total": None if section.total is None else _sums(form, section.total.cells),
    }


def _breakable(text: str) -> str:
    """Long words without a space may be broken, so that a foreign name stays in its cell; numbers of phones are shorter."""
    return _LONG_WORD.sub(lambda word: "\u200b".join(re.findall(".{1,12}", word[0])), text)


def _sums(form: Form, cells: tuple[Any, ...]) -> list[str]:
    return [
        words(cell, counts=form.counts and (form.sums(column.figure) or column.figure == "rate"))
        for column, cell in zip(form.columns, cells, strict=True)
    ]
