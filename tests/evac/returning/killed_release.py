"""A release that is killed in the middle: run as a process, it says how many people are written."""

from __future__ import annotations

import sys
from pathlib import Path

from evac.registry import Registry
from evac.returning.release import carry_out
from evac.store.sqlite import SQLiteStore
from tests.evac.returning.town import OVER, at, given


def main(path: str, hour: str) -> None:
    store = SQLiteStore(Path(path))
    carry_out(
        Registry(store), given(), OVER, now=at(float(hour)), tell=lambda done, of: print(done, of, flush=True)
    )
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
