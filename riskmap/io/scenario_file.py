"""Scenario files: TOML, checked once, here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, get_type_hints

from riskmap.errors import ConfigError, Faults
from riskmap.io.scenario_checks import check_values, wrong_instants
from riskmap.io.service import is_address
from riskmap.io.toml_errors import Keys, explain_values, sound_values, values_of
from riskmap.io.toml_file import line_of, read_toml
from riskmap.scenario import Scenario


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
        A key is missing, misspelt or of the wrong kind; names key and line. All that are wrong are told at once.

    Examples
    --------
    >>> from riskmap.io.bundled import bundled
    >>> read_scenario(bundled("scenarios/in-fa-2021.toml")).event.chinese
    '烟花'
    """
    from pydantic import TypeAdapter, ValidationError

    path = Path(path)
    content, text = read_toml(path)
    wrong = _fill_in(content, given or {}, path, text) | wrong_instants(content, path, text)
    scenario: Scenario | None = None
    try:
        scenario = TypeAdapter(Scenario).validate_python(content)
        values = {keys: value for keys, value in values_of(scenario) if keys not in wrong}
    except ValidationError as problem:
        wrong = (
            explain_values(problem, Scenario, path, text, example="data/scenarios/in-fa-2021.toml") | wrong
        )
        values = dict(sound_values(Scenario, content, wrong))
    faults = Faults()
    faults.add(*wrong.values())
    check_values(values, faults, path, text)
    faults.tell(by_line=True)
    assert scenario is not None
    return _resolve(scenario, path.resolve().parent)


def addresses(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Key and value of what is asked of a service; each run has what it answers today."""
    for name, section in vars(scenario).items():
        for field in fields(section) if section is not None else ():
            value = getattr(section, field.name)
            if field.type == "Path | str" and is_address(value):
                yield f"{name}.{field.name}", value


def _fill_in(
    content: dict[str, Any], given: Mapping[str, Any], path: Path, text: str
) -> dict[Keys, ConfigError]:
    """Put the caller's values into the sections; one that the file has too is refused, since nobody knows which counts."""
    wrong: dict[Keys, ConfigError] = {}
    for key, value in given.items():
        section, _, name = key.partition(".")
        table = content.setdefault(section, {})
        if isinstance(table, dict) and name in table:
            wrong[section, name] = ConfigError(
                "a key that the cycle fills in itself", where=f"{path}, line {line_of(text, (section, name))}, key {key}",
                expected="no such key in the scenario of a cycle", found=str(table[name]), remedy="remove the line",
            )  # fmt: skip
        elif value is None:
            if name in _needed(section):
                del content[section]
        elif isinstance(table, dict):
            table[name] = value
    return wrong


def _needed(section: str) -> set[str]:
    """Keys that a section cannot do without."""
    found = get_type_hints(Scenario).get(section)
    kind = next((k for k in (found, *getattr(found, "__args__", ())) if is_dataclass(k)), None)
    every = fields(kind) if kind is not None else ()
    return {f.name for f in every if f.default is MISSING and f.default_factory is MISSING}


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
