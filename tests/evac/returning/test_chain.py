"""One chain: drafted from the registry, signed into the log of documents, carried out, and noted in the log of responses."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from evac.asides import ReleaseOrdered
from evac.cli import main
from evac.errors import ConflictError
from evac.orders.desk import Desk
from evac.registry import Registry
from evac.response.desk import ResponseDesk
from evac.response.events import Ended, ResponseRecord, Started, canonical
from evac.response.levels import Level
from evac.response.standing import Key
from evac.returning.chain import note_release, order_to_lift, release_entries
from evac.returning.inspection import read_inspections
from evac.returning.release import carry_out
from evac.store.body_log import MemoryBodyLog, SQLiteBodyLog
from evac.store.memory import MemoryStore
from evac.store.memory_documents import MemoryDocumentLog
from evac.store.sqlite import SQLiteStore
from evac.store.sqlite_documents import SQLiteDocumentLog
from tests.evac.orders.office import draft
from tests.evac.returning.test_authority import AFTER, releasing, signed
from tests.evac.returning.test_release import look
from tests.evac.returning.town import OVER, VILLAGE, at, given, moved, villagers
from tests.evac.world import START, Clerk


def response(office: ResponseDesk, region: str = "330902", of: str = "typhoon", **said: object) -> None:
    record = {
        "id": f"start-{region}-{of}", "event": "2106", "region": region, "of": of, "exercise": True, "at": START, "by": "张三", "post": "",
        "reason": "会商", "level": Level.II,
    } | said  # fmt: skip
    office.decide(Started(**record), now=START)  # type: ignore[arg-type]


@pytest.fixture
def town() -> Registry:
    return moved(MemoryStore(), villagers(18), Clerk())


def test_the_release_stands_in_both_logs_once_however_often_it_is_run(town: Registry) -> None:
    office = ResponseDesk(MemoryBodyLog())
    response(office)
    response(office, of="flood")
    response(office, region="330903")
    for hour in (48, 50):
        done = carry_out(town, given(), OVER, now=at(hour))
        note_release(office, given(), done, event="2106", exercise=True, now=at(hour))
    notes = [r for r in office.records() if r.kind == "released"]
    assert sorted((r.region, r.of) for r in notes) == [("330902", "flood"), ("330902", "typhoon")]
    assert {r.order for r in notes} == {given().authority.order}  # type: ignore[union-attr]
    assert "可返回12人,暂缓6人" in notes[0].reason
    held = office.responses()[Key("2106", "330902", "typhoon", True)]
    assert (held.released_at, held.level) == (at(48), Level.II)  # a release ends no response
    assert len([e for _, e in town.store.aside({ReleaseOrdered.kind})]) == 1
    assert len(read_inspections(town.store, at=at(50))) == 2  # the held houses


def test_a_part_is_not_the_region_and_a_response_that_never_began_is_an_error(town: Registry) -> None:
    office = ResponseDesk(MemoryBodyLog())
    part = given(categories=("low_lying",))
    done = carry_out(town, part, OVER, now=at(48))
    assert note_release(office, part, done, event="2106", exercise=True, now=at(48)) == ()
    village = given(region=VILLAGE)
    assert note_release(office, village, done, event="2106", exercise=True, now=at(48)) == ()
    with pytest.raises(ConflictError, match="no response to release"):
        note_release(office, given(), done, event="2106", exercise=True, now=at(48))
    response(office, exercise=False)  # the real one is not the drill's
    with pytest.raises(ConflictError, match="no response to release"):
        note_release(office, given(), done, event="2106", exercise=True, now=at(48))


def test_records_that_are_void_and_a_response_that_refuses_stop_no_other(town: Registry) -> None:
    office = ResponseDesk(MemoryBodyLog())

    def write(record: ResponseRecord) -> None:  # as another program did
        with office.log.writing() as append:
            append([canonical(record)], START, [record.id])

    told = {"event": "2106", "region": "330902", "exercise": True, "by": "张三", "post": "", "reason": "会商"}
    write(Ended(id="void", of="flood", at=START, **told))  # type: ignore[arg-type]  # of one that nobody started
    response(office)
    done = carry_out(town, given(), OVER, now=at(48))
    (held,) = note_release(office, given(), done, event="2106", exercise=True, now=at(48))
    assert (held.key.of, held.released_at) == ("typhoon", at(48))
    write(Started(id="later", of="geology", at=at(55), level=Level.II, **told))  # type: ignore[arg-type]
    response(office, of="tide")
    with pytest.raises(ConflictError, match="not every response has the release"):
        note_release(office, given(), done, event="2106", exercise=True, now=at(50))
    assert office.responses()[Key("2106", "330902", "tide", True)].released_at == at(50)


def test_the_draft_says_who_may_go_who_is_held_and_which_order_it_lifts(town: Registry) -> None:
    done = carry_out(town, given(), OVER, now=at(48))
    said = release_entries(done.plan, read_inspections(town.store, at=at(48)), "令1", return_from=at(48))
    assert said["range"] == "本区域已转移人员12人可以返回;暂缓返回6人(2户),待检查2户,名单见登记系统"
    assert said["inspected"] == ""  # nobody has looked yet: a blank for a person
    office = Desk(MemoryDocumentLog())
    with pytest.raises(ConflictError, match="not one transfer order"):
        order_to_lift(office.register(), "330902")
    number = signed(office, draft("330902", "transfer_order"))
    assert order_to_lift(office.register(), "330902").number == number
    assert order_to_lift(office.register(), "330902", number).number == number


def test_no_other_document_is_lifted_than_an_order_of_the_region_that_is_out() -> None:
    office = Desk(MemoryDocumentLog())
    number = signed(office, draft("330902", "transfer_order"))
    own = order_to_lift(office.register(), "330902", number)
    neighbours = signed(office, draft("330903", "transfer_order"))
    assert neighbours == number  # two issuers of one log share words and number: the region decides
    assert order_to_lift(office.register(), "330902", number).signed == own.signed
    notice = signed(office, draft("330902", "risk_notice"))
    theirs = signed(office, draft("330903", "transfer_order", 6))
    for other in (notice, theirs):
        with pytest.raises(ConflictError, match="no order to lift"):
            order_to_lift(office.register(), "330902", other)
    waiting = signed(office, draft("330902", "transfer_order", 6), out=False)
    with pytest.raises(ConflictError, match="no order to lift"):
        order_to_lift(office.register(), "330902", f"定海区防汛防台抗旱指挥部(演练){waiting}")


@pytest.mark.parametrize("result", ["unsafe", "restricted"])
def test_a_house_that_was_found_unfit_does_not_wait_for_a_look(town: Registry, result: str) -> None:
    carry_out(town, given(), OVER, now=at(48))
    look(town, "H00000", result, 49)
    items = read_inspections(town.store, at=at(50))
    done = carry_out(town, given(), OVER, now=at(50))
    said = release_entries(done.plan, items, "令1", return_from=at(50))
    assert ";暂缓返回6人(2户),待检查1户,检查不合格1户," in said["range"]
    look(town, "H00003", result, 51)
    items = read_inspections(town.store, at=at(52))
    done = carry_out(town, given(), OVER, now=at(52))
    said = release_entries(done.plan, items, "令1", return_from=at(52))
    assert ";暂缓返回6人(2户),检查不合格2户," in said["range"]


def test_the_command_writes_all_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    registry, documents, responses = (
        tmp_path / f"{name}.sqlite" for name in ("county", "documents", "responses")
    )
    store = SQLiteStore(registry)
    moved(store, villagers(9), Clerk())
    store.close()
    log = SQLiteDocumentLog(documents)
    number = signed(Desk(log), releasing(signed(Desk(log), draft("330902", "transfer_order"))))
    event = next(d.signed.event for d in Desk(log).register().documents.values())
    log.close()
    words = [
        "return", "release", number, "--documents", str(documents), "--responses", str(responses), "--region", "330902", "--registry",
        str(registry), "--by", "李四", "--override-by", "张三", "--override-why", "演练", "--at", "2021-07-27T12:00",
    ]  # fmt: skip

    def run() -> tuple[object, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(words)
        told = capsys.readouterr()
        return ended.value.code, told.out, told.err

    code, _, err = run()
    assert code not in (0, None)
    assert "no log of responses" in err  # before anybody was let go
    book = SQLiteBodyLog(responses, "responses")
    office = ResponseDesk(book)
    code, out, err = run()
    assert code == 5  # people have their release; the note is wanting
    assert "可返回 allowed" in out
    assert "no response to release" in err
    response(office, event=event)
    assert run()[0] in (0, None)
    assert office.responses()[Key(event, "330902", "typhoon", True)].released_at is not None
    book.close()
    assert START + timedelta(days=1) < AFTER
