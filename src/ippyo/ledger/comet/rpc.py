"""The few calls of CometBFT's JSON-RPC that a node makes, on its own machine."""

from __future__ import annotations

import base64
import threading
from dataclasses import dataclass
from itertools import count
from typing import Any

import requests

from ippyo.contract.interface import Verdict
from ippyo.errors import IppyoError
from ippyo.ledger.engine import BusyError, LedgerStoppedError

__all__ = ["CometRpc", "CometStatus"]

TIMEOUT = 15.0
_WHAT_IS_THERE = "already exists in cache"
_FULL = "mempool is full"


@dataclass(frozen=True, slots=True)
class CometStatus:
    """How CometBFT stands: ``height`` of the last block, whether it is still catching up, how many peers it has."""

    height: int
    catching_up: bool
    peers: int
    version: str


class CometRpc:
    """CometBFT at ``url`` (``http://127.0.0.1:26657``). Safe to share between threads."""

    def __init__(self, url: str) -> None:
        self._url = url
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
            if _FULL in error.words:
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
                int(sync["sync_info"]["latest_block_height"]),
                bool(sync["sync_info"]["catching_up"]),
                int(peers["n_peers"]),
                str(sync["node_info"]["version"]),
            )
        except (_RpcError, KeyError, TypeError, ValueError):
            raise LedgerStoppedError("CometBFT does not tell how it stands") from None

    def _call(self, method: str, **parameters: object) -> Any:
        request = {"jsonrpc": "2.0", "id": next(self._numbers), "method": method, "params": parameters}
        try:
            answer = self._session().post(self._url, json=request, timeout=TIMEOUT, allow_redirects=False).json()
        except requests.RequestException:
            raise LedgerStoppedError("CometBFT does not answer; look whether the node runs") from None
        if not isinstance(answer, dict) or "result" not in answer:
            raise _RpcError(answer.get("error") if isinstance(answer, dict) else None)
        return answer["result"]

    def _session(self) -> requests.Session:
        """Return this thread's session, which keeps its connection."""
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            # Neither a proxy nor a password of this machine's user has anything to do with it.
            session.trust_env = False
            self._local.session = session
        return session


class _RpcError(IppyoError):
    """CometBFT answered with an error."""

    def __init__(self, error: object) -> None:
        parts = [str(error.get(name, "")) for name in ("message", "data")] if isinstance(error, dict) else ["no answer"]
        self.words = " ".join(parts)
        super().__init__(self.words)
