"""The worker that never forgets a deadline: it looks at what is due, writes the step, and hands on what must be delivered.

All it knows is in the log. Killed at any moment it loses nothing: the table of due rows is made again from the log, and a step
or a delivery that was begun has the same key when it is taken up again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from evac.orders.deadlines import next_at
from evac.orders.due import Due, DueTable, Kind, Lease
from evac.orders.mailing import outgoing_of
from evac.orders.outbox import Deliver, Handover, Outcome, outgoing_json, parse_outgoing
from evac.orders.task_desk import TaskDesk
from evac.orders.task_events import Escalated
from evac.orders.tasks import Task
from riskmap.errors import DataError, RiskmapError

AT_ONCE = 500
"""Deadlines that a worker leases at a time."""
HANDS = 16
"""Deliveries that it leases at a time: few, since each may take as long as its channel likes."""


@dataclass(frozen=True)
class Ticked:
    """What one look did.

    Attributes
    ----------
    steps : tuple of Escalated
        Written by this worker.
    handed : int
        Deliveries that it began.
    """

    steps: tuple[Escalated, ...]
    handed: int


class SteadyClock:
    """Wall time that is held against the monotonic clock: a jump is told, and not believed at the first look.

    Parameters
    ----------
    tolerance : timedelta
        Moves up to this are the clock's own business.
    wall, monotonic : callable
        Other clocks, for tests.
    """

    def __init__(
        self,
        tolerance: timedelta,
        *,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tolerance = tolerance
        self._wall, self._monotonic = wall, monotonic
        self._last = wall(), monotonic()

    def look(self) -> tuple[datetime, timedelta]:
        """The time now, and by how much it jumped since the last look; zero within the tolerance.

        After a jump the next look starts from the new time: a machine that slept or was set right goes on a look later.
        """
        wall, tick = self._wall(), self._monotonic()
        jumped = (wall - self._last[0]) - timedelta(seconds=tick - self._last[1])
        self._last = wall, tick
        return wall, jumped if abs(jumped) > self._tolerance else timedelta(0)


class Worker:
    """One worker; several may share a table and a log, in as many processes.

    Parameters
    ----------
    desk : TaskDesk
        Over the office's log.
    table : DueTable
    owner : str
        Its name, different for each process.
    deliver : Deliver, optional
        What tries to deliver; without it nothing is handed on and the table keeps no deliveries.
    pool : Executor, optional
        Where deliveries run, so that one that hangs keeps no deadline waiting; in the caller's thread where None.
    clock : callable, optional
        The time when a delivery ends.
    """

    def __init__(
        self,
        desk: TaskDesk,
        table: DueTable,
        *,
        owner: str,
        deliver: Deliver | None = None,
        pool: Executor | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self.desk, self.table, self.owner = desk, table, owner
        self._deliver, self._pool = deliver, pool
        self._clock = clock
        self._under_way: dict[str, Lease] = {}
        self._faults: list[str] = []

    def refresh(self) -> int:
        """Make the rows of every open task again from the log, and forget those of tasks that are done; how many there are.

        Done at the start and now and then: whatever another worker or a deleted file lost comes back.
        """
        self.desk.touched()
        return self._put(self.desk.book().tasks.values())

    def tick(self, now: datetime) -> Ticked:
        """Take every step that is due, and begin every delivery that is.

        Parameters
        ----------
        now : datetime
            The clock; see ``SteadyClock``.
        """
        # what waits to be delivered may wait for tomorrow as well; whoever delivers nothing would not put it back
        if self.desk.hold_to(now) and self._deliver is not None:
            book = self.desk.book()
            keys = [o.key for task in book.tasks.values() for o in outgoing_of(book, task)]
            self.table.drop(keys, self.desk.seen)
        self._put(self.desk.touched())
        steps: list[Escalated] = []
        while leases := self._claim(now, "deadline"):
            steps += self._look(leases, now)
            if len(leases) < AT_ONCE:
                break
        self._put(self.desk.touched())
        handed = self._hand_on(now) if self._deliver is not None else 0
        self.table.beat(self.owner, now, f"{len(steps)} steps, {handed} deliveries")
        return Ticked(tuple(steps), handed)

    def _claim(self, now: datetime, kind: Kind) -> list[Lease]:
        return self.table.claim(
            self.owner,
            now=now,
            span=self.desk.rules.lease,
            limit=AT_ONCE if kind == "deadline" else HANDS,
            kind=kind,
        )

    def _look(self, leases: Sequence[Lease], now: datetime) -> list[Escalated]:
        by_id = {task.id: task for task in self._tasks([lease.due.key for lease in leases])}
        done = self.desk.escalate(now, list(by_id.values()))
        seen = self.desk.seen
        for lease in leases:
            task = by_id.get(lease.due.key)
            due = None if task is None else next_at(task, self.desk.rules)
            # a step that became due meanwhile waits for the next look, never for longer
            self.table.settle(lease, due, seen=max(seen, lease.due.seen))
        return done

    def _tasks(self, keys: Iterable[str]) -> list[Task]:
        tasks = self.desk.book().tasks
        pairs = (key.split("|", 1) for key in keys)
        found = (tasks.get((draft, receiver)) for draft, receiver in pairs)
        return [task for task in found if task is not None]

    def _put(self, tasks: Iterable[Task]) -> int:
        book, seen, rules = self.desk.book(), self.desk.seen, self.desk.rules
        rows: list[Due] = []
        ended: list[str] = []
        for task in tasks:
            due = next_at(task, rules)
            if due is None:
                ended.append(task.id)
            else:
                rows.append(Due(task.id, "deadline", due, seen))
            if self._deliver is not None:
                rows += [
                    Due(o.key, "delivery", o.made_at, seen, outgoing_json(o)) for o in outgoing_of(book, task)
                ]
        if rows:
            self.table.put(rows)
        if ended:
            self.table.drop(ended, seen)
        return len(rows)

    def _hand_on(self, now: datetime) -> int:
        for lease in list(self._under_way.values()):
            self.table.renew(lease, now + self.desk.rules.lease)
        begun = 0
        while fresh := self._begin(now):
            begun += fresh
            if self._pool is not None:
                break
        return begun

    def _begin(self, now: datetime) -> int:
        begun = 0
        for lease in self._claim(now, "delivery"):
            if lease.due.key in self._under_way:  # a channel hangs longer than a lease: it stays with it
                self._under_way[lease.due.key] = lease
                continue
            self._under_way[lease.due.key] = lease
            begun += 1
            if self._pool is None:
                self._attempt(lease, now)
            else:
                self._pool.submit(self._attempt, lease, now)
        return begun

    def _attempt(self, lease: Lease, now: datetime) -> None:
        """One attempt, its receipt into the log, and the row settled; a channel that breaks is one that failed."""
        key = lease.due.key
        try:
            outgoing = parse_outgoing(lease.due.body)
            if not self.table.renew(lease, self._now(now) + self.desk.rules.lease):
                return  # it waited too long for its turn: another has it
            if not any(o.key == key for task in self._tasks([f"{outgoing.draft}|{outgoing.about}"])
                       for o in outgoing_of(self.desk.book(), task)):  # fmt: skip
                self.table.settle(lease, None, seen=max(self.desk.seen, lease.due.seen))
                return  # answered, closed or delivered by another meanwhile
            assert self._deliver is not None
            try:
                handover = self._deliver(outgoing)
            except Exception as error:  # the protocol forbids it; a deadline must not pay for it
                handover = Handover(
                    key=key,
                    at=self._now(now),
                    way="-",
                    outcome=Outcome.FAILED,
                    detail=f"{type(error).__name__}: {error}",
                )
            self.desk.delivered(outgoing, handover)
            held = self._under_way.get(key, lease)
            again = None
            if handover.outcome is Outcome.FAILED:
                again = handover.again_at or self._now(now) + self.desk.rules.wait(lease.attempts)
            self.table.settle(held, again, seen=max(self.desk.seen, held.due.seen))
        except DataError as error:  # a damaged row: it is made again from the log at the next refresh
            self._faults.append(str(error))
            self.table.settle(lease, None, seen=max(self.desk.seen, lease.due.seen))
        except RiskmapError as error:  # the receipt could not be written: it comes again under its key
            self._faults.append(str(error))
        finally:
            self._under_way.pop(key, None)

    def faults(self) -> list[str]:
        """What went wrong with deliveries since this was asked last."""
        found, self._faults = self._faults, []
        return found

    def _now(self, now: datetime) -> datetime:
        return now if self._clock is None else self._clock()


def run(
    worker: Worker,
    clock: SteadyClock,
    *,
    every: float,
    stop: Callable[[], bool],
    tell: Callable[[str], None],
    refresh_after: int = 300,
) -> None:
    """Look, again and again, until told to stop.

    Parameters
    ----------
    worker : Worker
    clock : SteadyClock
    every : float
        Between two looks [s].
    stop : callable
        Asked before each look.
    tell : callable
        Gets a line for each step, and for what went wrong: a log that cannot be read for a while is tried again.
    refresh_after : int
        Looks between two times at which all rows are made again.
    """
    looks, whole = 0, False
    while not stop():
        try:
            if not whole or looks % refresh_after == 0:
                worker.refresh()
                whole = True
            now, jumped = clock.look()
            if jumped:
                tell(
                    f"时钟跳变 the clock jumped by {jumped.total_seconds():.0f} s: nothing is decided at this look"
                )
            else:
                for step in worker.tick(now).steps:
                    tell(f"{step.measure}→{step.told} {step.problem}")
            for fault in worker.faults():
                tell(fault)
        except RiskmapError as error:
            whole = False
            tell(f"{error} Tried again in {every:g} s.")
        looks += 1
        time.sleep(every)
