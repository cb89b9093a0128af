"""A call in a process of its own."""

from __future__ import annotations

import os
import signal

import pytest

from riskmap.beside import beside


@pytest.fixture(autouse=True)
def _two_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RISKMAP_THREADS", "2")


def pid_of_a_survivor(caller: int) -> int:
    """The process in which the call ends: any but the caller's is killed by it."""
    if os.getpid() != caller:
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()


def test_the_call_is_made_in_another_process() -> None:
    with beside(os.getpid) as answer:
        assert answer() != os.getpid()


def test_what_a_library_prints_is_no_part_of_the_answer() -> None:
    with beside(print, "hello") as answer:
        assert answer() is None


def test_more_than_a_pipe_holds_comes_through_both_ways() -> None:
    with beside(sorted, list(range(200_000, 0, -1))) as answer:
        assert answer() == list(range(1, 200_001))


def test_a_process_that_is_killed_costs_its_time_alone() -> None:
    with beside(pid_of_a_survivor, os.getpid()) as answer:
        assert answer() == os.getpid()


def test_what_cannot_be_handed_over_is_done_here() -> None:
    with beside(lambda: os.getpid()) as answer:
        assert answer() == os.getpid()


def test_an_error_is_raised_where_the_result_is_asked_for() -> None:
    with beside(divmod, 1, 0) as answer, pytest.raises(ZeroDivisionError):
        answer()


def test_a_result_that_nobody_asks_for_is_not_waited_for() -> None:
    with beside(signal.pause):
        pass


@pytest.mark.parametrize(("threads", "wanted"), [("1", True), ("2", False)])
def test_without_a_second_process_the_call_is_made_when_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, threads: str, wanted: bool
) -> None:
    monkeypatch.setenv("RISKMAP_THREADS", threads)
    made: list[int] = []
    with beside(made.append, 1, wanted=wanted) as answer:
        assert made == []
        answer()
    assert made == [1]
