"""Measured rain and levels through a whole analysis: they correct, grade and raise, and never look ahead."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from riskmap.analysis import Inputs, analyse
from riskmap.analysis.observed import Observed, RainCorrection, _held
from riskmap.grid import Grid
from riskmap.io.asset_inputs import checked_at
from riskmap.io.inputs import read_inputs
from riskmap.io.scenario_file import read_scenario
from riskmap.ledger import Ledger
from riskmap.observation.gauges import Flag, Gauge, Readings, in_order
from riskmap.observation.quality import ahead_of
from riskmap.outlook import Outlook, TierImage
from riskmap.scale import NO_DATA, NOT_APPLICABLE, Tier
from tests.scenarios import write_scenario

GRID = Grid.from_bounds(west=120, south=29, east=121, north=30, step=0.1)
START = np.datetime64("2021-07-24T00:00:00", "s")
HOURS = START + np.arange(12) * np.timedelta64(3600, "s")
SPOTS = [(120.15, 29.15), (120.55, 29.55), (120.85, 29.85)]


def rain_gauge(n: int, values: dict[int, float]) -> Readings:
    gauge = Gauge(f"r{n}", f"r{n}", "rain", "330281", *SPOTS[n], 3600.0, 0.0, 250.0)
    return in_order(gauge, ((HOURS[h], mm) for h, mm in values.items()))


def correction(known: int, mm: float, method: str = "inverse_distance") -> RainCorrection:
    readings = tuple(rain_gauge(n, dict.fromkeys(range(known), mm)) for n in range(3))
    return RainCorrection(Observed(readings, method=method), GRID, HOURS)  # type: ignore[arg-type]


def test_a_measured_hour_is_what_its_gauges_say() -> None:
    correct = correction(4, 20.0)
    field = np.full(GRID.shape, 10.0, np.float32)
    out = correct(0, field)
    for longitude, latitude in SPOTS:
        assert out[GRID.index_of(latitude=latitude, longitude=longitude)] == pytest.approx(20.0, rel=1e-6)
    np.testing.assert_array_equal(field, 10.0)


@pytest.mark.parametrize("method", ["inverse_distance", "mean_field", "additive"])
def test_after_the_last_measured_hour_the_correction_fades_towards_the_field(method: str) -> None:
    correct = correction(4, 20.0, method)
    field = np.full(GRID.shape, 10.0, np.float32)
    at = GRID.index_of(latitude=SPOTS[0][1], longitude=SPOTS[0][0])
    seen = [float(correct(n, field)[at]) for n in range(12)]
    assert seen[:4] == pytest.approx([20.0] * 4, rel=0.02)
    later = np.array(seen[4:])
    assert (np.diff(later) < 0).all()
    assert ((later > 10.0) & (later < 20.0)).all()


def test_an_hourly_gauge_corrects_no_hour_that_ends_between_its_readings() -> None:
    readings = tuple(rain_gauge(n, dict.fromkeys(range(4), 0.0)) for n in range(3))
    ends = HOURS[1:3] + np.timedelta64(50, "m")
    correct = RainCorrection(Observed(readings, method="mean_field"), GRID, ends)
    storm = np.full(GRID.shape, 80.0, np.float32)
    np.testing.assert_array_equal(correct(0, storm), 80.0, "a dry hour before lowers no storm of now")


def test_without_gauges_or_a_method_the_rain_is_untouched() -> None:
    field = np.random.default_rng(0).random(GRID.shape).astype(np.float32)
    assert RainCorrection(Observed(), GRID, HOURS)(0, field) is field
    silent = RainCorrection(Observed((), method="brandes"), GRID, HOURS)
    assert silent(0, field) is field


RESERVOIRS = """id,name,kind,region,lon,lat,height_datum,flood_limit_m,design_m,check_m,crest_m
R1,甲水库,水库,330902,122.10,30.02,1985,50,54,55,56
R2,乙水库,水库,330903,122.30,29.95,1985,50,54,55,56
"""
STATIONS = """id,name,kind,region,lon,lat,interval_min,height_datum
R1,甲水库,水库,330902,122.10,30.02,60,1985
R2,乙水库,水库,330903,122.30,29.95,60,1985
P1,岱山,雨量,330921002,122.20,30.25,60,
P2,定海,雨量,330902,122.05,30.05,60,
P3,普陀,雨量,330903,122.28,29.97,60,
"""


def readings(issued: datetime) -> str:
    """A reservoir above its design level, a silent one, and a gauge under a cloudburst until after the issue time."""
    rows = ["id,time,value,units"]
    for hour in range(-12, 7):
        stamp = (issued + timedelta(hours=hour)).isoformat()
        rows.append(f"R1,{stamp},{54.5 if hour <= 0 else 40.0},m")
        if hour < -5:
            rows.append(f"R2,{stamp},49.0,m")
        rows += [f"P1,{stamp},{60.5 + hour if hour in (-1, 0) else 1},mm"]
        rows += [f"P{n},{stamp},{10 + (hour * n) % 5},mm" for n in (2, 3)]
    return "\n".join(rows) + "\n"


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory, ledger: Ledger) -> tuple[Inputs, ...]:
    folder: Path = tmp_path_factory.mktemp("observed")
    extra = """
[assets]
reservoirs = "reservoirs.csv"
datum = "wgs84"

[gauges]
stations = "stations.csv"
readings = "readings.csv"
datum = "wgs84"
"""
    path = write_scenario(folder, extra=extra)
    issued = read_issue(path)
    (folder / "reservoirs.csv").write_text(RESERVOIRS, encoding="utf-8")
    (folder / "stations.csv").write_text(STATIONS, encoding="utf-8")
    (folder / "readings.csv").write_text(readings(issued), encoding="utf-8")
    return read_inputs(read_scenario(path), ledger)


def read_issue(path: Path) -> datetime:
    line = next(t for t in path.read_text(encoding="utf-8").splitlines() if t.startswith("issued_at"))
    return datetime.fromisoformat(line.split("=")[1].strip()).astimezone(UTC)


@pytest.fixture(scope="module")
def outlook(inputs: tuple[Inputs, ...]) -> Outlook:
    return analyse(inputs[0], encode=lambda tiers, grid: TierImage(b"", grid.bounds))[0]


def row(outlook: Outlook, hazard: str, code: str) -> np.ndarray:
    found = outlook.assessment
    place = [r.code for r in found.regions].index(code)
    return found.table["tier"].values[found.hazards.index(hazard), :, place]


def test_a_high_reservoir_stays_high_until_someone_reads_it_again(outlook: Outlook) -> None:
    assert (row(outlook, "reservoir", "330902") == Tier.ORANGE).all()
    reason = next(r for r in outlook.assessment.at("330902", 3).reasons if r.hazard == "reservoir")
    assert reason.asset is not None
    assert reason.asset.observed
    assert reason.value == 54.5


def test_a_silent_reservoir_is_unknown_and_named(outlook: Outlook, ledger: Ledger) -> None:
    assert (row(outlook, "reservoir", "330903") == NO_DATA).all()
    assert (row(outlook, "reservoir", "330921") == NOT_APPLICABLE).all()
    assert any(p.where == "gauge R2" and "silent" in p.what for p in ledger.problems)


def test_a_cloudburst_at_a_gauge_raises_its_county_at_once_whatever_the_forecast(outlook: Outlook) -> None:
    assert row(outlook, "rain", "330921")[0] == Tier.RED
    reason = next(r for r in outlook.assessment.at("330921", 0).reasons if r.hazard == "rain")
    assert reason.asset is not None
    assert reason.asset.region == "330921002"
    assert reason.value > 110.0
    assert row(outlook, "rain", "330921")[-1] < Tier.RED


def test_the_forecast_reads_nothing_later_than_its_issue_time(inputs: tuple[Inputs, ...]) -> None:
    issued = np.datetime64(round(inputs[0].issued_at.timestamp()), "s")
    assert all((series.times <= issued).all() for series in inputs[0].observed.readings)
    assert any((series.times > issued).any() for series in inputs[1].observed.readings)


def test_gauges_change_the_rain_of_the_forecast(inputs: tuple[Inputs, ...], outlook: Outlook) -> None:
    plain = replace(inputs[0], observed=replace(inputs[0].observed, method=None))
    other = analyse(plain, encode=lambda tiers, grid: TierImage(b"", grid.bounds))[0]
    n = outlook.assessment.hazards.index("rain")
    ours, theirs = (o.assessment.table["value"].values[n] for o in (outlook, other))
    assert not np.array_equal(ours, theirs, equal_nan=True)


def held(tiers: list[int]) -> list[int]:
    series = xr.Dataset(
        {
            "tier": (("time", "asset"), np.array(tiers, np.int8)[:, None]),
            "value": (("time", "asset"), np.arange(len(tiers), dtype=float)[:, None]),
            "threshold": (("time", "asset"), np.ones((len(tiers), 1))),
        }
    )
    return _held(series)["tier"].values[:, 0].tolist()


def test_a_warned_level_holds_through_silence_and_green_is_not_carried() -> None:
    assert held([3, -1, -1, 1, -1]) == [3, 3, 3, 1, 1]
    assert held([0, -1, 2, -1]) == [0, NO_DATA, 2, 2]
    assert held([-1, 0, -1]) == [NO_DATA, 0, NOT_APPLICABLE]
    assert held([-1, -1]) == [NO_DATA, NO_DATA]


def test_a_clock_that_runs_ahead_is_not_trusted() -> None:
    """Eight hours ahead: without its future readings, rain of this morning would pass for the present."""
    now = datetime(2021, 7, 24, 6, tzinfo=UTC)
    on_time = [rain_gauge(n, dict.fromkeys(range(7), 5.0)) for n in range(3)]
    fast = replace(
        rain_gauge(0, dict.fromkeys(range(12), 80.0)), gauge=replace(on_time[0].gauge, gauge_id="fast")
    )
    ledger = Ledger()
    found = checked_at(Observed((*on_time, fast)), now, ledger)
    assert [bool(series.whole & Flag.TIME_SHIFT) for series in found.readings] == [False, False, False, True]
    assert not found.readings[-1].trusted.any()
    assert any(p.where == "gauge fast" and "time shift" in p.what for p in ledger.problems)


def test_a_table_made_after_the_fact_says_nothing_of_clocks() -> None:
    now = datetime(2021, 7, 24, 3, tzinfo=UTC)
    whole = [rain_gauge(n, dict.fromkeys(range(12), 5.0 + n)) for n in range(3)]
    assert ahead_of(whole, now=now) == frozenset()
