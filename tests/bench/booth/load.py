"""Fifty voters at once cast ballots that are sealed before, on loopback: rate, waiting times, and that none is lost.

    python tests/bench/booth/load.py [VOTERS] [CASTS_OF_EACH]

Booth and ledger are processes of their own. A cast's first time is from handing in to 202 (it is on the booth's disk);
its second until the voter has the receipt, asked for twice a second. Sending again after 503 or a lost connection
counts into both.
"""

from __future__ import annotations

import importlib.util
import multiprocessing
import statistics
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import requests

TESTS = Path(__file__).parents[2]
ASK_SECONDS = 0.5
BUSY = 503


def load(name: str, file: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, TESTS / file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


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
        name = answer.json()["id"]
        while "receipt" not in (fate := session.get(f"{origin}/api/transactions/{name}", timeout=120).json()):
            if fate["state"] == "refused":
                break
            time.sleep(ASK_SECONDS)
        times.append((taken, time.perf_counter() - started))
        fates.append(fate["state"])


def hand_in(session: requests.Session, origin: str, text: str) -> requests.Response:
    while True:
        with suppress(requests.ConnectionError):
            answer = session.post(f"{origin}/api/transactions", text.encode(), timeout=120)
            if answer.status_code != BUSY:
                return answer
        time.sleep(ASK_SECONDS)


def percentiles(values: list[float]) -> str:
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return "  ".join(f"p{at} {1000 * cuts[at - 1]:.0f} ms" for at in (50, 95, 99))


def main(voters: int = 50, each: int = 6) -> None:
    polls, towns = load("ippyo_small_poll", "small_poll.py"), load("ippyo_booth_town", "booth_town.py")
    with tempfile.TemporaryDirectory() as folder:
        town = towns.Town(Path(folder), polls)
        people = [town.small.voter() for _ in range(voters)]
        print(f"sealing {voters * each} casts of two ballots", flush=True)
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
            status = f"{booth.origin}/board/status.json"
            while (shown := requests.get(status, timeout=60).json()["totals"]["cast"]) < fates.count("accepted"):
                time.sleep(ASK_SECONDS)
        here.send("stop")
        ledger.join(30)
    print(f"{len(fates)} casts by {voters} voters in {seconds:.1f} s: {len(fates) / seconds:.1f} a second")
    print(f"  until kept (202)   {percentiles([taken for taken, _ in times])}")
    print(f"  until the receipt  {percentiles([done for _, done in times])}")
    print(f"  accepted {fates.count('accepted')}, on the board {shown}, lost {voters * each - shown}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
