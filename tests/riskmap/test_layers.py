"""What a scenario may add to a run: rain grids, another rain model, roughness, members; end to end on a coarse grid."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from riskmap.analysis import Inputs, Peaks, analyse
from riskmap.cycle import EXIT_OK, EXIT_PARTIAL, run
from riskmap.errors import ConfigError, DataError, SourceError
from riskmap.io.inputs import read_inputs
from riskmap.io.scenario_file import read_scenario
from riskmap.ledger import Ledger
from riskmap.outlook import Outlook, TierImage
from tests.scenarios import write_scenario

HOURS = 4


def forecast(path: Path, ledger: Ledger | None = None) -> Inputs:
    return read_inputs(read_scenario(path), ledger or Ledger())[0]


def analysed(inputs: Inputs) -> tuple[Outlook, Peaks]:
    return analyse(inputs, encode=lambda _tiers, grid: TierImage(b"", grid.bounds))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    """The scenario to which nothing is added."""
    return forecast(write_scenario(tmp_path_factory.mktemp("plain"), hours=HOURS))


@pytest.fixture(scope="module")
def usual(plain: Inputs) -> tuple[Outlook, Peaks]:
    return analysed(plain)


def rain_folder(folder: Path, inputs: Inputs, mm: float, *, without: int | None = None) -> Path:
    """One GeoTIFF an hour with the same rain west of 121.5 E and nothing known east of it."""
    rain = folder / "rain"
    rain.mkdir()
    west, south, east, north = inputs.grid.bounds
    step = 0.05
    shape = (round((north - south) / step), round((east - west) / step))
    longitude = west + (np.arange(shape[1]) + 0.5) * step
    values = np.where(longitude < 121.5, np.float32(mm), np.float32(np.nan)) * np.ones(shape, np.float32)
    for n, hour in enumerate(inputs.rain_hours):
        if n == without:
            continue
        stamp = str(hour.astype("datetime64[s]")).replace("-", "").replace(":", "")
        with rasterio.open(
            rain / f"{stamp}Z.tif", "w", driver="GTiff", height=shape[0], width=shape[1], count=1, dtype="float32",
            crs="EPSG:4326", transform=Affine(step, 0, west, 0, -step, north), nodata=np.nan,
        ) as out:  # fmt: skip
            out.write(values, 1)
    return rain


DECLARED = 'units = "mm"\nkind = "amount"\nstamp = "end"\ninterval_hours = 1.0\n'


@pytest.mark.slow
def test_gridded_rain_goes_before_the_model_where_it_is_known(
    tmp_path: Path, plain: Inputs, usual: tuple[Outlook, Peaks]
) -> None:
    folder = rain_folder(tmp_path, plain, 2.0)
    inputs = forecast(
        write_scenario(tmp_path, hours=HOURS, extra=f'\n[rain]\nfile = "{folder.as_posix()}"\n{DECLARED}')
    )
    (outlook, peaks), (without, before) = analysed(inputs), usual
    west = inputs.grid.longitude < 121.4
    east = inputs.grid.longitude > 121.6
    assert peaks.fields["rain_24h"][:, west] == pytest.approx(48.0, abs=1e-3)
    np.testing.assert_array_equal(peaks.fields["rain_24h"][:, east], before.fields["rain_24h"][:, east])
    assert "格点资料" in outlook.rain_note[0]
    assert outlook.rain_note != without.rain_note


@pytest.mark.slow
def test_an_hour_that_the_rain_lacks_is_named_and_never_dry(tmp_path: Path, plain: Inputs) -> None:
    folder = rain_folder(tmp_path, plain, 2.0, without=5)
    ledger = Ledger()
    path = write_scenario(tmp_path, hours=HOURS, extra=f'\n[rain]\nfile = "{folder.as_posix()}"\n{DECLARED}')
    inputs = forecast(path, ledger)
    assert sum(entry["file"].startswith("rain/") for entry in ledger.inputs) == 27
    (problem,) = ledger.problems
    assert "1 of 28 hours" in problem.what
    west = inputs.grid.longitude < 121.4
    # 23 hours of 2 mm, and what the model has for the missing one: more than nothing
    assert (analysed(inputs)[1].fields["rain_24h"][:, west] > 46.0).all()


def test_a_rain_file_that_is_not_there_or_says_too_little_stops_the_run(
    tmp_path: Path, plain: Inputs
) -> None:
    with pytest.raises(SourceError):
        forecast(write_scenario(tmp_path, hours=HOURS, extra='\n[rain]\nfile = "none.nc"\n'))
    folder = rain_folder(tmp_path, plain, 2.0)
    with pytest.raises((DataError, ConfigError)):
        forecast(write_scenario(tmp_path, hours=HOURS, extra=f'\n[rain]\nfile = "{folder.as_posix()}"\n'))


@pytest.mark.slow
@pytest.mark.parametrize(("model", "word"), [("ipet", "IPET"), ("tcr", "TCR")])
def test_another_rain_model_rains_and_says_so(
    tmp_path: Path, usual: tuple[Outlook, Peaks], model: str, word: str
) -> None:
    inputs = forecast(write_scenario(tmp_path, hours=HOURS, extra=f'\n[rain]\nmodel = "{model}"\n'))
    outlook, peaks = analysed(inputs)
    assert word in outlook.rain_note[1]
    rain = peaks.fields["rain_24h"]
    assert np.isfinite(rain).all()
    assert (rain >= 0.0).all()
    assert 20.0 < float(rain.max()) < 2000.0
    assert np.abs(rain - usual[1].fields["rain_24h"]).max() > 5.0


@pytest.mark.slow
def test_a_roughness_raster_slows_the_wind_where_it_is_rough(
    tmp_path: Path, plain: Inputs, usual: tuple[Outlook, Peaks]
) -> None:
    west, south, east, north = plain.grid.bounds
    lengths = np.full((50, 60), 0.8, np.float32)
    with rasterio.open(
        tmp_path / "z0.tif", "w", driver="GTiff", height=50, width=60, count=1, dtype="float32", crs="EPSG:4326",
        transform=Affine((east - west) / 60, 0, west, 0, -(north - south) / 50, north),
    ) as out:  # fmt: skip
        out.write(lengths, 1)
    text = write_scenario(tmp_path, hours=HOURS).read_text(encoding="utf-8")
    rough_path = tmp_path / "rough.toml"
    rough_path.write_text(text + f'roughness = "{(tmp_path / "z0.tif").as_posix()}"\n', encoding="utf-8")
    rough = forecast(rough_path)
    assert plain.altitude is not None
    inland = ~np.isnan(plain.altitude.values) & (plain.grid.longitude < 120.5)[None, :]
    winds = [peaks.fields["wind_speed"][inland] for _, peaks in (usual, analysed(rough))]
    assert winds[1].mean() < 0.8 * winds[0].mean()


MEMBERS = "member,time,lat,lon,wind,pressure\n"


def members_csv(folder: Path, inputs: Inputs, *, positions_only: bool = False) -> Path:
    """Twelve members beside the run's own track, from the issue time on."""
    track = inputs.track
    later = track["time"].values >= inputs.valid_hours[0] - np.timedelta64(12, "h")
    lines = []
    for n in range(12):
        for k in np.flatnonzero(later):
            wind, pressure = track["maximum_wind"].values[k], track["central_pressure"].values[k] / 100
            strength = "," if positions_only else f"{wind:.1f},{pressure:.1f}"
            lines.append(
                f"m{n},{track['time'].values[k].astype('datetime64[s]')}Z,{track['latitude'].values[k] + 0.02 * n:.2f},"
                f"{track['longitude'].values[k]:.2f},{strength}"
            )
    path = folder / "members.csv"
    path.write_text(MEMBERS + "\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.slow
@pytest.mark.parametrize("positions_only", [False, True])
def test_a_models_members_give_chances(tmp_path: Path, plain: Inputs, positions_only: bool) -> None:
    file = members_csv(tmp_path, plain, positions_only=positions_only)
    extra = f'\n[ensemble]\nfile = "{file.as_posix()}"\naveraging_period = 120\n'
    outlook, _ = analysed(forecast(write_scenario(tmp_path, hours=HOURS, extra=extra)))
    chances = outlook.probability
    assert chances is not None
    assert chances.attrs["members_counted"] == 12
    assert not chances.attrs["made"]
    by_tier = chances["region_probability"].values
    known = np.isfinite(by_tier).all(axis=0)
    assert known.any()
    assert (np.diff(by_tier[:, known], axis=0) <= 1e-9).all()  # red is never likelier than blue


@pytest.mark.slow
def test_made_members_are_published_and_marked(tmp_path: Path) -> None:
    path = write_scenario(tmp_path, hours=HOURS, extra="\n[ensemble]\nmembers = 12\n")
    result = run(path, tmp_path / "out")
    assert result.exit_code in {EXIT_OK, EXIT_PARTIAL}
    text = (tmp_path / "out" / "probability.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 4 * 90
    assert {row["made"] for row in rows} == {"1"}
    with rasterio.open(tmp_path / "out" / "fields" / "probability_wind_blue.tif") as tiff:
        chance = tiff.read(1)
        assert "made" in tiff.descriptions[0]
    assert 0.0 <= np.nanmin(chance) <= np.nanmax(chance) <= 1.0
    assert "非模式集合" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    record = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert record["problems"] == []
    assert record["vortex_hours"]["forecast"] == {"quadrant radii": HOURS + 1}


@pytest.mark.slow
def test_the_record_says_which_profile_stood_in_and_why_radii_were_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def contradict(**_storm: object) -> None:
        raise DataError("cannot be fitted", where="radii", expected="nested", found="not", remedy="look")

    monkeypatch.setattr("riskmap.hazard.storm.fitted.fit_radii", contradict)
    result = run(write_scenario(tmp_path, hours=HOURS), tmp_path / "out")
    assert result.exit_code == EXIT_PARTIAL
    refused = [problem.what for problem in result.problems if "radii refused" in problem.what]
    assert len(refused) == 2  # forecast and hindcast
    assert "holland_1980 instead" in refused[0]
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "holland_1980" in page
    assert "look" in page
