"""The checkpoint: the log's signature, the witnesses', and that it is about this very record (check 8)."""

from __future__ import annotations

from collections import Counter

from ippyo.audit.checks import Check
from ippyo.audit.report import Findings, Where, same
from ippyo.crypto.merkle import Frontier
from ippyo.errors import CheckFailedError
from ippyo.ledger.checkpoint import LedgerFacts, SignedCheckpoint
from ippyo.ledger.notes import NoteSignature
from ippyo.ledger.record_layout import CHECKPOINT_FILE
from ippyo.poll.text import Text

__all__ = ["check_checkpoint"]

_WHERE = Where(file=CHECKPOINT_FILE)


def check_checkpoint(
    signed: SignedCheckpoint | None, facts: LedgerFacts, frontier: Frontier, findings: Findings
) -> None:
    """Check the record's checkpoint; ``frontier`` is the tree of all its transactions."""
    findings.examined(Check.CHECKPOINT)
    if signed is None:
        _fail(findings, "読めるチェックポイントがありません。", "there is no checkpoint that can be read")
        return
    try:
        signed.verify(facts)
    except CheckFailedError as error:
        findings.fail(Check.CHECKPOINT, same(error), _WHERE)
    _check_signers(signed, facts, findings)
    checkpoint = signed.checkpoint
    if checkpoint.size != frontier.size:
        _fail(
            findings,
            f"{checkpoint.size} 件の取引について署名されていますが、記録には {frontier.size} 件あります。",
            f"is about {checkpoint.size} transactions; the record holds {frontier.size}",
        )
    elif checkpoint.root != frontier.root:
        _fail(findings, "記録の取引の根ではありません。", "does not have the root of the record's transactions")


def _check_signers(signed: SignedCheckpoint, facts: LedgerFacts, findings: Findings) -> None:
    """Allow no line but those of the log and the witnesses, each once: what nobody checks, anybody could alter."""
    keys = (facts.log, *facts.witnesses)

    def signer(line: NoteSignature) -> str | None:
        return next((key.name for key in keys if key.made(line)), None)

    signers = Counter(map(signer, signed.note.signatures))
    if signers[None]:
        _fail(
            findings,
            "台帳でも立会人でもない者の署名行があります。",
            "has a line signed by neither the log nor a witness",
        )
    if any(count > 1 for name, count in signers.items() if name is not None):
        _fail(findings, "同じ者の署名行が二つあります。", "has two lines of the same signer")


def _fail(findings: Findings, ja: str, en: str) -> None:
    findings.fail(Check.CHECKPOINT, Text(ja, en), _WHERE)
