"""One analysis time end to end: read, analyse, draw, and publish whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from html import escape
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Final

from riskmap.beside import Begin, begin_here, process_beside
from riskmap.blocks import at_most, threads
from riskmap.checkpoint import NOTHING_KEPT, Checkpoints
from riskmap.doubt import Doubt, doubted
from riskmap.errors import RiskmapError
from riskmap.ledger import Ledger, Problem, Tell, tell_nobody
from riskmap.outlook import Outlook, TierImage, beijing, vortex_hours
from riskmap.run_record import run_record, timings
from riskmap.run_size import worth_a_process

if TYPE_CHECKING:
    from riskmap.analysis import Inputs, Peaks
    from riskmap.analysis.cells import Encode
    from riskmap.assessment import Assessment
    from riskmap.grid import Grid
    from riskmap.io.publish import Staging
    from riskmap.io.risk_inputs import Stock
    from riskmap.scenario import Scenario

    Letters = dict[str, dict[str, str]]

EXIT_OK: Final = 0
EXIT_PARTIAL: Final = 5
"""Something was left out; ``run.json`` and the report name it."""


@dataclass(frozen=True)
class LaterRun:
    """A later issue time of a replay: its files by name and what it had to leave out, or why there is none."""

    files: dict[str, str] = field(default_factory=dict)
    problems: Sequence[Problem] = ()
    failed: RiskmapError | None = None


@dataclass(frozen=True)
class RunResult:
    """Where a run was published and how it ended.

    Attributes
    ----------
    exit_code : int
        0, or 5 where something was left out.
    """

    folder: Path
    exit_code: int
    problems: tuple[Problem, ...]

    def _repr_html_(self) -> str:
        left_out = "".join(
            f"<li>{escape(problem.where)}: {escape(problem.what)}</li>" for problem in self.problems
        )
        ended = f"退出码 exit code {self.exit_code}" + (", 有遗漏 left out:" if left_out else ", 完整 whole")
        return f"<p><b>{escape(str(self.folder))}</b> {ended}</p><ul>{left_out}</ul>"


def run(
    scenario_file: Path,
    out: Path,
    *,
    replace: bool = False,
    previous: Path | None = None,
    fresh: bool = False,
    tell: Tell = tell_nobody,
) -> RunResult:
    """Run a scenario and publish its products under ``out``.

    Parameters
    ----------
    scenario_file : Path
        TOML; see ``riskmap.io.scenario_file``.
    out : Path
        Folder to publish; must not exist unless ``replace``, which swaps an earlier run atomically.
    previous : Path, optional
        Run of the cycle before, whose published tiers are held; the run that is replaced unless given.
    fresh : bool
        Start anew: hold nothing that was published before.
    tell : callable, optional
        Progress: name of the step and its part done.

    Raises
    ------
    RiskmapError
        An input is wrong, or the disk is full; nothing is published then.

    Examples
    --------
    ``rm.run(rm.bundled("scenarios/in-fa-2021.toml"), Path("out"))`` publishes a whole map. A run that cannot start says
    why, and leaves nothing behind.

    >>> from tempfile import TemporaryDirectory
    >>> import riskmap as rm
    >>> with TemporaryDirectory() as folder:
    ...     try:
    ...         rm.run(Path("no_such_scenario.toml"), Path(folder, "out"))
    ...     except rm.SourceError as error:
    ...         print(error)
    ...     print(list(Path(folder).iterdir()))
    no_such_scenario.toml: the file cannot be read; expected a readable file; found No such file or directory. To mend it:
    check the path and its permissions.
    []
    """
    from riskmap.io.confirmations import beside
    from riskmap.io.previous import read_previous
    from riskmap.io.publish import publishing, require_free
    from riskmap.io.scenario_file import read_scenario

    require_free(out.absolute(), replace=replace)
    ledger = Ledger(tell=tell)
    with ledger.step("scenario"):
        scenario = read_scenario(scenario_file)
        before = read_previous(
            out.absolute(), previous=previous, fresh=fresh, event=scenario.event.number, issued_at=scenario.run.issued_at
        )  # fmt: skip
    with publishing(out, replace=replace) as staging:
        fill(staging, scenario, ledger, before=before, confirmations=beside(out))
    problems = tuple(ledger.problems)
    return RunResult(out, EXIT_PARTIAL if problems else EXIT_OK, problems)


def fill(
    staging: Staging,
    scenario: Scenario,
    ledger: Ledger,
    *,
    before: tuple[Assessment | None, str] = (None, ""),
    confirmations: Path,
    doubts: Sequence[Doubt] = (),
    checkpoints: Checkpoints = NOTHING_KEPT,
) -> None:
    """Fill a folder with the products of one analysis time.

    Parameters
    ----------
    staging : Staging
        Folder under construction.
    scenario : Scenario
    ledger : Ledger
        Takes the steps, the inputs and what had to be left out.
    before : (Assessment or None, str)
        What the cycle before published, and where.
    confirmations : Path
        File of confirmations that a tier may come down.
    doubts : sequence of Doubt
        Inputs that are old or wanting: said on every product, and with less confidence where they count.
    checkpoints : Checkpoints
        Where whole steps are kept, so that a run that was killed goes on after the last of them.

    Raises
    ------
    RiskmapError
        An input is wrong, or the disk is full.
    """
    from riskmap.io.keys_named import keys_named

    with process_beside(wanted=worth_a_process(scenario)) as begin:
        # what may be kept of an earlier start is begun when its turn comes
        ahead = begin if checkpoints is NOTHING_KEPT else begin_here
        later = [ahead(_later, scenario, at, doubts) for at in scenario.run.later]
        beside = begin is not begin_here and (scenario.run.hindcast or (later and ahead is begin))
        with keys_named(scenario), at_most(threads() // 2 if beside else threads()):
            found = checkpoints.step(
                "hazards", lambda: _hazards(scenario, ledger, before, confirmations, doubts, begin), ledger
            )
        _write(staging, scenario, ledger, found, later, ahead, checkpoints)


def _write(
    staging: Staging,
    scenario: Scenario,
    ledger: Ledger,
    found: dict[str, tuple[Outlook, Peaks, Grid]],
    later: Sequence[Callable[[], LaterRun]],
    ahead: Begin,
    checkpoints: Checkpoints,
) -> None:
    """Every product of what was found, and the record; those of the hindcast are made beside the forecast's."""
    from riskmap.products.bundle import outlook_files, write_front, write_outlook

    beside = {kind: ahead(outlook_files, *one, scenario) for kind, one in found.items() if kind != "forecast"}
    letters: dict[str, dict[str, str]] = {}
    for kind, (outlook, peaks, grid) in found.items():

        def products(outlook: Outlook = outlook, peaks: Peaks = peaks, grid: Grid = grid) -> Letters:
            if outlook.kind == "forecast":
                _keep_soil(outlook, scenario, ledger)
                return write_outlook(staging, outlook, peaks, grid, scenario, ledger, begin=ahead)
            with ledger.step(f"products ({outlook.kind})"):
                files, problems = beside[outlook.kind]()
                staging.write_all(files)
            ledger.problems += problems
            return {}

        letters |= checkpoints.step(f"products-{kind}", products, ledger)
    for at, answer in zip(scenario.run.later, later, strict=True):
        name = f"later-{at.astimezone(UTC):%Y%m%dT%H%MZ}"
        checkpoints.step(name, partial(_write_later, staging, at, answer, ledger), ledger)
    outlooks = {kind: outlook for kind, (outlook, _, _) in found.items()}
    with ledger.step("report"):
        record = run_record(scenario, outlooks, ledger)
        write_front(staging, outlooks, record, letters)
    staging.write("run.json", json.dumps(record, ensure_ascii=False, indent=1))
    staging.write("timings.json", json.dumps(timings(ledger), indent=1))


def _hazards(
    scenario: Scenario,
    ledger: Ledger,
    before: tuple[Assessment | None, str],
    confirmations: Path,
    doubts: Sequence[Doubt],
    begin: Begin,
) -> dict[str, tuple[Outlook, Peaks, Grid]]:
    """What the forecast, and the hindcast where asked for, found; with peaks and grid, for the products."""
    from riskmap.grid import Grid
    from riskmap.io.inputs import read_inputs
    from riskmap.io.risk_inputs import read_stock
    from riskmap.products.letter_bundle import wanted_types
    from riskmap.products.raster import tier_image

    if scenario.run.hindcast:
        begin(_made_ready)
    with ledger.step("inputs"):
        wanted_types(scenario)  # a wrong document type is said before the hours are computed
        stock = read_stock(scenario.risk, Grid.from_bounds(**vars(scenario.grid)))
        runs = read_inputs(scenario, ledger)
    found: dict[str, tuple[Outlook, Peaks, Grid]] = {}
    waiting = [begin(_analysed, one, doubts, scenario, tier_image) for one in runs[1:]]
    for inputs, answer in zip_longest(runs, [None, *waiting]):
        with ledger.step(f"hazards ({inputs.kind})") as part:
            outlook, peaks, problems = answer() if answer else _analysed(
                inputs, doubts, scenario, tier_image, tell=lambda _s, p, part=part: part(p)  # type: ignore[misc]
            )  # fmt: skip
        ledger.problems += problems
        if inputs.kind == "forecast":
            outlook = publish_tiers(outlook, before, confirmations, inputs, scenario, ledger)
        # who lives where is worth much, and a map without it more than none
        outlook = (
            ledger.tried(partial(_with_risk, outlook, peaks, inputs, stock), f"risk ({inputs.kind})")
            or outlook
        )
        found[inputs.kind] = outlook, peaks, inputs.grid
    return found


def _made_ready() -> None:
    """Load what an analysis is made of: another process does it while this one reads the inputs."""
    import riskmap.analysis
    import riskmap.io.inputs  # noqa: F401


def _analysed(
    inputs: Inputs, doubts: Sequence[Doubt], scenario: Scenario, encode: Encode, *, tell: Tell = tell_nobody
) -> tuple[Outlook, Peaks, list[Problem]]:
    """What one analysis found, its doubtful inputs counted, and what it had to leave out."""
    from riskmap.analysis import analyse

    inputs = replace(
        inputs, rules=doubted(inputs.rules, doubts), marks=(*inputs.marks, *(d.words for d in doubts)), doubts=tuple(doubts)
    )  # fmt: skip
    outlook, peaks = analyse(inputs, encode=encode, tell=tell)
    return outlook, peaks, [*_refused_radii(outlook, scenario), *outlook.problems]


def _later(scenario: Scenario, at: datetime, doubts: Sequence[Doubt]) -> LaterRun:
    """Tiers of a later issue time of a replay, and what documents need of them; nothing is drawn.

    Nothing is held from the run before it: the cycles in between were not replayed. One that cannot be analysed is left out.
    """
    from riskmap.io.inputs import read_inputs
    from riskmap.products.bundle import tiers_files

    run = replace(scenario.run, issued_at=at, hindcast=False, later=())
    # examples are shown and counted for nothing: where nothing is shown they are left out
    assets = replace(scenario.assets, examples=(), **dict.fromkeys(scenario.assets.examples))
    one = replace(scenario, run=run, assets=assets, ensemble=replace(scenario.ensemble, members=0, file=None))
    own = Ledger()
    try:
        (inputs,) = read_inputs(one, own)
        outlook, _, problems = _analysed(inputs, doubts, one, _no_image)
    except RiskmapError as problem:
        return LaterRun(failed=problem)
    own.problems += problems
    record = run_record(one, {"forecast": outlook}, own)
    return LaterRun(tiers_files(outlook, one, record), own.problems)


def _write_later(staging: Staging, at: datetime, answer: Callable[[], LaterRun], ledger: Ledger) -> None:
    from riskmap.io.published import later_folder

    when = f"later {beijing(at)}"
    with ledger.step("later"):
        run = answer()
        if run.failed is not None:
            ledger.missed(when, run.failed)
        staging.below(later_folder(at)).write_all(run.files)
    # what the run itself had to leave out is said once
    fresh = [problem for problem in run.problems if problem not in ledger.problems]
    ledger.problems += [Problem(f"{when}, {problem.where}", problem.what) for problem in fresh]


def _no_image(_tiers: object, _grid: object) -> TierImage:
    return TierImage(b"", (0.0, 0.0, 0.0, 0.0))


def publish_tiers(
    outlook: Outlook,
    before: tuple[Assessment | None, str],
    confirmations: Path,
    inputs: Inputs,
    scenario: Scenario,
    ledger: Ledger,
) -> Outlook:
    """The outlook with the tiers that are published, by the cycles before it and what people confirmed."""
    from riskmap.io.confirmations import read_confirmations
    from riskmap.succession import succeed

    try:
        said = read_confirmations(confirmations)
    except RiskmapError as problem:  # warnings go on; nothing comes down from orange or red meanwhile
        said = ()
        ledger.missed(f"confirmations: {confirmations.name}", problem)
    assessment = succeed(
        outlook.assessment, before[0], event=outlook.event.number, where=before[1], confirmations=said,
        automatic=scenario.run.auto_confirm, rule=inputs.combination.hysteresis,
    )  # fmt: skip
    return replace(outlook, assessment=assessment)


def _with_risk(outlook: Outlook, peaks: Peaks, inputs: Inputs, stock: Stock) -> Outlook:
    """The outlook with the people and dwellings that the hazards meet."""
    from riskmap.exposure import spread_people
    from riskmap.risk import risk_of
    from riskmap.zonal import shared_weights

    weights = shared_weights(inputs.everywhere, inputs.grid).first(len(inputs.regions))
    exposure = spread_people(
        inputs.regions,
        weights,
        inputs.grid,
        stock.places,
        spread=stock.rule.urban_spread,
        counted=stock.people,
    )
    risk = risk_of(
        outlook.assessment, exposure, inputs.grid, onsets=outlook.onsets, peaks=peaks.fields, rule=stock.rule,
        flood=outlook.flood, dwellings=stock.dwellings,
    )  # fmt: skip
    return replace(outlook, risk=risk)


def _refused_radii(outlook: Outlook, scenario: Scenario) -> Iterator[Problem]:
    """The reported radii that could not be used: a profile stands in for them."""
    for source, hours in vortex_hours(outlook).items():
        profile, _, why = source.partition("; ")
        if why:
            what = f"{why} ({hours} hours of the {outlook.kind}: {profile} instead)"
            yield Problem(scenario.track.file.name, what)


def _keep_soil(outlook: Outlook, scenario: Scenario, ledger: Ledger) -> None:
    """Leave the soil's water for the next cycle; a run whose state cannot be written goes on."""
    from riskmap.io.soil_cycle import keep_soil_state

    path = scenario.flash_flood.soil_state
    if path is None or outlook.soil is None:
        return
    try:
        keep_soil_state(path, outlook.soil)
    except RiskmapError as problem:
        ledger.missed("flash_flood.soil_state", problem)
