"""The rules that the phone page keeps in JavaScript are those of Python: codes, events, states."""

from __future__ import annotations

import random
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from evac import codes
from evac.base45 import base45_decode
from evac.events import Undone, canonical
from evac.model import MOVED, State
from evac.state import TRANSITIONS, PersonState, fold_person, step
from evac.web.shell import PAGE
from tests.browser.phones import arguments
from tests.browser.windows import CHROMIUM, MARKS
from tests.evac.scenes import make_event
from tests.evac.web.verdicts import SITE, as_told, judged, ring, vectors

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

pytestmark = MARKS
ORIGIN = "https://phone.test/kiosk/"
TYPES = {".js": "text/javascript", ".html": "text/html", ".css": "text/css"}
BEFORE = [state for state in State if state is not State.MERGED]


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    """The page's modules, without a server."""

    def answer(route: Any) -> None:
        path = PAGE / route.request.url.removeprefix(ORIGIN)
        if path.is_file():
            route.fulfill(
                body=path.read_bytes(), content_type=TYPES.get(path.suffix, "application/octet-stream")
            )
        else:
            route.fulfill(
                body="<script src=vendor/tweetnacl/nacl-fast.min.js></script>", content_type="text/html"
            )

    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments(None))
        opened = chromium.new_page()
        opened.route("**/*", answer)
        opened.goto(ORIGIN)
        yield opened
        chromium.close()


def ask(page: Any, module: str, expression: str, argument: Any) -> Any:
    """Value of an expression of ``m``, a module of the page, and ``x``, the argument."""
    return page.evaluate(
        f"async (x) => {{ const m = await import('./{module}.js'); return {expression}; }}", argument
    )


def test_codes_and_short_codes(page: Any) -> None:
    rng = random.Random(5)
    raws = [bytes(16), b"\xff" * 16, *(rng.randbytes(16) for _ in range(200))]
    written = ask(
        page, "codes", "x.map((b) => m.codeOfBytes(m.unbase64(b)))", [b64encode(r).decode() for r in raws]
    )
    assert written == [codes.code_of_bytes(raw) for raw in raws]
    back = ask(page, "codes", "x.map((c) => m.base64(m.bytesOfCode(c)))", written)
    assert back == [b64encode(raw).decode() for raw in raws]
    wrong = ["", "8" + "0" * 25, "U" * 26, "0" * 25, "a" * 26]
    assert ask(page, "codes", "x.map((c) => m.bytesOfCode(c))", wrong) == [None] * len(wrong)
    assert ask(page, "codes", "x.map(m.shortCode)", written) == [codes.short_code(c) for c in written]


def parsed(typed: str) -> str | None:
    try:
        return codes.parse_short_code(typed)
    except codes.UnknownCodeError:
        return None


def test_typed_short_codes(page: Any) -> None:
    rng = random.Random(6)
    typed = ["ooooo-oooo a m", "", "0000000000", "Ü" * 11]
    for _ in range(100):
        good = codes.short_code(codes.mint(rng))
        at = rng.randrange(11)
        bad = good[:at] + rng.choice(codes.CROCKFORD) + good[at + 1 :]
        typed += [
            good.lower(),
            f"{good[:4]}-{good[4:8]} {good[8:]}",
            bad,
            good.replace("0", "O").replace("1", "l"),
        ]
    wide = {n: n + 0xFEE0 for n in range(0x21, 0x7F)}  # what a Chinese keyboard writes
    typed += [codes.short_code(codes.mint(rng)).translate(wide) for _ in range(20)]
    typed += [f"{text[:4]}{dash}{text[4:8]}\u3000{text[8:]}" for text in typed[-20:] for dash in "－—‐−⸺"]
    assert ask(page, "codes", "x.map(m.parseShortCode)", typed) == [parsed(text) for text in typed]


def test_base45(page: Any) -> None:
    texts = [
        "BB8",
        "%69 VD92EX0",
        "UJCLQE7W581",
        "QED8WEX0",
        "",
        ":::",
        "A",
        "ab",
        "GGW",
        "FGW",
        "ABCD",
        "::",
    ]
    expected = []
    for text in texts:
        try:
            expected.append(b64encode(base45_decode(text)).decode())
        except ValueError:
            expected.append(None)
    found = ask(
        page, "codes", "x.map((t) => { const b = m.base45Decode(t); return b && m.base64(b); })", texts
    )
    assert found == expected


@pytest.mark.parametrize(
    "kind",
    ["arrived_shelter", "arrived_relatives", "arrived_ashore", "departed", "medical", "left", "returned"],
)
def test_what_an_event_does_to_a_person(page: Any, kind: str) -> None:
    event = make_event(kind, place="S9")
    after = [step(PersonState(state, place="S1"), event) for state in BEFORE]
    found = ask(
        page, "events", "x.states.map((state) => m.step({ state, place: 'S1' }, { kind: x.kind, place: 'S9' }))",
        {"states": [str(s) for s in BEFORE], "kind": kind},
    )  # fmt: skip
    assert [row["state"] for row in found] == [str(s.state) for s in after]
    for state, row, one in zip(BEFORE, found, after):
        if state in TRANSITIONS[kind] and one.state in MOVED:
            assert row["place"] == one.place == "S9"


def test_the_fold_with_an_undo(page: Any) -> None:
    came = make_event("arrived_shelter", 1)
    left = make_event("left", 2)
    undone = Undone(**{name: getattr(came, name) for name in (
        "code", "place", "actor", "device", "device_at", "mode")}, event_id="f" * 32, counter=9, trusted_at=left.trusted_at, target=left.event_id,
    )  # fmt: skip
    sent = [
        {"kind": e.kind, "event_id": e.event_id, "place": e.place, "target": getattr(e, "target", "")}
        for e in (came, left, undone)
    ]
    found = ask(page, "events", "m.fold({ state: 'ordered', place: '' }, x)", sent)
    assert (
        found["state"]
        == str(fold_person([make_event("ordered", 0), came, left, undone]).state)
        == "sheltered"
    )


def test_the_bytes_of_an_event(page: Any) -> None:
    event = make_event("arrived_relatives", 3, place='亲友"\\\n\x01\x7f\u2028é😀', verified=False)
    told = {
        "kind": event.kind, "verified": False, "event_id": event.event_id, "code": event.code, "place": event.place,
        "actor": event.actor, "device": event.device, "counter": event.counter, "mode": str(event.mode),
        "device_at": 1627101180000000, "trusted_at": 1627101180000000,
    }  # fmt: skip
    assert datetime(2021, 7, 24, 4, 33, tzinfo=UTC) == event.device_at
    assert ask(page, "events", "m.canonical(x)", told).encode() == canonical(event)


def test_ids_rise_with_time_and_differ(page: Any) -> None:
    ids = ask(page, "events", "x.map((t) => m.newId(t))", [1627101180000 + n for n in range(300)])
    assert ids == sorted(ids)
    assert len(set(ids)) == 300
    assert {len(i) for i in ids} == {32}
    assert int(ids[0][:12], 16) == 1627101180000


def test_a_code_is_worth_the_same_on_the_phone(page: Any) -> None:
    made = list(vectors())
    told = ask(
        page, "codes", "(async () => { const ring = await m.readRing(x.ring); const found = [];"
        " for (const v of x.vectors) {"
        "  const revoked = v.revoked ? await m.readRevocations(m.unbase64(v.revoked), ring) : null;"
        "  const one = await m.judge(v.text, { ring, revoked, event: v.event, drill: v.drill, sites: [x.site] }, v.now);"
        "  found.push({ finding: one.finding, code: one.code, cautions: one.cautions });"
        " } return found; })()",
        {"ring": ring().to_json(), "vectors": [as_told(v) for v in made], "site": SITE},
    )  # fmt: skip
    expected = [judged(v) for v in made]
    assert [(v.name, t) for v, t, e in zip(made, told, expected) if t != e] == []
    assert len({e["finding"] for e in expected}) == len(codes.Finding)


def test_the_words_for_the_door_are_those_of_python(page: Any) -> None:
    for table, words in (("FINDINGS", codes.Finding), ("CAUTIONS", codes.Caution)):
        assert ask(page, "words", f"m.{table}", None) == {str(w): [w.chinese, w.english] for w in words}
