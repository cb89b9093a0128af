"""What all DOCX documents of one form share, built once by python-docx: paper, margins, headers, footers, styles."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from string import Template
from typing import TYPE_CHECKING, Any, Final

from riskmap.errors import MissingExtraError
from riskmap.products.documents.words import Form
from riskmap.products.docx_xml import (
    BODY_FONT,
    CENTRED,
    HEADING_FONT,
    TITLE_FONT,
    field,
    paragraph,
    rule,
    run,
)

if TYPE_CHECKING:
    from docx.document import Document
    from docx.section import Section, _Footer, _Header

MAP_WIDTH: Final = 128
"""Width of the small map on paper [mm]."""

QR_WIDTH: Final = 24
"""Width of the QR code on paper [mm]."""

MAP_PART: Final = "word/media/image1.png"
QR_PART: Final = "word/media/image2.png"
_ZIP_TIME: Final = (1980, 1, 1, 0, 0, 0)
_NO_DATE: Final = datetime(1980, 1, 1)  # noqa: DTZ001 - python-docx takes UTC without a zone
DOT: Final = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0:~\x9bU\0\0\0\0IEND\xaeB`\x82"
"""A PNG of one pixel and no data: it makes the room for a picture."""

_DOTS: Final = (DOT, DOT[:-12] + b"\0\0\0\0tEXt\x8b\xd7\xf3\x94" + DOT[-12:])
"""Two different ones, since a package holds equal pictures once."""

_FALLBACK: Final = {BODY_FONT: "仿宋", TITLE_FONT: "宋体"}


@dataclass(frozen=True)
class Base:
    """What all documents of one form share.

    Attributes
    ----------
    package : bytes
        ZIP of the parts that no document changes.
    parts : mapping of str to Template
        The other XML parts by name, with ``${...}`` where a document's own words go.
    drawing, code : Template
        The frames of the map (``${height}`` is its height [EMU]) and of the QR code.
    """

    package: bytes
    parts: Mapping[str, Template]
    drawing: Template
    code: str


@lru_cache(maxsize=3)
def base_of(form: Form) -> Base:
    """The document without words: 800 kB of styles that need not be read and packed again for each.

    Raises
    ------
    MissingExtraError
        The extra ``letters`` is not installed.
    """
    held, settled = io.BytesIO(), io.BytesIO()
    _blank(form).save(held)
    parts: dict[str, str] = {}
    with zipfile.ZipFile(held) as old, zipfile.ZipFile(settled, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if b"${" in part:
                parts[name] = part.decode().replace(f"{_NO_DATE:%Y-%m-%dT%H:%M:%SZ}", "${issued_at}")
            elif name not in (MAP_PART, QR_PART):
                add(new, name, _with_fallbacks(part) if name == "word/fontTable.xml" else part)
    figure, code, mark = re.findall(r"<w:p>.*?</w:p>", parts["word/document.xml"])
    parts["word/document.xml"] = parts["word/document.xml"].replace(figure + code + mark, "${body}")
    return Base(
        settled.getvalue(),
        {name: Template(part) for name, part in parts.items()},
        Template(re.sub(r' cy="\d+"', ' cy="${height}"', figure)),
        code,
    )


def _blank(form: Form) -> Document:
    """An A4 document with the standard's margins, headers and footers, and marks for the letter's own words."""
    try:
        import docx
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Mm, Pt
    except ImportError as error:
        raise MissingExtraError(
            "python-docx is not installed",
            where="letters",
            expected="the extra `letters`",
            remedy="pip install 'riskmap[letters]'",
        ) from error
    document = docx.Document()
    _section(document.sections[0], form)
    properties = document.core_properties
    properties.title, properties.author, properties.comments = "${title}", "${issuer}", ""
    properties.created = properties.modified = _NO_DATE
    properties.last_modified_by, properties.revision = "${issuer}", 1
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = BODY_FONT, Pt(16)
    # python-docx sets the Latin font only
    normal.element.get_or_add_rPr().rFonts.set(docx.oxml.ns.qn("w:eastAsia"), BODY_FONT)
    normal.paragraph_format.space_after = Pt(0)
    for dot, width, keep in zip(_DOTS, (MAP_WIDTH, QR_WIDTH), (True, False), strict=True):
        figure = document.add_paragraph()
        figure.alignment = WD_ALIGN_PARAGRAPH.CENTER if keep else WD_ALIGN_PARAGRAPH.RIGHT
        figure.paragraph_format.keep_with_next = keep
        figure.add_run().add_picture(io.BytesIO(dot), width=Mm(width))
    document.add_paragraph("${body}")
    return document


def _section(section: Section, form: Form) -> None:
    """Paper, margins, 22 lines of 28 characters, watermark words, marks; the first page has no number."""
    from docx.oxml.ns import qn
    from docx.shared import Mm

    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.header_distance, section.footer_distance = Mm(12), Mm(22)
    section.different_first_page_header_footer = True
    grid: Any = section._sectPr.find(qn("w:docGrid"))
    # line pitch in twentieths of a point; character pitch as 1/4096 of a point from 16 pt
    for name, value in {"type": "linesAndChars", "linePitch": "580", "charSpace": "-849"}.items():
        grid.set(qn(f"w:{name}"), value)
    watermark = run("${watermark}", size=26, font=HEADING_FONT, colour="C8C8C8")
    for header in (section.header, section.first_page_header):
        _fill(header, paragraph(watermark, '<w:pStyle w:val="Header"/>', CENTRED))
    number = run("— ", size=14) + field("PAGE", size=14) + run(" —", size=14)
    marks = paragraph(run("${footer}", size=8, font=HEADING_FONT, colour="5A5A5A"), CENTRED)
    style = '<w:pStyle w:val="Footer"/>'
    # the letter form has a red double rule at the foot of its first page and no number there (10.1)
    first = (
        paragraph("", style, rule("thinThickSmallGap"))
        if form == "letter"
        else paragraph(number, style, CENTRED)
    )
    _fill(section.first_page_footer, first, marks)
    _fill(section.footer, paragraph(number, style, CENTRED), marks)


def _fill(part: _Header | _Footer, *paragraphs: str) -> None:
    """Give a header or footer its paragraphs."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    part.is_linked_to_previous = False
    root = part._element
    for old in list(root):
        root.remove(old)
    root.extend(parse_xml(f"<w:hdr {nsdecls('w')}>{''.join(paragraphs)}</w:hdr>"))


def add(package: zipfile.ZipFile, name: str, part: bytes) -> None:
    """One part, with the time stamp that all have; a PNG is packed as it is."""
    packing = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
    package.writestr(zipfile.ZipInfo(name, _ZIP_TIME), part, packing)


def _with_fallbacks(table: bytes) -> bytes:
    """The fonts that stand in for missing ones."""
    entries = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/></w:font>'
        for name, other in _FALLBACK.items()
    )
    return table.replace(b"</w:fonts>", entries.encode() + b"</w:fonts>")
