"""Events on the wire: what canonical writes is read back, the quick way and the careful way alike."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evac.api.contract import EXAMPLES
from evac.api.parsing import STRUCTS, parse_list, schema_of_events
from evac.clear_words import looks_like_number, without_contacts
from evac.events import KINDS, Envelope, Mode, canonical, instant_of, parse
from tests.evac.scenes import make_event

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=30)
TIMES = st.integers(0, 2**52).map(instant_of)


PLAIN = WORDS.filter(lambda text: without_contacts(text) == text and not looks_like_number(text))


@st.composite
def events(draw: st.DrawFn) -> Envelope:
    kind = draw(st.sampled_from(sorted(STRUCTS)))
    changes: dict[str, Any] = {
        "place": draw(st.sampled_from(["330903", "亲友家"]) if kind == "arrived_relatives" else PLAIN), "actor": draw(WORDS), "device": draw(WORDS.filter(bool)), "mode": draw(st.sampled_from(Mode)),
        "counter": draw(st.integers(0, 2**63 - 1)), "device_at": draw(TIMES), "trusted_at": draw(TIMES),
    }  # fmt: skip
    changes |= {name: "ab" * 16 for name in ("target",) if name in STRUCTS[kind].__struct_fields__}
    if kind == "danger_joined":
        changes["into"] = "cd" * 16
    return make_event(kind, **changes)


def body_of(*records: bytes) -> bytes:
    return b'{"events":[' + b",".join(records) + b"]}"


@given(st.lists(events(), max_size=5))
def test_what_is_written_is_read_back(made: list[Envelope]) -> None:
    assert parse_list(body_of(*map(canonical, made))) == (made, [])


@given(events())
def test_spaces_order_and_escapes_change_nothing(event: Envelope) -> None:
    record = json.loads(canonical(event))
    shuffled = json.dumps(dict(reversed(record.items())), ensure_ascii=True, indent=1).encode()
    assert parse_list(body_of(shuffled, canonical(event))).events == [event, event]


@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(lambda x: json.dumps(x).encode())
)
def test_nothing_else_than_a_value_error_comes_of_any_bytes(body: bytes) -> None:
    try:
        parsed = parse_list(body)
    except ValueError:
        return
    assert parsed.events == []


@given(events(), st.data())
def test_what_is_read_is_what_the_log_reads(event: Envelope, data: st.DataObject) -> None:
    """Whatever the border accepts, the log's own reader reads as the same event."""
    record = json.loads(canonical(event))
    name = data.draw(st.sampled_from(sorted(record)))
    record[name] = data.draw(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False)
    )
    for accepted in parse_list(body_of(json.dumps(record).encode())).events:
        assert parse(canonical(accepted)) == accepted


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_has_a_schema_with_all_that_canonical_writes(kind: str) -> None:
    _, parts = schema_of_events()
    written = set(json.loads(canonical(make_event(kind))))
    assert set(parts[kind]["properties"]) == written
    assert set(parts[kind]["required"]) == written - {"sealed"}
    assert parts[kind]["additionalProperties"] is False


def test_the_examples_of_the_document_are_events() -> None:
    assert parse_list(body_of(*map(canonical, EXAMPLES))).events == list(EXAMPLES)


def test_reasons_hold_nothing_of_what_was_sent() -> None:
    record = msgspec.json.decode(canonical(make_event("notified", actor="张三")))
    for change in ({"counter": "张三"}, {"张三": 1}, {"code": "张三"}, {"kind": "张三"}):
        ((_, reason),) = parse_list(body_of(json.dumps(record | change).encode())).invalid
        assert "张三" not in reason


def _read_both_ways(*records: bytes) -> list[Envelope]:
    """As the quick reading has it, and as the slow one has: the same."""
    body = body_of(*records)
    quick, slow = (parse_list(told) for told in (body, body.replace(b'"events"', b'"\\u0065vents"')))
    assert quick == slow
    assert quick.invalid == []
    return quick.events


def test_what_events_say_in_clear_holds_no_numbers_of_people_and_not_with_whom_they_stay() -> None:
    sent = [
        make_event("arrived_relatives", 1, place="外婆家 张三 330902195001011234"),
        make_event("arrived_relatives", 2, place="330903001"),
        make_event("arrived_shelter", 3, place="330902001001-001"),
        make_event("medical", 4, place="县医院 138-0000-1111"),
        make_event("arrived_ashore", 5, place="沈家门渔港 0580-2021234"),
        make_event("exempted", 6, evidence="外出 330902195001011234", place="330902001001"),
        make_event("rescue_called", 7, where="王家村桥头 电话13800001111"),
    ]
    told = _read_both_ways(*map(canonical, sent))
    assert [event.place for event in told[:5]] == [
        "亲友家", "330903001", "330902001001-001", "县医院 [号码]", "沈家门渔港 [号码]",
    ]  # fmt: skip
    assert getattr(told[5], "evidence") == "外出 [号码]"  # noqa: B009
    assert told[6] == sent[6]  # whoever comes to the rescue calls back


@pytest.mark.parametrize("kind", ["rescue_called", "danger_reported", "corrected_at_door"])
def test_a_device_without_a_key_leaves_out_what_it_cannot_seal(kind: str) -> None:
    whole = make_event(kind, 1)
    record = json.loads(canonical(whole))
    del record["sealed"]
    assert _read_both_ways(json.dumps(record, ensure_ascii=False).encode()) == [whole]
    twice = json.dumps(record).replace('"actor"', '"device": "other", "actor"', 1).encode()
    assert parse_list(body_of(twice)).events == []


def test_nothing_else_may_lack() -> None:
    record = json.loads(canonical(make_event("rescue_called", 1)))
    for name in record.keys() - {"sealed"}:
        body = body_of(json.dumps({k: v for k, v in record.items() if k != name}).encode())
        assert parse_list(body).events == [], name
