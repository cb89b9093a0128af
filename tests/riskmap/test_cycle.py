"""A whole run on a coarse grid: what it publishes, that it repeats, and how it fails."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from shutil import copytree

import pytest

from riskmap import run_size
from riskmap.cycle import EXIT_OK, EXIT_PARTIAL, run
from riskmap.errors import ConfigError, CoverageError, RiskmapError, SourceError
from riskmap.io.bundled import bundled
from riskmap.io.published import read_assessment

DEMO = bundled("scenarios/in-fa-2021.toml")


BARE = {"hindcast = true": "hindcast = false", "letters = true": "letters = false"}
"""Changes of a run of which only the map and the tables are wanted."""


def coarse(folder: Path, hours: int = 30, **changes: str) -> Path:
    """The demo's scenario on a 0.1 degree grid for some hours, without its later issue time, with text replaced."""
    text = re.sub(r"(?m)^later = .*$", "", DEMO.read_text(encoding="utf-8")).replace(
        '"../', f'"{DEMO.parents[1]}/'
    )
    text = text.replace("step = 0.02", "step = 0.1").replace("hours = 48", f"hours = {hours}")
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    path = folder / "scenario.toml"
    path.write_text(text, encoding="utf-8")
    return path


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cycle")
    result = run(coarse(folder), folder / "out")
    assert result.exit_code == EXIT_OK, result.problems
    return folder / "out"


@pytest.mark.slow
def test_a_run_publishes_map_letters_tables_and_report(published: Path) -> None:
    names = set(files(published))
    assert {
        "index.html", "map.html", "report.html", "run.json", "tiers.csv", "assessment.json", "surge.csv",
        "assets.csv", "zones.geojson", "counties.csv", "changes.csv", "risk.csv", "fields/risk_people.tif",
        "fields/peak_wind_speed.tif", "hindcast/map.html", "hindcast/tiers.csv", "hindcast/assessment.json",
    } <= names  # fmt: skip
    assert not [p for p in published.parent.iterdir() if p.name.startswith(".")], "staging was left behind"


def test_each_orange_or_red_county_has_letter_docx_and_cap(published: Path) -> None:
    assessment = read_assessment(published / "assessment.json")
    worst = assessment.combined.max(axis=0)
    called = {r.code for r, tier in zip(assessment.regions, worst, strict=True) if tier >= 3}
    assert called
    for code in called | {code[:4] for code in called}:
        assert {p.name for p in (published / "letters" / code).iterdir()} == {
            "letter.pdf",
            "letter.docx",
            "letter.json",
            "cap.xml",
        }
    names = {p.name for p in (published / "letters").iterdir()}
    assert names == called | {code[:4] for code in called} | {"outlook.json", "feed.xml"}
    feed = (published / "letters" / "feed.xml").read_text(encoding="utf-8")
    for href in re.findall(r'href="([^"]*cap.xml)"', feed):
        assert (published / "letters" / href).is_file()
    assert feed.count("<entry>") == len(names) - 2


def test_letters_name_invented_sections_and_villages_and_the_map_does_not_count_them(
    published: Path,
) -> None:
    import docx

    assessment = read_assessment(published / "assessment.json")
    assert assessment.apart == {"sea_wall"}
    assert [a.kind for a in assessment.assets].count("wall_section") == 12
    assert [a.kind for a in assessment.assets].count("key_village") == 12
    flood = assessment.table.sel(hazard="flash_flood")
    assert (flood["asset"].values == -1).all(), "an invented village raised its county"
    named: dict[str, int] = {}
    for asset in assessment.assets:
        assert asset.longitude is not None
        assert asset.latitude is not None
        file = published / "letters" / asset.region / "letter.docx"
        if asset.tier is not None and asset.tier > 0 and file.exists():
            document = docx.Document(str(file))
            cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
            assert any(asset.name in cell for cell in cells), asset.name
            assert any("虚构" in paragraph.text for paragraph in document.paragraphs)
            named[asset.kind] = named.get(asset.kind, 0) + 1
    assert named["wall_section"] >= 3
    assert named["key_village"] >= 2
    assert (published / "assets.csv").read_text(encoding="utf-8").count("示例") >= 24
    zones = json.loads((published / "zones.geojson").read_text(encoding="utf-8"))
    assert {f["properties"]["hazard"] for f in zones["features"]} <= {"flash_flood"}


def test_run_json_names_every_input_with_its_digest(published: Path) -> None:
    record = json.loads((published / "run.json").read_text(encoding="utf-8"))
    assert {entry["file"] for entry in record["inputs"]} >= {
        "jma_bst_zhejiang_2015_2021.txt", "zhejiang_district_simple.geojson", "zhejiang_srtm30_land_1-48deg.tif",
    }  # fmt: skip
    assert all(len(entry["sha256"]) == 64 for entry in record["inputs"])
    assert sum(record["counts"]["forecast"]["wind"].values()) == 90
    assert set(record["lacking"]) == {
        "storm_tide", "inundation", "landslide", "sea_wall", "reservoir", "river_stage",
    }  # fmt: skip
    timings = json.loads((published / "timings.json").read_text(encoding="utf-8"))
    assert timings["peak_mb"] > 0


def test_forecast_and_hindcast_say_what_they_are(published: Path) -> None:
    record = json.loads((published / "run.json").read_text(encoding="utf-8"))
    assert record["marks"] == {"forecast": ["回放", "模拟预报"], "hindcast": ["回放", "事后分析"]}
    for name, mark in (("map.html", "模拟预报"), ("hindcast/map.html", "事后分析"), ("index.html", "回放")):
        assert mark in (published / name).read_text(encoding="utf-8")


@pytest.mark.slow
def test_same_inputs_give_the_same_bytes_on_one_process_and_on_two(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(run_size, "SMALL", 0)  # else the coarse grid is not worth a second process
    monkeypatch.setenv("RISKMAP_THREADS", "2")
    caplog.set_level("INFO", "riskmap")
    run(coarse(tmp_path), tmp_path / "again")
    assert not [record for record in caplog.records if record.module == "beside"]  # there were two
    first, second = files(published), files(tmp_path / "again")
    assert first.keys() == second.keys()
    differing = {name for name in first if first[name] != second[name]}
    assert differing == {"timings.json"}


def test_a_folder_that_is_there_is_refused_and_left_alone(published: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "precious.txt").write_text("x")
    with pytest.raises(ConfigError, match="already there"):
        run(coarse(tmp_path), tmp_path / "out")
    with pytest.raises(ConfigError, match="swaps only an earlier run"):
        run(coarse(tmp_path), tmp_path / "out", replace=True)
    assert (tmp_path / "out" / "precious.txt").read_text() == "x"


@pytest.mark.parametrize(
    ("old", "new", "error", "words"),
    [
        ("hours = 30", "huors = 30", ConfigError, "did you mean 'hours'"),
        ("jma_bst_zhejiang", "no_such_file", SourceError, "no_such_file"),
        ('storm = "2106"', 'storm = "2199"', RiskmapError, "2199"),
        ("west = 117.5\nsouth = 27.0\neast = 123.5\nnorth = 31.5", "west = 27.0\nsouth = 117.5\neast = 31.5\nnorth = 123.5", ConfigError, "swapped"),
        ("2021-07-24T12:30:00+08:00", "2021-07-31T12:30:00+08:00", CoverageError, "does not cover the window"),
        ("west = 117.5\nsouth = 27.0\neast = 123.5\nnorth = 31.5", "west = -80.0\nsouth = 20.0\neast = -75.0\nnorth = 25.0", RiskmapError, "no region lies on the grid"),
        ("zhejiang_srtm30_land_1-48deg.tif", "etopo1_missing.tif", SourceError, "etopo1_missing"),
    ],
)  # fmt: skip
def test_bad_input_is_one_paragraph_and_publishes_nothing(
    tmp_path: Path, old: str, new: str, error: type[RiskmapError], words: str
) -> None:
    with pytest.raises(error, match=words) as caught:
        run(coarse(tmp_path, **{old: new}), tmp_path / "out")
    text = str(caught.value)
    assert "\n" not in text
    assert "expected" in text
    assert "To mend it" in text
    assert [p.name for p in tmp_path.iterdir()] == ["scenario.toml"]


@pytest.mark.slow
def test_without_relief_flash_flood_is_named_as_lacking_and_never_coloured(tmp_path: Path) -> None:
    relief = 'relief = "' + str(DEMO.parents[1]) + '/relief/zhejiang_srtm30_land_1-48deg.tif"'
    result = run(
        coarse(
            tmp_path,
            hours=2,
            **{relief: "", "step = 0.1": "step = 0.25"} | BARE,
        ),
        tmp_path / "out",
    )
    assessment = read_assessment(result.folder / "assessment.json")
    assert "flash_flood" not in assessment.hazards
    assert "flash_flood" in assessment.lacking
    assert result.exit_code == EXIT_PARTIAL
    assert [p.where for p in result.problems] == ["terrain.relief"], "rain without upslope must be said"


@pytest.mark.slow
def test_one_bad_county_never_stops_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from riskmap.products import letter
    from riskmap.products.letter_fields import Letter

    good = letter.letter_pdf

    def breaks_for_one(draft: Letter, **options: object) -> bytes:
        if draft.code == "330903":
            raise ValueError("a name that the template cannot set")
        return good(draft, **options)

    monkeypatch.setattr(letter, "letter_pdf", breaks_for_one)
    result = run(coarse(tmp_path, **{"hindcast = true": "hindcast = false"}), tmp_path / "out")
    assert result.exit_code == EXIT_PARTIAL
    assert [p.where for p in result.problems] == ["letter 330903 (PDF)"]
    assert (tmp_path / "out/letters/330902/letter.pdf").exists()
    assert not (tmp_path / "out/letters/330903/letter.pdf").exists()
    assert "330903" in (tmp_path / "out/report.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_killed_run_leaves_the_earlier_one_whole(published: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    scenario = coarse(tmp_path, hours=2, **{"step = 0.1": "step = 0.25"} | BARE)
    copytree(published, out)
    before = files(out)
    code = f"from pathlib import Path; from riskmap.cycle import run; run(Path({str(scenario)!r}), Path({str(out)!r}), replace=True)"
    child = subprocess.Popen([sys.executable, "-c", code])
    for _ in range(600):
        if child.poll() is not None or any(
            p.name.startswith(".out.partial") and (p / "map.html").exists() for p in tmp_path.iterdir()
        ):
            break
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert files(out) == before or json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert (out / "index.html").exists()
    run(scenario, out, replace=True)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "scenario.toml"], "leftovers were not swept"
    assert (out / "run.json").exists()
