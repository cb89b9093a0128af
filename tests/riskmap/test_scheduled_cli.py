"""The commands of the scheduled cycle as a scheduler starts them, and the files of docs/deploy."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.cycles.case import AT, deliver, hours_later, write_cycles
from riskmap.cli import app, explain_errors
from riskmap.errors import ConfigError, SourceError
from riskmap.io.cycle_config import read_cycle_config
from riskmap.io.lock_file import locked

DEPLOY = Path(__file__).parents[2] / "docs" / "deploy"
pytestmark = pytest.mark.skipif(not DEPLOY.is_dir(), reason="an installed copy has no docs")


def code(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Exit code and all output of a command line, as the entry point gives them."""
    from typer.main import get_command

    command = get_command(app)
    found = explain_errors(
        lambda standalone_mode: command.main(list(arguments), standalone_mode=standalone_mode), "riskmap"
    )
    out, err = capfd.readouterr()
    return found, out + err


def test_the_deployed_configuration_is_read_and_says_what_is_missing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = (DEPLOY / "zhejiang.toml").read_text(encoding="utf-8")
    text = text.replace("/var/lib/riskmap/zj", str(tmp_path / "zj")).replace(
        "/srv/incoming", str(tmp_path / "incoming")
    )
    text = text.replace('"zhejiang-scenario.toml"', f'"{DEPLOY / "zhejiang-scenario.toml"}"')
    config = tmp_path / "zj.toml"
    config.write_text(text, encoding="utf-8")
    assert [one.key for one in read_cycle_config(config).inputs] == ["track.file", "rain.file"]
    for name in ("track", "rain"):
        (tmp_path / "incoming" / name).mkdir(parents=True)
    found, said = code(capfd, "cycle", "--config", str(config))
    assert found == 3
    assert "a required input is missing" in said
    assert code(capfd, "health", "--config", str(config))[0] == 3
    at = AT.strftime("track_%Y%m%d%H%M.geojson")
    (tmp_path / "made" / "incoming").mkdir(parents=True)
    deliver(tmp_path / "made")
    shutil.copy(tmp_path / "made" / "incoming" / at, tmp_path / "incoming" / "track" / at)
    found, said = code(capfd, "cycle", "--config", str(config), "--at", AT.isoformat(), "--dry-run")
    assert found == 0, said
    assert at in said
    assert "rain.file: not there" in said


def test_units_name_commands_that_there_are(tmp_path: Path) -> None:
    for unit in DEPLOY.glob("*.service"):
        start = next(
            line for line in unit.read_text(encoding="utf-8").splitlines() if line.startswith("ExecStart=")
        )
        words = start.partition("riskmap ")[2].split()
        shown = CliRunner().invoke(app, [words[0], "--help"])
        assert shown.exit_code == 0
        assert {w for w in words if w.startswith("--")} <= set(shown.output.replace("│", " ").split())
    if shutil.which("systemd-analyze"):
        units = [str(p) for p in DEPLOY.iterdir() if p.suffix in (".service", ".timer")]
        done = subprocess.run(
            ["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False
        )
        assert not [line for line in done.stderr.splitlines() if "docs/deploy" in line], done.stderr


def test_health_beats_while_the_cycles_are_alive(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    config = write_cycles(tmp_path / "a")
    deliver(tmp_path / "a")
    assert code(capfd, "cycle", "-c", str(config), "--at", AT.isoformat())[0] == 5
    beat = tmp_path / "beat"
    found, said = code(capfd, "health", "-c", str(config), "--max-age", "2h", "--beat", str(beat))
    assert (found, beat.exists()) == (4, False)
    assert "h old, more than 2.0 h" in said
    file = tmp_path / "a" / "root" / "status.json"
    status = json.loads(file.read_text(encoding="utf-8"))
    for change, expected in (
        ({}, (5, True)),
        ({"exit_code": 0}, (0, True)),
        ({"exit_code": 4, "doubts": ["Stale input"]}, (4, False)),
        ({"state": "failed", "exit_code": 3, "message": "no track"}, (70, False)),
        ({"state": "running", "started": "2021-07-23T00:00:00Z", "exit_code": None}, (70, False)),
    ):
        beat.unlink(missing_ok=True)
        file.write_text(json.dumps(status | change), encoding="utf-8")
        found, said = code(capfd, "health", "-c", str(config), "--max-age", "99999d", "--beat", str(beat))
        assert (found, beat.exists()) == expected, (change, said)
    assert "it began 2021-07-23T00:00:00Z and was killed before its end" in said
    with locked(tmp_path / "a" / "root" / "lock"):  # the same, and its process is there
        found, said = code(capfd, "health", "-c", str(config), "--max-age", "99999d", "--beat", str(beat))
    assert (found, beat.exists()) == (5, True), said


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("keep = 5", "keep = 1", "too few or too many runs"),
        ("keep = 5", "every_minutes = 7", "does not divide a day"),
        ("max_age_hours = 3", "max_age_hours = 0", "an age that all data have"),
        ("max_age_hours = 3", "max_age_hour = 3", "did you mean 'max_age_hours'"),
        ('key = "track.file"', 'key = "track"', "not a key of a scenario"),
        ("%Y%m%d%H%M", "%m%d", "a stamp that tells no time"),
        ('watch = "incoming"', 'watch = "https://host/track"', "an address has no names that tell a time"),
    ],
)
def test_a_wrong_configuration_is_said_with_its_line(tmp_path: Path, old: str, new: str, words: str) -> None:
    config = write_cycles(tmp_path / "a")
    config.write_text(config.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError, match=words):
        read_cycle_config(config)


def test_every_fault_of_a_configuration_is_told_at_once(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    config = write_cycles(tmp_path / "a")
    text = config.read_text(encoding="utf-8").replace("max_age_hours = 3", "max_age_hour = 3")
    text = text.replace("keep = 5", 'keep = 1\nresume = "perhaps"').replace("%Y%m%d%H%M", "%m%d")
    text += '\n[[input]]\nkey = "rain.file"\nwatch = "rain"\nmax_age_hours = 0\n'
    text += '\n[[layer]]\nkey = "terrain.demm"\nowner = "a"\nlicence = "b"\ninterface = "c"\nmax_age_days = -1.0\n'
    config.write_text(text, encoding="utf-8")
    found, said = code(capfd, "cycle", "-c", str(config), "--at", AT.isoformat())
    assert found == 2
    told = [
        line.partition(", key ")[2].partition(":")[0] for line in said.splitlines() if "To mend it: " in line
    ]
    assert told == [
        "cycle.keep", "cycle.resume", "input.stamp", "input.0.max_age_hour", "input.max_age_hours", "layer.key", "layer.max_age_days",
    ]  # fmt: skip
    lines = [
        int(line.partition(", line ")[2].partition(",")[0]) for line in said.splitlines() if ", line " in line
    ]
    assert len(lines) == len(told)
    assert lines == sorted(lines)


def test_every_required_input_that_is_missing_is_told_at_once(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    config = write_cycles(tmp_path / "a")
    more = '\n[[input]]\nkey = "rain.file"\nwatch = "rain"\nmax_age_hours = 2\nstamp = "%Y%m%d%H%M.nc"\n'
    config.write_text(config.read_text(encoding="utf-8") + more, encoding="utf-8")
    found, said = code(capfd, "cycle", "-c", str(config), "--at", AT.isoformat())
    assert found == 3
    assert [f"input {key}," in said for key in ("track.file", "rain.file")] == [True, True], said


def test_a_key_that_the_cycle_fills_is_refused_in_the_scenario(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    config = write_cycles(tmp_path / "a")
    deliver(tmp_path / "a")
    scenario = tmp_path / "a" / "scenario.toml"
    text = scenario.read_text(encoding="utf-8")
    scenario.write_text(
        text.replace("hours = 2", f"hours = 2\nissued_at = {hours_later(0).isoformat()}"), encoding="utf-8"
    )
    found, said = code(capfd, "cycle", "-c", str(config), "--at", AT.isoformat())
    assert found == 2
    assert "a key that the cycle fills in itself" in said


def test_bulletins_of_an_unknown_format_name_the_option(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    at = AT.isoformat()
    found, said = code(
        capfd, "bulletins", "none.txt", "--storm", "2106", "--format", "foo", "--from", at, "--to", at, "--out", str(tmp_path)
    )  # fmt: skip
    assert found == 2
    assert "--format: unknown track format; expected ibtracs | jma" in said


def test_a_configuration_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        read_cycle_config(tmp_path / "none.toml")
