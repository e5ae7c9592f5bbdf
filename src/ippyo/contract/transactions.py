"""The transactions: one canonical text each (docs/protocol.md §8).

A decoded transaction is well formed and belongs to the poll; whether it is true, and whether the rules allow it, is for
:mod:`ippyo.contract.stateless` and :mod:`ippyo.contract.rules`.
"""

from __future__ import annotations

from collections.abc import Callable

from ippyo.canonical import Fields, fields, loads, require_canonical
from ippyo.contract.from_offices import Act, Audit, Close, Decrypt, Issued, Open, ResultAct, Tally
from ippyo.contract.from_voters import Cast, Spoil, Surrender
from ippyo.contract.poll import Poll
from ippyo.errors import ParseError, RefusedError
from ippyo.poll.limits import TRANSACTION_LIMIT

__all__ = [
    "TRANSACTION_LIMIT",
    "Act",
    "Audit",
    "Cast",
    "Close",
    "Decrypt",
    "Issued",
    "Open",
    "ResultAct",
    "Spoil",
    "Surrender",
    "Tally",
    "Transaction",
    "parse_transaction",
]

_WHAT = "transaction"

Transaction = Issued | Open | Cast | Spoil | Surrender | Close | Tally | Decrypt | ResultAct | Audit

_PARSERS: dict[str, tuple[tuple[str, ...], Callable[[Fields, Poll], Transaction]]] = {
    "issued": (("issuer", "style", "total", "signature"), Issued.parse),
    "open": (("signatures",), Open.parse),
    "cast": (("ticket", "number", "ballots", "proof"), Cast.parse),
    "spoil": (("ticket", "tracker", "proof"), Spoil.parse),
    "surrender": (("ticket", "number", "proof"), Surrender.parse),
    "close": (("signatures",), Close.parse),
    "tally": (("contest", "num_tallied", "encrypted_tally", "signatures"), Tally.parse),
    "decrypt": (("contest", "owner", "decryption"), Decrypt.parse),
    "result": (("contest", "result", "signatures"), ResultAct.parse),
    "audit": (("subject", "digest", "signatures"), Audit.parse),
}


def parse_transaction(poll: Poll, text: str) -> Transaction:
    """Decode a canonical transaction text of this poll.

    Raises :class:`ParseError` (``malformed``), or :class:`RefusedError`: ``wrong-poll`` as soon as the fields are known
    by name (values of another poll, which may have another group, are not looked at), and ``bad-ballot`` for a ballot
    whose uuid is not of this poll, because without its contest it cannot be decoded.
    """
    value = loads(text, what=_WHAT, limit=TRANSACTION_LIMIT)
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in _PARSERS:
        raise ParseError(_WHAT, "is not of a known type")
    names, parse = _PARSERS[kind]
    read = fields(value, kind, "type", "poll", *names)
    if read.text("poll", limit=43) != poll.fingerprint:
        raise RefusedError("wrong-poll", "the transaction belongs to another poll")
    transaction = parse(read, poll)
    require_canonical(text, transaction.to_text(), what=kind)
    return transaction
