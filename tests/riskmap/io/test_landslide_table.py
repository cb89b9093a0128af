"""The table of slopes: read whole, or refused by key."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from riskmap.errors import ConfigError
from riskmap.io.landslide_table import read_landslide_rules

BUNDLED = (files("riskmap") / "rules" / "landslide_lookup.toml").read_text(encoding="utf-8")


def test_every_section_has_its_source() -> None:
    rules = read_landslide_rules()
    assert [name for name, source, status in rules.sources if not source or status not in "SMD"] == []
    assert len(rules.sources) == 6
    assert [f.name for f in rules.factors] == ["slope", "relief", "wetness", "curvature", "land_cover"]


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("max_cell = 100.0", 'max_cell = "wide"', "not a number"),
        ("max_cell = 100.0", "", "'max_cell' is missing"),
        ("least = 10.0", "least = 10.0\nmost = 3", "unknown key 'most'"),
        ("[relief]", "[reliefs]", "'relief' is missing"),
        ('status = "M"\n\n[[susceptibility.factor]]\nname = "slope"', 'status = "X"\n\n[[susceptibility.factor]]\nname = "slope"', "valid status"),
        ("[[1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1]]", "[[1, 1], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1]]", "different lengths"),
        ("fractions = [0.6, 0.8, 1.0, 1.2]", "fractions = []", "not a list"),
        ("bounds = [15.0, 25.0, 35.0, 45.0]", "bounds = [15.0, 25.0, 35.0]", "do not fit"),
    ],
)  # fmt: skip
def test_a_wrong_table_is_named(tmp_path: Path, old: str, new: str, named: str) -> None:
    assert old in BUNDLED
    path = tmp_path / "own.toml"
    path.write_text(BUNDLED.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=named):
        read_landslide_rules(path)
