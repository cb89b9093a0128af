"""`riskmap`: run a scenario, or the bundled demo."""

from __future__ import annotations

import atexit
import gc
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from riskmap.cli_bulletins import bulletins
from riskmap.cli_catalogue import check, init
from riskmap.cli_cycle import confirm, explain, export
from riskmap.cli_draft import draft
from riskmap.cli_rules import rules
from riskmap.cli_scheduled import Cluster, cycle, health, replay
from riskmap.cli_verify import verify_app
from riskmap.cli_village import village_sheet
from riskmap.errors import EXIT_INTERNAL, RiskmapError
from riskmap.terminal import errors, progress

DEMO = "scenarios/in-fa-2021.toml"

app = typer.Typer(
    name="riskmap",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Five-colour typhoon risk map (五色图): from a track to tiers with reasons, an offline map and letters.\n\n"
    "[bold]First steps[/bold]\n\n"
    "  riskmap demo                      typhoon In-Fa (烟花) into out/in-fa\n\n"
    "  riskmap run my.toml --out mine    a storm: data/scenarios has one to copy\n\n"
    "  riskmap init zj counties.geojson dem.tif     a province, from its files\n\n"
    "  riskmap check zj/zj.toml          every input, and what its lack costs\n\n"
    "  riskmap cycle --config zj/zj.toml     one cycle; `riskmap health` watches\n\n"
    "  riskmap verify track FILE --format jma --storm 2106    how good a track is\n\n"
    "  riskmap rules                     the thresholds in force, with sources\n\n"
    "Shell completion: riskmap --install-completion, then open a new shell.\n\n"
    "Exit codes: 0 all done, 2 wrong input, 3 unreadable file, 4 stale, 5 done but something left out, 70 internal error.",
)
app.add_typer(verify_app, name="verify")
app.command()(confirm)
app.command()(explain)
app.command()(export)
app.command()(bulletins)
app.command()(init)
app.command()(check)
app.command()(cycle)
app.command()(replay)
app.command()(health)
app.command()(rules)
app.command()(draft)
app.command("village-sheet")(village_sheet)

Debug = Annotated[
    bool, typer.Option("--debug", help="Show the traceback of an error.")
]  # read in explain_errors
Out = Annotated[Path, typer.Option("--out", "-o", help="Folder to publish.")]
Previous = Annotated[
    Path | None,
    typer.Option(
        "--previous",
        help="Run of the cycle before, whose published tiers are held; the one replaced unless given.",
    ),
]


def _run(
    scenario: Path, out: Path, *, replace: bool, previous: Path | None, fresh: bool, dask: str | None = None
) -> None:
    from riskmap.cluster import using
    from riskmap.cycle import EXIT_OK, run

    gc.set_threshold(
        100_000
    )  # a run keeps what it makes: walking it for garbage took a thirtieth of the demo and found little
    atexit.register(gc.freeze)  # nor is it walked once more as the process ends: 0.3 s of the demo
    with using(dask), progress(lines=True) as tell:
        result = run(scenario, out, replace=replace, previous=previous, fresh=fresh, tell=tell)
    for problem in result.problems:
        errors.print(f"left out: {problem.where}: {problem.what}", style="yellow", markup=False)
    print(f"{result.folder / 'index.html'}")  # noqa: T201 - the one line that scripts read
    if result.exit_code != EXIT_OK:
        raise typer.Exit(result.exit_code)


@app.command()
def run(
    scenario: Annotated[Path, typer.Argument(help="Scenario file (TOML).")],
    out: Out,
    replace: Annotated[
        bool, typer.Option("--replace", help="Swap an earlier run in that folder, whole.")
    ] = False,
    previous: Previous = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Start anew: nothing is held that the run before published.")
    ] = False,
    dask: Cluster = None,
    _debug: Debug = False,
) -> None:
    """Run a scenario: map, letters, tables and report in one folder.

    Tiers that the run before published (--previous, or the run that --replace swaps) come down slowly, and from orange and
    red only after `riskmap confirm`.

    Example: riskmap run data/scenarios/in-fa-2021.toml --out out/in-fa --replace
    """
    _run(scenario, out, replace=replace, previous=previous, fresh=fresh, dask=dask)


@app.command()
def demo(out: Out = Path("out/in-fa"), previous: Previous = None, _debug: Debug = False) -> None:
    """Typhoon In-Fa (烟花, July 2021), issued 24 h before landfall; replaces an earlier run in that folder.

    The forecast track is simulated (best track + published error statistics): every product says so.
    Then: evac drill --from out/in-fa
    """
    from riskmap.io.bundled import bundled

    # one cycle only: what an earlier demo left in the folder is no cycle before it
    _run(bundled(DEMO), out, replace=True, previous=previous, fresh=previous is None)


@app.command()
def warm() -> None:
    """Compile every kernel once, so that the first run in a typhoon does not wait for it."""
    from riskmap.warm import warm_kernels

    seconds = warm_kernels()
    print(f"kernels ready after {seconds:.1f} s")  # noqa: T201


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"riskmap {version('riskmap')}")  # noqa: T201
        raise typer.Exit


@app.callback()
def _options(
    _show: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None: ...


def explain_errors(application: Callable[..., Any], name: str) -> int:
    """Run a command line; an error becomes one paragraph and an exit code, a traceback only with --debug."""
    debug = "--debug" in sys.argv
    try:
        return int(application(standalone_mode=False) or 0)
    except RiskmapError as problem:
        if debug:
            raise
        for one in problem.each:
            errors.print(f"{name}: {one.paragraph}", markup=False)
        return problem.exit_code
    except typer.Exit as leave:
        return leave.exit_code
    except typer.Abort:
        errors.print(f"{name}: stopped; nothing was published", markup=False)
        return 130
    except Exception as problem:
        return _unexpected(problem, name, debug=debug)


def _unexpected(problem: Exception, name: str, *, debug: bool) -> int:
    """A usage error of the command line is shown by its own words; all else is our fault, and said so."""
    show = getattr(problem, "show", None)
    if show is not None:
        show()
        return int(getattr(problem, "exit_code", 2))
    if debug:
        raise problem
    errors.print(
        f"{name}: internal error: {type(problem).__name__}: {problem}. Nothing was published. "
        "To mend it: run again with --debug and report what it prints.",
        markup=False,
    )
    return EXIT_INTERNAL


def main() -> None:
    """Entry point of the command ``riskmap``."""
    sys.exit(explain_errors(app, "riskmap"))


if __name__ == "__main__":
    main()
