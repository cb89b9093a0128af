"""Rule files: a bureau's own in place of the bundled ones."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from riskmap.errors import ConfigError, RiskmapError, SourceError
from riskmap.io.rule_files import HAZARDS, read_rule_book, read_rules

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
        ("window_hours = 12", "window_huors = 12", r"line 16, \[\[metric\]\] number 1: unknown key 'window_huors'.*did you mean"),
        ('status = "S"', "", r"line 11, \[\[metric\]\] number 1: the key 'status' is missing"),
        ('id = "rain"', 'id = "rainfall"', r"line 3, id: a rule for an unknown hazard; .*'rainfall'"),
        ("[50.0, false", "[50.0, 20.0", r"line 17, \[\[metric\]\] number 1, thresholds: thresholds are not rising"),
        ('units = "mm"', 'units = "cm"', r"line 15, \[\[metric\]\] number 1, units: thresholds in another unit; expected 'mm'; found 'cm'"),
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


COMBINATION = (files("riskmap") / "rules" / "combination.toml").read_text(encoding="utf-8")


def test_what_holds_over_all_hazards_is_replaced_alike(tmp_path: Path) -> None:
    own = write(tmp_path, COMBINATION.replace("enabled = false", "enabled = true"))
    book = read_rule_book(own)
    assert book.combination.compound.enabled
    assert book.hazards == read_rules()
    assert book.files["combination"] == own
    with pytest.raises(ConfigError, match=r"own\.toml, line 5, \[compound\], enabled: neither"):
        read_rule_book(write(tmp_path, COMBINATION.replace("enabled = false", "enabled = 0")))


def test_every_stage_of_all_files_is_told_at_once(tmp_path: Path) -> None:
    """[compound], [ensemble], [hysteresis] and [people] of one file, keys and metrics of another."""
    text = COMBINATION
    for old, new in (
        ("enabled = false", "enabled = 0"), ('least = "yellow"', 'least = "amber"'), ("[0.3, 0.3, 0.5, 0.5]", "[30, 30]"),
        ("down_steps = 1", "down_steps = 0.5"), ("landslide = 24", "landslide = -1\nmud = 3"), ('"flash_flood", ', '"rain", "wind", '),
        ("county = 50", ""), ('status = "D"\n[hysteresis.hold_hours]', 'status = "X"\n[hysteresis.hold_hours]'),
    ):  # fmt: skip
        assert old in text
        text = text.replace(old, new, 1)
    both, rain = tmp_path / "both.toml", RAIN
    both.write_text(text, encoding="utf-8")
    for old, new in (
        ("unit_area_share = 0.05", "unit_area_share = 5"), ('units = "mm"', 'units = "cm"'), ("[50.0, false", "[50.0, 20.0"),
        ('group = "', 'group = "x'),
    ):  # fmt: skip
        assert old in rain
        rain = rain.replace(old, new, 1)
    with pytest.raises(RiskmapError) as told:
        read_rule_book((both, write(tmp_path, rain), tmp_path / "gone.toml"))
    found = [(one.where or "").rpartition("/")[2] for one in told.value.each]
    assert found == [
        "gone.toml",
        "own.toml, line 4, group", "own.toml, line 5, unit_area_share",
        "own.toml, line 15, [[metric]] number 1, units", "own.toml, line 17, [[metric]] number 1, thresholds",
        "both.toml, line 5, [compound], enabled", "both.toml, line 6, [compound], least",
        "both.toml, line 11, [ensemble], bounds", "both.toml, line 17, [hysteresis], down_steps",
        "both.toml, line 21, [hysteresis], status", "both.toml, line 23, [hysteresis.hold_hours], landslide",
        "both.toml, line 24, [hysteresis.hold_hours]", "both.toml, line 26, [people]",
        "both.toml, line 27, [people], hazards", "both.toml, line 27, [people], hazards",
    ]  # fmt: skip


def test_a_folder_of_rules(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(
        RAIN.replace("50.0, false, false, false", "40.0, false, false, false"), "utf-8"
    )
    (tmp_path / "b.toml").write_text(COMBINATION, "utf-8")
    book = read_rule_book(folder=tmp_path)
    assert book.hazards["rain"].metrics[0].thresholds[0] == 40.0
    with pytest.raises(ConfigError, match=r"a\.toml, id rain: two files for one rule.*own\.toml"):
        read_rule_book(write(tmp_path, RAIN), folder=tmp_path)
    for folder in (tmp_path / "none", tmp_path / "empty"):
        (tmp_path / "empty").mkdir(exist_ok=True)
        with pytest.raises(SourceError, match="a folder without rules"):
            read_rule_book(folder=folder)


def test_the_mode_of_the_wind_is_one_word(tmp_path: Path) -> None:
    assert read_rule_book(wind_mode="signal").hazards["wind"].mode == "signal"
    wind = (files("riskmap") / "rules" / "wind.toml").read_text(encoding="utf-8")
    start, end = wind.index("[lead]"), wind.index("[[metric]]")
    with pytest.raises(ConfigError, match=r"own\.toml: a signal without its lead times"):
        read_rule_book(write(tmp_path, wind[:start] + wind[end:]), wind_mode="signal")
