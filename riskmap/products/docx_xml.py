"""Words, runs, paragraphs and tables of a DOCX as text: what python-docx would build one element at a time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from riskmap.products.letter_words import full_width, xml_text

BODY_FONT: Final = "仿宋_GB2312"
HEADING_FONT: Final = "黑体"
TITLE_FONT: Final = "方正小标宋简体"
RED: Final = "C00000"
LINE_PITCH: Final = 28.99
"""22 lines in 225 mm [pt]."""

CHARACTER_PITCH: Final = 15.79
"""28 characters in 156 mm [pt]."""

CENTRED: Final = '<w:jc w:val="center"/>'
_KEEP: Final = "<w:keepNext/>"
_RIGHT: Final = '<w:jc w:val="right"/>'
_SIGNS: Final = {"\t": "<w:tab/>", "\n": "<w:br/>"}


def line(
    runs: str, *, indent: float = 2, right: float | None = None, before: float = 0, keep: bool = False
) -> str:
    """A paragraph of the body: fixed line pitch, indents in characters; at the right where ``right`` is given."""
    space = f' w:before="{twips(before)}"' if before else ""
    edge = "" if right is None else f' w:right="{twips(right * CHARACTER_PITCH)}"'
    return paragraph(
        runs,
        _KEEP * keep,
        f'<w:spacing w:line="{twips(LINE_PITCH)}" w:lineRule="exact"{space}/>',
        f'<w:ind w:firstLine="{twips(indent * CHARACTER_PITCH)}"{edge}/>',
        "" if right is None else _RIGHT,
    )


def paragraph(runs: str, *properties: str) -> str:
    """A paragraph; the properties come in the order of the schema: style, keep, border, tabs, spacing, indent, side."""
    shape = "".join(properties)
    return f"<w:p>{f'<w:pPr>{shape}</w:pPr>' if shape else ''}{runs}</w:p>"


def run(text: str, *, size: float = 16, font: str = BODY_FONT, colour: str | None = None) -> str:
    """A run of one type; ``size`` in points."""
    return f"<w:r>{_type(size, font, colour)}{_words(text)}</w:r>"


def _type(size: float, font: str, colour: str | None = None) -> str:
    """Font and size [pt], rounded to half points."""
    tint = f'<w:color w:val="{colour}"/>' if colour else ""
    fonts = f'<w:rFonts w:ascii="{font}" w:hAnsi="{font}" w:eastAsia="{font}"/>'
    return f'<w:rPr>{fonts}{tint}<w:sz w:val="{round(size * 2)}"/></w:rPr>'


def rule(style: str, *, side: str = "bottom", size: int = 24, colour: str = RED) -> str:
    """A rule above or under a paragraph; ``size`` in eighths of a point."""
    return f'<w:pBdr><w:{side} w:val="{style}" w:sz="{size}" w:space="4" w:color="{colour}"/></w:pBdr>'


def field(code: str, *, size: float) -> str:
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
            told.append(f"<w:t{edge}>{escaped(piece)}</w:t>")
    return "".join(told)


def escaped(text: str) -> str:
    """Text as XML can hold it."""
    return xml_text(text)


def twips(points: float = 0, *, mm: float = 0) -> int:
    """Twentieths of a point.

    Examples
    --------
    >>> twips(28.99), twips(mm=156)
    (580, 8844)
    """
    return round(points * 20 + mm / 25.4 * 1440)


def table(block: Mapping[str, Any]) -> str:
    """A grid of fixed widths, its head repeated on each page, its tiers on their colours."""
    widths = [twips(mm=width) for width in block["widths"]]
    rows = [
        _row([full_width(words) for words in block["columns"]], widths, ["EEEEEE"] * len(widths), head=True)
    ]
    for words, fill in zip(block["rows"], block["fills"], strict=True):
        fills = [fill.strip("#") if k == block["tier"] else None for k in range(len(widths))]
        rows.append(_row(words, widths, fills))
    return _grid(widths, rows)


def form(block: Mapping[str, Any]) -> str:
    """What is asked at the left, what is answered at the right."""
    widths = [twips(mm=46), twips(mm=110)]
    rows = []
    for asked, told in block["rows"]:
        cells = (
            (run(asked, size=12, font=HEADING_FONT), '<w:shd w:val="clear" w:color="auto" w:fill="F6F6F6"/>'),
            (run(told, size=14), ""),
        )
        rows.append(
            "<w:tr><w:trPr><w:cantSplit/></w:trPr>"
            + "".join(
                f'<w:tc><w:tcPr><w:tcW w:type="dxa" w:w="{width}"/>{shade}<w:vAlign w:val="center"/></w:tcPr>'
                f"{paragraph(words)}</w:tc>"
                for (words, shade), width in zip(cells, widths, strict=True)
            )
            + "</w:tr>"
        )
    return _grid(widths, rows)


def _grid(widths: Sequence[int], rows: Sequence[str]) -> str:
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        '<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:type="auto" w:w="0"/>'
        f'{CENTRED}<w:tblLayout w:type="fixed"/><w:tblLook w:firstColumn="1" w:firstRow="1"'
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
            f"{paragraph(run(text, size=10, font=HEADING_FONT, colour=colour), CENTRED)}</w:tc>"
        )
    return f"<w:tr><w:trPr><w:cantSplit/>{'<w:tblHeader/>' * head}</w:trPr>{''.join(cells)}</w:tr>"
