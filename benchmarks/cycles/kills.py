"""Cycles of both cadences killed with -9: at every step, at random moments, and before every change of the disk.

``python -m benchmarks.cycles.kills [RANDOM [REPEATS [full | flash [EVERY]]]]``; with EVERY before each EVERYth change of the disk too.

After each kill ``latest`` must be whole, every run that has a name must be whole, and the cycle that goes on may begin again at
most one step that had begun before. What is published in the end must be the bytes of a cycle that nobody killed.

Each cycle is a fork of a process that has everything imported and compiled, so that a kill costs neither.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.cycles.case import AT, NOW, deliver, hours_later, write_cycles
from benchmarks.cycles.killing import count_changes, die
from benchmarks.cycles.radar import STEP, deliver_day, deliver_radar, write_flash
from benchmarks.harness import Record
from riskmap import blocks, cycle, flash_layer, scheduled
from riskmap.io import kept_steps, run_store
from riskmap.io.cycle_config import LAYER_FOLDER
from riskmap.io.run_store import VARYING, RunStore, damaged_files
from riskmap.ledger import Tell

CLAIMS = ("cycle_kill_incomplete",)

STEPS = (
    "inputs 0", "inputs 1", "hazards (forecast) 0", "hazards (forecast) 1", "map (forecast) 0", "map (forecast) 1",
    "tables (forecast) 0", "tables (forecast) 1", "report", "publish", "named", "latest", "tidy",
)  # fmt: skip
"""Where a cycle is killed: at the beginning and end of what it tells, and around each change of a name on the disk."""

CHANGE = "change "
"""And before a change of the disk, with its number."""

MOMENTS = 5
"""Kills of one hour at random moments, if it is not through before."""

Place = tuple[str, float]
"""Where a cycle is killed, or after how many seconds; neither: nowhere."""

DONE, KILLED = 0, signal.SIGKILL


@dataclass
class Tally:
    """What was seen.

    Attributes
    ----------
    kills, cycles : int
    broken : list of str
        Kills after which something was not whole, too much was computed again, or other bytes came out; steps that a cycle never
        came to, so that nothing was killed there.
    most_again : int
        Most steps begun again after one kill.
    """

    kills: int = 0
    cycles: int = 0
    broken: list[str] = field(default_factory=list)
    most_again: int = 0


class Victim:
    """Cycles of one folder, each in a process of its own that can be killed.

    Parameters
    ----------
    folder : Path
        Scenario, configuration and deliveries.
    flash : bool
        Flash-flood layers in place of full cycles.
    """

    def __init__(self, folder: Path, *, flash: bool = False) -> None:
        self.folder, self.config, self.flash = folder, folder / "zj.toml", flash
        self.store = RunStore(folder / "root" / LAYER_FOLDER if flash else folder / "root")
        self.begun_file, self.changes_file = folder / "begun", folder / "changes"

    def time(self, n: int) -> datetime:
        """Analysis time of the cycle ``n``."""
        return AT + n * STEP if self.flash else hours_later(n)

    def deliver(self, n: int) -> None:
        """What comes between a cycle and the one before it."""
        if not self.flash:
            deliver(self.folder, self.time(n))
        elif n == 0:
            deliver_day(self.folder, AT)
        else:
            deliver_radar(self.folder, self.time(n))

    def start(self, n: int, where: str = "") -> int:
        """Fork the cycle ``n``; it kills itself at ``where``. Gives its process."""
        self.begun_file.write_text("", encoding="utf-8")
        pid = os.fork()
        if pid:
            return pid
        try:
            _arrange(where, self.begun_file)
            changes = count_changes(int(where.removeprefix(CHANGE)) if where.startswith(CHANGE) else 0)
            at = self.time(n)
            scheduled.run_cycle(
                self.config, at=at, now=at + (NOW - AT), resume=True, flash=self.flash, tell=_teller(where)
            )
            self.changes_file.write_text(str(changes()), encoding="utf-8")
            os._exit(DONE)
        except BaseException as problem:
            print(f"{type(problem).__name__}: {problem}", file=sys.stderr, flush=True)
            os._exit(1)

    def ended(self, pid: int) -> int:
        """Wait for a cycle: 0, or the signal that killed it."""
        status = os.waitpid(pid, 0)[1]
        if os.WIFSIGNALED(status):
            return os.WTERMSIG(status)
        if os.WEXITSTATUS(status):
            raise RuntimeError(f"a cycle failed with {os.WEXITSTATUS(status)}")
        return DONE

    def begun(self) -> list[str]:
        """Steps that the last cycle began to compute."""
        return self.begun_file.read_text(encoding="utf-8").split()

    def changes(self) -> int:
        """Changes of the disk that the last cycle that came to its end made."""
        return int(self.changes_file.read_text(encoding="utf-8"))

    def damage(self) -> str:
        """What is not whole of all that has a name; empty where all is."""
        if not self.store.latest.is_symlink() or not self.store.latest.is_dir():
            return "latest names nothing"
        for run in (self.store.latest, *(folder for _, folder in self.store.published())):
            if wrong := damaged_files(run):
                return f"{run.name}: {wrong[0]}"
        nameless = [p.name for p in self.store.runs.glob("2*") if not (p / run_store.MANIFEST).is_file()]
        return f"{nameless[0]} has no manifest" if nameless else ""

    def contents(self, n: int) -> dict[str, bytes]:
        """The published files of the cycle ``n``."""
        run = self.store.folder(self.time(n))
        paths = (p for p in sorted(run.rglob("*")) if p.is_file())
        return {str(p.relative_to(run)): p.read_bytes() for p in paths if p.name not in VARYING}


def drill(
    folder: Path,
    *,
    at_random: int,
    repeats: int = 1,
    seed: int = 0,
    flash: bool = False,
    steps: Sequence[str] = STEPS,
    every: int = 0,
) -> Tally:
    """Kill cycles at every step ``repeats`` times, then at random moments, then before changes of the disk.

    Parameters
    ----------
    folder : Path
        Empty; what the cycles leave stays in it.
    at_random : int
        Kills at random moments.
    repeats : int
        Rounds through ``steps``, each on an hour of its own.
    seed : int
        Of the moments.
    flash : bool
        Flash-flood layers in place of full cycles.
    steps : sequence of str
        Where they are killed.
    every : int
        Before each of how many changes of the disk, an hour each; 0 for none.
    """
    write = write_flash if flash else write_cycles
    for name in ("killed", "whole"):
        write(folder / name, keep=100)
    victim, calm = (Victim(folder / name, flash=flash) for name in ("killed", "whole"))
    tally, rng = Tally(), random.Random(seed)
    _warm(folder / "warm", flash=flash)
    victim.deliver(0)
    start = time.perf_counter()
    victim.ended(victim.start(0))
    seconds = time.perf_counter() - start
    calm.deliver(0)
    calm.ended(calm.start(0))
    hours = itertools.count(1)

    def hour(*places: Place) -> None:
        _one_hour(victim, calm, next(hours), places, tally)

    for _ in range(repeats):
        hour(*((step, 0.0) for step in steps))
    while tally.kills < repeats * len(steps) + at_random:
        hour(*(("", rng.uniform(0.0, 1.05 * seconds)) for _ in range(MOMENTS)))
    if every:
        hour()  # nobody harms it: for the number of its changes
        for change in range(1, calm.changes() + 1, every):
            hour((f"{CHANGE}{change}", 0.0))
    return tally


def _one_hour(victim: Victim, calm: Victim, hour: int, places: Iterable[Place], tally: Tally) -> None:
    """Kill the cycle of one hour at one place after the other, then let it through, and compare it with one that nobody killed."""
    left = iter(places)
    victim.deliver(hour)
    calm.deliver(hour)
    before: set[str] = set()
    while True:
        where, after = next(left, ("", 0.0))
        pid = victim.start(hour, where)
        if after:
            time.sleep(after)
            os.kill(pid, signal.SIGKILL)
        how = victim.ended(pid)
        again = [step for step in victim.begun() if step in before]
        tally.most_again = max(tally.most_again, len(again))
        label = f"hour {hour}, {where or f'{after:.3f} s'}"
        if len(again) > 1:
            tally.broken.append(f"{label}: computed again {', '.join(again)}")
        if damage := victim.damage():
            tally.broken.append(f"{label}: {damage}")
        before |= set(victim.begun())
        if how == KILLED:
            tally.kills += 1
            continue
        if where:
            tally.broken.append(f"{label}: never came there, and was not killed")
        break
    calm.ended(calm.start(hour))
    tally.cycles += 1
    mine, theirs = victim.contents(hour), calm.contents(hour)
    if differ := sorted(name for name in mine.keys() | theirs.keys() if mine.get(name) != theirs.get(name)):
        tally.broken.append(f"hour {hour}: other bytes than a cycle that nobody killed: {', '.join(differ)}")


def _warm(folder: Path, *, flash: bool) -> None:
    """One cycle in this process; its threads are let go, since a fork would not have them."""
    (write_flash if flash else write_cycles)(folder)
    one = Victim(folder, flash=flash)
    one.deliver(0)
    scheduled.run_cycle(one.config, at=AT, now=NOW, flash=flash)
    blocks._pool.cache_clear()


def _teller(where: str) -> Tell:
    def tell(step: str, part: float) -> None:
        if f"{step} {part:g}" == where:
            die()

    return tell


def _arrange(where: str, begun: Path) -> None:
    """In the fork: die at ``where``, and write down each step that is computed."""
    swap = run_store.swap

    def named(*arguments: Path) -> None:
        swap(*arguments)
        die()

    if where == "publish":
        run_store.swap = die
    elif where == "named":
        run_store.swap = named
    elif where == "latest":
        run_store.point = die
    elif where == "tidy":
        run_store.RunStore.sweep = die  # type: ignore[method-assign]
    elif where == "report":
        cycle.run_record = flash_layer.run_record = die
    step = kept_steps.KeptSteps.step

    def noted(self: kept_steps.KeptSteps, name: str, compute: Callable[[], object], ledger: object) -> object:
        def told() -> object:
            with begun.open("a", encoding="utf-8") as file:
                file.write(f"{name}\n")
            return compute()

        return step(self, name, told, ledger)  # type: ignore[arg-type]

    kept_steps.KeptSteps.step = noted  # type: ignore[method-assign, assignment]


def measure(*, quick: bool = False) -> list[Record]:
    """Kills of both cadences after which something was not whole."""
    places = (
        {"at_random": 20 if quick else 100, "repeats": 1 if quick else 3},
        {"at_random": 0, "repeats": 0, "every": 20 if quick else 1},
    )
    tallies = []
    for flash, where in itertools.product((False, True), places):
        with TemporaryDirectory() as folder:  # hours of its own: the storm has not so many
            tallies.append(drill(Path(folder), flash=flash, **where))
    names = "full cycles", "before changes of their disk", "flash-flood layers", "before changes of theirs"
    seen = "; ".join(
        f"{name}: {tally.kills} kills -9 of {tally.cycles} cycles, steps begun again after one kill {tally.most_again} at most"
        for name, tally in zip(names, tallies, strict=True)
    )
    broken = [what for tally in tallies for what in tally.broken]
    note = f"{seen}; at {len(STEPS)} steps, at random moments and before every change of the disk; same bytes as cycles that nobody killed"
    return [Record("cycle_kill_incomplete", len(broken), "kills", note="; ".join([note, *broken[:3]]))]


def main(arguments: list[str]) -> int:
    """Say what was seen, as JSON; 1 where something was not whole."""
    at_random, repeats, cadence, every = (*arguments, *("200", "5", "full", "0")[len(arguments) :])
    with TemporaryDirectory() as folder:
        tally = drill(
            Path(folder),
            at_random=int(at_random),
            repeats=int(repeats),
            flash=cadence == "flash",
            every=int(every),
        )
    print(json.dumps(vars(tally)))
    return int(bool(tally.broken))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
