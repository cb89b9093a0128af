"""What a county gets on a phone: all that it must know, in 200 characters and in one long picture."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from riskmap.errors import MissingExtraError
from riskmap.io.publish import Staging
from riskmap.ledger import Ledger
from riskmap.products import phone
from riskmap.products.letter import draft_letter, draft_letters
from riskmap.products.letter_fields import Letter
from riskmap.products.letter_words import full_width
from riskmap.products.phone import MOST_CHARACTERS, phone_content, phone_png, phone_text, write_cards
from riskmap.scale import DISCLAIMER, Tier
from tests.riskmap.products.letter_outlook import real_outlook


@lru_cache(maxsize=1)
def county() -> Letter:
    return draft_letter(real_outlook(), "330902", issuer="某办公室(演练)", model_version="0.1.0")


def test_the_text_says_tier_why_when_what_and_by_when() -> None:
    text, letter = phone_text(county()), county()
    assert len(text) <= MOST_CHARACTERS
    assert text.startswith("【演练·回放·模拟预报】定海区")
    assert "红4·高" in text
    assert "24日12:30起报" in text
    assert "主因大风：" in text
    assert "≥" in text
    assert "请" in text
    assert f"收到后{letter.answer_minutes}分钟内叫应，{letter.feedback_minutes}分钟内首次反馈" in text
    assert text.endswith(f"{DISCLAIMER[0]}。")
    assert "\n" not in text
    assert "级" not in text.split("主因")[0], "no 一级: that is a warning's word"


@given(
    name=st.text("甲乙丙县市区", min_size=2, max_size=12),
    asset=st.text("长名海塘段", max_size=150),
    marks=st.lists(
        st.sampled_from([("回放", ""), ("模拟预报", ""), ("事后分析", "")]), max_size=3, unique=True
    ),
)
@settings(deadline=None, max_examples=80)
def test_the_text_is_never_too_long_and_never_without_its_end(
    name: str, asset: str, marks: list[tuple[str, str]]
) -> None:
    findings = tuple(replace(finding, asset=asset) for finding in county().findings)
    text = phone_text(replace(county(), name=name, findings=findings, marks=tuple(marks)))
    assert len(text) <= MOST_CHARACTERS
    assert "演练" in text[:5]
    assert name in text
    assert "最重" in text
    assert "首次反馈" in text
    assert text.endswith(f"{DISCLAIMER[0]}。")


def test_the_measures_begin_with_the_worst_hazard() -> None:
    letter = county()
    first = max(letter.findings, key=lambda f: f.tier)
    said = phone_content(letter)["measures"]
    of_hazard = {full_width(m.text): m.hazard for m in phone.bundled_measures()}
    assert of_hazard[said[0]] == first.hazard
    assert set(said) <= {full_width(m.text) for m in letter.measures}


def test_a_letter_without_findings_still_has_a_text() -> None:
    bare = replace(county(), findings=(), measures=(), onset_at=None, ends_at=None)
    assert phone_text(bare).count("。") >= 3
    assert phone_content(bare)["why"] == []


def test_a_tier_that_is_held_is_said_to_be_and_a_county_without_a_map_gets_its_picture() -> None:
    held = replace(county(), held="沿用上期红色,本期计算为黄色", map_svg="")
    assert "等级沿用" in phone_text(held)
    assert len(phone_text(held)) <= MOST_CHARACTERS
    assert phone_content(held)["held"] == "沿用上期红色，本期计算为黄色"
    assert phone_png(held)[:4] == b"\x89PNG"
    assert "沿用" not in phone_text(county())


def test_the_picture_fits_a_phone_and_a_chat() -> None:
    picture = phone_png(county())
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    assert image.width == 1080
    assert 1500 < image.height < 6000
    assert len(picture) <= 1_000_000
    pixels = np.asarray(image).reshape(-1, 3)
    red = tuple(bytes.fromhex(Tier.RED.colour[1:]))
    assert (pixels == red).all(axis=1).mean() > 0.05, "the tier's own colour, flat"
    assert phone_png(county()) == picture


def test_the_picture_is_told_all_that_the_text_says() -> None:
    content = phone_content(county())
    assert content["marks"] == "演练 · 草稿 · 回放 · 模拟预报"
    assert content["tier"] == "红4·高"
    assert content["disclaimer"] == DISCLAIMER[0]
    assert [label for label, _ in content["when"]] == ["橙色以上自", "最重", "至"]
    assert [entry["number"] for entry in content["why"]] == sorted(
        (entry["number"] for entry in content["why"]), reverse=True
    )


def test_a_run_writes_texts_for_all_and_so_many_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phone, "phone_png", lambda letter, fonts: letter.code.encode())
    letters = draft_letters(real_outlook())
    counties = [letter for letter in letters if letter.level == "county"]
    assert len(counties) > 1
    links = write_cards(Staging(tmp_path), letters, Ledger(), most=1)
    assert sorted(links) == sorted(letter.code for letter in counties)
    assert len(list(tmp_path.glob("phone/*.txt"))) == len(counties)
    (picture,) = tmp_path.glob("phone/*.png")
    worst = max(letter.tier for letter in counties)
    assert picture.stem in {letter.code for letter in counties if letter.tier == worst}
    everything = write_cards(Staging(tmp_path), letters, Ledger(), most=None)
    assert all(set(found) == {"短信", "手机图"} for found in everything.values())


def test_one_bad_county_or_a_missing_typesetter_stops_no_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def missing(letter: Letter, fonts: object) -> bytes:
        calls.append(letter.code)
        raise MissingExtraError("typst is not installed", where="letters")

    monkeypatch.setattr(phone, "phone_png", missing)
    ledger = Ledger()
    links = write_cards(Staging(tmp_path), draft_letters(real_outlook()), ledger, most=None)
    assert all(set(found) == {"短信"} for found in links.values())
    assert calls
    assert len(ledger.problems) == 1
