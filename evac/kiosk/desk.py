"""One line in, one answer out: what a scanner or a clerk types at the door, stored before it is confirmed.

Nobody is ever sent away: what cannot be read is answered with what to do instead.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from evac.asides import HeadCounted
from evac.codes import mint, short_code
from evac.events import (
    NO_ONE,
    ArrivedRelatives,
    ArrivedShelter,
    Envelope,
    Left,
    Medical,
    Mode,
    Undone,
)
from evac.kiosk.clock import KioskClock
from evac.kiosk.frames import MARK, Frames
from evac.kiosk.reading import Read, Reader
from evac.model import Category, State
from evac.people.clerk import Clerk
from evac.people.corrections import blank_person
from evac.people.door import arrival
from evac.privacy import mask_name
from evac.registry import Registry
from evac.standing import Seat
from evac.state import PersonState
from evac.sync.ledger import acknowledged
from evac.vault import Vault

CLOCK: Final = "kiosk/clock"
"""Label: the clock as it was last seen."""


class Tone(StrEnum):
    """What the clerk hears: one beep, two, or a long one."""

    GOOD = "good"
    LOOK = "look"
    BAD = "bad"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is shown after a line; ``stored`` are the events that are on the disk now."""

    text: str
    tone: Tone = Tone.SILENT
    stored: tuple[Envelope, ...] = ()
    ends: bool = False


RELATIVES: Final = "亲友处"
"""Place of a stay with relatives whose whereabouts nobody typed."""
HELP: Final = """\
扫码或输入短码 = 到达本点            scan, or type the short code: arrived here
亲 / r  再扫码 = 投亲靠友            then scan: with relatives   (亲 外婆家 = where)
离 / l  再扫码 = 未经放行离开         then scan: left without release
医 / m  再扫码 = 送医                then scan: taken to medical care
加 / + 姓名  = 名单外人员,当场登记    add somebody who is not on the list
撤 / u  = 撤销上一条                 undo the last one
核 / c 人数 = 独立清点               head-count by somebody who did not look here
数 / n  = 现有人数                   how many are here
换班 / s = 打印交接单                shift sheet
退出 / q = 结束                      end"""

_MOVES: Final[dict[str, str]] = {
    "亲": "relatives", "r": "relatives", "离": "left", "l": "left", "医": "medical", "m": "medical",
}  # fmt: skip
_UNDOABLE: Final = frozenset({"arrived_shelter", "arrived_relatives", "left", "medical"})
_WORDS: Final = {"relatives": "投亲靠友 with relatives", "left": "擅自离开 left", "medical": "就医 medical"}


def tidy(line: str) -> str:
    """A line as it was meant: without the ends that scanners add, and with what a Chinese keyboard or a shift lock did undone.

    Examples
    --------
    >>> tidy("ev1：6bf+70790t9wjwg.fki ")
    'EV1:6BF+70790T9WJWG.FKI '
    >>> tidy("  r 外婆家 ")
    'r 外婆家'
    """
    text = line.strip("\r\n\t\ufeff").lstrip()
    if text[:3].upper() == "EV1" and text[3:4] in ":：":
        return f"EV1:{text[4:].upper()}"  # a blank at the end belongs to base45
    return text.strip()


class KioskDesk:
    """The door of one shelter over one registry.

    Parameters
    ----------
    registry : Registry
        On a store that is durable when it answers.
    shelter : str
        Id of the shelter.
    actor : str
        The clerk.
    device : str
        Id of this kiosk as a device; its counter goes on from the registry's log.
    clock : KioskClock
    reader : Reader
        Judges codes.
    vault : Vault
        Seals the names of people added at the door.
    new_id : callable, optional
        Makes event ids: 32 hexadecimal digits.
    """

    def __init__(
        self, registry: Registry, *, shelter: str, actor: str, device: str, clock: KioskClock, reader: Reader, vault: Vault,
        new_id: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:  # fmt: skip
        self.registry, self.shelter, self.actor, self.device, self.clock = (
            registry,
            shelter,
            actor,
            device,
            clock,
        )
        self._reader, self._new_id = reader, new_id
        self._counter = max((e.counter for e in registry.events() if e.device == device), default=0)
        self._vault = vault
        self._mode, self._where = "", ""
        self._frames = Frames(vault)
        self._nameless = ""  # a pendant that was just scanned and is nobody's on the list
        self._done: list[Envelope] = []
        self.tally: dict[str, int] = {}

    def take(self, line: str) -> Answer:
        """Answer one line; what the answer confirms is on the disk."""
        text = tidy(line)
        if not text:
            return Answer(self.status())
        if text.startswith(MARK):
            told, done = self._frames.take(text, self.registry, now=self.clock.now()[1])
            good = done is not None and not done.refused
            return Answer(told, Tone.GOOD if good else Tone.LOOK if done else Tone.SILENT)
        word, _, rest = text.partition(" ")
        answer = self._command(word.lower(), rest.strip())
        if answer is None and word[0] in "加+" and len(word) > 1:
            answer = self._add(text[1:].strip())
        return self._scan(text) if answer is None else answer

    def _command(self, word: str, rest: str) -> Answer | None:
        if word in _MOVES:
            self._mode = _MOVES[word]
            read = self._reader.read(rest, self.clock.now()[1]) if rest else None
            if read is not None and read.code:
                return self._scan(rest)
            self._where = rest
            return Answer(f"{_WORDS[self._mode]}:请扫码 scan now", Tone.SILENT)
        if word in ("加", "+"):
            return self._add(rest)
        if word in ("撤", "u"):
            return self._undo()
        if word in ("核", "c") and rest.isdecimal() and len(rest) < 7:
            return self._head_count(int(rest))
        if word in ("数", "n"):
            return Answer(self.status())
        if word in ("?", "？", "h", "help"):
            return Answer(HELP)
        if word in ("退出", "q", "quit", "exit"):
            return Answer("", ends=True)
        return None

    def _scan(self, text: str) -> Answer:
        device_at, trusted_at = self.clock.now()
        read = self._reader.read(text, trusted_at)
        if not read.code:
            return Answer(f"✗ {read.words}", Tone.BAD)
        before = self.registry.state(read.code)
        kind, where = self._mode or "shelter", self._where
        event = self._event(kind, read.code, device_at, trusted_at, where)
        refused = self._store([event])
        if refused:
            return Answer(f"✗ {refused}", Tone.BAD)
        self._mode, self._where = "", ""
        self.tally[kind] = self.tally.get(kind, 0) + 1
        self._nameless = read.code if kind == "shelter" else ""
        return self._confirmed(read, before, event, kind)

    def _event(self, kind: str, code: str, device_at: datetime, trusted_at: datetime, where: str) -> Envelope:
        told = self._envelope(code, device_at, trusted_at)
        if kind == "relatives":
            return ArrivedRelatives(**told | {"place": where or RELATIVES})
        made: dict[str, type[Envelope]] = {"left": Left, "medical": Medical}
        return made.get(kind, ArrivedShelter)(**told)

    def _envelope(self, code: str, device_at: datetime, trusted_at: datetime) -> dict[str, Any]:
        self._counter += 1
        return {
            "event_id": self._new_id(), "code": code, "place": self.shelter, "actor": self.actor, "device": self.device,
            "counter": self._counter, "device_at": device_at, "trusted_at": trusted_at, "mode": Mode.PROXY,
        }  # fmt: skip

    def _store(self, events: list[Envelope]) -> str:
        """Store them durably; the reason where a command was refused. The counter goes back where nothing was stored."""
        counter = self._counter - len(events)
        try:
            # the kiosk is its own first receiver, by the same clock
            receipt = self.registry.check_ins(events, received_at=max(e.trusted_at for e in events))
        except BaseException:
            self._counter = counter
            raise
        if receipt.refused:
            self._counter = counter
            return receipt.refused[0].reason
        self._done += events
        return ""

    def _confirmed(self, read: Read, before: PersonState, event: Envelope, kind: str) -> Answer:
        person = self.registry.store.person(read.code)
        if person:
            self._nameless = ""
            who = f"{mask_name(person.name)} {person.village_name}"
        else:
            who = f"名单外 not on the list ({read.code[-10:]}),补登 + 姓名 then + NAME"
        notes = [read.words] if read.look else []
        tone = Tone.LOOK if read.look or person is None else Tone.GOOD
        if kind == "shelter" and before.state is State.SHELTERED:
            again = before.place == self.shelter
            notes.append("已在本点 here already" if again else f"原在 was at {before.place},请核对 check")
            tone = Tone.LOOK
        now = self.registry.state(read.code).state
        told = "; ".join(notes)
        return Answer(
            f"✓ {now.chinese} {who}{' · ' + told if told else ''}\n  {self.status()}", tone, (event,)
        )

    def _add(self, name: str) -> Answer:
        """Somebody who is not on the list: onto the pendant that was scanned just before, or a new code.

        The name travels sealed within an event, so that the next level has it too.
        """
        if not name:
            return Answer("✗ 请输入姓名: + 张三 · name, please", Tone.BAD)
        device_at, trusted_at = self.clock.now()
        scanned = self._nameless
        code = scanned or mint()
        shelter = next((s for s in self.registry.store.shelters() if s.shelter_id == self.shelter), None)
        county = shelter.county if shelter else self.registry.store.labels().get("scope", "")[:6] or "0" * 6
        person = replace(
            blank_person(code, county, Category.OTHER), name=name, village_name="当场登记", printed=bool(scanned),
            synthetic=bool(shelter and shelter.synthetic),
        )  # fmt: skip
        clerk = Clerk(
            self.actor, self.shelter, self.device, trusted_at, first=self._counter + 1, device_at=device_at,
            new_id=self._new_id,
        )  # fmt: skip
        events = arrival(
            person, clerk=clerk, vault=self._vault, arrived="" if self._is_in(scanned) else self.shelter
        )
        self.registry.store.put_people([person])
        self._counter += len(events)
        self._store(events)
        self._nameless = ""
        self.tally["added"] = self.tally.get("added", 0) + 1
        short = short_code(code)
        shown = "-".join((short[:4], short[4:8], short[8:]))
        return Answer(
            f"✓ 已登记 added {name} · 短码 short code {shown}\n  {self.status()}", Tone.GOOD, tuple(events)
        )

    def _is_in(self, code: str) -> bool:
        """Whether the scan of a pendant stands: who holds it is at this shelter."""
        state = self.registry.state(code) if code else None
        return state is not None and (state.state, state.place) == (State.SHELTERED, self.shelter)

    def _undo(self) -> Answer:
        last = next((e for e in reversed(self._done) if e.kind in _UNDOABLE), None)
        if last is None:
            return Answer("✗ 本班没有可撤销的 · nothing of this shift to undo", Tone.BAD)
        device_at, trusted_at = self.clock.now()
        undo = Undone(**self._envelope(last.code, device_at, trusted_at), target=last.event_id)
        refused = self._store([undo])
        if refused:
            return Answer(f"✗ {refused}", Tone.BAD)
        self._done = [e for e in self._done if e not in (undo, last)]
        self._nameless = ""  # a name that is typed now is somebody else's
        return Answer(f"✓ 已撤销 undone: {last.kind}\n  {self.status()}", Tone.GOOD, (undo,))

    def _head_count(self, count: int) -> Answer:
        device_at, trusted_at = self.clock.now()
        counted = HeadCounted(**self._envelope(NO_ONE, device_at, trusted_at), count=count)
        self._store([counted])
        away = count - self.present()
        told = "一致 agrees" if not away else f"相差 differs by {away:+d},请核对 check"
        return Answer(f"✓ 独立清点 head-count {count}: {told}", Tone.LOOK if away else Tone.GOOD, (counted,))

    def present(self) -> int:
        """People who are at this shelter now."""
        return self.registry.store.seats()[Seat(self.shelter, State.SHELTERED)]

    def not_sent(self) -> int:
        """Events that no other node has acknowledged."""
        store = self.registry.store
        return store.seal().sequence - acknowledged(store.labels())

    def status(self) -> str:
        """The running count."""
        shelter = next((s for s in self.registry.store.shelters() if s.shelter_id == self.shelter), None)
        capacity = f" / {shelter.capacity}" if shelter else ""
        return f"本点现有 here {self.present()}{capacity} 人 · 待上送 not yet sent {self.not_sent()}"

    def remember_clock(self) -> None:
        """Write down what the clock says, so that a clock set back shows at the next start."""
        self.registry.store.put_labels({CLOCK: self.clock.record().written()})
