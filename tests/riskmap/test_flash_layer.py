"""The flash-flood layer: a cadence of its own, from rain that is known; old or missing rain is never green in silence."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from benchmarks.cycles.case import AT, NOW, deliver
from benchmarks.cycles.kills import drill
from benchmarks.cycles.radar import (
    BOX,
    STEP,
    deliver_day,
    deliver_nowcast,
    deliver_radar,
    showers,
    write_flash,
    write_rain,
)
from riskmap.analysis import flash_layer
from riskmap.analysis.soil import SoilWatch
from riskmap.cli import app
from riskmap.cycle_inputs import Choice
from riskmap.doubt import Doubt
from riskmap.errors import BusyError, ConfigError, MissingInputError
from riskmap.flash_layer import Beside, _old_rain
from riskmap.grid import Grid
from riskmap.io.cycle_config import InputSection, read_cycle_config
from riskmap.io.cycle_status import read_status
from riskmap.io.lock_file import locked
from riskmap.io.published import read_assessment
from riskmap.io.run_store import RunStore, damaged_files
from riskmap.io.soil_cycle import keep_soil_state
from riskmap.products import zones
from riskmap.replay import replay
from riskmap.scale import NO_DATA, Tier
from riskmap.scheduled import EXIT_STALE, CycleResult, plan_cycle, run_cycle

OK, PARTIAL = 0, 5


def go(folder: Path, minutes: float = 0, *, flash: bool = True, **options: object) -> CycleResult:
    later = timedelta(minutes=minutes)
    return run_cycle(folder / "zj.toml", at=AT + later, now=NOW + later, flash=flash, **options)  # type: ignore[arg-type]


def tiers(run: Path) -> np.ndarray:
    """Flash-flood tiers (time, region)."""
    assessment = read_assessment(run)
    return assessment.table["tier"].values[assessment.hazards.index("flash_flood")]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One layer from a day of radar and a nowcast; never written to."""
    folder = tmp_path_factory.mktemp("layers") / "a"
    write_flash(folder)
    deliver_day(folder, AT)
    deliver_nowcast(folder, AT - STEP, hours=3)
    assert go(folder).exit_code == OK
    return folder


@pytest.fixture
def folder(first: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of it to go on from."""
    copytree(first, tmp_path / "b", symlinks=True)
    yield tmp_path / "b"
    assert damaged_files(tmp_path / "b" / "root" / "flash" / "latest") == []


def test_the_layer_is_published_beside_the_full_runs(first: Path, run_schema: Draft202012Validator) -> None:
    root = first / "root" / "flash"
    assert (root / "latest").readlink().as_posix() == "runs/20210723T0000Z"
    assert not (first / "root" / "latest").exists()
    record = json.loads((root / "latest" / "run.json").read_text(encoding="utf-8"))
    run_schema.validate(record)
    assert (record["issued_at"], record["observed_until"], record["hours"]) == (
        "2021-07-23 08:00",
        "2021-07-23 08:00",
        2,
    )
    assert record["flash"] == {"full_run": None}
    found = tiers(root / "latest")
    assert found.shape[0] == 3
    assert found.max() == Tier.RED
    assert (found == Tier.GREEN).any()
    assert "riskmap_flash_exit_code 0" in (root / "riskmap.prom").read_text(encoding="utf-8")
    for name in ("index.html", "map.html"):
        text = (root / "latest" / name).read_text(encoding="utf-8")
        assert "山洪快速层" in text
        assert "全灾种图尚未生成" in text
    for name in ("index.html", "report.html"):
        text = (root / "latest" / name).read_text(encoding="utf-8")
        assert "仅小流域山洪" in text, "nobody may read its green for that of all hazards"
        assert "risk.csv" not in text, "no link leads nowhere"
    assert (root / "latest" / "zones.geojson").is_file()


@pytest.mark.slow
def test_it_says_what_the_full_cycle_says_of_the_same_rain(folder: Path) -> None:
    grid = Grid.from_bounds(**BOX, step=0.1)
    ends = [AT + n * STEP for n in range(-145, 13)]
    (folder / "rain").mkdir()
    write_rain(
        folder / "rain" / f"rain_{AT:%Y%m%d%H%M}.tif", grid, ends, [showers(grid, end) for end in ends]
    )
    deliver(folder)
    go(folder, flash=False)
    full = tiers(folder / "root" / "latest")
    np.testing.assert_array_equal(tiers(folder / "root" / "flash" / "latest"), full)
    deliver_radar(folder, AT + STEP)
    beside = go(folder, 10).folder
    assert "同期全灾种图起报:2021-07-23 08:00" in (beside / "index.html").read_text(encoding="utf-8")


def test_zones_that_cannot_be_made_leave_a_layer_without_them(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> str:
        raise ValueError("broken")

    monkeypatch.setattr(zones, "zones_geojson", broken)
    deliver_radar(folder, AT + STEP)
    result = go(folder, 10)
    assert result.exit_code == PARTIAL
    assert (result.folder / "map.html").is_file()
    assert not (result.folder / "zones.geojson").exists()
    record = json.loads((result.folder / "run.json").read_text(encoding="utf-8"))
    assert [problem["where"] for problem in record["problems"]] == ["zones.geojson"]


def test_the_same_rain_is_not_computed_twice(folder: Path) -> None:
    assert not go(folder).anew


def test_each_layer_is_as_of_the_newest_rain_that_is_known(folder: Path) -> None:
    shutil.rmtree(folder / "nowcast")
    (folder / "nowcast").mkdir()
    (folder / "root" / "flash" / "inputs" / "last_good.json").unlink()
    deliver_radar(folder, AT + STEP)
    run = go(folder, 20)
    assert (run.at, run.exit_code) == (AT + STEP, PARTIAL)
    assert any(p.where == "input rain.nowcast" for p in run.problems)
    assert tiers(run.folder).shape[0] == 1, "the hours ahead are not known, and not told"


def test_the_nowcast_stands_in_for_minutes_that_the_radar_has_not_delivered(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Beside] = []
    of = Beside.of
    monkeypatch.setattr(Beside, "of", lambda config: asked.append(of(config)) or asked[-1])
    run = go(folder, 20)
    assert (run.at, run.exit_code) == (AT + 2 * STEP, OK)
    assert len(asked) == 1, "what the page says is what the identity holds"
    record = json.loads((run.folder / "run.json").read_text(encoding="utf-8"))
    assert (record["issued_at"], record["observed_until"]) == ("2021-07-23 08:20", "2021-07-23 08:00")
    for name in ("index.html", "map.html", "report.html"):
        assert "最后20分钟为临近预报" in (run.folder / name).read_text(encoding="utf-8")


def test_old_rain_is_said_on_every_page_with_less_confidence(folder: Path) -> None:
    stale = go(folder, 50)
    assert stale.exit_code == EXIT_STALE
    assert {d.key for d in stale.doubts} == {"file", "nowcast"}
    for name in ("index.html", "map.html", "report.html"):
        assert "资料过期:雨量为50分钟前" in (stale.folder / name).read_text(encoding="utf-8")
    assert read_assessment(stale.folder).rules["flash_flood"].confidence == "low"
    status = read_status(folder / "root" / "flash")
    assert status["exit_code"] == EXIT_STALE
    assert (stale.folder / "run.json").is_file()


def test_the_strictest_age_counts_and_only_the_same_doubt_hides_it() -> None:
    radar, gauges = InputSection("rain.file", "radar", 0.5), InputSection("gauges.stations", "g", 720.0)
    given = Choice({one.key: None for one in (radar, gauges)})  # type: ignore[misc]
    nowcast = Doubt("rain", "nowcast", "旧", "old")
    for choice in (given, replace(given, doubts=(nowcast,)), Choice()):
        told = _old_rain((radar, gauges), choice, AT, AT + 4 * STEP, limit=3 * STEP).doubts
        assert [doubt.key for doubt in told if doubt is not nowcast] == ["file"]
    assert _old_rain((radar, gauges), given, AT, AT + 3 * STEP, limit=3 * STEP) is given


def test_old_rain_in_a_new_file_is_stale_too(folder: Path) -> None:
    shutil.rmtree(folder / "nowcast")
    (folder / "nowcast").mkdir()
    (folder / "root" / "flash" / "inputs" / "last_good.json").unlink()
    newest = folder / "radar" / f"radar_{AT:%Y%m%d%H%M}.tif"
    newest.rename(folder / "radar" / f"radar_{AT + 5 * STEP:%Y%m%d%H%M}.tif")
    run = go(folder, 50)
    assert (run.at, run.exit_code) == (AT, EXIT_STALE)


def test_a_damaged_file_of_many_is_mended_and_the_newest_gives_way(folder: Path) -> None:
    deliver_radar(folder, AT - 6 * STEP, text=b"half a file")
    deliver_radar(folder, AT + STEP)
    run = go(folder, 10)
    assert (run.at, run.exit_code) == (AT + STEP, PARTIAL)
    assert any("not used" in p.what for p in run.problems)
    assert any("1 steps of 10 min mended" in p.what for p in run.problems)
    deliver_radar(folder, AT + 2 * STEP, text=b"half a file")
    run = go(folder, 20)
    assert run.exit_code == EXIT_STALE
    assert "最新资料不可用" in (run.folder / "index.html").read_text(encoding="utf-8")


def test_the_share_of_the_land_that_a_radar_sees_is_said(folder: Path) -> None:
    def said(run: Path) -> float:
        record = json.loads((run / "run.json").read_text(encoding="utf-8"))
        (note,) = (entry["said"] for entry in record["notes"] if entry["key"] == "rain")
        return float(note.removeprefix("known on ").partition("%")[0])

    assert said(folder / "root" / "flash" / "latest") == 100.0
    grid = Grid.from_bounds(**BOX, step=0.1)
    beam = showers(grid, AT + STEP)
    beam[:, : grid.shape[1] // 2] = np.nan
    at = AT + STEP
    write_rain(folder / "radar" / f"radar_{at:%Y%m%d%H%M}.tif", grid, [at], [beam])
    run = go(folder, 10)
    assert run.at == at
    assert 10.0 < said(run.folder) < 90.0


def test_a_long_gap_is_grey_and_hides_no_red(folder: Path) -> None:
    known = tiers(go(folder).folder)
    (folder / "radar" / f"radar_{AT - 60 * STEP:%Y%m%d%H%M}.tif").unlink()
    run = go(folder)
    assert run.exit_code == PARTIAL
    assert any("hours of rain unknown" in p.what for p in run.problems)
    found = tiers(run.folder)
    assert not ((found == Tier.GREEN) & (known >= Tier.GREEN)).any(), "no data is never green"
    assert (found == NO_DATA).any()
    np.testing.assert_array_equal(found[known == Tier.RED], Tier.RED)


def test_unknown_rain_since_the_soil_state_is_not_dry(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = json.loads((folder / "root" / "flash" / "latest" / "run.json").read_text(encoding="utf-8"))
    grid = Grid.from_bounds(**record["grid"])
    soil = SoilWatch(None, grid.shape, depth=(0.0, 0.0, 0.0))
    at = np.datetime64(int((AT - timedelta(hours=6)).timestamp()), "s")
    keep_soil_state(folder / "soil", soil.state(grid, at))
    scenario = read_cycle_config(folder / "zj.toml", flash=True).cycle.scenario
    text = scenario.read_text(encoding="utf-8")
    scenario.write_text(f'{text}\n[flash_flood]\nsoil_state = "{folder / "soil"}"\n', encoding="utf-8")
    seen: list[np.ndarray] = []
    told = flash_layer.flood_hours
    monkeypatch.setattr(flash_layer, "flood_hours", lambda *given: seen.append(given[-1]) or told(*given))
    run = go(folder)
    assert any("since the soil state unknown" in p.what for p in run.problems), run.problems
    assert np.isnan(seen[0]).all(), "unknown, which counts as wet"


def test_the_last_good_rain_stands_in_where_the_share_is_gone(folder: Path) -> None:
    for name in ("radar", "nowcast"):
        shutil.rmtree(folder / name)
    kept = go(folder, 20)
    assert kept.exit_code == EXIT_STALE
    assert any("the watched folder cannot be read" in p.what for p in kept.problems)


def test_without_any_rain_there_is_no_layer(tmp_path: Path) -> None:
    write_flash(tmp_path / "c")
    with pytest.raises(MissingInputError, match=r"rain\.file") as caught:
        go(tmp_path / "c")
    assert caught.value.exit_code == 3
    assert not (tmp_path / "c" / "root" / "flash" / "latest").exists()
    deliver_day(tmp_path / "c", AT, steps=3)
    with pytest.raises(MissingInputError, match="no whole hour of rain"):
        go(tmp_path / "c")


def test_neither_cadence_waits_for_the_other_and_two_layers_at_once_are_refused(folder: Path) -> None:
    deliver_radar(folder, AT + STEP)
    with locked(folder / "root" / "lock"):
        go(folder, 10)
    deliver_radar(folder, AT + 2 * STEP)
    with locked(folder / "root" / "flash" / "lock"), pytest.raises(BusyError) as caught:
        go(folder, 20)
    assert caught.value.exit_code == 75


def test_a_tier_stays_up_from_one_layer_to_the_next(folder: Path) -> None:
    for n in range(1, 19):
        deliver_radar(folder, AT + n * STEP, scale=0.0)
    deliver_nowcast(folder, AT + 18 * STEP)
    later = read_assessment(go(folder, 180).folder)
    assert later.earlier is not None
    assert later.earlier.issued_at == AT
    assert later.published_worst.max() == Tier.RED, (
        "from red it comes down only when a person has confirmed it"
    )


@pytest.mark.slow
def test_killed_at_its_steps_the_layer_is_whole_and_redoes_one_step_at_most(tmp_path: Path) -> None:
    """At all of them, and at random moments: ``python -m benchmarks.cycles.kills 60 2 flash``."""
    steps = ("hazards (forecast) 1", "report", "named", "latest")
    seen = drill(tmp_path, at_random=0, flash=True, steps=steps)
    assert seen.broken == []
    assert (seen.kills, seen.most_again) == (len(steps), 1)


def test_both_commands_and_their_health(folder: Path) -> None:
    deliver_radar(folder, AT + STEP)
    at = (AT + STEP).isoformat()
    config = ["--config", str(folder / "zj.toml"), "--flash"]
    run = CliRunner().invoke
    told = run(app, ["cycle", *config, "--at", at, "--dry-run"])
    assert "rain.file.set" in told.output
    assert run(app, ["cycle", *config, "--at", at]).exit_code == OK
    beat = folder / "beat"
    assert run(app, ["health", *config, "--max-age", "99999d", "--beat", str(beat)]).exit_code == OK
    assert beat.is_file()
    assert run(app, ["health", *config, "--max-age", "30m"]).exit_code == EXIT_STALE
    assert run(app, ["health", *config[:2], "--max-age", "30m"]).exit_code == 3, (
        "the full cycle has nothing yet"
    )


@pytest.mark.slow
def test_a_storm_is_replayed_layer_by_layer_and_old_files_are_let_go(folder: Path) -> None:
    config = folder / "zj.toml"
    config.write_text(config.read_text(encoding="utf-8").replace("keep = 5", "keep = 2"), encoding="utf-8")
    for n in (1, 2):
        deliver_radar(folder, AT + n * STEP)
    later = AT + timedelta(hours=30)
    due, choice, _ = plan_cycle(config, at=AT + STEP, now=later, flash=True)
    assert due == AT + STEP
    assert choice.used["rain.file"].time == AT + STEP, "nothing later is read"
    seen = list(replay(config, first=AT, last=AT + 2 * STEP, now=later, flash=True))
    assert [one.exit_code for one in seen] == [OK] * 3
    root = folder / "root" / "flash"
    assert len(RunStore(root).published()) == 2
    sets = list((root / "inputs").glob("*/rain.file.set"))
    assert {len(list(one.iterdir())) for one in sets} == {34 + 2, 34 + 1}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[flash]\nhours = 2", "[flash]\nhours = 99", "looks too far ahead"),
        ("[flash]\n", "[flash]\nevery_minutes = 7\n", "does not divide a day"),
        ("gather_hours = 25", "gather_hours = -1", "cannot be gathered"),
        ('key = "rain.nowcast"', 'key = "track.file"', "not read by the flash-flood layer"),
        (
            'watch = "radar"\nstamp = "radar_%Y%m%d%H%M.tif"',
            'watch = "https://host/x.tif"',
            "cannot be gathered",
        ),
    ],
)
def test_a_wrong_configuration_is_said(tmp_path: Path, old: str, new: str, words: str) -> None:
    config = write_flash(tmp_path / "a")
    text = config.read_text(encoding="utf-8")
    assert old in text
    config.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError, match=words):
        read_cycle_config(config, flash=True)


def test_without_the_section_there_is_no_layer(tmp_path: Path) -> None:
    config = write_flash(tmp_path / "a")
    text = config.read_text(encoding="utf-8")
    config.write_text(text[: text.index("[flash]")], encoding="utf-8")
    with pytest.raises(ConfigError, match="no flash-flood layer"):
        read_cycle_config(config, flash=True)
