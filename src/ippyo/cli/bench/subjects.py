"""What is measured: one contest, choose one of n, blank allowed or not, in one group."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context

from ippyo.ballot.ballot import Ballot
from ippyo.ballot.check import check_many
from ippyo.ballot.credential import Credential
from ippyo.ballot.election import Election
from ippyo.ballot.seal import seal
from ippyo.ballot.voting_code import VotingCode
from ippyo.counting.tally import EncryptedTally, tally
from ippyo.crypto.decryption import PartialDecryption, partially_decrypt
from ippyo.crypto.groups import Group
from ippyo.crypto.random import random_scalar
from ippyo.poll.contest import Answer, Contest
from ippyo.poll.manifest import BallotStyle, Manifest, Policies, Quorum, Text

__all__ = ["Subject", "bench_manifest", "workers"]


def bench_manifest(group: str, answers: int) -> Manifest:
    """Return a poll of one contest: choose one of ``answers``, no blank."""
    contest = Contest(
        id="bench",
        kind="choose-one",
        title=Text("計測", "Benchmark"),
        description=None,
        min=1,
        max=1,
        blank=False,
        tally="homomorphic",
        answers=tuple(
            Answer(f"answer-{number}", number, Text(f"答え{number}", f"Answer {number}"))
            for number in range(1, answers + 1)
        ),
    )
    return Manifest(
        id="bench",
        title=Text("計測", "Benchmark"),
        description=None,
        group=group,
        opens=1_700_000_000,
        closes=1_700_600_000,
        policies=Policies("signature", ("card-reader",), "none", "blind-ticket", "last-counts", ("remote",)),
        trustees=Quorum(5, 3),
        issuers=("A", "B"),
        officers=Quorum(3, 2),
        styles=(BallotStyle("all", Text("全員", "Everybody"), ("bench",)),),
        contests=(contest,),
    )


@dataclass(frozen=True)
class Subject:
    """An election and some ballots of it."""

    election: Election
    credential: Credential = field(repr=False)
    secret: int = field(repr=False)
    texts: tuple[str, ...] = field(repr=False)

    @classmethod
    def make(cls, group: Group, answers: int, ballots: int) -> Subject:
        """Seal ``ballots`` ballots."""
        manifest = bench_manifest(group.name, answers)
        secret = random_scalar(group)
        election = Election.build(manifest, manifest.contests[0], group.encode(group.mul_base(secret)))
        credential = Credential.derive(VotingCode.generate(), "bench", group)
        subject = cls(election, credential, secret, ())
        return cls(election, credential, secret, tuple(subject.seal(number).to_text() for number in range(ballots)))

    def seal(self, number: int) -> Ballot:
        """Seal one ballot."""
        answers = len(self.election.contest.answers)
        return seal(self.election, self.credential, tuple(int(i == number % answers) for i in range(answers)))

    def check(self, texts: Sequence[str]) -> None:
        """Decode and check ballots, as a node does."""
        if any(check_many([(self.election, ballot) for ballot in self.decoded(texts)])):
            raise AssertionError("a good ballot was refused")

    def decoded(self, texts: Sequence[str]) -> list[Ballot]:
        """Decode ballots."""
        return [Ballot.from_text(self.election, text) for text in texts]

    def tally(self, ballots: Sequence[Ballot]) -> EncryptedTally:
        """Add up decoded ballots."""
        return tally(self.election, ballots)

    def decrypt(self, encrypted: EncryptedTally) -> PartialDecryption:
        """Make one trustee's partial decryption, with both proofs."""
        return partially_decrypt(self.election.group, self.election.fingerprint, self.secret, (encrypted.ciphertexts,))


_subject: Subject | None = None


def _prepare(subject: Subject) -> None:
    global _subject  # noqa: PLW0603 - a worker process is prepared once, before its first task
    _subject = subject


def _check(texts: Sequence[str]) -> None:
    assert _subject is not None
    _subject.check(texts)


def _seal(numbers: Sequence[int]) -> None:
    assert _subject is not None
    for number in numbers:
        _subject.seal(number)


@dataclass(frozen=True)
class _Workers:
    """All cores at once."""

    pool: ProcessPoolExecutor
    count: int

    def check(self, texts: Sequence[str]) -> None:
        """Check every text once on every core."""
        list(self.pool.map(_check, [texts] * self.count))

    def seal(self, ballots: int) -> None:
        """Seal ``ballots`` on every core."""
        list(self.pool.map(_seal, [range(ballots)] * self.count))


@contextmanager
def workers(subject: Subject) -> Iterator[_Workers]:
    """Start one worker process for each core."""
    count = os.cpu_count() or 1
    with ProcessPoolExecutor(count, get_context("spawn"), _prepare, (subject,)) as pool:
        yield _Workers(pool, count)
