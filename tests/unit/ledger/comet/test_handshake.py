"""What CometBFT is told before anything else, and who may speak to the application at all."""

from __future__ import annotations

import stat
from collections.abc import Callable
from types import ModuleType
from typing import Any

from ippyo.ledger.comet import abci_pb2 as abci
from ippyo.ledger.comet.home import _genesis
from ippyo.ledger.comet.server import APP_VERSION

Start = Callable[..., Any]


def info(comet: Any) -> abci.ResponseInfo:
    answer: abci.ResponseInfo = comet.ask("query", abci.Request(info=abci.RequestInfo(version=b"0.38.23"))).info
    return answer


def test_the_version_is_the_one_that_genesis_starts_with(start: Start, comet: Any) -> None:
    """Nodes of another version than the chain's are not let in by CometBFT."""
    comet.connect(start().path)
    assert info(comet).app_version == APP_VERSION
    assert _genesis("x" * 43, (), 0)["consensus_params"]["version"] == {"app": str(APP_VERSION)}


def test_before_the_first_commit_there_is_no_app_hash(toy: ModuleType, start: Start, comet: Any) -> None:
    node = start()
    comet.connect(node.path)
    told = info(comet)
    assert (told.last_block_height, told.last_block_app_hash) == (0, b"")
    comet.decide([toy.note("one").encode()])
    told = info(comet)
    assert (told.last_block_height, told.last_block_app_hash) == (1, comet.chain[-1].app_hash)


def test_nobody_else_of_this_machine_may_speak_for_cometbft(start: Start) -> None:
    assert stat.S_IMODE(start().path.stat().st_mode) == 0o600
