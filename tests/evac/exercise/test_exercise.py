from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from evac import cli
from evac.asides import ReleaseOrdered
from evac.drill import Intake
from evac.exercise import aftermath, other_process, publish
from evac.exercise.hold import Exercise, Held, told_step
from evac.exercise.homeward import Homecoming, Homeward
from evac.exercise.reckoning import Outcome, reckon
from evac.model import State
from evac.orders.desk import Desk
from evac.orders.tasks import ENDED, Stage
from evac.registry import Registry
from evac.returning.closing import closed_record
from evac.returning.inspection import Result, read_inspections
from evac.state import fold
from evac.store.memory import MemoryStore
from evac.store.opening_documents import ladder_of, open_document_log
from evac.store.sqlite import SQLiteStore
from riskmap.io.published import later_runs, read_assessment
from riskmap.io.published_outlook import read_outlook
from tests.evac.exercise.published import publish_run
from tests.factories import ISSUED_AT

Both = tuple[Held, Exercise]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = publish_run(tmp_path_factory.mktemp("exercise") / "run", later=True)
    with pytest.raises(SystemExit) as end:
        cli.main(["drill", "--from", str(folder), "--persons", "240", "--seed", "5"])
    assert end.value.code == 0
    return folder


@pytest.fixture(scope="module")
def record(source: Path) -> dict:
    return json.loads((source / "loop/loop.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def held(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    folder = tmp_path_factory.mktemp("again")
    exercise = Exercise(
        source, read_assessment(source / "assessment.json"), "2106", MemoryStore(), folder, persons=240, seed=5,
        story=lambda _at, _zh, _en: None, tell=lambda _step, _share: None,
        later=read_outlook(later_runs(source)[-1]),
    )  # fmt: skip
    yield exercise.hold(), exercise
    exercise.close()


@pytest.mark.slow
def test_the_loop_is_closed(record: dict) -> None:
    assert record["closed"]
    assert all(check["holds"] for check in record["checks"])
    assert record["label"] == ["演练数据,人员均为虚构", "SYNTHETIC: a drill; nobody listed here exists"]
    people = record["people"]
    assert people["elsewhere"] == 0
    assert people["returned"] > 0.9 * people["on_the_list"]


def test_the_folder_holds_what_the_commands_write(source: Path, record: dict) -> None:
    for path in (
        "plan/moves.csv", "plan/plan.json", "allocation/homes.csv", "allocation/allocation.json", "roads.geojson",
        "clearance/index.html", "clearance/routes.json", "responses.sqlite", "deliveries.sqlite", "index.html",
    ):  # fmt: skip
        assert (source / "loop" / path).stat().st_size > 0, path
    for row in record["supervised"]:
        assert (source / "loop" / row["papers"] / "document.pdf").read_bytes().startswith(b"%PDF")
    front = (source / "index.html").read_text(encoding="utf-8")
    assert 'href="loop/index.html"' in front
    assert 'href="cockpit/index.html"' in front
    page = (source / "loop/index.html").read_text(encoding="utf-8")
    assert "演练 EXERCISE" in page
    assert "闭环成立" in page


def test_the_log_of_documents_alone_says_that_the_loop_is_closed(source: Path, record: dict) -> None:
    from evac.orders.task_desk import TaskDesk

    log = open_document_log(source / "loop/documents.sqlite", new=False)
    try:
        Desk(log).verify()
        desk = TaskDesk(log, ladder=ladder_of(source / "loop/offices.csv"))
        tasks = list(desk.book().tasks.values())
    finally:
        log.close()
    assert all(task.received_at is not None for task in tasks)
    assert all(task.stage is Stage.CLOSED for task in tasks if task.acting)
    silent = {desk.ladder.offices[name].code for name in {row["receiver"] for row in record["supervised"]}}
    assert set(record["silent_counties"]) <= silent
    assert len(record["silent_counties"]) == 2
    orders = [t for t in tasks if t.terms.signed.type == "supervision_order" and t.acting]
    assert len(orders) == len(record["supervised"]) >= 2
    # who was silent was reminded, then called, then the order drafted itself, and all that before it answered
    for code in record["silent_counties"]:
        (own,) = (
            t
            for t in tasks
            if t.terms.signed.region == code and t.terms.signed.type == "risk_notice" and t.acting
        )
        rungs = [step.rung for step in own.steps["answer", 0]]
        assert rungs[:3] == ["reminder", "call", "order"]
        assert own.received_at is not None
        assert all(step.at < own.received_at for step in own.steps["answer", 0])


def test_the_registry_alone_says_that_everybody_is_home_or_named(source: Path) -> None:
    store = SQLiteStore(source / "cockpit/registry.sqlite", read_only=True)
    try:
        events = [entry.event for entry in store.log()]
        states = dict(Registry(store).states)
        people = {person.code: person for person in store.people()}
    finally:
        store.close()
    assert states == fold(events)
    assert {s.state for s in states.values()} <= {
        State.CLOSED, State.REFUSED, State.EXEMPT, State.WITHDRAWN, State.REGISTERED
    }  # fmt: skip
    assert set(people) == set(states)
    assert all(person.synthetic for person in people.values())
    assert {e.mode.value for e in events} == {"self", "proxy", "batch", "offline"}


def test_everybody_went_home_by_a_release_that_lifts_their_own_order(source: Path, record: dict) -> None:
    home = record["return"]
    assert home["releases"] == home["by_document"] == record["transfer_orders"] > 0
    log = open_document_log(source / "loop/documents.sqlite", new=False)
    store = SQLiteStore(source / "cockpit/registry.sqlite", read_only=True)
    try:
        register = Desk(log).register()
        events = list(store.events())
        looked = read_inspections(store, at=max(e.trusted_at for e in events))
        closed = closed_record(store)
        people = {person.code: person for person in store.people()}
    finally:
        log.close()
        store.close()
    orders = {
        d.number: d.signed.region for d in register.documents.values() if d.signed.type == "transfer_order"
    }
    released = [e for e in events if isinstance(e, ReleaseOrdered)]
    assert {orders[e.lifts] for e in released} == {e.region for e in released} == set(orders.values())
    # who is home was allowed to go before, and went after
    allowed = {e.code: e.trusted_at for e in events if e.kind == "return_allowed"}
    returned = {e.code: e.trusted_at for e in events if e.kind == "returned"}
    assert len(returned) == home["told"] == record["people"]["returned"]
    assert all(allowed[code] < at for code, at in returned.items())
    # a slope-side house waits a day longer, and until somebody found it safe
    slopes = {(p.village, p.household) for p in people.values() if p.category.value == "geo_hazard_zone"}
    first = {e.region: min(r.trusted_at for r in released if r.region == e.region) for e in released}
    late = [code for code in returned if (people[code].village, people[code].household) in slopes]
    assert late
    assert home["held"] >= len(late)
    assert all(returned[c] - first[people[c].county] >= timedelta(hours=24) for c in late)
    assert {item.result for item in looked} == {Result.SAFE}
    sheets = {sha256(path.read_bytes()).hexdigest() for path in (source / "loop/inspections").iterdir()}
    assert {look.evidence for item in looked for look in item.looks} <= sheets
    # the geo-hazard is known to no run: a named person answers for it, and the log says so
    assert set(home["overridden"]) == {people[code].county for code in late}
    assert all("地质灾害等级不明" in why for why in home["overridden"].values())
    assert closed is not None
    assert closed.why.startswith("人员全部返回")


def test_the_review_is_written_from_the_same_logs(source: Path, record: dict) -> None:
    told = json.loads((source / "loop/review/review.json").read_text(encoding="utf-8"))
    assert told["exercise"]
    assert told["supervision"]["signed"] == record["supervision_orders"]
    assert {a["level"] for a in told["answers"]} == {"city", "county", "town"}
    assert any("事件关闭" in entry["what"] for entry in told["timeline"])
    assert any(entry["what"].startswith("解除转移") for entry in told["timeline"])
    assert told["plan"]["never_ordered"] == 0
    assert not told["forecast"]["verified"]
    assert (source / "loop/review/review.pdf").read_bytes().startswith(b"%PDF")
    assert (source / "loop/review/review.docx").read_bytes().startswith(b"PK")
    page = (source / "loop/index.html").read_text(encoding="utf-8")
    for name in ("review.pdf", "review.docx", "review.json"):
        assert f'href="review/{name}"' in page


def test_the_review_is_the_same_in_a_process_of_its_own(
    source: Path, held: Both, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(other_process, "MANY", 0)
    monkeypatch.setenv("RISKMAP_THREADS", "2")
    caplog.set_level("INFO", "riskmap")
    with other_process.beside_an_exercise(1) as begin:
        loaded = begin(other_process.load, *other_process.NEEDED)
        made, left_out = aftermath.review_begun(held[1], source / "cockpit/registry.sqlite", begin)()
        assert loaded() is None
    assert not left_out
    assert not [record for record in caplog.records if record.module == "beside"]  # all of it there
    assert made["review.pdf"] == (source / "loop/review/review.pdf").read_bytes()
    assert made["review.json"] == (source / "loop/review/review.json").read_text(encoding="utf-8")


def test_the_cockpit_shows_letters_and_responses(source: Path) -> None:
    from evac.cockpit.copying import gather_screens
    from evac.commands.situation_base import office_of

    page = (source / "cockpit/index.html").read_text(encoding="utf-8")
    assert 'href="../loop/index.html"' in page
    loop = source / "loop"
    store = SQLiteStore(source / "cockpit/registry.sqlite", read_only=True)
    try:
        with office_of(
            str(loop / "documents.sqlite"), loop / "responses.sqlite", source, loop / "offices.csv", None
        ) as office:
            at = ISSUED_AT + timedelta(hours=1)
            screens = gather_screens(store, office, "33", at=at, replay=True, down_to="province")
    finally:
        store.close()
    letters = screens.found["33"].letters
    assert letters is not None
    assert "documents" in {s.id for s in screens.found["33"].sources if s.read}


def test_nobody_is_sent_where_the_plan_did_not_send_them(source: Path) -> None:
    with (source / "loop/allocation/homes.csv").open(encoding="utf-8-sig", newline="") as file:
        dealt = {row["key"].rpartition("|")[2]: row["shelter_id"] for row in csv.DictReader(file)}
    with (source / "loop/allocation/shelters.csv").open(encoding="utf-8-sig", newline="") as file:
        shut = {row["shelter_id"] for row in csv.DictReader(file) if row["state"].startswith("关闭")}
    assert dealt
    assert not set(dealt.values()) & shut
    store = SQLiteStore(source / "cockpit/registry.sqlite", read_only=True)
    try:
        bound = {
            p.household: p.destination.place for p in store.people() if p.destination.stay.value == "shelter"
        }
    finally:
        store.close()
    assert {home: bound[home] for home in dealt} == dealt


def test_the_same_seed_gives_the_same_figures(held: Both, record: dict) -> None:
    outcome = reckon(held[0], held[1].chancery)
    assert outcome.closed
    assert json.loads(json.dumps(outcome.figures)) == {name: record[name] for name in outcome.figures}


def test_time_goes_one_way_and_nobody_orders_before_answering(held: Both) -> None:
    one, exercise = held
    entries = list(exercise.chancery.desk.log.after(0))
    assert [e.received_at for e in entries] == sorted(e.received_at for e in entries)
    answered = {
        t.terms.signed.region: t.received_at for t in one.tasks if t.terms.signed.type == "risk_notice" and t.acting
    }  # fmt: skip
    for code, course in one.course.items():
        assert answered[code] < course.ordered_at < course.lifted_at < course.slopes_at <= one.end
    assert len(told_step(one)) == sum(len(chain) for t in one.tasks for chain in t.steps.values())


def broken(held: Both, **changes: object) -> Outcome:
    return reckon(replace(held[0], **changes), held[1].chancery)  # type: ignore[arg-type]


def test_what_does_not_reconcile_is_found(held: Both) -> None:
    one = held[0]
    assert not broken(held, silent=(*one.silent, "330999")).closed
    assert not broken(held, planned=replace(one.planned, asked=frozenset(list(one.planned.asked)[1:]))).closed
    assert not broken(held, cleared=one.cleared | {"through_closed_links": 1}).closed

    def lacking(**changes: object) -> list[str]:
        return [c.english for c in broken(held, **changes).checks if not c.holds]

    releases = [e for e in one.drill.events if isinstance(e, ReleaseOrdered)]
    other = replace(releases[0], lifts="演练防指令〔2021〕99号")
    events = [other if e is releases[0] else e for e in one.drill.events]
    assert lacking(drill=replace(one.drill, events=events)) == ["every document lifts its own county's order"]
    events = [e for e in one.drill.events if not isinstance(e, ReleaseOrdered) or e.region != other.region]
    assert lacking(drill=replace(one.drill, events=events)) == [
        "of every other county a named person decided"
    ]
    went = next(e for e in one.drill.events if e.kind == "return_allowed")
    events = [e for e in one.drill.events if e is not went]
    assert lacking(drill=replace(one.drill, events=events)) == [
        "home = allowed and scanned at home = told that they may go"
    ]
    for home in (
        replace(one.home, closed=None, not_closed="失联: 1"),
        replace(one.home, not_closed="1 人未能销号"),
    ):
        (check,) = (c for c in broken(held, home=home).checks if not c.holds)
        assert check.found == home.not_closed
    open_task = replace(next(t for t in one.tasks if t.acting), stage=Stage.REPORTED)
    assert open_task.stage not in ENDED
    wrong = broken(held, tasks=(*one.tasks, open_task))
    assert [c.english for c in wrong.checks if not c.holds] == ["every task closed"]


def test_an_event_that_cannot_be_closed_is_told_and_not_raised(held: Both) -> None:
    one = held[0]
    homeward = Homeward.__new__(Homeward)
    homeward.found, homeward.line = Homecoming(), held[1].line
    homeward.rng, homeward.intake = random.Random(1), Intake(Registry(held[1].store))
    homeward.close(open_documents=("演练防指令〔2021〕1号",), in_force=())
    assert homeward.found.closed is None
    assert "演练防指令〔2021〕1号" in homeward.found.not_closed
    assert one.home.not_closed == ""


def test_what_the_offices_counted_as_written_is_what_the_log_has_of_them(held: Both) -> None:
    of_desks = {
        "release_ordered", "inspection_wanted", "inspected", "return_allowed", "return_held", "resolved", "closed", "event_closed",
    }  # fmt: skip
    assert held[0].home.written == sum(event.kind in of_desks for event in held[0].drill.events) > 0


@pytest.mark.slow
def test_a_loop_that_is_open_ends_with_its_own_exit_code(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = publish_run(tmp_path / "run")
    real = publish.reckon

    def one_fails(held: Held, chancery: object) -> Outcome:
        found = real(held, chancery)  # type: ignore[arg-type]
        return replace(found, checks=(replace(found.checks[0], holds=False), *found.checks[1:]))

    monkeypatch.setattr(publish, "reckon", one_fails)
    with pytest.raises(SystemExit) as end:
        cli.main(["drill", "--from", str(folder), "--persons", "60", "--seed", "2"])
    assert end.value.code == 7
    assert "闭环不成立" in capsys.readouterr().out
    page = (folder / "loop/index.html").read_text(encoding="utf-8")
    assert "闭环不成立" in page
    # without a later run nothing is drafted: a named person answers for every release, and the page says so
    home = json.loads((folder / "loop/loop.json").read_text(encoding="utf-8"))["return"]
    assert home["by_document"] == 0
    assert home["releases"] == len(home["overridden"]) > 0
    assert "No later run says that it is over" in page


def test_a_failed_exercise_leaves_the_earlier_one(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (source / "loop/loop.json").read_bytes()

    def full(*_given: object, **_more: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(publish, "build_page", full)
    with pytest.raises(OSError, match="No space"):
        publish.publish_exercise(
            source, persons=40, seed=9, story=lambda _at, _zh, _en: None, tell=lambda _step, _share: None
        )
    assert (source / "loop/loop.json").read_bytes() == before
    assert sorted(p.name for p in source.iterdir() if ".partial" in p.name) == []


def test_the_head_count_goes_on_beyond_the_forecast_as_no_data(source: Path, held: Both) -> None:
    from evac.cockpit.hours import page_data

    data = page_data(read_assessment(source / "assessment.json"), held[0].drill)
    assert len(data["tiers"]) == len(data["hours"]) > 25
    assert {tier for row in data["tiers"][25:] for tier in row} == {-1}
    assert held[0].drill.progress.hours[-1] - held[0].drill.progress.hours[24] > timedelta(hours=24)
