"""Row blocks."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap.blocks import at_most, run_pieces, run_rows, threads


@settings(deadline=None, max_examples=50)
@given(rows=st.integers(0, 200), workers=st.integers(1, 6))
def test_every_row_is_done_exactly_once(rows: int, workers: int) -> None:
    done, lock = [], threading.Lock()

    def kernel(first: int, last: int) -> None:
        with lock:
            done.extend(range(first, last))

    run_rows(kernel, rows, workers)
    assert sorted(done) == list(range(rows))


def test_an_error_in_one_block_is_not_lost() -> None:
    def kernel(first: int, last: int) -> None:
        if first > 20:
            raise ValueError("in a thread")

    with pytest.raises(ValueError, match="in a thread"):
        run_rows(kernel, 64, 2)


def test_an_index_error_of_a_block_is_not_taken_for_the_end() -> None:
    def kernel(first: int, last: int) -> None:
        raise IndexError("a bug of the block")

    with pytest.raises(IndexError, match="a bug of the block"):
        run_pieces(kernel, [0, 1, 5, 9], 2)


def test_a_block_may_share_its_own_work_where_all_threads_are_busy() -> None:
    done, lock = [], threading.Lock()

    def inner(first: int, last: int) -> None:
        with lock:
            done.extend(range(first, last))

    run_pieces(lambda first, last: run_pieces(inner, range(10 * first, 10 * last + 1), 2), range(9), 2)
    assert sorted(done) == list(range(80))


@pytest.mark.parametrize(("setting", "expected"), [("3", 3), ("1", 1), ("-4", 1)])
def test_the_number_of_threads_can_be_set(
    setting: str, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RISKMAP_THREADS", setting)
    assert threads() == expected


def test_without_a_setting_there_is_at_least_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RISKMAP_THREADS", raising=False)
    assert threads() >= 1


def test_a_process_beside_takes_its_share_of_the_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RISKMAP_THREADS", "6")
    with at_most(3):
        with at_most(9):
            assert threads() == 3
        with pytest.raises(ZeroDivisionError), at_most(0):
            1 / (threads() - 1)  # one at least; and an error ends the share too
        assert threads() == 3
    assert threads() == 6
