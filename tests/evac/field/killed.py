"""A desk as a process of its own that takes in readings until it is killed: ``killed.py WHERE ACKNOWLEDGED``."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

from evac.field.desk import FieldDesk
from evac.field.intake import reading
from evac.store.opening_field import open_field_log
from tests.evac.field.scene import AT, Given


def main() -> None:
    """Every reading is written down after it was acknowledged; the clock goes on with the log."""
    where, acknowledged = sys.argv[1:3]
    desk = FieldDesk(open_field_log(where), dangers=Given())
    with Path(acknowledged).open("a", buffering=1) as done:
        n = sum(len(seen) for seen in desk.book().observed.values())
        while True:
            at = AT + n * timedelta(seconds=20)
            observed = reading("G1", at, 4.0 + (n * 7 % 40) / 10, by="G1")
            desk.observe([observed], now=at)
            done.write(observed.id + "\n")
            desk.tick(at)
            n += 1


if __name__ == "__main__":
    main()
