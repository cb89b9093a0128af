"""Configuration of the scheduled cycle: which scenario, where to publish, and where the inputs come from."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, ClassVar, Final

from riskmap.errors import ConfigError
from riskmap.io.service import is_address
from riskmap.io.toml_errors import explain_values
from riskmap.io.toml_file import line_of, read_toml
from riskmap.scenario.strict import STRICT

LONGEST_KEPT: Final = 100_000


@dataclass(frozen=True)
class CycleSection:
    """``[cycle]``: what is run, how often, and where it is published.

    Attributes
    ----------
    scenario : Path
        A scenario without ``run.issued_at`` and without the keys that ``[[input]]`` gives.
    root : Path
        Folder of everything that the cycles keep: ``runs/``, ``latest``, ``inputs/``, ``status.json``.
    every_minutes : int
        Issue times are whole multiples of it, counted from midnight in Beijing.
    keep : int
        So many published runs are kept.
    resume : bool
        Always go on with what a killed cycle left, as ``--resume`` does.
    """

    __pydantic_config__: ClassVar = STRICT
    scenario: Path
    root: Path
    every_minutes: int = 60
    keep: int = 168
    resume: bool = False


@dataclass(frozen=True)
class InputSection:
    """``[[input]]``: one input that changes from cycle to cycle.

    Attributes
    ----------
    key : str
        Key of the scenario that it fills, e.g. ``track.file``.
    watch : Path or str
        Folder into which files are delivered, or an http(s) address. What an address says has no name that tells a time: it
        takes no ``stamp``, and a replay of a past hour is refused.
    pattern : str
        Names of the folder that count, as a shell would match them. A name that begins with a dot or ends in ``.part``,
        ``.partial``, ``.tmp`` or ``~`` is still being written and never counts.
    stamp : str, optional
        How a name tells the time of its data, as ``strptime`` reads it, e.g. ``track_%Y%m%d%H%M.csv``; the time that the file
        was last written unless given, and then a replay of a past hour is refused.
    utc_offset_hours : float
        Of the times in names.
    max_age_hours : float
        Older data are stale: the cycle goes on with them, says so on every product, and exits with 4.
    required : bool
        Without it there is no cycle: exit code 3. An input that is not required is left out, with what that costs.
    """

    __pydantic_config__: ClassVar = STRICT
    key: str
    watch: Path | str
    max_age_hours: float
    pattern: str = "*"
    stamp: str | None = None
    utc_offset_hours: float = 8.0
    required: bool = True

    @property
    def section(self) -> str:
        """Section of the scenario."""
        return self.key.partition(".")[0]

    @property
    def name(self) -> str:
        """Key within its section."""
        return self.key.partition(".")[2]

    @property
    def zone(self) -> timezone:
        """Zone of the times in names."""
        return timezone(timedelta(hours=self.utc_offset_hours))


@dataclass(frozen=True)
class CycleConfig:
    """A whole configuration.

    Attributes
    ----------
    file : Path
        Where it was read.
    inputs : tuple of InputSection
    """

    file: Path
    cycle: CycleSection
    inputs: tuple[InputSection, ...] = ()


@dataclass(frozen=True)
class _File:
    __pydantic_config__: ClassVar = STRICT
    cycle: CycleSection
    input: tuple[InputSection, ...] = ()


def read_cycle_config(path: str | Path) -> CycleConfig:
    """Read and check a configuration; relative paths count from its folder.

    Raises
    ------
    SourceError
        The file cannot be read.
    ConfigError
        A key is missing, misspelt or of the wrong kind; names key and line.
    """
    from pydantic import TypeAdapter, ValidationError

    path = Path(path)
    content, text = read_toml(path)
    try:
        found: _File = TypeAdapter(_File).validate_python(content)
    except ValidationError as problem:
        raise explain_values(problem, _File, path, text, example="docs/deploy/zhejiang.toml") from None
    _check(found, path, text)
    folder = path.resolve().parent
    cycle = replace(
        found.cycle,
        scenario=(folder / found.cycle.scenario).resolve(),
        root=(folder / found.cycle.root).resolve(),
    )
    inputs = tuple(
        one if is_address(one.watch) else replace(one, watch=(folder / one.watch).resolve())
        for one in found.input
    )
    return CycleConfig(path.resolve(), cycle, inputs)


def _check(found: _File, path: Path, text: str) -> None:
    def refuse(message: str, keys: Sequence[str], expected: str, value: Any, remedy: str) -> ConfigError:
        line = line_of(text, keys)
        at = f"{path}, {f'line {line}, ' if line else ''}key {'.'.join(keys)}"
        return ConfigError(message, where=at, expected=expected, found=repr(value), remedy=remedy)

    cycle = found.cycle
    if cycle.every_minutes < 1 or 1440 % cycle.every_minutes:
        raise refuse("the pace does not divide a day", ("cycle", "every_minutes"), "10, 60, 180 ... minutes", cycle.every_minutes, "name one that does")  # fmt: skip
    if not 2 <= cycle.keep <= LONGEST_KEPT:
        raise refuse("too few or too many runs kept", ("cycle", "keep"), f"2 to {LONGEST_KEPT}", cycle.keep, "keep two at least: the last good one stays")  # fmt: skip
    seen: set[str] = set()
    for one in found.input:
        if not (one.section and one.name):
            raise refuse("not a key of a scenario", ("input", "key"), "section.key, e.g. track.file", one.key, "name section and key")  # fmt: skip
        if one.key in seen:
            raise refuse(
                "two inputs for one key", ("input", "key"), "each key once", one.key, "leave one of them out"
            )
        seen.add(one.key)
        if one.max_age_hours <= 0:
            raise refuse("an age that all data have", ("input", "max_age_hours"), "hours above 0", one.max_age_hours, "say how old the data may be")  # fmt: skip
        if one.stamp is not None and is_address(one.watch):
            raise refuse("an address has no names that tell a time", ("input", "stamp"), "a folder, or no stamp", one.stamp, "leave stamp out; for replays let the answers be saved into a folder and watch that")  # fmt: skip
        if one.stamp is not None and not _reads(one.stamp):
            raise refuse("a stamp that tells no time", ("input", "stamp"), "e.g. track_%Y%m%d%H%M.csv", one.stamp, "name year, month, day and hour")  # fmt: skip


def _reads(stamp: str) -> bool:
    """Whether a pattern gives back the hour that was written with it."""
    try:
        hour = datetime(2000, 7, 24, 8)  # noqa: DTZ001 - read back without a zone
        return datetime.strptime(hour.strftime(stamp), stamp) == hour and set(stamp) <= set(string.printable)  # noqa: DTZ007
    except ValueError:
        return False
