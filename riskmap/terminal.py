"""What a command says on a terminal beside its one line of result: errors, and progress."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

from rich.console import Console

errors = Console(stderr=True, soft_wrap=True, highlight=False)


@contextmanager
def progress(*, lines: bool = False) -> Iterator[Callable[[str, float], None]]:
    """A progress bar on a terminal; elsewhere silence, or with ``lines`` a line for each step as it begins.

    What a scheduler starts stays silent: it would be mailed. What a person starts and pipes must not seem to hang.
    """
    if not errors.is_terminal:
        yield _lines() if lines else lambda _step, _part: None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    with Progress(
        TextColumn("{task.description:32}"), BarColumn(), TimeElapsedColumn(), console=errors
    ) as bar:
        tasks: dict[str, Any] = {}

        def tell(step: str, part: float) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step, total=1.0)
            bar.update(tasks[step], completed=part)

        yield tell


def _lines() -> Callable[[str, float], None]:
    told: set[str] = set()
    begun = monotonic()

    def tell(step: str, _part: float) -> None:
        if step not in told:
            told.add(step)
            errors.print(f"{monotonic() - begun:5.0f} s  {step}", markup=False)

    return tell
