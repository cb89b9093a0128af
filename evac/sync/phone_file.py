"""What a phone exports when it has no network: a header line of JSON, then one canonical event a line, sealed (version 2).

A sealed file is its device's (``evac.phone_seal``). One in clear (version 1, of a phone whose server had no event's key) is signed by nobody:
it is taken in where a clerk vouches for who hands it in. The facts of its one device are stored, and that device may undo what it
sent itself; commands, and what servers make, are refused as they are over the network. One bad line never stops the others.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, BinaryIO, Final

from evac.clear_words import as_kept, numberless, worded
from evac.errors import BundleError, CodeError, Fault
from evac.events import ASIDE, COMMANDS, NO_ONE, Corrected, Envelope, Received, Undone
from evac.phone_seal import SEALED_MOST, open_phone_file
from evac.registry import EventStore, Registry
from evac.sync.intake import Intake, batches, storable
from evac.vault import Vault
from riskmap.errors import DataError

NAME: Final = "evac"
"""Key of the header that says what the file is; its value begins with ``events``."""
_CLEAR, _SEALED = 1, 2
_LINE_MOST: Final = 1 << 16  # bytes; an event has some 400
_BATCH: Final = 1000


@dataclass(frozen=True, slots=True)
class PhoneHeader:
    """First line of a phone's file.

    Attributes
    ----------
    event, device : str
        Ids; empty where the file does not say.
    count : int or None
        Events that follow, where it says so.
    sealed : bool
    """

    event: str
    device: str
    count: int | None
    sealed: bool = False


def read_phone_header(line: bytes, where: str) -> PhoneHeader:
    """The header of a phone's file.

    Raises
    ------
    BundleError
        Not such a file, or of a newer version.

    Examples
    --------
    >>> read_phone_header(b'{"evac":"events","version":1,"device":"P7","count":2}', "p7.jsonl").device
    'P7'
    """
    try:
        record: dict[str, Any] = json.loads(line)
        if not str(record[NAME]).startswith("events"):
            raise ValueError(record[NAME])
        version, count = int(record.get("version", _CLEAR)), record.get("count")
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise BundleError(
            Fault.NO_BUNDLE, where=where, expected="the file that the phone page exports", found=repr(line[:40]),
            remedy="export it again on the phone",
        ) from error  # fmt: skip
    if version not in (_CLEAR, _SEALED):
        raise BundleError(
            Fault.NEWER, where=where, expected=f"version {_CLEAR} or {_SEALED}", found=f"version {version}",
            remedy="install the newer version here first",
        )  # fmt: skip
    return PhoneHeader(
        str(record.get("event", "")), str(record.get("device", "")), count if isinstance(count, int) else None,
        version == _SEALED,
    )  # fmt: skip


def take_in_phone(
    registry: Registry,
    file: BinaryIO,
    where: str,
    *,
    event: str,
    now: datetime,
    vault: Vault | None,
    vouched: bool = False,
) -> tuple[PhoneHeader, Intake]:
    """Store the events of a phone's file.

    Parameters
    ----------
    file : BinaryIO
        At its beginning.
    event : str
        Id of the registry's event; a file of another is refused.
    now : datetime
        Trusted time: the receipt of all of them.
    vault : Vault or None
        Of the event's key, which opens sealed files.
    vouched : bool
        Whether somebody vouches for who handed the file in: only then is one in clear taken.

    Raises
    ------
    BundleError
        Not such a file, of a newer version, of another event, cut short, altered, or neither sealed nor vouched for; nothing was
        stored.
    SourceError
        The disk is full or the stick gone; importing again ends in the same state.
    """
    line = file.readline(_LINE_MOST)
    header = read_phone_header(line, where)
    if header.event and event and header.event != event:
        raise BundleError(
            Fault.FOREIGN_EVENT, where=where, expected=event, found=header.event,
            remedy="leave it; it belongs to another event's registry. Where the phone has logged in here since: fetch a roster, then export again",
        )  # fmt: skip
    events = _opened(line, file, header, where, vault=vault, vouched=vouched)
    done = Intake(where, header.device)
    lines = 0
    for batch in batches(enumerate(_lines(events), 2), _BATCH):
        lines += len(batch)
        _store(registry, batch, now, done)
    if header.count is not None and lines < header.count:
        done.warnings.append(
            f"{where}: 文件不完整,缺{header.count - lines}条 · cut short, {header.count - lines} of {header.count} events are not in it"
        )
    if lines and done.repeated == lines:
        done.warnings.append(f"{where}: 收过了,没有新内容 · taken in before, nothing in it is new")
    return header, done


def _opened(
    line: bytes, file: BinaryIO, header: PhoneHeader, where: str, *, vault: Vault | None, vouched: bool
) -> BinaryIO:
    """The events of a file, a text a line: opened and held against its device where it is sealed."""
    if header.sealed and vault is not None:
        rest = file.read(SEALED_MOST + _LINE_MOST)
        return BytesIO(open_phone_file(line, rest, json.loads(line), vault=vault, where=where))
    if header.sealed:
        raise BundleError(
            Fault.WRONG_KEY, where=where, expected="the event's key", found="none here",
            remedy="name the key file of this node: --key",
        )  # fmt: skip
    if not vouched:
        raise BundleError(
            Fault.UNSEALED, where=where, expected="a file that the phone sealed", found="its events in clear",
            remedy="let the phone log in and export it again; where you know who hands it in: evac bundle import --unsigned",
        )  # fmt: skip
    return file


def _lines(file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(_LINE_MOST):
        if line.strip():
            yield line.strip()


def _store(registry: Registry, lines: list[tuple[int, bytes]], now: datetime, done: Intake) -> None:
    events: dict[str, tuple[int, Envelope]] = {}
    for place, line in lines:
        try:
            found = numberless(storable(line))
        except (DataError, CodeError) as error:
            done.refused[place] = str(error)
            continue
        events[found.event_id] = (place, found)
    for event_id, why in _not_its_own(registry.store, [found for _, found in events.values()], done).items():
        done.refused[events.pop(event_id)[0]] = why
    if not events:
        return
    if said := worded(found for _, found in events.values()):
        for event_id, kept in as_kept(registry.store, said).items():
            events[event_id] = (events[event_id][0], kept)
    receipt = registry.check_ins([found for _, found in events.values()], received_at=now)
    done.stored += len(events.keys() & set(receipt.stored))
    done.repeated += len(receipt.repeated)
    done.conflicting += receipt.conflicting
    stored = set(receipt.stored)
    done.held_back += sum(found.trusted_at > now for i, (_, found) in events.items() if i in stored)
    for refusal in receipt.refused:
        done.refused[events[refusal.event.event_id][0]] = refusal.reason


def _not_its_own(store: EventStore, events: Collection[Envelope], done: Intake) -> dict[str, str]:
    """Ids of the events that a file of one device may not say: none of a phone is signed, and why.

    A file that does not name its device is that of its first event.
    """
    refused: dict[str, str] = {}
    undoing = sorted({event.code for event in events if isinstance(event, Undone)})
    histories = store.events_of(undoing) if undoing else {}
    beside = [event for _, event in store.aside(ASIDE, codes=undoing)] if undoing else []
    known = [*events, *beside, *(event for history in histories.values() for event in history)]
    device_of = {event.event_id: event.device for event in known}
    for event in events:
        done.node = done.node or event.device
        if event.device != done.node:
            refused[event.event_id] = f"device: {event.device}, and the file is that of {done.node}"
        elif isinstance(event, Received):
            refused[event.event_id] = f"{event.kind}: made by servers only"
        elif event.code == NO_ONE and event.kind not in ASIDE and not isinstance(event, Undone):
            refused[event.event_id] = f"{event.kind}: about a person, and this code is nobody's"
        elif event.kind == Corrected.kind:
            refused[event.event_id] = f"{event.kind}: a phone's file corrects nobody on the list"
        elif isinstance(event, Undone) and device_of.get(event.target) == event.device:
            continue
        elif event.kind in COMMANDS:
            refused[event.event_id] = f"{event.kind}: a phone's file gives no commands"
    return refused
