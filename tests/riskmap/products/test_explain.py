"""Why is my county orange: the chain from a published folder alone, and errors that teach."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from riskmap.assessment import Assessment
from riskmap.asset import AssetTier
from riskmap.cli import app
from riskmap.errors import DataError, SourceError
from riskmap.products.explain import explain
from riskmap.products.table import assessment_json
from riskmap.scale import Tier
from riskmap.standing import Confirmation
from riskmap.succession import succeed
from tests.factories import ISSUED_AT, make_assessment

RECORD = {
    "event": {"number": "2106", "name": "In-Fa", "chinese": "烟花"}, "marks": {"forecast": ["回放"]},
    "observed_until": "2021-07-24 11:00", "grid": {"west": 121.0, "south": 29.0, "east": 124.0, "north": 31.0, "step": 0.1},
    "inputs": [
        {"section": "track", "key": "file", "file": "track.txt", "sha256": "ab" * 32},
        {"section": "terrain", "key": "relief", "file": "relief.tif", "sha256": "cd" * 32},
        {"section": "terrain", "key": "coastline", "file": "coast.geojson", "sha256": "ef" * 32},
        {"section": "tide", "key": "astronomical", "file": "tide.csv", "sha256": "12" * 32},
    ],
    "problems": [{"where": "letters", "what": "no fonts"}],
}  # fmt: skip


def publish(folder: Path, assessment: Assessment, record: object = RECORD) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "assessment.json").write_text(assessment_json(assessment), encoding="utf-8")
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Path:
    assessment = make_assessment()
    assessment.table["cell"].values[0, 3, 2] = 10 * 30 + 8
    return publish(tmp_path / "run", succeed(assessment, None, event="2106"))


def test_the_chain_goes_from_input_to_published_colour(run: Path) -> None:
    text = explain(run, "330921").english
    order = [
        "1. Input",
        "2. Value",
        "3. Threshold",
        "4. From cells",
        "5. The worst",
        "6. Worst",
        "7. The cycle",
        "8. Published",
        "9. Next",
    ]
    assert [text.index(word) for word in order] == sorted(text.index(word) for word in order)
    assert "track.txt, sha256 abababababab..., 1.5 h old" in text
    assert "relief.tif" in text
    assert "reference data" in text
    assert "coast.geojson" not in text, "the wind reads no coastline"
    assert "tide.csv" not in text
    assert "gust (3 s) 38 m s-1 (cell 29.95N 121.85E" in text
    assert "met 32.7 m s-1 (orange)" in text
    assert "[S: read in a published source] CMA" in text
    assert "40.0% of the area is at the tier, 5% is asked (domain rule [D])" in text
    assert "Published: orange, since 2021-07-24 12:30" in text
    assert "gust (3 s) would need 41.5 m s-1, 3.5 more" in text
    assert "not assessed" in text.lower()
    assert "left out: letters: no fonts" in text


def test_both_languages_have_the_same_lines(run: Path) -> None:
    found = explain(run, "330921")
    assert len(found.chinese.splitlines()) == len(found.english.splitlines()) == len(found.lines)
    assert "发布等级:橙色" in found.chinese
    assert "还差 3.5 m s-1" in found.chinese
    assert str(found).startswith("330921 舟山市岱山县")


def test_an_hour_a_hazard_and_a_name(run: Path) -> None:
    text = explain(run, "330921", at="2021-07-24T13:45", hazard="rain").english
    assert "2021-07-24 13:30 Beijing time" in text, "the hour in which the instant lies"
    assert "below the lowest 50 mm" in text
    assert (
        explain(run, "330921", at=ISSUED_AT + timedelta(hours=1)).lines[0]
        == explain(run, "330921", at="2021-07-24 13:30").lines[0]
    )


def test_red_has_no_next_tier(run: Path) -> None:
    assert "none above red" in explain(run, "330902").english


def test_grey_is_said_to_be_grey(run: Path) -> None:
    text = explain(run, "330803", hazard="rain").english
    assert "no data for rain: grey, not green" in text
    assert "Published: no data" in text
    assert "no data: rain" in explain(run, "330803").english


def test_held_tiers_and_confirmations_are_told(tmp_path: Path) -> None:
    first = succeed(make_assessment(), None, event="2106")
    calm = make_assessment(issued_at=ISSUED_AT + timedelta(hours=6))
    calm.table["tier"].values[0, :, 0] = 1
    second = succeed(calm, first, event="2106")
    text = explain(publish(tmp_path / "two", second), "330902").english
    assert "red held since 2021-07-24 12:30, computed now blue" in text
    assert "Published: red" in text
    assert "issued 2021-07-24 12:30) at the same hour" in text
    said = [
        Confirmation(
            "2106", second.issued_at, "330902", h, Tier.RED, Tier.ORANGE, "张三", "远离", second.issued_at
        )
        for h in ("wind", "combined")
    ]
    third = replace(calm, issued_at=ISSUED_AT + timedelta(hours=12))
    text = explain(
        publish(tmp_path / "three", succeed(third, second, event="2106", confirmations=said)), "330902"
    ).english
    assert "as confirmed by 张三" in text
    assert "Published: orange, since 2021-07-25 00:30" in text


def test_an_asset_that_decides_is_named(tmp_path: Path) -> None:
    assessment = make_assessment()
    asset = AssetTier(
        "w1", "东港海塘", "gauge", "330902", "wind", Tier.RED, 50.0, 41.5, "m s-1", ISSUED_AT, "阵风50米", "gust of 50", source="gauge"
    )  # fmt: skip
    assessment.table["asset"].values[0, :, 0] = 0
    assessment.table["area_share"].values[0, :, 0] = float("nan")
    text = explain(publish(tmp_path / "a", replace(assessment, assets=(asset,))), "330902").english
    assert "decided by 东港海塘: gust (3 s) 46 m s-1; over the window: gust of 50" in text
    assert "one is enough -> red" in text


def test_risk_and_chances_come_from_their_tables(run: Path) -> None:
    (run / "risk.csv").write_text(
        "region,risk_index,part_hazard,part_exposure,part_vulnerability\n330921,61.5,75.0,90.0,\n",
        encoding="utf-8",
    )
    (run / "probability.csv").write_text(
        "region,tier,probability,members,made\n330921,3,0.42,50,1\n", encoding="utf-8"
    )
    text = explain(run, "330921").english
    assert "Risk index 61.5 (hazard / exposure / vulnerability 75.0 / 90.0 / —)" in text
    assert "42% (50 members made from error statistics)" in text


def test_a_folder_without_its_record_says_so(run: Path) -> None:
    (run / "run.json").unlink()
    assert "run.json cannot be read" in explain(run, "330921").english


@pytest.mark.parametrize(
    ("code", "more", "words"),
    [
        ("330999", {}, "did you mean"),
        ("岱山", {}, "did you mean 330921 岱山县"),
        ("", {}, "no such region"),
        ("330921", {"at": "2021-07-25T12:30"}, "outside the window"),
        ("330921", {"at": "noon"}, "not an instant"),
        ("330921", {"hazard": "hail"}, "no such hazard"),
        ("330921", {"hazard": "storm_tide"}, "which lacks"),
    ],
)
def test_what_cannot_be_explained_is_taught(run: Path, code: str, more: dict[str, str], words: str) -> None:
    with pytest.raises(DataError, match=words):
        explain(run, code, **more)  # type: ignore[arg-type]


def test_a_hazard_that_cannot_occur_there(tmp_path: Path) -> None:
    assessment = make_assessment()
    assessment.table["tier"].values[1, :, 0] = -2
    with pytest.raises(DataError, match="cannot occur there"):
        explain(publish(tmp_path / "n", assessment), "330902", hazard="rain")


def test_the_command_prints_it(run: Path) -> None:
    done = CliRunner().invoke(app, ["explain", "330921", str(run), "--language", "en"])
    assert done.exit_code == 0, done.output
    assert "Published: orange" in done.output
    missing = CliRunner().invoke(app, ["explain", "330921", str(run / "no")])
    assert isinstance(missing.exception, SourceError)
