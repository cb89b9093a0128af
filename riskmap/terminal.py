"""What a command says on a terminal beside its one line of result: errors, and progress."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console

errors = Console(stderr=True, soft_wrap=True, highlight=False)


@contextmanager
def progress() -> Iterator[Callable[[str, float], None]]:
    """A progress bar on a terminal; silence elsewhere."""
    if not errors.is_terminal:
        yield lambda _step, _part: None
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
