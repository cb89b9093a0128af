"""Who stands above whom: by code, by name for custom units, and never in a circle."""

from __future__ import annotations

import pytest

from evac.orders.offices import Ladder, Office, read_offices
from riskmap.errors import DataError

TABLE = "\ufeffname,code,superior,person,phone\n省防指,33,,,\n甲市防指,3301,,,\n乙区防指,330102,,李四,0571-1\n新城防指,330198,甲市防指,,\n丙镇,330102001,,,\n丁村,330102001201,,,\n戊村,330198001201,新城防指,,\n\n"


def test_codes_and_names_lead_up() -> None:
    ladder = read_offices(TABLE, where="offices.csv")
    assert ladder.above("丁村") == ("丙镇", "乙区防指", "甲市防指", "省防指")
    assert ladder.above("戊村") == ("新城防指", "甲市防指", "省防指")
    assert [ladder.level(n) for n in ("省防指", "甲市防指", "丙镇", "丁村", "谁")] == [
        "province",
        "city",
        "town",
        "village",
        "",
    ]
    assert ladder.offices["乙区防指"].person == "李四"


def test_a_level_that_is_not_on_the_list_is_stepped_over() -> None:
    assert Ladder([Office("村", "330102001201"), Office("市", "3301")]).above("村") == ("市",)


@pytest.mark.parametrize(
    ("offices", "message"),
    [
        ([Office("甲", "33", "乙"), Office("乙", "3301", "甲")], "circle.*甲 → 乙 → 甲"),
        ([Office("甲", "33", "甲")], "circle"),
        ([Office("甲", "33", "丙")], "superior is not on the list"),
        ([Office("甲", "33"), Office("甲", "3301")], "name of its own"),
        ([Office("甲", "3x")], "not an office's code"),
        ([Office(" ", "33")], "name of its own"),
    ],
)  # fmt: skip
def test_lists_that_do_not_lead_up_are_refused(offices: list[Office], message: str) -> None:
    with pytest.raises(DataError, match=message):
        Ladder(offices)


def test_an_unknown_receiver_is_refused_with_the_nearest_name() -> None:
    ladder = read_offices(TABLE, where="offices.csv")
    ladder.require("丙镇")
    with pytest.raises(DataError, match="did you mean '乙区防指'"):
        ladder.require("乙区防址")
    Ladder().require("whoever")  # without a list nothing is known


def test_a_missing_column_is_named() -> None:
    with pytest.raises(DataError, match="column 'code'"):
        read_offices("name\n甲\n", where="offices.csv")
    with pytest.raises(DataError, match=r"offices.csv, office '甲'"):
        read_offices("name,code,superior\n甲,33,乙\n", where="offices.csv")
