"""An official document as an editable DOCX: the same blocks, order and geometry as the PDF.

The fonts are named, not embedded: 仿宋_GB2312 where an office has it, otherwise what its word processor puts
in its place. python-docx builds what all documents of a form share, once; a document adds its body, its headers and
footers, its properties, its map and its QR code.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from riskmap.products.docx_base import DOT, MAP_PART, MAP_WIDTH, QR_PART, add, base_of
from riskmap.products.docx_xml import (
    CENTRED,
    HEADING_FONT,
    LINE_PITCH,
    RED,
    TITLE_FONT,
    escaped,
    form,
    line,
    paragraph,
    rule,
    run,
    table,
    twips,
)
from riskmap.products.letter_fields import Letter, SignOff
from riskmap.products.letter_text import letter_content
from riskmap.products.qr import qr_png
from riskmap.products.typeset import FontSet, svg_png

_EMU: Final = 36000
"""English metric units in a millimetre."""


def letter_docx(
    letter: Letter, *, fonts: FontSet | None = None, sign_off: SignOff | None = None, picture: bytes = b""
) -> bytes:
    """The document as DOCX, A4, in the form of its type (GB/T 9704-2012).

    Parameters
    ----------
    letter : Letter
        What to print.
    fonts : FontSet, optional
        Fonts of the words inside the map picture; the bundled ones where None.
    sign_off : SignOff, optional
        Number, signer and time; None for a draft.
    picture : bytes
        The map as the draft's DOCX shows it, see ``drawn_map``. Drawn anew where it is not the one that the draft names, or
        the fonts are others.

    Returns
    -------
    bytes
        The same arguments give the same bytes. A bureau's own Typst template changes the PDF alone.

    Raises
    ------
    MissingExtraError
        The extra ``letters`` is not installed.
    ConfigError
        A font of the map is missing; names it.

    Examples
    --------
    >>> import numpy as np
    >>> import riskmap as rm
    >>> import xarray as xr
    >>> from riskmap.outlook import Event, Outlook
    >>> from riskmap.track import no_track
    >>> hours = np.datetime64("2021-07-25T00", "ns") + np.arange(6) * np.timedelta64(1, "h")
    >>> grid = rm.Grid.from_bounds(west=122, south=29.8, east=122.6, north=30.2, step=0.1)
    >>> rain = xr.DataArray(40.0, {"time": hours, **grid.coordinates}, ("time", "y", "x"), attrs={"units": "mm"})
    >>> found = rm.assess(rm.rain_sums(rain))
    >>> outlook = Outlook("forecast", Event("2106", "In-Fa", "烟花"), found, no_track())
    >>> letter = rm.draft_letter(outlook, "330903", model_version="1.0", with_map=False)
    >>> from docx import Document
    >>> words = [paragraph.text for paragraph in Document(io.BytesIO(letter_docx(letter))).paragraphs]
    >>> words[2:4]
    ['关于台风“烟花”影响普陀区的风险告知函', '普陀区防汛防台抗旱指挥部：']
    """
    content = letter_content(letter, sign_off)
    if all(block["kind"] != "figure" for block in content["blocks"]):
        picture = DOT
    elif fonts or not picture or sha256(picture).hexdigest() != letter.map_picture:
        picture = svg_png(letter.map_svg, width=MAP_WIDTH, created_at=letter.issued_at, fonts=fonts)
    created_at = sign_off.signed_at if sign_off else letter.issued_at
    return official_docx(content, created_at=created_at, issuer=letter.issuer, picture=picture)


def drawn_map(docx: bytes) -> bytes:
    """The map's PNG of a document that ``letter_docx`` made; empty where there is none, or somebody has written it anew."""
    try:
        with zipfile.ZipFile(io.BytesIO(docx)) as package:
            return package.read(MAP_PART)
    except (zipfile.BadZipFile, zlib.error, LookupError, ValueError, RuntimeError, EOFError):
        return b""


def naming_map(letter: Letter, docx: bytes) -> Letter:
    """The draft as it is written beside its DOCX in the bundled fonts: it names the map that is drawn there."""
    return replace(letter, map_picture=sha256(drawn_map(docx)).hexdigest()) if letter.map_svg else letter


def official_docx(
    content: Mapping[str, Any], *, created_at: datetime, issuer: str = "", picture: bytes = DOT
) -> bytes:
    """A document of any content as DOCX; see ``official.official_pdf`` for what ``content`` holds.

    Parameters
    ----------
    created_at : datetime
        Written into the file.
    issuer : str
        Author in the file's properties; the one of the head where empty.
    picture : bytes
        PNG of the map, where there is one.

    Raises
    ------
    MissingExtraError
        The extra ``letters`` is not installed.
    """
    base = base_of(content["form"])
    drawing = base.drawing.substitute(height=_height(picture))
    words = {
        "body": "".join(
            (*_head(content), *(_block(block, drawing, base.code) for block in content["blocks"]))
        ),
        "footer": escaped(content["footer"]),
        "watermark": escaped(content["watermark"]),
        "title": escaped(content["title"]),
        "issuer": escaped(issuer or content["issuer"]),
        "issued_at": created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    held = io.BytesIO(base.package)
    with zipfile.ZipFile(held, "a") as package:
        for name, part in base.parts.items():
            add(package, name, part.substitute(words).encode())
        add(package, MAP_PART, picture)
        add(package, QR_PART, qr_png(content["qr"]))
    return held.getvalue()


def _height(picture: bytes) -> int:
    """Height of a PNG that is as wide as the map [EMU]."""
    width, height = (int.from_bytes(picture[n : n + 4]) for n in (16, 20))
    return round(MAP_WIDTH * _EMU * height / width)


def _head(content: Mapping[str, Any]) -> Iterator[str]:
    """Head of the form, title, addressee."""
    yield from _HEADS[content["form"]](content)
    pitch = twips(LINE_PITCH)
    yield paragraph(
        run(content["title"], size=22, font=TITLE_FONT),
        f'<w:spacing w:before="{pitch}" w:after="{pitch}"/>',
        CENTRED,
    )
    yield line(run(content["addressee"]), indent=0)


def _letter_head(content: Mapping[str, Any]) -> Iterator[str]:
    """Red name over its double rule, urgency and number."""
    yield paragraph(
        run(content["issuer"], size=_fitted(content["issuer"], 30.0, 160), font=TITLE_FONT, colour=RED),
        rule("thickThinSmallGap"),
        f'<w:ind w:left="{twips(mm=-8)}" w:right="{twips(mm=-8)}"/>',
        CENTRED,
    )
    yield paragraph(
        run(content["urgency"], font=HEADING_FONT) + run(f"\t{content['number']}"),
        f'<w:tabs><w:tab w:val="right" w:pos="{twips(mm=156)}"/></w:tabs>',
        f'<w:spacing w:before="{twips(6)}"/>',
    )


def _document_head(content: Mapping[str, Any]) -> Iterator[str]:
    """Urgency, the red name with 文件 35 mm down, the number, a red rule as wide as the type area."""
    mark = content["issuer"] + "文件"
    yield line(run(content["urgency"], font=HEADING_FONT), indent=0)
    yield paragraph(
        run(mark, size=_fitted(mark, 42.0, 152), font=TITLE_FONT, colour=RED),
        f'<w:spacing w:before="{twips(mm=24)}" w:after="{twips(2 * LINE_PITCH)}"/>',
        CENTRED,
    )
    yield paragraph(run(content["number"]), rule("single", size=8), CENTRED)


def _telegram_head(content: Mapping[str, Any]) -> Iterator[str]:
    """发电, then issuer, signer, urgency and number between rules."""
    yield paragraph(run("发　电", size=34, font=TITLE_FONT, colour=RED), rule("single", size=8), CENTRED)
    rows = (
        (f"发电单位　{content['issuer']}", f"签批盖章　{content['signer']}"),
        (f"等　　级　{content['urgency']} · 明电", "机　　号　＿＿＿＿"),
    )
    for left, right in rows:
        yield paragraph(
            run(f"{left}\t{right}", size=14),
            f'<w:tabs><w:tab w:val="right" w:pos="{twips(mm=156)}"/></w:tabs>',
        )
    yield paragraph(run(f"编　　号　{content['number']}", size=14), rule("single", size=8))


_HEADS: Final = {"letter": _letter_head, "document": _document_head, "telegram": _telegram_head}


def _fitted(words: str, most: float, width: float) -> float:
    """Size at which words fit into a width [mm], at most ``most`` [pt]."""
    return min(most, width / 25.4 * 72 / max(1, len(words)))


def _block(block: Mapping[str, Any], figure: str, code: str) -> str:
    kind = block["kind"]
    if kind == "heading":
        return line(run(block["text"], font=HEADING_FONT), keep=True)
    if kind == "text":
        return line(run(block["text"]))
    if kind == "table":
        return table(block)
    if kind == "form":
        return form(block)
    if kind == "figure":
        return figure + paragraph(run(block["caption"], size=10.5, font=HEADING_FONT), CENTRED)
    if kind == "annexes":
        first, *others = block["items"]
        return line(run(f"附件：{first}")) + "".join(line(run(item), indent=5) for item in others)
    if kind == "signature":
        return _signature(block)
    if kind == "copies":
        return _copies(block)
    notes = filter(None, (block["title"], *block["items"]))
    return "".join(paragraph(run(words, size=10.5, font=HEADING_FONT)) for words in notes) + code


def _copies(block: Mapping[str, Any]) -> str:
    """版记: copies; in 文件 and 明电 also who printed it and when, between rules (7.4), which the letter form has not."""
    if not block["ruled"]:
        return line(run(block["text"], size=14), indent=0) if block["text"] else ""
    told = ""
    if block["text"]:
        told += paragraph(run(block["text"], size=14), rule("single", side="top", size=8, colour="000000"))
    return told + paragraph(
        run(f"{block['issuer']}\t{block['printed']}", size=14),
        '<w:pBdr><w:top w:val="single" w:sz="6" w:space="4" w:color="000000"/>'
        '<w:bottom w:val="single" w:sz="8" w:space="4" w:color="000000"/></w:pBdr>',
        f'<w:tabs><w:tab w:val="right" w:pos="{twips(mm=156)}"/></w:tabs>',
    )


def _signature(block: Mapping[str, Any]) -> str:
    """Issuer, place of the seal and date at the right, date four characters in; then who signs."""
    lines = [
        line(run(block["issuer"]), indent=0, right=0, before=LINE_PITCH, keep=True),
        line(run(block["seal"], size=12, colour="6E6E6E"), indent=0, right=4, keep=True),
        line(run(block["date"]), indent=0, right=4, keep=True),
    ]
    return "".join((*lines, *(line(run(words), indent=0) for words in block["lines"])))
