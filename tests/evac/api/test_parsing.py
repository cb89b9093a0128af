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
from evac.events import KINDS, Envelope, Mode, canonical, instant_of, parse
from evac.people.identity import looks_like_number
from tests.evac.scenes import make_event

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=30)
TIMES = st.integers(0, 2**52).map(instant_of)


@st.composite
def events(draw: st.DrawFn) -> Envelope:
    kind = draw(st.sampled_from(sorted(STRUCTS)))
    changes: dict[str, Any] = {
        "place": draw(WORDS.filter(lambda text: not looks_like_number(text))), "actor": draw(WORDS), "device": draw(WORDS.filter(bool)), "mode": draw(st.sampled_from(Mode)),
        "counter": draw(st.integers(0, 2**63 - 1)), "device_at": draw(TIMES), "trusted_at": draw(TIMES),
    }  # fmt: skip
    changes |= {name: "ab" * 16 for name in ("target",) if name in STRUCTS[kind].__struct_fields__}
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
    assert set(parts[kind]["required"]) == set(parts[kind]["properties"]) == written
    assert parts[kind]["additionalProperties"] is False


def test_the_examples_of_the_document_are_events() -> None:
    assert parse_list(body_of(*map(canonical, EXAMPLES))).events == list(EXAMPLES)


def test_reasons_hold_nothing_of_what_was_sent() -> None:
    record = msgspec.json.decode(canonical(make_event("notified", actor="张三")))
    for change in ({"counter": "张三"}, {"张三": 1}, {"code": "张三"}, {"kind": "张三"}):
        ((_, reason),) = parse_list(body_of(json.dumps(record | change).encode())).invalid
        assert "张三" not in reason


def test_an_identity_number_in_the_whereabouts_of_relatives_is_taken_out() -> None:
    sent = [
        make_event("arrived_relatives", 1, place="外婆家 330902195001011234"),
        make_event("arrived_shelter", 2, place="330902001001-001"),
    ]
    body = body_of(*map(canonical, sent))
    for told in (body, body.replace(b'"events"', b'"\\u0065vents"')):
        assert [event.place for event in parse_list(told).events] == ["外婆家 [号码]", "330902001001-001"]
