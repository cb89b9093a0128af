"""`evac serve` fills the slots of the screens from its own logs: for the region of a token, for who may see them, and at once."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from evac.registry import Registry
from evac.store.body_log import SQLiteBodyLog
from evac.store.opening import open_tokens
from evac.store.sqlite import SQLiteStore
from evac.tokens import Role, make_token
from tests.evac.api.servers import process
from tests.evac.field.scene import scene
from tests.evac.world import END, Clerk, make_world

pytestmark = pytest.mark.slow
DUTY = "层级,行政区划代码,责任人,电话,替补,替补电话\n乡包村,330902001001,赵六,13800000001,钱七,13800000002\n"


@dataclass
class Served:
    """A server and tokens of several offices."""

    port: int
    tokens: dict[str, str]
    names: list[str]

    def ask(self, who: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        text = json.dumps(body).encode() if body is not None else None
        headers = {"Authorization": f"Bearer {self.tokens[who]}", "Content-Type": "application/json"}
        line.request("POST" if body is not None else "GET", path, text, headers)
        answer = line.getresponse()
        told = answer.read()
        line.close()
        return answer.status, json.loads(told) if told else None

    def until(self, who: str, code: str, wanted: Any) -> Any:
        """The screen as soon as it shows something: by the way that the page asks."""
        status, one = self.ask(who, f"/v1/situation/{code}")
        give_up = time.monotonic() + 20
        while status != 200 or not wanted(one):
            assert time.monotonic() < give_up, [s for s in one["sources"] if not s["read"]]
            status, told = self.ask(who, f"/v1/situation/{code}/updates?wait=5&after={one['revision']}")
            one = told or one
            status = 200 if status == 304 else status
        return one


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("county")
    registry = folder / "county.sqlite"
    store = SQLiteStore(registry)
    make_world(7, size=60, store=store)
    counted = Clerk(10**6).event("stock_counted", 1000, place="S330902-1", item="water", quantity=1)
    Registry(store).check_in(counted, received_at=END)
    names = [person.name for person in store.people()]
    store.close()
    log = SQLiteBodyLog(folder / "field.sqlite", "field")
    scene(log=log)
    log.close()
    (folder / "duty.csv").write_text(DUTY, encoding="utf-8")
    (folder / "names.csv").write_text("code,name\n330902001,甲镇\n", encoding="utf-8")
    tokens = {}
    room = open_tokens(str(registry))
    for who, role, scope in (
        ("county", Role.LIAISON, "330902"), ("next", Role.LIAISON, "330903"), ("province", Role.LIAISON, "33"),
        ("viewer", Role.VIEWER, "330902"), ("clerk", Role.CLERK, "330902"), ("sensor", Role.SENSOR, "330902"),
    ):  # fmt: skip
        tokens[who], kept = make_token(who, role, scope, made_at=datetime.now(UTC), valid=timedelta(days=1))
        room.put(kept)
    room.close()
    more = (
        "--field",
        str(folder / "field.sqlite"),
        "--duty",
        str(folder / "duty.csv"),
        "--region-names",
        str(folder / "names.csv"),
    )
    with process(registry, *more) as (_, port):
        yield Served(port, tokens, names)


def kinds(one: Any) -> set[tuple[str, str]]:
    return {(alarm["kind"], alarm["code"]) for alarm in one["alarms"]["rows"]}


def test_every_slot_is_filled_and_a_reading_and_a_report_show_themselves(
    served: Served,
) -> None:
    one = served.until("county", "330902", lambda one: one["supplies"] and one["readiness"])
    assert ("supplies", "330902001") in kinds(one)
    assert ("not_ready", "330902") in kinds(one)
    assert one["field_tasks"]["head"][0] == ["未结", 0, "处"]
    told = one["dangers"]["head"][0][1]
    began = time.monotonic()
    reading = {"id": "G1", "time": datetime.now(UTC).isoformat(), "value": 6.2, "units": "m"}
    assert served.ask("sensor", "/v1/observations", {"readings": [reading]})[0] == 200
    shown = served.until("county", "330902", lambda one: one["field_tasks"]["rows"])
    assert time.monotonic() - began < 10
    assert shown["field_tasks"]["rows"][0][0] == "马岙站"
    assert ("sensor", "330902001") in kinds(shown)
    report = {"event_id": "a" * 32, "danger": "slope", "where": "王五家后山", "region": "330902001001"}
    assert served.ask("clerk", "/v1/dangers", report)[0] == 200
    shown = served.until("county", "330902", lambda one: one["dangers"]["head"][0][1] == told + 1)
    assert ("danger", "330902001") in kinds(shown)
    text = json.dumps(shown, ensure_ascii=False)
    assert not [name for name in [*served.names, "王五", "赵六", "秘密姓名"] if name in text]


def test_each_sees_the_own_region_and_what_the_role_may(served: Served) -> None:
    reading = {"id": "G1", "time": datetime.now(UTC).isoformat(), "value": 6.5, "units": "m"}
    served.ask("sensor", "/v1/observations", {"readings": [reading]})
    above = served.until("province", "33", lambda one: one["field_tasks"]["rows"])
    assert ("sensor", "330902") in kinds(above)
    beside = served.until("next", "330903", lambda one: one["supplies"])
    assert beside["field_tasks"]["rows"] == []
    own = [row[0] for row in beside["supplies"]["rows"]]
    assert "演练学校" not in own
    assert not kinds(beside) & {("sensor", "330902"), ("supplies", "330902001")}
    assert served.ask("next", "/v1/situation/330902")[0] == 403
    for who in ("clerk", "sensor"):
        assert served.ask(who, "/v1/situation/330902")[0] == 403
    seen = served.until("viewer", "330902", lambda one: ("sensor", "330902001") in kinds(one))
    assert [seen[name] for name in ("field_tasks", "dangers", "supplies")] == [None] * 3
    assert {s["id"]: s["why"] for s in seen["sources"]}["field_tasks"] == "只对联络员显示"
