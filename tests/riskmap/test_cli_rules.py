"""`riskmap rules`: what is in force and where it was read; a wrong file is told with its line."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest
from typer.testing import CliRunner

from riskmap.cli import app
from riskmap.cli_rules import lines_of
from riskmap.errors import ConfigError
from riskmap.io.rule_files import HAZARDS, read_rule_book
from tests.scenarios import write_scenario

WIND = (files("riskmap") / "rules" / "wind.toml").read_text(encoding="utf-8")


def test_every_hazard_and_number_is_there_with_its_source() -> None:
    text = "\n".join(lines_of(read_rule_book()))
    assert all(f"\n{hazard} (" in f"\n{text}" for hazard in HAZARDS)
    assert "10.8 / 17.2 / 24.5 / 32.7 m s-1 [S]" in text
    assert "the station's own levels" in text
    assert "compound: off" in text


def test_one_hazard_of_a_file_of_ones_own(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(WIND.replace("[10.8, 17.2", "[9.9, 17.2"), "utf-8")
    done = CliRunner().invoke(app, ["rules", "--file", str(own), "--hazard", "wind"])
    assert done.exit_code == 0
    assert "wind (wind_waves; own.toml)" in done.stdout
    assert "9.9 / 17.2" in done.stdout
    assert "rain_3h" not in done.stdout
    assert "flash_flood" not in done.stdout


def test_those_of_a_scenario(tmp_path: Path) -> None:
    path = write_scenario(tmp_path, extra='\n[rules]\nwind_mode = "signal"\n')
    done = CliRunner().invoke(app, ["rules", str(path)])
    assert done.exit_code == 0
    assert "mode: signal" in done.stdout


def test_an_unknown_hazard() -> None:
    with pytest.raises(ConfigError, match="no such hazard"):
        lines_of(read_rule_book(), "hail")
