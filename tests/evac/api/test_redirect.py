"""Where to: what a clerk's phone is told, what it is not, and what a laptop without the county cannot say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evac.events import NO_ONE
from evac.model import Shelter
from evac.tokens import Role
from tests.evac.api.desks import ANN, TOWN, Desk
from tests.evac.scenes import make_event

SHELTERS = [
    Shelter("S1", "东门小学", "330902", 1, True, town=TOWN, longitude=122.1, latitude=30.0),
    Shelter("S2", "文化礼堂", "330902", 6, True, town=TOWN, longitude=122.11, latitude=30.0),
    Shelter("S9", "邻县学校", "330903", 60, True, longitude=122.13, latitude=30.0),
    Shelter("S0", "无坐标", "330902", 60, True, town=TOWN),
]


def ask(desk: Desk, headers: dict[str, str], **said: Any) -> Any:
    return desk.client.post("/v1/redirect", json={"shelter": "S1"} | said, headers=headers)


@pytest.fixture
def full(open_desk: Callable[..., Desk], tmp_path: Path) -> Desk:
    """S1 is full, and the plan knows what S2 has."""
    row = {
        "shelter_id": "S2",
        "planned": 2,
        "present": 0,
        "state": "开放 open",
        "why": "",
        "facilities": "step_free",
    }
    (tmp_path / "allocation.json").write_text(json.dumps({"by_shelter": [row]}), encoding="utf-8")
    desk = open_desk(allocation=tmp_path)
    desk.store.put_shelters(SHELTERS)
    desk.send(make_event("arrived_shelter", 9, code=ANN.code, place="S1"), headers=desk.token())
    return desk


def test_a_clerk_is_told_the_nearest_places_and_the_decision_takes_their_room(full: Desk) -> None:
    headers = full.token(scope=TOWN)
    told = ask(full, headers, people=4).json()
    assert [(p["shelter"], p["metres"], p["free"], p["promised"]) for p in told["places"]] == [
        ("S2", 963, 6, False), ("S9", 2889, 60, False),
    ]  # fmt: skip
    assert (told["why"], told["judged"], told["planned"]) == (None, False, True)
    assert (told["run_issued_at"], told["run_until"]) == (None, None)
    # S9 is not in the plan: nobody judged it, and the room that the plan gives away in S2 goes before it
    assert [(p["promised"], bool(p["doubt"])) for p in ask(full, headers, people=5).json()["places"]] == [
        (True, False), (False, True),
    ]  # fmt: skip
    sent = make_event("redirected", 100, code=NO_ONE, place="S1", to="S2", count=4)
    assert full.send(sent, headers=headers).json()["stored"] == [sent.event_id]
    assert [p["shelter"] for p in ask(full, headers, people=4).json()["places"]] == ["S9"]


@pytest.mark.parametrize("wrong", [{"count": 0}, {"count": 501}, {"why": "rain"}])
def test_nobody_fills_a_county_with_one_word(full: Desk, wrong: dict[str, Any]) -> None:
    sent = make_event("redirected", 100, code=NO_ONE, place="S1", **wrong)
    (no,) = full.send(sent, headers=full.token(scope=TOWN)).json()["invalid"]
    assert no["index"] == 0


def test_the_answer_has_one_shape_and_no_names(full: Desk) -> None:
    headers = full.token(scope=f"{TOWN}001")  # a village's clerk stands at the town's shelter
    some, weak, none = (ask(full, headers, **said) for said in ({}, {"needs": ["disabled"]}, {"people": 400}))
    assert some.json().keys() == weak.json().keys() == none.json().keys()
    assert [p["shelter"] for p in weak.json()["places"]] == ["S2"]
    assert (none.json()["places"], none.json()["why"]) == ([], "no_room")
    assert "满" in none.json()["chinese"]
    assert ANN.name not in some.text
    assert ANN.code not in some.text


def test_what_is_not_the_tokens_looks_like_nothing(full: Desk) -> None:
    far, unknown = (ask(full, full.token(scope=TOWN), shelter=shelter) for shelter in ("S9", "nowhere"))
    assert (far.status_code, unknown.status_code) == (404, 404)
    assert {k: v for k, v in far.json().items() if k != "request_id"} == {
        k: v for k, v in unknown.json().items() if k != "request_id"
    }
    assert ask(full, full.token(Role.VIEWER)).status_code == 403
    assert ask(full, full.token(), shelter="S0").status_code == 409  # nobody wrote down where it is
    for wrong in ({"people": 0}, {"people": "3"}, {"needs": ["tired"]}, {"name": "张三"}):
        assert ask(full, full.token(), **wrong).status_code == 422


def test_a_laptop_at_a_door_does_not_pretend_to_know_others(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()
    desk.store.put_shelters(SHELTERS)
    desk.store.put_labels({"scope": TOWN})  # made from a town's roster bundle
    told = ask(desk, desk.token())
    assert (told.status_code, "own door" in told.json()["reason"]) == (409, True)


def test_a_plan_that_cannot_be_read_is_said_and_guessed_by_nobody(
    open_desk: Callable[..., Desk], tmp_path: Path
) -> None:
    desk = open_desk(allocation=tmp_path)
    desk.store.put_shelters(SHELTERS)
    assert ask(desk, desk.token()).status_code == 503
