"""The risk notice as an editable DOCX: the same blocks, order and geometry as the PDF.

The fonts are named, not embedded: 仿宋_GB2312 where an office has it, otherwise what its word processor puts
in its place. Every page carries 演练 · 草稿 in its header. python-docx builds what all letters share, once;
a letter adds its body, its footers, its properties and its map.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from html import escape
from string import Template
from typing import TYPE_CHECKING, Any, Final

from riskmap.errors import MissingExtraError
from riskmap.products.letter_fields import Letter
from riskmap.products.letter_text import WATERMARK, letter_content
from riskmap.products.letter_words import full_width
from riskmap.products.typeset import FontSet, svg_png

if TYPE_CHECKING:
    from docx.document import Document
    from docx.section import Section, _Footer, _Header

BODY_FONT: Final = "仿宋_GB2312"
HEADING_FONT: Final = "黑体"
TITLE_FONT: Final = "方正小标宋简体"
RED: Final = "C00000"
LINE_PITCH: Final = 28.99
"""22 lines in 225 mm [pt]."""

CHARACTER_PITCH: Final = 15.79
"""28 characters in 156 mm [pt]."""

MAP_WIDTH: Final = 128
"""Width of the small map on paper [mm]."""

_ZIP_TIME: Final = (1980, 1, 1, 0, 0, 0)
_PICTURE: Final = "word/media/image1.png"
_NO_DATE: Final = datetime(1980, 1, 1)  # noqa: DTZ001 - python-docx takes UTC without a zone
_DOT: Final = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0:~\x9bU\0\0\0\0IEND\xaeB`\x82"
"""A PNG of one pixel and no data: it makes the room for the map."""

_FALLBACK: Final = {BODY_FONT: "仿宋", TITLE_FONT: "宋体"}
_EMU: Final = 36000
"""English metric units in a millimetre."""

_KEEP: Final = "<w:keepNext/>"
_CENTRED: Final = '<w:jc w:val="center"/>'
_RIGHT: Final = '<w:jc w:val="right"/>'
_SIGNS: Final = {"\t": "<w:tab/>", "\n": "<w:br/>"}
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0, 2.2, cannot hold, not even escaped."""


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
    base = _base()
    content = letter_content(letter)
    picture = svg_png(letter.map_svg, width=MAP_WIDTH, created_at=letter.issued_at, fonts=fonts)
    drawing = base.drawing.substitute(height=_height(picture))
    words = {
        "body": "".join((*_head(content), *(_block(block, drawing) for block in content["blocks"]))),
        "footer": _escaped(content["footer"]),
        "title": _escaped(letter.title),
        "issuer": _escaped(letter.issuer),
        "issued_at": letter.issued_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    held = io.BytesIO(base.package)
    with zipfile.ZipFile(held, "a") as package:
        for name, part in base.parts.items():
            _add(package, name, part.substitute(words).encode())
        _add(package, _PICTURE, picture)
    return held.getvalue()


@dataclass(frozen=True)
class _Base:
    """What all letters share.

    Attributes
    ----------
    package : bytes
        ZIP of the parts that no letter changes.
    parts : mapping of str to Template
        The other XML parts by name, with ``${...}`` where a letter's own words go.
    drawing : Template
        The map's frame in the body; ``${height}`` is its height [EMU].
    """

    package: bytes
    parts: Mapping[str, Template]
    drawing: Template


@lru_cache(maxsize=1)
def _base() -> _Base:
    """The document without a letter: 800 kB of styles that need not be read and packed again for each."""
    held, settled = io.BytesIO(), io.BytesIO()
    _blank().save(held)
    parts: dict[str, str] = {}
    with zipfile.ZipFile(held) as old, zipfile.ZipFile(settled, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if b"${" in part:
                parts[name] = part.decode().replace(f"{_NO_DATE:%Y-%m-%dT%H:%M:%SZ}", "${issued_at}")
            elif name != _PICTURE:
                _add(new, name, _with_fallbacks(part) if name == "word/fontTable.xml" else part)
    figure, mark = re.findall(r"<w:p>.*?</w:p>", parts["word/document.xml"])
    parts["word/document.xml"] = parts["word/document.xml"].replace(figure + mark, "${body}")
    return _Base(
        settled.getvalue(),
        {name: Template(part) for name, part in parts.items()},
        Template(re.sub(r' cy="\d+"', ' cy="${height}"', figure)),
    )


def _blank() -> Document:
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
    _section(document.sections[0])
    properties = document.core_properties
    properties.title, properties.author, properties.comments = "${title}", "${issuer}", ""
    properties.created = properties.modified = _NO_DATE
    properties.last_modified_by, properties.revision = "${issuer}", 1
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = BODY_FONT, Pt(16)
    # python-docx sets the Latin font only
    normal.element.get_or_add_rPr().rFonts.set(docx.oxml.ns.qn("w:eastAsia"), BODY_FONT)
    normal.paragraph_format.space_after = Pt(0)
    figure = document.add_paragraph()
    figure.alignment = WD_ALIGN_PARAGRAPH.CENTER
    figure.paragraph_format.keep_with_next = True
    figure.add_run().add_picture(io.BytesIO(_DOT), width=Mm(MAP_WIDTH))
    document.add_paragraph("${body}")
    return document


def _section(section: Section) -> None:
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
    watermark = _run(WATERMARK, size=26, font=HEADING_FONT, colour="C8C8C8")
    for header in (section.header, section.first_page_header):
        _fill(header, _paragraph(watermark, '<w:pStyle w:val="Header"/>', _CENTRED))
    number = _run("— ", size=14) + _field("PAGE", size=14) + _run(" —", size=14)
    marks = _paragraph(_run("${footer}", size=8, font=HEADING_FONT, colour="5A5A5A"), _CENTRED)
    style = '<w:pStyle w:val="Footer"/>'
    _fill(section.first_page_footer, _paragraph("", style, _rule("thinThickSmallGap")), marks)
    _fill(section.footer, _paragraph(number, style, _CENTRED), marks)


def _fill(part: _Header | _Footer, *paragraphs: str) -> None:
    """Give a header or footer its paragraphs."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    part.is_linked_to_previous = False
    root = part._element
    for old in list(root):
        root.remove(old)
    root.extend(parse_xml(f"<w:hdr {nsdecls('w')}>{''.join(paragraphs)}</w:hdr>"))


def _add(package: zipfile.ZipFile, name: str, part: bytes) -> None:
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


def _height(picture: bytes) -> int:
    """Height of a PNG that is as wide as the map [EMU]."""
    width, height = (int.from_bytes(picture[n : n + 4]) for n in (16, 20))
    return round(MAP_WIDTH * _EMU * height / width)


def _head(content: Mapping[str, Any]) -> Iterator[str]:
    """Red header with its double rule, urgency and number, title, addressee."""
    size = min(30.0, 160 / 25.4 * 72 / len(content["issuer"]))
    yield _paragraph(
        _run(content["issuer"], size=size, font=TITLE_FONT, colour=RED),
        _rule("thickThinSmallGap"),
        f'<w:ind w:left="{_twips(mm=-8)}" w:right="{_twips(mm=-8)}"/>',
        _CENTRED,
    )
    yield _paragraph(
        _run(content["urgency"], font=HEADING_FONT) + _run(f"\t{content['number']}"),
        f'<w:tabs><w:tab w:val="right" w:pos="{_twips(mm=156)}"/></w:tabs>',
        f'<w:spacing w:before="{_twips(6)}"/>',
    )
    pitch = _twips(LINE_PITCH)
    yield _paragraph(
        _run(content["title"], size=22, font=TITLE_FONT),
        f'<w:spacing w:before="{pitch}" w:after="{pitch}"/>',
        _CENTRED,
    )
    yield _line(_run(content["addressee"]), indent=0)


def _block(block: Mapping[str, Any], figure: str) -> str:
    kind = block["kind"]
    if kind == "heading":
        return _line(_run(block["text"], font=HEADING_FONT), keep=True)
    if kind == "text":
        return _line(_run(block["text"]))
    if kind == "table":
        return _table(block)
    if kind == "figure":
        return figure + _paragraph(_run(block["caption"], size=10.5, font=HEADING_FONT), _CENTRED)
    if kind == "annexes":
        first, *others = block["items"]
        return _line(_run(f"附件：{first}")) + "".join(_line(_run(item), indent=5) for item in others)
    if kind == "signature":
        return _signature(block)
    if kind == "copies":
        return _line(_run(block["text"], size=14), indent=0)
    notes = (block["title"], *block["items"])
    return "".join(_paragraph(_run(words, size=10.5, font=HEADING_FONT)) for words in notes)


def _signature(block: Mapping[str, Any]) -> str:
    """Issuer, place of the seal and date at the right, date four characters in; then who signs."""
    lines = [
        _line(_run(block["issuer"]), indent=0, right=0, before=LINE_PITCH, keep=True),
        _line(_run(block["seal"], size=12, colour="6E6E6E"), indent=0, right=4, keep=True),
        _line(_run(block["date"]), indent=0, right=4, keep=True),
    ]
    return "".join((*lines, *(_line(_run(words), indent=0) for words in block["lines"])))


def _table(block: Mapping[str, Any]) -> str:
    """A grid of fixed widths, its head repeated on each page, its tiers on their colours."""
    widths = [_twips(mm=width) for width in block["widths"]]
    rows = [
        _row([full_width(words) for words in block["columns"]], widths, ["EEEEEE"] * len(widths), head=True)
    ]
    for words, fill in zip(block["rows"], block["fills"], strict=True):
        fills = [fill.strip("#") if k == block["tier"] else None for k in range(len(widths))]
        rows.append(_row(words, widths, fills))
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        '<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:type="auto" w:w="0"/>'
        f'{_CENTRED}<w:tblLayout w:type="fixed"/><w:tblLook w:firstColumn="1" w:firstRow="1"'
        ' w:lastColumn="0" w:lastRow="0" w:noHBand="0" w:noVBand="1" w:val="04A0"/></w:tblPr>'
        f"<w:tblGrid>{columns}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


def _row(
    words: Sequence[str], widths: Sequence[int], fills: Sequence[str | None], *, head: bool = False
) -> str:
    cells = []
    for text, width, fill in zip(words, widths, fills, strict=True):
        colour = "FFFFFF" if fill in ("C8102E", "2C6FBB") else None
        shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{fill}"/>' if fill else ""
        cells.append(
            f'<w:tc><w:tcPr><w:tcW w:type="dxa" w:w="{width}"/>{shade}<w:vAlign w:val="center"/></w:tcPr>'
            f"{_paragraph(_run(text, size=10, font=HEADING_FONT, colour=colour), _CENTRED)}</w:tc>"
        )
    return f"<w:tr><w:trPr><w:cantSplit/>{'<w:tblHeader/>' * head}</w:trPr>{''.join(cells)}</w:tr>"


def _line(
    runs: str, *, indent: float = 2, right: float | None = None, before: float = 0, keep: bool = False
) -> str:
    """A paragraph of the body: fixed line pitch, indents in characters; at the right where ``right`` is given."""
    space = f' w:before="{_twips(before)}"' if before else ""
    edge = "" if right is None else f' w:right="{_twips(right * CHARACTER_PITCH)}"'
    return _paragraph(
        runs,
        _KEEP * keep,
        f'<w:spacing w:line="{_twips(LINE_PITCH)}" w:lineRule="exact"{space}/>',
        f'<w:ind w:firstLine="{_twips(indent * CHARACTER_PITCH)}"{edge}/>',
        "" if right is None else _RIGHT,
    )


def _paragraph(runs: str, *properties: str) -> str:
    """A paragraph; the properties come in the order of the schema: style, keep, border, tabs, spacing, indent, side."""
    shape = "".join(properties)
    return f"<w:p>{f'<w:pPr>{shape}</w:pPr>' if shape else ''}{runs}</w:p>"


def _run(text: str, *, size: float = 16, font: str = BODY_FONT, colour: str | None = None) -> str:
    return f"<w:r>{_type(size, font, colour)}{_words(text)}</w:r>"


def _type(size: float, font: str, colour: str | None = None) -> str:
    """Font and size [pt], rounded to half points."""
    tint = f'<w:color w:val="{colour}"/>' if colour else ""
    fonts = f'<w:rFonts w:ascii="{font}" w:hAnsi="{font}" w:eastAsia="{font}"/>'
    return f'<w:rPr>{fonts}{tint}<w:sz w:val="{round(size * 2)}"/></w:rPr>'


def _rule(style: str) -> str:
    """A red double rule under a paragraph."""
    return f'<w:pBdr><w:bottom w:val="{style}" w:sz="24" w:space="4" w:color="{RED}"/></w:pBdr>'


def _field(code: str, *, size: float) -> str:
    """A field such as PAGE."""
    shape = _type(size, BODY_FONT)
    steps = (
        '<w:fldChar w:fldCharType="begin"/>',
        f"<w:instrText>{code}</w:instrText>",
        '<w:fldChar w:fldCharType="end"/>',
    )
    return "".join(f"<w:r>{shape}{step}</w:r>" for step in steps)


def _words(text: str) -> str:
    """Text of a run; a line feed is a break, a tab a tab."""
    told = []
    for piece in re.split("([\t\n])", text.replace("\r", "\n")):
        if piece in _SIGNS:
            told.append(_SIGNS[piece])
        elif piece:
            edge = ' xml:space="preserve"' if piece != piece.strip() else ""
            told.append(f"<w:t{edge}>{_escaped(piece)}</w:t>")
    return "".join(told)


def _escaped(text: str) -> str:
    return escape(_NOT_XML.sub("", text), quote=False)


def _twips(points: float = 0, *, mm: float = 0) -> int:
    """Twentieths of a point.

    Examples
    --------
    >>> _twips(28.99), _twips(mm=156)
    (580, 8844)
    """
    return round(points * 20 + mm / 25.4 * 1440)
