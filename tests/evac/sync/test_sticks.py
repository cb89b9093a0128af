"""A whole stick: bundles, phones' files, acknowledgements, and what nobody knows; and a town's roster for a new kiosk."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest

from evac.errors import BundleError, EvacError, Fault
from evac.event_key import read_vault
from evac.events import Envelope, canonical
from evac.model import Category, Destination, Person, Shelter, State, Stay, Vulnerability
from evac.state import fold
from evac.store.sqlite import SQLiteStore
from evac.sync.bundle import Bundle, export_events
from evac.sync.container import MAGIC
from evac.sync.files import files_of
from evac.sync.ledger import acknowledged, received_from
from evac.sync.node import read_node, write_node
from evac.sync.phone_file import take_in_phone
from evac.sync.receipt import Acknowledgement, write_acknowledgement
from evac.sync.roster_bundle import (
    export_roster,
    person_of_record,
    person_record,
    take_in_roster,
    update_roster,
)
from evac.sync.stick import Sort, in_order, sort_of, take_in_file
from riskmap.errors import ConfigError, SourceError
from tests.evac.scenes import START, make_event
from tests.evac.sync.posts import LATER, Post, acquainted, make_node
from tests.evac.web.sealed import sealed_file

CODES = [f"7{n:025d}" for n in range(50)]
ANN = Person(
    code="7" * 26, name="张三", household="H1", county="330902", village="330902001001", village_name="村",
    category=Category.FISH_FARM, destination=Destination(Stay.SHELTER, "S1"), vulnerability=(Vulnerability.ILL,),
    helper="乙", printed=True, signed=b"\0\xff", synthetic=True, phone="13800000000", birth_year=1950, vessel="浙普1",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Newer(Shelter):
    """A shelter with a field that nobody here knows."""

    beds: int = 3


def phone_file(events: list[Envelope], **changes: object) -> bytes:
    header = {"evac": "events", "version": 1, "event": "2106", "device": "P7", "count": len(events)}
    return b"\n".join([json.dumps({**header, **changes}).encode(), *map(canonical, events)]) + b"\n"


def test_a_whole_stick(tmp_path: Path) -> None:
    a, b = acquainted(Post("A"), Post("B"))
    b.registry.check_ins([make_event("notified", 1)], received_at=LATER)
    a.take(b.bundle())
    ack = Acknowledgement("2106", "A", "B", START, received_from(a.store.labels(), "B"))
    write_acknowledgement(tmp_path / "b.evacack", ack, a.node)
    a.registry.check_ins([make_event("arrived_shelter", 2)], received_at=LATER)
    folder = tmp_path / "sub"
    folder.mkdir()
    export_events(a.store, folder / "0-later", node=a.node, made_at=START, salt=bytes(32), after=1)
    export_events(a.store, folder / "9-first", node=a.node, made_at=START, salt=bytes(31) + b"1")
    (folder / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    (folder / ".hidden.partial-7").write_bytes(b"EVACBNDL")
    (tmp_path / "p7.evacphone").write_bytes(sealed_file([make_event("left", 3, device="P7")], b.node.vault))
    (tmp_path / "z-cut").write_bytes((folder / "9-first").read_bytes()[:-70])
    files = list(files_of([tmp_path]))
    assert [path.name for path in in_order(files)] == [
        "9-first",
        "z-cut",
        "0-later",
        "b.evacack",
        "p7.evacphone",
        "photo.jpg",
    ]
    found = {path.name: take_in_file(b.registry, path, b.node, now=LATER) for path in in_order(files)}
    assert found["photo.jpg"].sort is Sort.UNKNOWN
    assert isinstance(error := found["z-cut"].error, BundleError)
    assert error.fault is Fault.TRUNCATED
    intakes = {name: one.intake.stored for name, one in found.items() if one.intake}
    assert intakes == {"9-first": 1, "0-later": 0, "p7.evacphone": 1}
    assert (found["b.evacack"].by, acknowledged(b.store.labels())) == ("A", 1)
    assert list(files_of([tmp_path / "z-cut"])) == [tmp_path / "z-cut"]
    gone = take_in_file(b.registry, tmp_path / "gone", b.node, now=LATER)
    assert isinstance(gone.error, SourceError)
    assert in_order([tmp_path / "gone"]) == [tmp_path / "gone"]


def test_hostile_files_stop_no_other(tmp_path: Path) -> None:
    b = Post("B")
    nested = b"[" * 5000
    hostile = {
        "deep": nested, "number": b'{"evac":"events","version":Infinity}\n', "ack": b'{"kind": "evac acknowledgement' + b'":' + nested,
        "line": phone_file([]) + nested + b"\n", "bundle": MAGIC + (1).to_bytes(2, "big") + len(nested).to_bytes(4, "big") + nested,
    }  # fmt: skip
    for name, data in hostile.items():
        (tmp_path / name).write_bytes(data)
        found = take_in_file(b.registry, tmp_path / name, b.node, now=LATER, vouched=True)
        assert found.sort is Sort.UNKNOWN or found.error or (found.intake and found.intake.refused), name


def test_a_large_file_that_is_none_of_ours_is_left(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    with path.open("wb") as file:
        file.truncate(500 << 20)
    assert sort_of(path) is Sort.UNKNOWN
    with path.open("r+b") as file:
        file.write(Post("A").bundle()[:10])  # calls itself a bundle; nothing follows that could be one
    post = Post("B")
    found = take_in_file(post.registry, path, post.node, now=LATER)
    assert isinstance(error := found.error, BundleError)
    assert error.fault is Fault.BAD_DIGEST


def test_a_phones_file_is_judged_line_by_line() -> None:
    post = Post("A")
    good = [make_event("arrived_shelter", n, device="P7") for n in range(3)]
    fast = make_event("left", 99, device="P7")
    refused = make_event("closed", 5, device="P7")
    data = phone_file([*good, good[0], fast, refused], count=9)
    data += b'{"kind":"no such kind"}\n' + canonical(make_event("notified", code="x")) + b"\n" + b'{"half'
    header, done = take_in_phone(
        post.registry,
        BytesIO(data),
        "p7",
        event="2106",
        now=START + timedelta(minutes=60),
        vault=None,
        vouched=True,
    )
    assert (header.device, header.count) == ("P7", 9)
    assert (done.stored, done.held_back, done.conflicting) == (4, 1, [])
    assert sorted(done.refused) == [7, 8, 9, 10]
    assert done.refused[7].startswith("closed: ")
    again = take_in_phone(
        post.registry, BytesIO(data), "p7", event="2106", now=LATER, vault=None, vouched=True
    )[1]
    assert (again.stored, again.repeated) == (0, 4)


def test_a_file_that_nobody_signed_gives_no_commands() -> None:
    post = Post("A")
    before = make_event("arrived_shelter", 1, device="P7")
    other = make_event("arrived_shelter", 2, device="P8", code=CODES[2])
    post.registry.check_ins([before, other], received_at=LATER)
    scan = make_event("left", 3, device="P7", code=CODES[3])
    taken = [
        scan,
        make_event("undone", 5, device="P7", code=CODES[3], target=scan.event_id),
        make_event("undone", 6, device="P7", target=before.event_id),
    ]
    refused = {
        "device": make_event("arrived_shelter", 7, device="P8"),
        "received": make_event("received", 8, device="P7", target=other.event_id),
        "undone": make_event("undone", 9, device="P7", code=CODES[2], target=other.event_id),
        "ordered": make_event("ordered", 10, device="P7"),
        "merged": make_event("merged", 11, device="P7", into=CODES[2]),
        "left": make_event("left", 12, device="P7", code="0" * 26),
        "corrected": make_event("corrected", 13, device="P7", county="330999"),
    }
    data = phone_file([*taken, *refused.values()])
    done = take_in_phone(
        post.registry, BytesIO(data), "p7", event="2106", now=LATER, vault=None, vouched=True
    )[1]
    assert done.stored == len(taken)
    assert [why.partition(":")[0] for _, why in sorted(done.refused.items())] == list(refused)
    assert post.registry.state(CODES[2]).state is State.SHELTERED
    again = take_in_phone(
        post.registry, BytesIO(data), "p7", event="2106", now=LATER, vault=None, vouched=True
    )[1]
    assert (again.stored, again.repeated) == (0, len(taken))


def test_a_phones_file_that_does_not_name_its_device_is_that_of_its_first_event() -> None:
    post = Post("A")
    events = [make_event("notified", n, device=device) for n, device in enumerate(("P7", "P7", "P8"))]
    data = phone_file(events, device="")
    done = take_in_phone(
        post.registry, BytesIO(data), "p7", event="2106", now=LATER, vault=None, vouched=True
    )[1]
    assert (done.stored, done.node, list(done.refused)) == (2, "P7", [4])


def test_a_phones_file_that_is_cut_short_says_so() -> None:
    post = Post("A")
    lines = phone_file([make_event("notified", n, device="P7") for n in range(3)]).split(b"\n")
    done = take_in_phone(
        post.registry, BytesIO(b"\n".join(lines[:3])), "p7", event="2106", now=LATER, vault=None, vouched=True
    )[1]
    assert done.stored == 2
    assert "1 of 3 events are not in it" in done.warnings[0]


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (phone_file([], event="2109"), Fault.FOREIGN_EVENT),
        (phone_file([], version=3), Fault.NEWER),
        (b'{"evac":"other"}\n', Fault.NO_BUNDLE),
        (b'{"evac":"events","version":Infinity}\n', Fault.NO_BUNDLE),
        (b"[" * 5000, Fault.NO_BUNDLE),
        (b"[]\n", Fault.NO_BUNDLE),
        (b"", Fault.NO_BUNDLE),
    ],
)
def test_phones_files_that_are_not_taken(data: bytes, fault: Fault) -> None:
    with pytest.raises(BundleError) as caught:
        take_in_phone(
            Post("A").registry, BytesIO(data), "p7", event="2106", now=LATER, vault=None, vouched=True
        )
    assert caught.value.fault is fault


def test_a_person_goes_through_json() -> None:
    assert person_of_record(json.loads(json.dumps(person_record(ANN)))) == ANN


def _roster(parent: Post, path: Path, **changes: object) -> Path:
    told = {
        "node": parent.node, "people": [ANN, replace(ANN, code="7" + "A" * 25)], "labels": {"public_key": "00"},
        "shelters": [Shelter("S1", "点", "330902", 60, True)], "scope": "330902001", "made_at": START, "salt": bytes(32),
    }  # fmt: skip
    return export_roster(parent.store, path, **(told | changes)).path  # type: ignore[arg-type]


def test_a_kiosk_begins_with_its_town(tmp_path: Path) -> None:
    parent, kiosk = Post("D"), Post("K")
    parent.registry.check_ins(
        [make_event("registered", 1, code=ANN.code), make_event("ordered", 2, code=ANN.code)],
        received_at=LATER,
    )
    path = _roster(parent, tmp_path / "town.evacroster")
    assert "张三".encode() not in path.read_bytes()
    with path.open("rb") as file:
        bundle = Bundle(file, "stick")
        known = {"D": parent.node.public}
        counts = take_in_roster(kiosk.store, bundle, kiosk.node, parent=known, now=LATER)
        with pytest.raises(EvacError, match="not empty"):
            take_in_roster(kiosk.store, bundle, kiosk.node, parent=known, now=LATER)
    assert counts == {"people": 2, "shelters": 1, "events": 2}
    assert kiosk.states == parent.states
    assert kiosk.store.person(ANN.code) == ANN
    assert kiosk.store.labels()["scope"] == "330902001"
    assert acknowledged(kiosk.store.labels()) == 2  # whoever sent them has them


def test_a_newer_roster_comes_to_a_kiosk_in_use(tmp_path: Path) -> None:
    parent, kiosk = Post("D"), Post("K")
    with _roster(parent, tmp_path / "1").open("rb") as file:
        known = {"D": parent.node.public}
        take_in_roster(kiosk.store, Bundle(file, "1"), kiosk.node, parent=known, now=LATER)
    kiosk.registry.check_ins([make_event("arrived_shelter", 5, code=ANN.code, device="K")], received_at=LATER)
    parent.registry.check_ins([make_event("ordered", 2, code=ANN.code, device="D")], received_at=LATER)
    newcomer = replace(ANN, code="7" + "B" * 25)
    labels = {"public_key": "01", "event": "2109", "node_key/X": "00"}
    newer = _roster(
        parent, tmp_path / "2", people=[ANN, newcomer], labels=labels, made_at=START + timedelta(hours=1)
    )
    with newer.open("rb") as file:
        counts = update_roster(kiosk.store, Bundle(file, "2"), kiosk.node, now=LATER)
        update_roster(kiosk.store, Bundle(file, "2"), kiosk.node, now=LATER)
    assert counts == {"people": 2, "shelters": 1, "events": 1}
    assert kiosk.states[ANN.code].state == "sheltered"  # what was entered here stays
    assert kiosk.store.seal().sequence == 2
    found = kiosk.store.labels()
    assert (found["public_key"], found["event"], found.get("node_key/X")) == ("01", "2106", None)
    assert kiosk.store.person(newcomer.code) == newcomer
    with (tmp_path / "1").open("rb") as file, pytest.raises(EvacError, match="an older roster"):
        update_roster(kiosk.store, Bundle(file, "1"), kiosk.node, now=LATER)


def test_rosters_that_are_not_believed(tmp_path: Path) -> None:
    parent, kiosk = Post("D"), Post("K")
    path = _roster(parent, tmp_path / "r")
    plain = export_events(parent.store, tmp_path / "e", node=parent.node, made_at=START, salt=bytes(32)).path

    def refused(path: Path, **parents: str) -> EvacError:
        with path.open("rb") as file, pytest.raises(EvacError) as caught:
            take_in_roster(kiosk.store, Bundle(file, "stick"), kiosk.node, parent=parents, now=LATER)
        return caught.value

    assert getattr(refused(path), "fault", None) is Fault.UNKNOWN_NODE
    assert getattr(refused(path, D=make_node("X").public), "fault", None) is Fault.BAD_SIGNATURE
    assert "no roster" in str(refused(plain, D=parent.node.public))
    newer = _roster(parent, tmp_path / "n", shelters=[Newer("S1", "点", "330902", 60)])
    assert "newer" in str(refused(newer, D=parent.node.public))
    found = take_in_file(parent.registry, path, parent.node, now=LATER)
    assert (found.sort, found.error) == (Sort.ROSTER, None)


def test_an_import_onto_a_full_disk_is_done_again_with_the_same_result(tmp_path: Path) -> None:
    a = Post("A")
    a.registry.check_ins(
        [make_event("arrived_shelter", n / 60, code=CODES[n % 50]) for n in range(3000)], received_at=LATER
    )
    data = a.bundle()
    store = SQLiteStore(tmp_path / "b.sqlite")
    b = Post("B", store)
    b.knows([a])
    pages = store._raw.execute("PRAGMA page_count").fetchone()[0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("evac.sync.intake.BATCH", 500)
        store._raw.execute(f"PRAGMA max_page_count={pages + 60}")
        with pytest.raises(SourceError, match="full"):
            b.take(data)
        stored = store.seal().sequence
        assert 0 < stored < 3000
        assert stored % 500 == 0  # whole batches
        assert b.states == fold(store.events())
        assert received_from(store.labels(), "A").spans.parts == ()  # nothing is acknowledged yet
        store._raw.execute("PRAGMA max_page_count=1000000")
        done = b.take(data)
    assert (done.stored, done.repeated) == (3000 - stored, stored)
    assert b.states == a.states
    store.close()


def test_a_destroyed_event_opens_nothing(tmp_path: Path) -> None:
    path = tmp_path / "k.key"
    write_node(path, make_node("K"))
    assert read_vault(path).key == make_node("K").event_key  # `evac serve --vault` takes it too
    record = json.loads(path.read_text())
    path.write_text(json.dumps(record | {"event_key": "x" * 64}))
    with pytest.raises(ConfigError, match="destroyed"):
        read_node(path)
    with pytest.raises(ConfigError, match="no key of the event"):
        read_vault(path)
