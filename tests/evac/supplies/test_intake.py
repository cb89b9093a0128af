"""Goods and depots from tables: wrong rows named, packs turned into units, no row counted twice."""

from __future__ import annotations

import io

import pytest

from evac.people.clerk import Clerk
from evac.people.datum import Datum
from evac.people.list_file import read_sheets
from evac.supplies.intake import StockRead, read_stock
from evac.supplies.places import read_depots
from riskmap.errors import DataError
from tests.evac.scenes import LATER

CLERK = Clerk("李四", "330902", "D", LATER, office="0f")
PLACES = frozenset({"S1", "S2", "D1"})
HEAD = "时间,类别,场所编号,物资,数量,单位,规格,调入场所,单号,来源\n"
RIGHT = """2021-07-25 04:00,入库,S1,矿泉水,"1,000",瓶,,,R1,超市
2021-07-25 04:00,入库,S1,矿泉水,2,箱,20瓶/箱,,R2,
2021-07-25 04:00,入库,S1,矿泉水,2,箱,20瓶/箱,,R2,
2021-07-25 05:00,盘点,S1,矿泉水,0,瓶,,,,
2021-07-25 06:00,调出,D1,棉被,3,包,,S1,令1,
2021-07-25 06:00,发放,S2,盒饭/2,30,,,,,晚饭
"""
WRONG = (
    ("昨天,入库,S1,水,1,瓶,,,,", "时间"),
    ("2031-07-25 04:00,入库,S1,水,1,瓶,,,,", "later than now"),
    ("2021-07-25 04:00,买,S1,水,1,瓶,,,,", "类别"),
    ("2021-07-25 04:00,入库,S9,水,1,瓶,,,,", "场所编号"),
    ("2021-07-25 04:00,入库,S1,水,一箱,瓶,,,,", "数量"),
    ("2021-07-25 04:00,入库,S1,水,-1,瓶,,,,", "数量"),
    ("2021-07-25 04:00,入库,S1,水,inf,瓶,,,,", "数量"),
    ("2021-07-25 04:00,入库,S1,水,1,车,,,,", "单位"),
    ("2021-07-25 04:00,入库,S1,水,0,瓶,,,,", "nothing moved"),
    ("2021-07-25 04:00,调出,S1,水,1,瓶,,,,", "调入场所"),
    ("2021-07-25 04:00,调出,S1,水,1,瓶,,S1,,", "same place"),
    ("2021-07-25 04:00,入库,S1,,1,瓶,,,,", "物资"),
)


def read(text: str, clerk: Clerk = CLERK) -> StockRead:
    return read_stock(read_sheets(io.BytesIO((HEAD + text).encode()), "台账.csv"), clerk, PLACES)


def test_right_rows_become_units() -> None:
    found = read(RIGHT)
    assert found.wrong == ()
    said = [(e.kind, e.place, e.item, e.quantity) for e in found.events]  # type: ignore[attr-defined]
    assert said == [
        ("stock_delivered", "S1", "water", 1000), ("stock_delivered", "S1", "water", 40), ("stock_delivered", "S1", "water", 40),
        ("stock_counted", "S1", "water", 0), ("stock_moved", "D1", "quilt", 30), ("stock_issued", "S2", "food", 30),
    ]  # fmt: skip
    moved = found.events[4]
    assert (moved.to, moved.order) == ("S1", "令1")  # type: ignore[attr-defined]
    assert moved.trusted_at.isoformat() == "2021-07-25T06:00:00+08:00"


@pytest.mark.parametrize(("row", "words"), WRONG)
def test_a_wrong_row_is_named_and_its_neighbours_are_taken(row: str, words: str) -> None:
    found = read(f"{RIGHT}{row}\n")
    assert len(found.events) == 6
    (told,) = found.wrong
    assert "row 8" in told
    assert words in told


def test_rows_are_known_again_and_twins_stay_two() -> None:
    ids = [event.event_id for event in read(RIGHT).events]
    assert len(set(ids)) == 6
    assert [event.event_id for event in read(RIGHT).events] == ids
    longer = read(RIGHT + "2021-07-25 07:00,入库,S1,水,1,箱,,,,\n")
    assert [event.event_id for event in longer.events][:6] == ids
    other = Clerk("李四", "330903", "D", LATER, office="1f")
    assert not set(ids) & {event.event_id for event in read(RIGHT, other).events}


def test_depots_are_all_right_or_none() -> None:
    good = "编号,名称,经度,纬度\nD1,县库,122.2,30.0\nD2,镇库,,\n"
    found = read_depots(
        read_sheets(io.BytesIO(good.encode()), "d.csv"), datum=Datum.WGS84, closed={"D1": "路断"}
    )
    assert [(d.id, d.depot, d.longitude, d.closed) for d in found] == [
        ("D1", True, 122.2, "路断"),
        ("D2", True, None, ""),
    ]
    for bad in (good + "D1,又一,,\n", good + "D3,海外,12,3\n", good + "D3,x,东,3\n"):
        with pytest.raises(DataError):
            read_depots(read_sheets(io.BytesIO(bad.encode()), "d.csv"), datum=Datum.WGS84)
    with pytest.raises(DataError, match="datum"):
        read_depots(read_sheets(io.BytesIO(good.encode()), "d.csv"))
