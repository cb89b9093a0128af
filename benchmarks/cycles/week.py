"""A week of hourly In-Fa cycles in one go, with dropped, late and damaged deliveries: does each run say what it was made from?

``python -m benchmarks.cycles.week [HOURS]``: 168 unless given. What each run must say is worked out here from the list of
deliveries alone, and held against its pages, its exit code and ``run.json``.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.cycles.case import best_track, deliver, forecast, write_cycles
from riskmap.io.run_store import RunStore, damaged_files
from riskmap.replay import Replayed, replay

FIRST = datetime.fromisoformat("2021-07-21T08:00+08:00")
MAX_AGE = timedelta(hours=6)
WEEK = 168
OUTAGE = (10, 19)
"""Hours of every second day without any delivery: the link is down; they all come in one heap when it is up again."""


@dataclass(frozen=True)
class Delivery:
    """One forecast: its hour, when it comes (None = never), and whether it is whole."""

    hour: int
    comes: int | None
    whole: bool = True


@dataclass
class Found:
    """What a replay showed.

    Attributes
    ----------
    codes : Counter of int
        Cycles by exit code.
    banners : Counter of str
        Cycles by banner: none, stale, stands in.
    wrong : list of str
        Cycles that did not say what they should.
    """

    codes: Counter[int] = field(default_factory=Counter)
    banners: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0


def deliveries(hours: int, seed: int = 6) -> list[Delivery]:
    """An hourly service on bad days: one in eight never comes, one in six is up to five hours late, one in twelve is damaged."""
    rng = random.Random(seed)
    found = []
    for hour in range(hours):
        lot = rng.random()
        late = rng.randint(1, 5)
        if hour == 0:
            found.append(Delivery(0, 0))
        elif hour % 48 in range(*OUTAGE):
            found.append(Delivery(hour, hour + OUTAGE[1] - hour % 48))
        elif lot < 1 / 8:
            found.append(Delivery(hour, None))
        elif lot < 1 / 8 + 1 / 6:
            found.append(Delivery(hour, hour + late))
        else:
            found.append(Delivery(hour, hour, whole=lot < 11 / 12))
    return found


def expected(plan: list[Delivery], hour: int) -> str:
    """The banner that the cycle of an hour must have, from the list alone."""
    there = [d for d in plan if d.comes is not None and d.comes <= hour and d.hour <= hour]
    newest = max(there, key=lambda d: d.hour)
    used = max((d for d in there if d.whole), key=lambda d: d.hour)
    if timedelta(hours=hour - used.hour) > MAX_AGE:
        return "stale"
    if not newest.whole:
        return "stands in"
    return "stale" if FIRST + timedelta(hours=hour) - _last_fix(used.hour) > MAX_AGE else "none"


def _last_fix(hour: int) -> datetime:
    """The last fix that a forecast of an hour had observed: a new file may hold old observations."""
    times = best_track()["time"].values.astype("datetime64[s]").astype(int)
    made = (FIRST + timedelta(hours=hour)).timestamp()
    return datetime.fromtimestamp(float(times[times <= made].max()), UTC)


WORDS = {"stale": "资料过期:台风路径", "stands in": "最新资料不可用"}


def week(
    folder: Path, *, hours: int = WEEK, step: float = 0.25, window: int = 2, counties: str = ""
) -> Found:
    """Replay some hours, and hold each run against what it must say.

    Parameters
    ----------
    folder : Path
        Empty.
    hours, window : int
        Number of cycles, and valid hours of each.
    step : float
        Of the grid [degrees].
    counties : str
        Beginning of their codes; all unless given.
    """
    config = write_cycles(folder, keep=hours + 1, max_age=6, hours=window, step=step, counties=counties)
    plan, found, start = deliveries(hours), Found(), time.perf_counter()

    def bring(at: datetime) -> None:
        now = (at - FIRST) // timedelta(hours=1)
        for one in plan:
            if one.comes == now:
                made = FIRST + timedelta(hours=one.hour)
                text = forecast(made, hours=window + 16)
                deliver(folder, made, text if one.whole else text[: len(text) // 2])

    last = FIRST + timedelta(hours=hours - 1)
    now = last + timedelta(days=1)
    for n, one in enumerate(replay(config, first=FIRST, last=last, now=now, before=bring)):
        found.codes[one.exit_code] += 1
        banner = expected(plan, n)
        found.banners[banner] += 1
        found.wrong += [f"{one.at:%m-%d %H:%M}, expected {banner}: {why}" for why in _wrong(one, banner)]
    store = RunStore(folder / "root")
    if store.latest.resolve() != store.folder(last):
        found.wrong.append("latest is not the last hour")
    found.wrong += [f"{run.name}: damaged" for _, run in store.published() if damaged_files(run)]
    found.seconds = time.perf_counter() - start
    return found


def _wrong(one: Replayed, banner: str) -> list[str]:
    """What is wrong with a run whose banner should be ``banner``."""
    if one.result is None:
        return [f"nothing published: {one.why}"]
    wanted = WORDS.get(banner)
    said = []
    if (one.exit_code == 4) != (wanted is not None):
        said.append(f"exit code {one.exit_code}")
    for name in ("index.html", "map.html", "report.html", "run.json"):
        text = (one.result.folder / name).read_text(encoding="utf-8")
        shown = {word for word in WORDS.values() if word in text}
        if shown != ({wanted} if wanted else set()):
            said.append(f"{name} shows {sorted(shown)}")
    return said


def main(arguments: list[str]) -> int:
    """Replay, print what was found as JSON; 1 where a run did not say what it should."""
    hours = int(arguments[0]) if arguments else WEEK
    with TemporaryDirectory() as folder:
        found = week(Path(folder) / "week", hours=hours, step=0.1, window=24)
    print(json.dumps(vars(found), ensure_ascii=False, indent=1))
    return int(bool(found.wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
