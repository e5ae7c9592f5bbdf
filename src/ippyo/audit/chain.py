"""The chain of block headers: each names the one before, and the log signed each (checks 5 and 6)."""

from __future__ import annotations

from dataclasses import dataclass

from ippyo.audit.checks import Check
from ippyo.audit.report import Findings, Where
from ippyo.ledger.blocks import BLOCK_LIMIT, BlockHeader, SignedHeader, first_previous
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.record_layout import BLOCKS_FILE
from ippyo.poll.text import Text

__all__ = ["ChainCheck", "ReadBlock"]

_MOST_MERGED = 16
"""Blocks for which one header may stand when those between are missing; it bounds what is held in memory."""


@dataclass(frozen=True, slots=True)
class ReadBlock:
    """A header as read; it adds ``count`` transactions, or 0 if its size cannot be believed."""

    header: BlockHeader
    where: Where
    count: int


class ChainCheck:
    """Looks at one header after the other, and goes on after a bad one."""

    def __init__(self, facts: LedgerFacts, findings: Findings) -> None:
        self._facts = facts
        self._findings = findings
        self._previous = first_previous(facts.poll)
        self._height = 0
        self.time = 0
        """The latest time of any block so far, in milliseconds."""
        self._size_height = 0
        self.size = 0
        """Transactions in all blocks so far."""
        self.read_count = 0
        self.of_this_poll = 0
        """How many of the headers read name this poll."""
        findings.examined(Check.CHAIN, 0)
        findings.examined(Check.BLOCK_SIGNATURES, 0)

    def read(self, line: int, signed: SignedHeader) -> ReadBlock:
        """Check the header on ``line``."""
        header = signed.header
        where = Where(file=BLOCKS_FILE, line=line, height=header.height)
        self._check_signature(signed, where)
        self._check_links(header, where)
        count = self._check_size(header, where)
        self._previous = header.hash
        self._height = header.height
        self.time = max(self.time, header.time)
        self.read_count += 1
        self.of_this_poll += header.poll == self._facts.poll
        return ReadBlock(header, where, count)

    def _check_signature(self, signed: SignedHeader, where: Where) -> None:
        self._findings.examined(Check.BLOCK_SIGNATURES)
        if not signed.verify(self._facts.log):
            problem = Text("台帳の鍵による署名が正しくありません。", "the signature of the log's key is false")
            self._findings.fail(Check.BLOCK_SIGNATURES, problem, where)

    def _check_links(self, header: BlockHeader, where: Where) -> None:
        self._findings.examined(Check.CHAIN)
        if header.poll != self._facts.poll:
            self._fail(where, "別の投票のブロックです。", "is a block of another poll")
        if header.previous != self._previous:
            self._fail(where, "直前のブロックのハッシュと一致しません。", "does not name the block before it")
        if header.height != self._height + 1:
            self._fail(where, f"高さが {self._height} の次ではありません。", f"does not follow height {self._height}")
        if header.time < self.time:
            self._fail(where, "時刻が前のブロックより戻っています。", "has a time before that of an earlier block")

    def _check_size(self, header: BlockHeader, where: Where) -> int:
        """Return how many transactions the header adds, as far as that can be believed."""
        count = header.size - self.size
        # After a block that is missing or was not believed, the next one may stand for both.
        most = BLOCK_LIMIT * min(max(1, header.height - self._size_height), _MOST_MERGED)
        if not 1 <= count <= most:
            self._fail(
                where,
                f"台帳の記載の数 {header.size} は、直前の {self.size} から続きません。",
                f"has the size {header.size}, which cannot follow {self.size}",
            )
            return 0
        self.size = header.size
        self._size_height = header.height
        return count

    def _fail(self, where: Where, ja: str, en: str) -> None:
        self._findings.fail(Check.CHAIN, Text(ja, en), where)
