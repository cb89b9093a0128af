"""Who moves for which asset: nobody is lost, invented assets move nobody, grey is looked after."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evac import cli
from evac.model import Category
from evac.plan.transfer_list import COLUMNS, Step, totals, transfer_csv, transfer_list
from riskmap.asset import AssetTier
from riskmap.outlook import BEIJING
from riskmap.products.table import assessment_json
from riskmap.scale import Tier
from tests.factories import ISSUED_AT, make_assessment


def asset(
    name: str, tier: Tier | None, *, hazard: str = "landslide", kind: str = "hazard_point", people: int | None = 10,
    hours: int | None = 6,
) -> AssetTier:  # fmt: skip
    return AssetTier(
        name, name, kind, "330902", hazard, tier, 1.0, 0.5, "1",
        None if hours is None else ISSUED_AT + timedelta(hours=hours), "依据", "reason", people, "张三",
    )  # fmt: skip


ASSESSMENT = make_assessment()


def listed(*assets: AssetTier, apart: frozenset[str] = frozenset()):
    return transfer_list(replace(ASSESSMENT, assets=assets, apart=apart))


def test_red_moves_orange_prepares_grey_is_checked_and_yellow_stays() -> None:
    rows = listed(
        asset("yellow", Tier.YELLOW), asset("grey", None, hours=None), asset("orange", Tier.ORANGE), asset("red", Tier.RED)
    )  # fmt: skip
    assert [(r.asset.name, r.step) for r in rows] == [
        ("red", Step.MOVE), ("orange", Step.PREPARE), ("grey", Step.CHECK),
    ]  # fmt: skip


def test_the_earlier_hour_goes_first_then_more_people() -> None:
    rows = listed(
        asset("late", Tier.RED, hours=9), asset("few", Tier.RED, people=1), asset("many", Tier.RED, people=50),
        asset("unknown hour", Tier.RED, hours=None),
    )  # fmt: skip
    assert [r.asset.name for r in rows] == ["unknown hour", "many", "few", "late"]


def test_people_are_away_before_the_instant_to_move_now() -> None:
    at = ISSUED_AT + timedelta(hours=3)
    village = replace(asset("village", Tier.RED, hours=9), move_at=at, prepare_at=ISSUED_AT, households=4)
    (row,) = listed(village)
    assert row.before == at
    (told,) = csv.DictReader(io.StringIO(transfer_csv([row], {}).removeprefix("\ufeff")))
    assert told["before"] == at.astimezone(BEIJING).isoformat()
    assert told["prepare_at"] == ISSUED_AT.astimezone(BEIJING).isoformat()
    assert (told["households"], told["people"]) == ("4", "10")


def test_an_instrument_houses_nobody() -> None:
    assert listed(asset("g", Tier.RED, kind="gauge"), asset("s", Tier.RED, kind="river_station")) == ()


def test_every_hazard_has_the_word_of_the_list() -> None:
    rows = listed(
        *(asset(h, Tier.RED, hazard=h) for h in ("landslide", "reservoir", "sea_wall", "of its own"))
    )
    assert {r.asset.hazard: r.category for r in rows} == {
        "landslide": Category.LANDSLIDE, "reservoir": Category.BELOW_RESERVOIR, "sea_wall": Category.OUTSIDE_SEA_WALL,
        "of its own": Category.OTHER,
    }  # fmt: skip


@given(
    st.lists(
        st.tuples(st.sampled_from([None, *Tier]), st.sampled_from([None, 0, 3, 40]), st.booleans()),
        max_size=8,
    )
)
def test_totals_lose_nobody_and_count_no_invention(drawn: list[tuple[Tier | None, int | None, bool]]) -> None:
    assets = [
        asset(str(n), tier, people=people, hazard="sea_wall" if example else "landslide")
        for n, (tier, people, example) in enumerate(drawn)
    ]
    found = totals(listed(*assets, apart=frozenset({"sea_wall"})))
    for step, tier in ((Step.MOVE, Tier.RED), (Step.PREPARE, Tier.ORANGE), (Step.CHECK, None)):
        real = [people for t, people, example in drawn if t == tier and not example]
        assert found[step].assets == len(real)
        assert found[step].people == sum(p or 0 for p in real)
        assert found[step].unknown == real.count(None)


def test_the_table_says_examples_and_unknown_numbers() -> None:
    rows = listed(asset("=wall", Tier.RED, hazard="sea_wall", people=None), apart=frozenset({"sea_wall"}))
    text = transfer_csv(rows, {"330902": "定海区"})
    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert tuple(row) == COLUMNS
    assert (row["name"], row["people"], row["example"], row["region_name"]) == ("'=wall", "", "1", "定海区")
    assert row["hazard"] == "海塘(示例,不计入综合)"
    assert (row["step_name"], row["responsible"]) == ("立即转移", "张三")


def test_an_invented_village_beside_real_floods_moves_nobody() -> None:
    village = replace(asset("village", Tier.RED, hazard="flash_flood", kind="key_village"), example=True)
    rows = listed(village)
    assert [r.example for r in rows] == [True]
    assert totals(rows)[Step.MOVE].people == 0


def test_the_command_writes_the_list_of_a_published_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assets = (asset("red", Tier.RED, people=12), asset("grey", None, people=None, hours=None))
    found = replace(make_assessment(), assets=assets)
    (tmp_path / "assessment.json").write_text(assessment_json(found), encoding="utf-8")
    with pytest.raises(SystemExit) as end:
        cli.main(["transfers", "--from", str(tmp_path)])
    assert end.value.code == 0
    told = capsys.readouterr().out
    assert "立即转移 move_now: 1 assets, 12 people" in told
    assert "现场核实 check: 1 assets, 0 people, 1 of unknown number" in told
    written = (tmp_path / "transfer_list.csv").read_text(encoding="utf-8-sig")
    assert [r["name"] for r in csv.DictReader(io.StringIO(written))] == ["red", "grey"]
