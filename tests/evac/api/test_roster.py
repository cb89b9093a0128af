"""The roster for a phone: sealed for one device, of its region, with an end."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from evac.commands.server import keep_sites
from evac.kiosk.reading import CodeReader
from evac.model import Shelter, State
from evac.registry import Registry
from evac.tokens import Role
from evac.web.roster_pack import unpack
from riskmap.errors import ConfigError, DataError
from tests.evac.api.desks import ANN, TOWN, Desk
from tests.evac.scenes import make_event


def test_a_roster_opens_with_the_digest_of_the_token_alone(desk: Desk) -> None:
    headers, other = desk.token(scope=TOWN), desk.token(scope=TOWN)
    packed = desk.client.get("/v1/roster", headers=headers)
    assert packed.headers["content-type"] == "application/octet-stream"
    key, wrong = (hashlib.sha256(one["authorization"][7:].encode()).digest() for one in (headers, other))
    found = unpack(packed.content, key=key, now=desk.now)
    assert [(row.code, row.name, row.state) for row in found.rows] == [(ANN.code, "演****", State.ORDERED)]
    assert found.expires_at == desk.now + timedelta(days=3)
    with pytest.raises(DataError):
        unpack(packed.content, key=wrong, now=desk.now)


def test_a_roster_counts_who_is_at_a_shelter_from_anywhere(desk: Desk) -> None:
    desk.store.put_shelters([Shelter("S1", "东门小学", "330902", 30)])
    came = [make_event("arrived_shelter", n, code=f"7{n:025d}", place="S1") for n in range(3)]
    Registry(desk.store).check_ins(
        [*came, make_event("arrived_shelter", 9, code=ANN.code, place="S1")], received_at=desk.now
    )
    headers = desk.token(scope=TOWN)
    key = hashlib.sha256(headers["authorization"][7:].encode()).digest()
    found = unpack(desk.client.get("/v1/roster", headers=headers).content, key=key, now=desk.now)
    assert (found.others["S1"], found.counted_at) == (3, desk.now)


def test_an_emptied_phone_goes_on_after_what_the_registry_has_of_it(desk: Desk) -> None:
    headers = desk.token(scope=TOWN)
    device = next(token.device for token in desk.tokens.tokens())
    key = hashlib.sha256(headers["authorization"][7:].encode()).digest()

    def counter() -> int:
        return unpack(desk.client.get("/v1/roster", headers=headers).content, key=key, now=desk.now).counter

    assert counter() == 0
    for counters in ((7, 5), (6, 11), (10,)):
        events = [make_event("notified", n, device=device, counter=n) for n in counters]
        Registry(desk.store).check_ins(
            [*events, make_event("notified", 30, device="other", counter=99)], received_at=desk.now
        )
        assert counter() == (7 if 7 in counters else 11)


def test_phone_and_laptop_take_the_same_unsigned_codes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evac.store.opening.open_registry", lambda _: desk.store)
    keep_sites("r.sqlite", ["https://code.example/c/", "https://b.example"])
    headers = desk.token(scope=TOWN)
    key = hashlib.sha256(headers["authorization"][7:].encode()).digest()
    packed = unpack(desk.client.get("/v1/roster", headers=headers).content, key=key, now=desk.now)
    told = desk.client.get("/v1/keys").json()["sites"]
    assert told == list(packed.sites) == ["https://code.example/c/", "https://b.example"]
    laptop = CodeReader(desk.store.labels(), desk.store.person)
    for site in told:
        read = laptop.read(f"{site.rstrip('/')}/{ANN.code}", desk.now)
        assert (read.code, read.look, "网址码" in read.words) == (ANN.code, True, True)
        assert (
            laptop.read(f"{site.rstrip('/')}/{'7' + 'Z' * 25}", desk.now).code == ""
        )  # of nobody on the roster
    assert "网址码" not in laptop.read(f"https://c.example/{ANN.code}", desk.now).words
    for wrong in ("http://a.example", "https://a.example https://b.example"):
        with pytest.raises(ConfigError):
            keep_sites("r.sqlite", [wrong])


def test_the_own_village_reads_names_whole_and_nobody_else(desk: Desk) -> None:
    desk.store.put_people([replace(ANN, code="7" + "E" * 25, village="330902002001")])
    shown = {}
    for scope in (ANN.village, TOWN, ANN.county):
        headers = desk.token(scope=scope)
        key = hashlib.sha256(headers["authorization"][7:].encode()).digest()
        rows = unpack(desk.client.get("/v1/roster", headers=headers).content, key=key, now=desk.now).rows
        shown[scope] = [row.name for row in rows]
    assert shown == {ANN.village: ["演练甲乙丙"], TOWN: ["演****"], ANN.county: ["演****"] * 2}


def test_a_roster_ends_with_its_token_and_is_of_a_county_at_most(desk: Desk) -> None:
    headers = desk.token(Role.LIAISON, "33")
    for prefix in ("", "?prefix=33", "?prefix=3309"):
        assert desk.client.get(f"/v1/roster{prefix}", headers=headers).status_code in (403, 422)
    desk.now += timedelta(days=6)
    key = hashlib.sha256(headers["authorization"][7:].encode()).digest()
    packed = desk.client.get("/v1/roster?prefix=330902", headers=headers).content
    assert unpack(packed, key=key, now=desk.now).expires_at == desk.now + timedelta(days=1)
