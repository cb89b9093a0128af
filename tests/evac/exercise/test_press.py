"""Two documents are printed at once, one of them in the process beside."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from evac.exercise.press import Press
from evac.orders.papers import printed
from riskmap.products.letter_fields import SignOff
from tests.evac.orders.office import SIGNED_AT, draft


def test_one_document_is_printed_here_while_another_is_printed_beside() -> None:
    letter = draft()
    release = threading.Event()
    begun: list[SignOff] = []

    def begin(work: Callable[..., Any], *arguments: Any) -> Callable[[], Any]:
        begun.append(arguments[1])

        def answer() -> Any:
            release.wait()
            return work(*arguments)

        return answer

    press = Press(begin)
    try:
        first, second = (press.submit(letter, SignOff(n, "张三", SIGNED_AT)) for n in (1, 2))
        here, beside = (first, second) if begun == [] or begun[0].number == 2 else (second, first)
        assert here.result(120) == printed(letter, SignOff(2 if here is second else 1, "张三", SIGNED_AT))
        assert not beside.done()
        release.set()
        assert beside.result(120)["document.pdf"] != here.result()["document.pdf"]
    finally:
        release.set()
        press.close()
    assert len(begun) == 1


def test_without_another_process_all_is_printed_here() -> None:
    letter, sign_off = draft(), SignOff(7, "张三", SIGNED_AT)
    press = Press()
    try:
        waiting = [press.submit(letter, sign_off) for _ in range(3)]
        assert all(one.result(120) == waiting[0].result(120) for one in waiting)
    finally:
        press.close()
