"""Document types that a bureau adds or replaces, without code."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmap.errors import ConfigError, DataError, SourceError
from riskmap.io.document_files import read_document_files
from riskmap.products.documents.types import fill, parse_type, types_with
from riskmap.products.letter import draft_letter, letter_pdf
from riskmap.products.letter_text import letter_content
from tests.contracts.tree import ROOT
from tests.riskmap.products.letter_outlook import make_outlook
from tests.riskmap.products.test_documents import MM, TYPES, text_of

MINE = """id = "own"
chinese = "提示单"
english = "hint"
form = "letter"
issuer = "{issuer}"
issued_by = "防指办"
series = "{organ}提"
due = "orange"
title = "关于{name}的提示单"
addressee = "{name}{headquarters}"
closing = ""
source = "本项目提出"
status = "D"

[[entry]]
id = "remark"
chinese = "备注"
required = true

[[section]]
heading = "情况"
text = ["{name}为{tier}色。{remark}"]
blocks = ["reasons"]
"""


def own(**changes: str) -> str:
    text = MINE
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return text


def test_a_bureau_adds_a_type_without_code(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(MINE, encoding="utf-8")
    kinds = types_with(read_document_files(tmp_path))
    assert set(kinds) == {*TYPES, "own"}
    letter = draft_letter(make_outlook(), "330902", document=kinds["own"], entries={"remark": "注意"})
    assert "定海区为红色。注意" in text_of(pypdfium2.PdfDocument(BytesIO(letter_pdf(letter))))
    assert letter.series == "演练防指提"


def test_a_bureau_replaces_a_type_and_its_layout(tmp_path: Path) -> None:
    layout = '#let d = json(bytes(sys.inputs.data))\n#set page(paper: "a5")\n#d.title'
    text = MINE.replace('id = "own"', 'id = "risk_notice"').replace(
        'status = "D"', 'status = "D"\ntemplate = "mine.typ"'
    )
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="line 14: the template is not there"):
        types_with(read_document_files(tmp_path))
    (tmp_path / "mine.typ").write_text(layout, encoding="utf-8")
    kind = types_with(read_document_files(tmp_path))["risk_notice"]
    letter = draft_letter(make_outlook(), "330902", document=kind)
    page = pypdfium2.PdfDocument(BytesIO(letter_pdf(letter)))[0]
    assert round(page.get_size()[0] / MM) == 148
    broken = replace(letter, document=replace(kind, template="#nobody"))
    with pytest.raises(ConfigError, match="does not compile"):
        letter_pdf(broken)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{remark}", "{remrak}", r"own.toml, line 22: unknown field \{remrak\}.*did you mean \{remark\}"),
        ("关于{name}的", "关于{nobody}的", r"line 9: unknown field \{nobody\}"),
        ('"reasons"', '"reason"', r"line 23: unknown block 'reason'.*did you mean 'reasons'"),
        ('form = "letter"', 'form = "fax"', r"line 4: not a form.*letter \| document \| telegram"),
        ('due = "orange"', 'due = "pink"', r"line 8: not a due"),
        ('status = "D"', 'status = "X"', "line 13: not a status"),
        ('closing = ""', 'colsing = ""', r"line 11: unknown key 'colsing'.*did you mean 'closing'"),
        ('closing = ""\n', "", "the key 'closing' is missing"),
        ("required = true", "needed = true", r"line 18: unknown key 'needed'"),
        ('id = "remark"', 'id = "name"', "not an id for an entry"),
        ('id = "own"', 'id = "我的"', "line 1: not an id"),
        ("{name}为", "{name为", "line 22: "),
        ("{name}为", "{}为", r"line 22: unknown field \{\}"),
        ('source = "本项目提出"', 'source = " "', "line 12: source is empty"),
        ('id = "own"', "id = own", "is not TOML"),
    ],
)
def test_a_wrong_type_is_named_with_its_line(old: str, new: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_type(own(**{old: new}), where="own.toml")


def test_the_example_of_the_page_is_a_type() -> None:
    page = (ROOT / "docs" / "concepts" / "letters.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```toml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    kind = parse_type(example, where="letters.md")
    letter = draft_letter(make_outlook(), "330902", document=kind, entries={"remark": "注意"})
    assert "定海区为红色。注意" in str(letter_content(letter)["blocks"])
    assert [f"`{name}`" in page for name in TYPES] == [True] * len(TYPES)


def test_two_types_of_one_id_and_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"b\.toml: the id 'own' comes twice"):
        types_with({"a.toml": MINE, "b.toml": MINE})
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(SourceError, match="no document types"):
            read_document_files(folder)


def test_an_entry_that_the_type_does_not_have_is_refused() -> None:
    with pytest.raises(DataError, match="unknown entry 'plaec'"):
        draft_letter(make_outlook(), "330902", document=TYPES["transfer_order"], entries={"plaec": "x"})


@given(st.text(), st.text())
def test_filling_in_is_literal(before: str, value: str) -> None:
    before = re.sub(r"[{}]", "", before)
    assert fill(before + "{name}" + before, {"name": value}) == before + value + before
