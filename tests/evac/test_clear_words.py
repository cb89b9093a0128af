"""Words that come in by any border name nobody whom they are about, and the two routes of a phone end in one event."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evac.clear_words import NAME_MARK, NUMBER_MARK, WORDS, _covers, as_kept, nameless, numberless, worded
from evac.cli import main
from evac.events import KINDS, canonical
from evac.model import Destination, Stay
from evac.people.clerk import Clerk
from evac.registry import Registry
from evac.returning.closing import account_for
from evac.store.memory import MemoryStore
from evac.store.sqlite import SQLiteStore
from evac.sync.phone_file import take_in_phone
from evac.tokens import Role
from evac.vault import Vault
from tests.evac.api.desks import ANN, Desk, listed
from tests.evac.scenes import LATER, make_event
from tests.evac.web.sealed import sealed_file

BOB = replace(
    ANN, name="欧阳小明", phone="13800001111", helper="王大山 0580-2021234",
    destination=Destination(Stay.RELATIVES, "外婆 陈阿花 家"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("欧阳小明在外打工", "[姓名]在外打工"),
        ("本人电话 138-0000 1111", "本人电话 [号码]"),
        ("由王大山照看,0580-2021234", "由[姓名]照看,[号码]"),
        ("住陈阿花处", "住[姓名]处"),
        ("病假条 2021-17 号", "病假条 2021-17 号"),
        ("欧阳路口", "欧阳路口"),
        ("电话１３８００００１１１１", "电话[号码]"),
        ("138.0000.1111", "[号码]"),
        ("138——0000——1111", "[号码]"),
        ("(138)0000·1111", "([号码]"),
        ("欧阳\u3000小明外出", "[姓名]外出"),
        ("请,问", "请,问"),
    ],
)
def test_who_an_event_is_about_is_not_named_in_its_words(said: str, kept: str) -> None:
    event = make_event("exempted", code=BOB.code, evidence=said)
    assert getattr(nameless(event, BOB), "evidence") == kept  # noqa: B009
    assert nameless(event, BOB).actor == event.actor


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("问邻居13900002222", "问邻居[号码]"),
        ("问邻居139.0000.2222", "问邻居[号码]"),
        ("打０５８０－２０２１２３４", "打[号码]"),
        ("水位13.5 14.2 15.1米,雨量160", "水位13.5 14.2 15.1米,雨量160"),
        ("1" * 15 + "ab1390000" + "2" * 8, "1" * 15 + "ab1390000" + "2" * 8),  # the id of a report
    ],
)
def test_nobodys_number_stays_in_words(said: str, kept: str) -> None:
    for kind, name in (("checked", "note"), ("exempted", "evidence"), ("rated", "subject")):
        assert getattr(numberless(make_event(kind, **{name: said})), name) == kept
    assert getattr(numberless(make_event("danger_seen", where=said)), "where") == said  # noqa: B009


def test_the_next_shift_can_ring_whom_the_last_one_left_for_it() -> None:
    said = "三号泵站值班 0580-8012345;户主330902195001011234 待联系"
    told = numberless(make_event("duty_handed_over", duty="值守", to="乙", matters=said))
    assert told.matters == "三号泵站值班 0580-8012345;户主[号码] 待联系"


def test_the_number_of_a_house_or_a_store_is_no_persons() -> None:
    for kind, name in (("inspection_wanted", "subject"), ("stock_moved", "to")):
        event = make_event(kind, **{name: "330902001001007"})
        assert numberless(event) == event
    called = make_event("checked", subject="张三 13900002222")
    assert getattr(numberless(called), "subject") == "张三 [号码]"  # noqa: B009


def test_the_number_of_a_vessel_is_no_persons() -> None:
    for number in (
        "浙普渔 65801",
        "IMO 9074729",
        "IMO9074729",
        "412345678",
        "3309021998080023",
        "ZDY01234567",
    ):
        event = make_event("vessel_checked", vessel=number)
        assert numberless(event) == event
    for number in ("330902195001011234", "13800001111", "0580-2021234", "船长13800001111"):
        assert NUMBER_MARK in getattr(numberless(make_event("vessel_checked", vessel=number)), "vessel")  # noqa: B009


def test_a_name_in_a_place_goes_and_a_shelter_keeps_its_own() -> None:
    told = {"code": BOB.code, "place": "欧阳小明家对面诊所"}
    (medical,) = worded([make_event("medical", **told)])
    assert nameless(medical, BOB).place == "[姓名]家对面诊所"
    arrived = make_event("arrived_shelter", **told)
    assert (worded([arrived]), nameless(arrived, BOB)) == ([], arrived)
    assert worded([make_event("medical", code=BOB.code, place="S1")]) == []


def test_what_is_written_at_a_desk_names_nobody_either(tmp_path: Path) -> None:
    registry = Registry(SQLiteStore(tmp_path / "county.sqlite"))
    registry.store.put_people([BOB])
    registry.check_in(make_event("ordered", code=BOB.code), received_at=LATER)
    clerk = Clerk("王村长", "330902001", "D7", LATER)
    said = account_for(registry, BOB.code, how="欧阳小明在家,电话13800001111,邻居13900002222", clerk=clerk)
    assert said.how == "seen [姓名]在家,电话[号码],邻居[号码]"
    registry.store.close()
    ready = [
        "ready",
        "check",
        "generator",
        "330902001001",
        "--ok",
        "--by",
        "王村长",
        "--note",
        "坏了找13900002222",
    ]
    with pytest.raises(SystemExit) as ended:
        main([*ready, "--registry", str(tmp_path / "county.sqlite")])
    assert ended.value.code in (0, None)
    store = SQLiteStore(tmp_path / "county.sqlite", read_only=True)
    (checked,) = [event for event in store.events() if event.kind == "checked"]
    store.close()
    assert getattr(checked, "note") == "坏了找[号码]"  # noqa: B009


def test_a_call_for_rescue_keeps_its_words() -> None:
    assert (
        worded([make_event("rescue_called", code=BOB.code, where="欧阳小明家屋顶"), make_event("notified")])
        == []
    )


@given(st.sampled_from(sorted(KINDS)))
def test_every_free_text_that_devices_send_is_looked_at(kind: str) -> None:
    from evac.api.parsing import Text, _types

    text = {name for name, made in _types(kind).items() if made is Text}
    assert text - {"category", "region"} <= set(WORDS[kind]) <= set(_types(kind))


def test_a_name_in_words_is_not_stored_and_a_repeat_is_a_repeat() -> None:
    store = MemoryStore()
    listed(store)
    desk = Desk(store)
    sent = make_event("exempted", 5, code=ANN.code, evidence=f"{ANN.name}外出", device="D1")
    with desk.client:
        headers = desk.token(Role.LIAISON)
        desk.send(make_event("notified", 4, code=ANN.code, device="D1"), headers=headers)
        first, again = (desk.send(sent, headers=headers).json() for _ in range(2))
        assert (first["stored"], again["repeated"], again["conflicting"]) == ([sent.event_id],) * 2 + ([],)
        store.put_people([replace(ANN, name="演练丁")])  # corrected since: what is kept stays as it is
        assert desk.send(sent, headers=headers).json()["conflicting"] == []
    (kept,) = [event for event in store.events() if event.event_id == sent.event_id]
    assert getattr(kept, "evidence") == "[姓名]外出"  # noqa: B009


def test_a_phones_file_and_its_network_end_in_one_event() -> None:
    store, vault = MemoryStore(), Vault(bytes(32))
    listed(store)
    sent = [
        make_event("medical", 5, code=ANN.code, place="县医院 138-0000-1111", device="D1"),
        make_event(
            "checked", 6, code=ANN.code, item="屋", note=f"{ANN.name}家 330902195001011234", device="D1"
        ),
        make_event("arrived_relatives", 7, code=ANN.code, place="外婆家 张三", device="D1"),
    ]
    file = sealed_file(sent, vault, device="D1")
    _, done = take_in_phone(Registry(store), BytesIO(file), "p", event="2106", now=LATER, vault=vault)
    assert (done.stored, done.conflicting) == (3, [])
    for trace in ("138", "3309021950", ANN.name, "张三"):
        assert all(trace not in canonical(event).decode() for event in store.events() if event.device == "D1")
    desk = Desk(store)
    with desk.client:
        told: dict[str, Any] = desk.send(*sent, headers=desk.token()).json()
    assert (len(told["repeated"]), told["conflicting"]) == (3, [])


PIECES = st.lists(st.sampled_from(["a", "b", "\n", NAME_MARK, NUMBER_MARK]), max_size=9).map("".join)


@given(PIECES, PIECES)
def test_a_mark_stands_for_any_words(marked: str, text: str) -> None:
    parts = re.split(f"{re.escape(NAME_MARK)}|{re.escape(NUMBER_MARK)}", marked)
    assert _covers(marked, text) == (re.fullmatch("(?s:.+)".join(map(re.escape, parts)), text) is not None)


def test_words_full_of_marks_hold_nobody_up() -> None:
    store = MemoryStore()
    listed(store)
    kept = make_event("checked", 6, code=ANN.code, item="屋", note="a" * 2000)
    Registry(store).check_in(kept, received_at=LATER)
    sent = replace(kept, note=f"{NAME_MARK}a" * 12 + "b")  # type: ignore[call-arg]
    assert as_kept(store, [sent])[kept.event_id] == sent
