"""One line in, one answer out: what a scanner or a clerk types at the door, stored before it is confirmed.

Nobody is ever sent away: what cannot be read is answered with what to do instead.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from evac.asides import HeadCounted
from evac.clear_words import RELATIVES, with_relatives, without_numbers
from evac.codes import mint, short_code
from evac.crockford import grouped
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
from evac.kiosk.lines import HELP, MOVES, Verb, tidy, verb_of
from evac.kiosk.reading import Read, Reader
from evac.model import Category, Destination, Shelter, State, Stay
from evac.people.clerk import Clerk
from evac.people.corrections import blank_person, corrected_here, with_corrections
from evac.people.door import arrival, in_stock
from evac.privacy import mask_name
from evac.registry import Registry
from evac.standing import Seat
from evac.state import PersonState
from evac.sync.ledger import acknowledged
from evac.vault import Vault

CLOCK: Final = "kiosk/clock"
"""Label: the clock as it was last seen."""


FULL: Final = """\
此机离线,不知别处余位 · offline: this laptop does not know how full others are
有网的手机登记页:人数 → 满了,转往何处 · a phone that is online: Count → Full: where to
或电话问县值班室(evac redirect)· or call the county's office on duty. 先让人进门避雨 · let people in from the rain first"""
"""What a clerk at a full door is told where there is no network."""


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


_WORDS: Final = {
    Verb.RELATIVES: "投亲靠友 with relatives", Verb.LEFT: "擅自离开 left", Verb.MEDICAL: "就医 medical",
}  # fmt: skip


_ADDED_HERE: Final = "当场登记"


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
        self._mode: Verb | None = None
        self._where = ""
        self._frames = Frames(vault)
        self._nameless: Envelope | None = None  # the arrival just scanned, of nobody on the list
        self._with: dict[str, Envelope] = {}  # arrival -> the correction that says with whom
        self._alone: dict[str, str] | None = None
        self._entries: list[tuple[str, Envelope]] = []  # of this shift, as far as nobody undid them

    def take(self, line: str) -> Answer:
        """Answer one line; what the answer confirms is on the disk."""
        text = tidy(line)
        if not text:
            return Answer(self.status())
        if text.startswith(MARK):
            told, done = self._frames.take(text, self.registry, now=self.clock.now()[1])
            good = done is not None and not done.refused
            return Answer(told, Tone.GOOD if good else Tone.LOOK if done else Tone.SILENT)
        verb, rest = verb_of(text)
        return self._scan(text) if verb is None else self._command(verb, rest)

    @property
    def tally(self) -> dict[str, int]:
        """Kind of entry -> how many of this shift stand; ``added`` are people of no list, who are among the others too."""
        return dict(Counter(kind for kind, _ in self._entries))

    def _command(self, verb: Verb, rest: str) -> Answer:
        if verb in MOVES:
            return self._move(verb, tidy(rest))
        if verb is Verb.COUNT:
            return self._head_count(int(rest))
        if verb is Verb.ADD:
            return self._add(rest, self._nameless if self._is_blank() else None)
        if verb is Verb.NAME:
            if self._nameless is None:
                return Answer("✗ 请先扫吊牌 · scan the pendant first", Tone.BAD)
            return self._add(rest, self._nameless)
        if verb is Verb.END:
            return Answer("", ends=True)
        if verb is Verb.CANCEL or (verb is Verb.UNDO and self._mode):
            return self._cancel()
        if verb is Verb.UNDO:
            return self._undo()
        if verb is Verb.FULL:
            return Answer(f"{FULL}\n  {self.status()}", Tone.LOOK)
        return Answer(HELP if verb is Verb.HELP else self.status())

    def _move(self, verb: Verb, rest: str) -> Answer:
        """What the next scan, or the next name, is about; a code in the same line is that scan."""
        self._mode, self._where, self._nameless = verb, "", None
        if rest and self._reader.read(rest, self.clock.now()[1]).code:
            return self._scan(rest)
        self._where = rest
        return Answer(f"{self._pending()} · 请扫码或 + 姓名 scan, or + NAME;取消 x cancels")

    def _pending(self) -> str:
        return f"{_WORDS[self._mode]}{' ' if self._where else ''}{self._where}" if self._mode else ""

    def _cancel(self) -> Answer:
        told = f"✓ 已取消 cancelled: {self._pending()}" if self._mode else "没有要取消的 nothing to cancel"
        self._mode, self._where = None, ""
        return Answer(f"{told}\n  {self.status()}")

    def _is_blank(self) -> bool:
        """Whether the pendant just scanned is of the stock of blanks, and so nobody's on any list."""
        return self._nameless is not None and in_stock(self.registry.store, self._nameless.code)

    def _scan(self, text: str) -> Answer:
        device_at, trusted_at = self.clock.now()
        read = self._reader.read(text, trusted_at)
        if not read.code:
            return Answer(f"✗ {read.words}", Tone.BAD)
        before = self.registry.state(read.code)
        kind = self._mode or "shelter"
        event = self._event(kind, read.code, device_at, trusted_at)
        sealed = self._sealed_whereabouts(kind, read.code, device_at, trusted_at)
        refused = self._store([event, *sealed])
        if refused:
            return Answer(f"✗ {refused}", Tone.BAD)
        if sealed:
            self._with[event.event_id] = sealed[0]
            self._renew(read.code)
        self._mode, self._where = None, ""
        self._entries.append((kind, event))
        self._nameless = event if kind in ("shelter", Verb.RELATIVES) else None
        return self._confirmed(read, before, event, kind)

    def _event(self, kind: str, code: str, device_at: datetime, trusted_at: datetime) -> Envelope:
        told = self._envelope(code, device_at, trusted_at)
        if kind == Verb.RELATIVES:
            return ArrivedRelatives(**told | {"place": with_relatives(self._where)})
        made: dict[str, type[Envelope]] = {Verb.LEFT: Left, Verb.MEDICAL: Medical}
        return made.get(kind, ArrivedShelter)(**told)

    def _sealed_whereabouts(
        self, kind: str, code: str, device_at: datetime, trusted_at: datetime
    ) -> list[Envelope]:
        """With whom somebody of the list stays, sealed as a newcomer's is: the arrival's own place is in clear."""
        person = self.registry.store.person(code)
        if (
            kind != Verb.RELATIVES
            or not self._where
            or person is None
            or with_relatives(self._where) != RELATIVES
        ):
            return []
        told = {"stay": Stay.RELATIVES.value, "place": without_numbers(self._where)}
        event = corrected_here(
            self.registry, person, told, clerk=self._clerk(device_at, trusted_at), vault=self._vault
        )
        self._counter += 1
        return [event]

    def _renew(self, code: str) -> None:
        """The row of somebody as the events now have it."""
        person = self.registry.store.person(code)
        if person is not None:
            events = self.registry.store.events_of([code]).get(code, ())
            self.registry.store.put_people([with_corrections(person, events, self._vault)])

    def _clerk(self, device_at: datetime, trusted_at: datetime) -> Clerk:
        return Clerk(
            self.actor, self.shelter, self.device, trusted_at, first=self._counter + 1, device_at=device_at,
            new_id=self._new_id,
        )  # fmt: skip

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
        return ""

    def _confirmed(self, read: Read, before: PersonState, event: Envelope, kind: str) -> Answer:
        person = self.registry.store.person(read.code)
        if person:
            self._nameless = None
            who = f"{mask_name(person.name)} {person.village_name}"
        elif self._nameless is None or self._is_blank():
            who = f"名单外 not on the list ({read.code[-10:]}),补登 + 姓名 then + NAME"
        else:
            who = (
                f"名单外 not on the list ({read.code[-10:]}),已按此码计入,多半在外乡名册上 counted by this code, likely on another "
                "town's list;确是空白吊牌才 = 姓名 only if it is a blank: = NAME"
            )
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

    def _add(self, name: str, scanned: Envelope | None) -> Answer:
        """Somebody who is not on the list: onto the blank pendant that was scanned just before, or a new code.

        The name travels sealed within an event, so that the next level has it too.
        """
        if not name:
            return Answer("✗ 请输入姓名: + 张三 · name, please", Tone.BAD)
        device_at, trusted_at = self.clock.now()
        code = scanned.code if scanned else self._rows_alone().get(name) or mint()
        shelter = self._shelter()
        county = shelter.county if shelter else self.registry.store.labels().get("scope", "")[:6] or "0" * 6
        person = replace(
            blank_person(code, county, Category.OTHER), name=name, village_name=_ADDED_HERE, printed=bool(scanned),
            synthetic=bool(shelter and shelter.synthetic),
        )  # fmt: skip
        if self._mode is Verb.RELATIVES and self._where:  # sealed, as the name is
            person = replace(person, destination=Destination(Stay.RELATIVES, without_numbers(self._where)))
        clerk = self._clerk(device_at, trusted_at)
        stands = scanned is not None and self._stands(scanned)
        here = "" if stands or self._mode is Verb.RELATIVES else self.shelter
        events = arrival(person, clerk=clerk, vault=self._vault, arrived=here)
        came = [("shelter", events[-1])] if here else []
        self.registry.store.put_people([person])
        self._rows_alone()[name] = code
        self._counter += len(events)
        if self._mode:
            came.append((self._mode, self._event(self._mode, code, device_at, trusted_at)))
        events += [event for _, event in came if event not in events]
        self._store(events)
        del self._rows_alone()[name]
        self._entries += [("added", came[0][1] if came else scanned or events[0]), *came]
        self._mode, self._where, self._nameless = None, "", None
        return Answer(
            f"✓ {self.registry.state(code).state.chinese} 已登记 added {name} · 短码 short code {grouped(short_code(code))}\n"
            f"  {self.status()}", Tone.GOOD, tuple(events),
        )  # fmt: skip

    def _rows_alone(self) -> dict[str, str]:
        """Names of those who were added here and of whom the log says nothing -> their codes: the disk, or the program, failed in between."""
        if self._alone is None:
            store = self.registry.store
            added = {one.code: one.name for one in store.people() if one.village_name == _ADDED_HERE}
            heard = store.standings(list(added))
            self._alone = {name: code for code, name in added.items() if code not in heard}
        return self._alone

    def _stands(self, scan: Envelope) -> bool:
        """Whether a scan still says where its person is."""
        state = self.registry.state(scan.code)
        return state.state in (State.SHELTERED, State.DISPERSED) and state.place == scan.place

    def _undo(self) -> Answer:
        if not self._entries:
            return Answer("✗ 本班没有可撤销的 · nothing of this shift to undo", Tone.BAD)
        last = self._entries[-1][1]
        device_at, trusted_at = self.clock.now()
        void = [last, *filter(None, [self._with.pop(last.event_id, None)])]
        undo = [Undone(**self._envelope(e.code, device_at, trusted_at), target=e.event_id) for e in void]
        refused = self._store([*undo])
        if refused:
            return Answer(f"✗ {refused}", Tone.BAD)
        if len(undo) > 1:
            self._renew(last.code)
        self._entries = [(kind, event) for kind, event in self._entries if event != last]
        self._nameless = None  # a name that is typed now is somebody else's
        return Answer(f"✓ 已撤销 undone: {last.kind}\n  {self.status()}", Tone.GOOD, tuple(undo))

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
        shelter = self._shelter()
        capacity = f" / {shelter.capacity}" if shelter else ""
        pending = f" · 下一位 next: {self._pending()}" if self._mode else ""
        return f"本点现有 here {self.present()}{capacity} 人 · 待上送 not yet sent {self.not_sent()}{pending}"

    def _shelter(self) -> Shelter | None:
        return next((s for s in self.registry.store.shelters() if s.shelter_id == self.shelter), None)

    def remember_clock(self) -> None:
        """Write down what the clock says, so that a clock set back shows at the next start."""
        self.registry.store.put_labels({CLOCK: self.clock.record().written()})
