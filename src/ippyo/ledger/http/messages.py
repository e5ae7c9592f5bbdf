"""What travels between a ledger's HTTP front and its client, in canonical JSON.

accepted   {"height":H,"index":N}
refused    {"refused":CODE,"detail":TEXT}       HTTP 409: a code of docs/protocol.md §9
error      {"error":NAME,"detail":TEXT}         NAME of :data:`ERRORS`, with its HTTP status
found      {"index":N|null}
status     the fields of :class:`~ippyo.ledger.engine.LedgerStatus`, ``root`` in Base64
blocks     {"blocks":[{"header":LINE,"first":N,"transactions":[TEXT..]}..]}, at most a few; ask on from the next height
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ippyo.canonical import b64, dumps, fields, loads, unb64
from ippyo.contract.transactions import TRANSACTION_LIMIT
from ippyo.errors import InputError, IppyoError
from ippyo.ledger.blocks import BLOCK_LIMIT, SignedHeader
from ippyo.ledger.chain import Block
from ippyo.ledger.engine import BusyError, LedgerStatus, LedgerStoppedError, NotYetError

__all__ = [
    "ANSWER_LIMIT",
    "ERRORS",
    "ErrorKind",
    "blocks_from_text",
    "blocks_to_text",
    "status_from_text",
    "status_to_text",
]

BLOCKS_AT_ONCE = 16
BLOCKS_BYTES = 8 << 20
"""After so many bytes of transactions no further block joins an answer; one block always does."""

ANSWER_LIMIT = BLOCKS_BYTES + 2 * BLOCK_LIMIT * TRANSACTION_LIMIT


@dataclass(frozen=True, slots=True)
class ErrorKind:
    """How an error of the engine travels."""

    name: str
    status: int
    kind: type[IppyoError]


ERRORS = (
    ErrorKind("busy", 503, BusyError),
    ErrorKind("stopped", 503, LedgerStoppedError),
    ErrorKind("not-yet", 503, NotYetError),
    ErrorKind("not-found", 404, InputError),
    ErrorKind("method-not-allowed", 405, InputError),
    ErrorKind("too-large", 413, InputError),
    ErrorKind("malformed", 400, InputError),
)


def status_to_text(status: LedgerStatus) -> str:
    """Return the canonical text of a status."""
    return dumps(
        {
            "poll": status.poll,
            "height": status.height,
            "size": status.size,
            "root": b64(status.root),
            "state": status.state,
            "time": status.time,
            "cosigned": status.cosigned,
            "waiting": status.waiting,
            "failure": status.failure,
        }
    )


def status_from_text(text: str) -> LedgerStatus:
    """Decode a status. Raises :class:`~ippyo.errors.ParseError`."""
    what = "ledger status"
    names = ("poll", "height", "size", "root", "state", "time", "cosigned", "waiting", "failure")
    read = fields(loads(text, what=what, limit=100_000), what, *names)
    return LedgerStatus(
        read.text("poll", limit=43),
        read.integer("height"),
        read.integer("size"),
        unb64(read.text("root", limit=43), what=what, length=32),
        read.text("state", limit=43),
        read.integer("time"),
        read.integer("cosigned"),
        read.integer("waiting"),
        read.text("failure"),
    )


def blocks_to_text(blocks: Iterable[Block]) -> str:
    """Return as many of ``blocks`` as one answer takes."""
    values: list[dict[str, object]] = []
    size = 0
    for block in blocks:
        values.append(
            {"header": block.signed.to_text(), "first": block.first, "transactions": list(block.transactions)}
        )
        size += sum(map(len, block.transactions))
        if len(values) == BLOCKS_AT_ONCE or size > BLOCKS_BYTES:
            break
    return dumps({"blocks": values})


def blocks_from_text(text: str) -> list[Block]:
    """Decode an answer with blocks; nothing in them is proved yet. Raises :class:`~ippyo.errors.ParseError`."""
    what = "ledger blocks"
    read = fields(loads(text, what=what, limit=ANSWER_LIMIT), what, "blocks")
    return read.map("blocks", _block, limit=BLOCKS_AT_ONCE)


def _block(value: object) -> Block:
    read = fields(value, "ledger block", "header", "first", "transactions")
    transactions = read.texts("transactions", limit=BLOCK_LIMIT, length=TRANSACTION_LIMIT)
    return Block(SignedHeader.from_text(read.text("header")), read.integer("first"), tuple(transactions))
