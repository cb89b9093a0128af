"""Words that come in by any border name nobody whom they are about, and the two routes of a phone end in one event."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evac.clear_words import NAME_MARK, NUMBER_MARK, WORDS, _covers, as_kept, nameless, worded
from evac.events import KINDS, canonical
from evac.model import Destination, Stay
from evac.registry import Registry
from evac.store.memory import MemoryStore
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
    ],
)
def test_who_an_event_is_about_is_not_named_in_its_words(said: str, kept: str) -> None:
    event = make_event("exempted", code=BOB.code, evidence=said)
    assert getattr(nameless(event, BOB), "evidence") == kept  # noqa: B009
    assert nameless(event, BOB).actor == event.actor


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
