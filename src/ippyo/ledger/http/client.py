"""A ledger elsewhere, with the methods and the errors of one in this process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import quote

from ippyo.canonical import fields, loads, sha256_b64
from ippyo.errors import InputError, IppyoError, ParseError, RefusedError
from ippyo.ledger.blocks import Entry, SignedHeader
from ippyo.ledger.chain import Block
from ippyo.ledger.checkpoint import SignedCheckpoint
from ippyo.ledger.comet.report import NodeReport
from ippyo.ledger.engine import Accepted, BusyError, LedgerStatus, LedgerStoppedError
from ippyo.ledger.http.exchange import ExchangeError, exchange
from ippyo.ledger.http.messages import ANSWER_LIMIT, ERRORS, blocks_from_text, status_from_text
from ippyo.ledger.receipt import Receipt

__all__ = ["LedgerClient", "LedgerUnreachableError"]

T = TypeVar("T")

READ_SECONDS = 20.0
"""For one exchange as a whole, however slowly its answer drips."""
PAUSE = 0.25
"""Seconds before the next attempt; they double."""

_WHAT = "ledger's answer"
_UNREACHABLE = "the ledger does not answer; look whether it runs, and send it again"
_KINDS = {kind.name: kind.kind for kind in ERRORS}


class LedgerUnreachableError(LedgerStoppedError):
    """No address of the ledger answers as one. What was sent may have got onto it."""


class LedgerClient:
    """Uses the ledger of ``poll`` (Phi) at ``urls``, which are tried in turn. Safe to share between threads.

    ``attempts`` is how often each exchange is tried before :class:`LedgerUnreachableError`.
    """

    def __init__(self, urls: Sequence[str], poll: str, *, attempts: int = 4) -> None:
        if not urls:
            raise InputError("no address of the ledger is given")
        self._urls = tuple(url.rstrip("/") for url in urls)
        self._poll = poll
        self._attempts = attempts

    def describe(self) -> str:
        """Return one line for the operator."""
        return f"ledger over HTTP at {', '.join(self._urls)}"

    def submit_and_wait(self, tx: str, timeout: float | None = None) -> Accepted:
        """Hand in a transaction and wait until it is durable; sending it again after a lost answer is no harm.

        When the answer was lost and the ledger turns out to hold the transaction, ``height`` is 0, for it is unknown.
        Raises :class:`RefusedError`, :class:`BusyError`, :class:`LedgerStoppedError`, or
        :class:`~ippyo.ledger.engine.NotYetError`.
        """
        lost = False

        def hand_in(url: str, seconds: float) -> Accepted:
            nonlocal lost
            try:
                read = fields(
                    loads(_exchange("POST", f"{url}/transactions", seconds, tx), what=_WHAT, limit=1000),
                    _WHAT,
                    "height",
                    "index",
                )
                return Accepted(read.integer("height"), read.integer("index"), Entry.of(tx))
            except LedgerUnreachableError:
                lost = True
                raise
            except RefusedError:
                index = self.find(sha256_b64(tx)) if lost else None
                if index is None:
                    raise
                return Accepted(0, index, Entry.of(tx))

        return self._try(hand_in, READ_SECONDS if timeout is None else timeout)

    def status(self) -> LedgerStatus:
        """Return how the ledger stands. Raises :class:`InputError` when it is another poll's."""
        status = self._get("/status", status_from_text)
        if status.poll != self._poll:
            raise InputError("the ledger at this address is another poll's")
        return status

    def find(self, digest: str) -> int | None:
        """Return the index of the transaction with this hash, or None."""
        return self._get(f"/find?data={quote(digest, safe='')}", _index)

    def receipt(self, index: int, size: int | None = None) -> Receipt:
        """Return the receipt of a transaction, not yet verified; of one node of several, against just ``size``."""
        return self._get(f"/receipt/{index}{_with('size', size)}", Receipt.from_text)

    def checkpoint(self, size: int | None = None) -> SignedCheckpoint:
        """Return the ledger's checkpoint, not yet verified; of one node of several, also that of another ``size``."""
        return self._get(f"/checkpoint{_with('size', size)}", SignedCheckpoint.from_text)

    def report(self, height: int | None = None) -> NodeReport:
        """Return what one node of several says of itself, with the header of block ``height``."""
        return self._get(f"/node{_with('height', height)}", NodeReport.from_text)

    def blocks(self, start: int = 1) -> Iterator[Block]:
        """Yield the blocks from height ``start`` to the last one there is, not yet verified."""
        while page := self._get(f"/blocks?from={start}", blocks_from_text):
            yield from page
            start += len(page)

    def header(self) -> SignedHeader:
        """Return the last block's header, not yet verified."""
        return self._get("/header", SignedHeader.from_text)

    def query(self, path: str, data: str = "") -> str:
        """Ask the contract about the committed state."""
        return self._get(f"/query/{quote(path, safe='')}?data={quote(data, safe='')}", str)

    def _get(self, path: str, parse: Callable[[str], T]) -> T:
        return self._try(lambda url, seconds: parse(_exchange("GET", url + path, seconds)), READ_SECONDS)

    def _try(self, exchange: Callable[[str, float], T], seconds: float) -> T:
        """Do ``exchange`` at one address after the other, with growing pauses, until one answers or time is over."""
        deadline = time.monotonic() + seconds
        pause = PAUSE
        for attempt in range(self._attempts):
            left = deadline - time.monotonic()
            try:
                return exchange(self._urls[attempt % len(self._urls)], max(left, PAUSE))
            except (LedgerUnreachableError, BusyError):
                if attempt + 1 == self._attempts or left <= pause:
                    raise
            time.sleep(pause)
            pause *= 2
        raise LedgerUnreachableError(_UNREACHABLE)


def _with(name: str, value: int | None) -> str:
    return "" if value is None else f"?{name}={value}"


def _index(text: str) -> int | None:
    read = fields(loads(text, what=_WHAT, limit=1000), _WHAT, "index")
    return None if read.raw("index") is None else read.integer("index")


def _exchange(method: str, url: str, seconds: float, body: str | None = None) -> str:
    """Return the body of a good answer; raise what any other says."""
    try:
        status, data = exchange(method, url, seconds, None if body is None else body.encode(), limit=ANSWER_LIMIT)
        text = data.decode("utf-8")
    except (ExchangeError, UnicodeDecodeError):
        raise LedgerUnreachableError(_UNREACHABLE) from None
    if status == HTTPStatus.OK:
        return text
    raise _problem(text)


def _problem(text: str) -> IppyoError:
    """Return the error that an answer tells; whatever does not tell one does not come from a ledger."""
    try:
        read = fields(loads(text, what=_WHAT, limit=100_000), _WHAT, "detail", optional=("refused", "error"))
        detail = read.text("detail")
        if "refused" in read:
            return RefusedError(read.text("refused", limit=60), detail)
        return _KINDS[read.text("error", limit=60)](detail)
    except (ParseError, KeyError):
        return LedgerUnreachableError(_UNREACHABLE)
