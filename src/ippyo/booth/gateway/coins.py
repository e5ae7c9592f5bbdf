"""A coin with all that proves it: one moment of the ledger, from the coin up to the log's signature."""

from __future__ import annotations

import time

from ippyo.booth.port import LedgerPort
from ippyo.canonical import b64, fields, loads
from ippyo.errors import ParseError, RefusedError
from ippyo.ledger.engine import LedgerStoppedError

__all__ = ["proved_coin"]

ANSWER_LIMIT = 1 << 20
TRIES = 8
PAUSE = 0.05
"""Seconds before the second try; each further one waits as much longer. A block takes longer than three questions."""

_COIN = ("coin", "coin_root", "proof")
_STATUS = ("poll", "phase", "size", "root", "coin_root", "state")


def proved_coin(ledger: LedgerPort, credential: str) -> dict[str, object]:
    """Return the answers to ``coin`` and ``status``, and the header under which both hold (docs/booth.md §4).

    Nothing in them is verified: that is for who asks, who has no reason to believe a booth. Raises
    :class:`RefusedError` ``busy`` when the ledger moves on between the questions again and again, and the errors of
    ``ledger``.
    """
    for attempt in range(TRIES):
        found = _asked(ledger, credential)
        if found is not None:
            return found
        time.sleep(PAUSE * (attempt + 1))
    raise RefusedError("busy")


def _asked(ledger: LedgerPort, credential: str) -> dict[str, object] | None:
    """Ask once. None: the answers are not of one moment."""
    try:
        coin = loads(ledger.query("coin", credential), what="coin", limit=ANSWER_LIMIT)
        status = loads(ledger.query("status"), what="status", limit=ANSWER_LIMIT)
        under = fields(coin, "coin", *_COIN).text("coin_root")
        read = fields(status, "status", *_STATUS)
        size, root, coin_root = read.integer("size"), read.text("root"), read.text("coin_root")
    except ParseError:
        raise LedgerStoppedError("the ledger's answer is not one") from None
    header = ledger.header()
    # Size and root name the transactions, and with them the whole state.
    if (size, root, coin_root) != (header.header.size, b64(header.header.root), under):
        return None
    return {**coin, "status": status, "header": header.to_text()}
