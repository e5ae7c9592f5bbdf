"""Coin, state and header of one moment, however the ledger moves between the questions."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ippyo.booth.gateway import coins
from ippyo.canonical import b64, dumps
from ippyo.errors import RefusedError
from ippyo.ledger.engine import LedgerStoppedError, NotYetError


class Moving:
    """A ledger that is a block further at some of the questions: ``times`` says which block each of them meets."""

    def __init__(self, times: list[int]) -> None:
        self.times = times

    def _now(self) -> int:
        return self.times.pop(0) if len(self.times) > 1 else self.times[0]

    def query(self, path: str, _: str = "") -> str:
        root = b64(bytes([self._now()]) * 32)
        if path == "coin":
            return dumps({"coin": None, "coin_root": root, "proof": {}})
        status = {"poll": "p", "phase": "open", "size": 1, "root": root, "coin_root": root, "state": {}}
        return dumps(status)

    def header(self) -> Any:
        header = SimpleNamespace(size=1, root=bytes([self._now()]) * 32)
        return SimpleNamespace(header=header, to_text=lambda: f"header {header.root[0]}")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coins, "PAUSE", 0)


@pytest.mark.parametrize("times", [[1], [0, 1], [0, 0, 1], [0, 1, 1, 1], [0, 1, 2, 3, 4, 5]])
def test_the_answers_are_of_one_moment(times: list[int]) -> None:
    last = times[-1]
    found: Any = coins.proved_coin(Moving(times), "credential")  # type: ignore[arg-type]
    assert found["coin_root"] == found["status"]["coin_root"] == found["status"]["root"] == b64(bytes([last]) * 32)
    assert found["header"] == f"header {last}"
    assert list(found) == ["coin", "coin_root", "proof", "status", "header"]


def test_a_ledger_that_never_rests_is_busy() -> None:
    with pytest.raises(RefusedError) as caught:
        coins.proved_coin(Moving(list(range(100))), "credential")  # type: ignore[arg-type]
    assert caught.value.code == "busy"


@pytest.mark.parametrize("answer", ["", "[]", "null", '{"coin":null}'])
def test_an_answer_that_is_none_is_no_coin(answer: str) -> None:
    ledger: Any = SimpleNamespace(query=lambda *_: answer, header=lambda: None)
    with pytest.raises(LedgerStoppedError):
        coins.proved_coin(ledger, "credential")


def test_before_the_first_block_there_is_no_header() -> None:
    ledger = Moving([1])

    def none() -> Any:
        raise NotYetError("no block")

    ledger.header = none  # type: ignore[method-assign]
    with pytest.raises(NotYetError):
        coins.proved_coin(ledger, "credential")  # type: ignore[arg-type]
