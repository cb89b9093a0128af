"""The kiosk in a terminal: a barcode scanner types lines, the clerk sees and hears the answers. Needs nothing but Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from evac.crockford import DASHES
from evac.events import Envelope
from evac.kiosk.clock import (
    ClockRecord,
    KioskClock,
    clock_record,
    confirmed,
    doubt,
    steady_now,
    wall_now,
)
from evac.kiosk.desk import CLOCK, KioskDesk, Tone
from evac.kiosk.lines import HELP, Verb, tidy, verb_of
from evac.kiosk.reading import CodeReader
from evac.kiosk.sheet import Shift, sheet_text
from evac.registry import EventStore, Registry
from evac.sync.node import Node
from evac.witness import sign_head
from riskmap.errors import SourceError
from riskmap.outlook import BEIJING, beijing

BELLS: Final = {Tone.GOOD: "\a", Tone.LOOK: "\a\a", Tone.BAD: "\a\a\a", Tone.SILENT: ""}
"""One bell: go in. Two: look at the screen. Three: not stored."""


def checked_clock(
    store: EventStore,
    *,
    ask: Callable[[str], str],
    wall: Callable[[], datetime],
    newest: datetime | None,
) -> ClockRecord:
    """The clock as remembered, or as a person has just confirmed where there is a doubt.

    Parameters
    ----------
    ask : callable
        Shows a question and returns what was typed: nothing for "right", or the right time.
    wall : callable
        The device's clock.
    newest : datetime, optional
        What the device's clock said at the newest event of this device.
    """
    written = store.labels().get(CLOCK, "")
    record = clock_record(written) if written else None
    if record is not None and newest is not None and newest > record.seen_at:
        record = ClockRecord(record.offset, record.synced_at, newest)
    why = doubt(record, wall())
    if record is not None and not why:
        return record
    while True:
        now = wall()
        # a clock that went back says nothing about the time
        guess = now if record is None or now < record.seen_at else now + record.offset
        answer = ask(
            f"{why}。现在是 {guess.astimezone(BEIJING):%Y-%m-%d %H:%M}(北京时间)吗? 对请按回车,不对请输入正确时间 "
            f"(例 2021-07-25 12:30)· is this the time? Enter, or type the right one: "
        )
        told = _moment(answer) if answer.strip() else guess
        if told is not None:
            record = confirmed(told, now)
            store.put_labels({CLOCK: record.written()})
            return record


def _moment(typed: str) -> datetime | None:
    """Beijing time as a clerk types it; None where it is none."""
    text = tidy(typed).translate(DASHES).replace("/", "-")
    for form in ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=BEIJING)
        except ValueError:
            continue
    return None


def newest_of(events: Iterator[Envelope], device: str) -> datetime | None:
    """What the device's clock said at its newest event."""
    mine = [(event.counter, event.device_at) for event in events if event.device == device]
    return max(mine)[1] if mine else None


def hold_door(
    registry: Registry,
    node: Node,
    *,
    shelter: str,
    actor: str,
    lines: Iterator[str],
    say: Callable[[str], None],
    ask: Callable[[str], str],
    wall: Callable[[], datetime] = wall_now,
    steady: Callable[[], float] = steady_now,
) -> Shift:
    """A whole shift: the clock is checked, lines are answered, and the sheet's content comes out.

    Parameters
    ----------
    node : Node
        The kiosk's own; its id is the device of what is entered.
    shelter, actor
        See ``evac.kiosk.desk.KioskDesk``.
    lines, say, ask
        See ``run``.
    wall, steady : callable
        The device's clock, and seconds that only grow.
    """
    store = registry.store
    record = checked_clock(store, ask=ask, wall=wall, newest=newest_of(registry.events(), node.node_id))
    clock = KioskClock(record, wall, steady)
    desk = KioskDesk(
        registry, shelter=shelter, actor=actor, device=node.node_id, clock=clock,
        reader=CodeReader(store.labels(), store.person), vault=node.vault,
    )  # fmt: skip
    desk.remember_clock()
    return run(desk, lines, say, ask=ask, node=node, began_at=clock.now()[1])


def run(
    desk: KioskDesk, lines: Iterator[str], say: Callable[[str], None], *, ask: Callable[[str], str], node: Node,
    began_at: datetime,
) -> Shift:  # fmt: skip
    """Answer lines until the clerk ends the shift or the lines do.

    Parameters
    ----------
    lines : iterator of str
        One scan or command each.
    say : callable
        Shows a text; bells are in it.
    ask : callable
        As in ``checked_clock``.
    """
    say(HELP + "\n" + desk.status())
    for line in lines:
        if desk.clock.jumped:
            desk.clock = _asked_again(desk, ask)
        if verb_of(tidy(line))[0] is Verb.SHEET:
            say(sheet_text(shift_of(desk, node, began_at)))
            continue
        try:
            answer = desk.take(line)
        except SourceError as error:
            say(f"{BELLS[Tone.BAD]}✗ 未保存,请再扫一次 NOT SAVED, scan again: {error}")
            continue
        if answer.ends:
            break
        say(f"{BELLS[answer.tone]}{answer.text}")
    desk.remember_clock()
    return shift_of(desk, node, began_at)


def _asked_again(desk: KioskDesk, ask: Callable[[str], str]) -> KioskClock:
    """The clock after it was set while the kiosk ran: the time that has passed says what is right, and a person confirms."""
    device, true = desk.clock.now()
    answer = ask(
        f"电脑时钟被改动。现在是 {beijing(true)} 吗? 对请按回车 · the clock was set; is this the time? Enter, or type it: "
    )
    told = _moment(answer) if answer.strip() else None
    return desk.clock.renewed(confirmed(told or true, device))


def shift_of(desk: KioskDesk, node: Node, began_at: datetime) -> Shift:
    """The shift so far, with the end of the log signed."""
    store = desk.registry.store
    shelter = next((s for s in store.shelters() if s.shelter_id == desk.shelter), None)
    head, now = store.seal(), desk.clock.now()[1]
    return Shift(
        node.event, node.node_id, desk.shelter, shelter.name if shelter else "", desk.actor, began_at, now, dict(desk.tally),
        desk.present(), shelter.capacity if shelter else 0, desk.not_sent(), head,
        sign_head(head, node.private, event=node.event, node=node.node_id, at=now),
        bool(shelter and shelter.synthetic),
    )  # fmt: skip
