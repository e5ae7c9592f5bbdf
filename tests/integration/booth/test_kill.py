"""What a booth took in is never lost: killed at any point, with the ledger there or away, and nothing is cast twice."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
import requests
from tests import commands
from tests.waiting import until

from ippyo.cli.children import lent_ports

YES, NO = (1, 0), (0, 1)


@pytest.fixture
def fresh(tmp_path: Any, booth_towns: Any, small_polls: Any) -> Any:
    return booth_towns.Town(tmp_path, small_polls)


def test_what_waits_outlives_the_booth(fresh: Any, visitors: Any) -> None:
    with fresh.engine():
        pass  # the box is open, and the ledger away
    with lent_ports(1) as (port,):
        folder = fresh.init(f"http://127.0.0.1:{port}")
        texts = [fresh.small.voter().cast(bridge=YES) for _ in range(3)]
        with fresh.booth(folder) as booth:
            visitor = visitors(booth.origin)
            names = [visitor.hand_in(text).json()["id"] for text in texts]
            assert visitor.get(f"/api/transactions/{names[0]}").json() == {"state": "waiting"}
            credential = fresh.small.voter().credential.text
            assert visitor.get(f"/api/coin/{credential}").json()["code"] == "ledger-unavailable"
            booth.kill()
        with fresh.booth(folder) as booth:
            visitor = visitors(booth.origin)
            assert visitor.get(f"/api/transactions/{names[2]}").json() == {"state": "waiting"}
            with fresh.ledger(port):
                assert [visitor.fate(name)["state"] for name in names] == ["accepted"] * 3


def test_killed_again_and_again_under_load(fresh: Any, visitors: Any) -> None:
    texts = [fresh.small.voter().cast(bridge=YES if number % 2 else NO) for number in range(60)]
    queue, taken = list(texts), list[str]()
    lock = threading.Lock()
    stop = threading.Event()
    origin: list[str] = []

    def keep_handing_in() -> None:
        while not stop.is_set():
            with lock:
                if not queue:
                    return
                text = queue.pop()
            while not stop.is_set():
                try:
                    answer = requests.post(f"{origin[0]}/api/transactions", data=text.encode(), timeout=10)
                except requests.RequestException:
                    time.sleep(0.02)
                    continue
                if answer.status_code == 202:
                    with lock:
                        taken.append(answer.json()["id"])
                    time.sleep(0.05)
                    break

    with fresh.ledger() as ledger:
        folder = fresh.init(ledger)
        voters = [threading.Thread(target=keep_handing_in) for _ in range(4)]
        try:
            for life, pause in enumerate((0.05, 0.3, 0.15, 0.45)):
                with fresh.booth(folder) as booth:
                    origin[:] = [booth.origin]
                    if not life:
                        for voter in voters:
                            voter.start()
                    time.sleep(pause)
                    booth.kill()
            with fresh.booth(folder) as booth:
                origin[:] = [booth.origin]
                for voter in voters:
                    voter.join(300)
                visitor = visitors(booth.origin)
                assert len(set(taken)) == len(texts)
                assert {visitor.fate(name)["state"] for name in taken} == {"accepted"}
                until(lambda: visitor.get("/board/status.json").json()["totals"]["cast"] == len(texts))
                assert visitor.get("/board/status.json").json()["totals"]["revote"] == 0
        finally:
            stop.set()


def test_one_booth_for_one_outbox(fresh: Any) -> None:
    with fresh.ledger() as ledger:
        folder = fresh.init(ledger)
        with fresh.booth(folder):
            second = commands.run("booth", "serve", str(folder), "--port", "0")
    assert second.returncode == 2
    assert "in use by another process" in second.stderr
