"""The input catalogue (数据归集) of a configuration: whose each layer is, how it comes, and how old it may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Final, Literal, get_args, get_type_hints

from riskmap.errors import ConfigError
from riskmap.io.toml_errors import Keys
from riskmap.scenario import Scenario
from riskmap.scenario.strict import STRICT

Format = Literal["geotiff", "cog", "hgt", "vrt", "netcdf", "grib", "geojson", "geopackage", "shapefile", "csv", "json", "text", "toml", "folder"]  # fmt: skip
"""What a layer may be declared to be; ``riskmap.io.recognised`` tells what it is."""

LISTS: Final = ("regions.more", "map.layers")
"""Keys that hold a list of tables, each with files of its own."""

GROWING: Final = ("soil_state", "checkpoints")
"""Keys of what the cycles leave themselves: no inputs of anybody's."""

UNFILLED: Final = "未填"
"""What `riskmap init` writes for an owner or a licence that it cannot know."""


@dataclass(frozen=True)
class LayerSection:
    """``[[layer]]``: one input of the scenario, as the office that gives it would describe it.

    Attributes
    ----------
    key : str
        Key of the scenario that it fills, e.g. ``terrain.dem``; also one that an ``[[input]]`` delivers, and the lists ``map.layers``
        and ``regions.more``.
    owner : str
        Who answers for it, e.g. 浙江省水利厅.
    licence : str
        What may be done with it, e.g. 政务共享,不得公开.
    interface : str
        How it is shared: a number of the share platform, an address, a folder, by hand.
    format : str, optional
        What its files are; one that is something else is an error.
    datum : str, optional
        Of its coordinates or heights, in the owner's words, where the file does not say it.
    units : str, optional
        Of its numbers, in the owner's words.
    as_of : date, optional
        Day of its data; when the file was last written unless given.
    file : str, optional
        Name of the one file of ``map.layers`` or ``regions.more`` that is described; all that have no words of their own unless given.
    max_age_days : float, optional
        Older is stale. What an ``[[input]]`` delivers has ``max_age_hours`` there, and none here.
    """

    __pydantic_config__: ClassVar = STRICT
    key: str
    owner: str
    licence: str
    interface: str
    format: Format | None = None
    datum: str | None = None
    units: str | None = None
    as_of: date | None = None
    file: str | None = None
    max_age_days: float | None = None


@cache
def file_keys() -> tuple[str, ...]:
    """Keys of a scenario that name a file, in its order.

    Examples
    --------
    >>> file_keys()[:3]
    ('track.file', 'track.forecast_file', 'regions.file')
    """
    found = []
    for section, kind in get_type_hints(Scenario).items():
        table = next((k for k in (kind, *get_args(kind)) if is_dataclass(k)), None)
        if table is None:
            continue
        hints = get_type_hints(table)
        found += [
            f"{section}.{f.name}"
            for f in fields(table)
            if f"{section}.{f.name}" in LISTS or (f.name not in GROWING and Path in _parts(hints[f.name]))
        ]
    return tuple(found)


def description(layers: Sequence[LayerSection], key: str, file: str = "") -> LayerSection | None:
    """What a catalogue says of a file: the words of its own, else those of its key.

    Parameters
    ----------
    layers : sequence of LayerSection
    key : str
        Of the scenario.
    file : str
        Name of the file, for one of ``LISTS``.

    Examples
    --------
    >>> towns = LayerSection("regions.more", "民政厅", "内部", "平台", file="towns.geojson")
    >>> others = LayerSection("regions.more", "测绘院", "内部", "硬盘")
    >>> [description([others, towns], "regions.more", name).owner for name in ("towns.geojson", "villages.csv")]
    ['民政厅', '测绘院']
    """
    own = [one for one in layers if one.key == key and one.file in (None, file)]
    return min(own, key=lambda one: one.file is None, default=None)


def _parts(kind: Any) -> list[Any]:
    """A type and all that it is made of."""
    return [kind, *(part for inner in get_args(kind) for part in _parts(inner))]


def wrong_layers(values: Mapping[Keys, Any], lines: Mapping[Keys, int], where: str) -> Iterator[ConfigError]:
    """Everything that is wrong with a catalogue.

    Parameters
    ----------
    values : mapping
        Of the configuration by key, see ``riskmap.io.toml_errors.sound_values``; one that is wrong in itself is not among them.
    lines : mapping
        Of ``riskmap.io.toml_file.key_lines``.
    where : str
        The configuration.
    """
    delivered = {value for keys, value in values.items() if keys[0] == "input" and keys[-1] == "key"}
    seen: set[tuple[str, str | None]] = set()
    for keys, value in values.items():
        if keys[0] != "layer" or len(keys) < 3:
            continue
        own = values.get((*keys[:2], "key"))

        def refuse(message: str, expected: str, found: str, remedy: str, keys: Keys = keys) -> ConfigError:
            line = lines.get(keys, lines.get(keys[:2]))
            at = f"{where}, {f'line {line}, ' if line else ''}key layer.{keys[-1]}"
            return ConfigError(message, where=at, expected=expected, found=found, remedy=remedy)

        if keys[-1] == "key" and value not in file_keys():
            near = get_close_matches(value, file_keys(), n=1, cutoff=0.5)
            yield refuse(
                "not a key of a scenario that names a file", "section.key, e.g. terrain.dem", repr(value),
                f"did you mean {near[0]!r}?" if near else "docs/reference/scenario.md has all of them",
            )  # fmt: skip
        elif keys[-1] == "key" and (value, values.get((*keys[:2], "file"))) in seen:
            yield refuse("a layer is described twice", "each key once", repr(value), "leave one of them out")
        elif keys[-1] == "file" and value is not None and own in file_keys() and own not in LISTS:
            yield refuse(
                "a file of a key that is described as a whole", f"file beside {' or '.join(LISTS)} alone", repr(value),
                "leave file out",
            )  # fmt: skip
        elif keys[-1] == "max_age_days" and value is not None:
            if own in delivered:
                yield refuse(
                    "two ages for one layer", "max_age_hours of its [[input]] alone", f"{value:g}", "leave max_age_days out"
                )  # fmt: skip
            elif value <= 0:
                yield refuse("an age that all data have", "days above 0", f"{value:g}", "say how old the data may be")  # fmt: skip
        if keys[-1] == "key":
            seen.add((value, values.get((*keys[:2], "file"))))
