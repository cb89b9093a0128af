"""Work in a process of its own while this one goes on: for what needs nothing of the rest of a run.

Not forked: the threads of kernels and typesetter do not live through a fork. Not by ``multiprocessing`` either, which runs the
caller's script a second time where nothing guards it.
"""

from __future__ import annotations

import gc
import logging
import os
import pickle
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from subprocess import PIPE, Popen
from typing import IO, Any, Final, Protocol, TypeVar

from riskmap.blocks import threads
from riskmap.pickled import dumped

Result = TypeVar("Result")

_SERVE: Final = "from riskmap.beside import serve; serve()"
_HEAD: Final = 8
"""Bytes before each call and each answer that tell its length."""
_MADE: Final = b"+"
"""What an answer begins with where the call was made; else it is the words of why it was not."""


class Begin(Protocol):
    """Begins a call of a module's function, with arguments that can be pickled; gives what waits for its result."""

    def __call__(self, work: Callable[..., Result], *arguments: Any) -> Callable[[], Result]:
        """The call must write nothing: it may be made twice."""
        ...


def begin_here(work: Callable[..., Result], *arguments: Any) -> Callable[[], Result]:
    """A ``Begin`` without another process: the call is made when its result is asked for."""
    return partial(work, *arguments)


@contextmanager
def process_beside(*, wanted: bool = True) -> Iterator[Begin]:
    """One other process that takes calls, one after the other; it is begun with the first of them.

    Where the other process cannot be begun or a call does not end well there, it is made here when its result is asked for: what
    it gives, or raises, is the same. The log warns of it, with the name of the call and why, and once where the process has ended. The
    other process ends with the block.

    Parameters
    ----------
    wanted : bool
        Else, and on one core, every call is made here, when its result is asked for.

    Examples
    --------
    >>> with process_beside() as begin:
    ...     first, second = begin(divmod, 17, 5), begin(sorted, "storm")
    ...     first(), second()
    ((3, 2), ['m', 'o', 'r', 's', 't'])
    """
    if not wanted or threads() < 2:
        yield begin_here
        return
    other = _Other()
    try:
        yield other.begin
    finally:
        other.end()


@contextmanager
def shared(begin: Begin) -> Iterator[Begin]:
    """Calls for two: the other process takes them in turn, and what it has not taken yet when its result is asked for is made here.

    So neither waits while there is something to do. Of many calls ask for the last one first: the other process takes the first ones.

    Parameters
    ----------
    begin : callable
        From ``process_beside``; gets one call at a time.

    Examples
    --------
    >>> with process_beside() as begin, shared(begin) as begin_either:
    ...     first, second = begin_either(divmod, 17, 5), begin_either(sorted, "storm")
    ...     second(), first()
    (['m', 'o', 'r', 's', 't'], (3, 2))
    """
    if begin is begin_here:
        yield begin_here
        return
    queue = ThreadPoolExecutor(1, thread_name_prefix="riskmap-shared")

    def begin_either(work: Callable[..., Result], *arguments: Any) -> Callable[[], Result]:
        waiting = queue.submit(lambda: begin(work, *arguments)())
        return lambda: work(*arguments) if waiting.cancel() else waiting.result()

    try:
        yield begin_either
    finally:
        queue.shutdown(cancel_futures=True)


@contextmanager
def beside(
    work: Callable[..., Result], *arguments: Any, wanted: bool = True
) -> Iterator[Callable[[], Result]]:
    """Begin one call in another process, as ``process_beside``; gives what waits for its result.

    Examples
    --------
    >>> with beside(divmod, 17, 5) as answer:
    ...     answer()
    (3, 2)
    """
    with process_beside(wanted=wanted) as begin:
        yield begin(work, *arguments)


class _Other:
    """The other process, and a thread that hands it the calls and waits for the answers."""

    def __init__(self) -> None:
        self._post = ThreadPoolExecutor(1, thread_name_prefix="riskmap-beside")
        self._process: Popen[bytes] | None = None
        self._threads = threads() // 2
        self._beginning = threading.Lock()
        self._mourned = False

    def begin(self, work: Callable[..., Result], *arguments: Any) -> Callable[[], Result]:
        call = partial(work, *arguments)
        if self._process is not None and self._process.poll() is not None:
            if not self._mourned:
                self._mourned = True
                _warn(work, "found the process beside this one ended, as will all that come after")
            return call
        try:
            asked = dumped(call)
            with self._beginning:
                process = self._process = self._process or _begun(self._threads)
        except (OSError, pickle.PicklingError, TypeError, AttributeError) as problem:
            _warn(work, f"could not be handed to the process beside this one ({_words(problem)})")
            return call
        waiting = self._post.submit(_exchanged, process, asked, work)
        return lambda: _answer(waiting, call)

    def end(self) -> None:
        if self._process is None:
            return
        assert self._process.stdin is not None
        self._process.kill()
        self._post.shutdown(cancel_futures=True)
        with self._process, suppress(OSError):  # a call that it died too early to read
            self._process.stdin.close()


def _begun(threads: int) -> Popen[bytes]:
    here = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "RISKMAP_THREADS": str(threads)}
    return Popen([sys.executable, "-c", _SERVE], stdin=PIPE, stdout=PIPE, env=os.environ | here)  # noqa: S603


def _exchanged(process: Popen[bytes], asked: bytes, work: Callable[..., Any]) -> bytes:
    """The answer to a call; empty where the process died."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        _put(process.stdin, asked)
        found = _next(process.stdout)
    except OSError:
        found = b""
    if not found:  # a broken pipe: nothing can be asked any more
        process.kill()
        process.wait()
    elif not found.startswith(_MADE):  # told now: perhaps nobody asks for the result
        _warn(work, f"failed in the process beside this one ({found.decode()})")
    return found


def _answer(waiting: Future[bytes], call: partial[Result]) -> Result:
    found = waiting.result()
    if found.startswith(_MADE):
        return pickle.loads(found[len(_MADE) :])  # type: ignore[no-any-return]  # noqa: S301 - by a pipe from our own process
    if not found:
        _warn(call.func, "got no answer from the process beside this one, which ended")
    return call()


def _warn(work: Callable[..., Any], what: str) -> None:
    name = f"{getattr(work, '__module__', None) or 'builtins'}.{getattr(work, '__qualname__', repr(work))}"
    logging.getLogger("riskmap").warning("%s %s; it is made here when its result is asked for", name, what)


def _words(problem: BaseException) -> str:
    return f"{type(problem).__name__}: {problem}"


def _put(pipe: IO[bytes], content: bytes) -> None:
    pipe.write(len(content).to_bytes(_HEAD, "big"))
    pipe.write(content)
    pipe.flush()


def _next(pipe: IO[bytes]) -> bytes:
    """What comes next; empty at the end, and where it was cut off."""
    size = int.from_bytes(pipe.read(_HEAD), "big")
    content = pipe.read(size)
    return content if len(content) == size else b""


def serve() -> None:
    """Make the calls that are asked for on the standard input, and answer on the standard output, until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who asked is interrupted too, and ends this process
    gc.set_threshold(100_000)  # what a call makes it mostly keeps: walking it for garbage finds little
    threading.Thread(target=_end_with_who_asked, args=(sys.stdout.fileno(),), daemon=True).start()
    answers, sys.stdout = sys.stdout.buffer, sys.stderr  # what a library prints is no part of the answer
    while asked := _next(sys.stdin.buffer):
        try:
            found = _MADE + dumped(pickle.loads(asked)())  # noqa: S301 - by a pipe from the process that began this one
        except Exception as problem:  # the call is made again where it was asked for, and raises there
            found = _words(problem).encode(errors="backslashreplace")
        try:
            _put(answers, found)
        except BrokenPipeError:
            os._exit(1)


def _end_with_who_asked(answer: int) -> None:
    """Wait until nobody can read the answer any more: who asked was killed, and the work is for nobody."""
    gone = select.poll()
    gone.register(answer, 0)
    gone.poll()
    os._exit(1)  # quietly: nobody is left to be told
