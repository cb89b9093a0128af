"""`evac drill`: the whole loop rehearsed on a published run, from the signed letter to the last person home."""

from __future__ import annotations

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from evac.delivery import Tell
    from evac.exercise.publish import ExercisePublished
    from evac.published import Published
    from riskmap.errors import MissingExtraError

_PLANNERS: Final = ("scipy", "ortools")
OPEN: Final = 7
"""Exit code of an exercise whose loop does not close, as of `evac orders due` with something overdue."""

Source = Annotated[
    Path, typer.Option("--from", help="Folder of a run that `riskmap` published.", show_default=False)
]


def drill(
    source: Source,
    seed: Annotated[int, typer.Option(help="Of everything random; the same seed gives the same drill.")] = 1,
    persons: Annotated[int, typer.Option(min=1, help="Invented people on the list.")] = 8_000,
) -> None:
    """Rehearse the whole loop with invented people and simulated offices on a published run (全流程演练).

    Letters are signed, sent and answered; two counties stay silent until a supervision order; people are planned, allocated, ordered,
    counted and brought home; and everything is reconciled. Writes DIR/loop (index.html: page, signed documents, plan, allocation, roads,
    logs, loop.json) and DIR/cockpit (index.html: head-count by county and hour, registry.sqlite, forms, pendants.pdf); earlier ones
    are replaced, and DIR/index.html gets its links. A run without letters holds the head-count alone.
    Exit code 7 where something does not reconcile.

    Example: evac drill --from out/in-fa --seed 7
    """
    # a drill keeps the hundred thousand records that it makes: walking them for garbage finds none
    gc.set_threshold(5_000_000)
    atexit.register(gc.freeze)  # nor are they walked once more as the process ends
    with _progress() as (console, tell):
        letters, lacking = _has_letters(source), _lacking()
        if lacking or not letters:
            from evac.published import publish_drill

            done = publish_drill(source, persons=persons, seed=seed, tell=tell)
            exercise = None
        else:
            exercise = _exercise(source, persons, seed, console, tell)
    if exercise is None:
        _tell_head_count(done, lacking if letters else ())
        return
    _tell_loop(exercise)


def _exercise(source: Path, persons: int, seed: int, console: Console, tell: Tell) -> ExercisePublished:
    from evac.exercise.other_process import NEEDED, beside_an_exercise, load

    with beside_an_exercise(persons) as begin:
        begin(load, *NEEDED)
        from evac.exercise.publish import publish_exercise

        return publish_exercise(
            source, persons=persons, seed=seed, tell=tell, story=lambda at, zh, en: _story(console, at, zh, en), begin=begin
        )  # fmt: skip


def _story(console: Console, at: datetime, chinese: str, english: str) -> None:
    from riskmap.outlook import beijing

    console.print(f"{beijing(at)}  {chinese}\n{'':18}{english}", highlight=False, soft_wrap=True)


def _has_letters(source: Path) -> bool:
    """Whether a run holds drafts to sign; without them there is a head-count and no loop."""
    return any((source / "letters").glob("*/letter.json"))


def _lacking() -> tuple[MissingExtraError, ...]:
    """The extra of the plan, where it is not installed: there is a head-count then, and no loop."""
    from importlib.util import find_spec

    from riskmap.errors import MissingExtraError

    missing = [name for name in _PLANNERS if find_spec(name) is None]
    if not missing:
        return ()
    return (
        MissingExtraError(
            f"{missing[0]} is not installed", where="evac drill", expected="the extra `plan`",
            remedy="pip install 'riskmap[letters,evac,plan]'",
        ),
    )  # fmt: skip


def _tell_head_count(done: Published, lacking: tuple[MissingExtraError, ...]) -> None:
    record = done.drill.record
    if not record["persons"]:
        typer.echo("无橙色或红色县,演练名单为空 · no county is at orange or red: an empty drill")
    else:
        typer.echo(
            f"演练 SYNTHETIC: {record['persons']:,} people on the list, {record['added_at_door']:,} added at the "
            f"door, {record['reconciled']['events']:,} events; counts equal the truth, chain verified."
        )
    typer.echo(f"open {done.folder / 'index.html'}")
    _tell_left_out((*lacking, *done.left_out))


def _tell_loop(done: ExercisePublished) -> None:
    """The table whose sums reconcile, and where to look."""
    from rich.console import Console
    from rich.table import Table

    table = Table(
        title="演练核对 EXERCISE: does the loop close?", title_justify="left", box=None, show_header=False
    )
    for check in done.outcome.checks:
        table.add_row("✓" if check.holds else "≠", check.chinese, check.english, check.found)
    Console(width=None if _is_terminal() else 160).print(table)
    verdict = "闭环成立 the loop is closed" if done.outcome.closed else "闭环不成立 the loop is NOT closed"
    typer.echo(f"演练 SYNTHETIC: {verdict}")
    typer.echo(f"open {done.loop / 'index.html'}\nopen {done.cockpit / 'index.html'}")
    if not done.outcome.closed:
        raise typer.Exit(OPEN)
    _tell_left_out(done.left_out)


def _is_terminal() -> bool:
    import sys

    return sys.stdout.isatty()


def _tell_left_out(left_out: tuple[MissingExtraError, ...]) -> None:
    from riskmap.cycle import EXIT_PARTIAL

    for error in left_out:
        what = (
            "forms/*.xlsx" if "openpyxl" in str(error)
            else "loop/" if any(name in str(error) for name in _PLANNERS)
            else "pendants.pdf and forms/*.pdf"
        )  # fmt: skip
        typer.echo(f"left out: {what}. {error}", err=True)
    if left_out:
        raise typer.Exit(EXIT_PARTIAL)


@contextmanager
def _progress() -> Iterator[tuple[Console, Tell]]:
    """A bar on stderr while it is a terminal; the step's name and its share."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    ) as bar:
        tasks: dict[str, int] = {}

        def tell(step: str, share: float) -> None:
            if step not in tasks:
                for task in tasks.values():
                    bar.update(bar.task_ids[task], completed=1.0)
                tasks[step] = len(tasks)
                bar.add_task(step, total=1.0)
            bar.update(bar.task_ids[tasks[step]], completed=share)

        yield console, tell
        for task in bar.task_ids:
            bar.update(task, completed=1.0)


def add_to(app: typer.Typer) -> None:
    """Put the command into the command line."""
    app.command()(drill)
