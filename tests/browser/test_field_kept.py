"""What a grid worker's phone keeps and lets go of: a new call beside what is typed, a phone that is shut out, tasks of yesterday."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from evac.field.desk import FieldDesk
from evac.tokens import Role, Token, make_token
from evac.web.login import Login
from tests.browser.phones import Phone, phone_in
from tests.browser.test_field_page import AtThatTime
from tests.browser.windows import MARKS
from tests.evac.field.scene import AT, VILLAGE, level, scene

pytest.importorskip("uvicorn", reason="the server extra is not installed")

pytestmark = [*MARKS, pytest.mark.slow]
LOOK = (
    "() => { self.dispatchEvent(new Event('online')); }"  # asks the server, and takes the focus from nowhere
)
TOMORROW = "(() => { const now = Date.now; Date.now = () => now() + 25 * 3600e3; })()"


@pytest.fixture(scope="module")
def post() -> Iterator[tuple[FieldDesk, AtThatTime, str]]:
    """A server with one call out, and whom it called."""
    field = scene()
    level(field, 6.5)
    sent = next(task for task in field.book().open_tasks() if not task.room).last
    town = AtThatTime([], field=field)
    yield field, town, sent.worker
    town.stop()


def log_in(phone: Phone, town: AtThatTime, worker: str) -> Token:
    text, token = make_token(worker, Role.GRID, VILLAGE, made_at=AT, valid=timedelta(days=3))
    town.tokens.put(token)
    phone.page.goto(Login(town.url, text, worker, VILLAGE, role="grid").url())
    phone.page.wait_for_selector(".task")
    return token


def until(phone: Phone, node: str, wanted: str) -> None:
    """Ask the server until a node says it; it remembers a token for some seconds."""
    for _ in range(60):
        if wanted in phone.page.inner_text(node):
            return
        phone.page.evaluate(LOOK)
        phone.page.wait_for_timeout(250)
    raise AssertionError(f"{node} says {phone.page.inner_text(node)!r}")


def test_a_new_call_leaves_the_typing_alone_and_a_phone_shut_out_lets_go_of_where_people_are(
    browser: Any, post: tuple[FieldDesk, AtThatTime, str]
) -> None:
    field, town, worker = post
    with phone_in(browser, town) as phone:
        token, page = log_in(phone, town, worker), phone.page
        first = page.get_attribute(".task", "data-task")
        page.locator(".task textarea").press_sequentially("水过桥")
        level(field, 90.0, minute=2, source="G2")
        other = next(one for one in field.book().open_tasks() if not one.room and one.id != first)
        field.send(other.id, worker, by="王指挥", reason="就近", now=town.now())
        page.evaluate(LOOK)
        page.wait_for_selector(f".task[data-task='{other.id}']")
        box = f".task[data-task='{first}'] textarea"
        assert page.evaluate("document.activeElement.closest('.task').dataset.task") == first
        page.keyboard.type("面")  # the keyboard is still there, and goes on where it was
        assert page.input_value(box) == "水过桥面"
        town.tokens.revoke(token.token_id, at=town.now())
        until(phone, "#field-told", "此设备已被停用")
        page.keyboard.type(",")  # nothing throws under the finger
        page.locator(box).blur()
        page.wait_for_selector(".task", state="detached")  # where people are is gone from a phone shut out
        assert not [key for key in phone.stored() if key.startswith("tasks")]


def test_tasks_of_yesterday_are_gone_from_a_phone_without_a_network(
    browser: Any, post: tuple[FieldDesk, AtThatTime, str]
) -> None:
    _, town, worker = post
    with phone_in(browser, town) as phone:
        log_in(phone, town, worker)
        phone.go_offline()
        phone.reload()
        phone.page.wait_for_selector(".task")  # today they are there
        phone.context.add_init_script(TOMORROW)
        phone.reload()
        phone.page.wait_for_selector("#field-told:visible")
        assert phone.page.locator(".task").count() == 0
        assert "马岙" not in phone.page.inner_text("body")
        assert not [key for key in phone.stored() if key.startswith("tasks")]
