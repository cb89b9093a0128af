"""Least privilege: every route, every role, inside and outside the token's region."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from evac.api.service import TOKEN_SECONDS
from evac.events import canonical
from evac.model import Shelter
from evac.tokens import RIGHTS, Right, Role
from riskmap.errors import SourceError
from tests.evac.api.desks import ANN, FAR, TOWN, Desk, as_json
from tests.evac.scenes import make_event

Headers = dict[str, str]


def _check_in(desk: Desk, headers: Headers, code: str) -> Any:
    return desk.send(make_event("arrived_shelter", 9, code=code), headers=headers)


def _door(desk: Desk, headers: Headers, code: str) -> Any:
    event = make_event("registered", 9, code="7" + "D" * 24 + code[-1], at_door=True)
    body = {"event": as_json(event), "person": {"name": "演练新", "synthetic": True}}
    return desk.client.post("/v1/people", json=body, headers=headers)


def _reveal(desk: Desk, headers: Headers, code: str) -> Any:
    return desk.client.post(f"/v1/people/{code}/reveal", json={"why": "失联核查"}, headers=headers)


def _get(path: str) -> Callable[[Desk, Headers, str], Any]:
    def ask(desk: Desk, headers: Headers, code: str) -> Any:
        county = ANN.county if code == ANN.code else FAR.county
        return desk.client.get(path.format(code=code, county=county), headers=headers)

    return ask


def _observe(desk: Desk, headers: Headers, code: str) -> Any:
    gauge = "G1" if code == ANN.code else "G9"
    reading = {"id": gauge, "time": desk.now.isoformat(), "value": 6.2, "units": "m"}
    return desk.client.post("/v1/observations", json={"readings": [reading]}, headers=headers)


def _say(desk: Desk, headers: Headers, code: str) -> Any:
    del code
    return desk.client.post("/v1/field/said", json={"says": "on_duty"}, headers=headers)


def _where_to(desk: Desk, headers: Headers, code: str) -> Any:
    desk.store.put_shelters([
        Shelter("S1", "礼堂", "330902", 50, True, longitude=122.1, latitude=30.0),
        Shelter("S9", "学校", "330903", 50, True, longitude=122.2, latitude=30.0),
    ])  # fmt: skip
    body = {"shelter": "S1" if code == ANN.code else "S9", "people": 2}
    return desk.client.post("/v1/redirect", json=body, headers=headers)


C, L, V, A, S = Role.CLERK, Role.LIAISON, Role.VIEWER, Role.AUDITOR, Role.SENSOR
G = Role.GRID
ROUTES: dict[str, tuple[Callable[[Desk, Headers, str], Any], set[Role], int]] = {
    # route: (how it is asked, who may, what those get for somebody or something outside their region)
    "POST /v1/checkins": (_check_in, {C, L}, 200),  # a fact is stored whoever it is about
    "POST /v1/people": (_door, {C, L}, 200),  # who is at the door is let in
    "GET /v1/people/{code}": (_get("/v1/people/{code}"), {C, L}, 404),
    "POST /v1/people/{code}/reveal": (_reveal, {L}, 404),
    "GET /v1/access": (_get("/v1/access"), {A}, 200),
    "GET /v1/roster": (_get("/v1/roster?prefix={county}"), {C, L}, 403),
    "GET /v1/counts": (_get("/v1/counts?prefix={county}"), {L, V}, 403),
    "GET /v1/situation/{code}": (_get("/v1/situation/{county}"), {L, V}, 403),
    "GET /v1/situation/{code}/updates": (_get("/v1/situation/{county}/updates?wait=0"), {L, V}, 403),
    "GET /v1/situation/{code}/outlines": (_get("/v1/situation/{county}/outlines"), {L, V}, 403),
    "GET /v1/situation/{code}/report.{kind}": (_get("/v1/situation/{county}/report.xlsx"), {L}, 403),
    "GET /v1/feed": (_get("/v1/feed"), {A}, 200),  # each item shows or hides its event
    "POST /v1/observations": (_observe, {S}, 200),  # what is not the region's is named and left out
    "GET /v1/field/tasks": (_get("/v1/field/tasks"), {G}, 200),  # a worker's own, whatever is asked
    "POST /v1/field/said": (_say, {G}, 200),
    "POST /v1/redirect": (_where_to, {C, L}, 404),
}
PUBLIC = {"GET /v1/clock", "GET /v1/keys", "POST /v1/lookup", "POST /v1/dangers"}


def test_the_matrix_knows_every_route(desk: Desk) -> None:
    documented = desk.app.openapi()["paths"]
    found = {f"{method.upper()} {path}" for path, methods in documented.items() for method in methods}
    assert found == set(ROUTES) | PUBLIC


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("route", ROUTES)
def test_a_role_may_what_its_work_needs(desk: Desk, route: str, role: Role) -> None:
    ask, allowed, outside = ROUTES[route]
    headers = desk.token(role)
    assert ask(desk, headers, ANN.code).status_code == (200 if role in allowed else 403)
    assert ask(desk, headers, FAR.code).status_code == (outside if role in allowed else 403)


@pytest.mark.parametrize("route", ROUTES)
def test_without_a_token_that_holds_there_is_nothing(desk: Desk, route: str) -> None:
    ask, allowed, _ = ROUTES[route]
    good = desk.token(min(allowed), "")
    text = good["authorization"]
    expired = dict(good)
    for headers in (
        {}, {"authorization": text[:-1] + ("A" if text[-1] != "A" else "B")}, {"authorization": "Basic " + text[7:]},
        {"authorization": "Bearer evt_000000000000_x"}, {"authorization": "Bearer é".encode()}, {"authorization": "Bearer "},
    ):  # fmt: skip
        answer = ask(desk, headers, ANN.code)  # type: ignore[arg-type]
        assert (answer.status_code, answer.json()["error"]) == (401, "no_token")
        assert answer.headers["www-authenticate"] == "Bearer"
    assert ask(desk, expired, ANN.code).status_code == 200
    desk.now += timedelta(days=7)
    assert ask(desk, expired, ANN.code).status_code == 401


def test_a_revoked_token_ends_within_seconds(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    headers = desk.token(Role.VIEWER)
    assert desk.client.get("/v1/counts", headers=headers).status_code == 200
    token_id = headers["authorization"].split("_")[1]
    assert desk.tokens.revoke(token_id, at=desk.now)
    monkeypatch.setattr("evac.api.service.TOKEN_SECONDS", 0.0)
    assert TOKEN_SECONDS <= 10
    assert desk.client.get("/v1/counts", headers=headers).status_code == 401


def test_a_scope_is_a_prefix_and_nothing_wider(desk: Desk) -> None:
    headers = desk.token(Role.LIAISON, TOWN)
    assert desk.client.get("/v1/counts", headers=headers).json()["prefix"] == TOWN
    for wider in ("33", "330902", "330902002", "330903"):
        assert desk.client.get(f"/v1/counts?prefix={wider}", headers=headers).status_code == 403
    assert desk.client.get(f"/v1/counts?prefix={TOWN}001", headers=headers).json()["total"]["listed"] == 1


def test_names_follow_the_region_of_the_token(desk: Desk) -> None:
    seen = {
        scope: desk.client.get(f"/v1/people/{ANN.code}", headers=desk.token(scope=scope)).json()
        for scope in (ANN.village, TOWN, ANN.county, "33", "")
    }
    assert [one["name"] for one in seen.values()] == ["演练甲乙丙", "演****", None, None, None]
    assert [one["helper"] for one in seen.values()] == ["丁戊", "丁*", None, None, None]
    assert {one["state"]["chinese"] for one in seen.values()} == {"未通知"}


def test_a_token_of_everywhere_reads_no_name_of_whom_no_village_is_known(desk: Desk) -> None:
    desk.store.put_people([replace(ANN, village="", phone="13800000147")])
    headers = desk.token(Role.LIAISON, "")
    seen = desk.client.get(f"/v1/people/{ANN.code}", headers=headers).json()
    assert (seen["name"], seen["helper"], seen["phone"]) == (None, None, None)
    revealed = _reveal(desk, headers, ANN.code).json()
    assert (revealed["name"], revealed["phone"]) == (ANN.name, "13800000147")


def test_a_town_sees_two_digits_of_a_phone(desk: Desk) -> None:
    desk.store.put_people([replace(ANN, phone="13800000147")])
    assert (
        desk.client.get(f"/v1/people/{ANN.code}", headers=desk.token(scope=TOWN)).json()["phone"]
        == "*" * 9 + "47"
    )


def test_who_is_outside_looks_like_nobody(desk: Desk) -> None:
    headers = desk.token()
    answers = [
        desk.client.get(f"/v1/people/{code}", headers=headers) for code in (FAR.code, "7" * 26, "x", "0" * 11)
    ]
    told = [{k: v for k, v in answer.json().items() if k != "request_id"} for answer in answers]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert told == told[:1] * 4


def test_who_only_looks_gets_no_small_count(desk: Desk) -> None:
    exact = desk.client.get("/v1/counts", headers=desk.token(Role.LIAISON)).json()
    shared = desk.client.get("/v1/counts", headers=desk.token(Role.VIEWER)).json()
    assert (exact["exact"], exact["total"]["due"], exact["regions"][TOWN]["not_notified"]) == (True, 1, 1)
    assert (shared["exact"], shared["total"]["due"], shared["places"]) == (False, None, {})
    assert set(shared["regions"][TOWN].values()) == {None, 0}
    part = desk.client.get(f"/v1/counts?prefix={TOWN}", headers=desk.token(Role.VIEWER))
    assert part.status_code == 403


def test_nobody_yet_is_counted_as_nobody(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()
    for scope in ("11", "110101", "110101001"):
        for role in (Role.LIAISON, Role.VIEWER):
            answer = desk.client.get("/v1/counts", headers=desk.token(role, scope)).json()
            assert (answer["total"]["due"], answer["regions"]) == (0, {})


def test_the_feed_shows_a_region_its_own_events_and_the_whole_chain(desk: Desk) -> None:
    page = desk.client.get("/v1/feed", headers=desk.token(Role.AUDITOR)).json()
    shown = [item["event"] and item["event"]["code"] for item in page["items"]]
    assert {code for code in shown if code} == {ANN.code}
    assert shown.count(None) == 2
    assert [item["position"] for item in page["items"]] == [1, 2, 3, 4]
    assert desk.client.get("/v1/feed", headers=desk.token(Role.AUDITOR, TOWN)).status_code == 403
    assert desk.client.get("/v1/feed", headers=desk.token(Role.CLERK, gateway=True)).status_code == 200


def test_nobody_has_a_right_that_no_route_asks_for() -> None:
    assert {right for rights in RIGHTS.values() for right in rights} <= set(Right)
    assert RIGHTS[Role.VIEWER] == {Right.COUNTS}


def test_what_is_added_at_the_door_is_there_once(desk: Desk) -> None:
    event = make_event("registered", 9, code="7" + "D" * 25, at_door=True)
    body = {
        "event": as_json(event),
        "person": {"name": "<b>'; --", "village": "330902001001", "synthetic": True},
    }
    headers = desk.token(scope="330902001001")
    first = desk.client.post("/v1/people", json=body, headers=headers).json()
    again = desk.client.post("/v1/people", json=body, headers=headers).json()
    assert (first["stored"], first["unknown"], again["repeated"]) == ([event.event_id], [], [event.event_id])
    found = desk.client.get(f"/v1/people/{first['short_code']}", headers=headers).json()
    assert (found["name"], found["state"]["state"]) == ("<b>'; --", "registered")
    other = body | {"person": {"name": "别人"}}
    assert desk.client.post("/v1/people", json=other, headers=headers).status_code == 409


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "arrived_shelter"},
        {"at_door": False},
        {"county": "x"},
        {"device": "D9"},
        {"counter": 2**80},
        {"more": 1},
    ],
)
def test_a_wrong_event_at_the_door_adds_nobody(desk: Desk, change: dict[str, Any]) -> None:
    event = as_json(make_event("registered", 9, code="7" + "D" * 25, at_door=True)) | change
    body = json.dumps({"event": event, "person": {"name": "甲"}})
    answer = desk.client.post("/v1/people", content=body, headers=desk.token())
    assert answer.status_code in (403, 422)
    assert desk.store.person("7" + "D" * 25) is None


def test_no_answer_tells_a_name_that_was_not_asked_for(desk: Desk) -> None:
    body = canonical(make_event("arrived_shelter", 9, code=ANN.code, actor="秘密"))
    wrong = desk.client.post(
        "/v1/checkins",
        content=b'{"events":[' + body.replace(b'"counter"', b'"no"') + b"]}",
        headers=desk.token(),
    )
    assert "秘密" not in wrong.text
    shape = desk.client.post("/v1/lookup", json={"code": "秘密", "birth_year": "秘密", "phone_end": "秘密"})
    assert shape.status_code == 422
    assert "秘密" not in shape.text


def test_reads_are_written_down_before_they_are_answered(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    clerk, liaison, auditor = desk.token(scope=TOWN), desk.token(Role.LIAISON), desk.token(Role.AUDITOR)
    desk.client.get(f"/v1/people/{ANN.code}", headers=clerk)
    revealed = desk.client.post(
        f"/v1/people/{ANN.code}/reveal", json={"why": "失联核查"}, headers=liaison
    ).json()
    assert revealed["name"] == ANN.name
    page = desk.client.get("/v1/access", headers=auditor).json()
    assert [(item["act"], item["who"], item["why"]) for item in page["items"]] == [
        ("view", "D1", ""), ("break_glass", "D1", "失联核查"),
    ]  # fmt: skip
    assert ANN.code not in str(page)
    assert desk.client.get(f"/v1/access?after={page['next']}", headers=auditor).json()["items"] == []
    assert desk.client.get("/v1/access", headers=desk.token(Role.AUDITOR, "330903")).json()["items"] == []

    def full(records: object) -> None:
        raise SourceError("disk full")

    monkeypatch.setattr(desk.app.state.service.access, "append", full)
    assert desk.client.get(f"/v1/people/{ANN.code}", headers=clerk).status_code == 503


def test_a_reason_that_names_somebody_reveals_nothing(desk: Desk) -> None:
    for why in (ANN.name, f"找{ANN.name}的家人", "电话13800000000", "    ", "看"):
        answer = desk.client.post(
            f"/v1/people/{ANN.code}/reveal", json={"why": why}, headers=desk.token(Role.LIAISON)
        )
        assert answer.status_code == 422
        assert ANN.name not in answer.text
