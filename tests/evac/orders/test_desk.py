"""Numbers without gaps or repeats, whoever signs at once; chains; retraction to everybody who received it."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evac.errors import ConflictError
from evac.orders.desk import Desk
from evac.orders.events import Published, Received, Record, Retracted, Sent, Signed, canonical, parse
from evac.orders.register import Register
from evac.store.memory_documents import MemoryDocumentLog
from evac.store.sqlite_documents import SQLiteDocumentLog
from riskmap.errors import DataError, SourceError
from riskmap.products.cap_envelope import read_envelope, validate_cap
from riskmap.products.draft_json import parse_draft
from riskmap.products.letter_text import letter_content
from tests.contracts.tree import ROOT
from tests.evac.orders.office import LOGS, SIGNED_AT, desk, draft, message

AT = SIGNED_AT


@pytest.fixture(params=list(LOGS))
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    with desk(request.param, tmp_path) as made:
        yield made


def sign(office: Desk, *what: Any, **changes: Any) -> Any:
    letter = what[0] if what and not isinstance(what[0], str) else draft(*what)
    return office.sign(letter, **{"signer": "张三", "at": AT} | changes)


def test_numbers_run_by_issuer_series_and_year(office: Desk) -> None:
    numbers = [
        sign(office, "330902").number,
        sign(office, "330903").number,
        sign(office, "330902", "response_notice").number,
        sign(office, "330902", "transfer_order").number,
        sign(office, "330903", "transfer_order").number,  # another county is another issuer
        sign(office, "330921", at=datetime(2021, 12, 31, 15, 59, tzinfo=UTC)).number,
        sign(office, "330922", at=datetime(2021, 12, 31, 16, 0, tzinfo=UTC)).number,  # 2022 in Beijing
    ]
    assert numbers == [
        "演练防指办函〔2021〕1号", "演练防指办函〔2021〕2号", "演练防指电〔2021〕1号", "演练防指令〔2021〕1号",
        "演练防指令〔2021〕1号", "演练防指办函〔2021〕3号", "演练防指办函〔2022〕1号",
    ]  # fmt: skip
    office.verify()


def test_a_drill_never_takes_a_real_number(office: Desk) -> None:
    assert sign(office).number == "演练防指办函〔2021〕1号"
    real = sign(office, draft(live=True), sender="office@gov.invalid")
    assert real.number == "防指办函〔2021〕1号"


def test_the_same_draft_has_the_same_number(office: Desk) -> None:
    first = sign(office)
    again = sign(office, signer="李四", at=AT + timedelta(days=3))
    assert (again.number, again.signed.by, again.signed.at) == (first.number, "张三", AT)
    assert office.log.head().sequence == 1
    assert sign(office, "330903").signed.number == 2


def test_an_open_entry_stops_the_sign_off(office: Desk) -> None:
    letter = draft("330902", "transfer_order")
    bare = replace(
        letter, entries=tuple((k, "" if k in ("place", "manner") else v) for k, v in letter.entries)
    )
    with pytest.raises(ConflictError, match="安置地点、转移方式和路线"):
        sign(office, bare)
    with pytest.raises(DataError, match="name"):
        sign(office, signer=" ")
    with pytest.raises((DataError, ValueError), match="zone"):
        sign(office, at=datetime(2021, 7, 24))  # noqa: DTZ001
    assert office.log.head().sequence == 0


def test_nothing_ends_before_it_is_over(office: Desk) -> None:
    base = draft("330902")
    from riskmap.products.documents.types import bundled_types
    from riskmap.products.letter_facts import as_document

    kind = bundled_types()["response_end"]
    letter = as_document(base, kind, entries={e.id: "x" for e in kind.entries})
    assert base.ends_at is not None
    with pytest.raises(ConflictError, match="not over yet"):
        sign(office, letter, at=base.ends_at)
    assert sign(office, letter, at=base.ends_at + timedelta(hours=1)).signed.number == 1


def test_a_later_notice_supersedes_the_earlier_one_with_an_update(office: Desk) -> None:
    first = sign(office, message=message())
    other = sign(office, "330903", message=message("330903"))
    second = sign(office, draft("330902", cycle=3), message=message(cycle=3), at=AT + timedelta(hours=3))
    register = office.register()
    assert second.signed.supersedes == first.signed.draft
    assert [register.documents[d.signed.draft].state for d in (first, second, other)] == [
        "superseded", "allotted", "allotted",
    ]  # fmt: skip
    envelope = read_envelope(second.signed.message.encode())
    validate_cap(second.signed.message.encode())
    assert (envelope.message, envelope.status) == ("Update", "Exercise")
    assert [r.identifier for r in envelope.references] == [first.signed.identifier]
    assert read_envelope(first.signed.message.encode()).message == "Alert"
    with pytest.raises(ConflictError, match="later analysis"):
        sign(office, draft("330902", cycle=1), message=message(cycle=1))


def test_orders_supersede_only_what_is_named(office: Desk) -> None:
    first = sign(office, "330902", "transfer_order")
    second = sign(office, draft("330902", "transfer_order", 1))
    assert second.signed.supersedes == ""
    third = sign(office, draft("330902", "transfer_order", 2), supersedes=first.number)
    assert third.signed.supersedes == first.signed.draft
    with pytest.raises(ConflictError, match="no such document"):
        sign(office, draft("330903", "transfer_order", 2), supersedes="防指令〔1999〕1号")


def test_actual_only_by_sign_off_of_a_live_draft_with_a_sender(office: Desk) -> None:
    with pytest.raises(DataError, match="sender"):
        sign(office, draft(live=True), message=message(live=True))
    done = sign(office, draft(live=True), message=message(live=True), sender="office@gov.invalid")
    envelope = read_envelope(done.signed.message.encode())
    assert (envelope.status, envelope.sender) == ("Actual", "office@gov.invalid")
    drill = sign(office, message=message(), sender="office@gov.invalid")
    assert read_envelope(drill.signed.message.encode()).status == "Exercise"
    with pytest.raises(DataError, match="stays one"):
        sign(office, draft("330902", cycle=2, live=True), message=message(), sender="office@gov.invalid")


def test_identifiers_of_one_second_differ(office: Desk) -> None:
    found = []
    for cycle in range(10):
        done = sign(office, draft("330902", cycle=cycle), message=message(cycle=cycle))
        found.append(done.signed.identifier)
    assert len(set(found)) == 10
    with pytest.raises(ConflictError, match="in one second"):
        sign(office, draft("330902", cycle=11), message=message(cycle=11))


def test_retraction_goes_to_all_who_hold_it_and_cancels_its_message(office: Desk) -> None:
    first = sign(office, message=message())
    office.published(first.signed.draft, [("document.pdf", "0" * 64)], by="张三", at=AT)
    for receiver in ("岑港街道", "小沙街道"):
        office.sent(first.number, receiver=receiver, way="传真", by="张三", at=AT)
    office.received(first.number, receiver="村委会", person="李四", by="张三", at=AT)
    done = office.retract(first.number, reason="潮位录入错误", signer="王五", at=AT + timedelta(hours=1))
    assert done.document.state == "retracted"
    assert done.notice is not None
    assert done.notice.receivers == (
        "定海区防汛防台抗旱指挥部", "舟山市防汛防台抗旱指挥部", "岑港街道", "小沙街道", "村委会",
    )  # fmt: skip
    assert done.notice.number == "演练防指撤〔2021〕1号"
    told = str(letter_content(parse_draft(done.notice.signed.content)))
    assert "定海区防汛防台抗旱指挥部、舟山市防汛防台抗旱指挥部、岑港街道、小沙街道、村委会：" in told
    assert "抄送" not in told
    assert "附件" not in told
    assert "潮位录入错误" in told
    assert first.number in told
    envelope = read_envelope(done.notice.signed.message.encode())
    validate_cap(done.notice.signed.message.encode())
    assert (envelope.message, envelope.status) == ("Cancel", "Exercise")
    assert [r.identifier for r in envelope.references] == [first.signed.identifier]
    assert "潮位录入错误" in envelope.note


def test_retraction_is_one_step_and_asking_again_changes_nothing(office: Desk) -> None:
    first = sign(office, message=message())
    office.published(first.signed.draft, [("document.pdf", "0" * 64)], by="张三", at=AT)
    done = office.retract(first.signed.draft[:20], reason="错", signer="王五", at=AT)
    head = office.log.head()
    again = office.retract(first.number, reason="又错", signer="赵六", at=AT)
    assert office.log.head() == head
    assert done.notice is not None
    assert again.notice is not None
    assert again.notice.number == done.notice.number
    with pytest.raises(ConflictError, match="taken back"):
        sign(office)
    with pytest.raises(ConflictError, match="a new document"):
        office.retract(done.notice.number, reason="x", signer="x", at=AT)
    with pytest.raises(ConflictError, match="without a reason"):
        office.retract(first.number, reason=" ", signer="x", at=AT)
    with pytest.raises(ConflictError, match="retracted is not sent"):
        office.sent(first.number, receiver="x", way="传真", by="张三", at=AT)
    corrected = sign(office, draft("330902", cycle=1), message=message(cycle=1))
    assert (corrected.signed.number, corrected.signed.supersedes) == (2, "")
    assert read_envelope(corrected.signed.message.encode()).message == "Alert"


def test_a_number_that_was_never_out_is_named_until_it_is_out_or_cancelled(office: Desk) -> None:
    first, second = sign(office), sign(office, "330903")
    office.published(first.signed.draft, [("document.pdf", "0" * 64)], by="张三", at=AT)
    (gap,) = office.register().gaps().items()
    assert (gap[0].series, gap[1]) == ("演练防指办函", (2,))
    done = office.retract(second.number, reason="作废", signer="张三", at=AT)
    assert done.notice is None
    assert office.register().gaps() == {}
    assert sign(office, "330921").signed.number == 3  # a cancelled number is not used again


def test_a_failure_inside_the_decision_leaves_nothing(office: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    sign(office)
    log: Any = office.log
    real = log.writing

    class BrokenError(Exception):
        pass

    from contextlib import contextmanager

    @contextmanager
    def broken() -> Iterator[Any]:
        with real() as append:

            def fail(records: Any, received_at: datetime) -> None:
                append(records, received_at)
                raise BrokenError

            yield fail

    monkeypatch.setattr(log, "writing", broken)
    with pytest.raises(BrokenError):
        sign(office, "330903")
    monkeypatch.undo()
    assert office.log.head().sequence == 1
    assert office.register().gaps() != {}
    assert sign(office, "330903").signed.number == 2
    office.verify()


def test_threads_get_all_numbers_once(office: Desk) -> None:
    regions = ["330902", "330903", "330921", "330922"]
    wanted = [(region, cycle) for cycle in range(8) for region in regions]
    drafts = [draft(region, "response_notice", cycle) for region, cycle in wanted]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda letter: sign(office, letter).signed.number, [*drafts, *drafts]))
    assert sorted(found[: len(drafts)]) == list(range(1, len(drafts) + 1))
    assert found[: len(drafts)] == found[len(drafts) :]
    office.verify()


def sign_many(path: str, first: int) -> None:
    """What one of several processes does: drafts of its own, and drafts that all of them sign."""
    log = SQLiteDocumentLog(Path(path))
    mine = Desk(log)
    own = [draft("330902", "response_notice", 100 * first + cycle) for cycle in range(5)]
    shared = [draft("330903", "response_notice", cycle) for cycle in range(5)]
    letters = [letter for pair in zip(own, shared, strict=True) for letter in pair]
    found = [(letter.digest, sign(mine, letter).signed.number) for letter in letters]
    log.close()
    print(json.dumps(found))


@pytest.mark.slow
def test_processes_get_all_numbers_once(tmp_path: Path) -> None:
    path = tmp_path / "documents.sqlite"
    code = "import sys; from tests.evac.orders.test_desk import sign_many; sign_many(sys.argv[1], int(sys.argv[2]))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(path), str(n)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for n in range(1, 3)
    ]
    done = [worker.communicate(timeout=120) for worker in workers]
    assert [(worker.returncode, said[1].decode()) for worker, said in zip(workers, done, strict=True)] == [
        (0, "")
    ] * 2
    told = [pair for said in done for pair in json.loads(said[0])]
    by_draft: dict[str, set[int]] = {}
    for digest, number in told:
        by_draft.setdefault(digest, set()).add(number)
    assert all(len(numbers) == 1 for numbers in by_draft.values())
    assert sorted(number for (number,) in by_draft.values()) == list(range(1, 2 * 5 + 5 + 1))
    log = SQLiteDocumentLog(path)
    Desk(log).verify()
    log.close()


def test_processes_that_all_make_the_log_make_one(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from evac.store.sqlite_documents import SQLiteDocumentLog as Log\n"
        "for n in range(30):\n"
        "    for k in range(4):\n"
        "        Log(Path(sys.argv[1]) / f'{k}.sqlite').close()"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, env=environment, stderr=subprocess.PIPE
        )
        for _ in range(2)
    ]
    assert [worker.communicate(timeout=120)[1].decode() for worker in workers] == [""] * 2


def test_two_desks_over_one_file_see_each_other(tmp_path: Path) -> None:
    logs = [SQLiteDocumentLog(tmp_path / "d.sqlite") for _ in range(2)]
    one, two = map(Desk, logs)
    assert [sign(one, "330902").signed.number, sign(two, "330903").signed.number] == [1, 2]
    assert sign(one, "330921").signed.number == 3
    assert set(one.register().documents) == set(two.register().documents)
    for log in logs:
        log.close()


def test_the_database_refuses_a_number_twice_and_an_edit_is_found(tmp_path: Path) -> None:
    log = SQLiteDocumentLog(tmp_path / "d.sqlite")
    mine = Desk(log)
    done = sign(mine)
    twin = replace(done.signed, draft="1" * 64, identifier="")
    for made in (log, MemoryDocumentLog()):
        if made is not log:
            Desk(made).sign(draft(), signer="张三", at=AT)
        with pytest.raises((SourceError, ConflictError), match="number"), made.writing() as append:
            append([twin], AT)
        assert made.head().sequence == 1
    log._raw.execute("UPDATE record SET body = replace(body, '张三', '李四')")
    with pytest.raises(ConflictError, match="altered"):
        Desk(log).verify()
    log.close()


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "other.sqlite")
    other.execute("CREATE TABLE person (name TEXT)")
    other.commit()
    other.close()
    with pytest.raises(SourceError, match="another database"):
        SQLiteDocumentLog(tmp_path / "other.sqlite")
    (tmp_path / "junk").write_bytes(b"not a database at all, but long enough" * 40)
    with pytest.raises(SourceError, match="not a database"):
        SQLiteDocumentLog(tmp_path / "junk")


INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
WORDS = st.text(min_size=1).filter(lambda s: bool(s.strip()) and s.isprintable())


@given(INSTANTS, WORDS, st.text(), st.lists(st.text(), max_size=3), st.booleans())
@settings(max_examples=50)
def test_records_survive_their_bytes(at: datetime, by: str, words: str, many: list[str], flag: bool) -> None:
    head = {"draft": "0" * 64, "at": at, "by": by}
    records: list[Record] = [
        Published(**head, files=tuple((w, "0") for w in many)),
        Sent(**head, receiver=words, way=words),
        Received(**head, receiver=words, person=words),
        Retracted(**head, reason=words, notice=""),
        Signed(
            **head, issuer=words, series=words, year=2021, number=1, type="x", region="1", event="2106", title=words,
            receivers=tuple(many), exercise=flag, supersedes="", content=words, message=words, identifier="",
        ),
    ]  # fmt: skip
    assert [parse(canonical(record)) for record in records] == records


@pytest.mark.parametrize("junk", [b"x", b"{}", b'{"kind":"sent"}', b'{"kind":"sold","at":0}', b"[]"])
def test_junk_is_no_record(junk: bytes) -> None:
    with pytest.raises(DataError, match="not a record of documents"):
        parse(junk)


def test_a_log_that_does_not_hold_together_is_refused() -> None:
    sent = Sent(draft="0" * 64, at=AT, by="x", receiver="y", way="z")
    with pytest.raises(ConflictError, match="nobody signed"):
        Register([sent])
