"""A whole run on a file of counties of which two have bad outlines: those are grey and named, all else is published."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
from shapely.geometry import mapping, shape

from riskmap.cycle import EXIT_PARTIAL, RunResult, run
from riskmap.io.bundled import bundled
from riskmap.io.published import read_assessment
from riskmap.scale import NO_DATA
from tests.scenarios import write_scenario

CROSSED, MISSING = "330902", "330903"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    folder = tmp_path_factory.mktemp("bad")
    document = json.loads(bundled("admin/zhejiang_district_simple.geojson").read_text("utf-8"))
    for feature in document["features"]:
        code = str(feature["properties"]["adcode"])
        if code == CROSSED:
            x0, y0, x1, y1 = shape(feature["geometry"]).bounds
            bow = [(x0, y0), (x1, y1), (x1, y0), (x0, y1), (x0, y0)]
            feature["geometry"] = {"type": "Polygon", "coordinates": [bow]}
        elif code == MISSING:
            feature["geometry"] = None
        else:
            feature["geometry"] = mapping(shape(feature["geometry"]))
    (folder / "counties.geojson").write_text(json.dumps(document), "utf-8")
    path = write_scenario(folder, hours=3)
    text = path.read_text("utf-8").replace("hindcast = true", "hindcast = false")
    old = bundled("admin/zhejiang_district_simple.geojson").as_posix()
    path.write_text(text.replace(old, "counties.geojson"), "utf-8")
    return run(path, folder / "out")


@pytest.mark.slow
def test_the_run_is_published_and_says_what_is_wrong(published: RunResult) -> None:
    assert published.exit_code == EXIT_PARTIAL
    told = [problem.what for problem in published.problems if problem.where == "counties.geojson"]
    assert len(told) == 2
    assert CROSSED in told[0] + told[1]
    assert MISSING in told[0] + told[1]
    assert "Self-intersection" in told[0] + told[1]
    assert (published.folder / "map.html").stat().st_size > 1000


def test_the_two_counties_are_grey_for_cells_and_the_others_are_not(published: RunResult) -> None:
    found = read_assessment(published.folder / "assessment.json")
    bad = [n for n, region in enumerate(found.regions) if region.unusable]
    assert [found.regions[n].code for n in bad] == [CROSSED, MISSING]
    wind = found.table["tier"].sel(hazard="wind").values
    assert (wind[:, bad] == NO_DATA).all()
    good = [n for n in range(90) if n not in bad]
    assert (wind[:, good] >= 0).sum() > 100
    assert np.isnan(found.table["value"].sel(hazard="wind").values[:, bad]).all()


def test_the_table_of_levels_says_why(published: RunResult) -> None:
    text = (published.folder / "levels.csv").read_text("utf-8").removeprefix("\ufeff")
    rows = {row["region"]: row for row in csv.DictReader(io.StringIO(text))}
    assert rows[CROSSED]["note"] == "the polygon is invalid"
    assert rows[MISSING]["note"] == "no polygon"
