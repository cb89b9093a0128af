"""The DOCX holds the same words in the same order, on the same paper, and the same bytes each time."""

from __future__ import annotations

import posixpath
import sys
import zipfile
from dataclasses import replace
from functools import lru_cache
from io import BytesIO

import docx
import pytest
import zxingcpp
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from lxml import etree
from PIL import Image

from riskmap.errors import MissingExtraError
from riskmap.products.docx import drawn_map, letter_docx, naming_map
from riskmap.products.docx_base import DOT, MAP_PART, MAP_WIDTH, QR_PART, base_of
from riskmap.products.docx_xml import BODY_FONT
from riskmap.products.draft_json import draft_json, parse_draft
from riskmap.products.letter import draft_letter
from riskmap.products.letter_fields import SignOff
from riskmap.products.letter_text import letter_content
from riskmap.products.typeset import bundled_fonts
from riskmap.scale import DISCLAIMER
from tests.riskmap.products.letter_outlook import real_outlook


@lru_cache(maxsize=1)
def letter():
    return draft_letter(real_outlook(), "330902", model_version="0.1.0")


@lru_cache(maxsize=1)
def package() -> bytes:
    return letter_docx(letter())


@pytest.fixture
def document():
    return docx.Document(BytesIO(package()))


def test_paper_and_margins(document):
    section = document.sections[0]
    sides = (section.page_width, section.page_height, section.top_margin, section.left_margin)
    for side, mm in zip(
        (*sides, section.right_margin, section.bottom_margin), (210, 297, 37, 28, 26, 35), strict=True
    ):
        assert side == pytest.approx(Mm(mm), abs=Mm(1) // 10)


def test_same_words_in_the_same_order_as_the_pdf(document):
    content = letter_content(letter())
    expected = [b["text"] for b in content["blocks"] if b["kind"] in ("heading", "text")]
    held = [p.text for p in document.paragraphs]
    places = [held.index(words) for words in expected]
    assert places == sorted(places)
    assert held[0] == content["issuer"]
    assert content["title"] in held
    assert content["addressee"] in held
    table = next(b for b in content["blocks"] if b["kind"] == "table")
    assert [c.text for c in document.tables[0].rows[1].cells] == table["rows"][0]


def test_type(document):
    body = next(p for p in document.paragraphs if p.text.startswith("根据2106"))
    assert body.runs[0].font.size == Pt(16)
    assert body.runs[0].font.name == BODY_FONT
    assert body.paragraph_format.line_spacing == pytest.approx(Pt(28.99), abs=Pt(0.1))
    assert body.paragraph_format.first_line_indent == pytest.approx(Pt(2 * 15.79), abs=Pt(0.1))
    title = next(p for p in document.paragraphs if p.text == letter().title)
    assert title.runs[0].font.size == Pt(22)
    date = next(p for p in document.paragraphs if p.text == "2021年7月24日")
    assert date.paragraph_format.right_indent == pytest.approx(Pt(4 * 15.79), abs=Pt(0.1))


def test_every_page_is_marked_and_the_first_has_no_number(document):
    section = document.sections[0]
    assert section.different_first_page_header_footer
    for header in (section.header, section.first_page_header):
        assert "演练 · 草稿" in header.paragraphs[0].text
    for footer in (section.footer, section.first_page_footer):
        assert DISCLAIMER[0] in "".join(p.text for p in footer.paragraphs)
    assert "PAGE" in section.footer._element.xml
    assert "PAGE" not in section.first_page_footer._element.xml


def test_map_and_fallback_fonts_are_inside():
    with zipfile.ZipFile(BytesIO(package())) as held:
        pictures = [n for n in held.namelist() if n.endswith(".png")]
        assert len(pictures) == 2  # the map and the QR code
        assert all(held.read(picture)[:4] == b"\x89PNG" for picture in pictures)
        assert 'w:altName w:val="仿宋"' in held.read("word/fontTable.xml").decode()
        assert {info.date_time for info in held.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_code_is_read_back():
    with zipfile.ZipFile(BytesIO(package())) as held:
        picture = Image.open(BytesIO(held.read(QR_PART)))
    assert picture.mode == "1"
    (code,) = zxingcpp.read_barcodes(picture.convert("L"))
    assert code.text == letter_content(letter(), None)["qr"]


def test_same_letter_same_bytes():
    assert letter_docx(letter()) == package()
    base_of.cache_clear()
    assert letter_docx(letter()) == package()


def test_a_map_that_the_draft_names_is_not_drawn_again(monkeypatch):
    named = naming_map(letter(), package())
    picture = drawn_map(package())
    sign_off = SignOff(3, "张三", letter().issued_at)
    signed = letter_docx(letter(), sign_off=sign_off)
    with monkeypatch.context() as patched:
        patched.setattr("riskmap.products.docx.svg_png", None)  # whoever draws fails
        assert letter_docx(named, sign_off=sign_off, picture=picture) == signed
        for known, shown, fonts in (
            (named, picture[:-1], None), (named, b"", None), (letter(), picture, None), (named, picture, bundled_fonts()),
        ):  # fmt: skip
            with pytest.raises(TypeError):
                letter_docx(known, sign_off=sign_off, picture=shown, fonts=fonts)
    # a picture that somebody has changed is drawn again
    assert letter_docx(named, sign_off=sign_off, picture=DOT) == signed
    assert named.digest == letter().digest
    assert parse_draft(draft_json(named)) == named
    assert named.without_map() == letter().without_map()


@pytest.mark.parametrize("cut", [0, 10, 30_000])
def test_a_docx_that_is_damaged_has_no_map(cut: int):
    assert drawn_map(package()[:cut]) == b""
    damaged = bytearray(package())
    at = damaged.index(MAP_PART.encode())
    damaged[at + 200] ^= 0xFF
    assert drawn_map(bytes(damaged)) == b""


def test_one_letter_leaves_nothing_in_the_next():
    other = letter_docx(replace(letter(), issuer="另一机关", title="另一标题"))
    assert docx.Document(BytesIO(other)).core_properties.author == "另一机关"
    assert letter_docx(letter()) == package()


def test_every_part_is_whole_and_every_relationship_leads_to_a_part():
    with zipfile.ZipFile(BytesIO(package())) as held:
        assert held.testzip() is None
        assert held.namelist()[0] == "[Content_Types].xml"
        assert len(set(held.namelist())) == len(held.namelist())
        trees = {n: etree.fromstring(held.read(n)) for n in held.namelist() if n.endswith((".xml", ".rels"))}
        assert not any(b"${" in held.read(n) for n in trees)
    for name, tree in trees.items():
        if name.endswith(".rels"):
            folder = posixpath.dirname(posixpath.dirname(name))
            for relationship in tree:
                target = posixpath.normpath(posixpath.join(folder, relationship.get("Target")))
                assert target in held.namelist()
    named = {r.get("Id") for r in trees["word/_rels/document.xml.rels"]}
    asked = [e.get(a) for e in trees["word/document.xml"].iter() for a in (qn("r:id"), qn("r:embed"))]
    assert set(filter(None, asked)) <= named


def test_properties_stand_in_the_order_of_the_schema(document):
    order = {
        "pPr": ["pStyle", "keepNext", "pBdr", "tabs", "spacing", "ind", "jc"],
        "rPr": ["rFonts", "color", "sz"],
        "tcPr": ["tcW", "shd", "vAlign"],
        "trPr": ["cantSplit", "tblHeader"],
    }  # ISO/IEC 29500-1, 17.3.1.26, 17.3.2.28, 17.4.70, 17.4.82
    for tag, names in order.items():
        for properties in document.element.iter(qn(f"w:{tag}")):
            held = [names.index(etree.QName(child).localname) for child in properties]
            assert held == sorted(set(held))


def test_the_table_has_the_columns_of_the_pdf(document):
    block = next(b for b in letter_content(letter())["blocks"] if b["kind"] == "table")
    table = document.tables[0]
    for n, width in enumerate(block["widths"]):
        assert table.columns[n].width == pytest.approx(Mm(width), abs=Mm(1) // 10)
        assert table.rows[-1].cells[n].width == table.columns[n].width


def test_the_map_keeps_its_shape(document):
    picture = document.inline_shapes[0]
    assert picture.width == Mm(MAP_WIDTH)
    assert picture.height / picture.width == pytest.approx(3 / 4, rel=0.01)


def test_words_that_xml_must_escape_or_cannot_hold():
    hostile = replace(
        letter(), issuer="甲</w:t>&<乙\x00\ufffe>", title="${issuer} ]]> 题\t名", addressee="丙\n丁"
    )
    held = docx.Document(BytesIO(letter_docx(hostile)))
    assert held.paragraphs[0].text == "甲</w:t>&<乙>"
    assert held.core_properties.title == "${issuer} ]]> 题\t名"
    assert [p.text for p in held.paragraphs[2:4]] == ["${issuer} ]]> 题\t名", "丙\n丁："]


def test_properties_come_from_the_letter(document):
    assert document.core_properties.title == letter().title
    assert document.core_properties.created.replace(tzinfo=None) == letter().issued_at.replace(tzinfo=None)


def test_without_the_extra_the_remedy_is_named(monkeypatch):
    base_of.cache_clear()
    monkeypatch.setitem(sys.modules, "docx", None)
    with pytest.raises(MissingExtraError, match=r"riskmap\[letters\]"):
        letter_docx(letter())
