"""Sections of sea walls against water and waves."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import riskmap.rules as rules_package
from riskmap.errors import CoverageError, DataError, DatumError
from riskmap.hazard.sea_wall import Breach, assess_sections, grade_sections, overflow, reason_words
from riskmap.io.sea_walls import read_sea_walls
from riskmap.rules import HazardRule, Metric

HOURS = np.datetime64("2021-07-25T00", "s") + np.arange(5) * np.timedelta64(3600, "s")
TABLE = """code,name,region,crest_m,height_datum,toe_m,wall,cot_slope,design_tide_m,allowed_q_l_s_m,lowest_opening_m,opening_share,dry_gates,lon,lat,facing_deg,length_m
A,甲塘,330902,6.0,1985,0.0,slope,3,4.0,20,,,2,122.0,30.0,90,1000
B,乙塘,330902,6.0,1985,0.0,slope,3,4.0,,,,0,122.0,30.0,90,1000
C,丙塘,330902,6.0,1985,0.0,vertical,,,5,3.5,0.1,0,122.0,30.0,90,500
"""


@pytest.fixture
def walls(tmp_path: Path) -> xr.Dataset:
    path = tmp_path / "walls.csv"
    path.write_text(TABLE, encoding="utf-8")
    return read_sea_walls(path)


def rule() -> HazardRule:
    text = (Path(rules_package.__file__).parent / "sea_wall.toml").read_text(encoding="utf-8")
    metrics = tuple(
        Metric(
            m["variable"], m["chinese"], m["english"], m["units"],
            tuple(None if t is False else float(t) for t in m["thresholds"]), m["source"], m["status"],  # type: ignore[arg-type]
        )
        for m in tomllib.loads(text)["metric"]
    )  # fmt: skip
    return HazardRule("sea_wall", "tide_river", metrics, 0.0, "x", "D", "low", "")


def water(*levels: float, datum: str = "1985") -> xr.DataArray:
    """The same at all sections."""
    return xr.DataArray(
        np.repeat(np.array(levels)[:, None], 3, axis=1), dims=("time", "section"),
        coords={"time": HOURS[: len(levels)], "section": ["A", "B", "C"]}, attrs={"height_datum": datum},
    )  # fmt: skip


def sea(hours: int, height: float = 1.5, bearing: float = 90.0) -> xr.Dataset:
    shape = (hours, 3)
    return xr.Dataset(
        {
            "significant_wave_height": (("time", "section"), np.full(shape, height)),
            "peak_period": (("time", "section"), np.full(shape, 6.0)),
            "wave_from": (("time", "section"), np.full(shape, bearing)),
        },
        coords={"time": HOURS[:hours], "section": ["A", "B", "C"]},
    )


def tiers(walls: xr.Dataset, level: float, height: float = 1.5, bearing: float = 90.0) -> dict[str, int]:
    found = grade_sections(assess_sections(walls, water(level), sea(1, height, bearing)), rule())
    return dict(zip("ABC", found["tier"].values[:, 0].tolist(), strict=True))


def test_calm_low_water_is_green_and_unknown_water_is_grey(walls: xr.Dataset) -> None:
    assert tiers(walls, 1.0, 0.2) == {"A": 0, "B": 0, "C": 0}
    assert tiers(walls, np.nan) == {"A": -1, "B": -1, "C": -1}
    assert tiers(walls, 1.0, np.nan) == {"A": -1, "B": -1, "C": -1}


def test_water_at_the_design_tide_is_orange_and_at_the_crest_red(walls: xr.Dataset) -> None:
    assert tiers(walls, 4.0, 0.0)["A"] == 3
    assert tiers(walls, 6.0, 0.0)["A"] == 4


def test_water_at_an_opening_is_red(walls: xr.Dataset) -> None:
    assert tiers(walls, 3.4, 0.0)["C"] == 0
    found = assess_sections(walls, water(3.7), sea(1, 0.0))
    assert float(grade_sections(found, rule())["tier"].sel(section="C")[0]) == 4
    expected = 0.1 * overflow(-0.2)
    assert float(found["overtopping_discharge"].sel(section="C")[0]) == pytest.approx(float(expected))


def test_discharge_decides_where_the_allowed_one_is_known_else_the_freeboard(walls: xr.Dataset) -> None:
    found = assess_sections(walls, water(2.0), sea(1, 1.0))
    at = {code: found.sel(section=code).isel(time=0) for code in "AB"}
    assert np.isneginf(float(at["B"]["overtopping_share"]))
    assert np.isneginf(float(at["A"]["crest_exceedance"]))
    assert float(at["B"]["crest_exceedance"]) == pytest.approx(-float(at["B"]["freeboard"]))
    freeboard = 6.0 - (2.0 + float(at["A"]["run_up"]))
    assert float(at["A"]["freeboard"]) == pytest.approx(freeboard)
    graded = grade_sections(found, rule())["tier"].sel(section="B")[0]
    assert int(graded) == (2 if freeboard < 1.0 else 1 if freeboard < 1.5 else 0)


def test_what_is_known_to_be_bad_stands_where_the_rest_is_unknown(walls: xr.Dataset) -> None:
    assert tiers(walls, 6.1, np.nan)["A"] == 4
    assert tiers(walls, 4.1, np.nan)["A"] == 3
    broken = assess_sections(walls, water(np.nan), sea(1), breaches=[Breach("A", HOURS[0], 20.0, 1.0)])
    assert grade_sections(broken, rule())["tier"].values[:, 0].tolist() == [4, -1, -1]
    assert "决口" in reason_words(walls, broken, "A", 0)[0]


@pytest.mark.parametrize("height", [0.5, 1.0, 2.0])
def test_tiers_never_fall_as_the_water_rises(walls: xr.Dataset, height: float) -> None:
    rising = [tiers(walls, level, height) for level in np.linspace(0.5, 6.5, 13)]
    for code in "ABC":
        values = [t[code] for t in rising]
        assert values == sorted(values)
        assert values[-1] == 4


def test_waves_off_the_land_do_not_reach_the_wall(walls: xr.Dataset) -> None:
    away = assess_sections(walls, water(3.0), sea(1, 2.0, bearing=270.0))
    on = assess_sections(walls, water(3.0), sea(1, 2.0, bearing=90.0))
    aslant = assess_sections(walls, water(3.0), sea(1, 2.0, bearing=30.0))
    a, b, c = (float(x["run_up"].sel(section="A")[0]) for x in (away, aslant, on))
    assert a == 0.0
    assert 0.0 < b < c


def test_waves_are_no_higher_than_the_water_in_front_lets_them(walls: xr.Dataset) -> None:
    found = assess_sections(walls, water(2.0), sea(1, 5.0))
    np.testing.assert_allclose(found["significant_wave_height"], 1.2)


def test_a_breach_lets_the_sea_in_from_its_hour_on(walls: xr.Dataset) -> None:
    breach = Breach("A", HOURS[2], width=30.0, bottom=1.0)
    found = assess_sections(walls, water(2.0, 2.0, 2.0, 2.0), sea(4, 0.0), breaches=[breach])
    through = 30.0 * float(overflow(-1.0))
    np.testing.assert_allclose(found["inflow"].sel(section="A"), [0.0, 0.0, through, through])
    np.testing.assert_allclose(
        found["inflow_volume"].sel(section="A"), [0.0, 0.0, 1800.0 * through, 5400.0 * through]
    )
    graded = grade_sections(found, rule())
    assert graded["tier"].sel(section="A").values.tolist() == [0, 0, 4, 4]
    assert graded["driver"].sel(section="A").values[-1] == 4
    assert "决口" in reason_words(walls, found, "A", 2)[0]


def test_another_datum_is_refused_unless_its_difference_is_declared(walls: xr.Dataset) -> None:
    with pytest.raises(DatumError, match=r"sea wall A: heights above two datums"):
        assess_sections(walls, water(3.0, datum="wusong"), sea(1))
    shifted = assess_sections(walls, water(4.8, datum="wusong"), sea(1), shifts={("wusong", "1985"): -1.8})
    np.testing.assert_allclose(shifted["still_water"], 3.0)


def test_sections_without_water_and_breaches_without_section_are_named(walls: xr.Dataset) -> None:
    with pytest.raises(CoverageError, match="without C"):
        assess_sections(walls, water(3.0).sel(section=["A", "B"]), sea(1))
    with pytest.raises(DataError, match="breach Z"):
        assess_sections(walls, water(3.0), sea(1), breaches=[Breach("Z", HOURS[0], 10.0, 1.0)])


def test_reasons_say_water_waves_share_and_weak_places(walls: xr.Dataset) -> None:
    found = assess_sections(walls, water(4.2), sea(1, 2.0))
    chinese, english = reason_words(walls, found, "A", 0)
    for words in ("甲塘", "静水位4.20米", "允许值", "设计潮位", "旱闸2处"):
        assert words in chinese
    assert "2 dry gates" in english
    assert "超高" in reason_words(walls, found, "B", 0)[0]
    unknown = assess_sections(walls, water(np.nan), sea(1))
    assert "潮位不明" in reason_words(walls, unknown, "A", 0)[0]
