"""The transactions: one canonical text each (docs/protocol.md §8).

A decoded transaction is well formed and belongs to the poll; whether it is true, and whether the rules allow it, is for
:mod:`ippyo.contract.stateless` and :mod:`ippyo.contract.rules`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

from ippyo.ballot.ballot import Ballot
from ippyo.ballot.credential import Credential
from ippyo.ballot.ticket import Ticket
from ippyo.canonical import Fields, b64, dumps, fields, loads, require_canonical, sha256, unb64
from ippyo.contract.acts import OfficerSignature, parse_signatures, sign_act
from ippyo.contract.poll import Poll
from ippyo.crypto import schnorr
from ippyo.crypto.decryption import PartialDecryption
from ippyo.crypto.ed25519 import SIGNATURE_BYTES, SecretKey, sign
from ippyo.crypto.elgamal import Ciphertext
from ippyo.crypto.groups import Group
from ippyo.crypto.proof import Proof
from ippyo.errors import ParseError, RefusedError

__all__ = [
    "TRANSACTION_LIMIT",
    "Act",
    "Audit",
    "Cast",
    "Close",
    "Decrypt",
    "Issued",
    "Open",
    "ResultAct",
    "Spoil",
    "Surrender",
    "Tally",
    "Transaction",
    "parse_transaction",
]

TRANSACTION_LIMIT = 512 * 1024
"""Bytes in a transaction text."""

_MAX_CONTESTS = 64
_MAX_CHOICES = 201
_MAX_OFFICERS = 32
_MAX_ISSUERS = 16
_MAX_TRUSTEES = 30
_MAX_SUBJECT = 300
_WHAT = "transaction"


@dataclass(frozen=True, slots=True)
class _Message:
    """What all transactions share. ``poll`` is Phi."""

    kind: ClassVar[str]
    poll: str

    @property
    def trackers(self) -> tuple[str, ...]:
        """The trackers that the transaction's entry in the ledger names."""
        return ()

    def values(self) -> dict[str, object]:
        """Return the fields after ``poll``, in canonical order."""
        raise NotImplementedError

    def to_text(self) -> str:
        """Return the canonical text."""
        return dumps({"type": self.kind, "poll": self.poll} | self.values())

    def entry(self, digest: bytes) -> str:
        """Return the leaf input in the ledger's tree (docs/protocol.md §11); ``digest`` is H of the text."""
        return f"ippyo-entry-v1|{self.kind}|{b64(digest)}|{','.join(self.trackers)}"


@dataclass(frozen=True, slots=True)
class Issued(_Message):
    """Issuer number ``issuer`` (from 1) has handed out tickets for ``total`` credentials of a ballot style."""

    kind = "issued"
    issuer: int
    style: str
    total: int
    signature: bytes

    @staticmethod
    def message(poll: str, issuer: int, style: str, total: int) -> bytes:
        """Return what the issuer signs with its Ed25519 key."""
        return f"ippyo-issued-v1|{poll}|{issuer}|{style}|{total}".encode()

    @classmethod
    def make(cls, poll: str, issuer: int, style: str, total: int, key: SecretKey) -> Self:
        """Sign a total."""
        return cls(poll, issuer, style, total, sign(key, cls.message(poll, issuer, style, total)))

    @classmethod
    def parse(cls, read: Fields, poll: Poll) -> Self:
        """Decode the fields."""
        return cls(
            poll.fingerprint,
            read.integer("issuer", low=1, high=_MAX_ISSUERS),
            read.text("style", limit=40),
            read.integer("total", low=1),
            unb64(read.text("signature", limit=100), what="issuer's signature", length=SIGNATURE_BYTES),
        )

    def values(self) -> dict[str, object]:  # noqa: D102
        return {
            "issuer": self.issuer,
            "style": self.style,
            "total": self.total,
            "signature": b64(self.signature),
        }


@dataclass(frozen=True, slots=True)
class Cast(_Message):
    """A voter's ballots, in manifest order of their ``contests``, and the ticket that gives the right to cast them.

    ``number`` (from 1) says which cast of the credential it is; ``proof`` binds ticket, number and ballots together, so
    that nobody on the way can take a ballot out, mix two casts, or let an earlier one follow a later.
    """

    kind = "cast"
    ticket: Ticket
    number: int
    contests: tuple[str, ...]
    ballots: tuple[Ballot, ...]
    proof: Proof

    @staticmethod
    def prefix(poll: str, style: str, number: int, trackers: Sequence[str], credential: str) -> str:
        """Return the prefix of the proof of knowledge of the credential's secret; ``trackers`` as they are cast."""
        return f"ippyo-cast-v1|{poll}|{style}|{number}|{','.join(trackers)}|{credential}|"

    @classmethod
    def make(
        cls, poll: Poll, ticket: Ticket, credential: Credential, number: int, ballots: Mapping[str, Ballot]
    ) -> Self:
        """Put ``ballots``, by contest id, into the manifest's order, and prove that the credential casts them."""
        contests = tuple(contest for contest in poll.elections if contest in ballots)
        chosen = tuple(ballots[contest] for contest in contests)
        trackers = [ballot.tracker for ballot in chosen]
        prefix = cls.prefix(poll.fingerprint, ticket.style, number, trackers, credential.text)
        proof = schnorr.prove(poll.group, prefix, credential.secret)
        return cls(poll.fingerprint, ticket, number, contests, chosen, proof)

    @classmethod
    def parse(cls, read: Fields, poll: Poll) -> Self:
        """Decode the fields."""
        ticket = Ticket.from_value(read.raw("ticket"), poll.group)
        values = read.array("ballots", limit=_MAX_CONTESTS, least=1)
        contests = tuple(_contest_of(value, poll) for value in values)
        order = list(poll.elections)
        places = [order.index(contest) for contest in contests]
        if places != sorted(set(places)):
            raise ParseError("cast", "does not have its ballots in the manifest's order of contests, one for each")
        pairs = zip(contests, values, strict=True)
        ballots = tuple(Ballot.from_value(poll.election(contest), value) for contest, value in pairs)
        proof = Proof.from_value(poll.group, read.raw("proof"), "cast proof")
        return cls(poll.fingerprint, ticket, read.integer("number", low=1), contests, ballots, proof)

    @property
    def trackers(self) -> tuple[str, ...]:  # noqa: D102
        return tuple(ballot.tracker for ballot in self.ballots)

    def to_text(self) -> str:
        """Return the canonical text."""
        head = dumps({"type": self.kind, "poll": self.poll, "ticket": self.ticket.to_value(), "number": self.number})
        ballots = ",".join(ballot.to_text() for ballot in self.ballots)
        return f'{head[:-1]},"ballots":[{ballots}],"proof":{dumps(self.proof.to_value())}}}'


def _contest_of(value: object, poll: Poll) -> str:
    """Return the contest of a ballot that is not decoded yet, because its shape depends on the contest."""
    uuid = value.get("election_uuid") if isinstance(value, dict) else None
    if not isinstance(uuid, str):
        raise ParseError("ballot", "does not name its election")
    contest = poll.contests_by_uuid.get(uuid)
    if contest is None:
        raise RefusedError("bad-ballot", "the ballot belongs to no contest of this poll")
    return contest


@dataclass(frozen=True, slots=True)
class Spoil(_Message):
    """The voter opened the sealed ballot ``tracker`` to check it: it can never be cast."""

    kind = "spoil"
    ticket: Ticket
    tracker: str
    proof: Proof

    @staticmethod
    def prefix(poll: str, tracker: str, credential: str) -> str:
        """Return the prefix of the proof of knowledge of the credential's secret."""
        return f"ippyo-spoil-v1|{poll}|{tracker}|{credential}|"

    @classmethod
    def make(cls, poll: Poll, ticket: Ticket, credential: Credential, tracker: str) -> Self:
        """Prove that the holder of the credential wants this."""
        prefix = cls.prefix(poll.fingerprint, tracker, credential.text)
        return cls(poll.fingerprint, ticket, tracker, schnorr.prove(poll.group, prefix, credential.secret))

    @classmethod
    def parse(cls, read: Fields, poll: Poll) -> Self:
        """Decode the fields."""
        tracker = read.text("tracker", limit=43)
        unb64(tracker, what="tracker", length=32)
        ticket = Ticket.from_value(read.raw("ticket"), poll.group)
        return cls(poll.fingerprint, ticket, tracker, Proof.from_value(poll.group, read.raw("proof"), "spoil proof"))

    @property
    def trackers(self) -> tuple[str, ...]:  # noqa: D102
        return (self.tracker,)

    def values(self) -> dict[str, object]:  # noqa: D102
        return {"ticket": self.ticket.to_value(), "tracker": self.tracker, "proof": self.proof.to_value()}


@dataclass(frozen=True, slots=True)
class Surrender(_Message):
    """The voter gives the right to vote here back, to vote on paper: what was cast no longer counts.

    ``number`` is counted together with the casts.
    """

    kind = "surrender"
    ticket: Ticket
    number: int
    proof: Proof

    @staticmethod
    def prefix(poll: str, style: str, number: int, credential: str) -> str:
        """Return the prefix of the proof of knowledge of the credential's secret."""
        return f"ippyo-surrender-v1|{poll}|{style}|{number}|{credential}|"

    @classmethod
    def make(cls, poll: Poll, ticket: Ticket, credential: Credential, number: int) -> Self:
        """Prove that the holder of the credential wants this."""
        prefix = cls.prefix(poll.fingerprint, ticket.style, number, credential.text)
        return cls(poll.fingerprint, ticket, number, schnorr.prove(poll.group, prefix, credential.secret))

    @classmethod
    def parse(cls, read: Fields, poll: Poll) -> Self:
        """Decode the fields."""
        ticket = Ticket.from_value(read.raw("ticket"), poll.group)
        proof = Proof.from_value(poll.group, read.raw("proof"), "surrender proof")
        return cls(poll.fingerprint, ticket, read.integer("number", low=1), proof)

    def values(self) -> dict[str, object]:  # noqa: D102
        return {"ticket": self.ticket.to_value(), "number": self.number, "proof": self.proof.to_value()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Act(_Message):
    """A transaction of the officers. Make it without signatures, then take :meth:`signed`."""

    signatures: tuple[OfficerSignature, ...] = ()

    def content(self) -> dict[str, object]:
        """Return the fields between ``poll`` and ``signatures``, in canonical order."""
        return {}

    @property
    def body(self) -> str:
        """The text M that officers sign: everything but the signatures."""
        return dumps({"type": self.kind, "poll": self.poll} | self.content())

    @property
    def body_hash(self) -> bytes:
        """H of the body (32 bytes), by which an act is known, whoever signed it."""
        return sha256(self.body)

    def signed(self, keys: Mapping[int, SecretKey]) -> Self:
        """Return the act with the signatures of these officers, given by their numbers, instead of any others."""
        return replace(self, signatures=sign_act(keys, self.poll, self.body))

    def values(self) -> dict[str, object]:  # noqa: D102
        return self.content() | {"signatures": [signature.to_value() for signature in self.signatures]}


def _signatures(read: Fields) -> tuple[OfficerSignature, ...]:
    return parse_signatures(read.array("signatures", limit=_MAX_OFFICERS))


@dataclass(frozen=True, slots=True)
class Open(Act):
    """The officers open the empty box."""

    kind = "open"

    @classmethod
    def parse(cls, read: Fields, poll: Poll) -> Self:
        """Decode the fields."""
        return cls(poll.fingerprint, signatures=_signatures(read))


@dataclass(frozen=True, slots=True)
class Close(Act):
    """The officers close the box."""

    kind = "close"

    @classmethod
    def parse(cls, read: Fields, poll: Poll) -> Self:
        """Decode the fields."""
        return cls(poll.fingerprint, signatures=_signatures(read))


@dataclass(frozen=True, slots=True)
class Tally(Act):
    """The encrypted tally of a contest: the product of the ``num_tallied`` ballots that count."""

    kind = "tally"
    contest: str
    num_tallied: int
    encrypted_tally: tuple[Ciphertext, ...]
    group: Group = field(repr=False, compare=False)

    @classmethod
    def parse(cls, read: Fields, poll: Poll) -> Self:
        """Decode the fields."""
        group = poll.group
        values = read.array("encrypted_tally", limit=_MAX_CHOICES, least=1)
        return cls(
            poll.fingerprint,
            read.text("contest", limit=40),
            read.integer("num_tallied"),
            tuple(Ciphertext.from_tally_value(group, value, "encrypted tally") for value in values),
            group,
            signatures=_signatures(read),
        )

    def content(self) -> dict[str, object]:  # noqa: D102
        return {
            "contest": self.contest,
            "num_tallied": self.num_tallied,
            "encrypted_tally": [ciphertext.to_value(self.group) for ciphertext in self.encrypted_tally],
        }


@dataclass(frozen=True, slots=True)
class Decrypt(_Message):
    """The partial decryption of a tally by trustee number ``owner``; its proofs are its authentication."""

    kind = "decrypt"
    contest: str
    owner: int
    decryption: PartialDecryption
    group: Group = field(repr=False, compare=False)

    @classmethod
    def parse(cls, read: Fields, poll: Poll) -> Self:
        """Decode the fields."""
        return cls(
            poll.fingerprint,
            read.text("contest", limit=40),
            read.integer("owner", low=1, high=_MAX_TRUSTEES),
            PartialDecryption.from_value(poll.group, read.raw("decryption")),
            poll.group,
        )

    def values(self) -> dict[str, object]:  # noqa: D102
        return {"contest": self.contest, "owner": self.owner, "decryption": self.decryption.to_value(self.group)}


@dataclass(frozen=True, slots=True)
class ResultAct(Act):
    """The result of a contest: one count for each choice, the blank count first."""

    kind = "result"
    contest: str
    result: tuple[int, ...]

    @classmethod
    def parse(cls, read: Fields, poll: Poll) -> Self:
        """Decode the fields."""
        counts = read.array("result", limit=_MAX_CHOICES, least=1)
        if any(type(count) is not int or count < 0 for count in counts):
            raise ParseError("result", "is not a list of counts")
        return cls(poll.fingerprint, read.text("contest", limit=40), tuple(counts), signatures=_signatures(read))

    def content(self) -> dict[str, object]:  # noqa: D102
        return {"contest": self.contest, "result": list(self.result)}


@dataclass(frozen=True, slots=True)
class Audit(Act):
    """The SHA-256 digest of a report or of a log, so that nobody can change it afterwards."""

    kind = "audit"
    subject: str
    digest: bytes

    @classmethod
    def parse(cls, read: Fields, poll: Poll) -> Self:
        """Decode the fields."""
        digest = unb64(read.text("digest", limit=43), what="audit digest", length=32)
        subject = read.text("subject", limit=_MAX_SUBJECT)
        return cls(poll.fingerprint, subject, digest, signatures=_signatures(read))

    def content(self) -> dict[str, object]:  # noqa: D102
        return {"subject": self.subject, "digest": b64(self.digest)}


Transaction = Issued | Open | Cast | Spoil | Surrender | Close | Tally | Decrypt | ResultAct | Audit

_PARSERS: dict[str, tuple[tuple[str, ...], Callable[[Fields, Poll], Transaction]]] = {
    "issued": (("issuer", "style", "total", "signature"), Issued.parse),
    "open": (("signatures",), Open.parse),
    "cast": (("ticket", "number", "ballots", "proof"), Cast.parse),
    "spoil": (("ticket", "tracker", "proof"), Spoil.parse),
    "surrender": (("ticket", "number", "proof"), Surrender.parse),
    "close": (("signatures",), Close.parse),
    "tally": (("contest", "num_tallied", "encrypted_tally", "signatures"), Tally.parse),
    "decrypt": (("contest", "owner", "decryption"), Decrypt.parse),
    "result": (("contest", "result", "signatures"), ResultAct.parse),
    "audit": (("subject", "digest", "signatures"), Audit.parse),
}


def parse_transaction(poll: Poll, text: str) -> Transaction:
    """Decode a canonical transaction text of this poll.

    Raises :class:`ParseError` (``malformed``), or :class:`RefusedError`: ``wrong-poll`` as soon as the fields are known
    by name (values of another poll, which may have another group, are not looked at), and ``bad-ballot`` for a ballot
    whose uuid is not of this poll, because without its contest it cannot be decoded.
    """
    value = loads(text, what=_WHAT, limit=TRANSACTION_LIMIT)
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in _PARSERS:
        raise ParseError(_WHAT, "is not of a known type")
    names, parse = _PARSERS[kind]
    read = fields(value, kind, "type", "poll", *names)
    if read.text("poll", limit=43) != poll.fingerprint:
        raise RefusedError("wrong-poll", "the transaction belongs to another poll")
    transaction = parse(read, poll)
    require_canonical(text, transaction.to_text(), what=kind)
    return transaction
