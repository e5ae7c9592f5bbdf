"""Work in other processes: in order, in bounded memory, and gone afterwards."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from operator import add, call, floordiv

import pytest

from ippyo.audit.workers import WorkerLostError, Workers


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    before = set(multiprocessing.active_children())
    yield
    assert set(multiprocessing.active_children()) == before


@pytest.mark.parametrize("count", [1, 2, 3])
def test_answers_come_in_order(count: int) -> None:
    with Workers(count, 100) as pool:
        assert list(pool.map(add, range(20))) == list(range(100, 120))
        assert list(pool.map(add, [])) == []
        assert list(pool.map(add, [1])) == [101]


@pytest.mark.parametrize("count", [1, 2])
def test_an_error_of_the_work_comes_through(count: int) -> None:
    with Workers(count, 100) as pool, pytest.raises(ZeroDivisionError):
        list(pool.map(floordiv, [1, 0, 2]))


def test_no_more_chunks_are_taken_than_there_are_processes() -> None:
    taken = []

    def chunks() -> Iterator[int]:
        for number in range(50):
            taken.append(number)
            yield number

    with Workers(2, 0) as pool:
        answers = pool.map(add, chunks())
        for number, _ in enumerate(answers):
            assert len(taken) <= number + 4


@pytest.mark.parametrize("chunks", [1, 6])
def test_a_lost_process_is_an_error_and_no_hang(chunks: int) -> None:
    with Workers(2, os._exit) as pool, pytest.raises(WorkerLostError, match="stopped from outside"):
        list(pool.map(call, range(chunks)))


def test_an_error_here_ends_the_processes() -> None:
    with pytest.raises(KeyboardInterrupt), Workers(2, 1) as pool:
        next(pool.map(add, range(10)))
        raise KeyboardInterrupt


def test_processes_can_be_started_by_another_thread() -> None:
    found: list[int] = []

    def run() -> None:
        with Workers(2, 1) as pool:
            found.extend(pool.map(add, [1, 2, 3]))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert found == [2, 3, 4]


def test_interrupts_reach_this_process_again() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Workers(2, 1):
        assert signal.getsignal(signal.SIGINT) is before


def test_a_process_that_could_not_be_started_leaves_none_behind() -> None:
    class Unpicklable:
        def __reduce__(self) -> str:
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"), Workers(2, Unpicklable()):
        time.sleep(0)
