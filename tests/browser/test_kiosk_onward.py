"""A full door on the phone page in a real Chromium: where to is asked of the server, written down here, and not guessed offline."""

from __future__ import annotations

from typing import Any

import pytest

from evac.asides import Redirected
from evac.events import NO_ONE
from evac.model import Shelter
from evac.registry import Registry
from tests.browser.phones import phone_in
from tests.browser.windows import MARKS
from tests.evac.scenes import make_event
from tests.evac.web.town import HALL, SCHOOL, TOWN, Town

pytest.importorskip("uvicorn", reason="the server extra is not installed")

pytestmark = [*MARKS, pytest.mark.slow]


def test_a_clerk_at_a_full_door_asks_where_to_and_what_was_decided_is_sent(browser: Any, town: Town) -> None:
    town.store.put_shelters([
        Shelter(SCHOOL, "东门小学", "330902", 30, True, town=TOWN, longitude=122.10, latitude=30.0),
        Shelter(HALL, "文化礼堂", "330902", 60, True, town=TOWN, longitude=122.11, latitude=30.0),
    ])  # fmt: skip
    looked = make_event("checked", code=NO_ONE, place=HALL, item="power", ok=False, event_id="f" * 32)
    Registry(town.store).check_in(looked, received_at=town.now()).require_all()
    with phone_in(browser, town) as phone:
        phone.log_in()
        phone.tab("tally")
        phone.page.click("#onward-go")
        phone.page.fill("#onward-people", "3")
        phone.page.click("#onward-form .main")
        phone.page.wait_for_selector(".place")
        told = phone.page.inner_text("#onward-told")
        assert "文化礼堂" in told
        assert "963 m · 余 60" in told
        assert "是否安全不明" in told  # no run is named: nobody judged it
        assert "停电" in told  # what somebody found stands beside it
        phone.page.dblclick(".place .big")  # an impatient thumb
        phone.page.wait_for_selector("#onward-told h3")
        phone.until("#unsent-count", "0")
        assert "位置算占用" in phone.page.inner_text("#onward-told")
        phone.page.click("#onward-stop")
        phone.context.set_offline(True)
        phone.page.click("#onward-go")
        phone.page.click("#onward-form .main")
        phone.page.wait_for_selector("#onward-told .stop-word")
        assert "没有网络" in phone.page.inner_text("#onward-told")
    (event,) = (e for e in town.store.events() if isinstance(e, Redirected))
    assert (event.place, event.to, event.count, event.why) == (SCHOOL, HALL, 3, "full")
