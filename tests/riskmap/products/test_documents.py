"""Document types: a registry of TOML files, each with its issuer, form, fields and words; bad ones are named with line."""

from __future__ import annotations

import dataclasses
import json
import re
from dataclasses import replace
from functools import lru_cache
from io import BytesIO

import docx
import pypdfium2
import pytest
from docx.oxml.ns import qn

from riskmap.errors import DataError
from riskmap.outlook import Outlook
from riskmap.products.documents.types import bundled_types
from riskmap.products.documents.words import BLOCKS, FACTS, FORMS
from riskmap.products.docx import letter_docx
from riskmap.products.draft_json import draft_json, parse_draft
from riskmap.products.letter import draft_letter, draft_letters, letter_pdf
from riskmap.products.letter_blocks import BLOCK_MAKERS
from riskmap.products.letter_due import documents_due
from riskmap.products.letter_facts import facts
from riskmap.products.letter_fields import Letter, SignOff
from riskmap.products.letter_text import letter_content, qr_text
from riskmap.scale import Tier
from tests.factories import ISSUED_AT
from tests.riskmap.products.letter_outlook import make_outlook, real_outlook, small_assessment

MM = 72 / 25.4
TYPES = bundled_types()


def over(**changes) -> Outlook:
    """The same storm, gone at the last hour."""
    table = small_assessment().table.copy(deep=True)
    tiers = table["tier"].values
    tiers[tiers == -1] = 0
    tiers[:, -1] = 0
    for (hazard, region), tier in changes.pop("last", {}).items():
        table["tier"].loc[{"hazard": hazard, "region": region}][-1] = tier
    return make_outlook(assessment=replace(small_assessment(), table=table), **changes)


def entries(kind: str) -> dict[str, str]:
    return {entry.id: f"甲{n}" for n, entry in enumerate(TYPES[kind].entries)}


@lru_cache(maxsize=16)
def drafted(kind: str) -> Letter:
    outlook = over() if TYPES[kind].due == "over" else real_outlook()
    return draft_letter(
        outlook, "330902", document=TYPES[kind], entries=entries(kind), model_version="0.1.0", organ="浙防指"
    )


@lru_cache(maxsize=16)
def pdf(kind: str) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(BytesIO(letter_pdf(drafted(kind))))


def text_of(document: pypdfium2.PdfDocument) -> str:
    return "".join(re.sub(r"\s", "", page.get_textpage().get_text_range()) for page in document)


def spans(page) -> list[tuple[str, float, float, float, float]]:
    """Characters with left, top, right, bottom [mm from the upper left corner]."""
    text = page.get_textpage()
    found = []
    for n in range(text.count_chars()):
        left, bottom, right, top = text.get_charbox(n, loose=False)
        char = text.get_text_range(n, 1)
        if char.strip():
            found.append((char, left / MM, 297 - top / MM, right / MM, 297 - bottom / MM))
    return found


def rules(page, least: float) -> list[tuple[float, float, float]]:
    """Horizontal rules: left, right, height [mm]."""
    return sorted(
        ((left / MM, right / MM, 297 - (top + bottom) / 2 / MM)
        for thing in page.get_objects()
        if thing.type == 2
        for left, bottom, right, top in [thing.get_bounds()]
        if right - left > least * MM and top - bottom < 4),
        key=lambda rule: rule[2],
    )  # fmt: skip


def test_the_registry_has_every_type_with_issuer_and_form() -> None:
    assert {t.chinese for t in TYPES.values()} == {
        "风险告知函", "工作督办单", "预警响应通知单", "转移指令", "解除转移", "结束响应", "撤回通知", "停(关)指令",
    }  # fmt: skip
    assert {t.form for t in TYPES.values()} == set(FORMS)
    assert all(t.issued_by and t.source and t.issuer for t in TYPES.values())
    assert set(BLOCKS) == set(BLOCK_MAKERS)
    assert set(FACTS) == set(facts(drafted("risk_notice")))


def test_an_order_must_state_place_and_manner() -> None:
    kind = TYPES["transfer_order"]
    assert {"place", "manner"} <= {entry.id for entry in kind.entries if entry.required}
    bare = draft_letter(make_outlook(), "330902", document=kind, entries={"place": "  ", "manner": "客车"})
    assert "安置地点" in bare.missing
    assert "转移方式和路线" not in bare.missing
    assert drafted("transfer_order").missing == ()
    assert "县级人民政府" in kind.issued_by
    assert drafted("transfer_order").issuer.startswith("定海区")


def test_a_supervision_order_has_the_fields_of_the_rule_book() -> None:
    words = {entry.id for entry in TYPES["supervision_order"].entries}
    assert words >= {
        "linked_notice", "problem", "evidence", "place", "unit", "person", "basis", "result", "due_at", "grace",
        "escalation", "feedback_form", "reviewer", "extension", "closed",
    }  # fmt: skip


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_is_typeset_with_its_words_and_entries(kind: str) -> None:
    told = text_of(pdf(kind))
    assert re.sub(r"\s", "", drafted(kind).title) in told
    assert "草稿" in told or "草" in told
    for section in TYPES[kind].sections:
        assert section.heading in told
    if any("entries" in s.blocks for s in TYPES[kind].sections):
        assert all(
            re.sub(r"[\s()]", "", e.chinese)[:4] in re.sub(r"[（）]", "", told) for e in TYPES[kind].entries
        )


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_is_editable(kind: str) -> None:
    held = docx.Document(BytesIO(letter_docx(drafted(kind))))
    words = [p.text for p in held.paragraphs]
    content = letter_content(drafted(kind))
    assert content["title"] in words
    assert [b["text"] for b in content["blocks"] if b["kind"] in ("heading", "text")] == [
        w for w in words if w in {b["text"] for b in content["blocks"] if b["kind"] in ("heading", "text")}
    ]
    forms = [b for b in content["blocks"] if b["kind"] == "form"]
    if forms:
        assert [[c.text for c in row.cells] for row in held.tables[0].rows] == forms[0]["rows"]


@pytest.mark.parametrize("kind", ["risk_notice", "transfer_order", "response_notice"])
def test_every_form_keeps_the_order_of_the_word_schema(kind: str) -> None:
    """ISO/IEC 29500-1, 17.3.1.26 (pPr): a word processor may refuse what stands in another order."""
    order = ["pStyle", "keepNext", "pBdr", "tabs", "spacing", "ind", "jc"]
    for part in (
        letter_docx(drafted(kind)),
        letter_docx(drafted(kind), sign_off=SignOff(3, "张三", ISSUED_AT)),
    ):
        document = docx.Document(BytesIO(part))
        for properties in document.element.iter(qn("w:pPr")):
            held = [order.index(str(child.tag).rpartition("}")[2]) for child in properties]
            assert held == sorted(set(held))
        section = document.sections[0]
        marks = [h.paragraphs[0].text for h in (section.header, section.first_page_header)]
        assert all("演练" in mark for mark in marks)
        assert ("PAGE" in section.first_page_footer._element.xml) is (kind != "risk_notice")


@pytest.mark.parametrize("kind", TYPES)
def test_a_draft_is_a_function_of_its_inputs(kind: str) -> None:
    again = draft_letter(
        over() if TYPES[kind].due == "over" else real_outlook(), "330902", document=TYPES[kind],
        entries=entries(kind), model_version="0.1.0", organ="浙防指",
    )  # fmt: skip
    assert again == drafted(kind)
    assert letter_pdf(again) == letter_pdf(drafted(kind))
    assert letter_docx(again) == letter_docx(drafted(kind))


@pytest.mark.parametrize("kind", TYPES)
def test_a_draft_survives_its_file(kind: str) -> None:
    letter = drafted(kind)
    assert parse_draft(draft_json(letter)) == letter


def test_a_field_that_a_later_version_adds_changes_no_earlier_document() -> None:
    """What was signed years ago is read, has the digest that was printed, and is printed the same."""
    letter = drafted("transfer_order")
    told = json.loads(draft_json(letter))
    later = {f.name for f in dataclasses.fields(Letter) if f.default is not dataclasses.MISSING} - {"map_svg"}
    assert {"held", "previous"} <= later
    assert not {"held", "previous"} & set(told["fields"])  # at their default, so not written
    assert parse_draft(json.dumps(told)).digest == told["digest"] == letter.digest
    told["fields"]["from_the_future"] = 1
    with pytest.raises(DataError, match="unknown from_the_future"):
        parse_draft(json.dumps(told))


def test_a_changed_draft_is_refused() -> None:
    text = draft_json(drafted("transfer_order"))
    with pytest.raises(DataError, match="changed after"):
        parse_draft(text.replace("关于转移定海区", "关于转移普陀区"))
    for broken in (
        "{}",
        "[]",
        "x",
        text[:-9],
        text.replace('"tier":4', '"tier":"red"'),
        text.replace('"code"', '"kode"'),
    ):
        with pytest.raises(DataError, match=r"is no draft|changed after"):
            parse_draft(broken)


def test_document_form_has_its_name_35_mm_down_and_a_rule_as_wide_as_the_type_area() -> None:
    page = pdf("transfer_order")[0]
    assert "".join(s[0] for s in spans(page) if 71 <= s[2] <= 78).endswith("文件")
    mark = [s for s in spans(page) if 71 <= s[2] <= 78]
    assert min(s[2] for s in mark) == pytest.approx(37 + 35, abs=1.5)
    assert (min(s[1] for s in mark) + max(s[3] for s in mark)) / 2 == pytest.approx(28 + 78, abs=2.5)
    number = next(s for s in spans(page) if s[0] == "〔")
    first = rules(page, 150)[0]
    assert first[:2] == pytest.approx((28, 184), abs=0.7)
    assert first[2] - number[4] == pytest.approx(4, abs=1.5)
    foot = "".join(s[0] for s in sorted((s for s in spans(page) if 262 < s[4] < 278), key=lambda s: s[1]))
    assert foot == "—1—"


def test_document_form_ends_with_the_record_between_rules() -> None:
    document = pdf("transfer_order")
    last = document[len(document) - 1]
    found = rules(last, 150)
    assert len(found) == 3
    assert all((left, right) == pytest.approx((28, 184), abs=0.7) for left, right, _ in found)
    assert "印发" in last.get_textpage().get_text_range()


def test_telegram_form_has_its_rows_between_two_red_rules() -> None:
    page = pdf("response_notice")[0]
    told = re.sub(r"\s", "", page.get_textpage().get_text_range())
    for words in ("发电单位", "签批盖章", "特急·明电", "演练浙防指电〔2021〕"):
        assert words in told
    first, second = rules(page, 150)[:2]
    assert all(rule[:2] == pytest.approx((28, 184), abs=0.7) for rule in (first, second))
    assert 37 < first[2] < second[2] < 100


@pytest.mark.parametrize("kind", ["transfer_order", "response_notice"])
def test_other_forms_keep_the_type_area(kind: str) -> None:
    for page in pdf(kind):
        body = [s for s in spans(page) if s[2] >= 37.2 and s[4] <= 262 and s[4] - s[2] < 9]
        assert min(s[1] for s in body) >= 27.5
        assert max(s[3] for s in body) <= 184.5


def test_signed_documents_lose_the_draft_mark_and_get_number_signer_and_date() -> None:
    sign_off = SignOff(3, "张三", ISSUED_AT, replaces="演练浙防指令〔2021〕2号")
    letter = drafted("transfer_order")
    content = letter_content(letter, sign_off)
    assert content["number"] == "演练浙防指令〔2021〕3号"
    assert content["watermark"] == "演练"
    assert letter_content(replace(letter, exercise=False), sign_off)["watermark"] == ""
    assert letter_content(replace(letter, exercise=False))["watermark"] == "草稿"
    told = str(content["blocks"])
    assert "签发人：张三" in told
    assert "替代演练浙防指令〔2021〕2号" in told
    assert "2021年7月24日印发" in told
    assert "草稿" not in str(content)
    assert "不得执行" in told  # it is an exercise
    assert "不得执行" not in str(letter_content(replace(letter, exercise=False), sign_off)["blocks"])


def test_the_qr_code_states_the_digest() -> None:
    import zxingcpp

    letter = drafted("transfer_order")
    for sign_off, number in ((None, "DRAFT"), (SignOff(12, "张三", ISSUED_AT), "2021-12")):
        document = pypdfium2.PdfDocument(BytesIO(letter_pdf(letter, sign_off=sign_off)))
        picture = document[len(document) - 1].render(scale=3).to_pil()
        (code,) = zxingcpp.read_barcodes(picture)
        assert code.text == qr_text(letter, sign_off)
        assert code.text == f"RISKMAP/1 TRANSFER-ORDER 330902 {number} SHA256:{letter.digest.upper()}"


def test_the_two_endings_are_two() -> None:
    release, end = drafted("transfer_release"), drafted("response_end")
    assert release.issuer != end.issuer
    assert "解除转移不等于结束应急响应" in str(letter_content(release)["blocks"])
    assert "结束响应不等于解除转移" in str(letter_content(end)["blocks"])
    assert "暂缓返回" in str(letter_content(release)["blocks"])
    assert release.tier is Tier.GREEN
    assert (release.urgency, end.urgency, drafted("transfer_order").urgency) == ("", "平急", "特急")


@pytest.mark.parametrize(("hazard", "tier"), [("wind", 2), ("wind", -1), ("rain", -1)])
def test_nothing_ends_while_a_hazard_is_yellow_or_unknown(hazard: str, tier: int) -> None:
    outlook = over(last={(hazard, "330902"): tier})
    for kind in ("transfer_release", "response_end"):
        with pytest.raises(DataError, match=r"no .* is due"):
            draft_letter(outlook, "330902", document=TYPES[kind])
        assert "330902" not in documents_due(outlook.assessment, TYPES[kind])
        assert "3309" not in documents_due(outlook.assessment, TYPES[kind])
        assert "330903" in documents_due(outlook.assessment, TYPES[kind])


def test_endings_are_due_where_there_was_something_to_end() -> None:
    assert documents_due(over().assessment, TYPES["transfer_release"]) == (
        "330902",
        "330903",
        "330921",
        "330922",
    )
    assert documents_due(over().assessment, TYPES["response_end"])[0] == "3309"
    assert documents_due(over().assessment, TYPES["supervision_order"]) == ()
    assert [x.code for x in draft_letters(make_outlook(), document=TYPES["transfer_order"])] == [
        "330902", "330903", "330921", "330922",
    ]  # fmt: skip


def test_a_grey_county_is_told_so_and_never_green() -> None:
    table = small_assessment().table.copy(deep=True)
    table["tier"].values[:] = -1
    for name in ("value", "threshold", "area_share", "maximum", "people"):
        table[name].values[:] = float("nan")
    outlook = make_outlook(assessment=replace(small_assessment(), table=table))
    assert documents_due(outlook.assessment, TYPES["risk_notice"]) == ()
    letter = draft_letter(outlook, "330902", document=TYPES["supervision_order"])
    assert letter.tier is None
    told = text_of(pypdfium2.PdfDocument(BytesIO(letter_pdf(letter))))
    assert "无数据" in told
    assert "绿" not in told
    with pytest.raises(DataError, match="no data"):
        draft_letter(outlook, "330902")
    with pytest.raises(DataError, match="no data"):
        draft_letter(outlook, "330902", document=TYPES["response_end"])


@pytest.mark.parametrize(
    "name", ["<b>甲&</b>", "#set page(width: 1cm) $x$ \\", "{name}{nobody}", "一\n二\n三\n四县", "县" * 60]
)
def test_hostile_names_stay_names(name: str) -> None:
    assessment = small_assessment()
    evil = replace(assessment.regions[0], name=name)
    outlook = make_outlook(assessment=replace(assessment, regions=(evil, *assessment.regions[1:])))
    for kind in ("risk_notice", "transfer_order"):
        letter = draft_letter(outlook, "330902", document=TYPES[kind])
        assert letter.name == name
        document = pypdfium2.PdfDocument(BytesIO(letter_pdf(letter)))
        assert [round(side / MM) for side in document[0].get_size()] == [210, 297]
        assert letter_docx(letter)
        assert parse_draft(draft_json(letter)) == letter
