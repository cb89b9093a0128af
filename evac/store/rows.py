"""Events and standings as rows of a table: numbers for words that never change, 16 bytes for codes and ids."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from evac.codes import bytes_of_code, code_of_bytes
from evac.events import KINDS, Envelope, Mode, instant_of, microseconds
from evac.model import State
from evac.standing import Cell, Seat, Spot, Standing
from evac.state import PersonState
from riskmap.errors import DataError

Row: TypeAlias = tuple[Any, ...]

_KINDS: Final = (
    "registered", "prepared", "ordered", "ordered_locally", "notified", "unreached", "refused", "persuaded",
    "departed", "arrived_shelter", "arrived_relatives", "called_back", "arrived_ashore", "missing", "medical",
    "left", "died", "exempted", "withdrawn", "return_allowed", "return_held", "returned", "closed", "undone", "corrected",
    "merged", "received", "corrected_at_door",
)  # fmt: skip
_ASIDE: Final = (
    "passed", "relief_drawn", "rescue_called", "rescue_ended", "danger_reported", "head_counted", "vessel_checked", "resolved",
    "checked", "danger_seen", "danger_joined", "danger_parted", "danger_judged", "stock_delivered", "stock_moved",
    "stock_received", "stock_issued", "stock_counted",
    "release_ordered", "inspection_wanted", "inspected", "resettled", "resettlement_ended", "duty_handed_over", "rated",
    "event_closed", "redirected",
)  # fmt: skip
FIRST_ASIDE: Final = 100
"""Numbers from here on are of kinds that change no state."""
KIND_NUMBERS: Final = MappingProxyType(
    {kind: n for n, kind in enumerate(_KINDS)} | {kind: n for n, kind in enumerate(_ASIDE, FIRST_ASIDE)}
)
"""Kind -> number in the tables; a new kind gets the next one, none is ever given again."""
_KIND_OF: Final = {n: (kind, KINDS[kind]) for kind, n in KIND_NUMBERS.items()}

_STATES: Final = (
    State.REGISTERED, State.PREPARE, State.ORDERED, State.UNREACHED, State.NOTIFIED, State.REFUSED, State.IN_TRANSIT,
    State.SHELTERED, State.DISPERSED, State.ASHORE, State.MEDICAL, State.MISSING, State.LEFT, State.EXEMPT,
    State.WITHDRAWN, State.DECEASED, State.RETURN_ALLOWED, State.RETURN_HELD, State.RETURNED, State.CLOSED, State.PURGED,
    State.MERGED,
)  # fmt: skip
STATE_NUMBERS: Final = MappingProxyType({state: n for n, state in enumerate(_STATES)})
"""State -> number in the tables, under the same law."""
STATE_OF: Final = MappingProxyType(dict(enumerate(_STATES)))
"""Number in the tables -> state."""

_MODES: Final = (Mode.SELF, Mode.PROXY, Mode.BATCH, Mode.OFFLINE)
_MODE_NUMBERS: Final = {mode: n for n, mode in enumerate(_MODES)}
_json: Final = json.JSONEncoder(ensure_ascii=False).encode  # json.dumps would make one each time
_COMMON: Final = frozenset(field.name for field in fields(Envelope))
_EXTRA: Final = {
    kind: tuple(f.name for f in fields(cls) if f.name not in _COMMON) for kind, cls in KINDS.items()
}


def id_bytes(event_id: str) -> bytes:
    """An event id as 16 bytes.

    Raises
    ------
    DataError
        Not 32 hexadecimal digits.
    """
    try:
        raw = bytes.fromhex(event_id)
    except ValueError:
        raw = b""
    if len(raw) != 16 or len(event_id) != 32:
        raise DataError(
            "not an event id", where="event", expected="32 hexadecimal digits", found=repr(event_id[:40]),
            remedy="check the device's version",
        )  # fmt: skip
    return raw


def event_row(event: Envelope) -> Row:
    """The columns of an event, in the order of the table ``event`` without its sequence and receipt."""
    kind = event.kind
    extra = _EXTRA[kind]
    return (
        id_bytes(event.event_id),
        bytes_of_code(event.code),
        KIND_NUMBERS[kind],
        event.place,
        event.actor,
        event.device,
        event.counter,
        microseconds(event.device_at),
        microseconds(event.trusted_at),
        _MODE_NUMBERS[event.mode],
        _json({name: getattr(event, name) for name in extra}) if extra else None,
    )


def event_of(row: Sequence[Any]) -> Envelope:
    """The event of its columns."""
    event_id, code, kind, place, actor, device, counter, device_at, trusted_at, mode, extra = row
    return _KIND_OF[kind][1](
        event_id=event_id.hex(), code=code_of_bytes(code), place=place, actor=actor, device=device, counter=counter,
        device_at=instant_of(device_at), trusted_at=instant_of(trusted_at), mode=_MODES[mode],
        **(json.loads(extra) if extra else {}),
    )  # fmt: skip


def standing_row(code: str, standing: Standing) -> Row:
    """The columns of a standing, in the order of the table ``standing``."""
    s = standing.state
    trusted_at, device, counter, event_id = standing.key or (None, "", 0, "")
    newest = _written(trusted_at)
    since = newest if s.since is trusted_at else _written(s.since)  # mostly the same event
    return (
        bytes_of_code(code), STATE_NUMBERS[s.state], s.county, s.category, int(s.at_door), int(s.due),
        None if s.stay is None else STATE_NUMBERS[s.stay], s.place, int(s.verified), s.round, int(s.notified),
        since, s.idle, s.moves, newest, device, counter, bytes.fromhex(event_id), int(standing.plain),
    )  # fmt: skip


def _written(instant: datetime | None) -> int | None:
    return None if instant is None else microseconds(instant)


def _instant(written: int | None) -> datetime | None:
    return None if written is None else instant_of(written)


def standing_of(row: Sequence[Any]) -> Standing:
    """The standing of its columns, the code left out."""
    (state, county, category, at_door, due, stay, place, verified, number, notified, since, idle, moves,
     trusted_at, device, counter, event_id, plain) = row  # fmt: skip
    newest = _instant(trusted_at)
    person = PersonState(
        _STATES[state], county, category, at_door == 1, due == 1, None if stay is None else _STATES[stay], place,
        verified == 1, number, notified == 1, newest if since == trusted_at else _instant(since), idle, moves,
    )  # fmt: skip
    key = None if newest is None else (newest, device, counter, event_id.hex())
    return Standing(person, key, plain == 1)


def change_row(spot: Spot, n: int) -> Row:
    """The columns of a change, in the order of the table ``change``."""
    stay = None if spot.stay is None else STATE_NUMBERS[spot.stay]
    return (spot.county, spot.category, STATE_NUMBERS[spot.state], stay, int(spot.due), spot.place, n)


CELLS: Final = (
    "SELECT county, category, state, stay, due, sum(n) FROM change GROUP BY 1, 2, 3, 4, 5 HAVING sum(n) <> 0"
)
COUNTERS: Final = (
    "SELECT device, max(counter), max(sequence) FROM event WHERE sequence > {mark} AND sequence < 4611686018427387904 "
    "AND device <> '' GROUP BY device"
)
"""By the primary key alone: an index on the device would cost every check-in; who asks remembers how far it read. Bounded on both
sides, since PostgreSQL then takes the key also where it knows nothing of the table's size yet."""
SEATS: Final = "SELECT place, stay, sum(n) FROM change WHERE place <> '' GROUP BY 1, 2 HAVING sum(n) <> 0"


def cell_of(row: Sequence[Any]) -> tuple[Cell, int]:
    """A cell and its people, of a row of ``CELLS``."""
    county, category, state, stay, due, n = row
    return Cell(county, category, _STATES[state], None if stay is None else _STATES[stay], due == 1), int(n)


def cell_of_change(row: Sequence[Any]) -> tuple[Cell, int]:
    """A cell and what became of its people, of a row of the table ``change``."""
    county, category, state, stay, due, _place, n = row
    return cell_of((county, category, state, stay, due, n))


def counters_of(found: Iterable[Sequence[Any]], after: int) -> tuple[int, dict[str, int]]:
    """What ``EventStore.counters`` answers, of the rows of ``COUNTERS``."""
    highest: dict[str, int] = {}
    for device, counter, sequence in found:
        highest[device] = int(counter)
        after = max(after, int(sequence))
    return after, highest


def seat_of(row: Sequence[Any]) -> tuple[Seat, int]:
    """A seat and its people, of a row of ``SEATS``."""
    place, stay, n = row
    return Seat(place, _STATES[stay]), int(n)


def seat_of_change(row: Sequence[Any]) -> tuple[Seat, int]:
    """A seat and what became of its people, of a row of the table ``change`` with a place."""
    _county, _category, _state, stay, _due, place, n = row
    return seat_of((place, stay, n))


_MARK: Final = "(SELECT user_version FROM pragma_user_version), (SELECT max(rowid) FROM change)"
CHANGES_SINCE: Final = f"SELECT mark.*, c.* FROM (SELECT {_MARK}) mark LEFT JOIN change c ON c.rowid > ? AND (? OR c.place <> '')"
"""How often changes were summed up in this file, the number of the newest, and all after a number: of one moment, in one statement."""
CELLS_AT: Final = f"SELECT {_MARK}, c.* FROM ({CELLS}) c"
SEATS_AT: Final = f"SELECT {_MARK}, c.* FROM ({SEATS}) c"
