"""Reports of danger over HTTP: anybody's are taken within a rate, a device's within its own, decisions from whoever may command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from evac.api.buckets import Limits
from evac.asides import DangerSeen
from evac.counts.dangers import read_dangers
from evac.dangers.intake import Reporter, opened_reporter
from evac.store.memory import MemoryStore
from evac.tokens import Role
from evac.vault import Vault
from tests.evac.api.desks import NO_LIMITS, VILLAGE, Desk
from tests.evac.scenes import make_event

OPEN = replace(NO_LIMITS, reports=(1e6, 1e6), reports_of_all=(1e6, 1e6))
Open = Callable[..., Desk]


def question(number: int = 1, **change: Any) -> dict[str, Any]:
    given = {"event_id": f"ab{number:030x}", "danger": "滑坡", "where": "后山竹林", "region": VILLAGE}
    return given | change


def told(desk: Desk) -> list[DangerSeen]:
    return [e for _, e in desk.store.aside({"danger_seen"}) if isinstance(e, DangerSeen)]


def test_anybody_reports_and_is_sealed(open_desk: Open) -> None:
    vault = Vault.make()
    desk = open_desk(OPEN, store=MemoryStore(vault))
    asked = question(name="王小明", phone="+86 139 0000 1111", longitude=122.1, latitude=30.0, datum="wgs84")
    answer = desk.client.post("/v1/dangers", json=asked)
    assert answer.status_code == 200
    assert (answer.json()["danger"], answer.json()["reporter_kept"], answer.json()["repeated"]) == (
        "slope",
        True,
        False,
    )
    assert desk.client.post("/v1/dangers", json=asked).json()["repeated"]
    (event,) = told(desk)
    assert "王小明" not in str(event)
    assert opened_reporter(event.sealed, event.event_id, vault) == Reporter("王小明", "13900001111")
    assert (event.channel, event.actor, event.point) == ("public", "公众", "30.000000,122.100000")
    (danger,) = read_dangers(desk.store, VILLAGE, at=desk.now)
    assert danger.reports[0].source.startswith("public ")


def test_without_the_key_the_report_is_taken_and_the_reporter_is_not_kept(open_desk: Open) -> None:
    desk = open_desk(OPEN)
    answer = desk.client.post("/v1/dangers", json=question(name="王小明"))
    assert (answer.status_code, answer.json()["reporter_kept"]) == (200, False)
    assert "王小明" not in str(told(desk))


def test_who_sends_too_many_waits_and_a_device_does_not(open_desk: Open) -> None:
    desk = open_desk(Limits(reports=(0.001, 3.0)))
    statuses = [desk.client.post("/v1/dangers", json=question(n)).status_code for n in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    headers = desk.token()
    mine = [desk.client.post("/v1/dangers", json=question(n), headers=headers) for n in range(10, 15)]
    assert [answer.status_code for answer in mine] == [200] * 5
    assert {event.channel for event in told(desk)[-5:]} == {"field"}
    everybody = open_desk(Limits(reports=(1e6, 1e6), reports_of_all=(0.001, 2.0)))
    assert [everybody.client.post("/v1/dangers", json=question(n)).status_code for n in range(3)] == [
        200,
        200,
        429,
    ]


def test_what_is_wrong_is_said_and_not_stored(open_desk: Open) -> None:
    desk = open_desk(OPEN)
    for change in (
        {"event_id": "1"}, {"where": ""}, {"region": "3309"}, {"photo": "x"}, {"more": 1}, {"danger": ""},
        {"longitude": 122.1, "latitude": 30.0}, {"longitude": 30.0, "latitude": 122.1, "datum": "wgs84"},
        {"where": "后山\x00"}, {"longitude": "nan", "latitude": 30.0, "datum": "wgs84"},
    ):  # fmt: skip
        answer = desk.client.post("/v1/dangers", json=question(**change))
        assert (answer.status_code, answer.json()["error"]) == (422, "bad_request"), change
    assert told(desk) == []


def test_who_may_not_command_decides_on_no_danger(open_desk: Open) -> None:
    desk = open_desk(OPEN)
    seen = make_event("danger_seen", 1, code="0" * 26)
    judged = make_event(
        "danger_judged", 2, code="0" * 26, target=seen.event_id, verdict="false", covers=seen.event_id
    )
    clerk = desk.send(seen, judged, headers=desk.token()).json()
    assert clerk["stored"] == [seen.event_id]
    assert "decides on no danger" in clerk["refused"][0]["reason"]
    assert desk.send(judged, headers=desk.token(Role.LIAISON)).json()["stored"] == [judged.event_id]
    wrong = replace(judged, event_id="e" * 32, verdict="gone")  # type: ignore[call-arg]
    assert desk.send(wrong, headers=desk.token(Role.LIAISON)).json()["invalid"]
