"""The few calls of CometBFT's JSON-RPC that a node makes, on its own machine."""

from __future__ import annotations

import base64
import json
import threading
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from itertools import count
from typing import Any

from ippyo.contract.interface import Verdict
from ippyo.errors import IppyoError
from ippyo.ledger.engine import BusyError, LedgerStoppedError

__all__ = ["CometRpc", "CometStatus"]

TIMEOUT = 15.0
_WHAT_IS_THERE = "already exists in cache"
_FULL = ("mempool is full", "is considered as full")


@dataclass(frozen=True, slots=True)
class CometStatus:
    """How CometBFT stands: whether it is still catching up, how many peers it has, its version."""

    catching_up: bool
    peers: int
    version: str


class CometRpc:
    """CometBFT at ``address`` (``127.0.0.1:26657``). Safe to share between threads."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._numbers = count(1)
        self._local = threading.local()

    def broadcast(self, tx: str) -> Verdict:
        """Hand a transaction to the mempool; return CheckTx's verdict. One that is there already is accepted.

        Raises :class:`BusyError` when the mempool is full, :class:`LedgerStoppedError` when CometBFT does not answer.
        """
        try:
            result = self._call("broadcast_tx_sync", tx=base64.b64encode(tx.encode()).decode())
        except _RpcError as error:
            if _WHAT_IS_THERE in error.words:
                return Verdict()
            if any(words in error.words for words in _FULL):
                raise BusyError("the node's mempool is full; send it again a little later") from None
            raise LedgerStoppedError(f"CometBFT does not take transactions: {error.words[:200]}") from None
        if not result.get("code"):
            return Verdict()
        code, _, detail = str(result.get("log", "")).partition(": ")
        return Verdict(code or "malformed", detail)

    def status(self) -> CometStatus:
        """Return how CometBFT stands. Raises :class:`LedgerStoppedError`."""
        try:
            sync = self._call("status")
            peers = self._call("net_info")
            return CometStatus(
                bool(sync["sync_info"]["catching_up"]), int(peers["n_peers"]), str(sync["node_info"]["version"])
            )
        except (_RpcError, KeyError, TypeError, ValueError):
            raise LedgerStoppedError("CometBFT does not tell how it stands") from None

    def _call(self, method: str, **parameters: object) -> Any:
        request = {"jsonrpc": "2.0", "id": next(self._numbers), "method": method, "params": parameters}
        try:
            answer = json.loads(self._exchange(json.dumps(request).encode()))
        except (OSError, HTTPException, ValueError, RecursionError):
            raise LedgerStoppedError("CometBFT does not answer; look whether the node runs") from None
        if not isinstance(answer, dict) or "result" not in answer:
            raise _RpcError(answer.get("error") if isinstance(answer, dict) else None)
        return answer["result"]

    def _exchange(self, body: bytes) -> bytes:
        """Send ``body`` over this thread's connection, which is opened again when CometBFT has closed it."""
        connection: HTTPConnection | None = getattr(self._local, "connection", None)
        if connection is None:
            self._local.connection = connection = HTTPConnection(self._address, timeout=TIMEOUT)
        try:
            try:
                return _post(connection, body)
            except ConnectionError:
                connection.close()
                return _post(connection, body)
        except BaseException:
            connection.close()
            raise


def _post(connection: HTTPConnection, body: bytes) -> bytes:
    connection.request("POST", "/", body, {"Content-Type": "application/json"})
    return connection.getresponse().read()


class _RpcError(IppyoError):
    """CometBFT answered with an error."""

    def __init__(self, error: object) -> None:
        parts = [str(error.get(name, "")) for name in ("message", "data")] if isinstance(error, dict) else ["no answer"]
        self.words = " ".join(parts)
        super().__init__(self.words)
