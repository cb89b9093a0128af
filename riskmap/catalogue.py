"""What a cycle would be made from, layer by layer: what is there, how old, over what, and what each missing input costs.

One bad layer never stops the others: each is looked at by itself, by the reader that a run uses, and then all of them together.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from riskmap.checked import TOGETHER, Layer, Report, State
from riskmap.cycle import EXIT_PARTIAL
from riskmap.cycle_inputs import TRACK, Choice, Chooser, old_observations
from riskmap.doubt import Doubt
from riskmap.errors import EXIT_INTERNAL, ConfigError, MissingInputError, RiskmapError
from riskmap.flash_layer import layer_scenario
from riskmap.io.around import Around, Seen
from riskmap.io.catalogue import LISTS, UNFILLED, LayerSection, description, file_keys
from riskmap.io.cycle_config import NO_TRACK, CycleConfig, CycleSection, read_cycle_config
from riskmap.io.inputs import read_inputs
from riskmap.io.keys_named import files_of_lists, name_key, paths_of
from riskmap.io.layers import look
from riskmap.io.recognised import differs, newest_writing
from riskmap.io.scenario_file import read_scenario
from riskmap.io.service import Opener, is_address, told_address
from riskmap.io.toml_file import read_toml
from riskmap.io.watched import Delivery, Shelf, looking
from riskmap.io.without import FLASH, WITHOUT, WITHOUT_IN_LAYER
from riskmap.ledger import Ledger
from riskmap.outlook import BEIJING
from riskmap.scenario import Scenario
from riskmap.scheduled import EXIT_STALE, analysis_time

_WHY_OLD: Final = "see why nothing newer comes to {}, or raise its max_age_hours."


def check_catalogue(
    file: Path,
    *,
    at: datetime | None = None,
    now: datetime,
    flash: bool = False,
    opener: Opener | None = None,
) -> Report:
    """Look at every layer of a configuration of cycles, or of one scenario.

    Parameters
    ----------
    file : Path
        Configuration (``[cycle]``) or scenario.
    at : datetime, optional
        Analysis time with its offset; the last one due at ``now``, or that of the scenario, unless given.
    now : datetime
        The clock.
    flash : bool
        Look at what the flash-flood layer is made from; see ``riskmap.flash_layer``.
    opener : callable, optional
        What opens addresses; see ``riskmap.io.service``.

    Raises
    ------
    ConfigError, SourceError
        The configuration or the scenario itself is wrong; the layers then cannot be known.
    """
    content = read_toml(file)[0]
    if "cycle" in content:
        config = read_cycle_config(file, flash=flash)
        due = analysis_time(config, at, now)
        with looking(config.cycle.root) as shelf:
            report = _of_cycle(config, due, now, opener, shelf)
        return replace(report, not_looked_at=_others(file, flash)) if "flash" in content else report
    if flash:
        raise ConfigError(
            "one scenario has no flash-flood layer", where="--flash", expected="a configuration of cycles with [flash]",
            found=str(file), remedy="check the configuration, or leave --flash out",
        )  # fmt: skip
    scenario = read_scenario(file)
    if at is not None:
        raise ConfigError(
            "a scenario has an analysis time of its own", where="--at", expected="no --at beside a scenario",
            found=at.isoformat(), remedy="change run.issued_at, or check a configuration of cycles",
        )  # fmt: skip
    config = CycleConfig(file.resolve(), CycleSection(file, file.parent))
    return _report(config, scenario, scenario.run.issued_at, now, {}, {})


def _others(file: Path, flash: bool) -> dict[str, str]:
    """The command that looks at the other cadence, which has inputs of its own."""
    command = f"riskmap check {shlex.quote(str(file))}"
    return {"cycle": command} if flash else {"flash": f"{command} --flash"}


def _of_cycle(
    config: CycleConfig, due: datetime, now: datetime, opener: Opener | None, shelf: Shelf
) -> Report:
    """Each input by itself, so that one that is missing hides no other."""
    given: dict[str, Any] = {"run.issued_at": due, "run.later": []}  # as a cycle gives them
    found: dict[str, Layer] = {}
    used: dict[str, Delivery] = {}
    doubts: list[Doubt] = []
    for wanted in config.inputs:
        alone = replace(config, inputs=(wanted,))
        chooser = Chooser(alone, due, now, shelf, opener)
        layer = Layer(wanted.key, "ok", str(wanted.watch), max_age_hours=wanted.max_age_hours)
        try:
            choice = chooser.choose()
        except MissingInputError as problem:
            given[wanted.key] = str(
                Path(str(wanted.watch)) / "nothing-delivered"
            )  # so that the others can be known
            found[wanted.key] = replace(layer, state="missing", said=_told(problem), exit_code=3)
            continue
        except RiskmapError as problem:
            given[wanted.key] = str(Path(str(wanted.watch)) / "nothing-delivered")
            found[wanted.key] = replace(
                layer, state="wrong", said=_told(problem), exit_code=problem.exit_code
            )
            continue
        given |= choice.given
        doubts += choice.doubts
        said = tuple(d.english for d in choice.doubts)
        if wanted.key not in choice.used:
            why = tuple(p.line for p in choice.problems)
            found[wanted.key] = replace(layer, state="missing", said=why, exit_code=EXIT_PARTIAL)
            continue
        one = used[wanted.key] = choice.used[wanted.key]
        code = EXIT_STALE if choice.doubts else 0
        if choice.doubts:
            said = tuple(
                f"{one.path}, key {wanted.key}: {line}. To mend it: {_WHY_OLD.format(wanted.watch)}"
                for line in said
            )
        found[wanted.key] = replace(
            layer, state="stale" if choice.doubts else "ok", file=str(one.path), time=one.time,
            age_hours=one.age(due) / timedelta(hours=1), said=said, exit_code=code,
        )  # fmt: skip
    there = {key: value for key, value in given.items() if value is not None}
    scenario = read_scenario(
        config.cycle.scenario, config.unfilled | there | given
    )  # what is absent last: it may take its section away
    if config.layer_hours is None:
        report = _report(config, scenario, due, now, found, used)
    else:
        absent = tuple(key for key, value in given.items() if value is None)
        report = _of_layer(config, scenario, due, now, found, Choice(used, absent, tuple(doubts)))
    lies = {
        str(used[one.key].path): str(one.watch)
        for one in config.inputs
        if one.key in used and one.gather_hours
    }
    return replace(report, layers=tuple(_where_it_lies(layer, lies) for layer in report.layers))


def _of_layer(
    config: CycleConfig,
    whole: Scenario,
    due: datetime,
    now: datetime,
    found: dict[str, Layer],
    choice: Choice,
) -> Report:
    """As of the newest rain that is known, as the layer is; as of what is due where that cannot be told."""
    from riskmap.io.flash_inputs import narrowed

    assert config.layer_hours is not None
    scenario = narrowed(whole, stale_after=whole.map.stale_after)
    scenario = replace(scenario, run=replace(scenario.run, hours=config.layer_hours))
    problem: Exception | None = None
    told = choice
    if not _grave(found.values()):
        try:
            scenario, told = layer_scenario(config, due, choice)
        except Exception as untold:  # whose file it is shows when each is looked at by itself
            problem = untold
    report = _report(config, scenario, scenario.run.issued_at, now, found, dict(choice.used), problem)
    layers = list(report.layers)
    for doubt in told.doubts[len(choice.doubts) :]:
        old = f"{doubt.section}.{doubt.key}"
        row = next((n for n, layer in enumerate(layers) if layer.key == old), None)
        line = f"{doubt.english}. To mend it: see why its newest file holds no newer rain."
        if row is None:
            layers.append(Layer(TOGETHER, "stale", said=(line,), exit_code=EXIT_STALE))
        elif not _grave([layers[row]]):
            said = (*layers[row].said, line)
            layers[row] = replace(layers[row], state="stale", said=said, exit_code=EXIT_STALE)
    needed = {one.key for one in config.inputs if one.required} | {TOGETHER}
    ends = [one.key for one in layers if _grave([one]) and (one.key in needed or one.cost.stops)]
    grey = {hazard: f"{', '.join(ends)}: no layer" for hazard in FLASH} if ends else report.grey
    return replace(report, layers=tuple(layers), grey=grey, flash=True)


def _told(problem: RiskmapError) -> tuple[str, ...]:
    """Each fault that is told with an error by itself."""
    return tuple(one.paragraph for one in problem.each)


def _grave(layers: Iterable[Layer]) -> bool:
    """Whether one of them keeps a run from being made."""
    return any(layer.exit_code in (2, 3, EXIT_INTERNAL) for layer in layers)


def _where_it_lies(layer: Layer, lies: Mapping[str, str]) -> Layer:
    """The layer with the folder that a user knows in place of the one in which its files were gathered."""
    for gathered, watched in lies.items():
        said = tuple(line.replace(gathered, watched) for line in layer.said)
        layer = replace(layer, file=layer.file.replace(gathered, watched), said=said)
    return layer


def _report(
    config: CycleConfig, scenario: Scenario, due: datetime, now: datetime, delivered: dict[str, Layer], used: dict[str, Delivery],
    problem: Exception | None = None,
) -> Report:  # fmt: skip
    """Each layer, then all together; ``problem``: why the scenario could not be made from them, which counts where none of them says so."""
    flash = config.layer_hours is not None
    around = Around(scenario, layer=flash)
    layers = []
    for key, near in _given(scenario, delivered, around):
        file = paths_of(near.scenario, key)[0].name if key in LISTS else ""
        declared = description(config.layers, key, file)
        layer = delivered.get(key) or _fixed(key, near.scenario, declared, now)
        if flash and not _names(scenario, key):
            layer = replace(layer, seen=Seen("not read by the flash-flood layer"))
        elif layer.state in ("ok", "stale"):
            layer = _looked_at(layer, near, declared)
        layers.append(replace(layer, declared=declared, flash=flash))
    if not flash:
        layers = _with_old_observations(layers, config, scenario, used)
    grey: dict[str, str] = {}
    if not _grave(layers):
        layers, grey = _together(layers, scenario, flash, problem)
    lost = [layer for layer in layers if layer.state in ("missing", "wrong")]
    for layer in lost:
        grey = dict.fromkeys(layer.cost.grey, f"{layer.key}: {layer.state}") | grey
    return Report(config.file, due.astimezone(BEIJING), (*layers, *_absent(config, scenario, layers)), grey)


def _absent(config: CycleConfig, scenario: Scenario, layers: Sequence[Layer]) -> Iterator[Layer]:
    """What costs something and is not given, and what is described and not named by the scenario."""
    flash = config.layer_hours is not None
    known = {layer.key for layer in layers}
    described = [one for one in config.layers if one.key not in config.elsewhere]
    for key in WITHOUT_IN_LAYER if flash else WITHOUT:
        if key not in known and not any(one.key == key for one in described):
            yield Layer(key, "none", declared=description(config.layers, key), flash=flash)
    for one in described:
        if one.file is None and one.key in known:
            continue
        if one.file is not None and one.file in {path.name for path in files_of_lists(scenario, one.key)}:
            continue
        whole = "its file" if one.file is None else one.file
        said = f"{one.key}: [[layer]] describes it and the scenario does not name {whole}. To mend it: add {one.key} to {config.cycle.scenario}."
        yield Layer(one.key, "missing", said=(said,), declared=one, exit_code=EXIT_PARTIAL, flash=flash)


def _given(scenario: Scenario, delivered: dict[str, Layer], around: Around) -> Iterator[tuple[str, Around]]:
    """Keys that the scenario names a file for, or an ``[[input]]`` delivers; of a list each table by itself."""
    for key in file_keys():
        if key in LISTS:
            section, _, name = key.partition(".")
            held = getattr(scenario, section)
            for table in getattr(held, name):
                alone = replace(scenario, **{section: replace(held, **{name: (table,)})})
                yield key, Around(alone, layer=around.layer)
        elif key in delivered or _names(scenario, key):
            yield key, around


def _names(scenario: Scenario, key: str) -> bool:
    """Whether a scenario names a file or an address for a key; what stands for no track is none."""
    section, _, name = key.partition(".")
    paths = [path for path in paths_of(scenario, key) if path != NO_TRACK]
    return bool(paths) or is_address(getattr(getattr(scenario, section), name, None))


def _fixed(key: str, scenario: Scenario, declared: LayerSection | None, now: datetime) -> Layer:
    """A layer that the scenario names itself, with the age that is declared of it."""
    section, _, name = key.partition(".")
    paths = paths_of(scenario, key)
    file = ", ".join(map(str, paths)) or told_address(str(getattr(getattr(scenario, section), name)))
    time = newest_writing(paths)
    if declared is not None and declared.as_of is not None:
        time = datetime(declared.as_of.year, declared.as_of.month, declared.as_of.day, tzinfo=BEIJING)
    hours = None if time is None else (now - time) / timedelta(hours=1)
    longest = None if declared is None or declared.max_age_days is None else declared.max_age_days * 24
    layer = Layer(key, "ok", file, time, hours, longest)
    if hours is None or longest is None or hours <= longest:
        return layer
    said = (
        f"{file}: older than its owner allows; expected at most {longest / 24:g} days; found {hours / 24:.0f}. "
        f"To mend it: ask {declared.owner if declared else 'its owner'} for a newer one, or set as_of of its [[layer]] where the file only looks old.",
    )
    return replace(layer, state="stale", said=said, exit_code=EXIT_STALE)


def _looked_at(layer: Layer, around: Around, declared: LayerSection | None) -> Layer:
    try:
        if declared is not None and declared.format is not None:
            differs(paths_of(around.scenario, layer.key), declared.format, layer.key)
        seen = look(layer.key, around)
    except RiskmapError as problem:
        name_key(problem, around.scenario)
        # a map goes without a layer of one's own
        code = EXIT_PARTIAL if layer.key == "map.layers" else problem.exit_code
        return replace(layer, state="wrong", said=(*layer.said, *_told(problem)), exit_code=code)
    except Exception as problem:  # a reader that breaks is our fault, and hides no other layer
        said = f"{layer.file}: internal error: {type(problem).__name__}: {problem}. To mend it: report it with the file."
        return replace(layer, state="wrong", said=(*layer.said, said), exit_code=EXIT_INTERNAL)
    if declared is not None and UNFILLED in (declared.owner, declared.licence):
        seen = replace(
            seen,
            said=(
                *seen.said,
                "nobody is named who answers for it: fill in owner and licence of its [[layer]]",
            ),
        )
    if declared is not None:
        seen = replace(
            seen, datum=seen.datum or declared.datum or "", units=seen.units or declared.units or ""
        )
    state: State = "note" if seen.said and layer.state == "ok" else layer.state
    return replace(layer, state=state, seen=seen, said=(*layer.said, *seen.said), exit_code=layer.exit_code)


def _with_old_observations(
    layers: list[Layer], config: CycleConfig, scenario: Scenario, used: dict[str, Delivery]
) -> list[Layer]:
    """A track whose file is new and what it observed is not, as the cycle finds it."""
    track = next((layer for layer in layers if layer.key == TRACK), None)
    if track is None or track.state not in ("ok", "note") or TRACK not in used:
        return layers
    doubts = old_observations(Choice(used), config, scenario).doubts
    if not doubts:
        return layers
    old = replace(
        track, state="stale", said=(*track.said, *(d.english for d in doubts)), exit_code=EXIT_STALE
    )
    return [old if layer is track else layer for layer in layers]


def _together(
    layers: list[Layer], scenario: Scenario, flash: bool, untold: Exception | None
) -> tuple[list[Layer], dict[str, str]]:
    """The layers with what only shows when a run reads everything, and the hazards without input.

    What a run would leave out is an exit code of the layer that said so, or of a row of its own.
    """
    from riskmap.io.flash_inputs import read_layer

    ledger = Ledger()
    try:
        if untold is not None:
            raise untold
        inputs = read_layer(scenario, ledger) if flash else read_inputs(scenario, ledger)[0]
    except RiskmapError as problem:
        name_key(problem, scenario)
        return [*layers, Layer(TOGETHER, "wrong", said=_told(problem), exit_code=problem.exit_code)], {}
    lines = {problem.line for problem in ledger.problems}
    told = [
        replace(layer, exit_code=EXIT_PARTIAL) if not layer.exit_code and lines & set(layer.said) else layer
        for layer in layers
    ]
    rest = tuple(p.line for p in ledger.problems if not any(p.line in layer.said for layer in layers))
    if rest:
        told.append(Layer(TOGETHER, "note", said=rest, exit_code=EXIT_PARTIAL))
    return told, dict(inputs.lacking)
