"""Random edits of the stored log by other hands, by SQL and in the bytes of the file: is every one found?

An edit counts where it changes what the log says: its events, their order, receipts, digests or links. Each file is audited
against one witnessed head, the way ``evac witness check`` does.
"""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeAlias

from benchmarks.check_ins.crowd import RECEIVED, START, arrivals, codes, registered
from benchmarks.harness import Record
from evac.errors import ConflictError
from evac.events import Envelope, Exempted, Ordered, Undone
from evac.log import Head, Sealed
from evac.store.sqlite import SQLiteStore
from evac.witness import audit
from riskmap.errors import SourceError

CLAIMS = ("edits_undetected",)
EDITS, FEW = 10_000, 300
Raw: TypeAlias = sqlite3.Connection
_TABLES: Final = ("event", "seal")


@dataclass(frozen=True)
class Found:
    """Edits that changed the log, by kind; those of them that no audit saw; tries that changed nothing."""

    made: Counter[str]
    unseen: Counter[str]
    idle: int


def base(path: Path) -> Head:
    """A small registry of every shape of event, and its head."""
    people = codes(12)
    events: list[Envelope] = [registered(code, n) for n, code in enumerate(people)]
    events += arrivals(people, 24, stream=1, run=1)
    for n, (kind, more) in enumerate(
        (
            (Ordered, {"order": "令1"}),
            (Exempted, {"evidence": "外出"}),
            (Undone, {"target": events[-1].event_id}),
        )
    ):
        at = START + timedelta(hours=n + 2)
        events.append(
            kind(
                event_id=f"{2**90 + n:032x}",
                code=people[n],
                place="office",
                actor="乙",
                device="D9",
                counter=n,
                device_at=at,
                trusted_at=at,
                **more,
            )
        )
    with closing(SQLiteStore(path)) as store:
        for n in range(0, len(events), 7):
            store.append(events[n : n + 7], received_at=RECEIVED + timedelta(seconds=n))
        return store.seal()


def log_of(path: Path) -> list[Sealed] | None:
    """What the log of a file says; None where it says nothing that can be read."""
    try:
        with closing(SQLiteStore(path, read_only=True)) as store:
            return [(*entry[:5], None) for entry in store.log()] + [e.event_id for e in store.events()]  # type: ignore[return-value, misc]
    except Exception:
        return None


def seen(path: Path, witness: Head) -> bool:
    """Whether the audit of a file finds fault with it."""
    try:
        with closing(SQLiteStore(path, read_only=True)) as store:
            audit(store, witness)
    except (ConflictError, SourceError, UnicodeDecodeError):
        return True
    return False


def _columns(raw: Raw, table: str) -> list[str]:
    return [row[1] for row in raw.execute(f"PRAGMA table_info({table})")]


def _other(value: Any, rng: random.Random) -> Any:
    """A value of the same kind that is not the same."""
    if isinstance(value, bytes) and value:
        changed = bytearray(value)
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
        return bytes(changed)
    if isinstance(value, int):
        return value + rng.choice((-1, 1)) * rng.choice((1, 1, 2, 60_000_000, 86_400_000_000))
    if isinstance(value, str) and value:
        at = rng.randrange(len(value))
        return value[:at] + chr(ord(value[at]) + rng.choice((-1, 1))) + value[at + 1 :]
    return "x"


def _full(raw: Raw) -> list[str]:
    return [t for t in _TABLES if raw.execute(f"SELECT 1 FROM {t} LIMIT 1").fetchone()]


def edit_a_value(raw: Raw, rng: random.Random) -> None:
    """One column of one row."""
    table = rng.choice(_full(raw))
    column = rng.choice(_columns(raw, table))
    row = rng.choice(raw.execute(f"SELECT rowid, {column} FROM {table}").fetchall())
    raw.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (_other(row[1], rng), row[0]))


def edit_a_receipt(raw: Raw, rng: random.Random) -> None:
    """The time of receipt of one entry, wherever it stands."""
    tables = [t for t in _full(raw) if "received_at" in _columns(raw, t)]
    table = rng.choice(tables)
    row = rng.choice(raw.execute(f"SELECT rowid, received_at FROM {table}").fetchall())
    raw.execute(f"UPDATE {table} SET received_at = ? WHERE rowid = ?", (_other(row[1], rng), row[0]))


def delete_some(raw: Raw, rng: random.Random) -> None:
    """Entries from the middle, with their seals."""
    numbers = [row[0] for row in raw.execute("SELECT sequence FROM event")]
    for number in rng.sample(numbers, rng.choice((1, 1, 2, 5))):
        for table in _full(raw):
            raw.execute(f"DELETE FROM {table} WHERE sequence = ?", (number,))


def cut_short(raw: Raw, rng: random.Random) -> None:
    """The last entries, with their seals: the chain that is left is sound in itself."""
    last = raw.execute("SELECT max(sequence) FROM event").fetchone()[0]
    for table in _full(raw):
        raw.execute(f"DELETE FROM {table} WHERE sequence > ?", (last - rng.randrange(1, last),))


def swap_two(raw: Raw, rng: random.Random) -> None:
    """Two events change places."""
    one, other = rng.sample([row[0] for row in raw.execute("SELECT sequence FROM event")], 2)
    for was, becomes in ((one, -1), (other, one), (-1, other)):
        raw.execute("UPDATE event SET sequence = ? WHERE sequence = ?", (becomes, was))


def insert_one(raw: Raw, rng: random.Random) -> None:
    """A forged event at the end, with a seal or without."""
    last = raw.execute("SELECT max(sequence) FROM event").fetchone()[0]
    for table in _full(raw)[: rng.choice((1, 2))]:
        names = _columns(raw, table)
        row = list(
            raw.execute(f"SELECT {', '.join(names)} FROM {table} WHERE sequence = ?", (last,)).fetchone()
        )
        for column, value in (
            ("sequence", last + 1),
            ("position", last + 1),
            ("event_id", rng.randbytes(16)),
        ):
            if column in names:
                row[names.index(column)] = value
        raw.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)


BY_SQL: Final[tuple[Callable[[Raw, random.Random], None], ...]] = (
    edit_a_value, edit_a_value, edit_a_value, edit_a_receipt, delete_some, cut_short, swap_two, insert_one,
)  # fmt: skip


def edit_the_file(path: Path, rng: random.Random) -> None:
    """One bit or one byte of the file, or a run of them."""
    data = bytearray(path.read_bytes())
    at = rng.randrange(100, len(data))  # beyond the file's own header
    how = rng.randrange(3)
    if how == 0:
        data[at] ^= 1 << rng.randrange(8)
    else:
        length = 1 if how == 1 else rng.randrange(2, 40)
        data[at : at + length] = rng.randbytes(len(data[at : at + length]))
    path.write_bytes(data)


def redraw(path: Path, events: Sequence[Envelope], rng: random.Random) -> None:
    """The forger who knows the program: one event changed or left out, and the whole chain drawn anew over it."""
    kept = list(events)
    at = rng.randrange(len(kept))
    if rng.random() < 0.5:
        kept[at] = type(kept[at])(**{**_fields(kept[at]), "place": "S666"})
    else:
        del kept[at]
    path.unlink()
    with closing(SQLiteStore(path)) as store:
        store.append(kept, received_at=RECEIVED)


def _fields(event: Envelope) -> dict[str, Any]:
    return {
        name: getattr(event, name) for cls in type(event).__mro__ for name in getattr(cls, "__slots__", ())
    }


def tries(
    path: Path, events: Sequence[Envelope], rng: random.Random
) -> Iterator[tuple[str, Callable[[], None]]]:
    """What to do to a fresh copy, for ever."""

    def by_sql(how: Callable[[Raw, random.Random], None]) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as raw:
            raw.execute("PRAGMA synchronous=OFF")
            how(raw, rng)

    while True:
        draw = rng.random()
        if draw < 0.05:
            yield "chain drawn anew", lambda: redraw(path, events, rng)
        elif draw < 0.6:
            how = rng.choice(BY_SQL)
            yield how.__name__, lambda how=how: by_sql(how)  # type: ignore[misc]
        else:
            yield "bytes of the file", lambda: edit_the_file(path, rng)


def drill(folder: Path, count: int, *, seed: int = 1) -> Found:
    """So many edits that change the log."""
    rng = random.Random(seed)
    first, path = folder / "base.sqlite", folder / "edited.sqlite"
    witness = base(first)
    data, truth = first.read_bytes(), log_of(first)
    with closing(SQLiteStore(first, read_only=True)) as store:
        events = list(store.events())
    made: Counter[str] = Counter()
    unseen: Counter[str] = Counter()
    idle = 0
    for kind, edit in tries(path, events, rng):
        for suffix in ("-wal", "-shm"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)
        path.write_bytes(data)
        try:
            edit()
        except sqlite3.IntegrityError:  # the database refused it: no edit
            continue
        found = seen(path, witness)
        if not found and log_of(path) == truth:
            idle += 1
            continue
        made[kind] += 1
        unseen[kind] += not found
        if made.total() == count:
            break
    return Found(made, +unseen, idle)


def measure(*, quick: bool = False) -> list[Record]:
    """Edits that no audit saw."""
    with TemporaryDirectory() as folder:
        done = drill(Path(folder), FEW if quick else EDITS)
    kinds = ", ".join(f"{n} {kind}" for kind, n in done.made.most_common())
    note = f"of {done.made.total():,} edits of the log on SQLite against one witnessed head: {kinds}"
    return [
        Record(
            CLAIMS[0],
            float(done.unseen.total()),
            "edits",
            note=f"{note}; {done.idle:,} tries changed nothing",
        )
    ]


if __name__ == "__main__":
    print(*measure(), sep="\n")
