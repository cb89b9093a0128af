"""A run with the 2-D solver, end to end: tiers, zones, fields, words; killed and gone on with; unstable and grey."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio

from riskmap.cycle import EXIT_PARTIAL, run
from riskmap.hazard.inundation import Flow
from riskmap.io import inundation_inputs
from riskmap.io.published import read_assessment
from riskmap.outlook import FLOOD_FIELDS
from riskmap.scale import NO_DATA, Tier
from tests.map_pages import block
from tests.valley import BEYOND, LOWER, UPPER, write_valley

SOLVER = '\n[inundation]\nsolver = "local_inertial"\ncell = 180.0\nrun_in = 3\n'


def scenario(folder: Path) -> Path:
    return write_valley(folder, extra=f'{SOLVER}checkpoints = "{(folder / "saved").as_posix()}"\n', hours=4)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("solver")
    result = run(scenario(folder), folder / "out")
    assert result.exit_code == EXIT_PARTIAL
    assert all("none by the relief" in p.what for p in result.problems), result.problems
    return folder / "out"


def tiers(published: Path, code: str) -> np.ndarray:
    found = read_assessment(published / "assessment.json")
    place = [r.code for r in found.regions].index(code)
    return np.asarray(found.table["tier"].values[found.hazards.index("inundation"), :, place])


@pytest.mark.slow
def test_the_solver_grades_counties_draws_zones_and_writes_fields(published: Path) -> None:
    assert max(tiers(published, code).max() for code in (UPPER, LOWER)) >= Tier.BLUE
    assert (tiers(published, BEYOND) == NO_DATA).all()
    zones = json.loads((published / "zones.geojson").read_text(encoding="utf-8"))["features"]
    wet = [z["properties"] for z in zones if z["properties"]["hazard"] == "inundation"]
    assert wet
    assert {z["cell_m"] for z in wet} == {180}
    assert all("local inertial solver on cells of 180 m" in z["basis"] for z in wet)
    for name in FLOOD_FIELDS:
        with rasterio.open(published / f"fields/inundation_{name}.tif") as source:
            assert "local inertial" in source.descriptions[0]
    page = str(block((published / "map.html").read_text(encoding="utf-8")))
    assert "180米网格" in page
    assert "cells of 180 m" in (published / "report.html").read_text(encoding="utf-8")


def test_a_zone_says_when_the_first_water_comes(published: Path) -> None:
    zones = json.loads((published / "zones.geojson").read_text(encoding="utf-8"))["features"]
    for zone in (z["properties"] for z in zones if z["properties"]["hazard"] == "inundation"):
        assert zone["arrival"] is not None
        assert zone["arrival"] <= zone["onset"]


@pytest.mark.slow
def test_a_run_killed_in_the_middle_publishes_the_same_when_it_goes_on(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, count, usual = scenario(tmp_path), 0, inundation_inputs.write_state

    def dies(target: Path, state: dict[str, object]) -> Path:
        nonlocal count
        count += 1
        if count == 5:
            raise KeyboardInterrupt
        return usual(target, state)

    monkeypatch.setattr(inundation_inputs, "write_state", dies)
    with pytest.raises(KeyboardInterrupt):
        run(path, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    run(path, tmp_path / "out")
    assert count == 5 + 3, "seven hours, four of them done before"
    for name in (
        "tiers.csv",
        "zones.geojson",
        "fields/inundation_maximum_depth.tif",
        "fields/inundation_arrival_time.tif",
    ):
        assert (tmp_path / "out" / name).read_bytes() == (published / name).read_bytes(), name


@pytest.mark.slow
def test_a_spoiled_checkpoint_is_named_and_the_run_started_anew(published: Path, tmp_path: Path) -> None:
    path = scenario(tmp_path)
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "inundation_forecast.npz").write_bytes(b"half a file")
    result = run(path, tmp_path / "out")
    assert [p for p in result.problems if p.where == "inundation.checkpoints" and "started anew" in p.what]
    assert (tmp_path / "out/tiers.csv").read_bytes() == (published / "tiers.csv").read_bytes()


@pytest.mark.slow
def test_an_unstable_run_is_grey_by_name_and_all_else_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = Flow.longest_step
    monkeypatch.setattr(Flow, "longest_step", lambda flow: usual(flow) if flow.time < 9000.0 else 1e-9)
    result = run(scenario(tmp_path), tmp_path / "out")
    assert result.exit_code == EXIT_PARTIAL
    told = [p for p in result.problems if p.where.startswith("inundation")]
    assert "the step became nothing" in told[0].what
    for code in (UPPER, LOWER, BEYOND):
        assert (tiers(tmp_path / "out", code) == NO_DATA).all()
    found = read_assessment(tmp_path / "out/assessment.json")
    assert "失稳" in found.lacking["inundation"]
    assert "Beijing time" in found.lacking["inundation"]
    assert found.table["tier"].values[found.hazards.index("wind")].max() >= Tier.BLUE
    assert not (tmp_path / "out/fields/inundation_maximum_depth.tif").exists()
