from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from evac import codes
from evac.delivery import Met, scan_codes
from evac.drill import Drill, reconcile, run_drill
from evac.errors import CodeError, ConflictError
from evac.log import Head
from evac.progress import COLUMNS, Column, Progress, tally, zones
from evac.registry import Registry
from evac.rehearsal import rehearse
from evac.state import fold
from evac.store.memory import MemoryStore
from tests.evac.scenes import START, make_event
from tests.factories import make_assessment

ASSESSMENT = make_assessment(49)


@pytest.fixture(scope="module")
def held() -> tuple[Drill, MemoryStore]:
    store = MemoryStore()
    return run_drill(ASSESSMENT, store, persons=1500, seed=13), store


@pytest.mark.slow
def test_the_count_equals_the_truth_and_bad_links_were_really_bad(held: tuple[Drill, MemoryStore]) -> None:
    record = held[0].record
    assert record["reconciled"]["exact"]
    assert record["reconciled"]["people"] == 1500 + record["added_at_door"]
    assert record["added_at_door"] > 10
    sent, received = record["sent"], record["received"]
    assert sent["deliveries"] - sent["events"] == sent["resent"]
    # a command that was refused for now and its re-send wait as one
    assert 0 <= sent["resent"] - received["repeated"] <= received["refused_for_now"]
    assert sent["resent"] / sent["events"] == pytest.approx(0.02, abs=0.006)
    assert sent["by_mode"]["offline"] / sent["check_ins"] == pytest.approx(0.05, abs=0.04)
    assert sent["by_mode"]["proxy"] > sent["by_mode"]["self"] > 0
    assert sent["devices_with_wrong_clock"] > 0
    assert received["refused_for_now"] > 0  # commands that overtook an offline batch, and were tried again
    assert received["conflicting"] == 0


def test_each_kind_of_bad_code_is_rejected(held: tuple[Drill, MemoryStore]) -> None:
    rejected = held[0].record["sent"]["rejected_codes"]
    assert {
        k: rejected[k] for k in ("forged", "truncated", "expired", "unknown_key", "other_qr")
    } == dict.fromkeys(("forged", "truncated", "expired", "unknown_key", "other_qr"), 20)
    assert (rejected["ForgedCodeError"], rejected["ExpiredCodeError"], rejected["UnknownCodeError"]) == (
        20,
        20,
        60,
    )


def test_a_code_of_somebody_else_fails_the_drill_when_its_scans_are_asked_for() -> None:
    key = codes.SigningKey.for_drill(3)
    mine, other = (codes.code_of_bytes(bytes([n] * 16)) for n in (1, 2))
    signed = codes.sign(codes.Ticket(mine, "330902", START, 72, drill=True), key)
    assert scan_codes([Met(signed, mine, START)], [signed], 3, START)["forged"] == 1
    for wrong in (Met(signed, other, START), Met(signed[:-1] + bytes([signed[-1] ^ 1]), mine, START)):
        with pytest.raises((ConflictError, CodeError)):
            scan_codes([wrong], [signed], 3, START)


def test_the_log_alone_gives_the_count(held: tuple[Drill, MemoryStore]) -> None:
    drill, store = held
    events = [entry.event for entry in store.log()]
    counties = [r.code for r in drill.roster.counties]
    again = tally(events[::-1] + events, ASSESSMENT.valid_at, counties, zones(ASSESSMENT, counties))
    assert np.array_equal(again.counts, drill.progress.counts)
    assert np.array_equal(again.due, drill.progress.due)
    assert dict(Registry(store).states) == fold(events)
    assert {e.mode.value for e in events} == {"self", "proxy", "batch", "offline"}


def test_the_headline_counts_only_orange_and_red(held: tuple[Drill, MemoryStore]) -> None:
    progress = held[0].progress
    calm = ~progress.in_zone.any(axis=1)
    assert calm.any()
    assert not progress.headline[calm].any()
    assert progress.headline.max() > 0
    hour = int(progress.headline.argmax())
    by_hand = sum(
        int(progress.not_safe[hour, n]) for n in range(len(progress.counties)) if progress.in_zone[hour, n]
    )
    assert progress.headline[hour] == by_hand
    assert all(
        held[0].progress.column(c).max() > 0 for c in (Column.SHELTERED, Column.DISPERSED, Column.RETURNED)
    )


@pytest.mark.slow
def test_the_same_seed_gives_the_same_record(held: tuple[Drill, MemoryStore]) -> None:
    again = run_drill(ASSESSMENT, MemoryStore(), persons=1500, seed=13)
    assert json.dumps(again.record) == json.dumps(held[0].record)
    other = run_drill(ASSESSMENT, MemoryStore(), persons=300, seed=5)
    assert other.record["key"] != again.record["key"]


def test_the_roster_in_the_store_is_labelled_and_signed(held: tuple[Drill, MemoryStore]) -> None:
    drill, store = held
    assert tuple(sorted(p.code for p in drill.people)) == tuple(p.code for p in store.people())
    assert all(p.synthetic and len(p.signed) == 94 for p in store.people())
    assert store.labels()["label"] == "SYNTHETIC"
    assert store.labels()["key_use"] == "DRILL"


def test_nobody_to_move_is_an_empty_drill() -> None:
    calm = make_assessment()
    calm.table["tier"].values[:] = 0
    drill = run_drill(calm, MemoryStore(), persons=100)
    assert (
        drill.people,
        drill.record["persons"],
        drill.record["headline"][0]["not_safe_in_orange_or_red"],
    ) == ((), 0, 0)


def test_a_late_issue_time_starts_at_the_first_hour() -> None:
    late = replace(ASSESSMENT, issued_at=ASSESSMENT.valid_at[-1] + timedelta(hours=1))
    assert run_drill(late, MemoryStore(), persons=50).record["reconciled"]["exact"]


def test_reconciliation_finds_what_does_not_fit(held: tuple[Drill, MemoryStore]) -> None:
    drill, store = held
    import random

    from evac.plan.assumptions import load_assumptions

    script = rehearse(ASSESSMENT, drill.roster, load_assumptions(), random.Random(99))
    states = Registry(store).states
    with pytest.raises(ConflictError, match="differs from the truth"):
        reconcile(store.head(), states, script, drill.progress)
    counties = drill.progress.counties
    truth = script.truth(drill.progress.hours, counties)
    pretended = replace(drill.progress, counts=truth, due=truth.sum(axis=2))
    with pytest.raises(ConflictError, match="lost or doubled"):
        reconcile(Head(), states, script, pretended)
    broken = replace(drill.progress, due=drill.progress.due + 1)
    with pytest.raises(ConflictError, match="does not add up"):
        broken.require_sums()


def test_people_of_other_counties_are_counted_nowhere() -> None:
    events = [make_event("registered", county="999999"), make_event("arrived_shelter", 1)]
    found: Progress = tally(events, [START.replace(hour=9)], ["330902"])
    assert (found.counts.sum(), found.due.sum(), len(COLUMNS)) == (0, 0, 12)
