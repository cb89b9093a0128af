"""What phones seal: opened by every node of the event, by nobody else, and anything else than what the phone made is told apart."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from evac.cli import app
from evac.errors import BundleError, Fault
from evac.event_key import read_key_file
from evac.events import Envelope, canonical
from evac.phone_seal import keys_for_phone
from evac.store.shredding import forget_key
from evac.sync.intake import Intake
from evac.sync.node import read_node, write_node
from evac.sync.phone_file import take_in_phone
from evac.sync.stick import Sort, take_in_file
from evac.vault import Vault
from riskmap.errors import ConfigError
from tests.evac.scenes import make_event
from tests.evac.sync.posts import LATER, Post
from tests.evac.web.sealed import sealed_file

CAME = [make_event("arrived_shelter", n, device="P7", code=f"7{n:025d}") for n in range(3)]
RUN = CliRunner()


def taken(post: Post, data: bytes) -> Intake:
    return take_in_phone(post.registry, BytesIO(data), "p7", event="2106", now=LATER, vault=post.node.vault)[
        1
    ]


def fault(post: Post, data: bytes) -> Fault:
    with pytest.raises(BundleError) as caught:
        taken(post, data)
    return caught.value.fault


def test_every_node_of_the_event_takes_a_sealed_file_in_once() -> None:
    a, b = Post("A"), Post("B")
    data = sealed_file(CAME, a.node.vault)
    assert all(event.code.encode() not in data for event in CAME)
    for post in (a, b):
        done = taken(post, data)
        assert (done.stored, done.repeated, done.node, done.refused, done.warnings) == (3, 0, "P7", {}, [])
        again = taken(post, data)
        assert (again.stored, again.repeated) == (0, 3)
        assert "taken in before" in again.warnings[0]
    assert taken(a, sealed_file([], a.node.vault)).warnings == []


def test_what_is_wrong_with_a_file_is_told_and_nothing_of_it_is_stored() -> None:
    post = Post("A")
    vault = post.node.vault
    good = sealed_file(CAME, vault)
    wrong = {
        Fault.TRUNCATED: [good[:-1], good[:-40], good[: good.index(b"\n") + 1]],
        Fault.BAD_SIGNATURE: [
            good[:-1] + bytes([good[-1] ^ 1]), sealed_file(CAME, vault, mac=bytes(32)),
            good.replace(b'"count": 3', b'"count": 2'), good.replace(b'"P7"', b'"P8"'),
        ],
        Fault.FOREIGN_EVENT: [sealed_file(CAME, vault, event="2109")],
        Fault.WRONG_KEY: [sealed_file(CAME, Vault(bytes(32)))],
        Fault.NEWER: [sealed_file(CAME, vault, version=3)],
        Fault.BAD_DIGEST: [
            good + good, *(sealed_file(CAME, vault, **told) for told in ({"size": 0}, {"iv": "?"}, {"ephemeral": "QUJD"})),
        ],
        Fault.UNSEALED: [json.dumps({"evac": "events", "version": 1}).encode() + b"\n" + canonical(CAME[0])],
    }  # fmt: skip
    assert [fault(post, data) for many in wrong.values() for data in many] == [
        f for f in wrong for _ in wrong[f]
    ]
    assert list(post.store.events()) == []
    with pytest.raises(BundleError) as caught:
        take_in_phone(post.registry, BytesIO(good), "p7", event="2106", now=LATER, vault=None)
    assert caught.value.fault is Fault.WRONG_KEY


@given(st.integers(min_value=0), st.integers(1, 255))
def test_any_altered_byte_stops_the_file(place: int, change: int) -> None:
    post = Post("A")
    data = bytearray(sealed_file(CAME, post.node.vault))
    data[place % len(data)] ^= change
    try:
        taken(post, bytes(data))
    except BundleError:
        pass
    else:
        raise AssertionError(place % len(data))
    assert list(post.store.events()) == []


def test_a_device_seals_for_itself_alone() -> None:
    vault = Vault(bytes(32))
    one, other, elsewhere = (
        keys_for_phone(vault, "P7"), keys_for_phone(vault, "P8"), keys_for_phone(Vault(b"x" * 32), "P7")
    )  # fmt: skip
    assert one["public"] == other["public"] != elsewhere["public"]
    assert len({one["mac"], other["mac"], elsewhere["mac"]}) == 3
    post = Post("A")
    stranger: list[Envelope] = [make_event("arrived_shelter", 9, device="P8")]
    done = taken(post, sealed_file(stranger, post.node.vault, device="P7"))
    assert (done.stored, list(done.refused)) == (0, [2])


def test_a_destroyed_event_opens_no_file_any_more(tmp_path: Path) -> None:
    post = Post("A")
    path, file = tmp_path / "A.key", tmp_path / "p7.evacphone"
    write_node(path, post.node)
    file.write_bytes(sealed_file(CAME, post.node.vault))
    found = take_in_file(post.registry, file, post.node, now=LATER)
    assert (found.sort, found.intake and found.intake.stored) == (Sort.PHONE, 3)
    forget_key(path)
    with pytest.raises(ConfigError):
        read_key_file(path).opener()


def test_a_file_in_clear_is_taken_where_somebody_vouches_for_it(tmp_path: Path) -> None:
    registry, key = tmp_path / "a.sqlite", tmp_path / "a.key"
    made = RUN.invoke(app, ["bundle", "node", "A", "--event", "2106", "--registry", str(registry)])
    assert made.exit_code == 0, made.output
    assert key.is_file()
    clear = tmp_path / "p7.jsonl"
    clear.write_bytes(b'{"evac":"events","version":1,"device":"P7"}\n' + canonical(CAME[0]) + b"\n")
    asked = ["bundle", "import", str(clear), "--registry", str(registry)]
    refused = RUN.invoke(app, asked)
    assert refused.exit_code == 4
    assert "--unsigned" in refused.output
    assert "新 new 1" in RUN.invoke(app, [*asked, "--unsigned"]).output


@pytest.mark.slow
def test_a_file_of_a_device_that_was_shut_out_is_pointed_at(tmp_path: Path) -> None:
    registry, file = tmp_path / "a.sqlite", tmp_path / "p7.evacphone"
    RUN.invoke(app, ["bundle", "node", "A", "--event", "2106", "--registry", str(registry)])
    file.write_bytes(sealed_file(CAME, read_node(tmp_path / "a.key").vault))
    asked = ["bundle", "import", str(file), "--registry", str(registry)]
    assert "revoked" not in RUN.invoke(app, asked).output
    assert list(tmp_path.glob("*.tokens")) == []
    made = [
        "token",
        "new",
        "--registry",
        str(registry),
        "--device",
        "P7",
        "--role",
        "clerk",
        "--scope",
        "330902",
    ]
    RUN.invoke(app, made)
    assert "revoked" not in RUN.invoke(app, asked).output
    RUN.invoke(app, ["token", "revoke", "--registry", str(registry), "P7"])
    assert "all tokens of this device are revoked" in RUN.invoke(app, asked).output
    RUN.invoke(
        app, made
    )  # of the phone found again, or of another under its name: which, the file cannot tell
    assert "a token of this device was revoked" in RUN.invoke(app, asked).output
