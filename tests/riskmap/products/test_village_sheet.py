"""The village's sheet: one A3 page with what is given and blanks for the rest, with a map and without."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from typer.testing import CliRunner

from riskmap.cli import app
from riskmap.errors import DataError, SourceError
from riskmap.io.bundled import bundled
from riskmap.io.village_file import read_village
from riskmap.products.letter_words import BLANK
from riskmap.products.village_map import village_map_svg
from riskmap.products.village_sheet import EXAMPLE, sheet_content, village_sheet
from riskmap.scale import DISCLAIMER
from riskmap.village import Contact, Village

NOW = datetime(2026, 5, 1, tzinfo=UTC)
A3 = (420.0, 297.0)


@lru_cache(maxsize=1)
def example() -> Village:
    return read_village(bundled("villages/example_sheet.toml"))


def without_positions(village: Village) -> Village:
    return replace(
        village,
        danger=tuple(replace(area, outline=(), at=None) for area in village.danger),
        shelter=tuple(replace(shelter, at=None) for shelter in village.shelter),
        route=tuple(replace(route, line=()) for route in village.route),
    )


def pages(pdf: bytes) -> tuple[int, tuple[float, float], str]:
    document = pypdfium2.PdfDocument(BytesIO(pdf))
    width, height = (side / 72 * 25.4 for side in document[0].get_size())
    return len(document), (round(width, 1), round(height, 1)), document[0].get_textpage().get_text_bounded()


@pytest.mark.parametrize("with_map", [True, False])
def test_one_a3_page_with_everything_on_it(with_map: bool) -> None:
    village = example() if with_map else without_positions(example())
    count, size, text = pages(village_sheet(village, created_at=NOW))
    assert (count, size) == (1, A3)
    said = re.sub(r"\s", "", text)
    for area in village.danger:
        assert area.name in said
        assert area.shelter in said
    for word in (
        "村级防汛防台形势图",
        "示例",
        "立即转移信号",
        "陈某某",
        "31人",
        re.sub(r"\s", "", DISCLAIMER[0]),
    ):
        assert word in said
    assert ("审图号" in said) == with_map
    assert village_sheet(village, created_at=NOW) == village_sheet(village, created_at=NOW)


def test_a_number_is_printed_as_given_or_left_blank() -> None:
    village = replace(example(), contact=(Contact("村主任", "甲", "0580-000 0000"), Contact("预警员")))
    assert sheet_content(village)["contacts"] == [("村主任", "甲", "0580-000 0000"), ("预警员", BLANK, BLANK)]
    (first, *_, last) = sheet_content(village)["dangers"]
    assert (first["responsible"], first["phone"]) == ("张某某", BLANK)
    assert first["way"] == "步行,约420米,不过溪上石板桥"
    assert last["responsible"] == BLANK


def test_people_are_summed_only_as_far_as_known() -> None:
    village = example()
    assert sheet_content(village)["total"] == "危险区 3 处,64 人"
    first = replace(village.danger[0], people=None)
    assert (
        sheet_content(replace(village, danger=(first, *village.danger[1:])))["total"]
        == "危险区 3 处,至少33 人"
    )


def test_a_real_village_is_not_marked_as_an_example() -> None:
    assert sheet_content(example())["example"] == EXAMPLE
    assert sheet_content(replace(example(), example=False))["example"] == ""


def test_the_map_draws_what_is_given_and_dashes_what_is_not() -> None:
    svg = village_map_svg(example())
    assert svg.count('fill="url(#d)"') == 2
    assert svg.count('stroke-dasharray="10 7"') == 1 + 1  # one way without a line, and the key
    assert "示例小学(150人)" in svg
    assert village_map_svg(example()) == svg
    numbers = [float(x) for x in re.findall(r'<circle cx="([\d.]+)" cy="[\d.]+" r="13"', svg)]
    assert len(numbers) == 3
    assert numbers == sorted(numbers), "1 lies west of 2, 2 of 3"


def test_north_is_up_and_distances_are_true() -> None:
    from riskmap.products.village_map import _Frame

    frame = _Frame([(122.0, 30.0), (122.01, 30.01)])
    (x0, y0), (x1, y1), (x2, y2) = frame((122.0, 30.0)), frame((122.01, 30.0)), frame((122.0, 30.01))
    assert y2 < y0 == y1
    assert x0 == x2 < x1
    assert (x1 - x0) / (y0 - y2) == pytest.approx(0.866, abs=0.002)


def test_a_village_of_one_point_and_hostile_names() -> None:
    area = replace(example().danger[0], name="<b>&", outline=(), at=(122.0, 30.0), shelter="")
    svg = village_map_svg(replace(example(), danger=(area,), shelter=(), route=()))
    assert "&lt;b&gt;&amp;" in svg
    assert "<b>" not in svg


def test_a_plan_that_fits_no_page_is_refused() -> None:
    areas = tuple(replace(example().danger[0], name=f"危险区{n}") for n in range(40))
    with pytest.raises(DataError, match="too long for one page"):
        village_sheet(replace(example(), danger=areas, route=()), created_at=NOW)
    count, size, _ = pages(village_sheet(replace(example(), danger=areas[:26], route=()), created_at=NOW))
    assert (count, size) == (1, A3)


def test_on_a_full_disk_the_page_of_before_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("riskmap.products.village_sheet.village_sheet", lambda *_, **__: b"a new page")
    out = tmp_path / "village.pdf"
    words = ["village-sheet", str(bundled("villages/example_sheet.toml")), "--out", str(out)]
    assert CliRunner().invoke(app, words).exit_code == 0
    out.write_bytes(b"an earlier page")
    monkeypatch.setattr("os.fsync", full)
    assert isinstance(CliRunner().invoke(app, words).exception, SourceError)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"an earlier page"]
