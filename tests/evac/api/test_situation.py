"""Screens over HTTP: one document, unchanged while nothing changed, waited for, within the token's region, hiding what is small."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evac.api.buckets import Limits
from evac.situation.reading import from_json
from evac.tokens import Role
from tests.evac.api.desks import ANN, NO_LIMITS, Desk
from tests.evac.scenes import make_event
from tests.evac.situation.scene import office, published
from tests.evac.world import make_world


def ask(desk: Desk, headers: dict[str, str], path: str, **more: Any) -> Any:
    return desk.client.get(f"/v1/situation/{path}", headers={**headers, **more.pop("extra", {})}, **more)


def test_a_screen_is_the_document(desk: Desk) -> None:
    answer = ask(desk, desk.token(Role.LIAISON), "330902")
    one = from_json(answer.text)
    assert one.place.code == "330902"
    assert one.exact
    assert one.head_count is not None
    counts = desk.client.get("/v1/counts?prefix=330902", headers=desk.token(Role.LIAISON)).json()
    assert {name: one.head_count.figures[name] for name in counts["total"]} == counts["total"]
    assert ANN.name not in answer.text
    assert ANN.code not in answer.text


def test_nothing_is_sent_again_while_nothing_changed(desk: Desk) -> None:
    liaison = desk.token(Role.LIAISON)
    tag = ask(desk, liaison, "330902").headers["etag"]
    assert ask(desk, liaison, "330902", extra={"if-none-match": tag}).status_code == 304
    desk.send(make_event("notified", 9, code=ANN.code), headers=liaison)
    assert ask(desk, liaison, "330902", extra={"if-none-match": tag}).status_code == 200


def test_who_waits_is_told_as_soon_as_something_happens(desk: Desk) -> None:
    liaison = desk.token(Role.LIAISON)
    first = ask(desk, liaison, "330902").json()
    told: list[Any] = []

    def wait() -> None:
        told.append(ask(desk, liaison, f"330902/updates?after={first['revision']}&wait=30"))

    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(0.3)
    began = time.monotonic()
    desk.send(make_event("notified", 9, code=ANN.code), headers=liaison)
    waiting.join(20)
    assert time.monotonic() - began < 10
    assert told[0].status_code == 200
    assert told[0].json()["revision"] != first["revision"]
    assert told[0].json()["head_count"]["figures"]["notified"] == 1


def test_a_wait_without_news_ends_with_304(desk: Desk) -> None:
    liaison = desk.token(Role.LIAISON)
    revision = ask(desk, liaison, "330902").json()["revision"]
    assert ask(desk, liaison, f"330902/updates?after={revision}&wait=0").status_code == 304
    assert ask(desk, liaison, "330902/updates?after=old&wait=30").status_code == 200


def test_a_screen_that_is_kept_for_a_moment_is_no_news(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(limits=replace(NO_LIMITS, counts_seconds=60.0))
    liaison = desk.token(Role.LIAISON)
    revision = ask(desk, liaison, "330902").json()["revision"]
    desk.send(make_event("notified", 9, code=ANN.code), headers=liaison)
    # the revision is another by now, the screen is not yet: else a page would ask and be answered the same as fast as it can
    assert ask(desk, liaison, f"330902/updates?after={revision}&wait=0").status_code == 304


def test_who_only_looks_sees_no_small_count(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(store=make_world(4, size=60), office=office())
    told = ask(desk, desk.token(Role.VIEWER), "330902")
    one = from_json(told.text)
    assert not one.exact
    assert one.head_count is not None
    counts = desk.client.get("/v1/counts", headers=desk.token(Role.VIEWER)).json()["total"]
    assert dict(one.head_count.figures) == counts
    assert not [n for n in one.head_count.figures.values() if n is not None and 0 < n < 10]
    assert {row.due for row in one.rows} == {None}
    assert not [
        a
        for a in one.alarms.rows
        if a.kind in ("missing", "left", "refused", "unreached") and a.count is not None
    ]
    liaison = ask(desk, desk.token(Role.LIAISON), "330902")
    assert told.headers["etag"] != liaison.headers["etag"]
    for path in ("330902001", "33090", "S330902-1", "330902/report.xlsx"):
        assert ask(desk, desk.token(Role.VIEWER), path).status_code in (403, 404)


def test_a_shelter_of_the_region_has_a_screen_and_of_another_none(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(store=make_world(4, size=60), office=office())
    liaison = desk.token(Role.LIAISON)
    assert ask(desk, liaison, "S330902-1").json()["place"]["level"] == "shelter"
    assert ask(desk, liaison, "S330903-1").status_code == 404
    assert ask(desk, liaison, "nowhere").status_code == 404
    assert ask(desk, liaison, "33").status_code == 403


def test_letters_tiers_and_outlines_come_with_the_office(
    open_desk: Callable[..., Desk], tmp_path: Path
) -> None:
    desk = open_desk(store=make_world(4, size=60), office=office(published(tmp_path)))
    liaison = desk.token(Role.LIAISON)
    one = ask(desk, liaison, "330902").json()
    assert one["letters"]["unanswered"] >= 1
    assert one["tiers"]["of"]["code"] == "330902"
    drawn = ask(desk, liaison, "330902/outlines").json()
    assert [one["code"] for one in drawn["regions"]] == ["330902"]
    town = ask(desk, liaison, "330902001/outlines").json()
    assert [one["name"] for one in town["regions"]] == ["定海区"]


def test_no_run_means_no_outlines_and_says_so(
    desk: Desk, open_desk: Callable[..., Desk], tmp_path: Path
) -> None:
    told = ask(desk, desk.token(Role.LIAISON), "330902/outlines").json()
    assert (told["regions"], told["why"]) == ([], "no run is named")
    damaged = open_desk(office=office(tmp_path))
    assert "cannot be read" in ask(damaged, damaged.token(Role.LIAISON), "330902/outlines").json()["why"]


@pytest.mark.parametrize(("kind", "begins"), [("pdf", b"%PDF-"), ("docx", b"PK"), ("xlsx", b"PK")])
def test_the_report_is_a_click_away(desk: Desk, kind: str, begins: bytes) -> None:
    answer = ask(desk, desk.token(Role.LIAISON), f"330902/report.{kind}")
    assert answer.status_code == 200
    assert answer.content.startswith(begins)
    assert f'situation-330902.{kind}"' in answer.headers["content-disposition"]
    assert ask(desk, desk.token(Role.LIAISON), "330902/report.html").status_code == 422


def test_many_who_look_ask_the_store_once(
    open_desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    from evac.situation import gather as room

    real = room.gather
    monkeypatch.setattr(room, "gather", lambda *a, **k: asked.append("x") or real(*a, **k))
    limits = Limits(**{**NO_LIMITS.__dict__, "counts_seconds": 60.0})
    desk = open_desk(limits)
    for _ in range(5):
        assert ask(desk, desk.token(Role.LIAISON), "330902").status_code == 200
    assert len(asked) == 1
    assert json.loads(ask(desk, desk.token(Role.LIAISON), "330902").text)["format"] == "evac-situation"
