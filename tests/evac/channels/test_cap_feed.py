"""The CAP feed: valid Atom and RSS of valid messages, each once, whole at every moment, also under many threads."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from evac.channels.cap_feed import CapFeedChannel
from evac.orders.outbox import Outcome, Purpose
from riskmap.products.cap_envelope import NAMESPACE, read_envelope, validate_cap
from tests.evac.channels.servers import NOW, outgoing
from tests.evac.orders.office import message

ATOM = "{http://www.w3.org/2005/Atom}"
SENT = [message(cycle=n) for n in range(4)]
HELD = {str(n) * 64: xml for n, xml in enumerate(SENT)}


def channel(folder: Path) -> CapFeedChannel:
    return CapFeedChannel("feed", folder, lambda draft: HELD.get(draft, b""), title="演练信息流")


def document(n: int, **changes: object) -> object:
    return outgoing(key=f"d{n}", draft=str(n) * 64, purpose=Purpose.DOCUMENT, **changes)


def listed(folder: Path) -> tuple[list[str], list[str]]:
    atom = ElementTree.fromstring((folder / "feed.xml").read_bytes())
    items = ElementTree.fromstring((folder / "rss.xml").read_bytes()).findall("./channel/item")
    links = [e.find(f"{ATOM}link").get("href") for e in atom.findall(f"{ATOM}entry")]  # type: ignore[union-attr]
    return [str(x) for x in links], [str(i.findtext("link")) for i in items]


def test_every_message_is_listed_once_the_newest_first(tmp_path: Path) -> None:
    feed = channel(tmp_path)
    for n in (0, 2, 1, 2, 0):
        reply = feed.attempt(document(n), "", at=NOW + timedelta(hours=n))  # type: ignore[arg-type]
        assert (reply.outcome, reply.reference) == (Outcome.DELIVERED, read_envelope(SENT[n]).identifier)
    atom, rss = listed(tmp_path)
    assert atom == rss == [f"messages/{read_envelope(SENT[n]).identifier}.xml" for n in (2, 1, 0)]
    for href in atom:
        xml = (tmp_path / href).read_bytes()
        assert xml in SENT  # as signed, byte for byte
        validate_cap(xml)
    guids = [g.text for g in ElementTree.fromstring((tmp_path / "rss.xml").read_bytes()).iter("guid")]
    ids = [
        e.findtext(f"{ATOM}id")
        for e in ElementTree.fromstring((tmp_path / "feed.xml").read_bytes()).iter(f"{ATOM}entry")
    ]
    assert guids == ids


def test_the_same_messages_give_the_same_bytes(tmp_path: Path) -> None:
    for name, order in (("a", (0, 1, 2)), ("b", (2, 1, 0))):
        for n in order:
            channel(tmp_path / name).attempt(document(n), "", at=NOW)  # type: ignore[arg-type]
    assert (tmp_path / "a/feed.xml").read_bytes() == (tmp_path / "b/feed.xml").read_bytes()
    assert (tmp_path / "a/rss.xml").read_bytes() == (tmp_path / "b/rss.xml").read_bytes()


@pytest.mark.parametrize("changes", [{"purpose": Purpose.REMINDER}, {"draft": "f" * 64}])
def test_what_has_no_message_is_refused(tmp_path: Path, changes: dict[str, object]) -> None:
    record = outgoing(**{"draft": "0" * 64, "purpose": Purpose.DOCUMENT, **changes})
    assert channel(tmp_path).attempt(record, "", at=NOW).outcome is Outcome.REFUSED
    assert not (tmp_path / "feed.xml").exists()


def test_a_folder_that_cannot_be_written_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "feed").write_text("no folder")
    assert channel(tmp_path / "feed").attempt(document(0), "", at=NOW).outcome is Outcome.FAILED  # type: ignore[arg-type]


def test_a_reader_never_sees_half_a_feed(tmp_path: Path) -> None:
    feed = channel(tmp_path)
    feed.attempt(document(0), "", at=NOW)  # type: ignore[arg-type]
    over = threading.Event()
    broken: list[str] = []

    def read() -> int:
        seen = 0
        while not over.is_set():
            for name in ("feed.xml", "rss.xml"):
                try:
                    ElementTree.fromstring((tmp_path / name).read_bytes())
                    seen += 1
                except (ElementTree.ParseError, OSError) as error:
                    broken.append(str(error))
        return seen

    with ThreadPoolExecutor(6) as pool:
        reader = pool.submit(read)
        list(pool.map(lambda n: feed.attempt(document(n % 4), "", at=NOW), range(40)))  # type: ignore[arg-type]
        over.set()
        assert reader.result() > 10
    assert broken == []
    assert len(listed(tmp_path)[0]) == 4


def test_scope_and_status_stay_as_signed(tmp_path: Path) -> None:
    channel(tmp_path).attempt(document(0), "", at=NOW)  # type: ignore[arg-type]
    (path,) = (tmp_path / "messages").iterdir()
    root = ElementTree.fromstring(path.read_bytes())
    assert root.findtext(f"{{{NAMESPACE}}}scope") == "Restricted"
