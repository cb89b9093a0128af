"""Registers of the field: tables are read whole or not at all, and names stand nowhere in clear."""

from __future__ import annotations

import io

import pytest

from evac.errors import ConflictError, EvacError
from evac.field.entering import entries_of
from evac.field.registers import (
    open_private,
    read_cameras,
    read_villages,
    read_workers,
    seal_private,
    worker_of,
)
from evac.people.list_file import read_sheets
from evac.vault import Vault
from riskmap.errors import DataError
from tests.evac.field.scene import AT, VAULT, WORKERS, private

HEAD = "编号,姓名,电话,网格编码,村代码,替补,经度,纬度\n"
ROW = "W1,张三,13800000001,330902001201001,330902001201、330902001202,W2,122.1,30.05\n"
DEPUTY = "W2,李四,13800000002,330902001201002,330902001201,,,\n"


def workers(text: str, datum: str = "wgs84") -> object:
    return read_workers(read_sheets(io.BytesIO(text.encode("utf-8-sig")), "网格员.csv"), datum=datum)


def test_a_worker_has_a_cell_villages_a_deputy_and_a_place() -> None:
    (one, told), (two, _) = workers(HEAD + ROW + DEPUTY)
    assert one.villages == ("330902001201", "330902001202")
    assert (one.deputy, one.spot.longitude, told.name) == ("W2", 122.1, "张三")
    assert two.longitude is None
    (moved, _), _ = workers(HEAD + ROW + DEPUTY, "gcj02")
    assert moved.longitude != 122.1


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (ROW.replace("13800000001", "电话在家"), "telephone"),
        (ROW.replace("330902001201、330902001202", "3309"), "12 digits"),
        (ROW.replace("W1,", "张三,", 1), "never a name"),
        (ROW.replace("122.1,30.05", "30.05,122.1"), "longitude first"),
        (ROW.replace("W2", "W9"), "on no row"),
        (ROW.replace("W2", "W1"), "same person"),
        (ROW + ROW, "twice"),
        (ROW.replace("张三", ""), "姓名"),
    ],
)
def test_a_wrong_row_is_named_and_none_is_taken(row: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        workers(HEAD + row + DEPUTY)


def test_without_headings_or_a_datum_nothing_is_read() -> None:
    with pytest.raises(DataError, match="headings"):
        workers(ROW)
    with pytest.raises(DataError, match="datum"):
        workers(HEAD + ROW + DEPUTY, "")


def test_cameras_and_villages_are_read_alike() -> None:
    text = "编号,名称,区划代码,经度,纬度\nC1,卡口,330902001201,122.1,30.0\n"
    (camera,) = read_cameras(read_sheets(io.BytesIO(text.encode()), "c.csv"), datum="wgs84")
    assert camera.region == "330902001201"
    text = "村代码,村名\n330902001201,马岙村\n"
    (village,) = read_villages(read_sheets(io.BytesIO(text.encode()), "v.csv"), datum="wgs84")
    assert (village.name, village.latitude) == ("马岙村", None)
    with pytest.raises(DataError, match="12 digits"):
        read_villages(read_sheets(io.BytesIO(b"code\n330902\n"), "v.csv"), datum="wgs84")


def test_names_need_the_key_and_open_with_it_alone() -> None:
    worker = WORKERS[0]
    with pytest.raises(ConflictError, match="key"):
        entries_of([(worker, private(worker))], by="x", at=AT)
    (entered,) = entries_of([(worker, private(worker))], by="x", at=AT, vault=VAULT)
    (again,) = entries_of([(worker, private(worker))], by="x", at=AT, vault=VAULT)
    assert entered.id == again.id
    assert worker_of(entered.told) == worker
    assert open_private(entered.sealed, worker.number, VAULT) == private(worker)
    assert "秘" in private(worker).masked
    assert "秘密" not in private(worker).masked
    with pytest.raises(EvacError):
        open_private(entered.sealed, "W2", VAULT)  # sealed about somebody else
    with pytest.raises(EvacError):
        open_private(seal_private(private(worker), "W1", Vault(b"1" * 32)), "W1", VAULT)
