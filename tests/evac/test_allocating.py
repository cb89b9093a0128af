"""`evac allocate`: tables in, a folder out, and nothing half-written."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from evac.cli import app
from evac.registry import Registry
from evac.store.sqlite import SQLiteStore
from riskmap.errors import ConfigError, DataError
from tests.evac.world import END, Clerk, make_person

HOMES = (
    "户号,人数,经度,纬度,县代码,特殊情况\n"
    "A,3,122.05,30.05,330902,\nB,4,122.05,30.05,330902,轮椅\nC,2,122.15,30.05,330902,\nD,2,,,330902,\n"
)
SHELTERS = (
    "编号,名称,行政区划代码,容量,经度,纬度,无障碍\n"
    "S1,沟口小学,330902001,50,122.051,30.051,是\nS2,坡上礼堂,330902002,50,122.08,30.05,是\n"
    "S3,东村礼堂,330902003,50,122.151,30.05,否\n"
)
ZONES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"hazard": "flash_flood", "tier": 4, "name": "东沟"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[122.04, 30.04], [122.06, 30.04], [122.06, 30.06], [122.04, 30.06], [122.04, 30.04]]],
            },
        }
    ],
}  # fmt: skip


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    (tmp_path / "homes.csv").write_text(HOMES, encoding="utf-8")
    (tmp_path / "shelters.csv").write_text(SHELTERS, encoding="utf-8")
    (tmp_path / "zones.geojson").write_text(json.dumps(ZONES, ensure_ascii=False), encoding="utf-8")
    return tmp_path


def run(folder: Path, *more: str) -> Any:
    return CliRunner().invoke(
        app,
        [
            "allocate", str(folder / "homes.csv"), str(folder / "shelters.csv"), "--datum", "wgs84", "--out",
            str(folder / "out"), *more,
        ],
    )  # fmt: skip


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))


def test_the_folder_says_who_goes_where_how_full_it_is_and_who_has_none(tables: Path) -> None:
    done = run(tables, "--zones", str(tables / "zones.geojson"))
    assert done.exit_code == 5  # D has no position
    out = tables / "out"
    assert {r["key"]: r["shelter_id"] for r in rows(out / "homes.csv")} == {"A": "S2", "B": "S2", "C": "S3"}
    shelters = {r["shelter_id"]: r for r in rows(out / "shelters.csv")}
    assert shelters["S1"]["state"] == "关闭 closed"
    assert "东沟小流域山洪红色" in shelters["S1"]["why"]
    assert (shelters["S1"]["planned"], shelters["S2"]["planned"], shelters["S2"]["free"]) == ("0", "7", "43")
    assert shelters["S2"]["state"] == "存疑 doubtful"  # nobody assessed the other hazards
    assert "geo-hazard" in shelters["S2"]["why"]
    assert "flash flood" not in shelters["S2"]["why"]
    assert [(r["key"], r["why"]) for r in rows(out / "unplaced.csv")] == [("D", "no_position")]
    told = json.loads((out / "allocation.json").read_text(encoding="utf-8"))
    assert (told["people"], told["placed"], told["unplaced"]) == (11, 9, 2)
    assert told["unplaced_by_reason"] == {"no_position": 2}
    assert told["by_home"] == [
        {**r, "people": int(r["people"]), "metres": int(r["metres"])} for r in rows(out / "homes.csv")
    ]
    assert told["sources"]["radius"].endswith("(D)")
    assert "风险研判产品" in told["disclaimer"][0]
    assert "东沟" in done.output


def test_without_zones_nobody_knows_whether_shelters_are_safe(tables: Path) -> None:
    done = run(tables)
    assert "nobody knows whether the shelters are safe" in done.output
    assert {r["state"] for r in rows(tables / "out" / "shelters.csv")} == {"存疑 doubtful"}
    assert {r["key"]: r["shelter_id"] for r in rows(tables / "out" / "homes.csv")}["A"] == "S1"


def test_a_closure_by_hand_and_all_placed(tables: Path) -> None:
    (tables / "homes.csv").write_text(HOMES.replace("D,2,,,330902,\n", ""), encoding="utf-8")
    assert run(tables).exit_code == 0
    done = run(tables, "--close", "S1=停电 no power")  # an earlier plan is replaced
    assert done.exit_code == 0
    assert {r["key"]: r["shelter_id"] for r in rows(tables / "out" / "homes.csv")}["A"] == "S2"
    assert "停电 no power" in done.output


def test_longer_stays_and_shorter_ways(tables: Path) -> None:
    (tables / "shelters.csv").write_text(
        SHELTERS.replace("容量,", "容量,面积,").replace(",50,", ",50,10,"), encoding="utf-8"
    )
    run(tables, "--days", "20", "--within-km", "1")
    told = json.loads((tables / "out" / "allocation.json").read_text(encoding="utf-8"))
    assert [row["room"] for row in told["by_shelter"]] == [3, 3, 3]  # 10 m2, 3 m2 a person
    assert {r["key"]: r["why"] for r in rows(tables / "out" / "unplaced.csv")}["B"] == "no_room"


@pytest.mark.parametrize(
    ("more", "kind", "said"),
    [
        (("--close", "S9=x"), ConfigError, "a shelter that there is not"),
        (("--close", "S1"), ConfigError, "not a closure"),
        (("--days", "400"), DataError, "no area per person"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    tables: Path, more: tuple[str, ...], kind: type[Exception], said: str
) -> None:
    done = run(tables, *more)
    assert isinstance(done.exception, kind)
    assert said in str(done.exception)
    assert not (tables / "out").exists()


def test_a_wrong_row_is_told_and_keeps_nobody_out(tables: Path) -> None:
    (tables / "homes.csv").write_text(HOMES + "E,viele,122.05,30.05,,\nF,,122.05,30.05,,\n", encoding="utf-8")
    done = run(tables)
    assert done.exit_code == 5
    assert "人数 'viele'" in done.output
    told = json.loads((tables / "out" / "allocation.json").read_text(encoding="utf-8"))
    assert len(told["rows_not_read"]) == 1
    assert told["rows_of_unknown_number"] == ["F"]
    assert told["placed"] == 9


def arrivals(folder: Path, places: list[str]) -> None:
    """A registry of households of three, of whom the first so many have arrived."""
    rng = random.Random(1)
    people = [
        make_person(n, rng, household=str(n // 3), county="330902", village="330902001001", vulnerability=())
        for n in range(9)
    ]
    store, clerk = SQLiteStore(folder / "county.sqlite"), Clerk()
    store.put_people(people)
    arrived = [
        clerk.event("arrived_shelter", n, code=p.code, place=s)
        for n, (p, s) in enumerate(zip(people, places, strict=False))
    ]
    Registry(store).check_ins(arrived, received_at=END)
    store.close()


def test_planned_again_a_shelter_is_not_empty_and_who_sits_in_a_closed_one_moves_on(tables: Path) -> None:
    arrivals(tables, ["S1", "S1", "S1", "S2", "S2", "S2"])
    (tables / "homes.csv").write_text(HOMES.replace("D,2,,,330902,\n", ""), encoding="utf-8")
    (tables / "shelters.csv").write_text(SHELTERS.replace(",50,122.08", ",10,122.08"), encoding="utf-8")
    again = ("--registry", str(tables / "county.sqlite"), "--zones", str(tables / "zones.geojson"))
    done = run(tables, *again)
    shelters = {r["shelter_id"]: r for r in rows(tables / "out" / "shelters.csv")}
    assert (shelters["S2"]["present"], shelters["S2"]["room"]) == ("3", "7")  # ten places, three taken
    assert int(shelters["S2"]["planned"]) + 3 <= 10
    assert (shelters["S1"]["state"], shelters["S1"]["present"]) == ("关闭 closed", "3")
    # B needs no steps, so it has S2; of A and who sits in S1 three find room beside it, and S3 is too far
    dealt = {r["key"]: (r["people"], r["shelter_id"]) for r in rows(tables / "out" / "homes.csv")}
    assert dealt == {"B": ("4", "S2"), "C": ("2", "S3"), "in:S1|330902001001|0": ("3", "S2")}
    assert [r["key"] for r in rows(tables / "out" / "unplaced.csv")] == ["A"]
    assert "3 行在登记系统中查无此户" in done.output  # a list of one's own
    assert "in a shelter that is closed, to be moved on: 3 人" in done.output
    told = json.loads((tables / "out" / "allocation.json").read_text(encoding="utf-8"))
    assert told["present"] == 6
    run(tables)
    assert (
        json.loads((tables / "out" / "allocation.json").read_text(encoding="utf-8"))["present"] == "not known"
    )


PLANNED = "key,people,basis,step,stay,longitude,latitude,county\n" + "".join(
    f"330902001001|{n},3,register,move_now,shelter,122.05,30.05,330902\n" for n in range(3)
)


def test_whoever_of_a_plan_has_moved_since_needs_no_second_place(tables: Path) -> None:
    arrivals(tables, ["S1", "S1", "S1", "S2", "S9"])
    (tables / "homes.csv").write_text(PLANNED, encoding="utf-8")
    done = run(tables, "--registry", str(tables / "county.sqlite"), "--close", "S1=停电 no power")
    told = json.loads((tables / "out" / "allocation.json").read_text(encoding="utf-8"))
    assert {r["key"]: r["people"] for r in told["by_home"]} == {
        "330902001001|1": 1, "330902001001|2": 3, "in:S1|330902001001|0": 3,
    }  # fmt: skip
    # nine people: four have a place or move on, one is elsewhere, four still come
    assert (told["people"], told["present"], told["present_elsewhere"]) == (7, 4, {"S9": 1})
    assert (told["moved_since_the_table"], told["rows_unknown_to_the_registry"]) == (5, 0)
    assert "need no place: 5 人" in done.output
    assert "not in the table: 1 人 (S9 1)" in done.output


def test_where_everybody_has_moved_nobody_is_left_to_place(tables: Path) -> None:
    arrivals(tables, ["S2"] * 9)
    (tables / "homes.csv").write_text(PLANNED, encoding="utf-8")
    assert run(tables, "--registry", str(tables / "county.sqlite")).exit_code == 0
    told = json.loads((tables / "out" / "allocation.json").read_text(encoding="utf-8"))
    assert (told["people"], told["present"], told["by_home"]) == (0, 9, [])
