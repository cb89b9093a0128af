"""The office of an exercise: signs drafts with a drill's number, prints them, and hands them to the worker's channels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from evac.channels.config import read_channels
from evac.channels.ledger import Ledger
from evac.channels.plain import FolderChannel
from evac.channels.switchboard import Switchboard
from evac.exercise.offices import offices_csv
from evac.orders.desk import Desk
from evac.orders.offices import Ladder
from evac.orders.papers import beside, printed, sign_off_of
from evac.orders.register import Document, Register
from evac.orders.task_desk import TaskDesk
from evac.orders.task_events import Escalated
from evac.orders.tasks import Task
from evac.orders.worker import Worker
from evac.signing import STORE, write_papers
from evac.store.body_log import SQLiteBodyLog
from evac.store.due_tables import SQLiteDueTable
from evac.store.sqlite_documents import SQLiteDocumentLog
from riskmap.beside import Begin, begin_here
from riskmap.errors import MissingExtraError
from riskmap.io.publish import Staging
from riskmap.products.draft_json import parse_draft
from riskmap.products.letter_fields import Letter, SignOff

OFFICES: Final = "offices.csv"
CHANNELS: Final = "channels.toml"
LEDGER: Final = "deliveries.sqlite"
_CONFIG: Final = """# An exercise's channels: every message becomes a file, and nothing leaves this computer.
[[channel]]
name = "folder"
kind = "folder"
folder = "outbox"
way = "演练信箱"

[[receiver]]
name = "*"
route = [{ channel = "folder", to = "all" }]
"""


Printing = Callable[[], dict[str, bytes]]
"""Waits for the files of a document that is printed somewhere, or prints it here."""


@dataclass(frozen=True)
class Signing:
    """A draft that waits for its signature, and the CAP message that goes with it."""

    letter: Letter
    signer: str
    message: bytes = b""


class Chancery:
    """Desk, tasks, worker and channels over one log of documents; ``close`` lets go of all of them.

    Parameters
    ----------
    folder : Path
        Holds the log, its papers, the offices and the outbox.
    ladder : Ladder
    clock : callable
        The exercise's time.
    begin : callable
        Begins a call in another process, for what is printed.
    """

    def __init__(
        self, folder: Path, ladder: Ladder, clock: Callable[[], datetime], *, begin: Begin = begin_here
    ) -> None:
        self.folder, self._clock = folder, clock
        self.papers = Staging(folder, later=True)
        self.papers.write(OFFICES, offices_csv(ladder))
        self.papers.write(CHANNELS, _CONFIG)
        log = SQLiteDocumentLog(folder / STORE).staged()
        self.desk, self.tasks = Desk(log), TaskDesk(log, ladder=ladder)
        plan = read_channels(folder / CHANNELS, message_of=self.tasks.message, environment={})
        self._ledger = SQLiteBodyLog(folder / LEDGER, "deliveries").staged()
        # the outbox is published with everything else: no message waits for the disk by itself
        channels = [
            replace(c, under=self.papers) if isinstance(c, FolderChannel) else c for c in plan.channels
        ]
        self.switchboard = Switchboard(
            channels, plan.routes, Ledger(self._ledger), plan.retries, clock, plan.also
        )
        self._table = SQLiteDueTable()  # a cache of the log, needed no longer than this run
        self.worker = Worker(self.tasks, self._table, owner="exercise", deliver=self.switchboard, clock=clock)
        self.steps: list[Escalated] = []
        self.on_step: Callable[[Escalated], None] = lambda _step: None
        self.unprinted: MissingExtraError | None = None
        self.folders: dict[str, Path] = {}
        # where nothing can be printed nobody else has to find that out
        self._begin = begin if find_spec("typst") else begin_here
        self._ahead: dict[str, tuple[SignOff | None, Printing | None]] = {}

    def tick(self, now: datetime) -> None:
        """One look of the worker: steps that are due, deliveries that wait."""
        for step in self.worker.tick(now).steps:
            self.steps.append(step)
            self.on_step(step)

    def next_at(self, until: datetime) -> datetime | None:
        """When the worker has to look next, if before an instant."""
        listed = self._table.listed(until, 1)
        return listed[0].due_at if listed else None

    def foresee(
        self, letter: Letter, *, signer: str, at: datetime, number: int, picture: bytes = b""
    ) -> None:
        """Begin to print what will be signed then: where it is signed so, its papers are ready.

        Parameters
        ----------
        number : int
            Which it will get, in its series.
        picture : bytes
            The map as the draft's DOCX shows it.
        """
        sign_off = SignOff(number, signer, at)
        self._ahead[letter.digest] = sign_off, self._begin(printed, letter, sign_off, picture)

    def _printed(self, register: Register, document: Document) -> Printing:
        """The papers of a signed document: those that were printed before, if nothing else was signed after all."""
        foreseen, ahead = self._ahead.pop(document.signed.draft, (None, None))
        sign_off = sign_off_of(register, document)
        if ahead is not None and foreseen == sign_off:
            return ahead
        return self._begin(printed, parse_draft(document.signed.content), sign_off)

    def sign(self, waiting: Sequence[Signing]) -> list[Document]:
        """Sign in the order given, then wait for what is printed, then note each as published.

        Without the extra ``letters`` nothing is printed: the documents stand in the log as published without files, and
        ``unprinted`` says so.
        """
        at = self._clock()
        signed = [self.desk.sign(w.letter, signer=w.signer, at=at, message=w.message) for w in waiting]
        register = self.desk.register()
        try:
            waiting_for = [self._printed(register, document) for document in signed]
            made = [files() for files in reversed(waiting_for)][
                ::-1
            ]  # the process beside takes the first ones
        except MissingExtraError as error:
            self.unprinted = error
            made = [{} for _ in signed]
        for document, files in zip(signed, made, strict=True):
            self.folders[document.signed.draft] = write_papers(
                self.desk,
                document,
                source=self.folder,
                by=document.signed.by,
                at=at,
                printed=files | beside(document) if files else {},
                under=self.papers,
            )
        return signed

    def tasks_of(self, document: Document) -> tuple[Task, ...]:
        """One for each receiver."""
        return self.tasks.book().of(document.signed.draft)

    def close(self) -> None:
        """Let go of files, the papers on the disk."""
        self._table.close()
        self._ledger.close()
        self.desk.log.close()
        try:
            self.papers.settle()
        finally:
            self.papers.end()
