"""The phone page in a real Chromium: a shelter's evening without a network, reloaded in the middle, and sent at the end."""

from __future__ import annotations

import json
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from evac.codes import short_code
from evac.events import canonical, parse
from evac.model import State
from evac.phone_seal import open_phone_file
from evac.registry import Registry
from evac.state import fold
from evac.sync.phone_file import take_in_phone
from evac.web.frames import file_of_frames
from tests.browser.phones import Phone, Process, arguments, phone_in
from tests.browser.windows import CHROMIUM, MARKS
from tests.evac.web.town import VAULT, Town, camera, people

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("uvicorn", reason="the server extra is not installed")

pytestmark = MARKS
PEOPLE = people()
FILM = (PEOPLE[0], PEOPLE[4], PEOPLE[9])


@pytest.fixture(scope="module")
def playwright() -> Iterator[Any]:
    with sync_api.sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser(playwright: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    film = camera(tmp_path_factory.mktemp("camera") / "pendants.y4m", list(FILM))
    chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments(film))
    yield chromium
    chromium.close()


def kinds(town: Town) -> Counter[str]:
    return Counter(event.kind for event in town.store.events() if event.device == "P7")


@pytest.mark.slow
def test_a_shelter_offline_reloaded_in_the_middle_and_synced(browser: Any, town: Town) -> None:
    with phone_in(browser, town) as phone:
        phone.log_in()
        phone.go_offline()
        town.stop()

        phone.page.wait_for_selector("#confirm")  # the camera read a pendant
        shown = phone.card()
        phone.page.wait_for_timeout(2000)
        assert phone.card() == shown  # the next pendant does not slip under the finger
        phone.page.click("#confirm")
        phone.until("#unsent-count", "1")
        assert phone.page.get_attribute("#unsent", "class") == "some"
        phone.page.click("#batch")
        phone.until("#unsent-count", "3")  # the film goes round; each pendant is written down once
        phone.page.wait_for_timeout(2000)
        assert phone.number("#unsent-count") == 3

        phone.reload()  # without a network: from what the service worker keeps
        assert phone.number("#unsent-count") == 3
        assert phone.number("#here-count") == 3
        assert "张**" in phone.type_code(short_code(PEOPLE[8].code).lower())
        phone.page.click("#confirm")
        phone.until("#unsent-count", "4")
        phone.page.click("#undo")
        phone.until("#unsent-count", "5")
        phone.until("#here-count", "3")

        phone.page.click("#blank")
        phone.page.fill("#new-name", "外来客<b>")
        phone.page.fill("#new-phone", "13912345678")
        phone.page.click("#new-go")
        phone.until("#unsent-count", "7")
        phone.tab("tally")
        phone.page.fill("#heads", "5")
        phone.page.press("#heads", "Enter")
        phone.until("#unsent-count", "8")
        phone.tab("list")
        phone.page.fill("#search", "H0004")
        phone.page.click("#homes .big")
        phone.until("#unsent-count", "12")

        phone.sync()
        assert "没有网络" in phone.page.inner_text("#sync-told")
        assert phone.number("#unsent-count") == 12
        town.start()
        phone.context.set_offline(False)
        phone.sync()
        phone.until("#unsent-count", "0")
        phone.until("#here-count", "8")
        assert phone.page.get_attribute("#unsent", "class") == "none"
    assert kinds(town) == {"arrived_shelter": 9, "undone": 1, "registered": 1, "head_counted": 1}
    states = fold(town.store.events())
    inside = {code for code, state in states.items() if state.state is State.SHELTERED}
    newcomers = inside - {person.code for person in PEOPLE}
    assert {p.code for p in FILM} | {p.code for p in PEOPLE[16:20]} == inside - newcomers
    (new,) = newcomers
    added = town.store.person(new)
    assert added is not None
    assert (added.name, added.phone) == ("外来客<b>", "13912345678")
    assert states[PEOPLE[8].code].state is State.ORDERED
    counters = sorted(e.counter for e in town.store.events() if e.device == "P7")
    assert counters == list(range(1, 13))


@pytest.mark.slow
def test_a_sync_that_breaks_off_goes_on_and_doubles_nothing(browser: Any, town: Town) -> None:
    with phone_in(browser, town) as phone:
        phone.log_in()
        phone.tab("list")
        for home in ("H0001", "H0002"):
            phone.page.fill("#search", home)
            phone.page.click("#homes .big")
        phone.until("#unsent-count", "8")

        def lose(route: Any) -> None:
            route.fetch()  # the server has it, the phone does not hear so
            route.abort()

        phone.page.route("**/v1/checkins", lose)
        phone.sync()
        assert phone.number("#unsent-count") == 8
        assert kinds(town)["arrived_shelter"] == 8
        phone.page.unroute("**/v1/checkins")
        phone.reload()
        phone.sync()
        phone.until("#unsent-count", "0")
        assert kinds(town)["arrived_shelter"] == 8
        answer = {"stored": [], "repeated": [], "conflicting": [], "refused": [], "head": {}, "now": 0}
        phone.tab("list")
        phone.page.fill("#search", "H0000")
        phone.page.click("#homes .row button")
        said = answer | {"invalid": [{"index": 0, "reason": "不认得"}]}
        phone.page.route("**/v1/checkins", lambda route: route.fulfill(json=said))
        phone.sync()
        assert "不认得" in phone.page.inner_text("#troubled")
        assert phone.number("#unsent-count") == 1  # stays in sight


@pytest.mark.slow
def test_details_that_the_server_cannot_take_hold_up_nobody(browser: Any, town: Town) -> None:
    with phone_in(browser, town) as phone:
        phone.log_in()
        phone.page.route("**/v1/people", lambda route: route.fulfill(status=500, json={}))
        phone.page.click("#blank")
        phone.page.fill("#new-name", "来客甲")
        phone.page.click("#new-go")
        phone.until("#unsent-count", "2")
        phone.sync()
        phone.until(
            "#unsent-count", "1"
        )  # the arrival has gone, the details wait for a server in better health
        assert kinds(town) == {"arrived_shelter": 1}
        phone.page.unroute("**/v1/people")
        phone.page.route("**/v1/people", lambda route: route.fulfill(status=422, json={}))
        phone.sync()
        phone.page.wait_for_selector("text=补录")
        assert "来客甲" in phone.page.inner_text("#troubled")
        assert phone.number("#unsent-count") == 1  # somebody must still write the name in
        phone.page.click("#log-out")
        phone.page.wait_for_selector("#login:not([hidden])")
        assert phone.agreed[0].endswith("1")
    assert kinds(town) == {"arrived_shelter": 1, "registered": 1}


FIRST_DECODER_LOST = """
const Real = self.Worker;
self.made = 0;
self.Worker = function (url) { self.made += 1; return new Real(self.made === 1 ? 'lost.js' : url); };
"""


@pytest.mark.slow
def test_a_decoder_that_did_not_load_is_made_again(browser: Any, town: Town) -> None:
    with phone_in(browser, town, script=FIRST_DECODER_LOST) as phone:
        phone.log_in()
        phone.page.wait_for_selector("#confirm")  # the camera read a pendant all the same
        assert phone.page.evaluate("self.made") > 1


@pytest.mark.slow
def test_what_is_unsent_leaves_as_a_file_and_as_codes(browser: Any, town: Town) -> None:
    with phone_in(browser, town) as phone:
        phone.log_in()
        phone.go_offline()
        phone.tab("list")
        phone.page.fill("#search", "H0002")
        phone.page.click("#homes .big")
        phone.until("#unsent-count", "4")
        phone.tab("upload")
        with phone.page.expect_download() as download:
            phone.page.click("#export-file")
        whole = Path(download.value.path()).read_bytes()
        line, rest = whole.split(b"\n", 1)
        header = json.loads(line)
        assert {name: header[name] for name in ("evac", "version", "device", "count")} == {
            "evac": "events", "version": 2, "device": "P7", "count": 4,
        }  # fmt: skip
        assert all(p.code.encode() not in whole for p in PEOPLE)
        lines = open_phone_file(line + b"\n", rest, header, vault=VAULT, where="P7").splitlines()
        events = [parse(line) for line in lines]
        assert [canonical(event) for event in events] == lines
        assert {event.code for event in events} == {p.code for p in PEOPLE[8:12]}
        ids = [event.event_id for event in events]
        assert ids == sorted(ids)
        assert len(set(ids)) == 4
        assert all(name.encode() not in whole for p in PEOPLE for name in (p.name, p.household))
        with download.value.path().open("rb") as file:
            _, taken = take_in_phone(
                Registry(town.store), file, "P7", event="", now=datetime.now(UTC), vault=VAULT
            )
        assert (taken.stored, taken.refused) == (4, {})
        module = "async (bytes) => (await import('./transfer.js')).frames(Uint8Array.from(bytes))"
        assert file_of_frames(reversed(phone.page.evaluate(module, list(whole)))) == whole
        phone.page.click("#export-codes")
        first = read_canvas(phone.page.locator("#frame").screenshot())
        assert first.split(":")[2].startswith("1/")
        assert b64decode(first.split(":")[3]).startswith(b'{"evac":"events"')
        phone.page.click("#frames-stop")
        phone.reload()
        phone.tab("upload")
        phone.page.click("#export-codes")
        again = read_canvas(phone.page.locator("#frame").screenshot())
        assert again == first  # the same set, so that what was scanned of it counts
        phone.page.click("#frames-stop")
        assert phone.agreed == []
        assert phone.stored()["meta/sealing"].count("KEY extractable=false") == 1
        phone.page.evaluate("async () => { (await import('./session.js')).session.sealing = null; }")
        with phone.page.expect_download() as download:
            phone.page.click("#export-file")  # as in a tab that was open before the first roster
        assert (Path(download.value.path()).read_bytes(), phone.agreed) == (whole, [])
        phone.page.evaluate("async () => { await (await import('./database.js')).remove('sealing'); }")
        with phone.page.expect_download() as download:
            phone.page.click("#export-file")
        assert "不加密" in phone.agreed[0]  # as of a server without the event's key
        assert json.loads(Path(download.value.path()).read_bytes().splitlines()[0])["version"] == 1
        phone.context.set_offline(False)
        phone.page.click("#log-out")
        phone.page.wait_for_selector("#login:not([hidden])")
        phone.page.goto("about:blank")
        phone.log_in()
        phone.type_code(short_code(PEOPLE[4].code))
        phone.page.click("#confirm")
        phone.sync()
        phone.until("#unsent-count", "0")
    counters = sorted(e.counter for e in town.store.events() if e.device == "P7")
    assert counters == [1, 2, 3, 4, 5]  # an emptied phone goes on after what the registry has of it


@pytest.mark.slow
def test_a_browser_killed_after_the_tick_has_lost_nothing(
    playwright: Any, town: Town, tmp_path: Path
) -> None:
    first = Process(playwright, tmp_path)
    phone = first.phone(town)
    phone.log_in()
    phone.page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    town.stop()
    for person in PEOPLE[8:11]:
        phone.type_code(short_code(person.code))
        phone.page.click("#confirm")
        phone.page.wait_for_selector("#card.done")
    first.kill()
    second = Process(playwright, tmp_path)
    phone = second.phone(town)
    phone.page.goto(f"{town.url}/kiosk/")
    phone.page.wait_for_selector("body[data-ready=yes]")
    assert phone.number("#unsent-count") == 3
    town.start()
    phone.sync()
    phone.until("#unsent-count", "0")
    second.kill()
    assert sorted(e.counter for e in town.store.events() if e.device == "P7") == [1, 2, 3]


def read_canvas(png: bytes) -> str:
    import io

    import zxingcpp
    from PIL import Image

    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(png)).convert("L"))
    return str(found[0].text)


def test_a_clock_a_day_behind_and_the_servers_time_in_the_events(browser: Any, town: Town) -> None:
    behind = "{ const real = Date.now; Date.now = () => real() - 86400000; }"
    with phone_in(browser, town, script=behind) as phone:
        phone.log_in()
        phone.type_code(short_code(PEOPLE[8].code))
        phone.page.click("#confirm")
        phone.sync()
        phone.until("#unsent-count", "0")
    (event,) = [e for e in town.store.events() if e.device == "P7"]
    now = datetime.now(UTC)
    assert abs(event.trusted_at - now) < timedelta(minutes=1)
    assert abs(event.device_at - now + timedelta(days=1)) < timedelta(minutes=1)


@pytest.mark.slow
def test_nothing_personal_lies_in_clear_and_log_out_leaves_nothing(browser: Any, town: Town) -> None:
    with phone_in(browser, town) as phone:
        phone.log_in()
        phone.type_code(short_code(PEOPLE[8].code))
        phone.page.click("#confirm")
        phone.page.click("#blank")
        phone.page.fill("#new-name", "来客甲乙")
        phone.page.click("#new-go")
        phone.until("#unsent-count", "3")
        stored = phone.stored()
        assert stored["meta/device_key"] == stored["meta/roster_key"] == "KEY extractable=false"
        text = "\n".join(stored.values())
        secrets = [town.login.token, "王村长", "来客甲乙", "青岙村", PEOPLE[8].code, "王**"]
        found = [s for s in secrets if s in text or s.encode().decode("latin1") in text]
        assert found == []
        assert "#login" not in phone.page.url
        kept = phone.page.evaluate(
            "async () => ({ local: localStorage.length, session: sessionStorage.length, urls: (await Promise.all("
            "(await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).map((r) => r.url)))).flat() })"
        )
        assert (kept["local"], kept["session"]) == (0, 0)
        assert [url for url in kept["urls"] if "/v1/" in url] == []

        phone.tab("upload")
        phone.page.click("#log-out")
        phone.page.wait_for_selector("#login:not([hidden])")
        assert "3" in phone.agreed[0]  # asked, since something was unsent
        left = phone.stored()
        assert {key for key in left if not key.startswith("meta/")} == set()
        assert not {"meta/login", "meta/pack", "meta/roster_key", "meta/device_key"} & left.keys()


@pytest.mark.slow
@pytest.mark.parametrize("how", ["time", "server"])
def test_a_roster_that_has_ended_is_destroyed_and_work_goes_on(browser: Any, town: Town, how: str) -> None:
    with phone_in(browser, town) as phone:
        phone.log_in()
        phone.type_code(short_code(PEOPLE[8].code))
        phone.page.click("#confirm")
        phone.until("#unsent-count", "1")
        if how == "time":
            phone.go_offline()
            phone.context.add_init_script(
                "{ const real = Date.now; Date.now = () => real() + 13 * 3600000; }"
            )
            phone.reload()
            assert "到期" in phone.page.inner_text("#notice")
        else:
            other = Phone(phone.context, town)
            other.page.route("**/v1/**", lambda route: route.abort())  # asks nothing itself
            other.page.goto(f"{town.url}/kiosk/")
            other.page.wait_for_selector("body[data-ready=yes]")
            town.stop()  # a server remembers a token for some seconds
            town.tokens.revoke(town.token.token_id, at=datetime.now(UTC))
            town.start()
            phone.sync()
            assert "停用" in phone.page.inner_text("#notice")
            other.page.wait_for_selector("#notice:not([hidden])")  # the other tab was told
            other.tab("list")
            assert "没有名单" in other.page.inner_text("#homes")
        stored = phone.stored()
        assert not {"meta/pack", "meta/roster_key"} & stored.keys()
        assert phone.number("#unsent-count") == 1
        phone.tab("list")
        assert "没有名单" in phone.page.inner_text("#homes")
        phone.tab("door")
        phone.page.click("#blank")
        phone.page.click("#new-go")
        phone.until("#unsent-count", "3")
