"""Assets in the table, the letter, the map's data and the published assessment."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from riskmap.asset import AssetTier
from riskmap.io.basemap import read_basemap
from riskmap.io.published import read_assessment
from riskmap.products.assets import COLUMNS, assets_csv
from riskmap.products.letter import draft_letter
from riskmap.products.letter_findings import MOST_ASSETS
from riskmap.products.letter_text import letter_content
from riskmap.products.map_data import map_data
from riskmap.products.table import assessment_json
from riskmap.scale import Tier
from tests.outlooks import make_outlook as map_outlook
from tests.riskmap.products.letter_outlook import make_outlook, small_assessment

ONSET = datetime(2021, 7, 24, 6, tzinfo=UTC)


def wall(number: int, tier: Tier | None, region: str = "330902", name: str = "北岸段") -> AssetTier:
    known = tier is not None
    return AssetTier(
        f"w{number}", f"{name}{number}", "wall_section", region, "wind", tier, 1.25 if known else None,
        1.0 if known else None, "1", ONSET if known else None, "越浪量达允许值的125%", "overtopping 125 %",
        people=number, responsible="塘长",
    )  # fmt: skip


def outlook_with(*assets: AssetTier, apart: frozenset[str] = frozenset()):
    return make_outlook(assessment=replace(small_assessment(), assets=assets, apart=apart))


def test_the_table_lists_every_asset_worst_first() -> None:
    found = small_assessment()
    text = assets_csv(
        replace(found, assets=(wall(1, Tier.GREEN), wall(2, None), wall(3, Tier.RED, name="=段")))
    )
    assert text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert tuple(rows[0]) == COLUMNS
    assert [(r["asset_id"], r["tier"], r["tier_name"]) for r in rows] == [
        ("w3", "4", "红"), ("w1", "0", "绿"), ("w2", "", "无数据"),
    ]  # fmt: skip
    assert rows[0]["name"] == "'=段3"
    assert rows[0]["onset"] == "2021-07-24T14:00:00+08:00"
    assert rows[0]["region_name"] == "定海区"


def test_the_table_and_the_map_have_the_place_where_there_is_one() -> None:
    placed = replace(wall(1, Tier.RED), longitude=122.1, latitude=30.0123456)
    whole = map_outlook()
    outlook = replace(whole, assessment=replace(whole.assessment, assets=(placed, wall(2, Tier.BLUE))))
    rows = list(csv.DictReader(io.StringIO(assets_csv(outlook.assessment).removeprefix("\ufeff"))))
    assert [(r["longitude"], r["latitude"]) for r in rows] == [("122.10000", "30.01235"), ("", "")]
    data = map_data(outlook, read_basemap(), links={}, approval_number=None, title=("题", "title"))
    assert [(asset["name"], asset["at"]) for asset in data["assets"]] == [
        ("北岸段1", [30.01235, 122.1]),
        ("北岸段2", None),
    ]


def test_a_letter_names_its_own_sections_and_not_the_green_ones() -> None:
    outlook = outlook_with(wall(1, Tier.RED), wall(2, Tier.GREEN), wall(3, None), wall(4, Tier.RED, "330903"))
    letter = draft_letter(outlook, "330902")
    assert [row.asset_id for row in letter.assets] == ["w1", "w3"]
    blocks = letter_content(letter)["blocks"]
    table = next(b for b in blocks if b["kind"] == "table" and b["columns"][0] == "类别")
    assert [row[1:4] for row in table["rows"]] == [
        ["北岸段1", "4 红", "越浪量达允许值的125%"], ["北岸段3", "无数据", "越浪量达允许值的125%"],
    ]  # fmt: skip
    text = "".join(b.get("text", "") for b in blocks)
    assert "示例" not in text
    assert "海塘、" not in text  # the list that was given is not called missing
    assert "山洪重要村落" in text
    assert len(draft_letter(outlook, "3309").assets) == 3


def test_an_invented_table_is_called_one_in_the_letter() -> None:
    letter = draft_letter(outlook_with(wall(1, Tier.RED), apart=frozenset({"rain"})), "330902")
    assert not letter.assets[0].example
    marked = replace(letter, assets=(replace(letter.assets[0], example=True),))
    blocks = letter_content(marked)["blocks"]
    assert any("标“示例”的为虚构数据" in b.get("text", "") for b in blocks)
    assert any(b["kind"] == "table" and b["rows"][0][1] == "示例 北岸段1" for b in blocks)
    assert marked.digest != letter.digest


def test_a_long_list_is_cut_and_says_so() -> None:
    walls = [wall(n, Tier.RED) for n in range(MOST_ASSETS + 3)]
    letter = draft_letter(outlook_with(*walls), "330902")
    assert len(letter.assets) == MOST_ASSETS
    assert any("另有3处见 assets.csv" in b.get("text", "") for b in letter_content(letter)["blocks"])


def test_a_published_assessment_keeps_its_assets(tmp_path: Path) -> None:
    table = small_assessment().table.copy(deep=True)
    table["asset"].values[0, 0, 0] = 1
    found = replace(
        small_assessment(), table=table, assets=(wall(1, Tier.RED), wall(2, None)), apart=frozenset({"rain"})
    )
    (tmp_path / "assessment.json").write_text(assessment_json(found), encoding="utf-8")
    back = read_assessment(tmp_path)
    assert back.assets == found.assets
    assert back.apart == found.apart
    assert back.table["asset"].identical(found.table["asset"])
