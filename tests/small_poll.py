"""A small poll with all its secrets: real ceremony, tickets and ballots. Fixture ``small_polls`` is this module.

Two contests (``bridge``, a referendum that allows blank votes; ``mayor``, three candidates), two ballot styles (``all``
votes in both, ``bridge-only`` in one), two issuers, three officers of whom two sign, three trustees of whom two count.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import count
from pathlib import Path

from tests.held_ceremony import hold

from ippyo.ballot.ballot import Ballot
from ippyo.ballot.credential import Credential
from ippyo.ballot.seal import seal
from ippyo.ballot.ticket import Ticket, TicketRequest
from ippyo.ballot.voting_code import VotingCode
from ippyo.canonical import dumps, sha256_b64
from ippyo.contract.genesis import (
    Genesis,
    IssuerKeys,
    LedgerKeys,
    OfficerKeys,
    StyleKey,
    ceremony_hash,
    log_name,
    trustees_hash,
)
from ippyo.contract.interface import BlockContext, Verdict
from ippyo.contract.machine import Contract
from ippyo.contract.poll import Poll
from ippyo.contract.store import MemoryStore
from ippyo.contract.transactions import (
    Act,
    Audit,
    Cast,
    Close,
    Decrypt,
    Issued,
    Open,
    ResultAct,
    Spoil,
    Surrender,
    Tally,
)
from ippyo.crypto import ed25519, schnorr
from ippyo.crypto.ceremony import CeremonyContext
from ippyo.crypto.decryption import partially_decrypt
from ippyo.crypto.elgamal import Ciphertext
from ippyo.crypto.groups import group
from ippyo.crypto.issuer_key import FileIssuerKey
from ippyo.ledger.notes import KeyKind, SigningKey
from ippyo.poll.choice import Choice
from ippyo.poll.contest import Answer, Contest
from ippyo.poll.manifest import BallotStyle, Manifest
from ippyo.poll.policies import Policies, Quorum
from ippyo.poll.text import Text

OPENS = 1_792_000_000
CLOSES = OPENS + 3600
BEFORE, DURING, AFTER = 1000 * OPENS - 1, 1000 * OPENS + 60_000, 1000 * CLOSES
"""Block times, in milliseconds."""

STYLES = ("all", "bridge-only")
ISSUERS = ("市", "県")


@cache
def rsa_key(issuer: int, style: str) -> FileIssuerKey:
    """Return an issuer's key for a style: slow to make, so one for the whole run."""
    return FileIssuerKey.generate()


def _text(ja: str, en: str) -> Text:
    return Text(ja=ja, en=en)


def manifest(revote: str = "last-counts", group_name: str = "Ed25519", name: str = "small") -> Manifest:
    """Return the poll's manifest."""
    bridge = Contest(
        id="bridge",
        kind="referendum",
        title=_text("橋を架けることについて", "On building the bridge"),
        description=None,
        min=1,
        max=1,
        blank=True,
        tally="homomorphic",
        answers=(Answer("yes", 1, _text("賛成", "For")), Answer("no", 2, _text("反対", "Against"))),
    )
    mayor = Contest(
        id="mayor",
        kind="choose-one",
        title=_text("市長", "Mayor"),
        description=None,
        min=1,
        max=1,
        blank=False,
        tally="homomorphic",
        answers=tuple(Answer(f"c{n}", n, _text(f"候補{n}", f"Candidate {n}")) for n in (1, 2, 3)),
    )
    return Manifest(
        id=name,
        title=_text("小さな投票", "A small poll"),
        description=None,
        group=group_name,
        opens=OPENS,
        closes=CLOSES,
        policies=Policies(
            certificate="user",
            channels=("card-reader",),
            second_factor="none",
            anonymity="blind-ticket",
            revote=revote,
            places=("kiosk", "remote"),
        ),
        trustees=Quorum(3, 2),
        issuers=ISSUERS,
        officers=Quorum(3, 2),
        styles=(
            BallotStyle("all", _text("全員", "Everybody"), ("bridge", "mayor")),
            BallotStyle("bridge-only", _text("橋のみ", "Bridge only"), ("bridge",)),
        ),
        contests=(bridge, mayor),
    )


@dataclass(frozen=True)
class SmallPoll:
    """A poll and every secret of it. Methods return transaction texts unless they say otherwise."""

    poll: Poll
    ceremony: str
    trustee_secrets: tuple[int, ...]
    officer_keys: tuple[ed25519.SecretKey, ...]
    issuer_keys: tuple[ed25519.SecretKey, ...]
    log: SigningKey

    @classmethod
    def build(cls, the_manifest: Manifest | None = None, witnesses: tuple[SigningKey, ...] = ()) -> SmallPoll:
        """Hold the ceremony, draw all keys and write the genesis. ``witnesses`` must all cosign."""
        m = manifest() if the_manifest is None else the_manifest
        context = CeremonyContext(m.hash, group(m.group), m.trustees)
        held = hold(context)
        trustees, transcript = held.trustees, held.transcript
        officers = tuple(ed25519.generate() for _ in range(m.officers.total))
        issuers = tuple(ed25519.generate() for _ in m.issuers)
        log = SigningKey.generate(log_name(m.id), KeyKind.NOTE)
        genesis = Genesis(
            manifest=m.hash,
            trustees=trustees_hash(trustees.to_text()),
            ceremony=ceremony_hash(transcript.to_text()),
            public_key=trustees.group.encode(trustees.public_key),
            issuers=tuple(
                IssuerKeys(
                    name,
                    issuers[i].public,
                    tuple(StyleKey(style.id, rsa_key(i, style.id).public_key) for style in m.styles),
                )
                for i, name in enumerate(m.issuers)
            ),
            officers=OfficerKeys(m.officers.threshold, tuple(key.public for key in officers)),
            ledger=LedgerKeys(
                "embedded",
                log.verifier.to_text(),
                tuple(witness.verifier.to_text() for witness in witnesses),
                len(witnesses),
            ),
        )
        secrets = tuple(share.secret for share in held.shares)
        return cls(Poll(m, genesis, trustees), transcript.to_text(), secrets, officers, issuers, log)

    @property
    def documents(self) -> dict[str, str]:
        """The texts that a record begins with, by file name."""
        return {
            "manifest.json": self.poll.manifest.to_text(),
            "genesis.json": self.poll.genesis.to_text(),
            "trustees.json": self.poll.trustees.to_text(),
            "ceremony.json": self.ceremony,
        }

    def write_documents(self, folder: Path) -> Path:
        """Make ``folder`` with these texts, a file each, as offices and sites hold them."""
        folder.mkdir(parents=True)
        for name, text in self.documents.items():
            (folder / name).write_text(text + "\n", encoding="utf-8")
        return folder

    @property
    def phi(self) -> str:
        """The poll's fingerprint."""
        return self.poll.fingerprint

    def issued(self, issuer: int, style: str, total: int) -> str:
        """Issuer (from 1) says how many tickets it has handed out."""
        return Issued.make(self.phi, issuer, style, total, self.issuer_keys[issuer - 1]).to_text()

    def issued_by_all(self, total: int) -> list[str]:
        """All issuers' totals for all styles."""
        styles = [style.id for style in self.poll.manifest.styles]
        return [self.issued(i, style, total) for i in range(1, len(self.issuer_keys) + 1) for style in styles]

    def signed(self, act: Act, officers: Iterable[int] = (1, 2)) -> str:
        """Sign an act with the keys of these officers."""
        return act.signed({officer: self.officer_keys[officer - 1] for officer in officers}).to_text()

    def open(self, officers: Iterable[int] = (1, 2)) -> str:
        """Open the box."""
        return self.signed(Open(self.phi), officers)

    def close(self) -> str:
        """Close the box."""
        return self.signed(Close(self.phi))

    def audit(self, subject: str = "report", digest: bytes = bytes(32)) -> str:
        """Note a digest."""
        return self.signed(Audit(self.phi, subject, digest))

    def tally(self, contest: str, num_tallied: int, encrypted: Iterable[Ciphertext]) -> str:
        """Say what the encrypted tally is."""
        return self.signed(Tally(self.phi, contest, num_tallied, tuple(encrypted), self.poll.group))

    def decrypt(self, contest: str, owner: int, encrypted: Iterable[Ciphertext], share: int | None = None) -> str:
        """Decrypt partially as trustee ``owner``, with the key share of trustee ``share`` if that is another."""
        secret = self.trustee_secrets[(share or owner) - 1]
        phi = self.poll.election(contest).fingerprint
        partial = partially_decrypt(self.poll.group, phi, secret, [list(encrypted)])
        return Decrypt(self.phi, contest, owner, partial, self.poll.group).to_text()

    def result(self, contest: str, *counts: int) -> str:
        """Say what the counts are."""
        return self.signed(ResultAct(self.phi, contest, counts))

    def voter(self, style: str = "all", code: VotingCode | None = None) -> Voter:
        """Return a voter with a ticket signed by all issuers."""
        voting_code = VotingCode.generate() if code is None else code
        keys = self.poll.ticket_keys[style]
        request = TicketRequest.create(voting_code, self.phi, self.poll.group, style, keys)
        signatures = [rsa_key(i, style).blind_sign(m) for i, m in enumerate(request.blinded_messages)]
        return Voter(self, voting_code, request.credential, request.finish(signatures))


@dataclass(frozen=True)
class Voter:
    """A voter at home: voting code, credential, ticket. Casts and surrenders are numbered as they are made."""

    small: SmallPoll
    code: VotingCode
    credential: Credential
    ticket: Ticket
    numbers: Iterator[int] = field(default_factory=lambda: count(1), repr=False, compare=False)

    def seal(self, contest: str, choice: Choice) -> Ballot:
        """Seal a ballot."""
        return seal(self.small.poll.election(contest), self.credential, choice)

    def cast(self, **choices: Choice) -> str:
        """Seal and cast ballots by contest id."""
        return self.cast_ballots(None, **{contest: self.seal(contest, choice) for contest, choice in choices.items()})

    def cast_ballots(self, number: int | None = None, **ballots: Ballot) -> str:
        """Cast sealed ballots, under the next number unless another is given."""
        chosen = next(self.numbers) if number is None else number
        return Cast.make(self.small.poll, self.ticket, self.credential, chosen, ballots).to_text()

    def proved(self, cast: str) -> str:
        """Prove a cast anew, whatever stands in it, so that something else than the proof is false."""
        value = json.loads(cast)
        trackers = [sha256_b64(dumps(ballot)) for ballot in value["ballots"]]
        credential, poll = self.credential, self.small.poll
        prefix = Cast.prefix(poll.fingerprint, value["ticket"]["style"], value["number"], trackers, credential.text)
        proof = schnorr.prove(poll.group, prefix, credential.secret)
        return dumps(value | {"proof": proof.to_value()})

    def spoil(self, tracker: str) -> str:
        """Spoil a sealed ballot."""
        return Spoil.make(self.small.poll, self.ticket, self.credential, tracker).to_text()

    def surrender(self, number: int | None = None) -> str:
        """Give the right to vote back, under the next number unless another is given."""
        chosen = next(self.numbers) if number is None else number
        return Surrender.make(self.small.poll, self.ticket, self.credential, chosen).to_text()

    def with_ticket(self, ticket: Ticket) -> Voter:
        """Return the voter with another ticket in hand."""
        return replace(self, ticket=ticket)


class Box:
    """A contract over a memory store, driven block by block; every block is run as all kinds of engine would run it."""

    def __init__(self, small: SmallPoll, store: MemoryStore | None = None) -> None:
        self.small = small
        self.store = MemoryStore() if store is None else store
        self.contract = Contract(small.poll, self.store)
        self.height = 0
        self.blocks: list[tuple[BlockContext, list[str], str]] = []

    def send(self, *txs: str, at: int = DURING) -> list[str]:
        """Put ``txs`` into a block at time ``at`` (ms) and commit it; return the codes, ``ok`` for accepted ones."""
        self.height += 1
        ctx = BlockContext(self.height, at)
        selected = self.contract.select(ctx, txs)
        assert self.contract.acceptable(ctx, selected)
        verdicts, app_hash = self.contract.apply(ctx, txs)
        accepted = [tx for tx, verdict in zip(txs, verdicts, strict=True) if verdict.accepted]
        assert selected == accepted
        # The accepted ones alone give the same state, and so does asking twice.
        assert self.contract.apply(ctx, accepted) == ([Verdict()] * len(accepted), app_hash)
        self.contract.commit()
        assert self.contract.last() == (self.height, app_hash)
        self.blocks.append((ctx, accepted, app_hash))
        return [verdict.code or "ok" for verdict in verdicts]

    def code(self, tx: str, at: int = DURING) -> str:
        """Send one transaction and return its code; a refused one must leave the state hash as it was."""
        before = self.contract.last()[1]
        (code,) = self.send(tx, at=at)
        assert (self.contract.last()[1] == before) == (code != "ok")
        return code

    def open(self, tickets: int = 10) -> Box:
        """Let all issuers issue so many tickets of every style, and open the box."""
        assert set(self.send(*self.small.issued_by_all(tickets), self.small.open(), at=BEFORE)) == {"ok"}
        return self

    def close(self) -> Box:
        """Close the box."""
        assert self.code(self.small.close(), at=AFTER) == "ok"
        return self

    def encrypted_tally(self, contest: str) -> tuple[Ciphertext, ...]:
        """Return the product that the contract keeps."""
        answer = json.loads(self.contract.query("tally", contest))
        group = self.small.poll.group
        return tuple(Ciphertext.from_tally_value(group, value, "tally") for value in answer["encrypted_tally"])

    def num_tallied(self, contest: str) -> int:
        """Return how many ballots count."""
        return int(json.loads(self.contract.query("tally", contest))["num_tallied"])

    def tally(self, contest: str) -> str:
        """Return the transaction with the true tally."""
        return self.small.tally(contest, self.num_tallied(contest), self.encrypted_tally(contest))

    def decrypt(self, contest: str, owner: int) -> str:
        """Return the transaction with a true partial decryption."""
        return self.small.decrypt(contest, owner, self.encrypted_tally(contest))
