"""A server in this process: a registry in memory, a clock of our own, tokens at hand."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from starlette.testclient import TestClient

from evac.api.app import create_app
from evac.api.buckets import Limits
from evac.events import Envelope, canonical
from evac.model import Category, Destination, Person, Stay
from evac.registry import EventStore, Registry
from evac.store.tokens import MemoryTokens
from evac.tokens import Role, make_token
from tests.evac.scenes import START, make_event

TOWN, VILLAGE = "330902001", "330902001001"
ANN = Person(
    code="7" + "A" * 25, name="演练甲乙丙", household="H1", county="330902", village=VILLAGE, village_name="示例村",
    category=Category.DANGEROUS_HOUSE, destination=Destination(Stay.SHELTER, "S1"), helper="丁戊", synthetic=True,
)  # fmt: skip
FAR = Person(
    code="7" + "B" * 25, name="远", household="H2", county="330903", village="330903001001", village_name="远村",
    category=Category.OTHER, destination=Destination(Stay.SHELTER, "S9"), synthetic=True,
)  # fmt: skip
NO_LIMITS = Limits(
    device=(1e6, 1e6), gateway=(1e6, 1e6), address=(1e6, 1e6), wrong=(1e6, 1e6), lookups=(1e6, 1e6),
    lookups_of_code=(1e6, 1e6), lookups_of_all=(1e6, 1e6), lookup_seconds=0.0,
    counts_seconds=0.0,
)  # fmt: skip


class Desk:
    """A client, the store behind it, and tokens at hand."""

    def __init__(self, store: EventStore, limits: Limits = NO_LIMITS, **parts: Any) -> None:
        self.now = START + timedelta(hours=2)
        self.store, self.tokens = store, MemoryTokens()
        self.app = create_app(store, tokens=self.tokens, clock=self.clock, limits=limits, **parts)
        self.client = TestClient(self.app, raise_server_exceptions=False)

    def clock(self) -> datetime:
        return self.now

    def token(self, role: Role = Role.CLERK, scope: str = "330902", **more: Any) -> dict[str, str]:
        """Headers of a new token of the device D1."""
        text, kept = make_token(
            more.pop("device", "D1"), role, scope, made_at=self.now, valid=timedelta(days=7), **more
        )
        self.tokens.put(kept)
        return {"authorization": f"Bearer {text}"}

    def send(self, *events: Envelope, headers: dict[str, str]) -> Any:
        """Check-ins as a device sends them."""
        body = b'{"events":[' + b",".join(map(canonical, events)) + b"]}"
        return self.client.post("/v1/checkins", content=body, headers=headers)


def listed(store: EventStore) -> None:
    """Ann and Far on the list and ordered to move."""
    store.put_people([ANN, FAR])
    events = [
        make_event(kind, minute, code=one.code, device="office", **more)
        for one in (ANN, FAR)
        for minute, (kind, more) in enumerate((("registered", {"county": one.county}), ("ordered", {})))
    ]
    Registry(store).check_ins(events, received_at=START + timedelta(minutes=2))


def as_json(event: Envelope) -> dict[str, Any]:
    """An event as an object."""
    found: dict[str, Any] = json.loads(canonical(event))
    return found
