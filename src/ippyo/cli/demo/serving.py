"""After the played poll: serve one in which a person can vote, until Ctrl-C."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from ippyo.cli.demo.live import LivePoll, live_manifest
from ippyo.cli.demo.start_page import StartPage
from ippyo.cli.language import say
from ippyo.poll.manifest import Manifest
from ippyo.sites.serving import served

__all__ = ["serve_live"]


def serve_live(manifest: Manifest, record: Path) -> None:
    """Open a live poll beside the record that was played, print where it begins, and wait.

    Raises :class:`~ippyo.errors.InputError` when it cannot be set up.
    """
    print(say("\n自分で投票してみる投票を用意しています…", "\nSetting up a poll for you to vote in…"), flush=True)
    beside = record.with_name(record.name + "-try")
    private = record.with_name(record.name + "-try-private")
    with (
        LivePoll.opened(live_manifest(manifest), beside, private) as live,
        served(StartPage(live)) as origin,
        _interruption() as stop,
    ):
        print(
            say(
                f"ブラウザーで開いてください: {origin}/   終えるには Ctrl-C",
                f"Open this in a browser: {origin}/   Ctrl-C ends it",
            ),
            flush=True,
        )
        stop.wait()


@contextmanager
def _interruption() -> Iterator[threading.Event]:
    """Yield an event that Ctrl-C or SIGTERM sets, so that everything is stopped in order."""
    stop = threading.Event()

    def end(_: int, __: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
