"""Scheduled cycles: the same bytes from the same inputs, nothing lost by a kill, and no silence about old or missing inputs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest

from benchmarks.cycles import kills
from benchmarks.cycles.case import AT, NOW, deliver, forecast, hours_later, write_cycles
from benchmarks.cycles.week import week
from riskmap.errors import BusyError, ConfigError, DataError, MissingInputError
from riskmap.io.cycle_status import read_status
from riskmap.io.lock_file import locked
from riskmap.io.published import read_assessment
from riskmap.io.run_store import VARYING, RunStore, damaged_files, read_manifest
from riskmap.scheduled import EXIT_STALE, CycleResult, plan_cycle, run_cycle

PARTIAL = 5
"""Every cycle here lacks relief, and says so."""


def go(config: Path, n: float = 0, **options: object) -> CycleResult:
    return run_cycle(config, at=hours_later(n), now=hours_later(n, NOW), **options)  # type: ignore[arg-type]


def contents(run: Path) -> dict[str, bytes]:
    paths = (p for p in sorted(run.rglob("*")) if p.is_file())
    return {str(p.relative_to(run)): p.read_bytes() for p in paths if p.name not in VARYING}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cycle, published; never written to."""
    folder = tmp_path_factory.mktemp("cycles") / "a"
    config = write_cycles(folder)
    deliver(folder)
    assert go(config).exit_code == PARTIAL
    return folder


@pytest.fixture
def folder(first: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of it to go on from."""
    copytree(first, tmp_path / "b", symlinks=True)
    yield tmp_path / "b"
    store = RunStore(tmp_path / "b" / "root")
    assert damaged_files(store.latest) == [], "whatever happened, latest names a whole run"


@pytest.mark.slow
def test_the_first_cycle_is_published_and_named_latest(first: Path) -> None:
    root = first / "root"
    assert (root / "latest").readlink().as_posix() == "runs/20210723T0000Z"
    assert damaged_files(root / "latest") == []
    assert read_assessment(root / "latest").issued_at == AT
    manifest = read_manifest(root / "latest")
    assert manifest is not None
    assert set(manifest["files"]) == set(contents(root / "latest"))
    assert not (root / "work" / "20210723T0000Z").exists()
    assert read_status(root)["state"] == "published"
    assert "riskmap_cycle_exit_code 5" in (root / "riskmap.prom").read_text(encoding="utf-8")


def test_the_same_inputs_are_not_computed_twice(folder: Path) -> None:
    before = (folder / "root" / "latest" / "timings.json").read_bytes()
    again = go(folder / "zj.toml")
    assert (again.anew, again.exit_code) == (False, PARTIAL)
    assert again.problems, "what is left out is said again"
    assert (folder / "root" / "latest" / "timings.json").read_bytes() == before


def test_the_same_inputs_give_the_same_bytes_elsewhere(first: Path, tmp_path: Path) -> None:
    config = write_cycles(tmp_path / "c")
    deliver(tmp_path / "c")
    assert contents(go(config).folder) == contents(first / "root" / "latest")


def test_what_the_catalogue_says_of_an_input_is_in_record_and_report(folder: Path) -> None:
    """Owner, licence, way and freshness; another owner makes the cycle anew."""
    whose = (
        '\n[[layer]]\nkey = "{}"\nowner = "省水利厅 <a>"\nlicence = "政务共享"\ninterface = "共享平台 12-3"\n'
    )
    config = folder / "zj.toml"
    text = config.read_text(encoding="utf-8") + whose.format("track.file")
    text += whose.format("regions.file") + "as_of = 2021-07-01\nmax_age_days = 9999.0\n"
    more = whose.replace("省水利厅 <a>", "应急局")
    text += more.format("map.layers") + whose.format("map.layers") + 'file = "sites.geojson"\n'
    text += more.format("regions.more")
    config.write_text(text, encoding="utf-8")
    for name in ("sites", "sluices"):
        spot = {
            "type": "Feature",
            "properties": {"name": name},
            "geometry": {"type": "Point", "coordinates": [122, 30]},
        }
        layer = json.dumps({"type": "FeatureCollection", "features": [spot]})
        (folder / f"{name}.geojson").write_text(layer, encoding="utf-8")
    (folder / "towns.csv").write_text("code,name,lon,lat\n330902001,昌国,122.1,30.02\n", encoding="utf-8")
    with (folder / "scenario.toml").open("a", encoding="utf-8") as file:
        for name in ("sites", "sluices"):
            file.write(f'\n[[map.layers]]\nfile = "{name}.geojson"\nname = "{name}"\n')
        file.write('\n[[regions.more]]\nfile = "towns.csv"\nlevel = "township"\n')
    run = go(config)
    assert run.anew
    record = json.loads((run.folder / "run.json").read_text(encoding="utf-8"))
    found = {f"{one['section']}.{one['key']}": one for one in record["inputs"] if "section" in one}
    own = {"owner": "省水利厅 <a>", "licence": "政务共享", "interface": "共享平台 12-3"}
    track, regions = found["track.file"], found["regions.file"]
    assert own.items() <= track.items()
    assert (track["as_of"], track["max_age_hours"]) == ("2021-07-23 08:00", 3)
    assert regions.items() >= (own | {"as_of": "2021-07-01", "max_age_hours": 24 * 9999}).items()
    assert not own.keys() & found["regions.population"].keys()
    report = (run.folder / "report.html").read_text(encoding="utf-8")
    of_file = {
        (one["section"], one["key"], one["file"]): one.get("owner")
        for one in record["inputs"]
        if "section" in one
    }
    assert of_file["map", "layers", "sites.geojson"] == "省水利厅 <a>"
    assert of_file["map", "layers", "sluices.geojson"] == of_file["regions", "more", "towns.csv"] == "应急局"
    assert report.count("<td>省水利厅 &lt;a&gt;</td><td>政务共享</td><td>共享平台 12-3</td>") == 3
    assert report.count("<td>应急局</td><td>政务共享</td>") == 2
    assert "2021-07-23 08:00(时效 at most 3 h)" in report
    assert "2021-07-01(时效 at most 9999 d)" in report


def test_what_is_delivered_or_observed_later_changes_no_byte(first: Path, tmp_path: Path) -> None:
    config = write_cycles(tmp_path / "c")
    deliver(tmp_path / "c")
    deliver(tmp_path / "c", hours_later(1), forecast(hours_later(1)))
    deliver(tmp_path / "c", hours_later(30), "not yet known, and not even a track")
    run = run_cycle(config, at=AT, now=hours_later(40))
    assert contents(run.folder) == contents(first / "root" / "latest")


@pytest.mark.slow
def test_a_late_delivery_makes_the_cycle_anew_and_latest_never_goes_back(folder: Path) -> None:
    deliver(folder, hours_later(1))
    go(folder / "zj.toml", 1)
    late = deliver(folder, hours_later(-0.5), forecast(hours_later(-0.5)))
    assert not go(folder / "zj.toml").anew, "older than what was used: nothing changes"
    late.unlink()
    deliver(folder, AT, forecast(hours_later(-1)))
    again = go(folder / "zj.toml")
    assert again.anew
    assert (folder / "root" / "latest").readlink().name == "20210723T0100Z"


def test_a_stale_input_is_on_every_page_with_less_confidence(folder: Path) -> None:
    stale = go(folder / "zj.toml", 4)
    assert stale.exit_code == EXIT_STALE
    assert [d.section for d in stale.doubts] == ["track"]
    for name in ("index.html", "map.html", "report.html"):
        assert "资料过期:台风路径为4小时前" in (stale.folder / name).read_text(encoding="utf-8")
    rule = read_assessment(stale.folder).rules["wind"]
    assert (rule.confidence, "4 h old" in rule.confidence_note) == ("low", True)
    assert read_assessment(folder / "root" / "runs" / "20210723T0000Z").rules["wind"].confidence == "medium"
    assert read_status(folder / "root")["exit_code"] == EXIT_STALE


def test_old_observations_in_a_new_file_are_stale_too(folder: Path) -> None:
    deliver(folder, hours_later(4), forecast(AT, hours=18))
    stale = go(folder / "zj.toml", 4)
    assert stale.exit_code == EXIT_STALE
    assert "Stale input: track.file is 4 h old" in stale.doubts[0].english


def test_a_damaged_delivery_gives_way_to_the_one_before_it(folder: Path) -> None:
    deliver(folder, hours_later(1), forecast(hours_later(1))[:2000])
    stands_in = go(folder / "zj.toml", 1)
    assert stands_in.exit_code == EXIT_STALE
    assert "cannot be used" in stands_in.doubts[0].english
    assert any("track_202107230900.geojson not used" in p.what for p in stands_in.problems)
    assert "最新资料不可用" in (stands_in.folder / "map.html").read_text(encoding="utf-8")


def test_the_last_good_input_stands_in_where_the_share_is_gone(folder: Path) -> None:
    for path in (folder / "incoming").iterdir():
        path.unlink()
    (folder / "incoming").rmdir()
    kept = go(folder / "zj.toml", 1)
    assert kept.exit_code == EXIT_STALE
    assert any("the watched folder cannot be read" in p.what for p in kept.problems)


def test_without_a_required_input_there_is_no_run_and_the_old_one_stays(tmp_path: Path) -> None:
    config = write_cycles(tmp_path / "d")
    with pytest.raises(MissingInputError, match=r"track\.file") as caught:
        go(config)
    assert caught.value.exit_code == 3
    status = read_status(tmp_path / "d" / "root")
    assert (status["state"], status["exit_code"]) == ("failed", 3)
    assert not (tmp_path / "d" / "root" / "latest").exists()


def test_an_input_that_is_not_required_is_left_out_and_named(tmp_path: Path) -> None:
    optional = '[[input]]\nkey = "rain.file"\nwatch = "radar"\nstamp = "%Y%m%d%H.nc"\nmax_age_hours = 1\nrequired = false\n'
    config = write_cycles(tmp_path / "e", config=optional)
    (tmp_path / "e" / "radar").mkdir()
    deliver(tmp_path / "e")
    result = go(config)
    assert result.exit_code == PARTIAL
    assert any(p.where == "input rain.file" for p in result.problems)


def test_a_second_cycle_at_once_is_refused_with_75(folder: Path) -> None:
    with (
        locked(folder / "root" / "lock"),
        pytest.raises(BusyError, match="another cycle is at work") as caught,
    ):
        go(folder / "zj.toml", 1)
    assert caught.value.exit_code == 75
    assert read_status(folder / "root")["state"] == "published", "the one at work writes the status"


def test_a_dry_run_says_what_it_would_use_and_publishes_nothing(folder: Path) -> None:
    deliver(folder, hours_later(1))
    due, choice, before = plan_cycle(folder / "zj.toml", at=hours_later(1), now=hours_later(1, NOW))
    assert due == hours_later(1)
    assert choice.used["track.file"].path.name == "track_202107230900.geojson"
    assert before is not None
    assert before.name == "20210723T0000Z"
    assert not (folder / "root" / "runs" / "20210723T0100Z").exists()


def test_oldest_runs_and_their_inputs_are_let_go(folder: Path) -> None:
    text = (folder / "zj.toml").read_text(encoding="utf-8").replace("keep = 5", "keep = 2")
    (folder / "zj.toml").write_text(text, encoding="utf-8")
    for n in (1, 2):
        deliver(folder, hours_later(n))
        go(folder / "zj.toml", n)
    names = [run.name for _, run in RunStore(folder / "root").published()]
    assert names == ["20210723T0100Z", "20210723T0200Z"]
    copies = [p for p in (folder / "root" / "inputs").iterdir() if p.is_dir()]
    assert len(copies) == 2


def test_tiers_are_held_from_the_cycle_before(folder: Path) -> None:
    deliver(folder, hours_later(1))
    now = read_assessment(go(folder / "zj.toml", 1).folder)
    assert now.earlier is not None
    assert now.earlier.issued_at == AT


def test_a_run_that_cannot_be_read_is_passed_over_but_never_forgotten(folder: Path) -> None:
    deliver(folder, hours_later(1))
    (go(folder / "zj.toml", 1).folder / "assessment.json").write_text("{}", encoding="utf-8")
    deliver(folder, hours_later(2))
    second = go(folder / "zj.toml", 2)
    assert any("previous run 20210723T0100Z" in p.where for p in second.problems)
    earlier = read_assessment(second.folder).earlier
    assert earlier is not None
    assert earlier.issued_at == AT
    # with none left, nothing is lowered in silence
    for name in ("20210723T0000Z", "20210723T0200Z"):
        (folder / "root" / "runs" / name / "assessment.json").write_text("{}", encoding="utf-8")
    deliver(folder, hours_later(3))
    with pytest.raises(DataError):
        go(folder / "zj.toml", 3)
    for name in (
        "20210723T0000Z",
        "20210723T0100Z",
        "20210723T0200Z",
    ):  # what the fixture looks at in the end
        run = folder / "root" / "runs" / name
        manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
        manifest["files"].pop("assessment.json")
        (run / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


@pytest.mark.parametrize(
    ("at", "now"),
    [("2021-07-23T08:10+08:00", NOW.isoformat()), ("2021-07-23T09:00+08:00", NOW.isoformat()), ("2021-07-23T08:00", NOW.isoformat())],
)  # fmt: skip
def test_times_that_are_no_analysis_times_are_refused(first: Path, at: str, now: str) -> None:
    from datetime import datetime

    with pytest.raises(ConfigError, match="not an analysis time"):
        run_cycle(first / "zj.toml", at=datetime.fromisoformat(at), now=datetime.fromisoformat(now))


def test_a_replay_of_an_input_without_stamps_is_refused(first: Path, tmp_path: Path) -> None:
    config = write_cycles(tmp_path / "f")
    text = "\n".join(line for line in config.read_text(encoding="utf-8").splitlines() if "stamp" not in line)
    config.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="a replay would read what came later"):
        run_cycle(config, at=AT, now=hours_later(30))


@pytest.mark.slow
def test_cycles_killed_at_every_step_leave_latest_whole_and_redo_one_step_at_most() -> None:
    """kill -9 in processes of their own, once at every step, at a few random moments and before some changes of the disk; the long form,
    before each of them, is a benchmark.
    """
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.cycles.kills", "2", "1", "full", "16"],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    seen = json.loads(done.stdout)
    assert seen["broken"] == []
    assert seen["most_again"] == 1


def test_a_step_that_no_cycle_comes_to_is_no_kill(tmp_path: Path) -> None:
    class Untouched(kills.Victim):
        """Its cycles come to their end, whatever was to kill them."""

        def start(self, n: float, where: str = "") -> int:
            self.begun_file.write_text("", encoding="utf-8")
            return 0

        def ended(self, pid: int) -> int:
            return kills.DONE

        def damage(self) -> str:
            return ""

        def contents(self, n: float) -> dict[str, bytes]:
            return {}

    (tmp_path / "incoming").mkdir()
    victim, tally = Untouched(tmp_path), kills.Tally()
    kills._one_hour(victim, victim, 0, [("no such step", 0.0)], tally)
    assert tally.broken == ["hour 0, no such step: never came there, and was not killed"]


class Stopped(BaseException):
    """The process ends here."""


def stop_at(folder: Path, where: str, n: float) -> None:
    """A cycle that comes as far as ``where`` and no further."""

    def tell(step: str, part: float) -> None:
        if f"{step} {part:g}" == where:
            raise Stopped

    with pytest.raises(Stopped):
        go(folder / "zj.toml", n, resume=True, tell=tell)


@pytest.mark.slow
def test_a_resumed_cycle_redoes_one_step_and_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    deliver(folder, hours_later(1))
    copytree(folder, tmp_path / "whole", symlinks=True)
    for step, kept in (("map (forecast) 0", ["hazards"]), ("report 0", ["hazards", "products-forecast"])):
        stop_at(folder, step, 1)
        deliver(folder, hours_later(0.5))  # something else arrives: what was chosen stays chosen
        names = sorted(p.stem for p in (folder / "root" / "work" / "20210723T0100Z" / "steps").iterdir())
        assert names == kept
    resumed = go(folder / "zj.toml", 1, resume=True)
    assert resumed.reused == ("hazards", "products-forecast")
    assert contents(resumed.folder) == contents(go(tmp_path / "whole" / "zj.toml", 1).folder)


@pytest.mark.slow
def test_kept_steps_of_other_inputs_or_of_somebody_else_are_not_gone_on_from(folder: Path) -> None:
    deliver(folder, hours_later(1))
    stop_at(folder, "report 0", 1)
    (folder / "root" / "work" / "20210723T0100Z" / "steps" / "products-forecast.step").chmod(0o666)
    assert go(folder / "zj.toml", 1, resume=True).reused == ("hazards",)
    deliver(folder, hours_later(2))
    stop_at(folder, "report 0", 2)
    text = (folder / "scenario.toml").read_text(encoding="utf-8").replace("hours = 2", "hours = 3")
    (folder / "scenario.toml").write_text(text, encoding="utf-8")
    assert go(folder / "zj.toml", 2, resume=True).reused == ()


def test_what_other_hours_left_unfinished_does_not_fill_the_disk(folder: Path) -> None:
    for n in (1, 2):
        deliver(folder, hours_later(n))
        stop_at(folder, "report 0", n)
    assert [p.name for p in (folder / "root" / "work").iterdir()] == ["20210723T0200Z"]
    go(folder / "zj.toml", 2, resume=True)
    assert list((folder / "root" / "work").iterdir()) == []


@pytest.mark.slow
def test_a_day_of_dropped_late_and_damaged_deliveries_ends_with_the_right_banners(tmp_path: Path) -> None:
    found = week(tmp_path / "day", hours=24, window=1, counties="3309")
    assert found.wrong == []
    assert sum(found.banners.values()) == 24
    assert min(found.banners[banner] for banner in ("none", "stale", "stands in")) >= 1
