"""`riskmap check --flash`: what it passes the layer can be made from, and what ends the layer it says before."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from shutil import copytree, rmtree

import pytest

from benchmarks.cycles.case import AT, NOW
from benchmarks.cycles.radar import BOX, STEP, deliver_day, deliver_nowcast, deliver_radar, write_flash
from riskmap.catalogue import check_catalogue
from riskmap.checked import Layer, Report
from riskmap.cycle_inputs import Choice
from riskmap.errors import RiskmapError
from riskmap.flash_layer import layer_scenario
from riskmap.grid import Grid
from riskmap.io.catalogue import file_keys
from riskmap.io.cycle_config import LAYER_READS, read_cycle_config
from riskmap.io.flash_inputs import read_layer
from riskmap.io.without import WITHOUT_IN_LAYER
from riskmap.ledger import Ledger
from riskmap.scheduled import EXIT_STALE, plan_cycle, run_cycle
from tests.riskmap.test_scheduled_cli import code

MORE = """
[[layer]]
key = "rain.nowcast"
owner = "省气象台"
licence = "政务共享"
interface = "x"
format = "geotiff"
[[layer]]
key = "rain.file"
owner = "省气象台"
licence = "政务共享"
interface = "x"
format = "netcdf"
[[layer]]
key = "track.file"
owner = "省气象台"
licence = "政务共享"
interface = "x"
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that a layer wants, on a coarse grid; never written to."""
    folder = tmp_path_factory.mktemp("checked") / "a"
    write_flash(folder, step=0.25, more=MORE)
    deliver_day(folder, AT, steps=24 * 6 + 12, single=1)
    deliver_nowcast(folder, AT - STEP, hours=3)
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    """A copy of it to spoil."""
    return Path(copytree(whole, tmp_path / "b"))


def checked(folder: Path) -> tuple[Report, dict[str, Layer]]:
    report = check_catalogue(folder / "zj.toml", at=AT, now=NOW, flash=True)
    return report, {layer.key: layer for layer in report.layers}


def ends(go: Callable[[], int]) -> int:
    """Exit code of what may raise."""
    try:
        return go()
    except RiskmapError as problem:
        return problem.exit_code


def planned(folder: Path) -> int:
    """How ``riskmap cycle --flash --dry-run`` ends, were it to tell stale and absent inputs by its code too."""
    choice = plan_cycle(folder / "zj.toml", at=AT, now=NOW, flash=True)[1]
    return EXIT_STALE if choice.doubts else 5 if choice.problems else 0


def edit(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def emptied(folder: Path, *names: str) -> None:
    for name in names:
        rmtree(folder / name)
        (folder / name).mkdir()


def old_rain(folder: Path) -> None:
    """The files are new, and the rain in them ends two hours ago."""
    emptied(folder, "nowcast", "radar")
    deliver_day(folder, AT - 12 * STEP, single=1)
    newest = folder / "radar" / f"radar_{AT - 12 * STEP:%Y%m%d%H%M}.tif"
    newest.rename(folder / "radar" / f"radar_{AT:%Y%m%d%H%M}.tif")


def elsewhere(folder: Path) -> None:
    emptied(folder, "nowcast", "radar")
    deliver_day(
        folder,
        AT,
        single=1,
        grid=Grid.from_bounds(**BOX | {"west": 20.0, "east": 23.1, "step": 0.1}),  # type: ignore[arg-type]
    )


def no_source(folder: Path) -> None:
    emptied(folder, "radar", "nowcast")
    edit(folder, "zj.toml", "gather_hours = 25", "gather_hours = 25\nrequired = false")


@dataclass(frozen=True)
class Fault:
    """What is spoilt, what the check ends with, and of which row."""

    name: str
    spoil: Callable[[Path], object]
    code: int
    row: str


FAULTS = (
    Fault("no radar", lambda f: emptied(f, "radar"), 3, "rain.file"),
    Fault("no rain at all", no_source, 3, "together"),
    Fault("no nowcast", lambda f: emptied(f, "nowcast"), 5, "rain.nowcast"),
    Fault("old files", lambda f: (emptied(f, "radar"), deliver_day(f, AT - 6 * STEP, single=1)), 4, "rain.file"),
    Fault("old rain in new files", old_rain, 4, "rain.file"),
    Fault("damaged radar", lambda f: deliver_radar(f, AT, text=b"no raster"), 3, "rain.file"),
    Fault("negative rain", lambda f: deliver_radar(f, AT, scale=-1.0), 2, "rain.file"),
    Fault("rain of elsewhere", elsewhere, 2, "rain.file"),
    Fault("stamps undeclared", lambda f: edit(f, "scenario.toml", 'stamp = "end"\n', ""), 2, "rain.file"),
    Fault("relief not named", lambda f: edit(f, "scenario.toml", "relief = ", "#"), 2, "together"),
    Fault("relief not there", lambda f: edit(f, "scenario.toml", "zhejiang_srtm30_land", "gone"), 3, "terrain.relief"),
    Fault("outlines damaged", lambda f: (f / "counties.geojson").write_text("{}"), 2, "regions.file"),
    Fault("another format than agreed", lambda f: edit(f, "zj.toml", 'format = "geotiff"', 'format = "csv"'), 2, "rain.nowcast"),
)  # fmt: skip


def test_a_layer_that_can_be_made_passes_both(whole: Path, folder: Path) -> None:
    report, rows = checked(whole)
    assert report.exit_code == 0, [layer.said for layer in report.layers]
    assert {key for key, row in rows.items() if row.state in ("ok", "note")} == {
        "regions.file", "regions.population", "rain.file", "rain.nowcast", "terrain.relief",
    }  # fmt: skip
    rain = rows["rain.file"]
    assert (rain.age_hours, rain.max_age_hours, rain.seen.units, rain.declared) == (0.0, 0.5, "mm", None)
    assert rain.seen.covers.endswith("26 hours"), "a day before, and those ahead that the nowcast knows"
    assert rows["rain.nowcast"].declared is not None
    assert (report.at, report.grey, report.not_looked_at) == (
        AT, {}, {"cycle": f"riskmap check {whole / 'zj.toml'}"},
    )  # fmt: skip
    assert not (whole / "root").exists(), "nothing is kept"
    assert planned(folder) == 0


def test_the_full_check_says_which_command_looks_and_asks_nothing_of_the_layers_own_inputs(
    whole: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    report = check_catalogue(whole / "zj.toml", at=AT, now=NOW)
    assert report.not_looked_at == {"flash": f"riskmap check {whole / 'zj.toml'} --flash"}
    assert {row.key: row.state for row in report.layers}["rain.nowcast"] == "none"
    found, told = code(capfd, "check", str(whole / "zj.toml"), "--flash", "--at", AT.isoformat(), "--json")
    assert (found, json.loads(told)["flash"]) == (0, True)
    shown = code(capfd, "check", str(whole / "zj.toml"), "--flash", "--at", AT.isoformat())[1]
    for words in ("山洪快速层", "不出图", "not looked at: [cycle]"):
        assert words in shown


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_what_is_wrong_is_said_before_the_layer_is_due(folder: Path, fault: Fault) -> None:
    fault.spoil(folder)
    report, rows = checked(folder)
    assert (report.exit_code, rows[fault.row].exit_code) == (fault.code, fault.code), rows[fault.row].said
    assert rows[fault.row].said
    assert (set(report.grey) == {"flash_flood"}) == (fault.code in (2, 3) and fault.row != "rain.nowcast")
    plan = ends(lambda: planned(folder))
    assert plan in ((0, 2, 3, 4, 5) if fault.code in (2, 3) else (0, fault.code)), (
        "the check is never the milder"
    )
    if plan in (2, 3):  # a cycle may go on from an older delivery, and says so
        assert ends(lambda: run_cycle(folder / "zj.toml", at=AT, now=NOW, flash=True).exit_code) != 0


def test_a_configuration_without_the_layer_is_refused_by_both(folder: Path) -> None:
    (folder / "zj.toml").write_text('[cycle]\nscenario = "scenario.toml"\nroot = "root"\n', encoding="utf-8")
    with pytest.raises(RiskmapError, match="no flash-flood layer"):
        checked(folder)
    with pytest.raises(RiskmapError, match="no flash-flood layer"):
        planned(folder)
    with pytest.raises(RiskmapError, match="one scenario has no flash-flood layer"):
        check_catalogue(folder / "scenario.toml", now=NOW, flash=True)


def test_what_the_full_cycle_is_given_and_the_layer_does_not_read_is_not_looked_at(folder: Path) -> None:
    """An input of a section that the layer reads is chosen for it too, though nothing opens it."""
    more = '[[input]]\nkey = "assets.sea_walls"\nwatch = "walls"\npattern = "*.csv"\nmax_age_hours = 9e9\n[flash]'
    edit(folder, "zj.toml", "[flash]", more)
    (folder / "walls").mkdir()
    assert (checked(folder)[0].exit_code, ends(lambda: planned(folder))) == (3, 3)
    (folder / "walls" / "walls_1.csv").write_text("no table", encoding="utf-8")
    later = NOW + timedelta(days=99999)
    report = check_catalogue(folder / "zj.toml", at=later.replace(minute=0), now=later, flash=True)
    row = next(layer for layer in report.layers if layer.key == "assets.sea_walls")
    assert (row.seen.covers, row.exit_code) == ("not read by the flash-flood layer", 0)


def test_what_the_table_says_an_input_costs_is_what_the_layer_loses(whole: Path) -> None:
    assert set(WITHOUT_IN_LAYER) <= set(file_keys())
    assert {key.partition(".")[0] for key in WITHOUT_IN_LAYER} <= set(LAYER_READS)
    config = read_cycle_config(whole / "zj.toml", flash=True)
    (nowcast,) = (whole / "nowcast").iterdir()
    there = {
        "rain.file": str(whole / "radar" / f"radar_{AT - STEP:%Y%m%d%H%M}.tif"),
        "rain.nowcast": str(nowcast),
    }
    scenario, _ = layer_scenario(config, AT, Given(keys=there))
    for key in ("terrain.relief", "regions.population", "rain.file", "rain.nowcast"):
        section, _, name = key.partition(".")
        cut = replace(scenario, **{section: replace(getattr(scenario, section), **{name: None})})
        found = ends(lambda cut=cut: int(read_layer(cut, Ledger()).rain_source is None))  # type: ignore[misc]
        assert found == (2 if WITHOUT_IN_LAYER[key].stops else 0), key


@dataclass(frozen=True)
class Given(Choice):
    """A choice that gives keys as they are."""

    keys: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def given(self) -> dict[str, str | None]:
        return dict(self.keys)
