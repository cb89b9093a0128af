"""Work in a process of its own while this one goes on: for what needs nothing of the rest of a run.

Not forked: the threads of kernels and typesetter do not live through a fork. Not by ``multiprocessing`` either, which runs the
caller's script a second time where nothing guards it.
"""

from __future__ import annotations

import logging
import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from subprocess import PIPE, Popen
from typing import Any, Final, TypeVar

from riskmap.blocks import threads

Result = TypeVar("Result")

_SERVE: Final = "from riskmap.beside import serve; serve()"


@contextmanager
def beside(
    work: Callable[..., Result], *arguments: Any, wanted: bool = True
) -> Iterator[Callable[[], Result]]:
    """Begin a call in another process; gives what waits for its result.

    Where the other process cannot be begun or does not end well, the call is made here: what it gives, or raises, is the same.
    The other process ends with the block.

    Parameters
    ----------
    work : callable
        Of a module, with arguments that can be pickled; it writes nothing.
    wanted : bool
        Else, and on one core, the call is made here, when its result is asked for.

    Examples
    --------
    >>> with beside(divmod, 17, 5) as answer:
    ...     answer()
    (3, 2)
    """
    call = partial(work, *arguments)
    process = _begun(call) if wanted and threads() > 1 else None
    if process is None:
        yield call
        return
    with process:
        try:
            yield lambda: _answer(process, call)
        finally:
            process.kill()


def _begun(call: Callable[[], Any]) -> Popen[bytes] | None:
    here = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "RISKMAP_THREADS": str(threads() // 2)}
    try:
        asked = pickle.dumps(call, protocol=5)
        process = Popen([sys.executable, "-c", _SERVE], stdin=PIPE, stdout=PIPE, env=os.environ | here)  # noqa: S603
    except (OSError, pickle.PicklingError, TypeError, AttributeError) as problem:
        _told(problem)
        return None
    assert process.stdin is not None
    try:
        with process.stdin as pipe:
            pipe.write(asked)
    except OSError as problem:  # it died at once: whoever asks finds that out
        _told(problem)
    return process


def _answer(process: Popen[bytes], call: Callable[[], Result]) -> Result:
    assert process.stdout is not None
    found = process.stdout.read()
    if process.wait() == 0:
        return pickle.loads(found)  # type: ignore[no-any-return]  # noqa: S301 - by a pipe from our own process
    _told(f"it ended with {process.returncode}")
    return call()


def _told(problem: object) -> None:
    logging.getLogger("riskmap").info("no process beside this one, the work is done here: %s", problem)


def serve() -> None:
    """Make the call that is asked for on the standard input, and answer on the standard output."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who asked is interrupted too, and ends this process
    asked = sys.stdin.buffer.read()
    answer, sys.stdout = sys.stdout.buffer, sys.stderr  # what a library prints is no part of the answer
    try:
        found = pickle.dumps(pickle.loads(asked)(), protocol=5)  # noqa: S301 - by a pipe from the process that began this one
    except Exception as problem:
        raise SystemExit(1) from problem  # the call is made again where it was asked for, and raises there
    answer.write(found)
    answer.flush()
