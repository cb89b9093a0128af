"""Alert, Update and Cancel name each other, nothing becomes Actual by itself, and the feed keeps the rules of RFC 4287."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap.errors import DataError
from riskmap.products.cap import cap_alert
from riskmap.products.cap_area import covering_polygons
from riskmap.products.cap_envelope import (
    NAMESPACE,
    CapReference,
    Envelope,
    cap_cancel,
    cap_identifier,
    read_envelope,
    reissued,
    validate_cap,
)
from riskmap.products.cap_feed import ATOM, FeedEntry, atom_feed
from tests.factories import ISSUED_AT
from tests.riskmap.products.letter_outlook import make_outlook, real_outlook

LATER = ISSUED_AT + timedelta(hours=3)
FIRST = CapReference("office@example.invalid", cap_identifier("330902", ISSUED_AT), ISSUED_AT)
N = {"c": NAMESPACE, "a": ATOM}


def envelope(**changes: Any) -> Envelope:
    made: dict[str, Any] = {
        "identifier": cap_identifier("330902", LATER), "sent": LATER, "sender": "office@example.invalid",
        "status": "Actual", "message": "Update", "references": (FIRST,),
    }  # fmt: skip
    return Envelope(**made | changes)


def alert(**changes: Any) -> bytes:
    outlook = changes.pop("outlook", None) or real_outlook()
    chosen = {"identifier": FIRST.identifier, "sent": ISSUED_AT, "sender": "a@b"} | changes
    return cap_alert(outlook, "330902", **chosen)


def test_an_update_names_what_it_updates() -> None:
    xml = alert(message="Update", references=(FIRST,), identifier=cap_identifier("330902", LATER), sent=LATER)
    validate_cap(xml)
    assert read_envelope(xml).references == (FIRST,)
    assert ElementTree.fromstring(xml).findtext("c:references", namespaces=N) == FIRST.text


def test_a_cancel_names_what_it_takes_back_and_why() -> None:
    cancel = envelope(message="Cancel", note="撤回:水位录入错误 <&>")
    xml = cap_cancel(cancel)
    validate_cap(xml)
    assert read_envelope(xml) == cancel
    with pytest.raises(DataError, match="Cancel"):
        cap_cancel(envelope())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"message": "Alert"}, "references"),
        ({"references": ()}, "references"),
        ({"message": "Cancel", "references": ()}, "references"),
        ({"message": "Ack"}, "message"),
        ({"status": "Exercise", "note": " "}, "note"),
        ({"status": "Live"}, "status"),
        ({"scope": "Restricted", "restriction": ""}, "restriction"),
        ({"identifier": FIRST.identifier}, "references"),
        ({"sent": datetime(2021, 7, 24)}, "sent"),  # noqa: DTZ001
    ],
)
def test_the_rules_of_cap_are_kept(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        envelope(**changes)


def test_a_replay_is_an_exercise_and_a_live_run_a_draft() -> None:
    assert read_envelope(alert()).status == "Exercise"
    live = make_outlook(marks=())
    assert read_envelope(alert(outlook=live)).status == "Draft"
    assert read_envelope(alert(outlook=live, status="Exercise")).status == "Exercise"
    for outlook, status in ((live, "Actual"), (real_outlook(), "Actual"), (real_outlook(), "Draft")):
        with pytest.raises(DataError, match="status"):
            alert(outlook=outlook, status=status)


def test_sign_off_changes_the_header_alone() -> None:
    draft = alert(outlook=make_outlook(marks=()))
    signed = reissued(draft, envelope(message="Alert", references=()))
    validate_cap(signed)
    assert read_envelope(signed).status == "Actual"
    assert draft[draft.index(b"<info>") :] == signed[signed.index(b"<info>") :]
    with pytest.raises(DataError, match="stays one"):
        reissued(alert(), envelope())
    validate_cap(reissued(alert(), envelope(status="Exercise")))
    with pytest.raises(DataError, match="info"):
        reissued(cap_cancel(envelope(message="Cancel")), envelope())
    for junk in (b"<alert>", b"<alert/>", draft.replace(b"<sent>2021", b"<sent>then ")):
        with pytest.raises(DataError):
            read_envelope(junk)


@given(
    st.lists(
        st.tuples(st.floats(118.0, 122.9), st.floats(27.0, 31.0), st.floats(0.002, 0.4), st.integers(3, 40)),
        min_size=1,
        max_size=4,
    ),
    st.floats(0.0, 6.28),
)
@settings(max_examples=60)
def test_an_area_is_never_smaller_than_its_region(
    parts: list[tuple[float, float, float, int]], turn: float
) -> None:
    import numpy as np

    shapes = []
    for x, y, size, corners in parts:
        angle = turn + np.sort(np.random.default_rng(corners).uniform(0, 2 * np.pi, corners))
        reach = size * np.random.default_rng(corners + 1).uniform(0.2, 1.0, corners)
        star = shapely.make_valid(
            shapely.Polygon(np.column_stack([x + reach * np.cos(angle), y + reach * np.sin(angle)]))
        )
        shapes += [p for p in shapely.get_parts(star) if p.geom_type == "Polygon"]
    region = shapely.union_all(shapes)
    if region.is_empty or region.area == 0.0:
        return
    cover = covering_polygons(region)
    assert shapely.covers(shapely.union_all(cover), region)
    assert all(not part.interiors for part in cover)


def entries() -> list[FeedEntry]:
    first = Envelope(FIRST.identifier, ISSUED_AT, "a@b", "Exercise", note="回放")
    return [
        FeedEntry(first, "330902/cap.xml", "定海区 <红> & 橙", "风险研判"),
        FeedEntry(
            replace(first, identifier=cap_identifier("330903", ISSUED_AT)),
            "330903/cap.xml",
            "普陀区",
            "风险研判",
        ),
    ]


def feed(found: list[FeedEntry]) -> bytes:
    return atom_feed(found, title="烟花 2106", author="防指办", updated=ISSUED_AT, name="2106")


def check_atom(xml: bytes) -> ElementTree.Element:
    """RFC 4287: 4.1.1 (feed), 4.1.2 (entry), 3.3 (dates), 4.2.6 (ids), 4.2.7 (links)."""
    root = ElementTree.fromstring(xml)
    assert root.tag == f"{{{ATOM}}}feed"
    held = root.findall("a:entry", N)
    for element in (root, *held):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"a:{name}", N)) == 1, name
        instant = datetime.fromisoformat(element.findtext("a:updated", namespaces=N) or "")
        assert instant.tzinfo is not None
        assert (element.findtext("a:id", namespaces=N) or "").startswith("urn:uuid:")
        links = [(x.get("rel"), x.get("type"), x.get("href")) for x in element.findall("a:link", N)]
        assert len({(rel, kind) for rel, kind, _ in links}) == len(links)
        assert all(href and "://" not in href and not href.startswith("/") for _, _, href in links)
    assert root.find("a:author/a:name", N) is not None  # then no entry needs its own
    assert [x.get("rel") for x in root.findall("a:link", N)] == ["self"]
    ids = [e.findtext("a:id", namespaces=N) for e in (root, *held)]
    assert len(set(ids)) == len(ids)
    for entry in held:
        # an entry without content needs an alternate
        assert entry.find("a:link[@rel='alternate']", N) is not None
        assert entry.find("a:summary", N) is not None
    return root


def test_the_feed_is_atom_with_relative_links_and_lasting_ids() -> None:
    root = check_atom(feed(entries()))
    assert [e.findtext("a:title", namespaces=N) for e in root.findall("a:entry", N)] == [
        "定海区 <红> & 橙",
        "普陀区",
    ]
    assert feed(entries()) == feed(entries())
    other = check_atom(feed(list(reversed(entries()))))
    assert {e.findtext("a:id", namespaces=N) for e in other.iter()} == {
        e.findtext("a:id", namespaces=N) for e in root.iter()
    }


def test_an_empty_cycle_has_an_empty_feed() -> None:
    assert check_atom(feed([])).findall("a:entry", N) == []


def test_a_feed_without_a_time_zone_is_refused() -> None:
    with pytest.raises(DataError, match="time zone"):
        atom_feed([], title="x", author="y", updated=datetime(2021, 7, 24), name="z")  # noqa: DTZ001
