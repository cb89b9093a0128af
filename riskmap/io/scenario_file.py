"""Scenario files: TOML, checked once, here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, get_type_hints

from riskmap.errors import ConfigError
from riskmap.grid import Grid
from riskmap.io.service import is_address
from riskmap.io.toml_errors import explain_values
from riskmap.io.toml_file import key_lines, line_of, read_toml
from riskmap.palette import read_palette
from riskmap.scenario import Scenario

INSTANTS: Final = (("run", "issued_at"), ("run", "later"), ("ensemble", "issued_at"))
"""Keys that take instants: a number or a text would be taken for one too."""


def read_scenario(path: str | Path, given: Mapping[str, Any] | None = None) -> Scenario:
    """Read and check a scenario; relative paths count from the scenario's folder.

    Parameters
    ----------
    path : path
        TOML file; ``data/scenarios/in-fa-2021.toml`` is a commented example.
    given : mapping, optional
        Values that the caller fills in, by key (``run.issued_at``, ``track.file``); the file must leave them out. None = not to
        be had: a section that cannot do without the key is left out with it.

    Raises
    ------
    SourceError
        The file cannot be read.
    ConfigError
        A key is missing, misspelt or of the wrong kind; names key and line.

    Examples
    --------
    >>> from riskmap.io.bundled import bundled
    >>> read_scenario(bundled("scenarios/in-fa-2021.toml")).event.chinese
    '烟花'
    """
    from pydantic import TypeAdapter, ValidationError

    path = Path(path)
    content, text = read_toml(path)
    _fill_in(content, given or {}, path, text)
    for keys in INSTANTS:
        _require_instants(content, keys, path, text)
    try:
        scenario: Scenario = TypeAdapter(Scenario).validate_python(content)
    except ValidationError as problem:
        raise explain_values(
            problem, Scenario, path, text, example="data/scenarios/in-fa-2021.toml"
        ) from None
    _check(scenario, path, text)
    return _resolve(scenario, path.resolve().parent)


def addresses(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Key and value of what is asked of a service; each run has what it answers today."""
    for name, section in vars(scenario).items():
        for field in fields(section) if section is not None else ():
            value = getattr(section, field.name)
            if field.type == "Path | str" and is_address(value):
                yield f"{name}.{field.name}", value


def _fill_in(content: dict[str, Any], given: Mapping[str, Any], path: Path, text: str) -> None:
    """Put the caller's values into the sections; one that the file has too is refused, since nobody knows which counts."""
    for key, value in given.items():
        section, _, name = key.partition(".")
        table = content.setdefault(section, {})
        if isinstance(table, dict) and name in table:
            raise ConfigError(
                "a key that the cycle fills in itself", where=f"{path}, line {line_of(text, (section, name))}, key {key}",
                expected="no such key in the scenario of a cycle", found=str(table[name]), remedy="remove the line",
            )  # fmt: skip
        if value is None:
            if name in _needed(section):
                del content[section]
        elif isinstance(table, dict):
            table[name] = value


def _needed(section: str) -> set[str]:
    """Keys that a section cannot do without."""
    found = get_type_hints(Scenario).get(section)
    kind = next((k for k in (found, *getattr(found, "__args__", ())) if is_dataclass(k)), None)
    every = fields(kind) if kind is not None else ()
    return {f.name for f in every if f.default is MISSING and f.default_factory is MISSING}


def _require_instants(content: dict[str, Any], keys: tuple[str, str], path: Path, text: str) -> None:
    section = content.get(keys[0])
    value = section.get(keys[1]) if isinstance(section, dict) else None
    for one in value if isinstance(value, list) else () if value is None else (value,):
        if not isinstance(one, datetime):
            raise ConfigError(
                "not an instant", where=f"{path}, line {line_of(text, keys)}, key {'.'.join(keys)}",
                expected="e.g. 2021-07-24T12:30:00+08:00, without quotes", found=repr(one), remedy="write it so",
            )  # fmt: skip


def _check(scenario: Scenario, path: Path, text: str) -> None:
    issued_at, hours = scenario.run.issued_at, scenario.run.hours
    if issued_at.tzinfo is None:
        raise ConfigError(
            "an instant without its offset", where=f"{path}, line {line_of(text, ('run', 'issued_at'))}, key run.issued_at",
            expected="e.g. 2021-07-24T12:30:00+08:00", found=issued_at.isoformat(),
            remedy="add +08:00 for Beijing time",
        )  # fmt: skip
    if not 1 <= hours <= 240:
        raise ConfigError(
            "the window is not a forecast's", where=f"{path}, line {line_of(text, ('run', 'hours'))}, key run.hours",
            expected="1 to 240 hours", found=str(hours), remedy="set run.hours",
        )  # fmt: skip
    if scenario.run.auto_confirm and not scenario.run.replay:
        raise ConfigError(
            "only a replay may confirm by itself", where=f"{path}, line {line_of(text, ('run', 'auto_confirm'))}, key run.auto_confirm",
            expected="replay = true beside it", found="replay = false",
            remedy="leave auto_confirm out: a person confirms with `riskmap confirm`",
        )  # fmt: skip
    _check_later(scenario, path, text)
    members = scenario.ensemble.members
    if members < 0 or (members and scenario.ensemble.file is not None):
        raise ConfigError(
            "members made or read, not both and not less than none",
            where=f"{path}, line {line_of(text, ('ensemble',))}, [ensemble]",
            expected="members = 50, or file = ...", found=f"members = {members}, file = {scenario.ensemble.file}",
            remedy="leave one of the two out",
        )  # fmt: skip
    _check_members(scenario, path, text)
    _check_map(scenario, path, text)
    try:
        Grid.from_bounds(**vars(scenario.grid))
    except ConfigError as problem:
        problem.where = f"{path}, line {line_of(text, ('grid',))}, [grid]"
        raise


def _check_later(scenario: Scenario, path: Path, text: str) -> None:
    """Later issue times are a replay's: whole minutes, as their folders are named, with their offsets, after the run's own, in order."""
    run = scenario.run
    if not run.later:
        return
    known = [at.tzinfo is not None and not (at.second or at.microsecond) for at in run.later]
    rising = all(known) and all(a < b for a, b in pairwise((run.issued_at, *run.later)))
    if not run.replay or not rising:
        raise ConfigError(
            "later issue times are a replay's, one after the other", where=f"{path}, line {line_of(text, ('run', 'later'))}, key run.later",
            expected="replay = true, and whole minutes with their offsets after run.issued_at, in order",
            found=f"replay = {str(run.replay).lower()}, later = {[at.isoformat() for at in run.later]}",
            remedy="leave later out: a real cycle is followed by the next one",
        )  # fmt: skip


def _check_members(scenario: Scenario, path: Path, text: str) -> None:
    """A number of members that is written down must be enough for a chance: it shows only after the hours else."""
    from riskmap.probability import LEAST_MEMBERS

    line, members = key_lines(text).get(("ensemble", "members")), scenario.ensemble.members
    if line is not None and members < LEAST_MEMBERS:
        raise ConfigError(
            "too few members for a chance", where=f"{path}, line {line}, key ensemble.members",
            expected=f"{LEAST_MEMBERS} or more, commonly 50", found=str(members),
            remedy="name a number, or leave the line out: then no chances are given",
        )  # fmt: skip


def _check_map(scenario: Scenario, path: Path, text: str) -> None:
    if scenario.map.stale_after <= 0:
        raise ConfigError(
            "an age that every map has", where=f"{path}, line {line_of(text, ('map', 'stale_after'))}, key map.stale_after",
            expected="hours above 0", found=f"{scenario.map.stale_after:g}", remedy="9 is the default",
        )  # fmt: skip
    try:
        if scenario.map.palette is not None:
            read_palette(scenario.map.palette)
    except ConfigError as problem:
        problem.where = f"{path}, line {line_of(text, ('map', 'palette'))}, key map.palette"
        raise


def _place(section: Any, field: Field[Any]) -> Any:
    """A value of a section; of one that may be a file or an address, a ``Path`` where it is no address."""
    value = getattr(section, field.name)
    either = field.type == "Path | str" and not is_address(value)
    return Path(value) if either else value


def _resolve(scenario: Scenario, folder: Path) -> Scenario:
    """The same scenario with every path absolute."""

    def absolute(value: Any) -> Any:
        if isinstance(value, Path):
            return (folder / value).resolve()
        if isinstance(value, tuple):
            return tuple(absolute(v) for v in value)
        if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **{f.name: absolute(getattr(value, f.name)) for f in fields(value)})
        return value

    sections = {}
    for section in fields(scenario):
        value = getattr(scenario, section.name)
        if value is not None:
            value = replace(value, **{f.name: absolute(_place(value, f)) for f in fields(value)})
        sections[section.name] = value
    return Scenario(**sections)
