"""Raising totals: whoever comes together shares a transaction, and nobody is answered before he is counted."""

from __future__ import annotations

import json
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from ippyo.errors import RefusedError
from ippyo.ledger.engine import LedgerStoppedError
from ippyo.registry.issuance.totals import Totals
from ippyo.registry.site.refusals import RegistryRefusedError


class Log:
    """Stands for the issuance log of one style, which all processes share."""

    def __init__(self) -> None:
        self._rows = 0
        self._lock = threading.Lock()

    def enter(self) -> int:
        with self._lock:
            self._rows += 1
            return self._rows

    def count(self, style: str) -> int:
        assert style == "all"
        return self._rows


@pytest.fixture
def setting(registry_offices: Any, small_poll: Any) -> Any:
    ledger, log = registry_offices.MemoryLedger(small_poll), Log()

    def totals(wait: float = 0.0) -> Totals:
        return Totals(small_poll.phi, 1, small_poll.issuer_keys[0], ledger, log.count, wait)

    return ledger, log, totals


def on_ledger(ledger: Any) -> int:
    return int(json.loads(ledger.query("status"))["state"]["issued"][0]["total"])


def in_threads(count: Any, work: Any) -> Any:
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)


def test_company_shares_one_transaction(setting: Any) -> None:
    ledger, log, totals = setting
    shared = totals(0.5)
    barrier = threading.Barrier(20)

    def come(_: Any) -> None:
        log.enter()
        barrier.wait()
        shared.cover("all")

    in_threads(20, come)
    assert [json.loads(tx)["total"] for tx in ledger.sent] == [20]


def test_processes_race_and_nobody_is_ahead_of_the_ledger(setting: Any) -> None:
    ledger, log, totals = setting
    processes = [totals(), totals(0.01), totals(0.02)]
    answered, early = [], []
    lock = threading.Lock()

    def come(number: Any) -> None:
        log.enter()
        processes[number % 3].cover("all")
        with lock:
            answered.append(number)
            if len(answered) > on_ledger(ledger):
                early.append(number)

    in_threads(40, come)
    assert len(answered) == 40
    assert not early
    assert on_ledger(ledger) == 40
    sent = [json.loads(tx)["total"] for tx in ledger.sent]
    assert sent == sorted(set(sent))


def test_a_failure_is_told_to_all_who_wait(setting: Any) -> None:
    ledger, log, totals = setting
    shared = totals(0.3)
    ledger.failure = LedgerStoppedError("down")
    codes = []

    def come(_: Any) -> None:
        log.enter()
        try:
            shared.cover("all")
        except RegistryRefusedError as error:
            codes.append(error.code)

    in_threads(5, come)
    assert codes == ["ledger-unavailable"] * 5
    ledger.failure = None
    log.enter()
    shared.cover("all")
    assert on_ledger(ledger) == 6


def test_another_process_was_faster(setting: Any) -> None:
    ledger, log, totals = setting
    log.enter()
    log.enter()
    totals().cover("all")
    totals().cover("all")
    assert on_ledger(ledger) == 2
    assert len(ledger.sent) == 1


def test_the_total_is_read_after_the_wait(setting: Any, monkeypatch: Any) -> None:
    ledger, log, totals = setting
    log.enter()
    waits = []

    def somebody_comes(seconds: float) -> None:
        waits.append(seconds)
        log.enter()

    monkeypatch.setattr("ippyo.registry.issuance.totals.time", SimpleNamespace(sleep=somebody_comes))
    totals(0.5).cover("all")
    assert waits == [0.5]
    assert on_ledger(ledger) == 2


@pytest.mark.parametrize(
    ("answer", "code"),
    [("closed", "registration-closed"), ("bad-signature", "ledger-unavailable"), ("duplicate", "ledger-unavailable")],
)
def test_refusals_of_the_ledger(setting: Any, answer: Any, code: Any) -> None:
    ledger, log, totals = setting
    log.enter()
    ledger.failure = RefusedError(answer)
    with pytest.raises(RegistryRefusedError) as caught:
        totals().cover("all")
    assert caught.value.code == code


def test_a_ledger_that_cannot_be_asked_after_a_refusal(setting: Any, monkeypatch: Any) -> None:
    ledger, log, totals = setting
    log.enter()
    ledger.failure = RefusedError("total-not-raised")

    def down(*_: Any) -> None:
        raise LedgerStoppedError("down")

    monkeypatch.setattr(ledger, "query", down)
    with pytest.raises(RegistryRefusedError) as caught:
        totals().cover("all")
    assert caught.value.code == "ledger-unavailable"


@pytest.mark.parametrize(
    "status", ["[]", "{}", '{"state":null}', '{"state":{"issued":[{}]}}', '{"state":{"issued":3}}']
)
def test_a_ledger_that_tells_no_totals(setting: Any, status: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a false front says makes nobody's request an internal error."""
    ledger, log, totals = setting
    log.enter()
    totals().cover("all")
    monkeypatch.setattr(ledger, "query", lambda *_: status)
    with pytest.raises(RegistryRefusedError) as caught:
        totals().cover("all")
    assert caught.value.code == "ledger-unavailable"
