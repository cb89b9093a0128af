"""What one layer or one page of a run breaks is left out and named; letters, tables and the other pages are published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NoReturn

import pytest

from riskmap.cycle import EXIT_PARTIAL, run
from riskmap.errors import DataError
from riskmap.io.grids import Layer
from riskmap.products import grids, map_bundle, tables, zones
from riskmap.products import map as province_page
from tests.scenarios import write_scenario


def broken(*_: Any, **__: Any) -> NoReturn:
    raise DataError("too many features for a page")


def published(folder: Path) -> tuple[Path, list[str]]:
    """A small run, and what it says that it left out."""
    scenario = write_scenario(
        folder, hours=2, step=0.25, terrain=False, extra="\n[products]\nletters = false\n[map]\ncounty_pages = false\n"
    )  # fmt: skip
    scenario.write_text(
        scenario.read_text(encoding="utf-8").replace("hindcast = true", "hindcast = false"), encoding="utf-8"
    )
    result = run(scenario, folder / "out")
    assert result.exit_code == EXIT_PARTIAL
    record = json.loads((folder / "out" / "run.json").read_text(encoding="utf-8"))
    return folder / "out", [problem["where"] for problem in record["problems"]]


def test_zones_that_no_page_can_carry_leave_a_page_and_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(map_bundle, "zone_layers", broken)
    out, missed = published(tmp_path)
    assert "map.html, zones" in missed
    assert (out / "map.html").is_file()
    assert (out / "zones.geojson").is_file()
    assert 'src="map.html"' in (out / "index.html").read_text(encoding="utf-8")


def test_zones_and_a_map_that_cannot_be_made_leave_the_rest_and_no_link_leads_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zones, "zones_geojson", broken)
    monkeypatch.setattr(province_page, "build_map", broken)
    out, missed = published(tmp_path)
    assert {"zones.geojson", "map.html"} <= set(missed)
    for name in ("zones.geojson", "map.html"):
        assert not (out / name).exists()
        for page in ("index.html", "report.html"):
            text = (out / page).read_text(encoding="utf-8")
            assert f'="{name}"' not in text.replace(f'title="{name}"', "")
    front = (out / "index.html").read_text(encoding="utf-8")
    assert "风险图未能生成" in front
    assert 'src="report.html"' in front
    assert "too many features" in (out / "report.html").read_text(encoding="utf-8")
    assert (out / "tiers.csv").is_file()


def test_a_table_and_a_field_that_cannot_be_made_leave_the_rest_and_are_named_where_they_are_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "risk_csv", broken)
    monkeypatch.setattr(tables, "reasons_table", broken)
    whole = grids.cog

    def half(layer: Layer) -> bytes:
        return broken() if layer.name == "tier_wind" else whole(layer)

    monkeypatch.setattr(grids, "cog", half)
    out, missed = published(tmp_path)
    left_out = {"risk.csv", "tiers.csv", "counties.csv", "fields/tier_wind.tif"}
    assert left_out <= set(missed)
    assert not any((out / name).exists() for name in left_out)
    assert {"changes.csv", "levels.csv", "assessment.json", "map.html"} <= {one.name for one in out.iterdir()}
    assert (out / "fields" / "tier_rain.tif").is_file()
    for page in ("index.html", "report.html"):
        text = (out / page).read_text(encoding="utf-8")
        assert 'href="tiers.csv"' not in text
        assert "逐时等级与理由表 tiers.csv:未能生成" in text
        assert 'href="levels.csv"' in text


def test_without_its_assessment_no_run_is_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes after it is decided by it: the next cycle, letters that are signed, and who is moved."""
    monkeypatch.setattr(tables, "assessment_json", broken)
    with pytest.raises(DataError, match="too many features"):
        published(tmp_path)
    assert not (tmp_path / "out").exists()
