"""The count: what the officers and trustees published against what the verifier computes itself (checks 22 to 25)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Generic, TypeVar

from ippyo.audit.checks import Check
from ippyo.audit.examine import words
from ippyo.audit.report import ContestCounts, Findings, Where, same
from ippyo.audit.tally import Products
from ippyo.contract.interface import Verdict
from ippyo.contract.poll import Poll
from ippyo.contract.transactions import Decrypt, ResultAct, Tally
from ippyo.crypto import chaum_pedersen
from ippyo.crypto.decryption import PartialDecryption, combine
from ippyo.crypto.elgamal import Ciphertext
from ippyo.crypto.groups import Element
from ippyo.crypto.opening import decode_counts
from ippyo.errors import CheckFailedError
from ippyo.poll.contest import Contest
from ippyo.poll.result import ContestResult
from ippyo.poll.text import Text

__all__ = ["JUDGED_HERE", "PublishedCount", "check_counts"]

_BLANK = Text("白票", "Blank")


JUDGED_HERE = frozenset({"bad-tally", "bad-decryption", "bad-result"})
"""Refusals of the contract that are looked into here, and repeated only if nothing wrong was found here."""

_REFUSED_KEPT = 64
"""Refused transactions of one contest that are looked into; it bounds what is held in memory."""

Published = TypeVar("Published", Tally, Decrypt, ResultAct)


@dataclass(frozen=True, slots=True)
class Item(Generic[Published]):
    """Something published about a count, its place in the record, and what the contract says of it."""

    transaction: Published
    where: Where
    verdict: Verdict


@dataclass(slots=True)
class PublishedCount:
    """What the ledger holds about the counting of one contest."""

    tallies: list[Item[Tally]] = field(default_factory=list)
    decryptions: list[Item[Decrypt]] = field(default_factory=list)
    results: list[Item[ResultAct]] = field(default_factory=list)
    _refused: int = field(default=0, init=False)

    def note(self, transaction: Tally | Decrypt | ResultAct, where: Where, verdict: Verdict) -> bool:
        """Keep a transaction of the count, and say whether it was kept: of those refused, only the first are."""
        if not verdict.accepted and self._refused == _REFUSED_KEPT:
            return False
        self._refused += not verdict.accepted
        match transaction:
            case Tally():
                self.tallies.append(Item(transaction, where, verdict))
            case Decrypt():
                self.decryptions.append(Item(transaction, where, verdict))
            case ResultAct():
                self.results.append(Item(transaction, where, verdict))
        return True


def check_counts(
    poll: Poll, products: Products, published: dict[str, PublishedCount], findings: Findings
) -> tuple[ContestCounts, ...]:
    """Check every contest and return the counts that the verifier itself arrived at."""
    found = []
    for contest in poll.manifest.contests:
        count = published.get(contest.id, PublishedCount())
        tally, ballots = products.products[contest.id], products.counts[contest.id]
        _check_tally(contest, tally, ballots, count, findings)
        partials = _check_decryptions(poll, contest, tally, count, findings)
        counts = _open(poll, contest, tally, ballots, partials, count, findings)
        if counts is not None:
            found.append(_named(contest, ballots, counts))
    return tuple(found)


def _check_tally(
    contest: Contest, tally: Sequence[Ciphertext], ballots: int, count: PublishedCount, findings: Findings
) -> None:
    for item in count.tallies:
        findings.examined(Check.TALLY)
        published, problems = item.transaction, []
        if published.num_tallied != ballots:
            problems.append(
                Text(
                    f"{published.num_tallied} 票とありますが、数えるべき票は {ballots} 票です。",
                    f"says {published.num_tallied} ballots; {ballots} count",
                )
            )
        if published.encrypted_tally != tuple(tally):
            problems.append(Text("数えるべき票の積ではありません。", "is not the product of the ballots that count"))
        _note(findings, item, [(Check.TALLY, problem) for problem in problems], Check.TALLY)
    if not count.tallies and count.decryptions:
        problem = Text("暗号化された集計がありません。", "has no encrypted tally")
        findings.fail(Check.TALLY, problem, Where(contest=contest.id))


def _note(findings: Findings, item: Item[Published], problems: list[tuple[Check, Text]], otherwise: Check) -> None:
    """Note ``problems``, or if there are none, what the contract found after all."""
    if not problems and item.verdict.code in JUDGED_HERE:
        problems = [(otherwise, words(item.verdict))]
    for check, problem in problems:
        findings.fail(check, problem, item.where)


def _check_decryptions(
    poll: Poll, contest: Contest, tally: Sequence[Ciphertext], count: PublishedCount, findings: Findings
) -> dict[int, PartialDecryption]:
    """Return the partial decryptions, by trustee, of which every proof of both kinds is true."""
    good = {}
    for item in count.decryptions:
        findings.examined(Check.DECRYPTIONS)
        findings.examined(Check.STRONG_DECRYPTIONS)
        owner, partial = item.transaction.owner, item.transaction.decryption
        if owner > poll.trustees.quorum.total:
            problems = [(Check.DECRYPTIONS, Text("そのような鍵の管理者はいません。", "is of no trustee"))]
        elif partial.shape != (len(tally),):
            problems = [(Check.DECRYPTIONS, Text("集計の形をしていません。", "does not have the shape of the tally"))]
        else:
            problems = [
                (check, Text(f"選択肢 {choice} の証明が正しくありません。", f"has a false proof for choice {choice}"))
                for check, choice in _false_proofs(poll, contest.id, owner, tally, partial)
            ]
        _note(findings, item, problems, Check.DECRYPTIONS)
        if not problems:
            good[owner] = partial
    return good


def _false_proofs(
    poll: Poll, contest: str, owner: int, tally: Sequence[Ciphertext], partial: PartialDecryption
) -> list[tuple[Check, int]]:
    """Return which proofs are false, with the position of their choice from 1."""
    group, phi = poll.group, poll.election(contest).fingerprint
    X = poll.trustees.verification_key(owner)

    def holds(prefix: str, alpha: Element, F: Element, number: int, *, strong: bool) -> bool:
        proof = (partial.strong_proofs if strong else partial.proofs)[0][number]
        return chaum_pedersen.verify(group, prefix, proof, base=alpha, public=X, image=F)

    bad = []
    for number, (ciphertext, F) in enumerate(zip(tally, partial.factors[0], strict=True)):
        alpha, key = ciphertext.alpha, group.encode(X)
        strong = f"ippyo-decrypt-v1|{phi}|{key}|{group.encode(alpha)}|{group.encode(F)}|"
        if not holds(f"decrypt|{phi}|{key}|", alpha, F, number, strong=False):
            bad.append((Check.DECRYPTIONS, number + 1))
        if not holds(strong, alpha, F, number, strong=True):
            bad.append((Check.STRONG_DECRYPTIONS, number + 1))
    return bad


def _open(
    poll: Poll,
    contest: Contest,
    tally: Sequence[Ciphertext],
    ballots: int,
    partials: dict[int, PartialDecryption],
    count: PublishedCount,
    findings: Findings,
) -> tuple[int, ...] | None:
    """Open the tally and compare with the published result."""
    if not count.results:
        return None
    findings.examined(Check.RESULT, len(count.results))
    try:
        factors = combine(poll.group, poll.trustees.threshold, partials)
        (counts,) = decode_counts(poll.group, [tally], factors, ballots)
    except CheckFailedError as error:
        for item in count.results:
            findings.fail(Check.RESULT, same(error), item.where)
        return None
    for item in count.results:
        published, opened = (", ".join(map(str, numbers)) for numbers in (item.transaction.result, counts))
        problem = Text(
            f"公表された結果は {published} ですが、集計を開くと {opened} です。",
            f"says {published}; the tally opens to {opened}",
        )
        _note(findings, item, [(Check.RESULT, problem)] if item.transaction.result != counts else [], Check.RESULT)
    return counts


def _named(contest: Contest, ballots: int, counts: tuple[int, ...]) -> ContestCounts:
    names = [answer.name for answer in contest.answers]
    if contest.blank:
        names.insert(0, _BLANK)
    return ContestCounts(
        contest.id, contest.title, ballots, tuple(zip(names, counts, strict=True)), _mean(contest, ballots, counts)
    )


def _mean(contest: Contest, ballots: int, counts: tuple[int, ...]) -> Fraction | None:
    try:
        return ContestResult(contest, counts, ballots).mean
    except CheckFailedError:
        # Counts that no valid ballots can give, in a record that fails for that.
        return None
