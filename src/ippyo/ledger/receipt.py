"""Receipts: a C2SP ``tlog-proof@v1`` that a transaction is in the ledger (docs/protocol.md §11).

A receipt shows that a ballot is in, and never what it says. It can be checked without a network: all that one needs is
:class:`~ippyo.ledger.checkpoint.LedgerFacts`, which come from genesis.
"""

from __future__ import annotations

from dataclasses import dataclass

from ippyo.canonical import dumps, fields, loads, require_canonical
from ippyo.crypto.merkle import HASH_LENGTH, MAX_PROOF_LENGTH, verify_inclusion
from ippyo.errors import CheckFailedError, ParseError
from ippyo.ledger.blocks import Entry
from ippyo.ledger.checkpoint import LedgerFacts, SignedCheckpoint
from ippyo.ledger.notes import padded_b64, parse_padded_b64

__all__ = ["NotIncludedError", "Receipt", "WrongPollError"]

RECEIPT_LIMIT = 128 * 1024

_FIRST_LINE = "c2sp.org/tlog-proof@v1"
_WHAT = "receipt"


class WrongPollError(CheckFailedError):
    """The receipt is of another poll."""


class NotIncludedError(CheckFailedError):
    """The inclusion proof does not lead from the entry to the checkpoint's root."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """``entry`` is number ``index`` (from 0) of the ledger, as ``proof`` shows against ``checkpoint``."""

    poll: str
    entry: Entry
    index: int
    proof: tuple[bytes, ...]
    checkpoint: SignedCheckpoint

    @classmethod
    def from_text(cls, text: str) -> Receipt:
        """Parse a receipt, strictly. Nothing in it is proved until :meth:`verify`."""
        if len(text.encode("utf-8", "surrogatepass")) > RECEIPT_LIMIT:
            raise ParseError(_WHAT, f"is longer than {RECEIPT_LIMIT} bytes")
        head, separator, checkpoint = text.partition("\n\n")
        lines = head.split("\n")
        if not separator or len(lines) < 3 or lines[0] != _FIRST_LINE:
            raise ParseError(_WHAT, f"is not a proof that begins with {_FIRST_LINE}")
        if len(lines) > 3 + MAX_PROOF_LENGTH:
            raise ParseError(_WHAT, f"has a proof of more than {MAX_PROOF_LENGTH} hashes")
        poll, entry = _parse_extra(_after("extra", lines[1]))
        return cls(
            poll,
            entry,
            _parse_index(_after("index", lines[2])),
            tuple(parse_padded_b64(line, what=_WHAT, length=HASH_LENGTH) for line in lines[3:]),
            SignedCheckpoint.from_text(checkpoint),
        )

    def to_text(self) -> str:
        """Return the receipt as a file's content."""
        extra = dumps({"poll": self.poll, "entry": self.entry.to_text()})
        head = [_FIRST_LINE, f"extra {padded_b64(extra.encode())}", f"index {self.index}", *map(padded_b64, self.proof)]
        return "\n".join(head) + "\n\n" + self.checkpoint.to_text()

    def verify(self, facts: LedgerFacts) -> Entry:
        """Return the entry, which names the trackers, if the receipt proves that it is in the ledger of ``facts``.

        Raises :class:`WrongPollError`, :class:`NotIncludedError`, or what
        :meth:`~ippyo.ledger.checkpoint.SignedCheckpoint.verify` raises.
        """
        if self.poll != facts.poll:
            raise WrongPollError("the receipt is of another poll")
        checkpoint = self.checkpoint.verify(facts)
        if not verify_inclusion(self.entry.leaf, self.index, checkpoint.size, self.proof, checkpoint.root):
            raise NotIncludedError("the receipt's proof does not show that its entry is in the ledger")
        return self.entry


def _after(word: str, line: str) -> str:
    name, separator, value = line.partition(" ")
    if name != word or not separator:
        raise ParseError(_WHAT, f"lacks the line {word!r} in its place")
    return value


def _parse_index(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 15 or str(int(text)) != text:
        raise ParseError(_WHAT, "has an index that is not a decimal number")
    return int(text)


def _parse_extra(text: str) -> tuple[str, Entry]:
    raw = parse_padded_b64(text, what=_WHAT)
    f = fields(loads(raw, what=_WHAT, limit=RECEIPT_LIMIT), _WHAT, "poll", "entry")
    poll, entry = f.text("poll", limit=43), Entry.from_text(f.text("entry"))
    require_canonical(raw, dumps({"poll": poll, "entry": entry.to_text()}), what=_WHAT)
    return poll, entry
