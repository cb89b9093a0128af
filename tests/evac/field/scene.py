"""A small county for the tests of the field: three gauges, a camera, five workers, two villages; a danger map that is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from evac.field.danger import Safety, Spot, Verdict
from evac.field.desk import FieldDesk
from evac.field.entering import entries_of
from evac.field.intake import reading
from evac.field.registers import Camera, Private, Village, Worker
from evac.field.terms import Says
from evac.store.body_log import MemoryBodyLog
from evac.vault import Vault
from riskmap.observation.gauges import Gauge

AT = datetime(2021, 7, 25, 2, 0, tzinfo=UTC)
VILLAGE, OTHER = "330902001201", "330902001202"
VAULT = Vault(bytes(32))
RIVER = Gauge("G1", "马岙站", "river", VILLAGE, 122.10, 30.05, 300.0, 0.0, 12.0, "1985", (4.5, 5.0, 6.0, 7.0))
RAIN = Gauge("G2", "岑港站", "rain", OTHER, 122.05, 30.06, 300.0, 0.0, 60.0)
BARE = Gauge("G3", "无级站", "river", VILLAGE, 122.11, 30.05, 300.0, 0.0, 12.0, "1985", None)
CAMERA = Camera("C1", "沿塘卡口", VILLAGE, 122.12, 30.04)
WORKERS = (
    Worker("W1", f"{VILLAGE}001", (VILLAGE,), "W2", 122.100, 30.051),
    Worker("W2", f"{VILLAGE}002", (VILLAGE,), "W1", 122.110, 30.060),
    Worker("W3", f"{OTHER}001", (OTHER,), "", 122.050, 30.060),
    Worker("W4", f"{OTHER}002", (OTHER,), "", None, None),
    Worker("W5", "330903001201001", ("330903001201",), "", 122.3, 29.9),
)
VILLAGES = (Village(VILLAGE, "马岙村", 122.10, 30.05), Village(OTHER, "岑港村", 122.05, 30.06))


@dataclass
class Given:
    """Dangers as a test gives them: code -> verdict; all else is safe."""

    verdicts: dict[str, Safety] = field(default_factory=dict)
    asked: list[tuple[Spot, datetime, datetime]] = field(default_factory=list)

    def during(self, spot: Spot, first: datetime, last: datetime) -> Verdict:
        """What was given."""
        self.asked.append((spot, first, last))
        return Verdict(self.verdicts.get(spot.code, Safety.SAFE), "测试")


def private(worker: Worker) -> Private:
    """A name and a telephone that must be nowhere in clear."""
    return Private(f"秘密姓名{worker.number}", f"1390000{worker.number[1:]:0>4}")


def scene(
    *, dangers: Mapping[str, Safety] | None = None, on_duty: bool = True, log: object = None
) -> FieldDesk:
    """A desk with everything on its registers, an hour before ``AT``."""
    desk = FieldDesk(log or MemoryBodyLog(), dangers=Given(dict(dangers or {})))  # type: ignore[arg-type]
    early = AT - timedelta(hours=1)
    things = (*((w, private(w)) for w in WORKERS), (RIVER, None), (RAIN, None), (BARE, None), (CAMERA, None), *((v, None) for v in VILLAGES))  # fmt: skip
    desk.enter(entries_of(things, by="测试", at=AT, vault=VAULT), now=AT)
    for worker in WORKERS if on_duty else ():
        desk.said(worker.number, Says.ON_DUTY, by="测试", at=early, now=early)
    return desk


def level(
    desk: FieldDesk, value: float, *, minute: float = 0, source: str = "G1", received: float | None = None
) -> object:
    """One reading at so many minutes after ``AT``, received at once or when told."""
    at = AT + timedelta(minutes=minute)
    now = at if received is None else AT + timedelta(minutes=received)
    return desk.observe([reading(source, at, value, by=source)], now=now)[0]
