"""CXML: an invented ensemble in the shape of the schema, and files that must not be read."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskmap.errors import ConfigError, DataError, RiskmapError, UnitsError
from riskmap.io.cxml import read_cxml
from riskmap.members import Ensemble
from riskmap.regressions import KNOT

HEADER = """<header><product>Cyclone Forecast</product><generatingApplication>
<applicationType>Global ensemble prediction system</applicationType><model><name>IFS</name><domain>global</domain></model>
</generatingApplication><productionCenter>ECMWF<subCenter>Ops</subCenter></productionCenter>
<baseTime>2099-07-24T00:00:00Z</baseTime><creationTime>2099-07-24T05:00:00Z</creationTime>
<missing>-999</missing></header>"""
RADII = """<windContours>
<windSpeed units="kt">34 <radius sector="NEQ" units="km">200.</radius><radius sector="AAA" units="km">150</radius></windSpeed>
<windSpeed units="kt">63 <radius units="nm">20</radius></windSpeed>
<windSpeed units="kt">40 <radius units="km">120</radius></windSpeed></windContours>"""


def fix(
    hour: int, lat: float, *, wind: str = "38", unit: str = "m/s", pressure: str = "955", more: str = ""
) -> str:
    return f"""<fix hour="{hour}"><validTime>2099-07-24T{hour:02d}:00:00Z</validTime>
<latitude units="deg N">{lat}</latitude><longitude units="deg E">125.0</longitude><cycloneData>
<minimumPressure><pressure units="hPa">{pressure}</pressure></minimumPressure>
<maximumWind><speed units="{unit}">{wind}</speed>{more}</maximumWind>{RADII}</cycloneData></fix>"""


def storm(*fixes: str, name: str = "In-Fa") -> str:
    return f'<disturbance ID="2099072400_260N_1250E"><cycloneName>{name}</cycloneName>{"".join(fixes)}</disturbance>'


def member(number: int, *disturbances: str) -> str:
    return f'<data type="ensembleForecast" member="{number}" perturb="other">{"".join(disturbances)}</data>'


SOUND = [storm(fix(0, 26.0), fix(6, 27.0 + 0.1 * n)) for n in range(3)]


def document(*sections: str, header: str = HEADER, before: str = "") -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{before}<cxml>{header}{"".join(sections)}</cxml>'


def read(folder: Path, text: str, **more: Any) -> Ensemble:
    path = folder / "tracks.xml"
    path.write_text(text, encoding="utf-8")
    return read_cxml(path, **({"averaging_period": 600} | more))


def test_a_sound_file(tmp_path: Path) -> None:
    analysis = f'<data type="analysis">{storm(fix(0, 26.0))}</data><data type="forecast">{SOUND[0]}</data>'
    found = read(tmp_path, document(analysis, *(member(n, s) for n, s in enumerate(SOUND))), storm="in-fa")
    assert (found.size, found.labels, found.source) == (3, ("0", "1", "2"), "ECMWF IFS")
    assert found.issued_at == datetime(2099, 7, 24, tzinfo=UTC)
    track = found.members[2]
    assert track["latitude"].values.tolist() == [26.0, 27.2]
    assert track["maximum_wind"].values.tolist() == [38.0, 38.0]
    assert track["central_pressure"].values.tolist() == [95_500.0, 95_500.0]
    assert track["wind_radius"].sel(force=7).values[0].tolist() == [200e3, 150e3, 150e3, 150e3]
    assert np.isnan(track["wind_radius"].sel(force=10)).all()
    np.testing.assert_allclose(track["wind_radius"].sel(force=12).values[0], 20 * 1852.0)
    np.testing.assert_allclose(track["wind_threshold"], np.array([34, 50, 64]) * KNOT)
    assert track["forecast"].values.tolist() == [False, True]


def test_units_and_hemispheres(tmp_path: Path) -> None:
    text = document(member(0, storm(fix(0, 26.0, wind="74", unit="kt"), fix(6, 27.0, wind="74", unit="kn"))))
    south = text.replace("deg N", "deg S").replace("deg E", "deg W").replace('"hPa">955', '"Pa">95500')
    track = read(tmp_path, south).members[0]
    assert track["latitude"].values.tolist() == [-26.0, -27.0]
    assert track["longitude"].values.tolist() == [-125.0, -125.0]
    np.testing.assert_allclose(track["maximum_wind"], 74 * KNOT)
    assert track["central_pressure"].values[0] == 95_500.0


@pytest.mark.parametrize("absent", ["-999", "-999.", ""])
def test_missing_values(tmp_path: Path, absent: str) -> None:
    track = read(
        tmp_path, document(member(0, storm(fix(0, 26.0, wind=absent), fix(6, 27.0, wind=absent))))
    ).members[0]
    assert np.isnan(track["maximum_wind"]).all()
    assert np.isfinite(track["central_pressure"]).all()


def test_a_nil_element_is_missing(tmp_path: Path) -> None:
    text = document(member(0, SOUND[0])).replace(
        '<speed units="m/s">',
        '<speed xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true" units="m/s">',
    )
    assert np.isnan(read(tmp_path, text).members[0]["maximum_wind"]).all()


def test_the_averaging_period_of_the_file(tmp_path: Path) -> None:
    minutes = '<averagingPeriod units="min">1</averagingPeriod>'
    text = document(member(0, storm(fix(0, 26.0, more=minutes), fix(6, 27.0, more=minutes))))
    assert read(tmp_path, text, averaging_period=None).members[0].attrs["averaging_period"] == 60
    with pytest.raises(UnitsError, match=r"several averaging periods.*60 s, 600 s"):
        read(tmp_path, text)
    with pytest.raises(UnitsError, match="is not declared"):
        read(tmp_path, document(member(0, SOUND[0])), averaging_period=None)


def test_the_storm_is_chosen_by_name(tmp_path: Path) -> None:
    other = storm(fix(0, 15.0), fix(6, 16.0), name="Cempaka").replace("2099072400_260N", "2099072400_150N")
    both = document(member(0, other, SOUND[0]), member(1, SOUND[1], other))
    assert read(tmp_path, both, storm="CEMPAKA").members[1]["latitude"].values.tolist() == [15.0, 16.0]
    assert read(tmp_path, both, storm="2099072400_260N_1250E").members[1]["latitude"].values[1] == 27.1
    with pytest.raises(ConfigError, match=r"several storms in the file.*CEMPAKA, IN-FA"):
        read(tmp_path, both)
    with pytest.raises(ConfigError, match="no such storm"):
        read(tmp_path, both, storm="Chanthu")


def test_members_whose_storm_died(tmp_path: Path) -> None:
    short, empty = storm(fix(0, 26.0)), member(4)
    text = document(*(member(n, s) for n, s in enumerate([*SOUND, short])), empty)
    with pytest.raises(DataError, match=r"member 4: a member without the storm.*dissipated"):
        read(tmp_path, text)
    with pytest.raises(DataError, match=r"member 3: a member of one point"):
        read(tmp_path, text.replace(empty, ""))
    found = read(tmp_path, text, ends="dissipated")
    assert (found.size, set(found.stormless)) == (5, {"3", "4"})


LAUGHS = '<!DOCTYPE cxml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
BAD: list[tuple[str, str, type[RiskmapError], str]] = [
    ("entities", document(member(0, SOUND[0].replace("In-Fa", "&b;")), before=LAUGHS), DataError, "a document type"),
    ("external", document(member(0, SOUND[0]), before='<!DOCTYPE cxml SYSTEM "file:///x">'), DataError, "a document type"),
    ("not XML", "<cxml><header>", DataError, "not XML"),
    ("other XML", "<html></html>", DataError, "not CXML.*<html>"),
    ("no base", document(member(0, SOUND[0]), header="<header/>"), DataError, "no issue time"),
    ("no ensemble", document(f'<data type="forecast">{SOUND[0]}</data>'), DataError, "no ensemble in the file"),
    ("no number", document(member(0, SOUND[0]).replace(' member="0"', "")), DataError, "a member without its number"),
    ("twice", document(member(0, SOUND[0]), member(0, SOUND[1])), DataError, "a member stands twice"),
    ("same storm twice", document(member(0, SOUND[0], SOUND[0])), DataError, "times go backwards"),
    ("unit", document(member(0, storm(fix(0, 26.0, unit="bft"), fix(6, 27.0)))), UnitsError, "fix 1, wind: unknown unit"),
    ("no unit", document(member(0, SOUND[0])).replace(' units="hPa"', ""), UnitsError, "pressure: a number without its"),
    ("knots", document(member(0, storm(fix(0, 26.0, wind="85"), fix(6, 27.0, wind="85")))), UnitsError, "knots"),
    ("NaN", document(member(0, storm(fix(0, 26.0, wind="NaN"), fix(6, 27.0)))), DataError, "fix 1, wind: not a number"),
    ("old", document(member(0, SOUND[0]), header=HEADER.replace("24T00:00:00Z</base", "24T03:00:00Z</base")), DataError,
     "a forecast older than the analysis"),
    ("no time", document(member(0, SOUND[0].replace("2099-07-24T06:00:00Z", "soon"))), DataError, "not a time"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "error", "message"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_what_does_not_fit_is_named(
    tmp_path: Path, text: str, error: type[RiskmapError], message: str
) -> None:
    with pytest.raises(error, match=message) as raised:
        read(tmp_path, text)
    assert "tracks.xml" in str(raised.value) or "ECMWF" in str(raised.value)
    assert "To mend it" in str(raised.value)


@pytest.mark.slow
@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_raises_nothing_but_our_own_errors(tmp_path: Path, data: st.DataObject) -> None:
    text = document(*(member(n, s) for n, s in enumerate(SOUND)))
    at = data.draw(st.integers(0, len(text) - 1))
    wide = data.draw(st.integers(0, 40))
    put = data.draw(
        st.sampled_from(["", "9", "-", "<", ">", "&", '"', "NaN", "1e400", "</fix>", "fix", "\u00e9", "0000"])
    )
    with suppress(RiskmapError):
        assert read(tmp_path, text[:at] + put + text[at + wide :], ends="dissipated").size >= 1


def test_a_deep_file_does_not_end_the_process(tmp_path: Path) -> None:
    deep = "<a>" * 50_000 + "</a>" * 50_000
    with pytest.raises(DataError, match="no ensemble in the file"):
        read(tmp_path, document(f'<data type="ensembleForecast" member="0">{deep}</data>'))
