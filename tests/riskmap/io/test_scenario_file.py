"""Scenario files: what is read, and what each mistake is told."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from riskmap.errors import ConfigError, SourceError
from riskmap.io.bundled import bundled
from riskmap.io.scenario_file import read_scenario
from tests.scenarios import write_scenario

GOOD = """[event]
number = "2106"
name = "In-Fa"
chinese = "烟花"

[run]
issued_at = 2021-07-24T12:30:00+08:00
hours = 6

[grid]
west = 120.0
south = 28.0
east = 123.0
north = 31.0
step = 0.1

[track]
file = "tracks/a.txt"
format = "jma"
storm = "2106"

[regions]
file = "../regions.geojson"
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "scenario.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_short_scenario_takes_the_defaults(tmp_path: Path) -> None:
    scenario = read_scenario(write(tmp_path, GOOD))
    assert scenario.run.issued_at.utcoffset() == timedelta(hours=8)
    assert (scenario.run.hours, scenario.run.seed, scenario.run.hindcast) == (6, 0, False)
    assert scenario.wind.profile == "holland_1980"
    assert scenario.track.forecast == "file"
    assert scenario.tide is None
    assert scenario.terrain.relief is None


def test_paths_count_from_the_scenarios_folder(tmp_path: Path) -> None:
    extra = '\n[rules]\nfiles = ["wind.toml"]\n[tide]\nwarning_levels = "w.csv"\nastronomical = "t.csv"\ndatum = "station"\n'
    scenario = read_scenario(write(tmp_path, GOOD + extra))
    assert scenario.track.file == tmp_path / "tracks/a.txt"
    assert scenario.regions.file == tmp_path.parent / "regions.geojson"
    assert scenario.rules.files == (tmp_path / "wind.toml",)
    assert scenario.tide is not None
    assert scenario.tide.astronomical == tmp_path / "t.csv"
    assert scenario.regions.population is None


def test_every_file_of_the_bundled_scenario_is_there() -> None:
    scenario = read_scenario(bundled("scenarios/in-fa-2021.toml"))
    for path in (
        scenario.track.file, scenario.regions.file, scenario.regions.population, scenario.terrain.relief,
        scenario.terrain.bathymetry, scenario.terrain.coastline,
    ):  # fmt: skip
        assert path is not None
        assert path.is_file()


@pytest.mark.parametrize(
    ("old", "new", "line", "match"),
    [
        ("hours = 6", "huors = 6", 8, r"key run\.huors: unknown key; .*did you mean 'hours'\?"),
        ("issued_at =", "isued_at =", 7, r"key run\.isued_at: unknown key; .*did you mean 'issued_at'\?"),
        ("[regions]", "[regoins]", 22, r"key regoins: unknown key; .*did you mean 'regions'\?"),
        ("storm =", "xyz =", 20, r"key track\.xyz: unknown key; .*remove it"),
        ('format = "jma"', 'format = "bdeck"', 19, r"key track\.format.*'ibtracs', 'jma'.*found 'bdeck'"),
        ("hours = 6", 'hours = "many"', 8, r"key run\.hours: .*valid integer.*found 'many'"),
        ("+08:00", "", 7, r"key run\.issued_at: an instant without its offset.*add \+08:00 for Beijing"),
        ("2021-07-24T12:30:00+08:00", "2021-07-24", 7, r"not an instant.*without quotes"),
        ("2021-07-24T12:30:00+08:00", "20210724", 7, r"not an instant.*found 20210724"),
        ("hours = 6", "hours = 0", 8, r"key run\.hours.*1 to 240 hours; found 0"),
        ("hours = 6", "hours = 999", 8, r"1 to 240 hours; found 999"),
        ('storm = "2106"\n', "", 17, r"key track\.storm: a key is missing; .*add it"),
        ("west = 120.0\nsouth = 28.0\neast = 123.0\nnorth = 31.0", "west = 28.0\nsouth = 120.0\neast = 31.0\nnorth = 123.0",
         10, r"\[grid\]: .*not a box on the globe.*not swapped"),
        ("step = 0.1", "step = 0.7", 10, r"\[grid\]: .*whole number of cells"),
        ("step = 0.1", "step = nan", 10, r"\[grid\]: "),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line_and_its_remedy(
    tmp_path: Path, old: str, new: str, line: int, match: str
) -> None:
    assert old in GOOD
    with pytest.raises(ConfigError, match=match) as caught:
        read_scenario(write(tmp_path, GOOD.replace(old, new, 1)))
    text = str(caught.value)
    assert f"scenario.toml, line {line}, " in text
    for part in ("expected", "found", "To mend it"):
        assert part in text
    assert "\n" not in text


def test_a_misspelt_key_of_an_optional_section_is_named(tmp_path: Path) -> None:
    text = GOOD + '\n[tide]\nwarning_levels = "w.csv"\nastronomical = "a.csv"\ndatum = "1985"\nlevels = 3\n'
    with pytest.raises(
        ConfigError, match=r"line 29, key tide\.levels: unknown key; expected warning_levels \|"
    ):
        read_scenario(write(tmp_path, text))


def test_a_missing_section_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"key regions: a key is missing"):
        read_scenario(write(tmp_path, GOOD.split("[regions]")[0]))


def test_a_section_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"key wind"):
        read_scenario(write(tmp_path, "wind = 3\n" + GOOD))


def test_a_missing_scenario_is_a_source_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        read_scenario(tmp_path / "gone.toml")


@pytest.mark.parametrize("lines", ["members = -3", 'members = 20\nfile = "members.csv"'])
def test_members_are_made_or_read(tmp_path: Path, lines: str) -> None:
    path = write_scenario(tmp_path, extra=f"\n[ensemble]\n{lines}\n")
    with pytest.raises(ConfigError, match=r"small\.toml, line \d+, \[ensemble\]"):
        read_scenario(path)


def test_several_region_files_each_with_its_settings(tmp_path: Path) -> None:
    text = GOOD.replace(
        'file = "../regions.geojson"', 'file = ["counties.geojson", "towns.gpkg"]\ndatum = "cgcs2000"'
    )
    more = '\n[[regions.more]]\nfile = "zones.shp"\nlevel = "unit"\ndatum = "gcj02"\npoint_radius = 500.0\n'
    files = read_scenario(write(tmp_path, text + more)).regions.files
    assert [part.file for part in files] == [
        tmp_path / n for n in ("counties.geojson", "towns.gpkg", "zones.shp")
    ]
    assert [(part.level, part.datum, part.point_radius) for part in files] == [
        (None, "cgcs2000", None), (None, "cgcs2000", None), ("unit", "gcj02", 500.0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            '\n[[regions.more]]\nfile = "a.shp"\n[[regions.more]]\nfil = "z.shp"\n',
            r"line 28, key regions\.more\.1\.fil: unknown key.*did you mean 'file'",
        ),
        (
            '\n[[regions.more]]\nfile = "a.shp"\nlevel = "town"\n',
            r"regions\.more\.0\.level: a value is not what it must be.*'township'",
        ),
        ('\n[rules]\nwind_mode = "signals"\n', r"line 26, key rules\.wind_mode: .*'signal'"),
    ],
)
def test_a_slip_in_a_counted_section_is_told(tmp_path: Path, more: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        read_scenario(write(tmp_path, GOOD + more))


@pytest.mark.parametrize(
    ("lines", "match"),
    [
        ('palette = ["red"]', r"key map\.palette: not a palette"),
        (
            'palette = ["#C8102E", "#C8112E", "#FFE14D", "#2C6FBB", "#A8DCA4"]',
            r"key map\.palette: two tiers look alike; .*orange #C8112E and red #C8102E",
        ),
        ("stale_after = 0", r"key map\.stale_after: .*hours above 0"),
        ("stale_after_hours = 3", r"did you mean 'stale_after'"),
    ],
)
def test_a_map_that_nobody_could_read_is_refused(tmp_path: Path, lines: str, match: str) -> None:
    with pytest.raises(ConfigError, match=match) as caught:
        read_scenario(write(tmp_path, GOOD + f"\n[map]\n{lines}\n"))
    assert "scenario.toml, line " in str(caught.value)


def test_the_map_as_a_bureau_wants_it(tmp_path: Path) -> None:
    lines = '\n[map]\npalette = ["#B00020", "#FF9A3C", "#FFF07A", "#1F5FA8", "#BDE5B8"]\nstale_after = 3\ncounty_pages = false\n'
    found = read_scenario(write(tmp_path, GOOD + lines)).map
    assert found.palette is not None
    assert found.palette[0] == "#B00020"
    assert (found.stale_after, found.county_pages, found.tianditu) == (3.0, False, False)


def test_every_fault_of_a_scenario_is_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    """A misspelt key, a key too few, a wrong kind, and what only the values tell: none waits until another is mended."""
    text = GOOD.replace('name = "In-Fa"\n', "").replace("hours = 6", "huors = 6").replace("+08:00", "")
    text = text.replace("step = 0.1", "step = 0.7").replace('"jma"', '"bdeck"')
    text += '\n[ensemble]\nmembers = 3\nissued_at = "today"\n\n[map]\nstale_after = 0.0\n'
    with pytest.raises(ConfigError) as caught:
        read_scenario(write(tmp_path, text))
    told = [str(one.where) for one in caught.value.each]
    keys = ("event.name", "run.issued_at", "run.huors", "[grid]", "track.format", "ensemble.members", "ensemble.issued_at", "map.stale_after")  # fmt: skip
    assert [where.rpartition(" ")[2] for where in told] == list(keys)
    assert all("scenario.toml, line " in where for where in told)
    paragraphs = str(caught.value).splitlines()
    assert len(paragraphs) == len(keys)
    assert all("To mend it: " in one for one in paragraphs)


def test_what_follows_from_another_fault_is_told_once(tmp_path: Path) -> None:
    text = GOOD.replace('storm = "2106"', 'sturm = "2106"').replace("2021-07-24T12:30:00+08:00", "20210724")
    with pytest.raises(ConfigError) as caught:
        read_scenario(write(tmp_path, text))
    assert [one.message for one in caught.value.each] == ["not an instant", "unknown key"]
