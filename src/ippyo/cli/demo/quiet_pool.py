"""Worker processes that Ctrl-C ends without a word, whatever they are doing: also while they still start."""

from __future__ import annotations

import signal
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

__all__ = ["QuietPool"]


class QuietPool(ProcessPoolExecutor):
    """A pool of at most ``workers``, each of which begins with ``prepare(*arguments)``."""

    def __init__(self, workers: int, prepare: Callable[..., object] | None = None, *arguments: object) -> None:
        # "spawn" starts clean: no thread or open database of this process is copied into the workers.
        super().__init__(workers, get_context("spawn"), _begin, (prepare, arguments))

    def submit(self, work: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        """Hand in work. Workers that are started for it do not hear Ctrl-C before they can bear it."""
        # Until then they could do no better than a traceback. This process hears of it a moment later.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            return super().submit(work, *arguments, **named)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(prepare: Callable[..., object] | None, arguments: tuple[object, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    if prepare is not None:
        prepare(*arguments)
