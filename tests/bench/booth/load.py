"""Fifty voters at once cast ballots that are sealed before, on loopback: rate, waiting times, and that none is lost.

    python tests/bench/booth/load.py [VOTERS] [CASTS_OF_EACH]

The exit code is 1 when a cast was refused, or is not on the board in the end.
"""

from __future__ import annotations

import multiprocessing
import statistics
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import requests

# This file is run by itself, from any folder.
sys.path.insert(0, str(Path(__file__).parents[3]))

from tests import booth_town, small_poll

ASK_SECONDS = 0.5
RECEIPT_SECONDS = 300.0
"""How long a voter waits; what has no receipt then is lost."""

BOARD_SECONDS = 60.0
"""How long the board may take to show the last casts."""

ACCEPTED, BUSY = 202, 503
METHOD = """\
{voters} voters at once, {each} casts of two ballots each, sealed before, over HTTP on loopback; booth and ledger
(embedded engine) are processes of their own. "Kept": from handing in to 202, on the booth's disk. "Receipt": from
handing in until the voter has it, asking twice a second. Sending again after 503 or a lost connection counts in
both."""


def serve_ledger(town: Any, told: Any) -> None:
    with town.ledger() as origin:
        told.send(origin)
        told.recv()


def vote(origin: str, texts: list[str], begin: Any, times: list[tuple[float, float]], fates: list[str]) -> None:
    session = requests.Session()
    begin.wait()
    for text in texts:
        started = time.perf_counter()
        answer = hand_in(session, origin, text)
        taken = time.perf_counter() - started
        if answer.status_code != ACCEPTED:
            fates.append(answer.json()["code"])
            continue
        fates.append(fate_of(session, f"{origin}/api/transactions/{answer.json()['id']}"))
        times.append((taken, time.perf_counter() - started))


def hand_in(session: requests.Session, origin: str, text: str) -> requests.Response:
    while True:
        with suppress(requests.ConnectionError):
            answer = session.post(f"{origin}/api/transactions", text.encode(), timeout=120)
            if answer.status_code != BUSY:
                return answer
        time.sleep(ASK_SECONDS)


def fate_of(session: requests.Session, address: str) -> str:
    """Return ``accepted`` once the receipt is there, ``refused``, or ``no receipt`` when the time is over."""
    deadline = time.monotonic() + RECEIPT_SECONDS
    while time.monotonic() < deadline:
        fate = session.get(address, timeout=120).json()
        if "receipt" in fate or fate.get("state") == "refused":
            return str(fate["state"])
        time.sleep(ASK_SECONDS)
    return "no receipt"


def percentiles(values: list[float]) -> str:
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return "  ".join(f"p{at} {1000 * cuts[at - 1]:.0f} ms" for at in (50, 95, 99))


def on_the_board(origin: str, expected: int) -> int:
    """Return how many casts the board counts: those expected, or what it shows when its time is over."""
    deadline = time.monotonic() + BOARD_SECONDS
    while True:
        shown = int(requests.get(f"{origin}/board/status.json", timeout=60).json()["totals"]["cast"])
        if shown >= expected or time.monotonic() > deadline:
            return shown
        time.sleep(ASK_SECONDS)


def main(voters: int = 50, each: int = 6) -> int:
    print(METHOD.format(voters=voters, each=each), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        town = booth_town.Town(Path(folder), small_poll)
        people = [town.small.voter() for _ in range(voters)]
        texts = [
            [
                person.cast_ballots(
                    16 * (turn + 1), bridge=person.seal("bridge", (1, 0)), mayor=person.seal("mayor", (1, 0, 0))
                )
                for turn in range(each)
            ]
            for person in people
        ]
        here, there = multiprocessing.Pipe()
        ledger = multiprocessing.get_context("fork").Process(target=serve_ledger, args=(town, there))
        ledger.start()
        booth_folder = town.init(here.recv())
        with town.booth(booth_folder) as booth:
            begin = threading.Barrier(voters + 1)
            times: list[tuple[float, float]] = []
            fates: list[str] = []
            threads = [threading.Thread(target=vote, args=(booth.origin, own, begin, times, fates)) for own in texts]
            for thread in threads:
                thread.start()
            begin.wait()
            started = time.perf_counter()
            for thread in threads:
                thread.join()
            seconds = time.perf_counter() - started
            shown = on_the_board(booth.origin, fates.count("accepted"))
        here.send("stop")
        ledger.join(30)
    print(f"{len(fates)} casts by {voters} voters in {seconds:.1f} s: {len(fates) / seconds:.1f} a second")
    print(f"  kept     {percentiles([taken for taken, _ in times])}")
    print(f"  receipt  {percentiles([done for _, done in times])}")
    lost = voters * each - shown
    print(f"  accepted {fates.count('accepted')}, on the board {shown}, lost {lost}")
    return 0 if lost == 0 and fates.count("accepted") == voters * each else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
