"""Rule files: a bureau's own in place of the bundled ones."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from riskmap.errors import ConfigError, SourceError
from riskmap.io.rule_files import HAZARDS, read_rules

RAIN = (files("riskmap") / "rules" / "rain.toml").read_text(encoding="utf-8")


def write(folder: Path, text: str) -> Path:
    path = folder / "own.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_all_bundled_rules_load_in_order() -> None:
    rules = read_rules()
    assert tuple(rules) == HAZARDS
    assert all(rule.id == name for name, rule in rules.items())


def test_a_users_file_replaces_the_rule_of_its_hazard_only(tmp_path: Path) -> None:
    own = write(tmp_path, RAIN.replace("[50.0, false, false, false]", "[40.0, false, false, false]"))
    rules = read_rules((own,))
    assert rules["rain"].metrics[0].thresholds[0] == 40.0
    assert rules["wind"] == read_rules()["wind"]


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("group =", "groop =", r"own\.toml, line 4: unknown key 'groop'.*did you mean 'group'"),
        ("window_hours = 12", "window_huors = 12", r"number 1, line 16: unknown key 'window_huors'.*did you mean"),
        ('status = "S"', "", r"number 1: the key 'status' is missing"),
        ('id = "rain"', 'id = "rainfall"', r"key id: a rule for an unknown hazard; .*'rainfall'"),
        ("[50.0, false", "[50.0, 20.0", r"number 1, thresholds: thresholds are not rising"),
        ('units = "mm"', 'units = "cm"', r"number 1, units: thresholds in another unit; expected 'mm'; found 'cm'"),
        ("[[metric]]", "[[metric]", r"not valid TOML.*line 11"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(tmp_path: Path, old: str, new: str, match: str) -> None:
    assert old in RAIN
    with pytest.raises(ConfigError, match=match) as caught:
        read_rules((write(tmp_path, RAIN.replace(old, new, 1)),))
    assert caught.value.remedy


def test_a_missing_rule_file_is_a_source_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"gone\.toml"):
        read_rules((tmp_path / "gone.toml",))
