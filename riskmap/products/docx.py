"""The risk notice as an editable DOCX: the same blocks, order and geometry as the PDF.

The fonts are named, not embedded: 仿宋_GB2312 where an office has it, otherwise what its word processor puts
in its place. Every page carries 演练 · 草稿 in its header.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

from riskmap.errors import MissingExtraError
from riskmap.products.letter_fields import Letter
from riskmap.products.letter_text import full_width, letter_content
from riskmap.products.typeset import FontSet, svg_png

if TYPE_CHECKING:
    from docx.document import Document
    from docx.oxml.xmlchemy import BaseOxmlElement
    from docx.text.paragraph import Paragraph

BODY_FONT: Final = "仿宋_GB2312"
HEADING_FONT: Final = "黑体"
TITLE_FONT: Final = "方正小标宋简体"
RED: Final = "C00000"
LINE_PITCH: Final = 28.99
"""22 lines in 225 mm [pt]."""

MAP_WIDTH: Final = 128
"""Width of the small map on paper [mm]."""

_ZIP_TIME: Final = (1980, 1, 1, 0, 0, 0)
_FALLBACK: Final = {BODY_FONT: "仿宋", TITLE_FONT: "宋体"}


def letter_docx(letter: Letter, *, fonts: FontSet | None = None) -> bytes:
    """The letter as DOCX, A4, in the letter form of GB/T 9704-2012.

    Parameters
    ----------
    letter : Letter
        What to print.
    fonts : FontSet, optional
        Fonts of the words inside the map picture; the bundled ones where None.

    Returns
    -------
    bytes
        The same letter gives the same bytes.

    Raises
    ------
    MissingExtraError
        The extra ``letters`` is not installed.
    ConfigError
        A font of the map is missing; names it.
    """
    document = _blank(letter)
    content = letter_content(letter)
    _page_parts(document, content)
    _head(document, content)
    picture = svg_png(letter.map_svg, width=MAP_WIDTH, created_at=letter.issued_at, fonts=fonts)
    for block in content["blocks"]:
        _block(document, block, picture)
    held = io.BytesIO()
    document.save(held)
    return _settled(held.getvalue())


def _blank(letter: Letter) -> Document:
    """An empty A4 document with the standard's margins and fixed properties."""
    try:
        import docx
        from docx.shared import Mm, Pt
    except ImportError as error:
        raise MissingExtraError(
            "python-docx is not installed",
            where="letters",
            expected="the extra `letters`",
            remedy="pip install 'riskmap[letters]'",
        ) from error
    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.header_distance, section.footer_distance = Mm(12), Mm(22)
    section.different_first_page_header_footer = True
    properties = document.core_properties
    properties.title, properties.author, properties.comments = letter.title, letter.issuer, ""
    properties.created = properties.modified = letter.issued_at.astimezone(UTC).replace(tzinfo=None)
    properties.last_modified_by, properties.revision = letter.issuer, 1
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = BODY_FONT, Pt(16)
    _east_asian(normal.element.get_or_add_rPr(), BODY_FONT)
    normal.paragraph_format.space_after = Pt(0)
    _grid(section._sectPr)
    return document


def _grid(section: BaseOxmlElement) -> None:
    """22 lines a page, 28 characters a line."""
    grid = section.find(_tag("w:docGrid"))
    if grid is None:
        grid = _new("w:docGrid", {})
        section.append(grid)
    # line pitch in twentieths of a point; character pitch as 1/4096 of a point from 16 pt
    for name, value in {"type": "linesAndChars", "linePitch": "580", "charSpace": "-849"}.items():
        grid.set(_tag(f"w:{name}"), value)


def _page_parts(document: Document, content: Mapping[str, Any]) -> None:
    """Watermark words, marks and page number; the first page has no number."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    section = document.sections[0]
    for header in (section.header, section.first_page_header):
        header.is_linked_to_previous = False
        _run(header.paragraphs[0], content["watermark"], size=26, font=HEADING_FONT, colour="C8C8C8")
        header.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
    for first, footer in ((True, section.first_page_footer), (False, section.footer)):
        footer.is_linked_to_previous = False
        number = footer.paragraphs[0]
        if first:
            _rule(number, "thinThickSmallGap")
        else:
            number.alignment = WD_ALIGN_PARAGRAPH.CENTER
            _run(number, "— ", size=14)
            _field(number, "PAGE")
            _run(number, " —", size=14)
        marks = footer.add_paragraph()
        marks.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _run(marks, content["footer"], size=8, font=HEADING_FONT, colour="5A5A5A")


def _head(document: Document, content: Mapping[str, Any]) -> None:
    """Red header with its double rule, urgency and number, title, addressee."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
    from docx.shared import Mm, Pt

    name = document.add_paragraph()
    name.alignment = WD_ALIGN_PARAGRAPH.CENTER
    name.paragraph_format.left_indent = name.paragraph_format.right_indent = Mm(-8)
    size = min(30.0, 160 / 25.4 * 72 / len(content["issuer"]))
    _run(name, content["issuer"], size=size, font=TITLE_FONT, colour=RED)
    _rule(name, "thickThinSmallGap")
    number = document.add_paragraph()
    number.paragraph_format.tab_stops.add_tab_stop(Mm(156), WD_TAB_ALIGNMENT.RIGHT)
    number.paragraph_format.space_before = Pt(6)
    _run(number, content["urgency"], font=HEADING_FONT)
    _run(number, f"\t{content['number']}")
    title = document.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title.paragraph_format.space_before = title.paragraph_format.space_after = Pt(LINE_PITCH)
    _run(title, content["title"], size=22, font=TITLE_FONT)
    _paragraph(document, content["addressee"], indent=0)


def _block(document: Document, block: Mapping[str, Any], picture: bytes) -> None:
    kind = block["kind"]
    if kind == "heading":
        paragraph = _paragraph(document, "")
        paragraph.paragraph_format.keep_with_next = True
        _run(paragraph, block["text"], font=HEADING_FONT)
    elif kind == "text":
        _paragraph(document, block["text"])
    elif kind == "table":
        _table(document, block)
    elif kind == "figure":
        _figure(document, block, picture)
    elif kind == "annexes":
        for n, item in enumerate(block["items"]):
            _paragraph(document, f"附件：{item}" if n == 0 else item, indent=2 if n == 0 else 5)
    elif kind == "signature":
        _signature(document, block)
    elif kind == "copies":
        _run(_paragraph(document, "", indent=0), block["text"], size=14)
    else:
        for words in (block["title"], *block["items"]):
            paragraph = document.add_paragraph()
            _run(paragraph, words, size=10.5, font=HEADING_FONT)


def _paragraph(document: Document, text: str, *, indent: float = 2) -> Paragraph:
    """A paragraph of the body: fixed line pitch, indented by characters."""
    from docx.enum.text import WD_LINE_SPACING
    from docx.shared import Pt

    paragraph = document.add_paragraph()
    shape = paragraph.paragraph_format
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(LINE_PITCH)
    shape.first_line_indent = Pt(indent * 15.79)
    if text:
        _run(paragraph, text)
    return paragraph


def _figure(document: Document, block: Mapping[str, Any], picture: bytes) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm

    place = document.add_paragraph()
    place.alignment = WD_ALIGN_PARAGRAPH.CENTER
    place.paragraph_format.keep_with_next = True
    place.add_run().add_picture(io.BytesIO(picture), width=Mm(MAP_WIDTH))
    caption = document.add_paragraph()
    caption.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(caption, block["caption"], size=10.5, font=HEADING_FONT)


def _signature(document: Document, block: Mapping[str, Any]) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    for n, (words, size) in enumerate(((block["issuer"], 16), (block["seal"], 12), (block["date"], 16))):
        paragraph = _paragraph(document, "", indent=0)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        paragraph.paragraph_format.keep_with_next = True
        paragraph.paragraph_format.right_indent = Pt(0 if n == 0 else 4 * 15.79)
        if n == 0:
            paragraph.paragraph_format.space_before = Pt(LINE_PITCH)
        _run(paragraph, words, size=size, colour="6E6E6E" if n == 1 else None)
    for words in block["lines"]:
        _paragraph(document, words, indent=0)


def _table(document: Document, block: Mapping[str, Any]) -> None:
    from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm

    rows = [block["columns"], *block["rows"]]
    table = document.add_table(len(rows), len(block["columns"]), style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for n, (row, words) in enumerate(zip(table.rows, rows, strict=True)):
        row._tr.get_or_add_trPr().append(_new("w:cantSplit", {}))
        if n == 0:
            row._tr.get_or_add_trPr().append(_new("w:tblHeader", {}))
        for k, (cell, text) in enumerate(zip(row.cells, words, strict=True)):
            cell.width = Mm(block["widths"][k])
            cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
            paragraph = cell.paragraphs[0]
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            fill = "EEEEEE" if n == 0 else block["fills"][n - 1].strip("#") if k == block["tier"] else None
            colour = "FFFFFF" if fill in ("C8102E", "2C6FBB") else None
            _run(paragraph, full_width(text) if n == 0 else text, size=10, font=HEADING_FONT, colour=colour)
            if fill:
                cell._tc.get_or_add_tcPr().append(
                    _new("w:shd", {"w:val": "clear", "w:color": "auto", "w:fill": fill})
                )


def _run(
    paragraph: Paragraph,
    text: str,
    *,
    size: float = 16,
    font: str = BODY_FONT,
    colour: str | None = None,
) -> None:
    from docx.shared import Pt, RGBColor

    run = paragraph.add_run(text)
    run.font.size, run.font.name = Pt(round(size * 2) / 2), font
    _east_asian(run._r.get_or_add_rPr(), font)
    if colour:
        run.font.color.rgb = RGBColor.from_string(colour)


def _east_asian(properties: BaseOxmlElement, font: str) -> None:
    """Chinese text in the same font; python-docx sets the Latin one only."""
    properties.rFonts.set(_tag("w:eastAsia"), font)  # type: ignore[attr-defined]


def _rule(paragraph: Paragraph, style: str) -> None:
    """A red double rule under a paragraph."""
    border = _new("w:bottom", {"w:val": style, "w:sz": "24", "w:space": "4", "w:color": RED})
    borders = _new("w:pBdr", {})
    borders.append(border)
    properties = paragraph._p.get_or_add_pPr()
    # the schema wants the borders right after the style and the keep-marks
    properties.insert_element_before(
        borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr", "w:sectPr"
    )


def _field(paragraph: Paragraph, code: str) -> None:
    """A field such as PAGE."""
    for element in (
        _new("w:fldChar", {"w:fldCharType": "begin"}),
        _new("w:instrText", {}, code),
        _new("w:fldChar", {"w:fldCharType": "end"}),
    ):
        run = paragraph.add_run()
        run._r.append(element)


def _new(tag: str, attributes: Mapping[str, str], text: str = "") -> Any:
    from docx.oxml import OxmlElement

    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(_tag(name), value)
    if text:
        element.text = text
    return element


def _tag(name: str) -> str:
    from docx.oxml.ns import qn

    return str(qn(name))


def _settled(package: bytes) -> bytes:
    """The same ZIP with one time stamp for every part, and the fonts that stand in for missing ones."""
    held = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(package)) as old,
        zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            content = old.read(name)
            if name == "word/fontTable.xml":
                content = _with_fallbacks(content)
            packing = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
            new.writestr(zipfile.ZipInfo(name, _ZIP_TIME), content, packing)
    return held.getvalue()


def _with_fallbacks(table: bytes) -> bytes:
    entries = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/></w:font>'
        for name, other in _FALLBACK.items()
    )
    return table.replace(b"</w:fonts>", entries.encode() + b"</w:fonts>")
