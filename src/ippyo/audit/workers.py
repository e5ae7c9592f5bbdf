"""Processes that work through a stream of chunks, their answers coming back in order.

Memory is bounded: each process has one chunk at a time. They are started, not forked, so that no lock or connection of
this process is copied into them, and they are gone when the ``with`` is left, for whatever reason.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from ippyo.errors import IppyoError

__all__ = ["WorkerLostError", "Workers"]

Tool = TypeVar("Tool")
Chunk = TypeVar("Chunk")
Answer = TypeVar("Answer")

_PATIENCE_SECONDS = 5.0


class WorkerLostError(IppyoError):
    """A process ended before its work was done; the system most likely stopped it for lack of memory."""


class Workers(Generic[Tool]):
    """``count`` processes, each of which has its own copy of ``tool``, which must be picklable.

    With a ``count`` of 1 everything happens in this process.
    """

    def __init__(self, count: int, tool: Tool) -> None:
        self._count = count
        self._tool = tool
        self._processes: list[SpawnProcess] = []
        self._pipes: list[Connection] = []

    def __enter__(self) -> Self:
        if self._count <= 1:
            return self
        context = multiprocessing.get_context("spawn")
        try:
            with _interrupts_held():
                for _ in range(self._count):
                    ours, theirs = context.Pipe()
                    process = context.Process(target=_serve, args=(theirs, self._tool), daemon=True)
                    process.start()
                    # The child has its own copy; with ours closed, its death shows as the end of the pipe.
                    theirs.close()
                    self._processes.append(process)
                    self._pipes.append(ours)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        self._stop()

    def map(self, work: Callable[[Tool, Chunk], Answer], chunks: Iterable[Chunk]) -> Iterator[Answer]:
        """Yield ``work(tool, chunk)`` for every chunk, in order; ``work`` is a module's function. One call at a time.

        Raises :class:`WorkerLostError`, and whatever the work itself raises.
        """
        if self._count <= 1:
            for chunk in chunks:
                yield work(self._tool, chunk)
            return
        waiting = deque(self._pipes)
        busy: deque[Connection] = deque()
        for chunk in chunks:
            if waiting:
                pipe = waiting.popleft()
                _send(pipe, (work, chunk))
                busy.append(pipe)
                continue
            pipe = busy.popleft()
            answer = _receive(pipe)
            # The process gets its next chunk before its answer is used, so that it never waits for us.
            _send(pipe, (work, chunk))
            busy.append(pipe)
            yield answer
        while busy:
            yield _receive(busy.popleft())

    def _stop(self) -> None:
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.join(_PATIENCE_SECONDS)
            if process.is_alive():
                process.kill()
                process.join()
            process.close()
        self._pipes.clear()
        self._processes.clear()


def _send(pipe: Connection, task: object) -> None:
    try:
        pipe.send(task)
    except OSError:
        raise WorkerLostError("a process of the verifier was stopped from outside; try fewer workers") from None


def _receive(pipe: Connection) -> Any:
    try:
        ok, answer = pipe.recv()
    except (EOFError, OSError):
        raise WorkerLostError("a process of the verifier was stopped from outside; try fewer workers") from None
    if not ok:
        raise answer
    return answer


def _serve(pipe: Connection, tool: object) -> None:
    """Work until the other end closes the pipe."""
    # Ctrl-C reaches the whole group; only the main process decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        while True:
            work, chunk = pipe.recv()
            try:
                answer = (True, work(tool, chunk))
            except Exception as error:
                answer = (False, error)
            pipe.send(answer)
    except (EOFError, OSError):
        return


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Let children be born deaf to Ctrl-C: until they have started, they could not do better than a traceback."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
