"""Decisions: the fold does not care about order or repeats, refusals say why, two endings, and the log is for good."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evac.errors import ConflictError
from evac.log import BodyLog
from evac.response.cascade import cascade, lags
from evac.response.desk import ResponseDesk
from evac.response.events import (
    Ended,
    Lowered,
    Raised,
    Released,
    ResponseRecord,
    Started,
    canonical,
    parse,
)
from evac.response.levels import Level, Unit
from evac.response.standing import Key, fold, refusal
from evac.store.body_log import MemoryBodyLog, SQLiteBodyLog
from riskmap.errors import DataError, SourceError

NOON = datetime(2021, 7, 24, 4, tzinfo=UTC)
KEY = Key("2106", "33", "typhoon", True)
LOGS: dict[str, Callable[[Path], BodyLog]] = {
    "memory": lambda _: MemoryBodyLog(),
    "sqlite": lambda folder: SQLiteBodyLog(folder / "responses.sqlite", "responses"),
}


def record(cls: type, hours: float, level: Level | None = None, **changes: Any) -> ResponseRecord:
    given_: dict[str, Any] = {
        "id": f"{cls.__name__}-{hours}", "event": "2106", "region": "33", "of": "typhoon", "exercise": True,
        "at": NOON + timedelta(hours=hours), "by": "张三", "post": "省防指", "reason": "会商",
    }  # fmt: skip
    if level is not None:
        given_["level"] = level
    if cls is Released:
        given_["order"] = "演练令5"
    made: ResponseRecord = cls(**{**given_, **changes})
    return made


INFA = [
    record(Started, -72, Level.IV),
    record(Raised, -48, Level.III),
    record(Raised, -22, Level.II),
    record(Raised, 0, Level.I),
    record(Lowered, 69, Level.II),
    record(Released, 80),
    record(Ended, 90),
]


@given(st.permutations(INFA + INFA[:3]))
def test_order_and_repeats_do_not_matter(records: list[ResponseRecord]) -> None:
    found = fold(records)[KEY]
    assert (found.level, found.contradictions) == (Level.NONE, ())
    assert found.history == tuple(INFA)
    assert (found.ended_at, found.released_at) == (INFA[-1].at, INFA[-2].at)
    assert [found.at(NOON + timedelta(hours=h)).roman for h in (-100, -60, -1, 0, 70, 91)] == list("—ⅣⅡⅠⅡ—")


KINDS = st.sampled_from([Started, Raised, Lowered, Ended, Released])
ANY = st.builds(
    lambda cls, hours, level, n: record(
        cls, hours, level if cls in (Started, Raised, Lowered) else None, id=str(n)
    ),
    KINDS, st.integers(0, 9), st.sampled_from(list(Level)[1:]), st.integers(0, 30),
)  # fmt: skip


@given(st.lists(ANY, max_size=9), st.randoms())
def test_the_fold_is_one_for_every_order_whatever_happened(records: list[ResponseRecord], draw: Any) -> None:
    shuffled = list(records)
    draw.shuffle(shuffled)
    assert fold(shuffled) == fold(records)
    for response in fold(records).values():
        assert len(response.history) + len(response.contradictions) == len({r.id for r in records})


@given(st.lists(ANY, max_size=8))
def test_a_desk_that_refuses_never_holds_a_contradiction(records: list[ResponseRecord]) -> None:
    kept: list[ResponseRecord] = []
    for new in records:
        if refusal(kept, new) is None and all(r.id != new.id for r in kept):
            kept.append(new)
    assert all(response.contradictions == () for response in fold(kept).values())


@pytest.mark.parametrize(
    ("before", "new", "said"),
    [
        ([], record(Raised, 0, Level.II), "no response is in force"),
        ([], record(Ended, 0), "no response is in force"),
        ([], record(Released, 0), "no response was ever started"),
        (INFA[:1], record(Started, 0, Level.II), "in force already"),
        (INFA[:2], record(Raised, 0, Level.III), "not graver"),
        (INFA[:2], record(Lowered, 0, Level.II), "not between"),
        (INFA[:2], record(Lowered, 0, Level.NONE), "to none is an end"),
        (INFA[:6], record(Released, 85), "released already"),
        # on paper at the time, entered afterwards: it would make the raise to Ⅲ void
        (INFA[:2], record(Ended, -60), "would make a later decision void"),
    ],
)
def test_a_refused_decision_says_why(before: list[ResponseRecord], new: ResponseRecord, said: str) -> None:
    desk = ResponseDesk(MemoryBodyLog())
    for old in before:
        desk.decide(old, now=NOON + timedelta(days=5))
    head = desk.log.head()
    with pytest.raises(ConflictError, match=said):
        desk.decide(new, now=NOON + timedelta(days=5))
    assert desk.log.head() == head


def test_the_two_endings_do_not_imply_each_other() -> None:
    ended = fold([INFA[0], record(Ended, 1)])[KEY]
    assert (ended.level, ended.ended_at is not None, ended.released_at) == (Level.NONE, True, None)
    released = fold([INFA[0], record(Released, 1)])[KEY]
    assert (released.level, released.ended_at, released.released_at is not None) == (Level.IV, None, True)
    both = fold([INFA[0], record(Ended, 1), record(Released, 2)])[KEY]
    assert both.released_at is not None
    again = fold([INFA[0], record(Ended, 1), record(Released, 2), record(Started, 3, Level.III)])[KEY]
    assert (again.level, again.ended_at, again.released_at) == (Level.III, None, None)


@pytest.mark.parametrize("kind", LOGS)
def test_a_late_paper_takes_its_place_and_the_same_id_counts_once(kind: str, tmp_path: Path) -> None:
    desk = ResponseDesk(LOGS[kind](tmp_path))
    now = NOON + timedelta(days=5)
    for one in (INFA[0], INFA[3], INFA[1], INFA[2], INFA[2]):
        response = desk.decide(one, now=now)
    assert (response.level, desk.log.head().sequence) == (Level.I, 4)
    assert [r.at for r in response.history] == sorted(r.at for r in response.history)
    desk.verify()
    desk.log.close()


def test_a_decision_from_the_future_is_refused() -> None:
    desk = ResponseDesk(MemoryBodyLog())
    with pytest.raises(ConflictError, match="from the future"):
        desk.decide(record(Started, 25, Level.I), now=NOON)
    assert desk.decide(record(Started, 24, Level.I), now=NOON).level is Level.I


def test_a_drill_and_the_real_thing_never_mix() -> None:
    found = fold([INFA[0], record(Started, -70, Level.II, exercise=False)])
    assert {key.exercise: r.level for key, r in found.items()} == {True: Level.IV, False: Level.II}


@pytest.mark.parametrize("one", INFA, ids=lambda r: r.kind)
def test_a_record_survives_its_bytes(one: ResponseRecord) -> None:
    assert parse(canonical(one)) == one


@pytest.mark.parametrize(
    "junk",
    [b"", b"[]", b"{}", canonical(INFA[0]).replace(b"started", b"sung"), canonical(INFA[0]).replace(b'"level":1', b'"level":9'), canonical(INFA[0]).replace(b'"level":1', b'"level":null'),
     canonical(INFA[0]).replace(b'"post"', b'"poste"')],
)  # fmt: skip
def test_junk_is_named(junk: bytes) -> None:
    with pytest.raises(DataError, match="not a record of responses"):
        parse(junk)


@pytest.mark.parametrize("wrong", [{"by": " "}, {"reason": ""}, {"region": "33x"}, {"of": "war"}, {"event": ""},
                                   {"at": datetime(2021, 7, 24)}])  # fmt: skip # noqa: DTZ001
def test_nobody_decides_nothing(wrong: dict[str, Any]) -> None:
    with pytest.raises(DataError):
        record(Started, 0, Level.IV, **wrong)


def _start(path: Path, n: int) -> str:
    desk = ResponseDesk(SQLiteBodyLog(path, "responses"))
    try:
        desk.decide(record(Started, 0, Level.IV, id=f"of-{n}"), now=NOON)
    except ConflictError:
        return "refused"
    finally:
        desk.log.close()
    return "started"


def test_of_two_offices_that_start_at_once_one_is_told(tmp_path: Path) -> None:
    path = tmp_path / "responses.sqlite"
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert sorted(pool.starmap(_start, [(path, 1), (path, 2)])) == ["refused", "started"]
    desk = ResponseDesk(SQLiteBodyLog(path, "responses"))
    assert desk.verify().sequence == 1
    desk.log.close()


def test_an_altered_log_and_another_database_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "responses.sqlite"
    log = SQLiteBodyLog(path, "responses")
    desk = ResponseDesk(log)
    desk.decide(INFA[0], now=NOON)
    log._raw.execute("UPDATE record SET body = replace(body, '张三', '李四')")
    with pytest.raises(ConflictError):
        ResponseDesk(log).verify()
    log.close()
    with pytest.raises(SourceError, match="a log of responses"):
        SQLiteBodyLog(path, "deliveries")


CODES = ["33", "3301", "330102", "330102001", "330102001001", "3309", "330902"]


def test_the_cascade_is_timed_from_province_to_village() -> None:
    """Hangzhou's Ⅰ of 2021-07-24 stood 8 hours after the province's; 钱塘区 an hour after the city."""
    started = {"33": 0.0, "3301": 8.0, "330102": 9.0, "330102001001": 9.5, "3309": -1.0}
    records = [record(Started, h, Level.I, region=code, id=code) for code, h in started.items()]
    steps = {
        s.region: s
        for s in cascade(fold(records), CODES, event="2106", level=Level.I, exercise=True, now=NOON + timedelta(hours=12))
    }  # fmt: skip
    hours = {code: s.lag / timedelta(hours=1) if s.lag is not None else None for code, s in steps.items()}
    assert hours == {
        "33": None,
        "3301": 8.0,
        "330102": 1.0,
        "330102001": 3.0,
        "330102001001": 0.5,
        "3309": -1.0,
        "330902": 13.0,
    }
    assert [c for c, s in steps.items() if s.started_at is None] == ["330102001", "330902"]
    by_unit = {u.unit: u for u in lags(steps.values())}
    city, county = by_unit[Unit.CITY], by_unit[Unit.COUNTY]
    assert (city.started, city.median, city.longest) == (2, timedelta(hours=4), timedelta(hours=8))
    assert (county.expected, county.started, county.waiting_longest) == (2, 1, timedelta(hours=13))


def test_what_happens_after_the_report_is_not_in_it() -> None:
    records = [record(Started, 0, Level.I), record(Started, 8, Level.I, region="3301")]
    steps = cascade(
        fold(records), [], event="2106", level=Level.I, exercise=True, now=NOON + timedelta(hours=2)
    )
    assert [(s.region, s.started_at is None, s.level) for s in steps] == [
        ("33", False, Level.I),
        ("3301", True, Level.NONE),
    ]


def test_a_level_below_the_one_timed_is_no_start() -> None:
    records = [record(Started, 0, Level.I), record(Started, 1, Level.II, region="3301", id="c"),
               record(Raised, 8, Level.I, region="3301", id="d")]  # fmt: skip
    when = {
        level: cascade(
            fold(records), [], event="2106", level=level, exercise=True, now=NOON + timedelta(hours=9)
        )[1].lag
        for level in (Level.II, Level.I)
    }
    assert when == {Level.II: timedelta(hours=1), Level.I: timedelta(hours=8)}
