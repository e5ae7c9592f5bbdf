"""Close and count: tally, threshold decryption by some of the trustees, result; and those who try to cheat at it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ippyo.cli.demo.attempts import Attempt, attempt, send
from ippyo.cli.demo.engines import DemoLedger
from ippyo.cli.demo.narrator import Narrator
from ippyo.cli.demo.offices import Offices, TrusteeOffice, open_safes
from ippyo.contract.poll import Poll
from ippyo.contract.transactions import Close, Decrypt, ResultAct, Tally
from ippyo.counting.box import count_box
from ippyo.counting.tally import EncryptedTally
from ippyo.crypto import ceremony
from ippyo.crypto.decryption import PartialDecryption, partially_decrypt
from ippyo.crypto.opening import open_tally
from ippyo.poll.result import ContestResult

__all__ = ["close", "count", "present_trustees"]


def close(poll: Poll, ledger: DemoLedger, offices: Offices) -> None:
    """Let the officers close the box."""
    send(ledger, Close(poll.fingerprint).signed(offices.quorum_of_officers()).to_text())


def present_trustees(poll: Poll, trustees: Sequence[TrusteeOffice]) -> list[ceremony.KeyShare]:
    """Let as many trustees as are needed open their safes: every other one comes first, the rest stay at home."""
    quorum = poll.manifest.trustees
    come = [*trustees[::2], *trustees[1::2]][: quorum.threshold]
    context = ceremony.CeremonyContext(poll.manifest.hash, poll.group, quorum)
    return open_safes(context, sorted(come, key=lambda office: office.index))


def count(
    poll: Poll,
    ledger: DemoLedger,
    offices: Offices,
    shares: Sequence[ceremony.KeyShare],
    *,
    cheats: Narrator | None = None,
) -> dict[str, ContestResult]:
    """Count the closed box and open every contest with ``shares``; the results by contest, in the manifest's order.

    With ``cheats``, somebody tries something false before each step of the first contest, which is told there.
    """
    results: dict[str, ContestResult] = {}
    tallies = count_box(poll, lambda: (tx for block in ledger.blocks() for tx in block.transactions))
    for contest, tally in tallies.items():
        counts = _open_contest(poll, ledger, offices, shares, contest, tally, None if results else cheats)
        results[contest] = ContestResult(poll.manifest.contest(contest), tuple(counts), tally.num_tallied)
    return results


def _sending(ledger: DemoLedger, text: str) -> Callable[[], None]:
    return lambda: send(ledger, text)


def _open_contest(
    poll: Poll,
    ledger: DemoLedger,
    offices: Offices,
    shares: Sequence[ceremony.KeyShare],
    contest: str,
    tally: EncryptedTally,
    cheats: Narrator | None,
) -> list[int]:
    """Put tally, partial decryptions and result of one contest onto the ledger, and return the counts."""
    election, officers = poll.election(contest), offices.quorum_of_officers()
    act = Tally(poll.fingerprint, contest, tally.num_tallied, tally.ciphertexts, poll.group)
    if cheats is not None:
        one_more = replace(act, num_tallied=tally.num_tallied + 1).signed(officers).to_text()
        attempt(
            cheats,
            Attempt("一票多い集計", "a tally with one ballot more", "bad-tally", lambda: send(ledger, one_more)),
        )
    send(ledger, act.signed(officers).to_text())
    question = (tally.ciphertexts,)
    partials: dict[int, PartialDecryption] = {}
    for share in shares:
        partial = partially_decrypt(poll.group, election.fingerprint, share.secret, question)
        if cheats is not None and not partials:
            false = partially_decrypt(poll.group, election.fingerprint, share.secret + 1, question)
            text = Decrypt(poll.fingerprint, contest, share.index, false, poll.group).to_text()
            who = share.index
            attempt(
                cheats,
                Attempt(
                    f"鍵の管理者 {who} が別の鍵で開こうとする",
                    f"trustee {who} opens with another key",
                    "bad-decryption",
                    _sending(ledger, text),
                ),
            )
        send(ledger, Decrypt(poll.fingerprint, contest, share.index, partial, poll.group).to_text())
        partials[share.index] = partial
    counts = list(open_tally(poll.trustees, election.fingerprint, question, tally.num_tallied, partials).counts[0])
    result = ResultAct(poll.fingerprint, contest, tuple(counts))
    if cheats is not None:
        moved = replace(result, result=(counts[0] + 1, *counts[1:])).signed(officers).to_text()
        attempt(
            cheats,
            Attempt("一票ずらした結果", "a result that is off by one vote", "bad-result", lambda: send(ledger, moved)),
        )
    send(ledger, result.signed(officers).to_text())
    return counts
