"""The rule table: published decisions first, then its laws; what is not known is never taken for nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evac.errors import ConflictError
from evac.response.advice import advise_tiers, advise_typhoon
from evac.response.cases import Case, held_against, published_cases
from evac.response.levels import Level, Unit, read_level, superior_of, unit_of
from evac.response.situation import Course, Storm, count_tiers
from evac.response.table import bundled_table, read_table
from riskmap.errors import ConfigError, DataError, UnitsError
from riskmap.sphere import distance
from tests.contracts.tree import ROOT

TABLE = bundled_table()
AT = datetime(2021, 7, 24, 3, tzinfo=UTC)
INFA = Storm(
    at=AT, maximum_wind=40.0, averaging_period=120, course=Course.APPROACHING, distance_km=395.0, lead_hours=24.5
)  # fmt: skip
REFERENCE = {"33": (29.48, 121.87), "3301": (30.25, 120.16)}
"""象山 and 杭州, from which the announcements count [degrees]."""


@pytest.mark.parametrize("case", published_cases(), ids=lambda c: c.id)
def test_the_table_gives_what_was_decided(case: Case) -> None:
    found = advise_typhoon(case.region, case.storm, TABLE, current=case.before)
    assert (found.level, found.at_least) == (case.advises, False)


@pytest.mark.parametrize("case", [c for c in published_cases() if c.earliest_hours], ids=lambda c: c.id)
def test_it_gives_the_same_from_what_the_forecast_of_the_time_said(case: Case) -> None:
    """The landfall as it came was known to nobody; the beginning of the forecast window was."""
    then = replace(case.storm, lead_hours=case.earliest_hours)
    assert advise_typhoon(case.region, then, TABLE, current=case.before).level == case.advises


def test_the_one_disagreement_is_on_record() -> None:
    found = held_against(TABLE)
    assert len(found) == 17
    assert [c.id for c, a in found if a.level != c.level] == ["lekima-ningbo-2"]


@pytest.mark.parametrize("case", [c for c in published_cases() if c.position], ids=lambda c: c.id)
def test_published_distances_are_those_of_the_published_positions(case: Case) -> None:
    assert case.position is not None
    latitude, longitude = case.position
    to = REFERENCE[case.region]
    found = distance(latitude=latitude, longitude=longitude, to_latitude=to[0], to_longitude=to[1]) / 1000
    assert float(found) == pytest.approx(case.storm.distance_km, rel=0.02)


ORDER = {Course.APPROACHING: 2, Course.PASSING: 1}
WINDS = st.floats(0, 80)
HOURS = st.floats(0, 200)
KM = st.floats(0, 3000)


@given(WINDS, WINDS, HOURS, HOURS, KM, KM, st.sampled_from(["33", "3301", "330902"]), st.sampled_from(Course))
def test_stronger_nearer_sooner_is_never_advised_less(
    w1: float, w2: float, h1: float, h2: float, k1: float, k2: float, region: str, course: Course
) -> None:
    def level(wind: float, hours: float, km: float) -> Level:
        storm = Storm(
            at=AT, maximum_wind=wind, averaging_period=120, course=course, distance_km=km, lead_hours=hours
        )
        return advise_typhoon(region, storm, TABLE).level

    assert level(max(w1, w2), min(h1, h2), min(k1, k2)) >= level(min(w1, w2), max(h1, h2), max(k1, k2))
    assert level(w1, h1, k1) <= Level.I


@given(WINDS, HOURS, KM, st.sampled_from(Course), st.booleans(), st.booleans())
def test_what_is_not_known_leaves_a_lower_bound(
    wind: float, hours: float, km: float, course: Course, far: bool, when: bool
) -> None:
    whole = Storm(
        at=AT, maximum_wind=wind, averaging_period=120, course=course, distance_km=km, lead_hours=hours
    )
    part = replace(whole, distance_km=None if far else km, lead_hours=None if when else hours)
    known, guessed = advise_typhoon("33", whole, TABLE), advise_typhoon("33", part, TABLE)
    assert guessed.level <= known.level
    if known.level > guessed.level:
        assert guessed.at_least
        assert guessed.missing


def test_a_strong_typhoon_of_unknown_distance_is_not_nothing() -> None:
    found = advise_typhoon("33", replace(INFA, distance_km=None, lead_hours=None), TABLE)
    assert (found.level, found.at_least, found.missing) == (Level.NONE, True, ("距影响时间", "距离"))
    assert found.words == "建议无法判断,资料不全: 距影响时间、距离"


@given(st.sampled_from(Level), WINDS)
def test_a_response_falls_by_one_level_at_a_time(current: Level, wind: float) -> None:
    storm = Storm(at=AT, maximum_wind=wind, averaging_period=120, course=Course.LEAVING, distance_km=250.0)
    found = advise_typhoon("33", storm, TABLE, current=current)
    assert found.level >= current.lower
    assert bool(found.held) == (found.level > advise_typhoon("33", storm, TABLE).level)


def test_tokyo_s_ten_minute_wind_is_converted_not_taken() -> None:
    tokyo = replace(INFA, maximum_wind=32.0, averaging_period=600)  # above 32.7 m/s in 2 minutes
    assert advise_typhoon("33", tokyo, TABLE).level is Level.I
    assert advise_typhoon("33", replace(tokyo, averaging_period=120), TABLE).level is Level.II
    with pytest.raises(UnitsError, match="averaging period"):
        replace(INFA, averaging_period=300)


@pytest.mark.parametrize(
    "wrong",
    [{"maximum_wind": float("nan")}, {"maximum_wind": 400.0}, {"lead_hours": -1.0}, {"distance_km": float("inf")},
     {"at": datetime(2021, 7, 24)}],  # noqa: DTZ001
)  # fmt: skip
def test_a_storm_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(DataError, match="storm"):
        replace(INFA, **wrong)  # type: ignore[arg-type]


def test_a_town_follows_its_county_and_says_so() -> None:
    with pytest.raises(ConflictError, match="county 330902"):
        advise_typhoon("330902001", INFA, TABLE)
    found = advise_typhoon("330902001002", INFA, TABLE, superior=Level.II)
    assert (found.level, found.reasons[0].words) == (Level.II, "随所属县 330902 的Ⅱ级")
    assert advise_typhoon("330902001", INFA, TABLE, superior=Level.NONE).words == "未达启动条件"


def test_counties_without_data_leave_the_advice_open() -> None:
    red = {f"3309{n:02d}": {"rain": 4} for n in range(3)}
    grey = {f"3310{n:02d}": {"rain": -1} for n in range(7)}
    found = advise_tiers("33", "flood", count_tiers(red | grey, "flood", "33"), TABLE)
    assert (found.level, found.at_least, found.missing) == (Level.III, True, ("7 个县缺数据",))
    six = dict(list(grey.items())[:6])
    assert not advise_tiers("33", "flood", count_tiers(red | six, "flood", "33"), TABLE).at_least


def test_a_county_with_one_hazard_blue_and_one_grey_may_still_be_red() -> None:
    tiers = {"330902": {"waves": 1, "storm_tide": -1}}
    found = advise_tiers("330902", "tide", count_tiers(tiers, "tide", "330902"), TABLE)
    assert (found.level, found.at_least) == (Level.NONE, True)


def test_where_a_hazard_cannot_occur_nothing_is_open() -> None:
    counted = count_tiers({"330102": {"storm_tide": -2, "waves": -2}}, "tide", "330102")
    found = advise_tiers("330102", "tide", counted, TABLE)
    assert (found.level, found.at_least, found.words) == (Level.NONE, False, "未达启动条件")


def test_without_any_county_nothing_is_known() -> None:
    assert advise_tiers("33", "flood", count_tiers({}, "flood", "33"), TABLE).at_least


def test_a_colour_alone_never_advises_the_highest_level() -> None:
    red = {f"3309{n:02d}": {"rain": 4, "landslide": 4, "storm_tide": 4} for n in range(90)}
    for region in ("33", "3309", "330900"):
        for kind in ("flood", "geology", "tide"):
            assert advise_tiers(region, kind, count_tiers(red, kind, region), TABLE).level is Level.II


def test_levels_are_read_as_people_write_them() -> None:
    assert [read_level(w) for w in ("Ⅳ", "iv级", "四级", "4", " ⅲ级 ")] == [Level.IV] * 4 + [Level.III]
    for word in ("红", "red", "", "0", "5", "Ⅴ级"):
        with pytest.raises(DataError, match="not a level"):
            read_level(word)


def test_codes_say_whose_response_it_is() -> None:
    assert [unit_of(c) for c in ("33", "3309", "330902", "330902001", "330902001002")] == list(Unit)
    assert superior_of("330902001") == "330902"
    for code in ("", "330", "3309021", "33090a", "３３"):
        with pytest.raises(DataError, match="not the code"):
            unit_of(code)


BUNDLED = (ROOT / "evac/response/rules.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('status = "D"', 'status = "X"', "without a valid status"),
        ("lead_at_most = 30.0\nwithin = 450.0", "within = 450.0", "without a lead time"),
        ("wind_at_least = 32.7", "wind_at_least = true", "not a number"),
        ("wind_at_least = 32.7", "wind_atleast = 32.7", "wind_at_least"),
        ('course = "inland"', 'course = "inlant"', "did you mean 'inland'"),
        ('level = "Ⅰ"', 'level = "红"', "not a level"),
        ('id = "P-2"', 'id = "P-1"', "two rows have one id"),
        ('tier = "red"', 'tier = "green"', "unknown word"),
        ('of = ["province"]', 'of = ["village"]', "unknown word"),
    ],
)
def test_a_wrong_table_names_file_and_row(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "ours.toml"
    assert old in BUNDLED
    path.write_text(BUNDLED.replace(old, new, 1), encoding="utf-8")
    with pytest.raises((ConfigError, DataError), match=said) as caught:
        read_table(path)
    assert "ours.toml" in str(caught.value)


def test_an_office_s_own_number_changes_the_advice(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(BUNDLED.replace("lead_at_most = 30.0", "lead_at_most = 20.0", 1), encoding="utf-8")
    ours = read_table(path)
    assert advise_typhoon("33", INFA, ours).level is Level.II
    assert {c.id for c, a in held_against(ours) if a.level != c.level} == {
        "lekima-ningbo-2", "infa-zhejiang-1", "meihua-zhejiang-1"
    }  # fmt: skip
