"""Village cards: everybody of the village is on one, the vulnerable are on a helper's list, and files are private."""

from __future__ import annotations

import csv
import json
import random
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from evac import cli
from evac.crockford import short_code
from evac.model import Category, Person, Vulnerability
from evac.prints.village_cards import card_data, card_pdf, village_cards
from evac.store.sqlite import SQLiteStore
from riskmap.io.published import ASSESSMENT_FILE
from riskmap.products.table import assessment_json
from tests.evac.world import make_person, make_shelters
from tests.factories import ISSUED_AT, make_assessment

VILLAGE = "330902001001"


@pytest.fixture
def villagers() -> list[Person]:
    rng = random.Random(3)
    found = [
        replace(make_person(n, rng), category=Category.DANGEROUS_HOUSE, vessel="") for n in range(0, 80, 2)
    ]
    found = [
        replace(
            p, village=VILLAGE if n % 2 else "330902001002", household=f"H{n // 3}", village_name="大蛟村"
        )
        for n, p in enumerate(found)
    ]
    return [replace(p, helper=None) if n % 7 == 0 else p for n, p in enumerate(found)]


@pytest.fixture
def planned(tmp_path: Path, villagers: list[Person]) -> tuple[Path, Path]:
    run, registry, out = tmp_path / "run", tmp_path / "county.sqlite", tmp_path / "plan"
    run.mkdir()
    (run / ASSESSMENT_FILE).write_text(assessment_json(make_assessment()), encoding="utf-8")
    store = SQLiteStore(registry)
    store.put_people(villagers)
    store.put_shelters(make_shelters())
    store.close()
    assert _main(["plan", str(run), "--registry", str(registry), "--out", str(out)]) == 0
    return out, registry


def _main(arguments: list[str]) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    return int(ended.value.code or 0)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _print(planned: tuple[Path, Path], out: Path, *, region: str = "330902001", why: str = "进村转移") -> int:
    plan, registry = planned
    return _main(
        ["plan-cards", str(plan), "--registry", str(registry), "--region", region, "--out", str(out), "--by", "张三",
         "--why", why]
    )  # fmt: skip


def test_everybody_of_a_village_is_on_its_card_and_nobody_else(
    planned: tuple[Path, Path], villagers: list[Person], tmp_path: Path
) -> None:
    out = tmp_path / "cards"
    assert _print(planned, out) == 0
    rows = _rows(out / f"{VILLAGE}.csv")
    mine = [p for p in villagers if p.village == VILLAGE]
    assert sorted(r["短码"] for r in rows) == sorted(short_code(p.code) for p in mine)
    assert {r["姓名"] for r in rows} == {p.name for p in mine}
    orders = [int(r["序号"]) for r in rows]
    assert orders == sorted(orders)
    assert set(orders) == set(range(1, max(orders) + 1))
    assert (out / f"{VILLAGE}.pdf").read_bytes().startswith(b"%PDF")
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in out.iterdir())


def test_every_vulnerable_person_is_on_a_helpers_list_and_those_without_a_helper_first(
    planned: tuple[Path, Path], villagers: list[Person], tmp_path: Path
) -> None:
    out = tmp_path / "cards"
    _print(planned, out)
    rows = _rows(out / "helpers.csv")
    weak = [p for p in villagers if p.vulnerability]
    assert sorted(r["姓名"] for r in rows) == sorted(p.name for p in weak)
    nobody = sum(p.helper is None for p in weak)
    assert [r["帮扶人"] for r in rows[:nobody]] == ["(待指定)"] * nobody
    assert "(待指定)" not in {r["帮扶人"] for r in rows[nobody:]}


def test_printing_stands_in_the_access_log_and_wants_a_reason(
    planned: tuple[Path, Path], tmp_path: Path
) -> None:
    from evac.access import parse
    from evac.store.opening import open_access

    assert _print(planned, tmp_path / "a", why="") != 0
    assert not (tmp_path / "a").exists()
    assert _print(planned, tmp_path / "b") == 0
    access = open_access(str(planned[1]))
    entries = [parse(entry.body) for entry in access.entries()]
    access.close()
    assert [(e.what, e.scope, e.who) for e in entries] == [("village_cards", "330902001", "张三")]


@pytest.mark.parametrize("region", ["3309", "330902009", "x"])
def test_a_region_that_has_no_card_is_refused(
    planned: tuple[Path, Path], tmp_path: Path, region: str
) -> None:
    assert _print(planned, tmp_path / "cards", region=region) != 0
    assert not (tmp_path / "cards").exists()


def test_a_folder_that_is_no_plan_is_refused(planned: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert _print((tmp_path / "empty", planned[1]), tmp_path / "cards") != 0
    (planned[0] / "plan.json").write_text(json.dumps([]), encoding="utf-8")
    assert _print(planned, tmp_path / "cards") != 0


def test_a_modelled_row_says_so_on_the_card_and_the_same_card_gives_the_same_bytes() -> None:
    move = {
        "order": "1", "step": "move_now", "basis": "modelled", "village": "330921", "village_name": "岱山县", "household": "",
        "people": "1200", "away": "0", "category": "dangerous_house", "needs": "", "why": "大风红色", "step_name": "",
        "latest_departure": "2021-07-25T05:22:30+08:00", "stay": "shelter", "key_household": "0", "held": "0",
        "key": "modelled:region:330921:wind",
    }  # fmt: skip
    (card,) = village_cards([move], [], shelters={}, names={})
    data = card_data(card, event="2106", made_at=ISSUED_AT, issued_at=ISSUED_AT)
    assert data["modelled"]
    assert "推算" in data["rows"][0]["who"]
    assert data["rows"][0]["latest"] == "07-25 05:22"
    once, again = (card_pdf(card, event="2106", made_at=ISSUED_AT, issued_at=ISSUED_AT) for _ in range(2))
    assert once == again


def test_the_words_of_a_vulnerability_are_those_that_lists_are_read_with() -> None:
    from evac.people.words import vulnerabilities

    for kind in Vulnerability:
        assert vulnerabilities(kind.chinese)[0] == (kind,)
