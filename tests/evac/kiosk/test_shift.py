"""A shift at the door: the clock, the sheet, restarts, what came with the roster and what a phone shows."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta
from hashlib import sha256

from evac.codes import public_keys
from evac.keys import key_id
from evac.kiosk.clock import ClockRecord, KioskClock, clock_record, confirmed, doubt, steady_now, wall_now
from evac.kiosk.desk import CLOCK, Tone
from evac.kiosk.sheet import sheet_name
from evac.kiosk.terminal import checked_clock, hold_door, run
from evac.log import Head
from evac.model import State
from evac.registry import Registry
from evac.revocation import next_list, sign_list
from evac.witness import read_witness, written
from tests.evac.kiosk.doors import (
    KEY,
    NOW,
    Door,
    Watch,
    answers,
    desk_of,
    scan,
    unlisted,
)
from tests.evac.scenes import START, make_event
from tests.evac.sync.test_sticks import phone_file
from tests.evac.web.sealed import sealed_file


def test_the_counter_goes_on_after_a_restart_and_nothing_is_given_twice(door: Door) -> None:
    for person in door.people[:3]:
        door.desk.take(scan(person))
    again = desk_of(door.store, door.node, door.watch)
    again.take(scan(door.people[3]))
    mine = [e.counter for e in door.store.events() if e.device == "K1"]
    assert mine == [1, 2, 3, 4]


def test_a_shift_ends_with_a_sheet_whose_witness_holds(door: Door) -> None:
    said: list[str] = []
    typed = ["?", scan(door.people[0]), "n", "s", "q", "never read"]
    watch = Watch(NOW)
    registry = Registry(door.store)
    shift = hold_door(
        registry, door.node, shelter="S1", actor="李四", lines=iter(typed), say=said.append, ask=answers(""),
        wall=watch.wall, steady=watch.steady,
    )  # fmt: skip
    sheet = next(text for text in said if "交接单 ·" in text)
    assert written(door.store.seal()) in sheet
    public = door.node.private.public_key()
    assert read_witness(shift.witness, {key_id(public): public}).head == door.store.seal()
    assert (shift.present, shift.capacity, shift.not_sent, shift.tally) == (1, 300, 1, {"shelter": 1})
    assert sheet_name(shift) == "sheet-S1-202107241430.txt"
    assert said[2].count("\a") == 1
    assert clock_record(door.store.labels()[CLOCK]).offset == timedelta()


def test_a_clock_is_asked_about_where_there_is_a_doubt(door: Door) -> None:
    watch = Watch(NOW)

    def checked(*typed: str) -> ClockRecord:
        return checked_clock(door.store, ask=answers(*typed), wall=watch.wall, newest=None)

    first = checked("nonsense", "2021-07-24 14:40")  # Beijing; the laptop is ten minutes slow
    assert (first.offset, first.synced_at) == (timedelta(minutes=10), NOW + timedelta(minutes=10))
    watch.passes(hours=1)
    assert checked() == first
    watch.passes(days=3)
    assert checked("").offset == timedelta(minutes=10)  # slept: the offset still holds, a person agreed
    watch.passes(days=-2)
    assert checked("2021/07/24 15:00").synced_at == NOW + timedelta(minutes=30)
    newest = watch.at + timedelta(hours=2)
    found = checked_clock(door.store, ask=answers(""), wall=watch.wall, newest=newest)
    assert found.seen_at == watch.at  # earlier than an event of its own: asked


def test_time_goes_on_whatever_happens_to_the_wall_clock(door: Door) -> None:
    watch = door.watch
    door.desk.take(scan(door.people[0]))
    watch.at += timedelta(days=1)  # somebody set it
    watch.passes(minutes=5)
    assert door.desk.clock.jumped == timedelta(days=1)
    said: list[str] = []
    run(door.desk, iter([scan(door.people[1])]), said.append, ask=answers(""), node=door.node, began_at=NOW)
    times = [e.trusted_at for e in door.store.events() if e.device == "K1"]
    assert times == [NOW, NOW + timedelta(minutes=5)]
    assert door.desk.clock.jumped == timedelta()


def test_the_clock_record_goes_through_json() -> None:
    record = ClockRecord(timedelta(seconds=-3), NOW, NOW)
    assert clock_record(record.written()) == record
    assert doubt(record, NOW + timedelta(hours=13)) != ""
    assert doubt(None, NOW) != ""
    assert confirmed(NOW, NOW - timedelta(hours=1)).offset == timedelta(hours=1)
    clock = KioskClock(record, wall_now, steady_now)
    assert clock.now()[1] <= clock.now()[1]


def test_an_empty_log_has_a_head() -> None:
    assert written(Head()).startswith("0 ")


def test_a_code_that_has_run_out_is_still_its_wearers(door: Door) -> None:
    door.watch.passes(days=30)
    answer = door.desk.take(scan(door.people[0]))
    assert (answer.tone, "已过期" in answer.text) == (Tone.LOOK, True)
    assert door.state(door.people[0]) is State.SHELTERED
    assert door.desk.take(unlisted(door.rng)[1]).tone is Tone.BAD  # and of nobody who is known here


def test_a_revocation_list_comes_with_the_roster(door: Door) -> None:
    lost, text = unlisted(door.rng)
    listed = next_list(None, event="2106", revoke=[lost], now=START, valid_for=timedelta(days=2))
    signed = b64encode(sign_list(listed, KEY)).decode()
    door.store.put_labels(
        {"revocations": signed, "key_ring": public_keys([KEY.public.public_bytes_raw()]).to_json()}
    )
    desk = desk_of(door.store, door.node, door.watch)
    assert "已作废" in desk.take(text).text
    assert desk.take(unlisted(door.rng)[1]).tone is Tone.LOOK  # valid, and not on the list: to be named


def frames_of(data: bytes, size: int = 300) -> list[str]:
    """As the phone page shows them."""
    name, pieces = sha256(data).hexdigest()[:8], [data[n : n + size] for n in range(0, len(data), size)]
    return [f"EVX1:{name}:{n}/{len(pieces)}:{b64encode(p).decode()}" for n, p in enumerate(pieces, 1)]


def test_a_phone_shows_what_it_has_to_the_scanner(door: Door) -> None:
    came = [make_event("arrived_shelter", 90, code=p.code, device="P7") for p in door.people]
    first, *rest, last = frames_of(sealed_file(came, door.node.vault))
    other = frames_of(
        sealed_file(
            [make_event("left", 95, code=door.people[0].code, device="P8")], door.node.vault, device="P8"
        )
    )
    assert "without" in door.desk.take(other[0]).text
    for text in (last, first, last, *rest[1:]):
        answer = door.desk.take(text)  # another export begins, in any order
        assert (answer.tone, "its 1 codes are dropped" in answer.text) == (Tone.SILENT, True)
    answer = door.desk.take(rest[0])
    assert (answer.tone, "P7: 新 new 6" in answer.text) == (Tone.GOOD, True)
    assert door.desk.present() == 6
    for text in other:
        answer = door.desk.take(text)
        assert "dropped" not in answer.text
    assert "P8: 新 new 1" in answer.text
    wrong = {
        "不属于本次事件": sealed_file(came, door.node.vault, event="2109"),
        "未加密也未签名": phone_file(came),
        "签名不符": sealed_file(came, door.node.vault, mac=bytes(32)),
    }
    for word, data in wrong.items():
        told = [door.desk.take(text).text for text in frames_of(data, 5000)]
        assert word in told[-1]
