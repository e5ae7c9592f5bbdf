"""After the played poll: serve one in which a person can vote, until Ctrl-C."""

from __future__ import annotations

from pathlib import Path

from ippyo.cli.demo.live import LivePoll, live_manifest
from ippyo.cli.demo.start_page import StartPage
from ippyo.cli.language import say
from ippyo.poll.manifest import Manifest
from ippyo.sites.serving import HOST, serve_until_stopped

__all__ = ["serve_live"]


def serve_live(manifest: Manifest, record: Path) -> None:
    """Open a live poll beside the record that was played, print where it begins, and wait.

    Raises :class:`~ippyo.errors.InputError` when it cannot be set up.
    """
    print(say("\n自分で投票してみる投票を用意しています…", "\nSetting up a poll for you to vote in…"), flush=True)
    beside = record.with_name(record.name + "-try")
    private = record.with_name(record.name + "-try-private")
    with LivePoll.opened(live_manifest(manifest), beside, private) as live:
        serve_until_stopped(StartPage(live), HOST, 0, _invite)


def _invite(origin: str) -> None:
    words = say(
        f"ブラウザーで開いてください: {origin}/   終えるには Ctrl-C",
        f"Open this in a browser: {origin}/   Ctrl-C ends it",
    )
    print(words, flush=True)
