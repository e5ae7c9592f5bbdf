"""The checkpoint: the log's signature, the witnesses', and that it is about this very record (check 8).

A checkpoint that somebody kept from before, or has in a receipt, shows that the record is still that of which it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ippyo.audit.checks import Check
from ippyo.audit.reading import Grown
from ippyo.audit.report import Cosigned, Findings, Where, printable, same
from ippyo.errors import CheckFailedError, InputError, ParseError
from ippyo.files import read_limited
from ippyo.ledger.checkpoint import COSIGNED_EARLY, LedgerFacts, SignedCheckpoint
from ippyo.ledger.notes import NoteSignature
from ippyo.ledger.receipt import RECEIPT_LIMIT, Receipt
from ippyo.ledger.record_layout import CHECKPOINT_FILE
from ippyo.poll.text import Text

__all__ = ["KeptCheckpoint", "check_checkpoint", "check_kept"]

_WHERE = Where(file=CHECKPOINT_FILE)
_RECEIPT: Final = "c2sp.org/tlog-proof@"


@dataclass(frozen=True, slots=True)
class KeptCheckpoint:
    """A checkpoint from another source than the record; ``name`` is the file that it is in."""

    name: str
    signed: SignedCheckpoint

    @classmethod
    def read(cls, path: Path) -> KeptCheckpoint:
        """Read a file that holds a checkpoint, or a receipt, of which the checkpoint is taken.

        Raises :class:`~ippyo.errors.InputError`.
        """
        content = read_limited(path, RECEIPT_LIMIT, "checkpoint")
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            raise InputError(f"{path} is neither a checkpoint nor a receipt") from None
        try:
            if text.startswith(_RECEIPT):
                return cls(printable(str(path)), Receipt.from_text(text).checkpoint)
            return cls(printable(str(path)), SignedCheckpoint.from_text(text))
        except ParseError:
            raise InputError(f"{path} is neither a checkpoint nor a receipt") from None


def check_checkpoint(
    signed: SignedCheckpoint | None, facts: LedgerFacts, grown: Grown, findings: Findings
) -> Cosigned | None:
    """Check the record's checkpoint; ``grown`` is what all its blocks led to. Return how well it is cosigned."""
    findings.examined(Check.CHECKPOINT)
    if signed is None:
        _fail(findings, "読めるチェックポイントがありません。", "there is no checkpoint that can be read")
        return None
    try:
        signed.verify(facts)
    except CheckFailedError as error:
        findings.fail(Check.CHECKPOINT, same(error), _WHERE)
    _check_signers(signed, facts, findings)
    checkpoint, frontier = signed.checkpoint, grown.frontier
    if checkpoint.size != frontier.size:
        _fail(
            findings,
            f"{checkpoint.size} 件の記載について署名されていますが、記録には {frontier.size} 件あります。",
            f"is about {checkpoint.size} transactions; the record holds {frontier.size}",
        )
    elif checkpoint.root != frontier.root:
        _fail(findings, "この記録の根ではありません。", "does not have the root of the record's transactions")
    return _check_times(signed, facts, grown.time // 1000, findings)


def check_kept(kept: Sequence[KeptCheckpoint], facts: LedgerFacts, grown: Grown, findings: Findings) -> None:
    """Check that the record begins with the transactions that each of the kept checkpoints is about."""
    # Whoever cosigned it: that the log signed it is enough to say that the log went two ways.
    log_alone = LedgerFacts(facts.poll, facts.log)
    for one in kept:
        findings.examined(Check.CHECKPOINT)
        where, checkpoint = Where(file=one.name), one.signed.checkpoint
        try:
            one.signed.verify(log_alone)
        except CheckFailedError as error:
            findings.fail(Check.CHECKPOINT, same(error), where)
            continue
        if checkpoint.size > grown.frontier.size:
            problem = Text(
                f"台帳の記載 {checkpoint.size} 件のものですが、記録には {grown.frontier.size} 件しかありません。"
                "記録が古いか、終わりが失われています。",
                f"is about {checkpoint.size} transactions; the record holds only {grown.frontier.size}: "
                "it is older, or its end is lost",
            )
            findings.fail(Check.CHECKPOINT, problem, where)
        elif checkpoint.root != grown.roots[checkpoint.size]:
            problem = Text(
                f"記録の最初の {checkpoint.size} 件の根ではありません。台帳が二通りあります。",
                f"does not have the root of the record's first {checkpoint.size} transactions: "
                "there are two ledgers of this poll",
            )
            findings.fail(Check.CHECKPOINT, problem, where)


def _check_signers(signed: SignedCheckpoint, facts: LedgerFacts, findings: Findings) -> None:
    """Allow no line but those of the log and the witnesses, each once, in the order of genesis.

    What nobody checks, anybody could alter.
    """
    keys = (facts.log, *facts.witnesses)

    def place(line: NoteSignature) -> int | None:
        return next((place for place, key in enumerate(keys) if key.made(line)), None)

    places = list(map(place, signed.note.signatures))
    known = [place for place in places if place is not None]
    if len(known) < len(places):
        _fail(
            findings,
            "台帳でも台帳の立会者でもない者の署名行があります。",
            "has a line signed by neither the log nor a witness",
        )
    if any(count > 1 for count in Counter(known).values()):
        _fail(findings, "同じ者の署名行が二つあります。", "has two lines of the same signer")
    if known != sorted(known):
        _fail(
            findings,
            "署名行が、台帳、台帳の立会者（はじめの設定に記された順）の順に並んでいません。",
            "has its lines in another order than the log and then the witnesses as in genesis",
        )


def _check_times(signed: SignedCheckpoint, facts: LedgerFacts, last: int, findings: Findings) -> Cosigned:
    """Check that no witness signed before the last block was there, at ``last`` (seconds): it cannot have seen it."""
    by = 0
    for key in facts.witnesses:
        line = signed.note.newest_line(key)
        if line is None:
            continue
        by += 1
        time = int.from_bytes(line.signature[:8], "big")
        if time < last - COSIGNED_EARLY:
            _fail(
                findings,
                f"{printable(key.name)} の立会署名が、最後のブロックより {last - time} 秒前のものです。",
                f"was cosigned by {printable(key.name)} {last - time} seconds before the time of the last block",
            )
    return Cosigned(by, len(facts.witnesses), facts.quorum)


def _fail(findings: Findings, ja: str, en: str) -> None:
    findings.fail(Check.CHECKPOINT, Text(ja, en), _WHERE)
