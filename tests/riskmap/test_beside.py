"""A call in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import pytest

from riskmap.beside import begin_here, beside, process_beside, shared


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


def of_another_process(caller: int) -> int:
    """A call that goes wrong anywhere but in the caller's process."""
    if os.getpid() != caller:
        raise ValueError("堤防表 is not there")
    return caller


def warned(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [
        (record.levelname, record.getMessage().partition("; it is made here")[0]) for record in caplog.records
    ]


def test_a_call_that_fails_there_alone_is_made_here_and_the_log_warns_of_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with process_beside() as begin:
        one, two = begin(of_another_process, os.getpid()), begin(os.getpid)
        assert one() == os.getpid() != two()
    assert warned(caplog) == [
        ("WARNING", f"{__name__}.of_another_process failed in the process beside this one (ValueError: 堤防表 is not there)")
    ]  # fmt: skip


def test_a_failure_is_told_though_nobody_asks_for_the_result(caplog: pytest.LogCaptureFixture) -> None:
    with process_beside() as begin:
        begin(of_another_process, os.getpid())
        begin(os.getpid)()  # behind it, so that it was made
    assert len(warned(caplog)) == 1


def test_a_process_that_is_killed_costs_its_time_alone(caplog: pytest.LogCaptureFixture) -> None:
    with beside(pid_of_a_survivor, os.getpid()) as answer:
        assert answer() == os.getpid()
    assert warned(caplog) == [
        (
            "WARNING",
            f"{__name__}.pid_of_a_survivor got no answer from the process beside this one, which ended",
        )
    ]


def test_what_cannot_be_handed_over_is_done_here(caplog: pytest.LogCaptureFixture) -> None:
    with beside(lambda: os.getpid()) as answer:
        assert answer() == os.getpid()
    ((level, said),) = warned(caplog)
    assert level == "WARNING"
    assert said.startswith(
        f"{__name__}.test_what_cannot_be_handed_over_is_done_here.<locals>.<lambda> could not be handed"
    )


def test_an_error_is_raised_where_the_result_is_asked_for() -> None:
    with beside(divmod, 1, 0) as answer, pytest.raises(ZeroDivisionError):
        answer()


def test_a_result_that_nobody_asks_for_is_not_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    with beside(signal.pause):
        pass
    assert caplog.text == ""


def read_only(size: int) -> MappingProxyType[int, int]:
    return MappingProxyType({n: n for n in range(size)})


def test_a_read_only_mapping_goes_to_the_other_process_and_comes_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "riskmap")
    with beside(max, read_only(3)) as answer, beside(read_only, 3) as mapping:
        assert (answer(), mapping()) == (2, read_only(3))
    assert caplog.text == ""


def test_one_process_takes_every_call_and_one_that_fails_costs_no_other() -> None:
    with process_beside() as begin:
        one, wrong, two = begin(os.getpid), begin(divmod, 1, 0), begin(os.getpid)
        assert one() == two() != os.getpid()
        with pytest.raises(ZeroDivisionError):
            wrong()


def test_the_calls_after_a_kill_are_made_here() -> None:
    with process_beside() as begin:
        calls = [begin(pid_of_a_survivor, os.getpid()), begin(os.getpid)]
        assert [call() for call in calls] == [os.getpid()] * 2


def test_a_process_that_has_ended_is_told_of_once_and_asked_no_more(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with process_beside() as begin:
        assert begin(pid_of_a_survivor, os.getpid())() == os.getpid()
        assert [begin(os.getpid)() for _ in range(5)] == [os.getpid()] * 5
    said = [words for _, words in warned(caplog)]
    assert len(said) == 2
    assert said[1].endswith("found the process beside this one ended, as will all that come after")


@pytest.mark.parametrize("then", ["signal.pause()", "None"], ids=["at-work", "about-to-answer"])
def test_a_process_ends_without_a_word_when_who_asked_was_killed(then: str) -> None:
    """The call itself kills who asked, so that it is under way for sure."""
    call = f"'import os, signal; os.kill({{}}, signal.SIGKILL); {then}'.format(os.getpid())"
    killed = f"import os; from riskmap.beside import beside\nwith beside(exec, {call}) as answer: answer()"
    asking = subprocess.Popen([sys.executable, "-c", killed], stderr=subprocess.PIPE)
    said = asking.communicate(timeout=120)[1]  # open for as long as the process beside it lives
    assert asking.returncode == -signal.SIGKILL
    assert said == b""


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


class Elsewhere:
    """Another process in the test's hands: it takes a call when it is asked for it, and answers once it may."""

    def __init__(self) -> None:
        self.taken: list[tuple[Any, ...]] = []
        self.takes, self.may_answer = threading.Event(), threading.Event()

    def begin(self, work: Callable[..., Any], *arguments: Any) -> Callable[[], Any]:
        self.taken.append(arguments)
        self.takes.set()

        def answer() -> Any:
            self.may_answer.wait(60)
            return "there", work(*arguments)

        return answer


def test_what_the_other_process_has_not_taken_is_made_here() -> None:
    other = Elsewhere()
    with shared(other.begin) as begin:
        calls = [begin(divmod, n, 2) for n in range(4)]
        assert other.takes.wait(60)
        assert [call() for call in calls[:0:-1]] == [
            (1, 1),
            (1, 0),
            (0, 1),
        ]  # while the first is under way there
        other.may_answer.set()
        assert calls[0]() == ("there", (0, 0))
        assert calls[1]() == (0, 1)  # asked again
    assert other.taken == [(0, 2)]


def test_a_shared_call_is_taken_by_the_other_process_though_nobody_asks() -> None:
    other = Elsewhere()
    other.may_answer.set()
    with shared(other.begin) as begin:
        made = threading.Event()
        calls = [begin(divmod, 3, 2), begin(made.set)]
        assert made.wait(60)
        assert calls[0]() == ("there", (1, 1))


@pytest.mark.parametrize("asked_at_once", [True, False])
def test_an_error_of_a_shared_call_is_raised_where_its_result_is_asked_for(asked_at_once: bool) -> None:
    with process_beside() as begin, shared(begin) as begin_either:
        first, wrong, last = (begin_either(divmod, 1, n) for n in (1, 0, 1))
        if not asked_at_once:
            assert first() == (1, 0)
        with pytest.raises(ZeroDivisionError):
            wrong()
        assert last() == (1, 0)


def test_nothing_is_shared_without_another_process() -> None:
    with shared(begin_here) as begin:
        assert begin is begin_here
