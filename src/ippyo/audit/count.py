"""The count: what the officers and trustees published against what the verifier computes itself (checks 22 to 25)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ippyo.audit.checks import Check
from ippyo.audit.report import ContestCounts, Findings, Where, same
from ippyo.audit.tally import Products
from ippyo.contract.poll import Poll
from ippyo.contract.transactions import Decrypt, ResultAct, Tally, Transaction
from ippyo.crypto import chaum_pedersen
from ippyo.crypto.decryption import PartialDecryption, combine
from ippyo.crypto.elgamal import Ciphertext
from ippyo.crypto.groups import Element
from ippyo.crypto.opening import decode_counts
from ippyo.errors import CheckFailedError
from ippyo.poll.contest import Contest
from ippyo.poll.text import Text

__all__ = ["PublishedCount", "check_counts"]

_BLANK = Text("白票", "Blank")


@dataclass(slots=True)
class PublishedCount:
    """What the ledger holds about the counting of one contest, each with its place."""

    tallies: list[tuple[Tally, Where]] = field(default_factory=list)
    decryptions: list[tuple[Decrypt, Where]] = field(default_factory=list)
    results: list[tuple[ResultAct, Where]] = field(default_factory=list)

    def note(self, transaction: Transaction, where: Where) -> None:
        """Keep a transaction of the count; any other is passed over."""
        match transaction:
            case Tally():
                self.tallies.append((transaction, where))
            case Decrypt():
                self.decryptions.append((transaction, where))
            case ResultAct():
                self.results.append((transaction, where))
            case _:
                pass


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
    for published, where in count.tallies:
        findings.examined(Check.TALLY)
        if published.num_tallied != ballots:
            problem = Text(
                f"{published.num_tallied} 票とありますが、数えるべき票は {ballots} 票です。",
                f"says {published.num_tallied} ballots; {ballots} count",
            )
            findings.fail(Check.TALLY, problem, where)
        if tuple(published.encrypted_tally) != tuple(tally):
            problem = Text("数えるべき票の積ではありません。", "is not the product of the ballots that count")
            findings.fail(Check.TALLY, problem, where)
    if not count.tallies and count.decryptions:
        problem = Text("暗号化された集計がありません。", "has no encrypted tally")
        findings.fail(Check.TALLY, problem, Where(contest=contest.id))


def _check_decryptions(
    poll: Poll, contest: Contest, tally: Sequence[Ciphertext], count: PublishedCount, findings: Findings
) -> dict[int, PartialDecryption]:
    """Return the partial decryptions, by trustee, of which every proof of both kinds is true."""
    good = {}
    for decrypt, where in count.decryptions:
        findings.examined(Check.DECRYPTIONS)
        findings.examined(Check.STRONG_DECRYPTIONS)
        partial = decrypt.decryption
        if not 1 <= decrypt.owner <= poll.trustees.quorum.total or partial.shape != (len(tally),):
            problem = Text(
                "開票立会人または形が正しくありません。", "is of no trustee, or has not the shape of the tally"
            )
            findings.fail(Check.DECRYPTIONS, problem, where)
            continue
        bad = _false_proofs(poll, contest.id, decrypt.owner, tally, partial)
        for check, choice in bad:
            problem = Text(f"選択肢 {choice} の証明が正しくありません。", f"has a false proof for choice {choice}")
            findings.fail(check, problem, where)
        if not bad:
            good[decrypt.owner] = partial
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
        findings.fail(Check.RESULT, same(error), Where(contest=contest.id))
        return None
    for result, where in count.results:
        if result.result != counts:
            published = ", ".join(map(str, result.result))
            opened = ", ".join(map(str, counts))
            problem = Text(
                f"公表された結果は {published} ですが、集計を開くと {opened} です。",
                f"says {published}; the tally opens to {opened}",
            )
            findings.fail(Check.RESULT, problem, where)
    return counts


def _named(contest: Contest, ballots: int, counts: tuple[int, ...]) -> ContestCounts:
    names = [answer.name for answer in contest.answers]
    if contest.blank:
        names.insert(0, _BLANK)
    return ContestCounts(contest.id, contest.title, ballots, tuple(zip(names, counts, strict=True)))
