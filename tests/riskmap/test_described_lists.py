"""Files of the lists of a scenario (``map.layers``, ``regions.more``) in the input catalogue, each by itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.cycles.case import AT, NOW, deliver, write_cycles
from riskmap.catalogue import check_catalogue
from riskmap.errors import ConfigError
from riskmap.io.cycle_config import read_cycle_config

WHOSE = "".join(
    f'\n[[layer]]\nkey = "{key}"\nowner = "{owner}"\nlicence = "内部"\ninterface = "硬盘"\n{more}'
    for key, owner, more in (
        ("map.layers", "应急局", ""),
        ("map.layers", "民政厅", 'file = "sites.geojson"\n'),
        ("map.layers", "交通厅", 'file = "old.csv"\n'),
        ("regions.more", "测绘院", ""),
    )
)
TOWN = "code,name,lon,lat\n330902001,昌国,122.1,30.02\n"


def test_each_layer_of_ones_own_is_described_and_looked_at_by_itself(tmp_path: Path) -> None:
    path = write_cycles(tmp_path / "a", config=WHOSE)
    deliver(tmp_path / "a")
    spot = {
        "type": "Feature",
        "properties": {"name": "a"},
        "geometry": {"type": "Point", "coordinates": [122, 30]},
    }
    good = json.dumps({"type": "FeatureCollection", "features": [spot]})
    for name, text in (("sites.geojson", good), ("sluices.geojson", "no JSON"), ("towns.csv", TOWN)):
        (tmp_path / "a" / name).write_text(text, encoding="utf-8")
    with path.with_name("scenario.toml").open("a", encoding="utf-8") as file:
        for name in ("sites", "sluices"):
            file.write(f'\n[[map.layers]]\nfile = "{name}.geojson"\nname = "{name}"\n')
        file.write('\n[[regions.more]]\nfile = "towns.csv"\nlevel = "township"\n')
    report = check_catalogue(path, at=AT, now=NOW)
    found = {(one.key, Path(one.file).name): one for one in report.layers}
    owners = {at: one.declared.owner for at, one in found.items() if one.declared and one.state != "missing"}
    assert owners == {
        ("map.layers", "sites.geojson"): "民政厅",
        ("map.layers", "sluices.geojson"): "应急局",
        ("regions.more", "towns.csv"): "测绘院",
    }
    assert found["map.layers", "sites.geojson"].state == "ok"
    assert found["regions.more", "towns.csv"].seen.covers == "1 units"
    broken = found["map.layers", "sluices.geojson"]
    assert (broken.state, broken.exit_code) == ("wrong", 5)  # the map goes without it
    assert "key map.layers" in broken.said[0]
    gone = next(one for one in report.layers if one.state == "missing")
    assert gone.said[0].startswith(
        "map.layers: [[layer]] describes it and the scenario does not name old.csv"
    )


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        ('key = "map.layers"\nfile = "a.csv"', "a layer is described twice"),
        ('key = "terrain.dem"\nfile = "a.tif"', "a file of a key that is described as a whole"),
    ],
)
def test_a_description_of_one_file_is_unique_and_of_a_list(layer: str, said: str, tmp_path: Path) -> None:
    words = '\nowner = "a"\nlicence = "b"\ninterface = "c"\n'
    other = '[[layer]]\nkey = "map.layers"'
    layers = f'\n{other}{words}{other}\nfile = "a.csv"{words}[[layer]]\n{layer}{words}'
    with pytest.raises(ConfigError) as told:
        read_cycle_config(write_cycles(tmp_path / "a", config=layers))
    assert [one.message for one in told.value.each] == [said]
