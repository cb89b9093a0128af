"""Sensors by HTTP: taken in with its tasks before it is answered, by a token that may do nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

from evac.field.seen import field_tasks
from evac.tokens import Role
from tests.evac.api.desks import Desk
from tests.evac.field.scene import VILLAGE, scene


def body(desk: Desk, value: float = 6.2, gauge: str = "G1", minute: int = 0) -> dict[str, object]:
    at = desk.now + timedelta(minutes=minute)
    return {"readings": [{"id": gauge, "time": at.isoformat(), "value": value, "units": "m"}]}


def test_a_reading_is_a_task_by_the_time_it_is_answered(open_desk: Callable[..., Desk]) -> None:
    field = scene()
    desk = open_desk(field=field)
    headers = desk.token(Role.SENSOR, VILLAGE, device="river-12")
    told = desk.client.post("/v1/observations", json=body(desk), headers=headers).json()
    assert (told["stored"], told["repeated"], len(told["candidates"]), told["wrong"]) == (1, 0, 1, [])
    assert {line.room for line in field_tasks(field.book())} == {True, False}
    (candidate,) = field.book().candidates.values()
    assert candidate.by == "river-12"
    again = desk.client.post("/v1/observations", json=body(desk), headers=headers).json()
    assert (again["stored"], again["repeated"], again["candidates"]) == (0, 1, [])


def test_a_sensor_of_another_region_is_nobodys(open_desk: Callable[..., Desk]) -> None:
    field = scene()
    desk = open_desk(field=field)
    headers = desk.token(Role.SENSOR, "330903")
    told = desk.client.post("/v1/observations", json=body(desk), headers=headers).json()
    assert told["stored"] == 0
    assert "no sensor of that name" in told["wrong"][0]
    assert list(field.book().open_tasks()) == []


def test_what_is_wrong_is_named_and_the_rest_is_taken(open_desk: Callable[..., Desk]) -> None:
    field = scene()
    desk = open_desk(field=field)
    headers = desk.token(Role.SENSOR, "")
    rows = [*body(desk)["readings"], {"id": "G2", "time": "gestern abend", "value": 1, "units": "mm"}]  # type: ignore[misc]
    event = {"id": "C1", "time": desk.now.isoformat(), "event": "漫堤", "by": "算法v3", "tier": "red"}
    told = desk.client.post(
        "/v1/observations", json={"readings": rows, "events": [event]}, headers=headers
    ).json()
    assert told["stored"] == 2
    assert len(told["wrong"]) == 1
    assert (
        desk.client.post("/v1/observations", json={"readings": [{"id": "G1"}]}, headers=headers).status_code
        == 422
    )
    mixed = {"events": [event | {"id": "G1"}]}
    assert desk.client.post("/v1/observations", json=mixed, headers=headers).json()["stored"] == 0


def test_a_server_without_a_log_of_the_field_says_so(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()
    found = desk.client.post("/v1/observations", json=body(desk), headers=desk.token(Role.SENSOR, ""))
    assert found.status_code == 404
    assert "--field" in found.json()["reason"]


def test_many_sensors_at_once_lose_nothing(open_desk: Callable[..., Desk]) -> None:
    field = scene()
    desk = open_desk(field=field)
    headers = desk.token(Role.SENSOR, "")
    found: list[int] = []

    def send(minute: int) -> None:
        found.append(
            desk.client.post(
                "/v1/observations", json=body(desk, 3.0, minute=-minute), headers=headers
            ).status_code
        )

    threads = [threading.Thread(target=send, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [200] * 20
    assert len(field.book().observed["G1"]) == 20
    field.verify()
