"""Commands of the scheduled cycle: run it, and look whether it is well."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riskmap.errors import ConfigError, RiskmapError

if TYPE_CHECKING:
    from riskmap.cycle_inputs import Choice
    from riskmap.replay import Replayed
    from riskmap.scheduled import CycleResult

Config = Annotated[
    Path, typer.Option("--config", "-c", help="Configuration of the cycles (TOML); docs/deploy has one.")
]

Flash = Annotated[
    bool,
    typer.Option(
        "--flash", help="The flash-flood layer (section `flash`), on its own faster pace, below ROOT/flash."
    ),
]

Cluster = Annotated[
    str | None,
    typer.Option(
        "--dask",
        help="Scheduler of a Dask cluster, or its file: runs the members of an ensemble there. Same results.",
    ),
]


def cycle(
    config: Config,
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            help="Analysis time with its offset, e.g. 2021-07-24T08:00+08:00; the last one due unless given.",
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on behind the last whole step of a cycle that was killed.")
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Say what the cycle would be made from; write nothing but copies of its inputs."
        ),
    ] = False,
    flash: Flash = False,
    dask: Cluster = None,
    _debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """One scheduled cycle: newest inputs, products under ROOT/runs, ROOT/latest on the newest whole run.

    The same inputs give the same bytes, and are not computed twice. A stale or missing input is said on every product; a required one
    that was never there ends the cycle, and what was published stays.

    Exit codes: 0 done, 2 configuration, 3 required input missing, 4 published from a stale input, 5 published with something left
    out, 70 internal, 75 another cycle is at work.

    With --flash the newest rain alone is taken, and the flash-flood layer published below ROOT/flash: within minutes, without a track,
    as of the newest time up to which rain is known. Both may run at once.

    Example: riskmap cycle --config zj.toml --at 2021-07-24T08:00+08:00

    Example: riskmap cycle --config zj.toml --flash
    """
    from riskmap.scheduled import plan_cycle, run_cycle
    from riskmap.terminal import progress

    now, wanted = datetime.now(UTC), _instant(at)
    if dry_run:
        due, choice, before = plan_cycle(config, at=wanted, now=now, flash=flash)
        _tell_plan(due, choice, before)
        return
    with _cluster(dask), progress() as tell:
        result = run_cycle(config, at=wanted, now=now, resume=resume, flash=flash, tell=tell)
    _tell_result(result)
    if result.exit_code:
        raise typer.Exit(result.exit_code)


def replay(
    config: Config,
    start: Annotated[str, typer.Option("--from", help="First analysis time with its offset.")],
    end: Annotated[str, typer.Option("--to", help="Last analysis time with its offset.")],
    flash: Flash = False,
    _debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Every cycle of a past span in one go, each from what had been delivered by its analysis time; one line a cycle.

    The configuration needs a root of its own (the oldest runs beyond cycle.keep are removed, and latest never goes back), a scenario
    with run.replay = true and no address in it, and for each input a folder of files with the time in their names. Forecasts of
    a past storm come from `riskmap bulletins`, or from a service's own files. Files that the scenario itself names are read as they
    are: a rain file that was made afterwards makes the replay look better than the service was.

    Exit codes: that of the gravest cycle; see `riskmap cycle`.

    Example: riskmap replay --config zj.toml --from 2021-07-22T00:00+08:00 --to 2021-07-28T00:00+08:00
    """
    from riskmap.replay import gravest
    from riskmap.replay import replay as cycles

    first, last = _instant(start, "--from"), _instant(end, "--to")
    assert first is not None
    assert last is not None
    codes: list[int] = []
    for one in cycles(config, first=first, last=last, now=datetime.now(UTC), flash=flash):
        print(_line(one), flush=True)  # noqa: T201
        codes.append(one.exit_code)
    counted = ", ".join(f"{codes.count(code)} with {code}" for code in sorted(set(codes)))
    print(f"{len(codes)} cycles: {counted}")  # noqa: T201
    if gravest(codes):
        raise typer.Exit(gravest(codes))


def health(
    config: Config,
    max_age: Annotated[
        str, typer.Option("--max-age", help="So old may the latest run be: 90m, 2h, 1d.")
    ] = "2h",
    flash: Flash = False,
    beat: Annotated[
        Path | None,
        typer.Option(
            "--beat",
            help="File to touch while the cycles are alive: a heartbeat that another machine can watch.",
        ),
    ] = None,
    _debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Whether the cycles are well: the age of the latest run, stale inputs, a cycle that failed, was killed or hangs.

    Exit codes: 0 well, 3 nothing published yet, 4 the latest is too old or from stale inputs, 5 published with something left out,
    70 the last cycle failed or one hangs. The heartbeat goes on with 0 and 5: the cycles are alive. It is another process than the
    cycle, so that a dead worker is noticed.

    Example: riskmap health --config zj.toml --max-age 2h --beat /run/riskmap/heartbeat

    Example: riskmap health --config zj.toml --flash --max-age 30m --beat /run/riskmap/heartbeat-flash
    """
    from riskmap.health import judge
    from riskmap.io.cycle_config import read_cycle_config
    from riskmap.io.cycle_status import judged_status
    from riskmap.io.durable import replace_file
    from riskmap.io.run_store import read_manifest

    root, now = read_cycle_config(config, flash=flash).cycle.root, datetime.now(UTC)
    manifest = read_manifest(root / "latest")
    latest = datetime.fromisoformat(manifest["at"]) if manifest else None
    found = judge(judged_status(root), latest, now=now, max_age=_span(max_age))
    for line in found.lines:
        print(line)  # noqa: T201
    if beat is not None and found.beats:
        replace_file(beat, f"{now:%Y-%m-%dT%H:%M:%SZ}\n")
    if found.exit_code:
        raise typer.Exit(found.exit_code)


def _line(one: Replayed) -> str:
    """When, exit code, and why it is not 0."""
    from riskmap.outlook import beijing

    if one.result is None:
        said = [f"nothing published: {one.why}"]
    else:
        said = [d.english for d in one.result.doubts]
        left_out = one.result.problems
        if left_out:
            more = f" ({len(left_out) - 1} more left out)" if len(left_out) > 1 else ""
            said.append(f"left out: {left_out[0].where}: {left_out[0].what}{more}")
    return f"{beijing(one.at)}  {one.exit_code:>2}  {'; '.join(said)}".rstrip()


@contextmanager
def _cluster(address: str | None) -> Iterator[None]:
    """The cluster in force; without it a cycle takes longer, and is published all the same."""
    from riskmap.cluster import using
    from riskmap.terminal import errors

    with ExitStack() as stack:
        try:
            stack.enter_context(using(address))
        except RiskmapError as problem:
            errors.print(f"running here instead: {problem}", style="yellow", markup=False)
        yield


def _tell_plan(due: datetime, choice: Choice, before: Path | None) -> None:
    from riskmap.outlook import beijing

    print(f"analysis time {beijing(due)} (Beijing)")  # noqa: T201
    for key, one in choice.used.items():
        kept = ", kept from an earlier cycle" if one.last_good else ""
        age = f"{one.age(due).total_seconds() / 3600:.1f} h old{kept}"
        print(f"{key}: {one.path.name}, {beijing(one.time)}, {age}")  # noqa: T201
    for line in (*(d.english for d in choice.doubts), *(f"{p.where}: {p.what}" for p in choice.problems)):
        print(f"! {line}")  # noqa: T201
    print(f"goes on from: {before if before else 'nothing, it is the first of its event'}")  # noqa: T201


def _tell_result(result: CycleResult) -> None:
    from riskmap.terminal import errors

    for line in (
        *(d.english for d in result.doubts),
        *(f"left out: {p.where}: {p.what}" for p in result.problems),
    ):
        errors.print(line, style="yellow", markup=False)
    if not result.anew:
        errors.print("the same inputs were published before: nothing to do", markup=False)
    print(f"{result.folder / 'index.html'}")  # noqa: T201 - the one line that scripts read


def _instant(text: str | None, option: str = "--at") -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(
            "not an instant",
            where=option,
            expected="e.g. 2021-07-24T08:00+08:00",
            found=repr(text),
            remedy="write it so",
        ) from None


def _span(text: str) -> timedelta:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([mhd])", text.strip())
    if found is None or float(found[1]) <= 0:
        raise ConfigError(
            "not a span of time",
            where="--max-age",
            expected="90m, 2h or 1d",
            found=repr(text),
            remedy="write it so",
        )
    return timedelta(**{{"m": "minutes", "h": "hours", "d": "days"}[found[2]]: float(found[1])})
