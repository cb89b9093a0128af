"""The scheduled cycle: what a scheduler starts at three in the morning, and nobody watches.

One analysis time from watched inputs to a published run: chosen, copied, computed in steps that survive a kill, swapped in
whole, and named by ``latest``. What is old or missing is said on every product; nothing is ever green for want of data.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from riskmap.cycle import EXIT_OK, EXIT_PARTIAL, fill
from riskmap.cycle_inputs import Choice, Chooser, old_observations
from riskmap.errors import EXIT_INTERNAL, ConfigError, DataError, RiskmapError, SourceError
from riskmap.flash_layer import Beside, fill_layer, layer_scenario
from riskmap.io.cycle_config import CycleConfig, read_cycle_config
from riskmap.io.cycle_status import LOCK, CycleStatus
from riskmap.io.durable import sweep_partials
from riskmap.io.gathered import is_whole
from riskmap.io.inputs import record_files
from riskmap.io.kept_steps import KeptSteps
from riskmap.io.lock_file import locked
from riskmap.io.previous import read_previous
from riskmap.io.publish import Staging, file_digest
from riskmap.io.run_store import RunStore, digest_of, event_of, read_manifest
from riskmap.io.scenario_file import read_scenario
from riskmap.io.unfinished import Unfinished
from riskmap.io.watched import Shelf, refused
from riskmap.ledger import Ledger, Problem, Tell, tell_nobody
from riskmap.outlook import BEIJING

if TYPE_CHECKING:
    from riskmap.assessment import Assessment
    from riskmap.doubt import Doubt
    from riskmap.io.service import Opener
    from riskmap.scenario import Scenario

EXIT_STALE: Final = 4
"""Published, but from an input that is old or stands in for one that cannot be used: every product says so."""


@dataclass(frozen=True)
class CycleResult:
    """How a cycle ended.

    Attributes
    ----------
    folder : Path
        The published run.
    at : datetime
        Its analysis time.
    exit_code : int
        0; 4 = from stale inputs; 5 = something was left out.
    doubts : tuple of Doubt
    problems : tuple of Problem
    reused : tuple of str
        Steps that a killed cycle had finished.
    anew : bool
        False where the same inputs had been published before, and nothing was done.
    """

    folder: Path
    at: datetime
    exit_code: int
    doubts: tuple[Doubt, ...] = ()
    problems: tuple[Problem, ...] = ()
    reused: tuple[str, ...] = ()
    anew: bool = True


def run_cycle(
    config_file: Path,
    *,
    at: datetime | None = None,
    now: datetime,
    resume: bool = False,
    flash: bool = False,
    opener: Opener | None = None,
    tell: Tell = tell_nobody,
) -> CycleResult:
    """Run one cycle and publish it.

    Parameters
    ----------
    config_file : Path
        TOML; see ``riskmap.io.cycle_config``.
    at : datetime, optional
        Analysis time, with its offset; the last one that is due at ``now`` unless given.
    now : datetime
        The clock.
    resume : bool
        Go on behind the last whole step of a cycle of the same analysis time that was killed, from the inputs that it chose.
        What cycles of other hours left unfinished is thrown away.
    flash : bool
        The flash-flood layer instead of everything; see ``riskmap.flash_layer``.
    opener : callable, optional
        What opens addresses; see ``riskmap.io.service``.
    tell : callable
        Progress.

    Raises
    ------
    BusyError
        Another cycle is at work (75).
    MissingInputError
        A required input is missing, and no earlier one is kept (3); ``latest`` stays.
    RiskmapError
        The configuration or an input is wrong; ``latest`` stays.
    """
    config = read_cycle_config(config_file, flash=flash)
    due = analysis_time(config, at, now)
    with locked(config.cycle.root / LOCK):
        status = CycleStatus(config.cycle.root, "flash" if flash else "cycle")
        status.started(due, now)
        try:
            chooser = Chooser(config, due, now, Shelf(config.cycle.root), opener)
            result = _cycle(config, chooser, resume or config.cycle.resume, tell)
        except RiskmapError as problem:
            status.failed(due, problem.exit_code, str(problem))
            raise
        except Exception as problem:
            status.failed(due, EXIT_INTERNAL, f"{type(problem).__name__}: {problem}")
            raise
        status.ended(
            due, result.exit_code, result.folder, [d.english for d in result.doubts],
            [f"{p.where}: {p.what}" for p in result.problems],
        )  # fmt: skip
    return result


def analysis_time(
    config: CycleConfig, at: datetime | None, now: datetime, *, option: str = "--at"
) -> datetime:
    """The analysis time, in Beijing time: as asked for by an option, or the last one due.

    Raises
    ------
    ConfigError
        It lies in the future, has no offset, or is none of the times of the pace.
    """
    step = timedelta(minutes=config.cycle.every_minutes)
    if at is None or at.tzinfo is not None:
        midnight = (at or now).astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
        if at is None:
            return midnight + (now - midnight) // step * step
        if at <= now and not (at - midnight) % step:
            return at.astimezone(BEIJING)
    raise ConfigError(
        "not an analysis time", where=option, found=at.isoformat(),
        remedy=f"name one of them{', or leave --at out for the last one due' if option == '--at' else ''}",
        expected=f"a past time with its offset, a multiple of {config.cycle.every_minutes} min, e.g. 2021-07-24T08:00+08:00",
    )  # fmt: skip


def plan_cycle(
    config_file: Path,
    *,
    at: datetime | None = None,
    now: datetime,
    flash: bool = False,
    opener: Opener | None = None,
) -> tuple[datetime, Choice, Path | None]:
    """What a cycle would be made from, without running it: analysis time, inputs, and the run before it.

    Raises
    ------
    RiskmapError
        As ``run_cycle``.
    """
    config = read_cycle_config(config_file, flash=flash)
    due = analysis_time(config, at, now)
    choice = Chooser(config, due, now, Shelf(config.cycle.root), opener).choose()
    scenario, choice = _scenario(config, due, choice)
    before = _before(RunStore(config.cycle.root), scenario, Ledger())[1]
    return scenario.run.issued_at, choice, Path(before) if before else None


def _cycle(config: CycleConfig, chooser: Chooser, resume: bool, tell: Tell) -> CycleResult:
    """Try the inputs until a cycle can be made from them: one that it cannot read gives way to an older one."""
    store = RunStore(config.cycle.root)
    work = Unfinished(config.cycle.root / "work" / store.folder(chooser.at).name)
    work.clear_others()
    sweep_partials(store.root)
    if not resume:
        work.clear()
    choice = _planned(work, chooser.shelf) or chooser.choose()
    while True:
        try:
            return _run(config, chooser, choice, store, work, tell)
        except (DataError, SourceError) as problem:
            key = refused(problem, choice.used)
            if key is None:
                raise
            chooser.refuse(key, choice.used[key], problem)
            choice = chooser.choose()


def _run(
    config: CycleConfig, chooser: Chooser, choice: Choice, store: RunStore, work: Unfinished, tell: Tell
) -> CycleResult:
    shelf, ledger = chooser.shelf, Ledger(tell=tell)
    scenario, choice = _scenario(config, chooser.at, choice)
    at = scenario.run.issued_at
    ledger.problems += choice.problems
    ledger.catalogue = config.described({key: one.time for key, one in choice.used.items()})
    before = _before(store, scenario, ledger)
    beside = None if config.layer_hours is None else Beside.of(config)
    key = _identity(config, at, choice, scenario, before[1], store, beside)
    done = store.manifest(at)
    if done is not None and done.get("key") == key:
        _settle(config, store, shelf, choice, work)
        problems = tuple(Problem(**entry) for entry in done["problems"])
        return CycleResult(store.folder(at), at, int(done["exit_code"]), choice.doubts, problems, anew=False)
    work.begin(key, _plan(choice, shelf))
    built = work.folder / "run"
    steps = KeptSteps(work.folder / "steps", filled=built)
    make = fill if beside is None else partial(fill_layer, beside=beside)
    make(
        Staging(built), scenario, ledger, before=before, confirmations=store.confirmations,
        doubts=choice.doubts, checkpoints=steps,
    )  # fmt: skip
    code = EXIT_STALE if choice.doubts else EXIT_PARTIAL if ledger.problems else EXIT_OK
    about = {
        "key": key, "exit_code": code, "inputs": shelf.as_json(choice.used), "doubts": [d.words for d in choice.doubts],
        "problems": [asdict(p) for p in ledger.problems],
    }  # fmt: skip
    folder = store.publish(built, at, about)
    _settle(config, store, shelf, choice, work)
    return CycleResult(folder, at, code, choice.doubts, tuple(ledger.problems), tuple(steps.reused))


def _planned(work: Unfinished, shelf: Shelf) -> Choice | None:
    """What an unfinished cycle had chosen; None where there is none, or it cannot be gone on from."""
    from riskmap.doubt import Doubt

    plan = work.plan()
    try:
        used = shelf.of_json(plan["used"])
        doubts = tuple(Doubt(**entry) for entry in plan["doubts"])
        problems = tuple(Problem(**entry) for entry in plan["problems"])
        if all(is_whole(one.path, one.digest) for one in used.values()):
            return Choice(used, tuple(plan["absent"]), doubts, problems)
    except (RiskmapError, ValueError, KeyError, TypeError, AttributeError):
        pass
    return None


def _plan(choice: Choice, shelf: Shelf) -> dict[str, Any]:
    return {
        "used": shelf.as_json(choice.used), "absent": choice.absent,
        "doubts": [asdict(d) for d in choice.doubts], "problems": [asdict(p) for p in choice.problems],
    }  # fmt: skip


def _scenario(config: CycleConfig, at: datetime, choice: Choice) -> tuple[Scenario, Choice]:
    """The scenario of what is due, and the choice with what is to be doubted about its contents."""
    if config.layer_hours is not None:
        return layer_scenario(config, at, choice)
    # later issue times are other cycles'
    scenario = read_scenario(config.cycle.scenario, {"run.issued_at": at, "run.later": [], **choice.given})
    return scenario, old_observations(choice, config, scenario)


def _before(store: RunStore, scenario: Scenario, ledger: Ledger) -> tuple[Assessment | None, str]:
    """The newest readable run of this event before this cycle; those that cannot be read are named.

    Raises
    ------
    RiskmapError
        There are runs before it, and none can be read: a tier is never lowered because a state was lost.
    """
    problem: RiskmapError | None = None
    issued_at, event = scenario.run.issued_at, scenario.event.number
    for time, folder in reversed(store.published()):
        if time >= issued_at or event_of(folder) not in (event, None):
            continue
        try:
            return read_previous(folder, previous=folder, fresh=False, event=event, issued_at=issued_at)
        except RiskmapError as found:
            problem = problem or found
            ledger.missed(f"previous run {folder.name}", found)
    if problem is not None:
        raise problem
    return None, ""


def _identity(
    config: CycleConfig, at: datetime, choice: Choice, scenario: Scenario, before: str, store: RunStore,
    beside: Beside | None,
) -> str:  # fmt: skip
    """Digest of everything that the products depend on; the same digest gives the same bytes."""
    files = Ledger()
    record_files(scenario, files)
    previous = read_manifest(Path(before)) if before else None
    content: dict[str, Any] = {
        "at": at.isoformat(), "version": _version(), "scenario": file_digest(config.cycle.scenario), "files": files.inputs,
        "before": previous["key"] if previous else before, "doubts": [d.words for d in choice.doubts],
        "problems": [asdict(p) for p in choice.problems], "absent": choice.absent,
        "confirmations": file_digest(store.confirmations) if store.confirmations.is_file() else "",
        "catalogue": config.described({key: one.time for key, one in choice.used.items()}),
    }  # fmt: skip
    if beside is not None:
        content |= {"hours": scenario.run.hours, "beside": beside.at, "pace": beside.pace_hours}
    return digest_of(content)


def _version() -> str:
    try:
        return version("riskmap")
    except PackageNotFoundError:
        return "not installed"


def _settle(config: CycleConfig, store: RunStore, shelf: Shelf, choice: Choice, work: Unfinished) -> None:
    """What follows a run that is whole: ``latest``, what the next cycle may fall back on, and what is let go."""
    newest = store.point_latest()
    manifest = read_manifest(newest) if newest else None
    if manifest is not None and manifest["inputs"] == shelf.as_json(choice.used):
        shelf.keep_good(choice.used)
    store.sweep(config.cycle.keep)
    named = [read_manifest(folder) or {} for _, folder in store.published()]
    shelf.sweep({entry["sha256"] for one in named for entry in one.get("inputs", {}).values()})
    work.clear()
