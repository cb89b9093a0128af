"""The table that grades slopes: the bundled one, or a bureau's own."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from riskmap.errors import ConfigError
from riskmap.hazard.landslide.tables import Factor, LandslideRules
from riskmap.io.toml_file import read_toml
from riskmap.rules import STATUSES

_SECTIONS: Mapping[str, frozenset[str]] = {
    "susceptibility": frozenset({"class_bounds", "flat_below", "flat_status", "factor"}),
    "grade": frozenset({"rain_bounds", "rain_day_bounds", "soil_water_bounds", "table"}),
    "rain_day": frozenset({"least"}),
    "zone": frozenset({"fractions", "susceptibility_class"}),
    "release": frozenset({"hours", "wet_rate"}),
    "relief": frozenset({"max_cell"}),
}


def read_landslide_rules(path: Path | None = None) -> LandslideRules:
    """Susceptibility ratings, grade table, zone fractions, release and cell size, each with its source.

    Parameters
    ----------
    path : Path, optional
        TOML of the form of ``rules/landslide_lookup.toml``; the bundled one by default.

    Raises
    ------
    SourceError
        The file cannot be read.
    ConfigError
        A key is missing or unknown, a number is none, a section has no source or status, the table falls somewhere.

    Examples
    --------
    >>> rules = read_landslide_rules()
    >>> rules.rain_bounds, int(rules.table[3, 2, 4])
    ((100.0, 200.0, 400.0), 5)
    """
    at = path or Path(str(files("riskmap") / "rules" / "landslide_lookup.toml"))
    content, _ = read_toml(at)
    where = str(at)
    _same_keys(content, frozenset(_SECTIONS), where)
    sources = []
    for name, keys in _SECTIONS.items():
        section = content[name]
        _same_keys(section, keys | {"source", "status"}, f"{where}, [{name}]")
        _status(section["status"], f"{where}, [{name}] status")
        sources.append((name, str(section["source"]), str(section["status"])))
    slopes, grade = content["susceptibility"], content["grade"]
    return LandslideRules(
        factors=tuple(
            _factor(f, f"{where}, [[susceptibility.factor]] number {n}")
            for n, f in enumerate(slopes["factor"], 1)
        ),
        class_bounds=_numbers(slopes["class_bounds"], f"{where}, class_bounds"),
        flat_below=_number(slopes["flat_below"], f"{where}, flat_below"),
        rain_bounds=_numbers(grade["rain_bounds"], f"{where}, rain_bounds"),
        rain_day_bounds=_numbers(grade["rain_day_bounds"], f"{where}, rain_day_bounds"),
        soil_water_bounds=_numbers(grade["soil_water_bounds"], f"{where}, soil_water_bounds"),
        table=_table(grade["table"], f"{where}, [grade] table"),
        least_rain_day=_number(content["rain_day"]["least"], f"{where}, [rain_day] least"),
        zone_fractions=_numbers(content["zone"]["fractions"], f"{where}, [zone] fractions"),
        zone_class=int(
            _number(content["zone"]["susceptibility_class"], f"{where}, [zone] susceptibility_class")
        ),
        release_hours=_number(content["release"]["hours"], f"{where}, [release] hours"),
        wet_rate=_number(content["release"]["wet_rate"], f"{where}, [release] wet_rate"),
        max_cell=_number(content["relief"]["max_cell"], f"{where}, [relief] max_cell"),
        sources=tuple(sources),
    )


def _factor(entry: Mapping[str, Any], where: str) -> Factor:
    needed = {"name", "units", "ratings", "source", "status"}
    steps = "codes" if "codes" in entry else "bounds"
    _same_keys(entry, frozenset(needed | {steps}), where)
    _status(entry["status"], f"{where}, status")
    return Factor(
        name=str(entry["name"]),
        units=str(entry["units"]),
        ratings=_numbers(entry["ratings"], f"{where}, ratings"),
        bounds=_numbers(entry["bounds"], f"{where}, bounds") if steps == "bounds" else (),
        codes=tuple(int(c) for c in _numbers(entry["codes"], f"{where}, codes")) if steps == "codes" else (),
        source=str(entry["source"]),
        status=str(entry["status"]),
    )


def _table(entry: Any, where: str) -> np.ndarray:
    try:
        return np.array(entry, np.float32)
    except (ValueError, TypeError) as error:
        raise ConfigError(
            "the table has rows of different lengths", where=where,
            expected="[rain][wetness][susceptibility] -> grade", found=str(error)[:80], remedy="mend the table",
        ) from error  # fmt: skip


def _same_keys(section: Any, keys: frozenset[str], where: str) -> None:
    found = set(section) if isinstance(section, Mapping) else set()
    if found != set(keys):
        missing, unknown = sorted(keys - found), sorted(found - keys)
        raise ConfigError(
            f"the key {missing[0]!r} is missing" if missing else f"unknown key {unknown[0]!r}", where=where,
            expected=", ".join(sorted(keys)), found=", ".join(sorted(found)) or "nothing",
            remedy="start from a copy of the bundled table",
        )  # fmt: skip


def _number(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        raise ConfigError(
            "not a number", where=where, expected="a number", found=repr(value), remedy="mend the table"
        )
    return float(value)


def _numbers(values: Any, where: str) -> tuple[float, ...]:
    if not isinstance(values, list) or not values:
        raise ConfigError(
            "not a list of numbers", where=where, expected="[1.0, 2.0, ...]", found=repr(values),
            remedy="mend the table",
        )  # fmt: skip
    return tuple(_number(v, where) for v in values)


def _status(status: Any, where: str) -> None:
    if status not in STATUSES:
        raise ConfigError(
            "a number without a valid status", where=where, expected=" | ".join(STATUSES), found=repr(status),
            remedy='write status = "D" where it is your own',
        )  # fmt: skip
