"""The WSGI application in front of a ledger.

    POST /transactions         body: a transaction's canonical text; answers when it is durable
    GET  /status               GET /checkpoint            GET /receipt/N
    GET  /header               the last block's line of blocks.jsonl
    GET  /find?data=HASH       the index of the transaction with this hash
    GET  /query/PATH?data=D    a question to the contract, as in ippyo.contract.queries (coin, tracker, status, …)
    GET  /blocks?from=H        some blocks from height H on

and where one node of several is served, also

    GET  /receipt/N?size=S     GET  /checkpoint?size=S    against just this size, with the node's own cosignature
    GET  /node?height=H        the node's report of itself, with the header of block H (of the last one without H)

Whatever a stranger sends, the answer is one of :mod:`ippyo.ledger.http.messages`; 503 only when it is the ledger's
fault, and may be better later.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qs

from ippyo.canonical import dumps
from ippyo.contract.transactions import TRANSACTION_LIMIT
from ippyo.errors import InputError, IppyoError, ParseError, RefusedError
from ippyo.ledger.checkpoint import SignedCheckpoint
from ippyo.ledger.comet.report import NodeReport
from ippyo.ledger.database import StorageError
from ippyo.ledger.engine import BusyError, Ledger, LedgerStoppedError, NotYetError
from ippyo.ledger.http.messages import ERRORS, blocks_to_text, status_to_text
from ippyo.ledger.receipt import Receipt

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

__all__ = ["LedgerApp", "Node"]

WAIT = 15.0
"""Seconds that a transaction may take to become durable."""

RETRY_SECONDS = 1
QUERY_LIMIT = 4096
MAX_NUMBER_DIGITS = 15

_STATUS = {kind.name: kind.status for kind in ERRORS}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Answer:
    body: str
    status: int = 200
    media: str = "application/json; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()


class _NoAnswerError(InputError):
    """The request cannot be answered: ``name`` is one of the errors."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(problem)
        self.name = name


class Node(Protocol):
    """What one node of several can tell besides a ledger."""

    def receipt(self, index: int, size: int | None = None) -> Receipt:
        """Return the receipt against the node's checkpoint of ``size``."""
        ...

    def checkpoint(self, size: int | None = None) -> SignedCheckpoint:
        """Return the checkpoint of ``size`` with the node's cosignature."""
        ...

    def report(self, height: int | None = None) -> NodeReport:
        """Return how the node stands, with the header of block ``height``."""
        ...


class LedgerApp:
    """Serves ``ledger``; ``wait`` is how many seconds a transaction may take to become durable.

    ``node`` answers for itself where the ledger is one node of several.
    """

    def __init__(self, ledger: Ledger, *, wait: float = WAIT, node: Node | None = None) -> None:
        self._ledger = ledger
        self._wait = wait
        self._node = node
        self._reading: dict[str, Callable[[str, dict[str, list[str]]], _Answer]] = {
            "status": self._status,
            "checkpoint": self._checkpoint,
            "receipt": self._receipt,
            "find": self._find,
            "query": self._query,
            "blocks": self._blocks,
            "header": self._header,
        }
        if node is not None:
            self._reading["node"] = self._report

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        answer = self._judged(environ)
        body = answer.body.encode("utf-8", "replace")
        status = HTTPStatus(answer.status)
        headers = [
            ("Content-Type", answer.media),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            *answer.headers,
        ]
        start_response(f"{status.value} {status.phrase}", headers)
        return [b"" if environ.get("REQUEST_METHOD") == "HEAD" else body]

    def _judged(self, environ: WSGIEnvironment) -> _Answer:
        try:
            return self._answer(environ)
        except RefusedError as refusal:
            return _Answer(dumps({"refused": refusal.code, "detail": refusal.detail}), 409)
        except _NoAnswerError as error:
            return _error(error.name, error)
        except BusyError as error:
            return _error("busy", error)
        except LedgerStoppedError as error:
            return _error("stopped", error)
        except NotYetError as error:
            return _error("not-yet", error)
        except StorageError as error:
            # Its words, which name files of this machine, are for who runs it.
            log.warning("%s", error)
            return _error("stopped", LedgerStoppedError("the ledger cannot read its disk now; try again later"))
        except ParseError as error:
            return _error("malformed", error)
        except IppyoError as error:
            return _error("not-found", error)

    def _answer(self, environ: WSGIEnvironment) -> _Answer:
        method = environ.get("REQUEST_METHOD", "")
        head, _, rest = str(environ.get("PATH_INFO", "")).lstrip("/").partition("/")
        if head == "transactions" and not rest:
            if method != "POST":
                raise _NoAnswerError("method-not-allowed", "transactions are handed in with POST")
            return self._transaction(_body(environ))
        if head not in self._reading:
            raise _NoAnswerError("not-found", "there is nothing at this address")
        if method not in {"GET", "HEAD"}:
            raise _NoAnswerError("method-not-allowed", "this address is read with GET")
        return self._reading[head](rest, _parameters(environ))

    def _transaction(self, text: str) -> _Answer:
        accepted = self._ledger.submit_and_wait(text, self._wait)
        return _Answer(dumps({"height": accepted.height, "index": accepted.index}))

    def _status(self, rest: str, _: dict[str, list[str]]) -> _Answer:
        _require_nothing(rest)
        return _Answer(status_to_text(self._ledger.status()))

    def _checkpoint(self, rest: str, parameters: dict[str, list[str]]) -> _Answer:
        _require_nothing(rest)
        size = _optional(parameters, "size")
        signed = self._ledger.checkpoint() if size is None else self._required_node().checkpoint(size)
        return _Answer(signed.to_text(), media="text/plain; charset=utf-8")

    def _receipt(self, rest: str, parameters: dict[str, list[str]]) -> _Answer:
        index, size = _number(rest), _optional(parameters, "size")
        receipt = self._ledger.receipt(index) if size is None else self._required_node().receipt(index, size)
        return _Answer(receipt.to_text(), media="text/plain; charset=utf-8")

    def _report(self, rest: str, parameters: dict[str, list[str]]) -> _Answer:
        _require_nothing(rest)
        return _Answer(self._required_node().report(_optional(parameters, "height")).to_text())

    def _required_node(self) -> Node:
        if self._node is None:
            raise _NoAnswerError("not-found", "this ledger answers for its newest checkpoint only")
        return self._node

    def _find(self, rest: str, parameters: dict[str, list[str]]) -> _Answer:
        # Base64 has slashes, which servers treat in many ways when they stand in a path.
        _require_nothing(rest)
        return _Answer(dumps({"index": self._ledger.find(parameters.get("data", [""])[0][:100])}))

    def _query(self, rest: str, parameters: dict[str, list[str]]) -> _Answer:
        data = parameters.get("data", [""])[0]
        return _Answer(self._ledger.query(rest[:100], data))

    def _blocks(self, rest: str, parameters: dict[str, list[str]]) -> _Answer:
        _require_nothing(rest)
        return _Answer(blocks_to_text(self._ledger.blocks(max(1, _number(parameters.get("from", ["1"])[0])))))

    def _header(self, rest: str, _: dict[str, list[str]]) -> _Answer:
        _require_nothing(rest)
        return _Answer(self._ledger.header().to_text())


def _error(name: str, error: Exception) -> _Answer:
    retry = (("Retry-After", str(RETRY_SECONDS)),) if _STATUS[name] == HTTPStatus.SERVICE_UNAVAILABLE else ()
    return _Answer(dumps({"error": name, "detail": str(error)}), _STATUS[name], headers=retry)


def _body(environ: WSGIEnvironment) -> str:
    length = str(environ.get("CONTENT_LENGTH") or "")
    if not (length.isascii() and length.isdigit()) or len(length) > MAX_NUMBER_DIGITS:
        raise _NoAnswerError("malformed", "the request does not say how long it is")
    if int(length) > TRANSACTION_LIMIT:
        raise _NoAnswerError("too-large", f"a transaction has at most {TRANSACTION_LIMIT} bytes")
    try:
        return bytes(environ["wsgi.input"].read(int(length))).decode("utf-8")
    except (UnicodeDecodeError, OSError):
        raise _NoAnswerError("malformed", "the transaction is not UTF-8 text") from None


def _parameters(environ: WSGIEnvironment) -> dict[str, list[str]]:
    text = str(environ.get("QUERY_STRING") or "")
    if len(text) > QUERY_LIMIT:
        raise _NoAnswerError("too-large", "the question is too long")
    try:
        return parse_qs(text, keep_blank_values=True, errors="strict", max_num_fields=8)
    except ValueError:
        raise _NoAnswerError("malformed", "the question cannot be read") from None


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > MAX_NUMBER_DIGITS:
        raise _NoAnswerError("malformed", "a number is expected")
    return int(text)


def _optional(parameters: dict[str, list[str]], name: str) -> int | None:
    return _number(parameters[name][0]) if name in parameters else None


def _require_nothing(rest: str) -> None:
    if rest:
        raise _NoAnswerError("not-found", "there is nothing at this address")
