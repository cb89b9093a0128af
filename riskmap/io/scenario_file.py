"""Scenario files: TOML, checked once, here."""

from __future__ import annotations

from dataclasses import Field, fields, is_dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_type_hints

from riskmap.errors import ConfigError
from riskmap.grid import Grid
from riskmap.io.service import is_address
from riskmap.io.toml_file import key_lines, line_of, read_toml
from riskmap.palette import read_palette
from riskmap.scenario import Scenario


def read_scenario(path: str | Path) -> Scenario:
    """Read and check a scenario; relative paths count from the scenario's folder.

    Parameters
    ----------
    path : path
        TOML file; ``data/scenarios/in-fa-2021.toml`` is a commented example.

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
    issued_at = content.get("run", {}).get("issued_at") if isinstance(content.get("run"), dict) else None
    if issued_at is not None and not isinstance(issued_at, datetime):
        raise ConfigError(
            "not an instant", where=f"{path}, line {line_of(text, ('run', 'issued_at'))}, key run.issued_at",
            expected="e.g. 2021-07-24T12:30:00+08:00, without quotes", found=repr(issued_at), remedy="write it so",
        )  # fmt: skip
    try:
        scenario: Scenario = TypeAdapter(Scenario).validate_python(content)
    except ValidationError as problem:
        # a misspelt key is also a missing one: the spelling is what helps
        errors = sorted(problem.errors(), key=lambda error: error["type"] != "unexpected_keyword_argument")
        raise _explain(errors[0], path, text) from None
    _check(scenario, path, text)
    return _resolve(scenario, path.resolve().parent)


def _explain(error: Any, path: Path, text: str) -> ConfigError:
    keys = [str(part) for part in error["loc"]]
    lines, at = key_lines(text), tuple(int(key) if key.isdigit() else key for key in keys)
    line = next((lines[at[:end]] for end in range(len(at), 0, -1) if at[:end] in lines), None)
    where = f"{path}, {'line ' + str(line) + ', ' if line else ''}key {'.'.join(keys)}"
    if error["type"] == "unexpected_keyword_argument":
        known = _known_keys(keys[:-1])
        near = get_close_matches(keys[-1], known, n=1)
        return ConfigError(
            "unknown key", where=where, expected=" | ".join(known), found=keys[-1],
            remedy=f"did you mean {near[0]!r}?" if near else "remove it",
        )  # fmt: skip
    if error["type"] in ("missing", "missing_argument"):
        return ConfigError(
            "a key is missing", where=where, expected=f"{keys[-1]} = ...", found="nothing",
            remedy="add it; data/scenarios/in-fa-2021.toml shows a whole scenario",
        )  # fmt: skip
    return ConfigError(
        "a value is not what it must be", where=where, expected=str(error["msg"]),
        found=repr(error.get("input")), remedy="mend the value",
    )  # fmt: skip


def _known_keys(section: list[str]) -> list[str]:
    kind: Any = Scenario
    for name in section:
        kind = get_type_hints(kind).get(name, kind)
        kind = next((k for k in getattr(kind, "__args__", ()) if is_dataclass(k)), kind)
    return [f.name for f in fields(kind)] if is_dataclass(kind) else []


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
    members = scenario.ensemble.members
    if members < 0 or (members and scenario.ensemble.file is not None):
        raise ConfigError(
            "members made or read, not both and not less than none",
            where=f"{path}, line {line_of(text, ('ensemble',))}, [ensemble]",
            expected="members = 50, or file = ...", found=f"members = {members}, file = {scenario.ensemble.file}",
            remedy="leave one of the two out",
        )  # fmt: skip
    _check_map(scenario, path, text)
    try:
        Grid.from_bounds(**vars(scenario.grid))
    except ConfigError as problem:
        problem.where = f"{path}, line {line_of(text, ('grid',))}, [grid]"
        raise


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
