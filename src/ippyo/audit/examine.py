"""What a worker says of transactions, each by itself: form, tickets, signatures, proofs, and its leaf in the tree.

Here a refusal of the contract becomes a finding of one of the verifier's checks (docs/checks.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from ippyo.audit.checks import Check
from ippyo.audit.files import is_canonical
from ippyo.audit.report import Finding, Where, same
from ippyo.ballot.check import BadBallotError, check_ballot, require_credential
from ippyo.canonical import loads
from ippyo.contract.interface import Verdict
from ippyo.contract.poll import Poll
from ippyo.contract.stateless import Checked, check_transactions
from ippyo.contract.transactions import Cast, Spoil, Transaction
from ippyo.crypto.merkle import leaf_hash
from ippyo.errors import ParseError
from ippyo.ledger.blocks import TRANSACTION_LIMIT, Entry
from ippyo.ledger.record import RecordedTransaction
from ippyo.poll.text import Text

__all__ = ["Examined", "check_of_refusal", "chunks", "examine", "place_of", "words"]

CHUNK_TRANSACTIONS: Final = 64
CHUNK_BYTES: Final = 4 * 1024 * 1024

REFUSALS: Final = {
    "not-officer": Check.OFFICERS,
    "not-issuer": Check.ISSUED,
    "total-not-raised": Check.ISSUED,
    "not-open": Check.PHASES,
    "closed": Check.PHASES,
    "wrong-phase": Check.PHASES,
    "too-early": Check.PHASES,
    "box-not-empty": Check.EMPTY_BOX,
    "bad-ticket": Check.TICKETS,
    "not-your-contest": Check.TICKETS,
    "coins-exceed-issued": Check.COINS,
    "out-of-turn": Check.COINS,
    "already-voted": Check.COINS,
    "too-many": Check.COINS,
    "old-ballot": Check.COPIED_BALLOTS,
    "duplicate": Check.COPIED_BALLOTS,
    "copied-ballot": Check.COPIED_BALLOTS,
    "spoiled-ballot": Check.SPOILED,
    "surrendered": Check.SPOILED,
    "bad-proof": Check.SPOILED,
    "no-such-contest": Check.TALLY,
    "bad-tally": Check.TALLY,
    "bad-decryption": Check.DECRYPTIONS,
    "not-enough-trustees": Check.RESULT,
    "bad-result": Check.RESULT,
}
_FORMS: Final = {
    "issued": Check.ISSUED,
    "open": Check.OFFICERS,
    "close": Check.OFFICERS,
    "audit": Check.OFFICERS,
    "tally": Check.TALLY,
    "decrypt": Check.DECRYPTIONS,
    "result": Check.RESULT,
    "spoil": Check.SPOILED,
    "surrender": Check.SPOILED,
}
"""Where a transaction belongs of which the form is wrong; any other is taken for a ballot."""

_BALLOT_CHECKS: Final = {
    "signature": Check.BALLOT_SIGNATURES,
    "signature-hash": Check.BALLOT_SIGNATURES,
    "individual-proof": Check.INDIVIDUAL_PROOFS,
    "overall-proof": Check.OVERALL_PROOFS,
    "blank-proof": Check.OVERALL_PROOFS,
    "commitments": Check.INDIVIDUAL_PROOFS,
}


@dataclass(frozen=True, slots=True)
class Examined:
    """A transaction with its leaf hash in the tree, what the contract's stateless part says of it, and the findings.

    ``checked`` is None when the poll itself could not be read, so that nothing could be said.
    """

    recorded: RecordedTransaction
    leaf: bytes
    checked: Checked | None
    findings: tuple[Finding, ...] = ()

    @property
    def transaction(self) -> Transaction | None:
        """The transaction, if it could be decoded."""
        return self.checked.transaction if self.checked else None


def examine(poll: Poll | None, chunk: list[RecordedTransaction]) -> list[Examined]:
    """Return what can be said of each transaction, in order. Runs in a process of its own."""
    if poll is None:
        return [_unchecked(recorded) for recorded in chunk]
    results = check_transactions(poll, [recorded.text for recorded in chunk])
    return [_examined(poll, recorded, checked) for recorded, checked in zip(chunk, results, strict=True)]


def _unchecked(recorded: RecordedTransaction) -> Examined:
    leaf, findings = _leaf(recorded)
    if not is_canonical(recorded.text, TRANSACTION_LIMIT):
        findings += (_not_canonical(recorded),)
    return Examined(recorded, leaf, None, findings)


def _examined(poll: Poll, recorded: RecordedTransaction, checked: Checked) -> Examined:
    leaf, findings = _leaf(recorded)
    if not checked.verdict.accepted:
        findings += tuple(_refused(poll, recorded, checked))
    return Examined(recorded, leaf, checked, findings)


def _refused(poll: Poll, recorded: RecordedTransaction, checked: Checked) -> Iterator[Finding]:
    where, verdict = place_of(recorded, checked.transaction), checked.verdict
    if isinstance(checked.transaction, Cast) and verdict.code in {"bad-proof", "bad-ballot"}:
        if verdict.code == "bad-proof":
            yield Finding(Check.BALLOT_SIGNATURES, words(verdict), where)
        yield from _bad_ballots(poll, checked.transaction, where)
    elif checked.transaction is None:
        if not is_canonical(recorded.text, TRANSACTION_LIMIT):
            yield _not_canonical(recorded)
        yield Finding(_FORMS.get(_kind(recorded.text), Check.BALLOT_FORM), words(verdict), where)
    else:
        yield Finding(check_of_refusal(verdict.code, checked.transaction), words(verdict), where)


def check_of_refusal(code: str, transaction: Transaction | None) -> Check:
    """Return the check to which a refusal of the contract belongs."""
    if code == "duplicate" and not isinstance(transaction, Cast | Spoil):
        return Check.PHASES
    return REFUSALS.get(code, Check.BALLOT_FORM)


def place_of(recorded: RecordedTransaction, transaction: Transaction | None) -> Where:
    """Return the place of a transaction, with what it is about where that is one thing."""
    trackers = transaction.trackers if transaction else ()
    return Where(
        file=recorded.file,
        line=recorded.line,
        transaction=recorded.index,
        tracker=trackers[0] if len(trackers) == 1 else None,
        contest=getattr(transaction, "contest", None),
        trustee=getattr(transaction, "owner", None),
    )


def chunks(transactions: Iterable[RecordedTransaction]) -> Iterator[list[RecordedTransaction]]:
    """Cut a stream into pieces that are worth sending to a worker and do not take much memory."""
    chunk: list[RecordedTransaction] = []
    size = 0
    for transaction in transactions:
        chunk.append(transaction)
        size += len(transaction.text)
        if len(chunk) == CHUNK_TRANSACTIONS or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _leaf(recorded: RecordedTransaction) -> tuple[bytes, tuple[Finding, ...]]:
    try:
        return Entry.of(recorded.text).leaf, ()
    except ParseError as error:
        # Any leaf that cannot be right keeps the places of the others.
        where = Where(file=recorded.file, line=recorded.line, transaction=recorded.index)
        return leaf_hash(b""), (Finding(Check.MERKLE_ROOTS, same(error), where),)


def _bad_ballots(poll: Poll, cast: Cast, where: Where) -> Iterator[Finding]:
    """Say of every ballot of a cast what is wrong with it, not only of the first."""
    for contest, ballot in zip(cast.contests, cast.ballots, strict=True):
        place = replace(where, tracker=ballot.tracker, contest=contest)
        try:
            require_credential(ballot, cast.ticket.credential)
            check_ballot(poll.election(contest), ballot)
        except BadBallotError as error:
            name, *_ = error.check.split(" ")
            yield Finding(_BALLOT_CHECKS.get(name, Check.BALLOT_FORM), same(error), place)


def _kind(text: str) -> str:
    try:
        value = loads(text, what="transaction", limit=TRANSACTION_LIMIT)
    except ParseError:
        # The type stands first; a line that is broken further on still says what it was.
        return next((kind for kind in _FORMS if text.startswith(f'{{"type":"{kind}"')), "")
    kind = value.get("type") if isinstance(value, dict) else None
    return kind if isinstance(kind, str) else ""


def _not_canonical(recorded: RecordedTransaction) -> Finding:
    where = Where(file=recorded.file, line=recorded.line, transaction=recorded.index)
    return Finding(Check.FILES, Text("正準形の JSON ではありません。", "is not canonical JSON"), where)


def words(verdict: Verdict) -> Text:
    """Return a refusal as one line."""
    return same(f"{verdict.code}: {verdict.detail}" if verdict.detail else verdict.code)
