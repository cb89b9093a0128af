"""A grid worker's phone in a real Chromium: the call, what was said of it without a network and over a reload, sent once, in order."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from evac.field.seen import who_is_out
from evac.tokens import Role, make_token
from evac.web.login import Login
from tests.browser.phones import phone_in
from tests.browser.windows import MARKS
from tests.evac.field.scene import AT, VILLAGE, level, scene
from tests.evac.web.town import Town

pytest.importorskip("uvicorn", reason="the server extra is not installed")

pytestmark = [*MARKS, pytest.mark.slow]


class AtThatTime(Town):
    """A server whose clock is some minutes after the flood was seen."""

    began = datetime.now(AT.tzinfo)

    def now(self) -> datetime:
        return AT + timedelta(minutes=1) + (datetime.now(AT.tzinfo) - self.began)


def test_a_worker_answers_goes_offline_sees_reloads_and_nothing_is_lost_or_doubled(browser: Any) -> None:
    field = scene()
    level(field, 6.5)
    sent = next(t for t in field.book().open_tasks() if not t.room).last
    town = AtThatTime([], field=field)
    text, token = make_token(sent.worker, Role.GRID, VILLAGE, made_at=AT, valid=timedelta(days=1))
    town.tokens.put(token)
    town.login = Login(town.url, text, sent.worker, VILLAGE, role="grid")
    try:
        with phone_in(browser, town) as phone:
            page = phone.page
            page.goto(town.login.url())
            page.wait_for_selector(".task")
            assert "马岙站" in page.inner_text(".task")
            assert not page.is_visible("[data-tab=door]")
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
            page.dblclick("[data-says=acknowledged]")  # an impatient thumb: one record
            phone.until("#unsent-count", "0")
            page.wait_for_selector(".task h2:has-text('计为外出')")
            phone.go_offline()
            town.stop()  # the line is gone
            page.click("[data-says=arrived]")
            phone.until("#unsent-count", "1")
            page.fill(".task textarea", "水过桥面,3户进水")
            page.evaluate(
                "() => { self.kept = IDBDatabase.prototype.transaction;"
                " IDBDatabase.prototype.transaction = () => { throw new Error('full'); }; }"
            )
            page.click("[data-says=word]")
            page.wait_for_selector("#field-told .stop-word")
            assert page.input_value(".task textarea") == "水过桥面,3户进水"  # not stored: nothing is lost
            page.evaluate("() => { IDBDatabase.prototype.transaction = self.kept; }")
            page.click("[data-says=word]")
            phone.until("#unsent-count", "2")
            page.wait_for_selector(".task textarea:placeholder-shown")  # stored, and the box is empty again
            phone.reload()  # from what the service worker keeps
            page.wait_for_selector(".task")
            assert phone.number("#unsent-count") == 2
            assert "水过桥面" in page.inner_text(".said")
            stored = phone.stored()
            assert "水过桥面" not in str(stored)
            assert "马岙" not in str(stored)
            town.start()
            phone.context.set_offline(False)
            page.click("#field-sync")
            phone.until("#unsent-count", "0")
            page.click("[data-says=back]")
            phone.until("#unsent-count", "0")
            page.wait_for_selector(".task", state="detached")
        said = [
            entry.body.decode()
            for entry in field.log.after(0)
            if sent.worker in entry.body.decode() and '"says"' in entry.body.decode()
        ]
        told = [
            word
            for word in ("acknowledged", "arrived", "word", "back")
            for body in said
            if f'"says":"{word}"' in body
        ]
        assert told == ["acknowledged", "arrived", "word", "back"]  # each once
        held = field.book().tasks[sent.task]
        assert sent.worker in held.arrived
        assert sent.worker in held.back
        assert held.arrived[sent.worker] < held.back[sent.worker]
        assert who_is_out(field.book(), field.rules, now=town.now()) == ()
        field.verify()
    finally:
        town.stop()
