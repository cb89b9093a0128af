"""Lists of check-ins: what is stored, what is named, and what stops nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from evac.events import NO_ONE, canonical
from evac.model import State
from evac.tokens import Role
from riskmap.errors import SourceError
from tests.evac.api.desks import ANN, FAR, Desk, as_json
from tests.evac.scenes import make_event

STRANGER = "7" + "Z" * 25


def arrival(minute: float = 5, **more: Any) -> Any:
    return make_event("arrived_shelter", minute, **({"code": ANN.code} | more))


def test_a_list_is_stored_and_a_repeat_named(desk: Desk) -> None:
    headers, events = desk.token(), [arrival(5), arrival(6, code=STRANGER)]
    first = desk.send(*events, headers=headers).json()
    assert first["stored"] == [event.event_id for event in events]
    assert first["unknown"] == [STRANGER]
    assert first["now"] == 1_627_108_200_000_000
    for _ in range(4):
        again = desk.send(*events, headers=headers).json()
        assert (again["stored"], again["repeated"]) == ([], first["stored"])
    assert again["head"] == first["head"]
    assert desk.store.standings([ANN.code])[ANN.code].state.state is State.SHELTERED
    assert desk.store.standings([STRANGER])[STRANGER].state.state is State.SHELTERED


def test_an_id_with_another_content_is_named(desk: Desk) -> None:
    headers, event = desk.token(), arrival()
    desk.send(event, headers=headers)
    answer = desk.send(replace(event, place="S2"), headers=headers).json()
    assert answer["repeated"] == answer["conflicting"] == [event.event_id]


def test_somebody_registered_in_the_same_list_is_no_stranger(desk: Desk) -> None:
    door = make_event("registered", 4, code=STRANGER, at_door=True)
    answer = desk.send(arrival(5, code=STRANGER), door, headers=desk.token()).json()
    assert answer["unknown"] == []


def test_bad_entries_stop_nothing(desk: Desk) -> None:
    good = as_json(arrival())
    bad: list[Any] = [
        {"kind": "nothing"}, None, 7, [], good | {"counter": -1}, good | {"counter": 2**70}, good | {"extra": 1},
        good | {"code": "ILOU"}, good | {"event_id": "0" * 31 + "\n"}, good | {"device_at": 10**30}, good | {"actor": "\0"},
        good | {"mode": "magic"}, {k: v for k, v in good.items() if k != "place"}, good | {"place": "长" * 201},
    ]  # fmt: skip
    body = json.dumps({"events": [*bad, good]})
    answer = desk.client.post("/v1/checkins", content=body, headers=desk.token())
    assert answer.status_code == 200
    assert [one["index"] for one in answer.json()["invalid"]] == list(range(len(bad)))
    assert answer.json()["stored"] == [good["event_id"]]


def test_words_of_sql_and_html_are_only_words(desk: Desk) -> None:
    odd = arrival(actor="'; DROP TABLE event;-- <script>alert(1)</script>", place='S"1\\')
    assert desk.send(odd, headers=desk.token()).json()["stored"] == [odd.event_id]
    assert desk.store.events_of([ANN.code])[ANN.code][-1] == odd


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"{}", b"null", b'{"events":{}}', b'{"events":[],"more":1}', b'{"events":[', b'{"events":["\xff"]}\xff',
        b'{"events":' + b"[" * 200_000 + b"]" * 200_000 + b"}", b'{"events":[' + b"1," * 1000 + b"1]}", b"\xef\xbb\xbf{}",
        b'{"events":' + b"9" * 100_000 + b"}",
    ],
)  # fmt: skip
def test_what_is_no_list_is_refused_whole(desk: Desk, body: bytes) -> None:
    before = desk.store.head()
    answer = desk.client.post("/v1/checkins", content=body, headers=desk.token())
    assert (answer.status_code, answer.json()["error"]) == (422, "bad_request")
    assert desk.store.head() == before


def test_an_empty_list_is_answered(desk: Desk) -> None:
    answer = desk.send(headers=desk.token())
    assert (answer.status_code, answer.json()["stored"]) == (200, [])


def test_a_key_that_stands_twice_is_no_event(desk: Desk) -> None:
    plain = canonical(arrival())
    twice = plain.replace(b'"place":"S1"', b'"place":"S1","place":"S2"')
    spaced = twice.replace(b'"actor":', b'"actor" :')
    escaped = plain.replace(b'"place":"S1"', b'"place":"S1","pl\\u0061ce":"S2"')
    body = b'{"events":[' + b",".join((twice, spaced, escaped)) + b"]}"
    answer = desk.client.post("/v1/checkins", content=body, headers=desk.token()).json()
    assert [one["index"] for one in answer["invalid"]] == [0, 1, 2]
    assert answer["stored"] == []


@pytest.mark.parametrize("day", [-1, 1])
def test_a_clock_off_by_a_day_is_held_at_the_receipt(desk: Desk, day: int) -> None:
    event = arrival(24 * 60 * day)
    desk.send(event, headers=desk.token())
    since = desk.store.standings([ANN.code])[ANN.code].state.since
    assert since is not None
    assert since <= desk.now
    assert desk.store.known([event.event_id]) == {event.event_id}


def test_only_the_tokens_device_speaks_unless_it_is_a_gateway(desk: Desk) -> None:
    other = arrival(device="D2")
    answer = desk.send(other, headers=desk.token()).json()
    assert [no["event_id"] for no in answer["refused"]] == [other.event_id]
    assert desk.send(other, headers=desk.token(gateway=True)).json()["stored"] == [other.event_id]


def test_commands_want_a_liaison_of_the_region(desk: Desk) -> None:
    near, far = make_event("withdrawn", 9, code=ANN.code), make_event("withdrawn", 9, code=FAR.code)
    no = desk.send(near, far, headers=desk.token(Role.CLERK)).json()["refused"]
    assert {one["event_id"] for one in no} == {near.event_id, far.event_id}
    answer = desk.send(near, far, headers=desk.token(Role.LIAISON)).json()
    assert answer["stored"] == [near.event_id]
    assert [one["event_id"] for one in answer["refused"]] == [far.event_id]
    assert "region" in answer["refused"][0]["reason"]


def test_counts_of_a_place_are_about_nobody_and_no_stranger(desk: Desk) -> None:
    counted, wrong = make_event("head_counted", 5, code=NO_ONE), arrival(5, code=NO_ONE)
    answer = desk.send(counted, wrong, headers=desk.token()).json()
    assert (answer["stored"], answer["unknown"]) == ([counted.event_id], [])
    assert [one["event_id"] for one in answer["refused"]] == [wrong.event_id]


def test_an_illegal_command_is_refused_with_the_machines_reason(desk: Desk) -> None:
    answer = desk.send(make_event("closed", 9, code=ANN.code), headers=desk.token(Role.LIAISON)).json()
    assert "closed is legal from returned" in answer["refused"][0]["reason"]


def test_a_clerk_undoes_what_the_own_device_sent_and_nothing_else(desk: Desk) -> None:
    mistake, foreign = arrival(5), arrival(6, device="D2")
    headers = desk.token()
    desk.send(foreign, headers=desk.token(device="D2"))
    undo = make_event("undone", 8, code=ANN.code, target=mistake.event_id)
    theirs = make_event("undone", 9, code=ANN.code, target=foreign.event_id)
    answer = desk.send(mistake, undo, theirs, headers=headers).json()
    assert undo.event_id in answer["stored"]
    assert [one["event_id"] for one in answer["refused"]] == [theirs.event_id]


@pytest.mark.parametrize("kind", ["arrived_shelter", "relief_drawn"])
def test_an_event_made_up_under_a_stored_id_makes_nobody_its_owner(desk: Desk, kind: str) -> None:
    theirs = make_event(kind, 6, code=ANN.code, device="D2")
    desk.send(theirs, headers=desk.token(device="D2"))
    undo = make_event("undone", 9, code=ANN.code, target=theirs.event_id)
    for forged in (replace(theirs, device="D1"), arrival(7, event_id=theirs.event_id)):
        answer = desk.send(forged, undo, headers=desk.token()).json()
        assert undo.event_id in [one["event_id"] for one in answer["refused"]]
        assert answer["stored"] == []
    own = make_event("undone", 9, code=ANN.code, device="D2", target=theirs.event_id)
    assert not [
        one for one in desk.send(theirs, own, headers=desk.token(device="D2")).json()["refused"]
        if "gives no commands" in one["reason"]
    ]  # fmt: skip


def test_an_id_that_stands_twice_in_a_list_has_no_owner(desk: Desk) -> None:
    mine = arrival(5)
    undo = make_event("undone", 8, code=ANN.code, target=mine.event_id)
    answer = desk.send(replace(mine, device="D2"), mine, undo, headers=desk.token()).json()
    assert undo.event_id in [one["event_id"] for one in answer["refused"]]


def test_a_merge_wants_both_people_of_the_region(desk: Desk) -> None:
    merges = [
        make_event("merged", 9, code=ANN.code, into=FAR.code),
        make_event("merged", 9, code=FAR.code, into=ANN.code),
    ]
    for merge in merges:
        (no,) = desk.send(merge, headers=desk.token(Role.LIAISON)).json()["refused"]
        assert "region" in no["reason"]
    assert desk.send(merges[0], headers=desk.token(Role.LIAISON, "33")).json()["refused"] == []


def test_a_clerks_phone_puts_nobody_on_the_list_but_at_the_door(desk: Desk) -> None:
    listing = make_event("registered", 4, code=STRANGER)
    (no,) = desk.send(listing, headers=desk.token()).json()["refused"]
    assert (no["event_id"], "at_door" in no["reason"]) == (listing.event_id, True)
    assert desk.send(listing, headers=desk.token(gateway=True)).json()["stored"] == [listing.event_id]


def test_a_clerks_phone_corrects_nobody_on_the_list(desk: Desk) -> None:
    listed, far = (make_event("corrected", 4, code=one.code, county="330999") for one in (ANN, FAR))
    (no,) = desk.send(listed, headers=desk.token()).json()["refused"]
    assert no == {"event_id": listed.event_id, "reason": "corrected: a clerk corrects nobody on the list"}
    answer = desk.send(listed, far, headers=desk.token(Role.LIAISON)).json()
    assert (answer["stored"], [no["event_id"] for no in answer["refused"]]) == (
        [listed.event_id],
        [far.event_id],
    )
    own = make_event("corrected_at_door", 5, code=STRANGER, county="330902")
    assert desk.send(own, headers=desk.token()).json()["stored"] == [own.event_id]


class _Failing:
    """A writer whose disk fails."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def check_ins(self, events: object) -> Any:
        raise self.error

    def close(self) -> None:
        pass


class _FullError(Exception):
    sqlite_errorname = "SQLITE_FULL"


@pytest.mark.parametrize(
    ("cause", "status", "word"),
    [(_FullError(), 507, "store_full"), (OSError(5, "io"), 503, "store_unavailable")],
)
def test_what_is_not_durable_is_not_acknowledged(
    open_desk: Any, cause: Exception, status: int, word: str
) -> None:
    error = SourceError("the registry could not store events")
    error.__cause__ = cause
    desk = open_desk(committer=_Failing(error))
    answer = desk.send(arrival(), headers=desk.token())
    assert (answer.status_code, answer.json()["error"]) == (status, word)
    assert "stored" not in answer.json()
    assert answer.headers["retry-after"]


def test_a_failed_look_up_takes_no_acknowledgement_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Any:
        raise SourceError("lost")

    monkeypatch.setattr(type(desk.store), "listed", broken)
    event = arrival()
    answer = desk.send(event, headers=desk.token()).json()
    assert (answer["stored"], answer["unknown"]) == ([event.event_id], None)


def test_the_receipt_is_of_the_servers_clock(desk: Desk) -> None:
    desk.send(arrival(), headers=desk.token())
    assert list(desk.store.log())[-1].received_at == desk.now
