"""Letters say what the assessment says, in the form of GB/T 9704, and nothing that nobody knows."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from io import BytesIO
from itertools import pairwise
from types import MappingProxyType

import numpy as np
import pypdfium2
import pytest

from riskmap.earlier import NOT_LOOKED, Earlier
from riskmap.errors import ConfigError, DataError
from riskmap.products.letter import draft_letter, draft_letters, letter_pdf
from riskmap.products.letter_due import letters_due
from riskmap.products.letter_fields import Letter, canonical_json
from riskmap.products.letter_text import letter_content
from riskmap.products.letter_words import full_width
from riskmap.products.measures import bundled_measures, fitting, parse_measures
from riskmap.products.official import official_template
from riskmap.products.typeset import compile_pdf
from riskmap.scale import DISCLAIMER, HAZARD_WORDS, Tier
from riskmap.standing import Held, Standing
from tests.factories import ISSUED_AT
from tests.riskmap.products.letter_outlook import MARKS, make_outlook, real_outlook, small_assessment

MM = 72 / 25.4
A_MEASURE = '[[measure]]\nid="a"\nhazard="wind"\ntiers=["red"]\ntext="x"\nsource="y"\nstatus="S"\n'


@lru_cache(maxsize=1)
def county() -> Letter:
    return draft_letter(
        real_outlook(), "330902", issuer="某省防汛防台抗旱指挥部办公室(演练)", model_version="0.1.0"
    )


@lru_cache(maxsize=1)
def city() -> Letter:
    return draft_letter(real_outlook(), "3309", model_version="0.1.0")


@lru_cache(maxsize=2)
def pdf(letter: Letter) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(BytesIO(letter_pdf(letter)))


def words(letter: Letter) -> str:
    blocks = letter_content(letter)["blocks"]
    return "\n".join(str(value) for block in blocks for value in block.values())


def spans(page) -> list[tuple[str, float, float, float, float]]:
    """Characters with left, bottom, right, top [mm from the upper left corner]."""
    text = page.get_textpage()
    found = []
    for n in range(text.count_chars()):
        left, bottom, right, top = text.get_charbox(n, loose=False)
        char = text.get_text_range(n, 1)
        if char.strip():
            found.append((char, left / MM, 297 - bottom / MM, right / MM, 297 - top / MM))
    return found


def lines(page) -> list[tuple[str, float, float]]:
    """Lines of the type area with the left and right edge [mm]."""
    rows: dict[int, list[tuple[str, float, float, float, float]]] = {}
    for span in spans(page):
        if span[4] >= 37 and span[2] <= 262.5 and span[2] - span[4] < 9:  # the watermark is larger
            rows.setdefault(round(span[2] / 10.2), []).append(span)
    return [
        ("".join(s[0] for s in sorted(r, key=lambda s: s[1])), min(s[1] for s in r), max(s[3] for s in r))
        for _, r in sorted(rows.items())
    ]


def test_a_letter_for_each_county_at_orange_and_for_its_city():
    assert letters_due(small_assessment()) == ("3309", "330902", "330903", "330921", "330922")
    letters = draft_letters(make_outlook())
    assert [letter.code for letter in letters] == ["3309", "330902", "330903", "330921", "330922"]
    assert [letter.level for letter in letters] == ["city", *["county"] * 4]


def test_no_letter_below_orange():
    with pytest.raises(DataError, match="no letter is due"):
        draft_letter(make_outlook(), "330802")


def test_fields_follow_the_assessment():
    letter, assessment = county(), real_outlook().assessment
    (reason, peak), *_ = assessment.worst_reasons("330902")
    wind = letter.findings[0]
    assert (wind.hazard, wind.tier, wind.value) == ("wind", Tier.RED, round(reason.value, 3))
    assert (wind.threshold, wind.threshold_source, wind.peak_at) == (41.5, "CMA", peak)
    assert (wind.starts_at, wind.ends_at) == assessment.period("330902", Tier.ORANGE, "wind")
    assert letter.onset_at == assessment.period("330902", Tier.ORANGE)[0]
    assert letter.lead_hours == (letter.onset_at - ISSUED_AT).total_seconds() / 3600
    assert letter.landfall_hours == 24.0
    assert (wind.trend, letter.trend) == ("rise_and_fall", "rise_and_fall")
    assert (letter.urgency, letter.answer_minutes, letter.feedback_minutes) == ("特急", 10, 30)
    assert letter.lacking == (("storm_tide", small_assessment().lacking["storm_tide"]),)
    assert letter.surge == 0.5
    assert letter.track_until == ISSUED_AT


def test_orange_is_less_urgent_than_red():
    letter = draft_letter(make_outlook(), "330922")
    assert letter.tier is Tier.ORANGE
    assert (letter.urgency, letter.answer_minutes, letter.feedback_minutes) == ("加急", 15, 60)


def test_city_letter_lists_its_counties_and_adds_their_people():
    letter = city()
    assert [row.code for row in letter.counties] == ["330902", "330903", "330921", "330922"]
    each = [draft_letter(real_outlook(), row.code).findings[0].people for row in letter.counties]
    assert letter.findings[0].people == pytest.approx(sum(each), abs=4)
    assert letter.findings[0].region == "330902"
    assert letter.surge == 1.2
    assert all(row.name in words(letter) for row in letter.counties)


def test_the_letter_says_what_it_must():
    text = words(county())
    for needed in (
        "距首次登陆约24小时", "（估算）", "未评估：风暴潮", "等本地清单未接入", "回放、模拟预报",
        "参数化模型估算", "签发人：＿＿＿＿", "特此告知。", "10分钟内应答", "30分钟内反馈", full_width(DISCLAIMER[0]),
        county().short_digest, "有效期至2021-07-24 18:30", "41.5 m/s", "riskmap 0.1.0",
    ):  # fmt: skip
        assert needed in text, needed


def test_no_number_before_sign_off():
    content = letter_content(county())
    assert content["number"] == "演练防指办函〔2021〕　号（签发时编号）"
    assert not re.search(r"〕\s*\d+\s*号", words(county()))


def test_measures_fit_the_reasons():
    letter = county()
    chosen = {m.id: m for m in bundled_measures()}
    assert [m.number for m in letter.measures] == list(range(1, len(letter.measures) + 1))
    printed = {m.text for m in letter.measures}
    assert chosen["wind-red-1"].text in printed
    assert chosen["wind-red-2"].text in printed  # the county has surge points, so it has a coast
    assert chosen["flash-flood-red-1"].text not in printed
    assert chosen["wind-orange-1"].text not in printed
    inland = draft_letter(make_outlook(), "330903")
    assert chosen["wind-red-2"].text not in {m.text for m in inland.measures}
    unknown = draft_letter(make_outlook(surge=None), "330903")
    assert chosen["wind-red-2"].text in {m.text for m in unknown.measures}
    assert unknown.surge is None


def test_own_proposals_are_marked():
    own = [m for m in county().measures if m.status == "D"]
    assert own
    for measure in own:
        assert full_width(f"{measure.number}．建议:{measure.text.rstrip('。')}") in words(county())


def test_no_data_is_said():
    table = small_assessment().table.copy(deep=True)
    table["tier"].loc[{"hazard": "rain", "region": "330902"}] = -1
    letter = draft_letter(make_outlook(assessment=replace(small_assessment(), table=table)), "330902")
    assert letter.unknown == ("rain",)
    assert "无数据不等于低风险" in words(letter)


def test_a_partial_tier_is_at_least():
    table = small_assessment().table.copy(deep=True)
    table["covered"].loc[{"region": "330902"}] = 0.5
    letter = draft_letter(make_outlook(assessment=replace(small_assessment(), table=table)), "330902")
    assert "大风为不低于红色" in words(letter)


def test_after_landfall_and_without_landfall():
    assert "台风已于2小时前登陆" in words(
        draft_letter(make_outlook(landfall_at=ISSUED_AT - timedelta(hours=2)), "330902")
    )
    assert "预报时段内未见登陆" in words(draft_letter(make_outlook(landfall_at=None), "330902"))


def test_digest_is_of_the_fields():
    letter = county()
    again = draft_letter(real_outlook(), "330902", issuer=letter.issuer, model_version="0.1.0")
    assert again.digest == letter.digest
    assert replace(letter, map_svg="").digest == letter.digest
    assert replace(letter, answer_minutes=11).digest != letter.digest
    assert '"tier":4' in canonical_json(letter)
    assert letter.digest[:16] in words(replace(county(), supersedes=letter.digest))


def test_pdf_is_a_function_of_the_letter():
    assert letter_pdf(county()) == letter_pdf(county())


def test_pdf_pages_are_a4_with_margins():
    document = pdf(county())
    assert len(document) >= 2
    for page in document:
        assert [round(side / MM) for side in page.get_size()] == [210, 297]
        body = [s for s in spans(page) if s[4] >= 37.2 and s[2] <= 262]
        # the watermark slants through the page and the marks stand below the type area
        assert min(s[1] for s in body) >= 27.5
        assert max(s[3] for s in body) <= 184.5


def test_pdf_has_22_lines_of_28_characters():
    content = letter_content(county()) | {"blocks": [{"kind": "text", "text": "风" * 28 * 60}]}
    held = BytesIO(compile_pdf(official_template(), content, created_at=ISSUED_AT))
    chars = [s for s in spans(pypdfium2.PdfDocument(held)[1]) if s[0] == "风" and s[2] < 262]
    rows = Counter(round(s[2], 2) for s in chars)
    assert len(rows) == 22
    heights = sorted(rows)
    assert [rows[h] for h in heights] == [26, *[28] * 21]  # the paragraph's first line is indented by two
    assert all(b - a == pytest.approx(225 / 22, abs=0.05) for a, b in pairwise(heights))
    assert heights[-1] <= 262


def test_pdf_head_of_the_letter_form():
    page = pdf(county())[0]
    red = [s for s in spans(page) if 29 <= s[4] <= 33]
    assert "".join(s[0] for s in red).startswith("某省防汛防台抗旱指挥部")
    assert min(s[4] for s in red) == pytest.approx(30, abs=1.5)
    middle = (min(s[1] for s in red) + max(s[3] for s in red)) / 2
    assert middle == pytest.approx(105, abs=1.5)
    rules = [
        (left / MM, right / MM)
        for thing in page.get_objects()
        if thing.type == 2  # a path
        for left, bottom, right, top in [thing.get_bounds()]
        if right - left > 165 * MM and top - bottom < 4
    ]
    assert len(rules) == 4  # two double rules
    assert all((left, right) == pytest.approx((20, 190), abs=0.7) for left, right in rules)


def test_pdf_title_addressee_indent_and_date():
    document = pdf(county())
    text = lines(document[0])
    title = next(t for t in text if t[0].startswith("关于台风"))
    assert (title[1] + title[2]) / 2 == pytest.approx(28 + 78, abs=1)
    addressee = next(t for t in text if t[0].startswith("定海区防汛"))
    assert addressee[0].endswith("：")
    assert addressee[1] == pytest.approx(28, abs=0.8)
    lead = next(t for t in text if t[0].startswith("根据2106"))
    assert lead[1] == pytest.approx(28 + 2 * 156 / 28, abs=0.8)
    date = next(t for page in document for t in lines(page) if re.fullmatch(r"2021年7月24日", t[0]))
    assert 184 - date[2] == pytest.approx(4 * 156 / 28, abs=1)


def test_pdf_type_sizes():
    text = pdf(county())[0].get_textpage()
    sizes: dict[str, set[float]] = {}
    for n in range(text.count_chars()):
        size = round(pypdfium2.raw.FPDFText_GetFontSize(text.raw, n), 1)
        sizes.setdefault(text.get_text_range(n, 1), set()).add(size)
    assert 22.0 in sizes["关"]  # title, 2号
    assert 16.0 in sizes["根"]  # body, 3号


def test_pdf_page_number_from_the_second_page_on():
    document = pdf(county())
    numbers = []
    for page in document:
        foot = sorted((s for s in spans(page) if 262 < s[2] < 278), key=lambda s: s[1])
        numbers.append("".join(s[0] for s in foot))
    assert numbers[0] == ""
    assert numbers[1:] == [f"—{n}—" for n in range(2, len(document) + 1)]


def test_pdf_watermark_and_marks_on_every_page():
    for page in pdf(city()):
        text = page.get_textpage().get_text_range()
        assert "演" in text
        assert "草" in text
        assert DISCLAIMER[0] in text
        assert all(mark[0] in text for mark in MARKS)


def test_full_width_leaves_numbers_alone():
    assert full_width("(CMA Order 16, 2007): x") == "(CMA Order 16, 2007): x"
    assert full_width("表(甲(乙),丙)12:30") == "表（甲（乙），丙）12:30"


def test_measures_file_is_checked():
    assert parse_measures(A_MEASURE, where="m.toml")[0].tiers == (Tier.RED,)
    for text, message in (
        ("x", "is not TOML"),
        ("a = 1", "not a file of measures"),
        (A_MEASURE * 2, "comes twice"),
        (A_MEASURE.replace('"red"', '"purple"'), "purple"),
        (A_MEASURE.replace('status="S"', 'status="X"'), "status"),
        (A_MEASURE.replace('source="y"', 'source=" "'), "source"),
        (A_MEASURE.replace("text=", "words="), "'text' is missing"),
        (A_MEASURE + "colour=1", "unknown key 'colour'"),
    ):
        with pytest.raises(ConfigError, match=message):
            parse_measures(text, where="m.toml")


def test_every_bundled_measure_has_a_source_and_fits_some_tier():
    for measure in bundled_measures():
        assert measure.source
        assert measure in fitting([measure], {measure.hazard: measure.tiers[0]}, coastal=True)
        assert not fitting([measure], {"none": Tier.GREEN}, coastal=True)


def test_a_tier_of_coastal_points_names_no_asset_and_counts_nobody_s_share() -> None:
    assessment = small_assessment()
    table = assessment.table.copy(deep=True)
    table["area_share"].loc[{"hazard": "wind"}] = np.nan
    told = "".join(
        str(block)
        for block in letter_content(
            draft_letter(make_outlook(assessment=replace(assessment, table=table)), "330902")
        )["blocks"]
    )
    assert "取沿岸各点、各站最大值" in told
    assert "由“”" not in told


def test_every_hazard_has_a_measure_for_every_tier() -> None:
    hazards = set(HAZARD_WORDS) - {"combined", "storm_surge"}
    assert {m.hazard for m in bundled_measures()} == hazards | {"any"}
    for hazard in hazards:
        for tier in (Tier.BLUE, Tier.YELLOW, Tier.ORANGE, Tier.RED):
            own = [m for m in fitting(bundled_measures(), {hazard: tier}, coastal=True) if m.hazard == hazard]
            assert own, (hazard, tier)


def test_a_county_without_a_coast_hears_nothing_of_the_sea() -> None:
    letter = draft_letter(make_outlook(), "330903")
    assert letter.coastal is False
    told = words(letter)
    for word in ("海塘", "风暴潮", "近岸浪", "渔排", "船舶"):
        assert word not in told, word
    unknown = words(draft_letter(make_outlook(surge=None), "330903"))
    assert "海塘" in unknown
    assert "风暴潮" in unknown


def test_the_cycle_before_is_named() -> None:
    assessment = small_assessment()
    tiers = assessment.combined
    worst = np.full((len(assessment.hazards) + 1, len(assessment.regions)), 3, np.int8)
    driver = ("wind",) * len(assessment.regions)
    before = Earlier(ISSUED_AT - timedelta(hours=6), tiers, assessment.table["tier"].values, worst, driver)
    now = replace(assessment, earlier=before)
    assert "上一期等级：橙色（7月24日6时30分起报）" in words(
        draft_letter(make_outlook(assessment=now), "330902")
    )
    worst[0, :] = -1
    assert draft_letter(make_outlook(assessment=now), "330902").previous.startswith("无数据")
    worst[0, 0] = NOT_LOOKED
    assert draft_letter(make_outlook(assessment=now), "330902").previous == ""
    assert "上一期等级：无（首期）" in words(county())


def test_a_tier_that_is_held_says_why() -> None:
    assessment = small_assessment()
    held = Held(published=4, computed=3, since=ISSUED_AT, why="confirmation")
    standing = Standing("2106", ISSUED_AT, MappingProxyType({("combined", "330922"): held}))
    letter = draft_letter(make_outlook(assessment=replace(assessment, standing=standing)), "330922")
    assert letter.tier is Tier.RED
    assert "嵊泗县维持红色：橙色、红色须经人工确认方可下调。" in words(letter)


def test_a_letter_for_a_tier_that_is_only_held_names_no_hazard_and_says_so() -> None:
    letter = replace(county(), findings=(), held="定海区维持橙色")
    assert "主要灾种为此前研判所定（本次计算均未达橙色）" in words(letter)
    assert "主要灾种为无，" in words(replace(letter, held=""))
