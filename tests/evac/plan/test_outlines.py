"""Zones of a file are those that are read one by one from the whole of it, and so is what is said of a bad file."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from evac.model import Shelter
from evac.plan import outlines as outlines_module
from evac.plan.outlines import Outlines, read_outline_file, read_outlines
from evac.plan.safety import judge_shelters, unsafe_hazards
from riskmap.errors import RiskmapError
from riskmap.io import features_in_turn as in_turn
from riskmap.scale import Tier
from tests.evac.plan.outline_files import SOUTH, WEST, run_zones, slow_file, slow_outlines, told

RUN = run_zones()
FEATURES: list[dict[str, Any]] = json.loads(RUN)["features"]
RING = [[122, 30], [122.1, 30], [122.1, 30.1], [122, 30.1], [122, 30]]
HOLE = [[122.02, 30.02], [122.04, 30.02], [122.04, 30.04], [122.02, 30.04], [122.02, 30.02]]


def zone(coordinates: Any = None, kind: str = "Polygon", **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"hazard": "landslide", "tier": 3, **properties},
        "geometry": {"type": kind, "coordinates": [RING] if coordinates is None else coordinates},
    }


ODD = (
    zone(), zone([RING, HOLE], name="后山", tier=None), zone(tier=0, hazard="wind"), zone(tier=3.0), zone(name=7),
    zone([RING, []]), zone([RING[:-1]]), zone([RING[:3]]), zone([[[*p, 5.0] for p in RING]]),
    zone([[[str(x) for x in p] for p in RING]]), zone([RING], kind="polygon"),
    zone([[RING, HOLE], [[[x + 1, y] for x, y in RING]]], kind="MultiPolygon"),
    {**zone(), "geometry": {"type": "GeometryCollection", "geometries": [zone()["geometry"]]}},
)  # fmt: skip
"""Zones that people draw: each of them could be read before."""


def file_of(folder: Path, text: str | bytes) -> Path:
    path = folder / "zones.geojson"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def collection(*features: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features, "note": "备注"}, ensure_ascii=False)


def result(read: Callable[[], Any]) -> Any:
    """What was read to the bit; else the kind and the words of the error."""
    try:
        return [told(outline) for outline in read()]
    except RiskmapError as error:
        return type(error), str(error)


def same(path: Path) -> Any:
    found = result(lambda: read_outline_file(path))
    assert found == result(lambda: slow_file(path))
    return found


def test_the_zones_of_a_run_are_read_as_they_were(tmp_path: Path) -> None:
    found = same(file_of(tmp_path, RUN))
    assert len(found) == len(FEATURES) > 3 * 1000
    assert any(len(feature["geometry"]["coordinates"]) > 1 for feature in FEATURES)  # with holes


def test_a_run_is_read_in_turn_and_never_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = file_of(tmp_path, RUN)
    monkeypatch.setattr(in_turn, "_AHEAD", 1 << 14)
    monkeypatch.setattr(outlines_module, "_AT_ONCE", 100)
    peaks = []
    for read in (read_outline_file, slow_file):
        tracemalloc.start()
        held = read(path)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        del held
    assert peaks[0] * 5 < peaks[1]


@pytest.mark.parametrize("at_once", [1, 2, 5, 3_000])
def test_odd_zones_among_plain_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(outlines_module, "_AT_ONCE", at_once)
    features = [feature for odd in ODD for feature in (odd, *FEATURES[:3])]
    found = same(file_of(tmp_path, collection(*features)))
    assert len(found) == len(features)
    given = json.loads(collection(*features))
    assert result(lambda: read_outlines(given, where="z")) == result(lambda: slow_outlines(given, "z"))


BAD = (
    "x", None, [], zone(hazard=""), zone(hazard=3), zone(hazard=None), zone(tier=9), zone(tier=True), zone(tier="3"), zone(tier=[3]),
    {**zone(), "properties": None}, {**zone(), "properties": {"hazard": "landslide"}}, {**zone(), "geometry": None}, {"properties": zone()["properties"]},
    zone([]), zone([[]]), zone(None, kind="Point"), zone([122, 30], kind="Point"), zone("ab"), zone([["ab"] * 4]),
    zone([[[1, None]] * 4]), zone([[[True, False]] * 5]), zone([[[122, 30]] * 5]), zone([RING[:2]]), zone([[*RING[:2], RING[3], RING[2], RING[0]]]),
    zone([[[1e999, 1], [2, 2], [2, 3], [1e999, 1]]]), zone([[[10**400, 1], [2, 2], [2, 3], [10**400, 1]]]), zone([[[1, 2], [3, 4, 5], [5, 6], [1, 2]]]),
    zone({"a": 1}), zone(3), zone([3]), zone([[3, 4, 5, 6]]),
)  # fmt: skip


@pytest.mark.parametrize("bad", range(len(BAD)))
def test_what_is_wrong_with_a_zone_is_said_as_before(tmp_path: Path, bad: int) -> None:
    kind, words = same(file_of(tmp_path, collection(*FEATURES[:4], BAD[bad], *FEATURES[4:8])))
    assert issubclass(kind, RiskmapError)
    assert "feature 5" in words or "feature" not in words  # 1e999 is no JSON of ours


@pytest.mark.parametrize("order", [(23, 5), (5, 23)])
def test_of_several_faults_the_first_is_told(tmp_path: Path, order: tuple[int, int]) -> None:
    features = [*FEATURES[:2], BAD[order[0]], *FEATURES[2:4], BAD[order[1]]]
    _, words = same(file_of(tmp_path, collection(*features)))
    assert "feature 3" in words


TEXT = collection(*FEATURES[:3], zone(name="后山"))
FILES = {
    "with its mark": b"\xef\xbb\xbf" + TEXT.encode(), "GB 18030": TEXT.encode("gb18030"), "gzip": gzip.compress(TEXT.encode()),
    "a call around": f"zones({TEXT});", "indented": json.dumps(json.loads(TEXT), indent=2), "blanks": f"\n\t {TEXT} \r\n\n",
    "features first": TEXT.replace('"type": "FeatureCollection", ', "", 1), "no zones": collection(), "wide blanks": f"\u3000{TEXT}\u3000",
    "twice": TEXT[:-1] + ', "features": []}', "nested": f'{{"a": {TEXT}, "features": [{json.dumps(ODD[1])}], "b": 12}}',
}  # fmt: skip


@pytest.mark.parametrize("kind", FILES)
def test_files_of_every_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    path = file_of(tmp_path, FILES[kind])
    for at_once in (1, 7, 1 << 20):
        monkeypatch.setattr(in_turn, "_AHEAD", at_once)
        assert isinstance(same(path), list)


WRONG = {
    "empty": b"", "blank": b" \n", "a folder's list": b"PK\x03\x04zones", "cut off": TEXT[:-40], "no end": TEXT[:-1], "more behind": TEXT + "x",
    "NaN": TEXT.replace("landslide", "x").replace("122.1", "NaN"), "a comma too much": TEXT.replace("}]", "},]"), "a comma too few": TEXT.replace("}}, {", "}} {"),
    "NaN behind a bad zone": collection(BAD[0], zone([[[float("nan"), 1]]])), "cut behind a bad zone": collection(BAD[0], *FEATURES[:9])[:-30],
    "a list": "[1, 2]", "a number": "12", "no features": "{}", "features of another kind": '{"features": {"a": 1}}', "key without quotes": '{1: 2, "features": []}',
    "neither encoding": TEXT.encode()[:-40] + b"\xff\xff\xff", "half a sign": TEXT.encode() + b"\xe5", "a zero": TEXT + "\x00", "deep": '{"features": ' + "[" * 100_000,
    "many digits": TEXT.replace("122.1", "1" * 5_000), "too large": TEXT.replace("122.1", "1e999"), "features null": '{"features": null}',
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_wrong_with_a_file_is_said_as_before(tmp_path: Path, kind: str) -> None:
    error, words = same(file_of(tmp_path, WRONG[kind]))
    assert issubclass(error, RiskmapError)
    assert "zones.geojson" in words


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    error, _ = same(tmp_path / "zones.geojson")
    assert issubclass(error, RiskmapError)


@given(
    at=st.integers(0, 10_000),
    byte=st.integers(0, 255),
    cut=st.booleans(),
    at_once=st.sampled_from([1, 9, 1 << 20]),
)
def test_a_damaged_byte_and_a_cut_are_found_as_before(
    tmp_path_factory: pytest.TempPathFactory, at: int, byte: int, cut: bool, at_once: int
) -> None:
    raw = bytearray(collection(*FEATURES[:3], *ODD[:3]).encode())
    at %= len(raw)
    raw = raw[:at] if cut else raw[:at] + bytes([byte]) + raw[at + 1 :]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(in_turn, "_AHEAD", at_once)
        same(file_of(tmp_path_factory.getbasetemp(), bytes(raw)))


def test_columns_are_the_zones_one_by_one() -> None:
    found = Outlines.of(slow_outlines(json.loads(collection(*ODD)), "z"))
    assert [told(outline) for outline in found[2:5]] == [told(outline) for outline in [*found][2:5]]
    assert [told(outline) for outline in Outlines.joined([found, Outlines.of([]), found])] == [
        *map(told, found)
    ] * 2
    assert len(Outlines.joined([])) == 0
    plain = [z for z in found if z.hazard in {"landslide"} and (z.tier is None or z.tier >= Tier.ORANGE)]
    assert [*map(told, found.that_matter({"landslide"}))] == [*map(told, plain)]
    assert len(plain) < len(found)
    assert found.that_matter({"landslide"}).that_matter(unsafe_hazards())[0].hazard == "landslide"
    assert len(found.that_matter(())) == 0


@given(st.integers(0, 2**32 - 1))
def test_many_outlines_say_of_shelters_what_each_of_them_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    zones = read_outlines(json.loads(collection(*FEATURES[::40], *ODD)), where="z")
    # on the corners and edges of cells too
    at = np.round(rng.uniform((WEST, SOUTH), (WEST + 0.4, SOUTH + 0.4), (30, 2)), rng.integers(2, 5))
    shelters = [
        Shelter(
            f"S{n}",
            "礼堂",
            "330902",
            60,
            town="",
            longitude=None if n == 3 else x,
            latitude=None if n == 3 else y,
        )
        for n, (x, y) in enumerate(at.tolist())
    ]
    together = judge_shelters(shelters, [], outlines=zones)
    one_by_one = judge_shelters(shelters, [*zones])
    assert [*together.closed.items()] == [*one_by_one.closed.items()]
    assert [*together.doubtful.items()] == [*one_by_one.doubtful.items()]


def test_outlines_come_before_other_dangers() -> None:
    mapped, other = (
        Outlines.of([outlines_module.Outline(name, hazard, Tier.RED, shapely.box(122, 30, 122.1, 30.1))])
        for name, hazard in (("东沟", "flash_flood"), ("西坡", "landslide"))
    )
    shelter = Shelter("S", "礼堂", "330902", 60, longitude=122.05, latitude=30.05)
    assert judge_shelters([shelter], other, outlines=mapped) == judge_shelters([shelter], [*mapped, *other])
