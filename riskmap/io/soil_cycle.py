"""Soil states from cycle to cycle: which one a run goes on from, and where it leaves its own.

``[flash_flood] soil_state`` names a folder, in which each cycle leaves a file, or one file, which each cycle replaces.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np
import xarray as xr

from riskmap.analysis.soil import SoilStart
from riskmap.errors import DataError, RiskmapError, SourceError
from riskmap.grid import Grid
from riskmap.hazard.storm.swath import HOUR
from riskmap.io.soil_state import read_soil_state, write_soil_state

LONGEST_GAP: Final = 48
"""Hours: a state older than this is not gone on from; the rain in between would be modelled from too far back (status D)."""

KEPT_DAYS: Final = 7
"""States older than this before the issue time are removed from a folder (status D)."""

MOST_NAMED: Final = 5
"""So many states that cannot be used are named one by one."""

_NAME: Final = re.compile(r"soil_(\d{8})T(\d{6})Z\.state")


@dataclass(frozen=True, eq=False)
class SoilFound:
    """What a run begins with.

    Attributes
    ----------
    start : SoilStart or None
        None: by the wetness class.
    file : Path or None
        Where ``start`` was read.
    problems : tuple of str
        States that could not be used, and why.
    """

    start: SoilStart | None
    file: Path | None
    problems: tuple[str, ...]


def is_folder(path: Path) -> bool:
    """Whether ``soil_state`` names a folder: one that is there, or a name without a suffix."""
    return path.is_dir() or (not path.is_file() and not path.suffix)


def file_name(time: np.datetime64) -> str:
    """Name of a state's file.

    Examples
    --------
    >>> file_name(np.datetime64("2021-07-24T04:30"))
    'soil_20210724T043000Z.state'
    """
    digits = re.sub(r"[-:]", "", str(time.astype("datetime64[s]")))
    return f"soil_{digits}Z.state"


def find_soil_start(
    path: Path, issued_at: datetime, grid: Grid, *, rain_from: np.datetime64, clock: datetime | None = None
) -> SoilFound:
    """The newest state that is not later than the issue time and can be gone on from.

    One of the issue time itself, which an earlier try of the same cycle left, comes last: rain that has become known since
    then is not lost by it.

    Parameters
    ----------
    path : Path
        Folder or file; need not be there.
    issued_at : datetime
    grid : Grid
        Whose cells a state must have.
    rain_from : datetime64
        UTC instant from which the run can know rain: the track's beginning.
    clock : datetime, optional
        A state after it is from the future: the true issue time, where ``issued_at`` is that to the hour.
    """
    now = np.datetime64(round(issued_at.timestamp()), "s")
    last = now if clock is None else np.datetime64(round(clock.timestamp()), "s")
    problems: list[str] = []
    dated = [(when, file) for file in _files(path) if (when := _when(file, problems)) is not None]
    later = sorted(file.name for when, file in dated if when > last)
    if later:
        problems.append(
            f"{len(later)} soil states are later than the issue time, {later[0]} the first: not used; check the clock"
        )
    usable = sorted(
        (pair for pair in dated if pair[0] <= now), key=lambda pair: (pair[0] < now, pair[0]), reverse=True
    )
    passed = ""
    for when, file in usable:
        why = _too_far(when, now, rain_from)
        if why:
            passed = passed or f"{file.name}: {why}"
            continue
        try:
            state = read_soil_state(file, like=grid)
            start = SoilStart(when, int((now - when) / HOUR), state)
            start.tanks()
        except RiskmapError as problem:
            problems.append(str(problem))
            continue
        return SoilFound(start, file, _first(problems))
    if passed:
        problems.append(passed)
    return SoilFound(None, None, _first(problems))


def _first(problems: list[str]) -> tuple[str, ...]:
    """A few of them: a new grid makes every state of a week another one's."""
    more = len(problems) - MOST_NAMED
    return (*problems[:MOST_NAMED], *([f"{more} more soil states could not be used"] if more > 0 else []))


def _files(path: Path) -> list[Path]:
    if is_folder(path):
        return sorted(path.glob("soil_*.state"))
    return [path] if path.is_file() else []


def _when(file: Path, problems: list[str]) -> np.datetime64 | None:
    """Time of a state, by its name in a folder, by its contents alone; None where it cannot be told."""
    named = _NAME.fullmatch(file.name)
    try:
        if named:
            day, clock = named.groups()
            text = f"{day[:4]}-{day[4:6]}-{day[6:]}T{clock[:2]}:{clock[2:4]}:{clock[4:]}"
            return np.datetime64(text, "s")
        return _time(read_soil_state(file))
    except RiskmapError as problem:
        problems.append(str(problem))
        return None
    except ValueError:
        problems.append(f"{file.name}: no time can be read from its name")
        return None


def _time(state: xr.Dataset) -> np.datetime64:
    return np.datetime64(int(state["time"].values.astype("datetime64[s]").astype(np.int64)), "s")


def _too_far(when: np.datetime64, now: np.datetime64, rain_from: np.datetime64) -> str:
    """Why the rain between a state and the issue time cannot be known; empty where it can."""
    gap = (now - when) / HOUR
    if gap > LONGEST_GAP:
        return f"the soil state is {gap:.0f} h old, more than {LONGEST_GAP}"
    if gap != int(gap):
        return f"the soil state is {gap:.2f} h old, which is no whole number of hours"
    if when - 24 * HOUR < rain_from:
        return "the track begins later than a day before the soil state"
    return ""


def keep_soil_state(path: Path, state: xr.Dataset) -> Path:
    """Leave a state for the next cycle, whole or not at all; returns its file. Old ones of a folder are removed.

    Raises
    ------
    SourceError
        It cannot be written.
    DataError
        The one file holds a later state, which is left.
    """
    when = _time(state)
    if not is_folder(path):
        _require_not_later(path, when)
        _make(path.parent)
        write_soil_state(state, path)
        return path
    _make(path)
    file = path / file_name(when)
    write_soil_state(state, file)
    oldest = file_name(when - np.timedelta64(KEPT_DAYS, "D"))
    for old in path.glob("soil_*.state"):
        if _NAME.fullmatch(old.name) and old.name < oldest:
            old.unlink(missing_ok=True)
    return file


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise SourceError(
            "the folder of soil states cannot be made", where=str(folder), expected="a writable place",
            found=problem.strerror or type(problem).__name__, remedy="check the path and its permissions",
        ) from problem  # fmt: skip


def _require_not_later(path: Path, when: np.datetime64) -> None:
    try:
        held = _time(read_soil_state(path)) if path.is_file() else when
    except RiskmapError:
        return  # nothing that could be lost
    if held > when:
        raise DataError(
            "a later soil state is there", where=str(path), expected=f"none later than {when} UTC", found=f"{held} UTC",
            remedy="name a folder, in which every cycle has a file of its own",
        )  # fmt: skip
