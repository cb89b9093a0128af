"""``python -m benchmarks.sync.speed [EVENTS]``: how fast a bundle is written, checked and taken in, and how long it is."""

from __future__ import annotations

import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from evac.codes import mint
from evac.events import ArrivedShelter, Envelope, Notified
from evac.store.sqlite import SQLiteStore
from evac.sync.bundle import Bundle, export_events
from evac.sync.intake import BATCH, batches, take_in
from evac.sync.node import EVENT, Node, trust

START = datetime(2021, 7, 24, 4, 30, tzinfo=UTC)


def main() -> int:
    """Print the rates."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    key = bytes(32)
    sender, reader = Node.make("A", "2106", key), Node.make("B", "2106", key)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.evacbundle"
        a, b = SQLiteStore(Path(folder) / "a.sqlite"), SQLiteStore(Path(folder) / "b.sqlite")
        b.put_labels({EVENT: "2106"})
        trust(b, "A", sender.public)
        for batch in batches(events(count), BATCH):
            a.append(batch, received_at=START + timedelta(days=3))
        begin = perf_counter()
        done = export_events(a, path, node=sender, made_at=START, salt=bytes(32))
        tell("export", count, begin)
        print(f"{done.written.size / count:.0f} bytes an event")
        with path.open("rb") as file:
            begin = perf_counter()
            Bundle(file, "x").check(reader, b.labels())
            tell("check", count, begin)
            for what in ("import", "the same again"):
                begin = perf_counter()
                take_in(b, Bundle(file, "x"), reader, now=START + timedelta(days=4))
                tell(what, count, begin)
        a.close()
        b.close()
    return 0


def events(count: int) -> list[Envelope]:
    """Half of them told, then arrived; fifty phones."""
    rng = random.Random(1)
    codes = [mint(rng) for _ in range((count + 1) // 2)]
    made: list[Envelope] = []
    for n in range(count):
        kind = Notified if n < len(codes) else ArrivedShelter
        at = START + timedelta(milliseconds=60 * n)
        made.append(
            kind(
                event_id=f"{rng.getrandbits(128):032x}", code=codes[n % len(codes)], place="S1", actor="李四",
                device=f"P{n % 50}", counter=n // 50 + 1, device_at=at, trusted_at=at,
            )
        )  # fmt: skip
    return made


def tell(what: str, count: int, begin: float) -> None:
    """One line."""
    print(f"{what}: {count / (perf_counter() - begin):,.0f} events/s")


if __name__ == "__main__":
    sys.exit(main())
