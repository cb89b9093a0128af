"""Configuration of the scheduled cycle: which scenario, where to publish, and where the inputs come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, ClassVar, Final

from riskmap.errors import ConfigError, Faults
from riskmap.io.catalogue import LayerSection, wrong_layers
from riskmap.io.cycle_checks import wrong_cycle
from riskmap.io.service import is_address
from riskmap.io.toml_errors import explain_values, sound_values, values_of
from riskmap.io.toml_file import key_lines, read_toml
from riskmap.outlook import beijing
from riskmap.scenario.strict import STRICT


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
    gather_hours : float
        For services that write a file a time step, such as radar: the deliveries of so many hours before the newest one, together.
        The newest alone unless given; an address has one answer, and cannot be gathered.
    """

    __pydantic_config__: ClassVar = STRICT
    key: str
    watch: Path | str
    max_age_hours: float
    pattern: str = "*"
    stamp: str | None = None
    utc_offset_hours: float = 8.0
    required: bool = True
    gather_hours: float = 0.0

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
class FlashSection:
    """``[flash]``: the flash-flood layer, on a faster pace of its own; see ``riskmap.flash_layer``.

    Attributes
    ----------
    scenario : Path, optional
        Its own, where its rain is told in another way than the full cycle's; that of ``[cycle]`` unless given.
    every_minutes : int
        As in ``[cycle]``; ten at most for a layer that people are called out by.
    hours : int
        Valid hours after the analysis time, as far as rain is known: there is no model behind a nowcast.
    keep : int
        So many published layers are kept.
    input : tuple of InputSection
        ``[[flash.input]]``: the rain; they go before those of ``[[input]]``, of which the layer takes what it reads.
    """

    __pydantic_config__: ClassVar = STRICT
    scenario: Path | None = None
    every_minutes: int = 10
    hours: int = 3
    keep: int = 288
    input: tuple[InputSection, ...] = ()


LAYER_FOLDER: Final = "flash"
"""Folder of the flash-flood layer below the root of the cycles."""

LAYER_READS: Final = ("rain", "gauges", "flash_flood", "assets", "terrain", "regions")
"""Sections of the scenario that the flash-flood layer reads: it needs no track, and goes on when the storm has none any more."""


NO_TRACK: Final = Path("no-track")
"""Stands for the track's file in a scenario of the layer; nobody opens it."""


@dataclass(frozen=True)
class CycleConfig:
    """A whole configuration, of the full cycle or of the flash-flood layer.

    Attributes
    ----------
    file : Path
        Where it was read.
    inputs : tuple of InputSection
    layer_hours : int or None
        Of the flash-flood layer: its valid hours; None for the full cycle.
    unread : tuple of str
        Keys of the scenario that only the full cycle's inputs fill.
    layers : tuple of LayerSection
        The input catalogue; for a layer what it tells of the layer's inputs.
    elsewhere : tuple of str
        Keys that the other cadence alone is given a file for.
    full_minutes : int
        Pace of the full cycle beside a layer.
    """

    file: Path
    cycle: CycleSection
    inputs: tuple[InputSection, ...] = ()
    layer_hours: int | None = None
    unread: tuple[str, ...] = ()
    layers: tuple[LayerSection, ...] = ()
    full_minutes: int = 60
    elsewhere: tuple[str, ...] = ()

    @property
    def unfilled(self) -> dict[str, str | None]:
        """What stands in the scenario for the keys that the layer does not read."""
        return {key: str(NO_TRACK) if key == "track.file" else None for key in self.unread}

    def described(self, delivered: Mapping[str, datetime]) -> dict[str, dict[str, Any]]:
        """What the catalogue says of each input, for the record of a run: whose it is, what may be done with it, how it is shared, of
        when its data are and how old they may be. By key, or by key and file where a list has words for one of its files.

        Parameters
        ----------
        delivered : mapping
            By key: the time of the data that an ``[[input]]`` delivered.
        """
        found: dict[str, dict[str, Any]] = {}
        for one in self.layers:
            own: dict[str, Any] = {"owner": one.owner, "licence": one.licence, "interface": one.interface}
            own |= {} if one.as_of is None else {"as_of": one.as_of.isoformat()}
            own |= {} if one.max_age_days is None else {"max_age_hours": 24 * one.max_age_days}
            found[one.key if one.file is None else f"{one.key} {one.file}"] = own
        for wanted in self.inputs:
            if wanted.key in delivered:
                fresh = {"as_of": beijing(delivered[wanted.key]), "max_age_hours": wanted.max_age_hours}
                found[wanted.key] = found.get(wanted.key, {}) | fresh
        return found


@dataclass(frozen=True)
class _File:
    __pydantic_config__: ClassVar = STRICT
    cycle: CycleSection
    input: tuple[InputSection, ...] = ()
    flash: FlashSection | None = None
    layer: tuple[LayerSection, ...] = ()


def read_cycle_config(path: str | Path, *, flash: bool = False) -> CycleConfig:
    """Read and check a configuration; relative paths count from its folder.

    Parameters
    ----------
    path : path
        TOML.
    flash : bool
        Give that of the flash-flood layer, which keeps everything below ``root/flash``.

    Raises
    ------
    SourceError
        The file cannot be read.
    ConfigError
        A key is missing, misspelt or of the wrong kind; names key and line. All that are wrong are told at once.
    """
    path = Path(path)
    found = _checked(path)
    folder = path.resolve().parent
    cycle = replace(
        found.cycle,
        scenario=(folder / found.cycle.scenario).resolve(),
        root=(folder / found.cycle.root).resolve(),
    )
    inputs = _placed(found.input, folder)
    named = {one.key for one in inputs}
    if not flash:
        extra = () if found.flash is None else tuple(k.key for k in found.flash.input if k.key not in named)
        return CycleConfig(
            path.resolve(),
            cycle,
            inputs,
            layers=found.layer,
            full_minutes=cycle.every_minutes,
            elsewhere=extra,
        )
    if found.flash is None:
        raise ConfigError(
            "no flash-flood layer in this configuration", where=f"{path}, [flash]", expected="[flash] with [[flash.input]]",
            found="none", remedy="add it, see docs/deploy/zhejiang.toml, or leave --flash out",
        )  # fmt: skip
    own = _placed(found.flash.input, folder)
    cycle = replace(
        cycle,
        scenario=cycle.scenario
        if found.flash.scenario is None
        else (folder / found.flash.scenario).resolve(),
        root=cycle.root / LAYER_FOLDER,
        every_minutes=found.flash.every_minutes,
        keep=found.flash.keep,
    )
    mine = {one.key for one in own}
    others = [one for one in inputs if one.key not in mine]
    read = tuple(one for one in others if one.section in LAYER_READS)
    unread = tuple(one.key for one in others if one.section not in LAYER_READS)
    # a key that both cadences are given has one description, and that is of the full cycle's file
    told = (one for one in found.layer if one.key.partition(".")[0] in LAYER_READS)
    layers = tuple(one for one in told if one.key not in mine & named)
    return CycleConfig(
        path.resolve(),
        cycle,
        (*own, *read),
        found.flash.hours,
        unread,
        layers,
        full_minutes=found.cycle.every_minutes,
    )


def _checked(path: Path) -> _File:
    """The file, with nothing wrong in it; else all that is wrong."""
    from pydantic import TypeAdapter, ValidationError

    content, text = read_toml(path)
    faults = Faults()
    found: _File | None = None
    try:
        found = TypeAdapter(_File).validate_python(content)
        values = dict(values_of(found))
    except ValidationError as problem:
        wrong = explain_values(problem, _File, path, text, example="docs/deploy/zhejiang.toml")
        faults.add(*wrong.values())
        values = dict(sound_values(_File, content, wrong))
    faults.add(*wrong_cycle(values, key_lines(text), str(path), reads=LAYER_READS))
    faults.add(*wrong_layers(values, key_lines(text), str(path)))
    faults.tell(by_line=True)
    assert found is not None
    return found


def _placed(inputs: Sequence[InputSection], folder: Path) -> tuple[InputSection, ...]:
    """Inputs with absolute folders."""
    return tuple(
        one if is_address(one.watch) else replace(one, watch=(folder / one.watch).resolve()) for one in inputs
    )
