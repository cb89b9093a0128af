"""What a destruction reaches beyond the registry: bundles on sticks, kiosks' rosters, phones' tokens, backups."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evac.errors import BundleError, EvacError
from evac.event_key import read_key_file
from evac.privacy.destroy import Destruction, destroy_event
from evac.store.memory import MemoryStore
from evac.store.opening import open_tokens
from evac.store.sqlite import SQLiteStore
from evac.sync.bundle import Bundle, export_events
from evac.sync.intake import take_in
from evac.sync.node import Node, read_node, trust, write_node
from evac.sync.roster_bundle import export_roster, take_in_roster
from evac.tokens import Role, make_token
from evac.vault import Vault
from riskmap.errors import ConfigError
from tests.evac.privacy.test_destroy import KEY, NOW
from tests.evac.privacy.test_purge import LATER, NAMES, OPEN, TRACES, fill, found


def test_bundles_rosters_and_tokens_end_with_the_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evac.privacy.destroy.print_certificate", lambda *_: b"%PDF-")
    (tmp_path / "stick").mkdir()
    vault, registry, key_file = Vault.make(), tmp_path / "county.sqlite", tmp_path / "county.key"
    own = Node("330902", "2106", KEY, vault.key)
    write_node(key_file, own)
    bundle, roster = tmp_path / "stick" / "events.evb", tmp_path / "stick" / "roster.evb"
    with closing(SQLiteStore(registry, vault=vault)) as store:
        store.put_labels({"event": "2106", "node": "330902"})
        fill(store, 60)
        export_events(store, bundle, node=own, made_at=LATER, salt=bytes(32))
        export_roster(
            store, roster, node=own, people=list(store.people()), shelters=[], labels={}, scope="330902", made_at=LATER,
            salt=bytes(31) + b"1",
        )  # fmt: skip
    with closing(open_tokens(str(registry))) as tokens:
        tokens.put(make_token("phone-1", Role.CLERK, "330902001", made_at=LATER, valid=timedelta(days=99))[1])
    assert found(tmp_path / "stick", OPEN + TRACES) == {}

    def read(node: Node) -> list[str]:
        """The names and events that a node of the event gets out of the stick."""
        with bundle.open("rb") as events, roster.open("rb") as list_of_people:
            store = MemoryStore()
            trust(store, own.node_id, own.public)
            take_in(store, Bundle(events, "events"), node, now=NOW)
            kiosk = MemoryStore()
            take_in_roster(
                kiosk, Bundle(list_of_people, "roster"), node, parent={own.node_id: own.public}, now=NOW
            )
            return [person.name for person in kiosk.people()]

    assert set(read(Node("S1", "2106", Ed25519PrivateKey.generate(), vault.key))) == set(NAMES)
    with closing(open_tokens(str(registry))) as tokens:
        destroy_event(
            lambda: SQLiteStore(registry), Destruction("2106", "330902", "张三", "响应结束", (key_file,)), key=KEY,
            out=tmp_path / "out", now=lambda: NOW, tokens=tokens,
        )  # fmt: skip
        assert [token.revoked_at for token in tokens.tokens()] == [NOW]
    with pytest.raises(ConfigError, match="key was destroyed"):
        read_node(key_file)
    with pytest.raises(BundleError):
        read(Node("330902", "2106", KEY, bytes(32)))
    with pytest.raises(BundleError):
        read(Node("330902", "2106", KEY, Vault.make().key))
    left = read_key_file(key_file)
    assert left.signer().sign(b"x") == KEY.sign(b"x")
    with pytest.raises(EvacError if left.vault else ConfigError):
        left.opener()


def test_a_cut_stick_gives_nothing_either(tmp_path: Path) -> None:
    own = Node("330902", "2106", KEY, Vault.make().key)
    with closing(SQLiteStore(tmp_path / "r.sqlite", vault=own.vault)) as store:
        fill(store, 5)
        export_events(store, tmp_path / "b.evb", node=own, made_at=LATER, salt=bytes(32))
    data = (tmp_path / "b.evb").read_bytes()
    with pytest.raises(BundleError):
        take_in(MemoryStore(), Bundle(BytesIO(data[: len(data) // 2]), "stick"), own, now=NOW)
