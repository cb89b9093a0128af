"""Reports as they come in: reporters sealed, identity numbers out, wrong rows named, none told twice."""

from __future__ import annotations

import io
from typing import Any

import pytest

from evac.dangers.hotline import HotlineRead, read_hotline
from evac.dangers.intake import Reporter, Seen, danger_seen, opened_reporter
from evac.dangers.reports import point_of
from evac.errors import EvacError
from evac.people.clerk import Clerk
from evac.people.datum import Datum
from evac.people.list_file import read_sheets
from evac.vault import Vault
from riskmap.errors import DataError
from tests.evac.scenes import LATER

CLERK = Clerk("值班员", "330902", "D", LATER, office="0f")
VAULT = Vault(bytes(32))


def test_who_reports_is_sealed_and_told_apart() -> None:
    seen = Seen("滑坡", "后山", channel="public", reporter=Reporter("王小明", "+86 139-0000-1111"))
    first, second = (danger_seen(seen, CLERK, VAULT) for _ in range(2))
    assert first.reporter == second.reporter != ""
    assert "王小明" not in str(first)
    assert "1390000" not in str(first)
    assert opened_reporter(first.sealed, first.event_id, VAULT) == Reporter("王小明", "13900001111")
    with pytest.raises(EvacError):
        opened_reporter(first.sealed, second.event_id, VAULT)
    other = danger_seen(
        Seen("滑坡", "后山", channel="public", reporter=Reporter("", "13900002222")), CLERK, VAULT
    )
    assert other.reporter != first.reporter
    with pytest.raises(DataError, match="not kept in clear"):
        danger_seen(seen, CLERK, None)


def test_positions_are_turned_into_wgs84_and_never_taken_without_a_datum() -> None:
    given: dict[str, Any] = {"danger": "slope", "longitude": 122.1, "latitude": 30.0}
    plain = point_of(danger_seen(Seen(**given, datum=Datum.WGS84), CLERK, None).point)
    shifted = point_of(danger_seen(Seen(**given, datum=Datum.GCJ02), CLERK, None).point)
    assert plain is not None
    assert shifted is not None
    assert plain == (30.0, 122.1)
    assert 200 < abs(plain.longitude - shifted.longitude) * 96_000 < 800
    for wrong in (
        {"datum": None},
        {"datum": Datum.WGS84, "latitude": None},
        {"datum": Datum.WGS84, "longitude": 30.0},
    ):
        with pytest.raises(DataError):
            danger_seen(Seen(**(given | wrong)), CLERK, None)


def test_what_nobody_could_find_is_refused_and_words_of_the_kind_are_kept() -> None:
    with pytest.raises(DataError, match="nobody could find it"):
        danger_seen(Seen("slope", "  "), CLERK, None)
    with pytest.raises(DataError, match="hash of a photo"):
        danger_seen(Seen("slope", "后山", photo="IMG_1.jpg"), CLERK, None)
    odd = danger_seen(Seen("有怪声", "村口,户主330902195001011234"), CLERK, None)
    assert (odd.danger, odd.where) == ("other", "有怪声,村口,户主[号码]")
    assert danger_seen(Seen("滑坡", "后山"), CLERK, None).where == "后山"


TABLE = """12345工单
工单编号,来电时间,险情类型,地点,行政区划代码,经度,纬度,来电人,电话,照片
A1,2021-07-25 04:30,山体滑坡,岭脚后山,330902001001,122.1,30.0,王小明,13900001111,
A2,2021/07/25 05:00:30,积水,桥头,,,,,,
A3,昨天,积水,桥头,,,,,,
A4,2021-07-25 05:00,积水,桥头,3309,,,,,
A5,2021-07-25 05:00,积水,,,,,,,
A6,2021-07-25 05:00,积水,桥头,,东经,,,,
A7,2031-07-25 05:00,积水,桥头,,,,,,
A8,2021-07-25 05:00,积水,桥头,,,,,,IMG1
"""


def read(clerk: Clerk = CLERK, vault: Vault | None = VAULT, datum: Datum | None = Datum.GCJ02) -> HotlineRead:
    return read_hotline(read_sheets(io.BytesIO(TABLE.encode()), "12345.csv"), clerk, vault, datum=datum)


def test_a_hotline_s_right_rows_are_taken_and_each_wrong_one_named() -> None:
    found = read()
    assert [(e.danger, e.where, e.channel) for e in found.events] == [
        ("slope", "岭脚后山", "hotline"), ("water", "桥头", "hotline"),
    ]  # fmt: skip
    assert found.events[0].trusted_at.isoformat() == "2021-07-25T04:30:00+08:00"
    assert found.events[0].sealed
    assert not found.events[1].sealed
    assert len(found.wrong) == 6
    for row, words in zip(
        range(5, 11), ("来电时间", "行政区划代码", "地点", "经度", "later than now", "photo")
    ):
        assert f"row {row}" in found.wrong[row - 5]
        assert words in found.wrong[row - 5]


def test_the_same_row_has_the_same_id_and_another_office_s_another() -> None:
    ids = [event.event_id for event in read().events]
    assert ids == [event.event_id for event in read().events]
    elsewhere = Clerk("值班员", "330903", "D", LATER, office="1f")
    assert not set(ids) & {event.event_id for event in read(elsewhere).events}
    assert len(read(datum=None).wrong) == 7  # a position without a datum
    assert not any(event.sealed for event in read(vault=None).events)
