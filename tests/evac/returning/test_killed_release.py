"""Kill -9 in the middle of a release of many, and run it again: the same state, nobody twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from evac.asides import InspectionWanted, ReleaseOrdered
from evac.model import State
from evac.registry import Registry
from evac.returning.release import carry_out
from evac.store.sqlite import SQLiteStore
from tests.evac.returning.town import OVER, at, given, moved, villagers
from tests.evac.world import Clerk

PEOPLE = int(os.environ.get("EVAC_RELEASE_PEOPLE", "6000"))
ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.slow
def test_killed_and_done_again(tmp_path: Path) -> None:
    path = tmp_path / "town.sqlite"
    store = SQLiteStore(path)
    moved(store, villagers(PEOPLE), Clerk())
    store.close()
    for hour, stop in ((48, 1), (49, 2)):  # killed twice, after one part and after two more
        run = subprocess.Popen(
            [sys.executable, "-m", "tests.evac.returning.killed_release", str(path), str(hour)],
            cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert run.stdout is not None
        for _ in range(stop):
            assert run.stdout.readline(), "it ended before it could be killed"
        run.send_signal(signal.SIGKILL)
        run.wait()
        run.stdout.close()
    store = SQLiteStore(path)
    registry = Registry(store)
    halfway = Counter(state.state for state in registry.states.values())
    assert 0 < halfway[State.RETURN_ALLOWED] < 2 * PEOPLE // 3
    carry_out(registry, given(), OVER, now=at(50))
    events = list(store.events())
    once = moved(SQLiteStore(tmp_path / "once.sqlite"), villagers(PEOPLE), Clerk())
    carry_out(once, given(), OVER, now=at(48))
    told = {code: state.state for code, state in registry.states.items()}
    assert told == {code: state.state for code, state in once.states.items()}
    per_person = Counter((e.code, e.kind) for e in events if e.kind in ("return_allowed", "return_held"))
    assert max(per_person.values()) == 1
    assert sum(per_person.values()) == PEOPLE
    assert sum(isinstance(e, ReleaseOrdered) for e in events) == 1
    assert sum(isinstance(e, InspectionWanted) for e in events) == -(-PEOPLE // 9)
    registry.verify_chain()
    once.store.close()
    store.close()
