"""How long the board's pages take with a million ballots in its index.

    python tests/bench/booth/board_pages.py [BALLOTS] [REQUESTS]

The index is filled with made-up trackers by the follower's own writer; pages are asked for in this process, one after
the other, so the times are those of Django and the index.
"""

from __future__ import annotations

import hashlib
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from ippyo.canonical import b64
from ippyo.crypto.merkle import Frontier

# This file is run by itself, from any folder.
sys.path.insert(0, str(Path(__file__).parents[3]))

from tests import booth_town, small_poll

MANY = 10_000


def fill(index: Any, opens: int, ballots: int) -> None:
    from ippyo.booth.board.index import Spot, UsedTicket  # noqa: PLC0415 - Django's weight comes with the booth

    for start in range(0, ballots, MANY):
        with index.writing() as writer:
            for number in range(start, start + MANY):
                ticket = UsedTicket("all", f"credential {number}", (bytes(384), bytes(384)))
                tracker = b64(hashlib.sha256(str(number).encode()).digest())
                at = 1000 * opens + number * 36_000_000 // ballots
                writer.cast(at, number, ticket, {"mayor" if number % 2 else "bridge": tracker})
            writer.stand_at(Spot(start // MANY + 1, "A" * 43, 1000 * opens, Frontier()))


def main(ballots: int = 1_000_000, requests: int = 50) -> None:
    with tempfile.TemporaryDirectory() as folder:
        town = booth_town.Town(Path(folder), small_poll)
        with town.ledger() as ledger:
            booth = town.init(ledger)
            from ippyo.booth.site.setup import set_up  # noqa: PLC0415

            config = set_up(booth)
            from django.test import Client  # noqa: PLC0415

            from ippyo.booth.board.index import BoardIndex  # noqa: PLC0415
            from ippyo.booth.site.hall import use  # noqa: PLC0415
            from ippyo.booth.site.opening import open_hall  # noqa: PLC0415

            with BoardIndex(config.index_file, town.small.poll) as index:
                started = time.perf_counter()
                fill(index, town.small.poll.manifest.opens, ballots)
                seconds = time.perf_counter() - started
            size = config.index_file.stat().st_size >> 20
            print(f"{ballots} ballots into the index in {seconds:.0f} s, {size} MiB", flush=True)
            with open_hall(config) as opened, use(opened):
                opened.follower.stop()
                client = Client(SERVER_NAME="localhost")
                tracker = b64(hashlib.sha256(b"777").digest())
                for path, query in (
                    ("/board/", {}),
                    ("/board/status.json", {}),
                    ("/board/ballots/0", {}),
                    (f"/board/ballots/{ballots // 2000}", {}),
                    (f"/board/ballots/{ballots // 1000 - 1}", {}),
                    ("/board/find", {"tracker": tracker}),
                    ("/api/clock", {}),
                ):
                    times = []
                    for _ in range(requests):
                        started = time.perf_counter()
                        answer = client.get(path, query)
                        times.append(1000 * (time.perf_counter() - started))
                        assert answer.status_code == 200, answer
                    length = len(answer.content) >> 10
                    print(
                        f"  {path:24} median {statistics.median(times):6.1f} ms  "
                        f"worst {max(times):6.1f} ms  {length} KiB"
                    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
