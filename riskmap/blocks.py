"""Row blocks in one thread pool: how every kernel that writes a grid is driven.

Kernels release the GIL and touch only their own rows, so that threads need no locks and the result does not
depend on their number. ``parallel=True`` is not used: it aborts under Python threads with the workqueue layer.
"""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from itertools import pairwise

BAND = 4_000_000
"""Cells that are worked on at once where a whole grid would take too much memory."""

_most: list[int] = []


def threads() -> int:
    """Threads to use: ``RISKMAP_THREADS`` or the machine's cores, and no more than ``at_most`` says."""
    return max(1, min([int(os.environ.get("RISKMAP_THREADS", "0")) or os.cpu_count() or 1, *_most]))


@contextmanager
def at_most(count: int) -> Iterator[None]:
    """Within the block this process takes so many threads at most: another one works beside it on the same cores.

    Examples
    --------
    >>> with at_most(1):
    ...     threads()
    1
    """
    _most.append(count)
    try:
        yield
    finally:
        _most.remove(count)


def bands(shape: tuple[int, ...], cells: int | None = None) -> Iterator[slice]:
    """Rows of an array some at a time, of about so many cells, ``BAND`` unless told: what is needed in between stays small
    beside a province.

    Examples
    --------
    >>> list(bands((5, 10), 20))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    step = max(1, (BAND if cells is None else cells) // max(1, math.prod(shape[1:])))
    for first in range(0, shape[0], step):
        yield slice(first, min(first + step, shape[0]))


@lru_cache(maxsize=4)
def _pool(workers: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(workers, thread_name_prefix="riskmap")


def _next(pieces: deque[tuple[int, int]]) -> tuple[int, int] | None:
    try:
        return pieces.popleft()  # no two threads get the same
    except IndexError:
        return None


def run_rows(kernel: Callable[[int, int], None], rows: int, workers: int | None = None) -> None:
    """Call ``kernel(first, last)`` over all rows, a few blocks a thread.

    Parameters
    ----------
    kernel : callable
        Fills rows ``first:last`` of its own output; must release the GIL.
    rows : int
        Number of rows.
    workers : int, optional
        Threads; the machine's cores by default.
    """
    workers = workers or threads()
    if workers == 1 or rows < 2 * workers:
        kernel(0, rows)
        return
    # four blocks a thread: rows near the storm cost no more than others, but cores are not equal
    step = max(1, -(-rows // (4 * workers)))
    run_pieces(kernel, [*range(0, rows, step), rows], workers)


def run_pieces(kernel: Callable[[int, int], None], ends: Sequence[int], workers: int) -> None:
    """Call ``kernel(first, last)`` between every two of ``ends``, in this thread and ``workers`` - 1 others.

    Waking a thread takes some 30 microseconds, in which this one has begun; one that comes too late is not waited for.
    Pieces are taken from the front.
    """
    pieces = deque(pairwise(ends))

    def work() -> None:
        while piece := _next(pieces):
            kernel(*piece)

    others = [_pool(workers).submit(work) for _ in range(min(workers, len(pieces)) - 1)]
    try:
        work()
    finally:
        for other in others:
            if not other.cancel():
                other.result()
