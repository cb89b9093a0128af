"""A situation on paper and in files: PDF and DOCX in the form of an official document, a workbook, the sheet, the JSON itself."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from evac.forms.declared import Column, Form
from evac.forms.fill import Filled, Section
from evac.forms.fill import Row as FormRow
from evac.forms.look import Names
from evac.forms.sheet import Head
from evac.forms.xlsx import forms_workbook
from evac.situation.document import Situation, to_json
from evac.situation.report import report_content
from evac.situation.tables import Table, tables_of
from riskmap.errors import ConfigError, MissingExtraError
from riskmap.io.publish import publishing
from riskmap.products.docx import official_docx
from riskmap.products.official import official_pdf

if TYPE_CHECKING:
    from riskmap.products.typeset import FontSet

FORMATS: Final = ("pdf", "docx", "xlsx")
RECORD: Final = "situation.json"
"""The document itself: what the next shift's sheet is compared with; a folder with it may be replaced."""
SHEET: Final = "handover.txt"
_PER_CHARACTER: Final = 2.1
"""Millimetres of a column on paper for a character of the workbook's."""


def report_file(
    situation: Situation, kind: str, *, issuer: str = "", number: str = "", fonts: FontSet | None = None
) -> bytes:
    """The report in one format; the same situation gives the same bytes.

    Raises
    ------
    ConfigError
        No such format.
    MissingExtraError
        What makes this format is not installed.
    """
    if kind == "xlsx":
        return report_workbook(situation)
    if kind not in FORMATS:
        raise ConfigError("no such format", where="--format", expected=", ".join(FORMATS), found=repr(kind))
    content = report_content(situation, issuer=issuer, number=number)
    if kind == "docx":
        return official_docx(content, created_at=situation.at)
    return official_pdf(content, created_at=situation.at, fonts=fonts)


def report_workbook(situation: Situation) -> bytes:
    """The tables as a workbook, one sheet a table, with every row."""
    head = Head(
        situation.at,
        f"{situation.event.number} {situation.event.name}".strip(),
        situation.exercise,
        not situation.exact,
    )
    forms = [_filled(table, situation) for table in tables_of(situation)]
    if not forms:
        raise ConfigError(
            "nothing to put into a workbook", where=f"situation of {situation.place.code}", expected="a registry, letters or a run",
            remedy="name --registry, --documents or --from",
        )  # fmt: skip
    return forms_workbook(forms, head, title=f"{situation.place.name}防汛防台态势专报")


def _filled(table: Table, situation: Situation) -> Filled:
    columns = tuple(
        Column(title.replace("\n", ""), table.id, max(8.0, width / _PER_CHARACTER), "D")
        for title, width in table.columns
    )
    notes = ("“—”表示不明或按规定隐去,不等于零。", *situation.notes)
    form = Form(
        f"situation-{table.id}", f"{situation.place.name}{table.title}", "county", "", "counties", "", Names.NONE,
        landscape=True, total=("*",), agrees=(), sign=("填报人", "审核人"), notes=notes, source="", status="D", columns=columns,
    )  # fmt: skip
    total = FormRow(table.total, strong=True) if table.total else None
    section = Section(situation.place.code, table.title, tuple(FormRow(row) for row in table.rows), total)
    return Filled(form, (section,), {})


def write_report_folder(
    situation: Situation,
    out: Path,
    *,
    formats: Iterable[str] = FORMATS,
    issuer: str = "",
    number: str = "",
    fonts: FontSet | None = None,
) -> dict[str, str]:
    """Write a folder with the report, the hand-over sheet where there is one, and the document; an earlier one is replaced whole.

    Returns
    -------
    dict
        File that was left out -> why: an extra that is not installed.

    Raises
    ------
    ConfigError
        No such format, or a folder that is no report.
    SourceError
        It cannot be written: the earlier report stays.
    """
    wanted = tuple(formats)
    if wrong := sorted(set(wanted) - set(FORMATS)):
        raise ConfigError(
            "no such format", where="--format", expected=",".join(FORMATS), found=",".join(wrong)
        )
    left_out: dict[str, str] = {}
    with publishing(out, replace=True, mark=RECORD) as staging:
        for kind in wanted:
            try:
                staging.write(
                    f"situation.{kind}",
                    report_file(situation, kind, issuer=issuer, number=number, fonts=fonts),
                )
            except MissingExtraError as error:
                left_out[f"situation.{kind}"] = str(error)
        if situation.handover is not None:
            staging.write(SHEET, situation.handover.text)
        staging.write(RECORD, to_json(situation, indent=1) + "\n")
    return left_out
