"""A village's plan from TOML, checked once, here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from riskmap.errors import ConfigError, DatumError
from riskmap.io.gcj02 import from_gcj02
from riskmap.io.toml_file import line_of, read_toml
from riskmap.village import Position, Village

CODE_DIGITS: Final = 12
FARTHEST: Final = 0.3
"""A village is no larger [degrees]: beyond it a longitude or latitude is misread."""


def read_village(path: str | Path) -> Village:
    """Read a village's plan; positions come back as WGS-84.

    Parameters
    ----------
    path : path
        TOML; ``data/villages/example_sheet.toml`` is a commented, invented example.

    Raises
    ------
    SourceError
        The file cannot be read.
    ConfigError
        A key is missing, misspelt or of the wrong kind, a name comes twice, or a shelter or danger area that is
        named is not there; names key and line.
    DatumError
        There are positions and their datum is not said.

    Examples
    --------
    >>> from riskmap.io.bundled import bundled
    >>> read_village(bundled("villages/example_sheet.toml")).example
    True
    """
    from pydantic import TypeAdapter, ValidationError

    content, text = read_toml(Path(path))
    try:
        village: Village = TypeAdapter(Village).validate_python(content)
    except ValidationError as problem:
        raise _explain(problem.errors()[0], path, text) from None
    _check(village, path, text)
    return _to_wgs84(village)


def _explain(error: Any, path: str | Path, text: str) -> ConfigError:
    keys = [str(part) for part in error["loc"]]
    line = line_of(text, [key for key in keys if not key.isdigit()])
    missing = "missing" in error["type"]
    return ConfigError(
        "a key is missing" if missing else "unknown key" if "unexpected" in error["type"] else "a value is not what it must be",
        where=f"{path}, {f'line {line}, ' if line else ''}key {'.'.join(keys)}",
        expected=f"{keys[-1]} = ..." if missing else str(error["msg"]), found="nothing" if missing else repr(error.get("input")),
        remedy="data/villages/example_sheet.toml shows a whole file",
    )  # fmt: skip


def _check(village: Village, path: str | Path, text: str) -> None:
    def wrong(what: str, key: str, expected: str, found: str) -> ConfigError:
        line = line_of(text, key.split("."))
        where = f"{path}, {f'line {line}, ' if line else ''}key {key}"
        return ConfigError(what, where=where, expected=expected, found=found, remedy="mend the file")

    if not (village.code.isdigit() and len(village.code) == CODE_DIGITS):
        raise wrong("not a village's code", "code", f"{CODE_DIGITS} digits in quotes", repr(village.code))
    shelters, areas = ([x.name for x in group] for group in (village.shelter, village.danger))
    for kind, names in (("shelter", shelters), ("danger", areas)):
        twice = [name for name, n in Counter(names).items() if n > 1]
        if twice:
            raise wrong(f"a {kind} comes twice", f"{kind}.name", "names of their own", repr(twice[0]))
    named = [("danger.shelter", area.shelter, shelters) for area in village.danger if area.shelter]
    named += [("route.shelter", route.shelter, shelters) for route in village.route]
    named += [("route.start", route.start, areas) for route in village.route]
    for key, name, known in named:
        if name not in known:
            raise wrong(
                "a name that is not in the file", key, " | ".join(known) or "none is given", repr(name)
            )
    if not village.positions:
        return
    if village.datum is None:
        raise DatumError(
            "positions without their datum", where=str(path), expected='datum = "wgs84", "cgcs2000" or "gcj02"', found="nothing",
            remedy="ask who measured them: positions of Chinese map services are gcj02, some 500 m off",
        )  # fmt: skip
    for axis, name, low, high in ((0, "longitude", 70.0, 140.0), (1, "latitude", 0.0, 60.0)):
        values = [position[axis] for position in village.positions]
        if min(values) < low or max(values) > high or max(values) - min(values) > FARTHEST:
            raise wrong(
                f"a {name} that is no village's", "danger", f"[longitude, latitude], within {FARTHEST} degrees of each other",
                f"{min(values)} to {max(values)}",
            )  # fmt: skip


def _to_wgs84(village: Village) -> Village:
    if village.datum != "gcj02":
        return village

    def moved(positions: Sequence[Position]) -> tuple[Position, ...]:
        pairs = (from_gcj02(*position) for position in positions)
        return tuple((float(longitude), float(latitude)) for longitude, latitude in pairs)

    def at(position: Position | None) -> Position | None:
        return None if position is None else moved([position])[0]

    return replace(
        village,
        datum="wgs84",
        danger=tuple(replace(area, outline=moved(area.outline), at=at(area.at)) for area in village.danger),
        shelter=tuple(replace(shelter, at=at(shelter.at)) for shelter in village.shelter),
        route=tuple(replace(route, line=moved(route.line)) for route in village.route),
    )
