"""Receipts from the ledger, verified against genesis before anybody gets them."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from ippyo.booth.port import LedgerPort
from ippyo.canonical import b64
from ippyo.errors import CheckFailedError, InputError, ParseError
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.engine import BusyError, LedgerStoppedError, NotYetError

__all__ = ["Receipts"]

KEPT = 4096
"""Receipts kept in memory for voters who ask again; each has some 2 kB."""


class Receipts:
    """Fetches receipts from ``ledger`` and believes none that ``facts`` do not prove."""

    def __init__(self, ledger: LedgerPort, facts: LedgerFacts) -> None:
        self._ledger = ledger
        self._facts = facts
        self._kept: OrderedDict[bytes, str] = OrderedDict()
        self._lock = Lock()

    def of(self, digest: bytes, index: int) -> str | None:
        """Return the receipt of the text with this hash, which is number ``index``; None while there is none.

        Raises :class:`CheckFailedError` when the ledger gives a receipt that is false or another text's.
        """
        with self._lock:
            if digest in self._kept:
                self._kept.move_to_end(digest)
                return self._kept[digest]
        try:
            receipt = self._ledger.receipt(index)
        except ParseError:
            raise CheckFailedError("the ledger gave something that is no receipt") from None
        except (NotYetError, BusyError, LedgerStoppedError, InputError):
            return None
        entry = receipt.verify(self._facts)
        if entry.digest != b64(digest) or receipt.index != index:
            raise CheckFailedError("the ledger gave the receipt of another transaction")
        text = receipt.to_text()
        with self._lock:
            self._kept[digest] = text
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return text
