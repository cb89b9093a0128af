"""The phone page where something is wrong: stale rosters, unknown codes, broken packs, two tabs, servers that stall or fail."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from evac import codes
from evac.codes import short_code
from evac.events import ArrivedShelter
from evac.registry import Registry
from evac.tokens import Role, make_token
from evac.web.login import Login
from tests.browser.phones import Phone, arguments, phone_in
from tests.browser.windows import CHROMIUM, MARKS
from tests.evac.web.town import KEY, SCHOOL, TOWN, Town, people

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("uvicorn", reason="the server extra is not installed")

pytestmark = MARKS
PEOPLE = people()
HEARD = "async (text) => (await import('./door.js')).heard(text)"
PLACE = "async (place) => { (await import('./session.js')).session.place = place; }"
BREAK_PACK = """async () => {
  const db = await import('./database.js');
  const pack = await db.get('pack');
  pack[pack.length - 1] ^= 1;
  await db.put('pack', pack);
}"""
STALLED = """{
  const later = self.setTimeout, ask = self.fetch;
  self.setTimeout = (work, wait) => later(work, wait === 30000 ? 300 : wait);
  self.fetch = (url, how) => !self.stall || String(url).indexOf('roster') < 0 ? ask(url, how)
    : Promise.resolve(new Response(new ReadableStream({ start: (body) => {
        how.signal.addEventListener('abort', () => body.error(new DOMException('', 'AbortError')));
      } })));
}"""
"""Patience of a third of a second; with ``stall`` the roster's headers come and never its bytes."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments(None))
        yield chromium
        chromium.close()


def told(town: Town) -> list[str]:
    return sorted(event.kind for event in town.store.events() if event.device == "P7")


def arrival(code: str, event_id: str, at: datetime) -> ArrivedShelter:
    """At the school, by another phone."""
    return ArrivedShelter(
        event_id=event_id,
        code=code,
        place=SCHOOL,
        actor="B",
        device="P8",
        counter=1,
        device_at=at,
        trusted_at=at,
    )


def newcomer(phone: Phone, name: str) -> None:
    phone.tab("door")
    phone.page.click("#blank")
    phone.page.fill("#new-name", name)
    phone.page.click("#new-go")
    phone.until("#unsent-count", "2")


@pytest.mark.slow
def test_a_roster_that_is_behind_drops_no_check_in(browser: Any, town: Town) -> None:
    came = arrival(PEOPLE[8].code, "e" * 32, datetime.now(UTC) - timedelta(minutes=30))
    Registry(town.store).check_ins([came], received_at=came.trusted_at)
    with phone_in(browser, town) as phone:
        phone.log_in()
        assert "已登记过" not in phone.type_code(short_code(PEOPLE[8].code))
        assert "照记" in phone.card()
        phone.page.click("#confirm")
        phone.until("#unsent-count", "1")
        assert "已登记过" in phone.type_code(short_code(PEOPLE[8].code))  # this phone's own, a moment ago
        phone.page.select_option("#action", "returned")
        for person in (PEOPLE[9], PEOPLE[10]):  # ordered: nobody has let them return
            assert "已登记过" not in phone.type_code(short_code(person.code))
            phone.page.click("#confirm")
            phone.page.wait_for_selector("#confirm", state="detached")
            assert "✓" not in phone.card()
            assert "与本机所知的状态不符" in phone.card()
        phone.until("#unsent-count", "3")
        phone.sync()
        phone.until("#unsent-count", "0")
    assert told(town) == ["arrived_shelter", "returned", "returned"]


@pytest.mark.slow
def test_a_signed_code_of_another_roster_arrives_and_registers_nobody(browser: Any, town: Town) -> None:
    came = arrival("7" * 26, "e" * 32, datetime.now(UTC) - timedelta(minutes=30))  # of another town, by P8
    Registry(town.store).check_ins([came], received_at=came.trusted_at)
    ticket = codes.Ticket(
        codes.mint(random.Random(99)), "330902", datetime.now(UTC).replace(microsecond=0), 240, drill=True
    )
    with phone_in(browser, town) as phone:
        phone.log_in()
        phone.page.evaluate(HEARD, codes.qr_text(codes.sign(ticket, KEY)))
        assert "不在名单" in phone.card()
        phone.page.click("#confirm")
        phone.until("#unsent-count", "1")
        phone.until("#here-count", "2")
        phone.sync()
        phone.until("#unsent-count", "0")
        phone.until("#here-count", "2")  # the server counts them now, and nobody twice
        assert "服务器计于" in (phone.tab("tally") or phone.page.inner_text("#counted"))
        phone.tab("door")
        phone.page.click("#undo")
        phone.until("#here-count", "1")
        phone.page.evaluate(PLACE, "elsewhere")
        phone.tab("tally")
        assert "服务器没有给出" in phone.page.inner_text("#counted")
        assert phone.number("#here-count") == 0
    with phone_in(browser, town) as phone:
        phone.log_in()
        assert phone.number("#here-count") == 2
        phone.page.evaluate(HEARD, f"{town.url}/{PEOPLE[8].code}")  # as a person's own phone shows it
        phone.page.wait_for_selector("#confirm")
        assert "张**" in phone.card()
        phone.page.click("#confirm")
        phone.until("#unsent-count", "1")
        town.store.put_labels({codes.SITES: "https://code.example/c/"})
        phone.sync()
        phone.tab("door")
        phone.page.evaluate(HEARD, f"{town.url}/{PEOPLE[9].code}")  # the county has named another address
        assert "不是安全码" in phone.card()
        phone.page.evaluate(HEARD, f"https://code.example/c/{PEOPLE[9].code}")
        phone.page.wait_for_selector("#confirm")


@pytest.mark.slow
def test_a_code_that_is_somebody_elses_stays_in_sight(browser: Any, town: Town) -> None:
    with phone_in(browser, town) as phone:
        phone.log_in()
        phone.page.route("**/v1/people", lambda route: route.fulfill(status=409, json={}))
        newcomer(phone, "来客乙")
        for _ in range(2):
            phone.sync()
            phone.until("#unsent-count", "1")
            assert "来客乙" in phone.page.inner_text("#troubled")
            phone.reload()
            phone.page.unroute("**/v1/people")
    assert told(town) == ["arrived_shelter"]


def renewed(town: Town) -> Login:
    text, token = make_token("P7", Role.CLERK, TOWN, made_at=datetime.now(UTC), valid=timedelta(hours=12))
    town.tokens.put(token)
    return Login(town.url, text, "P7", TOWN, "王村长", SCHOOL)


@pytest.mark.slow
def test_a_renewed_login_without_its_roster_leaves_the_page_alive(browser: Any, town: Town) -> None:
    with phone_in(browser, town) as phone:
        phone.log_in()
        phone.page.route("**/v1/**", lambda route: route.abort())
        phone.page.goto("about:blank")
        phone.page.goto(renewed(town).url())
        phone.page.wait_for_selector("body[data-ready=yes]")
        phone.reload()
        assert "张**" in phone.type_code(short_code(PEOPLE[8].code))  # the old roster, by the old key
        phone.page.click("#confirm")
        phone.until("#unsent-count", "1")
        phone.page.evaluate(BREAK_PACK)
        phone.reload()
        assert "打不开" in phone.page.inner_text("#notice")
        assert phone.number("#unsent-count") == 1
        phone.page.unroute("**/v1/**")
        phone.sync()
        phone.until("#unsent-count", "0")
        assert not phone.page.is_visible("#notice")
        phone.reload()
        phone.tab("door")
        assert "张**" in phone.type_code(short_code(PEOPLE[8].code))


def test_a_server_without_the_events_key_takes_the_phones_key_from_nobody(
    browser: Any, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    with phone_in(browser, town) as phone:
        phone.log_in()
        phone.sync()
        key = phone.stored()["meta/sealing"]
        assert "extractable=false" in key
        monkeypatch.setattr("evac.api.roster.keys_for_phone", lambda *_: None)
        phone.sync()
        assert phone.stored()["meta/sealing"] == key
        town.store.put_labels({"event": "2109"})
        phone.sync()
        assert phone.stored()["meta/sealing"] == "null"  # that of another event fits nothing of this one


def test_a_new_roster_opens_after_one_has_expired(browser: Any, town: Town) -> None:
    with phone_in(browser, town) as phone:
        phone.log_in()
        phone.page.route("**/v1/**", lambda route: route.abort())
        phone.context.add_init_script("{ const real = Date.now; Date.now = () => real() + 13 * 3600000; }")
        phone.reload()
        assert "到期" in phone.page.inner_text("#notice")
        phone.page.unroute("**/v1/**")
        phone.sync()
        assert "没有网络" not in phone.page.inner_text("#sync-told")
        assert not phone.page.is_visible("#notice")
        assert {"meta/pack", "meta/roster_key"} <= phone.stored().keys()


@pytest.mark.slow
def test_a_log_out_counts_what_another_tab_wrote(browser: Any, town: Town) -> None:
    with phone_in(browser, town) as phone:
        phone.log_in()
        phone.tab("upload")
        phone.context.route("**/v1/**", lambda route: route.abort())
        other = Phone(phone.context, town)
        other.page.goto(f"{town.url}/kiosk/")
        other.page.wait_for_selector("body[data-ready=yes]")
        other.type_code(short_code(PEOPLE[8].code))
        other.page.click("#confirm")
        other.until("#unsent-count", "1")
        out = "async (agreed) => (await import('./session.js')).logOut(agreed)"
        assert phone.page.evaluate(out, 0) is False
        assert [key for key in phone.stored() if key.startswith("outbox/")] != []
        phone.page.click("#log-out")
        phone.page.wait_for_selector("#login:not([hidden])")
        assert phone.agreed[0].endswith("1")
        assert len(phone.agreed) == 2
        other.page.wait_for_selector(
            "#login:not([hidden])"
        )  # the other tab was told, and shows nobody any more
        assert other.page.is_hidden("#door")
        assert other.said == []


def test_a_download_that_stalls_is_broken_off(browser: Any, town: Town) -> None:
    with phone_in(browser, town, script=STALLED) as phone:
        phone.log_in()
        phone.page.evaluate("() => { self.stall = true; }")
        phone.sync()
        assert not phone.page.is_disabled("#sync-go")
        assert "没有网络" in phone.page.inner_text("#sync-told")
        phone.page.evaluate("() => { self.stall = false; }")
        phone.sync()
        assert "全部已上传" in phone.page.inner_text("#sync-told")


@pytest.mark.slow
@pytest.mark.parametrize("status", [408, 502, 503, 504, 507])
def test_a_busy_server_strips_no_names(browser: Any, town: Town, status: int) -> None:
    with phone_in(browser, town) as phone:
        phone.log_in()
        phone.page.route("**/v1/people", lambda route: route.fulfill(status=status, json={}))
        newcomer(phone, "来客丙")
        for _ in range(3):
            phone.sync()
        phone.page.unroute("**/v1/people")
        phone.sync()
        phone.until("#unsent-count", "0")
    (new,) = [e.code for e in town.store.events() if e.kind == "registered" and e.device == "P7"]
    added = town.store.person(new)
    assert added is not None
    assert added.name == "来客丙"
