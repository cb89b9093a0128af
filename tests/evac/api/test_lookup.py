"""The public look-up: one answer for all that must not be told apart."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from evac.codes import short_code
from tests.evac.api.desks import ANN, NO_LIMITS, Desk
from tests.evac.scenes import make_event

KNOWN = replace(ANN, phone="138-0000-1234", birth_year=1947)
RIGHT = {"code": KNOWN.code, "birth_year": 1947, "phone_end": "1234"}
WRONG: list[dict[str, Any]] = [
    {"birth_year": 1948}, {"phone_end": "1235"}, {"code": "7" * 26}, {"code": "nonsense"}, {"code": "0" * 11},
    {"code": "'; DROP TABLE person;--"}, {"birth_year": 1948, "phone_end": "0000"}, {"code": "🙂"},
]  # fmt: skip


@pytest.fixture
def asked(open_desk: Callable[..., Desk]) -> Callable[..., Any]:
    desk = open_desk()
    desk.store.put_people([KNOWN])

    def ask(**change: Any) -> Any:
        return desk.client.post("/v1/lookup", json=RIGHT | change)

    return ask


def test_the_right_factor_finds_the_state_and_no_place(asked: Callable[..., Any]) -> None:
    answer = asked().json()
    assert (answer["found"], answer["chinese"], answer["safe"]) == (True, "未通知", False)
    assert asked(code=short_code(KNOWN.code).lower()).json() == answer
    assert set(answer) == {"found", "state", "chinese", "safe", "pad"}


def test_what_is_wrong_is_never_told_apart(asked: Callable[..., Any]) -> None:
    answers = [asked(**change) for change in WRONG]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json()["found"] is False
    assert len(answers[0].content) == len(asked().content)
    headers = [
        {k: v for k, v in answer.headers.items() if k != "x-request-id"} for answer in (*answers, asked())
    ]
    assert headers == headers[:1] * len(headers)


def test_who_has_no_phone_on_the_list_is_not_found(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()
    for phone, year in (("", None), ("", 1947), ("138", 1947), ("13800000000", None)):
        desk.store.put_people([replace(KNOWN, phone=phone, birth_year=year)])
        for end in ("0000", "1234"):
            assert not desk.client.post("/v1/lookup", json=RIGHT | {"phone_end": end}).json()["found"]


def test_a_code_asked_about_too_often_is_as_unknown(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(replace(NO_LIMITS, lookups_of_code=(1e-6, 3.0)))
    desk.store.put_people([KNOWN])
    for _ in range(3):
        desk.client.post("/v1/lookup", json=RIGHT | {"birth_year": 1950})
    locked = desk.client.post("/v1/lookup", json=RIGHT)
    assert (locked.status_code, locked.json()["found"]) == (200, False)


def test_the_short_code_is_no_second_budget(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(replace(NO_LIMITS, lookups_of_code=(1e-6, 3.0)))
    desk.store.put_people([KNOWN])
    for _ in range(3):
        desk.client.post("/v1/lookup", json=RIGHT | {"birth_year": 1950})
    locked = desk.client.post("/v1/lookup", json=RIGHT | {"code": short_code(KNOWN.code)})
    assert (locked.status_code, locked.json()["found"]) == (200, False)


def test_an_address_asks_a_few_times(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(replace(NO_LIMITS, lookups=(0.01, 2.0)))
    statuses = [desk.client.post("/v1/lookup", json=RIGHT).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    last = desk.client.post("/v1/lookup", json=RIGHT)
    assert 0 < int(last.headers["retry-after"]) <= 100


def test_every_answer_waits_for_the_same_moment(
    open_desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = open_desk(replace(NO_LIMITS, lookup_seconds=0.05))
    desk.store.put_people([KNOWN])
    for change in ({}, *WRONG[:3]):
        began = time.monotonic()
        desk.client.post("/v1/lookup", json=RIGHT | change)
        assert time.monotonic() - began >= 0.05


def test_there_is_nothing_to_list(desk: Desk) -> None:
    for path in ("/v1/lookup", "/v1/people", "/v1/people/"):
        assert desk.client.get(path).status_code in (404, 405)


def test_a_person_in_a_shelter_is_safe(asked: Callable[..., Any], open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()
    desk.store.put_people([KNOWN])
    desk.send(make_event("arrived_shelter", 9, code=KNOWN.code, place="秘密点"), headers=desk.token())
    answer = desk.client.post("/v1/lookup", json=RIGHT)
    assert (answer.json()["safe"], "秘密点" in answer.text) == (True, False)
