"""The printers of an exercise: one thread prints here, the other lets the process beside print; a document goes to whoever is free."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from importlib.util import find_spec
from queue import PriorityQueue

from evac.orders.papers import printed
from riskmap.beside import Begin, begin_here
from riskmap.products.letter_fields import Letter, SignOff


class Press:
    """Prints in the background.

    Parameters
    ----------
    begin : callable
        Begins a call in another process; ``begin_here`` without one.

    Examples
    --------
    >>> press = Press()
    >>> press.close()
    """

    def __init__(self, begin: Begin = begin_here) -> None:
        # beside first: what is set here holds up the exercise; where nothing can be printed nobody else has to find that out
        beside = begin if find_spec("typst") else begin_here
        self._free: PriorityQueue[tuple[int, Begin]] = PriorityQueue()
        for place in enumerate((beside, begin_here)):
            self._free.put(place)
        self._threads = ThreadPoolExecutor(self._free.qsize(), thread_name_prefix="exercise-print")

    def submit(self, letter: Letter, sign_off: SignOff) -> Future[dict[str, bytes]]:
        """Begin to print; see ``evac.orders.papers.printed``."""
        return self._threads.submit(self._print, letter, sign_off)

    def _print(self, letter: Letter, sign_off: SignOff) -> dict[str, bytes]:
        place = self._free.get()
        try:
            return place[1](printed, letter, sign_off)()
        finally:
            self._free.put(place)

    def close(self) -> None:
        """Let go of the threads, without what is not begun."""
        self._threads.shutdown(cancel_futures=True)
