"""The table of reasons for other programs: opened again by xarray, geopandas and pandas, the same numbers in each."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from riskmap.cli import app
from riskmap.errors import ConfigError, MissingExtraError, SourceError
from riskmap.io import reasons_files as module
from riskmap.io.reasons_files import FORMATS, reasons_files
from riskmap.products.table import assessment_json
from riskmap.reasons import reasons_table
from riskmap.succession import succeed
from tests.factories import ISSUED_AT, make_assessment

pytest.importorskip("netCDF4")
geopandas = pytest.importorskip("geopandas")
pandas = pytest.importorskip("pandas")
pytest.importorskip("pyarrow")

FIRST = succeed(make_assessment(), None, event="2106")
ASSESSMENT = succeed(make_assessment(issued_at=ISSUED_AT + timedelta(hours=2)), FIRST, event="2106")
ASSESSMENT = replace(
    ASSESSMENT, regions=tuple(replace(r, aged=(2000, 1500, None)) for r in ASSESSMENT.regions)
)
TABLE = reasons_table(ASSESSMENT)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("files")
    for name, content in reasons_files(ASSESSMENT, TABLE, FORMATS):
        (found / name).write_bytes(content)
    return found


def test_netcdf_gives_back_the_table(folder: Path) -> None:
    with xr.open_dataset(folder / "reasons.nc", engine="netcdf4") as again:
        assert again.attrs["Conventions"] == "CF-1.8"
        assert again["region"].values.tolist() == TABLE["region"].values.tolist()
        for name in TABLE.data_vars:
            assert np.array_equal(again[name].values, TABLE[name].values, equal_nan=True), name


def test_the_geopackage_joins_outlines_and_rows(folder: Path) -> None:
    regions = geopandas.read_file(folder / "regions.gpkg", layer="regions")
    rows = geopandas.read_file(folder / "regions.gpkg", layer="reasons")
    assert regions.crs.to_epsg() == 4326
    assert len(regions) == 6
    assert regions.geometry.iloc[0].equals(ASSESSMENT.regions[0].geometry)
    assert len(rows) == TABLE["tier"].size
    assert "geometry" not in rows.columns, "the outlines stand there once"
    assert set(rows["region"]) == set(regions["region"])
    row = rows[(rows["hazard"] == "wind") & (rows["region"] == "330902")]
    assert sorted(row["tier"].astype(int)) == sorted(
        TABLE["tier"].sel(hazard="wind", region="330902").values.tolist()
    )
    assert regions["published"].tolist() == ASSESSMENT.published_worst.tolist()
    assert regions["residents_80"].isna().all()


def test_parquet_is_geoparquet_and_plain(folder: Path) -> None:
    regions = geopandas.read_parquet(folder / "regions.parquet")
    assert regions.crs.to_epsg() == 4326
    assert regions["residents_65"].tolist() == [1500.0] * 6
    rows = pandas.read_parquet(folder / "reasons.parquet")
    assert len(rows) == TABLE["tier"].size
    joined = regions.merge(rows, on="region")
    assert len(joined) == len(rows)
    assert rows["previous_tier"].tolist() == TABLE["previous_tier"].values.ravel().tolist()


def test_the_same_run_gives_the_same_bytes() -> None:
    again = dict(reasons_files(ASSESSMENT, reasons_table(ASSESSMENT), FORMATS))
    once = dict(reasons_files(ASSESSMENT, TABLE, FORMATS))
    assert {name for name in once if once[name] != again[name]} == set()


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr(module, "import_module", absent)
    for wanted, extra in (("netcdf", "inputs"), ("geopackage", "gis"), ("geoparquet", "gis")):
        with pytest.raises(MissingExtraError, match=rf"riskmap\[{extra}\]"):
            list(reasons_files(ASSESSMENT, TABLE, [wanted]))


def test_the_command_writes_what_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "assessment.json").write_text(assessment_json(ASSESSMENT), encoding="utf-8")
    words = ["export", str(tmp_path), "--out", str(tmp_path / "t"), "--format", "netcdf"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert [p.name for p in (tmp_path / "t").iterdir()] == ["reasons.nc"]
    wrong = CliRunner().invoke(app, [*words[:-1], "shape"])
    assert isinstance(wrong.exception, ConfigError)


def test_on_a_full_disk_what_was_written_before_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "assessment.json").write_text(assessment_json(ASSESSMENT), encoding="utf-8")
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "reasons.nc").write_bytes(b"an earlier run's")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    words = ["export", str(tmp_path), "--out", str(tmp_path / "t"), "--format", "netcdf"]
    assert isinstance(CliRunner().invoke(app, words).exception, SourceError)
    assert [p.read_bytes() for p in (tmp_path / "t").iterdir()] == [b"an earlier run's"]
