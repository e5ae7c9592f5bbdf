"""A thread beside the site that deletes, every few minutes, the visits and the rest that have expired.

After midnight it rewrites the tables, too, so that they do not tell in which order people came.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime

from django.db import Error, connections
from django.utils.timezone import localdate

from ippyo.errors import InputError
from ippyo.registry.order import forget_order
from ippyo.registry.retention import sweep

__all__ = ["INTERVAL", "housekeeping"]

INTERVAL = 300.0
"""Seconds: a visit lives for half an hour, and its traces should not live much longer."""

STOP_SECONDS = 5.0


@contextmanager
def housekeeping(clock: Callable[[], datetime], interval: float = INTERVAL) -> Iterator[None]:
    """Delete what has expired, at once and then every ``interval`` seconds, until the context ends.

    A database that does not answer is told on standard error by its kind of failure only, and asked again next time.
    """
    stop = threading.Event()

    def work() -> None:
        rewritten = localdate(clock())
        while True:
            try:
                rewritten = _clean(clock(), rewritten)
            except Error as error:
                print(f"ippyo: housekeeping failed: {type(error).__name__}", file=sys.stderr, flush=True)
            except InputError as error:
                print(f"ippyo: housekeeping failed: {error}", file=sys.stderr, flush=True)
            if stop.wait(interval):
                return

    thread = threading.Thread(target=work, name="ippyo-housekeeping", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(STOP_SECONDS)


def _clean(now: datetime, rewritten: date) -> date:
    """Delete what has expired, and rewrite the tables unless that was done today; return the day it was done."""
    try:
        sweep(now)
        if localdate(now) != rewritten:
            forget_order()
        return localdate(now)
    finally:
        connections.close_all()
