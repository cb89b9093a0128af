"""A grid worker's phone: the own task, what was found there, and nothing of anybody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from evac.events import microseconds
from evac.field.seen import who_is_out
from evac.tokens import Role
from tests.evac.api.desks import Desk
from tests.evac.field.scene import AT, VILLAGE, level, scene


@pytest.fixture
def called(open_desk: Callable[..., Desk]) -> Desk:
    """A flood at G1: W1 is called, some minutes before the server's clock."""
    field = scene()
    level(field, 6.5)
    desk = open_desk(field=field)
    desk.now = AT + timedelta(minutes=1)
    return desk


def phone(desk: Desk, worker: str, scope: str = VILLAGE) -> dict[str, str]:
    return desk.token(Role.GRID, scope, device=worker)


def test_a_worker_sees_the_own_task_and_reports_what_was_found(called: Desk) -> None:
    field = called.app.state.service.field_desk
    sent = next(t for t in field.book().open_tasks() if not t.room).last
    headers = phone(called, sent.worker)
    (task,) = called.client.get("/v1/field/tasks", headers=headers).json()["tasks"]
    assert (task["task"], task["region"], task["out"]) == (sent.task, VILLAGE, False)
    assert "秘密姓名" not in str(task)
    for minute, says, words in (
        (1, "acknowledged", ""),
        (2, "arrived", ""),
        (3, "word", "水过桥面,3户进水"),
        (9, "back", ""),
    ):
        called.now = AT + timedelta(minutes=minute)
        body = {"says": says, "task": sent.task[:8], "words": words}
        told = called.client.post("/v1/field/said", json=body, headers=headers)
        assert (told.status_code, told.json()["answer"]) == (200, "")
        again = called.client.post(
            "/v1/field/said", json=body, headers=headers
        )  # the line was cut before the answer
        assert again.status_code == 200
        assert [task["out"] for task in told.json()["tasks"]] == ([] if says == "back" else [True])
    held = field.book().tasks[sent.task]
    assert held.arrived[sent.worker] == AT + timedelta(minutes=2)
    assert who_is_out(field.book(), field.rules, now=called.now) == ()
    assert any("水过桥面" in entry.body.decode() for entry in field.log.after(0))
    field.verify()


def test_what_happened_out_of_reach_counts_from_when_it_happened_and_never_from_the_future(
    called: Desk,
) -> None:
    field = called.app.state.service.field_desk
    sent = next(t for t in field.book().open_tasks() if not t.room).last
    headers = phone(called, sent.worker)
    called.now = AT + timedelta(minutes=20)
    body = {"says": "arrived", "at": microseconds(AT + timedelta(minutes=2))}
    assert called.client.post("/v1/field/said", json=body, headers=headers).status_code == 200
    ahead = {"says": "back", "at": microseconds(AT + timedelta(days=2))}
    assert called.client.post("/v1/field/said", json=ahead, headers=headers).status_code == 200
    held = field.book().tasks[sent.task]
    found = {"says": "word", "task": sent.task, "words": "桥断", "at": microseconds(AT + timedelta(days=2))}
    for minute in (20, 21):  # the answer was lost: the phone that is ahead says it again
        called.now = AT + timedelta(minutes=minute)
        assert called.client.post("/v1/field/said", json=found, headers=headers).status_code == 200
    assert sum("桥断" in entry.body.decode() for entry in field.log.after(0)) == 1
    called.now = AT + timedelta(minutes=20)
    assert held.arrived[sent.worker] == AT + timedelta(minutes=2)
    assert held.back[sent.worker] == called.now


def test_nobody_speaks_for_another_and_no_stranger_speaks(called: Desk) -> None:
    field = called.app.state.service.field_desk
    sent = next(t for t in field.book().open_tasks() if not t.room).last
    other = next(w for w in ("W1", "W2") if w != sent.worker)
    ask = called.client.post
    body = {"says": "arrived", "task": sent.task}
    assert ask("/v1/field/said", json=body, headers=phone(called, other)).status_code == 404  # not called
    assert ask("/v1/field/said", json=body, headers=phone(called, "W9")).status_code == 403
    assert ask("/v1/field/said", json=body, headers=phone(called, sent.worker, "330903")).status_code == 403
    assert (
        ask("/v1/field/said", json={**body, "says": "heard"}, headers=phone(called, sent.worker)).status_code
        == 422
    )
    assert called.client.get("/v1/field/tasks", headers=phone(called, other)).json()["tasks"] == []
    assert sent.worker not in field.book().tasks[sent.task].arrived
    # who is out cannot go off duty, and is told why
    headers = phone(called, sent.worker)
    ask("/v1/field/said", json={"says": "acknowledged"}, headers=headers)
    refused = ask("/v1/field/said", json={"says": "off_duty"}, headers=headers)
    assert (refused.status_code, "counted back in" in refused.json()["reason"]) == (409, True)


def test_a_server_without_a_log_of_the_field_says_so(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()
    assert desk.client.get("/v1/field/tasks", headers=desk.token(Role.GRID, "")).status_code == 404
