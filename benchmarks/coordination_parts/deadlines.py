"""The deadlines of 100,000 open tasks: all of them looked at, and a due table asked what is due."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.harness import Record, best_seconds, seconds
from evac.orders import task_events as te
from evac.orders.deadlines import escalation, next_at
from evac.orders.due import Due
from evac.orders.events import Received, Sent, Signed
from evac.orders.events import Record as Document
from evac.orders.rules import bundled_rules
from evac.orders.tasks import TaskBook
from evac.store.due_tables import SQLiteDueTable
from riskmap.products.letter_fields import TIMERS
from riskmap.scale import Tier

CLAIMS = ("deadline_scan_seconds",)
TASKS, FEW = 100_000, 10_000
DOCUMENTS = 100
AT = datetime(2021, 7, 24, 4, tzinfo=UTC)


def records_of(
    tasks: int, *, at: datetime = AT, offices: int | None = None
) -> Iterator[tuple[Document, datetime]]:
    """Records of open tasks and when each was noted: a quarter not answered, the others answered, half of those reported and in progress."""
    each = tasks // DOCUMENTS
    for number in range(DOCUMENTS):
        tier = (Tier.RED, Tier.ORANGE, Tier.YELLOW, Tier.BLUE)[number % 4]
        answer, feedback, repeat = TIMERS[tier]
        fields = {
            "tier": int(tier), "answer_minutes": answer, "feedback_minutes": feedback, "repeat_minutes": repeat,
            "name": "演练县", "level": "county", "urgency": "特急", "addressee": "演练0", "entries": [],
        }  # fmt: skip
        draft = f"{number:064x}"
        yield Signed(
            draft=draft, at=at, by="甲", issuer="演练", series="演练函", year=2021, number=number + 1, type="risk_notice",
            region="330902", event="2106", title="演练", receivers=(), exercise=True, supersedes="",
            content=json.dumps({"fields": fields}), message="", identifier="",
        ), at  # fmt: skip
        for n in range(each):
            receiver = n if offices is None else (number * each + n) % offices
            head = {"draft": draft, "by": "甲", "receiver": f"演练{receiver}"}
            sent = at + timedelta(minutes=n % 60)
            yield Sent(**head, at=sent, way="x"), sent
            if n % 4:
                heard = sent + timedelta(minutes=5)
                yield Received(**head, at=heard, person="乙"), heard
            if n % 4 > 1:
                later = sent + timedelta(minutes=20)
                yield te.Reported(**head, at=later, person="乙", action="x", evidence=("y",), done=0.5), later


def book_of(tasks: int) -> TaskBook:
    """A book of such tasks."""
    book = TaskBook()
    for record, noted_at in records_of(tasks):
        book.add(record, noted_at)
    return book


def measure(*, quick: bool = False) -> list[Record]:
    """One scan of every open task by the pure function; and one question to the due table, in the note."""
    wanted = FEW if quick else TASKS
    book, rules = book_of(wanted), bundled_rules()
    now = AT + timedelta(minutes=50)
    found = escalation(book.unfinished(), rules, now)
    spent = best_seconds(lambda: escalation(book.unfinished(), rules, now))
    with TemporaryDirectory() as folder:
        table = SQLiteDueTable(Path(folder) / "due.sqlite")
        rows = [Due(t.id, "deadline", due, 1) for t in book.unfinished() if (due := next_at(t, rules))]
        put = seconds(lambda: table.put(rows))
        asked = seconds(lambda: table.claim("w", now=now, span=rules.lease, limit=500, kind="deadline"))
        table.close()
    note = (
        f"{len(rows):,} open tasks of {DOCUMENTS} documents, {len(found):,} steps due; best of 3; the due table on SQLite: all rows "
        f"put in {put:.2f} s, 500 leased in {1000 * asked:.0f} ms"
    )
    return [Record("deadline_scan_seconds", spent, "s", note=note)]
