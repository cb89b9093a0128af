"""An office for tests: letters that were sent and mostly not answered, a published run, a response, names; and a screen of it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from evac.orders.desk import DocumentLog
from evac.orders.task_desk import TaskDesk
from evac.registry import EventStore
from evac.response.desk import ResponseDesk
from evac.response.events import Started
from evac.response.levels import Level
from evac.situation.document import Situation
from evac.situation.gather import gather
from evac.situation.office_records import OfficeRecords
from evac.store.body_log import MemoryBodyLog
from evac.store.memory import MemoryStore
from evac.store.memory_documents import MemoryDocumentLog
from riskmap.io.published import ASSESSMENT_FILE
from riskmap.products.table import assessment_json
from tests.evac.orders.office import issued
from tests.evac.world import END, START, make_shelters
from tests.factories import make_assessment

NAMES = {
    "33": "浙江省", "3309": "舟山市", "330902": "定海区", "330903": "普陀区", "330902001": "甲镇", "330902002": "乙镇",
    "330903001": "丙镇", "330903002": "丁镇",
}  # fmt: skip


def bare() -> EventStore:
    """A drill's registry without anybody in it."""
    store = MemoryStore()
    store.put_shelters(make_shelters())
    store.put_labels({"label": "SYNTHETIC", "event": "2106 烟花(演练)"})
    return store


def published(folder: Path, hours: int = 40) -> Path:
    """A run: Zhoushan's counties rise to red and fall again."""
    (folder / ASSESSMENT_FILE).write_text(assessment_json(make_assessment(hours)), encoding="utf-8")
    return folder


def office(run: Path | None = None, log: DocumentLog | None = None) -> OfficeRecords:
    """Letters to 定海区 and 普陀区, sent and not answered; the province at Ⅱ."""
    held = log or MemoryDocumentLog()
    issued(held)
    issued(held, "330903")
    answers = ResponseDesk(MemoryBodyLog())
    start = Started(
        id="a", event="2106", region="33", of="typhoon", exercise=True, at=START, by="甲", post="省防指", reason="台风", level=Level.II
    )  # fmt: skip
    answers.decide(start, now=START)
    return OfficeRecords(documents=TaskDesk(held), responses=answers, run=run, names=NAMES)


def screen(
    store: EventStore | None, code: str = "330902", at: datetime = END, run: Path | None = None
) -> Situation:
    """A screen of a store and the office above."""
    return gather(store, code, office=office(run), at=at)
