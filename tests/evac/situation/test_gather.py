"""A screen says what the logs say, says what it could not read, and names nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evac.counts.now import head_count
from evac.registry import Registry
from evac.situation.document import Situation, to_json
from evac.situation.gather import gather, revision_of
from evac.situation.office_records import OfficeRecords
from evac.situation.reading import from_json
from evac.store.memory import MemoryStore
from evac.store.postgres import PostgresStore
from evac.store.sqlite import SQLiteStore
from riskmap.errors import DataError
from riskmap.scale import NO_DATA, Tier
from tests.evac.orders.office import COUNTY, SIGNED_AT
from tests.evac.situation.scene import NAMES, bare, office, published, screen
from tests.evac.world import END, START, Clerk, make_shelters, make_world
from tests.factories import ISSUED_AT

SEEDS = st.integers(0, 10**6)
CODES = st.sampled_from(["33", "3309", "330902", "330903001", "330902001001"])


@settings(max_examples=25, deadline=None)
@given(SEEDS, CODES)
def test_every_screen_keeps_the_sum_and_its_rows_come_to_it(seed: int, code: str) -> None:
    store = make_world(seed, size=30)
    one = screen(store, code)
    head = one.head_count
    assert head is not None
    assert head.adds_up
    assert sum(head.figures[name] or 0 for name in head.parts) == head.figures["due"]
    assert head.figures["due"] == head_count(store, code).total()["due"]
    if one.rows:
        for name in ("due", "moved", "missing", "refused", "unaccounted"):
            inside = sum(getattr(row, name) for row in one.rows)
            # people whose town nobody knows stand in the total alone
            assert inside <= (head.figures[name] or 0)
            if len(code) < 6:
                assert inside == head.figures[name]


@settings(max_examples=15, deadline=None)
@given(SEEDS, CODES)
def test_the_text_is_read_back_as_it_was(seed: int, code: str) -> None:
    one = screen(make_world(seed, size=12), code)
    assert from_json(to_json(one)) == one
    assert to_json(from_json(to_json(one, indent=1))) == to_json(one)


@pytest.mark.parametrize("code", ["33", "3309", "330902", "330902001", "330902001001", "S330902-1"])
def test_nobody_is_named_at_any_level(code: str, tmp_path: Path) -> None:
    store = make_world(3, size=48)
    text = to_json(screen(store, code, run=published(tmp_path)))
    people = list(store.people())
    assert not [p.name for p in people if p.name in text]
    assert not [p.code for p in people if p.code in text or p.code[-10:] in text]
    assert not [p.phone for p in people if p.phone in text]
    assert "张三" not in text  # nor who signed


def test_now_and_the_log_as_of_now_say_the_same() -> None:
    store = make_world(5, size=48)
    at = END + timedelta(hours=1)
    fresh, replayed = (gather(store, "330902", office=office(), at=at, replay=past) for past in (False, True))
    assert fresh.head_count == replayed.head_count
    assert fresh.letters == replayed.letters
    assert fresh.responses == replayed.responses


def test_a_past_instant_knows_no_letter_that_was_signed_later() -> None:
    before = gather(
        make_world(1), "330902", office=office(), at=SIGNED_AT - timedelta(minutes=1), replay=True
    )
    assert before.letters is not None
    assert before.letters.all == 0


def test_what_could_not_be_read_is_said_and_never_nothing() -> None:
    one = gather(None, "330902", office=OfficeRecords(names=NAMES), at=END)
    assert one.head_count is None
    assert one.letters is None
    assert one.shelters is None
    assert one.tiers is None
    assert one.report_clocks is None
    assert {source.id: (source.read, bool(source.why)) for source in one.sources}["registry"] == (False, True)
    assert not any(source.read for source in one.sources)


def test_a_damaged_run_takes_its_own_part_down_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "assessment.json").write_text('{"format": "riskmap-ass')
    one = screen(make_world(1), run=tmp_path)
    said = {source.id: source for source in one.sources}
    assert not said["run"].read
    assert "JSON" in said["run"].why
    assert one.tiers is None
    assert {row.tier for row in one.rows} == {None}
    assert one.head_count is not None
    assert one.letters is not None


def test_an_old_run_and_a_silent_registry_are_called_stale(tmp_path: Path) -> None:
    said = {
        s.id: s for s in screen(make_world(1), at=END + timedelta(hours=9), run=published(tmp_path)).sources
    }
    assert said["run"].stale
    assert said["registry"].stale
    assert said["registry"].data_at == END
    assert said["registry"].age == timedelta(hours=9)
    assert not {s.id: s for s in screen(make_world(1), at=END + timedelta(minutes=5)).sources}[
        "registry"
    ].stale


def test_tiers_now_and_to_come_are_those_of_the_run(tmp_path: Path) -> None:
    at = ISSUED_AT + timedelta(hours=3, minutes=20)
    one = screen(make_world(1), "3309", at=at, run=published(tmp_path))
    assert one.tiers is not None
    assert one.tiers.hours[one.tiers.now or 0] == ISSUED_AT + timedelta(hours=3)
    row = next(row for row in one.rows if row.code == "330902")
    series = one.tiers.rows["330902"]
    assert row.tier == series[3]
    assert row.tier_worst == max(series[3:]) == Tier.RED
    assert row.worst_at == one.tiers.hours[series.index(Tier.RED)]
    assert "阵风" in row.reason
    assert "≥" in row.reason
    assert one.tiers.combined == tuple(max(one.tiers.rows[c][h] for c in one.tiers.rows) for h in range(40))
    assert all(change.at > at for change in one.tiers.changes)
    # a town takes its county's tiers, and says whose they are
    town = screen(make_world(1), "330902001", at=at, run=published(tmp_path))
    assert town.tiers is not None
    assert town.tiers.of.code == "330902"


def test_a_region_without_data_stays_grey_and_a_run_that_is_over_says_nothing(tmp_path: Path) -> None:
    run = published(tmp_path)
    at = ISSUED_AT + timedelta(hours=1)
    grey = gather(None, "33", office=OfficeRecords(run=run, names=NAMES | {"330803": "衢江区"}), at=at)
    assert next(row.tier for row in grey.rows if row.code == "330803") == NO_DATA
    over = gather(None, "33", office=OfficeRecords(run=run, names=NAMES), at=ISSUED_AT + timedelta(days=9))
    assert {(row.tier, row.tier_worst) for row in over.rows} == {(None, None)}
    assert "研判预报时段已过,无未来等级" in over.notes


def test_letters_stand_with_their_receivers_and_the_late_ones_first() -> None:
    one = screen(make_world(1), "3309", at=SIGNED_AT + timedelta(minutes=16))
    assert one.letters is not None
    assert one.letters.unanswered == one.letters.all == 4  # two letters, each to a county and its city
    assert {row.code for row in one.letters.rows} == {"330902", "330903", "3309"}
    assert [row.overdue for row in one.letters.rows] == sorted(
        (row.overdue for row in one.letters.rows), reverse=True
    )
    county = next(row for row in one.rows if row.code == "330902")
    assert (county.letters, county.unanswered) == (1, 1)


def test_an_answer_takes_a_letter_off_the_list() -> None:
    held = office()
    assert held.documents is not None
    before = gather(make_world(1), "330902", office=held, at=SIGNED_AT + timedelta(minutes=5))
    assert before.letters is not None
    task = next(t for t in held.documents.book().tasks.values() if t.receiver == COUNTY)
    from evac.orders.events import Received

    held.documents.note(
        task.terms.signed.draft, Received, receiver=COUNTY, by="值班员", at=SIGNED_AT + timedelta(minutes=6), person="李四"
    )  # fmt: skip
    after = gather(make_world(1), "330902", office=held, at=SIGNED_AT + timedelta(minutes=7))
    assert after.letters is not None
    assert after.letters.unanswered == before.letters.unanswered - 1
    assert "李四" not in to_json(after)


def test_a_drills_letters_never_stand_on_a_real_screen() -> None:
    store = MemoryStore()
    store.put_labels({"event": "2106 烟花"})
    one = screen(store)
    assert not one.exercise
    assert one.letters is not None
    assert one.letters.all == 0
    assert any("演练" in note for note in one.notes)


def test_a_shelters_screen_counts_who_is_there() -> None:
    store = make_world(7, size=48)
    one = screen(store, "S330902-1")
    present = Counter({s.place: n for s, n in store.seats().items() if s.stay.value == "sheltered"})
    assert one.place.level == "shelter"
    assert [p.code for p in one.path] == ["33", "3309", "330902", "330902001"]
    assert one.head_count is not None
    assert one.head_count.figures == {"sheltered": present["S330902-1"]}
    assert one.shelters is not None
    assert [row.id for row in one.shelters.rows] == ["S330902-1"]


def test_a_full_shelter_is_an_alarm() -> None:
    store = bare()
    clerk = Clerk()
    codes = [f"7{n:025d}" for n in range(5)]
    events = [
        event
        for code in codes
        for event in (
            clerk.event("registered", 1, code=code, county="330902"),
            clerk.event("arrived_shelter", 2, code=code, place="S330902-2"),
        )
    ]
    Registry(store).check_ins(events, received_at=END)
    one = screen(store)
    assert one.shelters is not None
    assert (one.shelters.full, one.shelters.rows[0].id) == (1, "S330902-2")
    assert [a.code for a in one.alarms.rows if a.kind == "full"] == ["S330902-2"]
    assert len(make_shelters()) == 3


def test_neither_a_region_nor_a_shelter_is_refused() -> None:
    with pytest.raises(DataError, match="neither a region nor a shelter"):
        screen(make_world(1), "S9")


def questions(path: Path, code: str, size: int) -> int:
    """How often the database is asked for a screen."""
    store = SQLiteStore(path)
    make_world(1, size=size, store=store)
    asked: list[str] = []
    store._raw.set_trace_callback(asked.append)
    found: Situation = gather(store, code, office=OfficeRecords(names=NAMES), at=END)
    assert found.head_count is not None
    store.close()
    return len(asked)


@pytest.mark.parametrize("code", ["33", "330902"])
def test_no_question_is_asked_for_each_row_or_person(code: str, tmp_path: Path) -> None:
    few, many = (questions(tmp_path / f"{size}.sqlite", code, size) for size in (12, 200))
    assert many <= few + 3  # whose calls are looked up varies
    assert many < 40


def test_the_revision_changes_with_every_source_and_the_minute() -> None:
    store, held = make_world(1), office()
    seen = [revision_of(store, held, END)]
    Registry(store).check_in(
        Clerk(10**6).event("danger_reported", 1, danger="塌方", where="村口"), received_at=END
    )
    seen.append(revision_of(store, held, END))
    assert held.documents is not None
    from tests.evac.orders.office import issued

    issued(held.documents.log, "330921")
    seen.append(revision_of(store, held, END))
    seen.append(revision_of(store, held, END + timedelta(minutes=1)))
    assert len(set(seen)) == 4
    assert revision_of(store, held, END) == revision_of(store, held, END + timedelta(seconds=1))
    assert START < END


def test_calls_for_rescue_are_read_once_for_the_screens_of_one_clock_and_again_when_one_more_comes() -> None:
    store, beside = make_world(3, size=6), OfficeRecords(names=NAMES)
    before = list(beside.told(store, END))
    assert beside.told(store, END) is beside.told(store, END)
    call = Clerk(10**6).event("rescue_called", 1, where="定海区一号桥")
    Registry(store).check_in(call, received_at=END)
    assert [one for one in beside.told(store, END) if one not in before] == [call]
    assert call not in beside.told(store, START)


def test_a_call_for_rescue_that_is_committed_late_is_on_the_next_screen(database: Callable[[], str]) -> None:
    dsn, beside, clerk = database(), OfficeRecords(names=NAMES), Clerk(10**6)
    with closing(PostgresStore(dsn, set_up=True)) as store, closing(PostgresStore(dsn)) as other:
        call = clerk.event("rescue_called", 1, where="定海区一号桥")
        with other._raw.transaction():
            other.append([call], received_at=END)
            store.append([clerk.event("danger_reported", 2, danger="塌方", where="村口")], received_at=END)
            before = revision_of(store, beside, END)
            assert (list(beside.told(store, END)), revision_of(store, beside, END)) == ([], before)
        assert revision_of(store, beside, END) != before
        assert list(beside.told(store, END)) == [call]
