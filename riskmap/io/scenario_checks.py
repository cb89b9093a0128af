"""What the values of a scenario must be beyond their kind: each looked at wherever the values that it needs are sound."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from riskmap.errors import ConfigError, Faults
from riskmap.grid import Grid
from riskmap.io.toml_errors import Keys
from riskmap.io.toml_file import key_lines, line_of
from riskmap.palette import read_palette

INSTANTS: Final = (("run", "issued_at"), ("run", "later"), ("ensemble", "issued_at"))
"""Keys that take instants: a number or a text would be taken for one too."""


def wrong_instants(content: Mapping[str, Any], path: Path, text: str) -> dict[Keys, ConfigError]:
    """Instants that are none, by key.

    Parameters
    ----------
    content : mapping
        What TOML gave.
    path, text
        Of the file.
    """
    wrong: dict[Keys, ConfigError] = {}
    for keys in INSTANTS:
        section = content.get(keys[0])
        value = section.get(keys[1]) if isinstance(section, Mapping) else None
        for one in value if isinstance(value, list) else () if value is None else (value,):
            if not isinstance(one, datetime):
                wrong[keys] = ConfigError(
                    "not an instant", where=_at(path, text, keys),
                    expected="e.g. 2021-07-24T12:30:00+08:00, without quotes", found=repr(one), remedy="write it so",
                )  # fmt: skip
    return wrong


def check_values(values: Mapping[Keys, Any], faults: Faults, path: Path, text: str) -> None:
    """Gather everything that values which are sound each by itself cannot be together, or for a forecast.

    Parameters
    ----------
    values : mapping
        By key, see ``riskmap.io.toml_errors.sound_values``; one that is wrong in itself is not among them.
    faults : Faults
        Takes what is found.
    path, text
        Of the file.
    """
    for check, *needs in _CHECKS:
        if all(keys in values for keys in needs):
            with faults:
                check(*(values[keys] for keys in needs), path, text)


def _at(path: Path, text: str, keys: tuple[str, str]) -> str:
    return f"{path}, line {line_of(text, keys)}, key {'.'.join(keys)}"


def _offset(issued_at: datetime, path: Path, text: str) -> None:
    if issued_at.tzinfo is None:
        raise ConfigError(
            "an instant without its offset", where=_at(path, text, ("run", "issued_at")),
            expected="e.g. 2021-07-24T12:30:00+08:00", found=issued_at.isoformat(),
            remedy="add +08:00 for Beijing time",
        )  # fmt: skip


def _window(hours: int, path: Path, text: str) -> None:
    if not 1 <= hours <= 240:
        raise ConfigError(
            "the window is not a forecast's", where=_at(path, text, ("run", "hours")),
            expected="1 to 240 hours", found=str(hours), remedy="set run.hours",
        )  # fmt: skip


def _confirmation(auto_confirm: bool, replay: bool, path: Path, text: str) -> None:
    if auto_confirm and not replay:
        raise ConfigError(
            "only a replay may confirm by itself", where=_at(path, text, ("run", "auto_confirm")),
            expected="replay = true beside it", found="replay = false",
            remedy="leave auto_confirm out: a person confirms with `riskmap confirm`",
        )  # fmt: skip


def _later(issued_at: datetime, later: tuple[datetime, ...], replay: bool, path: Path, text: str) -> None:
    """Later issue times are a replay's: whole minutes, as their folders are named, with their offsets, after the run's own, in order."""
    if not later or issued_at.tzinfo is None:  # that is told already, and nothing can be compared with it
        return
    known = [at.tzinfo is not None and not (at.second or at.microsecond) for at in later]
    rising = all(known) and all(a < b for a, b in pairwise((issued_at, *later)))
    if not replay or not rising:
        raise ConfigError(
            "later issue times are a replay's, one after the other", where=_at(path, text, ("run", "later")),
            expected="replay = true, and whole minutes with their offsets after run.issued_at, in order",
            found=f"replay = {str(replay).lower()}, later = {[at.isoformat() for at in later]}",
            remedy="leave later out: a real cycle is followed by the next one",
        )  # fmt: skip


def _members(members: int, file: Path | None, path: Path, text: str) -> None:
    """Made or read; a number that is written down must be enough for a chance: it shows only after the hours else."""
    from riskmap.tally import LEAST_MEMBERS

    if members < 0 or (members and file is not None):
        raise ConfigError(
            "members made or read, not both and not less than none",
            where=f"{path}, line {line_of(text, ('ensemble',))}, [ensemble]",
            expected="members = 50, or file = ...", found=f"members = {members}, file = {file}",
            remedy="leave one of the two out",
        )  # fmt: skip
    line = key_lines(text).get(("ensemble", "members"))
    if line is not None and members < LEAST_MEMBERS:
        raise ConfigError(
            "too few members for a chance", where=f"{path}, line {line}, key ensemble.members",
            expected=f"{LEAST_MEMBERS} or more, commonly 50", found=str(members),
            remedy="name a number, or leave the line out: then no chances are given",
        )  # fmt: skip


def _map_age(stale_after: float, path: Path, text: str) -> None:
    if stale_after <= 0:
        raise ConfigError(
            "an age that every map has", where=_at(path, text, ("map", "stale_after")),
            expected="hours above 0", found=f"{stale_after:g}", remedy="9 is the default",
        )  # fmt: skip


def _palette(palette: tuple[str, ...] | None, path: Path, text: str) -> None:
    try:
        if palette is not None:
            read_palette(palette)
    except ConfigError as problem:
        problem.where = _at(path, text, ("map", "palette"))
        raise


def _grid(west: float, south: float, east: float, north: float, step: float, path: Path, text: str) -> None:
    try:
        Grid.from_bounds(west=west, south=south, east=east, north=north, step=step)
    except ConfigError as problem:
        problem.where = f"{path}, line {line_of(text, ('grid',))}, [grid]"
        raise


_CHECKS: Final[tuple[tuple[Any, ...], ...]] = (
    (_offset, ("run", "issued_at")),
    (_window, ("run", "hours")),
    (_confirmation, ("run", "auto_confirm"), ("run", "replay")),
    (_later, ("run", "issued_at"), ("run", "later"), ("run", "replay")),
    (_members, ("ensemble", "members"), ("ensemble", "file")),
    (_map_age, ("map", "stale_after")),
    (_palette, ("map", "palette")),
    (_grid, *(("grid", name) for name in ("west", "south", "east", "north", "step"))),
)
"""Each check, and the keys whose values it takes."""
